import Dispatch
import Facts
import Synchronization
import TestSupport
import Testing

@testable import Probing

/// Answers at once.
private struct First: Probe {
  static let description = ProbeDescription(
    id: "first", title: "", states: ["t.first", "t.forgotten"], timeLimit: .seconds(1))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []
  func run(in context: ProbeContext) async -> [Finding] {
    [Finding("t.first", .answered("yes"), summary: ""), Finding("t.foreign", .answered("yes"), summary: "")]
  }
}

/// Uses what another learnt, whatever that is.
private struct Follower: Probe {
  static let description = ProbeDescription(
    id: "follower", title: "", states: ["t.follower"], timeLimit: .seconds(1))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []
  static func follows(_ request: ProbeRequest) -> [FindingID] { ["t.other"] }
  func run(in context: ProbeContext) async -> [Finding] {
    let outcome: OutcomeID = context.finding("t.other") == nil ? "alone" : "after"
    return [Finding("t.follower", .answered(outcome), summary: "")]
  }
}

private struct NeedsNo: Probe {
  static let description = ProbeDescription(
    id: "needs-no", title: "", states: ["t.other"], timeLimit: .seconds(1))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("t.first", ["no"])]
  func run(in context: ProbeContext) async -> [Finding] {
    [Finding("t.other", .answered("ran"), summary: "")]
  }
}

private struct NeedsOther: Probe {
  static let description = ProbeDescription(
    id: "needs-other", title: "", states: ["t.above"], timeLimit: .seconds(1))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("t.other", ["ran"])]
  func run(in context: ProbeContext) async -> [Finding] {
    [Finding("t.above", .answered("ran"), summary: "")]
  }
}

private struct NeedsForgotten: Probe {
  static let description = ProbeDescription(
    id: "needs-forgotten", title: "", states: ["t.blocked"], timeLimit: .seconds(1))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("t.forgotten", ["yes"])]
  func run(in context: ProbeContext) async -> [Finding] {
    [Finding("t.blocked", .answered("ran"), summary: "")]
  }
}

/// Takes no notice of deadlines and cancellation.
private struct Stubborn: Probe {
  static let description = ProbeDescription(
    id: "stubborn", title: "", states: ["t.stubborn"], timeLimit: .milliseconds(200))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []
  func run(in context: ProbeContext) async -> [Finding] {
    let end = ContinuousClock.now + .seconds(2)
    while ContinuousClock.now < end {
      await withCheckedContinuation { continuation in
        Socket.queue.asyncAfter(deadline: .now() + DispatchTimeInterval.milliseconds(20)) {
          continuation.resume()
        }
      }
    }
    return [Finding("t.stubborn", .answered("late"), summary: "")]
  }
}

/// Uses the RDP port, and notes that it does.
private struct PortUser<Name: PortUserName>: Probe {
  static var description: ProbeDescription {
    ProbeDescription(
      id: ProbeID(Name.name), title: "", states: [FindingID("t.\(Name.name)")], timeLimit: .seconds(1))
  }
  static var lane: ProbeLane { .rdpPort }
  static var needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] { [] }
  func run(in context: ProbeContext) async -> [Finding] {
    await Order.note("begin \(Name.name)", in: context.board)
    await Task.yield()
    await Order.note("end \(Name.name)", in: context.board)
    return [
      Finding(
        FindingID("t.\(Name.name)"), .answered(OutcomeID(await Order.text(in: context.board))), summary: "")
    ]
  }
}
private protocol PortUserName { static var name: String { get } }
private enum One: PortUserName { static let name = "one" }
private enum Two: PortUserName { static let name = "two" }

private enum Order: BlackboardKey {
  typealias Value = [String]
  static func note(_ text: String, in board: Blackboard) async {
    board[Order.self] = (board[Order.self] ?? []) + [text]
  }
  static func text(in board: Blackboard) async -> String { (board[Order.self] ?? []).joined(separator: ", ") }
}

