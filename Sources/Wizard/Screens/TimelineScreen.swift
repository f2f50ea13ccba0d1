import Diagnosis
import Facts

/// Everything that was said, seen and done, in order, with who and when. What people said can be changed from here.
struct TimelineScreen: WizardScreen {
  /// Index of the marked entry.
  var selected = 0

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "change",
      help: "An answer or the code: say it anew. A step: its card. What follows is thought through again.",
      rank: 1,
      disabledReason: { screen, model in screen.reasonNotToChange(model) },
      action: { screen, _, turn in screen.change(&turn) }),
    KeyBinding(
      [.character("x"), .delete], "x", "take back",
      help: "As if the marked answer, output, file or step had never been given.",
      rank: 2, disabledReason: { screen, model in screen.reasonNotToTakeBack(model) },
      action: { screen, _, turn in
        switch screen.marked(turn.model)?.event {
        case .answered(let question, _):
          turn.moves.append(.push(.confirm(ConfirmScreen(.forget(question)))))
        case .submitted(let name, _): turn.moves.append(.push(.confirm(ConfirmScreen(.discard(name)))))
        case .stepTaken(let fix, _): turn.moves.append(.push(.confirm(ConfirmScreen(.withdraw(fix)))))
        default: break
        }
      }),
    .move("entry", count: { _, model in model.triage?.record.entries.count ?? 0 }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .timeline(self) }
  var name: String { "Time line" }

  init(_ record: Case?) { selected = max(0, (record?.entries.count ?? 0) - 1) }

  private func marked(_ model: Model) -> Case.Entry? {
    let entries = model.triage?.record.entries ?? []
    return entries.indices.contains(selected) ? entries[selected] : nil
  }

  private func reasonNotToChange(_ model: Model) -> String? {
    guard let record = model.triage?.record, let event = marked(model)?.event else {
      return "nothing is marked"
    }
    if record.ending != nil { return "the case is closed; o on its last page reopens it" }
    switch event {
    case .codeReported: return nil
    case .answered(let id, _), .answerWithdrawn(let id):
      return model.knowledge?.question(id) == nil ? "this question is no longer in the knowledge" : nil
    case .stepTaken(let id, _), .stepWithdrawn(let id):
      if model.triage?.proving != nil { return "a fix is being proven; Esc goes back to it" }
      return model.knowledge?.fix(id) == nil ? "this fix is no longer in the knowledge" : nil
    case .weakeningReversed, .weakeningAccepted: return "b on the case's page lists what is to be put back"
    default: return "only what people said can be changed"
    }
  }

  private func reasonNotToTakeBack(_ model: Model) -> String? {
    guard let record = model.triage?.record, let event = marked(model)?.event else {
      return "nothing is marked"
    }
    if record.ending != nil { return "the case is closed; o on its last page reopens it" }
    switch event {
    case .answered(let id, _):
      return record.answers.contains { $0.question == id } ? nil : "it was taken back already"
    case .submitted(let name, _):
      return record.submissions.contains { $0.name == name } ? nil : "it was taken back already"
    case .stepTaken(let id, _):
      return record.steps.contains { $0.fix == id } ? nil : "it was taken back already"
    default: return "only answers, what was handed in, and steps can be taken back"
    }
  }

  private func change(_ turn: inout Turn) {
    switch marked(turn.model)?.event {
    case .codeReported:
      turn.moves.append(.push(.target(TargetScreen(correcting: turn.model.triage?.record.code))))
    case .answered(let id, _), .answerWithdrawn(let id):
      guard let question = turn.model.knowledge?.question(id) else { return }
      let given = turn.model.triage?.record.answers.first { $0.question == id }
      turn.moves.append(.push(.work(WorkScreen(asking: question, again: given?.choice))))
    case .stepTaken(let id, _), .stepWithdrawn(let id):
      turn.moves.append(.push(.step(StepScreen(fix: id))))
    default: break
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    let entries = triage.record.entries
    page.lead = context.heading("What happened, in order")
    var day = ""
    var person = entries.first?.person
    for (index, entry) in entries.enumerated() {
      let date = String(entry.time.text.prefix(10))
      if date != day {
        page.body += context.text("\(date) (UTC)", .dim)
        day = date
      }
      let start = page.body.count
      var words = entry.event.words(triage.target, context.model.knowledge)
      if index == 0 || entry.person != person { words += " (\(entry.person))" }
      person = entry.person
      let time = String(entry.time.text.suffix(5))
      page.body += context.choice(
        context.ink.isLinear ? context.number(index) : time,
        context.ink.isLinear ? "\(time) \(words)" : words, isSelected: index == selected,
        isDim: !entry.event.isSaidOrDone)
      if index == selected {
        page.body += after(index, triage, context)
        page.focus = start..<page.body.count
      }
    }
    return page
  }

  /// What was believed once this had happened.
  private func after(_ index: Int, _ triage: Triage, _ context: PageContext) -> [Line] {
    guard let assessor = context.model.advisor?.assessor else { return [] }
    let then = Case(id: triage.id, entries: Array(triage.record.entries[...index]))
    guard let leader = assessor.rank(Evidence(then, knowledge: assessor.knowledge)).first else { return [] }
    let text =
      "\(context.ink.glyphs.arrow) after it: \(Wording.percent(leader.probability)) \(Wording.title(leader.cause, assessor.knowledge))"
    return context.ink.wrap(text, width: max(1, context.width - 9), style: .dim).map {
      [Span("         ")] + $0
    }
  }
}

extension Case.Event {
  /// False for what the program did by itself.
  fileprivate var isSaidOrDone: Bool {
    switch self {
    case .probed, .proven: false
    default: true
    }
  }

  /// What happened, in words for people.
  func words(_ target: Target, _ knowledge: KnowledgeBase?) -> String {
    func fix(_ id: FixID) -> String { Wording.title(id, target: target, knowledge) }
    func ask(_ id: QuestionID) -> String {
      Wording.filled(knowledge?.question(id)?.ask ?? id.name, target)
    }
    switch self {
    case .opened(let target): return "Opened: \(target.connectText)"
    case .codeReported(let code): return "The client shows: \(code?.description ?? "no code")"
    case .answered(let id, let choice): return "\(ask(id)) \(Wording.answer(id, choice, knowledge))"
    case .answerWithdrawn(let id): return "Answer taken back: \(ask(id))"
    case .submitted(let name, let findings):
      return "Read from \(name): \(Wording.summaries(findings) ?? "nothing to report")"
    case .submissionWithdrawn(let name): return "Taken back: what \(name) said"
    case .probed(_, let findings):
      return Wording.summaries(findings) ?? "Looked: nothing to report"
    case .stepTaken(let id, .done): return "Done: \(fix(id))"
    case .stepTaken(let id, .failed): return "Did not help: \(fix(id))"
    case .stepTaken(let id, .skipped): return "Skipped: \(fix(id))"
    case .stepWithdrawn(let id): return "Step taken back: \(fix(id))"
    case .proven(let id, let proof):
      return "Looked again after “\(fix(id))”: \(Wording.verdict(proof.verdict))"
    case .weakeningReversed(let id): return "Put back: what “\(fix(id))” had weakened"
    case .weakeningAccepted(let id, let reason): return "Left weakened by “\(fix(id))”: \(reason)"
    case .ticket(let text): return "Ticket: \(text)"
    case .closed(let ending): return Ending.word(ending)
    case .reopened: return "Reopened"
    }
  }
}
