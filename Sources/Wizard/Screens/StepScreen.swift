import Diagnosis
import Facts

/// One fix, complete: why, who, where, the command for each door, what to expect, what it costs, how to undo and how to prove it.
struct StepScreen: WizardScreen {
  let fix: FixID
  /// Which of the commands the person chose to see; nil for the one whose door is known to be open.
  var door: Int?

  /// An Enter this soon after a number was typed belongs to that answer.
  private static let enterBelongsToAnswer = 0.2

  static let keys: [KeyBinding<Self>] =
    [
      KeyBinding(
        [.enter], "Enter", "done", help: "The fix was carried out: look again whether it worked.", rank: 1
      ) { screen, _, turn in
        if let typed = turn.model.answeredByNumber,
          (0..<Self.enterBelongsToAnswer).contains(turn.now.seconds - typed.seconds)
        {
          turn.model.notice = localized("This is the next step. Press Enter again when it is done.")
          return
        }
        screen.carryOut(.done, &turn)
      },
      KeyBinding(
        [.character("c")], "c", "copy", help: "Copy the command that is shown, whole.", rank: 2,
        disabledReason: { screen, model in
          guard let command = screen.command(model) else { return localized("this step has no command") }
          return command.refusal.map { _ in localized("a value cannot be put in safely; see the card") }
        },
        action: { screen, _, turn in
          if let command = screen.command(turn.model) { screen.carryOut(.copy(command.text), &turn) }
        }),
      KeyBinding(
        [.right, .left, .tab, .backTab], "Tab", "next door",
        help: "Show the command for another way in; also Left and Right.",
        rank: 3,
        disabledReason: { screen, model in
          (screen.card(model)?.commands.count ?? 0) < 2 ? localized("there is only one way in") : nil
        },
        action: { screen, key, turn in
          let count = screen.card(turn.model)?.commands.count ?? 0
          guard count > 0 else { return }
          let shown = screen.shown(turn.model)
          screen.door = (shown + (key == .left || key == .backTab ? count - 1 : 1)) % count
        }),
      KeyBinding(
        "123456789".map { .character($0) }, "1-9", "door",
        help: "Show the command for the way in of that number.", rank: nil
      ) { screen, key, turn in
        guard case .character(let digit) = key, let number = digit.wholeNumberValue else { return }
        let count = screen.card(turn.model)?.commands.count ?? 0
        if number <= count {
          screen.door = number - 1
        } else {
          turn.model.notice = localized("There is no way in \(number).")
        }
      },
      KeyBinding(
        [.character("y")], "y", "works now",
        help: "It works now: the probes look again, then the case closes.", rank: 2
      ) { screen, _, turn in
        screen.carryOut(.works, &turn)
      },
      KeyBinding(
        [.character("n")], "n", "no help", help: "It was done and did not help: the causes are ranked again.",
        rank: 2
      ) { screen, _, turn in turn.didNotHelp(screen.fix) },
      KeyBinding(
        [.character("s")], "s", "skip", help: "It cannot be done here: go on without it.", rank: 3
      ) { screen, _, turn in turn.skip(screen.fix) },
      .scrollByLine,
    ] + KeyBinding.ofCase

  var asScreen: Screen { .step(self) }
  var name: String { localized("Step card") }

  /// Asks first when the step weakens security and nobody has agreed to that yet.
  private func carryOut(_ what: ConfirmScreen.Act.Carrying, _ turn: inout Turn) {
    guard let fix = turn.model.knowledge?.fix(fix), let triage = turn.model.triage else { return }
    guard fix.weakening == nil || triage.agreedWeakenings.contains(fix.id) else {
      turn.moves.append(.push(.confirm(ConfirmScreen(.weaken(fix.id, what)))))
      return
    }
    switch what {
    case .copy(let text): turn.effects.append(.copy(text))
    case .done: turn.done(fix)
    case .works: turn.done(fix, isSaidToWork: true)
    }
  }

