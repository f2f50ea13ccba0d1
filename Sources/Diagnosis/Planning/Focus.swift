/// The steps at one node that are planned to the end of the case: all of them when there are few enough.
struct Focus {
  let actions: [Int]
  let questions: [Int]
  /// True when no step that can matter is left out: then the plan is the optimum.
  let isWhole: Bool

  /// How many actions are taken in for how many questions while there is a choice.
  private static let pace = (actions: 3, questions: 2)

  /// - Parameters:
  ///   - actions: Positions, the most worthwhile first.
  ///   - questions: Positions and numbers of outcomes, the most worthwhile first.
  ///   - limit: Information states that the plan may have.
  init(actions: [Int], questions: [(question: Int, outcomes: Int)], limit: Int) {
    var states = 1
    var taken = (actions: 0, questions: 0)
    while taken.actions < actions.count || taken.questions < questions.count {
      let isActionsTurn =
        taken.questions >= questions.count
        || taken.actions * Self.pace.questions < (taken.questions + 1) * Self.pace.actions
      let takesAction = taken.actions < actions.count && isActionsTurn
      let factor = takesAction ? 2 : questions[taken.questions].outcomes + 1
      guard states <= limit / factor else { break }
      states *= factor
      if takesAction { taken.actions += 1 } else { taken.questions += 1 }
    }
    self.actions = Array(actions.prefix(taken.actions))
    self.questions = questions.prefix(taken.questions).map(\.question)
    isWhole = taken.actions == actions.count && taken.questions == questions.count
  }
}

/// A problem of the focus alone, over groups of causes that it cannot tell apart.
struct FocusedModel {
  let model: SearchModel
  /// For each group, what it costs to end the case by the steps that were left out and then handing over; nil when none was.
  let tail: [Double]?

  init(_ tree: CaseTree, _ node: CaseTree.Node, _ focus: Focus) {
    let full = tree.model
    let causes = full.priors.indices.filter { node.weights[$0] > 0 }
    var cures = [[Double]](
      repeating: [Double](repeating: 0, count: focus.actions.count), count: full.priors.count)
    for (place, action) in focus.actions.enumerated() {
      for cure in full.actions[action].cures { cures[cure.cause][place] = cure.probability }
    }
    let ending = focus.isWhole ? nil : Self.ending(tree, node, focus)

    var groups: [[Double]: Int] = [:]
    var members: [Int] = []
    var priors: [Double] = []
    var tail: [Double] = []
    for cause in causes {
      var profile = cures[cause]
      for question in focus.questions { profile += full.questions[question].given.map { $0[cause] } }
      let group = groups[profile] ?? priors.count
      if group == priors.count {
        groups[profile] = group
        members.append(cause)
        priors.append(0)
        tail.append(0)
      }
      priors[group] += node.weights[cause]
      tail[group] += node.weights[cause] * (ending?[cause] ?? 0)
    }
    model = SearchModel(
      priors: priors,
      actions: focus.actions.enumerated().map { place, action in
        SearchModel.Action(
          origin: action, cost: full.actions[action].cost,
          cures: members.enumerated().compactMap { group, cause in
            cures[cause][place] > 0 ? .init(cause: group, probability: cures[cause][place]) : nil
          })
      },
      questions: focus.questions.map { question in
        SearchModel.Question(
          origin: question, cost: full.questions[question].cost,
          given: full.questions[question].given.map { row in members.map { row[$0] } })
      },
      escalationCost: full.escalationCost)
    self.tail = ending == nil ? nil : zip(tail, priors).map { $0 / $1 }
  }

  /// For each cause, the cost of the base rule over the actions that were left out, in the order that suits after all of the focus.
  private static func ending(_ tree: CaseTree, _ node: CaseTree.Node, _ focus: Focus) -> [Double] {
    var later = node
    for action in focus.actions { later = tree.node(after: action, failedAt: later) }
    var order: [Int] = []
    tree.sequenceCost(later) { action, _ in order.append(action) }
    var ending = [Double](repeating: tree.model.escalationCost, count: tree.model.priors.count)
    for action in order.reversed() {
      for cure in tree.model.actions[action].cures { ending[cure.cause] *= 1 - cure.probability }
      for cause in ending.indices { ending[cause] += tree.model.actions[action].cost }
    }
    return ending
  }
}
