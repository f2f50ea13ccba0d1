public import Facts

extension FindingID {
  /// The message that was shown; its outcome is the message's id.
  public static let messageShown: FindingID = "message.shown"

  /// A code of this table, beside the one that counts as the client's.
  public static func code(of family: CodeFamily) -> FindingID { FindingID("code.\(family.rawValue)") }

  /// The client's code, or one of another table.
  public var isCode: Bool { name.hasPrefix("code.") }

  /// Its outcomes are an open set: codes and messages.
  public var isOfOpenSet: Bool { isCode || self == .messageShown }
}

extension KnowledgeBase {
  /// What a reading states: the code that ended the connection, one code of each other table that says something else, the message,
  /// and the answers that the message settles.
  ///
  /// - Parameter known: Codes that are known already; what says the same as one of them is left out.
  public func findings(of reading: Reading, besides known: [ReportedCode] = []) -> [Finding] {
    var findings: [Finding] = []
    var said = Set(known.flatMap(keys))
    var codes = known
    func finding(_ id: FindingID, _ code: Reading.Code) -> Finding {
      let told = code.code.description
      let origin =
        code.words.isEmpty || code.words == told ? "" : ", read from “\(code.words)”"
      let speaker = id == .codeReported ? "The client showed \(told)" : "\(told) was seen, too"
      return Finding(
        id, .answered(OutcomeID(told)), source: .paste, summary: "\(speaker)\(origin).",
        details: [.init("words", .text(code.words)), .init("line", .integer(code.line))])
    }
    if let main = reading.code {
      if codes.isEmpty {
        findings.append(finding(.codeReported, main))
      } else if let family = main.family, said.isDisjoint(with: keys(of: main.code)) {
        findings.append(finding(.code(of: family), main))
      }
      said.formUnion(keys(of: main.code))
      codes.append(main.code)
    }
    for other in reading.others {
      guard let family = other.family else { continue }
      let keys = keys(of: other.code)
      let id = FindingID.code(of: family)
      // The client has one code; a second one of its tables is of another attempt.
      guard ![.disconnect, .extended, .errinfo].contains(family), said.isDisjoint(with: keys),
        !findings.contains(where: { $0.id == id })
      else { continue }
      findings.append(finding(id, other))
      said.formUnion(keys)
    }
    if let shown = reading.message, let entry = message(shown.id) {
      let origin = "read from “\(shown.words)”"
      let details: [Finding.Field] = [
        .init("words", .text(shown.words)), .init("line", .integer(shown.line)),
      ]
      let isSaid = entry.codes.contains {
        said.contains($0) || ReportedCode($0).map { !said.isDisjoint(with: keys(of: $0)) } ?? false
      }
      if let code = entry.clientCode, reading.code == nil, known.isEmpty {
        findings.append(
          Finding(
            .codeReported, .answered(OutcomeID(code.description)), source: .paste,
            summary: "“\(entry.title)” stands for \(code), \(origin).", details: details))
      } else if !isSaid {
        findings.append(
          Finding(
            .messageShown, .answered(OutcomeID(entry.id.name)), source: .paste,
            summary: "The message “\(entry.title)”, \(origin).", details: details))
      }
      for (id, choice) in entry.answers.sorted(by: { $0.key < $1.key }) {
        // What a code or a message says anyway would count a second time.
        guard let question = question(id), !question.unless.contains(.codeReported),
          let text = question.choices.first(where: { $0.id == choice })?.text
        else { continue }
        findings.append(
          Finding(
            question.findingID, .answered(choice), source: .paste,
            summary: "\(question.ask) \(text) (the message says so)", details: details))
      }
    }
    return findings
  }

  /// What a reading states beside the code that is kept as the client's; nil where nothing is left.
  public func submission(of reading: Reading, code: ReportedCode?) -> Submission? {
    let findings = findings(of: reading).filter {
      $0.id != .codeReported || $0.outcome?.name != code?.description
    }
    guard !findings.isEmpty else { return nil }
    return Submission(
      name: Self.messageName, recognised: [recognised(reading) ?? Self.messageName], findings: findings)
  }

