import Diagnosis
import Facts

/// The question that helps most, with the probes at work beside it. Without a question it waits for the probes.
struct WorkScreen: WizardScreen {
  let question: QuestionID?
  /// nil until the person has moved: Enter never answers by accident.
  var selected: Int?
  /// Why the question does not matter any more; nil while it does.
  var mootBecause: String?
  /// An earlier answer is being changed.
  var isReopened = false

  init(question: QuestionID?) { self.question = question }

  /// - Parameter choice: What was answered before, the inner nil for "I don't know"; nil where nothing was.
  init(asking question: Question, again choice: OutcomeID??) {
    self.question = question.id
    isReopened = choice != nil
    selected = choice.map { choice in
      choice.flatMap { choice in question.choices.firstIndex { $0.id == choice } } ?? question.choices.count
    }
  }

  static let keys: [KeyBinding<Self>] =
    [
      KeyBinding(
        [.enter], "Enter", "accept", help: "Give the marked answer.", rank: 1,
        disabledReason: { screen, model in
          if screen.mootBecause != nil { return nil }
          guard screen.question != nil else { return localized("the probes are still running") }
          return screen.selected == nil
            ? localized("no answer is marked: press its number, or move to it") : nil
        },
        action: { screen, _, turn in
          if screen.mootBecause != nil {
            turn.moves += [.toCase, .advance(force: true)]
          } else if let selected = screen.selected {
            screen.choose(selected, &turn)
          }
        }),
      KeyBinding(
        "1234567890".map { .character($0) }, "1-9", "answer",
        help: "Give the answer of that number; 0: I don't know.",
        rank: 2, disabledReason: { screen, _ in screen.reasonNotToAnswer },
        action: { screen, key, turn in
          guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
          let count = screen.choices(turn.model).count
          guard number <= count + 1 else {
            turn.model.notice = localized("There is no answer \(number).")
            return
          }
          turn.model.answeredByNumber = turn.now
          screen.choose(number == 0 ? count : number - 1, &turn)
        }),
      .askCaller("Ask the caller of the practised case: their answer is marked.") { screen, practice, turn in
        guard let knowledge = turn.model.knowledge,
          let question = screen.question.flatMap({ knowledge.question($0) })
        else { return }
        let answer = practice.answer(to: question, knowledge)
        let place = question.choices.firstIndex { $0.id == answer }
        screen.selected = place ?? question.choices.count
        let words = place.map { question.choices[$0].text } ?? localized("I don't know")
        let target = turn.model.triage?.target
        turn.model.notice =
          localized(
            "The caller says: “\(target.map { Wording.filled(words, $0) } ?? words)” Enter gives this answer."
          )
      } reason: { screen, _ in
        screen.reasonNotToAnswer
      },
      KeyBinding(
        [.up, .down, .character("k"), .character("j")], "Up/Down", "move",
        help: "Mark another answer.",
        rank: 4, disabledReason: { screen, _ in screen.reasonNotToAnswer },
        action: { screen, key, turn in
          let isUp = key == .up || key == .character("k")
          let last = screen.choices(turn.model).count
          screen.selected =
            screen.selected.map { max(0, min(last, $0 + (isUp ? -1 : 1))) } ?? (isUp ? last : 0)
        }),
      KeyBinding(
        [.character("s")], "s", "put off",
        help: "Whom to ask is not there: go on with something else, and come back to it.", rank: 4,
        disabledReason: { screen, _ in
          screen.isReopened ? localized("it is answered already") : screen.reasonNotToAnswer
        },
        action: { screen, _, turn in if let question = screen.question { turn.putOff(question) } }),
      KeyBinding(
        [.character("v")], "v", "paste",
        help: "Paste the output of a command, an event log or a whole error window: it is read for you.",
        rank: 3
      ) { screen, _, turn in
        PasteScreen.open(for: screen.readQuestion(turn.model)?.id, &turn)
      },
    ] + KeyBinding.ofCase.filter { $0.name != "v" }

