import SwiftASN1

/// An X.224 Connection Request as far as a server needs it ([MS-RDPBCGR] 2.2.1.1).
struct ConnectionRequest {
  /// nil: an old client that does not negotiate.
  var protocols: UInt32?
  /// The cookie or routing token, without its CR LF.
  var line: String?

  /// - Returns: nil when the message is no Connection Request.
  init?(_ message: [UInt8]) {
    guard message.count >= 11, message[0] == 3, message[5] & 0xF0 == 0xE0 else { return nil }
    var rest = message[11...]
    if let end = rest.indices.first(where: { rest[$0] == 0x0D && rest[$0...].dropFirst().first == 0x0A }) {
      let isText = rest[..<end].allSatisfy { (0x20..<0x7F).contains($0) }
      if isText {
        line = String(decoding: rest[..<end], as: UTF8.self)
        rest = rest[(end + 2)...]
      }
    }
    if rest.count >= 8, rest.first == 0x01 {
      protocols = rest.dropFirst(4).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }
}

/// Security protocols of [MS-RDPBCGR] 2.2.1.1.1 RDP Negotiation Request.
enum SecurityProtocolBits {
  static let tls: UInt32 = 1
  static let hybrid: UInt32 = 2
  static let hybridEx: UInt32 = 8
}

/// What a server answers to an X.224 Connection Request.
struct ConnectionConfirm {
  var bytes: [UInt8]
  /// nil when the connection goes no further.
  var selected: UInt32?

  /// With an RDP Negotiation Response. The source reference is the one that Windows sends.
  static func selecting(_ selected: UInt32, flags: UInt8) -> Self {
    .init(bytes: framed([0x02, flags, 8, 0] + littleEndian(selected)), selected: selected)
  }

  static func failing(_ code: UInt32) -> Self {
    .init(bytes: framed([0x03, 0, 8, 0] + littleEndian(code)), selected: nil)
  }

  /// As Windows 10 1607 and later.
  static func likeWindows(_ requirement: HostBehaviour.SecurityRequirement, asked: UInt32?) -> Self {
    let asked = asked ?? 0
    let flags: UInt8 = 0x1F
    let withNLA = [SecurityProtocolBits.hybridEx, SecurityProtocolBits.hybrid].first { asked & $0 != 0 }
    let withTLS = asked & SecurityProtocolBits.tls != 0 ? SecurityProtocolBits.tls : nil
    switch requirement {
    case .nlaRequired:
      return withNLA.map { selecting($0, flags: flags) } ?? failing(5)
    case .tlsRequired:
      return (withNLA ?? withTLS).map { selecting($0, flags: flags) } ?? failing(1)
    case .negotiable:
      return selecting(withNLA ?? withTLS ?? 0, flags: flags)
    case .legacyOnly:
      return asked == 0 ? selecting(0, flags: flags) : failing(2)
    }
  }

  private static func framed(_ negotiation: [UInt8]) -> [UInt8] {
    [3, 0, 0, UInt8(11 + negotiation.count), UInt8(6 + negotiation.count), 0xD0, 0, 0, 0x12, 0x34, 0]
      + negotiation
  }
}

/// A CredSSP message ([MS-CSSP] 2.2.1 TSRequest).
struct TSRequest {
  var version: Int
  var negoToken: [UInt8]?
  var authInfo: [UInt8]?
  var pubKeyAuth: [UInt8]?
  var errorCode: UInt32?

  init(version: Int, negoToken: [UInt8]? = nil, errorCode: UInt32? = nil) {
    self.version = version
    self.negoToken = negoToken
    self.errorCode = errorCode
  }

  init(_ bytes: [UInt8]) throws {
    self = try DER.sequence(try DER.parse(bytes), identifier: .sequence) { fields in
      let version = try DER.explicitlyTagged(&fields, tagNumber: 0, tagClass: .contextSpecific) {
        try Int(derEncoded: $0)
      }
      var request = TSRequest(version: version)
      request.negoToken = try DER.optionalExplicitlyTagged(&fields, tagNumber: 1, tagClass: .contextSpecific)
      {
        try DER.sequence($0, identifier: .sequence) { tokens in
          var first: [UInt8]?
          while let token = tokens.next() {
            let bytes = try DER.sequence(token, identifier: .sequence) { item in
              try DER.explicitlyTagged(&item, tagNumber: 0, tagClass: .contextSpecific) {
                Array(try ASN1OctetString(derEncoded: $0).bytes)
              }
            }
            first = first ?? bytes
          }
          return first
        }
      }.flatMap { $0 }
      func octets(_ tag: UInt) throws -> [UInt8]? {
        try DER.optionalExplicitlyTagged(&fields, tagNumber: tag, tagClass: .contextSpecific) {
          Array(try ASN1OctetString(derEncoded: $0).bytes)
        }
      }
      request.authInfo = try octets(2)
      request.pubKeyAuth = try octets(3)
      request.errorCode = try DER.optionalExplicitlyTagged(
        &fields, tagNumber: 4, tagClass: .contextSpecific
      ) { UInt32(truncatingIfNeeded: try Int(derEncoded: $0)) }
      _ = try octets(5)
      return request
    }
  }

