import Facts
import Wire

/// One offer of security on a connection of its own, and what the host made of it.
enum SecurityOffer {
  /// The host answered, or its silence or closing counts as answer. Where it accepted, the stream is open and the next
  /// byte belongs to what was selected; else it is closed.
  case answered(OfferReply, (any ByteStream)?)
  /// The question could not be put.
  case notPut(Inconclusive)

  /// Asks, and notes the reply for the other probes of the run.
  static func make(_ protocols: SecurityProtocols, in context: ProbeContext) async -> SecurityOffer {
    let end = await context.connect()
    let connection: Connection
    switch end {
    case .open(let opened, _): connection = opened
    default:
      if let why = end.inconclusive { return .notPut(why) }
      return noted(OfferReply(asked: protocols, answer: .none("the port did not open")), nil, context)
    }
    let start = ContinuousClock.now
    let answer: OfferReply.Answer
    switch await NegotiationExchange.ask(
      protocols, routingToken: context.board[AcceptedToken.self], over: connection, by: context.deadline)
    {
    case .confirmed(let confirm, let rest):
      let reply = OfferReply(asked: protocols, answer: .init(confirm.reply))
      guard reply.isAcceptance else {
        connection.close()
        return noted(reply, nil, context)
      }
      return noted(reply, rest.isEmpty ? connection : StreamWithRest(rest, connection), context)
    case .notRDP: answer = .none("an answer that is no RDP")
    case .cutOff(_, .cancelled):
      connection.close()
      return .notPut(.cancelled)
    case .cutOff: answer = .none("the answer broke off")
    case .ended(let end):
      switch end.status(since: start, context) {
      case .answered(let outcome): answer = .none(outcome.name)
      case .inconclusive(let why):
        connection.close()
        return .notPut(why)
      case .notApplicable: answer = .none("no answer")
      }
    }
    connection.close()
    return noted(OfferReply(asked: protocols, answer: answer), nil, context)
  }

  private static func noted(
    _ reply: OfferReply, _ stream: (any ByteStream)?, _ context: ProbeContext
  ) -> SecurityOffer {
    context.board[OfferReplies.self] = (context.board[OfferReplies.self] ?? []) + [reply]
    return .answered(reply, stream)
  }
}

/// What a host uses for RDP's own security, learnt where it was accepted. Left by whoever asked for it.
enum LegacySettings: BlackboardKey { typealias Value = ConnectResponse.Settings }
