import Diagnosis
import Facts

/// Asks for the host and what the client showed. The code is read while it is typed.
struct TargetScreen: WizardScreen {
  enum Field: Int, Equatable, CaseIterable {
    case host, code, gateway, domain
  }

  var host = LineEditor()
  var code = LineEditor(limit: 4000)
  var gateway = LineEditor()
  var domain = LineEditor()
  var focus = Field.host
  /// Enter was pressed: now what is missing is said, too.
  var isTried = false
  /// Only the code of the open case is corrected.
  let isCorrection: Bool
  private let certificateName: String?
  private let submissions: [Submission]

  init(_ initial: WizardSettings.Initial = .init()) {
    isCorrection = false
    certificateName = initial.certificateName
    submissions = initial.submissions
    host = LineEditor(initial.target)
    code = LineEditor(initial.code, limit: 4000)
    gateway = LineEditor(initial.gateway ?? "")
    domain = LineEditor(initial.domain ?? "")
    if hostError == nil, !initial.target.isEmpty { focus = .code }
  }

  init(correcting code: ReportedCode?) {
    isCorrection = true
    certificateName = nil
    submissions = []
    focus = .code
    self.code = LineEditor(code?.description ?? "", limit: 4000)
  }

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "next/start",
      help: "From the host to the code; from there, start. Without a code, leave the field empty.", rank: 1
    ) { screen, _, turn in
      screen.isTried = true
      if screen.focus == .host, screen.hostError == nil {
        screen.isTried = false
        screen.focus = .code
      } else {
        screen.open(&turn)
      }
    },
    KeyBinding(
      [.tab, .down], "Tab", "next field", help: "To the next field; also Down.", rank: 2,
      disabledReason: { screen, _ in screen.isCorrection ? "there is one field" : nil },
      action: { screen, _, _ in screen.move(1) }),
    KeyBinding(
      [.backTab, .up], "Up", "field before", help: "To the field before; also Shift-Tab.", rank: 4,
      disabledReason: { screen, _ in screen.isCorrection ? "there is one field" : nil },
      action: { screen, _, _ in screen.move(-1) }),
    KeyBinding([.pageUp, .pageDown], "PgUp/PgDn", "scroll", help: "Scroll by a page.", rank: nil) {
      _, key, turn in
      turn.scroll = Turn.Scroll(key)
    },
    KeyBinding([.escape], "Esc", "back", help: "Back, without starting.", rank: 3) { _, _, turn in
      turn.moves.append(.pop)
    },
  ]

  var asScreen: Screen { .target(self) }
  var name: String { isCorrection ? "Correct the code" : "New case" }

  var field: LineField? {
    LineField(name: words(focus).label, isEntered: focus == .host || focus == .code)
  }
  mutating func clearField() { self[focus].clear() }

  var fields: [Field] { isCorrection ? [.code] : Field.allCases }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    // A host cannot hold a question mark; a pasted message can.
    if key == .character("?"), focus != .code || code.isEmpty { return false }
    return self[focus].take(key)
  }

  mutating func paste(_ text: String, _ turn: inout Turn) {
    var text = text[...]
    while let last = text.last, last.isNewline { text.removeLast() }
    self[focus].insert(String(text))
  }

  /// Starts the case, or says what is missing under its field.
  mutating func open(_ turn: inout Turn) {
    isTried = true
    guard let bad = fields.first(where: { error($0, turn.model) != nil }) else {
      if isCorrection {
        turn.record(.codeReported(turn.model.reported(in: code.text)))
        turn.model.notice = "The code is corrected. The causes are ranked again."
        turn.moves += [.toCase, .advance(force: true)]
        return
      }
      guard var target = try? Target(host.text) else { return }
      target.gateway = gateway.isEmpty ? nil : gateway.text.trimmed
      target.domain = domain.isEmpty ? nil : domain.text.trimmed
      target.certificateName = certificateName
      turn.openCase(target, code: turn.model.reported(in: code.text), submissions: submissions)
      return
    }
    focus = bad
  }

  private mutating func move(_ step: Int) {
    let fields = fields
    let place = fields.firstIndex(of: focus) ?? 0
    focus = fields[(place + step + fields.count) % fields.count]
  }

  private subscript(field: Field) -> LineEditor {
    get {
      switch field {
      case .host: host
      case .code: code
      case .gateway: gateway
      case .domain: domain
      }
    }
    set {
      switch field {
      case .host: host = newValue
      case .code: code = newValue
      case .gateway: gateway = newValue
      case .domain: domain = newValue
      }
    }
  }

  private var hostError: String? { Self.error(inHost: host.text) }

  private static func error(inHost text: String) -> String? {
    do throws(TargetError) {
      _ = try Target(text)
      return nil
    } catch {
      return error.description
    }
  }

  private func error(_ field: Field, _ model: Model) -> String? {
    switch field {
    case .host: return hostError
    case .code:
      guard !code.text.trimmed.isEmpty, model.reported(in: code.text) == nil else { return nil }
      return "There is no code in this. Type it as 0x3/0x7, or paste the whole message."
    case .gateway:
      return gateway.text.trimmed.isEmpty ? nil : Self.error(inHost: gateway.text)
    case .domain:
      guard !domain.text.trimmed.isEmpty else { return nil }
      if let error = Self.error(inHost: domain.text) { return error }
      guard let read = try? Target(domain.text), case .name = read.host, read.port == Target.defaultPort
      else {
        return "Type the DNS name of the domain, for example corp.example."
      }
      return nil
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let ink = context.ink
    if isCorrection {
      page.body += context.heading("Which code does the client show?") + context.blank
    } else if context.height >= 14 {
      page.body += context.heading("Which host, and what does the client show?") + context.blank
    }
    for field in fields {
      let start = page.body.count
      let isFocused = field == focus
      let (label, hint) = words(field)
      let labelWidth = context.isNarrow ? 11 : PageContext.labelWidth
      let mark = context.ink.isLinear ? "" : isFocused ? "> " : "  "
      let fieldWidth = max(4, min(context.width - labelWidth - 4, 60))
      let (shown, cursor) = self[field].window(ink, width: fieldWidth)
      let lead: Line = ink.pad([Span(mark + label, isFocused ? .strong : .dim)], labelWidth + 2)
      if self[field].isEmpty, !isFocused {
        page.body.append(ink.fit(lead + [Span(ink.clean("(\(hint))"), .dim)], context.width))
      } else {
        page.body.append(lead + [Span("[", .dim), Span(shown, .input), Span("]", .dim)])
      }
      if isFocused {
        page.cursor = .init(row: start, column: labelWidth + 3 + cursor)
        if self[field].isEmpty, !isTried || error(field, context.model) == nil {
          page.body += ink.wrap(
            hint, after: Span(" "), indent: labelWidth + 2, width: context.width, style: .dim)
        }
      }
      if let error = error(field, context.model), isTried || !isFocused && !self[field].isEmpty {
        page.body += ink.wrap(
          error, after: Span(" "), indent: labelWidth + 2, width: context.width, style: .bad
        )
      }
      if isFocused { page.focus = start..<page.body.count }
    }
    page.body += context.blank
    if let code = context.model.reported(in: code.text) {
      page.body += CodeParts.reading(of: code, context)
    } else if focus == .code || !isCorrection {
      page.body += context.text(
        "The code stands in the client's message, behind “Error code” and “Extended error code”. Without one, leave the field empty.",
        .dim)
    }
    return page
  }

  private func words(_ field: Field) -> (label: String, hint: String) {
    switch field {
    case .host: ("Host", "srv01, srv01.corp.example:3390 or an address")
    case .code: ("Code", "0x3/0x7, or the whole message")
    case .gateway: ("Gateway", "only where one is used")
    case .domain: ("Domain", "DNS name, where it is known")
    }
  }
}

