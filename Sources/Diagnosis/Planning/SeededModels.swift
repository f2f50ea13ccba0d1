/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same on every machine.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Even between 0 (included) and 1 (excluded), 53 bits.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  public mutating func within(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  public mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.count))
  }
}

/// Draws planning models that anybody can draw again from the same seed.
public struct SeededModels: Sendable {
  public var actions: ClosedRange<Int>
  public var questions: ClosedRange<Int>
  public var causes: ClosedRange<Int>
  public var outcomes: ClosedRange<Int>
  /// How many actions cure one cause.
  public var curesPerCause: ClosedRange<Int>
  /// How many of the causes answer a question in a way of their own; the rest answer it alike.
  public var shareTold: Double

  public init(
    actions: ClosedRange<Int>, questions: ClosedRange<Int>, causes: ClosedRange<Int>,
    outcomes: ClosedRange<Int> = 2...2, curesPerCause: ClosedRange<Int> = 1...3, shareTold: Double = 1
  ) {
    self.actions = actions
    self.questions = questions
    self.causes = causes
    self.outcomes = outcomes
    self.curesPerCause = curesPerCause
    self.shareTold = shareTold
  }

  /// The size of the printer models on which troubleshooting planners have been measured (Jensen et al. 2001, "The SACSO
  /// Methodology for Troubleshooting Complex Systems"): uncertain cures, actions that cure several causes.
  public static let published = SeededModels(actions: 6...16, questions: 2...10, causes: 6...20)

  /// The size of the Remote Desktop knowledge: many causes, sparse cures, questions that concern a few causes each.
  public static let remoteDesktop = SeededModels(
    actions: 130...130, questions: 45...45, causes: 130...130, outcomes: 2...5, shareTold: 0.15)

  public func model(seed: UInt64) -> PlanningModel {
    var random = SplitMix64(seed: seed)
    let causeCount = random.within(causes)
    let actionCount = random.within(actions)
    let questionCount = random.within(questions)
    let weights = (0..<causeCount).map { _ in
      let unit = random.unit()
      return 0.02 + unit * unit * unit
    }
    let total = weights.reduce(0, +)
    var cures = [[(cause: Int, probability: Double)]](repeating: [], count: actionCount)
    for cause in 0..<causeCount {
      var chosen = Set<Int>()
      for _ in 0..<min(random.within(curesPerCause), actionCount) {
        // The first actions in turn, so that none is without use while there are causes enough.
        let action =
          chosen.isEmpty && cause < actionCount ? cause : random.within(0...(actionCount - 1))
        guard chosen.insert(action).inserted else { continue }
        cures[action].append((cause, random.within(0.5...0.98)))
      }
    }
    return PlanningModel(
      priors: weights.map { $0 / total },
      actions: cures.map { .init(cost: random.within(1...20), cures: $0) },
      questions: (0..<questionCount).map { _ in question(causes: causeCount, &random) },
      escalationCost: random.within(60...180))
  }

  private func question(causes: Int, _ random: inout SplitMix64) -> PlanningModel.Question {
    let outcomeCount = random.within(outcomes)
    let usual = row(outcomeCount, &random)
    var given = [[Double]](repeating: [], count: outcomeCount)
    for _ in 0..<causes {
      let row = random.unit() < shareTold ? row(outcomeCount, &random) : usual
      for outcome in row.indices { given[outcome].append(row[outcome]) }
    }
    return .init(cost: random.within(0.25...2), given: given)
  }

  /// One outcome is favoured; how strongly differs.
  private func row(_ outcomes: Int, _ random: inout SplitMix64) -> [Double] {
    let favoured = random.within(0...(outcomes - 1))
    let strength = random.within(0.6...0.98)
    let weights = (0..<outcomes).map { $0 == favoured ? 0 : 0.05 + random.unit() }
    let rest = weights.reduce(0, +)
    return weights.enumerated().map { $0 == favoured ? strength : (1 - strength) * $1 / rest }
  }
}
