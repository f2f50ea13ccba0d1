import SwiftASN1

/// The message of CredSSP, inside TLS and without other framing ([MS-CSSP] 2.2.1 TSRequest).
///
///     TSRequest ::= SEQUENCE {
///       version     [0] INTEGER,
///       negoTokens  [1] SEQUENCE OF SEQUENCE { negoToken [0] OCTET STRING }  OPTIONAL,
///       authInfo    [2] OCTET STRING  OPTIONAL,
///       pubKeyAuth  [3] OCTET STRING  OPTIONAL,
///       errorCode   [4] INTEGER       OPTIONAL,
///       clientNonce [5] OCTET STRING  OPTIONAL }
public struct TSRequest: Hashable, Sendable {
  public var version: UInt32
  public var negoTokens: [[UInt8]]
  public var authInfo: [UInt8]?
  public var pubKeyAuth: [UInt8]?
  public var errorCode: SecurityStatus?
  public var clientNonce: [UInt8]?

  /// The newest version of the specification.
  public static let currentVersion: UInt32 = 6
  /// From this version on the fix for CVE-2018-0886 is there ([MS-CSSP] 3.1.5).
  public static let firstPatchedVersion: UInt32 = 5
  /// Far more than any real message, Kerberos tickets with large group lists included.
  public static let longest = 65536

  public init(
    version: UInt32 = Self.currentVersion, negoTokens: [[UInt8]] = [], authInfo: [UInt8]? = nil,
    pubKeyAuth: [UInt8]? = nil, errorCode: SecurityStatus? = nil, clientNonce: [UInt8]? = nil
  ) {
    self.version = version
    self.negoTokens = negoTokens
    self.authInfo = authInfo
    self.pubKeyAuth = pubKeyAuth
    self.errorCode = errorCode
    self.clientNonce = clientNonce
  }

  /// The number of bytes of the message that begins here.
  ///
  /// - Throws: `truncated` when the first bytes are not there yet; another error when this is no TSRequest or one that
  ///   is longer than ``longest``.
  public static func length(_ bytes: [UInt8]) throws(DecodeError) -> Int {
    try ASN1Field.length(of: bytes[...], tags: [0x30], limit: longest, field: "TSRequest")
  }

  /// Reads exactly one message. Fields after those that are known are passed over.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let root = try ASN1Field.parse(bytes, tags: [0x30], limit: Self.longest, field: "TSRequest")
    var version: UInt32?
    negoTokens = []
    for node in try ASN1Field.children(of: root, "TSRequest") {
      switch ASN1Field.contextNumber(node) {
      case 0: version = try ASN1Field.integer(try ASN1Field.only(in: node, "version"), "version")
      case 1: negoTokens = try Self.tokens(in: try ASN1Field.only(in: node, "negoTokens"))
      case 2: authInfo = try Self.octets(in: node, "authInfo")
      case 3: pubKeyAuth = try Self.octets(in: node, "pubKeyAuth")
      case 4:
        let number = try ASN1Field.integer(try ASN1Field.only(in: node, "errorCode"), "errorCode")
        errorCode = SecurityStatus(rawValue: number)
      case 5: clientNonce = try Self.octets(in: node, "clientNonce")
      default: break
      }
    }
    guard let version else { throw .malformed(field: "version", at: 0, reason: "it is missing") }
    self.version = version
  }

  /// As DER.
  public func encode() -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendSequence { request in
      request.appendTagged(0) { $0.appendInteger(Int32(bitPattern: version)) }
      if !negoTokens.isEmpty {
        request.appendTagged(1) { tagged in
          tagged.appendSequence { list in
            for token in negoTokens {
              list.appendSequence { item in item.appendTagged(0) { $0.appendOctets(token) } }
            }
          }
        }
      }
      for (number, octets) in [(2, authInfo), (3, pubKeyAuth)] as [(UInt, [UInt8]?)] {
        if let octets { request.appendTagged(number) { $0.appendOctets(octets) } }
      }
      if let errorCode {
        request.appendTagged(4) { $0.appendInteger(Int32(bitPattern: errorCode.rawValue)) }
      }
      if let clientNonce { request.appendTagged(5) { $0.appendOctets(clientNonce) } }
    }
    return serializer.serializedBytes
  }

  private static func octets(in node: ASN1Node, _ field: String) throws(DecodeError) -> [UInt8] {
    try ASN1Field.octets(try ASN1Field.only(in: node, field), field)
  }

  private static func tokens(in list: ASN1Node) throws(DecodeError) -> [[UInt8]] {
    var tokens: [[UInt8]] = []
    for item in try ASN1Field.children(of: list, "negoTokens") {
      for node in try ASN1Field.children(of: item, "negoToken") where ASN1Field.contextNumber(node) == 0 {
        tokens.append(try octets(in: node, "negoToken"))
      }
    }
    return tokens
  }
}
