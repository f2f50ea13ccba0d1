public import Facts

/// Plays whole cases, drawn from the knowledge, by several ways of working, and counts what they cost.
///
/// A case costs the minutes of its questions and fixes as the planner reckons them (hands-on time, half of the waiting, disruption, risk,
/// finding the owner), and where nothing helped those of handing it over. Probes are free: they run while somebody talks.
public struct Simulation: Sendable {
  /// A way of working on a case.
  public enum Way: String, CaseIterable, Sendable, Codable {
    /// What the wizard advises.
    case planner
    /// Each check of Microsoft's general article on Remote Desktop connections, in its order, with the fix that it names; then handing over.
    case checklist
    /// The advice of a typical web article on 0x3/0x7 from top to bottom, without checks; then handing over.
    case article
    /// Without questions: of the fixes for causes that are still likely the one nearest to the helpdesk, the quickest first.
    case nearest
    /// Without questions: the fix of the likeliest cause.
    case likeliest
  }

  let world: SimulatedWorld
  private(set) var believed: Assessor
  let lies: Double
  let faults: Int

  /// - Parameters:
  ///   - knowledge: What is true.
  ///   - probes: The findings that probes state; only these are seen without asking.
  ///   - lies: How often an answer is not the true one.
  ///   - faults: 1, or 2 for two faults at once.
  public init(
    knowledge: KnowledgeBase, probes: Set<FindingID>, lies: Double = 0, faults: Int = 1
  ) {
    let assessor = Assessor(knowledge: knowledge)
    world = SimulatedWorld(assessor, probes: probes)
    believed = assessor
    self.lies = lies
    self.faults = faults
  }

  /// The same cases, met by a planner whose estimates are off: every base rate by a factor of up to 2, every cost by one of up to 1.5.
  public func misjudging(seed: UInt64) -> Simulation {
    var other = self
    other.believed = believed.misjudging(Misjudgement(seed: seed))
    return other
  }

  /// The seed of one case of a run: cases can be played in any order, on any number of threads.
  public static func seed(of number: Int, in run: UInt64) -> UInt64 {
    var random = SplitMix64(seed: run)
    var mixed = SplitMix64(
      seed: random.next() &+ UInt64(bitPattern: Int64(number)) &* 0xD134_2543_DE82_EF95)
    return mixed.next()
  }

  /// How a case went.
  public struct Walk: Sendable, Equatable {
    public enum Ending: String, Sendable, Codable { case solved, handedOver, closed }
    /// What was really wrong.
    public var causes: [CauseID]
    public var minutes = 0.0
    public var questions = 0
    public var fixes: [FixID] = []
    /// Place in `fixes` of the first one that is meant for a cause at work; nil where none was tried.
    public var rightFix: Int?
    /// 1 for the first; just before the first fix, or where the case ended without one.
    public var rankAtFirstFix: Int?
    /// 1 for the first; before the last step.
    public var rankAtEnd: Int?
    /// Minutes for whoever knows the cause from the start.
    public var leastMinutes = 0.0
    public var ending = Ending.handedOver
    /// Two faults: steps from where no single cause explains what is known any more until that was said. nil: not said, or no need to.
    public var stepsToContradictionSaid: Int?
    public var hasContradiction = false
    /// "One cause does not explain this" was said at some step.
    public var saidToBeMore = false
    /// Two faults: whether both were named.
    public var pairNamed = false
  }

  /// Plans that were made once already.
  public struct Memory: Sendable {
    struct Situation: Hashable {
      var findings: [FindingID: OutcomeID]
      var failed: Set<FixID>
      var asked: Set<QuestionID>
    }
    struct Seen {
      var next: NextStep
      var ranks: [CauseID]
      var oneCauseExplains: Bool
      var pair: CausePair?
    }
    var seen: [Situation: Seen] = [:]
    static let capacity = 20_000
    public init() {}
  }

  /// Plays one case.
  ///
  /// - Parameter memory: Kept from case to case it saves planning equal situations again.
  public func play(_ way: Way, seed: UInt64, memory: inout Memory) -> Walk {
    var player = Player(self, seed: seed)
    switch way {
    case .planner: player.plan(&memory)
    case .checklist: player.check()
    case .article: player.tryAll(Self.articleFixes)
    case .nearest: player.guess { $0.nearest }
    case .likeliest: player.guess { $0.likeliest }
    }
    return player.walk
  }

