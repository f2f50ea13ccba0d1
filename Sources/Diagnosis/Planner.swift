/// A troubleshooting problem: causes of which one is at work, actions that may cure them, questions that tell them apart.
///
/// Costs are in minutes and above 0; probabilities lie between 0 and 1; indices of causes are positions in `priors`.
public struct PlanningModel: Sendable, Equatable {
  public var priors: [Double]
  public var actions: [Action]
  public var questions: [Question]
  /// Handing the case over: always possible, always ends it.
  public var escalationCost: Double

  public struct Action: Sendable, Equatable {
    public var cost: Double
    public var cures: [(cause: Int, probability: Double)]
    public init(cost: Double, cures: [(cause: Int, probability: Double)]) {
      self.cost = cost
      self.cures = cures
    }
    public static func == (left: Self, right: Self) -> Bool {
      left.cost == right.cost && left.cures.elementsEqual(right.cures, by: ==)
    }
  }

  public struct Question: Sendable, Equatable {
    public var cost: Double
    /// `given[outcome][cause]`; the outcomes of each cause sum to 1.
    public var given: [[Double]]
    public init(cost: Double, given: [[Double]]) {
      self.cost = cost
      self.given = given
    }
  }

  public init(priors: [Double], actions: [Action], questions: [Question], escalationCost: Double) {
    self.priors = priors
    self.actions = actions
    self.questions = questions
    self.escalationCost = escalationCost
  }
}

/// Chooses the step with the lowest expected cost until the end of the case.
///
/// The base policy takes actions by probability of cure per cost, worked out anew after each failure, until handing over
/// is cheaper; with one cause and independent cures that order is optimal (Heckerman, Breese and Rommelse 1995, "Decision-Theoretic
/// Troubleshooting", section 3). On top of it questions and actions are tried by looking ahead `depth` steps, as in Langseth and
/// Jensen 2003, with the base policy valuing what follows. Repeating changes nothing, so each step is used once at most.
public struct Planner: Sendable {
  public enum Choice: Sendable, Hashable {
    case action(Int)
    case question(Int)
    case escalate
  }

  public struct Rated: Sendable, Equatable {
    public var choice: Choice
    /// Expected minutes until the end of the case when it is taken now.
    public var cost: Double
  }

  private let model: PlanningModel
  /// For each cause, the actions that cure it.
  private let curedBy: [[(action: Int, probability: Double)]]
  /// How many questions and actions are looked at more than one step deep.
  private static let beam = (questions: 6, actions: 4)

  public init(_ model: PlanningModel) {
    self.model = model
    var curedBy = [[(action: Int, probability: Double)]](repeating: [], count: model.priors.count)
    for (index, action) in model.actions.enumerated() {
      for cure in action.cures { curedBy[cure.cause].append((index, cure.probability)) }
    }
    self.curedBy = curedBy
  }

  /// Every choice worth a look, cheapest first; never empty. Of equals the earlier in the model comes first, actions before questions.
  public func rated(_ belief: [Double], depth: Int = 2) -> [Rated] {
    rated(State(belief: belief, model: model), depth: depth)
  }

  /// The actions of the base policy in their order, until handing over is cheaper.
  public func sequence(_ belief: [Double]) -> [Int] {
    var order: [Int] = []
    _ = sequenceCost(State(belief: belief, model: model)) { order.append($0) }
    return order
  }

  private struct State {
    /// Not scaled: the mass that is left is the chance of coming here.
    var belief: [Double]
    var actionUsed: [Bool]
    var questionUsed: [Bool]

    init(belief: [Double], model: PlanningModel) {
      self.belief = belief
      actionUsed = [Bool](repeating: false, count: model.actions.count)
      questionUsed = [Bool](repeating: false, count: model.questions.count)
    }

    var mass: Double { belief.reduce(0, +) }
  }

