/// A way of choosing steps whose expected cost can be worked out exactly.
public enum PlanningPolicy: String, CaseIterable, Sendable {
  /// What `Planner` chooses, step after step.
  case planner
  /// The optimum.
  case exact
  /// The actions in the model's order, no questions, handing over only when none is left.
  case fixed
  /// Again and again the action with the highest probability of cure per cost, no questions, handing over only when no
  /// action is left that can cure.
  case greedy
  /// One step ahead, as in SACSO (Jensen et al. 2001): the question that lowers the cost most when none is asked after it; where none
  /// does, the action with the highest probability of cure per cost; handing over where that is cheapest.
  case oneStep = "one-step"

  public struct Outcome: Sendable, Equatable {
    /// Expected cost until the end of the case, over every way that it can go.
    public var expectedCost: Double
    public var first: Planner.Choice

    public init(expectedCost: Double, first: Planner.Choice) {
      self.expectedCost = expectedCost
      self.first = first
    }
  }

  /// The model has so many information states that working them off would take too long or too much memory.
  public struct TooLarge: Error, Equatable {
    public init() {}
  }

  /// Weighs the policy's whole strategy on the model.
  ///
  /// - Throws: `TooLarge` for `exact`, at once; up to three million information states are always worked off.
  /// - Note: For `planner` the time grows with the situations that its strategy can come to: seconds for the sizes on which
  ///   `exact` works, longer for larger models.
  public func outcome(on model: PlanningModel) throws(TooLarge) -> Outcome {
    switch self {
    case .planner: Self.planned(SearchModel(model), effort: .standard)
    case .exact: try Self.optimum(SearchModel(model))
    case .fixed: Self.fixed(model)
    case .greedy: Self.greedy(model)
    case .oneStep: Self.oneStep(SearchModel(model))
    }
  }

  /// So that it takes less than a minute and 4 GiB.
  private static let limits = (states: 1_500_000_000, bytes: 3_500_000_000, reachable: 4_000_000)

  private static func optimum(_ model: SearchModel) throws(TooLarge) -> Outcome {
    let mass = model.mass
    guard mass > 0 else { return Outcome(expectedCost: 0, first: .escalate) }
    var options: [(choice: Planner.Choice, cost: Double)] = [(.escalate, mass * model.escalationCost)]
    if let dense = DenseOptimum(model, limit: limits.states, memoryLimit: limits.bytes) {
      let solved = dense.solve()
      options += solved.actions.enumerated().map { (.action($0), $1) }
      options += solved.questions.enumerated().map { (.question($0), $1) }
    } else if var sparse = SparseOptimum(model, limit: limits.reachable) {
      options = sparse.solve()
    } else {
      throw TooLarge()
    }
    let least = options.reduce(Double.infinity) { min($0, $1.cost) }
    let first = options.first { $0.cost <= least + mass * 1e-9 }
    return Outcome(expectedCost: least / mass, first: model.origin(of: first?.choice ?? .escalate))
  }

  static func planned(_ model: SearchModel, effort: FocusedPlan.Effort) -> Outcome {
    outcome(on: model) { tree, node in
      let plan = FocusedPlan(tree, node, effort: effort)
      return (plan.rated[0].choice, plan.isOptimal ? plan.rated[0].cost : nil)
    }
  }

  private static func oneStep(_ model: SearchModel) -> Outcome {
    outcome(on: model) { tree, node in
      var first: Int?
      var least = tree.sequenceCost(node) { action, _ in first = first ?? action }
      var choice = first.map(Planner.Choice.action) ?? .escalate
      for question in model.questions.indices where !tree.isAnswered(question, node) {
        let start = node.mass * model.questions[question].cost
        let cost = tree.nodes(asking: question, at: node).reduce(start) { $0 + tree.sequenceCost($1) }
        if cost < least { (least, choice) = (cost, .question(question)) }
      }
      return (choice, nil)
    }
  }

  /// Follows a strategy through every situation that it comes to.
  ///
  /// - Parameter choose: The step at a node, and what the rest of the case costs times the mass of the node where that is known already.
  private static func outcome(
    on model: SearchModel,
    choose: (CaseTree, CaseTree.Node) -> (choice: Planner.Choice, cost: Double?)
  ) -> Outcome {
    let mass = model.mass
    guard mass > 0 else { return Outcome(expectedCost: 0, first: .escalate) }
    let tree = CaseTree(model)
    var known: [Situation: Double] = [:]
    func cost(_ node: CaseTree.Node) -> Double {
      guard node.mass > 0 else { return 0 }
      if let cost = known[node.situation] { return cost }
      let step = choose(tree, node)
      let cost = step.cost ?? follow(step.choice, node)
      known[node.situation] = cost
      return cost
    }
    func follow(_ choice: Planner.Choice, _ node: CaseTree.Node) -> Double {
      switch choice {
      case .escalate:
        node.mass * model.escalationCost
      case .action(let action):
        node.mass * model.actions[action].cost + cost(tree.node(after: action, failedAt: node))
      case .question(let question):
        tree.nodes(asking: question, at: node).reduce(node.mass * model.questions[question].cost) {
          $0 + cost($1)
        }
      }
    }
    let first = choose(tree, tree.root).choice
    return Outcome(expectedCost: cost(tree.root) / mass, first: model.origin(of: first))
  }

  private static func fixed(_ model: PlanningModel) -> Outcome {
    Outcome(
      expectedCost: cost(of: Array(model.actions.indices), on: model),
      first: model.actions.isEmpty ? .escalate : .action(0))
  }

  private static func greedy(_ model: PlanningModel) -> Outcome {
    var weights = model.priors
    var order: [Int] = []
    var left = Set(model.actions.indices)
    while true {
      var best: (action: Int, rate: Double)?
      for action in model.actions.indices where left.contains(action) {
        let card = model.actions[action]
        let rate =
          card.cures.reduce(0) { $0 + weights[$1.cause] * $1.probability }
          / max(card.cost, PlanningModel.leastCost)
        if rate > (best?.rate ?? 0) { best = (action, rate) }
      }
      guard let best else { break }
      left.remove(best.action)
      order.append(best.action)
      for cure in model.actions[best.action].cures { weights[cure.cause] *= 1 - cure.probability }
    }
    return Outcome(
      expectedCost: cost(of: order, on: model), first: order.first.map { .action($0) } ?? .escalate)
  }

  /// The expected cost of trying the actions in this order and then handing over.
  private static func cost(of order: [Int], on model: PlanningModel) -> Double {
    var weights = model.priors
    let mass = weights.reduce(0, +)
    guard mass > 0 else { return 0 }
    var cost = 0.0
    for action in order {
      cost += weights.reduce(0, +) * model.actions[action].cost
      for cure in model.actions[action].cures { weights[cure.cause] *= 1 - cure.probability }
    }
    return (cost + weights.reduce(0, +) * model.escalationCost) / mass
  }
}
