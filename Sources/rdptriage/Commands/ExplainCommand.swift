import ArgumentParser
import Diagnosis
import Facts
import Intake

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Says what an error code means, in any spelling, also a pasted message."
  )

  @Argument(
    parsing: .allUnrecognized,
    help:
      "For example 0x3/0x7, 516, ERRINFO_SERVER_DENIED_CONNECTION, the message itself, or a log; - reads it from standard input."
  )
  var code: [String]
  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var knowledge: KnowledgeOptions

  mutating func run() throws {
    let base = try knowledge.load()
    var asked = code.joined(separator: " ")
    if asked == "-" {
      do {
        asked = try Intake.text(standardInput: ())
      } catch {
        throw Failure(.data, error.description).exit()
      }
    }
    let explanation = Explanation(asked, base)
    print(json ? try JSONOutput.text(explanation.json(base)) : explanation.text(base))
    if !explanation.lookup.isKnown { throw ExitCode(Failure.Code.undecided.rawValue) }
  }
}

/// What the knowledge has on a text that holds a code.
struct Explanation {
  var asked: String
  var lookup: CodeLookup

  init(_ asked: String, _ knowledge: KnowledgeBase) {
    self.asked = SafeText.clean(asked, limit: 200)
    lookup = knowledge.lookup(asked)
  }

  private struct Value: Encodable {
    struct Entry: Encodable {
      var id: String
      var symbol: String
      var hex: String
      var decimal: UInt32
      var family: String
      var meaning: String
      var said_by: String
      var rules_out_layers: [String]
      var confused_with: [String]
      var same_as: String?
      var provider: String?
      var log: String?
      var causes: [String]
      var source: String
    }
    struct Pair: Encodable {
      var pair: String
      var meaning: String
      var rules_out_layers: [String]
      var confused_with: [String]
      var causes: [String]
      var source: String
    }
    struct Read: Encodable {
      var code: String
      var family: String?
      /// The words of the text that made it.
      var words: String
      var line: Int

      init(_ code: Reading.Code) {
        self.code = code.code.description
        family = code.family?.rawValue
        words = code.words
        line = code.line
      }
    }
    struct Message: Encodable {
      var id: String
      var title: String
      var meaning: String
      var codes: [String]
      var words: String
      var line: Int
      var causes: [String]
    }
    let schema = "rdptriage.explain/1"
    var asked: String
    var code: String?
    var read: Read?
    var others: [Read]?
    var messages: [Message]?
    /// Numbers that say nothing, each with a sentence.
    var empty: [String]?
    var entries: [Entry]
    var pair: Pair?
    var hint: String?
    var suggestions: [String]?
  }

  func json(_ knowledge: KnowledgeBase) -> some Encodable {
    Value(
      asked: asked, code: lookup.reading?.code.description, read: lookup.read.code.map(Value.Read.init),
      others: lookup.read.others.isEmpty ? nil : lookup.read.others.map(Value.Read.init),
      messages: lookup.messages.isEmpty
        ? nil
        : lookup.read.messages.compactMap { read in
          knowledge.message(read.id).map { entry in
            Value.Message(
              id: entry.id.name, title: entry.title, meaning: entry.meaning, codes: entry.codes,
              words: read.words, line: read.line, causes: Self.causes(of: entry).map(\.name))
          }
        }, empty: lookup.read.empty.isEmpty ? nil : lookup.read.empty.map(\.sentence),
      entries: lookup.entries.map { entry in
        Value.Entry(
          id: entry.id, symbol: entry.symbol, hex: ReportedCode.hex(entry.value), decimal: entry.value,
          family: entry.family.rawValue, meaning: entry.meaning, said_by: entry.saidBy,
          rules_out_layers: entry.proves.map(\.rawValue), confused_with: entry.confusedWith,
          same_as: entry.sameAs, provider: entry.provider.isEmpty ? nil : entry.provider,
          log: entry.log.isEmpty ? nil : entry.log, causes: causes(of: entry, knowledge).map(\.name),
          source: entry.source)
      },
      pair: lookup.reading?.pair.map { pair in
        Value.Pair(
          pair: pair.pair, meaning: pair.meaning, rules_out_layers: pair.proves.map(\.rawValue),
          confused_with: pair.confusedWith, causes: lookup.reading?.causes.map(\.name) ?? [],
          source: pair.source)
      }, hint: lookup.hint, suggestions: lookup.suggestions.isEmpty ? nil : lookup.suggestions)
  }

  /// Those that the message itself names, the surest first.
  private static func causes(of message: MessageEntry) -> [CauseID] {
    message.causes.sorted { ($0.value.probability, $1.key) > ($1.value.probability, $0.key) }.map(\.key)
  }

