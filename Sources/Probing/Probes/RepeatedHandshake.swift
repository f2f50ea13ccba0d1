import Facts

/// A further TLS handshake with the host, after the one that all else goes on with: on a connection of its own.
enum RepeatedHandshake {
  enum End: Sendable {
    /// TLS completed, and was closed again.
    case completed(TLSFacts, PathQuality?)
    /// The host answered and said no, in a few words.
    case refused(String, PathQuality?)
    /// The host, or something on the way, ended the connection.
    case ended(String)
    /// - Parameter connection: As the kernel saw it until it was closed.
    case silent(PathQuality?)
    /// Not asked, or not told apart.
    case notKnown(Inconclusive)
  }

  /// - Parameter segment: As in ``ProbeContext/connect(to:by:segment:)``.
  static func shake(
    _ options: TLSOptions, segment: Int32? = nil, within limit: Duration, _ context: ProbeContext
  ) async -> End {
    guard let renegotiate = context.board[RenegotiateSecurity.self] else {
      return .notKnown(.notAsked("the negotiation cannot be repeated"))
    }
    let deadline = min(context.deadline, .after(limit))
    let opened = await context.connect(by: deadline, segment: segment)
    guard case .open(let connection, _) = opened else {
      return .notKnown(opened.inconclusive ?? .unreadable("the port did not open again"))
    }
    guard await renegotiate(connection, deadline) else {
      connection.close()
      return .notKnown(
        Task.isCancelled ? .cancelled : .unreadable("the host did not repeat what it selected"))
    }
    let start = ContinuousClock.now
    let end = await TLSStream.handshake(
      over: connection, serverName: context.serverName, options: options, by: deadline)
    let quality = await connection.quality()
    switch end {
    case .completed(let stream, let facts):
      stream.close()
      return .completed(facts, quality)
    case .noCommonVersion(let chosen):
      return .refused(chosen.map { "chose \($0)" } ?? "protocol_version", quality)
    case .noCommonCipher(let alert): return .refused(alert ?? "refused", quality)
    case .alert(let name): return .refused(name, quality)
    case .malformed: return .notKnown(.unreadable("the answer is no TLS"))
    case .ended(.closed): return .ended("closed")
    case .ended(.reset): return .ended("reset")
    case .ended(.silent):
      guard case .answered = context.silence(since: start) else { return .notKnown(.outOfTime) }
      return .silent(quality)
    case .ended(.cancelled): return .notKnown(.cancelled)
    case .ended(.failedHere(let failure)): return .notKnown(.failedHere(failure))
    case .ended(.unreachable), .ended(.protocolError):
      return .notKnown(.unreadable("the connection broke on the way"))
    }
  }
}
