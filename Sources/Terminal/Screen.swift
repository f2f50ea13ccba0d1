import CNcurses
public import Wizard

/// The terminal of standard input and output, in ncurses' hands between `init` and `stop()`.
///
/// Main queue only; one at a time. The terminal is put back by `stop()`, and by itself after a trap.
@MainActor
public final class Screen {
  /// False when the locale cannot write UTF-8: frames must then be ASCII.
  public let writesUTF8: Bool
  private let attributes: [Style: UInt32]
  private var shown: Frame?
  /// What has come of a paste whose end has not.
  private var paste: String.UnicodeScalarView?

  /// Why there is no screen, as a sentence for the person.
  public struct Unusable: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter colour: false for attributes alone (bold, reverse, underline).
  /// - Throws: ``Unusable`` when the streams are no terminal, or TERM names none that is known.
  public init(colour: Bool) throws(Unusable) {
    writesUTF8 = rdpt_use_locale()
    guard rdpt_start() else {
      throw Unusable(
        description:
          "This is no terminal that the wizard can draw on. Run it in a terminal with TERM set (for example xterm), or use `rdptriage diagnose`."
      )
    }
    attributes = Self.attributes(hasColours: colour && rdpt_start_colours() >= 8)
  }

  public var size: Size { Size(columns: Int(rdpt_columns()), rows: Int(rdpt_rows())) }

  /// Draws what differs from the frame before. A frame of another size than the screen's is cut.
  public func show(_ frame: Frame) {
    guard frame != shown else { return }
    for (number, row) in frame.rows.enumerated() {
      if let shown, shown.size == frame.size, shown.rows[number] == row { continue }
      draw(row, at: Int32(number))
    }
    rdpt_show(Int32(frame.cursor?.row ?? -1), Int32(frame.cursor?.column ?? 0))
    shown = frame
  }

  private func draw(_ row: [Span], at number: Int32) {
    var column: Int32 = 0
    for span in row where !span.text.isEmpty {
      let scalars = span.text.unicodeScalars.map(\.value)
      rdpt_write(number, column, scalars, Int32(scalars.count), attributes[span.style] ?? 0)
      column += Int32(TextWidth.cells(span.text))
    }
    if column < rdpt_columns() { rdpt_clear_row(number, column) }
  }

  /// What was typed since the last call.
  public enum Input: Hashable, Sendable {
    case key(Key)
    /// A bracketed paste, at most 64 KiB of it.
    case pasted(String)
  }

  /// Everything that has been typed and not been read yet. Never waits; the end of a paste may come with a later call.
  public func readInput() -> [Input] {
    var inputs: [Input] = []
    var value: UInt32 = 0
    // Enough for a paste, and still an end: whoever floods the terminal must not keep the program from drawing.
    for _ in 0..<65536 {
      let kind = rdpt_read_key(&value)
      guard kind != ERR else { break }
      let isFunction = kind == KEY_CODE_YES
      if isFunction, value == UInt32(RDPT_PASTE_START) {
        paste = String.UnicodeScalarView()
      } else if isFunction, value == UInt32(RDPT_PASTE_END) {
        if let text = paste { inputs.append(.pasted(String(text))) }
        paste = nil
      } else if paste != nil {
        if !isFunction, let scalar = Unicode.Scalar(value), (paste?.count ?? 0) < 65536 {
          paste?.append(scalar)
        }
      } else if let key = isFunction ? Key(function: Int32(bitPattern: value)) : Key(character: value) {
        inputs.append(.key(key))
      }
    }
    return inputs
  }

  /// Takes over the size that the terminal has now; the next frame is drawn whole.
  public func resized() -> Size {
    rdpt_resize()
    redrawAll()
    return size
  }

  /// The next frame is drawn whole, whatever the terminal shows.
  public func redrawAll() {
    shown = nil
    rdpt_redraw_all()
  }

  /// Gives the terminal back; may be called again.
  public func stop() {
    rdpt_stop()
  }

  /// Takes the terminal over again after `stop()`, with the size that it has now.
  public func resume() -> Size {
    rdpt_resume()
    redrawAll()
    return size
  }

  private static func attributes(hasColours: Bool) -> [Style: UInt32] {
    func colour(_ number: Int32) -> UInt32 { hasColours ? rdpt_colour(number) : 0 }
    return [
      .normal: 0,
      .dim: hasColours ? rdpt_dim() : 0,
      .strong: rdpt_bold(),
      .title: rdpt_reverse(),
      .heading: rdpt_bold() | colour(COLOR_CYAN),
      .key: rdpt_bold(),
      .selected: rdpt_reverse(),
      .input: rdpt_underline(),
      .good: colour(COLOR_GREEN),
      .warning: rdpt_bold() | colour(COLOR_YELLOW),
      .bad: rdpt_bold() | colour(COLOR_RED),
      .accent: colour(COLOR_CYAN),
    ]
  }
}

extension Key {
  init?(function code: Int32) {
    switch code {
    case KEY_UP: self = .up
    case KEY_DOWN: self = .down
    case KEY_LEFT: self = .left
    case KEY_RIGHT: self = .right
    case KEY_PPAGE: self = .pageUp
    case KEY_NPAGE: self = .pageDown
    case KEY_HOME: self = .home
    case KEY_END: self = .end
    case KEY_DC: self = .delete
    case KEY_BACKSPACE: self = .backspace
    case KEY_ENTER: self = .enter
    case KEY_BTAB: self = .backTab
    default: return nil
    }
  }

  init?(character value: UInt32) {
    switch value {
    case 0x0A, 0x0D: self = .enter
    case 0x09: self = .tab
    case 0x1B: self = .escape
    case 0x08, 0x7F: self = .backspace
    case 0x00..<0x20: return nil
    default:
      guard let scalar = Unicode.Scalar(value) else { return nil }
      self = .character(Character(scalar))
    }
  }
}
