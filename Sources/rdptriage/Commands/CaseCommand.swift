import ArgumentParser
import CaseStore
import Diagnosis
import Facts

struct CaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "case",
    abstract:
      "The cases that are kept: list, find, show, resume, export, import, replay, learn from, archive, delete.",
    subcommands: [
      List.self, Find.self, Show.self, Resume.self, Export.self, Import.self, Replay.self, Learnt.self,
      Archive.self,
      Unarchive.self, Delete.self,
    ])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "All cases, the last changed first.")
    @Flag(help: "Those that are archived instead.")
    var archived = false
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var data: DataOptions

    func run() throws {
      try printCases(
        data, asJSON: json, otherwise: archived ? "No case is archived." : "No cases yet."
      ) { try $0.listing(archived: archived) }
    }
  }

  struct Find: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Cases in which every word occurs: host, code, ticket, person, finding or step.")
    @Argument(help: "For example srv01 0x3/0x7.")
    var words: [String]
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var data: DataOptions

    func run() throws {
      try printCases(data, asJSON: json, otherwise: "No case holds that.") {
        try $0.search(words.joined(separator: " "))
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Every answer, finding and step of a case, in order.")
    @Argument(help: "The id of the case.")
    var id: String
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var data: DataOptions
    @OptionGroup var knowledge: KnowledgeOptions

    func run() throws {
      let triage = try found(id, data)
      if json {
        print(try JSONOutput.text(CaseValue(triage, try knowledge.load())))
      } else {
        for entry in triage.entries {
          print("\(entry.time.text)  \(entry.person)  \(entry.event.sentence)")
          switch entry.event {
          case .probed(_, let findings), .submitted(_, let findings):
            print(
              TextOutput.findings(findings).split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
            )
          default: break
          }
        }
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Goes on with a case in the wizard; without an id the last open one.")
    @Argument(help: "The id of the case.")
    var id: String?
    @OptionGroup var data: DataOptions
    @OptionGroup var knowledge: KnowledgeOptions
    @OptionGroup var learning: LearningOptions
    @OptionGroup var look: AppearanceOptions

    func run() async throws {
      let wanted: String
      if let id {
        wanted = try found(id, data).id
      } else {
        guard
          let last = try inStore(data, { try $0.listing(archived: false) }).cases.first(where: {
            $0.state == "open"
          })
        else {
          throw Failure(.noInput, "There is no open case. `rdptriage` starts a new one.").exit()
        }
        wanted = last.id
      }
      try await WizardStart(
        data: data, knowledge: knowledge, look: look, resume: wanted, learns: learning.isOn
      ).start()
    }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Deletes a case for good.")
    @Argument(help: "The id of the case.")
    var id: String
    @Flag(help: "Also while somebody has it open; their wizard then says so, and keeps what they do.")
    var force = false
    @OptionGroup var data: DataOptions

    func run() throws {
      switch try inStore(data, { try $0.delete(id, force: force) }) {
      case .deleted: print("Deleted \(SafeText.clean(id, limit: 80)).")
      case .missing: throw missing(id)
      case .held(let holder):
        throw Failure(
          .inputOutput,
          "\(holder.person) has had the case \(SafeText.clean(id, limit: 80)) open since \(holder.since.text) UTC (on \(holder.machine)), so it is not deleted. --force deletes it all the same."
        ).exit()
      }
    }
  }

  struct Archive: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Takes a case out of the list; `case find` and `case show` still know it.")
    @Argument(help: "The id of the case.")
    var id: String
    @OptionGroup var data: DataOptions

    func run() throws {
      guard try inStore(data, { try $0.setArchived(true, id) }) else { throw missing(id) }
      print("Archived \(SafeText.clean(id, limit: 80)).")
    }
  }

  struct Unarchive: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Puts an archived case back into the list.")
    @Argument(help: "The id of the case.")
    var id: String
    @OptionGroup var data: DataOptions

    func run() throws {
      guard try inStore(data, { try $0.setArchived(false, id) }) else { throw missing(id) }
      print("\(SafeText.clean(id, limit: 80)) is in the list again.")
    }
  }

  private static func printCases(
    _ data: DataOptions, asJSON: Bool, otherwise sentence: String,
    _ cases: (any CaseStore) throws -> CaseListing
  ) throws {
    let (listing, holders) = try inStore(data) { (try cases($0), try $0.holders()) }
    let found = listing.cases
    for sentence in listing.broken { Failure.print(sentence) }
    if asJSON {
      print(try JSONOutput.text(found.map { SummaryValue($0, holder: holders[$0.id]) }))
    } else if found.isEmpty {
      print(sentence)
    } else {
      for item in found {
        var line = "\(item.id)  \(item.state.padding(to: 9))  \(item.changed.text)  \(item.target)"
        line += "  \(item.code ?? "no code")  \(item.person)"
        if let ticket = item.ticket { line += "  \(ticket)" }
        if let holder = holders[item.id] { line += "  (open at \(holder.person)'s)" }
        print(line)
      }
    }
  }

  static func inStore<Result>(_ data: DataOptions, _ work: (any CaseStore) throws -> Result) throws
    -> Result
  {
    let store = try data.open()
    do {
      return try work(store)
    } catch {
      throw Failure(.inputOutput, "\(error)").exit()
    }
  }

  static func found(_ id: String, _ data: DataOptions) throws -> Case {
    guard let stored = try inStore(data, { try $0.read(id) }) else { throw missing(id) }
    for sentence in stored.broken { Failure.print(sentence) }
    return stored.record
  }

  private static func missing(_ id: String) -> ExitCode {
    Failure(.noInput, "There is no case \(SafeText.clean(id, limit: 80)); `rdptriage case list` names them.")
      .exit()
  }

  struct SummaryValue: Encodable {
    var id: String
    var target: String
    var code: String?
    var state: String
    var opened: String
    var changed: String
    var person: String
    var ticket: String?
    /// Who has it open now.
    var holder: String?

    init(_ summary: CaseSummary, holder: CaseHolder? = nil) {
      self.holder = holder?.person
      id = summary.id
      target = summary.target
      code = summary.code
      state = summary.state
      opened = summary.opened.text
      changed = summary.changed.text
      person = summary.person
      ticket = summary.ticket
    }
  }

  private struct CaseValue: Encodable {
    struct Entry: Encodable {
      var time: String
      var person: String
      var what: String
      var findings: [JSONOutput.FindingValue]?
    }
    let schema = "rdptriage.case/1"
    var id: String
    var summary: SummaryValue?
    var entries: [Entry]
    /// As it stands, as the wizard shows it: every finding and answer that counts, what they make likely, and what is next.
    var findings: [JSONOutput.FindingValue]
    var answers: [Answer]
    var causes: [JSONOutput.CauseValue]
    var others: JSONOutput.OthersValue
    /// Not of a case that has ended.
    var next: JSONOutput.StepValue?

    struct Answer: Encodable {
      var question: String
      var ask: String
      /// nil: "I don't know".
      var choice: String?
      var text: String?
    }

    init(_ triage: Case, _ knowledge: KnowledgeBase) {
      id = triage.id
      let evidence = Evidence(triage, knowledge: knowledge)
      let assessment = Assessor(knowledge: knowledge).assess(evidence)
      findings = evidence.findings.filter { $0.id.question == nil }.map(JSONOutput.FindingValue.init)
      answers = triage.answers.map { answer in
        let question = knowledge.question(answer.question)
        return Answer(
          question: answer.question.name, ask: question?.ask ?? "", choice: answer.choice?.name,
          text: question?.choices.first { $0.id == answer.choice }?.text)
      }
      causes = assessment.ranking.filter { JSONOutput.counts($0) }.map { .init($0, knowledge) }
      others = .init(assessment.ranking.filter { !JSONOutput.counts($0) })
      if triage.ending == nil, let target = triage.target {
        next = .whole(assessment.next, knowledge, target: target)
      }
      summary = CaseSummary(triage).map { SummaryValue($0) }
      entries = triage.entries.map { entry in
        var findings: [Finding]?
        if case .probed(_, let batch) = entry.event { findings = batch }
        if case .submitted(_, let batch) = entry.event { findings = batch }
        if case .proven(_, let proof) = entry.event { findings = proof.after }
        return Entry(
          time: entry.time.text, person: entry.person, what: entry.event.sentence,
          findings: findings?.map(JSONOutput.FindingValue.init))
      }
    }
  }
}