/// Leaves an open connection that nobody takes.
private struct Leaver: Probe {
  static let description = ProbeDescription(
    id: "leaver", title: "", states: ["t.left"], timeLimit: .seconds(1))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []
  func run(in context: ProbeContext) async -> [Finding] {
    context.board[ResolvedAddresses.self] = [loopback]
    guard case .open(let connection, _) = await context.connect() else { return [] }
    context.leave(Handover(.connected, connection))
    return [Finding("t.left", .answered("left"), summary: "")]
  }
}

/// Opens as many connections as it gets.
private struct Greedy: Probe {
  static let description = ProbeDescription(
    id: "greedy", title: "", states: ["t.connections"], timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []
  func run(in context: ProbeContext) async -> [Finding] {
    context.board[ResolvedAddresses.self] = [loopback]
    var count = 0
    while case .open = await context.connect() { count += 1 }
    return [Finding("t.connections", .answered(OutcomeID("\(count)")), summary: "")]
  }
}

@Suite(.oneAtATime) struct ProbeRunnerTests {
  private func request(_ port: UInt16 = 1, only: Set<FindingID>? = nil, _ limit: Duration = .seconds(5))
    -> ProbeRequest
  {
    ProbeRequest(target: Target(host: .ipv4("127.0.0.1"), port: port), only: only, timeLimit: limit)
  }

  private func statuses(_ probes: [any Probe.Type], _ request: ProbeRequest) async -> [FindingID: Finding
    .Status]
  {
    await collect(ProbeRunner(probes: probes).run(request)).mapValues(\.status)
  }

  @Test func everyProbeStartsAndFinishesOnceAndTheRunEnds() async {
    var events: [ProbeEvent] = []
    for await event in ProbeRunner(probes: [First.self, NeedsNo.self, NeedsOther.self]).run(request()) {
      events.append(event)
    }
    #expect(events.last == .ended)
    #expect(events.count == 7)
    for id in ["first", "needs-no", "needs-other"] as [ProbeID] {
      let started = events.firstIndex(of: .started(id))
      let finished = events.firstIndex { if case .finished(id, _, _) = $0 { true } else { false } }
      #expect(started != nil && finished != nil)
      #expect((started ?? 0) < (finished ?? 0))
    }
  }

  @Test func aFindingThatWasPromisedAndNotGivenIsInconclusive() async {
    let found = await statuses([First.self], request())
    #expect(found["t.first"] == .answered("yes"))
    #expect(found["t.forgotten"] == .inconclusive(.notAsked("the probe gave no account of it")))
    #expect(found["t.foreign"] == nil, "a probe speaks for what it promised only")
  }

  @Test func anotherOutcomeThanNeededMakesWhatIsAboveNotApplicable() async {
    let found = await statuses([First.self, NeedsNo.self, NeedsOther.self], request())
    #expect(found["t.other"] == .notApplicable(because: "not reached, since t.first is yes"))
    #expect(found["t.above"] == .notApplicable(because: "not reached, since t.first is yes"))
  }

  @Test func aNeedThatIsNotKnownBlocksAndIsNoEvidence() async {
    let found = await statuses([First.self, NeedsForgotten.self], request())
    #expect(found["t.blocked"] == .inconclusive(.blocked(by: "t.forgotten")))
  }

  @Test func onlySelectsWhatIsAskedForAndWhatThatNeeds() async {
    let all: [any Probe.Type] = [First.self, NeedsNo.self, NeedsOther.self, Stubborn.self]
    #expect(ProbeRunner.selection(of: all, for: request()).count == 4)
    let selected = ProbeRunner.selection(of: all, for: request(only: ["t.above"])).map { $0.description.id }
    #expect(selected == ["first", "needs-no", "needs-other"])
  }

  @Test func whatAProbeFollowsComesFirstAndNeedNotSucceed() async {
    let all: [any Probe.Type] = [First.self, NeedsNo.self, Follower.self]
    let selected = ProbeRunner.selection(of: all, for: request(only: ["t.follower"]))
    #expect(selected.map { $0.description.id } == ["first", "needs-no", "follower"])
    let found = await statuses(all, request())
    #expect(found["t.follower"] == .answered("after"))
    // What does not run is not waited for.
    #expect(await statuses([Follower.self], request())["t.follower"] == .answered("alone"))
  }

