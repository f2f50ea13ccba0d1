import SwiftASN1

/// What the ASN.1 messages of this module have in common.
///
/// Reading is by the basic encoding rules (ITU-T X.690 section 8), which allow longer lengths than DER does, as some
/// servers write them; writing is always DER.
enum ASN1Field {
  /// The number of bytes of the element at the front, header included.
  ///
  /// - Throws: `truncated` when its header is not whole yet; `unexpected` when it is longer than `limit` or has no
  ///   definite length.
  static func length(
    of bytes: ArraySlice<UInt8>, tags: Set<UInt8>, limit: Int, field: String
  ) throws(DecodeError) -> Int {
    var reader = ByteReader(bytes)
    let tag = try reader.readUInt8(field)
    guard tags.contains(tag) else {
      throw .unexpected(
        field: field, at: 0, got: UInt64(tag),
        want: tags.sorted().map { "0x\(String($0, radix: 16))" }.joined(separator: " or "))
    }
    let first = try reader.readUInt8("\(field) length")
    var content = Int(first)
    if first & 0x80 != 0 {
      // Four bytes are more than any message here needs; 0x80 is the indefinite form.
      guard (0x81...0x84).contains(first) else {
        throw .unexpected(field: "\(field) length", at: 1, got: UInt64(first), want: "a definite length")
      }
      content = 0
      for _ in 0..<Int(first & 0x7F) { content = content << 8 | Int(try reader.readUInt8("\(field) length")) }
    }
    let total = reader.offset + content
    guard total <= limit else {
      throw .unexpected(field: "\(field) length", at: 1, got: UInt64(total), want: "\(limit) or less")
    }
    return total
  }

  /// The one element that the bytes are.
  static func parse(
    _ bytes: [UInt8], tags: Set<UInt8>, limit: Int, field: String
  ) throws(DecodeError) -> ASN1Node {
    let length = try length(of: bytes[...], tags: tags, limit: limit, field: field)
    guard length <= bytes.count else { throw .truncated(field: field, at: bytes.count) }
    guard length == bytes.count else {
      throw .unexpected(
        field: "\(field) length", at: 1, got: UInt64(length), want: "the \(bytes.count) bytes of the message")
    }
    do {
      return try BER.parse(bytes)
    } catch {
      throw .malformed(field: field, at: 0, reason: "\(error)")
    }
  }

  /// The elements inside a constructed one.
  static func children(of node: ASN1Node, _ field: String) throws(DecodeError) -> [ASN1Node] {
    guard case .constructed(let nodes) = node.content else {
      throw malformed(node, field, "it is not constructed")
    }
    return Array(nodes)
  }

  /// The one element inside an explicit tag.
  static func only(in node: ASN1Node, _ field: String) throws(DecodeError) -> ASN1Node {
    let inside = try children(of: node, field)
    guard inside.count == 1, let first = inside.first else {
      throw malformed(node, field, "it holds \(inside.count) elements, not 1")
    }
    return first
  }

  static func octets(_ node: ASN1Node, _ field: String) throws(DecodeError) -> [UInt8] {
    guard node.identifier == .octetString, case .primitive(let bytes) = node.content else {
      throw malformed(node, field, "it is no octet string")
    }
    return Array(bytes)
  }

  /// A 32-bit INTEGER, signed or not: servers write status codes either way.
  static func integer(
    _ node: ASN1Node, _ field: String, as identifier: ASN1Identifier = .integer
  ) throws(DecodeError) -> UInt32 {
    guard node.identifier == identifier, case .primitive(let bytes) = node.content else {
      throw malformed(node, field, "it is no integer")
    }
    let isFiveWithZero = bytes.count == 5 && bytes.first == 0
    guard (1...4).contains(bytes.count) || isFiveWithZero, let first = bytes.first else {
      throw malformed(node, field, "it has \(bytes.count) bytes")
    }
    let start: UInt32 = first & 0x80 != 0 ? .max : 0
    return bytes.reduce(start) { $0 << 8 | UInt32($1) }
  }

  /// Of a context-specific tag; nil for another class.
  static func contextNumber(_ node: ASN1Node) -> UInt? {
    node.identifier.tagClass == .contextSpecific ? node.identifier.tagNumber : nil
  }

  /// The moment of a GeneralizedTime in UTC, `20260504031200Z` with or without a fraction, in seconds since 1970.
  static func seconds(inTime text: some Collection<UInt8>) -> Double? {
    let digits = text.prefix(14)
    guard digits.count == 14, text.count <= 24, text.dropFirst(14).contains(UInt8(ascii: "Z")),
      digits.allSatisfy({ (48...57).contains($0) })
    else { return nil }
    let values = digits.map { Int($0) - 48 }
    func number(_ range: Range<Int>) -> Int { values[range].reduce(0) { $0 * 10 + $1 } }
    let (month, day) = (number(4..<6), number(6..<8))
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    // Civil date to days: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let year = number(0..<4) - (month <= 2 ? 1 : 0)
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    return Double(days * 86400 + number(8..<10) * 3600 + number(10..<12) * 60 + number(12..<14))
  }

  static func offset(_ node: ASN1Node) -> Int { node.encodedBytes.startIndex }

  static func malformed(_ node: ASN1Node, _ field: String, _ reason: String) -> DecodeError {
    .malformed(field: field, at: offset(node), reason: reason)
  }

  static func context(_ number: UInt) -> ASN1Identifier {
    ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
  }
}

extension DER.Serializer {
  mutating func appendOctets(_ bytes: [UInt8]) {
    appendPrimitiveNode(identifier: .octetString) { $0.append(contentsOf: bytes) }
  }

  /// The shortest two's complement form of a signed number.
  mutating func appendInteger(_ number: Int32, as identifier: ASN1Identifier = .integer) {
    var bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    while bytes.count > 1, bytes[0] == (bytes[1] & 0x80 != 0 ? 0xFF : 0) { bytes.removeFirst() }
    appendPrimitiveNode(identifier: identifier) { $0.append(contentsOf: bytes) }
  }

  mutating func appendObjectIdentifier(_ oid: ASN1ObjectIdentifier) {
    // Cannot fail: the identifier was checked when it was made.
    try? serialize(oid)
  }

  mutating func appendTagged(_ number: UInt, _ body: (inout DER.Serializer) -> Void) {
    appendConstructedNode(identifier: ASN1Field.context(number), body)
  }

  mutating func appendSequence(_ body: (inout DER.Serializer) -> Void) {
    appendConstructedNode(identifier: .sequence, body)
  }
}
