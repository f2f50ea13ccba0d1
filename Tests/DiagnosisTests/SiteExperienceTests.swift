import Diagnosis
import Facts
import Testing

@Suite struct SiteExperienceTests {
  let base = SmallKnowledge.base

  func teach(_ cause: CauseID, fix: FixID, helped: Bool = true, at seconds: Double = 0) -> Lesson? {
    let assessor = Assessor(knowledge: base)
    guard let target = try? Target("srv01"), base.cause(cause) != nil else { return nil }
    let events: [Case.Event] = [
      .opened(target), .stepTaken(fix, .done), .closed(.solved(by: fix)),
    ]
    let record = Case(
      id: "a", entries: events.map { .init(time: Timestamp(seconds: seconds), person: "kim", event: $0) })
    return Lesson(record, assessor: assessor)
  }

  var cure: (cause: CauseID, fix: FixID) {
    let cause = base.causes.first { !$0.cures.isEmpty }
    return (cause?.id ?? "", cause?.cures.first?.fix ?? "")
  }

  @Test func casesMoveTheBaseRateOfWhatTheyWere() throws {
    let lesson = try #require(teach(cure.cause, fix: cure.fix))
    #expect(abs(lesson.causes.values.reduce(0, +) - 1) < 1e-9)
    let experience = SiteExperience(Array(repeating: lesson, count: 50), now: Timestamp(seconds: 0))
    let moved = base.moved(by: experience)
    func share(_ knowledge: KnowledgeBase, _ id: CauseID) -> Double {
      (knowledge.cause(id)?.baseRate ?? 0) / knowledge.causes.reduce(0) { $0 + $1.baseRate }
    }
    let taught = try #require(lesson.causes.max { $0.value < $1.value }?.key)
    #expect(share(moved, taught) > share(base, taught))
    for cause in base.causes where lesson.causes[cause.id] == nil {
      #expect(share(moved, cause.id) < share(base, cause.id))
    }
    #expect(moved.fixes == base.fixes)
  }

  @Test func anOldCaseCountsLess() throws {
    let lesson = try #require(teach(cure.cause, fix: cure.fix))
    let fresh = SiteExperience([lesson], now: Timestamp(seconds: 0))
    let old = SiteExperience([lesson], now: Timestamp(seconds: 182 * 86400))
    #expect(abs(fresh.weight - 1) < 1e-9)
    #expect(abs(old.weight - 0.5) < 1e-9)
    let ancient = SiteExperience([lesson], now: Timestamp(seconds: 1e300))
    #expect(base.moved(by: ancient).causes.allSatisfy { $0.baseRate.isFinite && $0.baseRate > 0 })
  }

  @Test func successesAndFailuresMoveAFixAndNeverMakeItCertain() throws {
    var good = try #require(teach(cure.cause, fix: cure.fix))
    good.trials = [.init(fix: cure.fix, helped: true)]
    var bad = good
    bad.trials = [.init(fix: cure.fix, helped: false)]
    func learnt(_ lessons: [Lesson]) -> Double {
      base.moved(by: SiteExperience(lessons, now: Timestamp(seconds: 0))).cause(cure.cause)?.cures.first?
        .probability
        ?? -1
    }
    let shipped = base.cause(cure.cause)?.cures.first?.probability ?? -1
    #expect(learnt(Array(repeating: bad, count: 20)) < shipped)
    #expect(learnt(Array(repeating: good, count: 5000)) <= 0.98)
    #expect(learnt(Array(repeating: bad, count: 5000)) >= 0.02)
  }

  @Test func withoutCasesNothingMoves() {
    #expect(base.moved(by: SiteExperience([], now: Timestamp(seconds: 0))) == base)
  }

  @Test func aCaseThatIsNotSolvedByAFixTeachesNothing() throws {
    let assessor = Assessor(knowledge: base)
    let opened = Case.Entry(time: .init(seconds: 0), person: "kim", event: .opened(try Target("srv01")))
    for ending in [Case.Ending.closed, .escalated(to: "network"), .solved(by: nil)] {
      let closed = Case.Entry(time: .init(seconds: 1), person: "kim", event: .closed(ending))
      #expect(Lesson(Case(id: "a", entries: [opened, closed]), assessor: assessor) == nil)
    }
    #expect(Lesson(Case(id: "a", entries: [opened]), assessor: assessor) == nil)
  }

  @Test func aReplayIsTheSameEveryTime() throws {
    let record = Case(
      id: "a",
      entries: try [
        .opened(Target("srv01")), .codeReported(ReportedCode(code: 3, extended: 7)),
        .stepTaken(cure.fix, .failed),
      ].map { .init(time: .init(seconds: 0), person: "kim", event: $0) })
    let first = CaseReplay(record, assessor: Assessor(knowledge: base))
    #expect(first == CaseReplay(record, assessor: Assessor(knowledge: base)))
    #expect(first.moments.count == 3)
  }

  @Test func aSolvedCaseBecomesACaseOfTheKnowledge() throws {
    let target = try Target("srv01")
    let finding = Finding("tcp.port", .answered("refused"), summary: "")
    let events: [Case.Event] = [
      .opened(target), .probed(run: 1, [finding]), .stepTaken(cure.fix, .done),
      .closed(.solved(by: cure.fix)),
    ]
    let record = Case(
      id: "a", entries: events.map { .init(time: .init(seconds: 0), person: "kim", event: $0) })
    let regression = try #require(RegressionCase(record, assessor: Assessor(knowledge: base)))
    #expect(regression.findings["tcp.port"] == "refused")
    #expect(regression.yaml.hasPrefix("first: \(regression.first)\nfindings:\n"))
    #expect(regression.yaml.contains("tcp.port: \"refused\""))
    #expect(
      RegressionCase(
        Case(id: "a", entries: Array(record.entries.dropLast())), assessor: Assessor(knowledge: base))
        == nil)
  }
}
