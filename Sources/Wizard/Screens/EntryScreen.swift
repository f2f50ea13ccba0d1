import Diagnosis
import Facts

/// One entry of the knowledge in full, and the way on to what belongs to it.
struct EntryScreen: WizardScreen {
  let entry: KnowledgeEntry
  private static let mostLinks = 9

  init(_ entry: KnowledgeEntry) { self.entry = entry }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      "123456789".map { .character($0) }, "1-9", "go to", help: "Read the entry of that number.", rank: 1,
      disabledReason: { screen, model in
        screen.links(model).isEmpty ? localized("nothing belongs to it") : nil
      },
      action: { screen, key, turn in
        guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
        let links = screen.links(turn.model)
        guard links.indices.contains(number - 1) else {
          turn.model.notice = localized("There is no entry \(number).")
          return
        }
        turn.moves.append(.push(.entry(EntryScreen(links[number - 1]))))
      }),
    .scrollByLine, .scroll, .back, .leave,
  ]

  var asScreen: Screen { .entry(self) }
  var name: String { entry.kind }

  /// What belongs to it, the most telling first.
  private func links(_ model: Model) -> [KnowledgeEntry] {
    guard let knowledge = model.knowledge else { return [] }
    return Array(links(in: knowledge).prefix(Self.mostLinks))
  }

  private func links(in knowledge: KnowledgeBase) -> [KnowledgeEntry] {
    func causes(expecting finding: FindingID) -> [KnowledgeEntry] {
      knowledge.causes.compactMap { cause -> (CauseID, Double)? in
        cause.expects[finding].map { (cause.id, $0.values.map(\.probability).max() ?? 0) }
      }.sorted { ($1.1, $0.0.name) < ($0.1, $1.0.name) }.map { .cause($0.0) }
    }
    switch entry {
    case .cause(let id):
      guard let cause = knowledge.cause(id) else { return [] }
      let questions = knowledge.questions.filter { cause.expects[$0.findingID] != nil }
      return cause.cures.map { .fix($0.fix) } + questions.map { .question($0.id) }
    case .fix(let id):
      return knowledge.causes.filter { $0.cures.contains { $0.fix == id } }.map { .cause($0.id) }
    case .question(let id):
      return knowledge.question(id).map { causes(expecting: $0.findingID) } ?? []
    case .finding(let id): return causes(expecting: id)
    case .code(let code):
      let reported =
        switch code.family {
        case .disconnect: ReportedCode(code: code.value)
        case .extended: ReportedCode(extended: code.value)
        default: ReportedCode(entry: code.id)
        }
      return knowledge.reading(of: reported).causes.map { .cause($0) }
    case .story(let id):
      return knowledge.story(id)?.truth.filter { knowledge.cause($0) != nil }.map { .cause($0) } ?? []
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let knowledge = context.model.knowledge else { return page }
    // Commands and questions name the host in hand; without one, HOST stands for it.
    let target = context.model.triage?.target ?? (try? Target("HOST"))
    func filled(_ text: String) -> String { target.map { Wording.filled(text, $0) } ?? text }
    page.body += context.heading(filled(entry.title(knowledge)))
    page.body += facts(knowledge, target, filled, context)
    let links = links(in: knowledge)
    if !links.isEmpty {
      page.body += context.blank + context.text(localized("Belongs to it"), .dim)
      for (index, link) in links.prefix(Self.mostLinks).enumerated() {
        page.body += context.choice(
          "\(index + 1)", filled("\(link.kind): \(link.title(knowledge))"), isSelected: false)
      }
      if links.count > Self.mostLinks {
        page.body += context.text(localized("and \(links.count - Self.mostLinks) more"), .dim)
      }
    }
    return page
  }

  private func facts(
    _ knowledge: KnowledgeBase, _ target: Target?, _ filled: (String) -> String, _ context: PageContext
  ) -> [Line] {
    func often(_ strengths: [OutcomeID: Strength], of finding: FindingID) -> String {
      strengths.sorted { ($1.value.probability, $0.key) < ($0.value.probability, $1.key) }
        .map { "\($0.value.rawValue) \(Wording.meaning(finding, $0.key, knowledge))" }.joined(separator: "; ")
    }
    func origin(_ origin: String) -> [Line] {
      context.labelled(localized("Written in"), origin == "built-in" ? "" : origin, .dim)
    }
    switch entry {
    case .cause(let id):
      guard let cause = knowledge.cause(id) else { return [] }
      var lines = context.text(cause.shows)
      lines += context.labelled(localized("Fails at"), Wording.layer(cause.phase))
      lines += context.labelled(
        localized("How common"),
        localized("about \(Wording.rounded(cause.baseRate)) of 1,000 calls. \(cause.baseRateReason)"))
      lines += context.labelled(
        localized("Codes"),
        cause.codes.sorted { $0.key < $1.key }.map { "\($0.value.rawValue) \($0.key)" }
          .joined(separator: ", "))
      for (finding, strengths) in cause.expects.sorted(by: { $0.key < $1.key }) {
        lines += context.point(
          context.ink.glyphs.dot,
          filled("\(Wording.title(finding, knowledge)): \(often(strengths, of: finding))"))
      }
      for cure in cause.cures {
        lines += context.labelled(
          localized("Cured"),
          localized(
            "\(localized(fixed: cure.strength.rawValue)) by “\(Wording.title(cure.fix, target: target, knowledge))”"
          ))
      }
      return lines + context.labelled(localized("Source"), cause.sources.joined(separator: "; "), .dim)
        + origin(cause.origin)
    case .fix(let id):
      guard let entry = knowledge.fix(id), let target else { return [] }
      let card = FixCard(entry, target: target)
      let fix = card.fix
      var lines = context.text(
        [
          Wording.owner(fix.owner), Wording.place(fix.place), Wording.minutes(fix.minutes + fix.wait),
          Wording.restart(fix.restart), localized("risk \(localized(fixed: fix.risk.rawValue))"),
        ].joined(separator: " \(context.ink.glyphs.dot) "), .strong)
      if let weakening = fix.weakening {
        lines += context.text(
          localized("!! WEAKENS SECURITY. To be put back within \(Wording.hours(weakening.dueHours)):"), .bad)
        lines += context.ink.wrap(command: weakening.reverse, width: context.width)
      }
      for command in card.commands {
        lines += context.text("\(Wording.door(command.door)) (\(Wording.shell(command.shell)))", .dim)
        if !command.first.isEmpty { lines += context.text(command.first) }
        lines +=
          command.shell == .steps
          ? context.point(context.ink.glyphs.bar, command.text, .input)
          : context.ink.wrap(command: command.text, width: context.width)
      }
      return lines + context.labelled(localized("Expect"), fix.expect)
        + context.labelled(localized("Otherwise"), fix.otherwise)
        + context.labelled(localized("Who notices"), fix.notices)
        + context.labelled(localized("Undo"), fix.undo)
        + context.labelled(
          localized("Proof"), fix.proof.map { Wording.title($0, knowledge) }.joined(separator: ", "))
        + context.labelled(localized("Say"), fix.say.isEmpty ? "" : localized("“\(fix.say)”"), .accent)
        + context.labelled(localized("Source"), fix.sources.joined(separator: "; "), .dim)
        + origin(fix.origin)
    case .question(let id):
      guard let question = knowledge.question(id) else { return [] }
      let answers = question.choices.flatMap { choice in
        context.point(context.ink.glyphs.dot, "\(filled(choice.text)) (\(choice.base.rawValue))")
      }
      return answers
        + context.labelled(
          localized("Say"), question.say.isEmpty ? "" : localized("“\(filled(question.say))”"), .accent)
        + context.labelled(localized("How"), filled(question.how))
        + context.labelled(localized("Takes"), Wording.minutes(question.minutes))
        + context.labelled(localized("Source"), question.sources.joined(separator: "; "), .dim)
        + origin(question.origin)
    case .finding(let id):
      guard let finding = knowledge.finding(id) else { return [] }
      let layer = finding.layer.map(Wording.layer) ?? localized("surroundings")
      return context.labelled(localized("Layer"), layer) + context.labelled(localized("Id"), id.name, .dim)
        + finding.outcomes.flatMap { outcome in
          context.point(
            outcome.isFine ? context.ink.glyphs.good : context.ink.glyphs.dot,
            "\(outcome.id): \(outcome.meaning) (\(outcome.base.rawValue))")
        } + origin(finding.origin)
    case .code(let code):
      return context.labelled(localized("Table"), localized(fixed: code.family.words))
        + context.labelled(localized("Log"), code.log)
        + context.labelled(localized("Means"), code.meaning)
        + context.labelled(localized("Said by"), code.saidBy)
        + context.labelled(localized("Proves"), code.proves.map(Wording.layer).joined(separator: ", "))
        + context.labelled(localized("Mix-ups"), code.confusedWith.joined(separator: ", "))
        + context.labelled(localized("Source"), code.source, .dim) + origin(code.origin)
    case .story(let id):
      guard let story = knowledge.story(id) else { return [] }
      var lines = context.labelled(localized("Told"), localized("“\(story.told)”"), .accent)
      lines += context.labelled(localized("Code"), story.code?.description ?? "")
      lines += context.labelled(
        localized("Where"),
        story.environment.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; "))
      for fact in story.facts { lines += context.point(context.ink.glyphs.dot, fact) }
      let seen = story.seen.sorted { $0.key < $1.key }.map {
        filled(Wording.evidence(.finding($0.key, $0.value), target: nil, knowledge))
      }
      lines += context.labelled(localized("Seen"), seen.joined(separator: "; "))
      for (question, choice) in story.known.sorted(by: { $0.key < $1.key }) {
        lines += context.point(
          "?",
          filled(
            "\(knowledge.question(question)?.ask ?? question.name) \(Wording.answer(question, choice, knowledge))"
          ))
      }
      lines += context.labelled(localized("Cured by"), story.cured, .good)
      lines += context.labelled(localized("Wrong turns"), story.wrongTurns.joined(separator: "; "), .warning)
      return lines + context.labelled(localized("Source"), story.source, .dim) + origin(story.origin)
    }
  }
}
