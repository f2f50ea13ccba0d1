import Facts
import Synchronization

/// What the probes of one run share.
final class RunState: Sendable {
  let request: ProbeRequest
  let deadline: Deadline
  let now: @Sendable () -> Timestamp
  let board = Blackboard()

  private struct Shared {
    var findings: [FindingID: Finding] = [:]
    var spent = 0
    var handover: Handover?
    /// Every connection to the RDP port; all but the last are closed.
    var connections: [Connection] = []
  }
  private let shared = Mutex(Shared())

  init(_ request: ProbeRequest, deadline: Deadline, now: @escaping @Sendable () -> Timestamp) {
    self.request = request
    self.deadline = deadline
    self.now = now
  }

  func finding(_ id: FindingID) -> Finding? { shared.withLock { $0.findings[id] } }

  func record(_ findings: [Finding]) {
    shared.withLock { for finding in findings { $0.findings[finding.id] = finding } }
  }

  var connectionsLeft: Int { shared.withLock { max(0, request.connectionLimit - $0.spent) } }

  func spendConnection() -> Bool {
    shared.withLock {
      guard $0.spent < request.connectionLimit else { return false }
      $0.spent += 1
      return true
    }
  }

  func returnConnection() { shared.withLock { $0.spent -= 1 } }

  func opened(_ connection: Connection) { shared.withLock { $0.connections.append(connection) } }

  /// Every connection to the RDP port so far, in the order of opening.
  var connections: [Connection] { shared.withLock { $0.connections } }

  func leave(_ handover: Handover) { shared.withLock { $0.handover = handover } }

  func take(_ stage: Handover.Stage) -> (any ByteStream)? {
    shared.withLock {
      guard let handover = $0.handover, handover.stage == stage else { return nil }
      $0.handover = nil
      return handover.stream
    }
  }

  /// Closes what is left over, and whatever else is open to the RDP port.
  func closeConnection() {
    let (handover, last) = shared.withLock { shared in
      defer { shared.handover = nil }
      return (shared.handover, shared.connections.last)
    }
    handover?.stream.close()
    last?.close()
  }

  /// Closes the open connection when nothing was handed over, or none of `stages` will take it.
  func closeConnection(unlessTakenAt stages: [Handover.Stage]) {
    let isWanted = shared.withLock { $0.handover.map { stages.contains($0.stage) } ?? false }
    if !isWanted { closeConnection() }
  }
}
