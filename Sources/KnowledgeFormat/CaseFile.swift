public import Diagnosis
public import Facts

/// A known situation, and the cause that must rank first in it: a regression case of the knowledge.
public struct CaseFile: Hashable, Sendable {
  public var name: String
  public var first: CauseID
  /// Every probe finding that is not named has its fine outcome.
  public var layersAreFine: Bool
  public var findings: [FindingID: OutcomeID]
  /// Fixes that did not help.
  public var failed: [FixID]
  public var origin: String

  public init(
    name: String, first: CauseID, layersAreFine: Bool = false, findings: [FindingID: OutcomeID] = [:],
    failed: [FixID] = [], origin: String = "built-in"
  ) {
    self.name = name
    self.first = first
    self.layersAreFine = layersAreFine
    self.findings = findings
    self.failed = failed
    self.origin = origin
  }

  /// All findings of the case: those named, and with `layersAreFine` the fine outcome of each probe finding that exists
  /// beside them. Of several fine outcomes the most usual counts, of equally usual ones the first.
  public func evidence(in base: KnowledgeBase) -> [FindingID: OutcomeID] {
    guard layersAreFine else { return findings }
    var known = findings
    var waiting = base.findings.filter { findings[$0.id] == nil && $0.isStatedByProbe }
    // A finding is settled after those that it needs, so each round settles one more layer.
    while true {
      let names = Set(waiting.map(\.id))
      let (ready, later) = waiting.reduce(into: ([FindingEntry](), [FindingEntry]())) { split, entry in
        if entry.needs.keys.contains(where: names.contains) {
          split.1.append(entry)
        } else {
          split.0.append(entry)
        }
      }
      if ready.isEmpty { return known }
      for entry in ready {
        let exists = entry.needs.allSatisfy { needed, outcomes in
          known[needed].map(outcomes.contains) ?? false
        }
        if exists, let outcome = entry.usualFineOutcome { known[entry.id] = outcome }
      }
      waiting = later
    }
  }
}

extension FindingEntry {
  /// False for what questions, files, pasted texts and the reported code state.
  var isStatedByProbe: Bool {
    let family = id.name.prefix { $0 != "." }
    return !["ask", "file", "paste", "code"].contains(family)
  }

  /// True for what files and pasted texts state.
  var isStatedByDocument: Bool { id.name.hasPrefix("paste.") || id.name.hasPrefix("file.") }

  fileprivate var usualFineOutcome: OutcomeID? {
    var best: Outcome?
    for outcome in outcomes where outcome.isFine && outcome.base.probability > best?.base.probability ?? 0 {
      best = outcome
    }
    return best?.id
  }
}
