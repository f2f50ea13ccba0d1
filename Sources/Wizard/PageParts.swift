import Diagnosis
import Facts

/// What pages are made of.
extension PageContext {
  static let labelWidth = 13

  func text(_ text: String, _ style: Style = .normal) -> [Line] { ink.wrap(text, width: width, style: style) }

  func heading(_ text: String) -> [Line] { ink.wrap(text, width: width, style: .heading) }

  /// A label and what it stands for; nothing where there is nothing to say.
  func labelled(_ label: String, _ text: String, _ style: Style = .normal, label labelStyle: Style = .dim)
    -> [Line]
  {
    guard !text.isEmpty else { return [] }
    guard isNarrow, !ink.isLinear else {
      return ink.wrap(
        text, after: Span(label, labelStyle), indent: Self.labelWidth, width: width, style: style)
    }
    guard label.contains(where: { $0 != " " }) else {
      return ink.wrap(text, width: max(1, width - 2), style: style).map { [Span("  ")] + $0 }
    }
    let prefix = ink.clean(label) + ": "
    return ink.wrap(prefix + text, width: max(1, width - 2), style: style).enumerated().map { index, line in
      guard index == 0, let first = line.first?.text, first.hasPrefix(prefix) else {
        return [Span("  ")] + line
      }
      return [Span(prefix, labelStyle), Span(String(first.dropFirst(prefix.count)), style)]
    }
  }

  /// A row that can be chosen; the marker says which one is, the number which key takes it.
  func choice(_ number: String, _ text: String, isSelected: Bool, isDim: Bool = false) -> [Line] {
    guard !ink.isLinear else {
      let lead = (number.isEmpty ? "" : number + ". ") + (isSelected ? localized("(marked) ") : "")
      return [[Span(lead), Span(ink.clean(text))]]
    }
    let mark = isSelected ? "> " : "  "
    let key = number.isEmpty ? "" : number + "  "
    let lead = TextWidth.cells(mark + key)
    let style: Style = isSelected ? .selected : isDim ? .dim : .normal
    return ink.wrap(text, width: max(1, width - lead), style: style).enumerated().map { index, line in
      index == 0
        ? [
          Span(mark, isSelected ? .selected : .normal),
          Span(key, isSelected ? .selected : isDim ? .dim : .key),
        ]
          + line
        : [Span(String(repeating: " ", count: lead), style)] + line
    }
  }

  /// The number of a row that is chosen by moving to it: seen only where no mark can be moved.
  func number(_ index: Int) -> String { ink.isLinear ? "\(index + 1)" : "" }

  /// What stands before a row that is chosen by moving to it.
  func mark(_ index: Int, isSelected: Bool) -> String {
    ink.isLinear ? "\(index + 1). " + (isSelected ? localized("(marked) ") : "") : isSelected ? "> " : "  "
  }

  /// A point of a list.
  func point(_ sign: String, _ text: String, _ style: Style = .normal) -> [Line] {
    let lead = TextWidth.cells(sign) + 1
    return ink.wrap(text, width: max(1, width - lead), style: style).enumerated().map { index, line in
      [Span(index == 0 ? sign + " " : String(repeating: " ", count: lead), style)] + line
    }
  }

  /// How a key of the tables is called here.
  func key(_ shipped: String) -> String { model.key(shipped) }

  var blank: [Line] { [[]] }

  /// A text field behind its label, and the cell of its cursor.
  func field(_ label: String, _ editor: LineEditor, atMost limit: Int) -> (line: Line, cursor: Int) {
    let (shown, cursor) = editor.window(ink, width: max(4, min(limit, width - label.count - 2)))
    return (
      [Span(label, .strong), Span("[", .dim), Span(shown, .input), Span("]", .dim)], label.count + 1 + cursor
    )
  }

  /// Rows that are chosen from, and where the selected one stands.
  func list(_ rows: [(number: String, text: String)], selected: Int?) -> (lines: [Line], focus: Range<Int>?) {
    var lines: [Line] = []
    var focus: Range<Int>?
    for (index, row) in rows.enumerated() {
      let start = lines.count
      lines += choice(row.number, row.text, isSelected: index == selected)
      if index == selected { focus = start..<lines.count }
    }
    return (lines, focus)
  }
}

/// How a finding stands, as a sign and a word.
enum Standing: Equatable {
  case fine, fault, seen, unsure, notRun, notApplicable

  init(_ finding: Finding, _ knowledge: KnowledgeBase?) {
    switch finding.status {
    case .inconclusive(.blocked), .inconclusive(.notAsked), .inconclusive(.cancelled): self = .notRun
    case .inconclusive: self = .unsure
    case .notApplicable: self = .notApplicable
    case .answered(let outcome):
      guard let entry = knowledge?.finding(finding.id), entry.outcomes.contains(where: \.isFine),
        let known = entry.outcomes.first(where: { $0.id == outcome })
      else {
        self = .seen
        return
      }
      self = known.isFine ? .fine : .fault
    }
  }

  var word: String {
    switch self {
    case .fine: localized("ok")
    case .fault: localized("fault")
    case .seen: localized("seen")
    case .unsure: localized("unsure")
    case .notRun: localized("no run")
    case .notApplicable: localized("n/a")
    }
  }

