public import Facts

/// What a probe may use: the request, its own deadline, and what the run has learnt so far.
public struct ProbeContext: Sendable {
  public let request: ProbeRequest
  /// The earlier of the probe's own time limit and the end of the run.
  public let deadline: Deadline
  /// What other probes of this run left.
  public var board: Blackboard { run.board }
  let run: RunState

  init(run: RunState, deadline: Deadline) {
    request = run.request
    self.run = run
    self.deadline = deadline
  }

  public var target: Target { request.target }
  /// The wall clock, for what depends on the date.
  public var now: Timestamp { run.now() }
  /// In the order in which to try them; empty until the name is resolved.
  public var addresses: [Address] { board[ResolvedAddresses.self] ?? [] }

  /// What is known so far.
  public func finding(_ id: FindingID) -> Finding? { run.finding(id) }

  /// Opens a connection to the RDP port, after closing the one before it, within the budget of the run.
  ///
  /// Only for probes of ``ProbeLane/rdpPort``. Attempts that did not open do not count.
  /// - Parameters:
  ///   - address: nil for the address whose port is known to be open, else the first of ``addresses``.
  ///   - limit: The probe's deadline when nil or when that is earlier.
  ///   - segment: No side shall put more bytes than these into one segment; nil for what the path allows.
  public func connect(to address: Address? = nil, by limit: Deadline? = nil, segment: Int32? = nil) async
    -> ConnectEnd
  {
    guard let address = address ?? board[OpenAddress.self] ?? addresses.first else {
      return .failedHere(LocalFailure(reason: "no address is known"))
    }
    run.closeConnection()
    await run.connections.last?.waitUntilGone()
    guard run.spendConnection() else { return .overBudget }
    let by = min(deadline, limit ?? deadline)
    let end = await Connection.open(address, target.port, by: by, segment: segment)
    if case .open(let connection, _) = end {
      run.opened(connection)
    } else {
      run.returnConnection()
    }
    return end
  }

  /// Counts a connection to the RDP port that was opened beside the others tried, as the open one.
  func adopt(_ connection: Connection) {
    run.closeConnection()
    _ = run.spendConnection()
    run.opened(connection)
  }

  /// Opens a connection to another port, for example of a gateway; not counted against the budget.
  public func connect(to address: Address, port: UInt16, by limit: Deadline? = nil) async -> ConnectEnd {
    await Connection.open(address, port, by: min(deadline, limit ?? deadline))
  }

  /// Connections to the RDP port that the run may still open.
  public var connectionsLeft: Int { run.connectionsLeft }

  /// Leaves the connection to the next probe that takes this stage.
  public func leave(_ handover: Handover) { run.leave(handover) }

  /// The connection that was left at this stage, if there is one; from now on the caller closes or leaves it.
  public func take(_ stage: Handover.Stage) -> (any ByteStream)? { run.take(stage) }

  /// What to say when nothing came since `start` until the deadline: `silent` only when there was time enough for an
  /// answer. A probe that began at the very end of a run has learnt nothing.
  public func silence(since start: ContinuousClock.Instant) -> Finding.Status {
    start.duration(to: .now) >= Self.shortestSilence ? .answered("silent") : .inconclusive(.outOfTime)
  }

  /// Long enough for one lost segment to be sent again (RFC 6298 section 2: 1 second at first).
  static let shortestSilence: Duration = .milliseconds(1100)
}
