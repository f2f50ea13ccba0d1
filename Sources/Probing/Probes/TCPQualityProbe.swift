import Facts

/// Is the way to the host quick and without loss, as the kernel saw it on the connections of this run?
struct TCPQualityProbe: Probe {
  static let description = ProbeDescription(
    id: "tcp-quality", title: "Path quality", states: ["tcp.quality"], timeLimit: .seconds(1))
  /// Last in the lane, so that every connection of the run counts; opens none.
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("tcp.port", ["open"])]

  /// Work in a session becomes unpleasant above this round-trip time.
  static let slow: Duration = .milliseconds(150)
  /// The first SYN was lost: it is sent again after one second (RFC 6298 section 2).
  static let lostSYN: Duration = .milliseconds(950)

  func run(in context: ProbeContext) async -> [Finding] {
    var connectTimes: [Duration] = []
    var roundTrips: [Duration] = []
    var retransmissions = 0
    for connection in context.run.connections {
      connectTimes.append(connection.connectTime)
      guard let quality = await connection.quality() else { continue }
      if quality.roundTrip > .zero { roundTrips.append(quality.roundTrip) }
      // A peer that stopped acknowledging for good is a fault of its own, found by the probe that waited for it.
      if !quality.isStalled { retransmissions += quality.retransmissions }
    }
    guard let quickest = connectTimes.min() else { return [] }
    let roundTrip = min(quickest, roundTrips.min() ?? quickest)
    let hasLostSYN = connectTimes.contains { $0 >= Self.lostSYN + roundTrip }
    let outcome: OutcomeID =
      hasLostSYN || retransmissions >= 2 ? "lossy" : roundTrip >= Self.slow ? "slow" : "steady"
    let time = "\(roundTrip.inRoundedMilliseconds) ms"
    let summary =
      switch outcome {
      case "lossy": "Packets get lost on the way: \(max(1, retransmissions)) had to be sent again."
      case "slow": "The way to the host is slow: a round trip takes \(time)."
      default: "The way to the host is steady: a round trip takes \(time)."
      }
    return [
      Finding(
        "tcp.quality", .answered(outcome), summary: summary,
        details: [
          .init("connect_ms", .list(connectTimes.map { .number($0.inRoundedMilliseconds) })),
          .init("round_trip_ms", .number(roundTrip.inRoundedMilliseconds)),
          .init("retransmissions", .integer(retransmissions)),
        ])
    ]
  }
}
