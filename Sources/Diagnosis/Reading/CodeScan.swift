import Facts

/// The codes in a text, each with what stands around it. What is no code by the words or signs around it is left out: list numbers,
/// ports, times, addresses, versions, numbers of processes and threads, of links and lines.
struct CodeScan {
  struct Found: Equatable {
    /// The number alone, or that of the symbol's entry.
    var value: UInt32
    /// Where in the text, in bytes; with the symbol before it or the words for "code".
    var range: Range<Int>
    var line: Int
    /// The entry that a symbol or an id names.
    var entry: Int?
    /// A word for "code" or "error" stands before it.
    var isNamed = false
    var isExtended = false
    /// It could not be anything else: hexadecimal, or a large negative number.
    var isUnmistakable = false
    var severity: Severity = .none
  }

  enum Severity: Int, Comparable {
    case debug, info, none, warning, error
    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  private(set) var found: [Found] = []
  /// Lines that begin as those of a client's or server's log do.
  private(set) var logLines = 0

  private let folded: FoldedText
  private let index: ReadingIndex
  private let bytes: UnsafeBufferPointer<UInt8>
  private static let most = 20_000

  init(_ folded: FoldedText, _ bytes: UnsafeBufferPointer<UInt8>, _ index: ReadingIndex) {
    self.folded = folded
    self.bytes = bytes
    self.index = index
    scan()
  }

  private mutating func scan() {
    let words = folded.words
    var line: UInt32 = .max
    var severity = Severity.none
    var isLog = false
    for place in words.indices {
      let word = words[place]
      if word.line != line {
        line = word.line
        (isLog, severity) = beginning(of: place)
        if isLog { logLines += 1 }
      }
      guard found.count < Self.most else { return }
      var one: Found?
      switch word.kind {
      case .sign: continue
      case .word:
        if let entries = index.symbols[word.hash], isSpeltAsSymbol(word) {
          one = symbol(place, entries)
        } else if word.end - word.start >= 3, let value = trailingH(word), isHexCode(place, value, isLog) {
          one = number(place, value, isUnmistakable: true)
        }
      case .number:
        guard place == 0 || !isTaken(place) else { continue }
        one = numberFound(place, isLog)
      }
      if var one {
        one.severity = severity
        found.append(one)
      }
    }
  }

  private func isTaken(_ place: Int) -> Bool {
    guard let last = found.last else { return false }
    return Int(folded.words[place].start) < last.range.upperBound
  }

  // MARK: Lines of logs

  private static let levels: [UInt64: Severity] = {
    let words: [(String, Severity)] = [
      ("fatal", .error), ("error", .error), ("critical", .error), ("err", .error), ("crit", .error),
      ("warn", .warning), ("warning", .warning), ("info", .info), ("information", .info), ("notice", .info),
      ("debug", .debug), ("trace", .debug), ("core", .error), ("always", .info), ("verbose", .debug),
    ]
    return Dictionary(words.map { (FoldedText.hash($0.0), $0.1) }) { first, _ in first }
  }()

  /// A line of a log begins with a time or a number in brackets, and says how bad it is within its first words.
  private func beginning(of place: Int) -> (isLog: Bool, Severity) {
    let words = folded.words
    let first = words[place]
    var numbers = 0
    var severity: Severity?
    for next in place..<min(place + 16, words.count) {
      let word = words[next]
      guard word.line == first.line else { break }
      if word.kind == .number {
        numbers += 1
      } else if let level = Self.levels[word.hash], severity == nil, next - place < 14 {
        // `[ERROR]`, ` ERROR: `, `<Error>`, `ERROR -`; not the word in a sentence.
        let before = word.start > 0 ? bytes[Int(word.start) - 1] : 0x0A
        let after = Int(word.end) < bytes.count ? bytes[Int(word.end)] : 0x0A
        let isFramed =
          before == 0x5B || before == 0x3C || before == 0x2D || before == 0x28 || after == 0x5D
          || after == 0x3E
          || (numbers >= 3 && [0x3A, 0x20, 0x09, 0x29].contains(after))
          || (after == 0x3A && numbers >= 1)
        if isFramed { severity = level }
      }
    }
    guard let severity else { return (numbers >= 6 && first.kind == .number, .none) }
    return (numbers >= 1 || bytes[Int(first.start)] > 0, severity)
  }

  // MARK: Symbols

