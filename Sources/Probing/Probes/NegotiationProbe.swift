import Facts
import Wire

/// Does RDP answer, does it accept a client that can do everything, and how does it take the routing token of the user's
/// connection file?
///
/// On the connection that `tcp.port` opened. When the host selects TLS or CredSSP, the connection goes on to TLS.
struct NegotiationProbe: Probe {
  static let description = ProbeDescription(
    id: "negotiation", title: "RDP negotiation", states: ["rdp.service", "rdp.refusal", "rdp.routing"],
    timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("tcp.port", ["open"])]
  static let takes: [Handover.Stage] = [.connected]

  /// What clients of today offer.
  static let everything: SecurityProtocols = [.tls, .hybrid, .hybridEx]

  func run(in context: ProbeContext) async -> [Finding] {
    let stream: any ByteStream
    if let open = context.take(.connected) {
      stream = open
    } else {
      let end = await context.connect()
      guard case .open(let connection, _) = end else {
        let why = end.inconclusive ?? .unreadable("the port did not open again")
        return Self.description.states.map {
          Finding($0, .inconclusive(why), summary: Inconclusive.sentence(why))
        }
      }
      stream = connection
    }
    let asked = await RoutedNegotiation.ask(Self.everything, over: stream, context)
    return findings(of: asked, context) + [asked.routing]
  }

  private func findings(of asked: RoutedNegotiation, _ context: ProbeContext) -> [Finding] {
    let stream = asked.stream
    guard case .confirmed(let confirm, let rest) = asked.end else {
      stream.close()
      return withoutConfirm(asked.end, since: asked.start, context)
    }
    context.board[OfferReplies.self] = [OfferReply(asked: Self.everything, answer: .init(confirm.reply))]
    let handedOn = rest.isEmpty ? stream : StreamWithRest(rest, stream)
    switch confirm.reply {
    case .refused: stream.close()
    case .none, .selected(.rdp, _): context.leave(Handover(.plain, handedOn))
    case .selected(let selected, _):
      let token = context.board[AcceptedToken.self]
      context.board[RenegotiateSecurity.self] = { stream, deadline in
        let end = await NegotiationExchange.ask(
          Self.everything, routingToken: token, over: stream, by: deadline)
        guard case .confirmed(let again, _) = end, case .selected(selected, _) = again.reply else {
          return false
        }
        return true
      }
      context.leave(Handover(.negotiated, handedOn))
    }
    if case .selected(let selected, _) = confirm.reply {
      context.board[SelectedProtocol.self] = selected.rawValue
    } else if case .none = confirm.reply {
      context.board[SelectedProtocol.self] = SecurityProtocols.rdp.rawValue
    }
    return [service(confirm), refusal(confirm.reply)]
  }

  private func service(_ confirm: ConnectionConfirm) -> Finding {
    var details: [Finding.Field] = [
      .init("requested", .text(Self.everything.description)),
      .init("first_bytes", .text(confirm.encode().hexadecimal)), .init("looks_like", "rdp"),
    ]
    let summary: String
    switch confirm.reply {
    case .none:
      details.append(.init("selected", "no negotiation"))
      summary = "RDP answers, in its oldest form without TLS."
    case .selected(let selected, let flags):
      details.append(.init("selected", .text(selected.description)))
      details.append(.init("reply_flags", .list(flags.names.map { .text($0) })))
      let wasAsked = selected == .rdp || Self.everything.isSuperset(of: selected)
      details.append(.init("selected_was_offered", .flag(wasAsked && selected != .rdp)))
      summary =
        switch selected {
        case .rdp: "RDP answers and chose its own security, although TLS was offered."
        case .tls: "RDP answers and chose TLS without Network Level Authentication."
        case .hybrid, .hybridEx: "RDP answers and chose Network Level Authentication."
        default: "RDP answers and chose \(selected)."
        }
    case .refused(let failure):
      details.append(.init("failure", .text(failure.description)))
      summary = "RDP answers and refuses: \(failure)."
    }
    details.append(.init("source_reference", .integer(Int(confirm.source))))
    return Finding("rdp.service", .answered("rdp"), summary: summary, details: details)
  }

