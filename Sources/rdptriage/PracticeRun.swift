import Diagnosis
import Facts
import Practice
import Probing

/// What is practised on now: a host on loopback, or what a kept case holds. Main queue only.
@MainActor
final class PracticeRun {
  let course: PracticeCase
  private let host: ScriptedHost?
  private var isCured = false

  init(_ course: PracticeCase) throws(PracticeError) {
    self.course = course
    host = course.recorded == nil ? try PracticeCatalogue.entry(course.id)?.start() : nil
  }

  /// What to look at.
  var target: Target {
    course.recorded?.target ?? host?.target ?? Target(host: .ipv4("127.0.0.1"))
  }

  func repair() throws(PracticeError) {
    isCured = true
    try host?.repair()
  }

  func stop() { host?.stop() }

  /// What probes would report of a kept case; nil where there is a host to look at.
  func events(for request: ProbeRequest) -> [ProbeEvent]? {
    guard let recorded = course.recorded else { return nil }
    let findings = isCured ? recorded.after : recorded.before
    let probes = ProbeRegistry.all.map { $0.description }.filter { probe in
      request.only.map { !$0.isDisjoint(with: probe.states) } ?? true
    }
    let events = probes.flatMap { probe -> [ProbeEvent] in
      let seen = findings.filter { probe.states.contains($0.id) }
      let elapsed = seen.compactMap(\.elapsed).max() ?? .zero
      return [.started(probe.id), .finished(probe.id, seen, elapsed: elapsed)]
    }
    return events + [.ended]
  }
}
