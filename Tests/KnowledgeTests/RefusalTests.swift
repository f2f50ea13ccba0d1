import Diagnosis
import Facts
import Knowledge
import Testing

/// The story that the program was made for: error code 0x3, extended 0x7, and every layer answers as it should.
@Suite struct RefusalTests {
  let base: KnowledgeBase
  let assessor: Assessor

  init() {
    base = KnowledgeSource.embedded()
    assessor = Assessor(knowledge: base)
  }

  var clean: Evidence {
    var evidence = Evidence(
      findings: base.findings.compactMap { entry in
        guard let layer = entry.layer, layer < .authorise, let fine = entry.outcomes.first(where: \.isFine)
        else {
          return nil
        }
        return Finding(entry.id, .answered(fine.id), summary: "")
      }, isComplaint: true)
    evidence.add(.reported(ReportedCode(code: 3, extended: 7)))
    return evidence
  }

  static let family: Set<CauseID> = [
    "brk-service-down", "brk-leftover-role", "brk-no-loadbalanceinfo", "ses-drain", "ses-logon-disabled",
    "ses-limit",
  ]

  @Test func noEarlierLayerRanksAboveTheRefusingFamily() throws {
    let ranking = assessor.rank(clean)
    let last = try #require(ranking.lastIndex { Self.family.contains($0.cause) })
    for ranked in ranking[..<last] {
      let phase = try #require(base.cause(ranked.cause)).phase
      #expect(![.name, .tcp, .x224, .tls].contains(phase), "\(ranked.cause) ranks above one of the family")
    }
    #expect(Self.family.contains(try #require(ranking.first).cause))
  }

  @Test func theFirstStepSeparatesTheFamily() throws {
    let next = assessor.assess(clean).next
    guard case .question(let id) = next, let question = base.question(id) else {
      guard case .fix(let fix) = next else {
        Issue.record("the first step is \(next)")
        return
      }
      #expect(
        base.causes.contains { cause in
          Self.family.contains(cause.id) && cause.cures.contains { $0.fix == fix }
        })
      return
    }
    let leaders = question.choices.map { choice -> Set<CauseID> in
      var evidence = clean
      evidence.add(answer: choice.id, to: question)
      return Set(assessor.rank(evidence).prefix(2).map(\.cause))
    }
    #expect(Set(leaders).count > 1, "whatever is answered to \(id), the same causes lead")
  }

  @Test func rereadingTheCodeLeadsToTheDisplayDriver() throws {
    let question = try #require(base.question("reread-code"))
    var evidence = clean
    evidence.add(answer: "ext-0x11", to: question)
    #expect(assessor.rank(evidence).first?.cause == "ses-display-driver")
  }

  @Test func aCleanHostWithoutAComplaintIsHealthy() {
    let findings = clean.findings.filter { $0.id != .codeReported }
    let assessment = assessor.assess(Evidence(findings: findings))
    #expect(assessment.ranking.first?.cause == Cause.healthy)
    #expect(assessment.next == .none)
  }
}
