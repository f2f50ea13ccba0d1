import Diagnosis
import Facts
import Testing

@testable import Wizard

/// Sends one message and demands the exact change it makes and the exact effects it asks for.
private func expectUpdate(
  _ drive: inout Drive, _ message: Message, effects: [Effect] = [],
  at location: SourceLocation = #_sourceLocation,
  changes: (inout WizardState) -> Void = { _ in }
) {
  var expected = drive.state
  changes(&expected)
  let got = drive.send(message)
  #expect(drive.state == expected, sourceLocation: location)
  #expect(got == effects, sourceLocation: location)
}

@Suite struct StartingTests {
  @Test func startingAsksForTheListOfCases() {
    var state = WizardState(Small.settings())
    #expect(state.update(.started, at: Timestamp(seconds: 0)) == [.listCases])
    #expect(!state.isBusy)
  }

  @Test func movingMovesTheMarkAndNothingElse() {
    var drive = Drive()
    expectUpdate(&drive, .keyPressed(.down)) { $0.stack[0].screen = .start(StartScreen(selected: 1)) }
    expectUpdate(&drive, .keyPressed(.character("k"))) {
      $0.stack[0].screen = .start(StartScreen(selected: 0))
    }
    expectUpdate(&drive, .keyPressed(.up)) { $0.model.notice = "This is the first row." }
    expectUpdate(&drive, .keyPressed(.character("z"))) { $0.model.notice = nil }
  }

  @Test func theMarkStaysOnItsRowWhenTheListIsReadAgain() {
    var drive = Drive()
    drive.press(.down)
    drive.send(.casesListed(Scene.listed))
    guard case .start(let start) = drive.screen else { Issue.record("no start screen"); return }
    #expect(start.rows(of: drive.state.model)[start.selected] == .practice)
  }

  @Test func leavingQuits() {
    var drive = Drive()
    expectUpdate(&drive, .keyPressed(.character("q")), effects: [.quit])
  }

  @Test func leavingMayBeGivenUpOrForcedWhileSomethingIsNotSaved() {
    var drive = Drive()
    drive.press(.character("q"))
    drive.send(.leavingHeld(2, reason: "The disk is full."))
    guard case .confirm(let screen) = drive.screen else { Issue.record("nothing is asked"); return }
    #expect(screen.act == .leave(unsaved: 2, reason: "The disk is full."))
    #expect(drive.state.model.unsaved == 2)
    var forced = drive
    #expect(drive.send(.keyPressed(.escape)) == [.stay])
    guard case .start = drive.screen else { Issue.record("it is not back"); return }
    #expect(forced.send(.keyPressed(.character("y"))) == [.quitNow])
  }

  @Test func theCollectionOfAConnectionFileGoesWithTheProbes() throws {
    let finding = Finding(
      "file.load-balance", .answered("present"), source: .file("farm.rdp"), summary: "",
      details: [.init("loadbalanceinfo", "tsv://farm")])
    var state = WizardState(
      Small.settings(
        .init(target: "srv01", code: "0x3/0x7", submissions: [.init(name: "farm.rdp", findings: [finding])])))
    let effects = state.update(.started, at: Timestamp(seconds: 1_777_864_320))
    let request = ProbeRequest(target: try Target("srv01"), routingToken: "tsv://farm")
    #expect(effects.contains(.startProbes(request, run: 1)))
  }

  @Test func aTargetAndACodeFromTheCommandLineOpenTheCaseAtOnce() throws {
    var state = WizardState(
      Small.settings(.init(target: "srv01:3390", code: "0x3/0x7", gateway: "gw.example")))
    let effects = state.update(.started, at: Timestamp(seconds: 1_777_864_320))
    var target = try Target("srv01:3390")
    target.gateway = "gw.example"
    #expect(effects.contains(.startProbes(ProbeRequest(target: target), run: 1)))
    #expect(state.isBusy)
    #expect(state.openCase?.code == ReportedCode(code: 3, extended: 7))
  }

  @Test func aTargetAloneAsksForTheCode() {
    let drive = Drive(.init(target: "srv01"))
    guard case .target(let screen) = drive.screen else { Issue.record("no target screen"); return }
    #expect(screen.focus == .code)
    #expect(screen.host.text == "srv01")
  }

  @Test func aCaseNamedAtTheStartIsLoadedAndResumed() throws {
    var drive = Drive(.init(caseID: "a"))
    let target = try Target("srv01")
    drive.send(
      .caseLoaded(Case(id: "a", entries: [.init(time: drive.now, person: "b", event: .opened(target))])))
    #expect(drive.effects == [.startProbes(ProbeRequest(target: target), run: 1)])
    #expect(drive.state.openCase?.id == "a")
  }
}

