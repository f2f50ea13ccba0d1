public import Facts

/// The reported code is shown only after a layer has worked which a look from here finds broken.
///
/// Both can be true: the code may come from another attempt, or the caller takes another way to the host.
public struct Contradiction: Sendable, Equatable {
  public var code: ReportedCode
  public var layer: Phase
  public var finding: FindingID
  public var outcome: OutcomeID

  public func sentence(_ knowledge: KnowledgeBase) -> String {
    "\(code) is shown only after this has worked: \(title(knowledge)). From here it does not: \(seen(knowledge)). "
      + "The code may be of another attempt, or the caller takes another way to the host."
  }

  /// What has worked for the client.
  public func title(_ knowledge: KnowledgeBase) -> String {
    knowledge.finding(finding)?.title ?? finding.name
  }

  /// What was seen from here, as a clause.
  public func seen(_ knowledge: KnowledgeBase) -> String {
    let meaning = knowledge.finding(finding)?.outcomes.first { $0.id == outcome }?.meaning ?? ""
    return meaning.isEmpty ? outcome.name : meaning
  }
}

extension KnowledgeBase {
  /// What the reported code and the findings say against each other, in the order of the layers.
  public func contradictions(in evidence: Evidence) -> [Contradiction] {
    guard let code = evidence.outcome(of: .codeReported).flatMap({ ReportedCode($0.name) }) else { return [] }
    let proven = Set(reading(of: code).proves)
    guard !proven.isEmpty else { return [] }
    return evidence.findings.compactMap { finding -> Contradiction? in
      guard let outcome = finding.outcome, let entry = self.finding(finding.id), evidence.applies(entry),
        let layer = entry.layer, proven.contains(layer), breaks(entry, outcome)
      else { return nil }
      return Contradiction(code: code, layer: layer, finding: finding.id, outcome: outcome)
    }.sorted { ($0.layer, $0.finding) < ($1.layer, $1.finding) }
  }

  /// True when nothing behind the layer can be seen with this outcome: a flaw that the connection survives is no break.
  func breaks(_ entry: FindingEntry, _ outcome: OutcomeID) -> Bool {
    guard let known = entry.outcomes.first(where: { $0.id == outcome }), !known.isFine else { return false }
    return findings.contains { later in later.needs[entry.id].map { !$0.contains(outcome) } ?? false }
  }
}
