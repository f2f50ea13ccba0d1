import Diagnosis
import Facts
import Foundation
import Glibc
import Terminal
import Wizard

// Walks the wizard's screens with random keys and sizes on the terminal that it stands on, and writes beside it what the terminal
// should show then. Usage: screen-walk SEED STEPS FILE. Marks in the output, which terminals ignore, say where a size and a frame end.

/// Little, with texts that are hard on terminals: wide, combining, from right to left.
let knowledge = KnowledgeBase(
  causes: [
    Cause(id: Cause.healthy, title: "Nothing is wrong", phase: .client, baseRate: 30),
    Cause(id: Cause.unknown, title: "Something else", phase: .client, baseRate: 20),
    Cause(
      id: "closed", title: "Der Port ist zu: ポートが閉じている, e\u{301}teint", shows: "It fails at once.",
      phase: .tcp, baseRate: 20, codes: ["0x204": .usually], expects: ["tcp.port": ["refused": .usually]],
      cures: [.init(fix: "start", strength: .usually), .init(fix: "open", strength: .often)]),
    Cause(
      id: "drain", title: "排出モード 😀 drain", phase: .authorise, baseRate: 14,
      expects: ["ask.who": ["all": .usually]], cures: [.init(fix: "open", strength: .always)]),
  ],
  fixes: [
    Fix(
      id: "start", title: "Start the service on {host}",
      commands: [
        .init(
          door: .winrm, shell: .powershell,
          text: "Invoke-Command -ComputerName {host} -ScriptBlock { Start-Service TermService; 漢字漢字漢字漢字漢字漢字 }"
        ),
        .init(door: .console, shell: .cmd, text: "net start TermService"),
      ], expect: "Nothing is printed.", proof: ["tcp.port"], say: "もう一度お試しください。", sources: ["none"]),
    Fix(
      id: "open", title: "Open it up", weakening: .init(reverse: "Close {host} again", dueHours: 2),
      proof: [],
      sources: ["none"]),
  ],
  questions: [
    Question(
      id: "who", ask: "Does it fail for one user or for everybody on {host}?", say: "Кто ещё?",
      how: "Ask a second person.",
      choices: [.init(id: "one", text: "Only this user"), .init(id: "all", text: "Everybody: 全員")])
  ],
  findings: [
    FindingEntry(
      id: "dns.lookup", title: "Name", layer: .name,
      outcomes: [.init(id: "resolved", meaning: "the name has an address", isFine: true)]),
    FindingEntry(
      id: "tcp.port", title: "Port", layer: .tcp,
      outcomes: [
        .init(id: "open", meaning: "the port is open", isFine: true),
        .init(id: "refused", meaning: "the port refuses connections"),
      ]),
  ],
  codes: [
    CodeEntry(
      symbol: "socketConnectFailed", value: 516, family: .disconnect, meaning: "No connection came about.",
      saidBy: "client", source: "Win32")
  ], pairs: [])

let keys: [Key] =
  [
    .enter, .enter, .escape, .backspace, .tab, .backTab, .delete, .up, .down, .down, .left, .right, .pageUp,
    .pageDown, .home, .end,
  ] + "0123456789jkwpcynsurtehbavo?xi:./ é漢".map { Key.character($0) }

@MainActor func walk(seed: UInt64, steps: Int, expected: FileHandle) throws {
  var random = SplitMix64(seed: seed)
  let screen = try Screen(theme: Theme.allCases[Int(seed % UInt64(Theme.allCases.count))])
  func begin() -> WizardState {
    var state = WizardState(
      WizardSettings(
        person: "anna", nonce: seed,
        probes: [
          ProbeDescription(id: "name", title: "Name 名前", states: ["dns.lookup"], timeLimit: .seconds(3)),
          ProbeDescription(id: "port", title: "TCP port", states: ["tcp.port"], timeLimit: .seconds(3)),
        ],
        practiceCases: [
          PracticeCase(
            id: "closed", title: "Ein Wirt 漢字", story: "It says nothing.", code: ReportedCode(code: 0x204),
            cause: "closed")
        ], display: Display(canChooseUnicode: screen.writesUTF8)))
    _ = state.update(.started, at: Timestamp(seconds: 1_777_864_320))
    _ = state.update(.knowledgeLoaded(knowledge), at: Timestamp(seconds: 1_777_864_320))
    _ = state.update(.casesListed([]), at: Timestamp(seconds: 1_777_864_320))
    return state
  }
  var state = begin()
  var size = screen.size
  var now = 1_777_864_320.0
  var run = 0

  func send(_ message: Message) {
    now += 1
    for effect in state.update(message, at: Timestamp(seconds: now)) {
      switch effect {
      case .startProbes(_, let number): run = number
      case .startPractice(let host):
        if let target = try? Target("127.0.0.1:4000") { send(.practiceStarted(host, target)) }
      case .quit: state = begin()
      default: break
      }
    }
  }

  // The screen has sent everything before it returns, so these stand at their places.
  func mark(_ text: String) {
    let bytes = Array("\u{1B}]777;\(text)\u{07}".utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }

  func resize() {
    // Mostly sizes that people have; now and then one at an end of what is possible.
    let isUnusual = Int.random(in: 0..<40, using: &random) == 0
    let columns =
      isUnusual ? [2, 3, 500].randomElement(using: &random) ?? 2 : Int.random(in: 20...130, using: &random)
    let rows =
      isUnusual ? [1, 2, 200].randomElement(using: &random) ?? 1 : Int.random(in: 6...50, using: &random)
    var window = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(STDOUT_FILENO, UInt(TIOCSWINSZ), &window)
    mark("size \(columns) \(rows)")
    size = screen.resized()
    send(.resized(size))
  }

  for _ in 0..<steps {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<10: resize()
    case 10:
      let outcome: OutcomeID = Bool.random(using: &random) ? "open" : "refused"
      let finding = Finding(
        "tcp.port", .answered(outcome), summary: "Port 3389: \(outcome)", elapsed: .milliseconds(4))
      send(.probe(.finished("port", [finding], elapsed: .milliseconds(4)), run: run))
      if Bool.random(using: &random) { send(.probe(.ended, run: run)) }
    case 11: send(.pasted("0x204"))
    case 12: send(.ticked)
    default: send(.keyPressed(keys.randomElement(using: &random) ?? .enter))
    }
    screen.use(state.display.theme)
    let frame = state.render(size, appearance: state.display.isASCII ? .ascii : .unicode)
    screen.show(frame)
    mark("frame")
    var text = "\(size.columns) \(size.rows) \(frame.cursor?.row ?? -1) \(frame.cursor?.column ?? -1)\n"
    for row in frame.rows {
      text +=
        row.map { ($0.style == .title || $0.style == .selected ? "\u{1}" : "\u{2}") + $0.text }.joined()
        + "\n"
    }
    try expected.write(contentsOf: Data(text.utf8))
  }
  screen.stop()
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let seed = UInt64(arguments[1]), let steps = Int(arguments[2]),
  FileManager.default.createFile(atPath: arguments[3], contents: nil),
  let file = FileHandle(forWritingAtPath: arguments[3])
else {
  print("usage: screen-walk SEED STEPS FILE")
  exit(64)
}
try MainActor.assumeIsolated { try walk(seed: seed, steps: steps, expected: file) }
