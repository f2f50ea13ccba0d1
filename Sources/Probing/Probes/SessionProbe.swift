import Facts
import Wire

/// Does the host set up a session for somebody, as far as can be seen before anybody signs in?
///
/// Only where it takes clients without Network Level Authentication: on the connection that is already secured with TLS,
/// else on one that offers no more than TLS. No user, no password and no automatic sign-in are sent.
struct SessionProbe: Probe {
  static let description = ProbeDescription(
    id: "session", title: "Session set-up", states: ["rdp.session"], timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("rdp.service", ["rdp"])]
  static let takes: [Handover.Stage] = [.negotiated, .secured, .plain]

  private static let id: FindingID = "rdp.session"

  func run(in context: ProbeContext) async -> [Finding] {
    switch await reach(context) {
    case .nothing(let finding): return [finding]
    case .stream(let stream, let selected):
      defer { stream.close() }
      var exchange = SessionExchange(over: stream, selected: selected, by: context.deadline)
      let end = await exchange.run()
      if selected == .rdp, let settings = exchange.settings { context.board[LegacySettings.self] = settings }
      return [finding(end, exchange, selected, context)]
    }
  }

  // MARK: - A connection without Network Level Authentication

  private enum Reached {
    case stream(any ByteStream, SecurityProtocols)
    case nothing(Finding)
  }

  private func reach(_ context: ProbeContext) async -> Reached {
    if let stream = context.take(.plain) { return .stream(stream, .rdp) }
    let selected = SecurityProtocols(rawValue: context.board[SelectedProtocol.self] ?? 0)
    if let stream = context.take(.secured) {
      if selected == .tls { return .stream(stream, .tls) }
      stream.close()
    }
    if let stream = context.take(.negotiated) {
      if selected == .tls { return await secured(stream, context) }
      stream.close()
    }
    // The certificate and versions of TLS are the same for every client.
    if let handshake = context.finding("tls.handshake") {
      switch handshake.status {
      case .answered("completed"): break
      case .answered(let outcome): return notApplicable("not reached, since tls.handshake is \(outcome)")
      case .inconclusive: return .nothing(inconclusive(.blocked(by: "tls.handshake")))
      case .notApplicable: break
      }
    }
    return await offer(context)
  }

  /// Asks in the order that the host's first answer suggests.
  private func offer(_ context: ProbeContext) async -> Reached {
    let replies = context.board[OfferReplies.self] ?? []
    guard let first = replies.first else { return .nothing(inconclusive(.blocked(by: "rdp.service"))) }
    var offers: [SecurityProtocols]
    switch first.answer {
    case .selected: offers = [.tls]
    case .refused(.tlsNotAllowed), .refused(.noCertificate): offers = [.rdp]
    default: offers = [.rdp, .tls]
    }
    var refusal = "the host accepts nobody without Network Level Authentication"
    for protocols in offers {
      switch await SecurityOffer.make(protocols, in: context) {
      case .notPut(let why): return .nothing(inconclusive(why))
      case .answered(_, let stream?):
        return protocols == .rdp ? .stream(stream, .rdp) : await secured(stream, context)
      case .answered(let reply, nil):
        switch reply.answer {
        case .refused(.hybridRequired): break
        case .refused(let failure): refusal = "the host refuses \(protocols) with \(failure)"
        case .selected(let selected, _): refusal = "the host answers \(protocols) with \(selected)"
        case .none(let what):
          let why = Inconclusive.unreadable("the host did not answer the offer of \(protocols): \(what)")
          return .nothing(inconclusive(why))
        }
      }
    }
    return notApplicable(refusal)
  }

  private func secured(_ stream: any ByteStream, _ context: ProbeContext) async -> Reached {
    switch await TLSStream.handshake(over: stream, serverName: context.serverName, by: context.deadline) {
    case .completed(let secured, _): return .stream(secured, .tls)
    case .ended(.cancelled): return .nothing(inconclusive(.cancelled))
    case .ended(.failedHere(let failure)): return .nothing(inconclusive(.failedHere(failure)))
    default: return .nothing(inconclusive(.unreadable("TLS did not come about")))
    }
  }

  private func notApplicable(_ because: String) -> Reached {
    .nothing(
      Finding(Self.id, .notApplicable(because: because), summary: "Does not apply here: \(because)."))
  }

  private func inconclusive(_ why: Inconclusive) -> Finding {
    Finding(Self.id, .inconclusive(why), summary: Inconclusive.sentence(why))
  }

  // MARK: - What the end means

  private func finding(
    _ end: SessionExchange.End, _ exchange: SessionExchange, _ selected: SecurityProtocols,
    _ context: ProbeContext
  ) -> Finding {
    let (status, summary, more) = meaning(of: end, exchange, context)
    return Finding(
      Self.id, status, summary: summary, details: more + Self.details(exchange, selected))
  }

  private typealias Meaning = (Finding.Status, String, [Finding.Field])

