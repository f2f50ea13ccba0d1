import Facts
import Wire

/// The negotiation as the user's client begins it: with the routing token of its connection file, where it has one.
///
/// Load balancers and farms choose by the token. Where the host does not accept the client with it, a second connection
/// asks without it, so that the one fault is told from the other.
struct RoutedNegotiation {
  var end: NegotiationExchange.End
  /// The connection that `end` is of.
  var stream: any ByteStream
  /// When its question was put.
  var start: ContinuousClock.Instant
  /// `rdp.routing`.
  var routing: Finding

  private static let id: FindingID = "rdp.routing"
  /// Half of the probe's time: the other is for asking without the token.
  private static let share: Duration = .milliseconds(2500)

  static func ask(
    _ protocols: SecurityProtocols, over stream: any ByteStream, _ context: ProbeContext
  ) async -> RoutedNegotiation {
    guard let token = context.request.routingToken else {
      let because = "no connection file names a collection (loadbalanceinfo)"
      return await plain(
        protocols, stream, context,
        Finding(id, .notApplicable(because: because), summary: "Does not apply here: \(because)."))
    }
    guard ConnectionRequest.canCarry(token) else {
      let why = Inconclusive.notAsked("a request cannot carry the routing token of the connection file whole")
      return await plain(
        protocols, stream, context, Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why)))
    }
    let start = ContinuousClock.now
    let limit = min(context.deadline, .after(share))
    let end = await NegotiationExchange.ask(protocols, routingToken: token, over: stream, by: limit)
    var routed = RoutedNegotiation(
      end: end, stream: stream, start: start,
      routing: finding(
        .answered("accepted"), token, "The host takes the routing token of the connection file."))
    if accepts(end) {
      context.board[AcceptedToken.self] = token
      return routed
    }
    // The answer without the token counts for all else; when there is none, that with it.
    let opened = await context.connect()
    guard case .open(let connection, _) = opened else {
      let why = opened.inconclusive ?? .unreadable("the port did not open again")
      routed.routing = finding(.inconclusive(why), token, Inconclusive.sentence(why))
      return routed
    }
    let again = await plain(protocols, connection, context, routed.routing)
    guard accepts(again.end) else {
      connection.close()
      let because = "the host does not accept a client without the token either"
      routed.routing = finding(
        .notApplicable(because: because), token, "Does not apply here: \(because).")
      return routed
    }
    stream.close()
    routed = again
    routed.routing = refusal(end, since: start, token, context)
    return routed
  }

  private static func plain(
    _ protocols: SecurityProtocols, _ stream: any ByteStream, _ context: ProbeContext, _ routing: Finding
  ) async -> RoutedNegotiation {
    let start = ContinuousClock.now
    let end = await NegotiationExchange.ask(protocols, over: stream, by: context.deadline)
    return RoutedNegotiation(end: end, stream: stream, start: start, routing: routing)
  }

  private static func accepts(_ end: NegotiationExchange.End) -> Bool {
    guard case .confirmed(let confirm, _) = end else { return false }
    if case .refused = confirm.reply { return false }
    return true
  }

  /// How the host did not accept the token, when it accepts the same client without it.
  private static func refusal(
    _ end: NegotiationExchange.End, since start: ContinuousClock.Instant, _ token: String,
    _ context: ProbeContext
  ) -> Finding {
    let status: Finding.Status
    switch end {
    case .confirmed: status = .answered("refused")
    case .notRDP: status = .answered("not-rdp")
    case .cutOff(let bytes, .closed), .cutOff(let bytes, .reset), .cutOff(let bytes, .silent):
      status = .inconclusive(.unreadable("the answer broke off after \(bytes.count) bytes"))
    case .cutOff(_, let end), .ended(let end): status = end.status(since: start, context)
    }
    let what =
      switch status {
      case .answered("refused"): "refuses the client"
      case .answered("not-rdp"): "answers with something that is no RDP"
      case .answered("closed"): "closes the connection"
      case .answered("reset"): "resets the connection"
      case .answered("silent"): "does not answer"
      default: "gives no clear answer"
      }
    return finding(
      status, token,
      "With the routing token of the connection file the host \(what); without it the same client is accepted."
    )
  }

  private static func finding(_ status: Finding.Status, _ token: String, _ summary: String) -> Finding {
    Finding(
      id, status, summary: summary,
      details: [.init("routing_token", .text(SafeText.clean(token, limit: 255)))])
  }
}

/// The routing token that goes with every negotiation of the run, once the host accepted it.
enum AcceptedToken: BlackboardKey { typealias Value = String }
