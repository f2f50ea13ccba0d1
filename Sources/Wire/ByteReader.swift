/// Reads fields from bytes, from front to back, and never past their end.
///
/// Every read names its field, so that an error can say which one is missing.
public struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  public init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Offsets count from the start of the slice.
  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// Of the next byte, counted from the start.
  public var offset: Int { position - bytes.startIndex }
  public var remaining: Int { bytes.endIndex - position }

  public mutating func readUInt8(_ field: String) throws(DecodeError) -> UInt8 {
    try readBytes(1, field).first ?? 0
  }

  public mutating func readUInt16LE(_ field: String) throws(DecodeError) -> UInt16 {
    UInt16(truncatingIfNeeded: Self.number(try readBytes(2, field).reversed()))
  }

  public mutating func readUInt16BE(_ field: String) throws(DecodeError) -> UInt16 {
    UInt16(truncatingIfNeeded: Self.number(try readBytes(2, field)))
  }

  public mutating func readUInt24BE(_ field: String) throws(DecodeError) -> UInt32 {
    UInt32(truncatingIfNeeded: Self.number(try readBytes(3, field)))
  }

  public mutating func readUInt32LE(_ field: String) throws(DecodeError) -> UInt32 {
    UInt32(truncatingIfNeeded: Self.number(try readBytes(4, field).reversed()))
  }

  public mutating func readUInt32BE(_ field: String) throws(DecodeError) -> UInt32 {
    UInt32(truncatingIfNeeded: Self.number(try readBytes(4, field)))
  }

  public mutating func readUInt64LE(_ field: String) throws(DecodeError) -> UInt64 {
    Self.number(try readBytes(8, field).reversed())
  }

  /// - Throws: ``DecodeError/truncated(field:at:)`` when fewer are left, or when `count` is negative.
  public mutating func readBytes(_ count: Int, _ field: String) throws(DecodeError) -> ArraySlice<UInt8> {
    guard 0 <= count, count <= remaining else { throw .truncated(field: field, at: offset) }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// All that is left.
  public mutating func readRest() -> ArraySlice<UInt8> {
    defer { position = bytes.endIndex }
    return bytes[position...]
  }

  /// The byte that `readUInt8` would give next.
  public var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension [UInt8] {
  mutating func appendLE(_ number: UInt16) { append(contentsOf: [UInt8(number & 0xFF), UInt8(number >> 8)]) }
  mutating func appendBE(_ number: UInt16) { append(contentsOf: [UInt8(number >> 8), UInt8(number & 0xFF)]) }
  mutating func appendLE(_ number: UInt32) {
    appendLE(UInt16(number & 0xFFFF))
    appendLE(UInt16(number >> 16))
  }
  mutating func appendLE(_ number: UInt64) {
    appendLE(UInt32(number & 0xFFFF_FFFF))
    appendLE(UInt32(number >> 32))
  }
}

extension Sequence where Element == UInt8 {
  /// As lower-case hexadecimal digits without separators.
  public var hexadecimal: String {
    var text = ""
    for byte in self {
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
    return text
  }
}
