import Facts

/// Does the RDP port open at every address of the name?
///
/// Clients without happy eyeballs (RFC 8305) hang at the first address that is dead.
struct TCPAddressesProbe: Probe {
  static let description = ProbeDescription(
    id: "tcp-addresses", title: "All addresses", states: ["tcp.addresses"], timeLimit: .seconds(4))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("tcp.port", ["open", "refused", "silent", "unreachable", "reset"])
  ]

  func run(in context: ProbeContext) async -> [Finding] {
    let addresses = context.addresses
    var attempts = context.board[AddressAttempts.self] ?? []
    var isOverBudget = false
    var isOutOfTime = false
    let unknown = addresses.filter { address in !attempts.contains { $0.address == address } }
    for (index, address) in unknown.enumerated() {
      let left = context.deadline.remaining
      guard left > .zero else {
        isOutOfTime = true
        break
      }
      let isLast = index == unknown.count - 1
      let (end, attempt) = await context.attempt(
        address, within: isLast ? left : min(left, TCPPortProbe.shareOfOne))
      if case .overBudget = end {
        isOverBudget = true
        break
      }
      if case .open(let connection, _) = end { connection.close() }
      attempts.append(attempt)
      if Task.isCancelled { break }
    }

    // A family that this host has no route for at all says nothing about the target.
    let routed = Set(attempts.filter { $0.outcome != nil && !$0.isWithoutRoute }.map(\.address.family))
    for place in attempts.indices
    where attempts[place].isWithoutRoute && !routed.contains(attempts[place].address.family) {
      if !routed.isEmpty { attempts[place].outcome = nil }
    }
    let open = attempts.filter { $0.outcome == "open" }.count
    let dead = attempts.filter { $0.outcome != nil && $0.outcome != "open" }.count
    let isComplete = open + dead == addresses.count
    let status: Finding.Status
    let summary: String
    if open > 0, dead > 0 {
      status = .answered("some")
      summary = "Only some of the \(addresses.count) addresses answer."
    } else if isComplete {
      status = .answered(open > 0 ? "all" : "none")
      summary =
        addresses.count == 1
        ? (open > 0 ? "The only address answers." : "The only address does not answer.")
        : "\(open > 0 ? "All" : "None") of the \(addresses.count) addresses \(open > 0 ? "answer" : "answers")."
    } else {
      let why: Inconclusive =
        if Task.isCancelled {
          .cancelled
        } else if isOverBudget {
          .notAsked("not every address could be asked with the connections that one run may open")
        } else if let failed = attempts.first(where: { $0.outcome == nil }), !isOutOfTime, failed.errno != nil
        {
          .failedHere(LocalFailure(errno: failed.errno, reason: failed.reason ?? "unknown"))
        } else {
          .outOfTime
        }
      status = .inconclusive(why)
      summary = Inconclusive.sentence(why)
    }
    return [
      Finding(
        "tcp.addresses", status, summary: summary,
        details: [
          .init("answering", .list(names(attempts) { $0 == "open" })),
          .init("not_answering", .list(names(attempts) { $0 != nil && $0 != "open" })),
          .init("attempts", .list(attempts.map(\.detail))),
        ])
    ]
  }

  private func names(_ attempts: [AddressAttempt], where isWanted: (String?) -> Bool) -> [Detail] {
    attempts.filter { isWanted($0.outcome) }.map { .text($0.address.description) }
  }
}
