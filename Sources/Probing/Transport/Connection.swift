public import Facts
import Glibc
import Synchronization

/// How an attempt to open a TCP connection ended.
public enum ConnectEnd: Sendable {
  case open(Connection, connectTime: Duration)
  /// A reset answered the SYN, or a firewall that rejects on the host's behalf.
  case refused
  /// No answer to the SYN, whether until the deadline or until the kernel gave up.
  case silent
  /// The network said that the host, or its network, cannot be reached.
  case unreachable(errno: Int32)
  case reset
  case cancelled
  /// This host could not even ask.
  case failedHere(LocalFailure)
  /// The connection budget of the run is spent; only from ``ProbeContext/connect(to:by:)``.
  case overBudget

  /// Why the question was not put; nil where the end says something about the target.
  public var inconclusive: Inconclusive? {
    switch self {
    case .cancelled: .cancelled
    case .failedHere(let failure): .failedHere(failure)
    case .overBudget: .notAsked("all connections that one run may open to the RDP port were used")
    case .open, .refused, .silent, .unreachable, .reset: nil
    }
  }
}

/// An open TCP connection.
public final class Connection: ByteStream {
  public let address: Address
  public let port: UInt16
  public let connectTime: Duration
  private let socket: Socket
  private let wasResetAtOnce: Bool
  private let finalQuality = Mutex<PathQuality?>(nil)

  private init(
    _ socket: Socket, _ address: Address, _ port: UInt16, connectTime: Duration, wasResetAtOnce: Bool
  ) {
    self.socket = socket
    self.wasResetAtOnce = wasResetAtOnce
    self.address = address
    self.port = port
    self.connectTime = connectTime
  }

  /// Opens a connection and tells how the host, or the way to it, reacted.
  ///
  /// Returns by the deadline, and at once when the task is cancelled; then nothing stays open.
  public static func open(
    _ address: Address, _ port: UInt16, by deadline: Deadline, segment: Int32? = nil
  ) async -> ConnectEnd {
    if Task.isCancelled { return .cancelled }
    let socket: Socket
    switch Socket.open(address.domain, SOCK_STREAM) {
    case .opened(let opened): socket = opened
    case .failed(let errno): return .failedHere(LocalFailure(socketError: errno))
    }
    let start = ContinuousClock.now
    let isUnderWay = Mutex(false)
    let end: ConnectStep = await socket.perform(
      .writing, by: deadline, interrupted: { $0 == .late ? .late : .cancelled }
    ) { descriptor in
      let wasUnderWay = isUnderWay.withLock { flag in
        defer { flag = true }
        return flag
      }
      guard wasUnderWay else { return begin(descriptor, address, port, segment) }
      var failure: Int32 = 0
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size)
      if failure != 0 { return .failed(errno: failure, atOnce: false) }
      return isConnected(descriptor) ? .connected : nil
    }
    let elapsed = start.duration(to: .now)
    // A reset that answers the SYN is a refusal. One that is there already when the connection is looked at came after
    // the SYN's acknowledgement: the port did open, and whoever uses the connection shall see the reset.
    let wasResetAtOnce = end == .failed(errno: ECONNRESET, atOnce: false)
    if end == .connected || wasResetAtOnce {
      let connection = Connection(
        socket, address, port, connectTime: elapsed, wasResetAtOnce: wasResetAtOnce)
      return .open(connection, connectTime: elapsed)
    }
    socket.close()
    return switch end {
    case .failed(let errno, let atOnce): classify(errno, atOnce: atOnce)
    case .late: .silent
    case .cancelled, .connected: .cancelled
    }
  }

  private enum ConnectStep: Equatable {
    case connected, late, cancelled
    case failed(errno: Int32, atOnce: Bool)
  }

  private static func begin(
    _ descriptor: Int32, _ address: Address, _ port: UInt16, _ segment: Int32?
  ) -> ConnectStep? {
    if var segment {
      setsockopt(
        descriptor, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, socklen_t(MemoryLayout<Int32>.size))
    }
    var on: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let result = address.withSocketAddress(port: port) { connect(descriptor, $0, $1) }
    if result == 0 { return .connected }
    let failure = errno
    return failure == EINPROGRESS || failure == EINTR ? nil : .failed(errno: failure, atOnce: true)
  }

  private static func isConnected(_ descriptor: Int32) -> Bool {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &size) == 0 }
    }
  }

  /// What connect(2) says at once comes from this host's own routes and rules, except for a refusal on loopback.
  /// What it says later came over the network: an ICMP message, a reset, or nothing at all.
  static func classify(_ errno: Int32, atOnce: Bool) -> ConnectEnd {
    switch errno {
    case ECONNREFUSED: .refused
    case ECONNRESET, ECONNABORTED: .reset
    case ETIMEDOUT: .silent
    case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EACCES, EPROTO, ENOPROTOOPT:
      atOnce ? .failedHere(LocalFailure(socketError: errno)) : .unreachable(errno: errno)
    default: .failedHere(LocalFailure(socketError: errno))
    }
  }

  public func send(_ bytes: [UInt8], by deadline: Deadline) async -> SendEnd {
    if wasResetAtOnce { return .ended(.reset(errno: ECONNRESET)) }
    let sent = Mutex(0)
    return await socket.perform(.writing, by: deadline, interrupted: { .ended(StreamEnd($0)) }) {
      descriptor in
      sent.withLock { sent in
        while sent < bytes.count {
          let result = bytes.withUnsafeBytes { all in
            let rest = UnsafeRawBufferPointer(rebasing: all[sent...])
            return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
          }
          if result >= 0 {
            sent += result
          } else if errno == EAGAIN || errno == EWOULDBLOCK {
            return nil
          } else if errno != EINTR {
            return .ended(StreamEnd(errno: errno))
          }
        }
        return .sent
      }
    }
  }

  public func receive(atMost limit: Int, by deadline: Deadline) async -> ReceiveEnd {
    if wasResetAtOnce { return .ended(.reset(errno: ECONNRESET)) }
    let room = max(1, min(limit, 65536))
    return await socket.perform(.reading, by: deadline, interrupted: { .ended(StreamEnd($0)) }) {
      descriptor in
      while true {
        var count = 0
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
          count = recv(descriptor, buffer.baseAddress, room, 0)
          failure = errno
          initialized = max(0, count)
        }
        if count > 0 { return .bytes(bytes) }
        if count == 0 { return .ended(.closed) }
        if failure == EAGAIN || failure == EWOULDBLOCK { return nil }
        if failure != EINTR { return .ended(StreamEnd(errno: failure)) }
      }
    }
  }

  public func close() {
    socket.close { descriptor in
      let last = PathQuality(of: descriptor)
      self.finalQuality.withLock { $0 = last }
    }
  }

  /// Returns when a connection that was closed is gone, and the host's system knows it.
  func waitUntilGone() async { await socket.waitUntilFree() }

  /// What the kernel measured on this connection; after closing, what it had measured until then.
  public func quality() async -> PathQuality? {
    await socket.withDescriptor { PathQuality(of: $0) } ?? finalQuality.withLock { $0 }
  }
}

