import Facts

extension OutputReader {
  /// `Get-Service` as table or list, `sc query` and `sc qc`. Names and states are never translated.
  static let services = OutputReader(
    "Get-Service, sc query",
    states: ["paste.termservice-state", "paste.broker-service", "paste.helper-services"]
  ) { text in
    var list = ServiceList()
    for line in text.lines { list.read(line) }
    return list.findings
  }
}

private struct ServiceList {
  private static let known = [
    "termservice", "umrdpservice", "sessionenv", "tssdis", "certpropsvc", "keyiso", "cryptsvc", "audiosrv",
    "tsgateway",
  ]
  private static let helpers: Set = ["certpropsvc", "keyiso", "cryptsvc", "sessionenv", "audiosrv"]
  private static let states = [
    "running": "running", "stopped": "stopped", "startpending": "pending", "stoppending": "pending",
    "start_pending": "pending", "stop_pending": "pending", "paused": "stopped",
  ]
  private static let starts = [
    "disabled": "disabled", "automatic": "automatic", "manual": "manual", "auto_start": "automatic",
    "demand_start": "manual",
  ]

  private var state: [String: String] = [:]
  private var start: [String: String] = [:]
  private var missing: Set<String> = []
  /// The service that the lines that follow are about.
  private var current: String?

  mutating func read(_ line: PastedText.Line) {
    lazy var words = line.words.map { $0.lowercased() }
    let mentioned = Self.known.first { name in
      line.has(name)
        && words.contains {
          $0.filter { $0.isLetter } == name || $0.hasSuffix(name) || $0.contains("'\(name)'")
            || $0.contains(name + ",")
        }
    }
    if let mentioned { current = mentioned }
    if line.has(anyOf: ["noservicefoundforgivenname", "cannot find any service with service name"])
      || line.has("1060") && line.has(anyOf: ["openservice", "failed", "fehler", "échec", "error", "errore"])
    {
      if let current { missing.insert(current) }
      return
    }
    if let mentioned, let first = words.first, let known = Self.states[first] {
      set(mentioned, known)
      return
    }
    if let mentioned, words.count >= 2, words[0] == mentioned, let known = Self.states[words[1]] {
      set(mentioned, known)
      return
    }
    guard let current else { return }
    if let pair = line.pair {
      let values = pair.value.split(separator: " ").map { $0.lowercased() }
      for value in values.prefix(2) {
        if let known = Self.states[value] { set(current, known) }
        if let known = Self.starts[value] { start[current] = known }
      }
    } else if words.count == 2, let known = Self.states[words[0]], let begins = Self.starts[words[1]] {
      set(current, known)
      start[current] = begins
    }
  }

  private mutating func set(_ name: String, _ value: String) {
    state[name] = value
    missing.remove(name)
  }

  var findings: [Finding] {
    var findings: [Finding] = []
    if missing.contains("termservice") {
      findings.append(Finding("paste.termservice-state", "missing", "There is no service TermService."))
    } else if state["termservice"] == "pending" {
      findings.append(
        Finding("paste.termservice-state", "start-pending", "TermService is neither up nor down."))
    } else if state["termservice"] == "running" {
      findings.append(Finding("paste.termservice-state", "running", "TermService is running."))
    } else if start["termservice"] == "disabled" {
      findings.append(Finding("paste.termservice-state", "disabled", "TermService is disabled."))
    } else if state["termservice"] == "stopped" {
      findings.append(Finding("paste.termservice-state", "stopped", "TermService is stopped."))
    }
    if missing.contains("tssdis") {
      findings.append(Finding("paste.broker-service", "not-installed", "There is no service Tssdis."))
    } else if let broker = state["tssdis"] {
      findings.append(
        Finding(
          "paste.broker-service", broker == "running" ? "running" : "stopped",
          "The Connection Broker is \(broker)."))
    }
    let seen = state.filter { Self.helpers.contains($0.key) }
    let hung = seen.filter { $0.value == "pending" }.map(\.key).sorted()
    if !hung.isEmpty || seen.count >= 3 {
      findings.append(
        Finding(
          "paste.helper-services", hung.isEmpty ? "all-fine" : "one-hangs",
          hung.isEmpty
            ? "None of \(seen.count) helper services hangs." : "Pending: \(hung.joined(separator: ", ")).",
          [.init("states", .table(seen.sorted { $0.key < $1.key }.map { .init($0.key, .quoted($0.value)) }))])
      )
    }
    return findings
  }
}
