import Diagnosis
import Facts

/// Asks before something is weakened or lost. "No" is marked, so Enter alone changes nothing.
struct ConfirmScreen: WizardScreen {
  enum Act: Equatable, Sendable {
    case weaken(FixID, Carrying)
    case forget(QuestionID)
    /// What was handed in under this name.
    case discard(String)
    case withdraw(FixID)
    case closeUnsolved
    /// As solved by this fix, although the probes see no change.
    case closeOnWord(FixID)
    /// The program, while entries cannot be written.
    case leave(unsaved: Int, reason: String)

    /// What goes on after the yes to a weakening step.
    enum Carrying: Equatable, Sendable {
      case copy(String)
      case done, works
    }
  }

  let act: Act
  var selected = 0

  init(_ act: Act) { self.act = act }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.enter], "Enter", "accept", help: "Do what is marked.", rank: 1) { screen, _, turn in
      screen.selected == 1 ? screen.carryOut(&turn) : screen.goBack(&turn)
    },
    KeyBinding(
      [.character("y"), .character("2")], "y", "yes", help: "Yes, go on.", rank: 1
    ) { screen, _, turn in screen.carryOut(&turn) },
    KeyBinding(
      [.character("n"), .character("1"), .escape, .backspace], "n", "no",
      help: "No: back, and nothing has changed; also Esc.", rank: 1
    ) { screen, _, turn in screen.goBack(&turn) },
    .move(count: { _, _ in 2 }, selection: \.selected),
    .scroll,
  ]

  var asScreen: Screen { .confirm(self) }
  var name: String { localized("Are you sure?") }

  private func goBack(_ turn: inout Turn) {
    if case .leave = act { turn.effects.append(.stay) }
    turn.moves.append(.pop)
  }

  private func carryOut(_ turn: inout Turn) {
    turn.moves.append(.pop)
    switch act {
    case .weaken(let id, let carrying):
      turn.model.triage?.agreedWeakenings.insert(id)
      guard let fix = turn.model.knowledge?.fix(id) else { return }
      switch carrying {
      case .copy(let text): turn.effects.append(.copy(text))
      case .done: turn.done(fix)
      case .works: turn.done(fix, isSaidToWork: true)
      }
    case .forget(let question):
      turn.record(.answerWithdrawn(question))
      turn.model.notice = localized("Forgotten. The causes are ranked again.")
      turn.moves.append(.advance(force: true))
    case .discard(let name):
      turn.record(.submissionWithdrawn(name))
      turn.model.notice = localized("Taken back. The causes are ranked again.")
      turn.moves.append(.advance(force: true))
    case .withdraw(let fix): turn.withdraw(fix)
    case .closeUnsolved: turn.close(.closed)
    case .closeOnWord(let fix): turn.close(.solved(by: fix))
    case .leave: turn.effects.append(.quitNow)
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let (question, explanation, yes) = words(context.model)
    page.lead = context.text(question, .heading) + (context.height >= 12 ? context.blank : [])
    let list = context.list([("1", localized("No, go back")), ("2", yes)], selected: selected)
    page.focus = list.focus
    page.body += list.lines + context.blank
    page.body += explanation.flatMap { context.text($0.0, $0.1) }
    return page
  }

  private func words(_ model: Model) -> (question: String, explanation: [(String, Style)], yes: String) {
    let target = model.triage?.target
    switch act {
    case .weaken(let id, _):
      let weakening = target.flatMap { target in
        model.knowledge?.fix(id).map { FixCard($0, target: target).fix }
      }?.weakening
      var explanation: [(String, Style)] = [
        (
          localized("!! “\(Wording.title(id, target: target, model.knowledge))” takes a protection away."),
          .warning
        )
      ]
      if let weakening {
        explanation.append(
          (
            localized("It must be back within \(Wording.hours(weakening.dueHours)); the case reminds of it."),
            .normal
          ))
        explanation.append((localized("Back: \(weakening.reverse)"), .normal))
      }
      return (
        localized("Weaken security for a while?"), explanation, localized("Yes, and put it back in time")
      )
    case .forget(let id):
      let ask = model.knowledge?.question(id)?.ask ?? id.name
      let words = target.map { Wording.filled(ask, $0) } ?? ask
      return (
        localized("Forget this answer?"),
        [(words, .normal), (localized("It may be asked again. Everything else stays."), .dim)],
        localized("Yes, forget it")
      )
    case .discard(let name):
      return (
        localized("Take back what was read?"),
        [
          (name, .normal),
          (localized("It counts as if it had never been handed in. Everything else stays."), .dim),
        ],
        localized("Yes, take it back")
      )
    case .withdraw(let id):
      return (
        localized("Take this step back?"),
        [
          (Wording.title(id, target: target, model.knowledge), .normal),
          (
            localized(
              "It counts as if it had not been tried, and may be advised again. The host is not changed."),
            .dim
          ),
        ], localized("Yes, take it back")
      )
    case .closeUnsolved:
      return (
        localized("Close the case without a fix?"),
        [(localized("Nobody takes it over. It stays in the list of cases, and can be reopened."), .normal)],
        localized("Yes, close it")
      )
    case .closeOnWord:
      return (
        localized("Close on the caller's word?"),
        [
          (localized("The probes still see what they saw before the fix."), .warning),
          (
            localized("The case is kept as closed on the caller's word, and nothing is learnt from it."),
            .normal
          ),
        ],
        localized("Yes, the caller is in: close it")
      )
    case .leave(_, let reason):
      let count = model.unsaved
      return (
        localized("Leave although something is not saved?"),
        [
          (reason, .normal),
          (
            count == 1
              ? localized(
                "The last entry is not saved. Leaving now keeps it in a file of its own, and the next start saves it."
              )
              : localized(
                "The last \(count) entries are not saved. Leaving now keeps them in a file of its own, and the next start saves them."
              ),
            .warning
          ),
        ], localized("Yes, leave now")
      )
    }
  }
}
