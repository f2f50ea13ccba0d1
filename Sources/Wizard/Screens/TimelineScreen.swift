import Diagnosis
import Facts

/// Everything that was said, seen and done, in order, with who and when. What people said can be changed from here.
struct TimelineScreen: WizardScreen {
  /// Index of the marked row.
  var selected = 0
  /// Probe runs whose findings that do not apply are listed one by one.
  private var unfolded: Set<Int> = []

  enum Row: Equatable {
    case entry(Int)
    /// What a probe run found not to apply, in more than one entry.
    case folded([Int], run: Int)
  }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "change",
      help: "An answer or the code: say it anew. A step: its card. What follows is thought through again.",
      rank: 1,
      disabledReason: { screen, model in screen.reasonNotToChange(model) },
      action: { screen, _, turn in screen.change(&turn) }),
    KeyBinding(
      [.enter], "Enter", "show", help: "List what does not apply here, or fold it again.", rank: 1,
      disabledReason: { screen, model in
        screen.foldable(model) == nil ? localized("the marked entry stands for itself") : nil
      },
      action: { screen, _, turn in screen.fold(&turn) }),
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
    .move(count: { screen, model in screen.rows(model).count }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .timeline(self) }
  var name: String { localized("Time line") }

  init(_ record: Case?) { selected = max(0, rows(record?.entries ?? []).count - 1) }

  private func rows(_ model: Model) -> [Row] { rows(model.triage?.record.entries ?? []) }

  private func rows(_ entries: [Case.Entry]) -> [Row] {
    var rows: [Row] = []
    var places: [Int: Int] = [:]
    for (index, entry) in entries.enumerated() {
      guard let run = entry.event.runWithoutResult, !unfolded.contains(run) else {
        rows.append(.entry(index))
        continue
      }
      guard let place = places[run] else {
        places[run] = rows.count
        rows.append(.entry(index))
        continue
      }
      switch rows[place] {
      case .entry(let first): rows[place] = .folded([first, index], run: run)
      case .folded(let earlier, _): rows[place] = .folded(earlier + [index], run: run)
      }
    }
    return rows
  }

  private func row(_ model: Model) -> Row? {
    let rows = rows(model)
    return rows.indices.contains(selected) ? rows[selected] : nil
  }

  private func marked(_ model: Model) -> Case.Entry? {
    guard case .entry(let index)? = row(model) else { return nil }
    return model.triage?.record.entries[index]
  }

  /// The run whose findings that do not apply are folded or can be.
  private func foldable(_ model: Model) -> Int? {
    if case .folded(_, let run)? = row(model) { return run }
    return marked(model)?.event.runWithoutResult.flatMap { unfolded.contains($0) ? $0 : nil }
  }

  private mutating func fold(_ turn: inout Turn) {
    guard let run = foldable(turn.model) else { return }
    if unfolded.remove(run) == nil {
      unfolded.insert(run)
    } else {
      selected =
        rows(turn.model).firstIndex { if case .folded(_, run) = $0 { true } else { false } } ?? selected
    }
  }

  private func reasonNotToChange(_ model: Model) -> String? {
    guard let record = model.triage?.record, let event = marked(model)?.event else {
      return localized("nothing is marked")
    }
    if record.ending != nil {
      return localized("the case is closed; \(model.key("o")) on its last page reopens it")
    }
    switch event {
    case .codeReported, .answeredTogether: return nil
    case .answered(let id, _), .answerWithdrawn(let id), .putOff(let id):
      return model.knowledge?.question(id) == nil
        ? localized("this question is no longer in the knowledge") : nil
    case .stepTaken(let id, _), .stepWithdrawn(let id):
      if model.triage?.proving != nil { return localized("a fix is being proven; Esc goes back to it") }
      return model.knowledge?.fix(id) == nil ? localized("this fix is no longer in the knowledge") : nil
    case .weakeningReversed, .weakeningAccepted:
      return localized("\(model.key("b")) on the case's page lists what is to be put back")
    default: return localized("only what people said can be changed")
    }
  }

  private func reasonNotToTakeBack(_ model: Model) -> String? {
    guard let record = model.triage?.record, let event = marked(model)?.event else {
      return localized("nothing is marked")
    }
    if record.ending != nil {
      return localized("the case is closed; \(model.key("o")) on its last page reopens it")
    }
    switch event {
    case .answered(let id, _):
      return record.answers.contains { $0.question == id } ? nil : localized("it was taken back already")
    case .submitted(let name, _):
      return record.submissions.contains { $0.name == name } ? nil : localized("it was taken back already")
    case .stepTaken(let id, _):
      return record.steps.contains { $0.fix == id } ? nil : localized("it was taken back already")
    default: return localized("only answers, what was handed in, and steps can be taken back")
    }
  }

  private func change(_ turn: inout Turn) {
    switch marked(turn.model)?.event {
    case .codeReported:
      turn.moves.append(.push(.target(TargetScreen(correcting: turn.model.triage?.record.code))))
    case .answeredTogether:
      turn.moves.append(.push(.answers(AnswersScreen())))
    case .answered(let id, _), .answerWithdrawn(let id), .putOff(let id):
      guard let question = turn.model.knowledge?.question(id) else { return }
      let given = turn.model.triage?.record.answers.first { $0.question == id }
      turn.moves.append(.push(.work(WorkScreen(asking: question, again: given.map(\.choice)))))
    case .stepTaken(let id, _), .stepWithdrawn(let id):
      turn.moves.append(.push(.step(StepScreen(fix: id))))
    default: break
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    let entries = triage.record.entries
    page.lead = context.heading(localized("What happened, in order"))
    var day = ""
    var person = entries.first?.person
    for (place, row) in rows(entries).enumerated() {
      let (index, count) =
        switch row {
        case .entry(let index): (index, 1)
        case .folded(let indices, _): (indices[0], indices.count)
        }
      let entry = entries[index]
      let date = String(entry.time.text.prefix(10))
      if date != day {
        page.body += context.text(localized("\(date) (UTC)"), .dim)
        day = date
      }
      let start = page.body.count
      var words =
        count > 1
        ? localized("\(count) probes do not apply here; Enter shows them")
        : entry.event.words(triage.target, context.model.knowledge)
      if index == 0 || entry.person != person { words += " (\(entry.person))" }
      person = entry.person
      let time = String(entry.time.text.suffix(5))
      page.body += context.choice(
        context.ink.isLinear ? context.number(place) : time,
        context.ink.isLinear ? "\(time) \(words)" : words, isSelected: place == selected,
        isDim: !entry.event.isSaidOrDone)
      if place == selected {
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
      localized(
        "\(context.ink.glyphs.arrow) after it: \(Wording.percent(leader.probability)) \(Wording.title(leader.cause, assessor.knowledge))"
      )
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

  /// The run of a probe all of whose findings do not apply; nil for anything else.
  fileprivate var runWithoutResult: Int? {
    guard case .probed(let run, let findings) = self, !findings.isEmpty,
      findings.allSatisfy(\.isNotApplicable)
    else { return nil }
    return run
  }

  /// What happened, in words for people.
  func words(_ target: Target, _ knowledge: KnowledgeBase?) -> String {
    func fix(_ id: FixID) -> String { Wording.title(id, target: target, knowledge) }
    func ask(_ id: QuestionID) -> String {
      Wording.filled(knowledge?.question(id)?.ask ?? id.name, target)
    }
    switch self {
    case .opened(let target): return localized("Opened: \(target.connectText)")
    case .codeReported(let code):
      return localized("The client shows: \(code?.description ?? localized("no code"))")
    case .answered(let id, let choice): return "\(ask(id)) \(Wording.answer(id, choice, knowledge))"
    case .answerWithdrawn(let id): return localized("Answer taken back: \(ask(id))")
    case .answeredTogether(let together, let occasion):
      let known = together.filter { $0.choice != nil }.map { answer in
        "\(ask(answer.question)) \(Wording.answer(answer.question, answer.choice, knowledge))"
          + (occasion == .told && !answer.words.isEmpty ? " (“\(answer.words)”)" : "")
      }
      let unknown = together.count - known.count
      let rest = unknown > 0 ? [localized("\(unknown) not known")] : []
      let words = (known + rest).joined(separator: "; ")
      return occasion == .told ? localized("Understood: \(words)") : localized("Known: \(words)")
    case .putOff(let id): return localized("Put off: \(ask(id))")
    case .told(let text):
      return localized("Told: “\(text.split(whereSeparator: \.isNewline).joined(separator: " "))”")
    case .submitted(let name, let findings):
      return localized("Read from \(name): \(Wording.summaries(findings) ?? localized("nothing to report"))")
    case .submissionWithdrawn(let name): return localized("Taken back: what \(name) said")
    case .probed(_, let findings):
      let applying = findings.filter { !$0.isNotApplicable }
      guard !applying.isEmpty else {
        var said: Set<String> = []
        return Wording.summaries(findings.filter { said.insert($0.summary).inserted })
          ?? localized("Looked: nothing to report")
      }
      let rest = findings.count - applying.count
      return (Wording.summaries(applying) ?? localized("Looked: nothing to report"))
        + (rest > 0
          ? localized(" (\(rest) more \(rest == 1 ? localized("does") : localized("do")) not apply here)")
          : "")
    case .stepTaken(let id, .done): return localized("Done: \(fix(id))")
    case .stepTaken(let id, .failed): return localized("Did not help: \(fix(id))")
    case .stepTaken(let id, .skipped): return localized("Skipped: \(fix(id))")
    case .stepWithdrawn(let id): return localized("Step taken back: \(fix(id))")
    case .proven(let id, let proof):
      return localized("Looked again after “\(fix(id))”: \(Wording.verdict(proof.verdict))")
    case .weakeningReversed(let id): return localized("Put back: what “\(fix(id))” had weakened")
    case .weakeningAccepted(let id, let reason): return localized("Left weakened by “\(fix(id))”: \(reason)")
    case .ticket(let text): return localized("Ticket: \(text)")
    case .closed(let ending): return Ending.word(ending)
    case .reopened: return localized("Reopened")
    }
  }
}

extension Finding {
  fileprivate var isNotApplicable: Bool { if case .notApplicable = status { true } else { false } }
}