@Suite struct OpeningTests {
  @Test func openingRecordsTargetAndCodeAndStartsTheProbes() throws {
    var drive = Drive()
    drive.open()
    let target = try Target("srv01")
    let id = "2026-05-04-srv01-025cc1"
    #expect(
      drive.effects == [
        .record(.init(time: drive.now, person: "anna", event: .opened(target)), in: id),
        .record(
          .init(time: drive.now, person: "anna", event: .codeReported(.init(code: 3, extended: 7))), in: id),
        .startProbes(ProbeRequest(target: target, timeLimit: .seconds(10)), run: 1),
      ])
    #expect(drive.state.isBusy)
  }

  @Test func anIllFormedHostIsExplainedUnderItsFieldAndNothingStarts() {
    var drive = Drive()
    drive.type("1bad host")
    drive.press(.enter, .enter)
    #expect(drive.effects.isEmpty)
    #expect(drive.text().contains("A host name cannot contain"))
  }

  @Test func aPastedMessageOfSeveralLinesIsOneCode() {
    var drive = Drive()
    drive.type("1srv01")
    drive.press(.enter)
    drive.send(.pasted("[Window Title]\nError code: 0x3\r\nExtended error code: 0x7\n"))
    #expect(drive.text().contains("The server was reached, spoke RDP"))
    drive.press(.enter)
    #expect(drive.state.openCase?.code == ReportedCode(code: 3, extended: 7))
  }

  @Test func twoCasesOfOneStartHaveDifferentIDs() {
    var drive = Drive()
    drive.open()
    let first = drive.state.openCase?.id
    drive.press(.escape)
    let place = StartScreen().rows(of: drive.state.model).firstIndex(of: .newCase) ?? 0
    drive.type("\(place + 1)srv01")
    drive.press(.enter, .enter)
    #expect(drive.state.openCase?.id != first)
    #expect(drive.effects.first == .cancelProbes(run: 1))
  }
}

@Suite struct AnsweringTests {
  @Test func aNumberRecordsTheAnswer() {
    var drive = Drive()
    drive.open()
    drive.type("2")
    #expect(drive.recorded == [.answered("logon-query", "drain")])
  }

  @Test func enterWithoutAMarkAnswersNothing() {
    var drive = Drive()
    drive.open()
    drive.press(.enter)
    #expect(drive.effects.isEmpty)
    #expect(drive.state.model.notice?.contains("no answer is marked") == true)
    drive.press(.down, .enter)
    #expect(drive.recorded == [.answered("logon-query", "enabled")])
  }

  @Test func notKnowingIsAnAnswerToo() {
    var drive = Drive()
    drive.open()
    drive.type("0")
    #expect(drive.recorded == [.answered("logon-query", nil)])
    #expect(drive.screen != .work(WorkScreen(question: "logon-query")))
  }

  @Test func aShownQuestionStaysWhileFindingsArrive() {
    var drive = Drive()
    drive.open()
    drive.press(.down)
    let before = drive.screen
    drive.finish("name", .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7."))
    drive.finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
    #expect(drive.screen == before)
  }

  @Test func aQuestionThatBecomesMootSaysSoAndWaitsForEnter() {
    var drive = Scene.questionMoot.drive
    guard case .work(let work) = drive.screen else { Issue.record("no question"); return }
    #expect(work.mootBecause != nil)
    let before = drive.state.openCase
    drive.type("1")
    #expect(drive.state.openCase == before, "an answer to a moot question is not taken by accident")
    drive.press(.enter)
    #expect(drive.state.openCase == before)
    #expect(drive.isShowing("end-drain-mode"))
  }

  @Test func anEarlierAnswerIsReplacedInItsPlace() {
    var drive = Drive()
    drive.toDrainStep()
    #expect(drive.isShowing("end-drain-mode"))
    drive.type("u2")
    guard case .work(let work) = drive.screen else { Issue.record("no question"); return }
    #expect(work.isReopened && work.selected == 1)
    drive.press(.escape, .escape)
    #expect(drive.isShowing("end-drain-mode"))
    drive.type("u21")
    #expect(drive.recorded == [.answered("logon-query", "enabled")])
    #expect(drive.state.openCase?.answers.count == 1)
    #expect(!drive.isShowing("end-drain-mode"))
  }

  @Test func aForgottenAnswerIsWithdrawn() {
    var drive = Drive()
    drive.toDrainStep()
    drive.type("ujx")
    #expect(drive.recorded.isEmpty, "it is asked first")
    drive.type("y")
    #expect(drive.recorded == [.answerWithdrawn("logon-query")])
    #expect(drive.state.openCase?.answers.isEmpty == true)
  }

  @Test func aCorrectedCodeIsRecordedAndRanksAgain() {
    var drive = Drive()
    drive.toDrainStep()
    drive.type("u1")
    for _ in 0..<10 { drive.press(.backspace) }
    drive.type("0x204")
    drive.press(.enter)
    #expect(drive.recorded == [.codeReported(ReportedCode(code: 0x204))])
    #expect(drive.state.model.triage?.leader?.cause != "drain-mode")
  }

  @Test func goingBackLosesNothing() {
    var drive = Drive()
    drive.toDrainStep()
    let before = drive.state.openCase
    drive.press(.escape)
    #expect(drive.screen == .start(StartScreen()))
    #expect(drive.state.openCase == before)
    drive.press(.enter)
    #expect(drive.isShowing("end-drain-mode"))
  }
}

@Suite struct ProbingTests {
  @Test func eachFinishedProbeIsRecorded() {
    var drive = Drive()
    drive.open()
    let finding = Finding.saw("tcp.port", "open", "Port 3389 is open.")
    drive.send(.probe(.finished("port", [finding], elapsed: .milliseconds(4)), run: 1))
    #expect(drive.recorded == [.probed(run: 1, [finding])])
  }

