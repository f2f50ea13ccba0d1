import Foundation
import TestSupport
import Testing

/// The program on a terminal, from its start to each of its ends.
@Suite(.serialized) struct TerminalLifeTests {
  let folder: TemporaryFolder
  let program = BuiltProgram.path("rdptriage")

  init() throws { folder = try TemporaryFolder() }

  func environment(_ changes: [String: String] = [:]) -> [String: String] {
    [
      "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin",
      "HOME": folder.path,
    ].merging(changes) { $1 }
  }

  func start(
    _ arguments: [String] = [], _ changes: [String: String] = [:], columns: UInt16 = 80, rows: UInt16 = 24
  ) throws -> PseudoTerminal {
    try PseudoTerminal(
      [program] + arguments + ["--data", folder.path + "/cases"], environment: environment(changes),
      columns: columns,
      rows: rows)
  }

  /// Line editing and echo as a shell expects them, and the alternate screen left.
  func expectSane(_ terminal: PseudoTerminal, at location: SourceLocation = #_sourceLocation) {
    let flags = terminal.settings.c_lflag
    #expect(flags & tcflag_t(ECHO) != 0, "echo is off", sourceLocation: location)
    #expect(flags & tcflag_t(ICANON) != 0, "line editing is off", sourceLocation: location)
    let text = String(decoding: terminal.output, as: UTF8.self)
    let entered = text.components(separatedBy: "\u{1b}[?1049h").count
    let left = text.components(separatedBy: "\u{1b}[?1049l").count
    #expect(entered >= 2 && left >= entered, "the alternate screen was not left", sourceLocation: location)
    #expect(text.contains("\u{1b}[?2004l"), "bracketed paste was left on", sourceLocation: location)
  }

  @Test func quittingPutsTheTerminalBackAndExitsWithZero() throws {
    let terminal = try start()
    try #require(terminal.waitFor("New case"))
    #expect(terminal.settings.c_lflag & tcflag_t(ECHO) == 0)
    terminal.type("q")
    let status = try #require(terminal.waitForEnd())
    #expect(status == 0)
    expectSane(terminal)
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func aSignalPutsTheTerminalBackAndIsToldByTheExitCode(signal: Int32, code: Int32) throws {
    let terminal = try start()
    try #require(terminal.waitFor("New case"))
    kill(terminal.process, signal)
    let status = try #require(terminal.waitForEnd())
    #expect(status == code << 8)
    expectSane(terminal)
  }

  @Test func controlCIsTheInterruptKey() throws {
    let terminal = try start()
    try #require(terminal.waitFor("New case"))
    terminal.type("\u{3}")
    #expect(try #require(terminal.waitForEnd()) == 130 << 8)
    expectSane(terminal)
  }

  @Test(arguments: [SIGSEGV, SIGILL, SIGABRT, SIGTRAP])
  func aTrapPutsTheTerminalBackAndStillKills(signal: Int32) throws {
    let terminal = try start()
    try #require(terminal.waitFor("New case"))
    kill(terminal.process, signal)
    let status = try #require(terminal.waitForEnd())
    #expect(status & 0x7F == signal)
    expectSane(terminal)
  }

  @Test func anUnknownTerminalIsRefusedInOneSentence() throws {
    let terminal = try start([], ["TERM": "no-such-terminal"])
    let status = try #require(terminal.waitForEnd())
    #expect(status == 74 << 8)
    let text = String(decoding: terminal.output, as: UTF8.self)
    #expect(text.contains("TERM"))
    #expect(text.split(separator: "\n").count == 1)
  }

  @Test func withoutUTF8NothingButASCIIIsWritten() throws {
    let terminal = try start([], ["LANG": "C", "LC_ALL": "C"])
    try #require(terminal.waitFor("New case"))
    #expect(terminal.waitFor("LANG=C.UTF-8"))
    #expect(terminal.output.allSatisfy { $0 < 0x80 })
  }

  @Test func aMonochromeTerminalGetsNoColours() throws {
    for (arguments, changes) in [(["--no-colour"], [:]), ([], ["NO_COLOR": "1"]), ([], ["TERM": "vt100"])] {
      let terminal = try start(arguments, changes)
      try #require(terminal.waitFor("New case"))
      let text = String(decoding: terminal.output, as: UTF8.self)
      let setsColour = text.range(of: "\u{1b}\\[([0-9]+;)*[349][0-9]m", options: .regularExpression) != nil
      #expect(!setsColour, "a colour was set with \(arguments) \(changes)")
    }
  }

  @Test func aTinyTerminalIsToldSo() throws {
    let terminal = try start([], columns: 20, rows: 5)
    #expect(terminal.waitFor("mall"))
    terminal.type("q")
    #expect(terminal.waitForEnd() != nil)
  }

  @Test func nothingIsWrittenWhileNothingHappens() throws {
    let terminal = try start()
    try #require(terminal.waitFor("New case"))
    // The list of cases comes behind the first frame.
    let count = terminal.settle(after: .seconds(1))
    #expect(terminal.waitForAnyOutput(since: count, within: .milliseconds(700)) == nil)
  }
}
