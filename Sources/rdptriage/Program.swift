import ArgumentParser
import CaseStore
import Configuration
import Diagnosis
import Facts
import Foundation
import Knowledge
import KnowledgeFormat

@main
struct Program: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rdptriage",
    abstract: "Finds out why Remote Desktop does not connect, and leads to a proven fix.",
    discussion: """
      Without a subcommand the wizard starts. It never sends a logon. Defaults stand in config.yaml: see `rdptriage help config`. Exit codes of probe, diagnose and sweep: 0 nothing wrong found, \
      1 a fault was found, 2 undecided, 3 this host could not check (see `rdptriage doctor`), 64 usage, 65 bad data file, 66 file missing, 74 input/output.
      """,
    version: version,
    subcommands: [
      WizardCommand.self, ProbeCommand.self, DiagnoseCommand.self, SweepCommand.self, ExplainCommand.self,
      CaseCommand.self, KnowledgeCommand.self, PracticeCommand.self, PlanCommand.self, DoctorCommand.self,
      ConfigurationCommand.self,
    ],
    defaultSubcommand: WizardCommand.self)

  static let version = "0.1.0"

  static func main() async {
    StandardOutput.prepare()
    await main(CommonArguments.arranged(Array(CommandLine.arguments.dropFirst())))
  }
}

/// Ends the program with one sentence on standard error.
struct Failure: Error, CustomStringConvertible {
  /// Exit codes of contract and sysexits.h.
  enum Code: Int32 {
    case fault = 1, undecided = 2, couldNotCheck = 3, usage = 64, data = 65, noInput = 66, inputOutput = 74
  }

  var code: Code
  var description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  func exit() -> ExitCode {
    Self.print(description)
    return ExitCode(code.rawValue)
  }

  /// One line on standard error, safe to show.
  static func print(_ sentence: String) {
    FileHandle.standardError.write(Data("rdptriage: \(SafeText.clean(sentence, limit: 2000))\n".utf8))
  }
}

/// Options that several commands share.
struct KnowledgeOptions: ParsableArguments {
  @Option(
    name: .customLong("knowledge"),
    help: ArgumentHelp("A team's own knowledge, checked and laid over the built-in base.", valueName: "dir"))
  var overlays: [String] = []

  /// The base with every overlay that passes its checks; problems are printed to standard error.
  func load() throws -> KnowledgeBase {
    for directory in overlays where !FileManager.default.fileExists(atPath: directory) {
      throw Failure(.noInput, "There is no folder \(directory) to read knowledge from.").exit()
    }
    let loaded = loadInTime()
    for problem in Configuration.current.problems + loaded.problems { Failure.print("\(problem)") }
    // Whoever names a folder wants it to count; one that is always read is left out.
    if let bad = loaded.rejectedOverlays.first(where: overlays.contains) {
      throw Failure(.data, "The knowledge in \(bad) has problems: see above.").exit()
    }
    return loaded.base
  }

  /// As ``load()``, without a word on problems. Folders that do not answer in time are left out.
  func loadInTime() -> LoadedKnowledge {
    let directories = directories
    guard !directories.isEmpty else { return KnowledgeSource.load(overlays: []) }
    if let loaded = Patience.wait(for: { KnowledgeSource.load(overlays: directories) }) { return loaded }
    var loaded = KnowledgeSource.load(overlays: [])
    loaded.rejectedOverlays = directories
    loaded.problems = directories.map {
      Problem(file: $0, line: 0, message: "could not be read within \(Patience.words)")
    }
    return loaded
  }

  /// Every overlay directory: those that exist at the standard places, those of the configuration, then those that were named.
  var directories: [String] {
    KnowledgeSource.overlays(
      named: Configuration.current.knowledge + overlays, environment: ProcessInfo.processInfo.environment)
  }
}

struct DataOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where cases are kept.", valueName: "dir"))
  var data: String?

  var directory: String {
    if let data = data ?? Configuration.current.data { return data }
    let base =
      ProcessInfo.processInfo.environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? NSHomeDirectory() + "/.local/share"
    return base + "/rdptriage"
  }

  /// The store, with what could not be saved in it before.
  func open() throws -> any CaseStore {
    do {
      let store = try CaseStores.open(directory)
      for sentence in SpillFile.takeUp(directory, into: store) { Failure.print(sentence) }
      return store
    } catch {
      throw Failure(.inputOutput, "\(error)").exit()
    }
  }
}

