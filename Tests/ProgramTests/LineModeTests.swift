import CaseStore
import Foundation
import Practice
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
    #expect(lines.contains { $0.hasPrefix("Score: 100 of 100: ") }, "\(result.output)")
    #expect(lines.contains("now: ok: the certificate is within its dates"))
    #expect(lines.contains("Ticket: INC-4711"))
    #expect(result.output.contains(folder.path + "/command.txt"))
    #expect(
      try String(contentsOfFile: folder.path + "/command.txt", encoding: .utf8).contains("State: Solved"))
    #expect(lines.filter { $0.hasPrefix("Looking at ") }.count <= 1)
    #expect(result.output.utf8.allSatisfy { $0 == 0x0A || $0 >= 0x20 }, "a control character")
  }

  @Test func optionsOfTheLookReachTheProbes() throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    _ = try run("127.0.0.1:\(host.port)", "--code", "0x204", "--max-connections", "1", script: "q\n")
    #expect(host.counters.connections == 1)
  }

  @Test func theExpectedNameReachesATargetThatIsTypedLater() throws {
    let port = try LoopbackPort.free()
    let result = try run("--name", "srv01.example.test", script: "1\n127.0.0.1:\(port)\n\n\nq\n")
    #expect(result.code == 0, "\(result.errors)")
    let listed = try Command.run(
      BuiltProgram.path("rdptriage"), ["case", "list", "--json", "--data", folder.path]
    ).output
    let cases = try JSONSerialization.jsonObject(with: Data(listed.utf8)) as? [[String: Any]]
    let opened = try #require(cases?.first?["id"] as? String)
    let exported = try Command.run(
      BuiltProgram.path("rdptriage"), ["case", "export", opened, "--format", "json", "--data", folder.path])
    #expect(exported.output.contains("srv01.example.test"), "\(exported.output) \(result.output)")
  }

  @Test func theEndOfTheInputLeavesAndKeepsTheCase() throws {
    let port = try LoopbackPort.free()
    let result = try run("127.0.0.1:\(port)", "--code", "0x204", script: "")
    #expect(result.code == 0)
    #expect(result.output.hasSuffix("End of input: the case is kept.\n"), "\(result.output)")
    let resumed = try run("case", "resume", script: "t")
    #expect(resumed.output.contains("State: open"), "\(resumed.output)")
    #expect(resumed.code == 0)
  }

  static let sessions = """
    C:\\>qwinsta
     SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE
     services                                    0  Disc
     rdp-tcp                                 65536  Listen

    """

  @Test func pastedLinesAreReadSeenAndKept() throws {
    // Paste; begin; the lines; accept; the time line.
    let port = try LoopbackPort.free()
    let result = try run(
      "127.0.0.1:\(port)", "--code", "0x204", script: "v\n\n\(Self.sessions)/end\n\nh\nq\n")
    #expect(result.code == 0)
    let lines = result.output.components(separatedBy: "\n")
    let read = try #require(
      lines.firstIndex { $0.contains("Read as qwinsta, query user") }, "\(result.output)")
    #expect(lines[(read + 1)...].contains { $0.contains("the listener rdp-tcp in the state Listen.") })
    let noted = try #require(lines.firstIndex { $0.hasPrefix("Note: Noted.") })
    #expect(read < noted)
    #expect(lines[noted...].contains { $0.contains("Read from qwinsta, query user: ") })
    let resumed = try run("case", "resume", script: "h\nq\n")
    #expect(resumed.output.contains("Read from qwinsta, query user: "), "\(resumed.output)")
  }

  @Test func theEndOfTheInputEndsPastedLinesAndLetsNothingCount() throws {
    let port = try LoopbackPort.free()
    let result = try run("127.0.0.1:\(port)", "--code", "0x204", script: "v\n\n\(Self.sessions)")
    #expect(result.code == 0)
    #expect(result.output.contains("Read as qwinsta, query user"), "\(result.output)")
    #expect(result.output.hasSuffix("End of input: the case is kept.\n"))
    let resumed = try run("case", "resume", script: "h\nq\n")
    #expect(!resumed.output.contains("Read from"))
  }

  @Test(arguments: ["~/sessions of srv01.txt", "~/nothing.evtx"]) func aFileIsNamedInsteadOfAPaste(
    path: String
  ) throws {
    _ = try folder.write(Self.sessions, to: "sessions of srv01.txt")
    let result = try run(
      "127.0.0.1:\(LoopbackPort.free())", "--code", "0x204", script: "v\n\n\(path)\n/end\n\nh\nq\n")
    let isThere = path.hasSuffix(".txt")
    #expect(result.output.contains("Read as qwinsta, query user") == isThere, "\(result.output)")
    #expect(result.output.contains("Read from sessions of srv01.txt: ") == isThere, "\(result.output)")
    #expect(
      result.output.replacing("\n", with: " ").contains("is not there or cannot be read") != isThere,
      "\(result.output)")
  }

  @Test func whatCannotBeReadIsSaidSo() throws {
    let result = try run(
      "practice", "expired-certificate", script: "v\n\nHello, nothing works.\n/end\n\nq\n")
    #expect(result.output.contains("Nothing could be read from one line, so nothing counts"))
    #expect(result.output.contains("Readable: qwinsta, query user;"))
  }

  @Test func aConnectionFileIsNamedOnTheTargetScreen() throws {
    let port = try LoopbackPort.free()
    let good = folder.path + "/farm.rdp"
    let wrong = folder.path + "/mail.txt"
    try Data("full address:s:127.0.0.1\nserver port:i:\(port)\n".utf8).write(to: URL(filePath: good))
    try Data("\nHello\n".utf8).write(to: URL(filePath: wrong))
    // New case; from host to code to file; a wrong one; the right one; start; leave.
    let result = try run(script: "1\n/tab\n/tab\n/tab\n/tab\n\(wrong)\n\(good)\n\nh\nq\n")
    let lines = result.output.components(separatedBy: "\n")
    #expect(
      lines.contains { $0.contains("\(wrong) is no connection file: line 2 reads “Hello”") },
      "\(result.output)")
    #expect(lines.contains { $0.hasPrefix("Read as connection file (.rdp)") })
    #expect(lines.contains { $0.contains("Opened: 127.0.0.1:\(port)") })
    #expect(lines.contains { $0.contains("Read from farm.rdp: ") })
  }

  @Test func aPathIsCompleted() throws {
    try FileManager.default.createDirectory(atPath: folder.path + "/deep", withIntermediateDirectories: true)
    for name in ["deep/office-a.rdp", "deep/office-b.rdp", "deep/office.txt"] {
      try Data("full address:s:127.0.0.1\n".utf8).write(to: URL(filePath: "\(folder.path)/\(name)"))
    }
    // The path is typed as text, so Enter reads it in vain; then it is completed.
    let result = try run(script: "1\n/tab\n/tab\n/tab\n/tab\n~/de\n/tab\n/tab\n/esc\nq\n")
    #expect(result.output.contains("~/deep/office-]"), "\(result.output)")
    #expect(result.output.contains("office-a.rdp office-b.rdp"), "\(result.output)")
    #expect(!result.output.contains("office.txt"))
  }

  @Test func whatIsPractisedIsKeptApartFromTheCases() throws {
    let result = try run("practice", "expired-certificate", script: "")
    #expect(result.code == 0)
    let cases = try SQLiteCaseStore(directory: folder.path)
    #expect(try cases.list().isEmpty)
    let practised = try SQLiteCaseStore(directory: folder.path + "/practice")
    #expect(try practised.list().count == 1)
  }

  @Test func theLastLineNeedsNoLineBreak() throws {
    let result = try run(script: "q")
    #expect(result.code == 0)
    #expect(!result.output.contains("End of input"))
  }

  @Test func withoutUTF8NothingButASCIIIsWritten() throws {
    let result = try run("practice", script: "q\n", changes: ["LC_ALL": "C"])
    #expect(result.code == 0)
    #expect(result.output.contains("Practice on broken hosts"))
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
