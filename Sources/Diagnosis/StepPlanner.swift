import Facts
import RealModule

/// Turns knowledge and evidence into a planning problem, and its solution into steps.
struct StepPlanner {
  private let knowledge: KnowledgeBase
  private let belief: [Double]
  private let model: PlanningModel
  private let planner: Planner
  /// For each question how likely the answer is known, and what it tells then, in nats.
  private let worths: [(known: Double, told: Double)]
  /// nil stands for closing the case because nothing is wrong.
  private let fixes: [Fix?]
  private let questions: [Question]
  /// Nobody complains and nothing is the likeliest fault: there is nobody to ask and nothing to mend.
  private let isDone: Bool
  /// The question that finds a way into the host, while there is none and it was not asked.
  private let wayIn: Int?

  init(assessor: Assessor, evidence: Evidence, belief: [Double]) {
    let knowledge = assessor.knowledge
    self.knowledge = knowledge
    self.belief = belief
    let misjudgement = assessor.misjudgement
    let used = evidence.usedFixes.union(evidence.failedFixes)
    var fixes: [Fix?] = Self.available(knowledge, used: used)
    let cures = Self.cures(knowledge)
    let access = Self.access(knowledge, evidence)
    var actions = fixes.map { fix in
      PlanningModel.Action(
        cost: fix.map {
          $0.cost * (misjudgement?.costFactor($0.id) ?? 1) + ($0.needsWayIn ? access : 0)
        } ?? 0,
        cures: fix.flatMap { cures[$0.id] } ?? [])
    }
    if let healthy = knowledge.causes.firstIndex(where: { $0.id == Cause.healthy }) {
      fixes.append(nil)
      actions.append(.init(cost: Self.closing, cures: [(healthy, 0.98)]))
    }
    let implied = Set(evidence.implied(knowledge).map(\.id))
    let questions = knowledge.questions.filter {
      !evidence.askedQuestions.contains($0.id) && $0.id != Question.worksNow && evidence.allows($0)
        && !implied.contains($0.findingID)
    }
    self.fixes = fixes
    self.questions = questions
    wayIn = access > 0 ? questions.firstIndex { $0.id == Question.consoleView } : nil
    isDone =
      !evidence.isComplaint
      && knowledge.causes.indices.max { belief[$0] < belief[$1] }.map { knowledge.causes[$0].id }
        == Cause.healthy
    let reported = evidence.outcome(of: .codeReported).flatMap(assessor.codeRow)
    model = PlanningModel(
      priors: belief, actions: actions,
      questions: questions.map { question in
        .init(
          cost: question.cost * (misjudgement?.costFactor(question.id) ?? 1)
            + (question.place == .server ? access : 0),
          given: Self.planned(
            Self.given(question, reported: reported, assessor),
            known: evidence.chance(ofKnowing: question, belief, assessor)))
      },
      escalationCost: Self.escalation * (misjudgement?.escalationFactor ?? 1))
    worths = model.questions.map { question in
      let known = 1 - (question.given.last?.first ?? 1)
      return (known, Self.information(question.given.dropLast(), known: known, belief))
    }
    planner = Planner(Self.focused(model, worths))
  }

  /// Only the questions that tell most take part in planning ahead; the others tell nothing there, and cost their minutes.
  private static func focused(
    _ model: PlanningModel, _ worths: [(known: Double, told: Double)]
  ) -> PlanningModel {
    guard model.questions.count > mostPlanned else { return model }
    let order = model.questions.indices.sorted {
      (worths[$0].known * worths[$0].told, $1) > (worths[$1].known * worths[$1].told, $0)
    }
    var focused = model
    for index in order.dropFirst(mostPlanned) {
      focused.questions[index].given = [[Double](repeating: 1, count: model.priors.count)]
    }
    return focused
  }

  private static let mostPlanned = 16

  /// Minutes that handing a case over costs everybody together.
  static let escalation = 120.0
  /// Minutes that telling the caller "nothing is wrong" costs, with the second call that it risks.
  static let closing = 4.0

