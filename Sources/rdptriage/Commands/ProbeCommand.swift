import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Probing

struct ProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Looks at the host layer by layer and prints the findings.")

  @Argument(help: "name, name:port, 192.0.2.7, [::1]:port or rdp://…; with --rdp-file it may be left out.")
  var target: String?
  @Flag(help: "Print JSON.")
  var json = false
  @Option(help: ArgumentHelp("Only these findings, and what they need.", valueName: "id,…"))
  var only: String?
  @Option(
    help: ArgumentHelp(
      "One look for monitoring, with its exit status: 0 ok, 1 warning, 2 critical, 3 unknown.",
      valueName: "nagios|prometheus"))
  var check: MonitoringOutput.Form?
  @OptionGroup var connection: ConnectionFileOptions
  @OptionGroup var options: ProbeOptions
  @OptionGroup var knowledge: KnowledgeOptions

  func validate() throws {
    guard check == nil || (!json && only == nil) else {
      throw ValidationError("--check goes without --json and --only: it needs the whole look.")
    }
  }

  mutating func run() async throws {
    guard let check else { return try await look() }
    let output: MonitoringOutput
    do {
      let base = try knowledge.load()
      let file = try connection.read()
      let request = try options.request(for: target, file: file)
      var look = await Look.at(request)
      look.findings += file?.findings ?? []
      let ranking = Assessor(knowledge: base).rank(Evidence(findings: look.findings))
      output = MonitoringOutput(look, ranking, base, limit: request.timeLimit)
    } catch let failure as ExitCode {
      // Said on standard error; for monitoring every other status than these four is an error of its own.
      if check == .nagios { print("RDP UNKNOWN - the host could not be looked at") }
      throw failure.rawValue == 0 ? failure : ExitCode(MonitoringOutput.Status.unknown.rawValue)
    }
    print(output.text(check, now: .now()))
    throw ExitCode(output.status.rawValue)
  }

  private func look() async throws {
    var wanted: Set<FindingID>?
    if let only {
      let ids = Set(only.split(separator: ",").map { FindingID(String($0)) })
      let known = Set(ProbeRegistry.all.flatMap { $0.description.states })
      for id in ids.sorted() where !known.contains(id) {
        throw Failure(
          .usage,
          "No probe states the finding \(id). Known: \(known.sorted().map(\.name).joined(separator: ", "))."
        ).exit()
      }
      wanted = ids
    }
    let file = try connection.read()
    var look = try await Look.at(options.request(for: target, file: file, only: wanted))
    look.findings += file?.findings ?? []
    if json {
      print(try JSONOutput.text(look.json()))
    } else {
      print(TextOutput.findings(look.findings))
    }
    let base = try knowledge.load()
    let assessment = Assessor(knowledge: base).assess(Evidence(findings: look.findings))
    throw DiagnoseCommand.exit(assessment, couldNotCheck: look.couldNotCheck)
  }
}

/// One run of the probes, to its end.
struct Look {
  var target: Target
  var findings: [Finding]
  var elapsed: Duration

  static func at(_ request: ProbeRequest) async -> Look {
    let start = ContinuousClock.now
    var findings: [Finding] = []
    for await event in ProbeRunner().run(request) {
      if case .finished(_, let batch, _) = event { findings += batch }
    }
    return Look(target: request.target, findings: findings, elapsed: start.duration(to: .now))
  }

  func json() -> JSONOutput.DiagnosisValue {
    .init(
      target: .init(target, findings: findings), findings: findings.map(JSONOutput.FindingValue.init),
      elapsed_ms: elapsed.milliseconds)
  }

  /// True when this host itself was in the way and nothing about the target was learnt.
  var couldNotCheck: Bool {
    let port = findings.first { $0.id == "tcp.port" && $0.outcome != nil }
    // What this host's own routes say is about this host.
    if port?.isSaidHere == true { return true }
    return port == nil
      && findings.contains {
        if case .inconclusive(.failedHere) = $0.status { true } else { false }
      }
  }
}
