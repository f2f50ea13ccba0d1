import Diagnosis
import Facts
import Testing

@testable import Wizard

/// Pasted text: read, seen, and only then counted.
@Suite struct PasteTests {
  static let output = "C:\\>change logon /query\nNew user logins are DISABLED, but reconnections …\n"

  private func stage(_ drive: Drive) -> PasteScreen.Stage? {
    if case .paste(let screen) = drive.screen { screen.stage } else { nil }
  }

  private func texts(_ drive: Drive) -> [String] {
    drive.effects.compactMap { if case .readText(let text, _, _) = $0 { text } else { nil } }
  }

  @Test func aPasteIsReadAtOnceAndCountsOnlyOnceItWasSeen() {
    var drive = Scene.paste.drive
    drive.send(.pasted(Self.output))
    #expect(drive.effects == [.readText(Self.output, port: 3389, number: 1)])
    #expect(drive.text().contains("Reading 2 lines"))
    drive.send(.read(Scene.logonMode, number: 1))
    #expect(drive.effects.isEmpty)
    #expect(drive.state.openCase?.submissions.isEmpty == true)
    drive.press(.enter)
    #expect(drive.recorded == [.submitted("change logon /query", Scene.logonMode.findings)])
    #expect(drive.state.stack.count == 2)
    if case .work(let work) = drive.screen { #expect(work.question != "logon-query") }
    #expect(drive.state.model.triage?.draft.isEmpty == true)
  }

  @Test func aPathIsReadAsTheFileThatItNames() {
    var drive = Scene.paste.drive
    drive.send(.pasted(" ~/logs/a b.evtx\n"))
    #expect(drive.effects == [.readFile("~/logs/a b.evtx", port: 3389, number: 1)])
    #expect(drive.text().contains("Reading ~/logs/a b.evtx"))
    drive.send(.unreadable("The file is not there.", number: 1))
    #expect(drive.text().contains("Nothing could be read from ~/logs/a b.evtx"))
    drive.type("x")
    drive.send(.pasted("/var/log/a\n/var/log/b"))
    #expect(texts(drive) == ["/var/log/a\n/var/log/b"])
  }

  @Test func theTypedPathOfAFileIsCompleted() {
    var drive = Scene.paste.drive
    drive.press(.enter)
    drive.type("~/lo")
    drive.press(.tab)
    #expect(drive.effects == [.completePath("~/lo", ending: nil, number: 1)])
    #expect(drive.text().contains("Enter reads this file"))
    drive.send(
      .pathCompleted(.init(text: "~/log-", names: ["log-a.evtx", "log-b.evtx"], count: 15), number: 1))
    #expect(drive.text().contains("log-a.evtx  log-b.evtx  …"))
    drive.type("b")
    drive.press(.tab)
    drive.send(.pathCompleted(.init(text: "~/log-b.evtx", names: ["log-b.evtx"], count: 1), number: 2))
    drive.press(.tab)
    drive.send(.pathCompleted(.init(text: "~/log-b.evtx", names: [], count: 0), number: 3))
    #expect(drive.text().contains("No folder and no file begins like this."))
    drive.press(.tab)
    drive.type("/")
    drive.send(
      .pathCompleted(.init(text: "~/log-b.evtx.old", names: ["log-b.evtx.old"], count: 1), number: 4))
    drive.press(.backspace)
    drive.press(.enter)
    #expect(drive.effects == [.readFile("~/log-b.evtx", port: 3389, number: 5)])
    var tabbed = Scene.paste.drive
    tabbed.press(.enter)
    tabbed.type("a")
    tabbed.press(.tab)
    #expect(tabbed.effects.isEmpty)
  }

  @Test func whatWasReadStandsInTheTimeLineAndIsTakenBackThere() {
    var drive = Scene.pasteRead.drive
    drive.press(.enter)
    drive.type("h")
    #expect(drive.text().contains("Read from change logon /query: Logons are in drain mode."))
    drive.type("x2")
    #expect(drive.recorded == [.submissionWithdrawn("change logon /query")])
    #expect(drive.state.openCase?.submissions.isEmpty == true)
  }

  @Test func aKilledWizardComesBackWithWhatCounted() throws {
    var drive = Scene.pasteRead.drive
    drive.press(.enter)
    let record = try #require(drive.state.openCase)
    var later = Drive(.init(caseID: record.id))
    later.send(.caseLoaded(record))
    later.probesSeeAllWell()
    #expect(later.state.openCase?.submissions.map(\.name) == ["change logon /query"])
    #expect(later.state.model.triage?.leader?.cause == "drain-mode")
    #expect(later.screen == drive.screen)
  }

  @Test func goingBackLosesNothing() {
    var drive = Scene.pasteRead.drive
    let question = drive.state.stack[1].screen
    drive.press(.escape)
    #expect(drive.screen == question)
    #expect(drive.state.openCase?.submissions.isEmpty == true)
    drive.type("v")
    #expect(texts(drive) == ["New user logins are DISABLED, but reconnections …"])
    drive.send(.read(Scene.logonMode, number: drive.state.model.latestReading))
    drive.press(.enter)
    #expect(drive.recorded.count == 1)
  }

  @Test func whatCannotBeReadStatesNothing() {
    var drive = Scene.pasteUnreadable.drive
    drive.press(.enter)
    #expect(drive.effects.isEmpty)
    #expect(drive.state.openCase?.submissions.isEmpty == true)
    #expect(drive.state.model.notice?.contains("nothing was read") == true)
    drive.type("x")
    #expect(stage(drive) == .ready)
    #expect(drive.state.model.triage?.draft.isEmpty == true)
  }

  @Test func anAnswerToAnEarlierRequestIsDropped() {
    var drive = Scene.paste.drive
    drive.send(.pasted("one"))
    drive.send(.pasted("two"))
    #expect(texts(drive) == ["one\ntwo"])
    drive.send(.read(Scene.logonMode, number: 1))
    #expect(stage(drive) == .reading(2))
    drive.press(.enter)
    #expect(drive.recorded.isEmpty)
  }

  @Test(arguments: [true, false]) func withoutBracketedPasteTheKeysAreTheText(endsByLine: Bool) {
    var drive = Scene.paste.drive
    drive.press(.enter)
    drive.type("q?c")
    drive.press(.tab, .backspace, .enter)
    drive.type("漢字 2")
    drive.press(.enter)
    if endsByLine {
      drive.type("/end")
      drive.press(.enter)
    } else {
      drive.press(.endOfInput)
    }
    #expect(texts(drive) == ["q?c\n漢字 2\n"])
  }

  @Test func moreIsReadTogetherWithWhatIsThere() {
    var drive = Scene.pasteRead.drive
    drive.type("aHKEY")
    drive.press(.endOfInput)
    #expect(texts(drive) == ["New user logins are DISABLED, but reconnections …\nHKEY"])
  }

  @Test func nothingPastedIsSaidSo() {
    var drive = Scene.paste.drive
    drive.press(.enter, .enter, .endOfInput)
    #expect(drive.effects.isEmpty)
    #expect(drive.state.model.notice == "Nothing was pasted.")
    #expect(stage(drive) == .ready)
  }

  @Test func theCommandIsCopied() {
    var drive = Scene.paste.drive
    drive.type("c")
    #expect(drive.effects == [.copy("change logon /query")])
  }

  @Test func controlCharactersStayOutAndTheTextIsBounded() {
    var draft = PastedDraft()
    draft.append("a\u{1B}[31mb\u{07}\u{9B}\r\nc\rd\te\u{0}")
    #expect(draft.text == "a[31mb\nc\nd\te")
    #expect(draft.lineCount == 3)
    draft.append(String(repeating: "é", count: PastedDraft.limit))
    #expect(draft.isCut)
    #expect(draft.text.utf8.count <= PastedDraft.limit)
    #expect(draft.ending.joined().utf8.count <= 8000)
  }

  @Test func anAnswerThatWasGivenIsNamedBesideWhatWasRead() {
    var drive = Drive()
    drive.open(answering: 1)
    drive.probesSeeAllWell()
    drive.type("v")
    drive.send(.pasted(Self.output))
    drive.send(.read(Scene.logonMode, number: drive.state.model.latestReading))
    #expect(drive.text(200, 24).contains("currently DRAIN (instead of: Session logins"))
  }

  @Test func whatLeavesTheQuestionOpenIsSaidSo() {
    var drive = Scene.paste.drive
    drive.send(.pasted("…"))
    let other = Submission(
      name: "qwinsta", recognised: ["qwinsta"],
      findings: [Finding("paste.sessions", .answered("few"), source: .paste, summary: "2 sessions are open.")]
    )
    drive.send(.read(other, number: drive.state.model.latestReading))
    #expect(drive.text().contains("Left open    What does “change logon /query” print on srv01?"))
    drive.press(.enter)
    #expect(drive.recorded == [.submitted("qwinsta", other.findings)])
  }

  @Test func lineModeTakesLinesUntilTheEnd() {
    var drive = Scene.paste.drive
    _ = drive.state.take(line: "", at: drive.now)
    #expect(LinearTests.page(drive.state)?.prompt == "Text: ")
    #expect(drive.state.isTakingLines)
    var effects: [Effect] = []
    for line in ["C:\\>change logon /query", "", "  2 indented", "/quit is text", "q"] {
      let before = LinearTests.page(drive.state)
      effects += drive.state.take(line: line, at: drive.now)
      #expect(LinearTests.page(drive.state)?.news(since: before) == [])
    }
    #expect(effects.isEmpty)
    effects = drive.state.take(line: "/end", at: drive.now)
    #expect(
      effects == [
        .readText("C:\\>change logon /query\n\n  2 indented\n/quit is text\nq\n", port: 3389, number: 1)
      ])
    #expect(drive.state.linear(.ascii) == .waiting("Reading what was pasted."))
    drive.send(.read(Scene.logonMode, number: 1))
    #expect(LinearTests.page(drive.state)?.lines.contains { $0.contains("drain mode") } == true)
    effects = drive.state.take(line: "", at: drive.now)
    #expect(drive.state.openCase?.submissions.count == 1)
  }

  @Test func lineModeGoesBackOutOfTheText() {
    var drive = Scene.paste.drive
    for line in ["", "some", "/esc"] { _ = drive.state.take(line: line, at: drive.now) }
    #expect(drive.state.stack.count == 2)
    #expect(drive.state.model.triage?.draft.text == "some\n")
  }
}