  func plan() -> [PlannedStep] {
    let rated = ordered()
    guard let first = rated.first else { return [] }
    var steps = [PlannedStep(step: step(first.choice), expectedMinutes: first.cost)]
    for action in planner.sequence(belief) where first.choice != .action(action) {
      guard let cost = rated.first(where: { $0.choice == .action(action) })?.cost else { continue }
      steps.append(PlannedStep(step: step(.action(action)), expectedMinutes: cost))
    }
    if first.choice != .escalate {
      steps.append(PlannedStep(step: step(.escalate), expectedMinutes: Self.escalation))
    }
    return steps
  }

  /// Every step that can be taken now, the one to take first, the others cheapest first.
  func rated() -> [PlannedStep] {
    ordered().map { PlannedStep(step: step($0.choice), expectedMinutes: $0.cost) }
  }

  /// The step to take now, without working out what it costs: some hundred times quicker than ``plan()``.
  func next() -> NextStep {
    guard let due = due() else {
      return ordered().first.map { step($0.choice) } ?? .escalate(to: .serverAdmin)
    }
    if let wayIn, needsWayIn(due) { return .question(questions[wayIn].id) }
    return step(due)
  }

  private func ordered() -> [Planner.Rated] {
    var rated = planner.rated(belief)
    if isDone, let place = rated.firstIndex(where: { step($0.choice) == .none }) {
      rated.insert(rated.remove(at: place), at: 0)
    }
    if let due = due(), let place = rated.firstIndex(where: { $0.choice == due }) {
      rated.insert(rated.remove(at: place), at: 0)
    }
    if let wayIn, let first = rated.first, needsWayIn(first.choice),
      let place = rated.firstIndex(where: { $0.choice == .question(wayIn) })
    {
      // What it takes is counted with the step that it goes before.
      rated.remove(at: place)
      rated.insert(.init(choice: .question(wayIn), cost: first.cost), at: 0)
    }
    // What is due is the measure: no other step counts as cheaper.
    if let least = rated.first?.cost {
      for index in rated.indices { rated[index].cost = max(rated[index].cost, least) }
    }
    return rated
  }

  /// A fix that helps in this share of cases is not kept waiting by questions, and in the other not even by those of context.
  private static let sure = 0.35
  private static let sureWithoutContext = 0.45
  /// Above this no look is needed.
  private static let certain = 0.68
  /// How much of its own minutes a look before a fix must save (minutes of the fix, weighed by what the look tells in nats).
  private static let gain = 0.6
  private static let deciding = 0.055
  /// What is hardly ever known is not asked, nor what tells hardly anything (in nats, where it is known).
  private static let leastKnown = 0.12
  private static let leastTold = 0.005
  /// How much it counts that people know, and how much the minutes.
  private static let knownPower = 1.2
  private static let costPower = 0.3
  /// Where no question is left, a fix is worth trying from this share of cases on; below it somebody else is brought in.
  private static let worthwhile = 0.18

  /// What is due, by what real cases showed: a fix that is likely enough to help; else the question whose answer, as likely as it is
  /// known, tells most for its minutes; else the fix that is left, or handing over.
  private func due() -> Planner.Choice? {
    guard !isDone else { return nil }
    func cure(_ choice: Planner.Choice) -> Double {
      guard case .action(let index) = choice, fixes[index] != nil else { return 0 }
      return model.actions[index].cures.reduce(0) { $0 + belief[$1.cause] * $1.probability }
    }
    let likeliest = fixes.indices.map {
      (choice: Planner.Choice.action($0), rate: cure(.action($0)) / weight(.action($0)))
    }
    .filter { $0.rate > 0 }.max { $0.rate < $1.rate }?.choice
    let chance = likeliest.map(cure) ?? 0
    var best: (choice: Planner.Choice, worth: Double)?
    for index in questions.indices {
      let (known, told) = worths[index]
      guard known >= Self.leastKnown, told * known >= Self.leastTold else { continue }
      let isContext = questions[index].contextPlace != nil
      if chance >= (isContext ? Self.sureWithoutContext : Self.sure), let likeliest {
        // The look that decides comes before a fix that costs much more; anything less does not keep the fix waiting.
        let saved = told * known * cost(of: step(likeliest))
        guard chance < Self.certain, !isContext, told * known >= Self.deciding,
          saved >= questions[index].cost * Self.gain
        else { continue }
      }
      let worth =
        told * Double.pow(known, Self.knownPower)
        / Double.pow(model.questions[index].cost + 1, Self.costPower)
      if worth > best?.worth ?? 0 { best = (.question(index), worth) }
    }
    if let best { return best.choice }
    if let likeliest, chance >= Self.worthwhile { return likeliest }
    return lastResort ?? .escalate
  }