  @Test func eventsOfAnotherRunAreDropped() {
    var drive = Drive()
    drive.open()
    for run in [0, 2, -1] {
      expectUpdate(
        &drive, .probe(.finished("port", [.saw("tcp.port", "refused", "Refused.")], elapsed: .zero), run: run)
      )
      expectUpdate(&drive, .probe(.ended, run: run))
    }
  }

  @Test func eventsAfterTheEndAreDropped() {
    var drive = Drive()
    drive.open()
    drive.endProbes()
    #expect(!drive.state.isBusy)
    expectUpdate(&drive, .probe(.started("port"), run: 1))
    expectUpdate(&drive, .ticked)
  }

  @Test func theSpinnerMovesOnlyWhileProbesRun() {
    var drive = Drive()
    drive.open()
    expectUpdate(&drive, .ticked) { $0.model.phase = 1 }
  }

  @Test func aStepWaitsForTheProbes() {
    var drive = Drive()
    drive.open(code: "0x204")
    #expect(drive.screen == .work(WorkScreen(question: nil)))
    drive.probesSeeAClosedPort()
    #expect(drive.isShowing("start-service"))
  }

  @Test func probingAgainTakesANewNumber() throws {
    var drive = Drive()
    drive.toDrainStep()
    drive.type("r")
    #expect(drive.effects == [.startProbes(ProbeRequest(target: try Target("srv01")), run: 2)])
    #expect(drive.screen == .work(WorkScreen(question: nil)))
    drive.probesSeeAllWell()
    #expect(drive.isShowing("end-drain-mode"))
  }

  @Test func leavingStopsTheProbes() {
    var drive = Drive()
    drive.open()
    drive.type("q")
    #expect(drive.effects == [.cancelProbes(run: 1), .quit])
    #expect(!drive.state.isBusy)
  }

  @Test func knowledgeThatComesLateRanksWhatIsKnown() {
    var drive = Drive(knows: false)
    drive.open()
    #expect(drive.screen == .work(WorkScreen(question: nil)))
    drive.send(.knowledgeLoaded(Small.knowledge))
    #expect(drive.screen == .work(WorkScreen(question: "logon-query")))
  }
}

@Suite struct StoreNoticeTests {
  @Test func whatWasToldStaysBesideTheStore() {
    var drive = Drive()
    drive.send(.told("The folder is open to others: chmod 700."))
    drive.send(.unsaved(1, reason: "The store does not answer."))
    #expect(drive.state.model.notice?.contains("does not answer") == true)
    #expect(drive.state.model.notice?.contains("chmod 700") == true)
    drive.send(.unsaved(0, reason: ""))
    #expect(drive.state.model.notice == "Everything is saved again. The folder is open to others: chmod 700.")
    drive.press(.down)
    #expect(drive.state.model.notice == nil)
  }
}

@Suite struct StartKeyTests {
  /// With open cases above them, too.
  @Test(arguments: [false, true]) func lettersNeverMove(withCases: Bool) {
    for (letter, name) in [
      ("n", "New case"), ("p", "Practice"), ("c", "Code"), ("b", "Knowledge"), ("a", "cases"),
      ("s", "Settings"),
    ] {
      var drive = withCases ? Scene.startWithCases.drive : Scene.start.drive
      let start = drive.screen
      drive.type(letter)
      #expect(drive.screen != start, "\(letter)")
      let shown = drive.screen.content.name.lowercased()
      #expect(shown.contains(name.lowercased()), "\(shown)")
    }
  }

  @Test(arguments: [
    ("srv01.corp.example:3390\n", "srv01.corp.example:3390", ""), ("  192.0.2.7 ", "192.0.2.7", ""),
    ("0x3/0x7", "", "0x3/0x7"),
    ("Error code: 0x3\nExtended error code: 0x7", "", "Error code: 0x3 Extended error code: 0x7"),
  ]) func whatIsPastedBeginsACase(text: String, host: String, code: String) {
    var drive = Scene.startWithCases.drive
    drive.send(.pasted(text))
    guard case .target(let screen) = drive.screen else {
      Issue.record("\(drive.screen)")
      return
    }
    #expect(screen.host.text == host)
    #expect(screen.code.text == code)
    #expect(screen.focus == (host.isEmpty ? .host : .code))
  }
}

@Suite struct ProvingTests {
  @Test func doneLooksAgainAtWhatTheFixShouldChange() throws {
    var drive = Drive()
    drive.toServiceStep()
    drive.press(.enter)
    #expect(drive.recorded == [.stepTaken("start-service", .done)])
    #expect(
      drive.effects.last
        == .startProbes(ProbeRequest(target: try Target("srv01"), only: ["tcp.port"]), run: 2))
    #expect(drive.screen == .proof(ProofScreen()))
  }

