import SwiftASN1

/// Kerberos 5, as far as a client goes that only wants to know whether a KDC is there (RFC 4120).
public enum Kerberos {
  /// Of any message that is read here. Replies with tickets for large group lists included.
  public static let longest = 65536

  /// Over TCP every message has its length in front, in four bytes (section 7.2.2).
  public static func framed(_ message: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendBE(UInt16(message.count >> 16 & 0x7FFF))
    bytes.appendBE(UInt16(message.count & 0xFFFF))
    return bytes + message
  }

  /// The message inside its frame.
  ///
  /// - Throws: `truncated` when it is not whole yet; another error when it is longer than ``longest``.
  public static func unframed(_ bytes: [UInt8]) throws(DecodeError) -> [UInt8] {
    var reader = ByteReader(bytes)
    let length = try reader.readUInt32BE("message length")
    guard length <= longest else {
      throw .unexpected(field: "message length", at: 0, got: UInt64(length), want: "\(longest) or less")
    }
    return Array(try reader.readBytes(Int(length), "message"))
  }
}

/// The first message of a sign-in, here for a name that no realm can have, so that it begins none (RFC 4120 section
/// 5.4.1).
///
/// Nothing proves who asks: there is no pre-authentication. Only encryption types that are not known to be weak are
/// offered.
public struct ASRequest: Hashable, Sendable {
  public var realm: String
  /// Of the client; one component.
  public var name: String
  public var nonce: UInt32
  /// RFC 3961 and its registry.
  public var encryptionTypes: [Int32] = [18, 17, 20, 19]

  /// Active Directory allows no vertical bar in an account's name ([MS-ADTS] 3.1.1.6, `sAMAccountName`).
  public static let impossibleName = "rdptriage|probe|no-sign-in"

  public init(realm: String, name: String = Self.impossibleName, nonce: UInt32) {
    self.realm = realm
    self.name = name
    self.nonce = nonce
  }

  /// As DER.
  public func encode() -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendConstructedNode(identifier: Self.tag(10)) { message in
      message.appendSequence { request in
        request.appendTagged(1) { $0.appendInteger(5) }
        request.appendTagged(2) { $0.appendInteger(10) }
        request.appendTagged(4) { tagged in tagged.appendSequence { appendBody(to: &$0) } }
      }
    }
    return serializer.serializedBytes
  }

  private func appendBody(to body: inout DER.Serializer) {
    body.appendTagged(0) { tagged in
      tagged.appendPrimitiveNode(identifier: .bitString) { $0.append(contentsOf: [0, 0, 0, 0, 0]) }
    }
    body.appendTagged(1) { Self.append(name: [name], type: 1, to: &$0) }
    body.appendTagged(2) { Self.append(text: realm, to: &$0) }
    body.appendTagged(3) { Self.append(name: ["krbtgt", realm], type: 2, to: &$0) }
    // The end of the ticket: the last moment that every implementation can write.
    body.appendTagged(5) { tagged in
      tagged.appendPrimitiveNode(identifier: .generalizedTime) {
        $0.append(contentsOf: "20370913024805Z".utf8)
      }
    }
    body.appendTagged(7) { $0.appendInteger(Int32(bitPattern: nonce & 0x7FFF_FFFF)) }
    body.appendTagged(8) { tagged in
      tagged.appendSequence { list in for type in encryptionTypes { list.appendInteger(type) } }
    }
  }

  private static func append(name: [String], type: Int32, to serializer: inout DER.Serializer) {
    serializer.appendSequence { principal in
      principal.appendTagged(0) { $0.appendInteger(type) }
      principal.appendTagged(1) { tagged in
        tagged.appendSequence { parts in for part in name { append(text: part, to: &parts) } }
      }
    }
  }

  private static func append(text: String, to serializer: inout DER.Serializer) {
    serializer.appendPrimitiveNode(identifier: .generalString) { $0.append(contentsOf: text.utf8) }
  }

  fileprivate static func tag(_ number: UInt) -> ASN1Identifier {
    ASN1Identifier(tagWithNumber: number, tagClass: .application)
  }
}

/// What a KDC answers to an ``ASRequest``.
public enum KDCReply: Hashable, Sendable {
  /// A ticket. Not for a name that does not exist.
  case ticket
  case error(KerberosError)

