import Facts

/// What the events of a log say. Of several that speak of the same thing the newest counts.
struct EventFindings {
  static let states: [FindingID] = [
    "paste.event-log", "paste.gateway-events", "paste.logon-failure", "paste.schannel", "paste.last-phase",
    "code.reported", "code.event",
  ]

  /// The newest first.
  private let events: [LogEvent]
  /// Those outside the time of the call: shown, and counted for nothing.
  private let outside: Int
  private let knowing: TextKnowledge

  init(_ events: [LogEvent], knowing: TextKnowledge, window: TimeWindow? = nil) {
    let reader = EventTime(events.map(\.timeText))
    let timed = events.map { event -> LogEvent in
      guard event.time == nil, let time = reader.time(event.timeText) else { return event }
      var event = event
      event.time = time
      return event
    }
    // Where times cannot be compared, the order of the text is kept: Get-WinEvent and the Event Viewer put the newest first. Among
    // equal times the order of the text tells, too.
    let dated = timed.allSatisfy { $0.time != nil }
    let first = timed.first?.time?.seconds ?? 0
    let last = timed.last?.time?.seconds ?? 0
    let isNewestFirst = first > last
    let sorted =
      dated
      ? timed.enumerated().sorted {
        let order = isNewestFirst ? ($1.offset, $0.offset) : ($0.offset, $1.offset)
        return ($0.element.time?.seconds ?? 0, order.0) > ($1.element.time?.seconds ?? 0, order.1)
      }.map(\.element) : timed
    if let window {
      let kept = sorted.filter { event in
        event.time.map { window.holds($0, isUTC: event.isUTC) } ?? true
      }
      outside = sorted.count - kept.count
      self.events = kept
    } else {
      outside = 0
      self.events = sorted
    }
    self.knowing = knowing
  }

  /// What was left out, and whose the entries are where they are of several computers; in sentences.
  var notes: [String] { [note, whose].compactMap(\.self) }

  /// How many entries each computer wrote, the most first.
  private func computers(_ events: some Sequence<LogEvent>) -> [(name: String, count: Int)] {
    var counts: [String: Int] = [:]
    for event in events where !event.computer.isEmpty { counts[event.computer, default: 0] += 1 }
    return counts.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { (name: $0.key, count: $0.value) }
  }

  private var whose: String? {
    let all = computers(events)
    guard all.count > 1 else { return nil }
    let shown = all.prefix(5).map { "\(SafeText.clean($0.name, limit: 80)) (\($0.count))" }.joined(
      separator: ", ")
    return
      "The log holds entries of \(all.count) computers: \(shown)\(all.count > 5 ? " and others" : ""). Only those of the target tell about it."
  }

  private var note: String? {
    outside == 0
      ? nil
      : "\(outside) entries of the log lie outside the time of the call and do not count (.evtx and XML are in UTC, texts in the clock of the host)."
  }

  var findings: [Finding] {
    var findings = [
      finding("paste.event-log", Self.trouble), finding("paste.gateway-events", Self.gateway),
      finding("paste.logon-failure", Self.logon), finding("paste.schannel", Self.schannel),
      finding("paste.last-phase", Self.phase), reportedCode,
    ].compactMap(\.self)
    if let other = otherEvent { findings.append(other) }
    return findings
  }

  /// The newest event to which causes belong, and of which no other finding speaks.
  private var otherEvent: Finding? {
    for event in events {
      guard Self.trouble(event) == nil, Self.gateway(event) == nil, Self.logon(event) == nil,
        Self.schannel(event) == nil, Self.phase(event) == nil, !Self.isSignIn(event),
        let entry = knowing.fault(event.provider, event.id)
      else { continue }
      return Finding(
        "code.event", OutcomeID(entry), "The log says: \(sentence(event))",
        [.init("time", .quoted(event.timeText)), .init("source", .quoted(event.provider))])
    }
    return nil
  }

