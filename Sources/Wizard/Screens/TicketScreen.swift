import Diagnosis
import Facts

/// The case as plain text, and the number of the ticket that it belongs to.
struct TicketScreen: WizardScreen {
  /// The ticket number while it is typed.
  var number: LineEditor?
  var format = ReportFormat.plain

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.character("c"), .enter], "c", "copy", help: "Copy the whole text.", rank: 1) {
      screen, _, turn in
      turn.effects.append(.copy(screen.text(turn.model)))
    },
    KeyBinding(
      [.character("f")], "f", "format", help: "Plain text, Markdown, Jira or ServiceNow mark-up.", rank: 3
    ) { screen, _, turn in
      let formats: [ReportFormat] = [.plain, .markdown, .jira, .servicenow]
      let next = (formats.firstIndex(of: screen.format) ?? 0) + 1
      screen.format = formats[next % formats.count]
      turn.model.notice = localized("Written as \(screen.formatName).")
    },
    KeyBinding(
      [.character("i")], "i", "ticket number",
      help: "Type the number of the ticket; it is kept with the case.", rank: 2
    ) { screen, _, turn in screen.number = LineEditor(turn.model.triage?.record.ticket ?? "", limit: 60) },
    .scrollByLine, .scroll, .back, .leave,
  ]

  var asScreen: Screen { .ticket(self) }
  var name: String { localized("Ticket text") }

  var typingKeys: [KeyRow]? { number == nil ? nil : KeyRow.ofField }

  var field: LineField? { number.map { _ in LineField(name: localized("Ticket number"), isEntered: true) } }
  mutating func clearField() { number?.clear() }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    guard var editor = number else { return false }
    switch key {
    case .enter:
      if !editor.isEmpty { turn.record(.ticket(editor.text)) }
      number = nil
    case .escape: number = nil
    case .pageUp, .pageDown: return false
    default:
      _ = editor.take(key)
      number = editor
    }
    return true
  }

  mutating func paste(_ text: String, _ turn: inout Turn) { number?.insert(text) }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    if let number {
      let field = context.field(localized("Ticket number "), number, atMost: 40)
      page.lead = [field.line]
      page.cursor = .init(row: 0, column: field.cursor)
    }
    page.body = context.text(text(context.model), .input)
    return page
  }

  private var formatName: String {
    switch format {
    case .plain: localized("plain text")
    case .markdown: "Markdown"
    case .jira: localized("Jira mark-up")
    case .servicenow: localized("ServiceNow mark-up")
    case .html: "HTML"
    }
  }

  private func text(_ model: Model) -> String {
    model.report().map(format.text) ?? ""
  }
}

extension Model {
  /// The open case in words.
  func report(for recipient: Fix.Owner? = nil) -> CaseReport? {
    triage.map { CaseReport($0.record, assessor: advisor?.assessor, for: recipient) }
  }
}