  private func isSpeltAsSymbol(_ word: FoldedText.Word) -> Bool {
    let spelt = String(decoding: UnsafeBufferPointer(rebasing: bytes[word.range]), as: UTF8.self)
    return CodeEntry.isSymbol(spelt) || folded.words.count == 1
  }

  /// A symbol, with the number in brackets behind it; among entries that share the symbol the one with that number counts.
  private func symbol(_ place: Int, _ entries: [Int]) -> Found? {
    let words = folded.words
    let word = words[place]
    guard let first = entries.first else { return nil }
    var chosen = first
    if let client = entries.first(where: {
      [.disconnect, .extended, .errinfo].contains(index.codes[$0].family)
    }) {
      chosen = client
    }
    var end = Int(word.end)
    if place + 1 < words.count, words[place + 1].kind == .number {
      let next = words[place + 1]
      let between = separators(end, Int(next.start))
      if next.start - word.end <= 4,
        between.contains(where: { $0 == 0x28 || $0 == 0x5B || $0 == 0x3D || $0 == 0x3A })
      {
        end = Int(next.end)
        if end < bytes.count, bytes[end] == 0x29 || bytes[end] == 0x5D { end += 1 }
        let client = [CodeFamily.disconnect, .extended, .errinfo].contains(index.codes[chosen].family)
        if let value = value(of: next, at: place + 1), !client,
          let exact = entries.first(where: { index.codes[$0].value == value })
            ?? index.values[value]?.first(where: {
              index.codes[$0].symbolTexts == index.codes[chosen].symbolTexts
            })
        {
          chosen = exact
        } else if let value = value(of: next, at: place + 1), value > 0xFFFF, !client,
          let same = index.values[value]?.first(where: {
            index.codes[$0].family == index.codes[chosen].family
          })
        {
          chosen = same
        }
      }
    }
    return Found(
      value: index.codes[chosen].value, range: Int(word.start)..<end, line: Int(word.line), entry: chosen,
      isNamed: true, isUnmistakable: true)
  }

  // MARK: Numbers

  private func value(of word: FoldedText.Word, at place: Int) -> UInt32? {
    let text = folded.bytes(word)
    if text.count > 2, text[text.startIndex] == 0x30, text[text.startIndex + 1] == 0x78 {
      guard text.count <= 18 else { return nil }
      return UInt32(String(decoding: text.dropFirst(2), as: UTF8.self), radix: 16)
    }
    guard text.count <= 10 else { return nil }
    let digits = String(decoding: text, as: UTF8.self)
    if isNegative(word) { return Int32("-" + digits).map { UInt32(bitPattern: $0) } }
    return UInt32(digits)
  }

  /// A minus sign stands before it and no digit or letter before that.
  private func isNegative(_ word: FoldedText.Word) -> Bool {
    let start = Int(word.start)
    if start >= 1, bytes[start - 1] == 0x2D {
      return start < 2 || !Self.isWordByte(bytes[start - 2])
    }
    // U+2212 minus sign.
    return start >= 3 && bytes[start - 3] == 0xE2 && bytes[start - 2] == 0x88 && bytes[start - 1] == 0x92
  }

  /// `204h`.
  private func trailingH(_ word: FoldedText.Word) -> UInt32? {
    let text = folded.bytes(word)
    guard text.last == 0x68, let first = text.first, (0x30...0x39).contains(first), text.count <= 9 else {
      return nil
    }
    return UInt32(String(decoding: text.dropLast(), as: UTF8.self), radix: 16)
  }

  private func numberFound(_ place: Int, _ isLog: Bool) -> Found? {
    let word = folded.words[place]
    let text = folded.bytes(word)
    let isHexadecimal = text.count > 2 && text[text.startIndex + 1] == 0x78
    guard let value = value(of: word, at: place) else { return nil }
    if let named = entryID(place, value) { return named }
    if isHexadecimal {
      guard isHexCode(place, value, isLog) else { return nil }
      return number(place, value, isUnmistakable: true)
    }
    // Heimdal's and MIT's numbers of Kerberos.
    if isNegative(word), (0x96C7_3A00...0x96C7_3BFF).contains(value) { return nil }
    if isNegative(word), (0x8000_0000..<0xFFFF_0000).contains(value) {
      return isAddressPart(word) ? nil : number(place, value, isUnmistakable: true)
    }
    guard let label = decimalLabel(place, isLog) else { return nil }
    var found = number(place, value, isUnmistakable: false)
    found.isNamed = true
    found.range = min(label, found.range.lowerBound)..<found.range.upperBound
    return found
  }

