import Facts

/// What the reader of texts looks into: symbols, numbers and messages, each by what stands in a text.
struct ReadingIndex: Sendable, Equatable {
  let codes: [CodeEntry]
  /// By the folded symbol.
  let symbols: [UInt64: [Int]]
  let values: [UInt32: [Int]]
  let messages: [MessageEntry]
  let matcher: MessageMatcher
  /// Sources of events, each also without anything but letters and digits.
  let providers: [String]

  init(codes: [CodeEntry], messages: [MessageEntry]) {
    self.codes = codes
    self.messages = messages
    var symbols: [UInt64: [Int]] = [:]
    var values: [UInt32: [Int]] = [:]
    for (index, entry) in codes.enumerated() {
      // Errors of Kerberos have small numbers, and are known by their names.
      if entry.family != .kerberos { values[entry.value, default: []].append(index) }
      for symbol in entry.symbolTexts { symbols[FoldedText.hash(symbol), default: []].append(index) }
    }
    self.symbols = symbols
    self.values = values
    matcher = MessageMatcher(messages)
    providers = Set(codes.lazy.filter { $0.family == .event }.map(\.provider)).sorted()
  }
}

extension CodeEntry {
  /// Names that can stand in a text and mean nothing else: with `_` or a capital inside, where the specifications have several each
  /// of them. Words such as "administrator" are none.
  var symbolTexts: [String] {
    // An event is called by its source, which a thousand others have, too.
    guard family != .event else { return [] }
    // Of "RemoteApp reconnect" no word means it alone.
    return symbol.split(separator: "/" as Character).compactMap { part in
      let words = part.split(separator: " " as Character).filter { $0.first != "(" }
      guard words.count == 1, let name = words.first, name.utf8.count >= 5, Self.isSymbol(name) else {
        return nil
      }
      return String(name)
    }
  }

  /// `E_PROXY_RAP`, `exDiscReasonNoInfo`, `ConnectionBroken`.
  static func isSymbol(_ word: some StringProtocol) -> Bool {
    let bytes = Array(word.utf8)
    if bytes.contains(0x5F) { return true }
    guard bytes.count >= 8 else { return false }
    return zip(bytes, bytes.dropFirst()).contains {
      (0x61...0x7A).contains($0) && (0x41...0x5A).contains($1)
    }
  }
}

/// Numbers behind which any fault may stand. They say nothing.
enum CatchAll {
  static let names: [UInt32: String] = [
    0x8000_4005: "E_FAIL", 0x8000_FFFF: "E_UNEXPECTED", 0x8013_1500: "COR_E_EXCEPTION",
    0x8000_4004: "E_ABORT", 0x8013_1501: "COR_E_SYSTEM",
  ]

  static func sentence(_ number: UInt32) -> String? {
    names[number].map {
      "\(ReportedCode.hex(number)) (\($0)) says only that something failed; any fault may stand behind it, so it counts for nothing. "
        + "What counts is the name or the sentence beside it."
    }
  }
}
