import SwiftASN1

/// LDAP version 3, as far as a client goes that only reads what a directory says of itself to anybody (RFC 4511).
public enum LDAP {
  /// Of one message. A root entry has a few kilobytes.
  public static let longest = 262_144
  /// Of more attributes, or values of one, those in front are kept; of a value the first ``longestValue`` bytes.
  public static let most = 128
  public static let longestValue = 2048

  /// Asks for attributes of the root entry (RFC 4512 section 5.1), without having signed in.
  public static func rootRequest(attributes: [String], messageID: Int32 = 1) -> [UInt8] {
    var serializer = DER.Serializer()
    serializer.appendSequence { message in
      message.appendInteger(messageID)
      message.appendConstructedNode(identifier: tag(3)) { search in
        search.appendOctets([])
        // This entry alone; aliases as they are; one entry; three seconds.
        search.appendInteger(0, as: .enumerated)
        search.appendInteger(0, as: .enumerated)
        search.appendInteger(1)
        search.appendInteger(3)
        search.appendPrimitiveNode(identifier: .boolean) { $0.append(0) }
        search.appendPrimitiveNode(identifier: ASN1Field.context(7)) {
          $0.append(contentsOf: "objectClass".utf8)
        }
        search.appendSequence { list in for name in attributes { list.appendOctets(Array(name.utf8)) } }
      }
    }
    return serializer.serializedBytes
  }

  static func tag(_ number: UInt) -> ASN1Identifier {
    ASN1Identifier(tagWithNumber: number, tagClass: .application)
  }
}

/// One message of a directory (RFC 4511 section 4.1.1).
public enum LDAPMessage: Hashable, Sendable {
  case entry(LDAPEntry)
  /// The end of the search.
  /// - Parameter code: `resultCode` of section 4.1.9; 0 is success.
  case done(code: UInt32, diagnostic: String)
  /// Another, by the number of its tag; 24 is an unasked one, such as a notice of disconnection (section 4.4).
  case other(tag: UInt)

  /// The message at the front, and how many bytes it has.
  ///
  /// - Throws: `truncated` when it is not whole yet; another error when it is no LDAP message or longer than
  ///   ``LDAP/longest``.
  public static func first(in bytes: [UInt8]) throws(DecodeError) -> (message: LDAPMessage, length: Int) {
    let length = try ASN1Field.length(
      of: bytes[...], tags: [0x30], limit: LDAP.longest, field: "LDAPMessage")
    guard length <= bytes.count else { throw .truncated(field: "LDAPMessage", at: bytes.count) }
    let root = try ASN1Field.parse(
      Array(bytes.prefix(length)), tags: [0x30], limit: LDAP.longest, field: "LDAPMessage")
    let parts = try ASN1Field.children(of: root, "LDAPMessage")
    guard parts.count >= 2 else { throw .malformed(field: "protocolOp", at: 0, reason: "it is missing") }
    _ = try ASN1Field.integer(parts[0], "messageID")
    let operation = parts[1]
    guard operation.identifier.tagClass == .application else {
      throw ASN1Field.malformed(operation, "protocolOp", "it is no LDAP operation")
    }
    switch operation.identifier.tagNumber {
    case 4: return (.entry(try LDAPEntry(operation)), length)
    case 5:
      let fields = try ASN1Field.children(of: operation, "SearchResultDone")
      guard fields.count >= 3 else {
        throw ASN1Field.malformed(operation, "SearchResultDone", "it is too short")
      }
      let code = try ASN1Field.integer(fields[0], "resultCode", as: .enumerated)
      return (.done(code: code, diagnostic: try LDAPEntry.text(fields[2], "diagnosticMessage")), length)
    case let number: return (.other(tag: number), length)
    }
  }
}

/// Attributes of one entry (RFC 4511 section 4.5.2).
public struct LDAPEntry: Hashable, Sendable {
  public var name: String
  /// By their names in lower case.
  public var attributes: [String: [String]]

  public init(name: String = "", attributes: [String: [String]]) {
    self.name = name
    self.attributes = attributes
  }

  /// The values of an attribute, whose name is compared without regard to case.
  public func values(_ name: String) -> [String] { attributes[name.lowercased()] ?? [] }

  /// `currentTime`: the directory's clock, in seconds since 1970 ([MS-ADTS] 3.1.1.3.2.1).
  public var currentTime: Double? {
    values("currentTime").first.flatMap { ASN1Field.seconds(inTime: $0.utf8) }
  }

  init(_ operation: ASN1Node) throws(DecodeError) {
    let parts = try ASN1Field.children(of: operation, "SearchResultEntry")
    guard parts.count >= 2 else {
      throw ASN1Field.malformed(operation, "SearchResultEntry", "it is too short")
    }
    name = try Self.text(parts[0], "objectName")
    attributes = [:]
    for item in try ASN1Field.children(of: parts[1], "attributes").prefix(LDAP.most) {
      let pair = try ASN1Field.children(of: item, "attribute")
      guard pair.count >= 2 else { throw ASN1Field.malformed(item, "attribute", "it is too short") }
      var values: [String] = []
      for value in try ASN1Field.children(of: pair[1], "values").prefix(LDAP.most) {
        values.append(try Self.text(value, "value"))
      }
      attributes[try Self.text(pair[0], "type").lowercased(), default: []] += values
    }
  }

  static func text(_ node: ASN1Node, _ field: String) throws(DecodeError) -> String {
    String(decoding: try ASN1Field.octets(node, field).prefix(LDAP.longestValue), as: UTF8.self)
  }
}
