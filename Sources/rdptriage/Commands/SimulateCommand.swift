import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Probing

extension KnowledgeCommand {
  /// Plays cases that are drawn from the knowledge, and counts what ways of working on them cost.
  struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Plays cases drawn from the knowledge: what do the planner and simpler ways of working cost?",
      discussion: """
        The same seed gives the same cases and figures. Trials: plain compares the planner with a checklist, a typical article, the nearest \
        fix first and the fix of the likeliest cause; estimates lets the planner believe every base rate off by a factor of up to 2 and \
        every cost by up to 1.5; lies turns one answer in ten into another; two-faults breaks two things at once.
        """)

    enum Trial: String, ExpressibleByArgument, CaseIterable {
      case plain, estimates, lies, twoFaults = "two-faults"
    }

    @Option(help: "How many cases.")
    var cases = 1000
    @Option(help: "The seed of the draws.")
    var seed: UInt64 = 1
    @Option(help: "plain, estimates, lies or two-faults.")
    var trial = Trial.plain
    @Flag(
      name: .customLong("by-cause"), help: "Also what each cause costs, the dearest beyond the least first.")
    var byCause = false
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var knowledge: KnowledgeOptions

    func validate() throws {
      guard (1...1_000_000).contains(cases) else { throw ValidationError("--cases takes 1 to 1000000.") }
    }

    func run() async throws {
      let base = try knowledge.load()
      let report = await SimulationReport.make(trial, cases: cases, seed: seed, base: base)
      print(json ? try JSONOutput.text(report.value(byCause: byCause)) : report.text(byCause: byCause))
    }
  }
}

/// What a trial came to.
private struct SimulationReport {
  typealias Trial = KnowledgeCommand.Simulate.Trial

  struct Line {
    var name: String
    var summary: SimulationSummary
  }

  var trial: Trial
  var cases: Int
  var seed: UInt64
  var lines: [Line] = []

  static func make(_ trial: Trial, cases: Int, seed: UInt64, base: KnowledgeBase) async -> SimulationReport {
    var report = SimulationReport(trial: trial, cases: cases, seed: seed)
    let probes = Set(ProbeRegistry.all.flatMap { $0.description.states })
    let plain = Simulation(knowledge: base, probes: probes)
    switch trial {
    case .plain:
      for way in Simulation.Way.allCases {
        await report.add(way.rawValue) { plain.play(way, seed: $1, memory: &$2) }
      }
    case .estimates:
      await report.add("planner") { plain.play(.planner, seed: $1, memory: &$2) }
      await report.add("misjudging") { number, caseSeed, _ in
        var memory = Simulation.Memory()
        return plain.misjudging(seed: UInt64(number)).play(.planner, seed: caseSeed, memory: &memory)
      }
    case .lies:
      let lying = Simulation(knowledge: base, probes: probes, lies: 0.1)
      await report.add("planner") { plain.play(.planner, seed: $1, memory: &$2) }
      await report.add("lied to") { lying.play(.planner, seed: $1, memory: &$2) }
    case .twoFaults:
      let double = Simulation(knowledge: base, probes: probes, faults: 2)
      await report.add("one fault") { plain.play(.planner, seed: $1, memory: &$2) }
      await report.add("two faults") { double.play(.planner, seed: $1, memory: &$2) }
    }
    return report
  }

