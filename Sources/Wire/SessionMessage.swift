/// What a server says on its I/O channel while a session is set up: the data of an ``MCSMessage/sendDataIndication(user:channel:_:)``
/// that is not encrypted by RDP itself.
///
/// It begins with a security header ([MS-RDPBCGR] 2.2.8.1.1.2.1), flags (2) and 0 (2), or, without one, with a share control
/// header (2.2.8.1.1.1.1), length (2), type and version (2), source (2); nothing in between says which, but the length.
public enum SessionMessage: Hashable, Sendable {
  case licensing(LicensingMessage)
  case errorInfo(ErrorInfo)
  case redirection(ServerRedirection)
  /// The server begins with the session proper ([MS-RDPBCGR] 2.2.1.13.1).
  case demandActive
  case deactivateAll
  /// Auto-detection, multitransport and heartbeat ([MS-RDPBCGR] 2.2.14, 2.2.15, 2.2.16), and data of the session.
  case other
  /// By RDP's own encryption.
  case encrypted

  private enum SecurityFlag {
    static let transport: UInt16 = 0x0002
    static let encrypt: UInt16 = 0x0008
    static let license: UInt16 = 0x0080
    static let redirection: UInt16 = 0x0400
    static let autoDetect: UInt16 = 0x1000
    static let heartbeat: UInt16 = 0x4000
  }

  private enum ShareType {
    static let demandActive: UInt16 = 0x1
    static let deactivateAll: UInt16 = 0x6
    static let data: UInt16 = 0x7
    static let redirection: UInt16 = 0xA
  }

  private static let setErrorInfo: UInt8 = 0x2F
  private static let shareHeaderLength = 6

  public init(decoding data: [UInt8]) throws(DecodeError) {
    if let share = try Self.shareControl(data) {
      self = share
      return
    }
    var reader = ByteReader(data)
    let flags = try reader.readUInt16LE("security flags")
    // Not reliably 0.
    _ = try reader.readUInt16LE("security flags, upper half")
    if flags & SecurityFlag.encrypt != 0 {
      self = .encrypted
    } else if flags & SecurityFlag.license != 0 {
      self = .licensing(try LicensingMessage(decoding: reader.readRest()))
    } else if flags & SecurityFlag.redirection != 0 {
      self = .redirection(try ServerRedirection(decoding: reader.readRest()))
    } else if [SecurityFlag.transport, SecurityFlag.autoDetect, SecurityFlag.heartbeat].contains(flags) {
      self = .other
    } else if let share = try Self.shareControl(Array(reader.readRest())) {
      // A security header without any flag, as some servers put before everything.
      self = share
    } else {
      throw .unexpected(field: "security flags", at: 0, got: UInt64(flags), want: "those of a known message")
    }
  }

  /// nil when the bytes are no share control messages. Of several in one indication the one that tells most.
  private static func shareControl(_ data: [UInt8]) throws(DecodeError) -> Self? {
    var messages: [Self] = []
    for part in shares(data) ?? [data] {
      guard let message = try oneShare(part) else { return nil }
      messages.append(message)
    }
    return messages.max { $0.weight < $1.weight }
  }

  private var weight: Int {
    switch self {
    case .errorInfo(.none): 0
    case .errorInfo: 3
    case .redirection: 2
    case .demandActive: 1
    default: 0
    }
  }

  /// Share control messages one after the other, each with its length first, which fill the data; nil for fewer than two.
  private static func shares(_ data: [UInt8]) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    var rest = data[...]
    while rest.count >= shareHeaderLength, parts.count < 16 {
      let length = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      guard length >= shareHeaderLength, length <= rest.count, rest[rest.startIndex + 2] >> 4 <= 1 else {
        return nil
      }
      parts.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return rest.isEmpty && parts.count > 1 ? parts : nil
  }

  /// nil when the bytes do not begin with a share control header of their own length.
  private static func oneShare(_ data: [UInt8]) throws(DecodeError) -> Self? {
    var reader = ByteReader(data)
    guard let length = try? reader.readUInt16LE("share length"), Int(length) == data.count,
      let type = try? reader.readUInt16LE("share type"), type >> 4 <= 1
    else { return nil }
    switch type & 0xF {
    case ShareType.demandActive: return .demandActive
    case ShareType.deactivateAll: return .deactivateAll
    case ShareType.data: return try shareData(&reader)
    case ShareType.redirection:
      // Source, padding.
      _ = try reader.readBytes(4, "share source")
      return .redirection(try ServerRedirection(decoding: reader.readRest()))
    default: return nil
    }
  }

  /// [MS-RDPBCGR] 2.2.8.1.1.1.2 Share Data Header.
  private static func shareData(_ reader: inout ByteReader) throws(DecodeError) -> Self {
    // Source, share, padding, stream, length.
    _ = try reader.readBytes(2 + 4 + 1 + 1 + 2, "share data header")
    let type = try reader.readUInt8("share data type")
    let compression = try reader.readUInt8("share compression")
    _ = try reader.readUInt16LE("share compressed length")
    // PACKET_COMPRESSED, which this client does not ask for.
    guard type == setErrorInfo, compression & 0x20 == 0 else { return .other }
    return .errorInfo(ErrorInfo(rawValue: try reader.readUInt32LE("errorInfo")))
  }

  /// As data for the I/O channel; `other` and `encrypted` have no form of their own and give nothing.
  public func encode() -> [UInt8] {
    func secured(_ flag: UInt16, _ body: [UInt8]) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.appendLE(flag)
      bytes.appendLE(0 as UInt16)
      return bytes + body
    }
    func share(_ type: UInt16, version: UInt16 = 0x10, _ body: [UInt8]) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.appendLE(UInt16(truncatingIfNeeded: Self.shareHeaderLength + body.count))
      bytes.appendLE(version | type)
      bytes.appendLE(Self.server)
      return bytes + body
    }
    var id: [UInt8] = []
    id.appendLE(0x0001_03EA as UInt32)
    switch self {
    case .licensing(let message): return secured(SecurityFlag.license, message.encode())
    case .redirection(let redirection):
      return share(ShareType.redirection, version: 0, [0, 0] + redirection.encode())
    case .errorInfo(let info):
      var body = id + [0, 1]
      body.appendLE(22 as UInt16)
      body += [Self.setErrorInfo, 0, 0, 0]
      body.appendLE(info.rawValue)
      return share(ShareType.data, body)
    case .demandActive:
      // "RDP" as source, and no capabilities.
      return share(ShareType.demandActive, id + [4, 0, 4, 0, 0x52, 0x44, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    case .deactivateAll: return share(ShareType.deactivateAll, id + [1, 0, 0])
    case .other, .encrypted: return []
    }
  }

  /// The server's MCS channel, as it names itself in share headers.
  private static let server: UInt16 = 0x03EA
}
