import Glibc

/// A blocking client for tests, as plain as can be: what the program's own transport says is checked against it.
public final class TCPClient: Sendable {
  public let descriptor: Int32

  public enum End: Hashable, Sendable {
    case closed
    case reset
    case silent
  }

  public struct Refused: Error {
    public var errno: Int32
  }

  /// - Throws: ``Refused``.
  public init(port: UInt16, patience: Duration = .seconds(5)) throws {
    descriptor = try Self.beginConnecting(to: port)
    guard Self.isConnected(descriptor, within: patience) else {
      var failure: Int32 = 0
      var length = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
      close(descriptor)
      throw Refused(errno: failure)
    }
    // OpenSSL wants a blocking socket here.
    _ = fcntl(descriptor, F_SETFL, 0)
    var limit = timeval(
      tv_sec: Int(patience.components.seconds),
      tv_usec: Int(patience.components.attoseconds / 1_000_000_000_000))
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  public func send(_ bytes: [UInt8]) {
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Tells the server that no more comes.
  public func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Everything until the server ends the connection or says no more for the client's patience.
  public func receiveAll(atMost limit: Int = .max) -> (bytes: [UInt8], end: End?) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < limit {
      let count = recv(descriptor, &buffer, min(buffer.count, limit - bytes.count), 0)
      if count == 0 { return (bytes, .closed) }
      if count < 0 { return (bytes, errno == ECONNRESET ? .reset : .silent) }
      bytes += buffer.prefix(count)
    }
    return (bytes, nil)
  }

  /// Sends, and reads exactly so many bytes or as many as come.
  public func exchange(_ bytes: [UInt8], expecting count: Int) -> [UInt8] {
    send(bytes)
    return receiveAll(atMost: count).bytes
  }

  static func beginConnecting(to port: UInt16) throws -> Int32 {
    let descriptor = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw Command.Failure("no socket: errno \(errno)") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 || errno == EINPROGRESS else {
      let failure = errno
      close(descriptor)
      throw Refused(errno: failure)
    }
    return descriptor
  }

  static func isConnected(_ descriptor: Int32, within limit: Duration) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let parts = limit.components
    let milliseconds = Int32(parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000)
    return Glibc.poll(&entry, 1, milliseconds) == 1 && entry.revents & Int16(POLLERR | POLLHUP) == 0
  }
}
