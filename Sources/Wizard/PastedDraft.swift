import Facts

/// A text of many lines while it is pasted or typed. Control characters other than tabs and line breaks never come in.
struct PastedDraft: Equatable, Sendable {
  /// Bytes of UTF-8 that are kept.
  static let limit = 4 << 20
  /// PATH_MAX of Linux.
  private static let longestPath = 4096

  private(set) var text = ""
  private(set) var lineBreaks = 0
  /// More was pasted than is kept.
  private(set) var isCut = false

  var isEmpty: Bool { text.isEmpty }

  var lineCount: Int {
    lineBreaks + (text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? 0 : 1)
  }

  mutating func append(_ more: String) {
    var room = Self.limit - text.utf8.count
    var afterReturn = false
    for scalar in more.unicodeScalars {
      let isBreak = scalar == "\n" || scalar == "\r"
      let isSecondHalf = afterReturn && scalar == "\n"
      afterReturn = scalar == "\r"
      guard !isSecondHalf, isBreak || scalar == "\t" || scalar.properties.generalCategory != .control else {
        continue
      }
      room -= UTF8.width(scalar)
      guard room >= 0 else {
        isCut = true
        return
      }
      text.unicodeScalars.append(isBreak ? "\n" : scalar)
      if isBreak { lineBreaks += 1 }
    }
  }

  /// What is pasted next begins on a line of its own.
  mutating func endLine() {
    if !text.isEmpty, text.utf8.last != UInt8(ascii: "\n") { append("\n") }
  }

  /// The one line that it is, where that can only be the path of a file.
  var path: String? {
    guard lineCount == 1, text.utf8.count <= Self.longestPath else { return nil }
    let line = text.trimmed
    return line.hasPrefix("/") || line.hasPrefix("~/") ? line : nil
  }

  mutating func removeLast() {
    guard let last = text.popLast() else { return }
    if last == "\n" { lineBreaks -= 1 }
  }

  mutating func removeLastLine() {
    while let last = text.last, last != "\n" { text.removeLast() }
  }

  var lastLine: String { ending.last ?? "" }

  /// The last lines, for a person to see where they are.
  var ending: [String] {
    let bytes = text.utf8.suffix(8000)
    var lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // The first one may begin in the middle.
    if bytes.count < text.utf8.count, lines.count > 1 { lines.removeFirst() }
    return lines
  }
}