  func encoded() throws -> [UInt8] {
    var out = DER.Serializer()
    try out.appendConstructedNode(identifier: .sequence) { fields in
      try fields.serialize(version, explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
      if let negoToken {
        try fields.serialize(explicitlyTaggedWithTagNumber: 1, tagClass: .contextSpecific) { tagged in
          try tagged.appendConstructedNode(identifier: .sequence) { tokens in
            try tokens.appendConstructedNode(identifier: .sequence) { item in
              try item.serialize(
                ASN1OctetString(contentBytes: negoToken[...]), explicitlyTaggedWithTagNumber: 0,
                tagClass: .contextSpecific)
            }
          }
        }
      }
      if let errorCode {
        try fields.serialize(
          Int(Int32(bitPattern: errorCode)), explicitlyTaggedWithTagNumber: 4, tagClass: .contextSpecific)
      }
    }
    return out.serializedBytes
  }
}

/// The server's side of SPNEGO around NTLM (RFC 4178 section 4.2.2 negTokenResp).
enum SPNEGO {
  static func challenge(_ token: [UInt8]) throws -> [UInt8] {
    var out = DER.Serializer()
    try out.serialize(explicitlyTaggedWithTagNumber: 1, tagClass: .contextSpecific) { response in
      try response.appendConstructedNode(identifier: .sequence) { fields in
        fields.serialize(explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific) { state in
          // accept-incomplete
          state.appendPrimitiveNode(identifier: .enumerated) { $0.append(1) }
        }
        try fields.serialize(
          ASN1ObjectIdentifier.ntlm, explicitlyTaggedWithTagNumber: 1, tagClass: .contextSpecific)
        try fields.serialize(
          ASN1OctetString(contentBytes: token[...]), explicitlyTaggedWithTagNumber: 2,
          tagClass: .contextSpecific)
      }
    }
    return out.serializedBytes
  }
}

extension ASN1ObjectIdentifier {
  /// NLMP NTLM - Microsoft NTLM Security Support Provider.
  fileprivate static let ntlm: ASN1ObjectIdentifier = [1, 3, 6, 1, 4, 1, 311, 2, 2, 10]
}

enum NTLM {
  static let signature = Array("NTLMSSP\0".utf8)

  /// [MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE.
  ///
  /// - Parameter now: seconds since 1970 on the host's clock.
  static func challenge(_ settings: ChallengeSettings, nonce: [UInt8], now: Double) -> [UInt8] {
    var pairs: [UInt8] = []
    func add(_ id: UInt16, _ value: [UInt8]) {
      pairs += littleEndian(id) + littleEndian(UInt16(truncatingIfNeeded: value.count)) + value
    }
    // The order in which Windows sends them.
    add(2, utf16(settings.netBIOSDomain))
    add(1, utf16(settings.netBIOSComputer))
    add(4, utf16(settings.dnsDomain))
    add(3, utf16(settings.dnsComputer))
    if let tree = settings.dnsTree { add(5, utf16(tree)) }
    // FILETIME: 100 ns since 1601.
    add(7, littleEndian(UInt64(max(0, (now + 11_644_473_600) * 10_000_000))))
    add(0, [])

    let target = utf16(settings.netBIOSDomain)
    let isInDomain = settings.dnsTree != nil
    let flags: UInt32 = isInDomain ? 0xE289_8235 : 0xE28A_8235
    let targetOffset: UInt32 = 56
    let pairsOffset = targetOffset + UInt32(target.count)
    func field(_ count: Int, _ offset: UInt32) -> [UInt8] {
      let length = littleEndian(UInt16(truncatingIfNeeded: count))
      return length + length + littleEndian(offset)
    }
    var message = signature + littleEndian(UInt32(2))
    message += field(target.count, targetOffset) + littleEndian(flags)
    message += (nonce + Array(repeating: 0, count: 8)).prefix(8) + Array(repeating: 0, count: 8)
    message += field(pairs.count, pairsOffset)
    message +=
      [settings.build.major, settings.build.minor] + littleEndian(settings.build.build) + [0, 0, 0, 15]
    return message + target + pairs
  }

  private static func utf16(_ text: String) -> [UInt8] { text.utf16.flatMap { littleEndian($0) } }
}

func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}
