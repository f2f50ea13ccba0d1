import ArgumentParser
import Configuration
import Foundation

struct ConfigurationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Checks config.yaml, or prints a sample of it.",
    discussion: """
      config.yaml holds defaults for the command line and your own keys: theme, ascii, port, timeout, ca-file, dns, \
      gateway, domain, learning, knowledge, data, keys. It is read from /etc/rdptriage, then from \
      $XDG_CONFIG_HOME/rdptriage, which wins; the command line wins over both. A field with a mistake counts as not \
      written: the program says so, and starts.
      """)

  @Flag(help: "Print a file with every field, each commented out.")
  var sample = false

  func run() throws {
    guard !sample else { return print(Configuration.sample, terminator: "") }
    for file in Configuration.files(ProcessInfo.processInfo.environment) {
      print("\(file): \(FileManager.default.fileExists(atPath: file) ? "read" : "not there")")
    }
    let problems = Configuration.current.problems
    for problem in problems { Failure.print("\(problem)") }
    if !problems.isEmpty { throw ExitCode(Failure.Code.data.rawValue) }
  }
}

extension Configuration {
  /// Of this host and person; read once, when it is first asked for.
  static let current = Configuration(files: files(ProcessInfo.processInfo.environment))

  var timeLimit: Duration { .milliseconds(Int((timeout ?? 10) * 1000)) }
}
