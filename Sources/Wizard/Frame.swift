/// Columns and rows of a terminal.
public struct Size: Hashable, Sendable {
  public var columns: Int
  public var rows: Int
  public init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }
}

/// A whole screen as a value.
public struct Frame: Hashable, Sendable {
  public var size: Size
  /// Exactly `size.rows` rows, each at most `size.columns` cells wide, free of control characters.
  public var rows: [[Span]]
  /// Where typing goes; nil hides the cursor.
  public var cursor: Cursor?

  public struct Cursor: Hashable, Sendable {
    public var row: Int
    public var column: Int
    public init(row: Int, column: Int) {
      self.row = row
      self.column = column
    }
  }

  public init(size: Size, rows: [[Span]], cursor: Cursor? = nil) {
    self.size = size
    self.rows = rows
    self.cursor = cursor
  }

  /// The characters alone, without trailing blanks.
  public var text: String {
    rows.map { row in
      var line = row.map(\.text).joined()
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

/// A run of cells of one style.
public struct Span: Hashable, Sendable {
  public var text: String
  public var style: Style
  public init(_ text: String, _ style: Style = .normal) {
    self.text = text
    self.style = style
  }
}

/// What a run of cells means. The terminal chooses attributes and colours; meaning is never in the colour alone.
public enum Style: Hashable, Sendable, CaseIterable {
  case normal, dim, strong
  case title, heading, key, selected, input
  case good, warning, bad, accent
}