  private func finding(_ id: FindingID, _ outcome: (LogEvent) -> OutcomeID?) -> Finding? {
    var found: (event: LogEvent, outcome: OutcomeID)?
    var shown: [Detail] = []
    var told: [LogEvent] = []
    for (index, event) in events.enumerated() {
      guard var outcome = outcome(event) else { continue }
      if outcome == "disconnected", takenOver(index) { outcome = "taken-over" }
      told.append(event)
      if found == nil { found = (event, outcome) }
      if shown.count < 20 { shown.append(.quoted(sentence(event))) }
    }
    guard let found else { return nil }
    var details: [Finding.Field] = [.init("time", .quoted(found.event.timeText))]
    if !found.event.computer.isEmpty { details.append(.init("computer", .quoted(found.event.computer))) }
    if let time = found.event.time { details.append(.init("seconds", .number(time.seconds))) }
    let computers = computers(told)
    if computers.count > 1 {
      details.append(
        .init(
          "computers",
          .list(
            computers.prefix(20).map {
              .table([.init("computer", .quoted($0.name)), .init("count", .integer($0.count))])
            })))
    }
    details += [.init("count", .integer(told.count)), .init("events", .list(shown))]
    let place =
      self.computers(events).count > 1 && !found.event.computer.isEmpty
      ? " (on \(SafeText.clean(found.event.computer, limit: 80)))" : ""
    return Finding(id, found.outcome, "The log says\(place): \(sentence(found.event))", details)
  }

