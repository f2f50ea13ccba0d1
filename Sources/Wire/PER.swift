/// The little of aligned PER (ITU-T X.691) that MCS and GCC use.
enum PER {
  /// A length determinant (section 10.9): one byte up to 127, two up to 16383. Fragments, which begin at 16384, occur in
  /// no message of a connection being set up.
  static func readLength(_ reader: inout ByteReader, _ field: String) throws(DecodeError) -> Int {
    let at = reader.offset
    let first = try reader.readUInt8("\(field) length")
    if first & 0x80 == 0 { return Int(first) }
    guard first & 0x40 == 0 else {
      throw .unexpected(field: "\(field) length", at: at, got: UInt64(first), want: "a length below 16384")
    }
    return Int(first & 0x3F) << 8 | Int(try reader.readUInt8("\(field) length"))
  }

  static let longest = 0x3FFF

  /// In two bytes also where one would do, as RDP clients write it.
  /// - Parameter length: ``longest`` at most; more is cut down to that.
  static func longLength(_ length: Int) -> [UInt8] {
    let length = min(max(length, 0), longest)
    return [UInt8(0x80 | length >> 8), UInt8(length & 0xFF)]
  }
}
