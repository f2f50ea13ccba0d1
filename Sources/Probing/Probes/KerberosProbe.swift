import Facts
import Wire

/// Do the domain's KDCs answer, over TCP and over UDP, and what do their clocks say? (RFC 4120)
///
/// Each is asked for a ticket for a name that cannot exist, without any proof of who asks: the answer is an error, and
/// an error carries the KDC's clock. Whichever error it is, the KDC answers. `refused` when none answers and one refuses;
/// `silent` when nothing comes from any of them; an answer that cannot be read is neither.
struct KerberosProbe: Probe {
  static let description = ProbeDescription(
    id: "kerberos", title: "Kerberos of the domain", states: ["kerberos.kdc"], timeLimit: .milliseconds(3500))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("dns.domain-controllers", ["found", "none"])
  ]

  private static let share: Duration = .seconds(3)

  private struct Clock: Sendable {
    /// Seconds by which the KDC is ahead of this host.
    var skew: Double
    var host: String
  }

  private struct Answer: Sendable {
    var attempt: ServiceAttempt
    var clock: Clock?
  }

  func run(in context: ProbeContext) async -> [Finding] {
    let id: FindingID = "kerberos.kdc"
    let domain = context.board[DomainServers.self]
    let servers = (domain?.kerberos ?? []).filter { !$0.addresses.isEmpty }
    guard let domain, !servers.isEmpty else {
      let isListed = domain?.kerberos.isEmpty == false
      return [
        Finding(
          id, .answered("none-known"),
          summary: isListed
            ? "DNS lists Kerberos servers, but no address of theirs." : "DNS lists no Kerberos server to ask."
        )
      ]
    }
    let request = ASRequest(
      realm: domain.domain.uppercased(), nonce: UInt32.random(in: 1...0x7FFF_FFFF)
    ).encode()
    let limit = min(context.deadline, .after(Self.share))
    let answers = await withTaskGroup(of: (Int, Answer).self) { group in
      for (index, server) in servers.enumerated() {
        guard let address = server.addresses.first else { continue }
        group.addTask { (index * 2, await Self.askByTCP(request, server, address, limit, context)) }
        group.addTask { (index * 2 + 1, await Self.askByUDP(request, server, address, limit, context)) }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return [finding(answers, domain.domain, context)]
  }

  private static func askByTCP(
    _ request: [UInt8], _ server: DomainServer, _ address: Address, _ limit: Deadline, _ context: ProbeContext
  ) async -> Answer {
    var clock: Clock?
    var attempt = await context.attempt(address, port: server.port, by: limit) { stream, start in
      let asked = context.now
      if case .ended(let end) = await stream.send(Kerberos.framed(request), by: limit) {
        return (ServiceAttempt.outcome(of: end, isSettled: ProbeContext.isSettled(start)), [])
      }
      let answer = await context.read(from: stream, since: start, by: limit) {
        bytes throws(DecodeError) in try KDCReply(decoding: try Kerberos.unframed(bytes))
      }
      switch answer {
      case .ended(let outcome, _): return (outcome, [])
      case .value(let reply):
        let (fields, skew) = fields(reply, between: asked, context.now)
        clock = skew.map { Clock(skew: $0, host: server.name) }
        return (.answers, fields)
      }
    }
    attempt.fields.insert(.init("name", .text(SafeText.clean(server.name))), at: 0)
    return Answer(attempt: attempt, clock: clock)
  }

  private static func askByUDP(
    _ request: [UInt8], _ server: DomainServer, _ address: Address, _ limit: Deadline, _ context: ProbeContext
  ) async -> Answer {
    let start = ContinuousClock.now
    let asked = context.now
    var clock: Clock?
    var learnt: [Finding.Field] = []
    let outcome: ServiceAttempt.Outcome
    switch await Datagram.ask(request, of: address, server.port, by: limit) {
    case .bytes(let bytes):
      do throws(DecodeError) {
        let (fields, skew) = fields(try KDCReply(decoding: bytes), between: asked, context.now)
        learnt = fields
        clock = skew.map { Clock(skew: $0, host: server.name) }
        outcome = .answers
      } catch {
        outcome = .odd(SafeText.clean(error.description, limit: 160))
      }
    case .ended(.reset): outcome = .refused
    case .ended(.silent):
      outcome = ProbeContext.isSettled(start) ? .silent : .notKnown(.outOfTime)
    case .ended(let end): outcome = ServiceAttempt.outcome(of: end, isSettled: true)
    }
    let attempt = ServiceAttempt(
      "udp \(address.text(port: server.port))", outcome,
      fields: [.init("name", .text(SafeText.clean(server.name)))] + learnt)
    return Answer(attempt: attempt, clock: clock)
  }

  private static func fields(
    _ reply: KDCReply, between asked: Timestamp, _ answered: Timestamp
  ) -> ([Finding.Field], Double?) {
    guard case .error(let error) = reply else { return ([.init("error", "none")], nil) }
    let here = (asked.seconds + answered.seconds) / 2
    let skew = error.serverTime - here
    var fields: [Finding.Field] = [
      .init("error", .text(error.description)), .init("code", .integer(Int(error.code))),
      .init("realm", .text(SafeText.clean(error.realm))),
      .init("kdc_time", .text(Timestamp(seconds: error.serverTime).text)),
      .init("clock_seconds", .number((skew * 10).rounded() / 10)),
    ]
    if error.code == KerberosError.wrongRealm, let realm = error.clientRealm {
      fields.append(.init("client_realm", .text(SafeText.clean(realm))))
    }
    if let text = error.text { fields.append(.init("text", .text(SafeText.clean(text)))) }
    return (fields, skew)
  }

  private func finding(_ answers: [Answer], _ domain: String, _ context: ProbeContext) -> Finding {
    let id: FindingID = "kerberos.kdc"
    let attempts = answers.map(\.attempt)
    let status = ServiceAttempt.status(of: attempts, answered: "answers", muteIsSilent: true)
    var details: [Finding.Field] = [
      .init("domain", .text(SafeText.clean(domain))), .init("servers", .list(attempts.map(\.detail))),
    ]
    let shown = SafeText.clean(domain)
    var summary: String
    switch status {
    case .answered("answers"): summary = "Kerberos of \(shown) answers."
    case .answered("refused"): summary = "No Kerberos server of \(shown) answers; connections are refused."
    case .answered("silent"): summary = "No Kerberos server of \(shown) answers."
    case .inconclusive(let why): summary = Inconclusive.sentence(why)
    default: summary = "Kerberos of \(shown): not known."
    }
    if status == .answered("answers") {
      let mute = attempts.filter { $0.outcome != .answers }.map(\.place)
      if let first = mute.first {
        summary +=
          mute.count == 1 ? " But not at \(first)." : " But not at \(first) and \(mute.count - 1) more."
      }
    }
    if let clock = answers.lazy.compactMap(\.clock).first {
      details.append(.init("clock_seconds", .number((clock.skew * 10).rounded() / 10)))
      details.append(.init("clock_source", .text("KRB-ERROR of \(SafeText.clean(clock.host))")))
      if clock.skew.magnitude >= 60 {
        summary +=
          " Its clock is \(NTLMFindings.span(clock.skew.magnitude)) \(clock.skew > 0 ? "ahead of" : "behind") this one's."
      }
      // What Kerberos looks at is how far the host and the KDC are apart.
      if let taken = context.board[ChallengeTaken.self], let time = taken.info.time, time.ticks != 0 {
        let apart = time.unixSeconds - taken.at.seconds - clock.skew
        details.append(.init("host_ahead_of_kdc_seconds", .number((apart * 10).rounded() / 10)))
        if apart.magnitude >= 300 {
          summary +=
            " The host's clock is \(NTLMFindings.span(apart.magnitude)) \(apart > 0 ? "ahead of" : "behind") the domain's: Kerberos fails."
        }
      }
    }
    return Finding(id, status, summary: summary, details: details)
  }
}
