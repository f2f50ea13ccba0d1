import COpenSSL
import Glibc

/// The client's end of one connection, in clear or under TLS. Used by the thread that serves it alone.
///
/// Reads no further than the message at hand, so that TLS can start at any message border.
final class Peer {
  private let socket: Int32
  private var session: OpaquePointer?
  private let observe: ([UInt8]) -> Void
  private static let longestMessage = 1 << 17

  /// - Parameter observe: sees all that the client sent, message by message; also a message that was cut off.
  init(socket: Int32, observe: @escaping ([UInt8]) -> Void) {
    self.socket = socket
    self.observe = observe
  }

  deinit { if let session { SSL_free(session) } }

  func startTLS(_ tls: ServerTLS) -> Bool {
    session = tls.accept(on: socket)
    return session != nil
  }

  /// Tells the peer that no more comes (TLS close_notify). The socket stays open.
  func endTLS() {
    if let session { SSL_shutdown(session) }
  }

  /// - Returns: false when the client is gone.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    if let session { return bytes.isEmpty || SSL_write(session, bytes, Int32(bytes.count)) > 0 }
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 && errno == EINTR { continue }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// The next message: a TPKT (RFC 1006), a DER value (TSRequest) or a TLS record as far as its header tells; of anything
  /// else, what has arrived.
  /// - Returns: nil when the client is gone or sent nothing in time.
  func message() -> [UInt8]? {
    var bytes: [UInt8] = []
    let isWhole = read(into: &bytes, upTo: 1) && completeMessage(&bytes)
    if !bytes.isEmpty { observe(bytes) }
    return isWhole ? bytes : nil
  }

  /// Reads until the client is gone.
  func drain() {
    while message() != nil {}
  }

  private func completeMessage(_ bytes: inout [UInt8]) -> Bool {
    switch bytes[0] {
    case 0x03:
      guard read(into: &bytes, upTo: 4) else { return false }
      return read(into: &bytes, upTo: Int(bytes[2]) << 8 | Int(bytes[3]))
    case 0x30:
      guard read(into: &bytes, upTo: 2) else { return false }
      guard bytes[1] & 0x80 != 0 else { return read(into: &bytes, upTo: 2 + Int(bytes[1])) }
      let count = Int(bytes[1] & 0x7F)
      guard count <= 4, read(into: &bytes, upTo: 2 + count) else { return false }
      let length = bytes[2...].reduce(0) { $0 << 8 | Int($1) }
      return read(into: &bytes, upTo: 2 + count + length)
    case 0x16 where session == nil:
      guard read(into: &bytes, upTo: 5) else { return false }
      return read(into: &bytes, upTo: 5 + (Int(bytes[3]) << 8 | Int(bytes[4])))
    default:
      guard let more = available() else { return true }
      bytes += more
      return true
    }
  }

  private func read(into bytes: inout [UInt8], upTo count: Int) -> Bool {
    guard count <= Self.longestMessage else { return false }
    while bytes.count < count {
      guard let more = receive(atMost: count - bytes.count) else { return false }
      bytes += more
    }
    return true
  }

  private func receive(atMost limit: Int) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: min(limit, 16384))
    if let session {
      ERR_clear_error()
      let count = SSL_read(session, &buffer, Int32(buffer.count))
      return count > 0 ? Array(buffer.prefix(Int(count))) : nil
    }
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      if count < 0 && errno == EINTR { continue }
      return count > 0 ? Array(buffer.prefix(count)) : nil
    }
  }

  /// What is there already, without waiting.
  private func available() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 16384)
    if let session {
      let pending = min(Int(SSL_pending(session)), buffer.count)
      return pending > 0 ? receive(atMost: pending) : nil
    }
    let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return count > 0 ? Array(buffer.prefix(count)) : nil
  }
}
