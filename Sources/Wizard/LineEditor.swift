import Facts

/// One line that is typed in.
struct LineEditor: Equatable, Sendable {
  private(set) var characters: [Character] = []
  /// INVARIANT: 0 ... characters.count.
  private(set) var position = 0
  let limit: Int
  /// A text of several lines; else a line break counts as a blank.
  let keepsLineBreaks: Bool

  init(_ text: String = "", limit: Int = 300, keepsLineBreaks: Bool = false) {
    self.limit = limit
    self.keepsLineBreaks = keepsLineBreaks
    insert(text)
  }

  var text: String { String(characters) }
  var isEmpty: Bool { characters.isEmpty }

  /// Tabs count as blanks, line breaks too where they are not kept, so that a pasted message stays one text.
  mutating func insert(_ text: String) {
    var taken: [Character] = []
    let room = limit - characters.count
    for character in text {
      guard taken.count < room else { break }
      if character.isNewline {
        taken.append(keepsLineBreaks ? "\n" : " ")
      } else if character == "\t" {
        taken.append(" ")
      } else {
        taken.append(contentsOf: SafeText.clean(String(character)).prefix(room - taken.count))
      }
    }
    characters.insert(contentsOf: taken, at: position)
    position += taken.count
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

  /// All of it in rows of at most `width` cells, broken at blanks, and the row and cell of the cursor.
  func rows(_ ink: Ink, width: Int) -> (rows: [String], cursor: (row: Int, column: Int)) {
    guard !ink.isLinear else {
      return (
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
          ink.clean(String($0))
        }, (0, 0)
      )
    }
    let width = max(2, width)
    var starts = [0]
    var cells = 0
    var blank: Int?
    let sizes = characters.map { $0 == "\n" ? 0 : TextWidth.cells(ink.clean(String($0))) }
    func begin(at place: Int) {
      starts.append(place)
      blank = nil
    }
    for (place, character) in characters.enumerated() {
      if character == "\n" {
        begin(at: place + 1)
        cells = 0
        continue
      }
      // One cell is kept for the cursor behind the last character.
      if cells + sizes[place] > width - 1 {
        let start = blank.map { $0 + 1 } ?? place
        begin(at: start)
        cells = sizes[start..<place].reduce(0, +)
      }
      if character == " " { blank = place }
      cells += sizes[place]
    }
    let row = starts.lastIndex { $0 <= position } ?? 0
    let rows = starts.indices.map { index in
      let end = index + 1 < starts.count ? starts[index + 1] : characters.count
      return ink.clean(String(characters[starts[index]..<end].filter { $0 != "\n" }))
    }
    return (rows, (row, sizes[starts[row]..<position].reduce(0, +)))
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
