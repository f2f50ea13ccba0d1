public import Facts

/// What was understood of a text, with the words that made it. It counts once the person lets it.
public struct Reading: Sendable, Equatable {
  /// A code in the text.
  public struct Code: Sendable, Equatable {
    public var code: ReportedCode
    /// The table that it is of; nil for a number that no table has.
    public var family: CodeFamily?
    /// As they stand in the text, for example “Error code: 516”. Safe to show.
    public var words: String
    /// From 1.
    public var line: Int
  }

  /// A sentence of a client or a server.
  public struct Message: Sendable, Equatable {
    public var id: MessageID
    public var words: String
    public var line: Int
    /// Known by a link, an article or a name that is the same in every language.
    public var isMark: Bool
  }

  /// What ended the connection, or what the text reports at all: the pair of a dialog, the last error of a log, a symbol before a
  /// bare number; nil when it names none.
  public var code: Code?
  /// Every other code, in the order of the text.
  public var others: [Code] = []
  /// In the order of the text.
  public var messages: [Message] = []
  /// The message that counts: the one that says most, in a log the last.
  public var message: Message?
  /// Numbers that say nothing, such as E_FAIL, each with the sentence that says so.
  public var empty: [(Code, sentence: String)] = []
  /// Windows events that the text names without saying which source, of several that are possible.
  public var events: [CodeEntry] = []
  /// It is of lines that a program wrote with the time.
  public var isLog = false
  /// Bytes of the text that were not read since it is too long.
  public var bytesLeft = 0

  public var isEmpty: Bool { code == nil && messages.isEmpty && events.isEmpty && empty.isEmpty }

  public static func == (left: Reading, right: Reading) -> Bool {
    left.code == right.code && left.others == right.others && left.messages == right.messages
      && left.message == right.message && left.empty.elementsEqual(right.empty, by: { $0 == $1 })
      && left.events == right.events && left.isLog == right.isLog && left.bytesLeft == right.bytesLeft
  }
}

extension KnowledgeBase {
  /// Bytes of a text that are read.
  public static let readingLimit = 4 << 20

  /// Reads a text of any length: a code in any spelling, a sentence, a whole dialog or the log of a client or a server.
  ///
  /// The same text gives the same reading wherever it is typed or pasted. What exceeds ``readingLimit`` is not read, and said.
  public func read(_ text: String) -> Reading {
    TextReader(text, self).reading
  }
}

private struct TextReader {
  let knowledge: KnowledgeBase
  let index: ReadingIndex
  let text: String
  private(set) var reading = Reading()

  init(_ text: String, _ knowledge: KnowledgeBase) {
    self.knowledge = knowledge
    self.text = text
    index = knowledge.readingIndex.value
    read()
  }

  private mutating func read() {
    let trimmed = text.utf8.count <= 200 ? text.trimmedOfBlanks : ""
    // Numbers alone, an id, `*/0x11`.
    if let plain = Self.plain(trimmed) {
      take(plain, words: trimmed)
      return
    }
    let folded = FoldedText(text, limit: KnowledgeBase.readingLimit)
    reading.bytesLeft = max(0, text.utf8.count - folded.bytesRead)
    var copy = text
    copy.withUTF8 { bytes in
      let scan = CodeScan(folded, bytes, index)
      reading.isLog = scan.logLines >= 2 || scan.logLines == 1 && folded.lineCount <= 2
      readCodes(scan, folded, bytes)
      readMessages(folded, bytes)
    }
    if reading.code == nil, folded.words.count == 1 { readLoneSymbol(folded) }
  }

