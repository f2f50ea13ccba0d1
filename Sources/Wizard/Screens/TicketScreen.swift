import Diagnosis
import Facts

/// The case as plain text, and the number of the ticket that it belongs to.
struct TicketScreen: WizardScreen {
  /// The ticket number while it is typed.
  var number: LineEditor?

  static let keys: [KeyBinding<Self>] = [
    KeyBinding([.character("c"), .enter], "c", "copy", help: "Copy the whole text.", rank: 1) { _, _, turn in
      if let text = TicketText(turn.model, at: turn.now)?.text { turn.effects.append(.copy(text)) }
    },
    KeyBinding(
      [.character("i")], "i", "ticket number",
      help: "Type the number of the ticket; it is kept with the case.", rank: 2
    ) { screen, _, turn in screen.number = LineEditor(turn.model.triage?.record.ticket ?? "", limit: 60) },
    .scrollByLine, .scroll, .back, .leave,
  ]

  var asScreen: Screen { .ticket(self) }
  var name: String { "Ticket text" }

  var typingKeys: [KeyRow]? { number == nil ? nil : KeyRow.ofField }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    guard var editor = number else { return false }
    switch key {
    case .enter:
      if !editor.isEmpty { turn.record(.ticket(editor.text)) }
      number = nil
    case .escape: number = nil
    default:
      _ = editor.take(key)
      number = editor
    }
    return true
  }

  mutating func paste(_ text: String, _ turn: inout Turn) { number?.insert(text) }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    if let number {
      let field = context.field("Ticket number ", number, atMost: 40)
      page.lead = [field.line]
      page.cursor = .init(row: 0, column: field.cursor)
    }
    let now = context.model.triage?.record.changed ?? Timestamp(seconds: 0)
    page.body = TicketText(context.model, at: now).map { context.text($0.text, .input) } ?? []
    return page
  }
}

/// A plain text of the open case, for tickets and hand-overs.
struct TicketText {
  let text: String

  init?(_ model: Model, at now: Timestamp) {
    guard let triage = model.triage else { return nil }
    let record = triage.record
    let knowledge = model.knowledge
    var lines: [String] = ["Remote Desktop case \(record.id)"]
    if let ticket = record.ticket { lines.append("Ticket: \(ticket)") }
    lines.append("Target: \(triage.target.connectText)")
    if let gateway = triage.target.gateway { lines.append("Gateway: \(gateway)") }
    if let domain = triage.target.domain { lines.append("Domain: \(domain)") }
    if let code = record.code {
      let reading = knowledge?.reading(of: code)
      let means = reading?.pair?.meaning ?? reading?.entries.first?.meaning
      lines.append("Code: \(code)" + (means.map { ". \($0)" } ?? ""))
    } else {
      lines.append("Code: none")
    }
    if let opened = record.opened, let person = record.entries.first?.person {
      lines.append("Opened: \(opened.text) UTC by \(person)")
    }
    lines.append("State: \(record.ending.map(Ending.word) ?? "open")")
    if let ending = record.ending, let opened = record.opened, let changed = record.changed {
      if case .solved(let fix?) = ending {
        lines.append("Fixed by: \(Wording.title(fix, target: triage.target, knowledge))")
        if let proof = Ending.proof(of: fix, record) {
          lines.append("Proof: \(Wording.verdict(proof.verdict))")
        }
      }
      lines.append("Took: \(Wording.between(opened, changed))")
    }
    if let cause = Ending.cause(triage, model) {
      lines += [
        "", "Most likely: \(Wording.title(cause.cause, knowledge)) (\(Wording.percent(cause.probability)))",
      ]
      for reason in cause.because.prefix(5) {
        let sign = reason.effect > 0 ? "for" : "against"
        lines.append(
          "- \(Wording.weight(reason.effect)) \(sign): \(Wording.evidence(reason.evidence, target: triage.target, knowledge))"
        )
      }
      let others = (triage.assessment?.ranking ?? []).filter { $0.cause != cause.cause }.prefix(2)
      if record.ending == nil {
        for other in others {
          lines.append(
            "Then: \(Wording.title(other.cause, knowledge)) (\(Wording.percent(other.probability)))")
        }
      }
    }
    let weakened = model.weakened
    let away = weakened.filter { if case .reversed = $0.state { false } else { true } }
    if !away.isEmpty { lines += ["", "Security is weakened; to be put back:"] }
    for item in away {
      lines += ["- by \(item.due.text) UTC (\(item.title)):", "  \(item.reverse)"]
      if case .accepted(let reason, _, let person) = item.state {
        lines.append("  left so by \(person): \(reason)")
      }
    }
    for item in weakened {
      if case .reversed(let time, let person) = item.state {
        lines.append("Put back: \(item.title) (\(time.text) UTC by \(person))")
      }
    }
    if !record.answers.isEmpty { lines += ["", "Answers"] }
    for answer in record.answers {
      let ask = knowledge?.question(answer.question)?.ask ?? answer.question.name
      lines.append(
        "- \(Wording.filled(ask, triage.target)) \(Wording.answer(answer.question, answer.choice, knowledge))"
      )
    }
    if !record.steps.isEmpty { lines += ["", "Steps"] }
    for step in record.steps {
      var line = "- \(Wording.title(step.fix, target: triage.target, knowledge)): \(Self.word(step.result))"
      if let proof = Ending.proof(of: step.fix, record) { line += ". \(Wording.verdict(proof.verdict))" }
      lines.append(line)
    }
    let seen = record.probeFindings.filter { if case .notApplicable = $0.status { false } else { true } }
    if !seen.isEmpty { lines += ["", "Seen by probes"] }
    for finding in seen {
      lines.append("- \(Standing(finding, knowledge).word): \(finding.summary)")
    }
    text = lines.map { SafeText.clean($0, limit: 1000) }.joined(separator: "\n")
  }

  private static func word(_ result: Case.StepResult) -> String {
    switch result {
    case .done: "done"
    case .failed: "did not help"
    case .skipped: "skipped"
    }
  }
}
