import SwiftASN1

/// The client's first message inside its security: MCS Connect Initial, with the client's settings in a GCC Conference
/// Create Request ([MS-RDPBCGR] 2.2.1.3; ITU-T T.125 section 7, in BER; T.124 section 8.7, in PER).
///
///     TPKT | 02 F0 80 | 7F 65 … (Connect-Initial) | 00 05 00 14 7C 00 01 … "Duca" length |
///     { type (2) | length (2), header included | data }…   (all little-endian)
public struct ConnectInitial: Hashable, Sendable {
  /// `version` of TS_UD_CS_CORE: the client's newest protocol.
  public var version: UInt32
  public var clientBuild: UInt32
  /// The first 15 characters are sent; hosts show it in their lists of sessions.
  public var clientName: String
  /// What the negotiation selected, for the host to see whether anybody tampered with it.
  public var selectedProtocol: SecurityProtocols
  public var capabilities: EarlyClientCapabilities
  /// None inside TLS ([MS-RDPBCGR] 2.2.1.3.3).
  public var encryptionMethods: EncryptionMethods
  /// Names of static virtual channels; only counted when decoded.
  public private(set) var channelCount = 0

  public init(
    version: UInt32 = 0x0008_0010, clientBuild: UInt32 = 22621, clientName: String,
    selectedProtocol: SecurityProtocols, capabilities: EarlyClientCapabilities,
    encryptionMethods: EncryptionMethods
  ) {
    self.version = version
    self.clientBuild = clientBuild
    self.clientName = clientName
    self.selectedProtocol = selectedProtocol
    self.capabilities = capabilities
    self.encryptionMethods = encryptionMethods
  }

  /// With its TPKT; without virtual channels.
  public func encode() -> [UInt8] {
    let blocks = core + cluster + security
    let gcc =
      ConferenceData.key + PER.longLength(blocks.count + 14) + [
        0x00, 0x08, 0x00, 0x10, 0x00, 0x01, 0xC0, 0x00,
      ]
      + Array("Duca".utf8) + PER.longLength(blocks.count) + blocks
    var serializer = DER.Serializer()
    serializer.appendConstructedNode(identifier: Self.identifier) { initial in
      initial.appendOctets([1])
      initial.appendOctets([1])
      initial.appendPrimitiveNode(identifier: .boolean) { $0.append(0xFF) }
      // Target, minimum and maximum of the domain's parameters, as Windows sends them.
      for parameters in [
        [34, 2, 0, 1, 0, 1, 65535, 2], [1, 1, 1, 1, 0, 1, 1056, 2], [65535, 64535, 65535, 1, 0, 1, 65535, 2],
      ] as [[Int32]] {
        initial.appendSequence { list in for number in parameters { list.appendInteger(number) } }
      }
      initial.appendOctets(gcc)
    }
    return TPKT.frame(MCSMessage.header + serializer.serializedBytes)
  }

  /// Reads exactly one message with its TPKT. Settings that are not named here are passed over.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let fields = try ConferenceData.fields(of: bytes, identifier: Self.identifier, field: "Connect Initial")
    guard let data = fields.last else {
      throw .malformed(field: "Connect Initial", at: 7, reason: "it is empty")
    }
    var reader = ByteReader(try ASN1Field.octets(data, "user data"))
    try ConferenceData.readKey(&reader)
    _ = try PER.readLength(&reader, "ConnectGCCPDU")
    _ = try reader.readBytes(8, "ConferenceCreateRequest")
    try ConferenceData.readH221Key(&reader, "Duca")
    self.init(
      version: 0, clientBuild: 0, clientName: "", selectedProtocol: .rdp, capabilities: [],
      encryptionMethods: [])
    var hasCore = false
    for (type, data) in try ConferenceData.readBlocks(&reader) {
      var block = ByteReader(data)
      switch type {
      case 0xC001:
        hasCore = true
        version = try block.readUInt32LE("CS_CORE version")
        _ = try block.readBytes(12, "CS_CORE desktop")
        clientBuild = try block.readUInt32LE("CS_CORE build")
        let name = try block.readBytes(32, "CS_CORE name")
        clientName = UTF16LE.text(name)
        // Old clients end after any of the fields that follow.
        guard block.remaining >= 90 else { break }
        _ = try block.readBytes(88, "CS_CORE")
        capabilities = EarlyClientCapabilities(rawValue: try block.readUInt16LE("CS_CORE capabilities"))
        guard block.remaining >= 70 else { break }
        _ = try block.readBytes(66, "CS_CORE product")
        selectedProtocol = SecurityProtocols(rawValue: try block.readUInt32LE("CS_CORE protocol"))
      case 0xC002:
        encryptionMethods = EncryptionMethods(rawValue: try block.readUInt32LE("CS_SECURITY methods"))
      case 0xC003:
        let count = try block.readUInt32LE("CS_NET count")
        guard count <= ConnectResponse.mostChannels else {
          throw .unexpected(
            field: "CS_NET count", at: block.offset - 4, got: UInt64(count), want: "31 or less")
        }
        channelCount = Int(count)
      default: break
      }
    }
    guard hasCore else { throw .malformed(field: "CS_CORE", at: 0, reason: "it is missing") }
  }

  static let identifier = ASN1Identifier(tagWithNumber: 101, tagClass: .application)

  /// TS_UD_CS_CORE ([MS-RDPBCGR] 2.2.1.3.2).
  private var core: [UInt8] {
    var data: [UInt8] = []
    data.appendLE(version)
    // 1024 by 768 at 8 bits, RNS_UD_SAS_DEL, the United States keyboard.
    for number in [1024, 768, 0xCA01, 0xAA03] as [UInt16] { data.appendLE(number) }
    data.appendLE(0x0409 as UInt32)
    data.appendLE(clientBuild)
    let name = clientName.utf16.prefix(15)
    for unit in name { data.appendLE(unit) }
    data += [UInt8](repeating: 0, count: 32 - 2 * name.count)
    // IBM enhanced keyboard with 12 function keys, no input method.
    for number in [4, 0, 12] as [UInt32] { data.appendLE(number) }
    data += [UInt8](repeating: 0, count: 64)
    // postBeta2ColorDepth, clientProductId, serialNumber (4), highColorDepth, supportedColorDepths.
    for number in [0xCA01, 1, 0, 0, 24, 0x0007, capabilities.rawValue] as [UInt16] { data.appendLE(number) }
    // clientDigProductId, connectionType, pad.
    data += [UInt8](repeating: 0, count: 66)
    data.appendLE(selectedProtocol.rawValue)
    return ConferenceData.block(0xC001, data)
  }

  /// TS_UD_CS_CLUSTER ([MS-RDPBCGR] 2.2.1.3.5): REDIRECTION_SUPPORTED, in version 4.
  private var cluster: [UInt8] { ConferenceData.block(0xC004, [0x0D, 0, 0, 0, 0, 0, 0, 0]) }

  private var security: [UInt8] {
    var data: [UInt8] = []
    data.appendLE(encryptionMethods.rawValue)
    data.appendLE(0 as UInt32)
    return ConferenceData.block(0xC002, data)
  }
}

