import Diagnosis
import Facts

/// The keys of the screen before, from its key table. Keys that do nothing now say why.
struct HelpScreen: WizardScreen {
  let subject: String
  let rows: [KeyRow]

  init(of subject: String, rows: [KeyRow]) {
    self.subject = subject
    self.rows = rows
  }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.escape, .backspace, .enter, .character("?")], "Esc", "back", help: "Back to the screen before.",
      rank: 1
    ) {
      _, _, turn in turn.moves.append(.pop)
    },
    .scrollByLine, .scroll, .leave,
  ]

  var asScreen: Screen { .help(self) }
  var name: String { localized("Help") }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    guard key == .character("?") else { return false }
    turn.moves.append(.pop)
    return true
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    page.body += context.heading(localized("Keys here: \(subject)"))
    let indent = context.isNarrow ? 10 : PageContext.labelWidth
    for row in rows {
      page.body += context.ink.wrap(
        row.help, after: Span(row.name, row.disabledReason == nil ? .key : .dim), indent: indent,
        width: context.width,
        style: row.disabledReason == nil ? .normal : .dim)
      if let reason = row.disabledReason {
        page.body += context.ink.wrap(
          localized("not now: \(reason)"), after: Span(" "), indent: indent, width: context.width,
          style: .warning)
      }
    }
    if context.ink.isLinear { return page }
    page.body += context.blank
    page.body += context.text(localized("Signs"), .heading)
    let glyphs = context.ink.glyphs
    page.body += context.text(
      localized(
        "\(glyphs.good) ok   \(glyphs.bad) fault   \(glyphs.seen) seen, neither good nor bad   \(glyphs.unsure) unsure: no answer, no evidence   \(glyphs.none) no run: not looked at   \(glyphs.none) n/a: does not exist here"
      )
    )
    return page
  }
}
