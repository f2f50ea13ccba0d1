import Facts

/// Does the RDP port open, at the first address that answers?
///
/// The connection stays open for the negotiation.
struct TCPPortProbe: Probe {
  static let description = ProbeDescription(
    id: "tcp-port", title: "RDP port", states: ["tcp.port"], timeLimit: .seconds(4))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("dns.lookup", ["literal", "resolved"])
  ]

  /// For an address that others follow. A lost SYN is sent again after one second (RFC 6298 section 2).
  static let shareOfOne: Duration = .milliseconds(1500)
  /// More of them one after the other would not fit into the time where they are silent: they are tried side by side.
  static let mostInTurn = 3
  /// More is not tried at all.
  static let mostAddresses = 64

  func run(in context: ProbeContext) async -> [Finding] {
    let addresses = context.addresses.prefix(Self.mostAddresses)
    var attempts: [AddressAttempt] = []
    if addresses.count > Self.mostInTurn {
      let raced = await context.race(Array(addresses))
      guard let connection = raced.open else { return conclude(raced.attempts, context) }
      context.board[OpenAddress.self] = connection.address
      context.leave(Handover(.connected, connection))
      let decisive = raced.attempts.first { $0.address == connection.address }
      return [finding(.answered("open"), raced.attempts, decisive, context)]
    }
    for (index, address) in addresses.enumerated() {
      let isLast = index == addresses.count - 1
      let (end, attempt) = await context.attempt(
        address, within: isLast ? context.deadline.remaining : Self.shareOfOne)
      attempts.append(attempt)
      if case .open(let connection, _) = end {
        context.board[OpenAddress.self] = address
        context.leave(Handover(.connected, connection))
        return [finding(.answered("open"), attempts, attempt, context)]
      }
      if case .cancelled = end { break }
      if context.deadline.remaining <= .zero { break }
    }
    return conclude(attempts, context)
  }

  /// Where no address opens.
  private func conclude(_ attempts: [AddressAttempt], _ context: ProbeContext) -> [Finding] {
    // What the first address said that said anything; silence of one is outdone by a refusal of another.
    let said =
      attempts.first { $0.outcome != nil && $0.outcome != "silent" } ?? attempts.first { $0.outcome != nil }
    if Task.isCancelled { return [finding(.inconclusive(.cancelled), attempts, nil, context)] }
    if attempts.count < context.addresses.count, context.addresses.count > Self.mostAddresses {
      return [finding(.inconclusive(.outOfTime), attempts, said, context)]
    }
    if let said, let outcome = said.outcome {
      return [finding(.answered(OutcomeID(outcome)), attempts, said, context)]
    }
    guard let first = attempts.first else { return [] }
    let why: Inconclusive =
      first.reason == "the time was over"
      ? .outOfTime : .failedHere(LocalFailure(errno: first.errno, reason: first.reason ?? "unknown"))
    return [finding(.inconclusive(why), attempts, first, context)]
  }

  private func finding(
    _ status: Finding.Status, _ attempts: [AddressAttempt], _ decisive: AddressAttempt?,
    _ context: ProbeContext
  ) -> Finding {
    let port = context.target.port
    let place = decisive.map { " at \($0.address)" } ?? ""
    let summary =
      switch status {
      case .answered("open"): "Port \(port) is open\(place)."
      case .answered("refused"): "Port \(port) refused the connection\(place)."
      case .answered("silent"): "Nothing answers on port \(port)\(place)."
      case .answered("unreachable"):
        decisive?.isWithoutRoute == true
          ? "This host's own routes lead nowhere\(place.isEmpty ? "" : " for\(place.dropFirst(3))")."
          : "The network says that\(place.isEmpty ? " the host" : place.dropFirst(3).description) cannot be reached."
      case .answered("reset"): "Port \(port) reset the connection\(place)."
      case .inconclusive(let why): Inconclusive.sentence(why)
      default: "Port \(port): not known."
      }
    var details: [Finding.Field] = []
    if let decisive {
      details.append(.init("address", .text(decisive.address.description)))
      if let errno = decisive.errno { details.append(.init("errno", .integer(Int(errno)))) }
      details.append(.init("ms", .number(decisive.elapsed.inRoundedMilliseconds)))
    }
    if status == .answered("unreachable"), let said = decisive?.reason {
      details.append(.init("said_by", .text(said)))
    }
    let known = context.addresses.count
    details.append(.init("addresses", .integer(known)))
    details.append(.init("tried", .integer(attempts.count)))
    details.append(.init("port", .integer(Int(port))))
    details.append(.init("attempts", .list(attempts.map(\.detail))))
    return Finding(
      "tcp.port", status, summary: summary + (known > 1 ? Self.count(of: attempts, known) : ""),
      details: details)
  }

  /// What became of each address, in a sentence.
  private static func count(of attempts: [AddressAttempt], _ known: Int) -> String {
    let parts = ["open", "refused", "reset", "unreachable", "silent"].compactMap { outcome in
      let count = attempts.count { $0.outcome == outcome }
      return count > 0 ? "\(count) \(outcome)" : nil
    }
    let tried = attempts.count == known ? "All \(known)" : "\(attempts.count) of \(known)"
    return
      " \(tried) addresses were tried: \(parts.isEmpty ? "none answered in time" : parts.joined(separator: ", "))."
  }
}
