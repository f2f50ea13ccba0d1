public import Facts
import Glibc
import Synchronization

/// Runs probes against one target and reports what they find while they go on.
public struct ProbeRunner: Sendable {
  private let probes: [any Probe.Type]
  private let now: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - probes: In an order in which each comes after those it needs.
  ///   - now: The wall clock that certificates and the host's clock are held against.
  public init(
    probes: [any Probe.Type] = ProbeRegistry.all, now: @escaping @Sendable () -> Timestamp = Timestamp.now
  ) {
    self.probes = probes
    self.now = now
  }

  /// Starts a run. Dropping the stream of events cancels it.
  public func run(_ request: ProbeRequest) -> AsyncStream<ProbeEvent> { start(request).events }

  /// Starts a run that can be cancelled.
  ///
  /// Every selected probe is accounted for: each starts and finishes once, with one finding for each id that it
  /// states, and `ended` is the last event, at the latest 100 ms after the run's time limit.
  public func start(_ request: ProbeRequest) -> ProbeRun {
    let (events, sink) = AsyncStream.makeStream(of: ProbeEvent.self)
    let state = RunState(request, deadline: .after(request.timeLimit), now: now)
    let selected = Self.selection(of: probes, for: request)
    let driver = Task {
      await Self.drive(selected, state, sink)
      state.closeConnection()
      sink.yield(.ended)
      sink.finish()
    }
    sink.onTermination = { _ in driver.cancel() }
    return ProbeRun(events: events, driver: driver)
  }

  /// The probes that state one of the findings that are asked for, and what they need or follow, in registry order.
  static func selection(of probes: [any Probe.Type], for request: ProbeRequest) -> [any Probe.Type] {
    guard var wanted = request.only else { return probes }
    var selected: [any Probe.Type] = []
    for probe in probes.reversed() where !wanted.isDisjoint(with: probe.description.states) {
      selected.append(probe)
      wanted.formUnion(probe.needs.map(\.finding) + probe.follows(request))
    }
    return selected.reversed()
  }

  private static func drive(
    _ probes: [any Probe.Type], _ state: RunState, _ sink: AsyncStream<ProbeEvent>.Continuation
  ) async {
    var ends: [FindingID: Task<Void, Never>] = [:]
    var all: [Task<Void, Never>] = []
    var lane: Task<Void, Never>?
    for (index, probe) in probes.enumerated() {
      let needed = (probe.needs.map(\.finding) + probe.follows(state.request)).compactMap { ends[$0] }
      let before = probe.lane == .rdpPort ? lane : nil
      let laterStages = probes[(index + 1)...].filter { $0.lane == .rdpPort }.flatMap { $0.takes }
      let task = Task {
        await before?.value
        for other in needed { await other.value }
        await account(for: probe, state, sink)
        if probe.lane == .rdpPort { state.closeConnection(unlessTakenAt: laterStages) }
      }
      for id in probe.description.states { ends[id] = task }
      if probe.lane == .rdpPort { lane = task }
      all.append(task)
    }
    let running = all
    await withTaskCancellationHandler {
      for task in running { await task.value }
    } onCancel: {
      for task in running { task.cancel() }
    }
  }

  /// Runs the probe, or says why not, and reports one finding for each id that it states.
  private static func account(
    for probe: any Probe.Type, _ state: RunState, _ sink: AsyncStream<ProbeEvent>.Continuation
  ) async {
    let description = probe.description
    let start = ContinuousClock.now
    sink.yield(.started(description.id))
    var found: [Finding] = []
    var missing = Finding.Status.inconclusive(.notAsked("the probe gave no account of it"))
    if Task.isCancelled {
      missing = .inconclusive(.cancelled)
    } else if let obstacle = obstacle(to: probe, state) {
      missing = obstacle
    } else if state.deadline.remaining <= .zero {
      missing = .inconclusive(.outOfTime)
    } else {
      let deadline = min(Deadline(start + description.timeLimit), state.deadline)
      let context = ProbeContext(run: state, deadline: deadline)
      if let findings = await bounded(by: deadline, { await probe.init().run(in: context) }) {
        found = findings.filter { description.states.contains($0.id) }
        if Task.isCancelled { missing = .inconclusive(.cancelled) }
      } else {
        missing = .inconclusive(Task.isCancelled ? .cancelled : .outOfTime)
      }
    }
    let elapsed = start.duration(to: .now)
    let findings = description.states.map { id in
      var finding =
        found.first { $0.id == id } ?? Finding(id, missing, summary: Self.summary(of: missing))
      finding.elapsed = finding.elapsed ?? elapsed
      return finding
    }
    state.record(findings)
    sink.yield(.finished(description.id, findings, elapsed: elapsed))
  }

