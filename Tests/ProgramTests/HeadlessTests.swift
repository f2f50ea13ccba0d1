import Foundation
import Practice
import TestSupport
import Testing

/// The commands that scripts and tickets rely on.
@Suite struct HeadlessTests {
  struct Result {
    var output: String
    var errors: String
    var code: Int32

    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
    }
  }

  func run(_ arguments: String...) throws -> Result { try run(arguments) }

  func run(_ arguments: [String], input: String? = nil) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: BuiltProgram.path("rdptriage"))
    process.arguments = arguments
    let script = Pipe()
    process.standardInput = input == nil ? FileHandle.nullDevice : script
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    if let input {
      try script.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try script.fileHandleForWriting.close()
    }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      output: String(decoding: text, as: UTF8.self), errors: String(decoding: complaint, as: UTF8.self),
      code: process.terminationStatus)
  }

  func outcomes(_ result: Result) -> [String: String] {
    let findings = result.json["findings"] as? [[String: Any]] ?? []
    return Dictionary(
      findings.compactMap { finding in
        (finding["outcome"] as? String).flatMap { outcome in (finding["id"] as? String).map { ($0, outcome) }
        }
      }, uniquingKeysWith: { $1 })
  }

  @Test func aRefusedPortIsAFaultWithItsCauseAndNextStep() throws {
    let port = try freePort()
    let result = try run("diagnose", "127.0.0.1:\(port)", "--json")
    #expect(result.code == 1)
    #expect(result.json["schema"] as? String == "rdptriage.diagnosis/1")
    #expect(outcomes(result)["tcp.port"] == "refused")
    let causes = try #require(result.json["causes"] as? [[String: Any]])
    let total = causes.reduce(0.0) { $0 + ($1["probability"] as? Double ?? 0) }
    let others = (result.json["others"] as? [String: Any])?["probability"] as? Double ?? 0
    #expect(abs(total + others - 1) < 1e-6)
    #expect(causes.allSatisfy { ($0["because"] as? [Any])?.count ?? 99 <= 5 })
    #expect(
      causes.allSatisfy { ($0["probability"] as? Double ?? 0) >= 0.005 || $0["id"] as? String == "unknown" })
    #expect(["question", "fix"].contains((result.json["next"] as? [String: Any])?["kind"] as? String ?? ""))
    #expect((result.json["plan"] as? [[String: Any]])?.isEmpty == false)
  }

  @Test func theNextStepIsExplainedAndAnotherHasItsPrice() throws {
    let result = try run(
      "diagnose", "srv01", "--no-probes", "--code", "0x3/0x7", "--what-if", "restart-host", "--json")
    let next = try #require(result.json["next"] as? [String: Any])
    #expect((next["why"] as? String)?.isEmpty == false)
    let second = try #require(next["second"] as? [String: Any])
    #expect(second["extra_minutes"] as? Double ?? -1 >= 0)
    let answers = try #require(next["answers"] as? [[String: Any]])
    #expect(answers.count >= 2)
    #expect(abs(answers.reduce(0) { $0 + ($1["probability"] as? Double ?? 0) } - 1) < 1e-6)
    let asked = try #require((result.json["what_if"] as? [[String: Any]])?.first)
    #expect(asked["id"] as? String == "restart-host")
    #expect(asked["price_minutes"] as? Double ?? -1 > 0)
    #expect(result.json["contradictions"] as? [[String: Any]] != nil)
  }

  @Test func simulatedCasesAreTheSameForTheSameSeed() throws {
    let arguments = ["knowledge", "simulate", "--cases", "3", "--seed", "5", "--trial", "lies", "--json"]
    let results = try (0..<2).map { _ in try Command.run(BuiltProgram.path("rdptriage"), arguments) }
    #expect(results.map(\.code) == [0, 0])
    #expect(results[0].output == results[1].output)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(results[0].output.utf8)) as? [String: Any])
    #expect(json["schema"] as? String == "rdptriage.simulation/1")
    #expect((json["ways"] as? [[String: Any]])?.count == 2)
    #expect((json["least_minutes"] as? Double ?? 0) > 0)
  }

  @Test func aHealthyHostIsHealthy() throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let result = try run("diagnose", "127.0.0.1:\(host.port)", "--json")
    #expect(result.code == 0, "\(result.output)")
    #expect((result.json["next"] as? [String: Any])?["kind"] as? String == "none")
    #expect(result.output.utf8.count < 60_000, "\(result.output.utf8.count)")
    #expect(outcomes(result)["rdp.security"] == "nla-required")
    #expect(outcomes(result)["credssp.exchange"] == "challenge")
    #expect(host.counters.authenticateMessages == 0)
    #expect(host.counters.connections <= 4)
  }

  /// Answers to the greeting of Network Level Authentication that are none.
  @Test(arguments: [
    Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [0x30, 5, 0xA0, 3, 2, 1, 6],
    [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF, 0xA0, 3, 2, 1, 6], [0xDE, 0xAD, 0xBE, 0xEF], [0x30, 0x80],
  ])
  func nonsenseForAChallengeIsNotNothingWrong(answer: [UInt8]) throws {
    let host = try ScriptedHost.start(.init(credssp: .raw(answer)))
    defer { host.stop() }
    for more in [[], ["--told", "it does not connect"]] {
      let result = try run(["diagnose", "127.0.0.1:\(host.port)", "--json", "--timeout", "5"] + more)
      #expect(result.code == 1 || result.code == 2, "\(result.code)")
      let first = (result.json["causes"] as? [[String: Any]])?.first?["id"] as? String
      #expect(first != nil && first != "healthy")
    }
    #expect(try run("probe", "127.0.0.1:\(host.port)", "--timeout", "5").code != 0)
  }

  @Test func aComplaintAboutAHostInOrderIsACaseOfItsOwn() throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let target = "127.0.0.1:\(host.port)"
    let result = try run("diagnose", target, "--told", "xyzzy", "--json")
    #expect(result.code == 2)
    #expect(((result.json["causes"] as? [[String: Any]])?.first)?["id"] as? String == "caller-side")
    #expect((result.json["next"] as? [String: Any])?["kind"] as? String == "question")
    let blind = try run("diagnose", "srv01", "--no-probes", "--told", "xyzzy", "--json")
    #expect(blind.code == 2)
    #expect(try run("diagnose", "srv01", "--no-probes").code == 2)
  }

  @Test func escapeSequencesOfAHostNeverComeOut() throws {
    var settings = ChallengeSettings()
    settings.netBIOSComputer = "\u{1b}]0;EVIL\u{7}"
    settings.dnsComputer = "\u{1b}[2J\u{202e}evil.example"
    let host = try ScriptedHost.start(.init(credssp: .challenge(settings)))
    defer { host.stop() }
    for arguments in [["probe", "127.0.0.1:\(host.port)"], ["probe", "127.0.0.1:\(host.port)", "--json"]] {
      let result = try run(arguments[0], arguments[1], arguments.count > 2 ? arguments[2] : "--timeout=10")
      let texts = result.output + result.errors
      #expect(texts.lowercased().contains("evil"), "the host's names were not seen:\n\(texts)")
      #expect(!texts.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{7}" || $0 == "\u{202e}" })
      #expect(!texts.contains("\\u001b"))
    }
  }

  @Test func whatDoesNotApplyIsSaidOnceForEachReason() throws {
    let port = try freePort()
    let result = try run("probe", "127.0.0.1:\(port)", "--only", "tcp.port,tls.handshake,tls.versions")
    let lines = result.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("tcp.port") && $0.contains("refused") })
    #expect(lines.count { $0.contains("Does not apply here") } == 1)
    #expect(lines.contains { $0.hasSuffix(" tls.handshake, tls.versions") }, "\(result.output)")
  }

  @Test func probePrintsFindingsWithoutCauses() throws {
    let port = try freePort()
    let result = try run("probe", "127.0.0.1:\(port)", "--json", "--only", "tcp.port")
    #expect(outcomes(result)["tcp.port"] == "refused")
    #expect(result.json["causes"] == nil)
    #expect(result.json["next"] == nil)
  }

  @Test func answersAndTriedFixesCount() throws {
    let result = try run(
      "diagnose", "srv01", "--no-probes", "--code", "0x3/0x7", "--answer", "logon-query=drain", "--json")
    #expect(result.code == 1)
    let first = (result.json["causes"] as? [[String: Any]])?.first
    #expect(first?["id"] as? String == "ses-drain")
    #expect((result.json["next"] as? [String: Any])?["id"] as? String == "end-drain-mode")
    let after = try run(
      "diagnose", "srv01", "--no-probes", "--code", "0x3/0x7", "--answer", "logon-query=drain", "--tried",
      "end-drain-mode=failed", "--json")
    #expect((after.json["next"] as? [String: Any])?["id"] as? String != "end-drain-mode")
  }

  @Test func explainReadsAnySpelling() throws {
    for spelling in ["0x3/0x7", "0x3:0x7", "Error code: 0x3 Extended error code: 0x7"] {
      let result = try run("explain", spelling, "--json")
      #expect(result.code == 0)
      #expect(result.json["schema"] as? String == "rdptriage.explain/1")
      #expect(result.json["pair"] != nil)
    }
    #expect(try run("explain", "ERRINFO_SERVER_DENIED_CONNECTION", "--json").code == 0)
    // A negative number is no option.
    for arguments in [["-1073741260", "--json"], ["--json", "-1073741260"]] {
      let locked = try run("explain", arguments[0], arguments[1])
      #expect(locked.json["code"] as? String == "0xc0000234", "\(locked.errors)")
    }
    let locked = try run("diagnose", "srv01", "--no-probes", "--code", "-1073741260", "--json")
    #expect(((locked.json["causes"] as? [[String: Any]])?.first)?["id"] as? String == "acc-locked")
    let unknown = try run("explain", "0xdeadbeef", "--json")
    #expect(unknown.code == 2)
    #expect((unknown.json["entries"] as? [Any])?.isEmpty == true)
    #expect(unknown.json["hint"] is String)
  }

  @Test(arguments: [
    (["diagnose", "srv01:0"], 64, "port"), (["diagnose", "a b"], 64, "host name"),
    (["diagnose", "srv01", "--no-probes", "--code", "hello"], 64, "error code"),
    (["diagnose", "srv01", "--no-probes", "--answer", "nonsense=1"], 64, "question"),
    (["diagnose", "srv01", "--no-probes", "--answer", "logon-query=maybe"], 64, "drain"),
    (["diagnose", "srv01", "--no-probes", "--tried", "restart-termservice=maybe"], 64, "failed or skipped"),
    (["diagnose", "srv01", "--no-probes", "--what-if", "nonsense"], 64, "nonsense"),
    (["probe", "srv01", "--only", "tcp.prot"], 64, "tcp.port"),
    (["diagnose", "srv01", "--no-probes", "--knowledge", "/nowhere"], 66, "/nowhere"),
    (["probe", "srv01", "--ca-file", "/nowhere.pem"], 66, "/nowhere.pem"),
    (["probe", "srv01", "--timeout", "0"], 64, "timeout"),
    (["case", "show", "none", "--data", "/proc/none"], 74, "/proc/none"),
    (["knowledge", "show", "nothing-like-it"], 66, "nothing-like-it"),
    (["practice", "nothing"], 64, "refused-port"),
  ])
  func badInputGetsOneClearSentence(arguments: [String], code: Int32, part: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: BuiltProgram.path("rdptriage"))
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == code, "\(arguments): \(text)")
    #expect(text.contains(part), "\(arguments): \(text)")
  }

  @Test func theContractsCausesAreAllKnown() throws {
    let result = try run("knowledge", "list", "causes", "--json")
    let ids = ((try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) as? [[String: Any]] ?? [])
      .compactMap { $0["id"] as? String }
    #expect(ids.count >= 45)
    #expect(ids.contains("healthy") && ids.contains("unknown") && ids.contains("ses-drain"))
  }

  @Test func aFixShowsItsPolicyWithRegistryValueAndVerdict() throws {
    let result = try run("knowledge", "show", "rdp-policy-not-configured", "--json")
    let entry = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let policy = try #require(entry["policy"] as? [String: Any])
    #expect((policy["path"] as? String)?.hasPrefix("Computer Configuration > ") == true)
    #expect(policy["value-name"] as? String == "fDenyTSConnections")
    #expect(policy["verdict"] as? String == "policy wins")
  }

  @Test(arguments: [
    ["show", "ses-drain"], ["show", "end-drain-mode"], ["show", "logon-query"], ["show", "tcp.port"],
    ["show", "errinfo-0x7"], ["show", "0x3/0x7"], ["show", "event-remoteconnectionmanager-1070"],
    ["show", "all-sessions-broke-at-once-midday"],
  ])
  func anEntryIsShownWholeAndFits(arguments: [String]) throws {
    let result = try run("knowledge", arguments[0], arguments[1])
    #expect(result.code == 0)
    let lines = result.output.split(separator: "\n")
    // Commands are never broken: they are indented by four. Nor are the names of logs.
    let long = lines.filter { $0.count > 80 && !$0.hasPrefix("    ") && !$0.hasPrefix("  Log ") }
    #expect(long == [])
    #expect(result.output.contains("  From          built-in"), "\(result.output)")
    let value = try run("knowledge", arguments[0], arguments[1], "--json").json
    #expect(value["id"] as? String == arguments[1])
    #expect(value["origin"] as? String == "built-in")
  }

  @Test func aTeamsKnowledgeIsShownWithItsFileAndFoundByWord() throws {
    let folder = try TemporaryFolder()
    let file = URL(filePath: folder.path).appending(path: "fixes/end-drain-mode.yaml")
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("rest: unchanged\nminutes: 47\n".utf8).write(to: file)
    #expect(try run("knowledge", "check", folder.path).code == 0)
    let shown = try run("knowledge", "show", "end-drain-mode", "--knowledge", folder.path)
    #expect(shown.output.contains("47 min") && shown.output.contains("From          \(file.path)"))
    let found = try run("knowledge", "list", "fixes", "drain", "--knowledge", folder.path)
    #expect(found.output.contains("[\(file.path)]"))
    #expect(!found.output.contains("restart-termservice"))
    try Data("rest: unchanged\nminutes: none\n".utf8).write(to: file)
    let checked = try run("knowledge", "check", folder.path)
    #expect(checked.code == 65 && checked.output.contains("end-drain-mode.yaml:2: “minutes” is a number"))
    let bad = try run("knowledge", "show", "end-drain-mode", "--knowledge", folder.path)
    #expect(bad.errors.contains("“minutes” is a number") && bad.code == 65 && bad.output.isEmpty)
    // One that is always read is left out, with a warning.
    let home = try TemporaryFolder()
    let standard = try home.makeFolder("rdptriage/knowledge.d/fixes")
    try Data("rest: unchanged\nminutes: none\n".utf8).write(
      to: URL(filePath: "\(standard)/end-drain-mode.yaml"))
    let left = try Command.run(
      BuiltProgram.path("rdptriage"), ["knowledge", "show", "end-drain-mode"],
      environment: ["XDG_CONFIG_HOME": home.path])
    #expect(left.code == 0 && left.output.contains("From          built-in"))
    #expect(left.output.contains("“minutes” is a number"))
  }

  /// Before the command, between its words, and behind it; also where they mean nothing to it.
  @Test func everyCommandTakesTheCommonOptions() throws {
    let folder = try TemporaryFolder()
    let model = try folder.write(
      #"{"schema":"rdptriage.model/1","causes":[{"id":"c","prior":1}],"actions":[{"id":"a","cost":5,"cures":{"c":0.9}}],"questions":[],"escalation_cost":120}"#,
      to: "model.json")
    let common = ["--data", folder.path, "--ascii", "--no-colour", "--language=de"]
    for (command, code) in [
      (["knowledge", "list", "causes", "drain"], 0), (["explain", "0x3/0x7"], 0),
      (["plan", "--model", model], 0),
      (["config"], 0), (["case", "list"], 0), (["case", "learnt"], 0),
      (["diagnose", "srv01", "--no-probes"], 2),
      (["practice", "--list"], 0), (["knowledge", "show", "ses-drain"], 0),
    ] as [([String], Int32)] {
      let plain = try run(command)
      #expect(plain.code == code, "\(command) \(plain.errors)")
      for arguments in [command + common, common + command, [command[0]] + common + command.dropFirst()] {
        let result = try run(arguments)
        #expect(result.code == code, "\(arguments) \(result.errors)")
        // What is planned has its time beside it.
        #expect(result.output == plain.output || ["case", "plan"].contains(command[0]), "\(arguments)")
      }
    }
    #expect(try run("case", "list", "--data").code == 64)
  }

  func freePort() throws -> UInt16 {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    return host.port
  }
}