  /// `disconnect-0x808`: an entry by its id.
  private func entryID(_ place: Int, _ value: UInt32) -> Found? {
    let words = folded.words
    guard place > 0 else { return nil }
    let word = words[place]
    let before = words[place - 1]
    guard word.start == before.end + 1, bytes[Int(before.end)] == 0x2D,
      let family = CodeFamily(rawValue: folded.text(before)), family != .event,
      let entry = index.values[value]?.first(where: { index.codes[$0].family == family })
    else { return nil }
    return Found(
      value: value, range: Int(before.start)..<Int(word.end), line: Int(word.line), entry: entry,
      isNamed: true, isUnmistakable: true)
  }

  private func number(_ place: Int, _ value: UInt32, isUnmistakable: Bool) -> Found {
    let word = folded.words[place]
    var found = Found(
      value: value, range: Int(word.start)..<Int(word.end), line: Int(word.line),
      isUnmistakable: isUnmistakable)
    if isNegative(word) { found.range = (found.range.lowerBound - 1)..<found.range.upperBound }
    let label = label(before: place)
    found.isNamed = label.isCode
    found.isExtended = label.isExtended
    if label.isCode || label.isExtended, let start = label.start {
      found.range = start..<found.range.upperBound
    }
    return found
  }

  // MARK: What stands around

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F || byte >= 0x80
  }

  private func separators(_ start: Int, _ end: Int) -> ArraySlice<UInt8> {
    Array(UnsafeBufferPointer(rebasing: bytes[start..<max(start, end)]))[...]
  }

  /// Part of a date, a time, an address, a version, a path or a link.
  private func isAddressPart(_ word: FoldedText.Word) -> Bool {
    let (start, end) = (Int(word.start), Int(word.end))
    func digitOrLetter(_ place: Int) -> Bool {
      bytes.indices.contains(place) && Self.isWordByte(bytes[place]) && bytes[place] < 0x80
    }
    if start >= 1 {
      let before = bytes[start - 1]
      if [0x2E, 0x2F, 0x5C, 0x5F, 0x40, 0x23, 0x26, 0x3F, 0x25, 0x24].contains(before),
        digitOrLetter(start - 2)
      {
        return true
      }
      if [0x3A, 0x2D].contains(before), start >= 2, (0x30...0x39).contains(bytes[start - 2]) { return true }
    }
    if end < bytes.count {
      let after = bytes[end]
      if [0x2E, 0x2F, 0x3A, 0x2D, 0x5C, 0x5F, 0x40].contains(after), digitOrLetter(end + 1) { return true }
      if after == 0x25 { return true }
    }
    return false
  }

  private func isHexCode(_ place: Int, _ value: UInt32, _ isLog: Bool) -> Bool {
    let words = folded.words
    let word = words[place]
    let start = Int(word.start)
    // `…?x=0x7`, `name_0x7`, part of a path.
    if start >= 1, [0x5F, 0x5C, 0x26, 0x3F, 0x40].contains(bytes[start - 1]) { return false }
    let label = label(before: place)
    if label.isNoCode { return false }
    if !isLog { return true }
    if label.isCode || label.isExtended { return true }
    // In a log most hexadecimal numbers are no codes: only those of tables that no other number shares.
    guard value > 0xFFFF, let entries = index.values[value] else { return false }
    return entries.contains { [.freerdp, .ntstatus, .gateway, .avd].contains(index.codes[$0].family) }
  }

  private struct Label {
    var isCode = false
    var isExtended = false
    /// A word stands there that makes it something else: a port, a flag, a process.
    var isNoCode = false
    /// Where the word for "code" begins.
    var start: Int?
  }

  /// The words before a number on its line, back to the number before it, at most eight.
  private func label(before place: Int) -> Label {
    let words = folded.words
    let word = words[place]
    var label = Label()
    var next = place - 1
    var taken = 0
    var isNear = true
    while next >= 0, taken < 10 {
      let other = words[next]
      if other.line != word.line {
        // `Error code:` at the end of the line before.
        guard taken == 0, word.line - other.line == 1, endsInColon(other, before: word) else { break }
      }
      if other.kind == .number { break }
      if other.kind == .sign {
        let pair = next > 0 ? Self.pairs[words[next - 1].hash &+ (other.hash &* 31)] : nil
        switch pair {
        case .code?:
          if !label.isCode { label.isCode = isNear || taken < 12 }
          label.start = Int(words[next - 1].start)
        case .extended?:
          label.isExtended = true
          label.start = Int(words[next - 1].start)
        case .noCode?: if taken < 4 { label.isNoCode = true }
        default: break
        }
      } else {
        switch Self.labels[other.hash] {
        case .code?:
          label.isCode = true
          label.start = Int(other.start)
        case .extended?:
          label.isExtended = true
          label.start = Int(other.start)
        case .noCode?:
          if !label.isCode, taken < 3 { label.isNoCode = true }
        case nil:
          // Sentences end what a label reaches.
          if isNear, taken > 0, endsSentence(other) { return label }
        }
      }
      isNear = taken < 4
      taken += 1
      next -= 1
    }
    return label
  }

