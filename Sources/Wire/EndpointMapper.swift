/// Questions to the endpoint mapper of remote procedure calls, which says where a service listens (C706 appendix O,
/// [MS-RPCE] 2.2.1.2).
public enum EndpointMapper {
  /// An interface, by its identifier and version.
  public struct Interface: Hashable, Sendable {
    public var identifier: String
    public var major: UInt16
    public var minor: UInt16
    public init(identifier: String, major: UInt16, minor: UInt16 = 0) {
      self.identifier = identifier
      self.major = major
      self.minor = minor
    }

    /// Service control ([MS-SCMR] 1.9).
    public static let serviceControl = Self(identifier: "367abb81-9844-35f1-ad32-98f038001003", major: 2)
    /// The listener of Remote Desktop Services, which TermService registers ([MS-TSTS] 1.9).
    public static let remoteDesktopListener = Self(
      identifier: "497d95a6-2d27-4bf5-9bbd-a6046957133c", major: 1)

    static let mapper = Self(identifier: "e1af8308-5d1f-11c9-91a4-08002b14a0fa", major: 3)
    /// NDR, the way in which numbers are written.
    static let transfer = Self(identifier: "8a885d04-1ceb-11c9-9fe8-08002b104860", major: 2)

    fileprivate var syntax: [UInt8] {
      var bytes = UUIDText.bytes(identifier)
      bytes.appendLE(major)
      bytes.appendLE(minor)
      return bytes
    }

    /// A floor of a protocol tower (C706 appendix L).
    fileprivate var floor: [UInt8] {
      var left: [UInt8] = [0x0D] + UUIDText.bytes(identifier)
      left.appendLE(major)
      var right: [UInt8] = []
      right.appendLE(minor)
      return EndpointMapper.floor(left, right)
    }
  }

  public enum Transport: Hashable, Sendable {
    case tcp
    case namedPipe
  }

  /// Of one message; longer ones come in parts, which are not asked for.
  public static let longest = 5840

  /// Opens the conversation with the endpoint mapper (C706 section 12.6.4.3).
  public static func bind(callID: UInt32) -> [UInt8] {
    var body: [UInt8] = []
    body.appendLE(UInt16(longest))
    body.appendLE(UInt16(longest))
    body.appendLE(UInt32(0))
    body += [1, 0, 0, 0, 0, 0, 1, 0] + Interface.mapper.syntax + Interface.transfer.syntax
    return message(type: 11, callID, body)
  }

  /// Asks where an interface listens: `ept_map`.
  public static func map(_ interface: Interface, over transport: Transport, callID: UInt32) -> [UInt8] {
    let tower = tower(interface, transport)
    var stub: [UInt8] = []
    // No object in particular.
    stub.appendLE(UInt32(1))
    stub += [UInt8](repeating: 0, count: 16)
    stub.appendLE(UInt32(2))
    stub.appendLE(UInt32(tower.count))
    stub.appendLE(UInt32(tower.count))
    stub += tower + [UInt8](repeating: 0, count: (4 - tower.count % 4) % 4)
    // A new search, and one answer.
    stub += [UInt8](repeating: 0, count: 20)
    stub.appendLE(UInt32(1))
    var body: [UInt8] = []
    body.appendLE(UInt32(stub.count))
    body.appendLE(UInt16(0))
    body.appendLE(UInt16(3))
    return message(type: 0, callID, body + stub)
  }

  private static func tower(_ interface: Interface, _ transport: Transport) -> [UInt8] {
    var tower: [UInt8] = []
    tower.appendLE(UInt16(5))
    tower += interface.floor + Interface.transfer.floor + floor([0x0B], [0, 0])
    switch transport {
    case .tcp: tower += floor([0x07], [0, 0]) + floor([0x09], [0, 0, 0, 0])
    case .namedPipe: tower += floor([0x0F], [0]) + floor([0x11], [0])
    }
    return tower
  }

  private static func floor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLE(UInt16(left.count))
    bytes += left
    bytes.appendLE(UInt16(right.count))
    return bytes + right
  }

  /// C706 section 12.6.3.1, little-endian, in one part.
  private static func message(type: UInt8, _ callID: UInt32, _ body: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [5, 0, type, 3, 0x10, 0, 0, 0]
    bytes.appendLE(UInt16(16 + body.count))
    bytes.appendLE(UInt16(0))
    bytes.appendLE(callID)
    return bytes + body
  }
}

