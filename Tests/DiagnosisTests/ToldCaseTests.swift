import Facts
import Foundation
import Testing

@testable import Diagnosis

/// What is told, answered together and put off, as a case keeps it.
@Suite struct ToldCaseTests {
  private let knowledge = SmallBase.knowledge

  private func record(_ events: Case.Event...) -> Case {
    Case(
      id: "2026-12-01-srv01-1",
      entries: events.map { .init(time: Timestamp(seconds: 0), person: "anna", event: $0) })
  }

  @Test func answersGivenTogetherCountAsIfEachHadBeenGivenAlone() {
    var one = record(.answered("q1", "yes"), .answered("q2", nil))
    let both = record(.answeredTogether([.init("q1", "yes", words: "yes"), .init("q2", nil)], .told))
    #expect(both.answers.map(\.question) == one.answers.map(\.question))
    #expect(both.answers.map(\.choice) == one.answers.map(\.choice))
    #expect(
      Evidence(both, knowledge: knowledge).findings.map(\.outcome)
        == Evidence(one, knowledge: knowledge).findings.map(\.outcome))
    one.entries.append(contentsOf: record(.answeredTogether([.init("q1", "no")], .context)).entries)
    #expect(one.answers.map(\.choice) == ["no", nil])
    #expect(one.hasContext)
    #expect(!both.hasContext)
  }

  @Test func whatIsPutOffIsNotAskedUntilItIsAnswered() {
    var record = record(.putOff("q1"), .putOff("q2"), .putOff("q1"))
    #expect(record.putOff == ["q1", "q2"])
    #expect(Evidence(record, knowledge: knowledge).askedQuestions == ["q1", "q2"])
    #expect(record.answers.isEmpty)
    record.entries.append(contentsOf: self.record(.answered("q1", "yes")).entries)
    #expect(record.putOff == ["q2"])
  }

  @Test func wordsAloneStateNothing() {
    let record = record(.told("q1 yes"))
    #expect(record.told == ["q1 yes"])
    #expect(Evidence(record, knowledge: knowledge).findings.isEmpty)
  }

  @Test func everyNewEntryComesBackFromItsStoredForm() throws {
    let record = record(
      .opened(Target(host: .name("srv01"), user: "CORP\\anna")), .told("line\nline"),
      .answeredTogether([.init("q1", "yes", words: "w"), .init("q2", nil)], .context), .putOff("q1"))
    let data = try JSONEncoder().encode(record)
    #expect(try JSONDecoder().decode(Case.self, from: data) == record)
  }

  @Test func anEntryOfBeforeIsStillRead() throws {
    let old = #"""
      {"id":"c","entries":[{"time":{"seconds":1},"person":"p","event":{"opened":{"_0":{"host":{"name":{"_0":"srv01"}},"port":3389}}}},
      {"time":{"seconds":2},"person":"p","event":{"answered":{"_0":"q1","_1":"yes"}}}]}
      """#
    let record = try JSONDecoder().decode(Case.self, from: Data(old.utf8))
    #expect(record.target == Target(host: .name("srv01")))
    #expect(record.answers.map(\.choice) == ["yes"])
  }

  @Test func noWordOfWhatWasToldLeavesTheHouse() throws {
    var redaction = Redaction { String($0.hashValue.magnitude % 1_000_000) }
    let redacted = try redaction.redact(
      record(
        .opened(Target(host: .name("srv01"), user: "CORP\\annabel")), .told("Mrs Dupont cannot reach srv01"),
        .answeredTogether([.init("q1", "yes", words: "Mrs Dupont")], .told)))
    let text = String(describing: redacted)
    for name in ["Dupont", "srv01", "annabel", "CORP"] { #expect(!text.contains(name), "\(name): \(text)") }
    #expect(redacted.answers.map(\.choice) == ["yes"])
  }

  // MARK: As a story

  private func solved() -> Case {
    record(
      .opened(Target(host: .name("srv01"), user: "annabel")),
      .codeReported(ReportedCode(code: 3, extended: 7)),
      .told("annabel cannot get into srv01.corp.example\nsince today: \"refused\""),
      .probed(run: 1, [Finding("tcp.port", .answered("refused"), summary: "srv01 refused.")]),
      .answered("q1", "yes"), .stepTaken("f1", .failed), .stepTaken("f2", .done),
      .probed(run: 2, [Finding("tcp.port", .answered("open"), summary: "open")]), .closed(.solved(by: "f2")))
  }

  @Test func aSolvedCaseBecomesAStoryOfWhatWasKnownBeforeTheCure() throws {
    let assessor = Assessor(knowledge: knowledge)
    let file = try #require(
      StoryFile(solved(), assessor: assessor) { String($0.hashValue.magnitude % 1_000_000) })
    #expect(file.story.truth == ["c2"])
    #expect(file.story.known == ["q1": "yes"])
    #expect(file.story.seen == ["tcp.port": "refused"])
    #expect(file.story.code == ReportedCode(code: 3, extended: 7))
    #expect(file.story.cured == "Second fix on HOST")
    #expect(file.story.wrongTurns == ["First fix"])
    let yaml = file.yaml
    for name in ["annabel", "srv01", "corp.example"] { #expect(!yaml.contains(name), "\(name): \(yaml)") }
    #expect(yaml.contains(#"\"refused\""#), "\(yaml)")
    #expect(yaml.contains("known:\n  q1: \"yes\"\n"), "\(yaml)")
    // The same case gives the same bytes.
    #expect(
      StoryFile(solved(), assessor: assessor) { String($0.hashValue.magnitude % 1_000_000) }?.yaml == yaml)
  }

  @Test func aCaseThatNoFixHasSolvedIsNoStory() {
    var open = solved()
    open.entries.removeLast()
    #expect(StoryFile(open, assessor: Assessor(knowledge: knowledge)) { $0 } == nil)
  }
}

private enum SmallBase {
  static let knowledge = KnowledgeBase(
    causes: [
      Cause(id: Cause.unknown, title: "Unknown", phase: .client),
      Cause(id: "c1", title: "First", phase: .tcp, cures: [.init(fix: "f1", strength: .usually)]),
      Cause(
        id: "c2", title: "Second", phase: .tcp, expects: ["tcp.port": ["refused": .always]],
        cures: [.init(fix: "f2", strength: .usually)]),
    ],
    fixes: [
      Fix(id: "f1", title: "First fix", owner: .helpdesk, place: .server, commands: []),
      Fix(id: "f2", title: "Second fix on {host}", owner: .helpdesk, place: .server, commands: []),
    ],
    questions: [
      Question(id: "q1", ask: "One?", choices: [.init(id: "yes", text: "Yes"), .init(id: "no", text: "No")]),
      Question(id: "q2", ask: "Two?", choices: [.init(id: "yes", text: "Yes"), .init(id: "no", text: "No")]),
    ],
    findings: [
      FindingEntry(
        id: "tcp.port", title: "Port",
        outcomes: [
          .init(id: "open", meaning: "the port is open", isFine: true),
          .init(id: "refused", meaning: "the port refuses"),
        ])
    ], codes: [], pairs: [])
}
