import Diagnosis
import Facts

/// Everything that the probes saw, layer by layer.
struct ProbesScreen: WizardScreen {
  static let keys: [KeyBinding<Self>] = [
    .scrollByLine, .scroll, .probeAgainHere, .why, .back, .leave,
  ]

  var asScreen: Screen { .probes(self) }
  var name: String { "Probes" }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    let knowledge = context.model.knowledge
    let findings = triage.record.probeFindings
    page.body += context.heading("What the probes saw")
    let running = triage.panel.filter { $0.state == .running }.map(\.title)
    if triage.isProbing {
      let spinner = context.ink.glyphs.spinner[context.model.phase % context.ink.glyphs.spinner.count]
      page.body += context.text(
        "\(spinner) running: \(running.isEmpty ? "…" : running.joined(separator: ", "))", .accent)
    }
    if findings.isEmpty { page.body += context.text("Nothing yet.", .dim) }
    let layers: [Phase?] = Phase.allCases + [nil]
    for layer in layers {
      let here = findings.filter { knowledge?.finding($0.id)?.layer == layer }
      guard !here.isEmpty else { continue }
      page.body +=
        context.blank + context.text(Wording.sentence(layer.map(Wording.layer) ?? "surroundings"), .heading)
      for finding in here { page.body += lines(finding, knowledge, context) }
    }
    return page
  }

  private func lines(_ finding: Finding, _ knowledge: KnowledgeBase?, _ context: PageContext) -> [Line] {
    let standing = Standing(finding, knowledge)
    let ink = context.ink
    let title = ink.clean(Wording.title(finding.id, knowledge))
    let head = ink.spread(
      [
        Span("\(standing.sign(ink.glyphs)) \(standing.word)", standing.style),
        Span(String(repeating: " ", count: max(1, 7 - standing.word.count))), Span(title, .strong),
      ], finding.elapsed.map { [Span(Wording.time($0), .dim)] } ?? [], context.width)
    var lines = [head]
    let indent = min(9, context.width / 4)
    func add(_ text: String, _ style: Style = .normal) {
      lines += ink.wrap(text, width: context.width - indent, style: style).map {
        [Span(String(repeating: " ", count: indent))] + $0
      }
    }
    if !finding.summary.isEmpty { add(finding.summary) }
    switch finding.status {
    case .inconclusive(let reason):
      if finding.summary.isEmpty { add(Wording.inconclusive(reason, knowledge), .warning) }
    case .notApplicable(let because): if finding.summary.isEmpty { add(because, .dim) }
    case .answered: break
    }
    for field in finding.details { add("\(field.name): \(Wording.detail(field.value))", .dim) }
    return lines
  }
}

extension KeyBinding {
  /// Probes again and stays on the screen.
  static var probeAgainHere: Self {
    var binding = probeAgain
    binding.action = { _, _, turn in turn.startProbes() }
    binding.disabledReason = { _, model in
      if model.triage?.isProbing == true { return "the probes are still running" }
      if model.triage?.record.ending != nil { return "the case is closed" }
      return model.triage?.proving != nil ? "a fix is being proven" : nil
    }
    return binding
  }
}
