import Facts

/// What the events of a log say. Of several that speak of the same thing the newest counts.
struct EventFindings {
  static let states: [FindingID] = [
    "paste.event-log", "paste.gateway-events", "paste.logon-failure", "paste.schannel", "paste.last-phase",
    "code.reported",
  ]

  /// The newest first.
  private let events: [LogEvent]
  private let meaning: (UInt32) -> String?

  init(_ events: [LogEvent], meaning: @escaping (UInt32) -> String?) {
    // Where times cannot be compared, the order of the text is kept: Get-WinEvent and the Event Viewer put the newest first.
    let dated = events.allSatisfy { $0.time != nil }
    self.events =
      dated
      ? events.enumerated().sorted {
        ($0.element.time?.seconds ?? 0, $0.offset) > ($1.element.time?.seconds ?? 0, $1.offset)
      }.map(\.element) : events
    self.meaning = meaning
  }

  var findings: [Finding] {
    [
      finding("paste.event-log", Self.trouble), finding("paste.gateway-events", Self.gateway),
      finding("paste.logon-failure", Self.logon), finding("paste.schannel", Self.schannel),
      finding("paste.last-phase", Self.phase), reportedCode,
    ].compactMap(\.self)
  }

  private func finding(_ id: FindingID, _ outcome: (LogEvent) -> OutcomeID?) -> Finding? {
    var found: (event: LogEvent, outcome: OutcomeID)?
    var shown: [Detail] = []
    var count = 0
    for event in events {
      guard let outcome = outcome(event) else { continue }
      count += 1
      if found == nil { found = (event, outcome) }
      if shown.count < 20 { shown.append(.quoted(sentence(event))) }
    }
    guard let found else { return nil }
    var details: [Finding.Field] = [.init("time", .quoted(found.event.timeText))]
    if !found.event.computer.isEmpty { details.append(.init("computer", .quoted(found.event.computer))) }
    details += [.init("count", .integer(count)), .init("events", .list(shown))]
    return Finding(id, found.outcome, "The log says: \(sentence(found.event))", details)
  }

  private func sentence(_ event: LogEvent) -> String {
    let explained = Self.status(event).map { " \($0)" } ?? ""
    let words = meaning(event.id).map { ": \($0)" } ?? ""
    return "\(event.timeText) event \(event.id)\(explained)\(words)"
  }

  private static func isFrom(_ event: LogEvent, _ names: String...) -> Bool {
    let provider = event.provider.lowercased()
    return names.contains { provider.contains($0) }
  }

  /// What is wrong on a session host.
  private static func trouble(_ event: LogEvent) -> OutcomeID? {
    if isFrom(event, "schannel") { return [36869, 36870].contains(event.id) ? "key-36870" : nil }
    if isFrom(event, "tcpip") { return [4227, 4231].contains(event.id) ? "ports-4227" : nil }
    if isFrom(event, "lsasrv", "lsa") { return event.id == 6167 ? "clone-6167" : nil }
    guard isFrom(event, "terminalservices", "termservice", "termdd"),
      !isFrom(event, "gateway", "clientactivexcore")
    else { return nil }
    switch event.id {
    case 1070, 1071: return "drain-1070"
    case 1151: return "declined-1151"
    case 1128...1131, 1068, 1069: return "licence-1128"
    case 1280, 1296, 1306: return "broker-1296"
    case 1051...1058: return "certificate-1057"
    case 1134: return "display-1134"
    default: return nil
    }
  }

  private static func gateway(_ event: LogEvent) -> OutcomeID? {
    guard isFrom(event, "terminalservices-gateway") else { return nil }
    switch event.id {
    case 201: return "cap-201"
    case 301: return "rap-301"
    case 304: return "target-304"
    case 203: return "limit-203"
    case 700, 103: return "restarts-700"
    case 302: return "connected-302"
    default: return nil
    }
  }

