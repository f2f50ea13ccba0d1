import Glibc
import Synchronization
import TestSupport

/// A DNS server on a UDP port of 127.0.0.1 that gives the answers it was told (RFC 1035 section 4).
final class NameServer: Sendable {
  enum Reply: Sendable {
    /// Addresses for A and AAAA, behind a chain of aliases.
    case addresses([[UInt8]], aliases: [String] = [], timeToLive: UInt32 = 60)
    case code(UInt8)
    case silence
    /// A answers, AAAA is never answered.
    case onlyIPv4([UInt8])
    case garbage
  }

  let port: UInt16
  var address: String { "127.0.0.1:\(port)" }
  private let descriptor: Int32
  private let thread: pthread_t
  private let log: Log

  private final class Log: Sendable {
    let names = Mutex<[String]>([])
    let answer: @Sendable (String) -> Reply
    let descriptor: Int32
    init(_ descriptor: Int32, _ answer: @escaping @Sendable (String) -> Reply) {
      self.descriptor = descriptor
      self.answer = answer
    }
  }

  /// Names that were asked, in order, without repetitions.
  var asked: [String] {
    log.names.withLock { names in
      var seen: [String] = []
      for name in names where !seen.contains(name) { seen.append(name) }
      return seen
    }
  }

  init(_ answer: @escaping @Sendable (String) -> Reply) throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let worked = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard worked else { throw Command.Failure("cannot bind: errno \(errno)") }
    port = UInt16(bigEndian: address.sin_port)
    log = Log(descriptor, answer)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        NameServer.serve(Unmanaged<Log>.fromOpaque(argument).takeRetainedValue())
        return nil
      }, Unmanaged.passRetained(log).toOpaque())
    guard failure == 0 else { throw Command.Failure("no thread: \(failure)") }
    self.thread = thread
  }

  deinit {
    // shutdown(2) does not wake a datagram socket that is not connected; an empty datagram does.
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = descriptor
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(descriptor, nil, 0, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    pthread_join(thread, nil)
    close(descriptor)
  }

  private static func serve(_ log: Log) {
    var buffer = [UInt8](repeating: 0, count: 512)
    while true {
      var peer = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let count = withUnsafeMutablePointer(to: &peer) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(log.descriptor, &buffer, buffer.count, 0, $0, &length)
        }
      }
      guard count > 0 else { return }
      guard let (name, type, end) = question(in: buffer, count) else { continue }
      log.names.withLock { $0.append(name) }
      guard let reply = answer(log.answer(name), to: Array(buffer[..<end]), type: type) else { continue }
      withUnsafePointer(to: &peer) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = sendto(log.descriptor, reply, reply.count, 0, $0, length)
        }
      }
    }
  }

  private static func question(in bytes: [UInt8], _ count: Int) -> (String, type: UInt8, end: Int)? {
    var labels: [String] = []
    var offset = 12
    while offset < count, bytes[offset] != 0 {
      let next = offset + 1 + Int(bytes[offset])
      guard next < count else { return nil }
      labels.append(String(decoding: bytes[(offset + 1)..<next], as: UTF8.self))
      offset = next
    }
    guard offset + 5 <= count else { return nil }
    return (labels.joined(separator: "."), bytes[offset + 2], offset + 5)
  }

  private static func answer(_ reply: Reply, to query: [UInt8], type: UInt8) -> [UInt8]? {
    var message = query
    message[2] = 0x81  // response, recursion desired
    message[3] = 0x80  // recursion available, no error
    message.replaceSubrange(6..<12, with: [0, 0, 0, 0, 0, 0])
    var addresses: [[UInt8]] = []
    var aliases: [String] = []
    var timeToLive: UInt32 = 60
    switch reply {
    case .silence: return nil
    case .garbage: return Array(message[..<12]) + [0xFF, 0xFF]
    case .code(let code):
      message[3] |= code
      return message
    case .onlyIPv4(let address):
      guard type == 1 else { return nil }
      addresses = [address]
    case .addresses(let all, let chain, let time):
      addresses = all.filter { $0.count == (type == 1 ? 4 : 16) }
      (aliases, timeToLive) = (chain, time)
    }
    func record(_ owner: [UInt8], _ type: UInt8, _ data: [UInt8]) -> [UInt8] {
      let time = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: timeToLive >> UInt32($0)) }
      return owner + [0, type, 0, 1] + time + [0, UInt8(data.count)] + data
    }
    func encoded(_ name: String) -> [UInt8] {
      name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
    var owner: [UInt8] = [0xC0, 12]
    for alias in aliases {
      message += record(owner, 5, encoded(alias))
      owner = encoded(alias)
    }
    for address in addresses { message += record(owner, type, address) }
    message[7] = UInt8(addresses.count + aliases.count)
    return message
  }
}
