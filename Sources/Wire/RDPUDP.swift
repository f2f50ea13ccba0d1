/// The opening of RDP's UDP transport ([MS-RDPEUDP] 2.2.1 and 2.2.2). All numbers are big-endian:
///
///     acknowledged sequence number (4) | receive window (2) | flags (2)
///     initial sequence number (4) | up-stream MTU (2) | down-stream MTU (2)
///     correlation id (16) | reserved (16)                        (when CORRELATION_ID)
///     flags (2), 1 for a version | version (2) | hash of the cookie (32, in the SYN of version 3 only)   (when SYNEX)
///     zeros
public struct RDPUDPOpening: Hashable, Sendable {
  /// By the numbers of [MS-RDPEUDP] 2.2.2.9.
  public enum Version: UInt16, Hashable, Sendable {
    case one = 0x0001
    case two = 0x0002
    case three = 0x0101

    /// 1 to 3.
    public var number: Int {
      switch self {
      case .one: 1
      case .two: 2
      case .three: 3
      }
    }
  }

  /// The sequence number that is acknowledged; nil in a SYN without ACK.
  public var acknowledged: UInt32?
  public var sequenceNumber: UInt32
  /// Bytes of a datagram, 1132 to 1232, that this side wants to send and to receive at most.
  public var upstreamMTU: UInt16
  public var downstreamMTU: UInt16
  /// nil: the datagram says none, as version 1 does.
  public var version: Version?

  /// The least and the most that an MTU may be (section 2.2.2.5).
  public static let sizes: ClosedRange<UInt16> = 1132...1232

  private static let syn: UInt16 = 0x0001
  private static let ack: UInt16 = 0x0004
  private static let correlation: UInt16 = 0x0800
  private static let extended: UInt16 = 0x1000

  public init(
    acknowledged: UInt32? = nil, sequenceNumber: UInt32, upstreamMTU: UInt16 = 1232,
    downstreamMTU: UInt16 = 1232, version: Version?
  ) {
    self.acknowledged = acknowledged
    self.sequenceNumber = sequenceNumber
    self.upstreamMTU = upstreamMTU
    self.downstreamMTU = downstreamMTU
    self.version = version
  }

  /// The whole datagram, filled up to the MTU, as both sides must (sections 3.1.5.1.1 and 3.1.5.1.2).
  ///
  /// The hash in a SYN of version 3 is of a cookie that only the connection over TCP gives; without one it is zero.
  public func encode() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(Self.sizes.upperBound))
    for shift in [24, 16, 8, 0] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: (acknowledged ?? .max) >> shift))
    }
    bytes.appendBE(64 as UInt16)
    bytes.appendBE(Self.syn | (acknowledged == nil ? 0 : Self.ack) | (version == nil ? 0 : Self.extended))
    for shift in [24, 16, 8, 0] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: sequenceNumber >> shift))
    }
    bytes.appendBE(upstreamMTU)
    bytes.appendBE(downstreamMTU)
    if let version {
      bytes.appendBE(1 as UInt16)
      bytes.appendBE(version.rawValue)
    }
    let missing = Int(Self.sizes.upperBound) - bytes.count
    return bytes + [UInt8](repeating: 0, count: missing)
  }

  /// Reads a SYN, or a SYN with an ACK. Other flags are passed over, and so is what follows.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let source = try reader.readUInt32BE("acknowledged sequence number")
    _ = try reader.readUInt16BE("receive window")
    let place = reader.offset
    let flags = try reader.readUInt16BE("flags")
    guard flags & Self.syn != 0 else {
      throw .unexpected(field: "flags", at: place, got: UInt64(flags), want: "SYN")
    }
    acknowledged = flags & Self.ack != 0 ? source : nil
    sequenceNumber = try reader.readUInt32BE("initial sequence number")
    upstreamMTU = try Self.readMTU(&reader, "up-stream MTU")
    downstreamMTU = try Self.readMTU(&reader, "down-stream MTU")
    if flags & Self.correlation != 0 { _ = try reader.readBytes(32, "correlation id") }
    version = nil
    guard flags & Self.extended != 0 else { return }
    let extras = try reader.readUInt16BE("extended flags")
    guard extras & 1 != 0 else { return }
    let start = reader.offset
    let number = try reader.readUInt16BE("version")
    guard let known = Version(rawValue: number) else {
      throw .unexpected(field: "version", at: start, got: UInt64(number), want: "1, 2 or 0x101")
    }
    version = known
  }

  private static func readMTU(_ reader: inout ByteReader, _ field: String) throws(DecodeError) -> UInt16 {
    let start = reader.offset
    let size = try reader.readUInt16BE(field)
    guard sizes.contains(size) else {
      throw .unexpected(field: field, at: start, got: UInt64(size), want: "1132 to 1232")
    }
    return size
  }
}
