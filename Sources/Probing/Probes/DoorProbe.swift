import Facts
import Wire

/// A probe for one way to act on the host while Remote Desktop does not work.
///
/// `open` when the service answers in its own protocol; `refused` when a port refuses and none answers; `silent` when
/// nothing comes from any of its ports, or the network calls the host unreachable. A port that opens and then says
/// nothing, or something else, is none of these. Nobody signs in.
protocol DoorProbe: Probe {
  static func ports(_ ports: DoorPorts) -> [UInt16]
  /// Talks over an open connection.
  ///
  /// - Parameter start: When it opened.
  /// - Returns: how the service reacted; `product` among the fields is what the summary names.
  func talk(over stream: any ByteStream, at place: DoorPlace, since start: ContinuousClock.Instant) async
    -> (ServiceAttempt.Outcome, [Finding.Field])
}

struct DoorPlace: Sendable {
  var address: Address
  var port: UInt16
  /// Of this attempt.
  var deadline: Deadline
  var ports: DoorPorts
  var context: ProbeContext

  /// For the `Host` field and for SNI.
  var host: String { context.target.hostText }
  var serverName: String? { if case .name(let name) = context.target.host { name } else { nil } }
}

extension DoorProbe {
  static var lane: ProbeLane { .beside }
  static var needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] {
    [("dns.lookup", ["literal", "resolved"])]
  }

  func run(in context: ProbeContext) async -> [Finding] {
    let id = Self.description.states[0]
    if context.request.doorPorts == nil, let obstacle = context.loopbackObstacle {
      return [Finding(id, unanswered: obstacle)]
    }
    let ports = context.request.doorPorts ?? DoorPorts()
    // One address of each family: a host that has both may be reachable by one of them only.
    let families = [Address.Family.ipv4, .ipv6].compactMap { family in
      context.addresses.first { $0.family == family }
    }
    let places = families.flatMap { address in
      Self.ports(ports).map {
        DoorPlace(
          address: address, port: $0, deadline: min(context.deadline, .after(Self.share)), ports: ports,
          context: context)
      }
    }
    let attempts = await withTaskGroup(of: (Int, ServiceAttempt).self) { group in
      for (index, place) in places.enumerated() {
        group.addTask {
          let attempt = await context.attempt(place.address, port: place.port, by: place.deadline) {
            stream, start in
            await talk(over: stream, at: place, since: start)
          }
          return (index, attempt)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return [Self.finding(id, attempts)]
  }

  private static var share: Duration { .milliseconds(2500) }

  private static func finding(_ id: FindingID, _ attempts: [ServiceAttempt]) -> Finding {
    let title = description.title
    let status = ServiceAttempt.status(of: attempts, answered: "open", muteIsSilent: false)
    let open = attempts.first { $0.outcome == .answers }
    var product: String?
    for field in open?.fields ?? [] where field.name == "product" {
      if case .text(let text) = field.value { product = text }
    }
    let summary =
      switch status {
      case .answered("open"): "\(title) answers\(product.map { ": \($0)" } ?? "")."
      case .answered("refused"): "The host refuses \(title)."
      case .answered("silent"): "\(title) does not answer."
      case .inconclusive(let why): Inconclusive.sentence(why)
      default: "\(title): not known."
      }
    return Finding(
      id, status, summary: summary,
      details: (open?.fields ?? [])
        + [
          .init(
            "attempts",
            .list(attempts.map { ServiceAttempt($0.place, $0.outcome).detail }))
        ])
  }
}

extension HTTPExchange.End {
  /// Of an exchange that brought no response.
  func outcome(since start: ContinuousClock.Instant) -> ServiceAttempt.Outcome {
    switch self {
    case .response: .answers
    case .malformed(_, let bytes): .odd("what answers is no web server but looks like \(FirstBytes(bytes))")
    case .ended(let end): ServiceAttempt.outcome(of: end, isSettled: ProbeContext.isSettled(start))
    }
  }
}

extension TLSEnd {
  /// Of a handshake that did not complete.
  func outcome(since start: ContinuousClock.Instant) -> ServiceAttempt.Outcome {
    switch self {
    case .ended(let end): ServiceAttempt.outcome(of: end, isSettled: ProbeContext.isSettled(start))
    case .completed: .answers
    case .noCommonVersion, .noCommonCipher, .alert, .malformed: .odd("the port opens, but TLS fails")
    }
  }
}