  /// Reads exactly one message.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    // [APPLICATION 11] AS-REP and [APPLICATION 30] KRB-ERROR.
    let root = try ASN1Field.parse(bytes, tags: [0x6B, 0x7E], limit: Kerberos.longest, field: "KDC reply")
    guard bytes.first == 0x7E else {
      self = .ticket
      return
    }
    self = .error(try KerberosError(root))
  }
}

/// KRB-ERROR (RFC 4120 section 5.9.1). It carries the clock of the KDC.
public struct KerberosError: Error, Hashable, Sendable, CustomStringConvertible {
  public var code: UInt32
  /// The KDC's clock, in seconds since 1970, with a fraction.
  public var serverTime: Double
  /// The realm that answered.
  public var realm: String
  /// The realm where the client is to ask, where the KDC names one.
  public var clientRealm: String?
  public var text: String?

  /// There is no such client: the expected answer.
  public static let clientUnknown: UInt32 = 6
  public static let preauthenticationRequired: UInt32 = 25
  /// The answer does not fit into a datagram: to be asked over TCP.
  public static let responseTooBig: UInt32 = 52
  public static let wrongRealm: UInt32 = 68

  /// The name of the code in section 7.5.9, or its number.
  public var description: String { Self.name(of: code) ?? "error \(code)" }

  /// nil for a number without one.
  public static func name(of code: UInt32) -> String? { names[code] }

  init(_ root: ASN1Node) throws(DecodeError) {
    var code: UInt32?
    var seconds: Double?
    var microseconds: UInt32 = 0
    realm = ""
    let sequence = try ASN1Field.only(in: root, "KRB-ERROR")
    for node in try ASN1Field.children(of: sequence, "KRB-ERROR") {
      switch ASN1Field.contextNumber(node) {
      case 4: seconds = try Self.time(try ASN1Field.only(in: node, "stime"))
      case 5: microseconds = try ASN1Field.integer(try ASN1Field.only(in: node, "susec"), "susec")
      case 6: code = try ASN1Field.integer(try ASN1Field.only(in: node, "error-code"), "error-code")
      case 7: clientRealm = try Self.text(try ASN1Field.only(in: node, "crealm"))
      case 9: realm = try Self.text(try ASN1Field.only(in: node, "realm"))
      case 11: text = try Self.text(try ASN1Field.only(in: node, "e-text"))
      default: break
      }
    }
    guard let code else { throw .malformed(field: "error-code", at: 0, reason: "it is missing") }
    guard let seconds else { throw .malformed(field: "stime", at: 0, reason: "it is missing") }
    self.code = code
    serverTime = seconds + Double(min(microseconds, 999_999)) / 1e6
  }

  private static func text(_ node: ASN1Node) throws(DecodeError) -> String {
    guard case .primitive(let bytes) = node.content else {
      throw ASN1Field.malformed(node, "text", "it is no string")
    }
    return String(decoding: bytes.prefix(1024), as: UTF8.self)
  }

  private static func time(_ node: ASN1Node) throws(DecodeError) -> Double {
    guard case .primitive(let bytes) = node.content, let seconds = ASN1Field.seconds(inTime: bytes) else {
      throw ASN1Field.malformed(node, "stime", "it is no time")
    }
    return seconds
  }

