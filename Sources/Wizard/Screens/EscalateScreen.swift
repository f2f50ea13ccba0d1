import Diagnosis
import Facts

/// Hands the case to the team that owns the place, with everything that it needs to go on.
struct EscalateScreen: WizardScreen {
  /// The person asked for it; the program would still have steps.
  let isAsked: Bool

  static let keys: [KeyBinding<Self>] =
    [
      KeyBinding(
        [.enter], "Enter", "hand over", help: "Close the case as handed over to the team named.", rank: 1
      ) { screen, _, turn in
        if let owner = screen.owner(turn.model) { turn.close(.escalated(to: owner.rawValue)) }
      },
      KeyBinding(
        [.character("c")], "c", "copy", help: "Copy the text for the ticket.", rank: 2
      ) { screen, _, turn in
        let report = turn.model.report(for: screen.owner(turn.model))
        if let report { turn.effects.append(.copy(ReportFormat.plain.text(of: report))) }
      },
      KeyBinding(
        [.character("x")], "x", "close", help: "Close the case without a fix and without handing it over.",
        rank: 6
      ) { _, _, turn in turn.moves.append(.push(.confirm(ConfirmScreen(.closeUnsolved)))) },
      .scrollByLine,
    ] + KeyBinding.ofCase.filter { $0.name != "e" && $0.name != "Esc" } + [.back]

  var asScreen: Screen { .escalate(self) }
  var name: String { localized("Hand over") }

  private func owner(_ model: Model) -> Fix.Owner? {
    if case .escalate(let owner) = model.assessment?.next { return owner }
    for planned in model.assessment?.plan ?? [] {
      if case .escalate(let owner) = planned.step { return owner }
    }
    return .serverAdmin
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let owner = owner(context.model) else { return page }
    page.body += context.heading(localized("Hand over to: \(Wording.owner(owner))")) + context.blank
    page.body += context.text(
      isAsked
        ? localized("Enter closes the case as handed over; Esc goes back to it.")
        : localized(
          "Nothing that is left here is likely enough to be worth the time. What is known goes along:"))
    page.body += context.blank
    if let report = context.model.report(for: owner) {
      page.body += context.text(ReportFormat.plain.text(of: report), .input)
    }
    return page
  }
}
