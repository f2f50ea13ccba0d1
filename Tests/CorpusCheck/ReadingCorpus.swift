public import Diagnosis
import Documents
import Facts
public import Foundation
import Intake
import Knowledge

/// Texts with the reading that they must give: one file each under `Tests/ReadingCorpus`. Its README says how they are written.
public struct ReadingCorpus {
  public struct Sample: Sendable {
    /// The path below the folder, for example `de/logon-attempt.txt`.
    public var name: String
    public var language: String
    /// Canonical spellings, one of which must be read as the code; empty: no code may be read.
    public var codes: [String]
    /// Codes that must be read besides; others may be.
    public var others: [String]
    /// Ids, one of which must be the message that counts; empty: none may be read.
    public var messages: [String]
    /// Findings that must be stated, as `paste.listener-state=listen`; no other of a document may be.
    public var findings: [String]
    public var body: [UInt8]

    /// Everyday speech: nothing may be read from it.
    public var isEveryday: Bool { codes.isEmpty && others.isEmpty && messages.isEmpty && findings.isEmpty }
  }

  /// What came of one sample.
  public struct Outcome: Sendable {
    public var sample: Sample
    /// What should have been read, and how much of it was.
    public var wanted = 0
    public var found = 0
    /// What was read and should not have been.
    public var wrong: [String] = []
    public var missing: [String] = []
    /// Of the wrong readings those that are codes.
    public var wrongCodes = 0
  }

  public let samples: [Sample]

  /// - Throws: ``Mistake`` for a file that is not written as the README says.
  public init(folder: URL) throws {
    let files =
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }.filter { !["md"].contains($0.pathExtension) && !$0.hasDirectoryPath } ?? []
    let base = folder.standardizedFileURL.path(percentEncoded: false)
    samples = try files.sorted { $0.path < $1.path }.map { file in
      var name = file.standardizedFileURL.path(percentEncoded: false)
      if name.hasPrefix(base) { name = String(name.dropFirst(base.count).drop { $0 == "/" }) }
      return try Self.sample(name, Array(try Data(contentsOf: file)))
    }
  }

  public struct Mistake: Error, CustomStringConvertible {
    public var description: String
  }

  static func sample(_ name: String, _ bytes: [UInt8]) throws -> Sample {
    func mistake(_ text: String) -> Mistake { Mistake(description: "\(name): \(text)") }
    guard bytes.starts(with: "---\n".utf8) else { throw mistake("does not begin with ---") }
    var sample = Sample(
      name: name, language: String(name.split(separator: "/").first ?? ""), codes: [], others: [],
      messages: [], findings: [], body: [])
    var start = 4
    while true {
      guard let end = bytes[start...].firstIndex(of: 0x0A) else {
        throw mistake("the second --- is missing")
      }
      let line = String(decoding: bytes[start..<end], as: UTF8.self)
      start = end + 1
      if line == "---" { break }
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2 else { throw mistake("“\(line)” is not written as name: value") }
      func list(_ separator: String) -> [String] {
        parts[1].components(separatedBy: separator).map { $0.trimmingCharacters(in: .whitespaces) }
          .filter { !$0.isEmpty && $0 != "none" }
      }
      switch parts[0] {
      case "code": sample.codes = list("|")
      case "others": sample.others = list(",")
      case "message": sample.messages = list("|")
      case "findings": sample.findings = list(",")
      case "language": sample.language = parts[1]
      case "note": break
      default: throw mistake("there is no field “\(parts[0])”")
      }
    }
    sample.body = Array(bytes[start...])
    return sample
  }

  /// Findings that a code, a message or an answer read from it makes: they are looked at as codes and messages.
  private static func isTold(_ id: FindingID) -> Bool {
    id.name.hasPrefix("code.") || id.name.hasPrefix("ask.") || id == "message.shown"
  }

  /// Reads the sample as `explain` reads a text and as `--paste` reads a file, and compares.
  public static func check(_ sample: Sample, _ base: KnowledgeBase) -> Outcome {
    var outcome = Outcome(sample: sample)
    func want(_ isThere: Bool, _ what: String) {
      outcome.wanted += 1
      if isThere { outcome.found += 1 } else { outcome.missing.append(what) }
    }
    let text = TextDecoding.text(of: sample.body)
    var document: Submission?
    if let text {
      document = try? Intake.read(pasted: text, knowing: base.forTexts)
    }
    let reading = base.read(text ?? "")
    let isDocument =
      !sample.findings.isEmpty || sample.name.hasPrefix("events/") || sample.name.hasPrefix("outputs/")
    let told = document?.findings.first { $0.id == "code.reported" }?.outcome?.name
    // Of an output or an event log the document says which code counts.
    let code = isDocument ? told : reading.code?.code.description
    if sample.codes.isEmpty {
      for code in Set([code, told].compactMap(\.self))
      where !sample.messages.contains(where: { base.message(MessageID($0))?.clientCode?.description == code })
      {
        outcome.wrong.append("code \(code)")
        outcome.wrongCodes += 1
      }
    } else {
      let wanted = sample.codes.joined(separator: " | ")
      want(code.map(sample.codes.contains) ?? false, "code \(wanted)")
      if let code, !sample.codes.contains(code) {
        outcome.wrong.append("code \(code) instead of \(wanted)")
        outcome.wrongCodes += 1
      }
    }
    let others = Set(reading.others.map(\.code.description))
      .union(
        (document?.findings ?? []).filter { $0.id.name.hasPrefix("code.") }.compactMap { $0.outcome?.name })
    for other in sample.others { want(others.contains(other), "other code \(other)") }
    if sample.isEveryday { for other in reading.others { outcome.wrong.append("code \(other.code)") } }
    let shown = reading.message?.id.name
    if sample.messages.isEmpty {
      // A message that stands for the code says no more than it.
      let stands = shown.flatMap { base.message(MessageID($0)) }?.codes.contains { spelling in
        sample.codes.contains(spelling)
          || base.codes.first { $0.id == spelling }.map { sample.codes.contains($0.reported.description) }
            ?? false
      }
      if let shown, sample.findings.isEmpty, stands != true { outcome.wrong.append("message \(shown)") }
    } else {
      let wanted = sample.messages.joined(separator: " | ")
      want(shown.map(sample.messages.contains) ?? false, "message \(wanted)")
      if let shown, !sample.messages.contains(shown) {
        outcome.wrong.append("message \(shown) instead of \(wanted)")
      }
    }
    let stated = Set(
      document?.findings.filter { !isTold($0.id) }.compactMap { finding in
        finding.outcome.map { "\(finding.id)=\($0)" }
      } ?? [])
    for finding in sample.findings { want(stated.contains(finding), finding) }
    for finding in stated.sorted() where !sample.findings.contains(finding) { outcome.wrong.append(finding) }
    return outcome
  }

  public func check(_ base: KnowledgeBase) -> [Outcome] { samples.map { Self.check($0, base) } }
}
