public import Facts

/// How a practised case went, measured by the planner's own way through it.
///
/// Minutes are those that the planner reckons with: of questions, of fixes, and of handing over. What was done as the planner advised it
/// counts for both; from the first detour on the planner's way is played out with the caller's true answers.
public struct PracticeReview: Sendable, Equatable {
  /// One thing that was done, or would have been.
  public enum Step: Sendable, Equatable {
    /// nil: "I don't know".
    case asked(QuestionID, OutcomeID?)
    case fix(FixID)
    case skipped(FixID)
    case handedOver
    /// Closed although the fault is still there.
    case closed
  }

  /// Where the way first left the planner's.
  public struct Detour: Sendable, Equatable {
    /// Counted from 1.
    public var number: Int
    public var step: Step
    public var better: Step
  }

  /// The true cause was cured.
  public private(set) var isCured = false
  public private(set) var minutes = 0.0
  public private(set) var steps: [Step] = []
  public private(set) var bestMinutes = 0.0
  public private(set) var bestSteps: [Step] = []
  /// nil: there was none, or it cost nothing.
  public private(set) var detour: Detour?
  /// What spoke for the true cause before it was cured, strongest first.
  public private(set) var evidence: [Reason] = []

  /// From 0 to 100, which is the planner's way or a quicker one.
  public var score: Int {
    guard minutes > bestMinutes else { return 100 }
    return Int((100 * bestMinutes / minutes).rounded(.down))
  }

  /// Plans anew for every step that `known` does not hold, which takes as long as ``Assessor/assess(_:)``: meant for the end of a case.
  ///
  /// - Parameter known: What was planned while the case went on.
  public init(
    _ record: Case, of practice: PracticeCase, assessor: Assessor,
    known: [(evidence: Evidence, next: NextStep)] = []
  ) {
    let knowledge = assessor.knowledge
    let advisor = Advisor(practice: practice, assessor: assessor, known: known)
    var growing = Case(id: record.id)
    // A question that was put before the probes had seen all stays until it is answered.
    var asked = Evidence(growing, knowledge: knowledge)
    var fork: (evidence: Evidence, minutes: Double, steps: [Step])?
    for entry in record.entries {
      if let (step, cost) = Self.step(entry.event, growing, practice, knowledge) {
        if fork == nil {
          let evidence = Evidence(growing, knowledge: knowledge)
          let advised = advisor.advice(evidence)
          let isAdvised =
            step == advised.step || asked != evidence && step == advisor.advice(asked).step
          if !isAdvised {
            fork = (evidence, minutes, steps)
            detour = Detour(number: steps.count + 1, step: step, better: advised.step)
          }
        }
        minutes += cost
        steps.append(step)
        growing.entries.append(entry)
        asked = Evidence(growing, knowledge: knowledge)
      } else {
        growing.entries.append(entry)
        switch entry.event {
        case .codeReported, .answeredTogether: asked = Evidence(growing, knowledge: knowledge)
        default: break
        }
      }
    }
    if let fix = record.cure { isCured = practice.isCured(by: fix, knowledge) }
    (bestMinutes, bestSteps) = (minutes, steps)
    if let fork {
      (bestMinutes, bestSteps) = advisor.playOut(from: fork.evidence)
      bestMinutes += fork.minutes
      bestSteps = fork.steps + bestSteps
      if minutes <= bestMinutes { detour = nil }
    }
    var before = record
    if case .solved(let fix?)? = record.ending { before = record.before(fix) ?? record }
    evidence =
      assessor.rank(Evidence(before, knowledge: knowledge)).first { $0.cause == practice.cause }?.because
      .filter { $0.effect > 0 } ?? []
  }

  /// What an entry did, and the minutes that it cost; nil for what is no step, or costs nothing a second time.
  private static func step(
    _ event: Case.Event, _ before: Case, _ practice: PracticeCase, _ knowledge: KnowledgeBase
  ) -> (Step, Double)? {
    switch event {
    case .answered(let id, let choice):
      let isFirst = !before.answers.contains { $0.question == id }
      guard let question = knowledge.question(id), isFirst else { return nil }
      return (.asked(id, choice), question.cost)
    case .stepTaken(let id, let result):
      let earlier = before.steps.first { $0.fix == id }?.result
      guard let fix = knowledge.fix(id), earlier == nil || earlier == .skipped else { return nil }
      return result == .skipped ? (.skipped(id), 0) : (.fix(id), fix.cost)
    case .closed(.escalated): return (.handedOver, StepPlanner.escalation)
    case .closed(.closed): return (.closed, StepPlanner.closing + StepPlanner.escalation)
    case .closed(.solved(let fix)):
      if let fix, practice.isCured(by: fix, knowledge) { return nil }
      // Whoever was sent away calls again.
      return (.closed, StepPlanner.escalation)
    default: return nil
    }
  }

}

/// The planner, with the caller's true answers at hand.
private struct Advisor {
  typealias Step = PracticeReview.Step

  let practice: PracticeCase
  let assessor: Assessor
  let known: [(evidence: Evidence, next: NextStep)]

  /// The planner's next step, with the caller's true answer, and what it costs.
  func advice(_ evidence: Evidence) -> (step: Step, cost: Double) {
    let knowledge = assessor.knowledge
    switch known.first(where: { $0.evidence == evidence })?.next ?? assessor.assess(evidence).next {
    case .question(let id):
      guard let question = knowledge.question(id) else { break }
      return (.asked(id, practice.answer(to: question, knowledge)), question.cost)
    case .fix(let id):
      guard let fix = knowledge.fix(id) else { break }
      return (.fix(id), fix.cost)
    case .none: return (.closed, StepPlanner.closing + StepPlanner.escalation)
    case .escalate: break
    }
    return (.handedOver, StepPlanner.escalation)
  }

  private static let mostSteps = 100

  func playOut(from start: Evidence) -> (minutes: Double, steps: [Step]) {
    let knowledge = assessor.knowledge
    var evidence = start
    var minutes = 0.0
    var steps: [Step] = []
    while steps.count < Self.mostSteps {
      let (step, cost) = advice(evidence)
      minutes += cost
      steps.append(step)
      switch step {
      case .asked(let id, let choice):
        if let choice, let question = knowledge.question(id) {
          evidence.add(answer: choice, to: question)
        } else {
          evidence.askedQuestions.insert(id)
        }
      case .fix(let id):
        if practice.isCured(by: id, knowledge) { return (minutes, steps) }
        evidence.failedFixes.append(id)
      case .skipped, .handedOver, .closed: return (minutes, steps)
      }
    }
    return (minutes, steps)
  }
}
