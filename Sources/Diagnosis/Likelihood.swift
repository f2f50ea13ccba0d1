import Facts

/// How often each outcome of each finding is seen under each cause, worked out once from the knowledge.
///
/// For every finding the causes' distributions sum to 1 over its outcomes. The reported code is not one of them: its
/// outcomes are an open set, and only ratios between causes count there.
struct Likelihood: Sendable {
  /// `table[finding][outcome][cause]`, indices as in the knowledge base.
  private let table: [[[Double]]]
  /// `decisive[finding][cause]`: the cause says something about the finding, or the finding looks at its layer.
  private let decisive: [[Bool]]
  private let outcomeIndex: [[OutcomeID: Int]]
  private let findingIndex: [FindingID: Int]

  /// No outcome is ever impossible: people misread, hosts change between two looks.
  private static let floor = 0.002
  /// How often a layer before the fault looks fine. The rest are flaws that have nothing to do with the fault.
  private static let passesEarlierLayers = 0.985
  /// "Nothing is wrong as far as can be seen" hardly goes with something wrong that was seen.
  private static let passesWhenHealthy = 0.998
  private static let floorWhenHealthy = 0.0005

  init(_ knowledge: KnowledgeBase) {
    var table: [[[Double]]] = []
    var outcomes: [[OutcomeID: Int]] = []
    var index: [FindingID: Int] = [:]
    table.reserveCapacity(knowledge.findings.count)
    for finding in knowledge.findings {
      index[finding.id] = table.count
      outcomes.append(
        Dictionary(finding.outcomes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
      )
      table.append(Self.rows(for: finding, causes: knowledge.causes))
    }
    self.table = table
    decisive = knowledge.findings.map { finding in
      knowledge.causes.map { cause in
        cause.expects[finding.id] != nil || (finding.layer != nil && cause.phase == finding.layer)
      }
    }
    outcomeIndex = outcomes
    findingIndex = index
  }

  /// The probability of the outcome under each cause; nil for a finding or outcome that the knowledge does not have.
  func row(_ finding: FindingID, _ outcome: OutcomeID) -> [Double]? {
    guard let index = findingIndex[finding], let place = outcomeIndex[index][outcome] else { return nil }
    return table[index][place]
  }

  /// For each cause, whether it is the one that a finding shows where two are at work; nil for a finding that the knowledge does not have.
  func decisive(_ finding: FindingID) -> [Bool]? { findingIndex[finding].map { decisive[$0] } }

  private static func rows(for finding: FindingEntry, causes: [Cause]) -> [[Double]] {
    let count = finding.outcomes.count
    var rows = [[Double]](repeating: [Double](repeating: 0, count: causes.count), count: count)
    guard count > 0 else { return rows }
    let base = scaled(finding.outcomes.map(\.base.probability))
    let passing = Self.passing(finding, base: base, share: passesEarlierLayers)
    let healthy = Self.passing(finding, base: base, share: passesWhenHealthy)
    // Most causes say nothing about most findings, so the rows without a word of their own are worked out once.
    let usualRow = distribution(finding, usual: base, named: nil, floor: floor)
    let passingRow = distribution(finding, usual: passing, named: nil, floor: floor)
    let healthyRow = distribution(
      finding, usual: finding.layer == nil ? base : healthy, named: nil, floor: floorWhenHealthy)
    for (column, cause) in causes.enumerated() {
      let isHealthy = cause.id == Cause.healthy
      let passes = cause.id != Cause.unknown && cause.lets(pass: finding.layer)
      var row = isHealthy ? healthyRow : passes ? passingRow : usualRow
      if let named = cause.expects[finding.id] {
        row = distribution(
          finding, usual: passes ? (isHealthy ? healthy : passing) : base, named: named,
          floor: isHealthy ? floorWhenHealthy : floor)
      }
      for place in 0..<count { rows[place][column] = row[place] }
    }
    return rows
  }

  /// The distribution under a cause that lets this layer work.
  private static func passing(_ finding: FindingEntry, base: [Double], share passes: Double) -> [Double] {
    let fine = zip(finding.outcomes, base).reduce(0.0) { $0 + ($1.0.isFine ? $1.1 : 0) }
    guard fine > 0, fine < 1 else { return base }
    return zip(finding.outcomes, base).map { outcome, share in
      outcome.isFine ? share / fine * passes : share / (1 - fine) * (1 - passes)
    }
  }

  private static func distribution(
    _ finding: FindingEntry, usual: [Double], named: [OutcomeID: Strength]?, floor: Double
  ) -> [Double] {
    guard let named, !named.isEmpty else { return scaled(usual.map { max($0, floor) }) }
    let total = finding.outcomes.reduce(0.0) { $0 + (named[$1.id]?.probability ?? 0) }
    let restOfUsual = zip(finding.outcomes, usual).reduce(0.0) { $0 + (named[$1.0.id] == nil ? $1.1 : 0) }
    let rest = max(0.02, 1 - total)
    return scaled(
      zip(finding.outcomes, usual).map { outcome, share in
        if let strength = named[outcome.id] { return strength.probability }
        return max(restOfUsual > 0 ? share / restOfUsual * rest : 0, floor)
      })
  }

  static func scaled(_ weights: [Double]) -> [Double] {
    let total = weights.reduce(0, +)
    return total > 0 ? weights.map { $0 / total } : weights
  }
}

extension Cause {
  /// True when a layer works as long as this cause alone is at work: every layer but its own. What lies behind the layer that fails is
  /// fine too, where it can be seen at all.
  func lets(pass layer: Phase?) -> Bool {
    guard let layer else { return false }
    return id == Cause.healthy || layer != phase
  }
}