  /// “Read as 0x204, from …”, and the other codes in the text.
  private var origin: [String] {
    var lines: [String] = []
    func words(_ code: Reading.Code) -> String {
      "\(code.code), from “\(code.words)”" + (lookup.read.isLog ? " in line \(code.line)" : "")
    }
    if let code = lookup.read.code, code.words != code.code.description {
      lines += TextOutput.paragraph("Read as \(words(code)).", indent: 0)
    }
    for other in lookup.read.others.prefix(8) {
      lines += TextOutput.paragraph("Also \(words(other)).", indent: 0)
    }
    if lookup.read.others.count > 8 { lines.append("And \(lookup.read.others.count - 8) more codes.") }
    if lookup.read.bytesLeft > 0 {
      lines += TextOutput.paragraph(
        "Only the first \(KnowledgeBase.readingLimit >> 20) MB was read.", indent: 0)
    }
    return lines.isEmpty ? [] : lines + [""]
  }

  private func lines(_ read: Reading.Message, _ knowledge: KnowledgeBase) -> [String] {
    guard let entry = knowledge.message(read.id) else { return [] }
    var lines = TextOutput.paragraph("“\(entry.title)”  (message \(entry.id))", indent: 0)
    lines += TextOutput.paragraph(entry.meaning, indent: 2)
    lines += TextOutput.field("Read from", "“\(read.words)”")
    lines += TextOutput.field("Stands for", entry.codes.joined(separator: ", "))
    let causes = Self.causes(of: entry)
    lines += TextOutput.field(
      "Often from", causes.prefix(Self.mostCauses).map { "\(knowledge.cause($0)?.title ?? $0.name) (\($0))" })
    return lines + TextOutput.field("Source", entry.sources.prefix(2).joined(separator: "; ")) + [""]
  }

  /// Within a pair the extended code's causes are those of the pair.
  private func causes(of entry: CodeEntry, _ knowledge: KnowledgeBase) -> [CauseID] {
    if let reading = lookup.reading, entry.family != .disconnect, reading.code.extended == entry.value {
      return reading.causes
    }
    return knowledge.reading(of: entry.reported).causes
  }

  private static let mostCauses = 6

  func text(_ knowledge: KnowledgeBase) -> String {
    var lines = origin
    for message in lookup.read.messages.prefix(6) { lines += self.lines(message, knowledge) }
    if lookup.isKnown, let reading = lookup.reading {
      lines.append("\(reading.code)")
      if let pair = reading.pair {
        lines += TextOutput.paragraph(pair.meaning, indent: 2)
        lines += parts(pair.proves, pair.confusedWith)
      }
      let likely = reading.causes.prefix(Self.mostCauses).map { id in
        "\(knowledge.cause(id)?.title ?? id.name) (\(id))"
      }
      lines += TextOutput.field("Often from", likely)
      if let pair = reading.pair { lines += TextOutput.field("Source", pair.source) }
      lines.append("")
    }
    for entry in lookup.entries {
      lines.append(heading(entry))
      lines += TextOutput.paragraph(entry.meaning, indent: 2)
      lines += TextOutput.field("Said by", entry.saidBy)
      if !entry.log.isEmpty { lines += TextOutput.field("Log", entry.log) }
      lines += parts(entry.proves, entry.confusedWith)
      if let same = entry.sameAs { lines += TextOutput.field("Same as", same) }
      if lookup.reading == nil || lookup.reading?.entries.contains(entry) != true {
        let likely = causes(of: entry, knowledge).prefix(3).map { knowledge.cause($0)?.title ?? $0.name }
        lines += TextOutput.field("Often from", Array(likely))
      }
      lines += TextOutput.field("Source", entry.source)
      lines.append("")
    }
    if !lookup.isKnown, lookup.read.empty.isEmpty { lines.append("“\(asked)” is not known.") }
    if !lookup.suggestions.isEmpty {
      lines += TextOutput.paragraph("Did you mean \(lookup.suggestions.joined(separator: ", "))?", indent: 0)
    }
    if let hint = lookup.hint { lines += TextOutput.paragraph(hint, indent: 0) }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  private func heading(_ entry: CodeEntry) -> String {
    if entry.family == .event { return "\(entry.symbol)  (\(entry.family.words))" }
    return "\(entry.symbol)  \(ReportedCode.hex(entry.value)) = \(entry.value)  (\(entry.family.words))"
  }

  private func parts(_ proves: [Phase], _ confusedWith: [String]) -> [String] {
    TextOutput.field("Proven fine", proves.map(\.words).joined(separator: ", "))
      + TextOutput.field("Not the same", confusedWith.joined(separator: ", "))
  }
}
