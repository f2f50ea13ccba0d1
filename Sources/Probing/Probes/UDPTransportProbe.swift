import Facts
import Wire

/// Does the host answer RDP over UDP? ([MS-RDPEUDP] 3.1.5.1)
///
/// Sends the opening datagram of version 3, and when nothing comes that of version 2 and of version 1. A host where UDP
/// is in use answers it before anybody connected over TCP, and stops when this side's port is closed.
///
/// Silence is no fault by itself: UDP may be switched off by policy, the server may know no UDP (xrdp), or something on
/// the way drops it; each time clients go on over TCP. `refused` is an ICMP message of the host or of a firewall.
struct UDPTransportProbe: Probe {
  static let description = ProbeDescription(
    id: "udp-transport", title: "UDP transport", states: ["udp.transport"], timeLimit: .seconds(2))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("tcp.port", ["open"])]

  /// After the last datagram an answer still has time for a slow way there and back.
  private static let pause: Duration = .milliseconds(350)
  private static let patience: Duration = .milliseconds(1200)

  func run(in context: ProbeContext) async -> [Finding] {
    guard let address = context.board[OpenAddress.self] else { return [] }
    if address.isLoopback {
      let because = "the address is this host's own, perhaps the mouth of a tunnel, which carries no UDP"
      return [
        Finding(
          "udp.transport", .notApplicable(because: because), summary: "Does not apply here: \(because).")
      ]
    }
    return [await Self.look(at: address, context.target.port, by: context.deadline)]
  }

  static func look(at address: Address, _ port: UInt16, by deadline: Deadline) async -> Finding {
    let start = ContinuousClock.now
    let number = UInt32.random(in: 1...0x7FFF_FFFF)
    let openings = [RDPUDPOpening.Version.three, .two, nil].map { version in
      RDPUDPOpening(sequenceNumber: number, version: version).encode()
    }
    let limit = min(deadline, .after(patience))
    let end = await Datagram.ask(openings, every: pause, of: address, port, by: limit)
    let place: [Finding.Field] = [.init("address", .text(address.text(port: port)))]
    func finding(_ outcome: OutcomeID, _ summary: String, _ details: [Finding.Field] = []) -> Finding {
      Finding("udp.transport", .answered(outcome), summary: summary, details: place + details)
    }
    func inconclusive(_ why: Inconclusive, _ details: [Finding.Field] = []) -> Finding {
      Finding(
        "udp.transport", .inconclusive(why), summary: Inconclusive.sentence(why), details: place + details)
    }
    switch end {
    case .bytes(let bytes):
      guard let opening = try? RDPUDPOpening(decoding: bytes), opening.acknowledged == number else {
        return inconclusive(
          .unreadable("what answers on the UDP port is not RDP"),
          [.init("first_bytes", .text(bytes.prefix(32).hexadecimal))])
      }
      let version = opening.version?.number ?? 1
      return finding(
        "answers", "RDP answers over UDP too, with version \(version).",
        [
          .init("version", .integer(version)), .init("upstream_mtu", .integer(Int(opening.upstreamMTU))),
          .init("downstream_mtu", .integer(Int(opening.downstreamMTU))),
        ])
    case .ended(.reset):
      return finding(
        "refused", "UDP port \(port) is closed; clients go on over TCP.", [.init("by", "port unreachable")])
    case .ended(.unreachable(let errno)):
      return finding(
        "refused", "A firewall refuses UDP port \(port); clients go on over TCP.",
        [.init("by", "administratively prohibited"), .init("errno", .integer(Int(errno)))])
    case .ended(.silent):
      guard start.duration(to: .now) >= ProbeContext.shortestSilence else { return inconclusive(.outOfTime) }
      return finding("silent", "Nothing answers on UDP port \(port); clients go on over TCP.")
    case .ended(.cancelled): return inconclusive(.cancelled)
    case .ended(.failedHere(let failure)): return inconclusive(.failedHere(failure))
    case .ended(.closed), .ended(.protocolError):
      return inconclusive(.unreadable("the answer was empty"))
    }
  }
}
