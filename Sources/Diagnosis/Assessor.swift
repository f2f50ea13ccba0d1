import Facts
import RealModule

/// Weighs evidence against knowledge: which causes, how sure, why, and what next.
///
/// One cause is assumed to be at work, so the posterior is exact: base rate times the likelihood of every finding that
/// applies, times the chance that each failed fix would have failed (Heckerman, Breese and Rommelse 1995). Building one costs
/// a few milliseconds; keep it for the life of the knowledge. Equal evidence gives equal results.
public struct Assessor: Sendable {
  public let knowledge: KnowledgeBase
  let likelihood: Likelihood
  private let priors: [Double]
  private let healthyIndex: Int?

  public init(knowledge: KnowledgeBase) {
    self.knowledge = knowledge
    likelihood = Likelihood(knowledge)
    priors = Likelihood.scaled(knowledge.causes.map { max($0.baseRate, 0.001) })
    healthyIndex = knowledge.causes.firstIndex { $0.id == Cause.healthy }
  }

  /// The ranking alone, most probable first.
  public func rank(_ evidence: Evidence) -> [RankedCause] {
    weigh(evidence).ranking(knowledge)
  }

  /// The ranking, the next step and the plan after it.
  public func assess(_ evidence: Evidence) -> Assessment {
    let weighed = weigh(evidence)
    let plan = StepPlanner(assessor: self, evidence: evidence, belief: weighed.posterior).plan()
    let pair = weighed.pair(knowledge)
    return Assessment(
      ranking: weighed.ranking(knowledge), oneCauseExplains: pair == nil, pair: pair,
      contradictions: knowledge.contradictions(in: evidence),
      next: plan.first?.step ?? .escalate(to: .serverAdmin), plan: plan)
  }

  func stepPlanner(_ evidence: Evidence) -> StepPlanner {
    StepPlanner(assessor: self, evidence: evidence, belief: weigh(evidence).posterior)
  }

  func weigh(_ evidence: Evidence) -> Weighed {
    var base = priors
    if evidence.isComplaint, let healthyIndex {
      base[healthyIndex] *= 0.05
      base = Likelihood.scaled(base)
    }
    var terms: [(Reason.Evidence, [Double])] = []
    for finding in evidence.findings {
      guard let outcome = finding.outcome else { continue }
      if finding.id == .codeReported {
        if let row = codeRow(outcome) { terms.append((.finding(finding.id, outcome), row)) }
      } else if let entry = knowledge.finding(finding.id), evidence.applies(entry),
        let row = likelihood.row(finding.id, outcome)
      {
        terms.append((.finding(finding.id, outcome), row))
      }
    }
    for fix in evidence.failedFixes {
      let row = knowledge.causes.map { cause in
        1 - (cause.cures.filter { $0.fix == fix }.map(\.strength.probability).max() ?? 0)
      }
      terms.append((.failedFix(fix), row))
    }
    return Weighed(base: base, terms: terms)
  }

  /// The chance of seeing this code under each cause, up to a common factor; nil when the outcome is no code.
  ///
  /// A code that proves a layer speaks strongly against every cause of that layer.
  func codeRow(_ outcome: OutcomeID) -> [Double]? {
    guard let code = ReportedCode(outcome.name) else { return nil }
    let proven = Set(knowledge.reading(of: code).proves)
    let keys = knowledge.keys(of: code)
    return knowledge.causes.map { cause in
      if let strength = cause.strength(ofAny: keys) { return strength.probability }
      if cause.id == Cause.healthy { return 0.002 }
      return proven.contains(cause.phase) ? 0.0006 : 0.02
    }
  }
}

/// Base rates and likelihoods brought together, kept apart so that reasons can be given.
struct Weighed {
  let base: [Double]
  let terms: [(evidence: Reason.Evidence, row: [Double])]
  let posterior: [Double]
  private let scores: [Double]

  init(base: [Double], terms: [(Reason.Evidence, [Double])]) {
    self.base = base
    self.terms = terms.map { (evidence: $0.0, row: $0.1) }
    var scores = base.map { Double.log(max($0, 1e-12)) }
    for (_, row) in terms {
      for index in scores.indices { scores[index] += Double.log(max(row[index], 1e-9)) }
    }
    self.scores = scores
    let highest = scores.max() ?? 0
    let weights = scores.map { max(Double.exp($0 - highest), 1e-9) }
    posterior = Self.capped(Likelihood.scaled(weights))
  }

  /// Certainty is never claimed, however many findings agree.
  private static let most = 0.99

  private static func capped(_ belief: [Double]) -> [Double] {
    guard let top = belief.max(), top > most else { return belief }
    let rest = (1 - most) / (1 - top)
    return belief.map { $0 == top ? most : $0 * rest }
  }

  func ranking(_ knowledge: KnowledgeBase) -> [RankedCause] {
    let averages = terms.map { term in
      Double.log(max(zip(base, term.row).reduce(0.0) { $0 + $1.0 * $1.1 }, 1e-9))
    }
    return knowledge.causes.indices.map { index in
      var reasons: [Reason] = []
      for (term, average) in zip(terms, averages) {
        let effect = Double.log(max(term.row[index], 1e-9)) - average
        if abs(effect) >= 0.01 { reasons.append(Reason(evidence: term.evidence, effect: effect)) }
      }
      reasons.sort { abs($0.effect) > abs($1.effect) }
      return RankedCause(cause: knowledge.causes[index].id, probability: posterior[index], because: reasons)
    }.sorted { ($0.probability, $1.cause) > ($1.probability, $0.cause) }
  }

  /// Two causes that, each explaining its share of the findings, beat the best single cause by a clear margin.
  func pair(_ knowledge: KnowledgeBase) -> CausePair? {
    let real = knowledge.causes.indices.filter {
      ![Cause.healthy, Cause.unknown].contains(knowledge.causes[$0].id)
    }
    guard let best = real.max(by: { scores[$0] < scores[$1] }), let single = scores.max() else { return nil }
    let logs = terms.map { term in term.row.map { Double.log(max($0, 1e-9)) } }
    let contradicted = zip(terms, logs).contains { term, log in
      log[best] < Double.log(max(zip(base, term.row).reduce(0.0) { $0 + $1.0 * $1.1 }, 1e-9)) - 1.5
    }
    guard contradicted else { return nil }
    let leaders = real.sorted { scores[$0] > scores[$1] }.prefix(12)
    var winner: (first: Int, second: Int, score: Double)?
    for first in leaders {
      for second in real where second != first {
        var score = Double.log(base[first]) + Double.log(base[second])
        for log in logs { score += max(log[first], log[second]) }
        if score > (winner?.score ?? -.infinity) { winner = (first, second, score) }
      }
    }
    guard let winner, winner.score > single + Double.log(3) else { return nil }
    return CausePair(first: knowledge.causes[winner.first].id, second: knowledge.causes[winner.second].id)
  }
}
