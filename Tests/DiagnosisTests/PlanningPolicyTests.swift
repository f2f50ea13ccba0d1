import Diagnosis
import Testing

@Suite struct PlanningPolicyTests {
  /// Two causes, a cure for each, a question that tells them apart for certain.
  let clear = PlanningModel(
    priors: [0.6, 0.4],
    actions: [.init(cost: 10, cures: [(0, 1)]), .init(cost: 4, cures: [(1, 0.5)])],
    questions: [.init(cost: 1, given: [[1, 0], [0, 1]])], escalationCost: 100)

  func cost(_ policy: PlanningPolicy, _ model: PlanningModel) throws -> Double {
    try policy.outcome(on: model).expectedCost
  }

  @Test func fixedOrderIsWeighedToItsEnd() throws {
    // 10, then with 0.4 another 4, then with 0.2 the escalation.
    let outcome = try PlanningPolicy.fixed.outcome(on: clear)
    #expect(abs(outcome.expectedCost - (10 + 0.4 * 4 + 0.2 * 100)) < 1e-12)
    #expect(outcome.first == .action(0))
  }

  @Test func greedyTakesTheBestRateFirst() throws {
    // 0.6/10 is more than 0.2/4, so the order is the file's; with a cost of 15 it turns round.
    #expect(try cost(.greedy, clear) == cost(.fixed, clear))
    var dear = clear
    dear.actions[0].cost = 15
    let outcome = try PlanningPolicy.greedy.outcome(on: dear)
    #expect(outcome.first == .action(1))
    #expect(abs(outcome.expectedCost - (4 + 0.8 * 15 + 0.2 * 100)) < 1e-12)
  }

  @Test func greedyWorksOutItsRatesAnewAfterEachFailure() throws {
    // After the first action the second has nothing left to cure; it is never tried.
    let model = PlanningModel(
      priors: [0.5, 0.5],
      actions: [
        .init(cost: 1, cures: [(0, 1)]), .init(cost: 1.5, cures: [(0, 1)]), .init(cost: 9, cures: [(1, 1)]),
      ], questions: [], escalationCost: 50)
    #expect(abs(try cost(.greedy, model) - (1 + 0.5 * 9)) < 1e-12)
    #expect(abs(try cost(.fixed, model) - (1 + 0.5 * 1.5 + 0.5 * 9)) < 1e-12)
  }

  @Test func theOptimumAsksWhatSavesAnAction() throws {
    // Asking: 1, then 0.6 of 10, or 0.4 of (4 + 0.5 of 100).
    let outcome = try PlanningPolicy.exact.outcome(on: clear)
    #expect(abs(outcome.expectedCost - (1 + 0.6 * 10 + 0.4 * (4 + 0.5 * 100))) < 1e-12)
    #expect(outcome.first == .question(0))
    #expect(try PlanningPolicy.planner.outcome(on: clear) == outcome)
  }

  @Test func twoActionsPayTogetherWhereNeitherDoesAlone() throws {
    let model = PlanningModel(
      priors: [0.5, 0.5], actions: [.init(cost: 51, cures: [(0, 1)]), .init(cost: 51, cures: [(1, 1)])],
      questions: [], escalationCost: 100)
    #expect(abs(try cost(.exact, model) - (51 + 0.5 * 51)) < 1e-12)
    #expect(abs(try cost(.planner, model) - (51 + 0.5 * 51)) < 1e-12)
  }

  @Test func handingOverAtOnceIsChosenWhereItIsCheapest() throws {
    var model = clear
    model.escalationCost = 0.5
    for policy in [PlanningPolicy.exact, .planner] {
      #expect(try policy.outcome(on: model) == .init(expectedCost: 0.5, first: .escalate))
    }
    #expect(try cost(.fixed, model) > 10)
  }

  @Test(arguments: PlanningPolicy.allCases) func aModelWithoutStepsIsHandedOver(_ policy: PlanningPolicy)
    throws
  {
    let model = PlanningModel(priors: [0.3, 0.7], actions: [], questions: [], escalationCost: 70)
    let outcome = try policy.outcome(on: model)
    #expect(abs(outcome.expectedCost - 70) < 1e-12)
    #expect(outcome.first == .escalate)
  }

  @Test func stepsThatCannotMatterChangeNothing() throws {
    var model = clear
    model.priors.append(0)
    model.questions[0].given = [[1, 0, 0.5], [0, 1, 0.5]]
    model.actions += [.init(cost: 0.1, cures: [(2, 1)]), .init(cost: 0.1, cures: [(0, 0)])]
    model.questions.append(.init(cost: 0.1, given: [[0.3, 0.3, 0.9], [0.7, 0.7, 0.1]]))
    model.questions.append(.init(cost: 0.1, given: [[1, 1, 1]]))
    for policy in [PlanningPolicy.exact, .planner, .greedy] {
      #expect(abs(try cost(policy, model) - cost(policy, clear)) < 1e-12)
    }
  }