  private func endsInColon(_ other: FoldedText.Word, before word: FoldedText.Word) -> Bool {
    let between = separators(Int(other.end), Int(word.start))
    return between.contains(0x3A) || between.starts(with: [0xEF, 0xBC, 0x9A])
  }

  private func endsSentence(_ word: FoldedText.Word) -> Bool {
    let end = Int(word.end)
    guard end < bytes.count else { return false }
    return bytes[end] == 0x2E || bytes[end] == 0x3B
  }

  /// Where the words begin that make a decimal number a code; nil where it is none.
  private func decimalLabel(_ place: Int, _ isLog: Bool) -> Int? {
    let words = folded.words
    let word = words[place]
    guard !isAddressPart(word) else { return nil }
    let (start, end) = (Int(word.start), Int(word.end))
    // `1)`, `2.` and `3:` at the beginning of a line are numbers of a list.
    let isFirstWord = place == 0 || words[place - 1].line != word.line
    if isFirstWord, end < bytes.count, [0x29, 0x2E, 0x3A, 0x5D].contains(bytes[end]) { return nil }
    guard place > 0 else { return nil }
    // What stands between the number and the word before it.
    let before = words[place - 1]
    if before.line != word.line, !endsInColon(before, before: word) { return nil }
    if start - Int(before.end) > 12 { return nil }
    if end < bytes.count, bytes[end] == 0x29 {
      // `a)` without the bracket that opens.
      guard separators(Int(before.end), start).contains(0x28) else { return nil }
    }
    // A sign for "is" lets other words stand between, such as “The error code for this is: 516”.
    let between = separators(Int(before.end), start)
    let isSet = between.contains(0x3A) || between.contains(0x3D) || between.starts(with: [0xEF, 0xBC, 0x9A])
    var first: Int?
    var hits = 0
    var next = place - 1
    var steps = 0
    scan: while next >= 0, steps < 6 {
      let other = words[next]
      guard other.line == word.line || other.line + 1 == word.line, other.kind != .number else { break }
      var width = 1
      var kind = Self.labels[other.hash]
      if other.kind == .sign {
        kind = next > 0 ? Self.pairs[words[next - 1].hash &+ (other.hash &* 31)] : nil
        if kind != nil { width = 2 }
      }
      if steps > 0, endsSentence(other) || endsClause(other) { break }
      switch kind {
      case .code?:
        hits += Self.wholeLabels.contains(other.hash) ? 2 : 1
        first = Int(words[next - width + 1].start)
      case .extended?: if hits > 0 { first = Int(words[next - width + 1].start) }
      case .noCode?:
        if hits == 0 { return nil }
        break scan
      case nil:
        // `ClientNetworkUnavailable (3076)`: a name that is not known, with its number in brackets.
        if steps == 0, end < bytes.count, bytes[end] == 0x29, between.contains(0x28), isSpeltAsName(other) {
          // The name says more than a number that other tables have, too.
          let isClient = value(of: word, at: place).map { value in
            value > 3 && index.values[value]?.contains { index.codes[$0].family == .disconnect } ?? false
          }
          return isClient == true ? Int(other.start) : nil
        }
        if hits > 0, other.kind != .sign { break scan }
        if hits == 0, other.kind == .word, !isSet, !Self.fillers.contains(other.hash) { return nil }
      }
      steps += 1
      next -= width
    }
    guard let label = first else { return nil }
    // "Error" or "code" alone stands before many numbers: there it must be one that the client has.
    if hits < 2 {
      guard !isLog, let value = value(of: word, at: place), value >= 0x100,
        index.values[value]?.contains(where: { index.codes[$0].family == .disconnect }) == true
      else { return nil }
    }
    return label
  }

