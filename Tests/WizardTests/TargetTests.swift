import Diagnosis
import Facts
import Testing

@testable import Wizard

/// The target screen: hosts of earlier cases, and the caller's connection file.
@Suite struct TargetTests {
  private func target(_ drive: Drive) throws -> TargetScreen {
    guard case .target(let screen) = drive.screen else { throw Missing() }
    return screen
  }
  private struct Missing: Error {}

  private func newCase(_ cases: [CaseSummary] = Scene.listed) -> Drive {
    var drive = Drive()
    drive.send(.casesListed(cases))
    drive.choose(.newCase)
    return drive
  }

  @Test func upWalksThroughEarlierHostsAndDownComesBack() throws {
    var drive = newCase()
    drive.type("typed")
    drive.press(.up)
    #expect(try target(drive).host.text == "srv01.corp.example")
    drive.press(.up)
    #expect(try target(drive).host.text == "ts-7:3390")
    #expect(try target(drive).gateway.text == "gw.corp.example")
    #expect(try target(drive).domain.text == "corp.example")
    drive.press(.up)
    #expect(try target(drive).host.text == "srv02")
    #expect(try target(drive).gateway.text == "")
    drive.press(.up)
    #expect(drive.state.model.notice == "This is the oldest host.")
    drive.press(.down, .down, .down)
    #expect(try target(drive).host.text == "typed")
    #expect(try target(drive).domain.text == "")
    drive.press(.down)
    #expect(try target(drive).focus == .code)
    drive.press(.up)
    #expect(try target(drive).focus == .host)
  }

  @Test func whatWasTypedBesideTheHostStays() throws {
    var drive = newCase()
    drive.press(.backTab, .backTab)
    drive.type("own.example")
    drive.press(.tab, .tab, .up, .up)
    #expect(try target(drive).host.text == "ts-7:3390")
    #expect(try target(drive).gateway.text == "own.example")
    #expect(try target(drive).domain.text == "corp.example")
  }

  @Test func anEarlierHostOpensACaseWithItsGatewayAndDomain() throws {
    var drive = newCase()
    drive.press(.up, .up, .enter, .enter)
    var expected = try Target("ts-7:3390")
    expected.gateway = "gw.corp.example"
    expected.domain = "corp.example"
    #expect(drive.state.openCase?.target == expected)
  }

  @Test(arguments: [Key.right, .end]) func aTypedBeginningIsCompleted(key: Key) throws {
    var drive = newCase()
    drive.type("TS")
    #expect(drive.text().contains("Right: ts-7:3390, gateway gw.corp.example, domain corp.example"))
    drive.press(key)
    #expect(try target(drive).host.text == "ts-7:3390")
    #expect(try target(drive).gateway.text == "gw.corp.example")
    // Inside the text the key moves as ever.
    drive.press(.home, .right)
    #expect(try target(drive).host.position == 1)
  }

  @Test func practiceCasesAndRepetitionsAreNotOffered() throws {
    var listed = Scene.listed
    listed[0].id = "2026-05-04-practice-drain-aaaaaa"
    listed[2].target = "TS-7:3390"
    var drive = newCase(listed)
    drive.press(.up)
    #expect(try target(drive).host.text == "ts-7:3390")
    drive.press(.up)
    #expect(drive.state.model.notice == "This is the oldest host.")
  }

  @Test func withoutEarlierCasesTheArrowsMoveBetweenFields() throws {
    var drive = newCase([])
    drive.press(.down)
    #expect(try target(drive).focus == .code)
    drive.press(.up, .up)
    #expect(try target(drive).focus == .domain)
  }

  @Test func lineModeOffersEarlierHosts() throws {
    var drive = newCase()
    func said() -> String { LinearTests.page(drive.state)?.lines.joined(separator: "\n") ?? "" }
    #expect(said().contains("/up: srv01.corp.example"))
    _ = drive.state.take(line: "ts", at: drive.now)
    #expect(try target(drive).host.text == "ts")
    #expect(said().contains("An earlier host goes on: ts-7:3390"))
    for line in ["/up", "/right"] { _ = drive.state.take(line: line, at: drive.now) }
    #expect(try target(drive).host.text == "ts-7:3390")
    let before = drive.state.stack
    _ = drive.state.take(line: "/2", at: drive.now)
    #expect(drive.state.stack == before)
  }

  // MARK: The connection file

  @Test func aConnectionFileIsReadShownAndHandedIn() throws {
    var drive = Drive.namingAFile("~/farm.rdp")
    #expect(drive.effects == [.readConnectionFile("~/farm.rdp", number: 1)])
    #expect(drive.state.openCase == nil)
    drive.send(.read(Scene.connectionFile, number: 1))
    #expect(drive.text().contains("The file always goes through the gateway gw.corp.example."))
    #expect(try target(drive).host.text == "farm.corp.example:3390")
    drive.press(.enter)
    let opened = try #require(drive.state.openCase)
    #expect(opened.target?.gateway == "gw.corp.example")
    #expect(opened.submissions.map(\.name) == ["farm.rdp"])
  }

  @Test func theTypedHostCountsAndTheDifferenceIsSaid() throws {
    var drive = Drive()
    drive.choose(.newCase)
    drive.type("srv09")
    drive.press(.tab, .tab, .tab, .tab)
    drive.type("f.rdp")
    drive.press(.enter)
    drive.send(.read(Scene.connectionFile, number: 1))
    #expect(try target(drive).host.text == "srv09")
    #expect(drive.text().contains("It leads to farm.corp.example:3390; the host above is"))
  }

