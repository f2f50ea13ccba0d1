import Facts

extension Redaction {
  /// Replaces every name in a text.
  mutating func text(_ text: String) -> String {
    names.prepare()
    var result = ""
    var word = ""
    // Names of several words first, as long as they stand there whole.
    for piece in pieces(of: text, where: { $0.contains { !Self.isPart($0) } }) {
      switch piece {
      case .name(let name): result += standIn(names.kind(of: name) ?? .mark, name)
      case .rest(let rest):
        for character in rest {
          if Self.isPart(character) {
            word.append(character)
          } else {
            result += redact(word: word)
            word = ""
            result.append(character)
          }
        }
        result += redact(word: word)
        word = ""
      }
    }
    return result
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "._-@\\:%$+*".contains(character)
  }

  private mutating func redact(word: String) -> String {
    guard !word.isEmpty else { return word }
    // `fe80::` ends in what would be punctuation elsewhere.
    if AddressForms.isIPv6(word[...]) { return standIn(.address, word) }
    var core = word[...]
    var tail = ""
    while let last = core.last, ".:,-*".contains(last), core.count > 1, !AddressForms.isRange(core) {
      tail = String(last) + tail
      core = core.dropLast()
    }
    return redact(core: String(core)) + tail
  }

  private mutating func redact(core: String) -> String {
    if let kind = names.kind(of: core) { return standIn(kind, core) }
    if names.isSpared(core) { return core }
    if let at = core.firstIndex(of: "@"), at != core.startIndex {
      return standIn(.account, String(core[..<at])) + "@"
        + standIn(.domain, String(core[core.index(after: at)...]))
    }
    if core.lowercased().hasPrefix("s-1-") { return standIn(.account, core) }
    if AddressForms.isAddress(core) || AddressForms.isRange(core[...]) { return standIn(.address, core) }
    if AddressForms.isHardwareAddress(core[...]) || AddressForms.isSerial(core[...]) {
      return standIn(.mark, core)
    }
    if AddressForms.isNumbered(core[...]) { return standIn(.ticket, core) }
    for separator in ["\\", ":"] as [Character] {
      guard let place = core.firstIndex(of: separator) else { continue }
      let before = String(core[..<place])
      let after = String(core[core.index(after: place)...])
      // DOMAIN\user; not a path such as HKLM\SYSTEM or C:\Windows.
      if separator == "\\", !before.isEmpty, !after.contains("\\"), !before.contains(":"),
        !before.uppercased().hasPrefix("HK")
      {
        return standIn(.domain, before) + "\\" + standIn(.account, after)
      }
      return redact(core: before) + String(separator) + redact(core: after)
    }
    if Self.isDotted(core.lowercased()) { return standIn(.host, core) }
    return parts(core)
  }

  /// Names inside a longer word: `HOST$`, `host_old`, `x-host`.
  private mutating func parts(_ word: String) -> String {
    var result = ""
    for piece in pieces(of: word, where: { _ in true }) {
      switch piece {
      case .name(let name): result += standIn(names.kind(of: name) ?? .mark, name)
      case .rest(let rest): result += rest
      }
    }
    return result
  }

  private enum Piece { case name(String), rest(String) }

  /// A short name counts between other signs only, a long one also in the middle of a word.
  private func pieces(of text: String, where isWanted: ([Character]) -> Bool) -> [Piece] {
    let wanted = names.byLength.filter(isWanted)
    let characters = Array(text)
    let lowered = characters.map { $0.lowercased().first ?? $0 }
    guard !wanted.isEmpty, lowered.count == characters.count else { return [.rest(text)] }
    var result: [Piece] = []
    var start = 0
    var place = 0
    func isOpen(_ index: Int) -> Bool {
      !lowered.indices.contains(index) || !(lowered[index].isLetter || lowered[index].isNumber)
    }
    while place < lowered.count {
      let found = wanted.first { name in
        lowered.count - place >= name.count && lowered[place] == name[0]
          && lowered[place..<(place + name.count)].elementsEqual(name)
          && (name.count >= 5 || isOpen(place - 1) && isOpen(place + name.count))
      }
      guard let found else {
        place += 1
        continue
      }
      if start < place { result.append(.rest(String(characters[start..<place]))) }
      result.append(.name(String(characters[place..<(place + found.count)])))
      place += found.count
      start = place
    }
    if start < characters.count { result.append(.rest(String(characters[start...]))) }
    return result
  }

  private static let fileEndings: Set<Substring> = [
    "dll", "exe", "sys", "log", "reg", "msc", "rdp", "ps1", "cmd", "conf", "pem", "txt", "evtx", "xml",
    "json",
    "sqlite", "yaml",
  ]

  private static func isDotted(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count > 1, let last = labels.last, last.count > 1, !fileEndings.contains(last) else {
      return false
    }
    return last.allSatisfy { $0.isLetter || $0 == "-" } && labels.allSatisfy { !$0.isEmpty }
  }
}
