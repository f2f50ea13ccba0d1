import Facts

/// A case drawn from the knowledge: what is really wrong, and what every look, question and fix would bring.
///
/// Each draw has its own place in the seed, named after what is drawn: another order of steps meets the same answers, so ways of
/// working are compared on the very same case.
struct SimulatedCase: Sendable {
  /// One cause, or two faults at once.
  let causes: [CauseID]
  let code: ReportedCode?
  /// What the probes find before anybody is asked.
  let findings: [Finding]
  let seed: UInt64

  /// Even between 0 (included) and 1 (excluded), always the same for the same name.
  func chance(_ name: String) -> Double { Self.chance(name, seed: seed) }

  static func chance(_ name: String, seed: UInt64) -> Double {
    // FNV-1a, for `Hasher` differs from run to run.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var random = SplitMix64(seed: seed ^ hash)
    _ = random.next()
    return random.unit()
  }

  static func draw(_ weights: [Double], at chance: Double) -> Int {
    var left = chance * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return index }
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }
}

/// What is true in simulated cases: how often each cause is at work, and what is seen, said and cured under it.
struct SimulatedWorld: Sendable {
  let assessor: Assessor
  /// Findings that probes state, each after those that it needs.
  private let probed: [FindingEntry]
  private let rates: [Double]
  private let position: [CauseID: Int]

  var knowledge: KnowledgeBase { assessor.knowledge }

  /// - Parameter probes: The findings that probes state; only these are seen without asking.
  init(_ assessor: Assessor, probes: Set<FindingID>) {
    self.assessor = assessor
    let knowledge = assessor.knowledge
    rates = assessor.base(isComplaint: true)
    position = Dictionary(uniqueKeysWithValues: knowledge.causes.enumerated().map { ($1.id, $0) })
    var waiting = knowledge.findings.filter { probes.contains($0.id) }
    var ordered: [FindingEntry] = []
    while !waiting.isEmpty {
      let names = Set(waiting.map(\.id))
      let ready = waiting.filter { $0.needs.keys.allSatisfy { !names.contains($0) } }
      guard !ready.isEmpty else { break }
      ordered += ready
      let done = Set(ready.map(\.id))
      waiting.removeAll { done.contains($0.id) }
    }
    probed = ordered
  }

  /// - Parameter faults: 1, or 2 different real causes of one host.
  func draw(seed: UInt64, faults: Int = 1) -> SimulatedCase {
    var weights = rates
    if faults > 1 {
      for id in Cause.withoutFix {
        if let place = position[id] { weights[place] = 0 }
      }
    }
    var causes: [Int] = []
    for number in 0..<faults {
      let place = SimulatedCase.draw(
        weights, at: SimulatedCase.chance("cause \(number)", seed: seed))
      weights[place] = 0
      causes.append(place)
    }
    // The fault that a connection meets first decides where both would show.
    causes.sort { (knowledge.causes[$0].phase, $0) < (knowledge.causes[$1].phase, $1) }
    let findings = findings(at: causes, seed: seed)
    return SimulatedCase(
      causes: causes.map { knowledge.causes[$0].id },
      code: causes.first.flatMap { code(of: knowledge.causes[$0], seed: seed) }, findings: findings,
      seed: seed)
  }

  /// What the probes find while these causes are at work.
  func findings(_ causes: [CauseID], seed: UInt64) -> [Finding] {
    findings(at: causes.compactMap { position[$0] }, seed: seed)
  }

  private func findings(at causes: [Int], seed: UInt64) -> [Finding] {
    var known: [FindingID: OutcomeID] = [:]
    var findings: [Finding] = []
    for entry in probed {
      let exists = entry.needs.allSatisfy { id, outcomes in
        known[id].map(outcomes.contains) ?? false
      }
      guard exists, !entry.outcomes.isEmpty else { continue }
      let cause = decisive(entry.id, layer: entry.layer, of: causes)
      let weights = entry.outcomes.map { assessor.likelihood.row(entry.id, $0.id)?[cause] ?? 0 }
      let place = SimulatedCase.draw(weights, at: SimulatedCase.chance(entry.id.name, seed: seed))
      known[entry.id] = entry.outcomes[place].id
      findings.append(Finding(entry.id, .answered(entry.outcomes[place].id), summary: ""))
    }
    return findings
  }

  /// The code that the client shows; nil where it shows none. Where the knowledge names no code, or a share of cases without one, none is
  /// reported.
  private func code(of cause: Cause, seed: UInt64) -> ReportedCode? {
    let codes = cause.codes.sorted { $0.key < $1.key }
    var weights = codes.map(\.value.probability)
    weights.append(max(0.02, 1 - weights.reduce(0, +)))
    let place = SimulatedCase.draw(weights, at: SimulatedCase.chance("code", seed: seed))
    return place < codes.count ? ReportedCode(codes[place].key) : nil
  }

  /// Which of the faults a finding shows: the one that says something about it, or whose layer it looks at; of two the first.
  private func decisive(_ finding: FindingID, layer: Phase?, of causes: [Int]) -> Int {
    causes.first { place in
      let cause = knowledge.causes[place]
      return cause.expects[finding] != nil || (layer != nil && cause.phase == layer)
    } ?? causes.first ?? 0
  }

  /// What the person answers.
  ///
  /// - Parameter lies: How often the answer is not the true one but any other.
  func answer(
    _ question: Question, _ drawn: SimulatedCase, known evidence: Evidence, lies: Double = 0
  ) -> OutcomeID {
    let cause = decisive(
      question.findingID, layer: nil, of: drawn.causes.compactMap { position[$0] })
    let reported = evidence.outcome(of: .codeReported).flatMap(assessor.codeRow)
    var weights = StepPlanner.given(question, reported: reported, assessor).map { $0[cause] }
    let place = SimulatedCase.draw(weights, at: drawn.chance(question.findingID.name))
    guard lies > 0, drawn.chance("lie \(question.id)") < lies, weights.count > 1 else {
      return question.choices[place].id
    }
    for index in weights.indices { weights[index] = index == place ? 0 : 1 }
    return question.choices[SimulatedCase.draw(weights, at: drawn.chance("lying \(question.id)"))]
      .id
  }

  /// How likely a fix cures a cause; 0 where it is no fix for it.
  func strength(of fix: FixID, for cause: CauseID) -> Double {
    knowledge.cause(cause)?.cures.filter { $0.fix == fix }.map(\.strength.probability).max() ?? 0
  }

  func cures(_ fix: FixID, _ cause: CauseID, in drawn: SimulatedCase) -> Bool {
    drawn.chance("cure \(fix) \(cause)") < strength(of: fix, for: cause)
  }

  /// Minutes that a case costs whoever knows the cause from the start: its fixes by probability of cure per cost while they pay.
  func leastMinutes(_ cause: CauseID) -> Double {
    if cause == Cause.healthy { return StepPlanner.closing }
    let fixes = (knowledge.cause(cause)?.cures ?? []).compactMap { cure in
      knowledge.fix(cure.fix).map { (cost: $0.cost, cure: cure.strength.probability) }
    }.filter { $0.cure * StepPlanner.escalation > $0.cost }.sorted {
      $0.cure / $0.cost > $1.cure / $1.cost
    }
    var left = 1.0
    var minutes = 0.0
    for fix in fixes {
      minutes += left * fix.cost
      left *= 1 - fix.cure
    }
    return minutes + left * StepPlanner.escalation
  }
}
