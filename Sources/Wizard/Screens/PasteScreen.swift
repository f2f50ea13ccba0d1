import Diagnosis
import Facts

/// Takes what people paste: the output of a command, an event log, a whole error window. It counts once a person has seen what was
/// read from it. The text stays with the case until then, so leaving the screen loses nothing.
struct PasteScreen: WizardScreen {
  /// Whose answer is looked for; nil: whatever can be read.
  let question: QuestionID?
  private(set) var stage = Stage.ready
  /// The last request to complete the path of a file.
  private var completing: Int?

  enum Stage: Equatable {
    /// Nothing is pasted: a whole paste is taken, and keys are keys.
    case ready
    /// Every key goes into the text, for terminals that do not say what is pasted.
    case typing
    case reading(Int)
    case read(Submission)
    case unreadable(String)
  }

  /// What was pasted before and not accepted is read again.
  static func open(for question: QuestionID?, _ turn: inout Turn) {
    var screen = PasteScreen(question: question)
    if turn.model.triage?.draft.isEmpty == false { screen.read(&turn) }
    turn.moves.append(.push(screen.asScreen))
  }

  private init(question: QuestionID?) { self.question = question }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "accept", help: "Let count what was read.", rank: 1,
      disabledReason: { $0.reasonNotToAccept($1) },
      action: { screen, _, turn in
        if case .read(let submission) = screen.stage { screen.accept(submission, &turn) }
      }),
    KeyBinding(
      [.enter], "Enter", "type",
      help: "Take every key as text, for terminals in which pasting alone does nothing.", rank: 1,
      disabledReason: { screen, _ in screen.stage == .ready ? nil : localized("there is a text already") },
      action: { screen, _, _ in screen.stage = .typing }),
    KeyBinding(
      [.character("c")], "c", "copy", help: "Copy the command whose output is read.", rank: 2,
      disabledReason: { screen, model in
        guard let command = screen.command(model) else { return localized("there is no one command for it") }
        return command.refusal
      },
      action: { screen, _, turn in
        if let command = screen.command(turn.model) { turn.effects.append(.copy(command.text)) }
      }),
    KeyBinding(
      [.character("a")], "a", "add more", help: "Paste more behind what is there; it is read as a whole.",
      rank: 3, disabledReason: { screen, _ in screen.reasonNotToChange },
      action: { screen, _, turn in
        turn.model.triage?.draft.endLine()
        screen.stage = .typing
      }),
    KeyBinding(
      [.character("x"), .delete], "x", "throw away", help: "Forget what was pasted, and begin anew.", rank: 3,
      disabledReason: { screen, _ in screen.reasonNotToChange },
      action: { screen, _, turn in
        turn.model.triage?.draft = PastedDraft()
        screen.stage = .ready
      }),
    .scrollByLine, .scroll,
    KeyBinding(
      [.escape, .backspace], "Esc", "back",
      help: "Back, and nothing counts. What was pasted is kept until the case is left.", rank: 2
    ) { _, _, turn in turn.moves.append(.pop) },
  ]

  var asScreen: Screen { .paste(self) }
  var name: String { localized("Paste") }

  var typingKeys: [KeyRow]? {
    guard stage == .typing else { return nil }
    return [
      KeyRow(name: "Ctrl-D", label: localized("read it"), help: "", rank: 1, disabledReason: nil),
      KeyRow(name: "Esc", label: localized("back"), help: "", rank: 1, disabledReason: nil),
    ]
  }

  var field: LineField? {
    stage == .typing ? LineField(name: localized("Text"), isEntered: false, isManyLines: true) : nil
  }

  var waitsFor: String? { if case .reading = stage { localized("Reading what was pasted.") } else { nil } }

  private func reasonNotToAccept(_ model: Model) -> String? {
    switch stage {
    case .read: nil
    case .ready, .typing: localized("nothing is pasted yet")
    case .reading: localized("the text is being read")
    case .unreadable:
      localized("nothing was read; \(model.key("a")) adds more text, \(model.key("x")) begins anew")
    }
  }

  private var reasonNotToChange: String? {
    switch stage {
    case .read, .unreadable: nil
    case .reading: localized("the text is being read")
    case .ready, .typing: localized("nothing is pasted yet")
    }
  }

  // MARK: The text

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    guard stage == .typing else { return false }
    // What was asked for before this key would replace what the key does.
    completing = nil
    switch key {
    case .character(let character): turn.model.triage?.draft.append(String(character))
    case .tab:
      if let path = turn.model.triage?.draft.path {
        let number = turn.nextReading()
        completing = number
        turn.effects.append(.completePath(path, ending: nil, number: number))
      } else {
        turn.model.triage?.draft.append("\t")
      }
    case .backspace, .delete: turn.model.triage?.draft.removeLast()
    case .enter:
      if turn.model.triage?.draft.lastLine.trimmed == LineField.endOfLines {
        turn.model.triage?.draft.removeLastLine()
        end(&turn)
      } else if turn.model.triage?.draft.path != nil {
        end(&turn)
      } else {
        turn.model.triage?.draft.append("\n")
      }
    case .endOfInput: end(&turn)
    case .pageUp, .pageDown: turn.scroll = Turn.Scroll(key)
    case .escape: return false
    default: break
    }
    return true
  }

  /// A whole paste is read at once.
  mutating func paste(_ text: String, _ turn: inout Turn) {
    completing = nil
    turn.model.triage?.draft.endLine()
    turn.model.triage?.draft.append(text)
    end(&turn)
  }

  mutating func take(line: String, _ turn: inout Turn) { turn.model.triage?.draft.append(line + "\n") }

  private mutating func end(_ turn: inout Turn) {
    guard let draft = turn.model.triage?.draft, draft.text.contains(where: { !$0.isWhitespace }) else {
      turn.model.triage?.draft = PastedDraft()
      stage = .ready
      turn.model.notice = localized("Nothing was pasted.")
      return
    }
    read(&turn)
  }

  private mutating func read(_ turn: inout Turn) {
    guard let triage = turn.model.triage else { return }
    let number = turn.nextReading()
    stage = .reading(number)
    turn.effects.append(
      triage.draft.path.map { .readFile($0, port: triage.target.port, number: number) }
        ?? .readText(triage.draft.text, port: triage.target.port, number: number))
  }

  mutating func hear(_ answer: Message, _ turn: inout Turn) {
    if case .pathCompleted(let completion, let number) = answer, number == completing {
      completing = nil
      complete(completion, &turn)
    }
    guard case .reading(let wanted) = stage else { return }
    switch answer {
    case .read(let submission, wanted): stage = .read(submission)
    case .unreadable(let reason, wanted): stage = .unreadable(reason)
    default: break
    }
  }

  private func complete(_ completion: PathCompletion, _ turn: inout Turn) {
    guard completion.count > 0 else {
      turn.model.notice = localized("No folder and no file begins like this.")
      return
    }
    turn.model.triage?.draft = PastedDraft()
    turn.model.triage?.draft.append(completion.text)
    if completion.count > 1 {
      turn.model.notice = (completion.names + (completion.count > completion.names.count ? ["…"] : []))
        .joined(separator: "  ")
    }
  }

  private func accept(_ submission: Submission, _ turn: inout Turn) {
    turn.model.triage?.draft = PastedDraft()
    turn.record(.submitted(submission.name, submission.findings))
    turn.prove(by: submission.findings)
    turn.model.notice = localized(
      "Noted. The causes are ranked again; \(turn.model.key("h")) lists it, and \(turn.model.key("x")) there takes it back."
    )
    turn.moves += [.toCase, .advance(force: true)]
  }

  // MARK: The page

  private func entry(_ model: Model) -> Question? { question.flatMap { model.knowledge?.question($0) } }

  private func command(_ model: Model) -> FilledCommand? {
    guard stage == .ready, let target = model.triage?.target else { return nil }
    return entry(model)?.command.map { FilledCommand($0, target: target) }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    switch stage {
    case .ready: page.body = invitation(triage, context)
    case .typing: typed(triage.draft, context, &page)
    case .reading:
      page.body = context.text(localized("Reading \(Self.what(triage.draft))…"), .accent)
    case .read(let submission):
      page.lead = context.heading(localized("Read as \(submission.recognised.joined(separator: ", "))"))
      page.body = context.text(
        localized("It counts once you press Enter; Esc goes back without it."), .strong)
      if triage.draft.isCut { page.body += context.text(Self.cut, .warning) }
      page.body += SubmissionParts.findings(submission, context)
      let now = triage.record.entries.last?.time ?? Timestamp(seconds: 0)
      for note in submission.notes + submission.doubts(about: triage.target, now: now) {
        page.body += context.text(note, .warning)
      }
      page.body += SubmissionParts.consequences(
        submission, triage, question: entry(context.model), context)
    case .unreadable(let reason):
      page.body =
        context.heading(localized("Nothing could be read from \(Self.what(triage.draft)), so nothing counts"))
        + expected(context) + context.text(reason)
      if triage.draft.isCut { page.body += context.text(Self.cut, .warning) }
      page.body += context.text(
        localized("\(context.key("a")) adds more text, \(context.key("x")) begins anew, Esc goes back."),
        .strong)
    }
    return page
  }

  private static let cut =
    localized(
      "Only the first \(PastedDraft.limit >> 20) MB was kept: paste the part that matters, for example the last hour."
    )

  private static func what(_ draft: PastedDraft) -> String {
    if let path = draft.path { return path }
    return draft.lineCount == 1 ? localized("one line") : localized("\(draft.lineCount) lines")
  }

  private func invitation(_ triage: Triage, _ context: PageContext) -> [Line] {
    var lines: [Line] = []
    if let question = entry(context.model) {
      lines += context.heading(Wording.filled(question.ask, triage.target))
      if let command = command(context.model) {
        lines += context.ink.wrap(command: command.text, width: context.width)
        lines += context.text(
          localized("\(Wording.shell(command.shell)); \(context.key("c")) copies it"), .dim)
        if let refusal = command.refusal { lines += context.text(refusal, .warning) }
      }
    } else {
      lines += context.heading(localized("Paste what there is: an output, a log, a message"))
    }
    if context.height >= 12 { lines += context.blank }
    lines += context.text(
      context.ink.isLinear
        ? localized("An empty line begins the text; a line with \(LineField.endOfLines) alone ends it.")
        : localized("Paste it here. If nothing happens then, press Enter and paste again; Ctrl-D ends it."),
      .strong)
    lines += expected(context)
    lines += context.text(
      localized("Or the path of a file on this computer, for example of an exported event log."), .dim)
    if let question = entry(context.model) {
      lines += context.part(localized("How"), Wording.filled(question.how, triage.target))
    }
    return lines
  }

  /// What is looked for: for a question the outputs that answer it, else everything that is read.
  private func expected(_ context: PageContext) -> [Line] {
    let readable = context.model.settings.readable
    let wanted = entry(context.model).map { question in
      readable.filter { $0.states.contains { question.reads[$0] != nil } }
    }
    guard let wanted, !wanted.isEmpty else {
      if case .unreadable = stage { return [] }
      return context.text(localized("It reads: \(readable.map(\.name).joined(separator: "; "))."), .dim)
    }
    return context.text(localized("Expected: \(wanted.map(\.name).joined(separator: "; "))."), .dim)
  }

  private func typed(_ draft: PastedDraft, _ context: PageContext, _ page: inout Page) {
    page.lead = context.text(
      context.ink.isLinear
        ? localized("Lines are taken until one that holds \(LineField.endOfLines) alone.")
        : draft.path != nil
          ? localized("Enter reads this file; Tab completes its path.")
          : localized("Paste or type; Ctrl-D or \(LineField.endOfLines) ends it."), .strong)
    if draft.isCut { page.lead += context.text(Self.cut, .warning) }
    guard !context.ink.isLinear else { return }
    let ink = context.ink
    page.body = draft.ending.map { line in
      let text = line.map { $0 == "\t" ? " " : String($0) }.joined()
      // The end of the line is where the person is.
      return [Span(String(ink.clean(text).suffix(max(1, context.width - 1))), .input)]
    }
    let last = page.body.count - 1
    page.focus = last..<page.body.count
    page.cursor = .init(row: page.lead.count + last, column: min(page.body[last].cells, context.width - 1))
  }
}

