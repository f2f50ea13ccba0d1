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
  let counts: StoryCounts
  private let knownByQuestion: [QuestionID: [Double]]
  private var priors: [Double]
  private let healthyIndex: Int?
  private let callerSideIndex: Int?
  private let unknownIndex: Int?
  /// What its estimates are multiplied with, to see how much they matter; nil: they stand.
  private(set) var misjudgement: Misjudgement?

  public init(knowledge: KnowledgeBase) {
    self.init(knowledge: knowledge, learningFrom: knowledge.stories)
  }

  /// - Parameter stories: Solved cases that move base rates and what answers tell; others of the knowledge are not looked at.
  public init(knowledge: KnowledgeBase, learningFrom stories: some Sequence<Story>) {
    self.knowledge = knowledge
    counts = StoryCounts(stories, knowledge)
    likelihood = Likelihood(knowledge, counts)
    priors = counts.baseRates(of: knowledge.causes)
    knownByQuestion = Dictionary(
      knowledge.questions.map { [counts] in ($0.id, counts.known($0)) }
    ) { first, _ in first }
    healthyIndex = knowledge.causes.firstIndex { $0.id == Cause.healthy }
    callerSideIndex = knowledge.causes.firstIndex { $0.id == Cause.callerSide }
    unknownIndex = knowledge.causes.firstIndex { $0.id == Cause.unknown }
  }

  /// The ranking alone, most probable first.
  public func rank(_ evidence: Evidence) -> [RankedCause] {
    weigh(evidence).ranking(knowledge)
  }

  /// The ranking, the next step and the plan after it.
  public func assess(_ evidence: Evidence) -> Assessment {
    let weighed = weigh(evidence)
    let plan = StepPlanner(assessor: self, evidence: evidence, belief: weighed.posterior).plan()
    let two = TwoFaults(self, weighed)
    return Assessment(
      ranking: weighed.ranking(knowledge), oneCauseExplains: !two.isLikely, pair: two.named,
      contradictions: knowledge.contradictions(in: evidence),
      next: plan.first?.step ?? .escalate(to: .serverAdmin), plan: plan)
  }

  /// How often people know the answer under each cause.
  func known(_ question: QuestionID) -> [Double] { knownByQuestion[question] ?? [] }

  /// As ``assess(_:)``, with nothing planned behind the next step.
  func look(_ evidence: Evidence) -> Assessment {
    let weighed = weigh(evidence)
    let two = TwoFaults(self, weighed)
    return Assessment(
      ranking: weighed.ranking(knowledge), oneCauseExplains: !two.isLikely, pair: two.named,
      contradictions: [], next: next(evidence), plan: [])
  }

  /// The next step alone; the same that ``assess(_:)`` gives, and much quicker.
  public func next(_ evidence: Evidence) -> NextStep { stepPlanner(evidence).next() }

  /// Natural logarithm of how many times likelier the findings are under these two causes than under any single one.
  func contradiction(_ first: CauseID, _ second: CauseID, _ evidence: Evidence) -> Double {
    guard let first = knowledge.causes.firstIndex(where: { $0.id == first }),
      let second = knowledge.causes.firstIndex(where: { $0.id == second })
    else { return 0 }
    let findings = weigh(evidence).terms.filter { if case .finding = $0.evidence { true } else { false } }
    var both = 0.0
    for term in findings {
      guard case .finding(let id, _) = term.evidence else { continue }
      let decisive = id.isOfOpenSet ? nil : likelihood.decisive(id)
      let shows = decisive.map { $0[first] || !$0[second] } ?? true
      both += Double.log(max(term.row[shows ? first : second], 1e-9))
    }
    let alone = knowledge.causes.indices.map { cause in
      findings.reduce(0.0) { $0 + Double.log(max($1.row[cause], 1e-9)) }
    }.max()
    return both - (alone ?? 0)
  }

  func stepPlanner(_ evidence: Evidence) -> StepPlanner {
    StepPlanner(assessor: self, evidence: evidence, belief: weigh(evidence).posterior)
  }

  /// The same with every estimate off.
  func misjudging(_ misjudgement: Misjudgement) -> Assessor {
    var other = self
    other.misjudgement = misjudgement
    other.priors = Likelihood.scaled(
      zip(knowledge.causes, priors).map { $1 * misjudgement.rateFactor($0.id) })
    return other
  }

  /// How common each cause is before anything is known; the sum is 1.
  func base(isComplaint: Bool) -> [Double] {
    guard isComplaint, let healthyIndex else { return priors }
    var base = priors
    base[healthyIndex] *= Self.healthyThoughComplained
    return Likelihood.scaled(base)
  }

  /// Of several answers about one circumstance the one that tells most counts fully, and each other this much: they tell it once more.
  private static let toldAgain = 0.35

  /// How much a finding tells causes apart: the variance of its logarithm.
  private static func spread(_ row: [Double], _ belief: [Double]) -> Double {
    let logs = row.map { Double.log(max($0, 1e-9)) }
    let mean = zip(logs, belief).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(logs, belief).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 }
  }

  private static let healthyThoughComplained = 0.05
  /// How much of "all is well from here" each further thing that was told leaves: it speaks for a cause of its own.
  private static let wellThoughTold = 0.3

  /// Somebody who complains is not told that nothing is wrong, unless they say that it works now; and a look that did not settle a layer,
  /// or none at all, does not say it either.
  private func ruling(_ evidence: Evidence) -> HealthRuling? {
    guard let healthyIndex, evidence.outcome(of: Question.worksNow.finding) != "yes" else { return nil }
    let isSettled = knowledge.doubts(in: evidence).isEmpty
    guard evidence.isComplaint else {
      let sawAnything = evidence.findings.contains { $0.outcome != nil }
      return isSettled && sawAnything
        ? nil : HealthRuling(healthy: healthyIndex, heir: unknownIndex, share: 0)
    }
    guard callerSideIndex != nil else { return nil }
    let isReached = evidence.outcome(of: "tcp.port") == "open"
    // As long as nothing is told that speaks for a cause, it weighs as much as it does without a complaint.
    let told = evidence.toldCount(knowledge)
    let share =
      told == 0
      ? -Double.log(Self.healthyThoughComplained) : Double(told - 1) * Double.log(Self.wellThoughTold)
    return HealthRuling(
      healthy: healthyIndex, heir: !isReached ? nil : isSettled ? callerSideIndex : unknownIndex,
      share: share)
  }

  func weigh(_ evidence: Evidence) -> Weighed {
    let base = base(isComplaint: evidence.isComplaint)
    var terms: [(Reason.Evidence, [Double])] = []
    var told: [String: [Int]] = [:]
    if let info = evidence.errorInfo, let row = codeRow(OutcomeID(info.description)) {
      terms.append((.finding(.code(of: .errinfo), OutcomeID(info.description)), row))
    }
    for finding in evidence.findings + evidence.implied(knowledge) {
      guard let outcome = finding.outcome else { continue }
      if finding.id.isOfOpenSet {
        if let row = openRow(finding.id, outcome) { terms.append((.finding(finding.id, outcome), row)) }
      } else if let entry = knowledge.finding(finding.id), evidence.applies(entry),
        let row = likelihood.row(finding.id, outcome)
      {
        if let circumstance = finding.id.question.flatMap(knowledge.question)?.circumstance {
          told[circumstance, default: []].append(terms.count)
        }
        terms.append((.finding(finding.id, outcome), row))
      }
    }
    for places in told.values where places.count > 1 {
      let strongest = places.max { Self.spread(terms[$0].1, base) < Self.spread(terms[$1].1, base) }
      for place in places where place != strongest {
        terms[place].1 = terms[place].1.map { Double.pow($0, Self.toldAgain) }
      }
    }
    for fix in evidence.failedFixes {
      let row = knowledge.causes.map { cause in
        1 - (cause.cures.filter { $0.fix == fix }.map(\.probability).max() ?? 0)
      }
      terms.append((.failedFix(fix), row))
    }
    return Weighed(base: base, terms: terms, ruling: ruling(evidence))
  }

  /// The chance of seeing this code under each cause, up to a common factor; nil when the outcome is no code.
  ///
  /// A code that proves a layer speaks strongly against every cause of that layer.
  func codeRow(_ outcome: OutcomeID) -> [Double]? {
    guard let code = ReportedCode(outcome.name) else { return nil }
    // A number behind which any fault may stand says nothing.
    if code.entry == nil, code.extended ?? 0 == 0, let number = code.code, CatchAll.names[number] != nil {
      return nil
    }
    let proven = Set(knowledge.reading(of: code).proves)
    let keys = knowledge.keys(of: code)
    let row = knowledge.causes.map { cause in
      if let strength = cause.strength(ofAny: keys) { return strength.probability }
      if cause.id == Cause.healthy { return 0.002 }
      return proven.contains(cause.phase) ? 0.0006 : 0.02
    }
    let usual = zip(row, priors).reduce(0) { $0 + $1.0 * $1.1 }
    return row.map { $0 * (1 - Self.miscoded) + usual * Self.miscoded }
  }

  /// How often a code is one of another failure than that which is asked about, or typed off wrongly.
  private static let miscoded = 0.1
}

