import Diagnosis
import Facts

/// Puts a screen's page between heading and footer, at any size.
struct Composer {
  static let smallest = Size(columns: 30, rows: 8)
  /// A line longer than this is hard to read back from its end.
  static let widest = 118
  private static let onePaneBelow = 76

  private let state: WizardState
  private let size: Size
  private let ink: Ink
  private let content: any WizardScreen
  private let shown: WizardState.Shown
  private var page = Page()

  init(_ state: WizardState, _ size: Size, _ appearance: Appearance) {
    self.state = state
    self.size = Size(columns: max(0, min(size.columns, 1000)), rows: max(0, min(size.rows, 1000)))
    ink = Ink(appearance)
    shown = state.stack[state.stack.count - 1]
    content = shown.screen.content
    page = content.page(
      PageContext(
        model: state.model, ink: ink, width: mainWidth, sideWidth: sideWidth, height: bodyHeight,
        isOnePane: !hasBothPanes))
  }

  static func isOnePane(_ size: Size) -> Bool { size.columns < onePaneBelow }

  /// What is scrolled now.
  struct View {
    var isSide: Bool
    var count: Int
    var visible: Int
    var focus: Range<Int>?
  }

  var view: View {
    let isSide = showsSideAlone
    let lines = isSide ? page.side.count : page.body.count
    let lead = isSide ? 0 : page.lead.count
    return View(
      isSide: isSide, count: lines, visible: max(1, bodyHeight - lead), focus: isSide ? nil : page.focus)
  }

  var frame: Frame {
    guard size.columns >= Self.smallest.columns, size.rows >= Self.smallest.rows else { return tooSmall }
    var rows = heading
    let (main, cursor) = mainRows
    if hasBothPanes, !page.side.isEmpty {
      let side = sideRows(page.side, from: 0)
      for row in 0..<bodyHeight {
        rows.append(
          indented(
            ink.pad(main[row], mainWidth) + [Span(" \(ink.glyphs.bar) ", .dim)]
              + ink.fit(side[row], sideWidth)))
      }
    } else if showsSideAlone {
      rows += sideRows(page.side, from: shown.sideScroll).map(indented)
    } else {
      rows += main.map(indented)
    }
    rows += status
    rows.append(footer)
    return Frame(size: size, rows: rows.map(safe), cursor: showsSideAlone ? nil : cursor)
  }

  // MARK: Measures

  private var margin: Int { size.columns >= 60 ? 1 : 0 }
  private var contentWidth: Int { min(size.columns - 2 * margin, Self.widest) }
  private var indent: Int { max(0, (size.columns - contentWidth) / 2) }
  private var hasBothPanes: Bool { content.hasSide && !Self.isOnePane(size) }
  private var showsSideAlone: Bool { content.hasSide && Self.isOnePane(size) && shown.isSideShown }
  private var sideWidth: Int { hasBothPanes ? max(32, min(46, contentWidth * 2 / 5)) : contentWidth }
  private var mainWidth: Int { hasBothPanes ? contentWidth - sideWidth - 3 : contentWidth }
  private var bodyHeight: Int { max(1, size.rows - heading.count - statusHeight - 1) }

  // MARK: Parts

  /// Names the case, and below it the cause that leads.
  private var heading: [Line] {
    let triage = state.isAboutCase ? state.model.triage : nil
    let name: String
    var right = ""
    if let triage {
      let code = triage.record.code.map { "  \($0)" } ?? localized("  no code")
      name = (size.columns >= 60 ? "rdptriage  " : "") + triage.target.connectText + code
      // The code matters more than the name of the case, which repeats the host.
      let fits = TextWidth.cells(name) + 2 + TextWidth.cells(triage.id) <= contentWidth
      right = size.columns >= 76 && fits ? triage.id : ""
    } else {
      name = "rdptriage"
      right = content.name
    }
    let bar = String(repeating: " ", count: indent)
    var rows: [Line] = [
      ink.pad(
        [Span(bar, .title)]
          + ink.spread(
            [Span(ink.clean(name), .title)], right.isEmpty ? [] : [Span(ink.clean(right), .title)],
            contentWidth,
            style: .title), size.columns, style: .title)
    ]
    if let triage { rows.append(indented(leading(triage))) }
    if size.rows >= 16 { rows.append(ink.rule(size.columns)) }
    return rows
  }

  private func leading(_ triage: Triage) -> Line {
    let warning: Line = state.model.warning.map { [Span($0, .bad)] } ?? []
    if triage.record.ending != nil {
      return ink.spread([Span(ink.clean(localized("This case is closed.")), .dim)], warning, contentWidth)
    }
    guard let knowledge = state.model.knowledge,
      let standing = Wording.standing(triage.assessment?.ranking ?? [], knowledge)
    else {
      return [Span(ink.clean(localized("The knowledge is loading…")), .dim)]
    }
    var right: Line = warning
    if warning.isEmpty, let doubt = state.model.doubt {
      right = [Span(size.columns >= 60 ? "! \(doubt)" : "! \(state.model.key("w"))", .warning)]
    }
    if triage.isProbing {
      right =
        (warning.isEmpty ? [] : warning + [Span("  ")]) + [
          Span("\(spinner) ", .accent),
          Span(
            size.columns >= 60
              ? localized("\(triage.probesDone) of \(triage.probesAsked) probes")
              : "\(triage.probesDone)/\(triage.probesAsked)",
            .dim),
        ]
    }
    return ink.spread(
      [Span(ink.clean(standing.lead), .dim), Span(ink.clean(standing.text), .strong)],
      right, contentWidth)
  }