  var asScreen: Screen { .work(self) }
  var name: String { question == nil ? localized("Looking") : localized("Question") }
  var hasSide: Bool { true }

  private var reasonNotToAnswer: String? {
    if question == nil { return localized("no question is open") }
    return mootBecause.map { localized("\($0); Enter goes on") }
  }

  /// The question, where a pasted text can answer it.
  private func readQuestion(_ model: Model) -> Question? {
    guard let entry = question.flatMap({ model.knowledge?.question($0) }), !entry.reads.isEmpty else {
      return nil
    }
    return entry
  }

  private func choices(_ model: Model) -> [Question.Choice] {
    question.flatMap { model.knowledge?.question($0) }?.choices ?? []
  }

  private func choose(_ index: Int, _ turn: inout Turn) {
    guard let question else { return }
    let choices = choices(turn.model)
    turn.answer(question, choices.indices.contains(index) ? choices[index].id : nil)
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    page.side = ProbePanel(triage, context).lines(width: context.sideWidth, height: context.height)
    page.sideName = localized("probes \(triage.probesDone)/\(triage.probesAsked)")
    guard let id = question, let question = context.model.knowledge?.question(id) else {
      page.body = waiting(triage, context)
      return page
    }
    let number = triage.record.questionsAsked + 1
    let target = triage.target
    func words(_ text: String) -> String { Wording.filled(text, target) }
    let isRoomy = context.height >= 14
    let whom = Wording.teller(question.place)
    if isRoomy || isReopened || question.place != nil {
      page.body += context.text(
        isReopened
          ? localized("Answer again; who knows: \(whom)") : localized("Question \(number), for \(whom)"), .dim
      )
    }
    page.body += context.text(words(question.ask), .heading)
    if let mootBecause {
      page.body += context.blank
      page.body += context.text(localized("Not needed any more: \(mootBecause)."), .warning)
      page.body += context.text(localized("Enter goes on."), .strong) + context.blank
    }
    if isRoomy { page.body += context.blank }
    let count = question.choices.count
    for index in 0...count {
      let start = page.body.count
      let isUnknown = index == count
      page.body += context.choice(
        isUnknown && index >= 9 ? "0" : "\(index + 1)",
        isUnknown ? localized("I don't know") : words(question.choices[index].text),
        isSelected: index == selected, isDim: mootBecause != nil)
      if index == selected { page.focus = start..<page.body.count }
    }
    if !question.say.isEmpty {
      if isRoomy { page.body += context.blank }
      page.body += context.part(localized("Say"), localized("“\(words(question.say))”"), .accent)
    }
    if !question.how.isEmpty {
      if isRoomy { page.body += context.blank }
      page.body += context.part(localized("How"), words(question.how))
    }
    if !question.reads.isEmpty {
      page.body += context.part(
        localized("Or"),
        localized("\(context.key("v")): paste what it printed, and the answer is read from it"))
    }
    return page
  }

  private func waiting(_ triage: Triage, _ context: PageContext) -> [Line] {
    var lines: [Line] = []
    guard context.model.knowledge != nil else {
      return context.heading(localized("The knowledge is loading…"))
    }
    lines += context.heading(localized("Looking at \(triage.target.connectText)…"))
    lines += context.blank
    if context.isOnePane {
      lines += ProbePanel(triage, context).lines(width: context.width, height: context.height)
      return lines
    }
    let running = triage.panel.filter { $0.state == .running }.map(\.title)
    if !running.isEmpty { lines += context.part(localized("Now"), running.joined(separator: ", ")) }
    lines += context.part(
      localized("Done"), localized("\(triage.probesDone) of \(triage.probesAsked) probes"))
    lines += context.blank
    lines += context.text(
      localized(
        "No question would help more than what the probes are about to see. The next step follows by itself."),
      .dim)
    return lines
  }
}

extension PageContext {
  /// A short label for panes that are not wide.
  func part(_ label: String, _ text: String, _ style: Style = .normal) -> [Line] {
    ink.wrap(text, after: Span(label, .dim), indent: 6, width: width, style: style)
  }
}
