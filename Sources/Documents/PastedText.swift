import Facts

/// A text that somebody handed in, as lines that can be searched and shown.
///
/// Control and formatting characters are gone (Windows writes directional marks into dates), hard blanks are blanks. What exceeds
/// the limits is left out. One pass over the text.
public struct PastedText: Sendable {
  /// Bytes of UTF-8; a text that is longer is cut.
  public static let byteLimit = 4 << 20
  static let lineLimit = 50_000
  /// Scalars of one line.
  static let lengthLimit = 2_000

  let lines: Lines
  /// The port on which the host is expected to listen.
  let port: UInt16

  /// - Parameter port: The port of the target, for outputs that list ports.
  public init(_ text: String, port: UInt16 = 3389) {
    self.port = port
    var text = text
    lines = text.withUTF8 { bytes in
      var reader = LineReader(bytes)
      reader.read()
      return reader.lines
    }
  }

  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    if scalar.value >= 0x20 && scalar.value < 0x7F { return scalar }
    switch scalar.properties.generalCategory {
    case .spaceSeparator: return " "
    case .control: return scalar == "\t" ? " " : console(scalar)
    case .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return nil
    default: return scalar.properties.isVariationSelector ? nil : scalar
    }
  }

  /// What the consoles of Windows write as letters with accents, where their bytes were read as Latin 1.
  private static func console(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    guard (0x80...0x9F).contains(scalar.value) else { return nil }
    return letters[Int(scalar.value) - 0x80]
  }

  private static let letters = Array("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ".unicodeScalars)

  /// One pass over the bytes.
  private struct LineReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var lines: Lines
    private var length = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
      self.bytes = bytes
      lines = Lines(reserving: bytes)
    }

    mutating func read() {
      let end = min(bytes.count, byteLimit)
      var place = 0
      var isOpen = false
      var skips = end > 0 && beginsLog(0)
      while place < end, lines.count < lineLimit {
        let byte = bytes[place]
        if byte == 0x0A || byte == 0x0D {
          place += byte == 0x0D && place + 1 < end && bytes[place + 1] == 0x0A ? 2 : 1
          if !skips { lines.end() }
          length = 0
          isOpen = false
          skips = place < end && beginsLog(place)
          continue
        }
        isOpen = true
        if skips {
          place += 1
        } else if byte < 0x80 {
          if length < lengthLimit, byte >= 0x20 && byte < 0x7F || byte == 0x09 {
            lines.append(byte == 0x09 ? 0x20 : byte)
            length += 1
          }
          place += 1
        } else {
          let width = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
          guard place + width <= end else { break }
          var value = UInt32(byte) & (width == 2 ? 0x1F : width == 3 ? 0x0F : 0x07)
          for index in 1..<width { value = value << 6 | UInt32(bytes[place + index] & 0x3F) }
          if length < lengthLimit, let scalar = Unicode.Scalar(value), let kept = plain(scalar) {
            lines.append(kept)
            length += 1
          }
          place += width
        }
      }
      if isOpen, !skips, lines.count < lineLimit { lines.end() }
    }

    /// A line that FreeRDP, xrdp, guacd or the system's log wrote, `[12:00:01:123] [231:0023] [INFO]…`, `Jan  5 12:00:01 host …`: no command
    /// prints such, and the reader of codes and messages reads them.
    private func beginsLog(_ start: Int) -> Bool {
      func byte(_ offset: Int) -> UInt8 { start + offset < bytes.count ? bytes[start + offset] : 0 }
      func isDigit(_ offset: Int) -> Bool { (0x30...0x39).contains(byte(offset)) }
      func begins(_ text: StaticString) -> Bool {
        (0..<text.utf8CodeUnitCount).allSatisfy { byte($0) == text.utf8Start[$0] }
      }
      if byte(0) == 0x5B, (0x41...0x5A).contains(byte(1)) {
        return begins("[ERROR]") || begins("[WARN") || begins("[INFO") || begins("[DEBUG") || begins("[TRACE")
          || begins("[FATAL")
      }
      if begins("guacd[") || begins("(remmina:") { return true }
      // `2026-05-04T12:00:01`, `2026-05-04 12:00:01,123`, `2026-05-04 12:00:01 [`; PowerShell's table of events goes on with blanks and a number.
      if isDigit(0), isDigit(3), byte(4) == 0x2D, byte(7) == 0x2D, isDigit(9), byte(13) == 0x3A,
        byte(16) == 0x3A
      {
        return byte(10) == 0x54 || byte(19) == 0x2C || byte(19) == 0x2E
          || byte(19) == 0x20 && byte(20) != 0x20 && !isDigit(20)
      }
      if byte(0) == 0x5B, isDigit(1), isDigit(2) {
        return byte(3) == 0x3A && isDigit(4) && isDigit(5) && byte(6) == 0x3A
          || isDigit(3) && isDigit(4) && isDigit(5) && isDigit(6) && isDigit(7) && isDigit(8)
            && byte(9) == 0x2D
      }
      guard (0x41...0x5A).contains(byte(0)), byte(3) == 0x20, byte(6) == 0x20, isDigit(5), isDigit(7) else {
        return false
      }
      return isDigit(8) && byte(9) == 0x3A && byte(12) == 0x3A
    }
  }

  /// The lines end to end, so that many short ones take little more memory than the text.
  struct Lines: RandomAccessCollection, Sendable {
    private var plain: [UInt8] = []
    private var folded: [UInt8] = []
    private var ends: [(plain: UInt32, folded: UInt32)] = []

    fileprivate init(reserving text: UnsafeBufferPointer<UInt8>) {
      let breaks = text.reduce(1) { $0 + ($1 == 0x0A || $1 == 0x0D ? 1 : 0) }
      ends.reserveCapacity(Swift.min(breaks, lineLimit))
    }

    fileprivate mutating func append(_ byte: UInt8) {
      plain.append(byte)
      folded.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
    }

    fileprivate mutating func append(_ scalar: Unicode.Scalar) {
      for unit in UTF8.encode(scalar) ?? .init() { plain.append(unit) }
      folded.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
    }

    fileprivate mutating func end() { ends.append((UInt32(plain.count), UInt32(folded.count))) }

    var startIndex: Int { 0 }
    var endIndex: Int { ends.count }

    subscript(index: Int) -> Line {
      let start = index == 0 ? (plain: 0, folded: 0) : ends[index - 1]
      let end = ends[index]
      return Line(
        plain: plain[Int(start.plain)..<Int(end.plain)], folded: folded[Int(start.folded)..<Int(end.folded)])
    }
  }

  struct Line: Sendable {
    fileprivate let plain: ArraySlice<UInt8>
    /// UTF-8 of the text in lower case.
    let folded: ArraySlice<UInt8>

    var text: String { String(decoding: plain, as: UTF8.self) }

    var isBlank: Bool { folded.allSatisfy { $0 == 0x20 } }

    /// - Parameter needle: In lower case.
    func has(_ needle: String) -> Bool { folded.holds(needle) }
    func has(anyOf needles: [String]) -> Bool { needles.contains(where: has) }

    /// True for a command at a prompt, such as `C:\> qwinsta` or `PS C:\Users\a> klist`.
    func echoes(_ command: String) -> Bool { has(command) && (has(">") || has("$ ") || has("# ")) }

    var words: [Substring] { text.split(separator: " ") }

    /// `Key : value` or `Key = value`, the key in lower case and without the dots that fill it up; nil without a separator.
    var pair: (key: String, value: String)? {
      guard folded.contains(0x3A) || folded.contains(0x3D) || folded.contains(0x9A) else { return nil }
      let text = text
      guard let place = text.firstIndex(where: { $0 == ":" || $0 == "=" || $0 == "：" }) else { return nil }
      let key = text[..<place].lowercased().filter { $0 != "." }
      var value = text[text.index(after: place)...]
      // German events say “Unterstatus:: 0xC000006A”.
      if value.hasPrefix(": ") { value = value.dropFirst() }
      return (key.trimmed, value.trimmed)
    }

    /// The value of `key`, where the line begins with it.
    func value(of key: String) -> String? {
      guard has(key), let pair, pair.key == key else { return nil }
      return pair.value
    }
  }

  /// The value of the last line that gives one for `key`.
  func value(of key: String) -> String? {
    lines.last { $0.value(of: key) != nil }?.value(of: key)
  }

  func has(_ needle: String) -> Bool { lines.contains { $0.has(needle) } }
}

extension StringProtocol {
  /// Without blanks at both ends.
  var trimmed: String {
    var rest = self[...]
    while rest.first == " " { rest = rest.dropFirst() }
    while rest.last == " " { rest = rest.dropLast() }
    return String(rest)
  }

  var isNumber: Bool { !isEmpty && utf8.allSatisfy { (48...57).contains($0) } }
}
