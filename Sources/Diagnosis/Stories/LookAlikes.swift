public import Facts
import RealModule

/// A solved case that has much in common with this one.
public struct LookAlike: Sendable, Equatable {
  public var story: StoryID
  /// What both know, the most telling first.
  public var common: [FindingID]
  public var hasSameCode: Bool
}

extension Assessor {
  /// How much the two must have in common, in nats of what is rare.
  private static let leastCommon = 2.5

  /// The solved cases most like this one, at most `limit`, the most alike first; empty where none has much in common with it.
  ///
  /// What both know counts by how rare it is among the stories, what they know differently counts against it.
  public func lookAlikes(_ evidence: Evidence, limit: Int = 3) -> [LookAlike] {
    let belief = Dictionary(rank(evidence).map { ($0.cause, $0.probability) }) { first, _ in first }
    var found: [(alike: LookAlike, score: Double)] = []
    for story in knowledge.stories {
      var score = 0.0
      var common: [(finding: FindingID, worth: Double)] = []
      for finding in evidence.findings {
        guard let outcome = finding.outcome else { continue }
        let known = story.seen[finding.id] ?? finding.id.question.flatMap { story.known[$0] }
        guard let known else { continue }
        let worth = rarity(finding.id, outcome)
        if known == outcome {
          score += worth
          common.append((finding.id, worth))
        } else {
          score -= 1.2
        }
      }
      let code = story.code.map { OutcomeID($0.description) }
      let hasSameCode = code != nil && code == evidence.outcome(of: .codeReported)
      if hasSameCode { score += 3 }
      let likely = story.truth.compactMap { belief[$0] }.max() ?? 0
      guard score >= Self.leastCommon, likely >= 0.01 else { continue }
      found.append(
        (
          LookAlike(
            story: story.id,
            common: common.sorted { ($0.worth, $1.finding) > ($1.worth, $0.finding) }.map(\.finding),
            hasSameCode: hasSameCode), score + Double.log(likely) / 2
        ))
    }
    return found.sorted { ($0.score, $1.alike.story) > ($1.score, $0.alike.story) }.prefix(limit).map(\.alike)
  }

  private func rarity(_ finding: FindingID, _ outcome: OutcomeID) -> Double {
    guard let question = finding.question else { return 0.2 }
    let seen = counts.answers[question] ?? [:]
    let total = seen.values.reduce(0, +)
    return -Double.log(((seen[outcome] ?? 0) + 1) / (total + 2))
  }
}
