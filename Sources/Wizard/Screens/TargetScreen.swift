import Diagnosis
import Facts

/// Asks for the host and what the client showed. The code is read while it is typed.
struct TargetScreen: WizardScreen {
  enum Field: Int, Equatable, CaseIterable {
    case host, code, told, user, file, gateway, domain
  }

  /// What became of the connection file that is named.
  enum FileReading: Equatable {
    case none
    case running(Int)
    case read(Submission)
    case failed(String)
  }

  var host = LineEditor()
  var code = LineEditor(limit: 4000)
  /// What the caller says, or the ticket.
  var told = LineEditor(limit: TellScreen.limit, keepsLineBreaks: true)
  var user = LineEditor()
  var file = LineEditor(limit: 1000)
  var gateway = LineEditor()
  var domain = LineEditor()
  var focus = Field.host
  /// Enter was pressed: now what is missing is said, too.
  var isTried = false
  /// Only the code of the open case is corrected.
  let isCorrection: Bool
  private let certificateName: String?
  private let submissions: [Submission]
  private(set) var reading = FileReading.none
  /// What was pasted into the field of the code, with its lines and its whole length; the field shows its beginning.
  private var pasted: Pasted?

  private struct Pasted: Equatable {
    var text: String
    /// As the field shows it.
    var shown: String
    /// nil until the knowledge is there.
    var reading: Reading?
  }
  /// The last request to complete the path, and what came of it.
  private var completing: Int?
  private var completed: PathCompletion?
  /// Which of the earlier hosts stands in the field; nil: what was typed.
  private var place: Int?
  private var typedHost = ""
  /// What a file or an earlier case put into the fields: only this is replaced by the next one.
  private var filled = Filled()