  private static let names: [UInt32: String] = [
    0: "KDC_ERR_NONE", 1: "KDC_ERR_NAME_EXP", 2: "KDC_ERR_SERVICE_EXP", 3: "KDC_ERR_BAD_PVNO",
    4: "KDC_ERR_C_OLD_MAST_KVNO", 5: "KDC_ERR_S_OLD_MAST_KVNO", 6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
    7: "KDC_ERR_S_PRINCIPAL_UNKNOWN", 8: "KDC_ERR_PRINCIPAL_NOT_UNIQUE", 9: "KDC_ERR_NULL_KEY",
    10: "KDC_ERR_CANNOT_POSTDATE", 11: "KDC_ERR_NEVER_VALID", 12: "KDC_ERR_POLICY",
    13: "KDC_ERR_BADOPTION", 14: "KDC_ERR_ETYPE_NOSUPP", 15: "KDC_ERR_SUMTYPE_NOSUPP",
    16: "KDC_ERR_PADATA_TYPE_NOSUPP", 17: "KDC_ERR_TRTYPE_NOSUPP", 18: "KDC_ERR_CLIENT_REVOKED",
    19: "KDC_ERR_SERVICE_REVOKED", 20: "KDC_ERR_TGT_REVOKED", 21: "KDC_ERR_CLIENT_NOTYET",
    22: "KDC_ERR_SERVICE_NOTYET", 23: "KDC_ERR_KEY_EXPIRED", 24: "KDC_ERR_PREAUTH_FAILED",
    25: "KDC_ERR_PREAUTH_REQUIRED", 26: "KDC_ERR_SERVER_NOMATCH", 27: "KDC_ERR_MUST_USE_USER2USER",
    28: "KDC_ERR_PATH_NOT_ACCEPTED", 29: "KDC_ERR_SVC_UNAVAILABLE", 31: "KRB_AP_ERR_BAD_INTEGRITY",
    32: "KRB_AP_ERR_TKT_EXPIRED", 33: "KRB_AP_ERR_TKT_NYV", 34: "KRB_AP_ERR_REPEAT",
    35: "KRB_AP_ERR_NOT_US", 36: "KRB_AP_ERR_BADMATCH", 37: "KRB_AP_ERR_SKEW",
    38: "KRB_AP_ERR_BADADDR", 39: "KRB_AP_ERR_BADVERSION", 40: "KRB_AP_ERR_MSG_TYPE",
    41: "KRB_AP_ERR_MODIFIED", 42: "KRB_AP_ERR_BADORDER", 44: "KRB_AP_ERR_BADKEYVER",
    45: "KRB_AP_ERR_NOKEY", 46: "KRB_AP_ERR_MUT_FAIL", 47: "KRB_AP_ERR_BADDIRECTION",
    48: "KRB_AP_ERR_METHOD", 49: "KRB_AP_ERR_BADSEQ", 50: "KRB_AP_ERR_INAPP_CKSUM",
    51: "KRB_AP_PATH_NOT_ACCEPTED", 52: "KRB_ERR_RESPONSE_TOO_BIG", 60: "KRB_ERR_GENERIC",
    61: "KRB_ERR_FIELD_TOOLONG", 68: "KDC_ERR_WRONG_REALM",
  ]
}

/// A Kerberos message on its way through a KDC proxy, as the body of an HTTP message ([MS-KKDCP] 2.2.2).
///
///     KDC-PROXY-MESSAGE ::= SEQUENCE {
///       kerb-message   [0] OCTET STRING,
///       target-domain  [1] GeneralString  OPTIONAL,
///       dclocator-hint [2] INTEGER        OPTIONAL }
public struct KDCProxyMessage: Hashable, Sendable {
  /// Without its frame.
  public var message: [UInt8]
  public var targetDomain: String?

  public init(message: [UInt8], targetDomain: String? = nil) {
    self.message = message
    self.targetDomain = targetDomain
  }

  /// Reads exactly one.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let root = try ASN1Field.parse(
      bytes, tags: [0x30], limit: 2 * Kerberos.longest, field: "KDC-PROXY-MESSAGE")
    var framed: [UInt8]?
    for node in try ASN1Field.children(of: root, "KDC-PROXY-MESSAGE") {
      switch ASN1Field.contextNumber(node) {
      case 0:
        framed = try ASN1Field.octets(try ASN1Field.only(in: node, "kerb-message"), "kerb-message")
      case 1:
        let name = try ASN1Field.only(in: node, "target-domain")
        guard case .primitive(let text) = name.content else {
          throw ASN1Field.malformed(name, "target-domain", "it is no string")
        }
        targetDomain = String(decoding: text.prefix(1024), as: UTF8.self)
      default: break
      }
    }
    guard let framed else { throw .malformed(field: "kerb-message", at: 0, reason: "it is missing") }
    message = try Kerberos.unframed(framed)
  }

  /// As DER.
  public func encode() -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendSequence { sequence in
      sequence.appendTagged(0) { $0.appendOctets(Kerberos.framed(message)) }
      if let targetDomain {
        sequence.appendTagged(1) { tagged in
          tagged.appendPrimitiveNode(identifier: .generalString) { $0.append(contentsOf: targetDomain.utf8) }
        }
      }
    }
    return serializer.serializedBytes
  }
}