  /// What stands before the cause that leads.
  static func word(for leader: RankedCause) -> String {
    Cause.withoutFix.contains(leader.cause)
      ? localized("So far: ") : leader.probability < 0.5 ? localized("Leading: ") : localized("Likely: ")
  }

  private var spinner: String { ink.glyphs.spinner[state.model.phase % ink.glyphs.spinner.count] }

  private var mainRows: (rows: [Line], cursor: Frame.Cursor?) {
    let height = bodyHeight
    let lead = Array(page.lead.prefix(max(0, height - 1)))
    let visible = height - lead.count
    let start = max(0, min(shown.scroll, page.body.count - visible))
    var rows = lead + page.body.dropFirst(start).prefix(visible)
    rows = rows.map { ink.fit($0, mainWidth) }
    while rows.count < height { rows.append([]) }
    var cursor: Frame.Cursor?
    if let wanted = page.cursor {
      var row = wanted.row
      if row >= page.lead.count { row = row - page.lead.count - start + lead.count }
      if (0..<height).contains(row), wanted.column < mainWidth {
        cursor = .init(row: heading.count + row, column: indent + wanted.column)
      }
    }
    return (rows, cursor)
  }

  private func sideRows(_ lines: [Line], from start: Int) -> [Line] {
    let height = bodyHeight
    let start = max(0, min(start, lines.count - height))
    var rows = lines.dropFirst(start).prefix(height).map { ink.fit($0, sideWidth) }
    while rows.count < height { rows.append([]) }
    return rows
  }

  private var noticeLines: [Line] {
    guard let notice = state.model.notice else { return [] }
    let lines = ink.wrap(notice, width: max(1, contentWidth - 2), style: .accent)
    return lines.prefix(size.rows >= 16 ? 4 : 2).enumerated().map { index, line in
      [Span(index == 0 ? "! " : "  ", .accent)] + line
    }
  }

  private var statusHeight: Int { max(1, noticeLines.count) }

  /// Above the footer: a notice, or a rule that says how much more there is.
  private var status: [Line] {
    let notice = noticeLines
    guard notice.isEmpty else { return notice.map(indented) }
    let view = view
    let start = view.isSide ? shown.sideScroll : shown.scroll
    let clamped = max(0, min(start, view.count - view.visible))
    guard view.count > view.visible else { return [ink.rule(size.columns)] }
    let below = view.count - view.visible - clamped
    let text =
      below > 0
      ? localized(" \(below) more \(below == 1 ? localized("line") : localized("lines")) below: PgDn ")
      : localized(" the end: PgUp for what is above ")
    let width = size.columns - TextWidth.cells(text) - 3
    return [ink.rule(width) + [Span(text, .key)] + ink.rule(3)]
  }

  private var footer: Line {
    var rows = (content.typingKeys ?? content.rows(state.model)).filter {
      $0.rank != nil && $0.disabledReason == nil
    }
    if content.hasSide, Self.isOnePane(size) {
      let name = shown.isSideShown ? localized("back to the question") : page.sideName
      rows.append(KeyRow(name: "Tab", label: name, help: "", rank: 1, disabledReason: nil))
    }
    let places = rows.enumerated().sorted {
      ($0.element.rank ?? 9, $0.offset) < ($1.element.rank ?? 9, $1.offset)
    }
    var taken: Set<Int> = []
    var used = 0
    for (place, row) in places {
      let cells = TextWidth.cells(ink.clean(row.name)) + 1 + TextWidth.cells(ink.clean(row.label)) + 2
      guard used + cells - 2 <= contentWidth else { continue }
      used += cells
      taken.insert(place)
    }
    var line: Line = []
    for (place, row) in rows.enumerated() where taken.contains(place) {
      if !line.isEmpty { line.append(Span("  ")) }
      line += [Span(ink.clean(row.name), .key), Span(" " + ink.clean(row.label), .dim)]
    }
    return indented(line)
  }

  private var tooSmall: Frame {
    let text =
      localized(
        "Too small: \(size.columns)x\(size.rows). At least \(Self.smallest.columns)x\(Self.smallest.rows) is needed."
      )
    var rows = ink.wrap(text, width: max(1, size.columns)).prefix(size.rows).map { $0 }
    while rows.count < size.rows { rows.append([]) }
    return Frame(size: size, rows: rows.map(safe))
  }

  private func indented(_ line: Line) -> Line {
    indent > 0 && !line.isEmpty ? [Span(String(repeating: " ", count: indent))] + line : line
  }

  /// The last guard: nothing but what the terminal was said to show.
  private func safe(_ line: Line) -> Line {
    ink.fit(line.filter { !$0.text.isEmpty }.map { Span(ink.clean($0.text), $0.style) }, size.columns)
  }
}
