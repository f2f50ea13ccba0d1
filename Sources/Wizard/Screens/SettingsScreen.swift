import Diagnosis
import Facts

/// How the screens look, and what this start of the program knows and keeps.
struct SettingsScreen: WizardScreen {
  var selected = 0

  private enum Row: Equatable { case theme(Theme), characters }
  private static let rows: [Row] = Theme.allCases.map { .theme($0) } + [.characters]

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.enter, .character(" ")], "Enter", "choose", help: "Use what is marked, at once.", rank: 1) {
      screen, _, turn in screen.choose(screen.selected, &turn)
    },
    KeyBinding("123456".map { .character($0) }, "1-6", "choose", help: "Use the row of that number.", rank: 2)
    {
      screen, key, turn in
      guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
      screen.selected = number - 1
      screen.choose(number - 1, &turn)
    },
    .move(count: { _, _ in rows.count }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .settings(self) }
  var name: String { localized("Settings") }

  private func choose(_ index: Int, _ turn: inout Turn) {
    guard Self.rows.indices.contains(index) else { return }
    switch Self.rows[index] {
    case .theme(let theme): turn.model.display.theme = theme
    case .characters:
      guard turn.model.display.canChooseUnicode else {
        turn.model.notice = localized("This terminal's locale is not UTF-8, so only ASCII can be drawn.")
        return
      }
      turn.model.display.isASCII.toggle()
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let display = context.model.display
    page.body += context.heading(localized("Colours"))
    for (index, row) in Self.rows.enumerated() {
      if row == .characters {
        if context.height >= 14 { page.body += context.blank }
        page.body += context.heading(localized("Characters"))
      }
      let start = page.body.count
      page.body += context.choice("\(index + 1)", words(row, display, context), isSelected: index == selected)
      if index == selected { page.focus = start..<page.body.count }
    }
    let glyphs = context.ink.glyphs
    page.body += [
      [
        Span("     "), Span(localized("\(glyphs.good) ok"), .good), Span("  "),
        Span(localized("\(glyphs.bad) fault"), .bad),
        Span("  "),
        Span(localized("\(glyphs.unsure) unsure"), .warning), Span("  "), Span(localized("looking"), .accent),
        Span("  "),
        Span(localized("less"), .dim),
      ]
    ]
    if context.height >= 14 { page.body += context.blank }
    page.body += context.heading(localized("This program"))
    page.body += facts(context)
    let file = context.model.settings.configurationFile
    page.body += context.text(
      localized("--theme and --ascii choose at the start")
        + (file.isEmpty
          ? "." : localized("; to keep it, write “theme: \(display.theme.rawValue)” into \(file).")),
      .dim)
    return page
  }

  private func words(_ row: Row, _ display: Display, _ context: PageContext) -> String {
    switch row {
    case .theme(let theme):
      let name = theme.rawValue + (display.theme == theme ? localized(" (in use)") : "")
      if context.isNarrow { return name }
      return name + String(repeating: " ", count: max(2, 24 - name.count))
        + localized(fixed: theme.description)
    case .characters:
      return display.isASCII
        ? localized("ASCII only (in use)") : localized("Unicode (in use); choose for ASCII only")
    }
  }

  private func facts(_ context: PageContext) -> [Line] {
    let model = context.model
    let settings = model.settings
    var lines: [Line] = []
    lines += context.labelled(localized("Version"), settings.version)
    lines += context.labelled(localized("You are"), settings.person)
    lines += context.labelled(localized("Cases in"), settings.dataDirectory)
    if let cases = model.cases {
      func count(_ state: String) -> Int { cases.count { $0.state == state } }
      lines += context.labelled(
        localized("Cases"),
        localized(
          "\(count("open")) open, \(count("solved")) solved, \(count("escalated")) handed over, \(count("closed")) closed"
        )
      )
    }
    if let knowledge = model.knowledge {
      let origins = Set(
        knowledge.causes.map(\.origin) + knowledge.fixes.map(\.origin) + knowledge.questions.map(\.origin))
      let own = origins.filter { $0 != "built-in" }.count
      lines += context.labelled(
        localized("Knowledge"),
        localized(
          "\(knowledge.causes.count) causes, \(knowledge.fixes.count) fixes, \(knowledge.questions.count) questions, \(knowledge.codes.count) codes"
        )
          + (own == 0 ? "" : localized("; \(own) files of a team's own")))
    }
    let learnt = model.knowledge?.casesLearntFrom ?? 0
    lines += context.labelled(
      localized("Learnt"),
      learnt == 0
        ? localized("nothing here yet: the shipped rates count")
        : localized("rates moved by \(learnt) solved cases of this site"))
    lines += context.labelled(
      localized("Probes"),
      localized("\(settings.probes.count), a whole run at most \(Wording.time(settings.timeLimit))"))
    return lines
  }
}