  private func sentence(_ event: LogEvent) -> String {
    let explained = Self.status(event).map { " \($0)" } ?? ""
    let words = knowing.meaning(event.provider, event.id).map { ": \($0)" } ?? ""
    let time = event.timeText.isEmpty ? "" : "\(event.timeText) "
    return "\(time)event \(event.id)\(explained)\(words)"
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

  /// Sign-ins speak by their status or not at all.
  private static func isSignIn(_ event: LogEvent) -> Bool {
    isFrom(event, "security-auditing")
      && [4624, 4625, 4634, 4647, 4768, 4769, 4771, 4776].contains(event.id)
  }

  /// A sign-in that has nothing to do with Remote Desktop: of the console, a service, a task, a browser, sshd. Network Level
  /// Authentication is a logon of type 3, as every network share is; 7 unlocks or takes up, 10 is the session, 12 the same from the cache.
  private static func isOfOthers(_ event: LogEvent) -> Bool {
    guard isFrom(event, "security-auditing"), [4624, 4625].contains(event.id) else { return false }
    let type =
      event.value("LogonType")
      ?? event.values.first { value in EventPane.typeKeys.contains { value.name.lowercased().contains($0) } }?
      .text
    if let type, !["3", "7", "10", "12"].contains(type.filter(\.isNumber)) { return true }
    let process =
      (event.value("ProcessName") ?? event.values.first { $0.text.lowercased().hasSuffix(".exe") }?.text ?? "")
      .lowercased()
    return ["sshd.exe", "chrome.exe", "msedge.exe", "firefox.exe", "w3wp.exe", "services.exe"].contains(
      where: process.hasSuffix)
  }

  /// Sign-ins by their status: 4625, 4771 and 4776 of the domain controller, 4740, 4825, and 4624 of a remote sign-in.
  private static func logon(_ event: LogEvent) -> OutcomeID? {
    guard isFrom(event, "security-auditing"), !isOfOthers(event) else { return nil }
    switch event.id {
    case 4825: return "no-remote-right"
    case 4740: return "locked"
    case 4771, 4768:
      let value =
        event.value("Status") ?? event.value("FailureCode") ?? event.value("Failure Code")
        ?? kerberosNumber(event)
      switch value?.lowercased() {
      case "0x18": return "wrong-password"
      case "0x6": return "no-such-user"
      case "0x17": return "password-expired"
      case "0x25": return "clock"
      case "0xc": return "hours-or-computers"
      case "0x0", nil: return nil
      default: return "other"
      }
    case 4625, 4776:
      let number = statusNumber(event)
      if event.id == 4776, number == nil || number == 0 { return nil }
      return number.flatMap { outcomes[$0] } ?? "other"
    case 4624:
      let type = event.value("LogonType") ?? ""
      return type == "10" || type == "12" ? "signed-in" : nil
    default: return nil
    }
  }

  private static let outcomes: [UInt32: OutcomeID] = [
    0xC000_006A: "wrong-password", 0xC000_0064: "no-such-user", 0xC000_0234: "locked",
    0xC000_0072: "disabled",
    0xC000_0193: "account-expired", 0xC000_0071: "password-expired", 0xC000_0224: "password-expired",
    0xC000_006F: "hours-or-computers", 0xC000_0070: "hours-or-computers", 0xC000_015B: "type-not-granted",
    0xC000_006E: "restriction", 0xC000_005E: "no-logon-servers", 0xC000_0133: "clock",
    0xC000_018C: "trust-failed", 0xC000_018D: "trust-failed", 0xC000_0413: "selective-authentication",
    0xC000_0418: "ntlm-blocked", 0xC000_035B: "channel-binding",
  ]

  /// The number of Kerberos in a text whose keys are translated: the first short one behind a word for "code".
  private static func kerberosNumber(_ event: LogEvent) -> String? {
    event.values.first { value in
      value.text.lowercased().hasPrefix("0x") && value.text.utf8.count <= 4
    }?.text
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
    guard event.id == 4625 || event.id == 4776, let number = statusNumber(event), number != 0 else {
      return nil
    }
    return "\(ReportedCode.hex(number))" + (statusNames[number].map { " (\($0))" } ?? "")
  }

  /// The sub-status where it is not zero, else the status. In a text the keys are translated, so the numbers are taken in their order.
  private static func statusNumber(_ event: LogEvent) -> UInt32? {
    event.value("SubStatus").flatMap(failure) ?? event.values.compactMap { failure($0.text) }.last
      ?? event.value("Status").flatMap(failure)
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

  /// How far a connection came, and how it ended: the event that was written last tells.
  private static func phase(_ event: LogEvent) -> OutcomeID? {
    if isFrom(event, "remotedesktopservices-rdpcorets") {
      switch event.id {
      case 131, 65, 66: return "reached"
      case 140: return "sign-in-failed"
      case 103: return "disconnected"
      default: return nil
      }
    }
    if isFrom(event, "remoteconnectionmanager") {
      return event.id == 261 ? "reached" : event.id == 1149 ? "authenticated" : nil
    }
    guard isFrom(event, "localsessionmanager") else {
      return isFrom(event, "security-auditing") && event.id == 4779 ? "disconnected" : nil
    }
    switch event.id {
    case 21, 22, 25: return "signed-in"
    case 23: return "signed-out"
    case 24: return "disconnected"
    case 39: return "disconnected"
    case 40: return reason(event) == 5 ? "taken-over" : "disconnected"
    default: return nil
    }
  }

  /// Why LocalSessionManager 40 says that a session was disconnected: an extended code.
  private static func reason(_ event: LogEvent) -> UInt32? {
    if let named = event.value("Reason") { return UInt32(named) }
    for value in event.values.reversed() {
      if let last = value.text.split(whereSeparator: { !$0.isNumber }).last, let number = UInt32(last) {
        return number
      }
    }
    return nil
  }

  /// A session that another connection took over ends with two or three events of the same second; the one that says why counts.
  private func takenOver(_ index: Int) -> Bool {
    guard Self.phase(events[index]) == "disconnected" else { return false }
    return events[index...].prefix(4).contains { Self.phase($0) == "taken-over" }
  }

  /// Event 1026 of the client gives the disconnect reason in decimal, LocalSessionManager 40 of the host the extended one.
  private var reportedCode: Finding? {
    for event in events {
      let code: ReportedCode
      if Self.isFrom(event, "clientactivexcore"), event.id == 1026 {
        let texts = event.values.map(\.text)
        let reason = texts.lazy.compactMap { text -> UInt32? in
          UInt32(text) ?? text.split { !$0.isNumber }.last.flatMap { UInt32($0) }
        }.first
        // 1, 2 and 263 are orderly ends.
        guard let reason, reason > 2, reason != 263 else { continue }
        code = ReportedCode(code: reason)
      } else if Self.isFrom(event, "localsessionmanager"), event.id == 40 {
        // 0 says nothing; 11 and 12 are orderly ends, by the user's own hand.
        guard let reason = Self.reason(event), reason > 0, ![11, 12].contains(reason), reason < 0x1200 else {
          // What ended in order ended last.
          return nil
        }
        code = ReportedCode(extended: reason)
      } else if ["signed-in", "signed-out"].contains(Self.phase(event)) {
        // Later than any end with a code.
        return nil
      } else {
        continue
      }
      return Finding(
        "code.reported", OutcomeID(code.description), "The log shows \(code), read from event \(event.id).",
        [.init("time", .quoted(event.timeText))])
    }
    return nil
  }
}
