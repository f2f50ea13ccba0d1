/// The numbers that the Remote Desktop client showed: an error code, an extended error code, or both; or a number of another
/// table, named by the id of its entry.
public struct ReportedCode: Hashable, Sendable, Codable, CustomStringConvertible {
  public var code: UInt32?
  public var extended: UInt32?
  /// A number that could be taken for one of the client's, so it is named together with its table: `event-schannel-36870`,
  /// `negotiation-0x5`.
  public var entry: String?

  public init(code: UInt32? = nil, extended: UInt32? = nil) {
    self.code = code
    self.extended = extended
  }

  public init(entry: String) { self.entry = entry }

  /// The canonical spelling, also the outcome of the finding `code.reported`: `0x3/0x7`, `0x204`, `*/0x11` or the id of an entry.
  public var description: String {
    if let entry { return entry }
    return switch (code, extended) {
    case (let code?, let extended?): "\(Self.hex(code))/\(Self.hex(extended))"
    case (let code?, nil): Self.hex(code)
    case (nil, let extended?): "*/\(Self.hex(extended))"
    case (nil, nil): "none"
    }
  }

  public static func hex(_ number: UInt32) -> String { "0x" + String(number, radix: 16) }

  /// Reads `0x3`, `3`, `0x00000003`, `204h`, `-1073741260`, `0x3/0x7`, `0x3:0x7`, `0x3 0x7`, `*/0x11`, the id of an entry, or a
  /// whole pasted message in any language.
  ///
  /// In a longer text the hexadecimal numbers count, and large negative ones: the first is the error code, the second the extended
  /// one, unless the words before them say otherwise. Decimal numbers count only behind a colon, an equals sign or a word for
  /// "code", and dates and times never. Numbers above 32 bits are not codes.
  /// - Returns: nil when there is no code in the text.
  public init?(_ text: String) {
    if let entry = Self.entryID(text) {
      self.init(entry: entry)
      return
    }
    if text.hasPrefix("*/") {
      guard let alone = ReportedCode(String(text.dropFirst(2))), alone.extended == nil, alone.code != nil
      else {
        return nil
      }
      self.init(extended: alone.code)
      return
    }
    let scan = NumberScan(text)
    let numbers: [NumberScan.Number]
    if !scan.hasWords {
      guard (1...2).contains(scan.numbers.count) else { return nil }
      self.init(code: scan.numbers[0].value, extended: scan.numbers.dropFirst().first?.value)
      return
    }
    if scan.numbers.contains(where: \.isUnmistakable) {
      numbers = scan.numbers.filter(\.isUnmistakable)
    } else {
      let named = scan.numbers.filter(\.isNamed)
      numbers = Array(named.prefix(1)) + named.dropFirst().filter(\.isCalledExtended).prefix(1)
    }
    guard let first = numbers.first else { return nil }
    let second = numbers.dropFirst().first
    if first.isCalledExtended, second?.isCalledExtended != true {
      self.init(code: second?.value, extended: first.value)
    } else {
      self.init(code: first.value, extended: second?.value)
    }
  }

  /// Every hexadecimal number of at most 32 bits in a text, in order.
  public static func hexadecimalNumbers(in text: String) -> [UInt32] {
    NumberScan(text).numbers.filter(\.isHexadecimal).map(\.value)
  }

  /// `FAMILY-…` with a known family, as entries are called.
  private static func entryID(_ text: String) -> String? {
    guard text.utf8.count <= 64, let hyphen = text.firstIndex(of: "-"),
      CodeFamily(rawValue: String(text[..<hyphen])) != nil,
      let last = text.last, last != "-",
      text[hyphen...].utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }),
      text[hyphen...].utf8.contains(where: { (48...57).contains($0) })
    else { return nil }
    return text
  }
}

/// The numbers in a text, each with what stands around it.
private struct NumberScan {
  struct Number {
    var value: UInt32
    var isHexadecimal: Bool
    /// Hexadecimal, or negative as only a code can be.
    var isUnmistakable: Bool
    /// A colon, an equals sign or a word for "code" stands before it.
    var isNamed: Bool
    /// The words before it call it the extended code.
    var isCalledExtended: Bool
  }

  private(set) var numbers: [Number] = []
  /// Something else than numbers and punctuation is in the text.
  private(set) var hasWords = false

  private static let mostScalars = 4096

  init(_ text: String) {
    let scalars = text.unicodeScalars.prefix(Self.mostScalars).map(Self.plain)
    var index = 0
    var labelStart = 0
    var dateEnd = 0
    while index < scalars.count {
      guard Self.isPart(scalars[index]) || Self.isSign(scalars, index) else {
        if scalars[index].properties.isAlphabetic { hasWords = true }
        index += 1
        continue
      }
      let start = index
      index += 1
      while index < scalars.count, Self.isPart(scalars[index]) { index += 1 }
      var word = ""
      word.unicodeScalars.append(contentsOf: scalars[start..<index])
      if let value = Self.hexadecimal(word) {
        add(value, isHexadecimal: true, isNegative: false, scalars, start: start, label: labelStart)
        labelStart = index
      } else if let value = Self.decimal(word) {
        if start < dateEnd { continue }
        if let end = Self.endOfDateOrTime(scalars, start..<index) {
          dateEnd = end
          continue
        }
        add(
          value, isHexadecimal: false,
          isNegative: word.first == "-" && value >= 0x8000_0000
            && value < 0xFFFF_0000, scalars, start: start, label: labelStart)
        labelStart = index
      } else {
        hasWords = true
      }
    }
  }

