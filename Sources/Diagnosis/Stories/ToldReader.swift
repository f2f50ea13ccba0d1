public import Facts

/// An answer that somebody's own words seem to give; it counts once a person lets it.
public struct ToldAnswer: Sendable, Equatable {
  public var question: QuestionID
  public var choice: OutcomeID
  /// The words that it was read from, safe to show, at most 80 characters.
  public var words: String
}

/// Finds answers in free text by the phrases that the choices of the questions bring with them.
///
/// A phrase is some words in their order: up to three others may stand between two of them, all within one sentence. Word forms count as the
/// word (`works`, `working`), a slip of the finger in a longer word does not matter, `*` ends the beginning of a word, and a phrase without a
/// negation does not fit where the text negates it. Of several choices of one question the one with the longer phrase is taken; where that
/// does not decide, none is. The page, the ticket and the command line read by the same reader. Building one costs some milliseconds; keep it.
public struct ToldReader: Sendable {
  private struct Part: Sendable {
    var stem: [UInt8]
    var isPrefix: Bool
  }

  private struct Phrase: Sendable {
    var question: Int
    var choice: OutcomeID
    var parts: [Part]
    var isNegated: Bool
    /// How many letters it has: the longer of two says more.
    var weight: Int
  }

  private let questions: [QuestionID]
  private var phrases: [Phrase] = []
  /// By the first three letters of a phrase's first word.
  private var byBeginning: [[UInt8]: [Int]] = [:]

  private static let mostGap = 3
  /// Bytes of a text that are read.
  public static let textLimit = 65_536

  public init(_ knowledge: KnowledgeBase) {
    questions = knowledge.questions.map(\.id)
    for (place, question) in knowledge.questions.enumerated() {
      for choice in question.choices {
        for text in choice.phrases.sorted(by: { $0.key < $1.key }).flatMap(\.value) {
          add(text, place, choice.id)
        }
      }
    }
  }

  private mutating func add(_ text: String, _ question: Int, _ choice: OutcomeID) {
    let folded = FoldedText(text)
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var isNegated = false
    for word in folded.words {
      let letters = Array(folded.bytes(word))
      if Self.negations.contains(letters) { isNegated = true }
      let end = Int(word.end)
      let isPrefix = end < bytes.count && bytes[end] == 0x2A
      parts.append(Part(stem: isPrefix ? letters : Self.stem(letters), isPrefix: isPrefix))
    }
    guard let first = parts.first else { return }
    byBeginning[Array(first.stem.prefix(3)), default: []].append(phrases.count)
    phrases.append(
      Phrase(
        question: question, choice: choice, parts: parts, isNegated: isNegated,
        weight: parts.reduce(0) { $0 + $1.stem.count }))
  }

  /// At most one answer a question, in the order of the questions' ids.
  public func read(_ text: String) -> [ToldAnswer] {
    let folded = FoldedText(text, limit: Self.textLimit)
    let bytes = Array(text.utf8.prefix(Self.textLimit))
    let words = folded.words.map { Array(folded.bytes($0)) }
    let stems = words.map(Self.stem)
    let sentences = Self.sentences(folded.words, bytes)

    struct Hit {
      var weight: Int
      var start: Int
      var end: Int
    }
    var hits: [Int: [OutcomeID: Hit]] = [:]
    for start in words.indices {
      let beginnings = Set([Array(stems[start].prefix(3)), Array(words[start].prefix(3))])
      for phrase in beginnings.flatMap({ byBeginning[$0] ?? [] }).map({ phrases[$0] }) {
        guard let end = match(phrase, from: start, words, stems, sentences) else { continue }
        if !phrase.isNegated, Self.isNegated(words, sentences, start, end) { continue }
        let hit = Hit(weight: phrase.weight, start: start, end: end)
        if hit.weight > hits[phrase.question]?[phrase.choice]?.weight ?? 0 {
          hits[phrase.question, default: [:]][phrase.choice] = hit
        }
      }
    }
    return hits.sorted { $0.key < $1.key }.compactMap { question, choices in
      let order = choices.sorted { ($0.value.weight, $1.key) > ($1.value.weight, $0.key) }
      guard let best = order.first else { return nil }
      if order.count > 1, order[1].value.weight == best.value.weight { return nil }
      let range = Int(folded.words[best.value.start].start)..<Int(folded.words[best.value.end].end)
      let quote = String(decoding: bytes[range], as: UTF8.self)
      return ToldAnswer(
        question: questions[question], choice: best.key, words: SafeText.clean(quote, limit: 80))
    }
  }