  private func meaning(
    of end: SessionExchange.End, _ exchange: SessionExchange, _ context: ProbeContext
  ) -> Meaning {
    switch end {
    case .ready:
      return (.answered("ready"), "The host sets up a session, up to the point where somebody signs in.", [])
    case .errorInfo(let info): return Self.meaning(of: info)
    case .refused(let result):
      return (
        .answered("denied"), "The host refuses the session: \(result).",
        [.init("mcs_result", .text(result.description))]
      )
    case .licensing(let status, let transition):
      return (
        .answered("license-error"), "The host stops at licensing: \(status).",
        [
          .init("license_error", .text(status.description)),
          .init("license_transition", .text(transition.description)),
        ]
      )
    case .licenseWanted:
      return without(.notAsked("the host wants this device to hold a licence first, and a look takes none"))
    case .encrypted:
      return without(
        .notAsked("from here on the host uses RDP's own encryption, which this look does not speak"))
    case .redirected(let redirection): return Self.meaning(of: redirection)
    case .ultimatum(let reason):
      return (
        .answered("closed"), Self.closing(exchange.stage),
        [.init("disconnect_reason", .text(reason.description))]
      )
    case .malformed(let reason): return without(.unreadable(SafeText.clean(reason)))
    case .ended(.protocolError(let what), _):
      return (
        .answered("closed"), Self.closing(exchange.stage), [.init("reason", .text(SafeText.clean(what)))]
      )
    case .ended(.silent, let pending) where pending > 0:
      return without(.unreadable("a message of the host was not complete after \(pending) bytes"))
    case .ended(let end, _):
      let status = end.status(since: exchange.lastHeard, context)
      switch status {
      case .answered("closed"): return (status, Self.closing(exchange.stage), [])
      case .answered("reset"):
        return (status, "The connection was reset while the session was set up.", [])
      case .answered: return (status, "The host falls silent while the session is set up.", [])
      case .inconclusive(let why): return without(why)
      case .notApplicable(let because): return (status, "Does not apply here: \(because).", [])
      }
    }
  }

  private func without(_ why: Inconclusive) -> Meaning {
    (.inconclusive(why), Inconclusive.sentence(why), [])
  }

  private static func closing(_ stage: SessionExchange.Stage) -> String {
    stage == .info
      ? "The host closed the connection once it was told that nobody signs in yet; some servers do so always."
      : "The host closed the connection while the session was set up."
  }

  private static func meaning(of info: ErrorInfo) -> Meaning {
    let details: [Finding.Field] = [
      .init("error_info", .text(info.description)), .init("error_info_code", .integer(Int(info.rawValue))),
    ]
    if info.isAboutTheProtocol {
      let why = Inconclusive.unreadable("the host finds fault with a message of this look (\(info))")
      return (.inconclusive(why), Inconclusive.sentence(why), details)
    }
    if info.isLeaving {
      return (.answered("closed"), "The host ended the session as if somebody had left it: \(info).", details)
    }
    return info.isAboutLicensing
      ? (.answered("license-error"), "The host stops at licensing: \(info).", details)
      : (.answered("denied"), "The host refuses the session: \(info).", details)
  }

  private static func meaning(of redirection: ServerRedirection) -> Meaning {
    func clean(_ text: String?) -> String? {
      guard let text, !text.isEmpty else { return nil }
      return SafeText.clean(text, limit: 255)
    }
    let name = clean(redirection.targetName)
    let address = clean(redirection.targetAddress)
    var details: [Finding.Field] = [
      .init("redirection_flags", .list(redirection.flags.names.map { .text($0) }))
    ]
    for (field, text) in [
      ("target_name", name), ("target_netbios_name", clean(redirection.targetNetBIOSName)),
      ("target_address", address),
    ] {
      if let text { details.append(.init(field, .text(text))) }
    }
    let addresses = redirection.targetAddresses.compactMap(clean)
    if !addresses.isEmpty { details.append(.init("target_addresses", .list(addresses.map { .text($0) }))) }
    if let info = redirection.loadBalanceInfo {
      details.append(.init("load_balance_info", .text(SafeText.clean(bytes: info, limit: 255))))
    }
    let target = name ?? address ?? clean(redirection.targetNetBIOSName)
    return (
      .answered("redirected"),
      "The host sends the client on to \(target ?? "another host that it does not name").",
      details
    )
  }

  private static func details(
    _ exchange: SessionExchange, _ selected: SecurityProtocols
  ) -> [Finding.Field] {
    var details: [Finding.Field] = [
      .init("stage", .text(exchange.stage.rawValue)), .init("security", .text(selected.description)),
    ]
    if !exchange.licensing.isEmpty {
      details.append(.init("licensing", .list(exchange.licensing.map { .text($0) })))
    }
    if let settings = exchange.settings { details += fields(of: settings, selected) }
    return details
  }

  /// Also of hosts that were asked for no more than their settings.
  static func fields(
    of settings: ConnectResponse.Settings, _ selected: SecurityProtocols
  ) -> [Finding.Field] {
    var details: [Finding.Field] = [.init("core_version", .text(settings.version.description))]
    if !settings.capabilities.isEmpty {
      details.append(.init("core_flags", .list(settings.capabilities.names.map { .text($0) })))
    }
    if selected == .rdp || !settings.encryptionMethod.isEmpty {
      details.append(.init("encryption_method", .text(settings.encryptionMethod.description)))
      details.append(.init("encryption_level", .text(settings.encryptionLevel.description)))
    }
    return details
  }
}
