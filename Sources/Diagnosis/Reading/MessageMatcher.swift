import Facts
import RealModule

/// Finds messages in a text by their wording, and marks that are the same in every language.
///
/// Three words in a row that a wording has, too, point to a place; there the wording is laid over the text, and words that are missing or
/// too many are allowed for. What counts are the words that few messages share: a common word never makes a match.
struct MessageMatcher: Sendable, Equatable {
  /// One sentence.
  struct Wording: Sendable, Equatable {
    let message: Int
    let words: [UInt64]
    /// How much each word tells apart.
    let weights: [Float]
    /// Words that carry meaning, by their length.
    let isContent: [Bool]
    let total: Float
    /// Words that may stand where names are filled in.
    let slack: Int
    let signs: Int
  }

  /// A message and the words that made it.
  struct Match: Equatable {
    var message: Int
    /// Of the words of the text.
    var words: Range<Int>
    var score: Float
    /// The whole sentence was there, as far as it is needed.
    var isWhole: Bool
    /// The message was known by a mark.
    var isMark = false
  }

  private let wordings: [Wording]
  /// For three words in a row the wordings that have them, and where.
  private let shingles: [UInt64: [Place]]
  /// The words of every mark, by the first.
  private let marks: [UInt64: [Mark]]
  private let vocabulary: [UInt64: [UInt8]]
  /// Says of nearly every hash that is none of ``shingles`` and ``marks`` that it is none: a long log asks a million times.
  private let sieve: Sieve

  /// A bit for the lowest bits of each hash.
  private struct Sieve: Sendable, Equatable {
    private var bits = [UInt64](repeating: 0, count: 1 << 14)

    mutating func insert(_ hash: UInt64) { bits[Int(hash >> 6) & 0x3FFF] |= 1 << (hash & 63) }
    func mayHold(_ hash: UInt64) -> Bool { bits[Int(hash >> 6) & 0x3FFF] & (1 << (hash & 63)) != 0 }
  }

  private struct Place: Sendable, Equatable {
    let wording: Int32
    let position: Int32
  }

  private struct Mark: Sendable, Equatable {
    let message: Int
    let words: [UInt64]
  }

  /// A match needs at least this much of words that tell messages apart.
  private static let leastWeight: Float = 5
  private static let leastPart: Float = 11
  private static let placesOfOneWording = 16
  private static let mostAlignments = 4_000
  /// Texts that are longer are not looked through for slips: nobody types off so much.
  private static let slipLimit = 1 << 15
  private static let mostStrangeWords = 400

  /// "Please contact your system administrator for help": what stands below every message, and in many a mail.
  private static let courtesies: Set<UInt64> = Set(
    FoldedText.hashes(
      """
      please contact your administrator administrators system network support assistance help technical computer try again later more information \
      bitte wenden sie sich an ihren administrator systemadministrator netzwerkadministrator den versuchen es erneut spater weitere informationen hilfe \
      contactez votre administrateur systeme reseau reessayez ulterieurement assistance veuillez contacter obtenir de l aide \
      pongase en contacto con el administrador del sistema de la red intente nuevo mas tarde obtener ayuda \
      contattare l amministratore di sistema rete riprovare piu tardi assistenza per \
      contate contacte entre em contato com o administrador do sistema da rede tente novamente mais tarde obter ajuda suporte tecnico \
      neem contact op met de beheerder systeembeheerder netwerkbeheerder probeer het later opnieuw voor hulp ondersteuning \
      skontaktuj sie z administratorem systemu sieci sprobuj ponownie pozniej aby uzyskac pomoc \
      обратитесь к администратору системному сети повторите попытку позже за помощью помощи
      """))

