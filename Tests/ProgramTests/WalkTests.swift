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

  /// Answers each question with the number that `choose` gives (0: the last one, "I don't know") until a fix is shown.
  func answerQuestions(_ terminal: EmulatedTerminal, _ choose: (String) -> String?) throws {
    for _ in 0..<20 {
      let screen = try terminal.waitUntil("a question or a step") {
        $0.contains("Question") || $0.contains("Enter done")
      }
      guard !screen.contains("Enter done") else { return }
      let number = screen.components(separatedBy: "Question ").dropFirst().first?.prefix { $0.isNumber } ?? ""
      let line = screen.split(separator: "\n").first { line in
        choose(screen).map { line.contains($0) } ?? line.contains("I don't know")
      }
      let key = line?.first { $0.isNumber }.map(String.init) ?? "0"
      try terminal.press(key)
      try terminal.waitUntil("the next question") {
        $0.contains("Enter done") || !$0.contains("Question \(number) ")
      }
    }
  }

  @Test func aPracticeCaseIsSolvedAndProven() throws {
    let terminal = try start("practice", "refused-port")
    try answerQuestions(terminal) { screen in
      if screen.contains("Which program holds") { return "Nothing listens there" }
      if screen.contains("In which state is the Remote Desktop") { return "Stopped, may be started" }
      return nil
    }
    let card = try terminal.screen()
    #expect(card.contains("127.0.0.1"), "the command is not for this very host:\n\(card)")
    try terminal.press("Enter")
    let proof = try terminal.waitFor("does it work now")
    #expect(proof.contains("refuse"))
    #expect(proof.contains("open"))
    try terminal.press("y")
    try terminal.waitFor("Solved")
    try terminal.press("q")
    try terminal.waitFor("[ended 0]")
  }

  @Test func aKilledWizardIsResumedWhereItWas() throws {
    var terminal = try start("practice", "refused-port")
    try terminal.waitFor("Question 1")
    try terminal.press("0")
    try terminal.waitUntil("what follows the first answer") {
      !$0.contains("Question 1 ") && $0.contains("Likely")
    }
    let before = try terminal.screen()
    let shell = try terminal.shellProcess()
    let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
    let process = try #require(children.split(separator: " ").compactMap { pid_t($0) }.first)
    kill(process, SIGKILL)
    try terminal.waitFor("[ended")

    terminal = try start("case", "resume")
    let after = try terminal.waitFor("Likely")
    let likely = { (screen: String) in screen.split(separator: "\n").first { $0.contains("Likely") } }
    #expect(likely(after) == likely(before))
  }

  @Test func resizingKeepsTheScreenWhole() throws {
    let terminal = try start("practice", "refused-port")
    try terminal.waitFor("Question 1")
    for (columns, rows) in [(40, 12), (200, 60), (33, 50), (80, 24)] {
      try terminal.resize(columns: columns, rows: rows)
      try terminal.waitUntil("a whole screen at \(columns)×\(rows)") { screen in
        screen.contains("?") && screen.split(separator: "\n", omittingEmptySubsequences: false).count >= rows
      }
    }
    try terminal.waitFor("Question 1")
    try terminal.press("C-c")
    try terminal.waitFor("[ended 130]")
  }
}
