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
  ///   - meaning: What an event id means, from the knowledge.
  public static func read(
    _ text: String, name: String, isFile: Bool, port: UInt16 = 3389, events: [LogEvent] = [],
    meaning: @escaping (UInt32) -> String? = { _ in nil }
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
    let events = events.isEmpty ? LogEvent.events(in: pasted) : events
    let logged = EventFindings(events, meaning: meaning).findings
    if !logged.isEmpty {
      recognised.append("event log")
      findings = findings.filter { old in !logged.contains { $0.id == old.id } } + logged
    }
    // What was pasted has no name of its own: what it is names it, so that the same output pasted again takes its place.
    let title = isFile || recognised.isEmpty ? name : recognised.joined(separator: ", ")
    return submission(title, recognised, findings, source, nil)
  }

  /// The findings of an event log that was read elsewhere.
  public static func read(
    _ events: [LogEvent], name: String, meaning: @escaping (UInt32) -> String? = { _ in nil }
  ) -> Submission {
    let name = SafeText.clean(name, limit: 80)
    let findings = EventFindings(events, meaning: meaning).findings
    return submission(name, events.isEmpty ? [] : ["event log"], findings, .file(name), nil)
  }

  /// A kind of text that is read, in a person's words, and every finding that it may state.
  public struct Form: Sendable {
    public let name: String
    public let states: [FindingID]
  }

  public static var forms: [Form] {
    OutputReader.all.map { Form(name: $0.output, states: $0.states) } + [
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
    _ connection: Submission.Connection?
  ) -> Submission {
    Submission(
      name: name, recognised: recognised,
      findings: findings.map { finding in
        var finding = finding
        finding.source = source
        return finding
      }, connection: connection)
  }
}