  /// Plays every case on as many threads as there are cores. The order of the threads changes nothing.
  private mutating func add(
    _ name: String,
    _ play: @escaping @Sendable (_ number: Int, _ seed: UInt64, inout Simulation.Memory) -> Simulation.Walk
  ) async {
    let progress = Progress(name, of: cases)
    let workers = max(1, min(ProcessInfo.processInfo.activeProcessorCount, cases))
    let (count, run) = (cases, seed)
    let walks = await withTaskGroup(of: [(number: Int, walk: Simulation.Walk)].self) { group in
      for worker in 0..<workers {
        group.addTask {
          var memory = Simulation.Memory()
          var walks: [(number: Int, walk: Simulation.Walk)] = []
          for number in stride(from: worker, to: count, by: workers) {
            walks.append((number, play(number, Simulation.seed(of: number, in: run), &memory)))
            await progress.advance()
          }
          return walks
        }
      }
      var all: [(number: Int, walk: Simulation.Walk)] = []
      for await part in group { all += part }
      return all.sorted { $0.number < $1.number }
    }
    await progress.end()
    var summary = SimulationSummary()
    for (_, walk) in walks { summary.add(walk) }
    lines.append(Line(name: name, summary: summary))
  }

  // MARK: Text

  func text(byCause: Bool) -> String {
    var rows = [
      [
        "", "minutes", "±", "first fix right", "within three", "top three", "at the end", "questions",
        "fixes", "solved",
      ]
    ]
    for line in lines {
      let summary = line.summary
      rows.append([
        line.name, Self.number(summary.meanMinutes), Self.number(summary.standardError),
        Self.percent(summary.firstFixRight), Self.percent(summary.rightWithinThreeFixes),
        Self.percent(summary.topThree), Self.percent(summary.topThreeAtEnd),
        Self.number(summary.meanQuestions),
        Self.number(summary.meanFixes), Self.percent(summary.solvedShare),
      ])
    }
    var texts = ["\(cases) cases, seed \(seed), trial \(trial.rawValue)", Self.table(rows)]
    if let first = lines.first?.summary {
      texts.append("Whoever knew each cause from the start: \(Self.number(first.meanLeastMinutes)) minutes")
    }
    texts += comparisons.map { "\($0.words): \($0.isShare ? Self.percent($0.value) : Self.number($0.value))" }
    if byCause, let summary = lines.first?.summary { texts += ["", causes(summary)] }
    return texts.joined(separator: "\n")
  }

  private struct Comparison {
    var key: String
    var words: String
    var value: Double
    var isShare = true
  }

  /// What the trial is about.
  private var comparisons: [Comparison] {
    guard let first = lines.first?.summary, lines.count > 1 else { return [] }
    let second = lines[1].summary
    switch trial {
    case .plain:
      return [
        Comparison(
          key: "of_checklist", words: "The planner's cost as a share of the checklist's",
          value: first.meanMinutes / second.meanMinutes)
      ]
    case .estimates:
      return [
        Comparison(
          key: "growth", words: "Growth of the cost", value: second.meanMinutes / first.meanMinutes - 1)
      ]
    case .lies:
      return [
        Comparison(
          key: "top_three_at_end", words: "The true cause is among the first three at the end",
          value: second.topThreeAtEnd),
        Comparison(
          key: "kept", words: "Of the cases in which it is there without lies",
          value: second.topThreeAtEnd / first.topThreeAtEnd),
      ]
    case .twoFaults:
      return [
        Comparison(
          key: "contradicted", words: "Cases in which no single cause explains the findings",
          value: Double(second.contradicted), isShare: false),
        Comparison(
          key: "said_within_two_steps", words: "“One cause does not explain this” within two steps",
          value: second.saidInTime),
        Comparison(key: "pair_named", words: "Both faults named", value: second.pairNamed),
        Comparison(
          key: "false_alarms", words: "Said in cases of one fault", value: first.saidToBeMore),
      ]
    }
  }

  private func causes(_ summary: SimulationSummary) -> String {
    var rows = [
      [
        "cause", "cases", "minutes", "least", "excess", "first right", "top three", "solved",
        "first wrong fixes",
      ]
    ]
    for (id, cause) in Self.byExcess(summary) {
      let count = Double(cause.cases)
      rows.append([
        id.name, "\(cause.cases)", Self.number(cause.minutes / count),
        Self.number(cause.leastMinutes / count),
        Self.number((cause.minutes - cause.leastMinutes) / Double(summary.cases)),
        Self.percent(Double(cause.rightFirst) / count), Self.percent(Double(cause.inTopThree) / count),
        Self.percent(Double(cause.solved) / count),
        Self.wrong(cause).prefix(3).map { "\($0.fix) \($0.count)" }.joined(separator: ", "),
      ])
    }
    return Self.table(rows)
  }

