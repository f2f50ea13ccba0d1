/// The words of a text, folded so that spellings of the same words meet: small letters, no accents, full-width forms as plain ones,
/// no apostrophes at the end of a word (`can't` is `cant`, `l'écran` is `l` and `ecran`), words that a line break divides joined again.
///
/// Chinese, Japanese and Korean are written without blanks, or with blanks that people set as they like: there every sign is a word.
/// Bytes of an old code page that were read as another one, and UTF-8 that was read as Latin 1, count as the letters that they were.
/// One pass over the text; every word keeps its place in it.
public struct FoldedText: Sendable {
  public struct Word: Sendable, Hashable {
    /// The same for the same folded word; of 64 bits, so that two words hardly share one.
    public let hash: UInt64
    /// In bytes of UTF-8 from the beginning of the text.
    public let start: UInt32
    public let end: UInt32
    fileprivate let folded: UInt32
    fileprivate let length: UInt16
    public let kind: Kind
    /// From 0.
    public let line: UInt32

    public var range: Range<Int> { Int(start)..<Int(end) }
  }

  public enum Kind: UInt8, Sendable {
    /// Letters, also with digits or `_` between them.
    case word
    /// Digits alone, or `0x` and hexadecimal digits.
    case number
    /// One sign of Chinese, Japanese or Korean.
    case sign
  }

  public private(set) var words: [Word] = []
  /// Bytes of the text that were read; what exceeds the limit is left out.
  public private(set) var bytesRead = 0
  public private(set) var lineCount = 1
  private var folded: [UInt8] = []

  /// - Parameter limit: Bytes of the text, at most 4 GB.
  public init(_ text: String, limit: Int = 1 << 22) {
    var text = text
    text.withUTF8 { read($0, limit: min(limit, Int(UInt32.max) - 1)) }
  }

  /// The folded word.
  public func text(_ word: Word) -> String {
    String(decoding: bytes(word), as: UTF8.self)
  }

  /// UTF-8 of the folded word.
  public func bytes(_ word: Word) -> ArraySlice<UInt8> {
    folded[Int(word.folded)..<(Int(word.folded) + Int(word.length))]
  }

  /// The hash that a word of this spelling has; of the first one where the text holds several.
  public static func hash(_ text: String) -> UInt64 { FoldedText(text).words.first?.hash ?? 0 }

  /// The hashes of all words in their order.
  public static func hashes(_ text: String) -> [UInt64] { FoldedText(text).words.map(\.hash) }

  // MARK: Reading

  private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let longest = 200

