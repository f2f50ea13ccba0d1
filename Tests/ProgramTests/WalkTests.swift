import Foundation
import TestSupport
import Testing

/// Whole cases, key by key, on an emulated terminal.
@Suite(.serialized, .enabled(if: EmulatedTerminal.isAvailable, "tmux is not installed"))
struct WalkTests {
  let folder: TemporaryFolder
  let program = BuiltProgram.path("rdptriage")

  init() throws { folder = try TemporaryFolder() }

  func start(_ arguments: String..., columns: Int = 80, rows: Int = 24) throws -> EmulatedTerminal {
    try EmulatedTerminal(
      [program] + arguments + ["--data", folder.path], columns: columns, rows: rows)
  }

  static let step = "Enter done"
  static let proof = "Does it work now?"

  /// The line that names the question or step in hand.
  func headline(_ screen: String) -> String {
    screen.split(separator: "\n").first { $0.contains("Question ") || $0.contains("Step ") }
      .map { String($0.prefix(40)) } ?? ""
  }

  /// Answers the question on the screen with the answer that `choose` names, else with "I don't know".
  func answer(_ screen: String, on terminal: EmulatedTerminal, _ choose: (String) -> String?) throws {
    let wanted = choose(screen) ?? "I don't know"
    let lines = screen.split(separator: "\n").filter { $0.contains(wanted) }
    let digits = lines.flatMap { $0.filter(\.isNumber) }
    let number = try #require(digits.first, "no “\(wanted)” in\n\(screen)")
    try terminal.press(String(number))
    let before = headline(screen)
    try terminal.waitUntil("what follows \(before)") { headline($0) != before }
  }

  /// Says that the step on the screen is done, and waits for what looking again shows.
  func carryOut(on terminal: EmulatedTerminal) throws -> String {
    // An Enter right behind a number is taken for a slip, so it may have to be pressed once more.
    for _ in 0..<3 {
      try terminal.press("Enter")
      if (try? terminal.waitFor(Self.proof, within: .seconds(6))) != nil { break }
    }
    return try terminal.waitUntil("the end of looking again") {
      $0.contains(Self.proof) && !$0.contains("Looking again")
    }
  }

  @Test func aPracticeCaseIsSolvedAndProven() throws {
    let terminal = try start("practice", "refused-port")
    var proven = ""
    for _ in 0..<25 where proven.isEmpty {
      let screen = try terminal.waitUntil("a question or a step") {
        $0.contains("Question ") || $0.contains(Self.step)
      }
      guard screen.contains(Self.step) else {
        try answer(screen, on: terminal) { screen in
          if screen.contains("Which program holds") { return "Nothing listens there" }
          if screen.contains("In which state is the Remote Desktop") { return "Stopped, may be started" }
          return nil
        }
        continue
      }
      #expect(screen.contains("127.0.0.1"), "the command is not for this very host:\n\(screen)")
      let looked = try carryOut(on: terminal)
      if looked.contains("the port accepts connections") {
        proven = looked
      } else {
        try terminal.press("n")
        try terminal.waitUntil("the next step") { !$0.contains(Self.proof) }
      }
    }
    #expect(proven.contains("the port refuses connections"))
    #expect(proven.contains("the port accepts connections"))
    try terminal.press("y")
    try terminal.waitFor("Solved")
    try terminal.press("q")
    try terminal.waitFor("[ended 0]")
  }

  func killProgram(on terminal: EmulatedTerminal) throws {
    let shell = try terminal.shellProcess()
    let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    let process = try #require(children.split(separator: " ").compactMap { pid_t($0) }.first)
    kill(process, SIGKILL)
    // The words may be wrapped: they begin wherever the cursor was.
    try terminal.waitUntil("the end") { $0.replacing("\n", with: "").contains("[ended") }
  }

  @Test(arguments: [(80, 24, true), (40, 12, true), (80, 24, false)] as [(Int, Int, Bool)])
  func pastedOutputIsReadSeenAndKept(columns: Int, rows: Int, isBracketed: Bool) throws {
    let port = try LoopbackPort.free()
    var terminal = try start("127.0.0.1:\(port)", "--code", "0x204", columns: columns, rows: rows)
    try terminal.waitUntil("the end of the probes") {
      ($0.contains("1-9 answer") || $0.contains(Self.step)) && !$0.contains("runs ")
    }
    try terminal.press("v")
    try terminal.waitFor("Enter type")
    let output = """
      C:\\>qwinsta
       SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE
       services                                    0  Disc
       rdp-tcp                                 65536  Listen
      """
    if isBracketed {
      try terminal.paste(output)
    } else {
      try terminal.press("Enter")
      try terminal.waitFor("Ctrl-D read it")
      for line in output.split(separator: "\n") {
        try terminal.type(String(line))
        try terminal.press("Enter")
      }
      try terminal.press("C-d")
    }
    try terminal.waitFor("Read as qwinsta")
    try terminal.press("Enter")
    try terminal.waitFor("Noted.")
    try killProgram(on: terminal)

    terminal = try start("case", "resume", columns: columns, rows: rows)
    try terminal.waitUntil("the end of the probes") {
      ($0.contains("1-9 answer") || $0.contains(Self.step)) && !$0.contains("runs ")
    }
    try terminal.press("h")
    var seen = try terminal.waitFor("What happened, in order")
    // What the probes saw since then stands behind it.
    for _ in 0..<40 where !seen.contains("Read from qwinsta") {
      let before = seen
      try terminal.press("Up")
      seen = try terminal.waitUntil("another row than in\n\(before)") { $0 != before }
    }
    #expect(seen.contains("Read from qwinsta"), "\(seen)")
  }

