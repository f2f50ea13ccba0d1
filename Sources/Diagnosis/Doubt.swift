public import Facts
import RealModule

/// Why "nothing is wrong" cannot be said: a layer that a caller needs is broken, or was not settled.
public struct Doubt: Sendable, Equatable {
  public var finding: FindingID
  /// What was seen; nil where the look came to no answer.
  public var outcome: OutcomeID?
}

extension KnowledgeBase {
  /// Every layer of a connection that a look did not find in order, in the order of the findings.
  public func doubts(in evidence: Evidence) -> [Doubt] {
    evidence.findings.compactMap { finding in
      guard finding.source == .probe, let entry = self.finding(finding.id), entry.layer != nil,
        evidence.applies(entry), entry.outcomes.contains(where: { !$0.isFine })
      else { return nil }
      switch finding.status {
      case .answered(let outcome):
        let isFine = entry.outcomes.first { $0.id == outcome }?.isFine ?? false
        return isFine ? nil : Doubt(finding: finding.id, outcome: outcome)
      case .inconclusive(let why):
        return leavesDoubt(why, entry) ? Doubt(finding: finding.id, outcome: nil) : nil
      case .notApplicable: return nil
      }
    }
  }

  /// An answer that cannot be read is none of a host in order. What was not asked, or not in time, leaves a doubt where something lies
  /// behind it.
  private func leavesDoubt(_ why: Inconclusive, _ entry: FindingEntry) -> Bool {
    switch why {
    case .unreadable: true
    case .failedHere: entry.layer == .tcp || isNeeded(entry)
    case .outOfTime, .cancelled: isNeeded(entry)
    case .blocked, .notAsked: false
    }
  }

  private func isNeeded(_ entry: FindingEntry) -> Bool {
    findings.contains { $0.needs[entry.id] != nil }
  }
}

extension Evidence {
  /// What probes saw that answers a question for everybody: nobody has to be asked.
  func implied(_ knowledge: KnowledgeBase) -> [Finding] {
    guard outcome(of: Self.isWindows) == nil, knowledge.finding(Self.isWindows) != nil else { return [] }
    return findings.first { Self.showsWindows($0) }.map { shown in
      [Finding(Self.isWindows, .answered("windows"), source: .probe, summary: shown.summary)]
    } ?? []
  }

  private static let isWindows: FindingID = "ask.target-is-windows"

  /// What a host says of itself decides what it is, before ports that are open or closed do. FreeRDP's servers call themselves
  /// Windows 7, so older names say nothing.
  private static func showsWindows(_ finding: Finding) -> Bool {
    guard finding.source == .probe, finding.outcome != nil else { return false }
    switch finding.id {
    case "ntlm.names":
      guard case .text(let product)? = finding.detail("product"), product.hasPrefix("Windows") else {
        return false
      }
      return !["Windows 7", "Windows Vista", "Windows XP", "Windows Server 2003"].contains {
        product.hasPrefix($0)
      }
    case "certificate.usage":
      // What Windows makes for Remote Desktop by itself, and nobody else does.
      return finding.detail("key_usage") == .list(["keyEncipherment", "dataEncipherment"])
    default: return false
    }
  }

  /// What the host itself gave as the reason for ending the session, where the client did not show the same.
  var errorInfo: ReportedCode? {
    guard let session = findings.first(where: { $0.id == "rdp.session" && $0.source == .probe }),
      session.outcome == "denied" || session.outcome == "license-error",
      case .integer(let number)? = session.detail("error_info_code"),
      let value = UInt32(exactly: number), value != 0,
      outcome(of: .code(of: .errinfo)) == nil
    else { return nil }
    let shown = outcome(of: .codeReported).flatMap { ReportedCode($0.name) }
    return shown?.extended == value ? nil : ReportedCode(extended: value)
  }

  /// Answers, codes, messages and what was handed in and is not as it should be, as against what was seen from here.
  func toldCount(_ knowledge: KnowledgeBase) -> Int {
    findings.count { finding in
      guard let outcome = finding.outcome else { return false }
      if finding.id.question != nil || finding.id.isOfOpenSet { return true }
      guard ["paste.", "file."].contains(where: finding.id.name.hasPrefix) else { return false }
      return knowledge.finding(finding.id)?.outcomes.first { $0.id == outcome }?.isFine != true
    } + failedFixes.count
  }
}

extension Finding {
  /// A value beside the outcome.
  public func detail(_ name: String) -> Detail? { details.first { $0.name == name }?.value }
}

/// Where "nothing is wrong" cannot be said, what is true instead: nobody knows yet, or all is well as far as this place can see.
struct HealthRuling: Sendable {
  let healthy: Int
  /// The cause that takes its place.
  let heir: Int?
  /// How much of its weight the heir takes, as a logarithm.
  let share: Double
}

extension Weighed {
  /// Takes the weight of "nothing is wrong" away.
  static func apply(_ ruling: HealthRuling?, to scores: inout [Double]) {
    guard let ruling else { return }
    if let heir = ruling.heir {
      let (one, other) = (scores[heir], scores[ruling.healthy] + ruling.share)
      let most = max(one, other)
      scores[heir] = most + Double.log(Double.exp(one - most) + Double.exp(other - most))
    }
    scores[ruling.healthy] += ruledOut
  }

  /// A millionth.
  private static let ruledOut = -13.8
}
