import Diagnosis
public import Facts

/// A screen as plain lines, top to bottom: for screen readers, terminals that cannot move a cursor, and scripts.
public struct LinearPage: Hashable, Sendable {
  /// Pages of one place differ by what was done on them, so that only what is new has to be said again.
  public var place: String
  public var lines: [String]
  /// What stands in the second pane of a screen.
  public var side: [String]
  /// One sentence that answers the line before.
  public var notice: String?
  /// What can be typed, in one line.
  public var keys: String
  /// Stands before what is typed.
  public var prompt: String

  /// What is to be said after the page before: everything in a new place, else the part in which the two differ.
  public func news(since before: LinearPage?) -> [String] {
    var news: [String] = []
    let isNew = place != before?.place
    if isNew {
      news.append("")
      if !side.isEmpty, side != before?.side { news += side + [""] }
      news += lines
    } else if let before {
      news += Self.changed(before.side, side) + Self.changed(before.lines, lines)
    }
    if isNew || keys != before?.keys { news.append(keys) }
    if let notice { news.append(localized("Note: ") + notice) }
    return news
  }

  private static func changed(_ before: [String], _ now: [String]) -> ArraySlice<String> {
    let start = zip(before, now).prefix { $0 == $1 }.count
    let end = zip(before.dropFirst(start).reversed(), now.dropFirst(start).reversed()).prefix { $0 == $1 }
      .count
    return now[start..<(now.count - end)]
  }
}

/// What line mode does next.
public enum LinearView: Hashable, Sendable {
  /// Nothing is asked: something is being looked at or read. The sentence, if there is one, is said once.
  case waiting(String?)
  case page(LinearPage)
}

extension WizardState {
  /// The screen that would be on the terminal, for line mode.
  public func linear(_ appearance: Appearance) -> LinearView {
    Language.$current.withValue(model.display.language) { plainView(appearance) }
  }

  private func plainView(_ appearance: Appearance) -> LinearView {
    if let sentence = waiting { return .waiting(sentence.isEmpty ? nil : sentence) }
    let ink = Ink(appearance, isLinear: true)
    let content = stack[stack.count - 1].screen.content
    let page = content.page(
      PageContext(
        model: model, ink: ink, width: Self.linearWidth, sideWidth: Self.linearWidth, height: 1000,
        isOnePane: false))
    let lines = Self.texts(page.lead + page.body)
    var heading = [ink.clean(content.name)]
    if isAboutCase, let triage = model.triage {
      heading.append(ink.clean(triage.target.connectText))
      heading.append(triage.record.code.map { "\($0)" } ?? localized("no code"))
      if triage.record.ending == nil, let knowledge = model.knowledge,
        let standing = Wording.standing(triage.assessment?.ranking ?? [], knowledge)
      {
        heading.append(ink.clean(standing.lead + standing.text))
      }
      if let doubt = model.doubt { heading.append(ink.clean(doubt)) }
      if let warning = model.warning { heading.append(String(warning.drop { "! ".contains($0) })) }
    }
    return .page(
      LinearPage(
        place: "\(content.name) \(lines.first ?? "") \(stack.count)",
        lines: [heading.joined(separator: ". ") + "."] + lines, side: Self.texts(page.side),
        notice: model.notice.map { ink.clean($0) }, keys: ink.clean(keysInWords(content)),
        prompt: content.field.map { ink.clean($0.name) + ": " } ?? "> "))
  }

  /// True while lines are added to a text; the end of the input is its end then.
  public var isTakingLines: Bool { stack[stack.count - 1].screen.content.field?.isManyLines ?? false }

  /// Wider than any text: nothing is broken.
  private static let linearWidth = 1_000_000

  /// Why nothing is asked now; empty where that needs no words. The probes are waited for, so that equal lines give equal cases.
  private var waiting: String? {
    if model.knowledge == nil { return "" }
    if model.cases == nil, model.notice == nil { return "" }
    if model.awaitedCase != nil { return localized("Reading the case.") }
    if model.awaitedPractice != nil { return localized("Starting the practice host.") }
    if let sentence = stack[stack.count - 1].screen.content.waitsFor { return sentence }
    guard let triage = model.triage, triage.isProbing else { return nil }
    if let proving = triage.proving {
      let titles = proving.ids.map { Wording.title($0, model.knowledge) }
      return localized("Looking again: \(titles.joined(separator: ", ")).")
    }
    let seconds = model.settings.timeLimit.components.seconds
    return
      localized(
        "Looking at \(SafeText.clean(triage.target.connectText)) with \(triage.probesAsked) probes, for \(seconds) seconds at most."
      )
  }

  private func keysInWords(_ content: any WizardScreen) -> String {
    if isTakingLines {
      if content.field?.isInForm == true {
        return localized(
          "Type or paste lines, \(LineField.endOfLines) or /tab: next field, /esc: back.")
      }
      return localized("Type or paste lines, \(LineField.endOfLines): read them, /esc: back.")
    }
    let isTyping = content.field != nil
    var words = content.linearRows(model).map { row in
      let name =
        row.name == "Enter" ? localized("empty line") : row.name.count > 1 ? row.name.lowercased() : row.name
      let isWord = isTyping && row.name != "Enter"
      return "\(isWord ? "/" : "")\(name): \(row.label)"
    }
    if isTyping {
      words.insert(localized("text"), at: 0)
    } else if content.marksByMoving(model), !content.binds(.character("2")) {
      words.insert(localized("number: mark"), at: 0)
    }
    return localized("Type ") + words.joined(separator: ", ") + "."
  }

