import Facts
import Testing

@testable import Diagnosis

@Suite struct SimulationTests {
  let simulation = Simulation(knowledge: SmallKnowledge.base, probes: ["tcp.port", "tls.handshake"])

  func walks(_ way: Simulation.Way, _ count: Int, of simulation: Simulation) -> [Simulation.Walk] {
    var memory = Simulation.Memory()
    return (0..<count).map { simulation.play(way, seed: Simulation.seed(of: $0, in: 7), memory: &memory) }
  }

  func summary(_ walks: [Simulation.Walk]) -> SimulationSummary {
    walks.reduce(into: SimulationSummary()) { $0.add($1) }
  }

  @Test func theSameSeedPlaysTheSameCasesInAnyOrder() {
    let forwards = walks(.planner, 40, of: simulation)
    var memory = Simulation.Memory()
    let backwards = (0..<40).reversed().map {
      simulation.play(.planner, seed: Simulation.seed(of: $0, in: 7), memory: &memory)
    }
    #expect(forwards == backwards.reversed())
  }

  @Test func casesFollowTheKnowledge() {
    let drawn = (0..<3000).map { simulation.world.draw(seed: Simulation.seed(of: $0, in: 1)) }
    let stopped = drawn.filter { $0.causes == ["stopped"] }
    // 50 of 145 without a complaint's discount for a healthy host.
    #expect(abs(Double(stopped.count) / 3000 - 50.0 / 155) < 0.03)
    let refused = stopped.filter { $0.findings.contains { $0.outcome == "refused" } }
    #expect(Double(refused.count) / Double(stopped.count) > 0.95)
    #expect(drawn.allSatisfy { !($0.findings.contains { $0.outcome == "refused" } && $0.findings.count > 1) })
  }

  @Test func whoeverKnowsTheCauseIsNotBeaten() {
    for way in Simulation.Way.allCases {
      let all = summary(walks(way, 300, of: simulation))
      #expect(all.meanMinutes + 3 * all.standardError >= all.meanLeastMinutes, "\(way)")
      #expect(all.meanMinutes.isFinite)
    }
  }

  @Test func thePlannerCostsLessThanGuessing() {
    let planned = summary(walks(.planner, 300, of: simulation))
    #expect(planned.meanMinutes < summary(walks(.nearest, 300, of: simulation)).meanMinutes)
    #expect(planned.firstFixRight > 0.7)
  }

  @Test func aPlannerWhoseEstimatesAreOffMeetsTheSameCases() {
    let right = walks(.planner, 60, of: simulation)
    let wrong = walks(.planner, 60, of: simulation.misjudging(seed: 3))
    #expect(right.map(\.causes) == wrong.map(\.causes))
    #expect(right.map(\.leastMinutes) == wrong.map(\.leastMinutes))
  }

  @Test func aLieIsAnotherAnswerThanTheTrueOne() throws {
    let question = try #require(SmallKnowledge.base.question("who"))
    let world = simulation.world
    for number in 0..<50 {
      let drawn = world.draw(seed: Simulation.seed(of: number, in: 2))
      let truth = world.answer(question, drawn, known: Evidence())
      #expect(world.answer(question, drawn, known: Evidence(), lies: 1) != truth)
    }
  }

  @Test func twoFaultsAreTwoRealCausesTheFirstMetFirst() {
    let double = Simulation(knowledge: SmallKnowledge.base, probes: ["tcp.port"], faults: 2)
    for number in 0..<50 {
      let drawn = double.world.draw(seed: Simulation.seed(of: number, in: 2), faults: 2)
      #expect(Set(drawn.causes).count == 2)
      #expect(Set(drawn.causes).isDisjoint(with: ["healthy", "unknown"]))
      let phases = drawn.causes.compactMap { SmallKnowledge.base.cause($0)?.phase }
      #expect(phases == phases.sorted())
    }
  }
}

@Suite struct PlannerGapTests {
  /// Small enough to work out, large enough that little effort does not see everything.
  static let drawn = SeededModels(actions: 5...8, questions: 2...4, causes: 5...10)

  @Test func withLittleEffortThePlannerIsNearTheOptimumAndTheRulesAreNot() throws {
    let effort = FocusedPlan.Effort(small: 1 << 7, large: 1 << 7)
    var planned: [Double] = []
    var oneStep: [Double] = []
    var greedy: [Double] = []
    for seed in UInt64(0)..<36 {
      let model = Self.drawn.model(seed: seed)
      let least = try PlanningPolicy.exact.outcome(on: model).expectedCost
      planned.append(
        PlanningPolicy.planned(SearchModel(model), effort: effort).expectedCost / least - 1)
      oneStep.append(try PlanningPolicy.oneStep.outcome(on: model).expectedCost / least - 1)
      greedy.append(try PlanningPolicy.greedy.outcome(on: model).expectedCost / least - 1)
      #expect(try PlanningPolicy.planner.outcome(on: model).expectedCost <= least * (1 + 1e-9))
    }
    func mean(_ gaps: [Double]) -> Double { gaps.reduce(0, +) / Double(gaps.count) }
    #expect(planned.allSatisfy { $0 > -1e-9 && $0 < 0.05 })
    #expect(mean(planned) < 0.005)
    #expect(mean(planned) < mean(oneStep))
    #expect(mean(oneStep) < mean(greedy))
  }
}