  private func refusal(_ reply: ConnectionConfirm.Reply) -> Finding {
    guard case .refused(let failure) = reply else {
      return Finding(
        "rdp.refusal", .answered("none"), summary: "The host accepts a client that offers every security.")
    }
    let reason =
      switch failure {
      case .tlsRequired: "it demands TLS, although TLS was offered"
      case .tlsNotAllowed: "it allows no TLS, only RDP's own security"
      case .noCertificate: "it has no certificate that it can use for TLS"
      case .inconsistentFlags: "it finds the request inconsistent"
      case .hybridRequired: "it demands Network Level Authentication, although that was offered"
      case .clientCertificateRequired: "it demands a certificate from the client"
      default: "it gives a reason that is not known"
      }
    return Finding(
      "rdp.refusal", .answered(OutcomeID(failure.name ?? "other")),
      // A client without TLS may still be let in.
      summary: failure == .tlsNotAllowed
        ? "The host takes RDP's own security only, and refuses clients that ask for TLS."
        : "The host refuses clients of today: \(reason).",
      details: [
        .init("code", .integer(Int(failure.rawValue))), .init("name", .text(failure.description)),
      ])
  }

  private func withoutConfirm(
    _ end: NegotiationExchange.End, since start: ContinuousClock.Instant, _ context: ProbeContext
  ) -> [Finding] {
    switch end {
    case .confirmed: return []
    case .notRDP(let bytes, let reason):
      let because = "the port does not speak RDP"
      return [
        notRDP(bytes, reason),
        Finding(
          "rdp.refusal", .notApplicable(because: because), summary: "Does not apply here: \(because)."),
      ]
    case .cutOff(let bytes, let end):
      if case .cancelled = end {
        return both(.inconclusive(.cancelled), summary: Inconclusive.sentence(.cancelled))
      }
      let broke = "the answer broke off after \(bytes.count) bytes"
      let details = Self.details(of: bytes) + [.init("reason", .text(broke))]
      // Closed or reset in the middle of an answer: that is what the host answers.
      if case .answered(let outcome) = end.status(since: start, context), outcome != "silent" {
        return [
          Finding(
            "rdp.service", .answered(outcome),
            summary:
              "The host began to answer and \(outcome == "reset" ? "reset" : "closed") the connection in the middle of it: \(broke).",
            details: details), refusalNotReached(outcome),
        ]
      }
      let why = Inconclusive.unreadable(broke)
      let findings = both(.inconclusive(why), summary: Inconclusive.sentence(why))
      return findings.map {
        var finding = $0
        finding.details = details
        return finding
      }
    case .ended(let end):
      let status = end.status(since: start, context)
      let summary =
        switch status {
        case .answered("closed"): "The port opens, and then the host closes without a word."
        case .answered("reset"): "The port opens, and then the connection is reset."
        case .answered("silent"): "The port opens, but nothing answers on it."
        case .inconclusive(let why): Inconclusive.sentence(why)
        default: "The negotiation ended."
        }
      guard case .answered(let outcome) = status else { return both(status, summary: summary) }
      return [Finding("rdp.service", status, summary: summary), refusalNotReached(outcome)]
    }
  }

  private func refusalNotReached(_ outcome: OutcomeID) -> Finding {
    let because = "not reached, since rdp.service is \(outcome)"
    return Finding(
      "rdp.refusal", .notApplicable(because: because), summary: "Does not apply here: \(because).")
  }

