/// The id of a Windows event and its source, read out of a line of the Event Viewer in any language, or out of what a person
/// typed, such as `TermDD 56` or `Event ID 1149`.
struct EventLine: Equatable {
  var id: UInt32
  /// Sources that the text names, of those that are known; empty when it names none.
  var providers: [String]

  /// - Parameter providers: The known ones, as `RemoteConnectionManager`.
  /// - Returns: nil when the text does not speak of an event: neither of the word nor of a source right before a number.
  init?(_ text: String, providers known: [String]) {
    let words = Self.words(of: text)
    let squashed = words.map(\.text).joined()
    let named = known.filter { squashed.contains(Self.squash($0)) }
    let keyword = words.lastIndex { word in
      Self.keywords.contains(word.text) || Self.stems.contains(where: word.text.contains)
    }
    // Of several numbers the first behind the word "event" is the id; with a source alone, the one right behind it.
    if let keyword {
      // Only words such as "ID" and "number" may stand between: "in the event of 3 failures" names none.
      let glued = words[keyword].text.filter(\.isNumber)
      let behind = words[(keyword + 1)...].drop { Self.between.contains($0.text) }
      let before = words[..<keyword].reversed().drop { Self.between.contains($0.text) }
      let candidates =
        [glued[...]] + behind.prefix(1).map { $0.text[...] } + before.prefix(1).map { $0.text[...] }
      guard let id = candidates.lazy.compactMap(Self.number).first else { return nil }
      self.id = id
      self.providers = Self.mostSpecific(named)
      return
    }
    for (place, word) in words.enumerated() {
      guard let id = Self.number(word.text[...]) else { continue }
      var before = ""
      for earlier in words[..<place].reversed().prefix(4) {
        before = earlier.text + before
        let direct = named.filter { before.hasSuffix(Self.squash($0)) }
        if !direct.isEmpty {
          self.id = id
          self.providers = Self.mostSpecific(direct)
          return
        }
      }
    }
    return nil
  }

  private static let mostCharacters = 4096

  private struct Word { var text: String }

  private static func words(of text: String) -> [Word] {
    text.prefix(mostCharacters).lowercased().split { !$0.isLetter && !$0.isNumber }.map {
      Word(text: String($0))
    }
  }

  private static func squash(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  private static func number(_ text: Substring) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt32(text).flatMap { $0 > 0 && $0 <= 0xFFFF ? $0 : nil }
  }

  /// `SessionBroker` is also in `SessionBroker-Client`: the longer name counts.
  private static func mostSpecific(_ named: [String]) -> [String] {
    named.filter { name in
      !named.contains { $0 != name && squash($0).contains(squash(name)) }
    }
  }

  private static let between: Set<String> = [
    "id", "ids", "nr", "no", "number", "nummer", "numero", "número", "kennung", "d", "de", "del",
    "identifier", "identificador",
    "identificatore", "code", "kod", "код", "ид", "идентификатор", "identyfikator", "microsoft", "windows",
    "with", "mit", "log",
  ]

  /// "Event" in the languages of Windows, in lower case.
  private static let keywords: Set<String> = [
    "event", "eventid", "ereignis", "ereigniskennung", "événement", "evenement", "evento", "gebeurtenis",
    "zdarzenie",
    "zdarzenia", "событие", "события", "подія", "події", "händelse", "hændelse", "hendelse", "tapahtuma",
    "událost",
    "události", "esemény", "olay",
  ]
  private static let stems = ["イベント", "事件", "이벤트"]
}