  private struct Filled: Equatable { var host = "", gateway = "", domain = "" }

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
      [.tab], "Tab", "next field", help: "To the next field. In a path: complete it.", rank: 2,
      disabledReason: { screen, _ in screen.isCorrection ? localized("there is one field") : nil },
      action: { screen, _, _ in screen.move(1) }),
    KeyBinding(
      [.backTab], "Shift-Tab", "field before", help: "To the field before.", rank: nil,
      disabledReason: { screen, _ in screen.isCorrection ? localized("there is one field") : nil },
      action: { screen, _, _ in screen.move(-1) }),
    KeyBinding(
      [.up, .down], "Up/Down", "move",
      help: "In the host field: through the hosts of earlier cases. Elsewhere: to another field.", rank: 4,
      disabledReason: { screen, _ in screen.isCorrection ? localized("there is one field") : nil },
      action: { screen, key, turn in screen.walk(key == .up, &turn) }),
    KeyBinding([.pageUp, .pageDown], "PgUp/PgDn", "scroll", help: "Scroll by a page.", rank: nil) {
      _, key, turn in
      turn.scroll = Turn.Scroll(key)
    },
    KeyBinding([.escape], "Esc", "back", help: "Back, without starting.", rank: 3) { _, _, turn in
      turn.moves.append(.pop)
    },
  ]

  var asScreen: Screen { .target(self) }
  var name: String { isCorrection ? localized("Correct the code") : localized("New case") }

  var field: LineField? {
    LineField(
      name: words(focus).label, isEntered: [.host, .code, .file].contains(focus),
      isPath: focus == .file, isManyLines: focus == .told, isInForm: true)
  }
  mutating func clearField() { edit { $0.clear() } }
  mutating func take(line: String, _ turn: inout Turn) { edit { $0.insert(line + "\n") } }
  var waitsFor: String? { if case .running = reading { localized("Reading the file.") } else { nil } }
  var numbersMark: Bool { false }

  var fields: [Field] { isCorrection ? [.code] : Field.allCases }

  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool {
    // A host cannot hold a question mark; a pasted message and a path can.
    let canHoldAny = [.code, .told, .file].contains(focus)
    if key == .character("?"), !canHoldAny || self[focus].isEmpty { return false }
    if focus == .host, key == .right || key == .end, let offered = offered(turn.model) {
      take(offered)
      return true
    }
    if focus == .told, key == .endOfInput {
      move(1)
      return true
    }
    if focus == .file, key == .tab, !file.isEmpty, completed?.text != file.text {
      let number = turn.nextReading()
      completing = number
      turn.effects.append(.completePath(file.text, ending: ".rdp", number: number))
      return true
    }
    return edit { $0.take(key) }
  }

  /// Changes the field in hand; what was known of its old text is known no more.
  @discardableResult private mutating func edit<Result>(_ change: (inout LineEditor) -> Result) -> Result {
    let before = self[focus].text
    let result = change(&self[focus])
    guard self[focus].text != before else { return result }
    switch focus {
    case .host: place = nil
    case .file:
      reading = .none
      completing = nil
      completed = nil
    case .code, .told, .user, .gateway, .domain: break
    }
    return result
  }

  mutating func paste(_ text: String, _ turn: inout Turn) {
    var text = text[...]
    while let last = text.last, last.isNewline { text.removeLast() }
    let isWhole = focus == .code && code.isEmpty
    edit { $0.insert(String(text.prefix(8_000))) }
    if isWhole {
      pasted = Pasted(text: String(text), shown: code.text, reading: turn.model.read(String(text)))
    }
  }

  mutating func hear(_ answer: Message, _ turn: inout Turn) {
    switch (answer, reading) {
    case (.read(let submission, let number), .running(let wanted)) where number == wanted:
      reading = .read(submission)
      fill(
        host: submission.connection?.address,
        gateway: submission.connection?.gateway.flatMap { try? Target($0).connectText }, domain: nil)
    case (.unreadable(let reason, let number), .running(let wanted)) where number == wanted:
      reading = .failed(reason)
      focus = .file
    case (.pathCompleted(let completion, let number), _) where number == completing:
      completing = nil
      guard completion.count > 0 else {
        turn.model.notice = localized("No folder and no connection file (.rdp) begins like this.")
        break
      }
      file = LineEditor(completion.text, limit: file.limit)
      reading = .none
      // A folder goes on: the next Tab looks into it.
      completed = completion.count == 1 && completion.text.hasSuffix("/") ? nil : completion
    default: break
    }
  }

  /// What the field of the code holds: as it was pasted, while nothing is changed in it.
  private var codeText: String {
    if let pasted, pasted.shown == code.text { pasted.text } else { code.text }
  }

  /// nil until the knowledge is loaded.
  private func codeReading(_ model: Model) -> Reading? {
    if let pasted, pasted.shown == code.text, let reading = pasted.reading { return reading }
    return model.read(codeText)
  }

  /// The client's code; until the knowledge is loaded only numbers are read.
  private func reported(_ model: Model) -> ReportedCode? {
    if let reading = codeReading(model) { return reading.code?.code }
    return ReportedCode(code.text)
  }

  private mutating func readFile(_ turn: inout Turn) {
    let number = turn.nextReading()
    reading = .running(number)
    focus = .file
    isTried = false
    turn.effects.append(.readConnectionFile(file.text.trimmed, number: number))
  }

  /// Fills what is empty or was filled like this before.
  private mutating func fill(host: String?, gateway: String?, domain: String?) {
    func fill(_ editor: inout LineEditor, _ filled: inout String, _ value: String?) {
      guard let value, editor.text.trimmed.isEmpty || editor.text == filled else { return }
      editor = LineEditor(value, limit: editor.limit)
      filled = value
    }
    fill(&self.host, &filled.host, host)
    fill(&self.gateway, &filled.gateway, gateway)
    fill(&self.domain, &filled.domain, domain)
  }

  // MARK: Earlier hosts

  /// One case for each host of earlier cases, newest first.
  private func earlier(_ model: Model) -> [CaseSummary] {
    var seen: Set<String> = []
    return (model.cases ?? []).filter { !$0.isPractice && seen.insert($0.target.lowercased()).inserted }
  }

  /// The earlier host that begins with what was typed, and goes on.
  private func offered(_ model: Model) -> CaseSummary? {
    let typed = host.text.lowercased()
    guard !isCorrection, place == nil, !typed.isEmpty, host.position == host.characters.count else {
      return nil
    }
    return earlier(model).first {
      let known = $0.target.lowercased()
      return known.count > typed.count && known.hasPrefix(typed)
    }
  }

  private mutating func take(_ earlier: CaseSummary) {
    host = LineEditor(earlier.target)
    filled.host = earlier.target
    fill(host: nil, gateway: earlier.gateway ?? "", domain: earlier.domain ?? "")
  }

  private mutating func walk(_ isUp: Bool, _ turn: inout Turn) {
    let hosts = earlier(turn.model)
    guard focus == .host, !hosts.isEmpty, isUp || place != nil else { return move(isUp ? -1 : 1) }
    let next = (place ?? -1) + (isUp ? 1 : -1)
    guard next < hosts.count else {
      turn.model.notice = localized("This is the oldest host.")
      return
    }
    if place == nil { typedHost = host.text }
    guard next >= 0 else {
      host = LineEditor(typedHost)
      fill(host: nil, gateway: "", domain: "")
      place = nil
      return
    }
    take(hosts[next])
    place = next
  }

  /// Words for what the keys would bring into the host field.
  private func offer(_ context: PageContext) -> String? {
    let isLinear = context.ink.isLinear
    func words(_ known: CaseSummary) -> String {
      ([known.target]
        + [known.gateway.map { localized("gateway \($0)") }, known.domain.map { localized("domain \($0)") }]
        .compactMap(\.self)).joined(separator: ", ")
    }
    let hosts = earlier(context.model)
    if let offered = offered(context.model) {
      guard focus == .host else {
        return isLinear
          ? localized("An earlier host goes on: \(words(offered)). /up, then /right takes it.") : nil
      }
      return "\(isLinear ? "/right" : "Right"): \(words(offered))"
    }
    guard focus == .host, !isCorrection, let newest = hosts.first else { return nil }
    if let place { return localized("\(place + 1) of \(hosts.count) from earlier cases") }
    return host.isEmpty ? "\(isLinear ? "/up" : "Up"): \(words(newest))" : nil
  }

  /// Starts the case, or says what is missing under its field.
  mutating func open(_ turn: inout Turn) {
    isTried = true
    if !isCorrection, !file.text.trimmed.isEmpty {
      switch reading {
      case .none, .failed: return readFile(&turn)
      case .running:
        turn.model.notice = localized("The file is still being read.")
        return
      case .read: break
      }
    }
    guard let bad = fields.first(where: { error($0, turn.model) != nil }) else {
      if isCorrection {
        turn.record(.codeReported(reported(turn.model)))
        if let said = saidBeside(turn.model) { turn.record(.submitted(said.name, said.findings)) }
        turn.model.notice = localized("The code is corrected. The causes are ranked again.")
        turn.moves += [.toCase, .advance(force: true)]
        return
      }
      guard var target = try? Target(host.text, defaultPort: turn.model.settings.defaults.port) else {
        return
      }
      target.gateway = gateway.isEmpty ? nil : gateway.text.trimmed
      target.domain = domain.isEmpty ? nil : domain.text.trimmed
      // Given without a target it is meant for the one that is typed.
      let initial = turn.model.settings.initial
      target.certificateName = certificateName ?? (initial.target.isEmpty ? initial.certificateName : nil)
      target.user = user.isEmpty ? nil : user.text.trimmed
      turn.openCase(
        target, code: reported(turn.model), told: told.text.trimmed,
        submissions: submissions + handedIn + [saidBeside(turn.model)].compactMap(\.self))
      return
    }
    focus = bad
  }

  /// A message, and codes of other tables, that stand beside the client's code.
  private func saidBeside(_ model: Model) -> Submission? {
    guard let reading = codeReading(model) else { return nil }
    return model.knowledge?.submission(of: reading, code: reading.code?.code)
  }

  private var handedIn: [Submission] {
    if case .read(let submission) = reading { [submission] } else { [] }
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
      case .told: told
      case .user: user
      case .file: file
      case .gateway: gateway
      case .domain: domain
      }
    }
    set {
      switch field {
      case .host: host = newValue
      case .code: code = newValue
      case .told: told = newValue
      case .user: user = newValue
      case .file: file = newValue
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
      guard !code.text.trimmed.isEmpty, reported(model) == nil else { return nil }
      if let reading = codeReading(model), !reading.messages.isEmpty || !reading.empty.isEmpty { return nil }
      return localized("There is no code in this. Type it as 0x3/0x7, or paste the whole message.")
    case .told, .file: return nil
    case .user:
      return user.text.trimmed.contains(where: \.isWhitespace)
        ? localized("Type the name alone, as anna, CORP\\anna or anna@corp.example.") : nil
    case .gateway:
      return gateway.text.trimmed.isEmpty ? nil : Self.error(inHost: gateway.text)
    case .domain:
      guard !domain.text.trimmed.isEmpty else { return nil }
      if let error = Self.error(inHost: domain.text) { return error }
      guard let read = try? Target(domain.text), case .name = read.host, read.port == Target.defaultPort
      else {
        return localized("Type the DNS name of the domain, for example corp.example.")
      }
      return nil
    }
  }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let ink = context.ink
    if isCorrection {
      page.body += context.heading(localized("Which code does the client show?")) + context.blank
    } else if context.height >= 14 {
      page.body += context.heading(localized("Which host, and what does the client show?")) + context.blank
    }
    for field in fields {
      let start = page.body.count
      let isFocused = field == focus
      let (label, hint) = words(field)
      let labelWidth = context.isNarrow ? 11 : PageContext.labelWidth
      func below(_ text: String, _ style: Style) -> [Line] {
        ink.wrap(text, after: Span(" "), indent: labelWidth + 2, width: context.width, style: style)
      }
      let mark = context.ink.isLinear ? "" : isFocused ? "> " : "  "
      let fieldWidth = max(4, min(context.width - labelWidth - 4, 60))
      let lead: Line = ink.pad([Span(mark + label, isFocused ? .strong : .dim)], labelWidth + 2)
      let (shown, cursor) = self[field].window(ink, width: fieldWidth)
      if self[field].isEmpty, !isFocused {
        page.body.append(ink.fit(lead + [Span(ink.clean("(\(hint))"), .dim)], context.width))
      } else if field == .told {
        draw(told, lead, isFocused: isFocused, fieldWidth, labelWidth, context, &page)
      } else {
        page.body.append(lead + [Span("[", .dim), Span(shown, .input), Span("]", .dim)])
      }
      if isFocused {
        if field != .told { page.cursor = .init(row: start, column: labelWidth + 3 + cursor) }
        if self[field].isEmpty, !isTried || error(field, context.model) == nil {
          page.body += below(hint, .dim)
        }
      }
      if field == .host, let offer = offer(context) { page.body += below(offer, .accent) }
      if field == .file { page.body += fileLines(context).flatMap { below($0.text, $0.style) } }
      if let error = error(field, context.model), isTried || !isFocused && !self[field].isEmpty {
        page.body += below(error, .bad)
      }
      if isFocused { page.focus = start..<page.body.count }
    }
    page.body += context.blank
    if let reading = codeReading(context.model), !reading.isEmpty {
      page.body += CodeParts.origin(of: reading, typed: codeText, context)
      if let code = reading.code?.code { page.body += CodeParts.reading(of: code, context) }
    } else if let code = reported(context.model) {
      page.body += CodeParts.reading(of: code, context)
    } else if focus == .code || !isCorrection {
      page.body += context.text(
        localized(
          "The code stands in the client's message, behind “Error code” and “Extended error code”. Without one, leave the field empty."
        ),
        .dim)
    }
    return page
  }

  /// A text of several lines: the row of the cursor and those around it, elsewhere its beginning.
  private func draw(
    _ editor: LineEditor, _ lead: Line, isFocused: Bool, _ fieldWidth: Int, _ labelWidth: Int,
    _ context: PageContext, _ page: inout Page
  ) {
    let ink = context.ink
    let (rows, cursor) = editor.rows(ink, width: fieldWidth)
    guard !ink.isLinear else {
      page.body += rows.enumerated().map { [Span(($0 == 0 ? lead.map(\.text).joined() : "") + $1)] }
      return
    }
    let height = isFocused ? (context.height >= 14 ? 5 : 3) : 1
    let first = isFocused ? max(0, min(cursor.row - height / 2, rows.count - height)) : 0
    let blank = [Span(String(repeating: " ", count: labelWidth + 2))]
    for (index, row) in rows.dropFirst(first).prefix(height).enumerated() {
      if isFocused, first + index == cursor.row {
        page.cursor = .init(row: page.body.count, column: labelWidth + 3 + cursor.column)
      }
      page.body.append(
        (index == 0 ? lead : blank) + [Span("[", .dim)] + ink.pad([Span(row, .input)], fieldWidth) + [
          Span("]", .dim)
        ])
    }
    let hidden = rows.count - height
    if hidden > 0 {
      page.body.append(
        ink.fit(
          blank + [Span(ink.clean(localized("\(rows.count) lines in all")), .dim)], context.width))
    }
  }

  /// What stands below the path.
  private func fileLines(_ context: PageContext) -> [(text: String, style: Style)] {
    switch reading {
    case .none:
      guard let completed, completed.count > 1 else { return [] }
      let more = completed.count - completed.names.count
      return [
        (completed.names.joined(separator: "  ") + (more > 0 ? localized("  and \(more) more") : ""), .dim)
      ]
    case .running: return [(localized("Reading…"), .accent)]
    case .failed(let reason): return [(reason, .bad)]
    case .read(let submission):
      var lines: [(text: String, style: Style)] = [
        (
          localized("Read as \(submission.recognised.joined(separator: ", ")). Enter starts with it:"),
          .strong
        )
      ]
      lines += submission.findings.map { ("\(context.ink.glyphs.dot) \($0.summary)", .normal) }
      if let address = submission.connection?.address, host.text.trimmed.lowercased() != address.lowercased()
      {
        lines.append((localized("It leads to \(address); the host above is the one that counts."), .warning))
      }
      return lines
    }
  }

  private func words(_ field: Field) -> (label: String, hint: String) {
    switch field {
    case .host: (localized("Host"), localized("srv01, srv01.corp.example:3390 or an address"))
    case .code: (localized("Code"), localized("0x3/0x7, or the whole message"))
    case .told: (localized("Told"), localized("what the caller says, or the ticket, in their own words"))
    case .user: (localized("User"), localized("who cannot connect: anna, CORP\\anna"))
    case .file: (localized("File"), localized("path of the caller's .rdp file, if there is one"))
    case .gateway: (localized("Gateway"), localized("only where one is used"))
    case .domain: (localized("Domain"), localized("DNS name, where it is known"))
    }
  }
}