  /// Expected minutes of the base policy, times the mass of the state.
  private func sequenceCost(_ state: State, visit: (Int) -> Void = { _ in }) -> Double {
    var belief = state.belief
    var mass = state.mass
    var chance = [Double](repeating: 0, count: model.actions.count)
    for (cause, cures) in curedBy.enumerated() where belief[cause] > 0 {
      for cure in cures { chance[cure.action] += belief[cause] * cure.probability }
    }
    for index in chance.indices where state.actionUsed[index] { chance[index] = -1 }
    var total = 0.0
    while mass > 1e-15 {
      var best = -1
      var bestRate = mass / model.escalationCost
      for index in chance.indices where chance[index] > 0 {
        let rate = chance[index] / model.actions[index].cost
        if rate > bestRate * (1 + 1e-12) {
          bestRate = rate
          best = index
        }
      }
      guard best >= 0 else { break }
      visit(best)
      total += mass * model.actions[best].cost
      chance[best] = -1
      for cure in model.actions[best].cures {
        let cured = belief[cure.cause] * cure.probability
        belief[cure.cause] -= cured
        mass -= cured
        for other in curedBy[cure.cause] where chance[other.action] > 0 {
          chance[other.action] = max(chance[other.action] - cured * other.probability, 0)
        }
      }
    }
    return total + max(mass, 0) * model.escalationCost
  }

  /// Expected minutes times the mass of the state, looking `depth` steps ahead.
  private func cost(_ state: State, depth: Int) -> Double {
    guard depth > 0 else { return sequenceCost(state) }
    return rated(state, depth: depth).first.map { $0.cost * state.mass } ?? sequenceCost(state)
  }

  private func rated(_ state: State, depth: Int) -> [Rated] {
    let mass = state.mass
    guard mass > 1e-15 else { return [Rated(choice: .escalate, cost: model.escalationCost)] }
    var chances = [Double](repeating: 0, count: model.actions.count)
    for (cause, cures) in curedBy.enumerated() where state.belief[cause] > 0 {
      for cure in cures { chances[cure.action] += state.belief[cause] * cure.probability }
    }
    let actions = model.actions.indices.filter { !state.actionUsed[$0] && chances[$0] > 0 }
      .sorted { (chances[$0] / model.actions[$0].cost, $1) > (chances[$1] / model.actions[$1].cost, $0) }
    var questions = model.questions.indices.filter { !state.questionUsed[$0] }
      .map { ($0, questionCost($0, state, mass: mass, depth: 0)) }
      .sorted { ($0.1, $0.0) < ($1.1, $1.0) }
    let deeper = max(depth - 1, 0)
    if deeper > 0 {
      for place in questions.indices.prefix(Self.beam.questions) {
        questions[place].1 = questionCost(questions[place].0, state, mass: mass, depth: deeper)
      }
    }
    var rated = [Rated(choice: .escalate, cost: model.escalationCost)]
    for (place, action) in actions.enumerated() {
      // Without a look ahead the best action stands for the whole base policy; the rest are valued behind it.
      let ahead = place < Self.beam.actions ? deeper : 0
      rated.append(
        Rated(choice: .action(action), cost: actionCost(action, state, mass: mass, depth: ahead)))
      if depth <= 1 { break }
    }
    rated += questions.map { Rated(choice: .question($0.0), cost: $0.1) }
    return rated.enumerated().sorted { left, right in
      abs(left.element.cost - right.element.cost) > 1e-9
        ? left.element.cost < right.element.cost : left.offset < right.offset
    }.map(\.element)
  }

  private func actionCost(_ index: Int, _ state: State, mass: Double, depth: Int) -> Double {
    var after = state
    after.actionUsed[index] = true
    for cure in model.actions[index].cures { after.belief[cure.cause] *= 1 - cure.probability }
    return model.actions[index].cost + cost(after, depth: depth) / mass
  }

  private func questionCost(_ index: Int, _ state: State, mass: Double, depth: Int) -> Double {
    let question = model.questions[index]
    var total = 0.0
    var after = state
    after.questionUsed[index] = true
    for row in question.given {
      for cause in row.indices { after.belief[cause] = state.belief[cause] * row[cause] }
      total += cost(after, depth: depth)
    }
    return question.cost + total / mass
  }
}