  private mutating func add(
    _ value: UInt32, isHexadecimal: Bool, isNegative: Bool, _ scalars: [Unicode.Scalar], start: Int,
    label: Int
  ) {
    var words = ""
    words.unicodeScalars.append(contentsOf: scalars[label..<start])
    words = words.lowercased()
    let before = words.unicodeScalars.reversed().drop { $0.properties.isWhitespace }
    var last = ""
    for scalar in before.prefix(while: { $0.properties.isAlphabetic }).reversed() {
      last.unicodeScalars.append(scalar)
    }
    numbers.append(
      Number(
        value: value, isHexadecimal: isHexadecimal, isUnmistakable: isHexadecimal || isNegative,
        isNamed: before.first == ":" || before.first == "="
          || Self.codeEndings.contains(where: last.hasSuffix),
        isCalledExtended: Self.extendedStems.contains(where: Array(words.utf8)[...].holds)))
  }

  /// How words for "code" and "error" end in the languages of Windows, in lower case.
  private static let codeEndings = [
    "code", "error", "fehler", "codice", "errore", "código", "codigo", "erreur", "kod", "kód", "kode", "fout",
    "błąd", "błędu", "код", "ошибка", "ошибки", "コード", "エラー", "代码", "代碼", "错误", "錯誤", "코드", "오류", "kodu",
    "hata", "koodi", "virhe", "fel", "fejl",
  ]
  /// Beginnings of words for "extended" in the languages of Windows, in lower case.
  private static let extendedStems = [
    "exten", "erweitert", "étend", "etend", "estes", "estend", "ampliad", "uitgebreid", "rozszerz", "расшир",
    "дополнит", "розшир", "拡張", "扩展", "擴充", "延伸", "확장", "rozšíř", "genişlet", "utökad", "udvid", "utvid",
    "laajen", "kiterjeszt", "bővített",
  ]

  /// Full-width forms, which input methods for East Asian languages give, and the minus sign count as their plain forms.
  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.value {
    case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    case 0x3000: " "
    case 0x2212: "-"
    default: scalar
    }
  }

  /// Only ASCII: Chinese and Japanese write words and numbers without a blank between them.
  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
      || scalar == "_"
  }

  private static func isSign(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    guard scalars[index] == "-", index + 1 < scalars.count, isDigit(scalars[index + 1]) else { return false }
    return index == 0 || !isPart(scalars[index - 1])
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func hexadecimal(_ word: String) -> UInt32? {
    let lowered = word.lowercased()
    let digits: Substring
    if lowered.hasPrefix("0x") {
      digits = lowered.dropFirst(2)
    } else if lowered.hasSuffix("h"), lowered.unicodeScalars.first.map(isDigit) == true {
      digits = lowered.dropLast()
    } else {
      return nil
    }
    guard !digits.isEmpty, digits.utf8.allSatisfy({ $0.isHexDigit }) else { return nil }
    return UInt32(digits, radix: 16)
  }

  private static func decimal(_ word: String) -> UInt32? {
    if word.first == "-" { return Int32(word).map { UInt32(bitPattern: $0) } }
    return word.utf8.allSatisfy { (48...57).contains($0) } ? UInt32(word) : nil
  }

  /// `23.11.2026`, `11/23/26`, `08:12`, `10.0.0.7`: more than one part, and no pair of codes. Every number before that end is part of
  /// it.
  private static func endOfDateOrTime(_ scalars: [Unicode.Scalar], _ range: Range<Int>) -> Int? {
    func joins(_ index: Int) -> Bool { "./:-".unicodeScalars.contains(scalars[index]) }
    var first = range.lowerBound
    var last = range.upperBound - 1
    var joints = 0
    var colons = 0
    while first >= 2, joins(first - 1), isDigit(scalars[first - 2]) {
      joints += 1
      if scalars[first - 1] == ":" { colons += 1 }
      first -= 2
      while first > 0, isDigit(scalars[first - 1]) { first -= 1 }
    }
    while last + 2 < scalars.count, joins(last + 1), isDigit(scalars[last + 2]) {
      joints += 1
      if scalars[last + 1] == ":" { colons += 1 }
      last += 2
      while last + 1 < scalars.count, isDigit(scalars[last + 1]) { last += 1 }
    }
    // `3:7` and `3/7` alone are pairs of codes; with more parts, or a clock's two digits, they are not.
    return joints > 1 || (colons > 0 && last - first >= 3 && first > 0) ? last + 1 : nil
  }
}
