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
    }
    return drive
  }

  static let listed = [
    CaseSummary(
      id: "2026-05-04-srv01-aaaaaa", target: "srv01.corp.example", code: "0x3/0x7", state: "open",
      opened: Timestamp(seconds: 1_777_860_000), changed: Timestamp(seconds: 1_777_863_000), person: "anna",
      ticket: "INC-4711"),
    CaseSummary(
      id: "2026-05-03-ts-7-bbbbbb", target: "ts-7:3390", code: nil, state: "open",
      opened: Timestamp(seconds: 1_777_760_000), changed: Timestamp(seconds: 1_777_763_000), person: "boris",
      ticket: nil),
    CaseSummary(
      id: "2026-05-03-srv02-cccccc", target: "srv02", code: "0x204", state: "solved",
      opened: Timestamp(seconds: 1_777_750_000), changed: Timestamp(seconds: 1_777_753_000), person: "anna",
      ticket: nil),
  ]
}

extension Drive {
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