  /// Before the case is handed over: whatever question still tells something.
  private var lastResort: Planner.Choice? {
    var best: (index: Int, worth: Double)?
    for index in questions.indices {
      let worth = worths[index].told * worths[index].known
      if worth > best?.worth ?? Self.nothing { best = (index, worth) }
    }
    return best.map { .question($0.index) }
  }

  private static let nothing = 0.002

  private func weight(_ choice: Planner.Choice) -> Double {
    guard case .action(let index) = choice else { return 1 }
    return Double.pow(model.actions[index].cost + 5, 0.3)
  }

  /// What the answer is expected to tell about the cause, in nats.
  private static func information(
    _ given: some Sequence<[Double]>, known: Double, _ belief: [Double]
  ) -> Double {
    var told = 0.0
    for row in given {
      let mass = zip(row, belief).reduce(0) { $0 + $1.0 * $1.1 } / known
      guard mass > 0 else { continue }
      for (chance, weight) in zip(row, belief) where weight > 1e-6 && chance > 0 {
        told += weight * chance / known * Double.log(chance / known / mass)
      }
    }
    return max(0, told)
  }

  /// Minutes that finding a way into the host adds to a step there.
  private static func access(_ knowledge: KnowledgeBase, _ evidence: Evidence) -> Double {
    evidence.lacksWayIn ? knowledge.question(Question.consoleView)?.cost ?? 0 : 0
  }

  private func needsWayIn(_ choice: Planner.Choice) -> Bool {
    switch choice {
    case .action(let index): fixes[index]?.needsWayIn ?? false
    case .question(let index): questions[index].place == .server
    case .escalate: false
    }
  }

  /// Minutes that the step itself takes.
  func cost(of step: NextStep) -> Double {
    switch step {
    case .fix(let id): knowledge.fix(id)?.cost ?? 0
    case .question(let id): place(of: id).map { model.questions[$0].cost } ?? 0
    case .escalate: model.escalationCost
    case .none: Self.closing
    }
  }

  /// How likely a fix cures now; nil for other steps.
  func chance(of step: NextStep) -> Double? {
    guard case .fix(let id) = step, let place = fixes.firstIndex(where: { $0?.id == id }) else { return nil }
    return model.actions[place].cures.reduce(0) { $0 + belief[$1.cause] * $1.probability }
  }

  /// How likely each answer is now, in the order of the choices.
  func answerProbabilities(of question: QuestionID) -> [Double] {
    guard let place = place(of: question) else { return [] }
    let known = model.questions[place].given.dropLast().map { row in
      zip(row, belief).reduce(0) { $0 + $1.0 * $1.1 }
    }
    return Likelihood.scaled(known)
  }

  /// The two causes that the answer tells apart best, weighed by how likely both are, the likelier first.
  func toldApart(by question: QuestionID) -> [CauseID] {
    guard let place = place(of: question) else { return [] }
    let given = model.questions[place].given.dropLast()
    var best: (first: Int, second: Int, worth: Double)?
    for first in belief.indices where belief[first] > 0.001 {
      for second in belief.indices where second > first && belief[second] > 0.001 {
        let distance = given.reduce(0) { $0 + abs($1[first] - $1[second]) }
        let worth = distance * belief[first] * belief[second]
        if distance > 0.2, worth > best?.worth ?? 0 { best = (first, second, worth) }
      }
    }
    guard let best else { return [] }
    let pair =
      belief[best.first] >= belief[best.second] ? [best.first, best.second] : [best.second, best.first]
    return pair.map { knowledge.causes[$0].id }
  }

  private func place(of question: QuestionID) -> Int? { questions.firstIndex { $0.id == question } }

  private func step(_ choice: Planner.Choice) -> NextStep {
    switch choice {
    case .action(let index): fixes[index].map { .fix($0.id) } ?? .none
    case .question(let index): .question(questions[index].id)
    case .escalate: .escalate(to: owner)
    }
  }

  /// Who most likely has to cure it.
  private var owner: Fix.Owner {
    var weight: [Fix.Owner: Double] = [:]
    for (cause, probability) in zip(knowledge.causes, belief) {
      guard let best = cause.cures.max(by: { $0.probability < $1.probability }),
        let fix = knowledge.fix(best.fix), fix.owner != .helpdesk, fix.owner != .user
      else { continue }
      weight[fix.owner, default: 0] += probability
    }
    return weight.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key ?? .serverAdmin
  }

