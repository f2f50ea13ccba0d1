import Diagnosis
import Facts

/// All cases, the last changed first.
struct ResumeScreen: WizardScreen {
  var selected = 0

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "go", help: "Open the marked case. An open one is probed again.", rank: 1,
      disabledReason: { _, model in (model.cases ?? []).isEmpty ? localized("there is no case") : nil },
      action: { screen, _, turn in
        let cases = turn.model.cases ?? []
        if cases.indices.contains(screen.selected) { Self.load(cases[screen.selected], &turn) }
      }),
    .move(count: { _, model in model.cases?.count ?? 0 }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .resume(self) }
  var name: String { localized("Cases") }

  static func load(_ summary: CaseSummary, _ turn: inout Turn) {
    if turn.model.triage?.id == summary.id {
      turn.moves += [.toCase, .advance(force: false)]
      return
    }
    turn.model.awaitedCase = summary.id
    turn.effects.append(.loadCase(summary.id))
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let cases = context.model.cases else {
      page.body = context.text(localized("Reading the list of cases…"), .dim)
      return page
    }
    page.lead = context.heading(cases.count == 1 ? localized("1 case") : localized("\(cases.count) cases"))
    if cases.isEmpty {
      page.body = context.text(localized("There is no case yet. Esc goes back to start one."), .dim)
    }
    for (index, summary) in cases.enumerated() {
      let start = page.body.count
      page.body +=
        context.isNarrow
        ? context.choice("", narrow(summary), isSelected: index == selected)
        : [row(summary, index, isSelected: index == selected, context)]
      if index == selected { page.focus = start..<page.body.count }
    }
    return page
  }

  private func narrow(_ summary: CaseSummary) -> String {
    "\(summary.target) \(summary.code ?? "") \(summary.state)"
  }

  private func row(_ summary: CaseSummary, _ index: Int, isSelected: Bool, _ context: PageContext) -> Line {
    let ink = context.ink
    let style: Style = isSelected ? .selected : .normal
    func column(_ text: String, _ width: Int) -> Line {
      ink.pad([Span(ink.clean(text), style)], width - 1, style: style) + [Span(" ", style)]
    }
    return ink.fit(
      [Span(context.mark(index, isSelected: isSelected), style)] + column(localized(fixed: summary.state), 10)
        + column(summary.target, 23)
        + column(summary.code ?? "", 10) + column(summary.changed.text, 17)
        + [
          Span(
            ink.clean([summary.person, summary.ticket ?? ""].filter { !$0.isEmpty }.joined(separator: " ")),
            style)
        ],
      context.width)
  }
}
