import Diagnosis
import Facts

/// What the fix should have changed, before and after, and the question that decides: does it work now?
struct ProofScreen: WizardScreen {
  static let keys: [KeyBinding<Self>] =
    [
      KeyBinding(
        [.character("y")], "y", "works now", help: "The caller is in: the case closes as solved.", rank: 1
      ) { _, _, turn in turn.works() },
      KeyBinding(
        [.character("n")], "n", "no help", help: "It still fails: the causes are ranked again.", rank: 1
      ) { _, _, turn in
        if let fix = turn.model.triage?.proving?.fix { turn.didNotHelp(fix) }
      },
      KeyBinding(
        [.character("s")], "s", "skip", help: "It could not be done after all: go on without it.", rank: 4
      ) { _, _, turn in
        if let fix = turn.model.triage?.proving?.fix { turn.skip(fix) }
      },
      KeyBinding(
        [.character("r")], "r", "look again", help: "Look again at what the fix should have changed.",
        rank: 4,
        disabledReason: { _, model in
          guard let proving = model.triage?.proving else { return localized("there is nothing to prove") }
          if model.triage?.isProbing == true { return localized("the probes are still running") }
          return proving.ids.isEmpty ? localized("nothing of it is visible from outside") : nil
        },
        action: { _, _, turn in turn.proveAgain() }),
      KeyBinding(
        [.character("c")], "c", "copy", help: "Copy the command whose output proves it.", rank: 3,
        disabledReason: { _, model in
          Self.commands(model).isEmpty ? localized("no command shows whether it worked") : nil
        },
        action: { _, _, turn in
          guard let first = Self.commands(turn.model).first else { return }
          turn.effects.append(.copy(first.command.text))
        }),
      .askCaller("Ask the caller of the practised case whether it works now.") { _, practice, turn in
        guard let knowledge = turn.model.knowledge, let fix = turn.model.triage?.proving?.fix else { return }
        turn.model.notice =
          practice.isCured(by: fix, knowledge)
          ? localized("The caller says: “It works now, thank you.”")
          : localized("The caller says: “No, it is still the same.”")
      } reason: { _, model in
        model.triage?.proving?.proof == nil ? localized("the probes are still running") : nil
      },
      .scrollByLine,
    ] + KeyBinding.ofCase.filter { $0.name != "r" }

  var asScreen: Screen { .proof(self) }
  var name: String { localized("Proof") }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage, let proving = triage.proving else { return page }
    let knowledge = context.model.knowledge
    let title = Wording.title(proving.fix, target: triage.target, knowledge)
    page.body += context.part(localized("Done"), title, .heading) + context.blank
    if let proof = proving.proof {
      let ids = proving.ids + proving.outputs.filter { id in proof.after.contains { $0.id == id } }
      page.body += Self.comparison(proof, ids: ids, context)
      page.body += context.text(
        Wording.verdict(proof.verdict),
        proof.verdict == .changed ? .good : proof.verdict == .notVisible ? .normal : .warning)
    } else {
      let spinner = context.ink.glyphs.spinner[context.model.phase % context.ink.glyphs.spinner.count]
      page.body += context.text(
        localized(
          "\(spinner) Looking again: \(proving.ids.map { Wording.title($0, knowledge) }.joined(separator: ", "))…"
        ),
        .accent)
      page.body += ProbePanel(triage, context).lines(width: context.width, height: context.height / 2)
    }
    page.body += context.blank
    if proving.isSaidToWork {
      page.body += context.text(
        localized("You said: it works. The case closes when the probes have looked."), .good)
      return page
    }
    page.body += context.text(localized("Does it work now?"), .heading)
    page.body += context.text(localized("Let the caller connect once more, then press:"))
    page.body += context.choice(
      context.key("y"), localized("Yes, it works: close the case as solved"), isSelected: false)
    page.body += context.choice(
      context.key("n"), localized("No, it still fails: find the next step"), isSelected: false)
    let open = Self.commands(context.model).filter { shown in
      !(proving.proof?.after.contains { $0.id == shown.id } ?? false)
    }
    if let first = open.first, proving.proof?.verdict != .changed {
      page.body +=
        context.blank + context.text(localized("Or let its output tell"), .heading)
        + context.text(
          localized("Run it again, then paste what it prints with \(context.key("v")):"))
        + context.ink.wrap(command: first.command.text, width: context.width)
    }
    if let say = knowledge?.fix(proving.fix)?.say, !say.isEmpty {
      page.body +=
        context.blank
        + context.part(localized("Say"), localized("“\(Wording.filled(say, triage.target))”"), .accent)
    }
    return page
  }

  /// What prints whether the fix worked, filled in for the target.
  private static func commands(_ model: Model) -> [(id: FindingID, command: FilledCommand)] {
    guard let triage = model.triage, let proving = triage.proving, let knowledge = model.knowledge else {
      return []
    }
    return proving.outputs.compactMap { id in
      knowledge.questionPrinting(id)?.command.map { (id, FilledCommand($0, target: triage.target)) }
    }
  }

  /// Each finding of a proof: what it was, what it is.
  static func comparison(_ proof: Case.Proof, ids: [FindingID], _ context: PageContext) -> [Line] {
    let knowledge = context.model.knowledge
    func words(_ finding: Finding?) -> (String, Style) {
      guard let finding else { return (localized("not known"), .dim) }
      let standing = Standing(finding, knowledge)
      let what =
        switch finding.status {
        case .answered(let outcome): Wording.meaning(finding.id, outcome, knowledge)
        case .inconclusive(let reason): Wording.inconclusive(reason, knowledge)
        case .notApplicable(let because): because
        }
      return ("\(standing.sign(context.ink.glyphs)) \(standing.word): \(what)", standing.style)
    }
    return ids.flatMap { id -> [Line] in
      let before = words(proof.before.first { $0.id == id })
      let after = words(proof.after.first { $0.id == id })
      return context.text(Wording.title(id, knowledge), .strong)
        + context.ink.wrap(
          before.0, after: Span(localized("  before"), .dim), indent: 10, width: context.width,
          style: before.1)
        + context.ink.wrap(
          after.0, after: Span(localized("  now"), .dim), indent: 10, width: context.width, style: after.1)
        + context.blank
    }
  }
}