  private func endsClause(_ word: FoldedText.Word) -> Bool {
    Int(word.end) < bytes.count && bytes[Int(word.end)] == 0x2C
  }

  private func isSpeltAsName(_ word: FoldedText.Word) -> Bool {
    let spelt = String(decoding: UnsafeBufferPointer(rebasing: bytes[word.range]), as: UTF8.self)
    return spelt.utf8.count >= 10 && CodeEntry.isSymbol(spelt)
  }

  private enum LabelKind { case code, extended, noCode }

  /// Words for "code" and "error", for "extended", and for what is no code, folded, in the languages of Windows.
  private static let labels: [UInt64: LabelKind] = {
    var labels: [UInt64: LabelKind] = [:]
    func add(_ kind: LabelKind, _ words: String) {
      for hash in FoldedText.hashes(words) where labels[hash] == nil { labels[hash] = kind }
    }
    add(
      .noCode,
      """
      port porta puerto poort порт flags flag options option handle hwnd address addr adresse thread tid pid process prozess \
      processus pointer ptr keywords keyword capabilities mask size length offset opcode task level sequence seq channel channelid \
      session sessionid session_id sitzung sesion sessione id logonid luid linkid clcid kb version versao versione build line zeile \
      ligne linea riga seite page type typ tipo encryption etype errno exit exitcode display count retry attempt attempts versuch \
      tries bytes byte ms seconds sekunden secondes minutes minuten width height ticket keywords correlation activity requested_protocols \
      requestedprotocols selectedprotocol protocols protocol protocolo protokoll cookie krb5 posix socket fd signal time zeit date datum
      """)
    add(
      .code,
      """
      code codes errorcode errorcodes error err errors fehler fehlercode fehlernummer codice errore codigo erro erreur kod kodu kody kode \
      blad bledu bledem foutcode fout код кода кодом ошибка ошибки ошибку ошибкой felkod fel fejlkode fejl feilkode koodi virhe virhekoodi hata hatakodu \
      hibakod hiba chyba chyby reason reasoncode reason_code discreason disconnectreason grund ursache motif raison motivo przyczyna \
      reden причина причине disconnected disconnect ondisconnected status substatus unterstatus hresult hr ntstatus result resultcode lasterror last_error \
      errinfo errorinfo error_info disconnectcode sub_status statuscode getlasterror trennungsgrund fehlerstatus
      """)
    add(
      .extended,
      """
      extended extendederror extendederrorcode extendedcode exterror extendedreason extendeddisconnectreason erweitert erweiterter erweiterte erweiterten etendu etendue \
      estesa esteso estendido estendida extendido extendida ampliado ampliada uitgebreid uitgebreide rozszerzony rozszerzonego rozszerzone расширенный \
      расширенная расширенного дополнительный дополнительныи дополнительного расширенныи розширении utokad udvidet utvidet laajennettu kiterjesztett bovitett genisletilmis rozsireny
      """)
    return labels
  }()

  /// Words that say "error code" in one, or what ended a connection: they need no other beside them.
  private static let wholeLabels: Set<UInt64> = Set(
    FoldedText.hashes(
      """
      errorcode errorcodes fehlercode fehlernummer foutcode felkod fejlkode feilkode virhekoodi hatakodu hibakod reason reasoncode reason_code \
      discreason disconnectreason grund motif raison motivo przyczyna reden причина причине disconnected ondisconnected hresult ntstatus disconnectcode \
      errinfo errorinfo error_info trennungsgrund lasterror last_error
      """))

  private static let fillers: Set<UInt64> = Set(
    FoldedText.hashes(
      "is was ist war est es fue e foi era jest to was byl the a nr no number nummer numero numer value von of de du d is are with mit avec con com met z с wert hex dec decimal lautet"
    ))

  /// Two signs of Chinese, Japanese or Korean that mean the same as ``labels``.
  private static let pairs: [UInt64: LabelKind] = {
    var pairs: [UInt64: LabelKind] = [:]
    func add(_ kind: LabelKind, _ words: String) {
      for word in words.split(separator: " " as Character) {
        let hashes = FoldedText.hashes(String(word))
        if hashes.count == 2 { pairs[hashes[0] &+ (hashes[1] &* 31)] = kind }
      }
    }
    add(.code, "ード ラー 代码 代碼 错误 錯誤 코드 오류 原因 이유")
    add(.extended, "拡張 扩展 擴充 延伸 확장 擴展")
    add(.noCode, "ポー 端口 포트 版本")
    return pairs
  }()
}
