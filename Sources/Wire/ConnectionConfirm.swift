/// The server's answer to a ``ConnectionRequest``.
///
/// In a TPKT ([MS-RDPBCGR] 2.2.1.2 Server X.224 Connection Confirm PDU, 2.2.1.2.1 RDP Negotiation Response,
/// 2.2.1.2.2 RDP Negotiation Failure):
///
///     length (1) | 0xD0 | destination (2) | source (2) | class (1)
///     type (1) | flags (1) | length (2, little-endian), 8 | protocol or failure code (4, little-endian)   (optional)
public struct ConnectionConfirm: Hashable, Sendable {
  /// 0x1234 from Windows and newer xrdp, 0 from older xrdp and GNOME Remote Desktop.
  public var source: UInt16
  public var reply: Reply

  public enum Reply: Hashable, Sendable {
    /// No negotiation: the server knows RDP's own security only, or was not asked for another.
    case none
    /// INVARIANT when decoded: no more than one protocol.
    case selected(SecurityProtocols, NegotiationResponseFlags)
    case refused(NegotiationFailure)
  }

  public init(source: UInt16 = 0x1234, reply: Reply) {
    self.source = source
    self.reply = reply
  }

  /// With its TPKT.
  public func encode() -> [UInt8] {
    var body: [UInt8] = [0xD0, 0, 0]
    body.appendBE(source)
    body.append(0)
    func negotiation(_ type: UInt8, _ flags: UInt8, _ value: UInt32) {
      body += [type, flags]
      body.appendLE(8 as UInt16)
      body.appendLE(value)
    }
    switch reply {
    case .none: break
    case .selected(let protocols, let flags): negotiation(0x02, flags.rawValue, protocols.rawValue)
    case .refused(let failure): negotiation(0x03, 0, failure.rawValue)
    }
    return TPKT.frame([UInt8(body.count)] + body)
  }

  /// Reads exactly one confirm with its TPKT. Failure codes and flags that are not known are kept as numbers.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let payload = try TPKT.payload(of: bytes)
    var reader = ByteReader(bytes)
    _ = try reader.readBytes(TPKT.headerLength, "TPKT header")
    source =
      try X224.readHeader(&reader, code: 0xD0, name: "connection confirm", payloadLength: payload.count)
      .source
    guard reader.remaining > 0 else {
      reply = .none
      return
    }
    let start = reader.offset
    let type = try reader.readUInt8("negotiation type")
    let flags = NegotiationResponseFlags(rawValue: try reader.readUInt8("negotiation flags"))
    try X224.readNegotiationLength(&reader)
    let value = try reader.readUInt32LE("protocol or failure code")
    switch type {
    case 0x02:
      guard value.nonzeroBitCount <= 1 else {
        throw .unexpected(field: "selected protocol", at: start + 4, got: UInt64(value), want: "one protocol")
      }
      reply = .selected(SecurityProtocols(rawValue: value), flags)
    case 0x03: reply = .refused(NegotiationFailure(rawValue: value))
    default:
      throw .unexpected(field: "negotiation type", at: start, got: UInt64(type), want: "2 or 3")
    }
    guard reader.remaining == 0 else {
      throw .unexpected(
        field: "X.224 length", at: TPKT.headerLength, got: UInt64(payload.count - 1), want: "6 or 14")
    }
  }
}
