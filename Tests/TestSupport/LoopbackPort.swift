import Glibc

/// A TCP port on 127.0.0.1.
public enum LoopbackPort {
  /// A port that nobody had a moment ago, for a server that cannot choose one by itself.
  public static func free() throws -> UInt16 {
    let socket = try bound()
    defer { close(socket.descriptor) }
    return socket.port
  }

  /// Whether anybody listens there. Makes no connection, which some servers would count.
  /// - Parameter address: Dotted decimal; nil for any.
  public static func isListening(_ port: UInt16, on address: String? = nil) -> Bool {
    // proc(5): local address in hexadecimal, and 0A for a listening socket.
    func hex(_ number: Int, _ width: Int) -> String {
      let text = String(number, radix: 16, uppercase: true)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    // The bytes of an address as this machine, which is little-endian, reads them.
    let host = address?.split(separator: ".").reversed().map { hex(Int($0) ?? 0, 2) }.joined() ?? ""
    let ending = "\(host):\(hex(Int(port), 4))"
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      guard let file = fopen(table, "r") else { continue }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 512)
      while fgets(&line, Int32(line.count), file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = text.split(separator: " ")
        if words.count > 3, words[1].hasSuffix(ending), words[3] == "0A" { return true }
      }
    }
    return false
  }

  /// A socket bound to a port that nobody had. The caller closes it.
  public static func bound() throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Command.Failure("no socket: errno \(errno)") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let worked = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard worked else {
      close(descriptor)
      throw Command.Failure("cannot bind: errno \(errno)")
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}

/// A port whose SYNs get no answer at all, as behind a firewall that drops: its queue of connections is full, and nobody
/// takes any out of it. Needs no privilege.
public final class SilentPort: Sendable {
  public let port: UInt16
  private let listener: Int32
  private let queued: [Int32]

  public init() throws {
    let (listener, port) = try LoopbackPort.bound()
    self.listener = listener
    self.port = port
    guard listen(listener, 0) == 0 else { throw Command.Failure("cannot listen: errno \(errno)") }
    // Linux takes one more than the backlog; the third stays unanswered.
    queued = try (0..<3).map { _ in try TCPClient.beginConnecting(to: port) }
    guard queued.filter({ TCPClient.isConnected($0, within: .milliseconds(200)) }).count < queued.count else {
      throw Command.Failure("the queue took every connection")
    }
  }

  deinit {
    for socket in queued { close(socket) }
    close(listener)
  }
}
