public import Facts

/// What the knowledge says about a reported code.
public struct CodeReading: Sendable, Equatable {
  public var code: ReportedCode
  /// The story of the two numbers together, where one is known.
  public var pair: PairEntry?
  /// Entries for the error code (client tables), then for the extended code.
  public var entries: [CodeEntry]
  /// Layers that must have worked for the code to be shown.
  public var proves: [Phase]
  /// Causes under which it is reported, likeliest first.
  public var causes: [CauseID]
}

extension KnowledgeBase {
  /// Reads the two numbers together: a pair's own entry wins over what each number means alone.
  public func reading(of code: ReportedCode) -> CodeReading {
    let pair = code.spellings.lazy.compactMap { spelling in pairs.first { $0.pair == spelling } }.first
    let entries = entries(for: code)
    let proves =
      pair?.proves ?? Phase.allCases.filter { phase in entries.contains { $0.proves.contains(phase) } }
    let keys = keys(of: code, entries: entries)
    let causes = causes.compactMap { cause in
      cause.strength(ofAny: keys).map { (cause.id, $0.probability * cause.baseRate) }
    }
    .sorted { ($0.1, $1.0) > ($1.1, $0.0) }.map(\.0)
    return CodeReading(code: code, pair: pair, entries: entries, proves: proves, causes: causes)
  }

  private func entries(for code: ReportedCode) -> [CodeEntry] {
    if let id = code.entry { return codes.filter { $0.id == id } }
    var entries: [CodeEntry] = []
    if let number = code.code, CatchAll.names[number] == nil {
      entries += self.entries(number, first: [.disconnect])
      // FreeRDP prints the server's error info with 1 in the upper half.
      if entries.isEmpty, number >> 16 == 1 { entries += self.entries(number & 0xFFFF, first: [.errinfo]) }
    }
    if let number = code.extended { entries += self.entries(number, first: [.extended, .errinfo]) }
    return entries
  }

  /// The entries of the first of these tables that has the number, else of every table in which a client's number may stand.
  private func entries(_ number: UInt32, first families: [CodeEntry.Family]) -> [CodeEntry] {
    for family in families {
      let found = codes.filter { $0.value == number && $0.family == family }
      if !found.isEmpty { return found }
    }
    return codes.filter { $0.value == number && ![.event, .status, .kerberos].contains($0.family) }
  }

  /// Under what a cause may name this code, the most special first: its own spellings, the entries that say it, and what those
  /// entries call the same.
  func keys(of code: ReportedCode) -> [String] { keys(of: code, entries: entries(for: code)) }

  private func keys(of code: ReportedCode, entries: [CodeEntry]) -> [String] {
    // A sub status, as the Security log has it, says exactly what the status before it only sums up.
    if let sub = code.extended, sub > 0xFFFF, entries.contains(where: { $0.value == sub }) {
      return self.keys(of: ReportedCode(code: sub))
    }
    var keys = code.spellings
    let tables = entries.filter { ![.disconnect, .extended].contains($0.family) }
    keys += tables.map(\.id)
    keys += tables.compactMap(\.sameAs).flatMap { ReportedCode($0)?.spellings ?? [] }
    if let number = code.code, number >> 16 == 1 {
      keys += ReportedCode(extended: number & 0xFFFF).spellings
    }
    return keys
  }
}

extension ReportedCode {
  /// The keys under which knowledge may stand, the most special first.
  var spellings: [String] {
    if let entry { return [entry] }
    return switch (code, extended) {
    case (let code?, let extended?):
      [description, Self.hex(code), "*/\(Self.hex(extended))"]
    case (let code?, nil):
      [description, "\(Self.hex(code))/0x0"]
    case (nil, let extended?):
      // The server's word nearly always comes with "ended by the server".
      [description, "0x3/\(Self.hex(extended))"]
    case (nil, nil):
      [description]
    }
  }
}

extension Cause {
  /// How often this cause shows a code with these keys; nil when it is not known to.
  func strength(ofAny keys: [String]) -> Strength? {
    keys.lazy.compactMap { self.codes[$0] }.first
  }
}

