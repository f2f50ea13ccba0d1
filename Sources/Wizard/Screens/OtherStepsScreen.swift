import Diagnosis
import Facts

/// Every step that could be taken now, what each would cost, and where it would lead. Any of them can be taken.
struct OtherStepsScreen: WizardScreen {
  /// The planner's choice first, as things stood when the screen was opened.
  let steps: [PlannedStep]
  var selected = 0
  /// What was worked out for the marked step; nil until it is asked for.
  var explanation: StepExplanation?

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "look", help: "What the marked step costs and where it leads; Enter again takes it.",
      rank: 1,
      disabledReason: { screen, _ in screen.steps.isEmpty ? localized("there is no step left") : nil },
      action: { screen, _, turn in
        if let explanation = screen.explanation {
          screen.take(explanation.step, &turn)
        } else {
          screen.lookCloser(&turn)
        }
      }),
    KeyBinding(
      [.up, .down, .character("k"), .character("j")], "Up/Down", "move",
      help: "Move to another step.",
      rank: 4
    ) { screen, key, turn in
      let moved = screen.selected + (key == .up || key == .character("k") ? -1 : 1)
      guard screen.steps.indices.contains(moved) else {
        turn.model.notice =
          moved < 0 ? localized("This is the first step.") : localized("This is the last step.")
        return
      }
      screen.selected = moved
      screen.explanation = nil
    },
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .otherSteps(self) }
  var name: String { localized("Other steps") }

  private mutating func lookCloser(_ turn: inout Turn) {
    guard steps.indices.contains(selected), let advisor = turn.model.advisor,
      let record = turn.model.triage?.record
    else { return }
    let evidence = Evidence(record, knowledge: advisor.assessor.knowledge)
    explanation = advisor.assessor.explain(evidence, step: steps[selected].step)
    if explanation == nil {
      turn.model.notice = localized("This step does not apply any more: Esc goes back.")
    }
  }

  private func take(_ step: NextStep, _ turn: inout Turn) {
    if case .escalate = step {
      turn.moves += [.toCase, .push(.escalate(EscalateScreen(isAsked: true)))]
      return
    }
    turn.model.triage?.chosen = step
    turn.moves += [.toCase, .advance(force: true)]
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    let knowledge = context.model.knowledge
    page.body += context.heading(localized("What else could be done now"))
    page.body += context.text(
      localized("Minutes are expected ones until the case ends, if the plan is followed after it."), .dim)
    if !context.isNarrow { page.body += context.blank }
    for (index, planned) in steps.enumerated() {
      let start = page.body.count
      let minutes = "\(Wording.minutes(planned.expectedMinutes)): "
      page.body += context.choice(
        index == 0 ? localized("now") : localized("or "),
        minutes + Wording.step(planned.step, triage.target, knowledge),
        isSelected: index == selected)
      if index == selected, let explanation, let knowledge {
        page.body += details(explanation, knowledge, triage, context)
      }
      if index == selected { page.focus = start..<page.body.count }
    }
    return page
  }

  private func details(
    _ explanation: StepExplanation, _ knowledge: KnowledgeBase, _ triage: Triage, _ context: PageContext
  ) -> [Line] {
    func words(_ text: String) -> String { Wording.filled(text, triage.target) }
    var lines = context.point(" ", words(explanation.why(knowledge)))
    for outlook in explanation.outlooks {
      lines += context.point(
        "   \(context.ink.glyphs.arrow)", words(explanation.words(outlook, knowledge)), .dim)
    }
    return lines + context.point(" ", localized("Enter takes this step; Up/Down looks at another."), .strong)
  }
}