  /// Numbers and what stands between them, without words; nil for anything else.
  private static func plain(_ text: String) -> ReportedCode? {
    guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
    if let code = ReportedCode(text), code.entry != nil { return code }
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      let value = scalar.value
      let folded = (0xFF01...0xFF5E).contains(value) ? value - 0xFEE0 : value
      return (0x30...0x39).contains(folded) || (0x41...0x46).contains(folded)
        || (0x61...0x66).contains(folded)
        || " xX/:,*-hH()\t\n\r".unicodeScalars.contains { $0.value == folded } || value == 0x2212
    }
    return isPlain ? ReportedCode(text) : nil
  }

  /// A code that is all of the text.
  private mutating func take(_ code: ReportedCode, words: String) {
    var code = code
    if let id = code.entry, let entry = index.codes.first(where: { $0.id == id }) { code = entry.reported }
    if let number = code.code, code.extended == nil, code.entry == nil {
      if let sentence = CatchAll.sentence(number) {
        reading.empty = [(made(code, words: words, line: 1), sentence)]
        return
      }
      let known = index.values[number] ?? []
      if number > 2, !known.isEmpty, known.allSatisfy({ index.codes[$0].family == .event }) {
        if known.count == 1 {
          code = ReportedCode(entry: index.codes[known[0]].id)
        } else {
          // Several sources have an event of this number.
          reading.events = known.map { index.codes[$0] }
        }
      }
    }
    reading.code = made(code, words: words, line: 1)
  }

  private func made(_ code: ReportedCode, words: String, line: Int) -> Reading.Code {
    Reading.Code(
      code: code, family: knowledge.family(of: code), words: SafeText.clean(words, limit: 100), line: line)
  }

  // MARK: Messages

  private mutating func readMessages(_ folded: FoldedText, _ bytes: UnsafeBufferPointer<UInt8>) {
    let matches = index.matcher.matches(in: folded)
    guard !matches.isEmpty else { return }
    let said = reading.code.map { knowledge.keys(of: $0.code) } ?? []
    let others = reading.others.flatMap { knowledge.keys(of: $0.code) }
    var seen: Set<Int> = []
    var best: (order: Float, message: Reading.Message)?
    for (place, match) in matches.enumerated() {
      let words = folded.words[match.words]
      guard let first = words.first, let last = words.last else { continue }
      let message = Reading.Message(
        id: index.messages[match.message].id, words: Self.quote(bytes, Int(first.start)..<Int(last.end)),
        line: Int(first.line) + 1, isMark: match.isMark)
      // What stands for the code that was read says no more than it.
      let isSaid = said.contains { index.messages[match.message].codes.contains($0) }
      // What stands for another code is of another end, or follows from this one.
      let isOfOther = !isSaid && others.contains { index.messages[match.message].codes.contains($0) }
      let order = (reading.isLog ? Float(place) : match.score) - (isSaid ? 10_000 : 0)
      if !isOfOther, best.map({ order > $0.order }) ?? true { best = (order, message) }
      if seen.insert(match.message).inserted { reading.messages.append(message) }
    }
    reading.message = best?.message
  }

  /// The words as they stand there, on one line.
  private static func quote(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
    let part = range.clamped(to: 0..<bytes.count).prefix(400)
    let text = String(decoding: part.map { bytes[$0] }, as: UTF8.self)
    var line = ""
    var isBlank = false
    for character in text {
      if character.isWhitespace {
        isBlank = true
        continue
      }
      if isBlank, !line.isEmpty { line.append(" ") }
      isBlank = false
      line.append(character)
    }
    return SafeText.clean(line, limit: 120)
  }

  // MARK: Codes

  private mutating func readCodes(
    _ scan: CodeScan, _ folded: FoldedText, _ bytes: UnsafeBufferPointer<UInt8>
  ) {
    var codes = joined(scan.found, bytes)
    let nothing = codes.filter {
      $0.code.entry == nil && $0.code.extended ?? 0 == 0
        && ($0.code.code.map { CatchAll.names[$0] != nil } ?? false)
    }
    for code in nothing where !reading.empty.contains(where: { $0.0.code == code.code }) {
      if let number = code.code.code, let sentence = CatchAll.sentence(number) {
        reading.empty.append((code.made(self), sentence))
      }
    }
    codes.removeAll { code in nothing.contains { $0.range == code.range } }
    // 0x0 says that there is no code.
    codes.removeAll { $0.code.entry == nil && ($0.code.code ?? 0) == 0 && ($0.code.extended ?? 0) == 0 }
    readEvents(folded, &codes)
    guard let main = main(of: codes) else { return }
    reading.code = codes[main].made(self)
    var seen: Set<ReportedCode> = [codes[main].code]
    for code in codes where seen.insert(code.code).inserted {
      reading.others.append(code.made(self))
      if reading.others.count >= 30 { break }
    }
  }

  /// One code, or a pair of them.
  private struct Candidate {
    var code: ReportedCode
    var range: Range<Int>
    var line: Int
    var severity: CodeScan.Severity
    var isSymbol: Bool
    var isNamed: Bool
    var words: String

    func made(_ reader: TextReader) -> Reading.Code {
      Reading.Code(
        code: code, family: reader.knowledge.family(of: code), words: words, line: line + 1)
    }
  }

  /// Puts the extended code with the code before it, and a sub status with its status.
  private func joined(_ found: [CodeScan.Found], _ bytes: UnsafeBufferPointer<UInt8>) -> [Candidate] {
    var codes: [Candidate] = []
    var index = 0
    while index < found.count {
      let one = found[index]
      var code: ReportedCode
      var range = one.range
      if let entry = one.entry {
        code = self.index.codes[entry].reported
      } else if one.isExtended {
        code = ReportedCode(extended: one.value)
      } else {
        code = ReportedCode(code: one.value)
      }
      var next = index + 1
      if one.entry == nil, next < found.count, found[next].entry == nil, found[next].line - one.line <= 3 {
        let other = found[next]
        let isPair =
          !one.isExtended && other.isExtended
          || !one.isExtended && !other.isExtended && pairs(one, other, bytes)
        if isPair {
          code = ReportedCode(code: one.value, extended: other.value)
          range = one.range.lowerBound..<other.range.upperBound
          next += 1
        } else if one.isExtended, !other.isExtended, other.isNamed {
          code = ReportedCode(code: other.value, extended: one.value)
          range = one.range.lowerBound..<other.range.upperBound
          next += 1
        }
      }
      codes.append(
        Candidate(
          code: code, range: range, line: one.line, severity: one.severity, isSymbol: one.entry != nil,
          isNamed: one.isNamed, words: Self.quote(bytes, range)))
      index = next
    }
    return codes
  }

  /// `0x3/0x7`, `0x3:0x7` in one line, or a status with its sub status.
  private func pairs(
    _ one: CodeScan.Found, _ other: CodeScan.Found, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard one.isUnmistakable, other.isUnmistakable else { return false }
    let between = one.range.upperBound..<max(one.range.upperBound, other.range.lowerBound)
    if between.count <= 3, between.allSatisfy({ [0x2F, 0x3A, 0x20, 0x2C].contains(bytes[$0]) }) {
      return true
    }
    let isStatus = { (value: UInt32) in value >> 28 == 0xC }
    return isStatus(one.value) && (isStatus(other.value) || other.value == 0) && other.line > one.line - 1
      && !reading.isLog && other.line - one.line <= 2
  }

  /// A Windows event counts where the text names no client code; its status says more than itself.
  private mutating func readEvents(_ folded: FoldedText, _ codes: inout [Candidate]) {
    guard text.utf8.count <= 16_384, !reading.isLog, let line = EventLine(text, providers: index.providers)
    else { return }
    let events = index.codes.filter { entry in
      entry.family == .event && entry.value == line.id
        && (line.providers.isEmpty || line.providers.contains(entry.provider))
    }
    guard !events.isEmpty else { return }
    // The id of the event is no code beside it.
    codes.removeAll { $0.code.code == line.id && $0.code.extended == nil }
    let statuses = codes.filter { code in
      code.code.code.map { index.values[$0]?.contains { self.index.codes[$0].family == .ntstatus } ?? false }
        ?? false
    }
    let others = codes.filter { code in
      code.isSymbol || code.isNamed && code.code.code.map { index.values[$0] != nil } ?? true
    }
    codes = statuses.isEmpty ? others : statuses
    guard events.count == 1, let event = events.first else {
      if codes.isEmpty { reading.events = events }
      return
    }
    codes.append(
      Candidate(
        code: ReportedCode(entry: event.id), range: 0..<0, line: 0, severity: .none, isSymbol: false,
        isNamed: false, words: SafeText.clean(event.symbol, limit: 80)))
  }

  /// Which one ended the connection.
  private func main(of codes: [Candidate]) -> Int? {
    guard !codes.isEmpty else { return nil }
    if reading.isLog { return lastOfLog(codes) }
    // A dialog's pair before anything else, then a named symbol, then a number behind words for "code", then any number.
    func rank(_ code: Candidate) -> Int {
      if code.code.code != nil, code.code.extended != nil, code.code.entry == nil { return 4 }
      let family = knowledge.family(of: code.code)
      let isOfClient = family.map { ![.ntstatus, .status, .logon, .event, .kerberos].contains($0) } ?? false
      if code.isSymbol { return isOfClient ? 3 : 2 }
      if code.isNamed { return [.disconnect, .extended, .errinfo].contains(family) ? 3 : 2 }
      return 1
    }
    let best = codes.map(rank).max()
    return codes.firstIndex { rank($0) == best }
  }

  /// Errors that only say that another one ended it.
  private static let followUps: Set<UInt32> = [0x2_0001, 0x2_0002, 0x2_0003, 0x2_0006, 0x2_000B, 0x2_000D]

  /// The last error; before it those that say why, where it only follows from them.
  private func lastOfLog(_ codes: [Candidate]) -> Int? {
    func isFollowUp(_ code: Candidate) -> Bool {
      code.code.code.map(Self.followUps.contains) ?? false
    }
    /// The client's own table before a status of Windows that stands beside it.
    func weight(_ code: Candidate) -> Int {
      switch knowledge.family(of: code.code) {
      case .ntstatus?, .status?, .logon?, .kerberos?, nil: 0
      default: 1
      }
    }
    let told = codes.indices.filter { codes[$0].severity >= .info || codes[$0].isSymbol }
    let usable = told.isEmpty ? Array(codes.indices) : told
    guard let last = usable.last else { return nil }
    let line = codes[last].line
    let near = usable.filter { line - codes[$0].line <= 60 }
    let telling = near.filter { !isFollowUp(codes[$0]) }
    guard let newest = telling.last else { return last }
    // What stands within a few lines of the newest belongs to the same end.
    let cluster = telling.filter { codes[newest].line - codes[$0].line <= 8 }
    return cluster.last { weight(codes[$0]) == 1 } ?? newest
  }

  /// A word that leaves the beginning of a symbol out.
  private mutating func readLoneSymbol(_ folded: FoldedText) {
    let word = folded.text(folded.words[0])
    guard word.contains("_"), word.utf8.count >= 8 else { return }
    let entry = index.codes.first { entry in
      entry.symbolTexts.contains { $0.lowercased().hasSuffix("_" + word) }
    }
    if let entry { reading.code = made(entry.reported, words: text, line: 1) }
  }
}

extension String {
  fileprivate var trimmedOfBlanks: String {
    var rest = self[...]
    while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
  }
}