  @Test func aChangeIsProvenAndTheCallerDecides() {
    var drive = Scene.proofChanged.drive
    guard case .proven("start-service", let proof)? = drive.recorded.last else {
      Issue.record("no proof"); return
    }
    #expect(proof.verdict == .changed)
    #expect(proof.before.map(\.outcome) == ["refused"])
    #expect(proof.after.map(\.outcome) == ["open"])
    drive.type("y")
    #expect(drive.recorded == [.closed(.solved(by: "start-service"))])
    #expect(drive.screen == .ending(EndingScreen()))
    #expect(drive.text().contains("The Remote Desktop service is stopped"))
  }

  /// Whether the caller's word comes before the probes have looked, or after.
  @Test(arguments: [false, true]) func aWordAgainstWhatIsSeenIsAskedForAndKeptAsSuch(early: Bool) throws {
    var drive = Drive()
    drive.toServiceStep()
    drive.press(early ? .character("y") : .enter)
    drive.finish("port", .saw("tcp.port", "refused", "Port 3389 refused the connection."))
    drive.endProbes()
    if !early { drive.type("y") }
    #expect(drive.screen == .confirm(ConfirmScreen(.closeOnWord("start-service"))))
    #expect(!drive.recorded.contains { if case .closed = $0 { true } else { false } })
    // Enter alone goes back to the proof.
    drive.press(.enter)
    #expect(drive.screen == .proof(ProofScreen()))
    drive.type("yy")
    #expect(drive.recorded == [.closed(.solved(by: "start-service"))])
    let record = try #require(drive.state.openCase)
    #expect(record.isClosedOnWord && record.cure == nil)
    let page = drive.text()
    #expect(page.contains("Closed on the caller's word"))
    #expect(page.contains("Done last") && !page.contains("Fixed by") && !page.contains("Solved"))
    #expect(page.contains("Likely"))
    let assessor = Assessor(knowledge: Small.knowledge)
    #expect(Lesson(record, assessor: assessor) == nil)
    #expect(PracticeCase(record, assessor: assessor) == nil)
    drive.type("o")
    #expect(drive.recorded == [.reopened])
  }

  @Test(arguments: [("enabled", Case.Verdict.changed), ("drain", .unchanged)] as [(OutcomeID, Case.Verdict)])
  func theOutputThatShowedTheFaultProvesTheFix(now: OutcomeID, verdict: Case.Verdict) throws {
    var drive = Scene.pasteRead.drive
    drive.press(.enter)
    #expect(drive.isShowing("end-drain-mode"))
    drive.press(.enter)
    drive.endProbes()
    #expect(drive.text().contains("change logon /query"))
    drive.type("c")
    #expect(drive.effects == [.copy("change logon /query")])
    drive.type("v")
    drive.send(.pasted("Session logins are currently ENABLED"))
    let output = Submission(
      name: "change logon /query", recognised: ["change logon /query"],
      findings: [Finding("paste.logon-query", .answered(now), source: .paste, summary: "Logons are \(now).")])
    drive.send(.read(output, number: drive.state.model.latestReading))
    drive.press(.enter)
    #expect(drive.screen == .proof(ProofScreen()))
    let proof = try #require(drive.state.model.triage?.proving?.proof)
    #expect(proof.verdict == verdict)
    #expect(proof.before.contains { $0.id == "paste.logon-query" && $0.outcome == "drain" })
    #expect(proof.after.contains { $0.id == "paste.logon-query" && $0.outcome == now })
    let record = try #require(drive.state.openCase)
    #expect(record.proof(of: "end-drain-mode") == proof)
    // Left and taken up again it stands as it did.
    var other = Drive(.init(caseID: record.id))
    other.send(.caseLoaded(record))
    #expect(other.state.model.triage?.proving?.proof == proof)
    #expect(other.state.model.triage?.proving?.outputs == ["paste.logon-query"])
    drive.type("y")
    #expect((drive.screen == .ending(EndingScreen())) == (verdict == .changed))
  }

  @Test func aLogThatStillHoldsTheFaultProvesNothing() throws {
    var knowledge = Small.knowledge.questions
    let index = try #require(knowledge.firstIndex { $0.id == "logon-query" })
    knowledge[index].reads = ["paste.event-log": ["drain": "drain"]]
    let base = KnowledgeBase(
      causes: Small.knowledge.causes, fixes: Small.knowledge.fixes, questions: knowledge,
      findings: Small.knowledge.findings, codes: [], pairs: [])
    let fix = try #require(base.fix("end-drain-mode"))
    let finding = Finding("paste.event-log", .answered("drain"), source: .paste, summary: "")
    let record = Case(
      id: "c", entries: [.init(time: .init(seconds: 0), person: "p", event: .submitted("log", [finding]))])
    #expect(base.outputs(proving: fix, in: record).isEmpty)
  }

