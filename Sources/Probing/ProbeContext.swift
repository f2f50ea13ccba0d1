public import Facts

/// What a probe may use: the request, its own deadline, and what the run has learnt so far.
public struct ProbeContext: Sendable {
  public let request: ProbeRequest
  /// The earlier of the probe's own time limit and the end of the run.
  public let deadline: Deadline
}