/// What a code says, in plain words.
enum CodeParts {
  static func reading(of code: ReportedCode, _ context: PageContext) -> [Line] {
    guard let knowledge = context.model.knowledge else {
      return context.text("The knowledge is loading…", .dim)
    }
    let reading = knowledge.reading(of: code)
    var lines = context.text("\(code)", .strong)
    if reading.pair == nil, reading.entries.isEmpty {
      return lines
        + context.text(
          "Nothing is known about this code. The probes and questions still find the fault.", .warning)
    }
    if let pair = reading.pair {
      lines += context.labelled("Means", pair.meaning)
    } else {
      for entry in reading.entries { lines += context.labelled("Means", entry.meaning) }
    }
    let speakers = reading.entries.reduce(into: [String]()) { said, entry in
      if !said.contains(entry.saidBy) { said.append(entry.saidBy) }
    }
    lines += context.labelled("Who says it", speakers.joined(separator: ", "))
    if !reading.proves.isEmpty {
      lines += context.labelled(
        "Proven fine", reading.proves.map(Wording.layer).joined(separator: ", "), .good)
    }
    let confused = reading.pair?.confusedWith ?? reading.entries.flatMap(\.confusedWith)
    lines += context.labelled("Mix-ups", confused.joined(separator: ", "))
    return lines
  }
}
