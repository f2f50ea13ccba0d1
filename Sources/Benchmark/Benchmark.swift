import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Knowledge
import KnowledgeFormat
import Practice
import Probing
import TestSupport

/// Measures what people wait for. Everything is compared within one run: absolute times differ from machine to machine.
@main
struct Benchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rdptriage-benchmark",
    abstract:
      "Start, keys, probing and ranking; with planner: the planner's plans; with reading: what is read from texts; with peers: other programs that look at RDP.",
    subcommands: [PlannerBenchmark.self, PeersBenchmark.self, ReadingBenchmark.self])

  func run() async throws {
    let program = BuiltProgram.path("rdptriage")
    print("program: \(program)\n")
    try Self.firstFrame(program)
    try Self.keys(program)
    try await Self.probing()
    try await Self.limits()
    Self.ranking()
    try Self.knowledgeSizes(program)
  }

  static let environment = [
    "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin",
    "HOME": NSTemporaryDirectory(),
  ]

  // MARK: Start

  static func firstFrame(_ program: String) throws {
    let folder = try TemporaryFolder()
    let rivals: [(name: String, arguments: [String], text: String)] = [
      ("rdptriage", [program, "--data", folder.path], "New case"),
      ("whiptail", ["/usr/bin/whiptail", "--msgbox", "benchmark", "10", "40"], "benchmark"),
      ("dialog", ["/usr/bin/dialog", "--msgbox", "benchmark", "10", "40"], "benchmark"),
      ("htop", ["/usr/bin/htop"], "PID"),
    ].filter { FileManager.default.isExecutableFile(atPath: $0.1[0]) }
    var times: [String: [Double]] = [:]
    for _ in 0..<21 {
      for rival in rivals {
        let start = ContinuousClock.now
        let terminal = try PseudoTerminal(rival.arguments, environment: environment)
        guard terminal.waitFor(rival.text) else { continue }
        times[rival.name, default: []].append(start.duration(to: .now).milliseconds)
      }
    }
    print("start to first frame, median of 21, interleaved")
    let own = median(times["rdptriage"] ?? [])
    for rival in rivals {
      let time = median(times[rival.name] ?? [])
      print("  \(rival.name.padded(12)) \(time.text) ms   rdptriage takes \((own / time).text) of it")
    }
  }

  // MARK: Keys

  static func keys(_ program: String) throws {
    let folder = try TemporaryFolder()
    let terminal = try PseudoTerminal(
      [program, "--data", folder.path, "--no-colour"], environment: environment)
    guard terminal.waitFor("New case") else { return print("the wizard did not start") }
    _ = terminal.settle()
    var times: [Double] = []
    var bytes: [Double] = []
    for number in 0..<60 {
      let before = terminal.output.count
      let start = ContinuousClock.now
      terminal.type(number % 8 < 4 ? "j" : "k")
      guard let first = terminal.waitForAnyOutput(since: before, within: .milliseconds(500)) else { continue }
      times.append(start.duration(to: first).milliseconds)
      bytes.append(Double(terminal.settle() - before))
    }
    print(
      "\nkey to frame: median \(median(times).text) ms, most \((times.max() ?? 0).text) ms of \(times.count) keys"
    )
    print("bytes a key: median \(median(bytes).text)")
    let status = (try? String(contentsOfFile: "/proc/\(terminal.process)/status", encoding: .utf8)) ?? ""
    if let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM") }) {
      print("peak memory of the wizard: \(line.dropFirst(6).trimmingCharacters(in: .whitespaces))")
    }
  }

  // MARK: Probing

  static func probing() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    var own: [Double] = []
    for _ in 0..<15 {
      let start = ContinuousClock.now
      for await _ in ProbeRunner().run(ProbeRequest(target: host.target)) {}
      own.append(start.duration(to: .now).milliseconds)
    }
    print(
      "\nall probes on a healthy NLA host on loopback: median \(median(own).text) ms, most \((own.max() ?? 0).text) ms"
    )
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/nmap") else {
      return print("nmap is not installed")
    }
    var rival: [Double] = []
    for _ in 0..<3 {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/nmap")
      process.arguments = [
        "-Pn", "-n", "-p", "\(host.port)", "--script", "+rdp-enum-encryption,+rdp-ntlm-info,+ssl-cert",
        "127.0.0.1",
      ]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      let start = ContinuousClock.now
      try process.run()
      process.waitUntilExit()
      rival.append(start.duration(to: .now).milliseconds)
    }
    print(
      "nmap rdp-enum-encryption, rdp-ntlm-info, ssl-cert: median \(median(rival).text) ms, \((median(rival) / median(own)).text) times as long"
    )
  }

  // MARK: Limits

  /// How long hosts that give nothing away can hold a run up, and how late its limits are kept.
  static func limits() async throws {
    print("\nlimits of a run")
    let silent = try SilentPort()
    let dropped = await milliseconds {
      for await _ in ProbeRunner().run(
        ProbeRequest(target: Target(host: .ipv4("127.0.0.1"), port: silent.port)))
      {}
    }
    withExtendedLifetime(silent) {}
    print("  port that drops everything, until all is said: \(dropped.text) ms")

    let healthy = try ScriptedHost.start(.healthy)
    defer { healthy.stop() }
    for await _ in ProbeRunner().run(ProbeRequest(target: healthy.target)) {}
    _ = healthy.waitUntilIdle()
    print("  connections to the RDP port of a healthy host: \(healthy.counters.connections)")

    let hosts: [(String, HostBehaviour)] = [
      ("mute after TCP", .init(transport: .mute)), ("mute in TLS", .init(tls: .init(answer: .silent))),
      ("mute in CredSSP", .init(credssp: .silent)),
    ]
    for (name, behaviour) in hosts {
      let host = try ScriptedHost.start(behaviour)
      defer { host.stop() }
      let whole = await milliseconds {
        for await _ in ProbeRunner().run(ProbeRequest(target: host.target)) {}
      }
      var late: [Double] = []
      var cancelled: [Double] = []
      for _ in 0..<7 {
        let limit = 700.0
        let elapsed = await milliseconds {
          for await _ in ProbeRunner().run(
            ProbeRequest(target: host.target, timeLimit: .milliseconds(Int(limit))))
          {}
        }
        late.append(elapsed - limit)
        let run = ProbeRunner().start(ProbeRequest(target: host.target))
        var start: ContinuousClock.Instant?
        for await event in run.events {
          guard start == nil, case .finished(_, let found, _) = event,
            found.contains(where: { $0.id == "tcp.port" })
          else { continue }
          start = .now
          run.cancel()
        }
        if let start { cancelled.append(start.duration(to: .now).milliseconds) }
      }
      print(
        "  \(name.padded(16)) all said after \(whole.text) ms; past the limit at most \((late.max() ?? .nan).text) ms; cancelled in at most \((cancelled.max() ?? .nan).text) ms"
      )
    }
  }

  static func milliseconds(_ body: () async -> Void) async -> Double {
    let start = ContinuousClock.now
    await body()
    return start.duration(to: .now).milliseconds
  }

  // MARK: Diagnosis

  static func ranking() {
    var start = ContinuousClock.now
    let base = KnowledgeSource.embedded()
    print("\nreading the built-in knowledge: \(start.duration(to: .now).milliseconds.text) ms")
    start = .now
    let assessor = Assessor(knowledge: base)
    print(
      "preparing it: \(start.duration(to: .now).milliseconds.text) ms, \(base.causes.count) causes, \(base.fixes.count) fixes"
    )
    let evidence = complaint(base)
    let ranks = (0..<200).map { _ in time { _ = assessor.rank(evidence) } }
    let plans = (0..<30).map { _ in time { _ = assessor.assess(evidence) } }
    print(
      "ranking anew: median \(median(ranks).text) ms; with the next step planned: \(median(plans).text) ms")
  }

  // MARK: Size of the knowledge

  /// Reading, preparing and ranking with the base at 1, 4 and 10 times its size, and the first frame while so much is read.
  static func knowledgeSizes(_ program: String) throws {
    guard let scale = KnowledgeScale() else { return print("\nthe files of the knowledge are not at hand") }
    let sizes = [1, 4, 10]
    var rows: [Int: [String: Double]] = [:]
    for size in sizes {
      let text = Array(scale.embedded(size).utf8)
      var times: [String: [Double]] = [:]
      for _ in 0..<(size == 1 ? 9 : 3) {
        var documents: [KnowledgeDocument] = []
        times["parse", default: []].append(
          try time { documents = try text.withUnsafeBufferPointer { try EmbeddedForm.documents(in: $0) } })
        var base: KnowledgeBase?
        times["decode", default: []].append(time { base = DecodedKnowledge(documents).base })
        guard let base else { continue }
        var assessor: Assessor?
        times["prepare", default: []].append(time { assessor = Assessor(knowledge: base) })
        guard let assessor else { continue }
        let evidence = complaint(base)
        times["rank", default: []] += (0..<40).map { _ in time { _ = assessor.rank(evidence) } }
        times["next step", default: []] += (0..<3).map { _ in time { _ = assessor.assess(evidence) } }
        times["look-up", default: []] += (0..<10).map { _ in time { _ = base.lookup("ERRINFO_SERVER_DENYED") }
        }
      }
      rows[size] = times.mapValues(median)
    }
    print("\nthe knowledge at 1, 4 and 10 times its size, median ms (times as long as at 1)")
    for name in ["parse", "decode", "prepare", "rank", "next step", "look-up"] {
      let one = rows[1]?[name] ?? .nan
      let cells = sizes.map { size in
        let time = rows[size]?[name] ?? .nan
        return "\(time.text) (\((time / one).text))".padded(20)
      }
      print("  \(name.padded(12)) \(cells.joined())")
    }

    let data = try TemporaryFolder()
    var frames: [Int: [Double]] = [:]
    let copies = try TemporaryFolder()
    let folders = try scale.folders(sizes.max() ?? 1, below: copies)
    func arguments(_ size: Int) -> [String] {
      [program, "--data", data.path] + folders.prefix(size - 1).flatMap { ["--knowledge", $0] }
    }
    for _ in 0..<11 {
      for size in sizes {
        let start = ContinuousClock.now
        let terminal = try PseudoTerminal(arguments(size), environment: environment)
        guard terminal.waitFor("New case") else { continue }
        frames[size, default: []].append(start.duration(to: .now).milliseconds)
      }
    }
    print(
      "start to first frame with that much knowledge, a team's folders included, median of 11, interleaved")
    let one = median(frames[1] ?? [])
    for size in sizes {
      let time = median(frames[size] ?? [])
      print("  \(size) times    \(time.text) ms (\((time / one).text))")
    }
  }

  static func complaint(_ base: KnowledgeBase) -> Evidence {
    var evidence = Evidence(
      findings: base.findings.compactMap { entry in
        entry.outcomes.first { $0.isFine }.map { Finding(entry.id, .answered($0.id), summary: "") }
      }, isComplaint: true)
    if let code = ReportedCode("0x3/0x7") { evidence.add(.reported(code)) }
    return evidence
  }

  static func time(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return start.duration(to: .now).milliseconds
  }

  static func median(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.sorted()[values.count / 2]
  }
}

extension Duration {
  var milliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
  }
}

extension Double {
  var text: String { String(format: "%.2f", self) }
}

extension String {
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
