/// Text as Windows programs write it: UTF-16 with or without a byte order mark, UTF-8, or an old code page.
public enum TextDecoding {
  /// - Returns: nil when the bytes are no text.
  public static func text(of bytes: [UInt8]) -> String? {
    switch bytes.prefix(3) {
    case let head where head.starts(with: [0xFF, 0xFE]): return utf16(bytes.dropFirst(2), isBigEndian: false)
    case let head where head.starts(with: [0xFE, 0xFF]): return utf16(bytes.dropFirst(2), isBigEndian: true)
    case [0xEF, 0xBB, 0xBF]: return String(decoding: bytes.dropFirst(3), as: UTF8.self)
    default: break
    }
    let sample = bytes.prefix(512)
    if sample.contains(0) {
      // Latin letters in UTF-16 have every second byte zero.
      let odd = sample.enumerated().count { $0.element == 0 && $0.offset % 2 == 1 }
      let even = sample.enumerated().count { $0.element == 0 && $0.offset % 2 == 0 }
      if odd * 4 > sample.count, even == 0 { return utf16(bytes[...], isBigEndian: false) }
      if even * 4 > sample.count, odd == 0 { return utf16(bytes[...], isBigEndian: true) }
      return nil
    }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> String {
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    var first: UInt8?
    for byte in bytes {
      guard let low = first else {
        first = byte
        continue
      }
      units.append(isBigEndian ? UInt16(low) << 8 | UInt16(byte) : UInt16(byte) << 8 | UInt16(low))
      first = nil
    }
    return String(decoding: units, as: UTF16.self)
  }
}