  private func card(_ model: Model) -> FixCard? {
    guard let knowledge = model.knowledge, let fix = knowledge.fix(fix), let triage = model.triage else {
      return nil
    }
    return FixCard(
      fix, target: triage.target, because: cured(triage, knowledge)?.because.filter { $0.effect > 0 } ?? [])
  }

  private func command(_ model: Model) -> FilledCommand? {
    guard let commands = card(model)?.commands, !commands.isEmpty else { return nil }
    return commands[min(shown(model), commands.count - 1)]
  }

  private func shown(_ model: Model) -> Int {
    guard let commands = card(model)?.commands, !commands.isEmpty else { return 0 }
    if let door { return min(door, commands.count - 1) }
    let findings = model.triage?.record.probeFindings ?? []
    func isOpen(_ command: FilledCommand) -> Bool? { model.knowledge?.door(command.door)?.isOpen(findings) }
    return commands.firstIndex { isOpen($0) == true } ?? commands.firstIndex { isOpen($0) != false } ?? 0
  }

  /// The likeliest cause that the fix cures.
  private func cured(_ triage: Triage, _ knowledge: KnowledgeBase) -> RankedCause? {
    triage.assessment?.ranking.first { ranked in
      guard let cause = knowledge.cause(ranked.cause), !cause.isSymptom else { return false }
      return cause.cures.contains { $0.fix == fix }
    }
  }

  func page(_ context: PageContext) -> Page {
    let model = context.model
    var page = Page()
    guard let triage = model.triage, let knowledge = model.knowledge, let card = card(model) else {
      page.body = context.text(
        localized("This fix is no longer in the knowledge. Skip it with \(context.key("s"))."), .warning)
      return page
    }
    let fix = card.fix
    page.body += context.text(localized("Step \(triage.record.steps.count + 1): \(fix.title)"), .heading)
    page.body += facts(fix, context)
    let isRoomy = context.height >= 12
    let reason = reason(triage, knowledge, context)
    if isRoomy { page.body += reason }
    if let weakening = fix.weakening {
      page.body += context.text(
        localized("!! WEAKENS SECURITY. Put it back within \(Wording.hours(weakening.dueHours)):"), .bad)
      page.body += context.ink.wrap(command: weakening.reverse, width: context.width)
    }
    let proof = fix.proof.map { Wording.title($0, knowledge) }.joined(separator: ", ")
    let undo =
      fix.weakening == nil ? localized("nothing to undo") : localized("put the protection back, as above")
    let sections: [[Line]] = [
      commands(card, shown(model), context),
      context.labelled(localized("Expect"), fix.expect)
        + context.labelled(localized("Otherwise"), fix.otherwise)
        + context.labelled(localized("Say"), fix.say.isEmpty ? "" : localized("“\(fix.say)”"), .accent),
      (isRoomy ? [] : reason) + why(card, triage, knowledge, context),
      policy(fix, context),
      context.labelled(localized("Needs"), command(model)?.needs ?? "")
        + context.labelled(localized("Takes"), takes(fix))
        + context.labelled(localized("Who notices"), fix.notices)
        + context.labelled(
          localized("Risk"), risk(fix), fix.risk == .high || fix.weakening != nil ? .warning : .normal)
        + context.labelled(localized("Undo"), fix.undo.isEmpty ? undo : fix.undo)
        + context.labelled(
          localized("Proof"),
          proof.isEmpty
            ? Wording.unproven(fix.place)
            : localized("looked at again: \(proof)"))
        + context.labelled(localized("Source"), fix.sources.joined(separator: "; "), .dim)
        + context.labelled(localized("Written in"), fix.origin == "built-in" ? "" : fix.origin, .dim),
    ]
    for section in sections where !section.isEmpty {
      page.body += (isRoomy ? context.blank : []) + section
    }
    return page
  }

  private func policy(_ fix: Fix, _ context: PageContext) -> [Line] {
    guard let policy = fix.policy else { return [] }
    let value = policy.registry.map { "\($0.key), \($0.name) = \($0.data)" } ?? ""
    return context.labelled(localized("Policy"), "\(policy.path) > “\(policy.setting)” = \(policy.to)")
      + context.labelled(localized("Registry"), value)
      + context.labelled(localized("What counts"), localized(fixed: policy.verdict.sentence))
  }