  @Test(arguments: UInt64(0)..<40) func theOptimumIsThatOfTryingEverything(_ seed: UInt64) throws {
    let model = SeededModels(actions: 0...4, questions: 0...2, causes: 1...5, outcomes: 2...3).model(
      seed: seed)
    let best = EveryPlan(model).best
    #expect(abs(try cost(.exact, model) - best) < 1e-9)
    #expect(abs(try cost(.planner, model) - best) < 1e-9)
  }

  @Test(arguments: UInt64(0)..<40) func theOptimumHoldsWhereOutcomesAreCertain(_ seed: UInt64) throws {
    var model = SeededModels(actions: 2...4, questions: 1...2, causes: 2...5).model(seed: seed)
    for question in model.questions.indices {
      for cause in model.priors.indices {
        let first = model.questions[question].given[0][cause] > 0.5
        model.questions[question].given[0][cause] = first ? 1 : 0
        model.questions[question].given[1][cause] = first ? 0 : 1
      }
    }
    for action in model.actions.indices {
      for cure in model.actions[action].cures.indices where cure % 2 == 0 {
        model.actions[action].cures[cure].probability = 1
      }
    }
    #expect(abs(try cost(.exact, model) - EveryPlan(model).best) < 1e-9)
  }

  @Test(arguments: UInt64(0)..<20) func noPolicyIsBetterThanTheOptimum(_ seed: UInt64) throws {
    let model = SeededModels(actions: 3...7, questions: 2...4, causes: 4...9).model(seed: seed)
    let best = try cost(.exact, model)
    let planned = try cost(.planner, model)
    #expect(best <= planned + 1e-9)
    #expect(planned <= best * 1.01)
    #expect(try planned <= cost(.greedy, model) + 1e-9)
    #expect(try best <= cost(.fixed, model) + 1e-9)
  }

  @Test func aModelOfCertainAnswersIsWorkedOffThoughItsHistoriesAreMany() throws {
    // One question for each group of causes: "is it one of these?". Nearly no combination of answers can come.
    let groups = 16
    let model = PlanningModel(
      priors: [Double](repeating: 1 / Double(groups), count: groups),
      actions: (0..<6).map { .init(cost: 5, cures: [($0, 1), ($0 + 6, 0.5)]) },
      questions: (0..<groups).map { place in
        let yes = (0..<groups).map { $0 == place ? 1.0 : 0 }
        return .init(cost: 40, given: [yes, yes.map { 1 - $0 }])
      }, escalationCost: 60)
    // Questions are too dear ever to be asked: the optimum is that of the actions alone.
    var alone = model
    alone.questions = []
    #expect(abs(try cost(.exact, model) - cost(.exact, alone)) < 1e-9)
  }

  @Test func aModelThatIsTooLargeIsDeclined() {
    let model = SeededModels.remoteDesktop.model(seed: 1)
    #expect(throws: PlanningPolicy.TooLarge()) { try PlanningPolicy.exact.outcome(on: model) }
    let large = SeededModels(actions: 20...20, questions: 12...12, causes: 20...20).model(seed: 1)
    #expect(throws: PlanningPolicy.TooLarge()) { try PlanningPolicy.exact.outcome(on: large) }
  }
}

/// The cheapest of all plans, by going through every one of them; nothing is remembered and nothing left out.
private struct EveryPlan {
  let model: PlanningModel
  init(_ model: PlanningModel) { self.model = model }

  var best: Double {
    cost(Array(model.actions.indices), Array(model.questions.indices), model.priors)
  }

  private func cost(_ actions: [Int], _ questions: [Int], _ belief: [Double]) -> Double {
    let mass = belief.reduce(0, +)
    guard mass > 0 else { return 0 }
    var best = model.escalationCost
    for action in actions {
      var after = belief
      for cure in model.actions[action].cures { after[cure.cause] *= 1 - cure.probability }
      let failed = after.reduce(0, +) / mass
      let rest = failed > 0 ? failed * cost(actions.filter { $0 != action }, questions, after) : 0
      best = min(best, model.actions[action].cost + rest)
    }
    for question in questions {
      var total = model.questions[question].cost
      for row in model.questions[question].given {
        let after = zip(belief, row).map { $0 * $1 }
        let chance = after.reduce(0, +) / mass
        if chance > 0 { total += chance * cost(actions, questions.filter { $0 != question }, after) }
      }
      best = min(best, total)
    }
    return best
  }
}