  @Test func aFileThatIsNoneOpensNothingAndIsReadAnewOnceItIsChanged() throws {
    var drive = Scene.targetFileWrong.drive
    #expect(drive.state.openCase == nil)
    drive.press(.enter)
    #expect(drive.effects == [.readConnectionFile("~/mail.txt", number: 2)])
    drive.send(.unreadable("It is not there.", number: 2))
    #expect(drive.text().contains("It is not there."))
    drive.type("x")
    #expect(!drive.text().contains("It is not there."))
  }

  @Test func startingFromAnotherFieldReadsTheFileFirst() throws {
    var drive = Drive()
    drive.choose(.newCase)
    drive.type("srv09")
    drive.press(.tab, .tab, .tab, .tab)
    drive.type("f.rdp")
    drive.press(.backTab, .enter)
    #expect(drive.effects == [.readConnectionFile("f.rdp", number: 1)])
    #expect(drive.state.openCase == nil)
    drive.press(.enter)
    #expect(drive.effects.isEmpty)
    drive.send(.read(Scene.connectionFile, number: 1))
    drive.press(.enter)
    #expect(drive.state.openCase?.submissions.count == 1)
  }

  @Test func tabCompletesAPathAndThenGoesOn() throws {
    var drive = Drive()
    drive.choose(.newCase)
    drive.press(.tab, .tab, .tab, .tab)
    drive.type("~/f")
    drive.press(.tab)
    #expect(drive.effects == [.completePath("~/f", ending: ".rdp", number: 1)])
    drive.send(
      .pathCompleted(.init(text: "~/farm", names: ["farm-a.rdp", "farm-b.rdp"], count: 15), number: 1))
    #expect(try target(drive).file.text == "~/farm")
    #expect(drive.text().contains("farm-a.rdp  farm-b.rdp  and 13 more"))
    drive.press(.tab)
    #expect(drive.effects.isEmpty)
    #expect(try target(drive).focus == .gateway)
  }

  @Test func aCompletedPathIsAnotherFile() throws {
    var drive = Scene.targetFileWrong.drive
    drive.press(.tab)
    drive.send(
      .pathCompleted(
        .init(text: "~/mail.txt.rdp", names: ["mail.txt.rdp"], count: 1),
        number: drive.state.model.latestReading))
    #expect(try target(drive).reading == .none)
    #expect(!drive.text().contains("is no connection file"))
  }

  @Test func aLateCompletionDoesNotOverwriteWhatWasTyped() throws {
    var drive = Drive()
    drive.choose(.newCase)
    drive.press(.tab, .tab, .tab, .tab)
    drive.type("f")
    drive.press(.tab)
    drive.type("g")
    drive.send(.pathCompleted(.init(text: "farm.rdp", names: ["farm.rdp"], count: 1), number: 1))
    #expect(try target(drive).file.text == "fg")
  }

  @Test func lineModeReadsAFileByItsPath() throws {
    var drive = Drive()
    drive.choose(.newCase)
    var effects: [Effect] = []
    for line in ["/tab", "/tab", "/tab", "/tab", "farm.rdp"] {
      effects += drive.state.take(line: line, at: drive.now)
    }
    #expect(effects == [.readConnectionFile("farm.rdp", number: 1)])
    #expect(drive.state.linear(.ascii) == .waiting("Reading the file."))
    drive.send(.read(Scene.connectionFile, number: 1))
    #expect(
      LinearTests.page(drive.state)?.lines.contains { $0.contains("leads to farm.corp.example:3390") } == true
    )
    _ = drive.state.take(line: "", at: drive.now)
    #expect(drive.state.openCase?.submissions.count == 1)
  }
}

@Suite struct FoldingTests {
  @Test func whatDoesNotApplyIsOneRowThatEnterOpensAndCloses() {
    var drive = Drive()
    drive.toFoldedTimeline()
    while !drive.text().contains("> 03:12  2 probes do not apply") {
      drive.press(.up)
      if drive.state.model.notice != nil { Issue.record("no folded row: \(drive.text())"); return }
    }
    #expect(!drive.text().contains("Does not apply here"))
    #expect(drive.text().contains("refused the connection. (1 more does not apply here)"))
    let folded = drive.text()
    drive.press(.enter)
    #expect(drive.text().components("Does not apply here: the port is closed.") == 2, "\(drive.text())")
    drive.press(.enter)
    #expect(drive.text() == folded)
  }
}

extension String {
  fileprivate func components(_ part: String) -> Int {
    var rest = self[...]
    var count = 0
    while !rest.isEmpty {
      if rest.hasPrefix(part) { count += 1 }
      rest.removeFirst()
    }
    return count
  }
}

@Suite struct ClipboardNoticeTests {
  @Test func whatWasNotCopiedIsSaidWithTheFileThatHoldsIt() {
    func notice(_ clipboard: Clipboard, _ file: String?) -> String {
      var drive = Drive()
      drive.send(.copied(clipboard, file: file))
      return drive.state.model.notice ?? ""
    }
    #expect(notice(.sent, "/f") == "Copied, and kept in /f.")
    #expect(notice(.tooLong, "/f").contains("not copied"))
    #expect(notice(.tooLong, "/f").contains("/f"))
    #expect(notice(.missing, "/f").contains("no clipboard"))
    #expect(notice(.missing, "/f").contains("/f"))
    #expect(notice(.tooLong, nil).contains("no file could be written"))
    #expect(!notice(.missing, nil).contains("Copied"))
  }
}