/// The answer to "what is this?", whatever was typed or pasted.
public struct CodeLookup: Sendable, Equatable {
  /// What was understood of the text, with the words that made it.
  public var read: Reading
  /// The code that the text reports, as a case would take it; nil when it names none or several.
  public var reading: CodeReading?
  /// What is reported first, then other entries that the text may mean.
  public var entries: [CodeEntry]
  /// Sentences of clients and servers that stand in it.
  public var messages: [MessageEntry]
  /// Symbols or words that were probably meant, when nothing was found.
  public var suggestions: [String]
  /// When the number, or the extended one, is not known: one sentence on what it may be, marked as a hint, or on what to type.
  public var hint: String?

  public var isKnown: Bool { !entries.isEmpty || !messages.isEmpty || reading?.pair != nil }
}

extension KnowledgeBase {
  /// Other entries shown beside those of the reported code, at most.
  private static let mostOthers = 12

  /// Everything known on a text: a number in any spelling, a symbol or a part of one, words, an event-log line, a message or a log.
  public func lookup(_ text: String) -> CodeLookup {
    let read = read(text)
    let reading = read.code.map { self.reading(of: $0.code) }
    let main = reading?.entries ?? []
    var others: [CodeEntry] = []
    func add(_ entries: [CodeEntry]) {
      for entry in entries where !main.contains(entry) && !others.contains(entry) { others.append(entry) }
    }
    for other in read.others { add(entries(for: other.code)) }
    add(read.events)
    if read.isEmpty || Self.isPlainNumber(text) {
      add(codes(matching: text).filter { CatchAll.names[$0.value] == nil })
    }
    others = Array(others.prefix(main.isEmpty ? 50 : Self.mostOthers))
    var lookup = CodeLookup(
      read: read, reading: reading, entries: main + others,
      messages: read.messages.compactMap { message($0.id) },
      suggestions: [], hint: nil)
    if let sentence = read.empty.first?.sentence {
      lookup.hint = sentence
    } else if !lookup.isKnown {
      lookup.suggestions = read.code == nil ? suggestions(for: text) : []
      lookup.hint = CodeHint.sentence(for: read.code?.code)
    } else if let code = read.code?.code, reading?.pair == nil, let extended = code.extended,
      !main.contains(where: { $0.value == extended })
    {
      lookup.hint = CodeHint.sentence(for: code)
    }
    return lookup
  }

  private static func isPlainNumber(_ text: String) -> Bool {
    text.utf8.count <= 12 && (ReportedCode(text).map { $0.entry == nil && $0.extended == nil } ?? false)
  }

  /// The code that a text reports: the client's numbers, a status, a symbol, or one Windows event.
  ///
  /// - Returns: nil when there is none, or when the text fits several and names no source, such as "Event ID 50".
  public func reported(in text: String) -> ReportedCode? { read(text).code?.code }

  /// The table that a code is of; for the client's two numbers that of the first.
  func family(of code: ReportedCode) -> CodeFamily? {
    if code.entry == nil, code.code == nil, code.extended != nil { return .extended }
    return entries(for: code).first?.family
  }

  /// Codes that a text may mean, best first: its number in any family, its symbol, or words of the symbol and meaning.
  ///
  /// - Parameter text: for example `516`, `ERRINFO_SERVER`, `licence grace`. Case does not matter.
  public func codes(matching text: String) -> [CodeEntry] {
    if let code = ReportedCode(text) {
      let numbers = [code.code, code.extended].compactMap { $0 }
      return codes.filter { numbers.contains($0.value) || $0.id == code.entry }
    }
    let words = Self.words(of: text)
    guard !words.isEmpty, text.utf8.count <= 4096 else { return [] }
    return codes.compactMap { entry -> (CodeEntry, Int)? in
      let symbol = entry.symbol.lowercased()
      let meaning = entry.meaning.lowercased()
      var score = 0
      for word in words {
        if symbol == word {
          score += 100
        } else if entry.also.contains(where: { $0.lowercased() == word }) {
          score += 20
        } else if symbol.contains(word) {
          score += 10
        } else if meaning.contains(word) {
          score += 1
        } else {
          return nil
        }
      }
      return (entry, score)
    }.sorted { ($0.1, $1.0.symbol) > ($1.1, $0.0.symbol) }.map(\.0)
  }

