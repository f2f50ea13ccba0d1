import Facts
import Foundation
import Testing

@testable import Diagnosis

@Suite struct CaseEventTests {
  static let knowledge = KnowledgeBase(
    causes: [],
    fixes: [
      Fix(
        id: "open-up", title: "Open {host} up", weakening: .init(reverse: "Close {host} again", dueHours: 2)),
      Fix(id: "safe", title: "Safe"),
    ], questions: [], findings: [], codes: [], pairs: [])

  func record(_ events: Case.Event...) throws -> Case {
    var record = Case(
      id: "c",
      entries: [.init(time: Timestamp(seconds: 0), person: "kim", event: .opened(try Target("srv01")))])
    for (index, event) in events.enumerated() {
      record.entries.append(
        .init(time: Timestamp(seconds: Double(index + 1) * 60), person: "kim", event: event))
    }
    return record
  }

  @Test(arguments: [
    (
      #"{"time":{"seconds":3},"person":"kim","event":{"stepTaken":{"_0":"restart","_1":{"failed":{}}}}}"#,
      Case.Event.stepTaken("restart", .failed)
    ),
    (
      #"{"time":{"seconds":3},"person":"kim","event":{"answered":{"_0":"who"}}}"#,
      Case.Event.answered("who", nil)
    ),
    (
      #"{"time":{"seconds":3},"person":"kim","event":{"closed":{"_0":{"solved":{"by":"restart"}}}}}"#,
      Case.Event.closed(.solved(by: "restart"))
    ),
    (#"{"time":{"seconds":3},"person":"kim","event":{"reopened":{}}}"#, Case.Event.reopened),
  ]) func entriesFromBeforeAreStillRead(text: String, event: Case.Event) throws {
    let entry = try JSONDecoder().decode(Case.Entry.self, from: Data(text.utf8))
    #expect(entry == .init(time: Timestamp(seconds: 3), person: "kim", event: event))
  }

  @Test(arguments: [
    Case.Event.stepWithdrawn("a"), .weakeningReversed("a"), .weakeningAccepted("a", reason: "no PC"),
  ]) func newEventsComeBackAsTheyWere(event: Case.Event) throws {
    let data = try JSONEncoder().encode(event)
    #expect(try JSONDecoder().decode(Case.Event.self, from: data) == event)
  }

  @Test func aProtectionIsDueSoManyHoursAfterItWasTakenAway() throws {
    let items = try record(.stepTaken("safe", .done), .stepTaken("open-up", .done)).weakenedProtections(
      Self.knowledge)
    #expect(items.map(\.title) == ["Open srv01 up"])
    #expect(items.map(\.reverse) == ["Close srv01 again"])
    #expect(items.map(\.due.seconds) == [120 + 7200])
    #expect(items.map(\.isOpen) == [true])
  }

  @Test func whatIsPutBackOrAcceptedIsOpenNoMore() throws {
    let back = try record(.stepTaken("open-up", .failed), .weakeningReversed("open-up"))
    #expect(
      back.weakenedProtections(Self.knowledge).map(\.state) == [
        .reversed(at: Timestamp(seconds: 120), by: "kim")
      ])
    let left = try record(.stepTaken("open-up", .done), .weakeningAccepted("open-up", reason: "x"))
    #expect(
      left.weakenedProtections(Self.knowledge).map(\.state)
        == [.accepted(reason: "x", at: Timestamp(seconds: 120), by: "kim")])
  }

  @Test func doingItAgainTakesTheProtectionAwayAnew() throws {
    let again = try record(
      .stepTaken("open-up", .done), .weakeningReversed("open-up"), .stepTaken("open-up", .failed),
      .stepTaken("open-up", .done))
    #expect(again.weakenedProtections(Self.knowledge).map(\.isOpen) == [true])
    #expect(again.weakenedProtections(Self.knowledge).map(\.taken.seconds) == [240])
    let judged = try record(
      .stepTaken("open-up", .done), .weakeningReversed("open-up"), .stepTaken("open-up", .failed))
    #expect(judged.weakenedProtections(Self.knowledge).map(\.isOpen) == [false])
  }

  @Test func whatCouldNotBeDoneWeakensNothing() throws {
    let skipped = try record(.stepTaken("open-up", .done), .stepTaken("open-up", .skipped))
    #expect(skipped.weakenedProtections(Self.knowledge).isEmpty)
    #expect(try record(.stepTaken("open-up", .skipped)).weakenedProtections(Self.knowledge).isEmpty)
  }

  @Test func aStepThatIsTakenBackIsNoStep() throws {
    let record = try record(.stepTaken("safe", .failed), .stepWithdrawn("safe"))
    #expect(record.steps.isEmpty)
    #expect(Evidence(record, knowledge: Self.knowledge).failedFixes.isEmpty)
  }
}
