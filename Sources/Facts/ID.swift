/// The name of an entry: lower-case letters, digits, hyphens and dots, for example `tcp.port` or `ses-drain`.
///
/// `Kind` keeps the names of causes, fixes, findings apart at compile time. Ids never change once shipped:
/// cases and reports refer to them.
public struct ID<Kind>: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let name: String

  public init(_ name: String) { self.name = name }
  public init(stringLiteral value: String) { name = value }

  public var description: String { name }
  public static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}

extension ID: Codable {
  public init(from decoder: any Decoder) throws {
    name = try decoder.singleValueContainer().decode(String.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}

/// Something that can be observed, for example `certificate.dates`.
public typealias FindingID = ID<Finding>
/// What was observed of a finding, for example `expired`.
public typealias OutcomeID = ID<Finding.Status>
/// One probe of the registry, for example `tls-handshake`.
public typealias ProbeID = ID<ProbeDescription>
/// A symptom question, for example `one-or-all-users`. Its finding is `ask.` + the id.
public typealias QuestionID = ID<Finding.Source>