  init(_ messages: [MessageEntry]) {
    var raw: [(message: Int, folded: FoldedText, slack: Int)] = []
    var marks: [UInt64: [Mark]] = [:]
    for (index, message) in messages.enumerated() {
      for (_, texts) in message.wordings.sorted(by: { $0.key < $1.key }) {
        for text in texts {
          let (plain, gaps) = MessageEntry.withoutPlaceholders(text)
          raw.append((index, FoldedText(plain), gaps * 6))
        }
      }
      for mark in message.marks {
        for words in Self.spellings(ofMark: mark) {
          marks[words[0], default: []].append(Mark(message: index, words: words))
        }
      }
    }
    // In how many messages a word stands.
    var seen: [UInt64: Set<Int>] = [:]
    var vocabulary: [UInt64: [UInt8]] = [:]
    for entry in raw {
      for word in entry.folded.words {
        seen[word.hash, default: []].insert(entry.message)
        if word.kind == .word, word.end - word.start >= 4 {
          vocabulary[word.hash] = Array(entry.folded.bytes(word))
        }
      }
    }
    let count = Float(max(messages.count, 60))
    var wordings: [Wording] = []
    var shingles: [UInt64: [Place]] = [:]
    for entry in raw where !entry.folded.words.isEmpty {
      let words = entry.folded.words
      let weights = words.map { word -> Float in
        let weight = Float.log(count / Float(seen[word.hash]?.count ?? 1)) + 0.3
        if Self.courtesies.contains(word.hash) { return min(weight, 0.7) }
        return word.kind == .sign ? weight * 0.45 : weight
      }
      let place = wordings.count
      wordings.append(
        Wording(
          message: entry.message, words: words.map(\.hash), weights: weights,
          isContent: words.map { $0.kind != .word || $0.end - $0.start >= 4 }, total: weights.reduce(0, +),
          slack: entry.slack, signs: words.count { $0.kind == .sign }))
      let hashes = words.map(\.hash)
      if hashes.count < 3 {
        shingles[Self.shingle(hashes[...]), default: []].append(Place(wording: Int32(place), position: 0))
      } else {
        for start in 0...(hashes.count - 3) {
          shingles[Self.shingle(hashes[start..<(start + 3)]), default: []].append(
            Place(wording: Int32(place), position: Int32(start)))
        }
      }
    }
    var sieve = Sieve()
    for hash in shingles.keys { sieve.insert(hash) }
    for hash in marks.keys { sieve.insert(hash) }
    self.sieve = sieve
    self.wordings = wordings
    self.shingles = shingles
    self.marks = marks
    self.vocabulary = vocabulary
  }

  /// A link is known by the number behind `linkid`, an article also where a blank follows `KB`.
  private static func spellings(ofMark mark: String) -> [[UInt64]] {
    let folded = FoldedText(mark)
    let words = folded.words
    guard !words.isEmpty else { return [] }
    let texts = words.map { folded.text($0) }
    if let place = texts.firstIndex(of: "linkid"), place + 1 < words.count {
      return [[words[place].hash, words[place + 1].hash]]
    }
    if let place = texts.firstIndex(of: "p"), texts.contains("fwlink"), place + 1 < words.count {
      return [[words[place].hash, words[place + 1].hash]]
    }
    var all = [words.map(\.hash)]
    if texts.count == 1, texts[0].hasPrefix("kb"), texts[0].count > 4 {
      all.append([FoldedText.hash("kb"), FoldedText.hash(String(texts[0].dropFirst(2)))])
    }
    return all
  }

  private static func shingle(_ words: ArraySlice<UInt64>) -> UInt64 {
    words.reduce(seed, mixed)
  }

