import Diagnosis
import Testing

@Suite struct PlanningPlannerTests {
  let model = SeededModels(actions: 6...6, questions: 3...3, causes: 8...8).model(seed: 5)

  @Test func everyChoiceIsRatedOnceAndTheCheapestComesFirst() {
    let rated = Planner(model).rated(model.priors)
    #expect(rated.count == model.actions.count + model.questions.count + 1)
    #expect(Set(rated.map(\.choice)).count == rated.count)
    #expect(zip(rated, rated.dropFirst()).allSatisfy { $0.cost <= $1.cost + 1e-9 })
    #expect(rated.allSatisfy { $0.cost.isFinite && $0.cost > 0 })
  }

  @Test func equalSituationsGetEqualPlans() {
    let large = SeededModels.remoteDesktop.model(seed: 2)
    #expect(Planner(large).rated(large.priors) == Planner(large).rated(large.priors))
    #expect(Planner(large).sequence(large.priors) == Planner(large).sequence(large.priors))
  }

  @Test func weightsNeedNotSumToOne() {
    let once = Planner(model).rated(model.priors)
    let twice = Planner(model).rated(model.priors.map { $0 * 0.25 })
    #expect(once.map(\.choice) == twice.map(\.choice))
    for (first, second) in zip(once, twice) { #expect(abs(first.cost - second.cost) < 1e-9) }
  }

  @Test func theCostOfTheFirstStepIsThatOfTheOptimum() throws {
    let best = try PlanningPolicy.exact.outcome(on: model)
    let first = Planner(model).rated(model.priors)[0]
    #expect(first.choice == best.first)
    #expect(abs(first.cost - best.expectedCost) < 1e-9)
  }

  @Test func aCauseThatNothingConcernsChangesNoOrder() {
    var wider = model
    wider.priors.append(0)
    for question in wider.questions.indices {
      for outcome in wider.questions[question].given.indices {
        wider.questions[question].given[outcome].append(outcome == 0 ? 1 : 0)
      }
    }
    #expect(Planner(wider).rated(wider.priors) == Planner(model).rated(model.priors))
  }

  @Test func withoutBeliefTheCaseIsHandedOver() {
    let nothing = [Double](repeating: 0, count: model.priors.count)
    #expect(Planner(model).rated(nothing).map(\.choice) == [.escalate])
    #expect(Planner(model).sequence(nothing).isEmpty)
  }

  @Test func theSequenceGoesByProbabilityOfCurePerCost() {
    let model = PlanningModel(
      priors: [0.2, 0.5, 0.3],
      actions: [
        .init(cost: 2, cures: [(0, 1)]), .init(cost: 20, cures: [(1, 1)]), .init(cost: 2, cures: [(2, 1)]),
      ],
      questions: [], escalationCost: 200)
    #expect(Planner(model).sequence(model.priors) == [2, 0, 1])
  }

  @Test func theSequenceEndsWhereHandingOverIsCheaper() {
    let model = PlanningModel(
      priors: [0.9, 0.1], actions: [.init(cost: 2, cures: [(0, 1)]), .init(cost: 30, cures: [(1, 0.5)])],
      questions: [], escalationCost: 20)
    #expect(Planner(model).sequence(model.priors) == [0])
  }

  @Test func equallyGoodChoicesComeInTheOrderOfTheModel() {
    let twins = PlanningModel(
      priors: [0.5, 0.5], actions: [.init(cost: 5, cures: [(0, 1)]), .init(cost: 5, cures: [(1, 1)])],
      questions: [], escalationCost: 100)
    #expect(Planner(twins).rated(twins.priors)[0].choice == .action(0))
    #expect(Planner(twins).rated([0.4, 0.6])[0].choice == .action(1))
  }

  @Test func theSameSeedDrawsTheSameModel() {
    #expect(SeededModels.published.model(seed: 9) == SeededModels.published.model(seed: 9))
    #expect(SeededModels.published.model(seed: 9) != SeededModels.published.model(seed: 10))
  }

  @Test func seededModelsAreSound() {
    for seed in UInt64(0)..<50 {
      let model = SeededModels.published.model(seed: seed)
      #expect((6...16).contains(model.actions.count))
      #expect((2...10).contains(model.questions.count))
      #expect((6...20).contains(model.priors.count))
      #expect(abs(model.priors.reduce(0, +) - 1) < 1e-12)
      for question in model.questions {
        for cause in model.priors.indices {
          #expect(abs(question.given.reduce(0) { $0 + $1[cause] } - 1) < 1e-12)
        }
      }
      for action in model.actions {
        #expect(action.cost > 0)
        #expect(Set(action.cures.map(\.cause)).count == action.cures.count)
        #expect(action.cures.allSatisfy { (0...1).contains($0.probability) })
      }
    }
  }

  @Test func splitMixDrawsItsPublishedNumbers() {
    var random = SplitMix64(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
  }
}
