/// One message of an MCS domain (ITU-T T.125 section 7, in aligned PER), in X.224 data in a TPKT
/// ([MS-RDPBCGR] 2.2.1.5 to 2.2.1.9, 2.2.2.3):
///
///     TPKT (4) | 02 F0 80 | choice (6 bits) and what of the first fields fits | …
///
/// Connect Initial and Connect Response, which come before there is a domain, are formats of their own.
public enum MCSMessage: Hashable, Sendable {
  case erectDomainRequest
  case attachUserRequest
  /// - Parameter user: nil where the server refuses.
  case attachUserConfirm(MCSResult, user: UInt16?)
  case channelJoinRequest(user: UInt16, channel: UInt16)
  /// - Parameter channel: nil where the server refuses.
  case channelJoinConfirm(MCSResult, user: UInt16, requested: UInt16, channel: UInt16?)
  /// From the client.
  case sendDataRequest(user: UInt16, channel: UInt16, [UInt8])
  /// From the server.
  case sendDataIndication(user: UInt16, channel: UInt16, [UInt8])
  case disconnectProviderUltimatum(DisconnectReason)
  /// Any other choice, by its number in `DomainMCSPDU`.
  case other(UInt8)

  /// The smallest number of a user (T.125 section 7, `UserId`).
  public static let firstUser: UInt16 = 1001
  static let header: [UInt8] = [0x02, 0xF0, 0x80]
  /// What one message carries at most.
  public static let longestData = PER.longest

  private enum Choice {
    static let erectDomainRequest: UInt8 = 1
    static let disconnectProviderUltimatum: UInt8 = 8
    static let attachUserRequest: UInt8 = 10
    static let attachUserConfirm: UInt8 = 11
    static let channelJoinRequest: UInt8 = 14
    static let channelJoinConfirm: UInt8 = 15
    static let sendDataRequest: UInt8 = 25
    static let sendDataIndication: UInt8 = 26
  }

  /// With its TPKT. Users below ``firstUser`` are written as that, and data beyond ``longestData`` is left out.
  public func encode() -> [UInt8] {
    var body = Self.header
    func user(_ number: UInt16) { body.appendBE(max(number, Self.firstUser) - Self.firstUser) }
    func begin(_ choice: UInt8, _ rest: UInt8 = 0) { body.append(choice << 2 | rest) }
    switch self {
    case .erectDomainRequest:
      begin(Choice.erectDomainRequest)
      // subHeight and subInterval, both 0.
      body += [1, 0, 1, 0]
    case .attachUserRequest: begin(Choice.attachUserRequest)
    case .attachUserConfirm(let result, let number):
      begin(Choice.attachUserConfirm, (number == nil ? 0 : 2) | result.rawValue >> 3 & 1)
      body.append(result.rawValue << 5)
      if let number { user(number) }
    case .channelJoinRequest(let number, let channel):
      begin(Choice.channelJoinRequest)
      user(number)
      body.appendBE(channel)
    case .channelJoinConfirm(let result, let number, let requested, let channel):
      begin(Choice.channelJoinConfirm, (channel == nil ? 0 : 2) | result.rawValue >> 3 & 1)
      body.append(result.rawValue << 5)
      user(number)
      body.appendBE(requested)
      if let channel { body.appendBE(channel) }
    case .sendDataRequest(let number, let channel, let data),
      .sendDataIndication(let number, let channel, let data):
      if case .sendDataRequest = self {
        begin(Choice.sendDataRequest)
      } else {
        begin(Choice.sendDataIndication)
      }
      user(number)
      body.appendBE(channel)
      // High priority, first and last segment.
      body.append(0x70)
      body += PER.longLength(data.count) + data.prefix(Self.longestData)
    case .disconnectProviderUltimatum(let reason):
      begin(Choice.disconnectProviderUltimatum, reason.rawValue >> 1 & 3)
      body.append(reason.rawValue << 7)
    case .other(let choice): begin(choice & 0x3F)
    }
    return TPKT.frame(body)
  }