  /// The causes by what their cases cost beyond the least, all together.
  private static func byExcess(_ summary: SimulationSummary) -> [(CauseID, SimulationSummary.ByCause)] {
    summary.byCause.map { ($0.key, $0.value) }.sorted {
      ($0.1.minutes - $0.1.leastMinutes, $1.0) > ($1.1.minutes - $1.1.leastMinutes, $0.0)
    }
  }

  private static func wrong(_ cause: SimulationSummary.ByCause) -> [(fix: FixID, count: Int)] {
    cause.wrongFixes.map { ($0.key, $0.value) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }
  }

  private static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).enumerated().map { column, cell in
        // Words to the left, numbers to the right.
        column == 0 || column == 8 && row.count == 9
          ? cell.0.padding(to: cell.1) : String(repeating: " ", count: cell.1 - cell.0.count) + cell.0
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

  // MARK: JSON

  struct Value: Encodable {
    let schema = "rdptriage.simulation/1"
    var cases: Int
    var seed: UInt64
    var trial: String
    var least_minutes: Double
    var ways: [WayValue]
    var comparisons: [String: Double]
    var causes: [CauseValue]?
  }

  struct WayValue: Encodable {
    var way: String
    var expected_minutes: Double
    var standard_error: Double
    var first_fix_right: Double
    var right_within_three_fixes: Double
    var top_three: Double
    var top_three_at_end: Double
    var questions: Double
    var fixes: Double
    var solved: Double
  }

  struct CauseValue: Encodable {
    var id: String
    var cases: Int
    var minutes: Double
    var least_minutes: Double
    var first_fix_right: Int
    var top_three: Int
    var solved: Int
    var wrong_first_fixes: [String: Int]
  }

  func value(byCause: Bool) -> Value {
    Value(
      cases: cases, seed: seed, trial: trial.rawValue,
      least_minutes: lines.first?.summary.meanLeastMinutes ?? 0,
      ways: lines.map { line in
        let summary = line.summary
        return WayValue(
          way: line.name, expected_minutes: summary.meanMinutes, standard_error: summary.standardError,
          first_fix_right: summary.firstFixRight, right_within_three_fixes: summary.rightWithinThreeFixes,
          top_three: summary.topThree, top_three_at_end: summary.topThreeAtEnd,
          questions: summary.meanQuestions, fixes: summary.meanFixes, solved: summary.solvedShare)
      },
      comparisons: Dictionary(uniqueKeysWithValues: comparisons.map { ($0.key, $0.value) }),
      causes: !byCause
        ? nil
        : lines.first.map { line in
          Self.byExcess(line.summary).map { id, cause in
            CauseValue(
              id: id.name, cases: cause.cases, minutes: cause.minutes / Double(cause.cases),
              least_minutes: cause.leastMinutes / Double(cause.cases), first_fix_right: cause.rightFirst,
              top_three: cause.inTopThree, solved: cause.solved,
              wrong_first_fixes: Dictionary(
                uniqueKeysWithValues: Self.wrong(cause).map { ($0.fix.name, $0.count) }))
          }
        })
  }
}

/// How far a long count is, on standard error where that is a terminal.
private actor Progress {
  private let name: String
  private let total: Int
  private var done = 0
  private let isShown = isatty(STDERR_FILENO) == 1

  init(_ name: String, of total: Int) {
    self.name = name
    self.total = total
  }

  func advance() {
    done += 1
    guard isShown, done % max(1, total / 200) == 0 else { return }
    write("\r\(name): \(done) of \(total)")
  }

  func end() {
    guard isShown else { return }
    write("\r" + String(repeating: " ", count: name.count + 30) + "\r")
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
