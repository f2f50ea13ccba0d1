import Glibc

/// How this host reaches others. Sends nothing.
public enum OwnAddresses {
  /// The address from which this host would send to another network, when it has a way to any.
  ///
  /// A datagram socket is connected to an address for documentation (RFC 5737, RFC 3849), for which no host has a way of
  /// its own; connecting sends no packet.
  public static func source(_ family: Address.Family) -> Address? {
    let elsewhere: [UInt8] =
      family == .ipv4 ? [192, 0, 2, 1] : [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
    guard let elsewhere = Address(bytes: elsewhere) else { return nil }
    let descriptor = socket(
      elsewhere.domain, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard elsewhere.withSocketAddress(port: 9, { connect(descriptor, $0, $1) }) == 0 else { return nil }
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &size) == 0 ? Address(socketAddress: $0) : nil
      }
    }
  }

  /// Every address of an interface that is up, without those of loopback and those of one link only.
  public static func all() -> [Address] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var addresses: [Address] = []
    var next = list
    while let entry = next, addresses.count < 256 {
      next = entry.pointee.ifa_next
      let flags = entry.pointee.ifa_flags
      guard flags & UInt32(IFF_UP) != 0, flags & UInt32(IFF_LOOPBACK) == 0,
        let address = Address(socketAddress: entry.pointee.ifa_addr)
      else { continue }
      // RFC 4291 section 2.5.6.
      let isOfOneLink = address.family == .ipv6 && address.bytes[0] == 0xFE && address.bytes[1] & 0xC0 == 0x80
      if !isOfOneLink { addresses.append(address) }
    }
    return addresses
  }
}