  private static func words(of text: String) -> [Substring] {
    text.lowercased().split { (character: Character) in
      !character.isLetter && !character.isNumber && character != "_"
    }
  }

  /// What a misspelt symbol or word was meant to be, the nearest first; at most four.
  private func suggestions(for text: String) -> [String] {
    guard text.utf8.count <= 200 else { return [] }
    let words = text.split { (character: Character) in
      !character.isLetter && !character.isNumber && character != "_"
    }.prefix(8)
    var found: [String] = []
    for word in words where word.count >= 4 {
      let lowered = word.lowercased()
      if codes.contains(where: {
        $0.symbol.lowercased().contains(lowered) || $0.meaning.lowercased().contains(lowered)
      }) {
        continue
      }
      if lowered.contains("_") {
        found += Spelling.nearest(to: String(word), among: Set(codes.flatMap(\.symbolTexts)), atMost: 2)
      } else {
        let vocabulary = Set(
          codes.flatMap { Self.words(of: $0.meaning + " " + $0.symbol) }.filter { $0.count >= 4 })
        found += Spelling.nearest(to: lowered, among: vocabulary.map(String.init), atMost: 1)
      }
    }
    return Array(found.prefix(4))
  }
}

extension CodeEntry {
  /// As a case takes it: as the client shows it, as a number that no other table has, or by the id of the entry.
  public var reported: ReportedCode {
    switch family {
    case .disconnect: ReportedCode(code: value)
    case .extended, .errinfo: ReportedCode(extended: value)
    default:
      value > 0xFFFF && CatchAll.names[value] == nil ? ReportedCode(code: value) : ReportedCode(entry: id)
    }
  }
}

/// What an unknown number may be, by its range. Never more than a hint.
enum CodeHint {
  static func sentence(for code: ReportedCode?) -> String {
    guard let code, code.entry == nil, let number = code.extended ?? code.code else {
      return
        "No code was found in that. Type it as the client shows it, for example 0x3/0x7 or 516, or a word such as licence."
    }
    let name = code.extended == nil ? "The number \(code)" : "The extended code \(ReportedCode.hex(number))"
    return "\(name) is not known here. Only a hint: \(range(of: number, isExtended: code.extended != nil))"
  }

  private static func range(of number: UInt32, isExtended: Bool) -> String {
    if isExtended {
      switch number {
      case 0x100...0x1FF: return "extended codes from 0x100 are about licences."
      case 0x400...0x4FF: return "extended codes from 0x400 come from the Connection Broker."
      case 0x1000...0x7FFF:
        return "extended codes from 0x1000 to 0x7FFF are protocol errors that the server reports."
      default: break
      }
    }
    switch number {
    case 0x3000001...0x30000FF: return "numbers from 0x3000001 are about the RD Gateway."
    case 0x5900...0x5AFF, 0x8007_5900...0x8007_5AFF: return "numbers of this range come from the RD Gateway."
    case 0x1_0000...0x1_FFFF:
      return "FreeRDP prints the server's error info like this; the last four digits count."
    case 0x2_0000...0x2_FFFF: return "FreeRDP prints its own connection errors like this."
    case 0xC000_0000...0xC0FF_FFFF:
      return "it looks like an NTSTATUS: the sign-in or the system of the server failed."
    case 0x8009_0300...0x8009_03FF:
      return "it looks like an error of the sign-in packages (Kerberos, NTLM, TLS)."
    case 0x8009_2000...0x8009_2FFF, 0x800B_0000...0x800B_FFFF: return "it looks like a certificate error."
    case 0x8007_0000...0x8007_FFFF: return "it is Windows error \(number & 0xFFFF) in another form."
    default: break
    }
    guard number <= 0xFFFF else { return "check it once more with the person, also the extended code." }
    switch number & 0xFF {
    case 0x04: return "a low byte of 0x04 is usual for name and network faults."
    case 0x06: return "a low byte of 0x06 is usual for memory and security-data faults."
    case 0x07: return "a low byte of 0x07 is usual for sign-in and TLS faults."
    case 0x08: return "a low byte of 0x08 is usual for timers and licensing."
    default: return "check it once more with the person, also the extended code."
    }
  }
}