/// What was read from a text or a file, in words.
enum SubmissionParts {
  static func findings(_ submission: Submission, _ context: PageContext) -> [Line] {
    submission.findings.flatMap { finding -> [Line] in
      let standing = Standing(finding, context.model.knowledge)
      let sign = standing.sign(context.ink.glyphs)
      return context.point(
        context.ink.isLinear ? standing.word + ":" : sign, finding.summary, standing.style)
    }
  }

  /// What would follow if it counted.
  static func consequences(
    _ submission: Submission, _ triage: Triage, question: Question?, _ context: PageContext
  ) -> [Line] {
    guard let knowledge = context.model.knowledge else { return [] }
    var lines: [Line] = []
    func words(_ text: String) -> String { Wording.filled(text, triage.target) }
    var isAnswered = false
    for finding in submission.findings {
      guard let outcome = finding.outcome else { continue }
      if finding.id == .codeReported, let code = triage.record.code, code.description != outcome.name {
        lines += context.labelled(
          localized("Code"), localized("\(code) stays; \(context.key("u")) changes it."), .warning)
      }
      for read in knowledge.questions {
        guard let choice = read.reads[finding.id]?[outcome] else { continue }
        if read.id == question?.id { isAnswered = true }
        var text = "\(words(read.ask)) \(words(Wording.answer(read.id, choice, knowledge)))"
        if let given = triage.record.answers.first(where: { $0.question == read.id })?.choice, given != choice
        {
          text += localized(" (instead of: \(words(Wording.answer(read.id, given, knowledge))))")
        }
        lines += context.labelled(localized("Answers"), text, .good)
      }
    }
    if let question, !isAnswered {
      lines += context.labelled(localized("Left open"), words(question.ask), .warning)
    }
    if let address = submission.connection?.address, let leads = try? Target(address),
      leads.connectText.lowercased() != triage.target.connectText.lowercased()
    {
      lines += context.labelled(
        localized("Other host"),
        localized("It leads to \(leads.connectText); this case is about \(triage.target.connectText)."),
        .warning)
    }
    if triage.record.submissions.contains(where: { $0.name == submission.name }) {
      lines += context.labelled(
        localized("Replaces"), localized("what was read before from: \(submission.name)"), .dim)
    }
    return lines
  }
}
