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
      let listens = ["listen", "abh", "écout", "ecout", "escuch", "ascolt", "luister"]
      listener = listens.contains(where: state.hasPrefix) ? "listen" : "down"
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
      findings.append(Finding("paste.listener-state", listener ?? "missing", sentence))
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