  @Test func noHelpRanksAgain() {
    var drive = Scene.proofChanged.drive
    drive.type("n")
    #expect(drive.recorded == [.stepTaken("start-service", .failed)])
    #expect(!drive.isShowing("start-service"))
    #expect(drive.screen != .proof(ProofScreen()))
  }

  @Test func sayingThatItWorksStillProvesItFirst() {
    var drive = Drive()
    drive.toServiceStep()
    drive.type("y")
    #expect(drive.recorded == [.stepTaken("start-service", .done)])
    drive.finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
    drive.endProbes()
    #expect(drive.recorded.count == 2)
    #expect(drive.recorded.last == .closed(.solved(by: "start-service")))
  }

  @Test(arguments: [
    (Finding.Status.answered("refused"), Finding.Status.answered("open"), Case.Verdict.changed),
    (.answered("refused"), .answered("refused"), .unchanged),
    (.answered("open"), .answered("open"), .notVisible),
    (.answered("open"), .answered("refused"), .unchanged),
    (.answered("refused"), .inconclusive(.outOfTime), .undecided),
    (.notApplicable(because: "x"), .answered("open"), .changed),
    (.inconclusive(.outOfTime), .answered("open"), .notVisible),
    (.notApplicable(because: "x"), .notApplicable(because: "x"), .notVisible),
    (.answered("open"), .notApplicable(because: "x"), .undecided),
  ]) func theVerdictComparesBeforeAndNow(before: Finding.Status, after: Finding.Status, verdict: Case.Verdict)
  {
    let proof = Case.Proof(
      of: ["tcp.port"], before: [Finding("tcp.port", before, summary: "")],
      after: [Finding("tcp.port", after, summary: "")], knowledge: Small.knowledge)
    #expect(proof.verdict == verdict)
  }

  @Test(
    arguments: [
      ("open", "Invoke-Command"), ("refused", "change logon /enable"), ("silent", "change logon /enable"),
    ] as [(OutcomeID, String)])
  func aStepShowsTheCommandForADoorThatIsNotShut(winRM: OutcomeID, command: String) {
    var drive = Drive()
    drive.toDrainStep(remoteManagement: winRM)
    drive.press(.character("c"))
    let copied = drive.effects.compactMap { if case .copy(let text) = $0 { text } else { nil } }
    #expect(copied.count == 1)
    #expect(copied.first?.hasPrefix(command) == true, "\(copied)")
    // The person can still choose.
    drive.press(.character("1"), .character("c"))
    #expect(
      drive.effects.contains { if case .copy(let text) = $0 { text.hasPrefix("Invoke") } else { false } })
  }

  @Test func aFixWithoutProofAsksThePerson() {
    var drive = Drive()
    drive.toDrainStep()
    drive.state.stack[1] = .init(.step(StepScreen(fix: "restart-broker")))
    drive.press(.enter)
    #expect(drive.recorded.count == 2)
    #expect(!drive.state.isBusy)
    #expect(drive.text().contains("only trying it tells"))
  }

  @Test func aCaseLeftDuringItsProofGoesOnThere() throws {
    let left = Scene.proofRunning.drive
    let record = try #require(left.state.openCase)
    var drive = Drive(.init(caseID: record.id))
    drive.send(.caseLoaded(record))
    #expect(drive.screen == .proof(ProofScreen()))
    #expect(
      drive.effects == [.startProbes(ProbeRequest(target: try Target("srv01"), only: ["tcp.port"]), run: 2)])
    drive.finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
    drive.endProbes()
    #expect(drive.state.model.triage?.proving?.proof?.verdict == .changed)
  }

  @Test func anEnterThatBelongsToANumberIsNotTakenForDone() {
    var drive = Drive()
    drive.open()
    drive.probesSeeAllWell()
    drive.type("2")
    #expect(drive.isShowing("end-drain-mode"))
    let soon = Timestamp(seconds: drive.now.seconds + 0.1)
    #expect(drive.state.update(.keyPressed(.enter), at: soon).isEmpty)
    #expect(drive.isShowing("end-drain-mode"))
  }

  @Test func skippingGoesOnWithoutIt() {
    var drive = Drive()
    drive.toDrainStep()
    drive.type("s")
    #expect(drive.recorded == [.stepTaken("end-drain-mode", .skipped)])
    #expect(!drive.isShowing("end-drain-mode"))
  }

  @Test func copyingCopiesTheCommandOfTheDoorThatIsShown() {
    var drive = Drive()
    drive.toDrainStep()
    drive.press(.right)
    drive.type("c")
    #expect(drive.effects == [.copy("change logon /enable")])
    drive.send(.copied(.sent, file: "/home/anna/command.txt"))
    #expect(drive.text().contains("kept in /home/anna/command.txt"))
  }

  @Test func handingOverClosesTheCase() {
    var drive = Scene.escalate.drive
    drive.press(.enter)
    #expect(drive.recorded == [.closed(.escalated(to: "server admin"))])
    drive.type("o")
    #expect(drive.recorded == [.reopened])
  }
}

