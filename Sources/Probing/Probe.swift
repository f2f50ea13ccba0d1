public import Facts

/// One bounded look at the target.
///
/// A probe is a value without sockets of its own: it asks its ``ProbeContext``. It never throws; what it could not learn
/// is `inconclusive`. Findings that it promised in `states` and does not return are filled in by the runner as
/// inconclusive, so that no run ends without an account of each.
public protocol Probe: Sendable {
  static var description: ProbeDescription { get }
  /// Where it runs: one at a time on the RDP port, in registry order; or beside everything else.
  static var lane: ProbeLane { get }
  /// Findings of other probes that must have one of these outcomes first. Where one has another outcome, this probe's
  /// findings are not applicable; where one is inconclusive, so are they.
  static var needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] { get }
  /// Findings of other probes that it waits for and then uses, whatever their outcome.
  static func follows(_ request: ProbeRequest) -> [FindingID]
  /// The stages at which it takes over the open connection to the RDP port; none by default.
  static var takes: [Handover.Stage] { get }
  init()
  func run(in context: ProbeContext) async -> [Finding]
}

extension Probe {
  public static func follows(_ request: ProbeRequest) -> [FindingID] { [] }
  public static var takes: [Handover.Stage] { [] }
}

public enum ProbeLane: Sendable {
  /// Uses the RDP port: serial, and counted against the connection budget.
  case rdpPort
  /// Opens nothing on the RDP port.
  case beside
}
