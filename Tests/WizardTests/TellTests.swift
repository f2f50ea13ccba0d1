import Facts
import Testing

@testable import Diagnosis
@testable import Wizard

/// What the caller says: kept with the case, understood, offered, and never counted by itself.
@Suite struct TellTests {
  static let words = "My PC in the office, my pc. Nobody can get in today."

  static func opened(telling words: String = words) -> Drive {
    var drive = Drive(knowledge: Told.knowledge)
    drive.choose(.newCase)
    drive.type("srv01")
    drive.press(.enter)
    drive.type("0x3/0x7")
    drive.press(.tab)
    drive.send(.pasted(words))
    drive.press(.enter)
    return drive
  }

  private func tell(_ drive: Drive) throws -> TellScreen {
    guard case .tell(let screen) = drive.screen else { throw Missing() }
    return screen
  }
  private struct Missing: Error {}

  @Test func openingKeepsTheWordsAndOffersAnswers() throws {
    var drive = Self.opened()
    #expect(drive.recorded.contains(.told(Self.words)))
    #expect(drive.state.openCase?.answers.isEmpty == true)
    let offers = try #require(try tell(drive).offers)
    #expect(
      offers.map(\.subject) == [
        .answer("host-kind", "workstation"), .answer("one-or-all-users", "all-users"),
      ])
    let text = drive.text()
    #expect(text.contains("from “Nobody can”"), "\(text)")
    drive.press(.enter)
    #expect(
      drive.recorded == [
        .answeredTogether(
          [
            .init("host-kind", "workstation", words: offers[0].words),
            .init("one-or-all-users", "all-users", words: "Nobody can"),
          ], .told)
      ])
    #expect(drive.state.openCase?.answers.map(\.choice) == ["workstation", "all-users"])
    #expect(drive.state.openCase?.told == [Self.words])
  }

  @Test func whatIsSwitchedOffDoesNotCountAndAChoiceCanBeChanged() throws {
    var drive = Self.opened()
    drive.type("x")
    drive.press(.down, .left, .enter)
    #expect(drive.state.openCase?.answers.map(\.question) == ["one-or-all-users"])
    #expect(drive.state.openCase?.answers.map(\.choice) == ["one-user"])
  }

  @Test func nothingCountsUnconfirmed() throws {
    var drive = Self.opened()
    drive.press(.escape)
    #expect(drive.recorded.isEmpty)
    #expect(drive.state.openCase?.answers.isEmpty == true)
    #expect(drive.state.openCase?.told == [Self.words])
    if case .tell = drive.screen { Issue.record("still on the offers") }
  }

  @Test func wordsWithoutAnAnswerAreKept() {
    let drive = Self.opened(telling: "Good morning,\nit does not go.")
    #expect(drive.state.openCase?.told == ["Good morning,\nit does not go."])
    #expect(drive.state.model.notice == "Kept with the case. No answer to a question was found in it.")
    if case .tell = drive.screen { Issue.record("nothing is to be confirmed") }
  }

  @Test func aKeyTakesWordsAtAnyLaterMoment() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.probesSeeAllWell()
    drive.type("f")
    drive.type("only me, my colleagues can work?")
    drive.press(.enter)
    #expect(drive.recorded == [.told("only me, my colleagues can work?")])
    #expect(try tell(drive).offers?.map(\.subject) == [.answer("one-or-all-users", "one-user")])
    drive.press(.enter)
    #expect(drive.state.openCase?.answers.map(\.choice) == ["one-user"])
    // What is known already is not offered again.
    drive.type("f")
    drive.type("only me")
    drive.press(.enter)
    if case .tell = drive.screen { Issue.record("offered twice") }
    // Something else is, and says what it would replace.
    drive.type("f")
    drive.type("everybody")
    drive.press(.enter)
    #expect(drive.text().contains("(instead of: Only this user)"), "\(drive.text())")
  }

  @Test func whatWasTypedIsThereAgainAfterEscape() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.type("f")
    drive.type("every")
    drive.press(.escape)
    #expect(drive.state.openCase?.told.isEmpty == true)
    drive.type("f")
    drive.type("body")
    drive.press(.enter)
    #expect(drive.state.openCase?.told == ["everybody"])
  }

  @Test func whatWasReadOrMeasuredIsSwitchedOff() {
    let knowledge = Told.knowledge
    var evidence = Evidence(isComplaint: true)
    if let question = knowledge.question("one-or-all-users") {
      evidence.add(answer: "all-users", to: question, source: .paste)
    }
    let offers = TellScreen.offers(
      [ToldAnswer(question: "one-or-all-users", choice: "one-user", words: "only me")], Reading(), code: nil,
      evidence, knowledge)
    #expect(offers.map(\.isOn) == [false])
  }

  @Test func aCodeInTheWordsIsOfferedWhereNoneIsKnown() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open(code: "")
    drive.probesSeeAllWell()
    drive.type("f")
    drive.send(.pasted("It says error code: 0x3, extended error code: 0x7."))
    drive.press(.enter)
    #expect(try tell(drive).offers?.map(\.subject) == [.code(ReportedCode(code: 3, extended: 7))])
    drive.press(.enter)
    #expect(drive.state.openCase?.code == ReportedCode(code: 3, extended: 7))
  }

  @Test func wordsThatComeBeforeTheKnowledgeAreReadWithIt() throws {
    var drive = Drive(knows: false)
    drive.choose(.newCase)
    drive.type("srv01")
    drive.press(.tab, .tab)
    drive.send(.pasted("everybody"))
    drive.press(.enter)
    #expect(drive.state.openCase?.told == ["everybody"])
    drive.send(.knowledgeLoaded(Told.knowledge))
    #expect(try tell(drive).offers?.map(\.subject) == [.answer("one-or-all-users", "all-users")])
  }

  @Test func theUserIsKeptWithTheTarget() {
    var drive = Drive(knowledge: Told.knowledge)
    drive.choose(.newCase)
    drive.type("srv01")
    drive.press(.tab, .tab, .tab)
    drive.type("CORP\\anna b")
    drive.press(.enter)
    #expect(drive.text().contains("Type the name alone"), "\(drive.text())")
    drive.press(.backspace, .backspace, .enter)
    #expect(drive.state.openCase?.target?.user == "CORP\\anna")
  }

  @Test func severalLinesAreShownAndTheCursorStaysInSight() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.choose(.newCase)
    drive.press(.tab, .tab)
    drive.send(.pasted((1...9).map { "line \($0)" }.joined(separator: "\r\n")))
    guard case .target(let target) = drive.screen else { Issue.record("no form"); return }
    #expect(target.told.text.split(separator: "\n").count == 9)
    for (columns, rows) in [(80, 24), (40, 12)] {
      drive.send(.resized(Size(columns: columns, rows: rows)))
      #expect(drive.text(columns, rows).contains("line 9"))
      #expect(drive.state.render(Size(columns: columns, rows: rows), appearance: .unicode).cursor != nil)
    }
  }

  @Test func lineModeTakesLinesAndConfirms() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.probesSeeAllWell()
    for line in ["f", "It was fine.", "Now nobody can get in.", "/end"] {
      _ = drive.state.take(line: line, at: drive.now)
    }
    let page = try #require(LinearTests.page(drive.state))
    #expect(
      page.lines.contains { $0.hasPrefix("1. (marked) on: Does it fail for one user") }, "\(page.lines)")
    #expect(page.lines.contains { $0.contains("“nobody can”") })
    _ = drive.state.take(line: "", at: drive.now)
    #expect(drive.state.openCase?.told == ["It was fine.\nNow nobody can get in."])
    #expect(drive.state.openCase?.answers.map(\.choice) == ["all-users"])
  }

  @Test func theTicketAndTheTimeLineSayWhatWasToldAndUnderstood() throws {
    var drive = Self.opened()
    drive.press(.enter)
    let report = try #require(drive.state.model.report())
    let plain = ReportFormat.plain.text(of: report)
    #expect(plain.contains(Self.words), "\(plain)")
    drive.type("h")
    let text = drive.text(118, 40)
    #expect(text.contains("Told: “My PC in the office"), "\(text)")
    #expect(text.contains("Understood: "), "\(text)")
  }

  // MARK: Putting off

  @Test func aQuestionCanBePutOffAndComeBackTo() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.probesSeeAllWell()
    drive.press(.escape)
    drive.state.stack[1] = .init(.work(WorkScreen(question: "logon-query")))
    #expect(drive.text().contains("for an admin of the host"), "\(drive.text())")
    drive.type("s")
    #expect(drive.recorded == [.putOff("logon-query")])
    #expect(drive.state.openCase?.putOff == ["logon-query"])
    if case .work(let work) = drive.screen { #expect(work.question != "logon-query") }
    let report = try #require(drive.state.model.report())
    #expect(ReportFormat.plain.text(of: report).contains("Still to be asked"))
    drive.type("u")
    #expect(drive.text().contains("Put off, for an admin of the host"), "\(drive.text())")
    drive.press(.down, .enter)
    guard case .work(let work) = drive.screen else { Issue.record("not asked again"); return }
    #expect(work.question == "logon-query")
    drive.type("2")
    #expect(drive.state.openCase?.putOff.isEmpty == true)
    #expect(
      drive.state.openCase?.answers.contains { $0.question == "logon-query" && $0.choice == "drain" } == true)
  }

  // MARK: The heading

  @Test func belowAQuarterNothingIsSaidToLead() {
    let knowledge = Told.knowledge
    let ranking = [("drain-mode", 0.2), ("service-stopped", 0.15), ("unknown", 0.65)].map {
      RankedCause(cause: CauseID($0.0), probability: $0.1, because: [])
    }
    let standing = Wording.standing(ranking, knowledge)
    #expect(standing?.lead == "Not known yet. Left: ")
    #expect(standing?.text == "right to log on, network and port")
    let sure = [RankedCause(cause: "drain-mode", probability: 0.25, because: [])]
    #expect(Wording.standing(sure, knowledge)?.lead == "Leading: ")
  }

  // MARK: Look-alikes

  @Test func theReasonsShowSolvedCasesThatLookAlikeAndOpenThem() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.probesSeeAllWell()
    drive.press(.escape)
    drive.state.stack[1] = .init(.work(WorkScreen(question: "logon-query")))
    drive.type("2w")
    let text = drive.text(100, 60)
    #expect(text.contains("Solved cases that look like this one"), "\(text)")
    #expect(text.contains("Switched the drain mode off again."))
    #expect(text.contains("the same code"))
    let count = drive.state.model.assessment?.ranking.count ?? 0
    for _ in 0..<count { drive.press(.down) }
    drive.press(.enter)
    #expect(drive.screen == .entry(EntryScreen(.story("drain-left-on"))))
    #expect(drive.text(100, 60).contains("restarting the broker"), "\(drive.text(100, 60))")
  }
}
