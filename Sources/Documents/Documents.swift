public import Facts

/// Reads what people hand in: output of commands, event logs, connection files.
public enum Documents {
  /// Reads a text: as a connection file when it is one, else every output that is recognised in it.
  ///
  /// - Parameters:
  ///   - name: What the text is called, for example a file name.
  ///   - isFile: False for what was pasted.
  ///   - port: The target's port.
  ///   - events: Events that were found in it in another form than text.
  ///   - knowing: What codes, messages and events mean.
  ///   - window: When the call failed; events outside it do not count.
  public static func read(
    _ text: String, name: String, isFile: Bool, port: UInt16 = 3389, events: [LogEvent] = [],
    knowing: TextKnowledge = .none, window: TimeWindow? = nil
  ) -> Submission {
    let name = SafeText.clean(name, limit: 80)
    let source: Finding.Source = isFile ? .file(name) : .paste
    if let file = RDPFile(text) {
      return submission(name, ["connection file (.rdp)"], file.findings, source, file.connection)
    }
    let pasted = PastedText(text, port: port)
    var recognised: [String] = []
    var findings: [Finding] = []
    for reader in OutputReader.all {
      let read = reader.read(pasted)
      guard !read.isEmpty else { continue }
      recognised.append(reader.output)
      findings += read
    }
    let found = events.isEmpty ? LogEvent.events(in: pasted) : (events, events)
    let log = EventFindings(found.0, knowing: knowing, window: window)
    let logged = log.findings
    var notes = log.notes
    if logged.isEmpty, !found.1.isEmpty { notes.append(Self.nothing(in: found.1, name: name)) }
    if !logged.isEmpty {
      recognised.append("event log")
      findings = findings.filter { old in !logged.contains { $0.id == old.id } } + logged
    }
    let told = knowing.codes(text)
    // An output that is read says what its numbers mean; there only what the client itself says counts beside it.
    let isOutput = !recognised.isEmpty
    let said = told.findings.filter { finding in
      !findings.contains { $0.id == finding.id }
        && (!isOutput && found.1.isEmpty
          || told.isOfClient && found.1.isEmpty && finding.id == "code.reported")
    }
    if !said.isEmpty || !isOutput && told.name != nil && found.1.isEmpty {
      if let name = told.name { recognised.append(name) }
      findings += said
    }
    // What was pasted has no name of its own: what it is names it, so that the same output pasted again takes its place.
    let title = isFile || recognised.isEmpty ? name : recognised.joined(separator: ", ")
    if recognised.isEmpty, !notes.isEmpty { recognised.append("event log") }
    return submission(title, recognised, findings, source, nil, notes)
  }

  /// What was read of a log in which nothing is of use.
  private static func nothing(in events: [LogEvent], name: String) -> String {
    let times = events.map(\.timeText).filter { !$0.isEmpty }
    let span =
      times.count > 1 ? " (\(times[0]) to \(times[times.count - 1]))" : times.first.map { " (\($0))" } ?? ""
    let isOne = events.count == 1
    return
      "\(name): \(events.count) \(isOne ? "entry" : "entries") of an event log read\(SafeText.clean(span, limit: 100)), none of them tells anything about a failed Remote Desktop connection."
  }

  /// The findings of an event log that was read elsewhere.
  public static func read(
    _ events: [LogEvent], name: String, knowing: TextKnowledge = .none, window: TimeWindow? = nil,
    note: String? = nil
  ) -> Submission {
    let name = SafeText.clean(name, limit: 80)
    let log = EventFindings(events, knowing: knowing, window: window)
    let findings = log.findings
    let notes = (findings.isEmpty ? [note].compactMap(\.self) : []) + log.notes
    return submission(
      name, events.isEmpty && notes.isEmpty ? [] : ["event log"], findings, .file(name), nil, notes)
  }

  /// A kind of text that is read, in a person's words, and every finding that it may state.
  public struct Form: Sendable {
    public let name: String
    public let states: [FindingID]
  }

  public static var forms: [Form] {
    OutputReader.all.map { Form(name: $0.output, states: $0.states) } + [
      Form(name: "the client's error message", states: ["code.reported", "message.shown"]),
      Form(name: "log of FreeRDP, Remmina, guacd, xrdp or the Windows client", states: ["code.reported"]),
      Form(name: "event log as text, XML or .evtx", states: EventFindings.states),
      Form(name: "connection file (.rdp)", states: RDPFile.states),
    ]
  }

  /// Everything that can be read, in a person's words.
  public static var readable: [String] { forms.map(\.name) }

  /// Every finding that a document can state.
  public static var states: [FindingID] { forms.flatMap(\.states) }

  private static func submission(
    _ name: String, _ recognised: [String], _ findings: [Finding], _ source: Finding.Source,
    _ connection: Submission.Connection?, _ notes: [String] = []
  ) -> Submission {
    Submission(
      name: name, recognised: recognised,
      findings: findings.map { finding in
        var finding = finding
        finding.source = source
        return finding
      }, connection: connection, notes: notes)
  }
}
