import Diagnosis
import Facts

/// What nearly everybody knows, on one page: a row of quick choices for each question, filled in where files, probes or the caller's
/// words tell. Rows that nobody knows count as asked, so that they do not come back one by one.
struct ContextScreen: WizardScreen {
  /// It was opened again from a later page.
  let isAgain: Bool
  var selected = 0
  /// What was chosen here and is not taken yet; nil stands for “I don't know”.
  private var chosen: [QuestionID: OutcomeID?] = [:]

  init(isAgain: Bool = false) { self.isAgain = isAgain }

  /// Somebody is at work on it.
  var isTouched: Bool { selected > 0 || !chosen.isEmpty }

  struct Row: Equatable {
    var question: Question
    var choice: OutcomeID?
    var origin: Origin
  }

  enum Origin: Equatable {
    case open, chosen
    /// It is answered already, with the words to say where from.
    case known(String)
    /// Something speaks for it; it counts once the page is taken.
    case suggested(String)
  }

  /// True while the page is to come before single questions.
  static func isDue(_ model: Model) -> Bool {
    guard let triage = model.triage, !triage.isContextSkipped, !triage.record.hasContext,
      let knowledge = model.knowledge
    else { return false }
    let evidence = Evidence(triage.record, knowledge: knowledge)
    // A closed port or a name that does not exist says where to look: there what everybody knows tells little.
    guard evidence.outcome(of: "tcp.port") != "refused", evidence.outcome(of: "dns.lookup") != "not-found"
    else { return false }
    let asked = evidence.askedQuestions
    let open = ContextScreen().rows(model).filter { row in
      if case .known = row.origin { return false }
      return !asked.contains(row.question.id)
    }
    return open.count > 1
  }

  func rows(_ model: Model) -> [Row] {
    guard let record = model.triage?.record, let knowledge = model.knowledge else { return [] }
    let evidence = Evidence(record, knowledge: knowledge)
    let hints = knowledge.contextHints(record)
    // What is chosen above decides what makes sense below.
    var then = evidence
    return knowledge.contextQuestions.compactMap { question in
      let known = evidence.findings.first { $0.id == question.findingID && $0.outcome != nil }
      let row: Row
      if let choice = chosen[question.id] {
        row = Row(question: question, choice: choice, origin: .chosen)
      } else if let known {
        row = Row(question: question, choice: known.outcome, origin: .known(Self.words(for: known.source)))
      } else if evidence.askedQuestions.contains(question.id) {
        row = Row(question: question, choice: nil, origin: .known(localized("asked before")))
      } else if let hint = hints[question.id] {
        let because = hint.finding?.summary ?? localized("The case names a gateway.")
        row = Row(question: question, choice: hint.choice, origin: .suggested(because))
      } else {
        row = Row(question: question, choice: nil, origin: .open)
      }
      guard known != nil || then.allows(question) else { return nil }
      if let choice = row.choice { then.add(answer: choice, to: question) }
      return row
    }
  }

  private static func words(for source: Finding.Source) -> String {
    switch source {
    case .question: localized("said before")
    case .file(let name): localized("read from \(name)")
    case .paste: localized("read from what was pasted")
    default: localized("seen by the probes")
    }
  }

  static let keys: [KeyBinding<Self>] =
    [
      KeyBinding(
        [.enter], "Enter", "take all",
        help: "Let the whole page count. Rows that nobody knows are not asked again.", rank: 1
      ) { screen, _, turn in screen.take(&turn) },
      KeyBinding(
        [.left, .right], "Left/Right", "choose", help: "Change the answer of the marked row.", rank: 2
      ) { screen, key, turn in screen.turn(by: key == .left ? -1 : 1, turn.model) },
      KeyBinding(
        "1234567890".map { .character($0) }, "1-9", "answer",
        help: "Give the answer of that number in the marked row, and go to the next; 0: I don't know.",
        rank: 2
      ) { screen, key, turn in
        guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
        screen.choose(number, &turn)
      },
      .askCaller("Ask the caller of the practised case: their answers are filled in.") {
        screen, practice, turn in
        guard let knowledge = turn.model.knowledge else { return }
        // An answer may bring further rows.
        for _ in 0..<3 {
          for row in screen.rows(turn.model) {
            screen.chosen[row.question.id] = .some(practice.answer(to: row.question, knowledge))
          }
        }
        turn.model.notice = localized("The caller has answered what they know. Enter takes it.")
      } reason: { _, _ in
        nil
      },
      .move(count: { screen, model in screen.rows(model).count }, selection: \.selected),
      KeyBinding(
        [.escape, .backspace], "Esc", "skip",
        help: "Go on without this page; what was chosen here does not count.", rank: 3
      ) { screen, _, turn in
        if screen.isAgain {
          turn.moves.append(.pop)
        } else {
          turn.model.triage?.isContextSkipped = true
          turn.model.notice = localized("Passed over. \(turn.model.key("g")) opens the page again.")
          turn.moves += [.toCase, .advance(force: true)]
        }
      },
    ] + KeyBinding.ofCase.filter { $0.name != "g" && $0.name != "Esc" }

  var asScreen: Screen { .context(self) }
  var name: String { localized("What is known") }
  var numbersMark: Bool { false }

