import Facts
import Testing

@testable import Diagnosis
@testable import Wizard

/// The page of what nearly everybody knows.
@Suite struct ContextTests {
  static func opened(code: String = "0x3/0x7") -> Drive {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open(code: code)
    drive.probesSeeAllWell()
    return drive
  }

  /// They fit no cause better than another.
  static let words = "It is a file server."

  private func rows(_ drive: Drive) throws -> [ContextScreen.Row] {
    guard case .context(let screen) = drive.screen else { throw Missing() }
    return screen.rows(drive.state.model)
  }
  private struct Missing: Error {}

  @Test func itComesBeforeTheFirstQuestionAndTakesAllAtOnce() throws {
    var drive = Self.opened()
    #expect(try rows(drive).map(\.question.id) == ["host-kind", "target-is-windows", "connects-how"])
    #expect(try rows(drive).allSatisfy { $0.choice == nil && $0.origin == .open })
    drive.press(.down, .right, .enter)
    #expect(
      drive.recorded == [
        .answeredTogether(
          [.init("host-kind", nil), .init("target-is-windows", "windows"), .init("connects-how", nil)],
          .context)
      ])
    if case .context = drive.screen { Issue.record("it stays") }
    let evidence = try #require(drive.state.openCase.map { Evidence($0, knowledge: Told.knowledge) })
    #expect(evidence.askedQuestions.isSuperset(of: ["host-kind", "target-is-windows", "connects-how"]))
    // None of its rows comes back as a single question.
    for _ in 0..<10 {
      guard case .work(let work) = drive.screen, let id = work.question else { break }
      #expect(Told.knowledge.question(id)?.contextPlace == nil || id == "vpn-state")
      drive.type("0")
    }
  }

  @Test func digitsAnswerAndGoOnAndRowsFollowWhatIsChosenAbove() throws {
    var drive = Self.opened()
    drive.type("3")
    #expect(
      try rows(drive).map(\.question.id) == ["host-kind", "target-is-windows", "connects-how", "vpn-state"])
    drive.type("1")
    drive.type("2")
    drive.type("1")
    #expect(drive.state.model.notice == "This was the last row: Enter takes all.")
    drive.type("9")
    #expect(drive.state.model.notice == "There is no answer 9.")
    drive.press(.enter)
    #expect(
      drive.state.openCase?.answers.map(\.choice) == ["workstation", "windows", "rdp-file", "connected"])
  }

  @Test func escapePassesItOverAndAKeyOpensItAgain() throws {
    var drive = Self.opened()
    drive.press(.right, .escape)
    #expect(drive.recorded.isEmpty)
    guard case .work = drive.screen else { Issue.record("\(drive.screen)"); return }
    drive.type("g")
    #expect(try rows(drive).first?.choice == nil)
    drive.type("1")
    drive.press(.escape)
    guard case .work = drive.screen else { Issue.record("\(drive.screen)"); return }
    #expect(drive.state.openCase?.answers.isEmpty == true)
    drive.type("g1")
    drive.press(.enter)
    #expect(drive.state.openCase?.answers.first?.choice == "single-server")
  }

  @Test func whatIsKnownIsShownAsSuchAndNotRecordedAgain() throws {
    var drive = TellTests.opened(telling: Self.words)
    drive.press(.enter)
    drive.probesSeeAllWell()
    let rows = try rows(drive)
    #expect(rows.first?.choice == "single-server")
    #expect(rows.first?.origin == .known("said before"))
    #expect(drive.text().contains("Known: said before."), "\(drive.text())")
    drive.press(.enter)
    guard case .answeredTogether(let answers, .context)? = drive.recorded.first else {
      Issue.record("\(drive.recorded)")
      return
    }
    #expect(!answers.contains { $0.question == "host-kind" })
  }

  @Test func filesProbesAndTheCaseItselfFillRows() throws {
    var record = Case(id: "c")
    func add(_ event: Case.Event) {
      record.entries.append(.init(time: Timestamp(seconds: 0), person: "p", event: event))
    }
    var target = try Target("srv01")
    target.gateway = "gw.example"
    add(.opened(target))
    add(
      .submitted(
        "f.rdp",
        [Finding("file.load-balance", .answered("present"), source: .file("f.rdp"), summary: "A farm.")]))
    add(
      .probed(
        run: 1,
        [
          Finding(
            "ntlm.names", .answered("agrees"), summary: "It is SRV01.",
            details: [.init("product", .text("Windows Server 2022"))])
        ]))
    let hints = Told.knowledge.contextHints(record)
    #expect(hints["host-kind"]?.choice == "farm-name")
    #expect(hints["host-kind"]?.finding?.summary == "A farm.")
    #expect(hints["connects-how"] == ContextHint(choice: "gateway", finding: nil))
    #expect(hints["target-is-windows"]?.choice == "windows")
  }

  @Test func aHintIsShownWithItsReasonAndCountsOnceThePageIsTaken() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.finish(
      "greeting",
      Finding(
        "ntlm.names", .answered("agrees"), summary: "It calls itself SRV01.",
        details: [.init("product", .text("Windows 11 24H2"))]))
    drive.probesSeeAllWell()
    #expect(try rows(drive).prefix(2).map(\.choice) == ["workstation", "windows"])
    #expect(drive.text().contains("It calls itself SRV01."), "\(drive.text())")
    #expect(drive.state.openCase?.answers.isEmpty == true)
    drive.press(.enter)
    #expect(drive.state.openCase?.answers.first?.choice == "workstation")
  }

  @Test func whatWasChosenStaysWhileFindingsArrive() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.open()
    drive.type("1")
    drive.probesSeeAllWell()
    #expect(try rows(drive).first?.choice == "single-server")
    drive.type("f")
    drive.type("hello")
    drive.press(.enter)
    #expect(try rows(drive).first?.choice == "single-server")
  }

  @Test func anUntouchedPageGivesWayToASureStepAndATouchedOneStays() throws {
    for isTouched in [false, true] {
      var drive = Drive(knowledge: Told.knowledge)
      drive.open(code: "")
      _ = try rows(drive)
      if isTouched { drive.press(.down) }
      drive.probesSeeAClosedPort()
      if isTouched {
        _ = try rows(drive)
        #expect(drive.state.model.notice?.contains("enough to go on with") == true)
        drive.press(.escape)
      }
      #expect(drive.isShowing("start-service"), "\(drive.text())")
    }
  }

  @Test func anAnswerThatIsChangedIsRecordedAnew() throws {
    var drive = TellTests.opened(telling: Self.words)
    drive.press(.enter)
    drive.probesSeeAllWell()
    drive.type("2")
    drive.press(.enter)
    #expect(drive.state.openCase?.answers.first { $0.question == "host-kind" }?.choice == "farm-name")
  }

  @Test func withoutQuestionsOfContextNothingComesBetween() {
    var drive = Drive()
    drive.open()
    drive.probesSeeAllWell()
    guard case .work = drive.screen else { Issue.record("\(drive.screen)"); return }
    drive.type("g")
    #expect(drive.state.model.notice?.contains("there is nothing to ask on one page") == true)
  }

  @Test(arguments: [(80, 24), (40, 12), (30, 8)]) func everyRowCanBeSeen(columns: Int, rows: Int) throws {
    var drive = Self.opened()
    drive.send(.resized(Size(columns: columns, rows: rows)))
    for row in try self.rows(drive) {
      let first = row.question.choices[0].text.prefix(12)
      #expect(drive.text(columns, rows).contains(first), "\(drive.text(columns, rows))")
      drive.press(.down)
    }
  }

  @Test func lineModeWalksThroughTheRowsByDigits() throws {
    var drive = Self.opened()
    let page = try #require(LinearTests.page(drive.state))
    #expect(page.lines.contains { $0.contains("1: A single server") }, "\(page.lines)")
    for line in ["2", "0", "1", ""] { _ = drive.state.take(line: line, at: drive.now) }
    #expect(drive.state.openCase?.answers.map(\.choice) == ["farm-name", nil, "name"])
  }

  @Test func theCallerOfAPractisedCaseFillsThePage() throws {
    var drive = Drive(knowledge: Told.knowledge)
    drive.practise(Small.practice[1])
    drive.probesSeeAllWell()
    drive.type("a")
    #expect(try rows(drive).first?.choice == "farm-name")
  }
}