/// Base rates and likelihoods brought together, kept apart so that reasons can be given.
struct Weighed {
  let base: [Double]
  let terms: [(evidence: Reason.Evidence, row: [Double])]
  let posterior: [Double]
  let scores: [Double]

  init(base: [Double], terms: [(Reason.Evidence, [Double])], ruling: HealthRuling? = nil) {
    self.base = base
    self.terms = terms.map { (evidence: $0.0, row: $0.1) }
    var scores = base.map { Double.log(max($0, 1e-12)) }
    for (_, row) in terms {
      for index in scores.indices { scores[index] += Double.log(max(row[index], 1e-9)) }
    }
    Self.apply(ruling, to: &scores)
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

  /// An effect below it comes from scaling alone.
  private static let leastReason = 0.1

  func ranking(_ knowledge: KnowledgeBase) -> [RankedCause] {
    let averages = terms.map { term in
      Double.log(max(zip(base, term.row).reduce(0.0) { $0 + $1.0 * $1.1 }, 1e-9))
    }
    return knowledge.causes.indices.map { index in
      var reasons: [Reason] = []
      for (term, average) in zip(terms, averages) {
        let effect = Double.log(max(term.row[index], 1e-9)) - average
        // What a finding fits better only because others fit it worse is no reason.
        if effect >= Self.leastReason || effect <= -0.01 {
          reasons.append(Reason(evidence: term.evidence, effect: effect))
        }
      }
      reasons.sort { abs($0.effect) > abs($1.effect) }
      return RankedCause(cause: knowledge.causes[index].id, probability: posterior[index], because: reasons)
    }.sorted { ($0.probability, $1.cause) > ($1.probability, $0.cause) }
  }
}

/// Estimates that are off: base rates by a factor of up to 2, costs by one of up to 1.5, either way, each by its own draw.
struct Misjudgement: Sendable {
  var seed: UInt64

  func rateFactor(_ cause: CauseID) -> Double { factor("rate \(cause)", most: 2) }
  func costFactor(_ fix: FixID) -> Double { factor("fix \(fix)", most: 1.5) }
  func costFactor(_ question: QuestionID) -> Double { factor("question \(question)", most: 1.5) }
  var escalationFactor: Double { factor("escalation", most: 1.5) }

  private func factor(_ name: String, most: Double) -> Double {
    Double.exp(Double.log(most) * (2 * SimulatedCase.chance(name, seed: seed) - 1))
  }
}
