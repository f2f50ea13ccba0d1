import Facts

extension OutputReader {
  /// `qwinsta`, `query session` and `query user`. Rows are read by position: a number stands behind the names.
  static let sessions = OutputReader(
    "qwinsta, query user", states: ["paste.listener-state", "paste.sessions"]
  ) { text in
    var table = SessionTable()
    for line in text.lines { table.read(line) }
    return table.findings
  }
}

private struct SessionTable {
  private enum Kind { case sessions, users }
  private var kind: Kind?
  private var listener: OutcomeID?
  private var unknown: String?
  private var hasRows = false
  private var people: [String] = []
  private var stuck: [String] = []
  private var sawUsers = false

  mutating func read(_ line: PastedText.Line) {
    if let header = Self.header(line) {
      if header == .sessions {
        self = SessionTable()
        listener = nil
      } else if !hasRows {
        people = []
      }
      kind = header
      return
    }
    // A heading in a language that is not known: these two rows stand in every table, and nowhere else.
    if kind == nil, Self.isKnownRow(line) { kind = .sessions }
    guard let kind else { return }
    var words = line.words
    if words.first == ">" {
      words.removeFirst()
    } else if let first = words.first, first.first == ">" {
      words[0] = first.dropFirst()
    }
    guard let place = words.prefix(4).firstIndex(where: \.isNumber),
      place + 1 < words.count || kind == .sessions,
      let id = UInt32(words[place])
    else {
      self.kind = nil
      return
    }
    let names = words[..<place].map { $0.lowercased() }
    let state = place + 1 < words.count ? words[place + 1].lowercased() : ""
    switch kind {
    case .users:
      guard let user = words.first, !hasRows else { return }
      sawUsers = true
      people.append("\(user) (\(state))")
    case .sessions:
      hasRows = true
      addSession(id, names: names, state: state, words: words)
    }
  }

  private mutating func addSession(_ id: UInt32, names: [String], state: String, words: [Substring]) {
    if id >= 65536 {
      guard names.first == "rdp-tcp" else { return }
      let word = FoldedText(state)
      let folded = word.words.map { word.text($0) }.joined()
      if Self.listens.contains(where: folded.hasPrefix) {
        listener = "listen"
      } else if Self.isDown.contains(where: folded.hasPrefix) {
        listener = "down"
      } else {
        // A word that is not understood tells neither the one nor the other.
        unknown = state
      }
      return
    }
    let isStation =
      names.first.map { $0.contains("#") || ["services", "console", "rdp-tcp"].contains($0) } ?? false
    let users = isStation ? Array(names.dropFirst()) : names
    let isHung = state.hasPrefix("down")
    if let user = users.first, !isHung {
      people.append("\(user) (\(state))")
    } else if id > 0, isHung || !["services", "console"].contains(names.first ?? "") {
      stuck.append("\(id) \(names.first ?? "without a name") (\(state))")
    }
  }

  /// Beginnings of what `qwinsta` says of a listener that listens, folded; also without a first letter that got lost with its accent.
  private static let listens = [
    "listen", "abh", "ecout", "couter", "cout", "escuch", "escut", "ascolt", "attesa", "in ascolto",
    "luister", "nasluch", "прием", "прослуш", "слуша",
    "待機", "リッスン", "接続待ち", "侦听", "接听", "監聽", "接聽", "수신", "대기", "lyssn", "lytt", "kuunt", "dinl", "naslouch",
  ]
  private static let isDown = [
    "down", "init", "inaktiv", "ausgef", "arret", "hors", "inactiv", "inattiv", "inatt", "отключен", "停止",
    "关闭",
  ]

  /// `services … 0 …`, or the listener with its number above 65535.
  private static func isKnownRow(_ line: PastedText.Line) -> Bool {
    guard line.has("services") || line.has("rdp-tcp"), !line.has(":"), !line.has("\\") else { return false }
    let words = line.words
    guard let first = words.first?.lowercased() else { return false }
    if first == "services" { return words.count >= 3 && words[1] == "0" }
    return first == "rdp-tcp" && words.count >= 3 && (UInt32(words[1]) ?? 0) >= 65_536
  }

  private static func header(_ line: PastedText.Line) -> Kind? {
    guard line.has("id"), line.has(anyOf: ["session", "sitzung", "sesi"]) else { return nil }
    let words = line.words.map { $0.lowercased() }
    guard words.contains(where: { $0 == "id" || $0.hasPrefix("identi") }), !line.has(":"), !line.has(">"),
      words.count >= 4, let first = words.first
    else { return nil }
    let isUser =
      ["user", "benutz", "utili", "usuar", "utente"].contains(where: first.hasPrefix)
      || line.folded.starts(with: " nombre de usuario".utf8)
      || line.folded.starts(with: "nombre de usuario".utf8)
    return isUser ? .users : .sessions
  }

  var findings: [Finding] {
    var findings: [Finding] = []
    if hasRows {
      let sentence =
        switch listener {
        case "listen"?: "qwinsta shows the listener rdp-tcp in the state Listen."
        case nil: "qwinsta shows no listener rdp-tcp."
        default: "qwinsta shows the listener rdp-tcp, and it does not listen."
        }
      if listener != nil || unknown == nil {
        findings.append(Finding("paste.listener-state", listener ?? "missing", sentence))
      } else if let unknown {
        findings.append(
          Finding(
            "paste.listener-state",
            .inconclusive(.unreadable("the state “\(SafeText.clean(unknown, limit: 40))” is not understood")),
            source: .paste,
            summary: "The state of the listener, “\(SafeText.clean(unknown, limit: 40))”, is not understood.")
        )
      }
    }
    guard hasRows || sawUsers else { return findings }
    let outcome: OutcomeID = !stuck.isEmpty ? "stuck" : people.count > 1 ? "several" : "few"
    let summary =
      stuck.isEmpty
      ? "\(people.count) sessions of people are open." : "\(stuck.count) sessions hang without a user."
    findings.append(
      Finding(
        "paste.sessions", outcome, summary,
        [.init("people", .quoted(list: people)), .init("stuck", .quoted(list: stuck))]))
    return findings
  }
}