  /// Security 4625 by its status, 4825, and 4624 of a remote sign-in.
  private static func logon(_ event: LogEvent) -> OutcomeID? {
    guard isFrom(event, "security-auditing") else { return nil }
    switch event.id {
    case 4825: return "no-remote-right"
    case 4625:
      switch statusNumber(event) {
      case 0xC000_006A: return "wrong-password"
      case 0xC000_0064: return "no-such-user"
      case 0xC000_0234: return "locked"
      case 0xC000_0072: return "disabled"
      case 0xC000_0193: return "account-expired"
      case 0xC000_0071, 0xC000_0224: return "password-expired"
      case 0xC000_006F, 0xC000_0070: return "hours-or-computers"
      case 0xC000_015B: return "type-not-granted"
      case 0xC000_006E: return "restriction"
      case 0xC000_005E: return "no-logon-servers"
      case 0xC000_0133: return "clock"
      case 0xC000_018C, 0xC000_018D: return "trust-failed"
      case 0xC000_0413: return "selective-authentication"
      case 0xC000_0418: return "ntlm-blocked"
      case 0xC000_035B: return "channel-binding"
      default: return "other"
      }
    case 4624: return event.value("LogonType") == "10" ? "signed-in" : nil
    default: return nil
    }
  }

  private static let statusNames: [UInt32: String] = [
    0xC000_006A: "wrong password", 0xC000_0064: "no such user", 0xC000_0234: "locked out",
    0xC000_0072: "account disabled", 0xC000_0193: "account expired", 0xC000_0071: "password expired",
    0xC000_0224: "password must be changed", 0xC000_006F: "outside the allowed hours",
    0xC000_0070: "not from this computer", 0xC000_015B: "logon type not granted",
    0xC000_006E: "account restriction", 0xC000_005E: "no logon servers", 0xC000_0133: "clock too far off",
    0xC000_018C: "trust between domains failed", 0xC000_018D: "trust of the computer failed",
    0xC000_0413: "selective authentication", 0xC000_0418: "NTLM is blocked",
    0xC000_035B: "bad channel bindings",
    0xC000_006D: "logon failure",
  ]

  private static func status(_ event: LogEvent) -> String? {
    guard event.id == 4625, let number = statusNumber(event) else { return nil }
    return "\(ReportedCode.hex(number))" + (statusNames[number].map { " (\($0))" } ?? "")
  }

  /// The sub-status where it is not zero, else the status. In a text the keys are translated, so the numbers are taken in their order.
  private static func statusNumber(_ event: LogEvent) -> UInt32? {
    event.value("SubStatus").flatMap(failure) ?? event.values.compactMap { failure($0.text) }.last
  }

  private static func failure(_ text: String) -> UInt32? {
    let text = text.lowercased()
    guard text.hasPrefix("0xc") || text.hasPrefix("0x8"), let number = UInt32(text.dropFirst(2), radix: 16)
    else { return nil }
    return number
  }

  private static func schannel(_ event: LogEvent) -> OutcomeID? {
    guard isFrom(event, "schannel") else { return nil }
    switch event.id {
    case 36874: return "no-common-cipher"
    case 36871: return "no-credential"
    case 36887, 36888: return "alert"
    default: return nil
    }
  }

  /// How far a connection came: the event that was written last tells.
  private static func phase(_ event: LogEvent) -> OutcomeID? {
    if isFrom(event, "remotedesktopservices-rdpcorets") {
      return event.id == 131 ? "reached" : event.id == 140 ? "sign-in-failed" : nil
    }
    if isFrom(event, "remoteconnectionmanager") {
      return event.id == 261 ? "reached" : event.id == 1149 ? "authenticated" : nil
    }
    if isFrom(event, "localsessionmanager") { return [21, 22, 25].contains(event.id) ? "signed-in" : nil }
    return nil
  }

  /// Event 1026 of the client gives the disconnect reason in decimal.
  private var reportedCode: Finding? {
    for event in events where Self.isFrom(event, "clientactivexcore") && event.id == 1026 {
      let texts = event.values.map(\.text)
      let reason = texts.lazy.compactMap { text -> UInt32? in
        UInt32(text) ?? text.split { !$0.isNumber }.last.flatMap { UInt32($0) }
      }.first
      // 1, 2 and 263 are orderly ends.
      guard let reason, reason > 2, reason != 263 else { continue }
      let code = ReportedCode(code: reason)
      return Finding(
        "code.reported", OutcomeID(code.description), "The client's log shows \(code).",
        [.init("time", .quoted(event.timeText))])
    }
    return nil
  }
}