  private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>, limit: Int) {
    let count = min(bytes.count, limit)
    bytesRead = count
    folded.reserveCapacity(count)
    words.reserveCapacity(count / 6)
    var place = 0
    var line: UInt32 = 0
    var hash = Self.seed
    var start = -1
    var foldedStart = 0
    var hasLetter = false
    var hasDigit = false

    func add(_ byte: UInt8) {
      folded.append(byte)
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    func end(at place: Int) {
      guard start >= 0 else { return }
      let length = min(folded.count - foldedStart, Self.longest)
      let isNumber = hasDigit && (!hasLetter || Self.isHexadecimal(folded[foldedStart...]))
      words.append(
        Word(
          hash: hash, start: UInt32(start), end: UInt32(place), folded: UInt32(foldedStart),
          length: UInt16(length), kind: isNumber ? .number : .word, line: line))
      start = -1
    }
    func begin(at place: Int) {
      guard start < 0 else { return }
      start = place
      foldedStart = folded.count
      hash = Self.seed
      hasLetter = false
      hasDigit = false
    }

    while place < count {
      let byte = bytes[place]
      if byte < 0x80 {
        switch byte {
        case 0x61...0x7A, 0x5F:
          begin(at: place)
          hasLetter = true
          add(byte)
        case 0x41...0x5A:
          begin(at: place)
          hasLetter = true
          add(byte | 0x20)
        case 0x30...0x39:
          begin(at: place)
          hasDigit = true
          add(byte)
        case 0x27, 0x60:
          if start >= 0, Self.continues(bytes, place + 1, count) { break }
          end(at: place)
        case 0x0A:
          end(at: place)
          line += 1
        case 0x1B:
          end(at: place)
          // The colours of a terminal are no words.
          if place + 1 < count, bytes[place + 1] == 0x5B {
            place += 2
            while place < count, !(0x40...0x7E).contains(bytes[place]), bytes[place] != 0x0A { place += 1 }
            if place < count, bytes[place] == 0x0A { continue }
          }
        case 0x2D:
          // `recon-` at the end of a line goes on with `nect`.
          if start >= 0, hasLetter, !hasDigit, let next = Self.joined(bytes, place + 1, count) {
            line += 1
            place = next
            continue
          }
          end(at: place)
        default: end(at: place)
        }
        place += 1
        continue
      }
      let (scalar, width) = Self.scalar(bytes, place, count)
      switch Folding.of(scalar) {
      case .letters(let letters):
        begin(at: place)
        var rest = letters
        while rest != 0 {
          let letter = UInt8(truncatingIfNeeded: rest)
          if (0x30...0x39).contains(letter) { hasDigit = true } else { hasLetter = true }
          add(letter)
          rest >>= 8
        }
      case .letter(let letter):
        begin(at: place)
        hasLetter = true
        for unit in UTF8.encode(letter) ?? .init() { add(unit) }
      case .sign(let sign):
        end(at: place)
        begin(at: place)
        hasLetter = true
        for unit in UTF8.encode(sign) ?? .init() { add(unit) }
        let length = folded.count - foldedStart
        words.append(
          Word(
            hash: hash, start: UInt32(start), end: UInt32(place + width), folded: UInt32(foldedStart),
            length: UInt16(length), kind: .sign, line: line))
        start = -1
      case .apostrophe:
        if start < 0 || !Self.continues(bytes, place + width, count) { end(at: place) }
      case .nothing: break
      case .separator: end(at: place)
      }
      place += width
    }
    end(at: count)
    lineCount = Int(line) + 1
  }

  /// At most two letters follow, and then the word ends: `n't`, `'s`, `'re`.
  private static func continues(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ count: Int) -> Bool {
    var letters = 0
    var place = place
    while place < count, isLetter(bytes[place]) {
      letters += 1
      place += 1
      if letters > 2 { return false }
    }
    return letters > 0 && (place >= count || bytes[place] < 0x80)
  }

  /// Where a word that a line break divides goes on; nil where it does not.
  private static func joined(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ count: Int) -> Int? {
    var place = place
    if place < count, bytes[place] == 0x0D { place += 1 }
    guard place < count, bytes[place] == 0x0A else { return nil }
    place += 1
    while place < count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
    return place < count && (0x61...0x7A).contains(bytes[place]) ? place : nil
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  private static func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count > 2, bytes[bytes.startIndex] == 0x30, bytes[bytes.startIndex + 1] == 0x78 else {
      return false
    }
    return bytes.dropFirst(2).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private static func scalar(
    _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ count: Int
  ) -> (UInt32, Int) {
    let first = UInt32(bytes[place])
    let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    // A limit may cut a letter.
    guard place + width <= count else { return (0xFFFD, count - place) }
    var value = width == 2 ? first & 0x1F : width == 3 ? first & 0x0F : first & 0x07
    for index in 1..<width { value = value << 6 | UInt32(bytes[place + index] & 0x3F) }
    // UTF-8 that was read as Latin 1 or Windows 1252: `Ã©`.
    if value == 0xC3 || value == 0xC2, place + 4 <= count {
      let second = bytes[place + 2]
      if second == 0xC2 {
        let low = UInt32(bytes[place + 3])
        if (0x80...0xBF).contains(low) { return ((value & 0x1F) << 6 | (low & 0x3F), 4) }
      }
    }
    return (value, width)
  }
}

/// What becomes of one scalar outside ASCII.
enum Folding {
  /// Up to four letters of ASCII, the first in the lowest byte.
  case letters(UInt32)
  case letter(Unicode.Scalar)
  case sign(Unicode.Scalar)
  case apostrophe
  /// Left out, and the word goes on.
  case nothing
  case separator

  static func of(_ value: UInt32) -> Folding {
    switch value {
    case 0x80..<0x250:
      let letters = latin[Int(value - 0x80)]
      if letters != 0 { return .letters(letters) }
      switch value {
      case 0xAD: return .nothing
      case 0xB4: return .apostrophe
      default: return .separator
      }
    case 0x300...0x36F: return .nothing
    case 0x400...0x52F: return cyrillic(value)
    case 0x2018, 0x2019, 0x201B, 0x2032, 0x02BC, 0xFF07: return .apostrophe
    case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF, 0xFE00...0xFE0F: return .nothing
    case 0x3005, 0x3007, 0x3041...0x3096, 0x3400...0x9FFF, 0xF900...0xFAFF, 0xAC00...0xD7A3:
      return .sign(Unicode.Scalar(value) ?? " ")
    case 0x30A1...0x30FA, 0x30FC: return .sign(Unicode.Scalar(value) ?? " ")
    case 0xFF10...0xFF19: return .letters(value - 0xFF10 + 0x30)
    case 0xFF21...0xFF3A: return .letters(value - 0xFF21 + 0x61)
    case 0xFF41...0xFF5A: return .letters(value - 0xFF41 + 0x61)
    case 0xFF3F: return .letters(0x5F)
    case 0x20000...0x3FFFF: return .sign(Unicode.Scalar(value) ?? " ")
    case 0x2000...0x2FFF, 0x3000...0x303F, 0xFF00...0xFFEF: return .separator
    // What could not be decoded stands for some letter.
    case 0xFFFD: return .letters(0x5F)
    default: break
    }
    guard let scalar = Unicode.Scalar(value) else { return .separator }
    guard scalar.properties.isAlphabetic else { return .separator }
    return .letter(scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar)
  }

  /// Small letters; `ё` as `е`, `й` as `и`, since their marks get lost.
  private static func cyrillic(_ value: UInt32) -> Folding {
    var value = value
    if (0x410...0x42F).contains(value) {
      value += 0x20
    } else if (0x400...0x40F).contains(value) {
      value += 0x50
    } else if value >= 0x460 {
      guard let scalar = Unicode.Scalar(value), scalar.properties.isAlphabetic else { return .nothing }
      return .letter(scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar)
    }
    if value == 0x451 { value = 0x435 }
    if value == 0x439 { value = 0x438 }
    return Unicode.Scalar(value).map { .letter($0) } ?? .separator
  }

  /// From U+0080 to U+024F; 0 for what is no letter. The first 32 are the letters that Windows' consoles write with these bytes.
  private static let latin: [UInt32] = {
    let parts: [(first: UInt32, letters: String)] = [
      (0x80, "c u e a a a a c e e e i i i a a e ae ae o o o u u y o u o - o - -"),
      (0xC0, "a a a a a a ae c e e e e i i i i d n o o o o o - o u u u u y th ss"),
      (0xE0, "a a a a a a ae c e e e e i i i i d n o o o o o - o u u u u y th y"),
      (0x100, "a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g g g g g h h h h"),
      (0x128, "i i i i i i i i i i ij ij j j k k k l l l l l l l l l l n n n n n n n n n"),
      (0x14C, "o o o o o o oe oe r r r r r r s s s s s s s s t t t t t t u u u u u u u u u u u u"),
      (0x174, "w w y y y z z z z z z s"),
      (0x1CD, "a a i i o o u u u u u u u u u u - a a a a ae ae g g g g k k o o o o"),
      (0x1F8, "n n a a ae ae o o a a a a e e e e i i i i o o o o r r r r u u u u s s t t"),
    ]
    var table = [UInt32](repeating: 0, count: 0x250 - 0x80)
    for (first, letters) in parts {
      for (offset, word) in letters.split(separator: " " as Character).enumerated() where word != "-" {
        table[Int(first) - 0x80 + offset] = word.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
      }
    }
    table[0xAA - 0x80] = 0x61
    table[0xBA - 0x80] = 0x6F
    return table
  }()
}
