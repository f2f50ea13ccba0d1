public import Facts

/// Reads one kind of output out of a text in which other outputs may stand, too.
///
/// To add a reader: a file in `Outputs/`, one YAML file for each finding, a line in ``all``.
public struct OutputReader: Sendable {
  /// What a person calls it, for example `qwinsta`.
  public let output: String
  /// Everything that it may state.
  public let states: [FindingID]
  /// Empty when nothing of it stands in the text. Where an output stands there twice, the last counts.
  let read: @Sendable (PastedText) -> [Finding]

  init(_ output: String, states: [FindingID], read: @escaping @Sendable (PastedText) -> [Finding]) {
    self.output = output
    self.states = states
    self.read = read
  }

  public static let all: [OutputReader] = [
    sessions, logonMode, services, registry, portOwner, connectionTest, ping, tickets, clock, secureChannel,
    deviceJoin, addresses, nameLookup, windowsVersion, firewallRules, servicePrincipalName, accountState,
    certificateCheck, listenerCertificate, brokerRole, clientProxy,
  ]
}

extension Finding {
  /// What a pasted output shows.
  init(_ id: FindingID, _ outcome: OutcomeID, _ summary: String, _ details: [Field] = []) {
    self.init(
      id, .answered(outcome), source: .paste, summary: SafeText.clean(summary, limit: 200), details: details)
  }
}

extension Detail {
  /// Text from outside, safe to show.
  static func quoted(_ text: some StringProtocol) -> Detail { .text(SafeText.clean(text, limit: 120)) }
  /// At most 20 of them.
  static func quoted(list: [String]) -> Detail { .list(list.prefix(20).map { quoted($0) }) }
}
