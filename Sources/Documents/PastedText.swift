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
    var lines = Lines(reserving: text.utf8)
    var current = String.UnicodeScalarView()
    var length = 0
    var bytes = 0
    var afterReturn = false
    func end() {
      lines.append(String(current))
      current = .init()
      length = 0
    }
    for scalar in text.unicodeScalars {
      bytes += UTF8.width(scalar)
      guard bytes <= Self.byteLimit, lines.count < Self.lineLimit else { break }
      if scalar == "\n" || scalar == "\r" {
        if !(scalar == "\n" && afterReturn) { end() }
        afterReturn = scalar == "\r"
        continue
      }
      afterReturn = false
      guard length < Self.lengthLimit, let kept = Self.plain(scalar) else { continue }
      current.append(kept)
      length += 1
    }
    if !current.isEmpty { end() }
    self.lines = lines
  }

  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    if scalar.value >= 0x20 && scalar.value < 0x7F { return scalar }
    switch scalar.properties.generalCategory {
    case .spaceSeparator: return " "
    case .control: return scalar == "\t" ? " " : nil
    case .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return nil
    default: return scalar.properties.isVariationSelector ? nil : scalar
    }
  }

  /// The lines end to end, so that many short ones take little more memory than the text.
  struct Lines: RandomAccessCollection, Sendable {
    private var plain: [UInt8] = []
    private var folded: [UInt8] = []
    private var ends: [(plain: UInt32, folded: UInt32)] = []

    fileprivate init(reserving text: String.UTF8View) {
      let breaks = text.reduce(1) { $0 + ($1 == 0x0A || $1 == 0x0D ? 1 : 0) }
      ends.reserveCapacity(Swift.min(breaks, lineLimit))
    }

    fileprivate mutating func append(_ line: String) {
      plain.append(contentsOf: line.utf8)
      folded.append(contentsOf: line.lowercased().utf8)
      ends.append((UInt32(plain.count), UInt32(folded.count)))
    }

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
