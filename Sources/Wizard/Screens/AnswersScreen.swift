import Diagnosis
import Facts

/// What was said so far; any of it can be said anew.
struct AnswersScreen: WizardScreen {
  var selected = 0

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.enter], "Enter", "answer again", help: "Ask the marked question again.", rank: 1) {
      screen, _, turn in
      screen.reopen(screen.selected, &turn)
    },
    KeyBinding(
      "123456789".map { .character($0) }, "1-9", "choose", help: "Ask the question of that number again.",
      rank: 2
    ) {
      screen, key, turn in
      guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
      screen.reopen(number - 1, &turn)
    },
    KeyBinding(
      [.character("x"), .delete], "x", "forget", help: "Forget the marked answer; it may be asked again.",
      rank: 3,
      disabledReason: { screen, model in
        screen.selected == 0
          ? localized("the code can be changed, not forgotten")
          : screen.selected > model.triage?.record.answers.count ?? 0
            ? localized("it is not answered yet") : nil
      },
      action: { screen, _, turn in
        let answers = turn.model.triage?.record.answers ?? []
        guard answers.indices.contains(screen.selected - 1) else { return }
        turn.moves.append(
          .push(.confirm(ConfirmScreen(.forget(answers[screen.selected - 1].question)))))
      }),
    .move(
      count: { _, model in
        (model.triage?.record.answers.count ?? 0) + (model.triage?.record.putOff.count ?? 0) + 1
      }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .answers(self) }
  var name: String { localized("Change an answer") }

  private func reopen(_ index: Int, _ turn: inout Turn) {
    guard let record = turn.model.triage?.record else { return }
    if index == 0 {
      turn.moves.append(.push(.target(TargetScreen(correcting: record.code))))
      return
    }
    let answers = record.answers
    let waiting = record.putOff
    if waiting.indices.contains(index - 1 - answers.count) {
      let id = waiting[index - 1 - answers.count]
      guard let question = turn.model.knowledge?.question(id) else {
        turn.model.notice = localized("This question is no longer in the knowledge.")
        return
      }
      turn.moves.append(.push(.work(WorkScreen(asking: question, again: nil))))
      return
    }
    guard answers.indices.contains(index - 1) else {
      turn.model.notice = localized("There is no answer \(index + 1).")
      return
    }
    let (id, choice) = answers[index - 1]
    guard let question = turn.model.knowledge?.question(id) else {
      turn.model.notice = localized(
        "This question is no longer in the knowledge; \(turn.model.key("x")) forgets its answer.")
      return
    }
    turn.moves.append(.push(.work(WorkScreen(asking: question, again: .some(choice)))))
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    let knowledge = context.model.knowledge
    page.body += context.heading(localized("Which answer was different?"))
    page.body +=
      context.text(localized("Nothing else is lost; what follows is thought through again."), .dim)
      + context.blank
    let code = triage.record.code.map(\.description) ?? localized("none")
    var rows = [(number: "1", text: localized("The code that the client shows: \(code)"))]
    for (index, answer) in triage.record.answers.enumerated() {
      let ask = knowledge?.question(answer.question)?.ask ?? answer.question.name
      rows.append(
        (
          index + 2 <= 9 ? "\(index + 2)" : " ",
          "\(Wording.filled(ask, triage.target)) \(context.ink.glyphs.arrow) \(Wording.answer(answer.question, answer.choice, knowledge))"
        ))
    }
    for id in triage.record.putOff {
      let question = knowledge?.question(id)
      rows.append(
        (
          rows.count < 9 ? "\(rows.count + 1)" : " ",
          localized(
            "Put off, for \(Wording.teller(question?.place)): \(Wording.filled(question?.ask ?? id.name, triage.target))"
          )
        ))
    }
    let list = context.list(rows, selected: selected)
    page.focus = list.focus.map { ($0.lowerBound + page.body.count)..<($0.upperBound + page.body.count) }
    page.body += list.lines
    return page
  }
}
