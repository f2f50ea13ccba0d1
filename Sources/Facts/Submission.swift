/// A text or file that a person handed in, and what was read from it.
public struct Submission: Hashable, Sendable, Codable {
  /// The file's name, or "pasted text". Safe to show.
  public var name: String
  /// What was recognised, in a person's words, for example "qwinsta". Empty: nothing.
  public var recognised: [String]
  /// At most one of each id.
  public var findings: [Finding]
  /// Where a connection file leads.
  public var connection: Connection?
  /// What else a person should know of the text: how much of it was read, what was left out. Whole sentences, safe to show.
  public var notes: [String]

  /// What an `.rdp` file says about the way to the host.
  public struct Connection: Hashable, Sendable, Codable {
    /// As ``Target/init(_:)`` takes it.
    public var address: String?
    public var gateway: String?
    public init(address: String?, gateway: String?) {
      self.address = address
      self.gateway = gateway
    }
  }

  public init(
    name: String, recognised: [String] = [], findings: [Finding] = [], connection: Connection? = nil,
    notes: [String] = []
  ) {
    self.notes = notes
    self.name = name
    self.recognised = recognised
    self.findings = findings
    self.connection = connection
  }
}
