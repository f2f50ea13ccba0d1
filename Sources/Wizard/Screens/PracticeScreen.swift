import Diagnosis
import Facts

/// Cases to learn on, from easy to nasty.
struct PracticeScreen: WizardScreen {
  var selected = 0

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "start", help: "Start the marked case on this machine.",
      rank: 1,
      disabledReason: { _, model in
        if model.awaitedPractice != nil { return localized("a case is being started") }
        return model.settings.practiceCases.isEmpty ? localized("there is no practice case") : nil
      },
      action: { screen, _, turn in
        let cases = turn.model.settings.practiceCases
        guard cases.indices.contains(screen.selected) else { return }
        turn.closeTriage()
        turn.model.awaitedPractice = cases[screen.selected]
        turn.effects.append(.startPractice(cases[screen.selected]))
      }),
    .move(count: { _, model in model.settings.practiceCases.count }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .practice(self) }
  var name: String { localized("Practice") }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let cases = context.model.settings.practiceCases
    page.body += context.heading(localized("Practice on broken hosts"))
    if context.height >= 14 {
      page.body += context.text(
        localized(
          "They listen on this machine only; nothing goes out to the network. At the end you see how well it went."
        ),
        .dim)
    }
    page.body += context.blank
    if cases.isEmpty { page.body += context.text(localized("This build holds no practice case."), .dim) }
    for (index, practice) in cases.enumerated() {
      let start = page.body.count
      if index == 0 || cases[index - 1].level != practice.level {
        page.body += context.text(Self.word(practice.level), .dim)
      }
      page.body += context.choice(context.number(index), practice.title, isSelected: index == selected)
      if index == selected {
        let code = practice.code.map { " (\($0))" } ?? ""
        page.body += context.ink.wrap(
          "“\(practice.story)”\(code)", after: Span(" "), indent: 4, width: context.width, style: .dim)
        page.focus = start..<page.body.count
      }
    }
    if context.model.awaitedPractice != nil {
      page.body += context.blank + context.text(localized("Starting it…"), .accent)
    }
    return page
  }

  static func word(_ level: PracticeCase.Level) -> String {
    switch level {
    case .easy: localized("Easy")
    case .middling: localized("Middling")
    case .nasty: localized("Nasty")
    }
  }
}

/// What a practised case says at its end.
extension PracticeReview {
  func lines(_ practice: PracticeCase, _ triage: Triage, _ context: PageContext) -> [Line] {
    let knowledge = context.model.knowledge
    func words(_ step: Step) -> String { Self.words(step, triage, knowledge) }
    var lines = context.text(
      localized("\(PracticeScreen.word(practice.level)) practice: \(practice.title)"), .heading)
    lines += context.labelled(
      localized("Score"),
      localized(
        "\(score) of 100: \(Self.length(minutes, steps)); the planner's way: \(Self.length(bestMinutes, bestSteps))"
      ),
      score == 100 ? .good : .warning)
    if !isCured { lines += context.labelled(" ", localized("The fault is still there."), .bad) }
    if minutes < bestMinutes {
      lines += context.labelled(" ", localized("Quicker than it, by luck or skill."))
    }
    lines += context.labelled(localized("Was wrong"), Wording.title(practice.cause, knowledge), .strong)
    let shows = knowledge?.cause(practice.cause)?.shows ?? ""
    lines += context.labelled(
      localized("Because"), practice.explanation.isEmpty ? shows : practice.explanation)
    for (index, reason) in evidence.prefix(4).enumerated() {
      lines += context.labelled(
        index == 0 ? localized("Spoke for it") : " ",
        "+ \(Wording.weight(reason.effect)): \(Wording.evidence(reason.evidence, target: triage.target, knowledge))"
      )
    }
    guard let detour else { return lines }
    lines += context.labelled(
      localized("First detour"),
      localized("step \(detour.number), \(words(detour.step)). Better: \(words(detour.better))."))
    lines += context.labelled(
      localized("Best way"), bestSteps.map(words).joined(separator: " \(context.ink.glyphs.arrow) "), .dim)
    return lines
  }

  private static func length(_ minutes: Double, _ steps: [Step]) -> String {
    localized(
      "\(Wording.minutes(minutes)) in \(steps.count) \(steps.count == 1 ? localized("step") : localized("steps"))"
    )
  }

  private static func words(_ step: Step, _ triage: Triage, _ knowledge: KnowledgeBase?) -> String {
    switch step {
    case .asked(let id, let choice):
      let question = knowledge?.question(id)
      let answer = choice.map { choice in
        question?.choices.first { $0.id == choice }?.text ?? choice.name
      }
      let words = "“\(question?.ask ?? id.name)” “\(answer ?? localized("I don't know"))”"
      return Wording.filled(words, triage.target)
    case .fix(let id): return localized("“\(Wording.title(id, target: triage.target, knowledge))”")
    case .skipped(let id):
      return localized("skipped “\(Wording.title(id, target: triage.target, knowledge))”")
    case .handedOver: return localized("handed over")
    case .closed: return localized("closed unsolved")
    }
  }
}