  private static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let mixed = (left ^ right) &* 0xFF51_AFD7_ED55_8CCD
    return mixed ^ (mixed >> 31) ^ (left >> 29)
  }

  // MARK: Matching

  /// Every message in the text, in its order; where two claim the same words, the one that explains more of them.
  func matches(in text: FoldedText) -> [Match] {
    guard !wordings.isEmpty || !marks.isEmpty else { return [] }
    var hashes = text.words.map(\.hash)
    var found = marked(hashes)
    mendSlips(text, &hashes)
    for (wording, start) in candidates(hashes) {
      if let match = align(wordings[wording], around: start, in: hashes, text) { found.append(match) }
    }
    return Self.best(found)
  }

  private func marked(_ hashes: [UInt64]) -> [Match] {
    guard !marks.isEmpty else { return [] }
    var found: [Match] = []
    for (place, hash) in hashes.enumerated() {
      guard sieve.mayHold(hash), let starts = marks[hash] else { continue }
      for mark in starts where place + mark.words.count <= hashes.count {
        if mark.words.indices.allSatisfy({ hashes[place + $0] == mark.words[$0] }) {
          found.append(
            Match(
              message: mark.message, words: place..<(place + mark.words.count), score: 1_000, isWhole: true,
              isMark: true))
        }
      }
      if found.count > 1_000 { found.removeFirst(500) }
    }
    return found
  }

  /// Puts the word of a wording in the place of a strange word that differs by a slip.
  private func mendSlips(_ text: FoldedText, _ hashes: inout [UInt64]) {
    guard text.bytesRead <= Self.slipLimit else { return }
    var meant: [UInt64: UInt64] = [:]
    for (place, word) in text.words.enumerated() {
      guard word.kind == .word, vocabulary[word.hash] == nil, word.end - word.start >= 4 else { continue }
      if let known = meant[word.hash] {
        hashes[place] = known
        continue
      }
      guard meant.count < Self.mostStrangeWords else { return }
      let near = nearest(Array(text.bytes(word)))
      meant[word.hash] = near ?? word.hash
      if let near { hashes[place] = near }
    }
  }

  private func nearest(_ word: [UInt8]) -> UInt64? {
    guard !word.contains(0x5F) || word.contains(where: { $0 >= 0x80 }) || word.count < 14 else { return nil }
    let limit = word.count >= 8 ? 2 : 1
    let mask = Self.mask(word)
    var best: (distance: Int, hash: UInt64)?
    for (hash, candidate) in vocabulary {
      guard abs(candidate.count - word.count) <= limit,
        (Self.mask(candidate) ^ mask).nonzeroBitCount <= 2 * limit
      else { continue }
      let distance = Self.distance(word, candidate, atMost: limit)
      guard distance <= limit else { continue }
      if best.map({ (distance, hash) < ($0.distance, $0.hash) }) ?? true { best = (distance, hash) }
    }
    return best?.hash
  }

  private static func mask(_ word: [UInt8]) -> UInt64 {
    word.reduce(0) { $0 | 1 << UInt64($1 & 63) }
  }

  /// Bytes to insert, drop or replace; what exceeds the limit is only said to.
  private static func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int {
    var last = Array(0...right.count)
    var beforeLast = last
    for row in 1...left.count {
      var current = [row]
      current.reserveCapacity(right.count + 1)
      var least = row
      for column in 1...right.count {
        var cost = min(
          last[column] + 1, current[column - 1] + 1,
          last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1))
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          cost = min(cost, beforeLast[column - 2] + 1)
        }
        current.append(cost)
        least = min(least, cost)
      }
      if least > limit { return limit + 1 }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }

  /// The last places count: the end of a log tells more than its beginning.
  private static func count(_ start: Int, within reach: Int, in known: inout [(start: Int, hits: Int)]) {
    if let last = known.indices.last(where: { abs(known[$0].start - start) <= reach }) {
      known[last].hits += 1
    } else {
      if known.count >= placesOfOneWording { known.removeFirst() }
      known.append((start, 1))
    }
  }

  /// Wordings, and where in the text each would begin.
  private func candidates(_ hashes: [UInt64]) -> [(wording: Int, start: Int)] {
    var places: [Int32: [(start: Int, hits: Int)]] = [:]
    func add(_ shingle: UInt64, at index: Int) {
      guard sieve.mayHold(shingle), let hits = shingles[shingle] else { return }
      for hit in hits {
        let start = index - Int(hit.position)
        let reach = 4 + wordings[Int(hit.wording)].slack
        Self.count(start, within: reach, in: &places[hit.wording, default: []])
      }
    }
    for index in hashes.indices {
      var shingle = Self.mixed(Self.seed, hashes[index])
      add(shingle, at: index)
      guard index + 1 < hashes.count else { break }
      shingle = Self.mixed(shingle, hashes[index + 1])
      add(shingle, at: index)
      guard index + 2 < hashes.count else { break }
      add(Self.mixed(shingle, hashes[index + 2]), at: index)
    }
    let all = places.sorted { $0.key < $1.key }.flatMap { wording, starts in
      starts.map { (wording: Int(wording), start: $0.start) }
    }
    return Array(all.suffix(Self.mostAlignments))
  }

  /// Lays a wording over the text where it may begin; nil where too little of it is there.
  private func align(_ wording: Wording, around start: Int, in hashes: [UInt64], _ text: FoldedText)
    -> Match?
  {
    let count = wording.words.count
    let lower = max(0, start - 4)
    let upper = min(hashes.count, start + count + 4 + count / 4 + wording.slack)
    guard lower < upper else { return nil }
    let width = upper - lower
    // The heaviest words that both have in the same order.
    var table = [Float](repeating: 0, count: (count + 1) * (width + 1))
    for row in 1...count {
      for column in 1...width {
        let here = row * (width + 1) + column
        let above = table[here - width - 1]
        let before = table[here - 1]
        var value = max(above, before)
        if wording.words[row - 1] == hashes[lower + column - 1] {
          value = max(value, table[here - width - 2] + wording.weights[row - 1])
        }
        table[here] = value
      }
    }
    var taken = [Int](repeating: -1, count: count)
    var (row, column) = (count, width)
    while row > 0, column > 0 {
      let here = row * (width + 1) + column
      if wording.words[row - 1] == hashes[lower + column - 1],
        table[here] == table[here - width - 2] + wording.weights[row - 1]
      {
        taken[row - 1] = lower + column - 1
        row -= 1
        column -= 1
      } else if table[here] == table[here - 1] {
        column -= 1
      } else {
        row -= 1
      }
    }
    let weight = table[count * (width + 1) + width]
    guard let first = taken.first(where: { $0 >= 0 }), let last = taken.last(where: { $0 >= 0 }) else {
      return nil
    }
    let covered = weight / max(wording.total, 0.01)
    let range = first..<(last + 1)
    let missing = zip(taken, wording.isContent).count { $0 < 0 && $1 }
    let contents = wording.isContent.count(where: \.self)
    if weight < Self.leastWeight || count < 3 {
      // Too little to be told from everyday speech: it must be a line of its own.
      guard missing == 0, covered > 0.99, Self.isLine(range, text) else { return nil }
      return Match(message: wording.message, words: range, score: weight, isWhole: true)
    }
    // Filled-in words and others between: not more than a wording of this length bears.
    let strange = range.count - taken.count { $0 >= 0 }
    let isDense = strange <= 2 + count / 3 + wording.slack
    let isSigns = wording.signs * 2 > count
    let isWhole: Bool
    if isSigns {
      isWhole = covered >= (contents < 9 ? 0.95 : 0.8)
    } else {
      isWhole = contents < 6 ? missing == 0 && covered >= 0.7 : covered >= 0.74 && missing * 4 <= contents
    }
    if isWhole, isDense {
      return Match(message: wording.message, words: range, score: weight * covered * covered, isWhole: true)
    }
    // A part of the sentence: words in a row, enough of them.
    let run = Self.longestRun(taken, wording)
    guard run.words >= (isSigns ? 9 : 5), run.weight >= Self.leastPart, run.weight >= wording.total * 0.3
    else { return nil }
    return Match(
      message: wording.message, words: run.range, score: run.weight * (run.weight / wording.total),
      isWhole: false)
  }

  /// True when nothing but these words stands on their lines.
  private static func isLine(_ range: Range<Int>, _ text: FoldedText) -> Bool {
    let words = text.words
    let before = range.lowerBound == 0 || words[range.lowerBound - 1].line < words[range.lowerBound].line
    let after =
      range.upperBound == words.count || words[range.upperBound].line > words[range.upperBound - 1].line
    return before && after
  }

  /// Words of the wording that stand in the text without a gap of more than one word.
  private static func longestRun(
    _ taken: [Int], _ wording: Wording
  ) -> (words: Int, weight: Float, range: Range<Int>) {
    var best: (words: Int, weight: Float, range: Range<Int>) = (0, 0, 0..<0)
    var index = 0
    while index < taken.count {
      guard taken[index] >= 0 else {
        index += 1
        continue
      }
      var (words, weight, gaps) = (1, wording.weights[index], 0)
      var last = index
      var next = index + 1
      while next < taken.count, next - last <= 2 {
        if taken[next] >= 0 {
          guard taken[next] - taken[last] <= 2 else { break }
          if next - last > 1 || taken[next] - taken[last] > 1 { gaps += 1 }
          words += 1
          weight += wording.weights[next]
          last = next
        }
        next += 1
      }
      if weight > best.weight, gaps * 4 <= words { best = (words, weight, taken[index]..<(taken[last] + 1)) }
      index = last + 1
    }
    return best
  }

  /// Of matches that share words the best stays. Where the best are parts of sentences that two messages share, none does.
  private static func best(_ matches: [Match]) -> [Match] {
    let order = matches.sorted {
      ($0.isMark ? 1 : 0, $0.score, $1.words.lowerBound, $1.message) > (
        $1.isMark ? 1 : 0, $1.score, $0.words.lowerBound, $0.message
      )
    }
    var kept: [Match] = []
    for match in order {
      if match.isMark {
        if !kept.contains(where: { $0.message == match.message && $0.words.overlaps(match.words) }) {
          kept.append(match)
        }
        continue
      }
      if kept.contains(where: { !$0.isMark && $0.words.overlaps(match.words) }) { continue }
      if !match.isWhole,
        order.contains(where: {
          $0.message != match.message && !$0.isMark && $0.words.overlaps(match.words)
            && $0.score > match.score * 0.9
        })
      {
        continue
      }
      kept.append(match)
      if kept.count >= 200 { break }
    }
    return kept.sorted { ($0.words.lowerBound, $0.message) < ($1.words.lowerBound, $1.message) }
  }
}

extension MessageEntry {
  /// The folded words of a wording, without what is filled in.
  public static func words(of wording: String) -> [UInt64] {
    FoldedText.hashes(withoutPlaceholders(wording).text)
  }

  /// The wording with a blank for each `{name}`, and how many there were.
  static func withoutPlaceholders(_ wording: String) -> (text: String, count: Int) {
    var text = ""
    var count = 0
    var isInside = false
    for character in wording {
      switch character {
      case "{":
        isInside = true
        count += 1
        text += " "
      case "}": isInside = false
      default: if !isInside { text.append(character) }
      }
    }
    return (text, count)
  }
}
