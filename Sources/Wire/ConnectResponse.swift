import SwiftASN1

/// The server's answer to a ``ConnectInitial``: MCS Connect Response, with the server's settings in a GCC Conference Create
/// Response ([MS-RDPBCGR] 2.2.1.4; ITU-T T.125 section 7, in BER; T.124 section 8.7, in PER).
///
///     TPKT | 02 F0 80 | 7F 66 … result … | 00 05 00 14 7C 00 01 … "McDn" length |
///     { type (2) | length (2), header included | data }…   (all little-endian)
public struct ConnectResponse: Hashable, Sendable {
  public var result: MCSResult
  /// nil where the server refuses and sends no settings.
  public var settings: Settings?

  public struct Settings: Hashable, Sendable {
    /// `version` of TS_UD_SC_CORE.
    public var version: RDPVersion
    /// What the client asked for in the negotiation, as the server saw it; nil from old servers.
    public var requestedProtocols: SecurityProtocols?
    public var capabilities: EarlyServerCapabilities
    public var encryptionMethod: EncryptionMethods
    public var encryptionLevel: EncryptionLevel
    public var ioChannel: UInt16
    /// Of the static virtual channels. INVARIANT when decoded: ``ConnectResponse/mostChannels`` at most.
    public var channels: [UInt16]

    public init(
      version: RDPVersion, requestedProtocols: SecurityProtocols? = nil,
      capabilities: EarlyServerCapabilities = [], encryptionMethod: EncryptionMethods = [],
      encryptionLevel: EncryptionLevel = .none, ioChannel: UInt16 = 1003, channels: [UInt16] = []
    ) {
      self.version = version
      self.requestedProtocols = requestedProtocols
      self.capabilities = capabilities
      self.encryptionMethod = encryptionMethod
      self.encryptionLevel = encryptionLevel
      self.ioChannel = ioChannel
      self.channels = channels
    }
  }

  /// [MS-RDPBCGR] 2.2.1.3.4 `channelCount`.
  public static let mostChannels = 31

  public init(result: MCSResult = .successful, settings: Settings?) {
    self.result = result
    self.settings = settings
  }

  /// Tells it from the messages of a domain, in a whole TPKT.
  public static func isOne(_ message: [UInt8]) -> Bool {
    message.count > 8 && message[7] == 0x7F && message[8] == 0x66
  }

  /// With its TPKT; without random and certificate, which only RDP's own encryption needs.
  public func encode() -> [UInt8] {
    var data: [UInt8] = []
    if let settings {
      let blocks = Self.blocks(settings)
      data =
        ConferenceData.key + [0x2A, 0x14, 0x76, 0x0A, 0x01, 0x01, 0x00, 0x01, 0xC0, 0x00] + Array("McDn".utf8)
        + PER.longLength(blocks.count) + blocks
    }
    var serializer = DER.Serializer()
    serializer.appendConstructedNode(identifier: Self.identifier) { response in
      response.appendInteger(Int32(result.rawValue), as: .enumerated)
      response.appendInteger(0)
      response.appendSequence { list in
        for number in [34, 3, 0, 1, 0, 1, 65528, 2] as [Int32] { list.appendInteger(number) }
      }
      response.appendOctets(data)
    }
    return TPKT.frame(MCSMessage.header + serializer.serializedBytes)
  }