  /// The lines of a page as text: blanks that only place things are left out, those of commands are not.
  private static func texts(_ lines: [Line]) -> [String] {
    var out: [String] = []
    for line in lines {
      var text = ""
      for span in line {
        if span.style == .input {
          text += span.text
        } else {
          for character in span.text where character != " " || (text.last ?? " ") != " " {
            text.append(character)
          }
        }
      }
      while text.last == " " { text.removeLast() }
      if text.isEmpty, out.last?.isEmpty ?? true { continue }
      out.append(text)
    }
    while out.last?.isEmpty == true { out.removeLast() }
    return out
  }

  /// What a typed line means. Into a text field it goes as the text, unless it begins with “/”: `/esc` is the key. Elsewhere a number
  /// answers or marks, a letter or a key's name (`tab`, `esc`) is the key, and an empty line is Enter.
  ///
  /// - Returns: What the outside world should do, in this order.
  public mutating func take(line: String, at now: Timestamp) -> [Effect] {
    Language.$current.withValue(model.display.language) { understand(line, at: now) }
  }

  private mutating func understand(_ line: String, at now: Timestamp) -> [Effect] {
    // An Enter behind a number is meant: each was a line of its own.
    model.answeredByNumber = nil
    let text = line.trimmed
    var content = stack[stack.count - 1].screen.content
    guard let field = content.field else { return take(word: text, content, at: now) }
    if field.isManyLines, text != "/esc", text != "/tab" || !field.isInForm {
      return text == LineField.endOfLines
        ? update(.keyPressed(.endOfInput), at: now) : update(.lineTyped(line), at: now)
    }
    if text.isEmpty { return update(.keyPressed(.enter), at: now) }
    if text.hasPrefix("/"),
      !field.isPath || content.key(named: String(text.dropFirst()), model.settings.keys) != nil
    {
      return take(word: String(text.dropFirst()), content, at: now)
    }
    content.clearField()
    stack[stack.count - 1].screen = content.asScreen
    let effects = update(.pasted(text), at: now)
    return field.isEntered ? effects + update(.keyPressed(.enter), at: now) : effects
  }

  private mutating func take(word: String, _ content: any WizardScreen, at now: Timestamp) -> [Effect] {
    if word.isEmpty { return update(.keyPressed(.enter), at: now) }
    if let number = Int(word), word.utf8.allSatisfy({ (48...57).contains($0) }) {
      if word.count == 1, content.field == nil, let digit = word.first, content.binds(.character(digit)) {
        return update(.keyPressed(.character(digit)), at: now)
      }
      return mark(number, at: now)
    }
    if let key = content.key(named: word, model.settings.keys) { return update(.keyPressed(key), at: now) }
    return update(
      .noticed(localized("“\(SafeText.clean(word, limit: 40))” does nothing here; ? says what does.")),
      at: now)
  }

  /// Moves the mark to the row of a number, as the arrow keys would.
  private mutating func mark(_ number: Int, at now: Timestamp) -> [Effect] {
    let before = self
    func moved(_ key: Key, _ state: inout WizardState) -> Bool {
      let screen = state.stack[state.stack.count - 1].screen
      _ = state.update(.keyPressed(key), at: now)
      return state.stack[state.stack.count - 1].screen != screen
    }
    var rows = 0
    // Fields go round in a circle: they have no rows.
    while rows < Self.mostRows, moved(.up, &self), stack != before.stack { rows += 1 }
    let isCircle = rows > 0 && stack == before.stack
    var place = 1
    while place < number, moved(.down, &self) { place += 1 }
    guard !isCircle, place == number, number > 0, before.stack.last?.screen.content.numbersMark == true,
      before.stack.last?.screen.content.marksByMoving(model) == true
    else {
      self = before
      return update(.noticed(localized("There is no row \(number) here.")), at: now)
    }
    // What the last movement said belongs to no key that was typed.
    model.notice = nil
    return []
  }

  private static let mostRows = 10_000
}

extension WizardScreen {
  fileprivate static var motions: Set<Key> {
    [.up, .down, .pageUp, .pageDown, .home, .end, .character("j"), .character("k")]
  }

  fileprivate func binds(_ key: Key) -> Bool { Self.keys.contains { $0.keys.contains(key) } }

  /// True when the arrow keys move a mark here, and do not scroll.
  fileprivate func marksByMoving(_ model: Model) -> Bool {
    [Key.up, .down].contains { key in
      var turn = Turn(model: model, now: Timestamp(seconds: 0))
      return pressed(key, &turn) != asScreen
    }
  }

  /// The footer without what only moves: a number does that in line mode.
  fileprivate func linearRows(_ model: Model) -> [KeyRow] {
    if let typingKeys { return typingKeys }
    let moving = Set(Self.keys.filter { Self.motions.isSuperset(of: $0.keys) }.map(\.name))
    return rows(model).filter { $0.rank != nil && $0.disabledReason == nil && !moving.contains($0.name) }
  }

  /// The key of a letter, of a key's name or of a word of the footer.
  fileprivate func key(named word: String, _ map: KeyMap) -> Key? {
    for word in [word, word.lowercased()] where word.count == 1 {
      guard let pressed = word.first.map(Key.character) else { continue }
      if let key = map.meaning(of: pressed), binds(key) { return pressed }
    }
    let word = word.lowercased()
    if ["?", "help", localized("help").lowercased()].contains(word) { return .character("?") }
    let named: [String: Key] = [
      "enter": .enter, "esc": .escape, "back": .escape, "tab": .tab, "up": .up, "down": .down, "left": .left,
      "right": .right, "delete": .delete,
    ]
    if let key = named[word], binds(key) || field != nil { return key }
    return Self.keys.first { localized($0.label).lowercased() == word }?.keys.first.map(map.pressed)
  }
}
