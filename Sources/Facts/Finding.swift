/// One thing that is known, or could not be learnt, about the target.
public struct Finding: Hashable, Sendable, Codable {
  public var id: FindingID
  public var status: Status
  /// Where it came from, so that it can be withdrawn together with its source.
  public var source: Source
  /// One sentence for people. Already free of control characters (see ``SafeText``).
  public var summary: String
  /// In the order in which they should be read.
  public var details: [Field]
  /// Wall time that observing took; nil for what people and files said.
  public var elapsed: Duration?

  public init(
    _ id: FindingID, _ status: Status, source: Source = .probe, summary: String, details: [Field] = [],
    elapsed: Duration? = nil
  ) {
    self.id = id
    self.status = status
    self.source = source
    self.summary = summary
    self.details = details
    self.elapsed = elapsed
  }

  /// The outcome, when the question was really put and answered.
  public var outcome: OutcomeID? {
    if case .answered(let outcome) = status { outcome } else { nil }
  }

  /// How looking at it ended. Only `answered` is evidence.
  public enum Status: Hashable, Sendable, Codable {
    case answered(OutcomeID)
    /// The question was not really put, or the answer could not be read. Never evidence for or against a cause.
    case inconclusive(Inconclusive)
    /// The finding does not exist here, for example TLS on a port that refuses TCP.
    case notApplicable(because: String)
  }

  public enum Source: Hashable, Sendable, Codable {
    case probe
    case question(QuestionID)
    /// The error code that the person read out or pasted.
    case code
    /// The name of the file.
    case file(String)
    case paste
  }

  public struct Field: Hashable, Sendable, Codable {
    public var name: String
    public var value: Detail
    public init(_ name: String, _ value: Detail) {
      self.name = name
      self.value = value
    }
  }
}

/// Why there is no answer.
public enum Inconclusive: Hashable, Sendable, Codable {
  case cancelled
  /// Our own deadline passed before the question was settled.
  case outOfTime
  /// Another probe had to succeed, or to free the port, first.
  case blocked(by: FindingID)
  /// The peer answered with something that is neither yes nor no.
  case unreadable(String)
  /// This host could not ask: no route, resolver down, no permission, no descriptor.
  case failedHere(LocalFailure)
  /// Not asked, with the reason, for example because the connection budget was spent.
  case notAsked(String)
}

/// A failure of this host, not of the target.
public struct LocalFailure: Hashable, Sendable, Codable {
  /// The operating system's error number, where there was one.
  public var errno: Int32?
  /// One lower-case clause without a full stop.
  public var reason: String
  public init(errno: Int32? = nil, reason: String) {
    self.errno = errno
    self.reason = reason
  }
}

/// A value worth having beside an outcome.
public indirect enum Detail: Hashable, Sendable, Codable, ExpressibleByStringLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  case text(String)
  case integer(Int)
  case number(Double)
  case flag(Bool)
  case list([Detail])
  case table([Finding.Field])

  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}
