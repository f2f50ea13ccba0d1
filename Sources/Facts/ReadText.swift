/// What codes and messages a text holds, for those who read what else stands in it.
public struct ReadText: Sendable, Equatable {
  /// What kind of text it is, in a person's words; nil where nothing is known in it.
  public var name: String?
  public var findings: [Finding]
  /// The client itself says it, with words for "error code" or by a name.
  public var isOfClient: Bool

  public init(name: String? = nil, findings: [Finding] = [], isOfClient: Bool = false) {
    self.name = name
    self.findings = findings
    self.isOfClient = isOfClient
  }
}

/// What readers of outputs and logs ask the knowledge.
public struct TextKnowledge: Sendable {
  /// What an event says, in a sentence, by its source and number.
  public var meaning: @Sendable (_ source: String, UInt32) -> String?
  /// The entry of an event to which causes belong, by its source and number.
  public var fault: @Sendable (_ source: String, UInt32) -> String?
  /// Codes and messages in a text.
  public var codes: @Sendable (String) -> ReadText

  public init(
    meaning: @escaping @Sendable (String, UInt32) -> String? = { _, _ in nil },
    fault: @escaping @Sendable (String, UInt32) -> String? = { _, _ in nil },
    codes: @escaping @Sendable (String) -> ReadText = { _ in ReadText() }
  ) {
    self.meaning = meaning
    self.fault = fault
    self.codes = codes
  }

  /// Nothing is known.
  public static let none = TextKnowledge()
}

/// When a call failed, and how far from it an entry of a log still belongs to it.
public struct TimeWindow: Sendable, Hashable {
  /// In UTC, as `.evtx` and XML have it.
  public var utc: Timestamp
  /// The same by the clock on the wall, as exported texts have it; a zone is not said there.
  public var local: Timestamp
  /// Seconds before and after.
  public var reach: Double

  public static let usualReach: Double = 1_800

  public init(utc: Timestamp, local: Timestamp, reach: Double = TimeWindow.usualReach) {
    self.utc = utc
    self.local = local
    self.reach = reach
  }

  public func holds(_ time: Timestamp, isUTC: Bool) -> Bool {
    abs(time.seconds - (isUTC ? utc : local).seconds) <= reach
  }
}
