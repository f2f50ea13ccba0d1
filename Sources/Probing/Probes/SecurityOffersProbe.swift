import Facts
import Wire

/// What else does the host accept beside its first choice?
///
/// Asks for RDP's own security alone and, where the answer leaves it open, for TLS alone: a connection each.
struct SecurityOffersProbe: Probe {
  static let description = ProbeDescription(
    id: "security-offers", title: "Accepted security", states: ["rdp.security"], timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("rdp.service", ["rdp"])]

  func run(in context: ProbeContext) async -> [Finding] {
    var replies = context.board[OfferReplies.self] ?? []
    while true {
      switch SecurityVerdict(replies) {
      case .settled(let outcome): return [finding(.answered(outcome), replies)]
      case .open: return [finding(.inconclusive(.unreadable("the host did not answer every offer")), replies)]
      case .ask(let protocols):
        let (reply, why) = await ask(protocols, context)
        if let why { return [finding(.inconclusive(why), replies)] }
        replies.append(reply)
        context.board[OfferReplies.self] = replies
      }
    }
  }

  private func ask(_ protocols: SecurityProtocols, _ context: ProbeContext) async -> (
    OfferReply, Inconclusive?
  ) {
    let end = await context.connect()
    guard case .open(let connection, _) = end else {
      return (OfferReply(asked: protocols, answer: .none("the port did not open")), end.inconclusive)
    }
    defer { connection.close() }
    let start = ContinuousClock.now
    let answer: OfferReply.Answer
    switch await NegotiationExchange.ask(protocols, over: connection, by: context.deadline) {
    case .confirmed(let confirm, _): answer = .init(confirm.reply)
    case .notRDP: answer = .none("an answer that is no RDP")
    case .cutOff(_, .cancelled): return (OfferReply(asked: protocols, answer: .none("")), .cancelled)
    case .cutOff: answer = .none("the answer broke off")
    case .ended(let end):
      switch end.status(since: start, context) {
      case .answered(let outcome): answer = .none(outcome.name)
      case .inconclusive(let why): return (OfferReply(asked: protocols, answer: .none("")), why)
      case .notApplicable: answer = .none("no answer")
      }
    }
    return (OfferReply(asked: protocols, answer: answer), nil)
  }

  private func finding(_ status: Finding.Status, _ replies: [OfferReply]) -> Finding {
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
    guard let legacy else { return .ask(.rdp) }
    if legacy.isAcceptance { return .settled("nla-and-any") }
    if case .refused(.hybridRequired) = legacy.answer { return .settled("nla-required") }
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
