import ArgumentParser
import Configuration
import Facts
import Foundation
import Knowledge
import Wizard

struct WizardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wizard",
    abstract: "The wizard: questions, probes in the background, the next fix step, the proof.")

  @Argument(help: "name, name:port, 192.0.2.7, [::1]:port or rdp://…")
  var target: String?
  @OptionGroup var code: CodeOptions
  @OptionGroup var handover: HandoverOptions
  @OptionGroup var options: ProbeOptions
  @OptionGroup var data: DataOptions
  @OptionGroup var knowledge: KnowledgeOptions
  @OptionGroup var learning: LearningOptions
  @OptionGroup var look: AppearanceOptions

  mutating func run() async throws {
    let file = try handover.connection.read()
    let address = target ?? file?.connection?.address
    let request = try address.map { try options.request(for: $0, file: file) }
    var submissions = [file].compactMap(\.self)
    if !handover.pastes.isEmpty {
      submissions += try handover.read(
        port: request?.target.port ?? Target.defaultPort, knowledge: knowledge.load())
    }
    let said = try code.reported(KnowledgeSource.embedded())
    try await WizardStart(
      data: data, knowledge: knowledge, look: look, request: request,
      code: said.code, options: options, submissions: submissions + said.submissions, learns: learning.isOn
    ).start()
  }
}

struct LearningOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-learning"),
    help: "Rank by the shipped base rates alone; `rdptriage case learnt` shows what this site has learnt.")
  var isOff = false

  var isOn: Bool { !isOff && Configuration.current.learns ?? true }
}

struct AppearanceOptions: ParsableArguments {
  @Flag(
    name: [.customLong("no-colour"), .customLong("no-color")],
    help: "Attributes instead of colours (also NO_COLOR).")
  var noColour = false
  @Flag(help: "Draw with ASCII characters only.")
  var ascii = false

  @Option(name: .customLong("theme"), help: "The colours; the settings screen shows them.")
  var chosenTheme: Theme?

  @Option(
    name: .customLong("language"),
    help: "What the wizard itself says: en, de, fr or es; else as the locale is. The knowledge is in English."
  )
  var chosenLanguage: Language?

  @Flag(
    help:
      "Line mode: numbered prompts, for screen readers and scripts (also RDPTRIAGE_LINE=1, or without a terminal)."
  )
  var line = false

  /// Asked for, or nothing else is possible: a stream that is no terminal, or a terminal that cannot move its cursor.
  var isLineByLine: Bool {
    let environment = ProcessInfo.processInfo.environment
    return line || !["", "0"].contains(environment["RDPTRIAGE_LINE"] ?? "") || environment["TERM"] == "dumb"
      || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0
  }

  var isASCII: Bool { ascii || Configuration.current.isASCII ?? false }

  /// The one that was named, here or in the configuration; without one that of the locale, where the wizard speaks it.
  var language: Language {
    let environment = ProcessInfo.processInfo.environment
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return chosenLanguage ?? Configuration.current.language ?? locale.flatMap(Language.init(locale:))
      ?? .english
  }

  /// The theme that was named; without one, NO_COLOR (see no-color.org) asks for none, and the configuration may name one.
  var theme: Theme {
    if noColour { return .plain }
    if let chosenTheme { return chosenTheme }
    let isPlain = !(ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    return isPlain ? .plain : Configuration.current.theme ?? .standard
  }
}

extension Theme: ExpressibleByArgument {}
extension Language: ExpressibleByArgument {}