/// What a code says, in plain words.
enum CodeParts {
  /// “Read as 0x204, from …”: the words that made it, where they are more than the code; messages; numbers that say nothing.
  static func origin(of reading: Reading, typed: String, _ context: PageContext) -> [Line] {
    var lines: [Line] = []
    if let code = reading.code, code.words != typed.trimmed {
      lines += context.text(localized("Read as \(code.code.description), from “\(code.words)”."), .accent)
    }
    for other in reading.others.prefix(3) {
      lines += context.text(localized("Also \(other.code.description), from “\(other.words)”."), .dim)
    }
    for message in reading.messages.prefix(3) {
      guard let entry = context.model.knowledge?.message(message.id) else { continue }
      lines += context.text(localized("Message: \(entry.title), from “\(message.words)”."), .accent)
      if reading.code == nil { lines += context.labelled(localized("Means"), entry.meaning) }
    }
    for (_, sentence) in reading.empty.prefix(1) { lines += context.text(sentence, .warning) }
    return lines
  }

  static func reading(of code: ReportedCode, _ context: PageContext) -> [Line] {
    guard let knowledge = context.model.knowledge else {
      return context.text(localized("The knowledge is loading…"), .dim)
    }
    let reading = knowledge.reading(of: code)
    var lines = context.text("\(code)", .strong)
    if reading.pair == nil, reading.entries.isEmpty {
      return lines
        + context.text(
          localized("Nothing is known about this code. The probes and questions still find the fault."),
          .warning)
    }
    if let pair = reading.pair {
      lines += context.labelled(localized("Means"), pair.meaning)
    } else {
      for entry in reading.entries { lines += context.labelled(localized("Means"), entry.meaning) }
    }
    let speakers = reading.entries.reduce(into: [String]()) { said, entry in
      if !said.contains(entry.saidBy) { said.append(entry.saidBy) }
    }
    lines += context.labelled(localized("Who says it"), speakers.joined(separator: ", "))
    if !reading.proves.isEmpty {
      lines += context.labelled(
        localized("Proven fine"), reading.proves.map(Wording.layer).joined(separator: ", "), .good)
    }
    let confused = reading.pair?.confusedWith ?? reading.entries.flatMap(\.confusedWith)
    lines += context.labelled(localized("Mix-ups"), confused.joined(separator: ", "))
    return lines
  }
}