  private func facts(_ fix: Fix, _ context: PageContext) -> [Line] {
    let dot = " \(context.ink.glyphs.dot) "
    let parts = [
      Wording.owner(fix.owner), Wording.place(fix.place), Wording.minutes(fix.minutes + fix.wait),
      Wording.restart(fix.restart), localized("risk \(localized(fixed: fix.risk.rawValue))"),
    ]
    return context.text(parts.joined(separator: dot), .strong)
  }

  private func commands(_ card: FixCard, _ shown: Int, _ context: PageContext) -> [Line] {
    guard !card.commands.isEmpty else { return [] }
    var tabs: [Line] = [[]]
    for (index, command) in card.commands.enumerated() {
      let isShown = index == shown
      let word = context.ink.clean("\(index + 1) \(Wording.door(command.door))")
      let tab = Span(isShown ? ">[\(word)]" : "  \(word) ", isShown ? .selected : .key)
      if let last = tabs.last, !last.isEmpty, last.cells + 1 + TextWidth.cells(tab.text) > context.width {
        tabs.append([])
      }
      tabs[tabs.count - 1] += tabs[tabs.count - 1].isEmpty ? [tab] : [Span(" "), tab]
    }
    let command = card.commands[shown]
    if tabs.count > 2, context.height < 14 {
      let word = context.ink.clean(Wording.door(card.commands[shown].door))
      tabs = [[Span(">[\(word)]", .selected), Span(" \(shown + 1)/\(card.commands.count)", .key)]]
    }
    var lines = tabs
    if context.ink.isLinear {
      lines = card.commands.enumerated().flatMap { index, command in
        context.choice("\(index + 1)", Wording.door(command.door), isSelected: index == shown)
      }
    }
    if let refusal = command.refusal { lines += context.text(refusal, .warning) }
    if !command.first.isEmpty { lines += context.text(command.first) }
    if command.shell == .steps {
      lines += context.point(context.ink.glyphs.bar, command.text, .input)
    } else {
      let rows = context.ink.wrap(command: command.text, width: context.width)
      lines += rows
      let isWrapped = rows.contains { $0.first?.text == context.ink.glyphs.continued + " " }
      lines += context.text(
        isWrapped
          ? localized(
            "\(Wording.shell(command.shell)); \(context.ink.glyphs.continued) goes on in the same line; \(context.key("c")) copies it whole"
          )
          : Wording.shell(command.shell), .dim)
    }
    return lines
  }

  private func why(
    _ card: FixCard, _ triage: Triage, _ knowledge: KnowledgeBase, _ context: PageContext
  ) -> [Line] {
    var lines: [Line] = []
    for reason in card.because.prefix(4) {
      let text = Wording.evidence(reason.evidence, target: triage.target, knowledge)
      lines += context.labelled(
        lines.isEmpty ? localized("Seen") : " ", "+ \(Wording.weight(reason.effect)): \(text)")
    }
    return lines
  }

  private func reason(_ triage: Triage, _ knowledge: KnowledgeBase, _ context: PageContext) -> [Line] {
    guard let cause = cured(triage, knowledge) else { return [] }
    return context.labelled(
      localized("Why now"), "\(Wording.title(cause.cause, knowledge)) (\(Wording.percent(cause.probability)))"
    )
  }

  private func takes(_ fix: Fix) -> String {
    let wait = fix.wait > 0 ? localized(", then \(Wording.minutes(fix.wait)) of waiting") : ""
    return localized("\(Wording.minutes(fix.minutes)) hands-on\(wait); \(Wording.restart(fix.restart))")
  }

  private func risk(_ fix: Fix) -> String {
    fix.weakening == nil
      ? localized(fixed: fix.risk.rawValue)
      : localized("\(localized(fixed: fix.risk.rawValue)); weakens security until it is put back")
  }
}
