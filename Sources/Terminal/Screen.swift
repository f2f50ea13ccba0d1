import CNcurses
public import Wizard

/// The terminal of standard input and output, in ncurses' hands between `init` and `stop()`.
///
/// Main queue only; one at a time. The terminal is put back by `stop()`, and by itself after a trap.
@MainActor
public final class Screen {
  /// False when the locale cannot write UTF-8: frames must then be ASCII.
  public let writesUTF8: Bool
  private var attributes: [Style: UInt32] = [:]
  private var theme: Theme?
  /// How many colours the terminal has; nil while no theme has asked for any, since asking already sends colour codes.
  private var colours: Int?
  private var shown: Frame?
  /// What has come of a paste whose end has not.
  private var paste: [Unicode.Scalar]?
  /// Scalars of a paste that are kept: more than any screen takes, so that those can say that they cut it.
  private static let pasteLimit = 2 << 20
  private static let pasteEnd = Array("\u{1B}[201~".unicodeScalars)
  private var decoder = KeyDecoder()

  /// Why there is no screen, as a sentence for the person.
  public struct Unusable: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Throws: ``Unusable`` when the streams are no terminal, or TERM names none that is known.
  public init(theme: Theme) throws(Unusable) {
    writesUTF8 = Self.useLocale()
    guard rdpt_start() else {
      throw Unusable(
        description:
          "This is no terminal that the wizard can draw on. Run it in a terminal with TERM set (for example xterm), or use `rdptriage diagnose`."
      )
    }
    use(theme)
  }

  /// Takes over the locale of the environment.
  /// - Returns: False when it cannot write UTF-8.
  public static func useLocale() -> Bool { rdpt_use_locale() }

  /// From the next frame on, which is drawn whole when the theme is another one than before.
  public func use(_ theme: Theme) {
    guard theme != self.theme else { return }
    self.theme = theme
    if colours == nil, theme != .plain { colours = Int(rdpt_start_colours()) }
    let palette = Palette(theme, colours: colours ?? 0)
    attributes = palette.attributes
    rdpt_set_background(palette.background)
    redrawAll()
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
    /// A bracketed paste, at most 2,097,152 scalars of it.
    case pasted(String)
  }

  /// Everything that has been typed and not been read yet. Never waits; the end of a paste may come with a later call.
  ///
  /// Ctrl-L is not handed on: it makes the next frame be drawn whole.
  public func readInput() -> [Input] {
    var inputs: [Input] = []
    var value: UInt32 = 0
    let now = ContinuousClock.now
    // Enough for a paste, and still an end: whoever floods the terminal must not keep the program from drawing.
    for _ in 0..<65536 {
      let kind = rdpt_read_key(&value)
      guard kind != ERR else { break }
      if kind != KEY_CODE_YES {
        if paste != nil {
          takePasted(value, &inputs)
        } else if value == 0x0C {
          redrawAll()
        } else {
          for event in decoder.take(value, at: now) { handle(event, &inputs) }
        }
        continue
      }
      for event in decoder.interrupt() { handle(event, &inputs) }
      switch value {
      case UInt32(RDPT_PASTE_START): handle(.pasteStart, &inputs)
      case UInt32(RDPT_PASTE_END): handle(.pasteEnd, &inputs)
      default:
        if paste == nil, let key = Key(function: Int32(bitPattern: value)) { inputs.append(.key(key)) }
      }
    }
    for event in decoder.endOfInput(at: now) { handle(event, &inputs) }
    return inputs
  }

  private func handle(_ event: KeyDecoder.Event, _ inputs: inout [Input]) {
    switch event {
    case .key(let key): inputs.append(.key(key))
    case .pasteStart: paste = []
    case .pasteEnd:
      if let paste {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: paste)
        inputs.append(.pasted(String(text)))
      }
      paste = nil
    }
  }

  /// The end of a paste is looked for here too: ncurses misses one that comes in pieces.
  private func takePasted(_ value: UInt32, _ inputs: inout [Input]) {
    guard let count = paste?.count, let scalar = Unicode.Scalar(value) else { return }
    // Room for the end is left, so that a paste that is cut ends too.
    if count >= Self.pasteLimit + Self.pasteEnd.count { paste?.remove(at: Self.pasteLimit) }
    paste?.append(scalar)
    guard scalar == "~", paste?.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd) == true else {
      return
    }
    paste?.removeLast(Self.pasteEnd.count)
    handle(.pasteEnd, &inputs)
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
    case 0x04: self = .endOfInput
    case 0x00..<0x20: return nil
    default:
      guard let scalar = Unicode.Scalar(value) else { return nil }
      self = .character(Character(scalar))
    }
  }
}
