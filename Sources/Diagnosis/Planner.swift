/// Chooses the step with the lowest expected cost until the end of the case.
///
/// Actions alone are taken by probability of cure per cost, which is optimal where causes and cures do not overlap (Heckerman,
/// Breese and Rommelse 1995, "Decision-Theoretic Troubleshooting"). With questions, with causes that several actions cure and
/// with actions that cure several causes it no longer is; the SACSO planner (Jensen et al. 2001) and Langseth and Jensen 2003
/// then look one step ahead. This one goes on from there: it plans the most promising steps to the end of the case, over all
/// information states, as far as a fixed amount of work allows. Small problems are solved exactly.
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

    public init(choice: Choice, cost: Double) {
      self.choice = choice
      self.cost = cost
    }
  }

  private let model: PlanningModel

  public init(_ model: PlanningModel) { self.model = model }

  /// Every choice, cheapest first; never empty. Of equals for the first place handing over comes first, then actions in
  /// their order, then questions.
  ///
  /// - Parameter belief: One weight for each cause of the model; they need not sum to 1.
  public func rated(_ belief: [Double]) -> [Rated] {
    let tree = tree(belief)
    let root = tree.root
    guard root.mass > 0 else { return [Rated(choice: .escalate, cost: model.escalationCost)] }
    var rated = FocusedPlan(tree, root).rated.map {
      Rated(choice: tree.model.origin(of: $0.choice), cost: $0.cost / root.mass)
    }
    guard let least = rated.first?.cost else { return [] }
    // Doing without a step is possible after it too: no step adds more than it costs itself.
    for index in rated.indices where rated[index].choice != .escalate {
      rated[index].cost = min(rated[index].cost, cost(of: rated[index].choice) + least)
    }
    let known = Set(rated.map(\.choice))
    let all = model.actions.indices.map(Choice.action) + model.questions.indices.map(Choice.question)
    rated += all.filter { !known.contains($0) }.map { Rated(choice: $0, cost: cost(of: $0) + least) }
    let rest = rated.dropFirst().enumerated().sorted {
      ($0.element.cost, $0.offset) < ($1.element.cost, $1.offset)
    }
    return rated.prefix(1) + rest.map(\.element)
  }

  /// The actions of the base rule in their order, until handing over is cheaper.
  public func sequence(_ belief: [Double]) -> [Int] {
    let tree = tree(belief)
    var order: [Int] = []
    tree.sequenceCost(tree.root) { action, _ in order.append(tree.model.actions[action].origin) }
    return order
  }

  private func tree(_ belief: [Double]) -> CaseTree {
    var model = model
    model.priors = belief
    return CaseTree(SearchModel(model))
  }

  private func cost(of choice: Choice) -> Double {
    switch choice {
    case .action(let index): model.actions[index].cost
    case .question(let index): model.questions[index].cost
    case .escalate: model.escalationCost
    }
  }
}
