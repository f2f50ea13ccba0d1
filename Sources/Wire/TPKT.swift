/// The frame around every X.224 message on TCP (ITU-T T.123 section 8; [MS-RDPBCGR] 2.2.1.1).
///
///     version (1), always 3 | reserved (1) | length (2, big-endian), header included | payload
public enum TPKT {
  public static let version: UInt8 = 3
  public static let headerLength = 4
  /// The header and the shortest X.224 message, of 3 bytes.
  public static let shortestFrame = 7
  public static let longestFrame = 65535

  /// Puts the header before a payload of 3 to 65531 bytes; other lengths are a programmer error.
  public static func frame(_ payload: [UInt8]) -> [UInt8] {
    let length = headerLength + payload.count
    precondition((shortestFrame...longestFrame).contains(length), "a payload that no TPKT can carry")
    var bytes: [UInt8] = [version, 0]
    bytes.appendBE(UInt16(length))
    return bytes + payload
  }

  /// The length of the frame that begins here, header included.
  ///
  /// - Throws: `truncated` when the header is not whole yet. The first byte alone can tell that this is no TPKT.
  public static func frameLength(_ bytes: [UInt8]) throws(DecodeError) -> Int {
    try frameLength(bytes[...])
  }

  static func frameLength(_ bytes: ArraySlice<UInt8>) throws(DecodeError) -> Int {
    var reader = ByteReader(bytes)
    let version = try reader.readUInt8("TPKT version")
    guard version == Self.version else {
      throw .unexpected(field: "TPKT version", at: 0, got: UInt64(version), want: "3")
    }
    _ = try reader.readUInt8("TPKT reserved")
    let length = try reader.readUInt16BE("TPKT length")
    guard length >= shortestFrame else {
      throw .unexpected(field: "TPKT length", at: 2, got: UInt64(length), want: "7 or more")
    }
    return Int(length)
  }

  /// Opens a message that is exactly one frame.
  ///
  /// - Throws: `truncated` when the frame is not whole; `unexpected` when bytes follow it.
  static func payload(of bytes: [UInt8]) throws(DecodeError) -> ArraySlice<UInt8> {
    let length = try frameLength(bytes)
    guard length <= bytes.count else { throw .truncated(field: "TPKT payload", at: bytes.count) }
    guard length == bytes.count else {
      throw .unexpected(
        field: "TPKT length", at: 2, got: UInt64(length), want: "the \(bytes.count) bytes of the message")
    }
    return bytes[headerLength...]
  }

  /// Cuts a stream into frames, however the network has cut it.
  public struct Framer: Sendable {
    private var pending: [UInt8] = []
    public init() {}

    /// Bytes that are no whole frame yet.
    public var rest: [UInt8] { pending }

    public mutating func append(_ bytes: some Sequence<UInt8>) { pending.append(contentsOf: bytes) }

    /// The next whole frame, header included; nil when more bytes are needed.
    ///
    /// - Throws: when what comes next is no TPKT. The stream cannot be read on from there.
    public mutating func next() throws(DecodeError) -> [UInt8]? {
      let length: Int
      do throws(DecodeError) {
        length = try TPKT.frameLength(pending[...])
      } catch {
        if error.needsMore { return nil }
        throw error
      }
      guard length <= pending.count else { return nil }
      defer { pending.removeFirst(length) }
      return Array(pending.prefix(length))
    }
  }
}
