public import Facts

/// One entry of a Windows event log.
public struct LogEvent: Hashable, Sendable {
  /// For example `Microsoft-Windows-TerminalServices-Gateway`.
  public var provider: String
  public var id: UInt32
  /// nil where the text gives the time in a form that follows the language.
  public var time: Timestamp?
  /// The time is in UTC, as `.evtx` and XML have it; texts have the clock of the host that wrote them.
  public var isUTC = false
  /// As it was written, for showing.
  public var timeText: String
  public var computer: String
  /// Names and values in their order; unnamed ones have an empty name.
  public var values: [Value]

  public struct Value: Hashable, Sendable {
    public var name: String
    public var text: String
  }

  init() {
    provider = ""
    id = 0
    timeText = ""
    computer = ""
    values = []
  }

  /// Of a log only these are kept.
  public static let countLimit = 20_000
  static let valueLimit = 60

  /// False for events of programs that have nothing to do with Remote Desktop.
  public var isOfRemoteDesktop: Bool {
    let provider = provider.lowercased()
    return Self.providers.contains { provider.contains($0) }
  }

  private static let providers = [
    "terminalservices", "remotedesktopservices", "security-auditing", "schannel", "termservice", "termdd",
    "tcpip", "lsasrv", "sessionbroker", "rdpclient", "clientactivexcore", "user profiles service", "netlogon",
    "service control manager", "time-service", "grouppolicy", "tsfairshare", "rdms", "sessionenv",
  ]

  /// The value of that name; case does not matter.
  func value(_ name: String) -> String? {
    values.first { $0.name.lowercased() == name.lowercased() }?.text
  }
}

/// Puts an event together from the parts of its XML, in the order in which a parser meets them.
public struct EventBuilder {
  private var path: [String] = []
  private var text = ""
  private var dataName = ""
  private var hasChildren = false
  private var event = LogEvent()
  private static let textLimit = 400
  private static let depthLimit = 24

  public init() {}

  /// True while the parts are no deeper than an event ever is.
  public var isSound: Bool { path.count <= Self.depthLimit }

  public mutating func open(_ element: String) {
    path.append(element)
    text = ""
    dataName = ""
    hasChildren = false
  }

  public mutating func attribute(_ name: String, _ value: String) {
    switch (path.last, name) {
    case ("Provider", "Name"): event.provider = SafeText.clean(value, limit: 120)
    case ("TimeCreated", "SystemTime"):
      event.time = Timestamp(iso: value)
      event.isUTC = true
      event.timeText = event.time?.text ?? SafeText.clean(value, limit: 40)
    case ("Data", "Name"): dataName = SafeText.clean(value, limit: 80)
    default: break
    }
  }

  public mutating func add(_ part: String) {
    guard text.utf8.count < Self.textLimit * 4 else { return }
    text += part
  }

  public mutating func close() {
    guard let element = path.last else { return }
    let value = SafeText.clean(text.trimmed, limit: Self.textLimit)
    switch element {
    case "EventID": event.id = UInt32(value) ?? event.id
    case "Computer": event.computer = value
    default:
      let isData = path.contains { ["EventData", "UserData", "ProcessingErrorData"].contains($0) }
      if isData, !hasChildren, path.count > 2, event.values.count < LogEvent.valueLimit {
        event.values.append(
          .init(name: element == "Data" ? dataName : SafeText.clean(element, limit: 80), text: value))
      }
    }
    path.removeLast()
    text = ""
    dataName = ""
    hasChildren = true
  }

  /// nil when no provider and number were met.
  public var finished: LogEvent? { event.id > 0 && !event.provider.isEmpty ? event : nil }
}

extension Timestamp {
  /// Reads `2024-05-06T20:10:13.123Z`; a blank may stand for the T. Without a zone it counts as UTC; other zones are not read.
  init?(iso text: String) {
    let parts = text.split { !$0.isASCII || !$0.isNumber }
    guard text.utf8.count <= 40, parts.count >= 5, parts[0].utf8.count == 4, let year = Int(parts[0]),
      let month = Int(parts[1]), let day = Int(parts[2]), let hour = Int(parts[3]),
      let minute = Int(parts[4]),
      (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour), (0...59).contains(minute),
      !text.contains("+")
    else { return nil }
    let second = parts.count > 5 ? Int(parts[5]) ?? 0 : 0
    let fraction = parts.count > 6 ? Double("0." + parts[6].prefix(9)) ?? 0 : 0
    guard (0...60).contains(second) else { return nil }
    // Civil date to days: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    self.init(seconds: Double(days * 86400 + hour * 3600 + minute * 60 + second) + fraction)
  }
}
