import Foundation
import TestSupport
import Testing

/// The wizard on pipes: a script of lines goes in, plain lines come out.
@Suite(.serialized) struct LineModeTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  struct Result {
    var output: String
    var errors: String
    var code: Int32
  }

  func run(_ arguments: String..., script: String, changes: [String: String] = [:]) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: BuiltProgram.path("rdptriage"))
    process.arguments = arguments + ["--data", folder.path]
    process.environment = ["HOME": folder.path, "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
      .merging(changes) { $1 }
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(script.utf8))
    try input.fileHandleForWriting.close()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      output: String(decoding: text, as: UTF8.self), errors: String(decoding: complaint, as: UTF8.self),
      code: process.terminationStatus)
  }

  @Test func aScriptSolvesAWholePracticeCase() throws {
    // Done; it works; the ticket number; leave.
    let result = try run(
      "practice", "expired-certificate", "--line", script: "\ny\nt\ni\nINC-4711\nesc\nc\nq\n")
    #expect(result.code == 0)
    #expect(result.errors.isEmpty, "\(result.errors)")
    let lines = result.output.components(separatedBy: "\n")
    #expect(lines.contains("Solved"), "\(result.output)")
    #expect(lines.contains("before: fault: the certificate has expired"))
    #expect(lines.contains("now: ok: the certificate is within its dates"))
    #expect(lines.contains("Ticket: INC-4711"))
    #expect(result.output.contains(folder.path + "/command.txt"))
    #expect(
      try String(contentsOfFile: folder.path + "/command.txt", encoding: .utf8).contains("State: Solved"))
    #expect(lines.filter { $0.hasPrefix("Looking at ") }.count <= 1)
    #expect(result.output.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 }, "a control character")
  }

  @Test func theEndOfTheInputLeavesAndKeepsTheCase() throws {
    let result = try run("practice", "expired-certificate", script: "")
    #expect(result.code == 0)
    #expect(result.output.hasSuffix("End of input: the case is kept.\n"), "\(result.output)")
    let resumed = try run("case", "resume", script: "t")
    #expect(resumed.output.contains("State: open"), "\(resumed.output)")
    #expect(resumed.code == 0)
  }

  @Test func theLastLineNeedsNoLineBreak() throws {
    let result = try run(script: "q")
    #expect(result.code == 0)
    #expect(!result.output.contains("End of input"))
  }

  @Test func withoutUTF8NothingButASCIIIsWritten() throws {
    let result = try run("practice", script: "q\n", changes: ["LC_ALL": "C"])
    #expect(result.code == 0)
    #expect(result.output.contains("Practice on a broken host"))
    #expect(result.output.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func onATerminalItIsAskedForByOptionOrEnvironment() throws {
    for (arguments, changes) in [(["--line"], [:]), ([], ["RDPTRIAGE_LINE": "1"]), ([], ["TERM": "dumb"])] {
      let environment = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": folder.path]
      let terminal = try PseudoTerminal(
        [BuiltProgram.path("rdptriage")] + arguments + ["--data", folder.path],
        environment: environment.merging(changes) { $1 })
      try #require(terminal.waitFor("\n> "))
      terminal.type("q\n")
      #expect(try #require(terminal.waitForEnd()) == 0)
      #expect(!terminal.output.contains(0x1B), "an escape sequence was written with \(arguments) \(changes)")
    }
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func aSignalIsToldByTheExitCode(signal: Int32, code: Int32) throws {
    let terminal = try PseudoTerminal(
      [BuiltProgram.path("rdptriage"), "--line", "--data", folder.path],
      environment: ["TERM": "xterm", "HOME": folder.path])
    try #require(terminal.waitFor("\n> "))
    kill(terminal.process, signal)
    #expect(try #require(terminal.waitForEnd()) == code << 8)
  }

  @Test func aReaderThatIsGoneEndsTheWizard() throws {
    let program = BuiltProgram.path("rdptriage")
    let result = try Command.run(
      "bash",
      [
        "-c",
        "yes '?' 2>/dev/null | '\(program)' --data '\(folder.path)' | head -c 10 >/dev/null; echo ${PIPESTATUS[1]}",
      ])
    #expect(result.output == "74\n")
  }
}
