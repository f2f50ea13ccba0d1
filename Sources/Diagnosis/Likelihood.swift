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
  private static let leastFloor = 0.0005
  /// How often a layer that works shows a flaw that has nothing to do with the fault.
  private static let flawed = 0.015
  /// How often nothing behind a layer can be seen although the fault is another one. The port may be closed to this host alone, but what lies
  /// behind an open port is the same for everybody.
  private static let broken = 0.003
  /// "Nothing is wrong as far as can be seen" hardly goes with something wrong that was seen.
  private static let flawedWhenHealthy = 0.002

  /// What a finding shows under causes that say nothing about it.
  private struct Silence {
    var usual: [Double]
    /// The least share of each outcome.
    var floors: [Double]
  }

  /// - Parameter counts: What solved cases show; it moves what is said about answers.
  init(_ knowledge: KnowledgeBase, _ counts: StoryCounts) {
    let answers = AnswerLikelihood(knowledge, counts)
    var table: [[[Double]]] = []
    var outcomes: [[OutcomeID: Int]] = []
    var index: [FindingID: Int] = [:]
    table.reserveCapacity(knowledge.findings.count)
    for finding in knowledge.findings {
      index[finding.id] = table.count
      outcomes.append(
        Dictionary(finding.outcomes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
      )
      if let question = finding.id.question.flatMap(knowledge.question) {
        table.append(answers.rows(for: question))
        continue
      }
      let breaking = finding.outcomes.map { knowledge.breaks(finding, $0.id) }
      table.append(Self.rows(for: finding, breaking: breaking, causes: knowledge.causes))
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

  private static func rows(for finding: FindingEntry, breaking: [Bool], causes: [Cause]) -> [[Double]] {
    let count = finding.outcomes.count
    var rows = [[Double]](repeating: [Double](repeating: 0, count: causes.count), count: count)
    guard count > 0 else { return rows }
    let base = scaled(finding.outcomes.map(\.base.probability))
    let isBehindPort = finding.layer.map { $0 > .tcp } ?? false
    let breaks = breaking.map { $0 && isBehindPort }
    let open = Silence(usual: base, floors: breaks.map { _ in floor })
    let passing = Silence(
      usual: Self.passing(finding, base: base, off: breaks.map { $0 ? broken : flawed }),
      floors: breaks.map { $0 ? leastFloor : floor })
    let healthy = Silence(
      usual: finding.layer == nil
        ? base : Self.passing(finding, base: base, off: breaks.map { _ in flawedWhenHealthy }),
      floors: breaks.map { _ in leastFloor })
    // Most causes say nothing about most findings, so the rows without a word of their own are worked out once.
    let openRow = distribution(finding, open, named: [:])
    let passingRow = distribution(finding, passing, named: [:])
    let healthyRow = distribution(finding, healthy, named: [:])
    for (column, cause) in causes.enumerated() {
      let isHealthy = cause.id == Cause.healthy
      let passes = cause.id != Cause.unknown && cause.lets(pass: finding.layer)
      let row =
        cause.expects[finding.id].map {
          distribution(finding, isHealthy ? healthy : passes ? passing : open, named: $0)
        } ?? (isHealthy ? healthyRow : passes ? passingRow : openRow)
      for place in 0..<count { rows[place][column] = row[place] }
    }
    return rows
  }

  /// The distribution under a cause that lets this layer work.
  ///
  /// - Parameter off: For each outcome how often it would be seen if all that are not fine were like it.
  private static func passing(_ finding: FindingEntry, base: [Double], off: [Double]) -> [Double] {
    let fine = zip(finding.outcomes, base).reduce(0.0) { $0 + ($1.0.isFine ? $1.1 : 0) }
    guard fine > 0, fine < 1 else { return base }
    let shares = base.indices.map { finding.outcomes[$0].isFine ? 0 : base[$0] / (1 - fine) * off[$0] }
    let passes = 1 - shares.reduce(0, +)
    return base.indices.map { finding.outcomes[$0].isFine ? base[$0] / fine * passes : shares[$0] }
  }

  private static func distribution(
    _ finding: FindingEntry, _ silence: Silence, named: [OutcomeID: Strength]
  ) -> [Double] {
    let (usual, floors) = (silence.usual, silence.floors)
    guard !named.isEmpty else { return scaled(zip(usual, floors).map { max($0, $1) }) }
    let total = finding.outcomes.reduce(0.0) { $0 + (named[$1.id]?.probability ?? 0) }
    let restOfUsual = zip(finding.outcomes, usual).reduce(0.0) { $0 + (named[$1.0.id] == nil ? $1.1 : 0) }
    let rest = max(0.02, 1 - total)
    return scaled(
      finding.outcomes.indices.map { place in
        if let strength = named[finding.outcomes[place].id] { return strength.probability }
        return max(restOfUsual > 0 ? usual[place] / restOfUsual * rest : 0, floors[place])
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
