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
    var entries: [CodeEntry] = []
    if let number = code.code {
      entries += codes.filter { $0.value == number && $0.family == .disconnect }
      if entries.isEmpty {
        entries += codes.filter { $0.value == number && $0.family != .extended && $0.family != .event }
      }
    }
    if let number = code.extended {
      let extended = codes.filter { $0.value == number && $0.family == .extended }
      entries += extended.isEmpty ? codes.filter { $0.value == number && $0.family == .errinfo } : extended
    }
    let proves =
      pair?.proves ?? Phase.allCases.filter { phase in entries.contains { $0.proves.contains(phase) } }
    let causes = causes.compactMap { cause in
      cause.strength(of: code).map { (cause.id, $0.probability * cause.baseRate) }
    }
    .sorted { ($0.1, $1.0) > ($1.1, $0.0) }.map(\.0)
    return CodeReading(code: code, pair: pair, entries: entries, proves: proves, causes: causes)
  }
}

extension ReportedCode {
  /// The keys under which knowledge may stand, the most special first.
  var spellings: [String] {
    switch (code, extended) {
    case (let code?, let extended?):
      [description, Self.hex(code), "*/\(Self.hex(extended))"]
    case (let code?, nil):
      [description, "\(Self.hex(code))/0x0"]
    case (nil, _?), (nil, nil):
      [description]
    }
  }
}

extension Cause {
  /// How often this cause shows the code; nil when it is not known to.
  func strength(of code: ReportedCode) -> Strength? {
    code.spellings.lazy.compactMap { self.codes[$0] }.first
  }
}

extension KnowledgeBase {
  /// Codes that a text may mean, best first: its number in any family, its symbol, or words of the symbol and meaning.
  ///
  /// - Parameter text: for example `516`, `ERRINFO_SERVER`, `licence grace`. Case does not matter.
  public func codes(matching text: String) -> [CodeEntry] {
    if let code = ReportedCode(text) {
      let numbers = [code.code, code.extended].compactMap { $0 }
      return codes.filter { numbers.contains($0.value) }
    }
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    guard !words.isEmpty, text.utf8.count <= 4096 else { return [] }
    return codes.compactMap { entry -> (CodeEntry, Int)? in
      let symbol = entry.symbol.lowercased()
      let meaning = entry.meaning.lowercased()
      var score = 0
      for word in words {
        if symbol == word {
          score += 100
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
}