  private mutating func turn(by step: Int, _ model: Model) {
    let rows = rows(model)
    guard rows.indices.contains(selected) else { return }
    let row = rows[selected]
    let choices: [OutcomeID?] = [nil] + row.question.choices.map { $0.id }
    let place = choices.firstIndex { $0 == row.choice } ?? 0
    chosen[row.question.id] = .some(choices[(place + step + choices.count) % choices.count])
  }

  private mutating func choose(_ number: Int, _ turn: inout Turn) {
    let rows = rows(turn.model)
    guard rows.indices.contains(selected) else { return }
    let row = rows[selected]
    guard number <= row.question.choices.count else {
      turn.model.notice = localized("There is no answer \(number).")
      return
    }
    chosen[row.question.id] = .some(number == 0 ? nil : row.question.choices[number - 1].id)
    let last = self.rows(turn.model).count - 1
    if selected < last {
      selected += 1
    } else if last >= 0 {
      selected = last
      turn.model.notice = localized("This was the last row: Enter takes all.")
    }
  }

  private func take(_ turn: inout Turn) {
    guard let record = turn.model.triage?.record else { return }
    let given = record.answers
    let answers = rows(turn.model).compactMap { row -> Case.GivenAnswer? in
      switch row.origin {
      case .known: return nil
      case .open: return .init(row.question.id, nil)
      case .suggested(let because): return .init(row.question.id, row.choice, words: because)
      case .chosen:
        let before = given.first { $0.question == row.question.id }
        return before.map { $0.choice == row.choice } ?? false ? nil : .init(row.question.id, row.choice)
      }
    }
    let known = answers.count { $0.choice != nil }
    turn.model.notice = localized("Noted: \(known) known, \(answers.count - known) not known.")
    turn.answer(answers, .context)
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    page.lead = context.heading(localized("What is known about this case?"))
    if context.height >= 12 {
      page.lead += context.text(
        context.ink.isLinear
          ? localized("A number answers the marked row and goes to the next; an empty line takes all.")
          : localized("Ask in one go; what nobody knows stays as it is. Enter takes all."), .dim)
    }
    for (index, row) in rows(context.model).enumerated() {
      let start = page.body.count
      page.body += lines(row, index, triage.target, context)
      if index == selected { page.focus = start..<page.body.count }
    }
    return page
  }

  private func lines(_ row: Row, _ index: Int, _ target: Target, _ context: PageContext) -> [Line] {
    let ink = context.ink
    let isSelected = index == selected
    let ask = Wording.filled(row.question.ask, target)
    let choice = row.question.choices.first { $0.id == row.choice }
    var answer = choice.map { Wording.filled($0.text, target) } ?? localized("don't know")
    switch row.origin {
    case .known(let origin), .suggested(let origin):
      if !isSelected || ink.isLinear { answer += " (\(origin))" }
    case .open, .chosen: break
    }
    let style: Style = isSelected ? .selected : .normal
    let answerStyle: Style = choice == nil ? .dim : row.origin == .chosen ? .good : .strong
    let mark = context.mark(index, isSelected: isSelected)
    guard isSelected else {
      if ink.isLinear { return [[Span(mark + ink.clean(ask) + " "), Span(ink.clean(answer))]] }
      guard context.isNarrow else {
        let askWidth = max(10, min(context.width * 3 / 5, 60))
        return [
          ink.fit(
            ink.pad([Span(mark), Span(ink.clean(ask))], askWidth) + [
              Span("  "), Span(ink.clean(answer), answerStyle),
            ],
            context.width)
        ]
      }
      return [
        ink.fit([Span(mark), Span(ink.clean(ask))], context.width),
        ink.fit([Span("    "), Span(ink.clean(answer), answerStyle)], context.width),
      ]
    }
    var lines = ink.wrap(ask, width: max(1, context.width - 2), style: style).enumerated().map {
      place, line in
      [Span(place == 0 ? mark : "  ", style)] + line
    }
    if case .known(let origin) = row.origin {
      lines += indented(localized("Known: \(origin)."), .dim, context)
    }
    if case .suggested(let because) = row.origin { lines += indented(because, .dim, context) }
    for (place, each) in row.question.choices.enumerated() {
      lines += option(
        "\(place + 1)", Wording.filled(each.text, target), isChosen: each.id == row.choice, context)
    }
    lines += option("0", localized("don't know"), isChosen: choice == nil, context)
    return lines
  }

  private func option(_ number: String, _ text: String, isChosen: Bool, _ context: PageContext) -> [Line] {
    guard !context.ink.isLinear else {
      return [[Span("\(number): " + context.ink.clean(text) + (isChosen ? localized(" (chosen)") : ""))]]
    }
    let style: Style = isChosen ? .strong : .normal
    let lead = isChosen ? "  \(context.ink.glyphs.arrow) " : "    "
    return context.ink.wrap(text, width: max(1, context.width - 7), style: style).enumerated().map {
      index, line in
      index == 0 ? [Span(lead, style), Span(number + "  ", .key)] + line : [Span("       ")] + line
    }
  }

  private func indented(_ text: String, _ style: Style, _ context: PageContext) -> [Line] {
    guard !context.ink.isLinear else { return context.text(text, style) }
    return context.ink.wrap(text, width: max(1, context.width - 4), style: style).map { [Span("    ")] + $0 }
  }
}
