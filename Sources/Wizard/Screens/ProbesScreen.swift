import Diagnosis
import Facts

/// What the probes saw as a ladder from the name up: each rung carries those above it. The marked row opens, with the raw values on
/// demand.
struct ProbesScreen: WizardScreen {
  /// The marked row; nil: the first fault, else the first row.
  var selected: Int?
  var showsValues = false

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter, .character("v"), .right, .left], "Enter", "values",
      help: "Show or hide the raw values of the marked row; also Left and Right.", rank: 1,
      disabledReason: { screen, model in
        screen.rungs(model).isEmpty ? localized("nothing was seen yet") : nil
      },
      action: { screen, _, _ in screen.showsValues.toggle() }),
    KeyBinding(
      [.up, .down, .character("k"), .character("j")], "Up/Down", "move",
      help: "Mark another row.", rank: 3
    ) { screen, key, turn in
      let last = screen.rows(turn.model).count - 1
      let isUp = key == .up || key == .character("k")
      screen.selected = max(0, min(last, screen.place(turn.model) + (isUp ? -1 : 1)))
    },
    .scroll, .probeAgainHere, .why, .back, .leave,
  ]

  var asScreen: Screen { .probes(self) }
  var name: String { localized("Probes") }

  /// One layer with what was seen of it.
  private struct Rung {
    let title: String
    let findings: [Finding]
    /// Nothing of this layer exists here.
    let isOutOfReach: Bool
  }

  private enum Row {
    case layer(Rung)
    case finding(Finding)
  }

  private func rungs(_ model: Model) -> [Rung] {
    guard let triage = model.triage else { return [] }
    let findings = triage.record.probeFindings
    let layers: [Phase?] = Phase.allCases + [nil]
    return layers.compactMap { layer in
      let here = findings.filter { model.knowledge?.finding($0.id)?.layer == layer }
      guard !here.isEmpty else { return nil }
      return Rung(
        title: Wording.sentence(layer.map(Wording.layer) ?? localized("surroundings")), findings: here,
        isOutOfReach: here.allSatisfy { Standing($0, model.knowledge) == .notApplicable })
    }
  }

  /// What can be marked: every finding, and a layer as a whole where none of its findings exists.
  private func rows(_ model: Model) -> [Row] {
    rungs(model).flatMap { rung -> [Row] in
      rung.isOutOfReach ? [.layer(rung)] : rung.findings.map { .finding($0) }
    }
  }

  private func place(_ model: Model) -> Int {
    let rows = rows(model)
    if let selected { return max(0, min(rows.count - 1, selected)) }
    return rows.firstIndex { row in
      if case .finding(let finding) = row { Standing(finding, model.knowledge) == .fault } else { false }
    } ?? 0
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let model = context.model
    guard let triage = model.triage else { return page }
    page.lead = context.heading(localized("What the probes saw, from the name up"))
    if triage.isProbing {
      let running = triage.panel.filter { $0.state == .running }.map(\.title)
      let spinner = context.ink.glyphs.spinner[model.phase % context.ink.glyphs.spinner.count]
      page.lead.append(
        context.ink.fit(
          [
            Span(
              context.ink.clean(localized("\(spinner) running: \(running.joined(separator: ", "))")), .accent)
          ],
          context.width))
    }
    let rungs = rungs(model)
    if rungs.isEmpty { page.body += context.text(localized("Nothing yet."), .dim) }
    let marked = place(model)
    var row = 0
    for rung in rungs {
      let start = page.body.count
      if rung.isOutOfReach {
        page.body += outOfReach(rung, row, isMarked: row == marked, context)
        if row == marked { page.focus = start..<page.body.count }
        row += 1
        continue
      }
      page.body.append([Span("  "), Span(context.ink.clean(rung.title), .heading)])
      for finding in rung.findings {
        let first = page.body.count
        page.body += lines(finding, row, isMarked: row == marked, context)
        if row == marked {
          let top = finding == rung.findings.first ? first - 1 : first
          page.focus = top..<page.body.count
        }
        row += 1
      }
    }
    return page
  }

  private func outOfReach(_ rung: Rung, _ row: Int, isMarked: Bool, _ context: PageContext) -> [Line] {
    let ink = context.ink
    let style: Style = isMarked ? .selected : .dim
    var lines: [Line] = [
      ink.spread(
        [
          Span(context.mark(row, isSelected: isMarked), style),
          Span(ink.clean(rung.title), style),
        ], [Span(localized("\(ink.glyphs.none) not reached"), .dim)], context.width)
    ]
    guard isMarked else { return lines }
    for finding in rung.findings {
      guard case .notApplicable(let because) = finding.status else { continue }
      lines += detail("\(Wording.title(finding.id, context.model.knowledge)): \(because)", .dim, context)
    }
    return lines
  }

  private func lines(_ finding: Finding, _ row: Int, isMarked: Bool, _ context: PageContext) -> [Line] {
    let knowledge = context.model.knowledge
    let standing = Standing(finding, knowledge)
    let ink = context.ink
    let word = "\(standing.sign(ink.glyphs)) \(standing.word)"
    var title = Wording.title(finding.id, knowledge)
    if !context.isNarrow, !isMarked, case .answered(let outcome) = finding.status {
      title += ": " + Wording.meaning(finding.id, outcome, knowledge)
    }
    let style: Style = isMarked ? .selected : .normal
    var lines: [Line] = [
      ink.spread(
        [
          Span(context.mark(row, isSelected: isMarked), style), Span(word, standing.style),
          Span(String(repeating: " ", count: max(1, 9 - TextWidth.cells(word)))),
          Span(ink.clean(title), style),
        ], finding.elapsed.map { [Span(Wording.time($0), .dim)] } ?? [], context.width)
    ]
    guard isMarked else { return lines }
    if !finding.summary.isEmpty {
      lines += detail(finding.summary, .normal, context)
    } else {
      switch finding.status {
      case .inconclusive(let reason):
        lines += detail(Wording.inconclusive(reason, knowledge), .warning, context)
      case .notApplicable(let because): lines += detail(because, .dim, context)
      case .answered: break
      }
    }
    guard showsValues else { return lines }
    lines += detail(localized("id: \(finding.id)"), .dim, context)
    if let outcome = finding.outcome { lines += detail(localized("outcome: \(outcome)"), .dim, context) }
    for field in finding.details {
      let value = Wording.detail(field.value)
      lines += detail("\(field.name): \(value.isEmpty ? localized("none") : value)", .dim, context)
    }
    return lines
  }

  private func detail(_ text: String, _ style: Style, _ context: PageContext) -> [Line] {
    let indent = min(11, context.width / 4)
    return context.ink.wrap(text, width: max(1, context.width - indent), style: style).map {
      [Span(String(repeating: " ", count: indent))] + $0
    }
  }
}

extension KeyBinding {
  /// Probes again and stays on the screen.
  static var probeAgainHere: Self {
    var binding = probeAgain
    binding.action = { _, _, turn in turn.startProbes() }
    binding.disabledReason = { _, model in
      if model.triage?.isProbing == true { return localized("the probes are still running") }
      if model.triage?.record.ending != nil { return localized("the case is closed") }
      return model.triage?.proving != nil ? localized("a fix is being proven") : nil
    }
    return binding
  }
}
