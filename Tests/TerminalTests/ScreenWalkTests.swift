import Foundation
import TestSupport
import Testing

@testable import Wizard

/// The wizard's screens on terminals of every kind: what stands in the cells is what a fresh drawing would put there.
@Suite(.serialized) struct ScreenWalkTests {
  /// What the wizard wanted to be seen after one step.
  private struct Wanted {
    var columns = 0
    /// With a mark before each run of cells that says whether it is reversed.
    var rows: ArraySlice<Substring> = []
    var cursor: (row: Int, column: Int)?
  }

  /// A row's text as the terminal's cells, see ``VirtualTerminal/row(_:columns:)``.
  private static func numbers(_ text: Substring, columns: Int) -> [UInt32] {
    let size = VirtualTerminal.numbersPerCell
    var numbers = [UInt32](repeating: 0, count: columns * size)
    var column = 0
    var isReversed: UInt32 = 0
    var latest: (place: Int, count: Int)?
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 1: isReversed = 1
      case 2: isReversed = 0
      default:
        let width = TextWidth.cells(scalar)
        if width == 0 {
          guard let (place, count) = latest, count < size - 1 else { continue }
          numbers[place + count] = scalar.value
          latest = (place, count + 1)
          continue
        }
        guard column + width <= columns else { continue }
        numbers[column * size] = scalar.value
        numbers[column * size + size - 1] = isReversed
        if width == 2 { numbers[(column + 1) * size] = .max }
        latest = (column * size, 1)
        column += width
      }
    }
    while column < columns {
      numbers[column * size] = 0x20
      column += 1
    }
    return numbers
  }

  private static func read(_ file: String) throws -> [Wanted] {
    var lines = try String(contentsOfFile: file, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)[...]
    var all: [Wanted] = []
    while let head = lines.popFirst(), !head.isEmpty {
      let numbers = head.split(separator: " ").compactMap { Int($0) }
      try #require(numbers.count == 4)
      let cursor = numbers[2] < 0 ? nil : (row: numbers[2], column: numbers[3])
      all.append(Wanted(columns: numbers[0], rows: lines.prefix(numbers[1]), cursor: cursor))
      lines = lines.dropFirst(numbers[1])
    }
    return all
  }

  /// Runs the walk and compares every cell after every step.
  /// - Returns: how many steps and how many sizes were compared.
  private func walk(
    _ terminalType: String, seed: Int, steps: Int, locale: String = "C.UTF-8"
  ) throws -> (frames: Int, sizes: Int) {
    let folder = try TemporaryFolder()
    let file = folder.path + "/wanted"
    let terminal = try PseudoTerminal(
      [BuiltProgram.path("screen-walk"), "\(seed)", "\(steps)", file],
      environment: ["TERM": terminalType, "LANG": locale, "LC_ALL": locale, "PATH": "/usr/bin:/bin"])
    let status = try #require(terminal.waitForEnd(within: .seconds(500)), "it did not end")
    #expect(status == 0)
    _ = terminal.settle()
    let wanted = try Self.read(file)
    let output = Data(terminal.output)
    let emulated = try #require(VirtualTerminal(columns: 80, rows: 24))
    let mark = Data("\u{1B}]777;".utf8)
    var position = 0
    var frame = 0
    var sizes = 0
    var wrong = 0
    while let found = output.range(of: mark, in: position..<output.count),
      let end = output[found.upperBound...].firstIndex(of: 7)
    {
      let start = found.lowerBound
      emulated.write(output[position..<start])
      position = end + 1
      let words = String(decoding: output[found.upperBound..<end], as: UTF8.self).split(separator: " ")
      if words.count == 3, let columns = Int(words[1]), let rows = Int(words[2]) {
        emulated.resize(columns: columns, rows: rows)
        sizes += 1
        continue
      }
      let want = wanted[frame]
      frame += 1
      for (number, text) in want.rows.enumerated() where wrong < 5 {
        let expected = Self.numbers(text, columns: want.columns)
        let got = emulated.row(number, columns: want.columns)
        guard got != expected else { continue }
        wrong += 1
        let size = VirtualTerminal.numbersPerCell
        let place = zip(got, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
        let shown = got.compactMap { $0 > 1 ? Unicode.Scalar($0) : nil }.reduce(into: "") {
          $0.unicodeScalars.append($1)
        }
        Issue.record(
          "\(terminalType), seed \(seed), frame \(frame), row \(number), column \(place / size): “\(shown)”, not “\(text)”"
        )
      }
      if let cursor = want.cursor {
        let got = emulated.cursor
        #expect(got == cursor, "\(terminalType), seed \(seed), frame \(frame): the cursor")
      }
      if wrong >= 5 { break }
    }
    return (frame, sizes)
  }

  @Test(arguments: 0..<5) func tenThousandSizesAndKeysLeaveNoWrongCell(seed: Int) throws {
    let seen = try walk("xterm-256color", seed: seed, steps: 4000)
    #expect(seen.frames == 4000)
    #expect(seen.sizes > 1800)
  }

  @Test func whereNoScreenIsLeftTheShellGoesOnOnAnEmptyLine() throws {
    let folder = try TemporaryFolder()
    let terminal = try PseudoTerminal(
      [BuiltProgram.path("rdptriage"), "--data", folder.path],
      environment: ["TERM": "vt100", "LANG": "C.UTF-8", "HOME": folder.path, "PATH": "/usr/bin:/bin"])
    #expect(terminal.waitFor("New case"))
    terminal.type("q")
    #expect(terminal.waitForEnd() == 0)
    let emulated = try #require(VirtualTerminal(columns: 80, rows: 24))
    emulated.write(Data(terminal.output))
    #expect(emulated.row(22, columns: 80) != Self.numbers("", columns: 80))
    #expect(emulated.row(23, columns: 80) == Self.numbers("", columns: 80))
    #expect(emulated.cursor.row == 23 && emulated.cursor.column == 0)
  }

  @Test(arguments: ["xterm", "screen", "tmux", "putty", "linux", "vt100", "vt220"])
  func everyTerminalShowsTheFrames(type: String) throws {
    let seen = try walk(type, seed: 13, steps: 300)
    #expect(seen.frames == 300)
  }

  // Not xterm: the emulator does not repeat characters (REP) up to the last column as xterm does.
  @Test(arguments: ["vt100", "vt220", "linux"]) func withoutUTF8EveryFrameIsASCII(type: String) throws {
    let seen = try walk(type, seed: 12, steps: 200, locale: "C")
    #expect(seen.frames == 200)
  }
}
