public import Facts

/// A connection, or a layer upon one, as probes see it: whole-phase deadlines, and every kind of end told apart.
///
/// Not for concurrent use by two tasks. Every call returns by its deadline and at once when the task is cancelled.
public protocol ByteStream: Sendable {
  /// Sends all bytes, or says why not.
  func send(_ bytes: [UInt8], by deadline: Deadline) async -> SendEnd
  /// At least one byte and at most `limit`, as soon as there are any.
  func receive(atMost limit: Int, by deadline: Deadline) async -> ReceiveEnd
  /// Closes at once and frees the descriptor. Further calls change nothing.
  func close()
}

public enum SendEnd: Hashable, Sendable {
  case sent
  case ended(StreamEnd)
}

public enum ReceiveEnd: Hashable, Sendable {
  case bytes([UInt8])
  case ended(StreamEnd)
}

/// How a stream came to its end, or why we stopped listening.
public enum StreamEnd: Hashable, Sendable {
  /// The peer closed in order (FIN, or a TLS close_notify).
  case closed
  /// The peer, or something on the way, reset the connection.
  case reset(errno: Int32)
  /// Nothing more came before the deadline.
  case silent
  /// The network reported the peer unreachable, or the kernel gave up (EHOSTUNREACH, ETIMEDOUT …).
  case unreachable(errno: Int32)
  /// TLS only: an alert, or bytes that are no TLS.
  case protocolError(String)
  case cancelled
  case failedHere(LocalFailure)
}

/// A moment on the monotonic clock.
public struct Deadline: Hashable, Comparable, Sendable {
  public let instant: ContinuousClock.Instant
  public init(_ instant: ContinuousClock.Instant) { self.instant = instant }
  public static func after(_ duration: Duration) -> Deadline { Deadline(.now + duration) }
  public static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }
  /// Not negative.
  public var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: instant)) }
}
