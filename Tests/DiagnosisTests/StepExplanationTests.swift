import Diagnosis
import Facts
import Testing

@Suite struct StepExplanationTests {
  let assessor = Assessor(knowledge: SmallKnowledge.base)
  let refusal = Evidence(findings: [SmallKnowledge.code("0x3/0x7")], isComplaint: true)

  @Test func theStepThatIsExplainedIsTheNextOne() throws {
    let assessment = assessor.assess(refusal)
    let explanation = try #require(assessor.explain(refusal))
    #expect(explanation.step == assessment.next)
    #expect(explanation.best == assessment.plan.first)
    #expect(explanation.price == 0)
    let second = try #require(explanation.second)
    #expect(second.step != explanation.step)
    #expect(second.expectedMinutes >= explanation.expectedMinutes)
  }

  @Test func everyAnswerOfAQuestionSaysWhatItLeadsTo() throws {
    let explanation = try #require(assessor.explain(refusal))
    #expect(explanation.step == .question("who"))
    #expect(Set(explanation.concerns.map(\.cause)) == ["drain", "right"])
    #expect(abs(explanation.outlooks.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    let all = try #require(explanation.outlooks.first { $0.event == .answer("all") })
    #expect(all.leader?.cause == "drain")
    #expect(all.next?.step == .fix("end-drain"))
    let probabilities = explanation.outlooks.map(\.probability)
    #expect(probabilities == probabilities.sorted { $0 > $1 })
  }

  @Test func aFixHelpsOrItDoesNot() throws {
    let explanation = try #require(assessor.explain(refusal, step: .fix("end-drain")))
    #expect(Set(explanation.outlooks.map { "\($0.event)" }) == ["cured", "failed"])
    let failed = try #require(explanation.outlooks.first { $0.event == .failed })
    #expect(failed.leader?.cause != "drain")
    #expect(failed.next?.step != .fix("end-drain"))
    #expect(explanation.cureProbability == explanation.outlooks.first { $0.event == .cured }?.probability)
  }

  @Test func forcingAStepNeverCostsLessThanTheChoice() throws {
    let steps: [NextStep] = [
      .fix("end-drain"), .fix("add-right"), .fix("start"), .question("reread"), .escalate(to: .network),
    ]
    for step in steps {
      let explanation = try #require(assessor.explain(refusal, step: step), "\(step)")
      #expect(explanation.price >= 0)
      #expect(explanation.expectedMinutes == explanation.best.expectedMinutes + explanation.price)
      #expect(!explanation.why(SmallKnowledge.base).isEmpty)
    }
    let handingOver = try #require(assessor.explain(refusal, step: .escalate(to: .network)))
    #expect(handingOver.outlooks.isEmpty)
    #expect(handingOver.price > 0)
  }

  @Test func aStepThatCannotBeTakenHasNoPrice() {
    var evidence = refusal
    evidence.failedFixes = ["end-drain"]
    #expect(assessor.explain(evidence, step: .fix("end-drain")) == nil)
    #expect(assessor.explain(evidence, step: .fix("no-such-fix")) == nil)
    #expect(assessor.explain(Evidence(isComplaint: true), step: .question("reread")) == nil)
  }

  @Test func aQuestionAboutAFixWaitsUntilItHasFailed() {
    let base = SmallKnowledge.base
    let after = Question(
      id: "after-start", ask: "Does the service stop again?",
      choices: [.init(id: "stops", text: "Yes"), .init(id: "stays", text: "No")],
      needs: ["tried.start": ["failed"]])
    let assessor = Assessor(
      knowledge: KnowledgeBase(
        causes: base.causes, fixes: base.fixes, questions: base.questions + [after],
        findings: base.findings, codes: base.codes, pairs: base.pairs))
    var evidence = Evidence(findings: [SmallKnowledge.probe("tcp.port", "refused")], isComplaint: true)
    #expect(assessor.explain(evidence, step: .question("after-start")) == nil)
    evidence.usedFixes = ["start"]
    #expect(assessor.explain(evidence, step: .question("after-start")) == nil)
    evidence.usedFixes = []
    evidence.failedFixes = ["start"]
    #expect(assessor.explain(evidence, step: .question("after-start")) != nil)
  }

  @Test func theReasonNamesWhatTheAnswerTellsApartAndTheSecondStep() throws {
    let why = try #require(assessor.explain(refusal)).why(SmallKnowledge.base)
    #expect(why.contains("“Drain mode”"))
    #expect(why.contains("“No logon right”"))
    #expect(why.contains("Second best"))
  }
}

@Suite struct ContradictionTests {
  let assessor = Assessor(knowledge: SmallKnowledge.base)

  func contradictions(_ findings: Finding...) -> [Contradiction] {
    assessor.assess(Evidence(findings: findings, isComplaint: true)).contradictions
  }

  @Test func aCodeBehindALayerThatIsBrokenFromHereIsNamed() throws {
    let found = contradictions(SmallKnowledge.code("0x3/0x7"), SmallKnowledge.probe("tcp.port", "refused"))
    let contradiction = try #require(found.first)
    #expect(found.count == 1)
    #expect(contradiction.layer == .tcp)
    #expect(contradiction.finding == "tcp.port")
    let sentence = contradiction.sentence(SmallKnowledge.base)
    #expect(sentence.contains("0x3/0x7"))
    #expect(sentence.contains("TCP port"))
  }

  @Test func aFlawThatTheConnectionSurvivesIsNone() {
    let open = SmallKnowledge.probe("tcp.port", "open")
    let code = SmallKnowledge.code("0x3/0x7")
    #expect(contradictions(code, open).isEmpty)
    // Nothing needs the handshake to have completed.
    #expect(contradictions(code, open, SmallKnowledge.probe("tls.handshake", "closed")).isEmpty)
    #expect(contradictions(SmallKnowledge.probe("tcp.port", "refused")).isEmpty)
  }
}
