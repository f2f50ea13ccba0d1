import Diagnosis
import Facts

/// Takes what the caller says, in their own words, and offers the answers that were read from it. An answer counts once a person has
/// let it; the words stay with the case.
struct TellScreen: WizardScreen {
  static let limit = 16_000

  /// An answer that the words seem to give.
  struct Offer: Equatable {
    var subject: Subject
    /// What it was read from.
    var words: String
    var isOn: Bool

    enum Subject: Equatable {
      case answer(QuestionID, OutcomeID)
      case code(ReportedCode)
      /// What an error message says, and codes beside the client's.
      case message(Submission)
    }
  }

  private var text: LineEditor
  /// nil while the words are typed.
  private(set) var offers: [Offer]?
  var selected = 0

  static func open(_ turn: inout Turn) {
    turn.moves.append(.push(.tell(TellScreen(typing: turn.model.triage?.tellDraft ?? ""))))
  }

  private init(typing text: String) {
    self.text = LineEditor(text, limit: Self.limit, keepsLineBreaks: true)
  }

  init(offering offers: [Offer]) {
    text = LineEditor(limit: Self.limit, keepsLineBreaks: true)
    self.offers = offers
  }

  /// What a person is asked to confirm: answers that say something new, switched off where something else was measured or read.
  ///
  /// - Parameters:
  ///   - reading: Codes and error messages in the same text.
  ///   - code: The client's code, where it is known.
  static func offers(
    _ told: [ToldAnswer], _ reading: Reading, code: ReportedCode?, _ evidence: Evidence,
    _ knowledge: KnowledgeBase
  ) -> [Offer] {
    var offers: [Offer] = []
    if code == nil, let found = reading.code {
      offers.append(Offer(subject: .code(found.code), words: found.words, isOn: true))
    }
    if var said = knowledge.submission(of: reading, code: code ?? reading.code?.code) {
      said.name = "what was told"
      let words = reading.message?.words ?? reading.others.first?.words ?? ""
      offers.append(Offer(subject: .message(said), words: words, isOn: true))
    }
    for answer in told where answer.question != Question.worksNow {
      guard let question = knowledge.question(answer.question),
        question.choices.contains(where: { $0.id == answer.choice })
      else { continue }
      let known = evidence.findings.first { $0.id == question.findingID }
      if known?.outcome == answer.choice { continue }
      var isSaid = true
      if let known, known.outcome != nil {
        if case .question = known.source { isSaid = true } else { isSaid = false }
      }
      offers.append(
        Offer(subject: .answer(question.id, answer.choice), words: answer.words, isOn: isSaid))
    }
    return offers
  }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "take", help: "Let count what is switched on.", rank: 1
    ) { screen, _, turn in screen.take(&turn) },
    KeyBinding(
      [.character("x"), .character(" "), .delete], "x", "on/off",
      help: "Switch the marked answer off, or on again.", rank: 2
    ) { screen, _, _ in
      screen.offers?[screen.selected].isOn.toggle()
    },
    KeyBinding(
      [.left, .right], "Left/Right", "other answer", help: "Change the marked answer to another one.", rank: 2
    ) { screen, key, turn in screen.change(by: key == .left ? -1 : 1, &turn) },
    .move(count: { screen, _ in screen.offers?.count ?? 0 }, selection: \.selected),
    .scroll,
    KeyBinding(
      [.escape, .backspace], "Esc", "none of it",
      help: "Back, and none of the answers counts. The words stay with the case.", rank: 3
    ) { _, _, turn in turn.moves.append(.pop) },
    .leave,
  ]

  var asScreen: Screen { .tell(self) }
  var name: String { offers == nil ? localized("Tell") : localized("Understood") }

  var typingKeys: [KeyRow]? {
    guard offers == nil else { return nil }
    return [
      KeyRow(name: "Enter", label: localized("read it"), help: "", rank: 1, disabledReason: nil),
      KeyRow(name: "Esc", label: localized("back"), help: "", rank: 1, disabledReason: nil),
    ]
  }

  var field: LineField? {
    offers == nil ? LineField(name: localized("Told"), isEntered: false, isManyLines: true) : nil
  }
  mutating func clearField() { text.clear() }

  // MARK: The words

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    guard offers == nil else { return false }
    switch key {
    case .enter, .endOfInput: handIn(&turn)
    case .escape:
      turn.model.triage?.tellDraft = text.text
      turn.moves.append(.pop)
    case .pageUp, .pageDown: turn.scroll = Turn.Scroll(key)
    default: _ = text.take(key)
    }
    return true
  }

  mutating func paste(_ pasted: String, _ turn: inout Turn) {
    guard offers == nil else { return }
    var rest = pasted[...]
    while let last = rest.last, last.isNewline { rest.removeLast() }
    text.insert(String(rest))
  }

  mutating func take(line: String, _ turn: inout Turn) { text.insert(line + "\n") }

  private func handIn(_ turn: inout Turn) {
    let said = text.text.trimmed
    turn.moves.append(.pop)
    guard !said.isEmpty else {
      turn.model.notice = localized("Nothing was told.")
      return
    }
    turn.tell(said)
    if turn.model.triage?.unread != nil {
      turn.model.notice = localized("Kept with the case. It is read as soon as the knowledge is loaded.")
    }
  }

  // MARK: The answers

  private mutating func change(by step: Int, _ turn: inout Turn) {
    guard var offer = offers?[selected], case .answer(let id, let choice) = offer.subject,
      let choices = turn.model.knowledge?.question(id)?.choices, !choices.isEmpty
    else {
      turn.model.notice = localized("There is no other answer to this.")
      return
    }
    let place = choices.firstIndex { $0.id == choice } ?? 0
    offer.subject = .answer(id, choices[(place + step + choices.count) % choices.count].id)
    offer.isOn = true
    offers?[selected] = offer
  }

  private func take(_ turn: inout Turn) {
    var answers: [Case.GivenAnswer] = []
    for offer in offers ?? [] where offer.isOn {
      switch offer.subject {
      case .answer(let id, let choice): answers.append(.init(id, choice, words: offer.words))
      case .code(let code): turn.record(.codeReported(code))
      case .message(let said): turn.record(.submitted(said.name, said.findings))
      }
    }
    let count = offers?.count(where: \.isOn) ?? 0
    turn.model.notice =
      count == 0
      ? localized("Nothing of it counts.")
      : localized("Noted: \(count). The causes are ranked again; \(turn.model.key("u")) changes an answer.")
    turn.answer(answers, .told)
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    guard let offers else {
      typed(context, &page)
      return page
    }
    page.lead = context.heading(localized("What was understood"))
    if context.height >= 12 {
      page.lead += context.text(
        localized("Only what is switched on counts, once you press Enter. Read it to the caller."), .dim)
    }
    for (index, offer) in offers.enumerated() {
      let start = page.body.count
      page.body += row(offer, index, triage, context)
      if index == selected { page.focus = start..<page.body.count }
    }
    return page
  }

  private func row(_ offer: Offer, _ index: Int, _ triage: Triage, _ context: PageContext) -> [Line] {
    let knowledge = context.model.knowledge
    let ask: String
    let answer: String
    var before = ""
    switch offer.subject {
    case .code(let code):
      ask = localized("The code that the client shows")
      answer = code.description
    case .message(let said):
      ask = localized("The message that the client shows")
      answer = Wording.summaries(said.findings) ?? said.name
    case .answer(let id, let choice):
      ask = Wording.filled(knowledge?.question(id)?.ask ?? id.name, triage.target)
      answer = Wording.filled(Wording.answer(id, choice, knowledge), triage.target)
      if let knowledge, let known = Evidence(triage.record, knowledge: knowledge).outcome(of: id.finding),
        known != choice
      {
        before = localized(
          " (instead of: \(Wording.filled(Wording.answer(id, known, knowledge), triage.target)))")
      }
    }
    let isSelected = index == selected
    let box =
      context.ink.isLinear
      ? offer.isOn ? localized("on:") : localized("off:") : offer.isOn ? "[x]" : "[ ]"
    let lead = context.mark(index, isSelected: isSelected) + box + " "
    let indent = TextWidth.cells(lead)
    func below(_ text: String, _ style: Style) -> [Line] {
      guard !context.ink.isLinear else { return context.text(text, style) }
      return context.ink.wrap(text, width: max(1, context.width - indent), style: style).map {
        [Span(String(repeating: " ", count: indent))] + $0
      }
    }
    let style: Style = isSelected ? .selected : offer.isOn ? .normal : .dim
    var lines = context.ink.wrap(ask, width: max(1, context.width - indent), style: style).enumerated().map {
      place, line in [Span(place == 0 ? lead : String(repeating: " ", count: indent), style)] + line
    }
    lines += below("\(context.ink.glyphs.arrow) \(answer)\(before)", offer.isOn ? .strong : .dim)
    if !offer.words.isEmpty { lines += below(localized("from “\(offer.words)”"), .dim) }
    return lines
  }

  private func typed(_ context: PageContext, _ page: inout Page) {
    page.lead = context.heading(localized("What does the caller say?"))
    page.lead += context.text(
      context.ink.isLinear
        ? localized("Lines are taken until one that holds \(LineField.endOfLines) alone.")
        : localized("Their own words, or a paste of the ticket. Enter reads it; you confirm what counts."),
      .dim)
    if context.height >= 12, !context.ink.isLinear { page.lead += context.blank }
    guard !context.ink.isLinear else { return }
    let (rows, cursor) = text.rows(context.ink, width: context.width)
    page.body = rows.map { [Span($0, .input)] }
    page.focus = cursor.row..<(cursor.row + 1)
    page.cursor = .init(row: page.lead.count + cursor.row, column: cursor.column)
  }
}
