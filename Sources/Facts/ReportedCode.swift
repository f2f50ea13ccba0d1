/// The numbers that the Remote Desktop client showed: an error code, an extended error code, or both.
public struct ReportedCode: Hashable, Sendable, Codable, CustomStringConvertible {
  public var code: UInt32?
  public var extended: UInt32?

  public init(code: UInt32? = nil, extended: UInt32? = nil) {
    self.code = code
    self.extended = extended
  }

  /// The canonical spelling, also the outcome of the finding `code.reported`: `0x3/0x7`, `0x204` or `*/0x11`.
  public var description: String {
    switch (code, extended) {
    case (let code?, let extended?): "\(Self.hex(code))/\(Self.hex(extended))"
    case (let code?, nil): Self.hex(code)
    case (nil, let extended?): "*/\(Self.hex(extended))"
    case (nil, nil): "none"
    }
  }

  public static func hex(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }

  /// Reads `0x3`, `3`, `0x00000003`, `204h`, `0x3/0x7`, `0x3:0x7`, `0x3 0x7`, `*/0x11`, or a whole pasted message in any language.
  ///
  /// In a longer text the hexadecimal numbers count: the first is the error code, the second the extended one.
  /// Decimal numbers count only where nothing else stands beside them, or right behind a colon or equals sign.
  /// Numbers above 32 bits are not codes.
  /// - Returns: nil when there is no code in the text.
  public init?(_ text: String) {
    if text.hasPrefix("*/") {
      guard let alone = ReportedCode(String(text.dropFirst(2))), alone.extended == nil else { return nil }
      self.init(extended: alone.code)
      return
    }
    let words = Self.words(of: text.prefix(4096))
    let hexadecimal = words.compactMap { $0.hexadecimal }
    let onlyNumbers = words.allSatisfy { $0.hexadecimal != nil || $0.decimal != nil }
    let numbers: [UInt32]
    if onlyNumbers {
      guard words.count <= 2 else { return nil }
      numbers = words.compactMap { $0.hexadecimal ?? $0.decimal }
    } else if !hexadecimal.isEmpty {
      numbers = hexadecimal
    } else {
      numbers = words.filter { $0.followsColon }.compactMap { $0.decimal }
    }
    guard let first = numbers.first else { return nil }
    self.init(code: first, extended: numbers.count > 1 ? numbers[1] : nil)
  }

  private struct Word {
    var text: String
    var followsColon: Bool

    var decimal: UInt32? {
      if text.first == "-" { return Int32(text).map { UInt32(bitPattern: $0) } }
      return text.utf8.allSatisfy { (48...57).contains($0) } ? UInt32(text) : nil
    }

    var hexadecimal: UInt32? {
      let lowered = text.lowercased()
      if lowered.hasPrefix("0x") { return Self.radix16(lowered.dropFirst(2)) }
      if lowered.hasSuffix("h") { return Self.radix16(lowered.dropLast()) }
      return nil
    }

    private static func radix16(_ digits: Substring) -> UInt32? {
      guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.isHexDigit }) else { return nil }
      return UInt32(digits, radix: 16)
    }
  }

  private static func words(of text: Substring) -> [Word] {
    var words: [Word] = []
    var current = ""
    var lastSeparator: Unicode.Scalar = ":"
    var separator: Unicode.Scalar = ":"
    func flush() {
      guard !current.isEmpty else { return }
      words.append(
        Word(text: current, followsColon: separator == ":" || separator == "=" || separator == "："))
      current = ""
    }
    for scalar in text.unicodeScalars {
      let isPart = scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_"
      if isPart || (scalar == "-" && current.isEmpty) {
        if current.isEmpty { separator = lastSeparator }
        current.unicodeScalars.append(scalar)
      } else {
        if !current.isEmpty { lastSeparator = " " }
        flush()
        if !scalar.properties.isWhitespace { lastSeparator = scalar }
      }
    }
    flush()
    return words.filter { $0.text != "-" }
  }
}
