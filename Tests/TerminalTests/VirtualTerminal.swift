import CVTerm

/// A terminal in memory: bytes in, cells out.
final class VirtualTerminal {
  private let terminal: OpaquePointer
  private let screen: OpaquePointer

  init?(columns: Int, rows: Int) {
    guard let made = vterm_new(Int32(rows), Int32(columns)), let screen = vterm_obtain_screen(made) else {
      return nil
    }
    terminal = made
    self.screen = screen
    vterm_set_utf8(terminal, 1)
    vterm_screen_enable_altscreen(screen, 1)
    vterm_screen_reset(screen, 1)
  }

  deinit { vterm_free(terminal) }

  func write(_ bytes: some Collection<UInt8>) {
    let bytes = bytes.map { CChar(bitPattern: $0) }
    vterm_input_write(terminal, bytes, bytes.count)
    // Answers to questions that the program asked the terminal; nobody reads them here.
    var answers = [CChar](repeating: 0, count: 4096)
    vterm_output_read(terminal, &answers, answers.count)
  }

  func resize(columns: Int, rows: Int) { vterm_set_size(terminal, Int32(rows), Int32(columns)) }

  /// How many numbers stand for a cell.
  static let numbersPerCell = Int(CVTERM_NUMBERS_PER_CELL)

  /// A row's cells, each as its scalars, filled up with 0, and 1 at the end where it is reversed. The second half of a wide character is
  /// `UInt32.max` alone.
  func row(_ row: Int, columns: Int) -> [UInt32] {
    [UInt32](unsafeUninitializedCapacity: columns * Self.numbersPerCell) { buffer, count in
      if let base = buffer.baseAddress { cvterm_row(screen, Int32(row), Int32(columns), base) }
      count = columns * Self.numbersPerCell
    }
  }

  var cursor: (row: Int, column: Int) {
    var place = VTermPos(row: 0, col: 0)
    vterm_state_get_cursorpos(vterm_obtain_state(terminal), &place)
    return (Int(place.row), Int(place.col))
  }
}
