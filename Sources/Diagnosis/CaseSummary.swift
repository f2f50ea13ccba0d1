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
  public init(
    id: String, target: String, code: String?, state: String, opened: Timestamp, changed: Timestamp,
    person: String, ticket: String?
  ) {
    self.id = id
    self.target = target
    self.code = code
    self.state = state
    self.opened = opened
    self.changed = changed
    self.person = person
    self.ticket = ticket
  }
}

extension CaseSummary {
  /// nil for a case that was never opened on a target.
  public init?(_ triage: Case) {
    guard let target = triage.target, let first = triage.entries.first, let last = triage.entries.last else {
      return nil
    }
    let state =
      switch triage.ending {
      case .solved: "solved"
      case .escalated: "escalated"
      case .closed: "closed"
      case nil: "open"
      }
    self.init(
      id: triage.id, target: target.connectText, code: triage.code?.description, state: state,
      opened: first.time,
      changed: last.time, person: last.person, ticket: triage.ticket)
  }
}
