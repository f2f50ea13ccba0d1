import Facts

/// One line that is typed in.
struct LineEditor: Equatable, Sendable {
  private(set) var characters: [Character] = []
  /// INVARIANT: 0 ... characters.count.
  private(set) var position = 0
  let limit: Int

  init(_ text: String = "", limit: Int = 300) {
    self.limit = limit
    insert(text)
  }

  var text: String { String(characters) }
  var isEmpty: Bool { characters.isEmpty }

  /// Control characters and line breaks count as blanks, so that a pasted message stays one text.
  mutating func insert(_ text: String) {
    for character in text where characters.count < limit {
      let isBreak = character.isNewline || character == "\t"
      let safe = isBreak ? " " : SafeText.clean(String(character))
      for part in safe where characters.count < limit {
        characters.insert(part, at: position)
        position += 1
      }
    }
  }

  mutating func clear() {
    characters = []
    position = 0
  }

  /// - Returns: False when the key is none of an editor's.
  mutating func take(_ key: Key) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .backspace:
      if position > 0 {
        position -= 1
        characters.remove(at: position)
      }
    case .delete: if position < characters.count { characters.remove(at: position) }
    case .left: position = max(0, position - 1)
    case .right: position = min(characters.count, position + 1)
    case .home: position = 0
    case .end: position = characters.count
    default: return false
    }
    return true
  }

  /// What is seen of it in `width` cells, padded, and the cell of the cursor.
  func window(_ ink: Ink, width: Int) -> (text: String, cursor: Int) {
    guard !ink.isLinear else { return (ink.clean(text), 0) }
    let width = max(2, width)
    var start = position
    var cursor = 0
    // Keeps one cell for the cursor behind the last character.
    while start > 0 {
      let cells = TextWidth.cells(ink.clean(String(characters[start - 1])))
      guard cursor + cells <= width - 1 else { break }
      cursor += cells
      start -= 1
    }
    var shown = ""
    var cells = 0
    for character in characters[start...] {
      let text = ink.clean(String(character))
      let size = TextWidth.cells(text)
      guard cells + size <= width else { break }
      shown += text
      cells += size
    }
    return (shown + String(repeating: " ", count: width - cells), cursor)
  }
}

extension StringProtocol {
  /// Without the blanks at both ends.
  var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}
