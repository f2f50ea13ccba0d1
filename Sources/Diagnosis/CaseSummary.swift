public import Facts

/// One line of the list of cases.
public struct CaseSummary: Sendable, Equatable, Identifiable, Codable {
  public var id: String
  public var target: String
  public var code: String?
  public var state: String
  public var opened: Timestamp
  public var changed: Timestamp
  public var person: String
  public var ticket: String?
  public var gateway: String?
  public var domain: String?
  public init(
    id: String, target: String, code: String?, state: String, opened: Timestamp, changed: Timestamp,
    person: String, ticket: String?, gateway: String? = nil, domain: String? = nil
  ) {
    self.id = id
    self.target = target
    self.code = code
    self.state = state
    self.opened = opened
    self.changed = changed
    self.person = person
    self.ticket = ticket
    self.gateway = gateway
    self.domain = domain
  }
}

extension CaseSummary {
  /// nil for a case that was never opened on a target.
  public init?(_ triage: Case) {
    var summary: CaseSummary?
    for entry in triage.entries { summary = CaseSummary(summary, adding: entry, to: triage.id) }
    guard let summary else { return nil }
    self = summary
  }

  /// The summary of a case with one entry more, without reading the entries before it.
  ///
  /// - Parameter earlier: nil before the case was opened on a target.
  /// - Returns: nil while it is not.
  public init?(_ earlier: CaseSummary?, adding entry: Case.Entry, to id: String) {
    if let earlier {
      self = earlier
    } else {
      guard case .opened(let target) = entry.event else { return nil }
      self.init(
        id: id, target: target.connectText, code: nil, state: "open", opened: entry.time, changed: entry.time,
        person: entry.person, ticket: nil)
    }
    changed = entry.time
    person = entry.person
    switch entry.event {
    case .opened(let opened):
      target = opened.connectText
      gateway = opened.gateway
      domain = opened.domain
    case .codeReported(let reported): code = reported?.description
    case .ticket(let text): ticket = text
    case .closed(.solved): state = "solved"
    case .closed(.escalated): state = "escalated"
    case .closed(.closed): state = "closed"
    case .reopened: state = "open"
    default: break
    }
  }
}

extension Case.Entry {
  /// What a search finds the entry by: lower-case words, at most 8,000 bytes.
  public var searchText: String {
    var words = [person]
    func add(_ finding: Finding) {
      words += [finding.id.name, finding.outcome?.name ?? "", finding.summary]
      finding.details.forEach { add($0.value) }
    }
    func add(_ detail: Detail) {
      switch detail {
      case .text(let text): words.append(text)
      case .list(let list): list.forEach(add)
      case .table(let fields): fields.forEach { add($0.value) }
      case .integer, .number, .flag: break
      }
    }
    switch event {
    case .opened(let target):
      words += [
        target.connectText, target.gateway ?? "", target.domain ?? "", target.certificateName ?? "",
        target.user ?? "",
      ]
    case .codeReported(let code): words.append(code?.description ?? "")
    case .answered(let question, let choice): words += [question.name, choice?.name ?? ""]
    case .answerWithdrawn(let question), .putOff(let question): words.append(question.name)
    case .answeredTogether(let together, _):
      for answer in together { words += [answer.question.name, answer.choice?.name ?? "", answer.words] }
    case .told(let text): words.append(text)
    case .probed(_, let findings): findings.forEach(add)
    case .submitted(let name, let findings):
      words.append(name)
      findings.forEach(add)
    case .submissionWithdrawn(let name): words.append(name)
    case .stepTaken(let fix, _): words.append(fix.name)
    case .stepWithdrawn(let fix), .weakeningReversed(let fix): words.append(fix.name)
    case .weakeningAccepted(let fix, let reason): words += [fix.name, reason]
    case .proven(let fix, let proof):
      words.append(fix.name)
      proof.after.forEach(add)
    case .ticket(let text): words.append(text)
    case .closed(.solved(let fix)): words += ["solved", fix?.name ?? ""]
    case .closed(.escalated(let owner)): words += ["escalated", owner]
    case .closed(.closed): words.append("closed")
    case .reopened: words.append("reopened")
    }
    return String(
      decoding: words.filter { !$0.isEmpty }.joined(separator: " ").lowercased().utf8.prefix(8000),
      as: UTF8.self)
  }
}