  /// Reads exactly one message with its TPKT.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = try Self.reader(inside: bytes)
    let first = try reader.readUInt8("MCS choice")
    func user(_ reader: inout ByteReader) throws(DecodeError) -> UInt16 {
      let at = reader.offset
      let number = try reader.readUInt16BE("MCS user")
      let (user, overflow) = number.addingReportingOverflow(Self.firstUser)
      guard !overflow else {
        throw .unexpected(field: "MCS user", at: at, got: UInt64(number), want: "64534 or less")
      }
      return user
    }
    func result(_ reader: inout ByteReader) throws(DecodeError) -> MCSResult {
      MCSResult(rawValue: (first & 1) << 3 | (try reader.readUInt8("MCS result")) >> 5)
    }
    switch first >> 2 {
    case Choice.erectDomainRequest: self = .erectDomainRequest
    case Choice.attachUserRequest: self = .attachUserRequest
    case Choice.attachUserConfirm:
      let result = try result(&reader)
      self = .attachUserConfirm(result, user: first & 2 == 0 ? nil : try user(&reader))
    case Choice.channelJoinRequest:
      let user = try user(&reader)
      self = .channelJoinRequest(user: user, channel: try reader.readUInt16BE("MCS channel"))
    case Choice.channelJoinConfirm:
      let result = try result(&reader)
      let user = try user(&reader)
      let requested = try reader.readUInt16BE("MCS requested channel")
      self = .channelJoinConfirm(
        result, user: user, requested: requested,
        channel: first & 2 == 0 ? nil : try reader.readUInt16BE("MCS channel"))
    case Choice.sendDataRequest, Choice.sendDataIndication:
      let user = try user(&reader)
      let channel = try reader.readUInt16BE("MCS channel")
      _ = try reader.readUInt8("MCS priority")
      let length = try PER.readLength(&reader, "MCS data")
      let data = Array(try reader.readBytes(length, "MCS data"))
      self =
        first >> 2 == Choice.sendDataRequest
        ? .sendDataRequest(user: user, channel: channel, data)
        : .sendDataIndication(user: user, channel: channel, data)
    case Choice.disconnectProviderUltimatum:
      self = .disconnectProviderUltimatum(
        DisconnectReason(rawValue: (first & 3) << 1 | (try reader.readUInt8("MCS reason")) >> 7))
    default: self = .other(first >> 2)
    }
  }

  /// What follows TPKT and X.224 header; its offsets count from the start of the message.
  static func reader(inside bytes: [UInt8]) throws(DecodeError) -> ByteReader {
    _ = try TPKT.payload(of: bytes)
    var reader = ByteReader(bytes)
    _ = try reader.readBytes(TPKT.headerLength, "TPKT header")
    for wanted in header {
      let at = reader.offset
      let got = try reader.readUInt8("X.224 data header")
      guard got == wanted else {
        throw .unexpected(
          field: "X.224 data header", at: at, got: UInt64(got), want: "0x\(String(wanted, radix: 16))")
      }
    }
    return reader
  }
}

/// How an MCS server answers a request (ITU-T T.125 section 7, `Result`).
public struct MCSResult: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let successful = Self(rawValue: 0)
  public static let tooManyUsers = Self(rawValue: 13)
  public static let unspecifiedFailure = Self(rawValue: 14)
  public static let userRejected = Self(rawValue: 15)

  private static let names = [
    "rt-successful", "rt-domain-merging", "rt-domain-not-hierarchical", "rt-no-such-channel",
    "rt-no-such-domain", "rt-no-such-user", "rt-not-admitted", "rt-other-user-id",
    "rt-parameters-unacceptable", "rt-token-not-available", "rt-token-not-possessed", "rt-too-many-channels",
    "rt-too-many-tokens", "rt-too-many-users", "rt-unspecified-failure", "rt-user-rejected",
  ]
  /// The name in T.125.
  public var description: String {
    Self.names.indices.contains(Int(rawValue)) ? Self.names[Int(rawValue)] : "result \(rawValue)"
  }
}

/// Why an MCS domain ends (ITU-T T.125 section 7, `Reason`). It proves nothing by itself: Windows says
/// `rn-user-requested` whatever the cause.
public struct DisconnectReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let providerInitiated = Self(rawValue: 1)
  public static let userRequested = Self(rawValue: 3)

  private static let names = [
    "rn-domain-disconnected", "rn-provider-initiated", "rn-token-purged", "rn-user-requested",
    "rn-channel-purged",
  ]
  /// The name in T.125.
  public var description: String {
    Self.names.indices.contains(Int(rawValue)) ? Self.names[Int(rawValue)] : "reason \(rawValue)"
  }
}
