public import Facts
import RealModule

/// What one closed case teaches: how likely each cause was, and what became of the fixes that were tried.
public struct Lesson: Sendable, Equatable, Codable {
  public var time: Timestamp
  /// Sums to 1, over the causes that are likely enough to count.
  public var causes: [CauseID: Double]
  /// For each fix that was tried on a case, the causes that it might have cured with their weights, and whether it did.
  public var trials: [Trial]

  public struct Trial: Sendable, Equatable, Codable {
    public var fix: FixID
    public var helped: Bool
    public init(fix: FixID, helped: Bool) {
      self.fix = fix
      self.helped = helped
    }
  }

  /// nil for a case that teaches nothing: still open, practised, or closed without a word on what was wrong.
  public init?(_ record: Case, assessor: Assessor) {
    guard let cure = record.cure, let time = record.changed,
      // What was seen after the fix speaks against the cause that it cured, so the belief of before counts.
      let before = record.before(cure)
    else { return nil }
    var weights: [(CauseID, Double)] = []
    for ranked in assessor.rank(Evidence(before, knowledge: assessor.knowledge)) {
      guard let cause = assessor.knowledge.cause(ranked.cause),
        let strength = cause.cures.first(where: { $0.fix == cure })
      else { continue }
      weights.append((ranked.cause, ranked.probability * strength.probability))
    }
    let total = weights.reduce(0) { $0 + $1.1 }
    guard total > 0 else { return nil }
    self.time = time
    causes = [:]
    for (cause, weight) in weights where weight / total >= 0.01 { causes[cause] = weight / total }
    trials = record.steps.compactMap { step in
      step.result == .skipped ? nil : Trial(fix: step.fix, helped: step.fix == cure && step.result == .done)
    }
  }
}

/// What a site has learnt from its closed cases.
///
/// Counts with decay: a case of half a year ago counts half. The shipped base keeps the weight of 200 cases for base
/// rates and of 10 trials for the success of a fix, so that a few cases never turn it over (a Dirichlet and a beta prior;
/// Gelman et al., Bayesian Data Analysis, 3rd ed., sections 2.4 and 3.4).
public struct SiteExperience: Sendable, Equatable {
  public private(set) var cases = 0
  public private(set) var weight = 0.0
  public private(set) var causes: [CauseID: Double] = [:]
  public private(set) var trials: [FixID: (helped: Double, tried: Double)] = [:]

  static let halfLife = 182.0 * 86400
  static let baseWeight = 200.0
  static let fixWeight = 10.0

  public init(_ lessons: [Lesson], now: Timestamp) {
    for lesson in lessons {
      let age = max(0, now.seconds - lesson.time.seconds)
      let counts = Self.half(to: age / Self.halfLife)
      cases += 1
      weight += counts
      for (cause, share) in lesson.causes { causes[cause, default: 0] += share * counts }
      for trial in lesson.trials {
        let known = trials[trial.fix] ?? (0, 0)
        trials[trial.fix] = (known.helped + (trial.helped ? counts : 0), known.tried + counts)
      }
    }
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.cases == right.cases && left.weight == right.weight && left.causes == right.causes
      && left.trials.keys == right.trials.keys
      && left.trials.allSatisfy { id, trial in right.trials[id].map { $0 == trial } ?? false }
  }

  private static func half(to power: Double) -> Double { .exp2(-min(power, 1000)) }
}

extension KnowledgeBase {
  /// This base as a site has come to know it. The shipped figures stay in the entries' files; only this copy moves.
  public func moved(by experience: SiteExperience) -> KnowledgeBase {
    guard experience.weight > 0 else { return self }
    let total = causes.reduce(0.0) { $0 + $1.baseRate }
    guard total > 0 else { return self }
    let scale = SiteExperience.baseWeight / (SiteExperience.baseWeight + experience.weight)
    let moved = causes.map { cause in
      var cause = cause
      let seen = (experience.causes[cause.id] ?? 0) / (SiteExperience.baseWeight + experience.weight)
      cause.baseRate = cause.baseRate * scale + seen * total
      cause.cures = cause.cures.map { cure in
        guard let trial = experience.trials[cure.fix] else { return cure }
        var cure = cure
        // Never certain, in either direction.
        let share =
          (cure.probability * SiteExperience.fixWeight + trial.helped)
          / (SiteExperience.fixWeight + trial.tried)
        cure.learnt = min(0.98, max(0.02, share))
        return cure
      }
      return cause
    }
    var base = KnowledgeBase(
      causes: moved, fixes: fixes, questions: questions, findings: findings, codes: codes, pairs: pairs,
      stories: stories, doors: doors, messages: { [lateMessages] in lateMessages.value })
    base.casesLearntFrom = experience.cases
    return base
  }
}
