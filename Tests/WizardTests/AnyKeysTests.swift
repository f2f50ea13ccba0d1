import Diagnosis
import Facts
import Testing

@testable import Wizard

@Suite struct AnyKeysTests {
  static let keys: [Key] =
    [
      .enter, .escape, .backspace, .tab, .backTab, .delete, .up, .down, .left, .right, .pageUp, .pageDown,
      .home,
      .end,
    ] + "0123456789jkwpcynsurtehbav?qxio:./ é漢\u{301}\u{1F600}\u{202E}".map { Key.character($0) }

  static func isFitting(_ frame: Frame, _ size: Size) -> Bool {
    frame.size == size && frame.rows.count == size.rows
      && frame.rows.allSatisfy { row in
        row.reduce(0) { $0 + TextWidth.cells($1.text) } <= size.columns
          && row.allSatisfy { SafeText.clean($0.text, limit: 10000) == $0.text }
      }
      && (frame.cursor.map { (0..<size.rows).contains($0.row) && (0..<size.columns).contains($0.column) }
        ?? true)
  }

  @Test(arguments: 0..<8) func randomKeysNeverTrapAndEveryFrameFits(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    var drive = Drive()
    drive.send(.casesListed(Scene.listed))
    var run = 0
    for step in 0..<160 {
      switch Int.random(in: 0..<24, using: &random) {
      case 0:
        drive.send(
          .resized(
            Size(
              columns: Int.random(in: 0..<220, using: &random), rows: Int.random(in: 0..<70, using: &random)))
        )
      case 1: drive.send(.ticked)
      case 2: drive.send(.pasted("Error code: 0x3\nExtended error code: 0x7\u{1B}[31m"))
      case 3:
        drive.send(
          .probe(.finished("port", [.saw("tcp.port", "refused", "Refused.")], elapsed: .zero), run: run))
      case 4: drive.send(.probe(.ended, run: run))
      case 5: drive.send(.probe(.started("greeting"), run: run))
      default:
        let key = Self.keys.randomElement(using: &random) ?? .enter
        drive.send(.keyPressed(key))
        for effect in drive.effects {
          switch effect {
          case .startProbes(_, let number): run = number
          case .loadCase(let id):
            let target = try? Target("srv01")
            if let target {
              drive.send(
                .caseLoaded(
                  Case(id: id, entries: [.init(time: drive.now, person: "boris", event: .opened(target))])))
            }
          case .startPractice(let host):
            if let target = try? Target("127.0.0.1:4000") { drive.send(.practiceStarted(host, target)) }
          case .quit: drive = Drive()
          default: break
          }
        }
      }
      let size = Size(
        columns: Int.random(in: 1..<130, using: &random), rows: Int.random(in: 1..<50, using: &random))
      for appearance in [Appearance.unicode, .ascii] {
        let frame = drive.state.render(size, appearance: appearance)
        #expect(Self.isFitting(frame, size), "seed \(seed), step \(step), \(size), \(drive.screen)")
        if !appearance.isUnicode {
          #expect(frame.rows.joined().allSatisfy { $0.text.utf8.allSatisfy { $0 < 0x7F && $0 >= 0x20 } })
        }
      }
    }
  }

  @Test(arguments: Scene.allCases) func everySceneFitsAtEverySizeAndInASCII(scene: Scene) {
    let drive = scene.drive
    for columns in [1, 29, 30, 33, 40, 59, 60, 75, 76, 80, 119, 132, 200] {
      for rows in [1, 7, 8, 9, 12, 15, 16, 24, 60] {
        let size = Size(columns: columns, rows: rows)
        #expect(Self.isFitting(drive.state.render(size, appearance: .unicode), size), "\(scene) \(size)")
        let plain = drive.state.render(size, appearance: .ascii)
        #expect(Self.isFitting(plain, size), "\(scene) \(size)")
        #expect(plain.text.utf8.allSatisfy { $0 < 0x7F }, "\(scene) \(size)")
      }
    }
  }

  /// What is measured for scrolling is what is drawn, in every language and with every set of signs.
  @Test(arguments: Scene.allCases) func theLastLineCanBeReachedInASCIIAndInGerman(scene: Scene) {
    for columns in [52, 64] {
      var drive = scene.drive
      drive.state.model.display.isASCII = true
      drive.state.model.display.language = .german
      drive.send(.resized(Size(columns: columns, rows: 16)))
      for _ in 0..<60 { drive.press(.pageDown) }
      let text = drive.text(columns, 16, .ascii)
      #expect(!text.contains("darunter: PgDn"), "\(columns)\n\(text)")
    }
  }
}
