/// A model laid out for search, without what cannot matter: causes that are ruled out, actions that cure nothing left,
/// questions that every cause answers alike. None of these can lower the cost, so leaving them out loses nothing.
struct SearchModel {
  struct Cure {
    var cause: Int
    var probability: Double
  }

  struct Remedy {
    var cure: Double
    var action: Int
  }

  struct Action {
    /// Position in the model that was given.
    var origin: Int
    var cost: Double
    var cures: [Cure]

    /// What chances are divided by: an action may be free.
    var weighingCost: Double { max(cost, PlanningModel.leastCost) }
  }

  struct Question {
    /// Position in the model that was given.
    var origin: Int
    var cost: Double
    /// `given[outcome][cause]`; outcomes that cannot come are left out.
    var given: [[Double]]
  }

  let priors: [Double]
  let actions: [Action]
  let questions: [Question]
  let escalationCost: Double
  /// For each cause, the actions that cure it.
  let curedBy: [[Remedy]]
  let layout: Situation.Layout

  init(_ model: PlanningModel) {
    let causes = model.priors.indices.filter { model.priors[$0] > 0 }
    var position = [Int](repeating: -1, count: model.priors.count)
    for (place, cause) in causes.enumerated() { position[cause] = place }
    let priors = causes.map { model.priors[$0] }

    let actions = model.actions.enumerated().compactMap { origin, action -> Action? in
      let cures = action.cures.compactMap { cure -> Cure? in
        guard cure.probability > 0, position[cure.cause] >= 0 else { return nil }
        return Cure(cause: position[cure.cause], probability: cure.probability)
      }
      return cures.isEmpty ? nil : Action(origin: origin, cost: action.cost, cures: cures)
    }
    let questions = model.questions.enumerated().compactMap { origin, question -> Question? in
      let given = question.given.map { row in causes.map { row[$0] } }.filter { $0.contains { $0 > 0 } }
      let tells = given.contains { row in row.contains { $0 != row[0] } }
      return tells ? Question(origin: origin, cost: question.cost, given: given) : nil
    }
    self.init(priors: priors, actions: actions, questions: questions, escalationCost: model.escalationCost)
  }

  init(priors: [Double], actions: [Action], questions: [Question], escalationCost: Double) {
    var curedBy = [[Remedy]](repeating: [], count: priors.count)
    for (place, action) in actions.enumerated() {
      for cure in action.cures {
        curedBy[cure.cause].append(Remedy(cure: cure.probability, action: place))
      }
    }
    self.priors = priors
    self.actions = actions
    self.questions = questions
    self.curedBy = curedBy
    self.escalationCost = escalationCost
    layout = Situation.Layout(actions: actions.count, outcomes: questions.map(\.given.count))
  }

  var mass: Double { priors.reduce(0, +) }
}

extension SearchModel {
  /// The choice in terms of the model that was given.
  func origin(of choice: Planner.Choice) -> Planner.Choice {
    switch choice {
    case .action(let index): .action(actions[index].origin)
    case .question(let index): .question(questions[index].origin)
    case .escalate: .escalate
    }
  }
}