@Suite struct WeakeningTests {
  /// On the card of a step that weakens security.
  private var drive: Drive { Scene.stepWeakening.drive }

  @Test(arguments: [Key.enter, .character("y")]) func aWeakeningStepIsAskedForBeforeItCounts(key: Key) {
    var drive = drive
    drive.press(key)
    #expect(drive.effects.isEmpty)
    drive.press(.enter)
    #expect(drive.effects.isEmpty, "Enter alone means no")
    #expect(drive.isShowing("relax-nla"))
    drive.press(key)
    drive.type("y")
    #expect(drive.recorded == [.stepTaken("relax-nla", .done)])
  }

  @Test func oneYesIsEnoughForOneStep() {
    var drive = drive
    drive.type("c")
    #expect(drive.effects.isEmpty)
    drive.type("y")
    #expect(drive.effects == [.copy("Clear the box in System Properties.")])
    drive.press(.enter)
    #expect(drive.recorded == [.stepTaken("relax-nla", .done)])
  }

  @Test func aSafeStepIsNotAskedFor() {
    var drive = Drive()
    drive.toServiceStep()
    drive.press(.enter)
    #expect(drive.recorded == [.stepTaken("start-service", .done)])
  }

  @Test func aCaseIsNotSolvedWhileAProtectionIsAway() {
    var drive = drive
    drive.press(.enter)
    drive.type("y")
    drive.endProbes()
    drive.type("y")
    #expect(drive.recorded.isEmpty)
    #expect(drive.state.openCase?.ending == nil)
    guard case .ledger(let ledger) = drive.screen else { Issue.record("no ledger"); return }
    #expect(ledger.closing == .solved(by: "relax-nla"))
    drive.press(.escape)
    #expect(drive.screen == .proof(ProofScreen()))
    #expect(drive.text().contains("!! 1 to put back"))
    drive.type("yb")
    #expect(drive.recorded == [.weakeningReversed("relax-nla"), .closed(.solved(by: "relax-nla"))])
    #expect(!drive.text().contains("STILL WEAKENED"))
  }

  @Test func itMayStayAwayForAReasonThatIsKept() {
    var drive = Scene.ledger.drive
    drive.type("a")
    drive.press(.enter)
    #expect(drive.effects.isEmpty, "a reason is needed")
    drive.type("no new PC yet")
    drive.press(.enter)
    #expect(
      drive.recorded == [
        .weakeningAccepted("relax-nla", reason: "no new PC yet"), .closed(.solved(by: "relax-nla")),
      ])
    #expect(drive.text().contains("SECURITY IS STILL WEAKENED"))
    #expect(drive.text().contains("2026-05-04 07:12 UTC"))
    drive.type("t")
    #expect(drive.text(80, 60).contains("Left so by anna: no new PC yet"))
  }

  @Test func aProofThatEndsTheCaseStopsAtTheProtectionToo() {
    var drive = drive
    drive.type("yy")
    drive.endProbes()
    guard case .ledger = drive.screen else { Issue.record("no ledger"); return }
    #expect(drive.state.openCase?.ending == nil)
  }

  @Test func handingOverTakesTheOpenProtectionAlong() {
    var drive = drive
    drive.press(.enter)
    drive.type("y")
    drive.endProbes()
    drive.type("ne")
    drive.press(.enter)
    #expect(drive.state.openCase?.ending == .escalated(to: "server admin"))
    #expect(drive.text().contains("!! 1 to put back"))
    drive.type("bb")
    #expect(drive.recorded == [.weakeningReversed("relax-nla")])
    #expect(!drive.text().contains("to put back: PgDn") && !drive.text().contains("!! 1"))
  }

  @Test func takingAStepBackDoesNotPutTheProtectionBack() {
    var drive = drive
    drive.press(.enter)
    drive.type("y")
    drive.endProbes()
    drive.type("h")
    let place = drive.state.openCase?.entries.lastIndex { $0.event == .stepTaken("relax-nla", .done) } ?? 0
    let last = (drive.state.openCase?.entries.count ?? 0) - 1
    for _ in place..<last { drive.press(.up) }
    drive.type("xy")
    #expect(drive.recorded == [.stepWithdrawn("relax-nla")])
    #expect(drive.state.openCase?.steps.isEmpty == true)
    #expect(drive.state.model.weakened.map(\.isOpen) == [true])
  }
}

