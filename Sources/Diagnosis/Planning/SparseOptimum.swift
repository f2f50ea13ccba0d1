/// The optimum where few of the information states can come about, by search from the start with bounds.
///
/// A state's value is looked up when it was worked out before. A step is not followed when even knowing the cause right after it
/// would not make it cheaper than the best plan at hand; the base rule is the first such plan.
struct SparseOptimum {
  private let tree: CaseTree
  /// For each cause the actions that pay when it is known, by probability of cure per cost.
  private let remedies: [[SearchModel.Remedy]]
  /// True when there are answers that rule causes out.
  private let rulesOut: Bool
  private var values: [Situation: Double] = [:]

  /// nil when more than `limit` information states can come about.
  init?(_ model: SearchModel, limit: Int) {
    guard let count = Self.states(of: model, limit: limit), count <= limit else { return nil }
    tree = CaseTree(model)
    rulesOut = model.questions.contains { $0.given.contains { $0.contains(0) } }
    remedies = model.curedBy.map { remedies in
      let rate = { (remedy: SearchModel.Remedy) in remedy.cure / model.actions[remedy.action].weighingCost }
      return remedies.filter { rate($0) * model.escalationCost > 1 }.sorted { rate($0) > rate($1) }
    }
  }

  /// No fewer states than can come about: for each history of answers, the sets of actions that still could have cured something.
  private static func states(of model: SearchModel, limit: Int) -> Int? {
    var count = 0
    func visit(_ causes: [Int], from question: Int) -> Bool {
      let useful = Set(causes.flatMap { model.curedBy[$0].map(\.action) }).count
      guard useful < 40, count + 1 << useful <= limit else { return false }
      count += 1 << useful
      for next in question..<model.questions.count {
        for row in model.questions[next].given {
          let left = causes.filter { row[$0] > 0 }
          guard left.isEmpty || visit(left, from: next + 1) else { return false }
        }
      }
      return true
    }
    return visit(Array(model.priors.indices), from: 0) ? count : nil
  }

  /// The steps at the start, cheapest first, costs times the mass of the model.
  mutating func solve() -> [(choice: Planner.Choice, cost: Double)] {
    let root = tree.root
    return options(root).enumerated().map { place, option in
      (option.choice, cost(of: option, at: root, below: .infinity), place)
    }.sorted { ($0.1, $0.2) < ($1.1, $1.2) }.map { ($0.0, $0.1) }
  }

  private struct Option {
    var choice: Planner.Choice
    var after: [CaseTree.Node]
    /// What it costs at least until the end of the case.
    var bound: Double
  }

  private mutating func value(_ node: CaseTree.Node) -> Double {
    guard node.mass > 0 else { return 0 }
    if let known = values[node.situation] { return known }
    var best = tree.sequenceCost(node)
    for option in options(node).sorted(by: { $0.bound < $1.bound }) {
      guard option.bound < best else { break }
      best = min(best, cost(of: option, at: node, below: best))
    }
    values[node.situation] = best
    return best
  }

  private mutating func cost(of option: Option, at node: CaseTree.Node, below limit: Double) -> Double {
    var cost = option.bound
    for after in option.after {
      guard cost < limit else { return .infinity }
      cost += value(after) - leastCost(after)
    }
    return cost
  }

  private func options(_ node: CaseTree.Node) -> [Option] {
    var options = [
      Option(
        choice: .escalate, after: [], bound: node.mass * tree.model.escalationCost)
    ]
    func add(_ choice: Planner.Choice, _ cost: Double, _ after: [CaseTree.Node]) {
      let after = after.map(settled)
      let bound = after.reduce(node.mass * cost) { $0 + leastCost($1) }
      options.append(Option(choice: choice, after: after, bound: bound))
    }
    for (action, card) in tree.model.actions.enumerated() {
      guard !tree.hasFailed(action, node), tree.chance(of: action, node) > 0 else { continue }
      add(.action(action), card.cost, [tree.node(after: action, failedAt: node)])
    }
    for (question, card) in tree.model.questions.enumerated() where !tree.isAnswered(question, node) {
      let answers = tree.nodes(asking: question, at: node)
      if tree.tell(answers, apartAt: node) { add(.question(question), card.cost, answers) }
    }
    return options
  }

  /// The node without the failures that the answers have made meaningless, so that equal beliefs are found again.
  ///
  /// A cause that only a failure has ruled out does not count: without that failure it would be back.
  private func settled(_ node: CaseTree.Node) -> CaseTree.Node {
    guard rulesOut else { return node }
    let model = tree.model
    var isPossible = [Bool](repeating: true, count: model.priors.count)
    for (question, card) in model.questions.enumerated() {
      guard let outcome = model.layout.answer(to: question, in: node.situation) else { continue }
      for cause in isPossible.indices where card.given[outcome][cause] == 0 { isPossible[cause] = false }
    }
    var settled = node
    for (action, card) in model.actions.enumerated()
    where tree.hasFailed(action, node) && !card.cures.contains(where: { isPossible[$0.cause] }) {
      settled.situation = model.layout.without(failureOf: action, in: settled.situation)
    }
    return settled
  }

  /// What it would cost if the cause became known for nothing: never more than the optimum.
  private func leastCost(_ node: CaseTree.Node) -> Double {
    var cost = 0.0
    for (cause, weight) in node.weights.enumerated() where weight > 0 {
      var left = weight
      for remedy in remedies[cause] where !tree.hasFailed(remedy.action, node) {
        cost += left * tree.model.actions[remedy.action].cost
        left *= 1 - remedy.cure
      }
      cost += left * tree.model.escalationCost
    }
    return cost
  }
}
