import Diagnosis
import Facts

@testable import Wizard

/// Every screen in a state worth looking at.
enum Scene: String, CaseIterable {
  case start, startWithCases, target, targetWithErrors, question, questionMarked, questionMoot, waiting, step,
    stepWeakening
  case proofRunning, proofChanged, healthy, escalate, solved, handedOver, why, probes, answers, correctCode,
    ticket
  case codes, codesByWord, cases, practice, help, helpOfStep
  case weakenConfirm, ledger, ledgerReason, solvedWeakened, settings, timeline, probeValues, knowledge, entry
  case otherSteps, otherStepLookedAt
  case paste, pasteAny, pasteTyped, pasteRead, pasteUnreadable
  case timelineFolded
  case targetHistory, targetCompletion, targetFile, targetFileWrong
  case callerAsked, practised, practisedWithDetour
  case doubted, doubtedWhy
  case targetTold, tell, understood, contextPage, contextFilled, putOff, whyAlike, story

  var drive: Drive {
    var drive = Drive()
    switch self {
    case .start: break
    case .startWithCases: drive.send(.casesListed(Self.listed))
    case .target:
      drive.type("1srv01.corp.example")
      drive.press(.enter)
      drive.type("0x3/0x7")
    case .targetWithErrors:
      drive.type("1srv 01")
      drive.press(.tab)
      drive.type("no idea")
      drive.press(.tab, .enter)
    case .question:
      drive.open()
      drive.finish("name", .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7."))
      drive.send(.probe(.started("port"), run: drive.run))
    case .questionMarked:
      drive.open()
      drive.probesSeeAllWell()
      drive.press(.down, .down)
    case .questionMoot:
      drive.open()
      drive.finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
      drive.finish("session", .saw("rdp.session", "denied", "The server refused the session: drain mode."))
      drive.endProbes()
    case .waiting:
      drive.open(code: "0x204")
    case .step: drive.toDrainStep()
    case .stepWeakening:
      drive.toDrainStep()
      drive.state.stack[1] = .init(.step(StepScreen(fix: "relax-nla")))
    case .proofRunning:
      drive.toServiceStep()
      drive.press(.enter)
    case .proofChanged:
      drive.toServiceStep()
      drive.press(.enter)
      drive.finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
      drive.endProbes()
    case .doubted:
      drive.open()
      drive.finish("name", .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7."))
      drive.finish("port", .saw("tcp.port", "refused", "Port 3389 refused the connection."))
      for (probe, finding) in [("greeting", "rdp.security"), ("session", "rdp.session")] {
        drive.finish(
          ProbeID(probe),
          Finding(FindingID(finding), .notApplicable(because: "the port is closed"), summary: ""))
      }
      drive.finish("doors", .saw("doors.winrm", "open", "WinRM answers."))
      drive.endProbes()
    case .doubtedWhy:
      drive = Scene.doubted.drive
      drive.type("w")
    case .healthy:
      drive.open()
      drive.probesSeeAllWell()
      drive.state.stack[1] = .init(.healthy(HealthyScreen()))
    case .escalate:
      drive.toDrainStep()
      drive.type("e")
    case .solved:
      drive = Scene.proofChanged.drive
      drive.type("y")
    case .handedOver:
      drive = Scene.escalate.drive
      drive.press(.enter)
    case .otherSteps:
      drive.open()
      drive.probesSeeAllWell()
      drive.type("o")
    case .otherStepLookedAt:
      drive.open()
      drive.probesSeeAllWell()
      drive.type("oj")
      drive.press(.enter)
    case .paste:
      drive.open()
      drive.probesSeeAllWell()
      drive.type("v")
    case .pasteAny:
      drive.toDrainStep()
      drive.type("v")
    case .pasteTyped:
      drive = Scene.paste.drive
      drive.press(.enter)
      drive.type("C:\\>change logon /query")
      drive.press(.enter)
      drive.type("New user logins are DIS")
    case .pasteRead:
      drive = Scene.paste.drive
      drive.send(.pasted("New user logins are DISABLED, but reconnections …"))
      drive.send(.read(Self.logonMode, number: drive.state.model.latestReading))
    case .pasteUnreadable:
      drive = Scene.paste.drive
      drive.send(.pasted("Hello,\nnothing works today."))
      drive.send(
        .unreadable(
          "Nothing in pasted text is recognised. Readable: qwinsta, query user; change logon /query.",
          number: drive.state.model.latestReading))
    case .targetHistory:
      drive.send(.casesListed(Self.listed))
      drive.choose(.newCase)
      drive.press(.up, .up)
    case .targetCompletion:
      drive.send(.casesListed(Self.listed))
      drive.choose(.newCase)
      drive.type("SRV0")
    case .targetFile:
      drive = Drive.namingAFile("~/farm.rdp")
      drive.send(.read(Self.connectionFile, number: drive.state.model.latestReading))
    case .targetFileWrong:
      drive = Drive.namingAFile("~/mail.txt")
      drive.send(
        .unreadable(
          "/home/anna/mail.txt is no connection file: line 1 reads “Hello” and not as “full address:s:srv01” does.",
          number: drive.state.model.latestReading))
    case .why:
      drive.toDrainStep()
      drive.type("w")
    case .probes:
      drive.toDrainStep()
      drive.type("p")
    case .answers:
      drive.toDrainStep()
      drive.type("uj")
    case .correctCode:
      drive.toDrainStep()
      drive.type("u1")
    case .ticket:
      drive.toDrainStep()
      drive.type("ti")
      drive.type("INC-4711")
    case .codes: drive.type("30x3/0x7")
    case .codesByWord: drive.type("3connection")
    case .cases:
      drive.send(.casesListed(Self.listed))
      drive.choose(.allCases)
      drive.press(.down)
    case .practice: drive.type("2")
    case .callerAsked:
      drive.practise(Small.practice[1])
      drive.probesSeeAllWell()
      drive.type("a")
    case .practised:
      drive = Scene.callerAsked.drive
      drive.finishPractising()
    case .practisedWithDetour:
      drive = Scene.callerAsked.drive
      drive.state.stack[1] = .init(.step(StepScreen(fix: "start-service")))
      drive.type("n")
      drive.finishPractising()
    case .help:
      drive = Scene.question.drive
      drive.type("?")
    case .helpOfStep:
      drive.toDrainStep()
      drive.type("?")
    case .weakenConfirm:
      drive = Scene.stepWeakening.drive
      drive.press(.enter)
    case .ledger:
      drive = Scene.stepWeakening.drive
      drive.press(.enter)
      drive.type("y")
      drive.endProbes()
      drive.type("y")
    case .ledgerReason:
      drive = Scene.ledger.drive
      drive.type("anew PC by Monday")
    case .solvedWeakened:
      drive = Scene.ledgerReason.drive
      drive.press(.enter)
    case .settings:
      drive.send(.casesListed(Self.listed))
      drive.choose(.settings)
    case .timeline:
      drive.toServiceStep()
      drive.press(.enter)
      drive.finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
      drive.endProbes()
      drive.type("nhk")
    case .timelineFolded:
      drive.toFoldedTimeline()
    case .probeValues:
      drive.toServiceStep()
      drive.type("p")
      drive.press(.up, .enter)
    case .knowledge:
      drive.choose(.knowledge)
      drive.type("the")
      drive.press(.down)
    case .entry:
      drive.choose(.knowledge)
      drive.type("drain")
      drive.press(.enter)
    case .targetTold:
      drive.choose(.newCase)
      drive.type("srv01")
      drive.press(.tab, .tab)
      drive.send(.pasted("Hello,\nsince this morning nobody can get into our farm.\nRegards"))
    case .tell:
      drive = ContextTests.opened()
      drive.type("f")
      drive.type("only me, my colleagues can work on the same computer, and the VPN is up")
    case .understood:
      drive = TellTests.opened()
      drive.probesSeeAllWell()
      drive.type("x")
      drive.press(.down)
    case .contextPage: drive = ContextTests.opened()
    case .contextFilled:
      drive = TellTests.opened(telling: ContextTests.words)
      drive.press(.enter)
      drive.probesSeeAllWell()
      drive.press(.down)
      drive.type("1")
    case .putOff:
      drive = ContextTests.opened()
      drive.press(.escape)
      drive.state.stack[1] = .init(.work(WorkScreen(question: "logon-query")))
      drive.type("su")
    case .whyAlike:
      drive = ContextTests.opened()
      drive.press(.escape)
      drive.state.stack[1] = .init(.work(WorkScreen(question: "logon-query")))
      drive.type("2w")
      for _ in 0..<6 { drive.press(.down) }
    case .story:
      drive = Scene.whyAlike.drive
      drive.press(.enter)
    }
    return drive
  }

  static let logonMode = Submission(
    name: "change logon /query", recognised: ["change logon /query"],
    findings: [
      Finding(
        "paste.logon-query", .answered("drain"), source: .paste, summary: "Logons are in drain mode.")
    ])

  static let connectionFile = Submission(
    name: "farm.rdp", recognised: ["connection file (.rdp)"],
    findings: [
      Finding(
        "file.address", .answered("one"), source: .file("farm.rdp"),
        summary: "The file leads to farm.corp.example:3390."),
      Finding(
        "file.gateway", .answered("always"), source: .file("farm.rdp"),
        summary: "The file always goes through the gateway gw.corp.example."),
    ], connection: .init(address: "farm.corp.example:3390", gateway: "gw.corp.example"))

  static let listed = [
    CaseSummary(
      id: "2026-05-04-srv01-aaaaaa", target: "srv01.corp.example", code: "0x3/0x7", state: "open",
      opened: Timestamp(seconds: 1_777_860_000), changed: Timestamp(seconds: 1_777_863_000), person: "anna",
      ticket: "INC-4711"),
    CaseSummary(
      id: "2026-05-03-ts-7-bbbbbb", target: "ts-7:3390", code: nil, state: "open",
      opened: Timestamp(seconds: 1_777_760_000), changed: Timestamp(seconds: 1_777_763_000), person: "boris",
      ticket: nil, gateway: "gw.corp.example", domain: "corp.example"),
    CaseSummary(
      id: "2026-05-03-srv02-cccccc", target: "srv02", code: "0x204", state: "solved",
      opened: Timestamp(seconds: 1_777_750_000), changed: Timestamp(seconds: 1_777_753_000), person: "anna",
      ticket: nil),
  ]
}

extension Drive {
  /// Types the path of a connection file into its field, and has it read.
  static func namingAFile(_ path: String) -> Drive {
    var drive = Drive()
    drive.choose(.newCase)
    drive.press(.tab, .tab, .tab, .tab)
    drive.type(path)
    drive.press(.enter)
    return drive
  }

  /// Opens a row of the start screen by its number.
  mutating func choose(_ row: StartScreen.Row) {
    let place = StartScreen().rows(of: state.model).firstIndex(of: row) ?? 8
    type("\(place + 1)")
  }

  /// Opens a case from the start screen; a number answers the first question.
  mutating func open(_ host: String = "srv01", code: String = "0x3/0x7", answering number: Int? = nil) {
    type("1\(host)")
    press(.enter)
    type(code)
    press(.enter)
    if let number { type("\(number)") }
  }

  /// Answers until the step "end-drain-mode" is shown.
  mutating func toDrainStep(remoteManagement: OutcomeID = "open") {
    open()
    probesSeeAllWell(remoteManagement: remoteManagement)
    answer(["logon-query": "drain", "one-or-all-users": "all-users"])
  }

  /// A host with a closed port: most probes do not apply. The mark is on their row.
  mutating func toFoldedTimeline() {
    func absent(_ id: FindingID) -> Finding {
      Finding(
        id, .notApplicable(because: "the port is closed"), summary: "Does not apply here: the port is closed."
      )
    }
    open(code: "0x204")
    finish("name", .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7."))
    finish("port", .saw("tcp.port", "refused", "Port 3389 refused the connection."), absent("tcp.quality"))
    finish("greeting", absent("rdp.security"), absent("rdp.refusal"))
    finish("doors", .saw("doors.winrm", "open", "WinRM answers on port 5985."))
    finish("session", absent("rdp.session"))
    endProbes()
    type("hk")
  }

  mutating func practise(_ course: PracticeCase) {
    type("2")
    press(.down, .enter)
    send(.practiceStarted(course, Target(host: .ipv4("127.0.0.1"), port: 40001)))
  }

  /// Asks the caller, and does what is advised.
  mutating func finishPractising() {
    for _ in 0..<20 {
      switch screen {
      case .work:
        type("a")
        press(.enter)
      case .step:
        press(.enter)
        probesSeeAllWell()
      case .proof:
        type("a")
        type(text().contains("It works now, thank you.") ? "y" : "n")
      default: return
      }
    }
  }

  mutating func toServiceStep() {
    open(code: "0x204")
    probesSeeAClosedPort()
    answer([:])
  }

  /// Answers every question that comes: as told, else with "I don't know".
  mutating func answer(_ choices: [QuestionID: OutcomeID]) {
    var asked = 0
    while case .work(let work) = screen, let id = work.question, asked < 20 {
      asked += 1
      let question = Small.knowledge.question(id)
      let place = choices[id].flatMap { choice in question?.choices.firstIndex { $0.id == choice } }
      type(place.map { "\($0 + 1)" } ?? "0")
    }
  }

  var isShowingStep: Bool { if case .step = screen { true } else { false } }
  func isShowing(_ fix: FixID) -> Bool { screen == .step(StepScreen(fix: fix)) }
}
