import Diagnosis
import Facts

/// How the cases of a site went, and what it has learnt from them.
struct SiteReport: Encodable {
  struct Cause: Encodable {
    var id: String
    var title: String
    /// Cases, with decay.
    var seen: Double
    var shipped_rate: Double
    var learnt_rate: Double
  }
  struct Fix: Encodable {
    var id: String
    var title: String
    var tried: Int
    var helped: Int
    /// From the step before it to the verdict, median.
    var minutes: Double?
  }

  let schema = "rdptriage.site/1"
  var cases: Int
  var solved: Int
  var escalated: Int
  var open: Int
  /// From opening to solving.
  var median_minutes_to_solution: Double?
  var slowest_tenth_minutes: Double?
  /// Steps of solved cases that did not help, for each such case.
  var wasted_steps_per_solved_case: Double?
  var lessons: Int
  var causes: [Cause]
  var fixes: [Fix]

  init(_ all: [Case], lessons: [Lesson], base: KnowledgeBase, now: Timestamp) {
    cases = all.count
    var times: [Double] = []
    var wasted = 0
    var counts = (solved: 0, escalated: 0, open: 0)
    var trials: [FixID: (tried: Int, helped: Int, minutes: [Double])] = [:]
    for record in all {
      switch record.ending {
      case .solved where !record.isClosedOnWord:
        counts.solved += 1
        if let opened = record.opened, let changed = record.changed {
          times.append((changed.seconds - opened.seconds) / 60)
        }
        wasted += record.steps.count { $0.result == .failed }
      case .escalated: counts.escalated += 1
      case nil: counts.open += 1
      case .closed, .solved: break
      }
      let cure = record.cure
      for step in record.steps where step.result != .skipped {
        var trial = trials[step.fix] ?? (0, 0, [])
        trial.tried += 1
        if step.fix == cure, step.result == .done { trial.helped += 1 }
        if let minutes = Self.minutes(of: step.fix, record) { trial.minutes.append(minutes) }
        trials[step.fix] = trial
      }
    }
    (solved, escalated, open) = counts
    median_minutes_to_solution = Self.quantile(times, 0.5)
    slowest_tenth_minutes = Self.quantile(times, 0.9)
    wasted_steps_per_solved_case = counts.solved > 0 ? Double(wasted) / Double(counts.solved) : nil

    self.lessons = lessons.count
    let experience = SiteExperience(lessons, now: now)
    let moved = base.moved(by: experience)
    func share(_ cause: Diagnosis.Cause?, of base: KnowledgeBase) -> Double {
      let total = base.causes.reduce(0.0) { $0 + $1.baseRate }
      return total > 0 ? (cause?.baseRate ?? 0) / total : 0
    }
    causes = experience.causes.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(12).map { id, seen in
      Cause(
        id: id.name, title: base.cause(id)?.title ?? id.name, seen: seen,
        shipped_rate: share(base.cause(id), of: base), learnt_rate: share(moved.cause(id), of: moved))
    }
    fixes = trials.sorted { ($0.value.tried, $1.key) > ($1.value.tried, $0.key) }.prefix(12).map {
      id, trial in
      Fix(
        id: id.name, title: base.fix(id)?.title ?? id.name, tried: trial.tried, helped: trial.helped,
        minutes: Self.quantile(trial.minutes, 0.5))
    }
  }

  /// From the entry before the step to the one that says what became of it.
  private static func minutes(of fix: FixID, _ record: Case) -> Double? {
    guard
      let start = record.entries.firstIndex(where: { entry in
        if case .stepTaken(fix, _) = entry.event { true } else { false }
      }), start > 0
    else { return nil }
    let end =
      record.entries[start...].last { entry in
        switch entry.event {
        case .stepTaken(fix, _), .proven(fix, _), .closed(.solved(by: fix)): true
        default: false
        }
      } ?? record.entries[start]
    return (end.time.seconds - record.entries[start - 1].time.seconds) / 60
  }

  private static func quantile(_ values: [Double], _ share: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.down)))]
  }

  var text: String {
    var lines = ["Cases: \(cases) (\(solved) solved, \(escalated) handed over, \(open) open)"]
    if let median_minutes_to_solution, let slowest_tenth_minutes {
      lines.append(
        "Time to solution: \(Self.one(median_minutes_to_solution)) min in the median, \(Self.one(slowest_tenth_minutes)) min in the slowest tenth"
      )
    }
    if let wasted_steps_per_solved_case {
      lines.append("Steps that did not help: \(Self.one(wasted_steps_per_solved_case)) for each solved case")
    }
    lines += ["", "What this site has learnt, from \(lessons) solved cases"]
    if causes.isEmpty { lines.append("  Nothing yet: the shipped base rates count.") }
    for cause in causes {
      lines.append(
        "  \(cause.title): base rate \(Self.one(cause.shipped_rate * 1000)) of 1,000 calls as shipped, \(Self.one(cause.learnt_rate * 1000)) here"
      )
    }
    if !fixes.isEmpty { lines += ["", "Fixes tried"] }
    for fix in fixes {
      let minutes = fix.minutes.map { ", about \(Self.one($0)) min" } ?? ""
      lines.append("  \(fix.title): helped \(fix.helped) of \(fix.tried) times\(minutes)")
    }
    return lines.joined(separator: "\n")
  }

  private static func one(_ number: Double) -> String {
    String(Int((number * 10).rounded()) / 10) + "." + String(abs(Int((number * 10).rounded())) % 10)
  }
}
