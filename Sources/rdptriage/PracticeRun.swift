import Diagnosis
import Dispatch
import Facts
import Practice
import Probing

/// What is practised on now: a host on loopback, or what a kept case holds. Main queue only.
@MainActor
final class PracticeRun {
  let course: PracticeCase
  private let host: ScriptedHost?
  private var isCured = false
  private var repair: Task<Void, Never>?

  private init(_ course: PracticeCase, _ host: ScriptedHost?) {
    self.course = course
    self.host = host
  }

  /// Its keys are made beside everything else.
  static func start(_ course: PracticeCase) async throws -> PracticeRun {
    guard course.recorded == nil, let entry = PracticeCatalogue.entry(course.id) else {
      return PracticeRun(course, nil)
    }
    let host = try await aside { try entry.start() }
    return PracticeRun(course, host)
  }

  private static func aside<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws
    -> Result
  {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Swift.Result { try work() }) }
    }
  }

  /// What to look at.
  var target: Target {
    course.recorded?.target ?? host?.target ?? Target(host: .ipv4("127.0.0.1"))
  }

  /// - Parameter failed: Told why it did not get well.
  func repair(_ failed: @escaping @MainActor (any Error) -> Void) {
    isCured = true
    guard let host else { return }
    repair = Task { @MainActor in
      do {
        try await Self.aside { try host.repair() }
      } catch {
        failed(error)
      }
    }
  }

  /// Returns once it is as the last step left it.
  func settled() async { await repair?.value }

  func stop() {
    guard let host else { return }
    DispatchQueue.global().async { host.stop() }
  }

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