extension Case.Event {
  /// What happened, in words.
  var sentence: String {
    switch self {
    case .opened(let target): "opened: \(target.connectText)"
    case .codeReported(let code): "code: \(code?.description ?? "none shown")"
    case .answered(let question, let choice): "answered \(question): \(choice?.name ?? "don't know")"
    case .answerWithdrawn(let question): "withdrew the answer to \(question)"
    case .answeredTogether(let together, let occasion):
      (occasion == .told ? "understood: " : "context: ")
        + together.map { "\($0.question): \($0.choice?.name ?? "don't know")" }.joined(separator: ", ")
    case .putOff(let question): "put off \(question)"
    case .told(let text):
      "told: \(SafeText.clean(text.split(whereSeparator: \.isNewline).joined(separator: " "), limit: 2000))"
    case .submitted(let name, let findings): "handed in \(name): \(findings.count) findings"
    case .submissionWithdrawn(let name): "withdrew \(name)"
    case .probed(let run, let findings): "looked (run \(run)): \(findings.count) findings"
    case .stepTaken(let fix, .done): "did \(fix)"
    case .stepTaken(let fix, .failed): "did \(fix): it did not help"
    case .stepTaken(let fix, .skipped): "skipped \(fix)"
    case .stepWithdrawn(let fix): "took back what was said about \(fix)"
    case .weakeningReversed(let fix): "put back what \(fix) had weakened"
    case .weakeningAccepted(let fix, let reason): "left what \(fix) had weakened as it is: \(reason)"
    case .proven(let fix, let proof): "looked again after \(fix): \(proof.verdict.rawValue)"
    case .ticket(let text): "ticket: \(text)"
    case .closed(.solved(let fix)): "solved" + (fix.map { " by \($0)" } ?? "")
    case .closed(.escalated(let owner)): "handed over to \(owner)"
    case .closed(.closed): "closed: nothing wrong was found"
    case .reopened: "reopened"
    }
  }
}