/// One answer of an endpoint mapper.
public enum EndpointMapperReply: Hashable, Sendable {
  case bound
  /// It does not take the conversation: the result of its first context, or the reason of a refusal.
  case notBound(UInt16)
  /// The interface is registered.
  /// - Parameter port: Of TCP; nil for another transport.
  case registered(port: UInt16?)
  case notRegistered
  /// It failed, with this code.
  case failed(UInt32)

  /// `ept_s_not_registered` (C706 appendix E).
  private static let notRegisteredStatus: UInt32 = 0x16C9_A0D6

  /// The message at the front, and how many bytes it has.
  ///
  /// - Throws: `truncated` when it is not whole yet.
  public static func first(in bytes: [UInt8]) throws(DecodeError) -> (reply: EndpointMapperReply, length: Int)
  {
    var header = ByteReader(bytes)
    let version = try header.readUInt8("version")
    guard version == 5 else { throw .unexpected(field: "version", at: 0, got: UInt64(version), want: "5") }
    _ = try header.readUInt8("minor version")
    let type = try header.readUInt8("type")
    let flags = try header.readUInt8("flags")
    let order = try header.readUInt8("data representation")
    guard order & 0xF0 == 0x10 else {
      throw .unexpected(field: "data representation", at: 4, got: UInt64(order), want: "little-endian")
    }
    _ = try header.readBytes(3, "data representation")
    let length = Int(try header.readUInt16LE("fragment length"))
    guard (16...EndpointMapper.longest).contains(length) else {
      throw .unexpected(
        field: "fragment length", at: 8, got: UInt64(length), want: "16 to \(EndpointMapper.longest)")
    }
    _ = try header.readBytes(6, "header")
    var body = ByteReader(try header.readBytes(length - 16, "body"))
    do throws(DecodeError) {
      return (try reply(type, isWhole: flags & 3 == 3, &body), length)
    } catch {
      throw error.needsMore ? .malformed(field: "body", at: error.offset, reason: "it is too short") : error
    }
  }

  private static func reply(
    _ type: UInt8, isWhole: Bool, _ body: inout ByteReader
  ) throws(DecodeError) -> EndpointMapperReply {
    switch type {
    case 12:
      _ = try body.readBytes(8, "limits")
      let address = Int(try body.readUInt16LE("address length"))
      _ = try body.readBytes(address, "address")
      // Up to the next multiple of four.
      _ = try body.readBytes((4 - (2 + address) % 4) % 4, "padding")
      let count = try body.readUInt8("result count")
      _ = try body.readBytes(3, "padding")
      guard count > 0 else { return .notBound(0) }
      let result = try body.readUInt16LE("result")
      return result == 0 ? .bound : .notBound(result)
    case 13: return .notBound(try body.readUInt16LE("reason"))
    case 3:
      _ = try body.readBytes(8, "fault")
      return .failed(try body.readUInt32LE("status"))
    case 2:
      guard isWhole else {
        throw .malformed(field: "flags", at: 3, reason: "the answer comes in parts")
      }
      _ = try body.readBytes(8, "response")
      return try mapped(&body)
    default: throw .unexpected(field: "type", at: 2, got: UInt64(type), want: "an answer")
    }
  }

  private static func mapped(_ body: inout ByteReader) throws(DecodeError) -> EndpointMapperReply {
    _ = try body.readBytes(20, "handle")
    let count = try body.readUInt32LE("tower count")
    guard count > 0 else {
      // An array of none: its three sizes, and the status.
      _ = try body.readBytes(12, "towers")
      let status = try body.readUInt32LE("status")
      return status == 0 || status == notRegisteredStatus ? .notRegistered : .failed(status)
    }
    _ = try body.readBytes(8, "towers")
    let actual = try body.readUInt32LE("towers")
    guard (1...64).contains(actual) else {
      throw .unexpected(field: "towers", at: body.offset, got: UInt64(actual), want: "1 to 64")
    }
    _ = try body.readBytes(4 * Int(actual), "references")
    _ = try body.readUInt32LE("tower size")
    let length = try body.readUInt32LE("tower length")
    guard length <= EndpointMapper.longest else {
      throw .unexpected(field: "tower length", at: body.offset, got: UInt64(length), want: "less")
    }
    var tower = ByteReader(try body.readBytes(Int(length), "tower"))
    for _ in 0..<min(8, try tower.readUInt16LE("floor count")) {
      let left = try tower.readBytes(Int(try tower.readUInt16LE("floor")), "floor")
      let right = try tower.readBytes(Int(try tower.readUInt16LE("floor")), "floor")
      if left.first == 0x07, right.count == 2 {
        return .registered(port: right.reduce(0) { $0 << 8 | UInt16($1) })
      }
    }
    return .registered(port: nil)
  }
}
