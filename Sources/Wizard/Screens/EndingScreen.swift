import Diagnosis
import Facts

/// How the case ended: what was wrong, what fixed it, the proof, the time.
struct EndingScreen: WizardScreen {
  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter, .escape, .backspace], "Enter", "to start", help: "Back to the start screen.", rank: 1
    ) {
      _, _, turn in
      turn.closeTriage()
      turn.effects.append(.listCases)
      turn.moves.append(.home)
    },
    .ticketText,
    KeyBinding([.character("c")], "c", "copy", help: "Copy the text for the ticket.", rank: 2) { _, _, turn in
      if let report = turn.model.report() { turn.effects.append(.copy(ReportFormat.plain.text(of: report))) }
    },
    KeyBinding(
      [.character("o")], "o", "reopen", help: "It fails again: go on with the case, with every answer.",
      rank: 3
    ) { _, _, turn in turn.reopen() },
    .putBack, .timeline, .why, .probes, .scrollByLine, .scroll, .leave,
  ]

  var asScreen: Screen { .ending(self) }
  var name: String { localized("Ending") }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage, let ending = triage.record.ending else { return page }
    let knowledge = context.model.knowledge
    let ink = context.ink
    switch ending {
    case .solved where triage.record.isClosedOnWord:
      page.body += context.text(
        localized("\(ink.glyphs.unsure) Closed on the caller's word: the probes see no change."), .warning)
    case .solved: page.body += context.text(localized("\(ink.glyphs.good) Solved"), .good)
    case .escalated(let owner):
      page.body += context.text(
        localized("\(ink.glyphs.arrow) Handed over: \(Wording.owner(named: owner))"), .heading)
    case .closed: page.body += context.text(localized("\(ink.glyphs.dot) Closed"), .heading)
    }
    page.body += context.blank
    if let practice = triage.practice, let review = triage.review {
      page.body += review.lines(practice, triage, context) + context.blank
    } else if let cause = Ending.cause(triage, context.model) {
      let word = triage.record.cure == nil ? localized("Likely") : localized("Was wrong")
      page.body += context.labelled(
        word, "\(Wording.title(cause.cause, knowledge)) (\(Wording.percent(cause.probability)))", .strong)
    }
    if case .solved(let fix?) = ending {
      page.body += context.labelled(
        Ending.label(triage.record), Wording.title(fix, target: triage.target, knowledge), .strong)
      if let proof = triage.record.proof(of: fix) {
        page.body += context.labelled(
          localized("Proof"), Wording.verdict(proof.verdict), proof.verdict == .changed ? .good : .normal)
        let ids = proof.after.map(\.id)
        page.body += context.blank + ProofScreen.comparison(proof, ids: ids, context)
      } else {
        page.body += context.labelled(
          localized("Proof"), localized("none by probes: the person said that it works."))
      }
    }
    if let opened = triage.record.opened, let changed = triage.record.changed {
      page.body += context.labelled(
        localized("Took"), localized("\(Wording.between(opened, changed)), from \(opened.text) UTC"))
    }
    let tried = triage.record.steps.filter { $0.result == .failed }
    if !tried.isEmpty {
      page.body += context.labelled(
        localized("Did not help"),
        tried.map { Wording.title($0.fix, target: triage.target, knowledge) }.joined(separator: "; "))
    }
    for item in context.model.weakened {
      if case .reversed = item.state { continue }
      page.body += context.blank
      page.body += context.text(
        localized("!! SECURITY IS STILL WEAKENED by “\(item.title)”. Put it back by \(item.due.text) UTC:"),
        .bad)
      page.body += ink.wrap(command: item.reverse, width: context.width)
      if case .accepted(let reason, _, let person) = item.state {
        page.body += context.labelled(localized("Left so"), "\(reason) (\(person))")
      }
    }
    page.body += context.blank
    page.body += context.labelled(localized("Case"), triage.id, .dim)
    return page
  }
}

/// What a closed case comes down to.
enum Ending {
  static func word(_ record: Case) -> String? {
    guard let ending = record.ending else { return nil }
    if record.isClosedOnWord { return localized("Closed on the caller's word") }
    return word(ending)
  }

  static func word(_ ending: Case.Ending) -> String {
    switch ending {
    case .solved: localized("Solved")
    case .escalated(let owner): localized("Handed over: \(Wording.owner(named: owner))")
    case .closed: localized("Closed")
    }
  }

  static func cause(_ triage: Triage, _ model: Model) -> RankedCause? {
    guard let assessor = model.advisor?.assessor, let ranking = triage.assessment?.ranking else { return nil }
    return cause(triage.record, ranking: ranking, assessor)
  }

  /// The likeliest cause that the fix which solved the case cures, else the likeliest one.
  static func cause(_ record: Case, ranking: [RankedCause], _ assessor: Assessor) -> RankedCause? {
    guard case .solved(let fix?) = record.ending else { return ranking.first }
    // What was seen after the fix speaks against the cause that it cured, so the belief of before counts.
    let before =
      record.before(fix).map { assessor.rank(Evidence($0, knowledge: assessor.knowledge)) } ?? ranking
    return before.first { ranked in
      assessor.knowledge.cause(ranked.cause)?.cures.contains { $0.fix == fix } ?? false
    } ?? before.first
  }

  /// Before the fix that ended the case.
  static func label(_ record: Case) -> String {
    record.isClosedOnWord ? localized("Done last") : localized("Fixed by")
  }
}