  /// What is known before each step of the planner's way through one case.
  public func situations(seed: UInt64) -> [Evidence] {
    var player = Player(self, seed: seed)
    var memory = Memory()
    player.plan(&memory)
    return player.trail
  }

  /// "General Remote Desktop connection troubleshooting", Microsoft Learn, section by section: what is checked, and what each fault found
  /// is mended with.
  static let checklist: [(question: QuestionID, fixes: [OutcomeID: FixID])] = [
    ("rdp-setting", ["denied-local": "enable-rdp", "denied-policy": "rdp-policy-not-configured"]),
    (
      "termservice-state",
      [
        "stopped": "start-termservice", "disabled": "start-termservice",
        "start-pending": "kill-hung-termservice", "missing": "restore-termservice-registration",
      ]
    ),
    ("listener-state", ["down": "restart-termservice", "missing": "recreate-listener"]),
    (
      "listener-certificate",
      ["gone": "renew-selfsigned-certificate", "without-key": "renew-selfsigned-certificate"]
    ),
    (
      "key-folder-rights",
      [
        "network-service-missing": "repair-machinekeys",
        "folder-rights-missing": "repair-machinekeys",
      ]
    ),
    ("port-owner", ["other-port": "set-port-back", "other-program": "free-port"]),
    ("firewall-rules", ["off": "open-firewall-group", "blocked-by-policy": "allow-rdp-by-policy"]),
  ]

  /// The steps of a typical article on 0x3/0x7, from top to bottom.
  static let articleFixes: [FixID] = [
    "connect-admin-session", "trust-issuer", "start-essential-services",
    "restart-connection-broker",
    "nla-policy-not-configured", "restart-host", "open-firewall-group",
  ]
}

/// One case on its way.
private struct Player {
  let simulation: Simulation
  let drawn: SimulatedCase
  var evidence: Evidence
  var walk: Simulation.Walk
  /// What was known before each planned step.
  private(set) var trail: [Evidence] = []
  /// Faults that are still there.
  private var left: [CauseID]

  private var world: SimulatedWorld { simulation.world }
  private static let mostSteps = 200
  /// ln 50: the findings are fifty times as likely under the two faults as under any single cause.
  private static let contradiction = 3.912

  init(_ simulation: Simulation, seed: UInt64) {
    self.simulation = simulation
    drawn = simulation.world.draw(seed: seed, faults: simulation.faults)
    evidence = Evidence(findings: drawn.findings, isComplaint: true)
    if let code = drawn.code { evidence.add(.reported(code)) }
    left = drawn.causes
    walk = Simulation.Walk(causes: drawn.causes)
    walk.leastMinutes = drawn.causes.reduce(0) { $0 + simulation.world.leastMinutes($1) }
  }

  // MARK: Steps

  private mutating func ask(_ question: Question) -> OutcomeID {
    walk.minutes += question.cost
    walk.questions += 1
    let answer = world.answer(question, drawn, known: evidence, lies: simulation.lies)
    evidence.add(answer: answer, to: question)
    return answer
  }

  /// - Returns: True when the case is solved.
  private mutating func attempt(_ fix: Fix) -> Bool {
    walk.minutes += fix.cost
    walk.fixes.append(fix.id)
    if walk.rightFix == nil,
      drawn.causes.contains(where: { world.strength(of: fix.id, for: $0) > 0 })
    {
      walk.rightFix = walk.fixes.count - 1
    }
    let before = left.count
    left = left.filter { !world.cures(fix.id, $0, in: drawn) }
    if left.isEmpty {
      walk.ending = .solved
      return true
    }
    evidence.failedFixes.append(fix.id)
    if left.count < before {
      // What is looked at again shows the fault that is left.
      for finding in world.findings(left, seed: drawn.seed) { evidence.add(finding) }
    }
    return false
  }

  private mutating func handOver() {
    walk.minutes += StepPlanner.escalation
    walk.ending = .handedOver
  }

  private mutating func close() {
    walk.minutes += StepPlanner.closing
    walk.ending = .closed
    // Whoever was sent away calls again.
    if drawn.causes != [Cause.healthy] { handOver() }
  }

  // MARK: Ways