/// What the kernel knows about the path of one connection (tcp(7), TCP_INFO).
public struct PathQuality: Hashable, Sendable {
  /// Smoothed round-trip time.
  public var roundTrip: Duration
  /// Segments sent again since the connection was begun, SYNs included.
  public var retransmissions: Int
  /// Data was sent that the peer has not acknowledged, and the kernel is sending it again.
  public var isStalled: Bool
  /// The most bytes of data that one segment may carry on the way to the peer.
  public var segment: Int
  /// The most bytes of data that came in one segment; nil when only small ones came.
  public var largestReceived: Int?
  /// TCP's own header: 20 bytes, and 12 more where both sides use time stamps (RFC 7323).
  public var header: Int
  /// The largest packet that the way takes, as far as the kernel knows.
  public var pathMTU: Int

  init?(of descriptor: Int32) {
    var info = tcp_info()
    var size = socklen_t(MemoryLayout<tcp_info>.size)
    guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else { return nil }
    roundTrip = .microseconds(Int64(info.tcpi_rtt))
    retransmissions = Int(info.tcpi_total_retrans)
    isStalled = info.tcpi_retransmits > 0
    segment = Int(info.tcpi_snd_mss)
    // The kernel begins with a guess of at most 536 and raises it by what it sees (RFC 9293 section 3.7.1).
    largestReceived = info.tcpi_rcv_mss > 536 ? Int(info.tcpi_rcv_mss) : nil
    header = info.tcpi_options & UInt8(TCPI_OPT_TIMESTAMPS) != 0 ? 32 : 20
    pathMTU = Int(info.tcpi_pmtu)
  }
}

extension StreamEnd {
  init(_ interruption: Socket.Interruption) {
    self = interruption == .late ? .silent : .cancelled
  }

  /// - Parameter errno: Of a failed send or receive on an open connection.
  init(errno: Int32) {
    self =
      switch errno {
      case ECONNRESET, EPIPE, ECONNABORTED, ECONNREFUSED: .reset(errno: errno)
      case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ETIMEDOUT, EACCES, EPROTO, ENOPROTOOPT:
        .unreachable(errno: errno)
      default: .failedHere(LocalFailure(socketError: errno))
      }
  }
}

extension LocalFailure {
  init(socketError errno: Int32) {
    let reason =
      switch errno {
      case ENETUNREACH, EHOSTUNREACH: "this host has no route to the address"
      case EACCES, EPERM: "this host does not allow the connection"
      case EMFILE, ENFILE: "this host has no file descriptor left"
      case EADDRNOTAVAIL: "this host has no free port or address for the connection"
      case EAFNOSUPPORT: "this host does not have this address family"
      case ENOBUFS, ENOMEM: "this host has no memory left for sockets"
      case EINVAL: "this host cannot use the address"
      default: "the system refused the call (error \(errno))"
      }
    self.init(errno: errno, reason: reason)
  }
}
