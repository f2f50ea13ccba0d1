import Diagnosis
import Facts
import Testing

@testable import Wizard

@Suite struct KeyMapTests {
  /// A wizard whose `w` is `W`, and whose `q` is `Q`.
  func begin(_ act: (inout Drive) -> Void) -> Drive {
    var keys = KeyMap()
    #expect(keys.bind("w", to: "W") == nil)
    #expect(keys.bind("q", to: "Q") == nil)
    #expect(keys.settle() == nil)
    var settings = Small.settings()
    settings.keys = keys
    var drive = Drive()
    drive.state = WizardState(settings)
    drive.send(.started)
    drive.send(.resized(Size(columns: 80, rows: 24)))
    drive.send(.knowledgeLoaded(Small.knowledge))
    drive.send(.casesListed([]))
    act(&drive)
    return drive
  }

  @Test func anExchangedKeyDoesWhatTheShippedOneDid() {
    var drive = begin {
      $0.open()
      $0.probesSeeAllWell()
    }
    #expect(drive.text().contains("W why"))
    let before = drive.screen
    drive.type("w")
    #expect(drive.screen == before)
    drive.type("q")
    #expect(drive.effects.isEmpty)
    drive.type("W")
    guard case .why = drive.screen else { Issue.record("no why"); return }
    drive.type("Q")
    #expect(drive.effects.contains(.quit))
  }

  @Test func textFieldsGetEveryKeyAsItIs() {
    let drive = begin { $0.type("1www.qQW") }
    #expect(drive.text().contains("www.qQW"))
  }

  @Test func lineModeTakesTheOwnKeys() {
    var drive = begin {
      $0.open()
      $0.probesSeeAllWell()
    }
    guard case .page(let page) = drive.state.linear(.unicode) else { Issue.record("no page"); return }
    #expect(page.keys.contains("W: why"))
    _ = drive.state.take(line: "W", at: drive.now)
    guard case .why = drive.screen else { Issue.record("no why"); return }
    #expect(drive.state.take(line: "Q", at: drive.now).contains(.quit))
  }

  @Test func everyShippedLetterCanBeExchanged() {
    var letters: Set<Character> = []
    for scene in Scene.allCases {
      for row in scene.drive.screen.content.rows(scene.drive.state.model) where row.name.count == 1 {
        letters.formUnion(row.name.filter(\.isLetter))
      }
    }
    #expect(letters.isSubset(of: KeyMap.shipped), "\(letters.subtracting(KeyMap.shipped))")
    #expect(letters.count > 15)
  }
}