  mutating func plan(_ memory: inout Simulation.Memory) {
    var contradictedAt: Int?
    for step in 0..<Self.mostSteps {
      trail.append(evidence)
      let seen = look(&memory)
      let rank = seen.ranks.firstIndex { drawn.causes.contains($0) }.map { $0 + 1 }
      walk.rankAtEnd = rank
      if walk.fixes.isEmpty { walk.rankAtFirstFix = rank }
      watch(seen, step, &contradictedAt)
      switch seen.next {
      case .question(let id):
        guard let question = world.knowledge.question(id) else { return handOver() }
        _ = ask(question)
      case .fix(let id):
        guard let fix = world.knowledge.fix(id) else { return handOver() }
        if attempt(fix) { return }
      case .escalate: return handOver()
      case .none: return close()
      }
    }
    handOver()
  }

  private func look(_ memory: inout Simulation.Memory) -> Simulation.Memory.Seen {
    let situation = Simulation.Memory.Situation(
      findings: Dictionary(
        evidence.findings.compactMap { finding in finding.outcome.map { (finding.id, $0) } },
        uniquingKeysWith: { $1 }), failed: Set(evidence.failedFixes), asked: evidence.askedQuestions
    )
    if let seen = memory.seen[situation] { return seen }
    let assessment = simulation.believed.look(evidence)
    let seen = Simulation.Memory.Seen(
      next: assessment.next, ranks: assessment.ranking.prefix(10).map(\.cause),
      oneCauseExplains: assessment.oneCauseExplains, pair: assessment.pair)
    if memory.seen.count < Simulation.Memory.capacity { memory.seen[situation] = seen }
    return seen
  }

  /// Two faults: when what is known first speaks against each of them alone, and when that was said.
  private mutating func watch(
    _ seen: Simulation.Memory.Seen, _ step: Int, _ contradictedAt: inout Int?
  ) {
    if contradictedAt == nil, drawn.causes.count == 2,
      world.assessor.contradiction(drawn.causes[0], drawn.causes[1], evidence) > Self.contradiction
    {
      contradictedAt = step
      walk.hasContradiction = true
    }
    guard !seen.oneCauseExplains else { return }
    walk.saidToBeMore = true
    if let start = contradictedAt, walk.stepsToContradictionSaid == nil {
      walk.stepsToContradictionSaid = step - start
    }
    if let pair = seen.pair, Set(drawn.causes) == [pair.first, pair.second] {
      walk.pairNamed = true
    }
  }

  mutating func check() {
    for item in Simulation.checklist {
      guard let question = world.knowledge.question(item.question) else { continue }
      let answer = ask(question)
      if let id = item.fixes[answer], let fix = world.knowledge.fix(id), attempt(fix) { return }
    }
    handOver()
  }

  mutating func tryAll(_ fixes: [FixID]) {
    for id in fixes {
      if let fix = world.knowledge.fix(id), attempt(fix) { return }
    }
    handOver()
  }

  /// Fixes without questions, until none is left that could help.
  mutating func guess(_ choose: (Player) -> FixID?) {
    for _ in 0..<Self.mostSteps {
      guard let id = choose(self), let fix = world.knowledge.fix(id) else { break }
      if attempt(fix) { return }
    }
    handOver()
  }

  /// The nearest fix for a cause that holds at least one in fifty.
  var nearest: FixID? {
    let places: [Fix.Place] = [.client, .server, .gateway, .broker, .domain, .network]
    return candidates(from: 0.02).min { left, right in
      let (first, second) = (
        places.firstIndex(of: left.place) ?? 0, places.firstIndex(of: right.place) ?? 0
      )
      return (first, left.cost, left.id) < (second, right.cost, right.id)
    }?.id
  }

  /// The surest fix of the likeliest cause that has one left.
  var likeliest: FixID? {
    for ranked in simulation.believed.rank(evidence) where ranked.probability >= 0.02 {
      let cures = (world.knowledge.cause(ranked.cause)?.cures ?? []).filter { isUsable($0.fix) }
      if let best = cures.max(by: { $0.strength.probability < $1.strength.probability }) {
        return best.fix
      }
    }
    return nil
  }

  private func candidates(from least: Double) -> [Fix] {
    let causes = Set(
      simulation.believed.rank(evidence).filter { $0.probability >= least }.map(\.cause))
    let ids = Set(
      world.knowledge.causes.filter { causes.contains($0.id) }.flatMap { $0.cures.map(\.fix) })
    return ids.filter(isUsable).compactMap { world.knowledge.fix($0) }
  }

  private func isUsable(_ fix: FixID) -> Bool {
    !walk.fixes.contains(fix) && world.knowledge.fix(fix)?.weakening == nil
  }
}