/// `earlyCapabilityFlags` of the client ([MS-RDPBCGR] 2.2.1.3.2).
public struct EarlyClientCapabilities: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// `RNS_UD_CS_SUPPORT_ERRINFO_PDU`: without it a host must not say why it refuses.
  public static let errorInfo = Self(rawValue: 0x0001)
  /// `RNS_UD_CS_SUPPORT_SKIP_CHANNELJOIN`.
  public static let skipChannelJoin = Self(rawValue: 0x0800)
}

/// RDP's own encryption ([MS-RDPBCGR] 2.2.1.3.3, 2.2.1.4.3). The empty set is none, as inside TLS.
public struct EncryptionMethods: OptionSet, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let rc4With40Bits = Self(rawValue: 0x01)
  public static let rc4With128Bits = Self(rawValue: 0x02)
  public static let rc4With56Bits = Self(rawValue: 0x08)
  public static let fips = Self(rawValue: 0x10)
  public static let all: Self = [.rc4With40Bits, .rc4With128Bits, .rc4With56Bits, .fips]

  /// The names of the specification, joined by `|`; unknown bits as a number.
  public var description: String {
    NamedBits.text(
      rawValue, empty: "ENCRYPTION_METHOD_NONE",
      names: [
        (0x01, "40BIT_ENCRYPTION_FLAG"), (0x02, "128BIT_ENCRYPTION_FLAG"), (0x08, "56BIT_ENCRYPTION_FLAG"),
        (0x10, "FIPS_ENCRYPTION_FLAG"),
      ])
  }
}

/// What Connect Initial and Connect Response have in common.
enum ConferenceData {
  /// Choice `object`, and the object identifier of T.124 (section 8.7, `Key`).
  static let key: [UInt8] = [0x00, 0x05, 0x00, 0x14, 0x7C, 0x00, 0x01]

  /// The elements of the one BER value in a message.
  static func fields(
    of bytes: [UInt8], identifier: ASN1Identifier, field: String
  ) throws(DecodeError) -> [ASN1Node] {
    var reader = try MCSMessage.reader(inside: bytes)
    let node: ASN1Node
    do {
      node = try BER.parse(reader.readRest())
    } catch {
      throw .malformed(field: field, at: 7, reason: "\(error)")
    }
    guard node.identifier == identifier else {
      throw .malformed(field: field, at: 7, reason: "it is another element")
    }
    return try ASN1Field.children(of: node, field)
  }

  static func readKey(_ reader: inout ByteReader) throws(DecodeError) {
    guard Array(try reader.readBytes(key.count, "T.124 key")) == key else {
      throw .malformed(field: "T.124 key", at: 0, reason: "it is another one")
    }
  }

  /// The H.221 key of four bytes, and the length of what follows it.
  static func readH221Key(_ reader: inout ByteReader, _ wanted: String) throws(DecodeError) {
    let at = reader.offset
    guard Array(try reader.readBytes(4, "H.221 key")) == Array(wanted.utf8) else {
      throw .malformed(field: "H.221 key", at: at, reason: "it is not \(wanted)")
    }
    let length = try PER.readLength(&reader, "GCC user data")
    guard length <= reader.remaining else { throw .truncated(field: "GCC user data", at: reader.offset) }
  }

  static func block(_ type: UInt16, _ data: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLE(type)
    bytes.appendLE(UInt16(truncatingIfNeeded: data.count + 4))
    return bytes + data
  }

  /// Every block up to the end. INVARIANT: each takes 4 bytes at least, so their number is bounded by the message.
  static func readBlocks(_ reader: inout ByteReader) throws(DecodeError) -> [(UInt16, ArraySlice<UInt8>)] {
    var blocks: [(UInt16, ArraySlice<UInt8>)] = []
    while reader.remaining > 0 {
      let type = try reader.readUInt16LE("GCC block type")
      let at = reader.offset
      let length = try reader.readUInt16LE("GCC block length")
      guard length >= 4 else {
        throw .unexpected(field: "GCC block length", at: at, got: UInt64(length), want: "4 or more")
      }
      blocks.append((type, try reader.readBytes(Int(length) - 4, "GCC block")))
    }
    return blocks
  }
}