@Suite struct TimelineTests {
  @Test func anAnswerFromBeforeIsChangedAndWhatFollowedStays() {
    var drive = Drive()
    drive.toDrainStep()
    let before = drive.state.openCase?.entries.count ?? 0
    let answers = drive.state.openCase?.answers.count
    drive.type("h")
    let place =
      drive.state.openCase?.entries.firstIndex { $0.event == .answered("logon-query", "drain") } ?? 0
    for _ in place..<(before - 1) { drive.press(.up) }
    drive.press(.enter)
    drive.type("1")
    #expect(drive.recorded == [.answered("logon-query", "enabled")])
    #expect(drive.state.openCase?.entries.count == before + 1)
    #expect(drive.state.openCase?.answers.count == answers)
    #expect(!drive.isShowing("end-drain-mode"))
  }

  @Test func aStepThatWasCalledUselessIsAdvisedAgainOnceThatIsTakenBack() {
    var drive = Drive()
    drive.toServiceStep()
    drive.type("n")
    #expect(!drive.isShowing("start-service"))
    drive.type("hxy")
    #expect(drive.recorded == [.stepWithdrawn("start-service")])
    drive.press(.escape)
    #expect(drive.isShowing("start-service"))
  }

  @Test func whatTheProgramSawCannotBeChanged() {
    var drive = Drive()
    drive.toServiceStep()
    drive.type("h")
    let probes = drive.state.openCase?.entries.lastIndex {
      if case .probed = $0.event { true } else { false }
    }
    drive.press(.home)
    let last = (drive.state.openCase?.entries.count ?? 0) - 1
    for _ in (probes ?? last)..<last { drive.press(.up) }
    drive.press(.enter)
    #expect(drive.effects.isEmpty)
    #expect(drive.state.model.notice?.contains("only what people said") == true)
  }

  @Test func aClosedCaseIsNotChangedFromItsTimeLine() {
    var drive = Scene.solved.drive
    drive.type("h")
    for _ in 0..<(drive.state.openCase?.entries.count ?? 0) {
      drive.press(.enter)
      drive.type("x")
      #expect(drive.effects.isEmpty)
      drive.press(.up)
    }
  }
}

@Suite struct KnowledgeBrowsingTests {
  @Test func typingSearchesAndEnterReads() {
    var drive = Drive()
    drive.choose(.knowledge)
    #expect(drive.text().contains("6 of 6"))
    drive.type("broker")
    #expect(drive.text().contains("1 of 6"))
    drive.press(.enter)
    #expect(drive.screen == .entry(EntryScreen(.cause("broker-refuses"))))
    #expect(drive.text().contains("usually by “Restart the connection broker”"))
    drive.type("1")
    #expect(drive.screen == .entry(EntryScreen(.fix("restart-broker"))))
    drive.type("1")
    #expect(drive.screen == .entry(EntryScreen(.cause("broker-refuses"))))
    drive.press(.escape, .escape, .escape)
    guard case .knowledge(let screen) = drive.screen else { Issue.record("no browser"); return }
    #expect(screen.search.text == "broker")
  }

  @Test func everyKindIsListedAndEveryEntryCanBeRead() {
    for kind in KnowledgeEntry.Kind.allCases {
      let entries = kind.entries(Told.knowledge)
      #expect(!entries.isEmpty)
      for entry in entries {
        var drive = Drive(knowledge: Told.knowledge)
        drive.state.stack.append(.init(.entry(EntryScreen(entry))))
        drive.send(.resized(Size(columns: 80, rows: 60)))
        let text = drive.text(80, 60)
        #expect(text.contains(entry.title(Told.knowledge).prefix(20)), "\(entry.id)")
        #expect(
          AnyKeysTests.isFitting(
            drive.state.render(Size(columns: 40, rows: 12), appearance: .ascii), Size(columns: 40, rows: 12)))
      }
    }
  }
}

@Suite struct SettingsTests {
  @Test func aThemeIsUsedAtOnce() {
    for (index, theme) in Theme.allCases.enumerated() {
      var drive = Drive()
      drive.choose(.settings)
      drive.type("\(index + 1)")
      #expect(drive.state.display.theme == theme)
      #expect(drive.text().contains("\(theme.rawValue) (in use)"))
    }
  }

  @Test func charactersAreSwitchedWhereTheTerminalCanShowThem() {
    var drive = Drive()
    drive.choose(.settings)
    drive.type("6")
    #expect(drive.state.display.isASCII)
    drive.type("6")
    #expect(!drive.state.display.isASCII)
  }

  @Test func aTerminalWithoutUTF8StaysASCII() {
    #expect(Display(canChooseUnicode: false).isASCII)
    var settings = Small.settings()
    settings.display = Display(canChooseUnicode: false)
    var state = WizardState(settings)
    _ = state.update(.started, at: Timestamp(seconds: 0))
    for key in ["6", "6"] as [Character] {
      _ = state.update(.keyPressed(.character(key)), at: Timestamp(seconds: 1))
    }
    _ = state.update(.keyPressed(.character("6")), at: Timestamp(seconds: 2))
    #expect(state.display.isASCII)
  }
}