  /// Reads exactly one message with its TPKT. Blocks that are not known are passed over.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let fields = try ConferenceData.fields(of: bytes, identifier: Self.identifier, field: "Connect Response")
    guard fields.count >= 4 else {
      throw .malformed(field: "Connect Response", at: 7, reason: "it has \(fields.count) fields, not 4")
    }
    result = MCSResult(
      rawValue: UInt8(truncatingIfNeeded: try ASN1Field.integer(fields[0], "MCS result", as: .enumerated)))
    let data = try ASN1Field.octets(fields[3], "user data")
    if data.isEmpty, result != .successful { return }
    var reader = ByteReader(data)
    try ConferenceData.readKey(&reader)
    // Windows writes the same length whatever follows.
    _ = try PER.readLength(&reader, "ConnectGCCPDU")
    // Choice and node.
    _ = try reader.readBytes(3, "ConferenceCreateResponse")
    _ = try reader.readBytes(try PER.readLength(&reader, "conference tag"), "conference tag")
    // Result, number of sets, choice of key, its length less 4.
    _ = try reader.readBytes(4, "ConferenceCreateResponse")
    try ConferenceData.readH221Key(&reader, "McDn")
    settings = try Self.readSettings(&reader)
  }

  static let identifier = ASN1Identifier(tagWithNumber: 102, tagClass: .application)

  private static func blocks(_ settings: Settings) -> [UInt8] {
    var core: [UInt8] = []
    core.appendLE(settings.version.rawValue)
    core.appendLE((settings.requestedProtocols ?? .rdp).rawValue)
    core.appendLE(settings.capabilities.rawValue)
    var net: [UInt8] = []
    net.appendLE(settings.ioChannel)
    let channels = settings.channels.prefix(mostChannels)
    net.appendLE(UInt16(channels.count))
    for channel in channels { net.appendLE(channel) }
    if !channels.count.isMultiple(of: 2) { net += [0, 0] }
    var security: [UInt8] = []
    security.appendLE(settings.encryptionMethod.rawValue)
    security.appendLE(settings.encryptionLevel.rawValue)
    return ConferenceData.block(0x0C01, core) + ConferenceData.block(0x0C03, net)
      + ConferenceData.block(0x0C02, security)
  }

  private static func readSettings(_ reader: inout ByteReader) throws(DecodeError) -> Settings {
    var version: RDPVersion?
    var ioChannel: UInt16?
    var settings = Settings(version: RDPVersion(rawValue: 0))
    for (type, data) in try ConferenceData.readBlocks(&reader) {
      var block = ByteReader(data)
      switch type {
      case 0x0C01:
        version = RDPVersion(rawValue: try block.readUInt32LE("SC_CORE version"))
        guard block.remaining >= 4 else { break }
        settings.requestedProtocols = SecurityProtocols(
          rawValue: try block.readUInt32LE("SC_CORE requested protocols"))
        guard block.remaining >= 4 else { break }
        settings.capabilities = EarlyServerCapabilities(
          rawValue: try block.readUInt32LE("SC_CORE capabilities"))
      case 0x0C02:
        settings.encryptionMethod = EncryptionMethods(rawValue: try block.readUInt32LE("SC_SECURITY method"))
        settings.encryptionLevel = EncryptionLevel(rawValue: try block.readUInt32LE("SC_SECURITY level"))
      case 0x0C03:
        ioChannel = try block.readUInt16LE("SC_NET I/O channel")
        let count = try block.readUInt16LE("SC_NET count")
        guard count <= mostChannels else {
          throw .unexpected(field: "SC_NET count", at: 6, got: UInt64(count), want: "\(mostChannels) or less")
        }
        settings.channels = []
        for _ in 0..<count { settings.channels.append(try block.readUInt16LE("SC_NET channel")) }
      default: break
      }
    }
    guard let version else { throw .malformed(field: "SC_CORE", at: 0, reason: "it is missing") }
    guard let ioChannel else { throw .malformed(field: "SC_NET", at: 0, reason: "it is missing") }
    settings.version = version
    settings.ioChannel = ioChannel
    return settings
  }
}

/// The server's newest protocol ([MS-RDPBCGR] 2.2.1.4.2 `version`).
public struct RDPVersion: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// As clients show it, with the number.
  public var description: String {
    let name =
      switch rawValue {
      case 0x0008_0001: "RDP 4.0"
      case 0x0008_0004: "RDP 5.0 to 8.1"
      case 0x0008_0005...0x0008_0011: "RDP 10.\(rawValue - 0x0008_0005)"
      default: "unknown"
      }
    let digits = String(rawValue, radix: 16)
    return "\(name) (0x\(String(repeating: "0", count: 8 - digits.count))\(digits))"
  }
}

/// `earlyCapabilityFlags` of the server ([MS-RDPBCGR] 2.2.1.4.2).
public struct EarlyServerCapabilities: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `RNS_UD_SC_SKIP_CHANNELJOIN_SUPPORTED`.
  public static let skipChannelJoin = Self(rawValue: 0x08)

  /// The names of the specification, in the order of the bits.
  public var names: [String] {
    NamedBits.list(
      rawValue,
      names: [
        (0x01, "RNS_UD_SC_EDGE_ACTIONS_SUPPORTED_V1"), (0x02, "RNS_UD_SC_DYNAMIC_DST_SUPPORTED"),
        (0x04, "RNS_UD_SC_EDGE_ACTIONS_SUPPORTED_V2"), (0x08, "RNS_UD_SC_SKIP_CHANNELJOIN_SUPPORTED"),
      ])
  }
}

/// `encryptionLevel` ([MS-RDPBCGR] 2.2.1.4.3). An open code space.
public struct EncryptionLevel: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let none = Self(rawValue: 0)
  public static let low = Self(rawValue: 1)
  public static let clientCompatible = Self(rawValue: 2)
  public static let high = Self(rawValue: 3)
  public static let fips = Self(rawValue: 4)

  private static let names = [
    "ENCRYPTION_LEVEL_NONE", "ENCRYPTION_LEVEL_LOW", "ENCRYPTION_LEVEL_CLIENT_COMPATIBLE",
    "ENCRYPTION_LEVEL_HIGH", "ENCRYPTION_LEVEL_FIPS",
  ]
  public var description: String {
    rawValue < UInt32(Self.names.count)
      ? Self.names[Int(rawValue)] : "encryption level 0x\(String(rawValue, radix: 16))"
  }
}
