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
    subcommands: [List.self, Show.self, Check.self, Score.self, Simulate.self])

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case causes, questions, fixes, findings, codes, messages, stories
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The entries of one kind, all or those with some words.")
    @Argument(help: "causes, questions, fixes, findings, codes, messages or stories")
    var kind: Kind
    @Argument(help: "Words that the entry must hold.")
    var words: [String] = []
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var knowledge: KnowledgeOptions

    struct Line: Encodable {
      var id: String
      var title: String
      var origin: String
      /// What else words are looked for in.
      var more = ""

      enum CodingKeys: CodingKey { case id, title, origin }

      func holds(_ words: [String]) -> Bool {
        let text = "\(id) \(title) \(more)".lowercased()
        return words.allSatisfy { text.contains($0.lowercased()) }
      }
    }

    func run() throws {
      let lines = Self.lines(kind, in: try knowledge.load()).filter { $0.holds(words) }
      if json {
        print(try JSONOutput.text(lines))
        return
      }
      if lines.isEmpty {
        Failure.print("None of the \(kind.rawValue) holds “\(words.joined(separator: " "))”.")
        return
      }
      let width = min(40, lines.map(\.id.count).max() ?? 0)
      for line in lines {
        let origin = line.origin == DecodedKnowledge.builtIn ? "" : "  [\(line.origin)]"
        print("\(line.id.padding(to: width))  \(line.title)\(origin)")
      }
    }

    static func lines(_ kind: Kind, in base: KnowledgeBase) -> [Line] {
      switch kind {
      case .causes:
        base.causes.map {
          Line(
            id: $0.id.name, title: $0.title, origin: $0.origin,
            more: "\($0.shows) \($0.group) \($0.codes.keys.sorted().joined(separator: " "))")
        }
      case .questions:
        base.questions.map {
          Line(
            id: $0.id.name, title: $0.ask, origin: $0.origin,
            more: "\($0.say) \($0.how) \($0.choices.map(\.text).joined(separator: " "))")
        }
      case .fixes:
        base.fixes.map {
          Line(
            id: $0.id.name, title: $0.title, origin: $0.origin,
            more: "\($0.owner.rawValue) \($0.commands.map(\.text).joined(separator: " "))")
        }
      case .findings:
        base.findings.map {
          Line(
            id: $0.id.name, title: $0.title, origin: $0.origin,
            more: $0.outcomes.map { "\($0.id) \($0.meaning)" }.joined(separator: " "))
        }
      case .codes:
        base.codes.map {
          Line(
            id: $0.id, title: "\($0.symbol): \($0.meaning)", origin: $0.origin,
            more: "\($0.value) \($0.log) \($0.also.joined(separator: " "))")
        } + base.pairs.map { Line(id: $0.pair, title: $0.meaning, origin: $0.origin) }
      case .messages:
        base.messages.map {
          Line(
            id: $0.id.name, title: $0.title, origin: $0.origin,
            more:
              "\($0.codes.joined(separator: " ")) \($0.marks.joined(separator: " ")) "
              + $0.wordings.sorted { $0.key < $1.key }.flatMap(\.value).joined(separator: " "))
        }
      case .stories:
        base.stories.map { story in
          let words = story.told.split(whereSeparator: \.isNewline).joined(separator: " ")
          return Line(
            id: story.id.name, title: SafeText.clean(words, limit: 120), origin: story.origin,
            more: "\(words) \(story.cured) \(story.truth.map(\.name).joined(separator: " "))")
        }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "A whole entry, and where it comes from.")
    @Argument(help: "The id of a cause, fix, question, finding, code, message or story; a pair as 0x3/0x7.")
    var id: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var knowledge: KnowledgeOptions

    func run() throws {
      let base = try knowledge.load()
      guard let entry = WholeEntry(id, base) else {
        let ids = Kind.allCases.flatMap { List.lines($0, in: base).map(\.id) }
        let near = Spelling.nearest(to: id, among: Set(ids), atMost: 3)
        throw Failure(
          .noInput,
          "There is no entry \(SafeText.clean(id, limit: 80)); "
            + (near.isEmpty
              ? "`rdptriage knowledge list causes` names them."
              : "did you mean \(near.joined(separator: ", "))?")
        ).exit()
      }
      print(
        try json
          ? JSONOutput.text(entry.value) : EntryText(base: base).lines(id).joined(separator: "\n"))
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

/// One entry with every field, for JSON.
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
                .init("first", .text($0.first)), .init("text", .text($0.text)),
                .init("needs", .text($0.needs)),
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
        ("how", .text(question.how)), ("where", .text(question.place?.rawValue ?? "")),
        ("minutes", .number(question.minutes)), ("run", .text(question.command?.text ?? "")),
        ("needs", Self.conditions(question.needs)), ("idle", Self.conditions(question.idle)),
        ("unless", .list(question.unless.map { .text($0.name) })),
        ("choices", .table(question.choices.map { .init($0.id.name, .text($0.text)) })),
        (
          "states",
          .table(
            question.choices.filter { !$0.states.isEmpty }.map { choice in
              .init(
                choice.id.name,
                .table(
                  choice.states.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.name)) }))
            })
        ),
        (
          "reads",
          .table(
            question.reads.sorted { $0.key < $1.key }.map { finding, choices in
              .init(
                finding.name,
                .table(choices.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.name)) }))
            })
        ),
        ("sources", .list(question.sources.map(Detail.text))), ("origin", .text(question.origin)),
      ]
    } else if let finding = base.finding(FindingID(id)) {
      fields = [
        ("kind", "finding"), ("id", .text(id)), ("title", .text(finding.title)),
        ("layer", .text(finding.layer?.rawValue ?? "")), ("needs", Self.conditions(finding.needs)),
        ("outcomes", .table(finding.outcomes.map { .init($0.id.name, .text($0.meaning)) })),
        ("origin", .text(finding.origin)),
      ]
    } else if let code = base.codes.first(where: { $0.id == id }) {
      fields = [
        ("kind", "code"), ("id", .text(id)), ("title", .text(code.symbol)), ("symbol", .text(code.symbol)),
        ("hex", .text(ReportedCode.hex(code.value))), ("decimal", .integer(Int(code.value))),
        ("family", .text(code.family.rawValue)), ("provider", .text(code.provider)), ("log", .text(code.log)),
        ("meaning", .text(code.meaning)), ("said-by", .text(code.saidBy)),
        ("proves", .list(code.proves.map { .text($0.rawValue) })),
        ("confused-with", .list(code.confusedWith.map(Detail.text))), ("same-as", .text(code.sameAs ?? "")),
        ("causes", .list(base.reading(of: code.reported).causes.map { .text($0.name) })),
        ("source", .text(code.source)), ("origin", .text(code.origin)),
      ]
    } else if let pair = base.pairs.first(where: { $0.pair == id }) {
      fields = [
        ("kind", "pair"), ("id", .text(id)), ("title", .text(pair.meaning)), ("meaning", .text(pair.meaning)),
        ("proves", .list(pair.proves.map { .text($0.rawValue) })),
        ("confused-with", .list(pair.confusedWith.map(Detail.text))),
        (
          "causes",
          .list((ReportedCode(id).map { base.reading(of: $0).causes } ?? []).map { .text($0.name) })
        ),
        ("source", .text(pair.source)), ("origin", .text(pair.origin)),
      ]
    } else if let message = base.message(MessageID(id)) {
      fields = [
        ("kind", "message"), ("id", .text(id)), ("title", .text(message.title)),
        ("meaning", .text(message.meaning)),
        ("programs", .list(message.programs.map { .text($0.rawValue) })),
        ("codes", .list(message.codes.map(Detail.text))),
        (
          "causes",
          .table(
            message.causes.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.rawValue)) })
        ),
        (
          "answers",
          .table(message.answers.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.name)) })
        ),
        ("marks", .list(message.marks.map(Detail.text))),
        (
          "wordings",
          .table(
            message.wordings.sorted { $0.key < $1.key }.map {
              .init($0.key, .list($0.value.map(Detail.text)))
            })
        ),
        ("unsourced", .list(message.unsourced.map(Detail.text))),
        ("sources", .list(message.sources.map(Detail.text))), ("origin", .text(message.origin)),
      ]
    } else if let story = base.story(StoryID(id)) {
      fields = [
        ("kind", "story"), ("id", .text(id)), ("title", .text(story.title)), ("told", .text(story.told)),
        ("code", .text(story.code?.description ?? "")),
        (
          "environment",
          .table(story.environment.sorted { $0.key < $1.key }.map { .init($0.key, .text($0.value)) })
        ),
        ("facts", .list(story.facts.map(Detail.text))),
        (
          "seen",
          .table(story.seen.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.name)) })
        ),
        (
          "known",
          .table(story.known.sorted { $0.key < $1.key }.map { .init($0.key.name, .text($0.value.name)) })
        ),
        ("truth", .list(story.truth.map { .text($0.name) })), ("cured", .text(story.cured)),
        ("wrong-turns", .list(story.wrongTurns.map(Detail.text))), ("half", .text(story.half.rawValue)),
        ("source", .text(story.source)), ("origin", .text(story.origin)),
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

  private static func conditions(_ needs: [FindingID: [OutcomeID]]) -> Detail {
    .table(
      needs.sorted { $0.key < $1.key }.map { .init($0.key.name, .list($0.value.map { .text($0.name) })) })
  }

  var value: JSONOutput.Fields { .init(fields.map { .init($0.name, $0.value) }) }
}
