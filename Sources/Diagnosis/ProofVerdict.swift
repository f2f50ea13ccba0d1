public import Facts

extension Case.Proof {
  /// Compares what stood before with what is seen now.
  ///
  /// `changed` takes a finding that was not fine and is fine now, or one that could not exist before and does now. Where all was
  /// fine before already, or can exist neither before nor now, nothing is visible from outside.
  public init(of ids: [FindingID], before: [Finding], after: [Finding], knowledge: KnowledgeBase?) {
    func isFine(_ finding: Finding) -> Bool {
      guard let outcome = knowledge?.finding(finding.id)?.outcomes.first(where: { $0.id == finding.outcome })
      else { return false }
      // What an output shows on most hosts is fine.
      return outcome.isFine
        || finding.id.isOutput && outcome.base.probability >= Strength.often.probability
    }
    func isAbsent(_ finding: Finding) -> Bool {
      if case .notApplicable = finding.status { true } else { false }
    }
    let answers = after.filter { $0.outcome != nil }
    let isOutOfSight =
      !after.isEmpty
      && after.allSatisfy { now in
        isAbsent(now) && before.contains { $0.id == now.id && isAbsent($0) }
      }
    let verdict: Case.Verdict
    if ids.isEmpty || isOutOfSight {
      verdict = .notVisible
    } else if answers.isEmpty {
      verdict = .undecided
    } else {
      let hasImproved = answers.contains { now in
        guard let then = before.first(where: { $0.id == now.id }), then.outcome != now.outcome else {
          return false
        }
        switch then.status {
        case .answered: return isFine(now) || !isFine(then)
        case .notApplicable: return isFine(now)
        case .inconclusive: return false
        }
      }
      let wasFine = answers.allSatisfy { now in
        // What was not known before cannot be compared.
        let then = before.first { $0.id == now.id }
        if case .inconclusive? = then?.status { return isFine(now) }
        return then.map { $0.outcome == now.outcome && isFine($0) } ?? isFine(now)
      }
      verdict = hasImproved ? .changed : wasFine ? .notVisible : .unchanged
    }
    self.init(before: before, after: after, verdict: verdict)
  }
}