@Suite struct ListTests {
  @Test func aCaseIsLoadedAndOnlyTheOneAskedForIsTaken() throws {
    var drive = Drive()
    drive.send(.casesListed(Scene.listed))
    let place = StartScreen().rows(of: drive.state.model).firstIndex { $0 == .resume(Scene.listed[1]) } ?? 0
    drive.type("\(place + 1)")
    #expect(drive.effects == [.loadCase(Scene.listed[1].id)])
    let target = try Target("srv02")
    let entry = Case.Entry(time: drive.now, person: "anna", event: .opened(target))
    drive.send(.caseLoaded(Case(id: "another", entries: [entry])))
    #expect(drive.state.openCase == nil)
    drive.send(.caseLoaded(Case(id: Scene.listed[1].id, entries: [entry])))
    #expect(drive.state.openCase?.id == Scene.listed[1].id)
  }

  @Test func aPracticeHostIsStartedTriagedAndStopped() throws {
    var drive = Drive()
    drive.type("2")
    drive.press(.enter)
    #expect(drive.effects == [.startPractice(Small.practice[0])])
    let target = try Target("127.0.0.1:40001")
    drive.send(.practiceStarted(Small.practice[0], target))
    #expect(drive.effects.last == .startProbes(ProbeRequest(target: target), run: 1))
    #expect(drive.state.openCase?.code == ReportedCode(code: 0x204))
    drive.type("q")
    #expect(drive.effects == [.cancelProbes(run: 1), .stopPractice, .quit])
  }

  @Test func theCallerOfAPractisedCaseCanBeAsked() throws {
    var drive = Drive()
    drive.practise(Small.practice[1])
    drive.probesSeeAllWell()
    guard case .work(let work) = drive.screen, let id = work.question else {
      Issue.record("no question")
      return
    }
    let question = try #require(Small.knowledge.question(id))
    let truth = Small.practice[1].answer(to: question, Small.knowledge)
    drive.type("a")
    guard case .work(let asked) = drive.screen else { Issue.record("no question any more"); return }
    #expect(asked.selected == question.choices.firstIndex { $0.id == truth } ?? question.choices.count)
    #expect(drive.text().contains("The caller says"))
    drive.press(.enter)
    #expect(drive.recorded.first == .answered(id, truth))
  }

  @Test func onlyThoseWhoPractiseHaveACallerInTheProgram() {
    var drive = Drive()
    drive.open()
    drive.probesSeeAllWell()
    let before = drive.screen
    drive.type("a")
    #expect(drive.screen == before)
    #expect(drive.text().contains("a does nothing now"))
  }

  @Test func aPractisedCaseIsMeasuredAndADetourIsNamed() {
    let best = Scene.practised.drive
    #expect(best.text(100, 60).contains("Score        100 of 100"))
    #expect(!best.text(100, 60).contains("First detour"))
    let worse = Scene.practisedWithDetour.drive
    #expect(!worse.text(100, 60).contains("100 of 100"))
    #expect(worse.text(100, 60).contains("First detour step 1"))
  }

  @Test func theTicketNumberIsRecorded() {
    var drive = Scene.ticket.drive
    drive.press(.enter)
    #expect(drive.recorded == [.ticket("INC-4711")])
  }

  @Test func helpListsEveryKeyOfItsScreenAndSaysWhatIsDisabled() {
    var drive = Scene.waiting.drive
    let rows = drive.screen.content.rows(drive.state.model)
    drive.type("?")
    guard case .help(let help) = drive.screen else { Issue.record("no help"); return }
    #expect(help.rows == rows)
    #expect(help.rows.contains { $0.name == "r" && $0.disabledReason == "the probes are still running" })
    drive.send(.resized(Size(columns: 100, rows: 60)))
    let text = drive.text(100, 60)
    for row in rows { #expect(text.contains(row.name) && text.contains(row.help.prefix(40))) }
    #expect(text.contains("not now: the probes are still running"))
    drive.type("?")
    #expect(drive.screen == .work(WorkScreen(question: nil)))
  }

  @Test(arguments: Scene.allCases) func noKeyMeansTwoThingsAtOnce(scene: Scene) {
    let drive = scene.drive
    func keys<Content: WizardScreen>(_ content: Content) -> [Key] {
      Content.keys.filter { $0.disabledReason(content, drive.state.model) == nil }.flatMap(\.keys)
    }
    let all = keys(drive.screen.content)
    #expect(Set(all).count == all.count, "\(scene)")
  }
}

@Suite struct LookOptionTests {
  @Test func theLimitOfConnectionsReachesTheProbes() {
    var settings = Small.settings(
      .init(target: "srv01", code: "0x204", certificateName: "srv01.example.test"))
    settings.connectionLimit = 9
    var state = WizardState(settings)
    var effects = state.update(.started, at: Timestamp(seconds: 0))
    effects += state.update(.knowledgeLoaded(Small.knowledge), at: Timestamp(seconds: 0))
    let requests = effects.compactMap { effect -> ProbeRequest? in
      if case .startProbes(let request, _) = effect { request } else { nil }
    }
    #expect(requests.first?.connectionLimit == 9)
    #expect(requests.first?.target.certificateName == "srv01.example.test")
  }
}
