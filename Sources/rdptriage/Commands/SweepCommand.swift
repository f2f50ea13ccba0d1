import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Probing

struct SweepCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Looks at many hosts and groups them by what is likeliest wrong and by what they share.",
    discussion: """
      One target or range a line: name, name:port, 192.0.2.7, [::1]:port, 192.0.2.0/24, 192.0.2.7-20; # begins a remark. \
      At most \(SweepList.mostHosts) hosts; one that comes again is looked at once. Ctrl-C prints what is known.
      """)

  @Argument(help: "The list: a file, - for standard input, or a range of addresses.")
  var list = "-"
  @Flag(help: "Print one JSON object at the end.")
  var json = false
  @Flag(help: "Print the diagnosis of each host on a line, as it ends.")
  var ndjson = false
  @Option(
    help: ArgumentHelp("What an earlier sweep printed with --json: say what has changed.", valueName: "file"))
  var baseline: String?
  @Option(
    name: .customLong("at-once"), help: ArgumentHelp("Hosts looked at at the same time.", valueName: "n"))
  var atOnce = 32
  @Option(help: ArgumentHelp("Looks begun in a second, at most.", valueName: "n"))
  var pace = 50.0
  @Option(help: ArgumentHelp("Seconds for the whole sweep; none when left out.", valueName: "seconds"))
  var deadline: Double?
  @Flag(help: "Name every host of a group.")
  var all = false
  @OptionGroup var options: ProbeOptions
  @OptionGroup var knowledge: KnowledgeOptions

  func validate() throws {
    guard !json || !ndjson else { throw ValidationError("--json and --ndjson exclude each other.") }
    guard baseline == nil || !ndjson else {
      throw ValidationError("--baseline goes with text and --json, not with --ndjson.")
    }
    guard (1...256).contains(atOnce) else { throw ValidationError("--at-once takes 1 to 256.") }
    guard pace.isFinite, (0.01...1000).contains(pace) else {
      throw ValidationError("--pace takes 0.01 to 1000 looks a second.")
    }
    guard deadline.map({ $0.isFinite && $0 > 0 && $0 <= 86400 }) ?? true else {
      throw ValidationError("--deadline takes seconds, above 0 and at most 86400.")
    }
    guard options.connectionLimit <= ProbeRequest.usualConnectionLimit else {
      throw ValidationError(
        "A sweep opens at most \(ProbeRequest.usualConnectionLimit) connections to a port.")
    }
    guard options.name == nil else {
      throw ValidationError("--name is for one host: a sweep expects of each host its own name.")
    }
  }

  mutating func run() async throws {
    let base = try knowledge.load()
    let request = try options.request(for: "localhost")
    let read = try targets(like: request.target)
    let before = try baseline.map(SweepBaseline.read)
    let sweep = Sweep(
      request: request, atOnce: Sweep.mostAtOnce(wanted: atOnce), pace: pace,
      assessor: Assessor(knowledge: base))
    if read.repeats > 0 {
      Failure.print("\(read.repeats) of the list came again and are looked at once.")
    }

    let progress = SweepProgress(of: read.targets.count)
    let writesLines = ndjson
    let work = Task {
      await sweep.run(read.targets, line: writesLines ? Self.line : nil) { host, line in
        if let line { print(line) }
        // Nobody reads any more: the hosts are left alone as well.
        guard line == nil || StandardOutput.flush() else { return false }
        progress.count(host)
        return true
      }
    }
    let ending = SweepEnding(work)
    let interruption = Interruption { ending.end($0) }
    let alarm = deadline.map { seconds in
      Task {
        try? await Task.sleep(for: .milliseconds(Int(seconds * 1000)))
        if !Task.isCancelled { work.cancel() }
      }
    }
    let hosts = await work.value
    alarm?.cancel()
    withExtendedLifetime(interruption) { progress.clear() }

    let change = before.map { SweepChange(hosts, since: $0) }
    if json {
      print(try JSONOutput.text(SweepReport.json(hosts, change, base)))
    } else if !ndjson {
      print(SweepReport.text(hosts, change, base, all: all))
    }
    throw ExitCode(ending.code ?? Self.exitCode(hosts))
  }

  private static let line: @Sendable (Look, Assessor) -> String? = { look, assessor in
    let evidence = Evidence(findings: look.findings)
    return try? JSONOutput.line(look.json(assessor.assess(evidence), evidence, assessor.knowledge))
  }

  private func targets(like template: Target) throws -> SweepList {
    do {
      let bytes: [UInt8]
      if list != "-", !FileManager.default.fileExists(atPath: list),
        try AddressRange(list[...], defaultPort: template.port) != nil
      {
        bytes = Array(list.utf8)
      } else {
        bytes = Array(try Patience.read(list, most: SweepList.mostBytes))
      }
      let read = try SweepList(bytes, template: template)
      guard !read.targets.isEmpty else { throw Failure(.data, "The list names no host.").exit() }
      return read
    } catch let problem as SweepList.Problem {
      throw Failure(.usage, problem.description).exit()
    } catch let problems as SweepProblems {
      for problem in problems.all { Failure.print(problem.description) }
      throw ExitCode(Failure.Code.data.rawValue)
    }
  }

  /// A fault anywhere is a fault; then what this host could not check, then what is undecided.
  private static func exitCode(_ hosts: [SweptHost]) -> Int32 {
    let states = Set(hosts.map(\.state))
    if states.contains(.fault) { return Failure.Code.fault.rawValue }
    if states.contains(.couldNotCheck) { return Failure.Code.couldNotCheck.rawValue }
    return states == [.healthy] ? 0 : Failure.Code.undecided.rawValue
  }
}
