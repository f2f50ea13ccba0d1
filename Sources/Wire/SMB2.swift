/// The first exchange of SMB 2 and 3 over TCP, before anybody signs in ([MS-SMB2] 2.2.3 and 2.2.4).
public enum SMB2 {
  /// Of an answer. A real one has a few hundred bytes.
  public static let longest = 65536

  /// NEGOTIATE for every dialect from 2.0.2 to 3.1.1, in its frame (section 2.1).
  ///
  /// - Parameter salt: 32 bytes for the integrity of 3.1.1; they need not be secret.
  public static func negotiateRequest(salt: [UInt8]) -> [UInt8] {
    let dialects: [UInt16] = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311]
    var message: [UInt8] = [0xFE, 0x53, 0x4D, 0x42]
    message.appendLE(UInt16(64))
    message += [UInt8](repeating: 0, count: 58)
    // CreditRequest, at 14 of the header.
    message[14] = 1
    message.appendLE(UInt16(36))
    message.appendLE(UInt16(dialects.count))
    // Signing is enabled; whether it is required, the answer tells.
    message.appendLE(UInt16(1))
    message += [UInt8](repeating: 0, count: 6) + (salt + [UInt8](repeating: 0, count: 16)).prefix(16)
    message.appendLE(UInt32(112))
    message.appendLE(UInt16(1))
    message.appendLE(UInt16(0))
    for dialect in dialects { message.appendLE(dialect) }
    message += [0, 0]
    // SMB2_PREAUTH_INTEGRITY_CAPABILITIES with SHA-512 (section 2.2.3.1.1).
    message.appendLE(UInt16(1))
    message.appendLE(UInt16(38))
    message.appendLE(UInt32(0))
    message.appendLE(UInt16(1))
    message.appendLE(UInt16(32))
    message.appendLE(UInt16(1))
    message += (salt + [UInt8](repeating: 0, count: 32)).prefix(32)
    var frame: [UInt8] = [0, 0]
    frame.appendBE(UInt16(message.count))
    return frame + message
  }
}

/// What a file server says of itself ([MS-SMB2] 2.2.4).
public struct SMB2NegotiateResponse: Hashable, Sendable {
  /// NTSTATUS; 0 when the fields below are there.
  public var status: UInt32
  /// For example 0x0311 for 3.1.1.
  public var dialect: UInt16 = 0
  public var isSigningRequired = false
  /// In the usual spelling with hyphens.
  public var serverGUID = ""
  /// The server's clock.
  public var systemTime = FileTime(ticks: 0)
  /// When the server started; 0 where it does not say, as Windows since 2008 R2.
  public var startTime = FileTime(ticks: 0)
  /// The beginning of SPNEGO.
  public var securityToken: [UInt8] = []

  /// For example `3.1.1`.
  public var dialectText: String {
    let digits = [dialect >> 8, dialect >> 4 & 0xF, dialect & 0xF]
    return digits[2] == 0 ? "\(digits[0]).\(digits[1])" : "\(digits[0]).\(digits[1]).\(digits[2])"
  }

  /// Reads the message in the frame at the front.
  ///
  /// - Throws: `truncated` when it is not whole yet; another error when it is no such answer.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var frame = ByteReader(bytes)
    let type = try frame.readUInt8("frame type")
    guard type == 0 else { throw .unexpected(field: "frame type", at: 0, got: UInt64(type), want: "0") }
    let length = Int(try frame.readUInt24BE("frame length"))
    guard (64...SMB2.longest).contains(length) else {
      throw .unexpected(field: "frame length", at: 1, got: UInt64(length), want: "64 to \(SMB2.longest)")
    }
    let message = Array(try frame.readBytes(length, "message"))
    do throws(DecodeError) {
      try self.init(message: message)
    } catch {
      // More bytes cannot make a message whole whose frame is.
      throw error.needsMore
        ? .malformed(field: "message", at: error.offset, reason: "it is too short") : error
    }
  }

  private init(message: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(message)
    let identifier = try reader.readUInt32BE("protocol identifier")
    guard identifier == 0xFE53_4D42 else {
      throw .unexpected(
        field: "protocol identifier", at: 0, got: UInt64(identifier), want: "that of SMB 2")
    }
    _ = try reader.readBytes(4, "header")
    status = try reader.readUInt32LE("status")
    let command = try reader.readUInt16LE("command")
    guard command == 0 else {
      throw .unexpected(field: "command", at: 12, got: UInt64(command), want: "NEGOTIATE")
    }
    _ = try reader.readBytes(50, "header")
    guard status == 0 else { return }
    let size = try reader.readUInt16LE("structure size")
    guard size == 65 else {
      throw .unexpected(field: "structure size", at: 64, got: UInt64(size), want: "65")
    }
    isSigningRequired = try reader.readUInt16LE("security mode") & 2 != 0
    dialect = try reader.readUInt16LE("dialect")
    _ = try reader.readUInt16LE("context count")
    serverGUID = UUIDText.text(Array(try reader.readBytes(16, "server identifier")))
    _ = try reader.readBytes(16, "limits")
    systemTime = FileTime(ticks: try reader.readUInt64LE("system time"))
    startTime = FileTime(ticks: try reader.readUInt64LE("start time"))
    let offset = Int(try reader.readUInt16LE("security buffer offset"))
    let count = Int(try reader.readUInt16LE("security buffer length"))
    // A buffer that is not there in whole is passed over; nothing above depends on it.
    if count > 0, offset <= message.count, count <= message.count - offset {
      securityToken = Array(message[offset..<offset + count])
    }
  }
}

/// Universally unique identifiers as Windows writes them: three numbers in little-endian, then bytes ([MS-DTYP] 2.3.4).
enum UUIDText {
  private static let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

  /// - Parameter bytes: 16 of them; the text of other numbers is empty.
  static func text(_ bytes: [UInt8]) -> String {
    guard bytes.count == 16 else { return "" }
    let digits = order.map { [bytes[$0]].hexadecimal }
    return [digits[0..<4], digits[4..<6], digits[6..<8], digits[8..<10], digits[10..<16]]
      .map { $0.joined() }.joined(separator: "-")
  }

  /// - Parameter text: With hyphens; bytes that are missing are 0.
  static func bytes(_ text: String) -> [UInt8] {
    let digits = text.filter { $0 != "-" }.compactMap(\.hexDigitValue)
    var bytes = [UInt8](repeating: 0, count: 16)
    for (place, index) in order.enumerated() where 2 * place + 1 < digits.count {
      bytes[index] = UInt8(digits[2 * place] << 4 | digits[2 * place + 1])
    }
    return bytes
  }
}
