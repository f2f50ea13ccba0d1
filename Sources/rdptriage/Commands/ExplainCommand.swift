import ArgumentParser
import Diagnosis
import Facts

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Says what an error code means, in any spelling, also a pasted message."
  )

  @Argument(help: "For example 0x3/0x7, 516, ERRINFO_SERVER_DENIED_CONNECTION, or the message itself.")
  var code: [String]
  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var knowledge: KnowledgeOptions

  mutating func run() throws {
    let base = try knowledge.load()
    let asked = code.joined(separator: " ")
    let explanation = Explanation(asked, base)
    print(json ? try JSONOutput.text(explanation.json(base)) : explanation.text(base))
    if !explanation.isKnown { throw ExitCode(Failure.Code.undecided.rawValue) }
  }
}

/// What the knowledge has on a text that holds a code.
struct Explanation {
  var asked: String
  var reading: CodeReading?
  var entries: [CodeEntry]

  init(_ asked: String, _ knowledge: KnowledgeBase) {
    self.asked = SafeText.clean(asked, limit: 200)
    let reading = ReportedCode(asked).map(knowledge.reading)
    self.reading = reading
    let read = reading?.entries ?? []
    let others = knowledge.codes(matching: asked).filter { !read.contains($0) }
    // A single number may stand in other tables too; a pair is the client's dialog and nothing else.
    entries = reading?.code.extended == nil ? read + others.prefix(12) : read
  }

  var isKnown: Bool { !entries.isEmpty || reading?.pair != nil }

  var hint: String? {
    guard !isKnown else { return nil }
    guard let number = reading?.code.extended ?? reading?.code.code else {
      return "No number was found in that. Type the code as the client shows it, for example 0x3/0x7 or 516."
    }
    if reading?.code.extended != nil, (0x1000...0x7FFF).contains(number) {
      return
        "Unknown number. Extended codes from 0x1000 to 0x7FFF are protocol errors that the server reports (a hint, no more)."
    }
    switch number & 0xFF {
    case 0x04:
      return "Unknown number. A low byte of 0x04 is usual for name and network faults (a hint, no more)."
    case 0x06:
      return
        "Unknown number. A low byte of 0x06 is usual for memory and security-data faults (a hint, no more)."
    case 0x07:
      return "Unknown number. A low byte of 0x07 is usual for sign-in and TLS faults (a hint, no more)."
    case 0x08:
      return "Unknown number. A low byte of 0x08 is usual for timers and licensing (a hint, no more)."
    default: return "Unknown number. Check it once more with the person, also the extended code."
    }
  }

  private struct Value: Encodable {
    struct Entry: Encodable {
      var symbol: String
      var hex: String
      var decimal: UInt32
      var family: String
      var meaning: String
      var said_by: String
      var rules_out_layers: [String]
      var confused_with: [String]
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
    let schema = "rdptriage.explain/1"
    var asked: String
    var entries: [Entry]
    var pair: Pair?
    var hint: String?
  }

  func json(_ knowledge: KnowledgeBase) -> some Encodable {
    Value(
      asked: asked,
      entries: entries.map { entry in
        Value.Entry(
          symbol: entry.symbol, hex: ReportedCode.hex(entry.value), decimal: entry.value,
          family: entry.family.rawValue, meaning: entry.meaning, said_by: entry.saidBy,
          rules_out_layers: entry.proves.map(\.rawValue), confused_with: entry.confusedWith,
          causes: causes(of: entry, knowledge), source: entry.source)
      },
      pair: reading?.pair.map { pair in
        Value.Pair(
          pair: pair.pair, meaning: pair.meaning, rules_out_layers: pair.proves.map(\.rawValue),
          confused_with: pair.confusedWith, causes: reading?.causes.map(\.name) ?? [], source: pair.source)
      }, hint: hint)
  }

  private func causes(of entry: CodeEntry, _ knowledge: KnowledgeBase) -> [String] {
    let code: ReportedCode =
      switch entry.family {
      case .extended, .errinfo:
        ReportedCode(
          code: reading?.code.extended == entry.value ? reading?.code.code : nil, extended: entry.value)
      default: ReportedCode(code: entry.value)
      }
    return knowledge.reading(of: code).causes.map(\.name)
  }

  func text(_ knowledge: KnowledgeBase) -> String {
    var lines: [String] = []
    if let pair = reading?.pair {
      lines += ["\(pair.pair): \(pair.meaning)"]
      if !pair.proves.isEmpty {
        lines.append("  Proves fine: \(pair.proves.map(\.rawValue).joined(separator: ", ")).")
      }
      if !pair.confusedWith.isEmpty {
        lines.append("  Not to be confused with \(pair.confusedWith.joined(separator: ", ")).")
      }
      lines.append("")
    }
    for entry in entries {
      lines.append(
        "\(entry.symbol)  \(ReportedCode.hex(entry.value)) = \(entry.value)  (\(entry.family.rawValue), said by: \(entry.saidBy))"
      )
      lines.append("  \(entry.meaning)")
      if !entry.proves.isEmpty {
        lines.append("  Proves fine: \(entry.proves.map(\.rawValue).joined(separator: ", ")).")
      }
      lines.append("  Source: \(entry.source)")
    }
    let likely = (reading?.causes ?? []).prefix(6)
    if !likely.isEmpty {
      lines += ["", "Causes that show it:"]
      lines += likely.map { "  \(knowledge.cause($0)?.title ?? $0.name)  (\($0))" }
    }
    if let hint { lines.append(hint) }
    return lines.joined(separator: "\n")
  }
}