  var style: Style {
    switch self {
    case .fine: .good
    case .fault: .bad
    case .seen: .normal
    case .unsure: .warning
    case .notRun: .dim
    case .notApplicable: .dim
    }
  }

  func sign(_ glyphs: Glyphs) -> String {
    switch self {
    case .fine: glyphs.good
    case .fault: glyphs.bad
    case .seen: glyphs.seen
    case .unsure: glyphs.unsure
    case .notRun, .notApplicable: glyphs.none
    }
  }

  /// Of several findings the one that a person should know first.
  fileprivate var urgency: Int {
    switch self {
    case .fault: 0
    case .fine: 1
    case .seen: 2
    case .unsure: 3
    case .notRun: 4
    case .notApplicable: 5
    }
  }
}

/// The live panel: each probe with its state, result and time.
struct ProbePanel {
  let triage: Triage
  let knowledge: KnowledgeBase?
  let ink: Ink
  let phase: Int

  init(_ triage: Triage, _ context: PageContext) {
    self.triage = triage
    knowledge = context.model.knowledge
    ink = context.ink
    phase = context.model.phase
  }

  func lines(width: Int, height: Int) -> [Line] {
    let asked = triage.panel.filter { $0.state != .notAsked }
    let probes = asked.filter { !saysNothing($0) }
    let count = localized("\(triage.probesDone) of \(triage.probesAsked) done")
    let lines: [Line] = [ink.spread([Span(localized("Probes"), .heading)], [Span(count, .dim)], width)]
    guard !asked.isEmpty else { return lines + [[Span(localized("No probe was asked."), .dim)]] }
    let others = asked.count - probes.count
    let rest: [Line] =
      others == 0 || ink.isLinear
      ? [] : [[Span(ink.clean("\(ink.glyphs.none) ") + localized("\(others) do not apply here"), .dim)]]
    // The results in full where there is room, else cut to a row, last those of faults, else only these.
    var panel: [Line] = []
    for (faultRows, otherRows) in [(3, 3), (3, 1), (1, 1), (2, 0)] {
      panel = probes.flatMap { row($0, width: width, faultRows, otherRows) } + rest
      if panel.count < height { break }
    }
    return lines + panel
  }

  /// True when nothing of what was looked for exists here, or a layer below is already at fault.
  private func saysNothing(_ probe: Triage.ProbeProgress) -> Bool {
    guard case .done(let findings, _) = probe.state else { return false }
    return findings.allSatisfy { Standing($0, knowledge) == .notApplicable }
  }

  /// The rows are those for the result of a fault, and of anything else.
  private func row(
    _ probe: Triage.ProbeProgress, width: Int, _ faultRows: Int, _ otherRows: Int
  ) -> [Line] {
    var sign = ink.glyphs.waiting
    var word = localized("waits")
    var style = Style.dim
    var time = ""
    var result = ""
    var isFault = false
    switch probe.state {
    case .waiting, .notAsked: break
    case .running:
      sign = ink.glyphs.spinner[phase % ink.glyphs.spinner.count]
      word = localized("runs")
      style = .accent
    case .left:
      sign = ink.glyphs.none
      word = localized("no run")
      result = localized("the run ended before it")
    case .done(let findings, let elapsed):
      time = Wording.time(elapsed)
      let standings = findings.map { ($0, Standing($0, knowledge)) }
      guard let first = standings.min(by: { $0.1.urgency < $1.1.urgency }) else { return [] }
      sign = first.1.sign(ink.glyphs)
      word = first.1.word
      style = first.1.style
      isFault = first.1 == .fault
      result = Self.result(first.0, knowledge)
    }
    guard !ink.isLinear else {
      return [[Span(ink.clean("\(word) \(probe.title)" + (result.isEmpty ? "" : ": \(result)")), style)]]
    }
    let label = word + String(repeating: " ", count: max(1, 7 - word.count))
    let head = ink.spread(
      [Span("\(sign) \(label)", style), Span(ink.clean(probe.title), style == .dim ? .dim : .normal)],
      time.isEmpty ? [] : [Span(time, .dim)], width)
    let resultRows = isFault ? faultRows : otherRows
    guard resultRows > 0, !result.isEmpty else { return [head] }
    let lead = [Span(String(repeating: " ", count: min(9, width / 4)))]
    let room = max(1, width - lead.cells)
    let resultStyle: Style = isFault ? .bad : .dim
    let wrapped = ink.wrap(result, width: room, style: resultStyle)
    let shown =
      wrapped.count <= resultRows ? wrapped : [ink.fit([Span(ink.clean(result), resultStyle)], room)]
    return [head] + shown.map { lead + $0 }
  }

  private static func result(_ finding: Finding, _ knowledge: KnowledgeBase?) -> String {
    switch finding.status {
    case .answered(let outcome): Wording.meaning(finding.id, outcome, knowledge)
    case .inconclusive(let reason): Wording.inconclusive(reason, knowledge)
    case .notApplicable(let because): because
    }
  }
}
