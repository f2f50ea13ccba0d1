import Facts
import Knowledge
import Probing
import Testing

@testable import Diagnosis

@Suite struct SimulatedWayTests {
  let base = KnowledgeSource.embedded()
  let probes = Set(ProbeRegistry.all.flatMap { $0.description.states })

  @Test func theChecklistAndTheArticleNameWhatTheKnowledgeHas() throws {
    for item in Simulation.checklist {
      let question = try #require(base.question(item.question), "\(item.question)")
      for (answer, fix) in item.fixes {
        #expect(question.choices.contains { $0.id == answer }, "\(item.question) \(answer)")
        #expect(base.fix(fix) != nil, "\(fix)")
      }
    }
    for fix in Simulation.articleFixes { #expect(base.fix(fix) != nil, "\(fix)") }
  }

  /// A few cases of the command `knowledge simulate`; the bounds leave room.
  @Test func fewCasesCostFarLessThanTheChecklist() {
    let simulation = Simulation(knowledge: base, probes: probes)
    var memory = Simulation.Memory()
    func summary(_ way: Simulation.Way) -> SimulationSummary {
      (0..<10).reduce(into: SimulationSummary()) {
        $0.add(simulation.play(way, seed: Simulation.seed(of: $1, in: 4), memory: &memory))
      }
    }
    let planned = summary(.planner)
    #expect(planned.meanMinutes < 0.75 * summary(.checklist).meanMinutes)
    #expect(planned.firstFixRight >= 0.4)
    #expect(planned.rightWithinThreeFixes >= 0.6)
  }

  /// What is known after the probes, the code and these answers.
  private func evidence(of drawn: SimulatedCase, in world: SimulatedWorld) -> Evidence {
    var evidence = Evidence(findings: drawn.findings, isComplaint: true)
    if let code = drawn.code { evidence.add(.reported(code)) }
    let asked: [QuestionID] = [
      "moment", "one-or-all-users", "since-when", "host-kind", "message", "vpn-state", "other-network",
    ]
    for question in asked.compactMap({ base.question($0) }) where evidence.allows(question) {
      evidence.add(answer: world.answer(question, drawn, known: evidence), to: question)
    }
    return evidence
  }

  @Test func oneCauseIsSaidToBeTooFewWhereThereAreTwoAndSeldomElse() {
    let simulation = Simulation(knowledge: base, probes: probes)
    let (world, assessor) = (simulation.world, simulation.world.assessor)
    func isSaid(_ evidence: Evidence) -> Bool { TwoFaults(assessor, assessor.weigh(evidence)).isLikely }
    let falseAlarms = (0..<80).count { number in
      isSaid(evidence(of: world.draw(seed: Simulation.seed(of: number, in: 5)), in: world))
    }
    #expect(falseAlarms <= 80 * 8 / 100)
    let contradicted = (0..<400).compactMap { number -> Evidence? in
      let drawn = world.draw(seed: Simulation.seed(of: number, in: 5), faults: 2)
      let evidence = evidence(of: drawn, in: world)
      return assessor.contradiction(drawn.causes[0], drawn.causes[1], evidence) > 3.912 ? evidence : nil
    }
    #expect(contradicted.count >= 10)
    #expect(Double(contradicted.count(where: isSaid)) >= 0.75 * Double(contradicted.count))
  }

  @Test func aSilentHostIsLookedAtBeforeAnythingIsDoneOnIt() throws {
    let view = try #require(base.question(Question.consoleView))
    #expect(Question.consoleIsUsable.isSubset(of: view.choices.map(\.id)))
    let silent: [FindingID: OutcomeID] = [
      "dns.lookup": "resolved", "tcp.port": "silent", "doors.smb": "silent", "doors.winrm": "silent",
      "doors.rpc": "silent", "doors.ssh": "silent", "doors.https-console": "silent",
    ]
    let evidence = Evidence(
      findings: silent.map { Finding($0.key, .answered($0.value), summary: "") }, isComplaint: true)
    let assessor = Assessor(knowledge: base)
    let assessment = assessor.assess(evidence)
    #expect(assessment.ranking.first?.cause == "net-host-down")
    // Waking it needs nobody on it; whatever does comes after the look at its screen.
    let fixes = assessment.plan.compactMap { if case .fix(let id) = $0.step { base.fix(id) } else { nil } }
    #expect(fixes.first?.id == "wake-host")
    var later = evidence
    later.failedFixes = ["wake-host"]
    for since in ["suddenly", "never-worked", "since-update-day"] as [OutcomeID] {
      later.add(answer: since, to: try #require(base.question("since-when")))
      guard case .question(let id) = assessor.assess(later).next else {
        Issue.record("no question after \(since)")
        continue
      }
      #expect(base.question(id)?.place != .server, "\(id)")
    }
  }
}
