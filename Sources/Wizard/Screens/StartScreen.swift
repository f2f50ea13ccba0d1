import Diagnosis
import Facts

/// Where everything begins: open cases first, then what can be started.
struct StartScreen: WizardScreen {
  var selected = 0

  private static let casesShown = 5

  enum Row: Equatable {
    case goOn
    case resume(CaseSummary)
    case newCase, practice, lookUp, knowledge, allCases, settings, leave

    /// The same row, though what it says may be newer.
    func isSame(as other: Row?) -> Bool {
      if case .resume(let mine) = self, case .resume(let theirs)? = other { return mine.id == theirs.id }
      return self == other
    }
  }

  private static let letters: [(letter: Character, row: Row)] = [
    ("n", .newCase), ("p", .practice), ("c", .lookUp), ("b", .knowledge), ("a", .allCases), ("s", .settings),
  ]

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.enter], "Enter", "go", help: "Open what is marked.", rank: 1) { screen, _, turn in
      let rows = screen.rows(of: turn.model)
      guard rows.indices.contains(screen.selected) else { return }
      screen.open(rows[screen.selected], &turn)
    },
    .move(count: { screen, model in screen.rows(of: model).count }, selection: \.selected),
    KeyBinding(
      "123456789".map { .character($0) }, "1-9", "choose", help: "Open the row of that number.", rank: 2
    ) { screen, key, turn in
      guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
      let rows = screen.rows(of: turn.model)
      guard rows.indices.contains(number - 1) else {
        turn.model.notice = localized("There is no row \(number).")
        return
      }
      screen.selected = number - 1
      screen.open(rows[number - 1], &turn)
    },
    KeyBinding(
      letters.map { .character($0.letter) }, "n p c b a s", "choose",
      help: "New case, practice, code, knowledge base, all cases, settings: these letters never move.",
      rank: 3
    ) { screen, key, turn in
      guard case .character(let typed) = key, let row = letters.first(where: { $0.letter == typed })?.row
      else { return }
      screen.selected = screen.rows(of: turn.model).firstIndex(of: row) ?? screen.selected
      screen.open(row, &turn)
    },
    .scroll,
    KeyBinding(
      [.escape, .backspace], "Esc", "back", help: "Back to the case.", rank: nil,
      disabledReason: { _, model in
        model.triage == nil
          ? localized("this is the first screen; \(model.key("q")) leaves the program") : nil
      }, action: { _, _, turn in turn.moves += [.toCase, .advance(force: false)] }),
    .leave,
  ]

  var asScreen: Screen { .start(self) }
  var name: String { localized("Start") }

  func rows(of model: Model) -> [Row] {
    var rows: [Row] = []
    if let triage = model.triage, triage.record.ending == nil { rows.append(.goOn) }
    rows += (model.cases ?? []).filter { $0.state == "open" && $0.id != model.triage?.id }
      .prefix(Self.casesShown).map { .resume($0) }
    return rows + [.newCase, .practice, .lookUp, .knowledge, .allCases, .settings, .leave]
  }

  private func open(_ row: Row, _ turn: inout Turn) {
    switch row {
    case .goOn: turn.moves += [.toCase, .advance(force: false)]
    case .resume(let summary): ResumeScreen.load(summary, &turn)
    case .newCase:
      let usual = turn.model.settings.defaults
      turn.moves.append(.push(.target(TargetScreen(.init(gateway: usual.gateway, domain: usual.domain)))))
    case .lookUp: turn.moves.append(.push(.codes(CodeScreen())))
    case .practice: turn.moves.append(.push(.practice(PracticeScreen())))
    case .allCases:
      turn.effects.append(.listCases)
      turn.moves.append(.push(.resume(ResumeScreen())))
    case .knowledge: turn.moves.append(.push(.knowledge(KnowledgeScreen())))
    case .settings:
      turn.effects.append(.listCases)
      turn.moves.append(.push(.settings(SettingsScreen())))
    case .leave: turn.leave()
    }
  }

  func page(_ context: PageContext) -> Page {
    let model = context.model
    let rows = rows(of: model)
    var page = Page()
    if context.height >= 14 {
      page.lead = context.heading(localized("Remote Desktop does not connect?")) + context.blank
    }
    var lastGroup = 0
    for (index, row) in rows.enumerated() {
      let (text, group) = words(row, model)
      if group != lastGroup {
        if index > 0, context.height >= 12 { page.body += context.blank }
        if group == 1 { page.body += context.text(localized("Open cases"), .dim) }
        lastGroup = group
      }
      let start = page.body.count
      page.body += context.choice(
        label(row, index, context),
        context.isNarrow ? text.short : text.short + text.more,
        isSelected: index == selected)
      if index == selected { page.focus = start..<page.body.count }
    }
    if model.cases == nil {
      page.body += context.blank + context.text(localized("Reading the list of cases…"), .dim)
    }
    if model.awaitedCase != nil {
      page.body += context.blank + context.text(localized("Reading the case…"), .dim)
    }
    return page
  }

  private func label(_ row: Row, _ index: Int, _ context: PageContext) -> String {
    if context.ink.isLinear { return index < 9 ? "\(index + 1)" : context.number(index) }
    if let fixed = Self.letters.first(where: { $0.row == row }) { return String(fixed.letter) }
    if row == .leave { return "q" }
    return index < 9 ? "\(index + 1)" : " "
  }

  /// A name or address, or a message of the client: either begins a case.
  mutating func paste(_ text: String, _ turn: inout Turn) {
    let usual = turn.model.settings.defaults
    var word = text[...]
    while let last = word.last, last.isWhitespace { word.removeLast() }
    while let first = word.first, first.isWhitespace { word.removeFirst() }
    guard !word.isEmpty else { return }
    let isHost =
      word.count <= 255 && !word.contains(where: \.isWhitespace) && !word.lowercased().hasPrefix("0x")
      && !word.allSatisfy(\.isNumber) && (try? Target(String(word))) != nil
    var screen = TargetScreen(
      .init(target: isHost ? String(word) : "", gateway: usual.gateway, domain: usual.domain))
    if !isHost {
      screen.focus = .code
      screen.paste(text, &turn)
      screen.focus = .host
    }
    turn.moves.append(.push(.target(screen)))
  }

  private func words(_ row: Row, _ model: Model) -> ((short: String, more: String), group: Int) {
    func padded(_ text: String, _ more: String) -> (short: String, more: String) {
      (text, String(repeating: " ", count: max(2, 22 - text.count)) + more)
    }
    switch row {
    case .goOn:
      let triage = model.triage
      let code = triage?.record.code.map { "  \($0)" } ?? ""
      return ((localized("Go on: \(triage?.target.connectText ?? "")\(code)"), ""), 1)
    case .resume(let summary):
      let code = summary.code.map { "  \($0)" } ?? ""
      return (("\(summary.target)\(code)", "  \(summary.changed.text)  \(summary.person)"), 1)
    case .newCase: return (padded(localized("New case"), localized("a caller cannot connect")), 2)
    case .lookUp:
      return (padded(localized("Look up a code"), localized("what a number means, and who says it")), 2)
    case .practice: return (padded(localized("Practice"), localized("broken hosts on this machine")), 2)
    case .allCases: return (padded(localized("All cases"), localized("also closed ones")), 2)
    case .knowledge: return (padded(localized("Knowledge"), localized("causes, fixes, questions, codes")), 2)
    case .settings: return (padded(localized("Settings"), localized("colours, and what is known here")), 2)
    case .leave: return (padded(localized("Quit"), localized("every case is kept")), 2)
    }
  }
}
