import CaseStore
import Diagnosis
import Facts
import Foundation
import Testing

@Suite struct ExportedCaseTests {
  let folder = SQLiteCaseStoreTests.Folder()

  func record(_ host: String) throws -> Case {
    let finding = Finding(
      "ntlm.names", .answered("agrees"), summary: "The host calls itself \"srv\\01\" at 192.0.2.7.",
      details: [.init("dns_computer", "srv01.corp.test")])
    let events: [Case.Event] = [.opened(try Target(host)), .probed(run: 1, [finding]), .ticket("INC-1")]
    return Case(
      id: "2026-05-04-srv01-7f3a",
      entries: events.map { .init(time: .init(seconds: 1_700_000_000.25), person: "kimberley", event: $0) })
  }

  @Test(arguments: ["srv01.corp.test:3390", "192.0.2.7", "[2001:db8::7]:3390"])
  func whatIsExportedComesBackTheSame(host: String) throws {
    let record = try record(host)
    let data = try ExportedCase(record).data()
    #expect(try ExportedCase(reading: data, from: "f").triage == record)
    #expect(try ExportedCase(reading: data, from: "f").data() == data)
  }

  @Test(arguments: ["srv01.corp.test:3390", "192.0.2.7", "[2001:db8::7]:3390"])
  func onlyTheKeyTurnsStandInsBack(host: String) throws {
    let record = try record(host)
    let key = try RedactionKey(directory: folder.path)
    let data = try ExportedCase(redacting: record, with: key).data()
    let text = String(decoding: data, as: UTF8.self)
    for secret in ["srv01", "corp.test", "192.0.2.7", "2001:db8::7", "kimberley", "INC-1"] {
      #expect(!text.contains(secret), "\(secret)")
    }
    let read = try ExportedCase(reading: data, from: "f")
    #expect(read.redacted)
    #expect(read.revealed(with: try RedactionKey(directory: folder.path)) == record)
    let other = SQLiteCaseStoreTests.Folder()
    #expect(read.revealed(with: try RedactionKey(directory: other.path)) == nil)
  }

  @Test func theKeyIsForItsOwnerOnly() throws {
    _ = try RedactionKey(directory: folder.path)
    let path = folder.path + "/redaction.key"
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try Data([1, 2, 3]).write(to: URL(filePath: path))
    let error = #expect(throws: CaseStoreError.self) { try RedactionKey(directory: folder.path) }
    #expect(error?.description.contains(path) == true)
  }

  @Test func aSealThatWasChangedDoesNotOpen() throws {
    let key = try RedactionKey(directory: folder.path)
    let sealed = try #require(key.sealed(Array("secret".utf8)))
    #expect(key.opened(sealed) == Array("secret".utf8))
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(key.opened(changed) == nil)
    }
    #expect(key.opened(Array(sealed.prefix(27))) == nil)
    #expect(key.sealed([]).flatMap(key.opened) == [])
  }

  @Test func aFileThatIsNoCaseIsRefusedWithItsPlace() throws {
    let whole = String(decoding: try ExportedCase(try record("srv01")).data(), as: UTF8.self)
    let files = [
      "": "no JSON", "{}": "no JSON", "nonsense": "no JSON",
      whole.replacingOccurrences(of: "case-export/2", with: "case-export/9"): "case-export/9",
      whole.replacingOccurrences(of: "\"entries\"", with: "\"enterings\""): "entries",
      whole.replacingOccurrences(of: "2026-05-04", with: "2026\\n05"): "id",
    ]
    for (file, word) in files {
      let error = #expect(throws: CaseStoreError.self) {
        try ExportedCase(reading: Data(file.utf8), from: "some.json")
      }
      #expect(error?.description.contains("some.json") == true)
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "") lacks \(word)")
    }
    #expect(throws: CaseStoreError.self) {
      try ExportedCase(reading: Data(count: 17 << 20), from: "some.json")
    }
  }
}
