import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Knowledge
import Probing

/// How far from the optimum the planner's whole strategies are, on models that anybody can draw again.
struct PlannerBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "planner",
    abstract: "The planner against the optimum and simpler rules on seeded models, and its time for a step.",
    discussion: """
      Draws models of the size of the printer models of SACSO: 6 to 16 actions, 2 to 10 questions of two answers, 6 to 20 causes, \
      uncertain cures, actions that cure several causes. Every cost is exact. Where the optimum is too large to work out, a bound that \
      it cannot be below stands in for it, which makes the gap look larger, never smaller; these models have a line of their own.
      """)

  @Option(help: "How many models.")
  var models = 520
  @Option(help: "The seed of the first model; each following one has the next.")
  var seed: UInt64 = 1

  func validate() throws {
    guard models > 0 else { throw ValidationError("--models takes at least 1.") }
  }

  private static let rivals: [PlanningPolicy] = [.planner, .oneStep, .greedy, .fixed]

  func run() async throws {
    var measured: [Measured] = []
    for number in 0..<models {
      let (modelSeed, _) = seed.addingReportingOverflow(UInt64(number))
      let model = SeededModels.published.model(seed: modelSeed)
      let least = Self.least(model)
      for policy in Self.rivals {
        let cost = try policy.outcome(on: model).expectedCost
        measured.append(
          Measured(
            policy: policy, seed: modelSeed, gap: cost / least.cost - 1, isExact: least.isOptimum))
      }
      if isatty(STDERR_FILENO) == 1 {
        FileHandle.standardError.write(Data("\r\(number + 1) of \(models) models".utf8))
      }
    }
    if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\n".utf8)) }
    print("\(models) models, seeds from \(seed)")
    Self.report("gap to the optimum", measured.filter(\.isExact))
    Self.report("gap to a bound below it", measured.filter { !$0.isExact })
    steps()
  }

  private struct Measured {
    var policy: PlanningPolicy
    var seed: UInt64
    var gap: Double
    /// Against the optimum itself.
    var isExact: Bool
  }

  private static func report(_ title: String, _ measured: [Measured]) {
    guard !measured.isEmpty else { return }
    print("\(title), \(measured.count / rivals.count) models: mean, worst, at seed")
    for policy in rivals {
      let own = measured.filter { $0.policy == policy }
      guard let worst = own.max(by: { $0.gap < $1.gap }) else { continue }
      let mean = own.reduce(0) { $0 + $1.gap } / Double(own.count)
      print(
        "  \(policy.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0))"
          + String(format: "%9.4f %% %9.3f %%   %llu", mean * 100, worst.gap * 100, worst.seed))
    }
  }

  /// The optimum, or a cost that it cannot be below: that with the answers to some questions known for nothing.
  static func least(_ model: PlanningModel) -> (cost: Double, isOptimum: Bool) {
    if let optimum = try? PlanningPolicy.exact.outcome(on: model) { return (optimum.expectedCost, true) }
    guard let free = model.questions.indices.min(by: { model.questions[$0].cost < model.questions[$1].cost })
    else { return (0, false) }
    var cost = 0.0
    var total = 0.0
    for row in model.questions[free].given {
      var known = model
      known.questions.remove(at: free)
      known.priors = zip(model.priors, row).map { $0 * $1 }
      let mass = known.priors.reduce(0, +)
      guard mass > 0 else { continue }
      cost += mass * least(known).cost
      total += mass
    }
    return (cost / total, false)
  }

  /// The time for one step on the built-in knowledge, in the situations of simulated cases.
  private func steps() {
    let base = KnowledgeSource.embedded()
    let simulation = Simulation(
      knowledge: base, probes: Set(ProbeRegistry.all.flatMap { $0.description.states }))
    let assessor = Assessor(knowledge: base)
    let times = (0..<100).flatMap { number in
      simulation.situations(seed: Simulation.seed(of: number, in: seed)).map { evidence in
        Benchmark.time { _ = assessor.assess(evidence) }
      }
    }.sorted()
    guard let most = times.last else { return }
    print(
      String(
        format:
          "a step on the built-in knowledge: median %.1f ms, 99th percentile %.1f ms, most %.1f ms of %d",
        times[times.count / 2], times[times.count * 99 / 100], most, times.count))
  }
}
