import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Knowledge
import KnowledgeFormat

struct KnowledgeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "knowledge",
    abstract: "What is known: list and show entries, check a team's own, play cases drawn from it.",
    subcommands: [List.self, Show.self, Check.self, Simulate.self])

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case causes, questions, fixes, findings, codes
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The entries of one kind.")
    @Argument(help: "causes, questions, fixes, findings or codes")
    var kind: Kind
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var knowledge: KnowledgeOptions

    struct Line: Encodable {
      var id: String
      var title: String
      var origin: String
    }

    func run() throws {
      let base = try knowledge.load()
      let lines: [Line] =
        switch kind {
        case .causes: base.causes.map { Line(id: $0.id.name, title: $0.title, origin: $0.origin) }
        case .questions: base.questions.map { Line(id: $0.id.name, title: $0.ask, origin: $0.origin) }
        case .fixes: base.fixes.map { Line(id: $0.id.name, title: $0.title, origin: $0.origin) }
        case .findings: base.findings.map { Line(id: $0.id.name, title: $0.title, origin: $0.origin) }
        case .codes:
          base.codes.map {
            Line(
              id: "\($0.family.rawValue)-\(ReportedCode.hex($0.value))", title: "\($0.symbol): \($0.meaning)",
              origin: $0.origin)
          } + base.pairs.map { Line(id: $0.pair, title: $0.meaning, origin: $0.origin) }
        }
      if json {
        print(try JSONOutput.text(lines))
      } else {
        let width = lines.map(\.id.count).max() ?? 0
        for line in lines { print("\(line.id.padding(to: width))  \(line.title)") }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A whole entry.")
    @Argument(help: "The id of a cause, fix, question or finding.")
    var id: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var knowledge: KnowledgeOptions

    func run() throws {
      let base = try knowledge.load()
      guard let entry = WholeEntry(id, base) else {
        throw Failure(
          .noInput,
          "There is no entry \(SafeText.clean(id, limit: 80)); `rdptriage knowledge list causes` names them."
        ).exit()
      }
      print(try json ? JSONOutput.text(entry.value) : entry.text)
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks a folder of YAML files as an overlay on the built-in base.")
    @Argument(help: "The folder.")
    var directory: String

    func run() throws {
      guard FileManager.default.fileExists(atPath: directory) else {
        throw Failure(.noInput, "There is no folder \(directory).").exit()
      }
      let problems = KnowledgeSource.problems(inOverlay: directory)
      for problem in problems { print(problem) }
      guard problems.isEmpty else { throw ExitCode(Failure.Code.data.rawValue) }
      print("No problems found.")
    }
  }
}

/// One entry with every field, as text and as JSON.
struct WholeEntry {
  var fields: [(name: String, value: Detail)]

  init?(_ id: String, _ base: KnowledgeBase) {
    if let cause = base.cause(CauseID(id)) {
      fields = [
        ("kind", "cause"), ("id", .text(id)), ("title", .text(cause.title)), ("shows", .text(cause.shows)),
        ("group", .text(cause.group)), ("phase", .text(cause.phase.rawValue)),
        ("base-rate", .number(cause.baseRate)),
        ("base-rate-why", .text(cause.baseRateReason)),
        (
          "codes",
          .table(cause.codes.sorted { $0.key < $1.key }.map { .init($0.key, .text($0.value.rawValue)) })
        ),
        (
          "expects",
          .table(
            cause.expects.sorted { $0.key < $1.key }.map { finding, outcomes in
              .init(
                finding.name,
                .table(
                  outcomes.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.rawValue)) }))
            })
        ),
        ("fixes", .table(cause.cures.map { .init($0.fix.name, .text($0.strength.rawValue)) })),
        ("sources", .list(cause.sources.map(Detail.text))), ("origin", .text(cause.origin)),
      ]
    } else if let fix = base.fix(FixID(id)) {
      fields = [
        ("kind", "fix"), ("id", .text(id)), ("title", .text(fix.title)), ("owner", .text(fix.owner.rawValue)),
        ("where", .text(fix.place.rawValue)), ("minutes", .number(fix.minutes)), ("wait", .number(fix.wait)),
        ("restart", .text(fix.restart.rawValue)), ("notices", .text(fix.notices)),
        ("risk", .text(fix.risk.rawValue)),
        (
          "commands",
          .list(
            fix.commands.map {
              .table([
                .init("door", .text($0.door.rawValue)), .init("shell", .text($0.shell.rawValue)),
                .init("text", .text($0.text)),
              ])
            })
        ),
        ("expect", .text(fix.expect)), ("otherwise", .text(fix.otherwise)),
        ("weakens-security", .flag(fix.weakening != nil)),
        ("policy", .table(fix.policy.map(Self.fields) ?? [])),
        ("reverse", .text(fix.weakening?.reverse ?? "")), ("undo", .text(fix.undo)),
        ("proof", .list(fix.proof.map { .text($0.name) })), ("say", .text(fix.say)),
        ("sources", .list(fix.sources.map(Detail.text))), ("origin", .text(fix.origin)),
      ]
    } else if let question = base.question(QuestionID(id)) {
      fields = [
        ("kind", "question"), ("id", .text(id)), ("title", .text(question.ask)), ("say", .text(question.say)),
        ("how", .text(question.how)), ("minutes", .number(question.minutes)),
        ("choices", .table(question.choices.map { .init($0.id.name, .text($0.text)) })),
        ("sources", .list(question.sources.map(Detail.text))), ("origin", .text(question.origin)),
      ]
    } else if let finding = base.finding(FindingID(id)) {
      fields = [
        ("kind", "finding"), ("id", .text(id)), ("title", .text(finding.title)),
        ("layer", .text(finding.layer?.rawValue ?? "")),
        ("outcomes", .table(finding.outcomes.map { .init($0.id.name, .text($0.meaning)) })),
        ("origin", .text(finding.origin)),
      ]
    } else {
      return nil
    }
  }

  private static func fields(_ policy: Fix.Policy) -> [Finding.Field] {
    [
      .init("path", .text(policy.path)), .init("setting", .text(policy.setting)),
      .init("to", .text(policy.to)), .init("registry-key", .text(policy.registry?.key ?? "")),
      .init("value-name", .text(policy.registry?.name ?? "")),
      .init("data", .text(policy.registry?.data ?? "")), .init("verdict", .text(policy.verdict.rawValue)),
    ]
  }

  var value: JSONOutput.Fields { .init(fields.map { .init($0.name, $0.value) }) }

  var text: String {
    fields.map { "\($0.name): \(Self.text($0.value, indent: 2))" }.joined(separator: "\n")
  }

  private static func text(_ detail: Detail, indent: Int) -> String {
    let margin = "\n" + String(repeating: " ", count: indent)
    switch detail {
    case .text(let text): return text
    case .integer(let number): return String(number)
    case .number(let number): return String(number)
    case .flag(let flag): return flag ? "yes" : "no"
    case .list(let values): return values.map { margin + "- " + text($0, indent: indent + 2) }.joined()
    case .table(let fields):
      return fields.map { margin + $0.name + ": " + text($0.value, indent: indent + 2) }.joined()
    }
  }
}