  /// The place of the phrase's last word, when it begins at `start`.
  private func match(
    _ phrase: Phrase, from start: Int, _ words: [[UInt8]], _ stems: [[UInt8]], _ sentences: [Int]
  ) -> Int? {
    guard Self.fits(phrase.parts[0], words[start], stems[start]) else { return nil }
    var place = start
    for part in phrase.parts.dropFirst() {
      var next = place + 1
      let last = min(place + 1 + Self.mostGap, words.count - 1)
      var found: Int?
      while next <= last, sentences[next] == sentences[start] {
        if Self.fits(part, words[next], stems[next]) {
          found = next
          break
        }
        next += 1
      }
      guard let found else { return nil }
      place = found
    }
    return place
  }

  private static func fits(_ part: Part, _ word: [UInt8], _ stem: [UInt8]) -> Bool {
    if part.isPrefix { return word.starts(with: part.stem) }
    if part.stem == stem { return true }
    return part.stem.count >= 6 && isSlip(part.stem, stem)
  }

  /// One letter wrong, missing or too many, or two that changed places.
  private static func isSlip(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard abs(left.count - right.count) <= 1 else { return false }
    var start = 0
    while start < left.count, start < right.count, left[start] == right[start] { start += 1 }
    var tail = 0
    while tail < left.count - start, tail < right.count - start,
      left[left.count - 1 - tail] == right[right.count - 1 - tail]
    {
      tail += 1
    }
    let (first, second) = (left.count - start - tail, right.count - start - tail)
    if first <= 1, second <= 1 { return true }
    return first == 2 && second == 2 && left[start] == right[start + 1] && left[start + 1] == right[start]
  }

  /// Without the endings that forms of one word differ in; words of other scripts as they are.
  private static func stem(_ word: [UInt8]) -> [UInt8] {
    guard word.count > 4, word.allSatisfy({ (97...122).contains($0) }) else { return word }
    for ending in endings
    where word.count - ending.count >= 3 && word.suffix(ending.count).elementsEqual(ending) {
      return Array(word.dropLast(ending.count))
    }
    return word
  }

  /// The longest first.
  private static let endings: [[UInt8]] = [
    "tion", "ing", "ies", "ied", "ten", "ed", "es", "er", "en", "et", "em", "ly", "s", "e", "n", "t",
  ].map { Array($0.utf8) }

  private static let negations: Set<[UInt8]> = Set(
    [
      "not", "no", "never", "without", "cannot", "cant", "dont", "doesnt", "didnt", "isnt", "wasnt", "arent",
      "wont", "neither", "none", "nicht", "kein", "keine", "keinen", "nie", "ohne", "pas", "jamais", "sans",
      "aucun", "aucune", "nunca", "sin", "ningun", "ninguna", "tampoco",
    ].map { Array($0.utf8) })

  /// A negation stands between its words, or close before them.
  private static func isNegated(_ words: [[UInt8]], _ sentences: [Int], _ start: Int, _ end: Int) -> Bool {
    let first = max(0, start - 2)
    return (first...end).contains { sentences[$0] == sentences[start] && negations.contains(words[$0]) }
  }

  /// For each word the number of its sentence.
  private static func sentences(_ words: [FoldedText.Word], _ bytes: [UInt8]) -> [Int] {
    var sentence = 0
    var last = 0
    return words.map { word in
      let between = bytes[min(last, bytes.count)..<min(max(last, Int(word.start)), bytes.count)]
      // A full stop within a name or number is followed by no blank.
      let ends =
        between.contains { [0x21, 0x3F, 0x3B, 0x0A].contains($0) }
        || zip(between, between.dropFirst()).contains { $0 == 0x2E && ($1 == 0x20 || $1 == 0x0A) }
      if ends { sentence += 1 }
      last = Int(word.end)
      return sentence
    }
  }
}
