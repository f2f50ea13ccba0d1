import Testing

@testable import Diagnosis

@Suite struct PlanningSearchTests {
  @Test(arguments: UInt64(0)..<30) func searchWithBoundsFindsTheOptimumOfTheWholeTable(_ seed: UInt64) throws
  {
    let drawn = SeededModels(actions: 1...5, questions: 1...3, causes: 3...8, outcomes: 2...3).model(
      seed: seed)
    let model = SearchModel(Self.withCertainties(drawn))
    let whole = try #require(DenseOptimum(model, limit: .max, memoryLimit: .max)).solve()
    var search = try #require(SparseOptimum(model, limit: .max >> 1))
    let options = search.solve()
    #expect(abs(options[0].cost - whole.cost) < 1e-9)
    for (choice, cost) in options {
      switch choice {
      case .action(let action): #expect(abs(cost - whole.actions[action]) < 1e-9)
      case .question(let question): #expect(abs(cost - whole.questions[question]) < 1e-9)
      case .escalate: #expect(abs(cost - model.escalationCost) < 1e-9)
      }
    }
  }

  /// Some cures and answers that never fail, so that states fall together.
  private static func withCertainties(_ model: PlanningModel) -> PlanningModel {
    var model = model
    for action in model.actions.indices where action % 2 == 0 {
      for cure in model.actions[action].cures.indices { model.actions[action].cures[cure].probability = 1 }
    }
    for cause in model.priors.indices {
      for outcome in model.questions[0].given.indices {
        model.questions[0].given[outcome][cause] = cause % model.questions[0].given.count == outcome ? 1 : 0
      }
    }
    return model
  }

  @Test(arguments: UInt64(0)..<40) func aPlanWithALittleFocusIsNearTheOptimumAndNeverBelow(_ seed: UInt64)
    throws
  {
    let drawn = SeededModels(actions: 4...6, questions: 2...4, causes: 6...10).model(seed: seed)
    let best = try PlanningPolicy.exact.outcome(on: drawn).expectedCost
    let planned = PlanningPolicy.planned(SearchModel(drawn), effort: .init(small: 64, large: 64))
    #expect(planned.expectedCost >= best - 1e-9)
    #expect(planned.expectedCost <= best * 1.05)
  }

  @Test func theCostsOfALittleFocusAreThoseOfPlansThatCanBeCarriedOut() throws {
    for seed in UInt64(0)..<30 {
      let model = SearchModel(
        SeededModels(actions: 5...5, questions: 3...3, causes: 8...8).model(seed: seed))
      let whole = try #require(DenseOptimum(model, limit: .max, memoryLimit: .max)).solve()
      let tree = CaseTree(model)
      for limit in [1, 8, 50, 200] {
        let plan = FocusedPlan(tree, tree.root, effort: .init(small: limit, large: limit))
        #expect(!plan.isOptimal)
        for (choice, cost) in plan.rated {
          switch choice {
          case .action(let action): #expect(cost >= whole.actions[action] - 1e-9)
          case .question(let question): #expect(cost >= whole.questions[question] - 1e-9)
          case .escalate: #expect(cost >= whole.cost - 1e-9)
          }
        }
        #expect(plan.rated[0].cost <= tree.sequenceCost(tree.root) + 1e-9)
      }
    }
  }

  @Test func workIsBoundedByTheStatesOfTheFocus() {
    let focus = Focus(actions: Array(0..<50), questions: (0..<30).map { ($0, 2) }, limit: 1 << 13)
    var states = 1 << focus.actions.count
    for _ in focus.questions { states *= 3 }
    #expect(states <= 1 << 13 && states * 3 > 1 << 13 && !focus.isWhole)
    #expect(!focus.actions.isEmpty && !focus.questions.isEmpty)
  }

  @Test func aFocusThatHoldsEverythingIsWhole() {
    let focus = Focus(actions: [3, 1], questions: [(0, 2), (2, 4)], limit: 4 * 3 * 5)
    #expect(focus.isWhole)
    #expect(focus.actions == [3, 1])
    #expect(focus.questions == [0, 2])
  }

  @Test func theOrderOfWhatHappenedDoesNotMatter() {
    let layout = Situation.Layout(actions: 130, outcomes: [Int](repeating: 5, count: 60))
    let one = layout.after(
      failureOf: 129, in: layout.after(answer: 4, to: 59, in: layout.after(failureOf: 64, in: layout.start)))
    let other = layout.after(
      answer: 4, to: 59, in: layout.after(failureOf: 64, in: layout.after(failureOf: 129, in: layout.start)))
    #expect(one == other)
    #expect(layout.hasFailed(129, in: one) && layout.hasFailed(64, in: one) && !layout.hasFailed(65, in: one))
    #expect(layout.answer(to: 59, in: one) == 4 && layout.answer(to: 58, in: one) == nil)
    #expect(layout.isAnswered(59, in: one) && !layout.isAnswered(58, in: one))
    #expect(one != layout.after(answer: 3, to: 59, in: layout.start))
    #expect(layout.without(failureOf: 129, in: one) != one)
  }

  @Test func everyAnswerOfAQuestionIsASituationOfItsOwn() {
    let layout = Situation.Layout(actions: 3, outcomes: [2, 7, 1])
    var seen = Set([layout.start])
    for (question, outcomes) in [2, 7, 1].enumerated() {
      for outcome in 0..<outcomes {
        #expect(seen.insert(layout.after(answer: outcome, to: question, in: layout.start)).inserted)
      }
    }
  }
}
