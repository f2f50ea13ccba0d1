import CaseStore
import Diagnosis
import Facts
import Foundation
import TestSupport
import Testing

/// `rdptriage.case-export/2`, and what is turned away at it.
@Suite struct CaseFormTests {
  static let whole = EveryField.record

  @Test func everyEventAndFieldComesBackTheSame() throws {
    #expect(Set(EveryField.events.map(EveryField.kind)).count == EveryField.kinds)
    let data = try ExportedCase(Self.whole).data()
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"schema\": \"rdptriage.case-export/2\""))
    #expect(text.contains("\"time\": \"2026-05-04T02:00:00Z\""))
    #expect(text.contains("\"elapsed_ms\": 3.0"))
    #expect(!text.contains("\"_0\""))
    #expect(try ExportedCase(reading: data, from: "f").triage == Self.whole)
  }

  /// As the version before wrote it.
  static func first(_ record: Case, redacted: Bool = false) throws -> Data {
    struct Form: Encodable {
      var schema = "rdptriage.case-export/1"
      var `case`: Case
      var redacted: Bool
    }
    return try JSONEncoder().encode(Form(case: record, redacted: redacted))
  }

  @Test func theFirstVersionIsStillRead() throws {
    let exported = try ExportedCase(reading: try Self.first(Self.whole, redacted: true), from: "f")
    #expect(exported.triage == Self.whole)
    #expect(exported.redacted)
  }

  /// Every text of every field, in both versions.
  @Test func aControlCharacterIsRefusedWithItsPlaceWhereverItStands() throws {
    let bad = ["x\u{1B}[2J", "x\u{9B}31m", "x\u{202E}y", "x\u{7F}", "x\ny"]
    var count = 0
    for entry in Self.whole.entries {
      // One entry at a time, which keeps the files small.
      let record = Case(id: Self.whole.id, entries: [Self.whole.entries[0], entry])
      for data in [try ExportedCase(record).data(), try Self.first(record)] {
        let tree = try Tree(json: [UInt8](data))
        for way in EveryField.texts(of: tree) {
          let file = EveryField.replacing(tree, at: way[...], with: .text(bad[count % bad.count])).json
          let error = #expect(throws: CaseStoreError.self) {
            try ExportedCase(reading: Data(file.utf8), from: "evil.json")
          }
          let said = error?.description ?? ""
          #expect(said.contains("evil.json"), "\(way)")
          #expect(said.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
          if case .field(let name)? = way.last, name != "schema" { #expect(said.contains(name), "\(said)") }
          count += 1
        }
      }
    }
    #expect(count > 600)
  }

  @Test(arguments: [
    ("\"run\": 1", "\"run\": 9223372036854775807"), ("\"run\": 1", "\"run\": -5"),
    ("\"run\": 1", "\"run\": 1e300"), ("\"run\": 1", "\"run\": 99999999999999999999"),
    ("\"seconds\": 1777860000.25", "\"seconds\": 1e17"), ("\"port\": 3390", "\"port\": 70000"),
    ("\"port\": 3390", "\"port\": 0"), ("\"elapsed_ms\": 3.0", "\"elapsed_ms\": -1"),
    ("\"elapsed_ms\": 3.0", "\"elapsed_ms\": 1e17"), ("\"count\": 7", "\"count\": 9223372036854775807"),
    ("\"name\": \"srv01\"", "\"name\": \"srv01; reboot\""),
    ("\"name\": \"srv01\"", "\"name\": \"$(reboot)\""),
    ("\"gateway\": \"gw01:443\"", "\"gateway\": \"gw01'; rm\""),
    ("\"domain\": \"dom01\"", "\"domain\": \"a b\""),
    ("\"event\": \"reopened\"", "\"event\": \"exploded\""), ("\"person\": \"kim\"", "\"person\": 5"),
  ]) func whatIsOutOfBoundsIsRefused(good: String, bad: String) throws {
    let text = String(decoding: try ExportedCase(Self.whole).data(), as: UTF8.self)
    let place = try #require(text.range(of: good))
    let file = text.replacingCharacters(in: place, with: bad)
    let error = #expect(throws: CaseStoreError.self) {
      try ExportedCase(reading: Data(file.utf8), from: "evil.json")
    }
    #expect(
      error?.description.hasPrefix("evil.json cannot be read at entries[") == true
        || error?.description.contains("line ") == true, "\(error?.description ?? "")")
  }

  @Test func theExampleOfTheDescriptionIsRead() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../Resources/case-export.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    let example = try #require(
      text.components(separatedBy: "```json\n").last?.components(separatedBy: "```").first)
    let record = try ExportedCase(reading: Data(example.utf8), from: "example").triage
    #expect(record.entries.count == 3)
    #expect(record.answers.first?.choice == "stopped")
    #expect(record.probeFindings.first?.elapsed == .microseconds(1400))
    #expect(record.entries[2].time.seconds == 1_777_860_070)
  }

  @Test func tooManyEntriesOrTooDeepNestingIsRefusedAtOnce() throws {
    let entries = Array(repeating: "{}", count: 20_000).joined(separator: ",")
    let long = "{\"schema\": \"rdptriage.case-export/2\", \"id\": \"a\", \"entries\": [\(entries)]}"
    let start = ContinuousClock.now
    let error = #expect(throws: CaseStoreError.self) {
      try ExportedCase(reading: Data(long.utf8), from: "long.json")
    }
    #expect(error?.description.contains("20000") == true, "\(error?.description ?? "")")
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: CaseStoreError.self) { try ExportedCase(reading: Data(deep.utf8), from: "deep.json") }
    #expect(start.duration(to: .now) < .seconds(20))
  }
}
