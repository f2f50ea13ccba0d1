import Diagnosis
import Facts

/// What steps of the case took away from the host's security, and what has become of it.
struct LedgerScreen: WizardScreen {
  /// How the case ends once nothing here is open; nil when it was only looked at.
  var closing: Case.Ending?
  var selected = 0
  /// The reason to leave it as it is, while it is typed.
  var reason: LineEditor?

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.character("b")], "b", "it is back", help: "The protection is back: note it with time and name.",
      rank: 1, disabledReason: { screen, model in screen.reasonNotToSettle(model) },
      action: { screen, _, turn in
        guard let marked = screen.marked(turn.model) else { return }
        turn.record(.weakeningReversed(marked.fix))
        turn.model.notice = localized("Noted: it is back.")
        screen.goOn(&turn)
      }),
    KeyBinding(
      [.character("a")], "a", "leave it so",
      help: "Let the case end although the protection is still away; a reason is asked for.", rank: 2,
      disabledReason: { screen, model in screen.reasonNotToSettle(model) },
      action: { screen, _, _ in screen.reason = LineEditor(limit: 200) }),
    KeyBinding(
      [.character("c")], "c", "copy", help: "Copy how to put it back.", rank: 3,
      disabledReason: { screen, model in
        guard let command = screen.command(model) else { return localized("nothing was weakened") }
        return command.refusal.map { _ in localized("a value cannot be put in safely") }
      },
      action: { screen, _, turn in
        if let command = screen.command(turn.model) { turn.effects.append(.copy(command.text)) }
      }),
    .move(count: { _, model in model.weakened.count }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .ledger(self) }
  var name: String { localized("To be put back") }

  var field: LineField? { reason.map { _ in LineField(name: localized("Reason"), isEntered: true) } }
  mutating func clearField() { reason?.clear() }
  var typingKeys: [KeyRow]? { reason == nil ? nil : KeyRow.ofField }

  private func marked(_ model: Model) -> WeakenedProtection? {
    let all = model.weakened
    return all.indices.contains(selected) ? all[selected] : nil
  }

  private func command(_ model: Model) -> FilledCommand? {
    guard let marked = marked(model), let target = model.triage?.target,
      let weakening = model.knowledge?.fix(marked.fix)?.weakening
    else { return nil }
    return FilledCommand(
      Fix.Command(door: .console, shell: .powershell, text: weakening.reverse), target: target)
  }

  private func reasonNotToSettle(_ model: Model) -> String? {
    guard let marked = marked(model) else { return localized("nothing was weakened") }
    if case .reversed = marked.state { return localized("it is back already") }
    return nil
  }

  /// Closes the case when that waited for the last of them, else marks the next that is open.
  private mutating func goOn(_ turn: inout Turn) {
    let all = turn.model.weakened
    if let open = all.firstIndex(where: \.isOpen) {
      selected = open
    } else if let closing {
      turn.close(closing)
    }
  }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    guard var editor = reason else { return false }
    switch key {
    case .enter:
      guard editor.text.contains(where: { $0 != " " }) else {
        turn.model.notice = localized("Type the reason first: it stands in the ticket. Esc goes back.")
        return true
      }
      reason = nil
      guard let marked = marked(turn.model) else { return true }
      turn.record(.weakeningAccepted(marked.fix, reason: editor.text))
      goOn(&turn)
    case .escape: reason = nil
    default:
      _ = editor.take(key)
      reason = editor
    }
    return true
  }

  mutating func paste(_ text: String, _ turn: inout Turn) { reason?.insert(text) }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let all = context.model.weakened
    if let reason {
      let field = context.field(localized("Reason "), reason, atMost: 60)
      page.lead = [field.line]
      page.cursor = .init(row: 0, column: field.cursor)
    }
    if closing != nil {
      page.body += context.text(localized("Before the case is solved"), .heading)
      page.body += context.text(
        localized(
          "A step took a protection away. Put it back and press \(context.key("b")), or press \(context.key("a")) and say why it stays away."
        ))
    } else {
      page.body += context.text(localized("Protections that steps took away"), .heading)
    }
    if all.isEmpty {
      page.body += context.text(localized("None: no step of this case weakened security."), .good)
    }
    for (index, item) in all.enumerated() {
      page.body += context.height >= 12 ? context.blank : []
      let start = page.body.count
      page.body += context.choice(context.number(index), item.title, isSelected: index == selected)
      page.body += lines(item, context)
      if index == selected { page.focus = start..<page.body.count }
    }
    return page
  }

  private func lines(_ item: WeakenedProtection, _ context: PageContext) -> [Line] {
    var lines: [Line] = []
    switch item.state {
    case .open:
      lines += context.labelled(
        localized("  !! Open"), localized("put it back by \(item.due.text) UTC"), .bad)
    case .reversed(let time, let person):
      lines += context.labelled(localized("  Back"), localized("since \(time.text) UTC (\(person))"), .good)
    case .accepted(let reason, _, let person):
      lines += context.labelled(
        localized("  !! Left so"), localized("\(reason) (\(person)); due \(item.due.text) UTC"), .warning)
    }
    if case .reversed = item.state { return lines }
    return lines + context.labelled(localized("  How"), item.reverse)
  }
}
