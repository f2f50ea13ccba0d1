/// The first message of an RDP connection: which security the client offers.
///
/// In a TPKT ([MS-RDPBCGR] 2.2.1.1 Client X.224 Connection Request PDU, 2.2.1.1.1 RDP Negotiation Request):
///
///     length (1) | 0xE0 | destination (2) | source (2) | class (1)
///     routing token or cookie, up to CR LF (optional)
///     0x01 | flags (1) | length (2, little-endian), 8 | protocols (4, little-endian)   (optional)
///     correlation info (36), when the flags say so
public struct ConnectionRequest: Hashable, Sendable {
  /// The user name of `Cookie: mstshash=…`, for load balancers.
  public var cookie: String?
  /// Any other line before the negotiation, for example `Cookie: msts=…` or `tsv://…`, without its CR LF.
  public var routingToken: String?
  /// nil as clients older than RDP 5.2 send it: RDP's own security is all they know.
  public var negotiation: Negotiation?

  public struct Negotiation: Hashable, Sendable {
    public var protocols: SecurityProtocols
    public var flags: NegotiationRequestFlags
    public init(_ protocols: SecurityProtocols, flags: NegotiationRequestFlags = []) {
      self.protocols = protocols
      self.flags = flags
    }
  }

  public init(cookie: String? = nil, routingToken: String? = nil, negotiation: Negotiation?) {
    self.cookie = cookie
    self.routingToken = routingToken
    self.negotiation = negotiation
  }

  /// Bytes of cookie or routing token that an X.224 length of one byte leaves room for.
  public static let longestLine = 254 - 6 - 2 - 8

  /// Whether a routing token is sent as it is: nothing of it left out.
  public static func canCarry(_ token: String) -> Bool {
    !token.isEmpty && token.utf8.count <= longestLine && token.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }

  /// With its TPKT. What of the cookie has no room is left out, and so is what would end its line; correlation info
  /// is never sent.
  public func encode() -> [UInt8] {
    var body: [UInt8] = [0xE0, 0, 0, 0, 0, 0]
    if let line = routingToken ?? cookie.map({ Self.cookiePrefix + $0 }) {
      body += line.utf8.filter { (0x20...0x7E).contains($0) }.prefix(Self.longestLine)
      body += [0x0D, 0x0A]
    }
    if let negotiation {
      body += [0x01, negotiation.flags.subtracting(.correlationInfo).rawValue]
      body.appendLE(8 as UInt16)
      body.appendLE(negotiation.protocols.rawValue)
    }
    return TPKT.frame([UInt8(body.count)] + body)
  }

  /// Reads exactly one request with its TPKT.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let payload = try TPKT.payload(of: bytes)
    let start = TPKT.headerLength
    var reader = ByteReader(bytes)
    _ = try reader.readBytes(start, "TPKT header")
    try X224.readHeader(&reader, code: 0xE0, name: "connection request", payloadLength: payload.count)

    if let next = reader.next, next != 0x01 {
      let lineStart = reader.offset
      var line: [UInt8] = []
      while line.suffix(2) != [0x0D, 0x0A] { line.append(try reader.readUInt8("cookie")) }
      let text = String(decoding: line.dropLast(2), as: UTF8.self)
      if text.hasPrefix(Self.cookiePrefix) {
        cookie = String(text.dropFirst(Self.cookiePrefix.count))
      } else if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
        routingToken = text
      } else {
        throw .malformed(field: "cookie", at: lineStart, reason: "it is no line of text")
      }
    }
    guard reader.remaining > 0 else { return }
    let typeOffset = reader.offset
    let type = try reader.readUInt8("negotiation type")
    guard type == 0x01 else {
      throw .unexpected(field: "negotiation type", at: typeOffset, got: UInt64(type), want: "1")
    }
    let flags = NegotiationRequestFlags(rawValue: try reader.readUInt8("negotiation flags"))
    try X224.readNegotiationLength(&reader)
    let protocols = SecurityProtocols(rawValue: try reader.readUInt32LE("requested protocols"))
    negotiation = Negotiation(protocols, flags: flags)
    if flags.contains(.correlationInfo) { _ = try reader.readBytes(36, "correlation info") }
  }

  static let cookiePrefix = "Cookie: mstshash="
}

enum X224 {
  /// The fixed part of a connection request or confirm (ITU-T X.224 sections 13.3 and 13.4).
  @discardableResult
  static func readHeader(
    _ reader: inout ByteReader, code: UInt8, name: String, payloadLength: Int
  ) throws(DecodeError) -> (destination: UInt16, source: UInt16) {
    let start = reader.offset
    let length = try reader.readUInt8("X.224 length")
    let got = try reader.readUInt8("X.224 code")
    // The low four bits carry the credit, which class 0 does not use.
    guard got & 0xF0 == code else {
      throw .unexpected(
        field: "X.224 code", at: start + 1, got: UInt64(got), want: "0x\(String(code, radix: 16)) (\(name))")
    }
    guard Int(length) + 1 == payloadLength else {
      throw .unexpected(field: "X.224 length", at: start, got: UInt64(length), want: "\(payloadLength - 1)")
    }
    let destination = try reader.readUInt16BE("X.224 destination")
    let source = try reader.readUInt16BE("X.224 source")
    _ = try reader.readUInt8("X.224 class")
    return (destination, source)
  }

  static func readNegotiationLength(_ reader: inout ByteReader) throws(DecodeError) {
    let offset = reader.offset
    let length = try reader.readUInt16LE("negotiation length")
    guard length == 8 else {
      throw .unexpected(field: "negotiation length", at: offset, got: UInt64(length), want: "8")
    }
  }
}
