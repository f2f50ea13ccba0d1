import Facts
import Wire

/// What else does the host accept beside its first choice?
///
/// Asks for RDP's own security alone and, where the answer leaves it open, for TLS alone: a connection each. What the look
/// at the session has asked already is not asked again.
struct SecurityOffersProbe: Probe {
  static let description = ProbeDescription(
    id: "security-offers", title: "Accepted security", states: ["rdp.security"], timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("rdp.service", ["rdp"])]

  func run(in context: ProbeContext) async -> [Finding] {
    while true {
      let replies = context.board[OfferReplies.self] ?? []
      switch SecurityVerdict(replies) {
      case .settled(let outcome): return [finding(.answered(outcome), replies, context)]
      case .open:
        return [finding(.inconclusive(.unreadable("the host did not answer every offer")), replies, context)]
      case .ask(let protocols):
        switch await SecurityOffer.make(protocols, in: context) {
        case .notPut(let why): return [finding(.inconclusive(why), replies, context)]
        case .answered(_, nil): break
        case .answered(_, let stream?):
          if protocols == .rdp { await learnEncryption(over: stream, context) }
          stream.close()
        }
      }
    }
  }

  /// Where RDP's own security is accepted, the same connection tells how it encrypts. A host that says nothing more has
  /// accepted it all the same.
  private func learnEncryption(over stream: any ByteStream, _ context: ProbeContext) async {
    var exchange = SessionExchange(
      over: stream, selected: .rdp, by: min(context.deadline, .after(.seconds(1))))
    _ = await exchange.learnSettings()
    if let settings = exchange.settings { context.board[LegacySettings.self] = settings }
  }

  private func finding(
    _ status: Finding.Status, _ replies: [OfferReply], _ context: ProbeContext
  ) -> Finding {
    let summary =
      switch status {
      case .answered("nla-required"): "The host accepts Network Level Authentication only."
      case .answered("nla-and-tls"):
        "The host prefers Network Level Authentication, and accepts TLS without it too."
      case .answered("nla-and-any"):
        "The host prefers Network Level Authentication, and accepts even RDP's own security."
      case .answered("tls-required"): "The host demands TLS and has no Network Level Authentication."
      case .answered("tls-or-legacy"):
        "The host accepts TLS and RDP's own security, and has no Network Level Authentication."
      case .answered("legacy-only"): "The host accepts RDP's own security only, without TLS."
      case .answered("refused"): "The host refuses whatever security is offered."
      case .inconclusive(let why): Inconclusive.sentence(why)
      default: "Not known."
      }
    var details = replies.map { Finding.Field($0.asked.description, .text($0.text)) }
    for reply in replies {
      if case .selected(_, let flags) = reply.answer {
        details.append(.init("reply_flags", .list(flags.names.map { .text($0) })))
        break
      }
    }
    if let settings = context.board[LegacySettings.self] {
      details += SessionProbe.fields(of: settings, .rdp)
    }
    return Finding("rdp.security", status, summary: summary, details: details)
  }
}

/// What the replies so far amount to.
enum SecurityVerdict: Hashable, Sendable {
  case settled(OutcomeID)
  /// One more question is needed.
  case ask(SecurityProtocols)
  /// Nothing that could still be asked would settle it.
  case open

  /// Only what the host said counts: a connection that it closed, reset or left unanswered is neither yes nor no.
  init(_ replies: [OfferReply]) {
    let first = replies.first { $0.asked != .rdp && $0.asked != .tls }
    let legacy = replies.first { $0.asked == .rdp }
    let tls = replies.first { $0.asked == .tls }
    guard let first else {
      self = .open
      return
    }
    if case .selected(let selected, _) = first.answer {
      if selected == .rdp {
        // Every other security was there to choose from.
        self = .settled("legacy-only")
      } else if selected == .tls {
        self = Self.withoutNLA(legacy)
      } else {
        self = Self.withNLA(legacy, tls)
      }
    } else {
      self = Self.afterRefusal(first, legacy, tls)
    }
  }

  private static func withNLA(_ legacy: OfferReply?, _ tls: OfferReply?) -> Self {
    if legacy?.isAcceptance == true { return .settled("nla-and-any") }
    // A host says it to every client that does not offer it.
    for reply in [legacy, tls] {
      if case .refused(.hybridRequired)? = reply?.answer { return .settled("nla-required") }
    }
    guard legacy != nil else { return .ask(.rdp) }
    guard let tls else { return .ask(.tls) }
    if tls.isAcceptance { return .settled("nla-and-tls") }
    guard case .refused = tls.answer else { return .open }
    return .settled("nla-required")
  }

  private static func withoutNLA(_ legacy: OfferReply?) -> Self {
    guard let legacy else { return .ask(.rdp) }
    if legacy.isAcceptance { return .settled("tls-or-legacy") }
    if case .none = legacy.answer { return .open }
    return .settled("tls-required")
  }

  private static func afterRefusal(_ first: OfferReply, _ legacy: OfferReply?, _ tls: OfferReply?) -> Self {
    guard let legacy else { return .ask(.rdp) }
    if legacy.isAcceptance { return .settled("legacy-only") }
    switch (first.answer, legacy.answer) {
    // TLS alone cannot fare better.
    case (.refused(.tlsNotAllowed), .refused), (.refused(.noCertificate), .refused):
      return .settled("refused")
    default: break
    }
    guard let tls else { return .ask(.tls) }
    if tls.isAcceptance { return .settled("tls-required") }
    if case .none = legacy.answer { return .open }
    if case .none = tls.answer { return .open }
    return .settled("refused")
  }
}