  private func notRDP(_ bytes: [UInt8], _ reason: DecodeError?) -> Finding {
    let summary =
      switch FirstBytes(bytes) {
      case .rdp: "The answer looks like RDP, but is not valid."
      case .mcsDisconnect: "The host answers by ending the RDP session before it began."
      case .x224Refusal: "The host refuses the connection at the level below RDP."
      case .otherTPKT: "The answer is framed like RDP, but is something else."
      case .http: "A web server answers on this port, not RDP."
      case .ssh: "An SSH server answers on this port, not RDP."
      case .smb: "A file server answers on this port, not RDP."
      case .vnc: "A VNC server answers on this port, not RDP."
      case .ftp: "An FTP server answers on this port, not RDP."
      case .smtp: "A mail server answers on this port, not RDP."
      case .telnet: "A Telnet server answers on this port, not RDP."
      case .imap, .pop3: "A mailbox server answers on this port, not RDP."
      case .ldap: "A directory server (LDAP) answers on this port, not RDP."
      case .mysql, .postgres, .tds, .redis: "A database server answers on this port, not RDP."
      case .socks: "A SOCKS proxy answers on this port, not RDP."
      case .rpc: "An RPC service answers on this port, not RDP."
      case .amqp: "A message broker answers on this port, not RDP."
      case .rtsp: "A camera or video server answers on this port, not RDP."
      case .sip: "A telephony server answers on this port, not RDP."
      case .tls, .tlsAlert: "Something that speaks TLS answers on this port, not RDP."
      case .unknown: "Something answers on this port, but it is not RDP."
      }
    var details = Self.details(of: bytes)
    if let reason { details.append(.init("reason", .text(reason.description))) }
    return Finding("rdp.service", .answered("not-rdp"), summary: summary, details: details)
  }

  private static func details(of bytes: [UInt8]) -> [Finding.Field] {
    let kind = FirstBytes(bytes)
    var details: [Finding.Field] = [
      .init("first_bytes", .text(bytes.prefix(64).hexadecimal)), .init("looks_like", .text(kind.description)),
    ]
    switch kind {
    case .http, .ssh, .vnc, .ftp, .smtp, .imap, .pop3, .redis, .rtsp, .sip:
      let lines = bytes.split { $0 == 0x0D || $0 == 0x0A }
      if let first = lines.first {
        details.append(.init("banner", .text(SafeText.clean(bytes: first, limit: 80))))
      }
      // What tells WinRM, a console or a gateway from a web site.
      if let product = lines.first(where: {
        String(decoding: $0.prefix(7), as: UTF8.self).lowercased() == "server:"
      }) {
        details.append(
          .init("server", .text(SafeText.clean(bytes: product.dropFirst(7).drop { $0 == 0x20 }, limit: 80))))
      }
    case .tlsAlert(let alert): details.append(.init("alert", .text(alert.description)))
    default: break
    }
    return details
  }

  private func both(_ status: Finding.Status, summary: String) -> [Finding] {
    ["rdp.service", "rdp.refusal"].map { Finding($0, status, summary: summary) }
  }
}

/// What the host answered to each offer of security so far, in the order of asking.
enum OfferReplies: BlackboardKey { typealias Value = [OfferReply] }

struct OfferReply: Hashable, Sendable {
  var asked: SecurityProtocols
  var answer: Answer

  enum Answer: Hashable, Sendable {
    /// RDP's own security also when the host does not negotiate.
    case selected(SecurityProtocols, NegotiationResponseFlags)
    case refused(NegotiationFailure)
    /// Closed, reset, silent, no RDP: in a few words.
    case none(String)

    init(_ reply: ConnectionConfirm.Reply) {
      self =
        switch reply {
        case .none: .selected(.rdp, [])
        case .selected(let selected, let flags): .selected(selected, flags)
        case .refused(let failure): .refused(failure)
        }
    }
  }

  /// True only when the host selected something that was asked for: anything else is a downgrade.
  var isAcceptance: Bool {
    guard case .selected(let selected, _) = answer else { return false }
    return asked == .rdp ? selected == .rdp : selected != .rdp && asked.isSuperset(of: selected)
  }

  var text: String {
    switch answer {
    case .selected(let selected, _):
      isAcceptance ? "accepted: \(selected)" : "not accepted: the host chose \(selected) instead"
    case .refused(let failure): failure.description
    case .none(let what): what
    }
  }
}
