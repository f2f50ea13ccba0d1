import Glibc

/// An IPv4 or IPv6 address of the target, ready to connect to.
public struct Address: Hashable, Sendable, CustomStringConvertible {
  public enum Family: String, Hashable, Sendable {
    case ipv4, ipv6
  }

  public let family: Family
  /// In network order: 4 or 16 bytes.
  public let bytes: [UInt8]
  /// The interface of a link-local IPv6 address, else 0 (RFC 4007 section 11).
  public let scope: UInt32

  /// - Parameter bytes: 4 or 16 of them, in network order; nil with any other number.
  public init?(bytes: [UInt8], scope: UInt32 = 0) {
    switch bytes.count {
    case 4: family = .ipv4
    case 16: family = .ipv6
    default: return nil
    }
    self.bytes = bytes
    self.scope = scope
  }

  /// Reads dotted decimal, or IPv6 without brackets and with an optional zone; never looks anything up.
  public init?(_ text: String) {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(text, nil, &hints, &list) == 0, let first = list else { return nil }
    defer { freeaddrinfo(list) }
    self.init(socketAddress: first.pointee.ai_addr)
  }

  init?(socketAddress: UnsafePointer<sockaddr>?) {
    guard let socketAddress else { return nil }
    switch Int32(socketAddress.pointee.sa_family) {
    case AF_INET:
      let inner = UnsafeRawPointer(socketAddress).loadUnaligned(as: sockaddr_in.self)
      self.init(bytes: withUnsafeBytes(of: inner.sin_addr) { Array($0) })
    case AF_INET6:
      let inner = UnsafeRawPointer(socketAddress).loadUnaligned(as: sockaddr_in6.self)
      self.init(bytes: withUnsafeBytes(of: inner.sin6_addr) { Array($0) }, scope: inner.sin6_scope_id)
    default: return nil
    }
  }

  /// In the canonical spelling (RFC 5952), with the zone where there is one.
  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(domain, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
    let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard scope != 0 else { return address }
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    guard if_indextoname(scope, &name) != nil else { return "\(address)%\(scope)" }
    return address + "%"
      + String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// With the port, as `192.0.2.7:3389` or `[2001:db8::7]:3389`.
  public func text(port: UInt16) -> String {
    family == .ipv4 ? "\(self):\(port)" : "[\(self)]:\(port)"
  }

  var domain: Int32 { family == .ipv4 ? AF_INET : AF_INET6 }

  func withSocketAddress<Result>(port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
    -> Result
  {
    switch family {
    case .ipv4:
      var inner = sockaddr_in()
      inner.sin_family = sa_family_t(AF_INET)
      inner.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &inner.sin_addr) { $0.copyBytes(from: bytes) }
      return withUnsafePointer(to: inner) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .ipv6:
      var inner = sockaddr_in6()
      inner.sin6_family = sa_family_t(AF_INET6)
      inner.sin6_port = port.bigEndian
      inner.sin6_scope_id = scope
      withUnsafeMutableBytes(of: &inner.sin6_addr) { $0.copyBytes(from: bytes) }
      return withUnsafePointer(to: inner) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }
}