  /// Fixes not tried yet; one that weakens security only where no safe fix is left for what it cures.
  private static func available(_ knowledge: KnowledgeBase, used: Set<FixID>) -> [Fix] {
    knowledge.fixes.filter { fix in
      guard !used.contains(fix.id) else { return false }
      guard fix.weakening != nil else { return true }
      return knowledge.causes.contains { cause in
        cause.cures.contains { $0.fix == fix.id }
          && !cause.cures.contains { cure in
            !used.contains(cure.fix) && knowledge.fix(cure.fix).map { $0.weakening == nil } ?? false
          }
      }
    }
  }

  /// For each fix the causes that it cures; where a cause names it twice the stronger counts.
  private static func cures(_ knowledge: KnowledgeBase) -> [FixID: [(cause: Int, probability: Double)]] {
    var cures: [FixID: [(cause: Int, probability: Double)]] = [:]
    for (index, cause) in knowledge.causes.enumerated() where !cause.isSymptom {
      for cure in cause.cures {
        let probability = cure.probability
        var known = cures[cure.fix] ?? []
        if let last = known.last, last.cause == index {
          known[known.count - 1].probability = max(last.probability, probability)
        } else {
          known.append((index, probability))
        }
        cures[cure.fix] = known
      }
    }
    return cures
  }

  /// The answers as they come: the last is "I don't know", which tells nothing.
  private static func planned(_ given: [[Double]], known: Double) -> [[Double]] {
    given.map { $0.map { $0 * known } } + [[Double](repeating: 1 - known, count: given.first?.count ?? 0)]
  }

  /// How likely each answer is under each cause. Where an answer corrects the code, the weight of the corrected code counts.
  static func given(_ question: Question, reported: [Double]?, _ assessor: Assessor) -> [[Double]] {
    let count = assessor.knowledge.causes.count
    var rows = question.choices.map { choice in
      assessor.likelihood.row(question.findingID, choice.id)
        ?? [Double](repeating: choice.base.probability, count: count)
    }
    for (place, choice) in question.choices.enumerated() {
      for (finding, outcome) in choice.states {
        let stated =
          finding.isOfOpenSet ? assessor.openRow(finding, outcome) : assessor.likelihood.row(finding, outcome)
        guard let stated else { continue }
        for cause in 0..<count {
          rows[place][cause] *= stated[cause]
          if finding == .codeReported, let reported { rows[place][cause] /= max(reported[cause], 1e-6) }
        }
      }
    }
    for cause in 0..<count {
      let total = rows.reduce(0.0) { $0 + $1[cause] }
      guard total > 0 else { continue }
      for place in rows.indices { rows[place][cause] /= total }
    }
    return rows
  }
}

extension Question {
  /// The question that every proof ends with; it is never asked to tell causes apart.
  public static let worksNow: QuestionID = "works-now"

  /// The question that finds a way into a host whose port does not answer, and those of its answers that are one: the host runs.
  static let consoleView: QuestionID = "console-view"
  static let consoleIsUsable: Set<OutcomeID> = ["on-and-fine", "on-without-network"]

  /// Minutes that asking costs; nothing is free.
  public var cost: Double { max(minutes, 0.1) }
}

extension Fix {
  /// It is done on the host itself, and no command of it goes another way.
  var needsWayIn: Bool {
    place == .server && !commands.contains { [.client, .jumpHost].contains($0.door) }
  }

  /// Minutes that trying it costs: hands-on, waiting, disruption, risk, and finding the owner.
  public var cost: Double {
    let disruption: Double =
      switch restart {
      case .none: 0
      case .client: 2
      case .service: 3
      case .host: 20
      }
    let danger: Double =
      switch risk {
      case .none: 0
      case .low: 1
      case .medium: 6
      case .high: 25
      }
    let handover: Double =
      switch owner {
      case .helpdesk, .user: 0
      case .serverAdmin: 3
      case .cloudAdmin: 6
      case .domainAdmin: 8
      case .network, .pki: 10
      }
    return max(minutes, 0.5) + wait / 2 + disruption + danger + handover + (weakening == nil ? 0 : 60)
  }
}
