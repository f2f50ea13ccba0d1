import Facts
import Glibc

extension AddressAttempt {
  /// - Parameter isSettled: Whether silence lasted long enough to mean something.
  init(_ address: Address, _ end: ConnectEnd, elapsed: Duration, isSettled: Bool) {
    self.address = address
    self.elapsed = elapsed
    switch end {
    case .open: outcome = "open"
    case .refused: outcome = "refused"
    case .silent:
      outcome = isSettled ? "silent" : nil
      if !isSettled { reason = "the time was over" }
    case .unreachable(let errno):
      outcome = "unreachable"
      self.errno = errno
      reason = Self.byTheNetwork
    case .reset: outcome = "reset"
    case .cancelled:
      outcome = isSettled ? "silent" : nil
      if !isSettled { reason = "cancelled" }
    case .failedHere(let failure):
      errno = failure.errno
      reason = failure.reason
      if let errno, [ENETUNREACH, EHOSTUNREACH, EHOSTDOWN].contains(errno) {
        outcome = "unreachable"
        reason = Self.byThisHost
        isWithoutRoute = true
      }
    case .overBudget: reason = "the connection budget is spent"
    }
  }

  /// Who said that the address cannot be reached.
  static let byThisHost = "said by this host's own routes"
  static let byTheNetwork = "said by the network: a router on the way, or the last link"

  var detail: Detail {
    var fields: [Finding.Field] = [
      .init("address", .text(address.description)), .init("outcome", .text(outcome ?? "not-known")),
    ]
    if let errno { fields.append(.init("errno", .integer(Int(errno)))) }
    if let reason { fields.append(.init("reason", .text(reason))) }
    fields.append(.init("ms", .number(elapsed.inRoundedMilliseconds)))
    return .table(fields)
  }
}

extension ProbeContext {
  /// Tries the RDP port of one address and keeps the attempt on the blackboard.
  func attempt(_ address: Address, within limit: Duration) async -> (ConnectEnd, AddressAttempt) {
    let start = ContinuousClock.now
    let end = await connect(to: address, by: .after(limit))
    let elapsed = start.duration(to: .now)
    let attempt = AddressAttempt(
      address, end, elapsed: elapsed, isSettled: elapsed >= Self.shortestSilence)
    if case .overBudget = end { return (end, attempt) }
    board[AddressAttempts.self] = (board[AddressAttempts.self] ?? []) + [attempt]
    return (end, attempt)
  }

  /// Tries the RDP port of many addresses, each a moment after the one before it, until one opens (RFC 8305 section 5), and keeps the
  /// attempts on the blackboard, in the order of the addresses. What opens besides is closed at once.
  func race(_ addresses: [Address]) async -> (open: Connection?, attempts: [AddressAttempt]) {
    let stagger = min(Self.longestStagger, deadline.remaining / 2 / max(1, addresses.count))
    let (port, deadline) = (target.port, deadline)
    let ends = await withTaskGroup(of: (Int, ConnectEnd, Duration)?.self) { group in
      for (index, address) in addresses.enumerated() {
        group.addTask {
          if index > 0 {
            do {
              try await Task.sleep(for: stagger * index)
            } catch {
              return nil
            }
          }
          let start = ContinuousClock.now
          let end = await Connection.open(address, port, by: deadline)
          return (index, end, start.duration(to: .now))
        }
      }
      var ends: [(index: Int, end: ConnectEnd, elapsed: Duration)] = []
      for await case let end? in group {
        ends.append(end)
        if case .open = end.1 { group.cancelAll() }
      }
      return ends
    }
    var open: Connection?
    for case (_, .open(let connection, _), _) in ends {
      if open == nil { open = connection } else { connection.close() }
    }
    let attempts = ends.sorted { $0.index < $1.index }.map { index, end, elapsed in
      AddressAttempt(
        addresses[index], end, elapsed: elapsed, isSettled: elapsed >= Self.shortestSilence)
    }.filter { $0.outcome != nil || $0.errno != nil || Task.isCancelled }
    board[AddressAttempts.self] = (board[AddressAttempts.self] ?? []) + attempts
    if let open { adopt(open) }
    return (open, attempts)
  }

  private static let longestStagger: Duration = .milliseconds(150)
}

extension Duration {
  /// To a tenth.
  var inRoundedMilliseconds: Double { (inMilliseconds * 10).rounded() / 10 }
}
