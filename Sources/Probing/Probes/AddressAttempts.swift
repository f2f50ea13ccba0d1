import Facts

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
    case .reset: outcome = "reset"
    case .cancelled: reason = "cancelled"
    case .failedHere(let failure):
      errno = failure.errno
      reason = failure.reason
    case .overBudget: reason = "the connection budget is spent"
    }
  }

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
}

extension Duration {
  /// To a tenth.
  var inRoundedMilliseconds: Double { (inMilliseconds * 10).rounded() / 10 }
}
