import Diagnosis
import Facts

/// Everything that is known, by kind, searched while typing.
struct KnowledgeScreen: WizardScreen {
  var kind = KnowledgeEntry.Kind.causes
  var search = LineEditor(limit: 100)
  var selected = 0

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "read", help: "Read the marked entry.", rank: 1,
      disabledReason: { screen, model in screen.found(model).isEmpty ? localized("nothing is found") : nil },
      action: { screen, _, turn in
        let found = screen.found(turn.model)
        if found.indices.contains(screen.selected) {
          turn.moves.append(.push(.entry(EntryScreen(found[screen.selected]))))
        }
      }),
    KeyBinding(
      [.up, .down], "Up/Down", "move", help: "Mark another entry.", rank: 3
    ) { screen, key, turn in
      screen.selected = max(
        0, min(screen.found(turn.model).count - 1, screen.selected + (key == .up ? -1 : 1)))
    },
    KeyBinding(
      [.tab, .backTab], "Tab", "next kind",
      help: "Causes, fixes, questions, findings, codes, solved cases in turn.",
      rank: 2
    ) { screen, key, _ in
      let kinds = KnowledgeEntry.Kind.allCases
      let place = kinds.firstIndex(of: screen.kind) ?? 0
      screen.kind = kinds[(place + (key == .tab ? 1 : kinds.count - 1)) % kinds.count]
      screen.selected = 0
    },
    KeyBinding([.pageUp, .pageDown], "PgUp/PgDn", "page", help: "Move by ten entries.", rank: nil) {
      screen, key, turn in
      screen.selected = max(
        0, min(screen.found(turn.model).count - 1, screen.selected + (key == .pageUp ? -10 : 10)))
    },
    KeyBinding([.escape], "Esc", "back", help: "Back to the screen before.", rank: 4) { _, _, turn in
      turn.moves.append(.pop)
    },
  ]

  var asScreen: Screen { .knowledge(self) }
  var name: String { localized("Knowledge") }
  var field: LineField? { LineField(name: localized("Search"), isEntered: false) }
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

  private func found(_ model: Model) -> [KnowledgeEntry] {
    guard let knowledge = model.knowledge else { return [] }
    let words = search.text.lowercased().split(separator: " ")
    return kind.entries(knowledge).filter { entry in
      let text = entry.searchText(knowledge).lowercased()
      return words.allSatisfy { text.contains($0) }
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let field = context.field(localized("Search "), search, atMost: 50)
    page.lead = [field.line]
    page.cursor = .init(row: 0, column: field.cursor)
    var tabs: Line = []
    for kind in KnowledgeEntry.Kind.allCases {
      let isShown = kind == self.kind
      if context.isNarrow, !isShown { continue }
      let word = localized(fixed: kind.rawValue)
      tabs.append(Span(isShown ? "[\(word)]" : " \(word) ", isShown ? .selected : .key))
      tabs.append(Span(" "))
    }
    guard let knowledge = context.model.knowledge else {
      page.body = context.text(localized("The knowledge is loading…"), .dim)
      return page
    }
    let target = context.model.triage?.target ?? (try? Target("HOST"))
    func filled(_ text: String) -> String { target.map { Wording.filled(text, $0) } ?? text }
    let found = found(context.model)
    page.lead.append(
      context.ink.spread(
        tabs, [Span(localized("\(found.count) of \(kind.entries(knowledge).count)"), .dim)], context.width))
    if context.height >= 12 { page.lead += context.blank }
    if found.isEmpty {
      page.body = context.text(
        localized("No entry holds all of these words. Tab looks among the next kind."), .warning)
    }
    for (index, entry) in found.enumerated() {
      let style: Style = index == selected ? .selected : .normal
      if index == selected { page.focus = page.body.count..<(page.body.count + 1) }
      page.body.append(
        context.ink.fit(
          [
            Span(context.mark(index, isSelected: index == selected), style),
            Span(context.ink.clean(filled(entry.title(knowledge))), style),
          ],
          context.width))
    }
    return page
  }
}

/// One entry of the knowledge.
enum KnowledgeEntry: Equatable, Sendable {
  case cause(CauseID)
  case fix(FixID)
  case question(QuestionID)
  case finding(FindingID)
  case code(CodeEntry)
  case story(StoryID)

  enum Kind: String, CaseIterable, Equatable, Sendable {
    case causes, fixes, questions, findings, codes, stories

    func entries(_ knowledge: KnowledgeBase) -> [KnowledgeEntry] {
      switch self {
      case .causes: knowledge.causes.map { .cause($0.id) }
      case .fixes: knowledge.fixes.map { .fix($0.id) }
      case .questions: knowledge.questions.map { .question($0.id) }
      // The findings of questions stand with these.
      case .findings: knowledge.findings.filter { !$0.id.name.hasPrefix("ask.") }.map { .finding($0.id) }
      case .codes: knowledge.codes.map { .code($0) }
      case .stories: knowledge.stories.map { .story($0.id) }
      }
    }
  }

  var kind: String {
    switch self {
    case .cause: localized("Cause")
    case .fix: localized("Fix")
    case .question: localized("Question")
    case .finding: localized("Finding")
    case .code: localized("Code")
    case .story: localized("Solved case")
    }
  }

  var id: String {
    switch self {
    case .cause(let id): id.name
    case .fix(let id): id.name
    case .question(let id): id.name
    case .finding(let id): id.name
    case .code(let entry): entry.symbol
    case .story(let id): id.name
    }
  }

  /// As it is written: `{host}` stands for the host.
  func title(_ knowledge: KnowledgeBase) -> String {
    switch self {
    case .cause(let id): knowledge.cause(id)?.title ?? id.name
    case .fix(let id): knowledge.fix(id)?.title ?? id.name
    case .question(let id): knowledge.question(id)?.ask ?? id.name
    case .finding(let id): knowledge.finding(id)?.title ?? id.name
    case .story(let id): knowledge.story(id)?.title ?? id.name
    case .code(let entry):
      entry.family == .event
        ? localized("Event \(entry.value)  \(entry.provider)")
        : "\(ReportedCode.hex(entry.value)) (\(entry.value))  \(entry.symbol)"
    }
  }

  func searchText(_ knowledge: KnowledgeBase) -> String {
    switch self {
    case .cause(let id): "\(title(knowledge)) \(id) \(knowledge.cause(id)?.shows ?? "")"
    case .code(let entry): "\(title(knowledge)) \(entry.meaning) \(entry.family.rawValue)"
    case .story(let id): "\(title(knowledge)) \(knowledge.story(id)?.told ?? "")"
    default: "\(title(knowledge)) \(id)"
    }
  }
}