  /// Answers the first question with "I don't know", or skips the first step.
  /// - Returns: The screen before it, and the headline of what follows.
  func goOn(on terminal: EmulatedTerminal) throws -> (first: String, headline: String) {
    let first = try terminal.waitUntil("the end of the probes") {
      $0.contains("done") && !headline($0).isEmpty && !$0.contains("runs ")
    }
    if first.contains(Self.step) {
      try terminal.press("s")
    } else {
      try answer(first, on: terminal) { _ in nil }
    }
    let next = try terminal.waitUntil("what follows") { !["", headline(first)].contains(headline($0)) }
    return (first, headline(next))
  }

  @Test func aKilledWizardIsResumedWhereItWas() throws {
    let port = try LoopbackPort.free()
    var terminal = try start("127.0.0.1:\(port)", "--code", "0x204")
    let before = try goOn(on: terminal).headline
    try killProgram(on: terminal)
    terminal = try start("case", "resume")
    try terminal.waitUntil("the same place: \(before)") { headline($0) == before }
  }

  @Test(.enabled(if: RealServer.isSSHServerAvailable, "sshd is not installed"))
  func aDroppedSSHLineLosesNothing() throws {
    let server = try RealServer.sshd()
    let remote = ["env", "LC_ALL=C.UTF-8", program]
    let port = try LoopbackPort.free()
    var terminal = try EmulatedTerminal(
      server.ssh(remote + ["127.0.0.1:\(port)", "--code", "0x204", "--data", folder.path]))
    let (first, before) = try goOn(on: terminal)
    #expect(first.contains("│"), "the terminal's own characters are lost on the way")
    try terminal.resize(columns: 40, rows: 12)
    try terminal.waitUntil("the narrow screen") { $0.split(separator: "\n").allSatisfy { $0.count <= 40 } }
    try killProgram(on: terminal)
    let end = ContinuousClock.now + .seconds(20)
    while try isRunningInFolder(), ContinuousClock.now < end { usleep(20_000) }
    #expect(try !isRunningInFolder(), "the wizard goes on without its terminal")

    terminal = try EmulatedTerminal(server.ssh(remote + ["case", "resume", "--data", folder.path]))
    try terminal.waitUntil("the same place: \(before)") { headline($0) == before }
    try terminal.press("q")
    try terminal.waitFor("[ended 0]")
    server.stop()
  }

  /// Whether a program was started with this test's folder and has not ended.
  private func isRunningInFolder() throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { process in
      guard pid_t(process) != nil,
        let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
      else { return false }
      return line.starts(with: program.utf8) && String(decoding: line, as: UTF8.self).contains(folder.path)
    }
  }

  @Test func resizingKeepsTheScreenWhole() throws {
    let terminal = try start("practice", "refused-port")
    try terminal.waitUntil("a first step") { !headline($0).isEmpty }
    for (columns, rows) in [(40, 12), (200, 60), (33, 50), (80, 24)] {
      try terminal.resize(columns: columns, rows: rows)
      try terminal.waitUntil("a whole screen at \(columns)×\(rows)") { screen in
        screen.contains("?") && screen.split(separator: "\n", omittingEmptySubsequences: false).count >= rows
      }
    }
    try terminal.waitUntil("a first step") { !headline($0).isEmpty }
    try terminal.press("C-c")
    try terminal.waitFor("[ended 130]")
  }

  @Test func aSuspendedWizardComesBack() throws {
    let terminal = try EmulatedTerminal(["bash", "--norc", "-i"])
    try terminal.waitFor("bash-")
    try terminal.type("'\(program)' --data '\(folder.path)'")
    try terminal.press("Enter")
    try terminal.waitFor("New case")
    try terminal.press("C-z")
    try terminal.waitFor("Stopped")
    try terminal.type("clear; echo plain-$((40+2))")
    try terminal.press("Enter")
    try terminal.waitUntil("the shell's own screen") { $0.contains("plain-42") && !$0.contains("New case") }
    try terminal.type("fg")
    try terminal.press("Enter")
    try terminal.waitFor("New case")
    try terminal.press("q")
    try terminal.waitUntil("the shell") { !$0.contains("Enter open") }
  }
}
