/// The steps at one node with what they cost until the end of the case.
///
/// Every step is rated one step ahead, with the base rule for what follows, as in Langseth and Jensen 2003 ("Decision theoretic
/// troubleshooting of coherent systems"). There this estimate is the plan. Here it chooses the focus: the actions and questions
/// that promise most. Within the focus the plan is then the optimum over all information states, which sees what one step ahead
/// cannot: questions that pay only together, and actions that are better left for later. Steps outside the focus follow at the
/// end, before handing over. All costs are those of plans that can be carried out, so none is too low.
struct FocusedPlan {
  /// Cheapest first; costs times the mass of the node. Steps that cannot matter are left out.
  private(set) var rated: [(choice: Planner.Choice, cost: Double)]
  /// True when the costs are those of the optimum.
  let isOptimal: Bool

  /// Work is counted in information states, not in time: equal situations get equal plans.
  struct Effort: Sendable {
    /// Information states planned at one node of a model with few steps, and of one with many.
    var small: Int
    var large: Int
    /// How many steps are few.
    var fewSteps = 32

    static let standard = Effort(small: 1 << 22, large: 1 << 13)
  }

  /// After how many of the best questions the others are looked at once more.
  private static let secondLooks = 2
  /// How many actions are rated one step ahead, and how many questions are looked at once more.
  private static let closerLooks = 32
  /// How much a cure counts when it needs no question, against one that comes after an answer.
  private static let directCure = 4.0

  init(_ tree: CaseTree, _ node: CaseTree.Node, effort: Effort = .standard) {
    let model = tree.model
    let actions = model.actions.indices.filter {
      !tree.hasFailed($0, node) && tree.chance(of: $0, node) > 0
    }
    var worth = [Double](repeating: 0, count: model.actions.count)
    let direct = tree.sequenceCost(node) { worth[$0] += $1 * Self.directCure }

    let rates = model.actions.indices.map { tree.chance(of: $0, node) / model.actions[$0].weighingCost }

    rated = [(.escalate, node.mass * model.escalationCost)]
    let likely = actions.sorted { (rates[$0], $1) > (rates[$1], $0) }.prefix(Self.closerLooks).sorted()
    for action in likely {
      let after = tree.sequenceCost(tree.node(after: action, failedAt: node))
      rated.append((.action(action), node.mass * model.actions[action].cost + after))
    }
    var questions: [(question: Int, cost: Double)] = []
    for question in model.questions.indices where !tree.isAnswered(question, node) {
      let answers = tree.nodes(asking: question, at: node)
      guard tree.tell(answers, apartAt: node) else { continue }
      let cost = answers.reduce(node.mass * model.questions[question].cost) { cost, answer in
        cost + tree.sequenceCost(answer) { worth[$0] += $1 }
      }
      questions.append((question, cost))
      rated.append((.question(question), cost))
    }

    let focus = Focus(
      actions: actions.sorted { (worth[$0], rates[$0], $1) > (worth[$1], rates[$1], $0) },
      questions: Self.ranked(questions, tree, node, direct: direct).map {
        ($0, model.questions[$0].given.count)
      },
      limit: actions.count + questions.count <= effort.fewSteps ? effort.small : effort.large)
    isOptimal = focus.isWhole
    improve(FocusedModel(tree, node, focus))
    sort(tolerance: node.mass * 1e-9)
  }

  /// Takes over the optimum within the focus, where it is cheaper.
  private mutating func improve(_ focused: FocusedModel) {
    let model = focused.model
    guard
      let optimum = DenseOptimum(model, tail: focused.tail, limit: .max, memoryLimit: .max)
    else { return }
    let solved = optimum.solve()
    var better: [Planner.Choice: Double] = [:]
    for (action, cost) in zip(model.actions, solved.actions) { better[.action(action.origin)] = cost }
    for (question, cost) in zip(model.questions, solved.questions) {
      better[.question(question.origin)] = cost
    }
    for index in rated.indices {
      if let cost = better.removeValue(forKey: rated[index].choice) {
        rated[index].cost = min(rated[index].cost, cost)
      }
    }
    rated += model.actions.compactMap { action in
      better[.action(action.origin)].map { (.action(action.origin), $0) }
    }
  }

  /// The cheapest first; of equals the one that was rated first.
  private mutating func sort(tolerance: Double) {
    var order = rated.indices.sorted { (rated[$0].cost, $0) < (rated[$1].cost, $1) }
    guard let least = order.first.map({ rated[$0].cost }) else { return }
    let equals = order.prefix { rated[$0].cost <= least + tolerance }
    if let first = equals.min(), let place = order.firstIndex(of: first) {
      order.remove(at: place)
      order.insert(first, at: 0)
    }
    rated = order.map { rated[$0] }
  }

  /// Questions by what they save at once and after each answer to the best of them.
  private static func ranked(
    _ questions: [(question: Int, cost: Double)], _ tree: CaseTree, _ node: CaseTree.Node, direct: Double
  ) -> [Int] {
    var savings = [Double](repeating: 0, count: tree.model.questions.count)
    // Those that save nothing still have an order, far below.
    for (question, cost) in questions { savings[question] = max(direct - cost, 0) + (direct - cost) * 1e-6 }
    let best = questions.sorted { ($0.cost, $0.question) < ($1.cost, $1.question) }
    for answer in best.prefix(secondLooks).flatMap({ tree.nodes(asking: $0.question, at: node) }) {
      let direct = tree.sequenceCost(answer)
      for (question, _) in best.prefix(closerLooks) where !tree.isAnswered(question, answer) {
        let start = answer.mass * tree.model.questions[question].cost
        let cost = tree.nodes(asking: question, at: answer).reduce(start) { $0 + tree.sequenceCost($1) }
        savings[question] += max(direct - cost, 0)
      }
    }
    return questions.map(\.question).sorted { (savings[$0], $1) > (savings[$1], $0) }
  }
}
