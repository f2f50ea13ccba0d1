import ArgumentParser
import Facts
import Foundation

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Looks at this host itself: is anything here in the way?",
    discussion:
      "Exit codes: 0 nothing is in the way, 3 something is. It sends nothing but a question to each name server."
  )

  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var data: DataOptions
  @OptionGroup var knowledge: KnowledgeOptions

  /// What exit code 3 of the other commands points to.
  static let hint = "This host itself was in the way; `rdptriage doctor` looks at it."

  mutating func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let checks = [
      await NetworkChecks.nameServers(), NetworkChecks.routes(), NetworkChecks.clock(),
      NetworkChecks.trustStore(), NetworkChecks.descriptors(), DeskChecks.terminal(environment),
      DeskChecks.locale(), DeskChecks.clipboard(environment), DeskChecks.data(data.directory),
      DeskChecks.knowledge(knowledge.directories),
    ]
    print(json ? try JSONOutput.text(Report(checks: checks)) : Self.text(checks))
    if checks.contains(where: { $0.state == .problem }) {
      throw ExitCode(Failure.Code.couldNotCheck.rawValue)
    }
  }

  private struct Report: Encodable {
    var schema = "rdptriage.doctor/1"
    var checks: [HostCheck]
  }

  static func text(_ checks: [HostCheck]) -> String {
    let width = checks.map(\.title.count).max() ?? 0
    var lines = checks.flatMap { check in
      ["\(check.state.rawValue.padding(to: 7))  \(check.title.padding(to: width))  \(check.saw)"]
        + (check.advice.map { [String(repeating: " ", count: width + 11) + $0] } ?? [])
    }
    let problems = checks.filter { $0.state == .problem }.count
    lines += [
      "",
      problems == 0
        ? "Nothing on this host is in the way."
        : "\(problems == 1 ? "One thing" : "\(problems) things") on this host must be put right.",
    ]
    return lines.joined(separator: "\n")
  }
}
