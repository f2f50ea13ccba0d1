import Diagnosis
import Facts

/// The causes in order, and for the marked one what speaks for it and against it; below them solved cases that look alike.
struct WhyScreen: WizardScreen {
  var selected = 0
  /// As things stood when the page was opened.
  private let alikes: [LookAlike]
  private static let causesShown = 7

  init(_ model: Model) {
    guard let assessor = model.advisor?.assessor, let record = model.triage?.record else {
      alikes = []
      return
    }
    alikes = assessor.lookAlikes(Evidence(record, knowledge: assessor.knowledge))
  }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "read", help: "Read all that is known of the marked cause or solved case.", rank: 2,
      disabledReason: { screen, model in
        screen.marked(model) == nil ? localized("nothing is ranked yet") : nil
      },
      action: { screen, _, turn in
        if let entry = screen.marked(turn.model) { turn.moves.append(.push(.entry(EntryScreen(entry)))) }
      }),
    .move(
      count: { screen, model in screen.causes(model).count + screen.alikes.count }, selection: \.selected),
    .otherSteps, .probes, .scroll, .back, .leave,
  ]

  var asScreen: Screen { .why(self) }
  var name: String { localized("Why") }

  private func causes(_ model: Model) -> ArraySlice<RankedCause> {
    model.assessment?.ranking.prefix(Self.causesShown) ?? []
  }

  private func marked(_ model: Model) -> KnowledgeEntry? {
    let causes = causes(model)
    if causes.indices.contains(selected) { return .cause(causes[selected].cause) }
    let place = selected - causes.count
    return alikes.indices.contains(place) ? .story(alikes[place].story) : nil
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage, let assessment = triage.assessment else {
      page.body = context.text(localized("Nothing is ranked yet: the knowledge is loading."), .dim)
      return page
    }
    let knowledge = context.model.knowledge
    let ranking = assessment.ranking.prefix(Self.causesShown)
    page.body += context.heading(localized("Which cause, and how sure"))
    for (index, ranked) in ranking.enumerated() {
      if index == selected { page.focus = page.body.count..<(page.body.count + 1) }
      page.body.append(bar(ranked, index, isSelected: index == selected, context))
    }
    let rest = assessment.ranking.dropFirst(Self.causesShown)
    if !rest.isEmpty {
      page.body.append([
        Span(
          localized("  \(rest.count) others: \(Wording.percent(rest.reduce(0) { $0 + $1.probability }))"),
          .dim)
      ])
    }
    if let knowledge {
      for doubt in Wording.doubts(assessment, knowledge) {
        page.body += context.blank + context.text(doubt, .warning)
      }
    }
    page.body += context.blank
    if ranking.indices.contains(selected) { page.body += reasons(ranking[selected], triage, context) }
    page.body += context.blank + plan(assessment, triage, context)
    if let knowledge, !alikes.isEmpty {
      page.body += context.blank + context.heading(localized("Solved cases that look like this one"))
      for (index, alike) in alikes.enumerated() {
        guard let story = knowledge.story(alike.story) else { continue }
        let start = page.body.count
        let place = ranking.count + index
        page.body += lines(alike, story, place, triage, context)
        if place == selected { page.focus = start..<page.body.count }
      }
    }
    return page
  }

  private static let toldShown = 160

  private func lines(
    _ alike: LookAlike, _ story: Story, _ place: Int, _ triage: Triage, _ context: PageContext
  ) -> [Line] {
    var lines = context.choice(context.number(place), story.title, isSelected: place == selected)
    let told = story.told.split(whereSeparator: \.isNewline).joined(separator: " ")
    lines += context.labelled(
      localized("Told"), localized("“\(SafeText.clean(told, limit: Self.toldShown))”"), .dim)
    var common = alike.common.prefix(4).map { finding -> String in
      let outcome = story.seen[finding] ?? finding.question.flatMap { story.known[$0] }
      return outcome.map {
        Wording.evidence(.finding(finding, $0), target: triage.target, context.model.knowledge)
      } ?? Wording.title(finding, context.model.knowledge)
    }
    if alike.hasSameCode { common.insert(localized("the same code"), at: 0) }
    lines += context.labelled(localized("In common"), common.joined(separator: "; "))
    return lines + context.labelled(localized("Cured by"), story.cured, .good)
  }

  private func bar(_ ranked: RankedCause, _ index: Int, isSelected: Bool, _ context: PageContext) -> Line {
    let size = context.isNarrow ? 8 : 16
    let full = max(0, min(size, Int((ranked.probability * Double(size)).rounded())))
    let glyphs = context.ink.glyphs
    let percent = Wording.percent(ranked.probability)
    let number = String(repeating: " ", count: max(0, 4 - percent.count)) + percent
    let style: Style = isSelected ? .selected : .normal
    return context.ink.fit(
      [
        Span(context.mark(index, isSelected: isSelected), style),
        Span(String(repeating: glyphs.full, count: full), .accent),
        Span(String(repeating: glyphs.empty, count: size - full), .dim),
        Span(" \(number) ", style),
        Span(context.ink.clean(Wording.title(ranked.cause, context.model.knowledge)), style),
      ], context.width)
  }

  private func reasons(_ ranked: RankedCause, _ triage: Triage, _ context: PageContext) -> [Line] {
    let knowledge = context.model.knowledge
    var lines = context.text(Wording.title(ranked.cause, knowledge), .strong)
    if let shows = knowledge?.cause(ranked.cause)?.shows, !shows.isEmpty { lines += context.text(shows) }
    func list(_ title: String, _ sign: String, _ reasons: [Reason], _ style: Style) {
      guard !reasons.isEmpty else { return }
      lines += context.text(title, .dim)
      for reason in reasons {
        let text = Wording.evidence(reason.evidence, target: triage.target, knowledge)
        lines += context.point(sign, "\(Wording.weight(reason.effect)): \(text)", style)
      }
    }
    list(localized("Speaks for it"), "+", ranked.because.filter { $0.effect > 0 }, .good)
    list(localized("Speaks against it"), "-", ranked.because.filter { $0.effect < 0 }, .bad)
    if ranked.because.isEmpty {
      lines += context.text(
        localized("Nothing that is known speaks for or against it: this is how often it happens."), .dim)
    }
    return lines
  }

  private func plan(_ assessment: Assessment, _ triage: Triage, _ context: PageContext) -> [Line] {
    let steps = assessment.plan.prefix(3)
    guard !steps.isEmpty else { return [] }
    return context.text(localized("Why this step: the case is expected to end soonest with it"), .dim)
      + steps.enumerated().flatMap { index, planned in
        context.point(
          index == 0 ? localized("now") : localized("or "),
          localized(
            "\(Wording.step(planned.step, triage.target, context.model.knowledge)) (\(Wording.minutes(planned.expectedMinutes)) in all)"
          )
        )
      }
  }
}