  @Test func aProbeThatOverrunsIsGivenUp() async {
    let elapsed = await shortest(within: .milliseconds(300)) {
      let (found, elapsed) = await timed { await statuses([Stubborn.self], request()) }
      #expect(found["t.stubborn"] == .inconclusive(.outOfTime))
      return elapsed
    }
    #expect(elapsed < .milliseconds(300))
  }

  @Test func theRunsOwnLimitHoldsToo() async {
    let elapsed = await shortest(within: .milliseconds(200)) {
      let (found, elapsed) = await timed {
        await statuses([Stubborn.self], request(1, .milliseconds(100)))
      }
      #expect(found["t.stubborn"] == .inconclusive(.outOfTime))
      return elapsed
    }
    #expect(elapsed < .milliseconds(200))
  }

  private func request(_ port: UInt16, _ limit: Duration) -> ProbeRequest { request(port, only: nil, limit) }

  @Test func cancellingEndsTheRunAtOnceAndAccountsForEverything() async throws {
    let silent = try SilentPort()
    defer { withExtendedLifetime(silent) {} }
    let elapsed = await shortest(within: .milliseconds(50)) {
      let run = ProbeRunner().start(request(silent.port))
      var found: [FindingID: Finding.Status] = [:]
      var cancelled = ContinuousClock.now
      for await event in run.events {
        if event == .started("tcp-port") {
          cancelled = .now
          run.cancel()
        }
        if case .finished(_, let findings, _) = event {
          for finding in findings { found[finding.id] = finding.status }
        }
      }
      let elapsed = cancelled.duration(to: .now)
      #expect(Set(found.keys) == Set(ProbeRegistry.all.flatMap { $0.description.states }))
      #expect(found["tcp.port"] == .inconclusive(.cancelled))
      #expect(found["tcp.quality"] == .inconclusive(.cancelled))
      return elapsed
    }
    #expect(elapsed < .milliseconds(50))
  }

  @Test func probesOfThePortRunOneAfterAnotherInOrder() async {
    let found = await statuses([PortUser<One>.self, PortUser<Two>.self], request())
    #expect(found["t.two"] == .answered("begin one, end one, begin two, end two"))
  }

  @Test func aConnectionThatNobodyTakesIsClosedBeforeTheNextProbe() async throws {
    let ended = Mutex(0)
    let listener = try LoopbackListener { connection in
      LoopbackListener.untilEnd(connection)
      ended.withLock { $0 += 1 }
    }
    defer { withExtendedLifetime(listener) {} }
    // The listener serves one at a time: the second connection is only read when the first is closed.
    let found = await statuses([Leaver.self, Greedy.self], request(listener.port))
    #expect(found["t.left"] == .answered("left"))
    #expect(found["t.connections"] == .answered("3"))
    #expect(poll(within: .seconds(5)) { ended.withLock { $0 } == 4 })
  }

  @Test func noMoreConnectionsAreOpenedThanTheBudgetAllows() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let found = await statuses([Greedy.self], request(listener.port))
    #expect(found["t.connections"] == .answered("4"))
  }

  @Test func whatAProbeNeedsIsStatedByOneAboveIt() {
    var stated: Set<FindingID> = []
    for probe in ProbeRegistry.all {
      for need in probe.needs {
        #expect(stated.contains(need.finding), "\(probe.description.id) needs \(need.finding)")
      }
      for id in probe.description.states { #expect(stated.insert(id).inserted, "\(id) is stated twice") }
    }
    #expect(Set(ProbeRegistry.all.map { $0.description.id }).count == ProbeRegistry.all.count)
  }
}

/// Every finding of a run.
func collect(_ events: AsyncStream<ProbeEvent>) async -> [FindingID: Finding] {
  var found: [FindingID: Finding] = [:]
  for await event in events {
    if case .finished(_, let findings, _) = event { for finding in findings { found[finding.id] = finding } }
  }
  return found
}
