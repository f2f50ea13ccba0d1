import ArgumentParser
import CaseStore
import Diagnosis
import Facts
import Foundation
import Wizard

extension CaseCommand {
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Writes a case down: for a ticket, as a page of proof, for another host, as a case of the knowledge, or to practise on."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case json, plain, markdown, jira, servicenow, html, regression, practice, story
    }

    @Argument(help: "The id of the case.")
    var id: String
    @Option(help: "What to write.")
    var format = Format.json
    @Option(
      help: ArgumentHelp(
        "Writes a hand-over note for this owner: \(Fix.Owner.allCases.map(\.rawValue).joined(separator: ", ")).",
        valueName: "owner"))
    var escalate: String?
    @Flag(
      help:
        "Replaces names, addresses, domains and accounts by stand-ins; always done for a practice case and a story."
    )
    var redact = false
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp("The file to write instead of standard output.", valueName: "file"))
    var output: String?
    @OptionGroup var data: DataOptions
    @OptionGroup var knowledge: KnowledgeOptions

    private static var endedUnclear: ExitCode {
      Failure(.data, "The case does not say what was wrong: only one that a fix has solved does.").exit()
    }

    func validate() throws {
      if let escalate, Fix.Owner(rawValue: escalate) == nil {
        throw ValidationError(
          "--escalate takes one of \(Fix.Owner.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
    }

    func run() throws {
      var record = try found(id, data)
      var exported = ExportedCase(record)
      if redact, format != .practice, format != .story {
        exported = try inStore(data) { _ in
          try ExportedCase(redacting: record, with: RedactionKey(directory: data.directory))
        }
        record = exported.triage
      }
      let text: String
      switch format {
      case .json: text = String(decoding: try exported.data(), as: UTF8.self)
      case .regression:
        guard let regression = RegressionCase(record, assessor: Assessor(knowledge: try knowledge.load()))
        else { throw Self.endedUnclear }
        text = regression.yaml
      case .practice:
        let assessor = Assessor(knowledge: try knowledge.load())
        let file = try inStore(data) { _ in
          try PracticeFile(record, assessor: assessor, key: RedactionKey(directory: data.directory))
        }
        guard let file else { throw Self.endedUnclear }
        text = String(decoding: try file.data(), as: UTF8.self)
      case .story:
        let base = try knowledge.load()
        let story = try inStore(data) { _ in
          let key = try RedactionKey(directory: data.directory)
          return StoryFile(record, assessor: Assessor(knowledge: base), digits: key.digits)
        }
        guard let story else { throw Self.endedUnclear }
        text = story.yaml
      case .plain, .markdown, .jira, .servicenow, .html:
        let report = CaseReport(
          record, assessor: Assessor(knowledge: try knowledge.load()),
          for: escalate.flatMap(Fix.Owner.init(rawValue:)))
        text = ReportFormat(rawValue: format.rawValue)?.text(of: report) ?? ""
      }
      guard let output else { return print(text, terminator: "") }
      do {
        try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
      } catch {
        throw Failure(.inputOutput, "\(output) cannot be written: \(error.localizedDescription)").exit()
      }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Takes over a case that another host exported.")
    @Argument(help: "The exported file; - for standard input.")
    var file: String
    @Option(name: .customLong("as"), help: ArgumentHelp("The id to give it here.", valueName: "id"))
    var newID: String?
    @OptionGroup var data: DataOptions

    func run() throws {
      let exported = try read(file)
      var record = exported.triage
      if exported.redacted,
        let revealed = try? exported.revealed(with: RedactionKey(directory: data.directory))
      {
        record = revealed
      }
      if let newID { record.id = SafeText.clean(newID, limit: 200) }
      let known = try inStore(data) { try $0.load(record.id) }
      let entries = known?.entries ?? []
      guard entries.count <= record.entries.count, Array(record.entries.prefix(entries.count)) == entries
      else {
        throw Failure(
          .data,
          "Here the case \(record.id) has gone on differently. Take the file over under another id with --as ID."
        ).exit()
      }
      try inStore(data) { store in
        for entry in record.entries.dropFirst(entries.count) { try store.append(entry, to: record.id) }
      }
      let added = record.entries.count - entries.count
      print(added == 0 ? "\(record.id) is here already, whole." : "Took over \(record.id): \(added) entries.")
      if exported.redacted, record == exported.triage {
        print("Its names are stand-ins; only the key of the place that it comes from turns them back.")
      }
    }
  }

  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Thinks a case through again, offline: after each entry the likeliest cause and the next step.")
    @Argument(help: "The id of the case, or an exported file.")
    var idOrFile: String
    @OptionGroup var data: DataOptions
    @OptionGroup var knowledge: KnowledgeOptions

    func run() throws {
      let record =
        FileManager.default.fileExists(atPath: idOrFile)
        ? try read(idOrFile).triage : try found(idOrFile, data)
      let base = try knowledge.load()
      for moment in CaseReplay(record, assessor: Assessor(knowledge: base)).moments {
        print("\(moment.entry.time.text)  \(moment.entry.person)  \(moment.entry.event.sentence)")
        if let leader = moment.leader {
          print("    \(TextOutput.percent(leader.probability))  \(leader.cause)")
        }
        print("    next: \(moment.next.name)")
      }
    }
  }

  struct Learnt: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What this site has learnt from its closed cases, and how they went.")
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var data: DataOptions
    @OptionGroup var knowledge: KnowledgeOptions

    func run() throws {
      let base = try knowledge.load()
      let (lessons, cases) = try inStore(data) { store in
        let ids = try (store.list() + store.list(archived: true)).map(\.id)
        return (try store.lessons(), try ids.compactMap { try store.load($0) })
      }
      let report = SiteReport(
        cases, lessons: lessons, base: base, now: Timestamp(seconds: Date().timeIntervalSince1970))
      print(json ? try JSONOutput.text(report) : report.text)
    }
  }

  private static func read(_ file: String) throws -> ExportedCase {
    let contents: Data?
    if file == "-" {
      contents = try FileHandle.standardInput.readToEnd() ?? Data()
    } else {
      contents = FileManager.default.contents(atPath: file)
    }
    guard let contents else {
      throw Failure(.noInput, "The file \(file) is not there or cannot be read.").exit()
    }
    do {
      return try ExportedCase(reading: contents, from: file == "-" ? "standard input" : file)
    } catch {
      throw Failure(.data, "\(error)").exit()
    }
  }
}

extension NextStep {
  /// For example `fix restart-termservice`.
  var name: String {
    switch self {
    case .question(let id): "question \(id)"
    case .fix(let id): "fix \(id)"
    case .escalate(let owner): "escalate to \(owner.rawValue)"
    case .none: "none"
    }
  }
}