/// What describes the target and how to look at it.
struct ProbeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Seconds for the whole run. (default: 10)", valueName: "seconds"))
  var timeout: Double?
  @Option(
    name: .customLong("ca-file"),
    help: ArgumentHelp("PEM certificates to trust besides this host's own.", valueName: "file"))
  var trustFile: String?
  @Option(help: ArgumentHelp("The name to expect in the certificate.", valueName: "name"))
  var name: String?
  @Option(help: ArgumentHelp("The RD Gateway that the user goes through.", valueName: "host"))
  var gateway: String?
  @Option(help: ArgumentHelp("The Active Directory domain.", valueName: "name"))
  var domain: String?
  @Option(help: ArgumentHelp("The DNS server to ask.", valueName: "server[:port]"))
  var dns: String?
  @Option(
    name: .customLong("max-connections"),
    help: ArgumentHelp(
      "Connections to the RDP port. More than 4 let the order of ciphers be learnt, and may trip guards against guessed passwords.",
      valueName: "n"))
  var connectionLimit = ProbeRequest.usualConnectionLimit

  func validate() throws {
    guard timeout.map({ $0.isFinite && $0 > 0 && $0 <= 600 }) ?? true else {
      throw ValidationError("--timeout takes seconds, above 0 and at most 600.")
    }
    guard (1...100).contains(connectionLimit) else {
      throw ValidationError("--max-connections takes a number from 1 to 100.")
    }
    if let name, expectedName == nil {
      throw ValidationError("--name takes a name or an address, not “\(SafeText.clean(name, limit: 80))”.")
    }
    if timeout != nil { Patience.limit = timeLimit }
  }

  /// The name to expect in the certificate, as targets are spelt.
  var expectedName: String? { name.flatMap { try? Target($0).hostText } }

  var timeLimit: Duration {
    timeout.map { .milliseconds(Int($0 * 1000)) } ?? Configuration.current.timeLimit
  }
  /// The DNS server to ask; nil for this host's own.
  var nameServer: String? { dns ?? Configuration.current.nameServer }

  func trusted() throws -> String? { try existing(trustFile ?? Configuration.current.trustFile) }

  func request(for text: String, only: Set<FindingID>? = nil) throws -> ProbeRequest {
    try request(for: target(text), only: only)
  }

  func request(for target: Target, only: Set<FindingID>? = nil) throws -> ProbeRequest {
    ProbeRequest(
      target: target, only: only, timeLimit: timeLimit,
      trustFile: try trusted(), nameServer: nameServer, connectionLimit: connectionLimit)
  }

  func target(_ text: String) throws -> Target {
    do {
      let own = Configuration.current
      var target = try Target(text, defaultPort: own.port ?? Target.defaultPort)
      target.gateway = try (gateway ?? own.gateway).map { try Target($0).connectText }
      target.domain = try (domain ?? own.domain).map { try Target($0).hostText }
      target.certificateName = expectedName
      return target
    } catch {
      throw Failure(.usage, "\(error)").exit()
    }
  }

  private func existing(_ file: String?) throws -> String? {
    guard let file else { return nil }
    guard FileManager.default.isReadableFile(atPath: file) else {
      throw Failure(.noInput, "The file \(file) is not there or cannot be read.").exit()
    }
    return file
  }
}

struct CodeOptions: ParsableArguments {
  @Option(
    name: .customLong("code"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The error code that the client shows: 0x3, 516, 0x3/0x7, a symbol, or the whole message; again for a code of another table.",
      valueName: "code"))
  var codes: [String] = []
  @Option(help: ArgumentHelp("The extended error code.", valueName: "code"))
  var extended: String?

  /// The client's code, and what was said beside it: codes of other tables, a message.
  struct Said {
    var code: ReportedCode?
    /// The words that the code was read from, where it was read from more than itself.
    var words: String?
    var submissions: [Submission] = []
  }

  /// - Parameter knowledge: Reads symbols, event-log lines and messages; not asked for plain numbers.
  func reported(_ knowledge: @autoclosure () throws -> KnowledgeBase) throws -> Said {
    var said = Said()
    var known: [ReportedCode] = []
    for (place, text) in codes.enumerated() {
      if codes.count == 1, Self.isPlain(text), let plain = ReportedCode(text) {
        said.code = plain
        continue
      }
      let base = try knowledge()
      let reading = base.read(text)
      let findings = base.findings(of: reading, besides: known)
      if said.code == nil, let code = reading.code {
        said.code = code.code
        if code.words != code.code.description, code.words.lowercased() != text.lowercased() {
          said.words = code.words
        }
      }
      if let code = reading.code?.code { known.append(code) }
      let rest = findings.filter { $0.id != .codeReported || reading.code == nil }
      if !rest.isEmpty {
        said.submissions.append(
          Submission(
            name: place == 0 ? KnowledgeBase.messageName : "\(KnowledgeBase.messageName) \(place + 1)",
            recognised: [base.recognised(reading) ?? KnowledgeBase.messageName],
            findings: rest.map { finding in
              var finding = finding
              finding.source = .code
              return finding
            }))
      }
      if reading.code == nil, rest.isEmpty {
        if reading.isEmpty || !reading.events.isEmpty { throw refusal(of: text, base) }
        for (_, sentence) in reading.empty { Failure.print(sentence) }
      }
    }
    if let extended {
      guard let read = ReportedCode(extended)?.code else {
        throw Failure(
          .usage, "“\(SafeText.clean(extended, limit: 40))” is no extended error code: write it as 0x7 or 7."
        ).exit()
      }
      said.code = ReportedCode(code: said.code?.code, extended: read)
    }
    return said
  }

  private func refusal(of text: String, _ base: KnowledgeBase) -> any Error {
    let meant = base.lookup(text)
    var advice = "write it as 0x3, 516 or 0x3/0x7"
    if !meant.suggestions.isEmpty {
      advice = "did you mean \(meant.suggestions.joined(separator: ", "))?"
    } else if meant.entries.count > 1 {
      advice = "it may be \(meant.entries.prefix(4).map(\.id).joined(separator: ", "))"
    }
    return Failure(.usage, "“\(SafeText.clean(text, limit: 60))” is no error code: \(advice).").exit()
  }

  /// Numbers and what stands between them, without words.
  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
        || "xX/:,*- h".utf8.contains(byte)
    }
  }
}
