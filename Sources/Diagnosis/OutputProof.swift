public import Facts

extension FindingID {
  /// It is stated by the output of a command that somebody hands in.
  public var isOutput: Bool { name.hasPrefix("paste.") }

  /// What a log says stands there after the fix as well, so that reading it again proves nothing.
  fileprivate var isLog: Bool {
    ["paste.event-log", "paste.gateway-events", "paste.logon-failure", "paste.schannel", "paste.last-phase"]
      .contains(name)
  }
}

extension KnowledgeBase {
  /// The question whose command prints what states this finding; nil when none has one.
  public func questionPrinting(_ finding: FindingID) -> Question? {
    questions.first { $0.command != nil && $0.reads[finding] != nil }
  }

  /// The outputs that prove a fix: those that it names, then those that showed the fault in this case.
  ///
  /// - Parameter record: The case before the fix.
  public func outputs(proving fix: Fix, in record: Case) -> [FindingID] {
    var ids = fix.proof.filter(\.isOutput)
    let causes = self.causes.filter { cause in cause.cures.contains { $0.fix == fix.id } }
    for finding in record.outputFindings.sorted(by: { $0.id < $1.id })
    where !ids.contains(finding.id) && !finding.id.isLog {
      guard let outcome = finding.outcome, let question = questionPrinting(finding.id),
        let answer = question.reads[finding.id]?[outcome],
        let usual = question.choices.first(where: { $0.id == answer })?.base.probability,
        usual < Strength.often.probability
      else { continue }
      let speaks = causes.contains {
        ($0.expects[question.findingID]?[answer]?.probability ?? 0) >= Strength.often.probability
      }
      if speaks { ids.append(finding.id) }
    }
    return ids
  }
}

extension Case {
  /// What outputs stated that were handed in and not taken back, the latest for each finding.
  public var outputFindings: [Finding] {
    var withdrawn: Set<String> = []
    var latest: [FindingID: Finding] = [:]
    for entry in entries.reversed() {
      switch entry.event {
      case .submissionWithdrawn(let name): withdrawn.insert(name)
      case .submitted(let name, let findings):
        guard withdrawn.remove(name) == nil else { continue }
        for finding in findings where finding.id.isOutput && latest[finding.id] == nil {
          latest[finding.id] = finding
        }
      default: break
      }
    }
    return Array(latest.values)
  }
}
