public import Facts

/// A case thought through again from what it holds: after each entry, what was believed and what came next.
///
/// It looks at nothing but the case and the knowledge, so equal cases and equal knowledge give equal replays.
public struct CaseReplay: Sendable, Equatable {
  public struct Moment: Sendable, Equatable {
    public var entry: Case.Entry
    /// The likeliest cause after it.
    public var leader: RankedCause?
    public var next: NextStep
  }

  public var moments: [Moment]

  public init(_ record: Case, assessor: Assessor) {
    var growing = Case(id: record.id)
    var last: (evidence: Evidence, leader: RankedCause?, next: NextStep)?
    moments = record.entries.map { entry in
      growing.entries.append(entry)
      let evidence = Evidence(growing, knowledge: assessor.knowledge)
      // Most entries change nothing of what is known, and thinking is what takes the time.
      if let last, last.evidence == evidence {
        return Moment(entry: entry, leader: last.leader, next: last.next)
      }
      let assessment = assessor.assess(evidence)
      last = (evidence, assessment.ranking.first, assessment.next)
      return Moment(entry: entry, leader: assessment.ranking.first, next: assessment.next)
    }
  }
}

/// A closed case as a case of the knowledge, which keeps ranking its cause first.
public struct RegressionCase: Sendable, Equatable {
  public var first: CauseID
  public var findings: [FindingID: OutcomeID]
  public var failed: [FixID]

  /// nil when the case does not say what was wrong: only a fix that helped does.
  public init?(_ record: Case, assessor: Assessor) {
    guard let cure = record.cure, let before = record.before(cure) else { return nil }
    let evidence = Evidence(before, knowledge: assessor.knowledge)
    let cause = assessor.rank(evidence).first { ranked in
      assessor.knowledge.cause(ranked.cause)?.cures.contains { $0.fix == cure } ?? false
    }
    guard let cause else { return nil }
    first = cause.cause
    findings = evidence.findings.reduce(into: [:]) { known, finding in
      if let outcome = finding.outcome { known[finding.id] = outcome }
    }
    failed = evidence.failedFixes
  }

  /// As a file of `cases/`, see the field guide.
  public var yaml: String {
    var lines = ["first: \(first)", "findings:"]
    // Outcomes such as `on` and `no` would be read as something else without quotes.
    lines += findings.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value)\"" }
    if !failed.isEmpty { lines.append("failed: [\(failed.map(\.name).joined(separator: ", "))]") }
    return lines.joined(separator: "\n") + "\n"
  }
}