  /// The code of a finding as one of its own table, beside the client's; nil where it is of the client's tables or says the same.
  func beside(_ finding: Finding, _ known: OutcomeID?) -> Finding? {
    guard let code = finding.outcome.flatMap({ ReportedCode($0.name) }), let family = family(of: code),
      ![.disconnect, .extended, .errinfo].contains(family)
    else { return nil }
    let said = known.flatMap { ReportedCode($0.name) }.map { Set(keys(of: $0)) } ?? []
    guard said.isDisjoint(with: keys(of: code)) else { return nil }
    var beside = finding
    beside.id = .code(of: family)
    return beside
  }

  /// True when the message is one that stands for the code.
  func isSaid(_ message: Finding, by code: OutcomeID?) -> Bool {
    guard let code = code.flatMap({ ReportedCode($0.name) }),
      let entry = message.outcome.flatMap({ self.message(MessageID($0.name)) })
    else { return false }
    let said = Set(keys(of: code))
    return entry.codes.contains { spelling in
      said.contains(spelling) || ReportedCode(spelling).map { !said.isDisjoint(with: keys(of: $0)) } ?? false
    }
  }

  /// How a text is called that was typed where the client's code belongs.
  public static let messageName = "the client's message"

  /// Codes and messages in a text that was handed in.
  public func readText(_ text: String) -> ReadText {
    let reading = read(text)
    return ReadText(
      name: recognised(reading), findings: findings(of: reading),
      isOfClient: [.disconnect, .extended, .errinfo, .freerdp].contains(reading.code?.family))
  }

  /// What readers of outputs and logs ask.
  public var forTexts: TextKnowledge {
    let events = Dictionary(grouping: codes.filter { $0.family == .event }, by: \.value)
    @Sendable func entry(_ source: String, _ id: UInt32) -> CodeEntry? {
      let name = source.lowercased()
      let found = events[id, default: []].filter { Self.isSource(name, of: $0) }
      return found.count == 1 ? found[0] : found.max { $0.provider.utf8.count < $1.provider.utf8.count }
    }
    return TextKnowledge(
      meaning: { entry($0, $1)?.meaning },
      fault: { source, id in
        guard let found = entry(source, id), !self.reading(of: found.reported).causes.isEmpty else {
          return nil
        }
        return found.id
      }, codes: { self.readText($0) })
  }

  /// `Microsoft-Windows-TerminalServices-LocalSessionManager` is the source LocalSessionManager.
  private static func isSource(_ name: String, of entry: CodeEntry) -> Bool {
    let own = entry.provider.lowercased()
    if name.contains(own) { return true }
    switch own {
    case "gateway": return name.contains("terminalservices-gateway")
    case "rdpclient": return name.contains("clientactivexcore")
    case "sessionbroker-client": return name.contains("sessionbroker-client")
    default: return false
    }
  }

  /// What kind of text it is, in a person's words; nil for one in which nothing is known.
  public func recognised(_ reading: Reading) -> String? {
    if reading.isEmpty { return nil }
    return reading.isLog ? "a client's or server's log" : "the client's error message"
  }
}

extension Assessor {
  /// As ``codeRow(_:)``, for a message: the causes that it names by their strength, all others as for a code; nil where it is not known.
  func messageRow(_ outcome: OutcomeID) -> [Double]? {
    guard let message = knowledge.message(MessageID(outcome.name)) else { return nil }
    let code = message.codes.lazy.compactMap { ReportedCode($0) }.first
    let keys = code.map { knowledge.keys(of: $0) } ?? []
    guard !message.causes.isEmpty || !keys.isEmpty else { return nil }
    return knowledge.causes.map { cause in
      if let strength = message.causes[cause.id] { return strength.probability }
      if let strength = cause.strength(ofAny: keys) { return strength.probability }
      return cause.id == Cause.healthy ? 0.002 : 0.02
    }
  }

  /// The row of a finding whose outcomes are an open set.
  func openRow(_ finding: FindingID, _ outcome: OutcomeID) -> [Double]? {
    finding == .messageShown ? messageRow(outcome) : codeRow(outcome)
  }
}
