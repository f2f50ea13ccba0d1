import Diagnosis
import Facts

/// Looks up a code by number or word while it is typed.
struct CodeScreen: WizardScreen {
  var search = LineEditor(limit: 4000)
  var selected = 0
  private static let most = 50

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.down, .up], "Up/Down", "move", help: "Show another of the codes that were found.", rank: 1) {
      screen, key, turn in
      let count = screen.found(turn.model)?.entries.count ?? 0
      screen.selected = max(0, min(count - 1, screen.selected + (key == .up ? -1 : 1)))
    },
    KeyBinding([.pageUp, .pageDown], "PgUp/PgDn", "scroll", help: "Scroll by a page.", rank: 3) {
      _, key, turn in
      turn.scroll = Turn.Scroll(key)
    },
    KeyBinding(
      [.enter], "Enter", "open a case", help: "Open a case with this code.", rank: 2,
      disabledReason: { screen, model in
        model.reported(in: screen.search.text) == nil
          ? localized("type one code that the client or an event log shows") : nil
      },
      action: { screen, _, turn in
        let code = turn.model.reported(in: screen.search.text)?.description ?? screen.search.text
        turn.moves += [.pop, .push(.target(TargetScreen(WizardSettings.Initial(code: code))))]
      }),
    KeyBinding([.escape], "Esc", "back", help: "Back to the screen before.", rank: 1) { _, _, turn in
      turn.moves.append(.pop)
    },
  ]

  var asScreen: Screen { .codes(self) }
  var name: String { localized("Look up a code") }
  var field: LineField? { LineField(name: localized("Code or word"), isEntered: false) }
  mutating func clearField() { search.clear() }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    if key == .character("?"), search.isEmpty { return false }
    let before = search.text
    let isTaken = search.take(key)
    if search.text != before { selected = 0 }
    return isTaken
  }

  mutating func paste(_ text: String, _ turn: inout Turn) {
    search.insert(text)
    selected = 0
  }

  private func found(_ model: Model) -> CodeLookup? {
    guard !search.isEmpty, let knowledge = model.knowledge else { return nil }
    return knowledge.lookup(search.text)
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let field = context.field(localized("Code or word "), search, atMost: 50)
    page.lead = [field.line]
    page.cursor = .init(row: 0, column: field.cursor)
    if context.height >= 12 { page.lead += context.blank }
    guard let knowledge = context.model.knowledge else {
      page.body = context.text(localized("The knowledge is loading…"), .dim)
      return page
    }
    guard let lookup = found(context.model) else {
      page.body = context.text(
        localized(
          "A number in any spelling (0x3/0x7, 516, 0x204), a symbol, a line of an event log, or words: licence, certificate."
        ),
        .dim)
      return page
    }
    if let reading = lookup.reading {
      if reading.pair != nil || !reading.entries.isEmpty {
        page.body += CodeParts.reading(of: reading.code, context)
        let causes = reading.causes.prefix(4).map { Wording.title($0, knowledge) }
        page.body += context.labelled(localized("Often from"), causes.joined(separator: "; "))
        page.body += context.labelled(
          localized("Source"), reading.pair?.source ?? reading.entries.first?.source ?? "", .dim)
        page.body += context.blank
      }
    }
    let found = lookup.entries.prefix(Self.most)
    if found.isEmpty {
      if page.body.isEmpty {
        page.body = context.text(localized("Nothing is known under “\(search.text)”."), .warning)
        if !lookup.suggestions.isEmpty {
          page.body += context.text(localized("Did you mean \(lookup.suggestions.joined(separator: ", "))?"))
        }
        page.body += context.text(lookup.hint ?? "", .dim)
      }
      return page
    }
    page.body += context.text(
      found.count == 1 ? localized("One entry") : localized("\(found.count) entries"), .dim)
    for (index, entry) in found.enumerated() {
      let start = page.body.count
      page.body += context.choice(
        context.number(index),
        entry.family == .event
          ? localized("Event \(entry.value)  \(entry.provider)")
          : "\(ReportedCode.hex(entry.value)) (\(entry.value))  \(entry.symbol)",
        isSelected: index == selected)
      if index == selected {
        page.body += details(entry, context)
        // What the numbers say together stands first and is what most people look for.
        if selected > 0 || start < 3 { page.focus = start..<page.body.count }
      }
    }
    return page
  }

  private func details(_ entry: CodeEntry, _ context: PageContext) -> [Line] {
    context.labelled(localized("  Table"), localized(fixed: entry.family.words))
      + (entry.log.isEmpty ? [] : context.labelled(localized("  Log"), entry.log))
      + context.labelled(localized("  Means"), entry.meaning)
      + context.labelled(localized("  Said by"), entry.saidBy)
      + context.labelled(localized("  Proves"), entry.proves.map(Wording.layer).joined(separator: ", "))
      + context.labelled(localized("  Mix-ups"), entry.confusedWith.joined(separator: ", "))
      + context.labelled(localized("  Source"), entry.source, .dim)
  }
}