  /// Why the probe cannot be run, seen from the findings that it needs.
  private static func obstacle(to probe: any Probe.Type, _ state: RunState) -> Finding.Status? {
    var blocked: Finding.Status?
    for need in probe.needs {
      guard let finding = state.finding(need.finding) else {
        blocked = blocked ?? .inconclusive(.blocked(by: need.finding))
        continue
      }
      switch finding.status {
      case .answered(let outcome):
        if !need.outcomes.contains(outcome) {
          return .notApplicable(because: "not reached, since \(need.finding) is \(outcome)")
        }
      case .notApplicable(let because): return .notApplicable(because: because)
      case .inconclusive(.cancelled): blocked = .inconclusive(.cancelled)
      case .inconclusive: blocked = blocked ?? .inconclusive(.blocked(by: need.finding))
      }
    }
    return blocked
  }

  private static func summary(of status: Finding.Status) -> String {
    switch status {
    case .answered(let outcome): "The answer is \(outcome)."
    case .notApplicable(let because): "Does not apply here: \(because)."
    case .inconclusive(let why): Inconclusive.sentence(why)
    }
  }

  /// Runs the body, and gives it up when it overruns its deadline or a cancellation by a moment.
  private static func bounded(
    by deadline: Deadline, _ body: @escaping @Sendable () async -> [Finding]
  ) async -> [Finding]? {
    let work = Task { await body() }
    let result = FirstResult()
    let alarm = Task {
      try? await Task.sleep(until: deadline.instant + .milliseconds(50), clock: .continuous)
      guard !Task.isCancelled else { return }
      work.cancel()
      result.settle(nil)
    }
    defer { alarm.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        result.await(continuation)
        Task { result.settle(await work.value) }
      }
    } onCancel: {
      work.cancel()
      Task {
        try? await Task.sleep(for: .milliseconds(25))
        result.settle(nil)
      }
    }
  }

  /// Resumes once, with whatever comes first.
  private final class FirstResult: Sendable {
    private struct Shared {
      var continuation: CheckedContinuation<[Finding]?, Never>?
      var early: [Finding]??
      var isSettled = false
    }
    private let shared = Mutex(Shared())

    func await(_ continuation: CheckedContinuation<[Finding]?, Never>) {
      let early = shared.withLock { shared -> [Finding]?? in
        if shared.early == nil { shared.continuation = continuation }
        return shared.early
      }
      if let early { continuation.resume(returning: early) }
    }

    func settle(_ findings: [Finding]?) {
      let waiting = shared.withLock { shared -> CheckedContinuation<[Finding]?, Never>? in
        guard !shared.isSettled else { return nil }
        shared.isSettled = true
        shared.early = .some(findings)
        defer { shared.continuation = nil }
        return shared.continuation
      }
      waiting?.resume(returning: findings)
    }
  }
}

/// A run that goes on.
public final class ProbeRun: Sendable {
  /// For one consumer.
  public let events: AsyncStream<ProbeEvent>
  private let driver: Task<Void, Never>

  init(events: AsyncStream<ProbeEvent>, driver: Task<Void, Never>) {
    self.events = events
    self.driver = driver
  }

  /// Ends the run at once. What is not finished is reported as cancelled, then `ended`.
  public func cancel() { driver.cancel() }
}

extension Inconclusive {
  /// The reason, as a sentence for people.
  public static func sentence(_ why: Inconclusive) -> String {
    switch why {
    case .cancelled: "Cancelled before it was settled."
    case .outOfTime: "The time was over before it was settled."
    case .blocked(let finding): "Could not be asked before \(finding) is known."
    case .unreadable(let what): "The answer could not be read: \(what)."
    case .failedHere(let failure): "This host could not ask: \(failure.reason)."
    case .notAsked(let reason): "Not asked: \(reason)."
    }
  }
}

extension Timestamp {
  /// The system's wall clock.
  @Sendable public static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(seconds: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
  }
}
