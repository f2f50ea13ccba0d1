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
    .move("row", count: { _, _ in rows.count }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .settings(self) }
  var name: String { "Settings" }

  private func choose(_ index: Int, _ turn: inout Turn) {
    guard Self.rows.indices.contains(index) else { return }
    switch Self.rows[index] {
    case .theme(let theme): turn.model.display.theme = theme
    case .characters:
      guard turn.model.display.canChooseUnicode else {
        turn.model.notice = "This terminal's locale is not UTF-8, so only ASCII can be drawn."
        return
      }
      turn.model.display.isASCII.toggle()
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let display = context.model.display
    page.body += context.heading("Colours")
    for (index, row) in Self.rows.enumerated() {
      if row == .characters {
        if context.height >= 14 { page.body += context.blank }
        page.body += context.heading("Characters")
      }
      let start = page.body.count
      page.body += context.choice("\(index + 1)", words(row, display, context), isSelected: index == selected)
      if index == selected { page.focus = start..<page.body.count }
    }
    let glyphs = context.ink.glyphs
    page.body += [
      [
        Span("     "), Span("\(glyphs.good) ok", .good), Span("  "), Span("\(glyphs.bad) fault", .bad),
        Span("  "),
        Span("\(glyphs.unsure) unsure", .warning), Span("  "), Span("looking", .accent), Span("  "),
        Span("less", .dim),
      ]
    ]
    if context.height >= 14 { page.body += context.blank }
    page.body += context.heading("This program")
    page.body += facts(context)
    let file = context.model.settings.configurationFile
    page.body += context.text(
      "--theme and --ascii choose at the start"
        + (file.isEmpty ? "." : "; to keep it, write “theme: \(display.theme.rawValue)” into \(file)."), .dim)
    return page
  }

  private func words(_ row: Row, _ display: Display, _ context: PageContext) -> String {
    switch row {
    case .theme(let theme):
      let name = theme.rawValue + (display.theme == theme ? " (in use)" : "")
      if context.isNarrow { return name }
      return name + String(repeating: " ", count: max(2, 24 - name.count)) + theme.description
    case .characters:
      return display.isASCII ? "ASCII only (in use)" : "Unicode (in use); choose for ASCII only"
    }
  }

  private func facts(_ context: PageContext) -> [Line] {
    let model = context.model
    let settings = model.settings
    var lines: [Line] = []
    lines += context.labelled("Version", settings.version)
    lines += context.labelled("You are", settings.person)
    lines += context.labelled("Cases in", settings.dataDirectory)
    if let cases = model.cases {
      func count(_ state: String) -> Int { cases.count { $0.state == state } }
      lines += context.labelled(
        "Cases",
        "\(count("open")) open, \(count("solved")) solved, \(count("escalated")) handed over, \(count("closed")) closed"
      )
    }
    if let knowledge = model.knowledge {
      let origins = Set(
        knowledge.causes.map(\.origin) + knowledge.fixes.map(\.origin) + knowledge.questions.map(\.origin))
      let own = origins.filter { $0 != "built-in" }.count
      lines += context.labelled(
        "Knowledge",
        "\(knowledge.causes.count) causes, \(knowledge.fixes.count) fixes, \(knowledge.questions.count) questions, \(knowledge.codes.count) codes"
          + (own == 0 ? "" : "; \(own) files of a team's own"))
    }
    let learnt = model.knowledge?.casesLearntFrom ?? 0
    lines += context.labelled(
      "Learnt",
      learnt == 0
        ? "nothing here yet: the shipped rates count" : "rates moved by \(learnt) solved cases of this site")
    lines += context.labelled(
      "Probes", "\(settings.probes.count), a whole run at most \(Wording.time(settings.timeLimit))")
    return lines
  }
}
