import Diagnosis
import Facts
import Testing

@Suite struct AssessorTests {
  let assessor = Assessor(knowledge: SmallKnowledge.base)

  func first(_ findings: Finding..., complaint: Bool = true) -> CauseID? {
    assessor.rank(Evidence(findings: findings, isComplaint: complaint)).first?.cause
  }

  @Test func probabilitiesSumToOneAndAreNeverCertain() {
    let many = (0..<2000).map { SmallKnowledge.probe(FindingID("extra.\($0)"), "x") }
    let ranking = assessor.rank(Evidence(findings: many + [SmallKnowledge.probe("tcp.port", "refused")]))
    #expect(abs(ranking.reduce(0) { $0 + $1.probability } - 1) < 1e-9)
    #expect(ranking.allSatisfy { $0.probability > 0 && $0.probability < 0.995 && $0.probability.isFinite })
  }

  /// A world in which 3,000 findings all say the same.
  static func agreeing(_ count: Int) -> (assessor: Assessor, evidence: Evidence) {
    let ids = (0..<count).map { FindingID("sign.\($0)") }
    let knowledge = KnowledgeBase(
      causes: [
        Cause(
          id: "this", title: "This", phase: .session,
          expects: Dictionary(uniqueKeysWithValues: ids.map { ($0, ["seen": .always]) }),
          cures: [.init(fix: "mend", strength: .usually)]),
        Cause(
          id: "that", title: "That", phase: .session,
          expects: Dictionary(uniqueKeysWithValues: ids.map { ($0, ["seen": .never]) }),
          cures: [.init(fix: "other", strength: .usually)]),
        Cause(id: "unknown", title: "Unknown", phase: .session),
      ],
      fixes: [Fix(id: "mend", title: "Mend"), Fix(id: "other", title: "Other")], questions: [],
      findings: ids.map {
        FindingEntry(id: $0, title: "Sign", outcomes: [.init(id: "seen"), .init(id: "not-seen")])
      }, codes: [], pairs: [])
    let evidence = Evidence(
      findings: ids.map { Finding($0, .answered("seen"), summary: "") }, isComplaint: true)
    return (Assessor(knowledge: knowledge), evidence)
  }

  @Test func thousandsOfFindingsThatAgreeStayFiniteAndShortOfCertainty() throws {
    let (assessor, evidence) = Self.agreeing(3000)
    let assessment = assessor.assess(evidence)
    let first = try #require(assessment.ranking.first)
    #expect(first.cause == "this")
    #expect(first.probability > 0.95 && first.probability < 0.995)
    #expect(assessment.ranking.allSatisfy { $0.probability > 0 && $0.probability.isFinite })
    #expect(assessment.ranking.allSatisfy { $0.because.allSatisfy { $0.effect.isFinite } })
    #expect(assessment.plan.allSatisfy { $0.expectedMinutes.isFinite })
    #expect(assessment.next == .fix("mend"))
  }

  @Test func anUnrelatedCauseUpsetsNoOther() throws {
    let base = SmallKnowledge.base
    let more = KnowledgeBase(
      causes: base.causes + [
        Cause(
          id: "aside", title: "Something else", phase: .client, baseRate: 1,
          expects: ["ask.other": ["yes": .always]], cures: [.init(fix: "mend-aside", strength: .always)])
      ], fixes: base.fixes + [Fix(id: "mend-aside", title: "Mend that")],
      questions: base.questions + [
        Question(
          id: "other", ask: "Something else?",
          choices: [.init(id: "yes", text: "Yes"), .init(id: "no", text: "No")])
      ], findings: base.findings, codes: base.codes, pairs: base.pairs)
    let evidence = Evidence(findings: [SmallKnowledge.code("0x3/0x7")], isComplaint: true)
    let alone = assessor.assess(evidence)
    let beside = Assessor(knowledge: more).assess(evidence)
    #expect(beside.next == alone.next)
    #expect(beside.ranking.map(\.cause).filter { $0 != "aside" } == alone.ranking.map(\.cause))
    for ranked in alone.ranking {
      let again = try #require(beside.ranking.first { $0.cause == ranked.cause })
      #expect(abs(again.probability - ranked.probability) < 0.02 * ranked.probability)
    }
  }

  @Test func theOrderInWhichKnowledgeAndFindingsComeChangesNothing() {
    let base = SmallKnowledge.base
    let backwards = KnowledgeBase(
      causes: base.causes.reversed(), fixes: base.fixes.reversed(), questions: base.questions.reversed(),
      findings: base.findings.reversed(), codes: base.codes, pairs: base.pairs)
    let findings = [SmallKnowledge.code("0x3/0x7"), SmallKnowledge.probe("tcp.port", "open")]
    let forth = assessor.assess(Evidence(findings: findings, isComplaint: true))
    let back = Assessor(knowledge: backwards).assess(
      Evidence(findings: findings.reversed(), isComplaint: true))
    #expect(back.next == forth.next)
    #expect(back.plan.map(\.step) == forth.plan.map(\.step))
    #expect(back.ranking.map(\.cause) == forth.ranking.map(\.cause))
  }

  @Test func aRefusedPortPointsToTheStoppedService() {
    #expect(first(SmallKnowledge.probe("tcp.port", "refused")) == "stopped")
    #expect(first(SmallKnowledge.probe("tcp.port", "silent")) == "firewall")
  }

  @Test func aHostWithoutAFaultIsHealthyUntilSomebodyComplains() {
    let fine = [SmallKnowledge.probe("tcp.port", "open"), SmallKnowledge.probe("tls.handshake", "completed")]
    #expect(assessor.rank(Evidence(findings: fine)).first?.cause == "healthy")
    let complained = assessor.rank(Evidence(findings: fine, isComplaint: true))
    #expect(complained.first?.cause != "healthy")
  }

  @Test func whatCannotExistDoesNotCount() {
    let refused = SmallKnowledge.probe("tcp.port", "refused")
    let alone = assessor.rank(Evidence(findings: [refused]))
    let withTLS = assessor.rank(
      Evidence(findings: [refused, SmallKnowledge.probe("tls.handshake", "closed")]))
    #expect(alone == withTLS)
  }

  @Test func inconclusiveFindingsAreNoEvidence() {
    let silent = Finding("tcp.port", .inconclusive(.cancelled), summary: "cancelled")
    #expect(assessor.rank(Evidence(findings: [silent])) == assessor.rank(Evidence()))
  }

  @Test func aCodeThatProvesLayersPutsTheirCausesLast() throws {
    let ranking = assessor.rank(Evidence(findings: [SmallKnowledge.code("0x3/0x7")], isComplaint: true))
    #expect(ranking.first?.cause == "drain")
    let place = { (id: CauseID) in ranking.firstIndex { $0.cause == id } ?? -1 }
    #expect(place("stopped") > place("right"))
    #expect(place("firewall") > place("right"))
  }

  @Test func aFailedFixLowersWhatItCures() throws {
    var evidence = Evidence(findings: [SmallKnowledge.probe("tcp.port", "refused")], isComplaint: true)
    let before = try #require(assessor.rank(evidence).first { $0.cause == "stopped" })
    evidence.failedFixes = ["start"]
    let after = try #require(assessor.rank(evidence).first { $0.cause == "stopped" })
    #expect(after.probability < before.probability / 2)
    #expect(after.because.contains { $0.evidence == .failedFix("start") && $0.effect < 0 })
  }

  @Test func everyReasonIsTheRatioOfItsFinding() throws {
    let ranking = assessor.rank(Evidence(findings: [SmallKnowledge.probe("tcp.port", "refused")]))
    let stopped = try #require(ranking.first { $0.cause == "stopped" })
    #expect(stopped.because.map(\.evidence) == [.finding("tcp.port", "refused")])
    #expect((stopped.because.first?.effect ?? 0) > 1)
  }

  @Test func twoFaultsAtOnceAreNamedAsAPair() {
    let evidence = Evidence(
      findings: [
        SmallKnowledge.probe("tcp.port", "refused"), SmallKnowledge.code("0x3/0x7"),
        SmallKnowledge.probe("ask.who", "all"),
      ], isComplaint: true)
    let pair = assessor.assess(evidence).pair
    #expect(pair?.first == "stopped" && pair?.second == "drain")
    #expect(assessor.assess(Evidence(findings: [SmallKnowledge.probe("tcp.port", "refused")])).pair == nil)
  }

  @Test func fixesThatFailAreNoTwoFaultsWhileOneExplainsTheFindings() {
    let evidence = Evidence(
      findings: [SmallKnowledge.probe("tcp.port", "refused"), SmallKnowledge.code("0x204")],
      failedFixes: ["start", "open-port"], isComplaint: true)
    #expect(assessor.assess(evidence).oneCauseExplains)
  }

  @Test func anAnswerThatCorrectsTheCodeReplacesIt() throws {
    let question = try #require(SmallKnowledge.base.question("reread"))
    var evidence = Evidence(findings: [SmallKnowledge.code("0x3/0x7")], isComplaint: true)
    evidence.add(answer: "nine", to: question)
    #expect(evidence.outcome(of: "code.reported") == "0x3/0x9")
    #expect(assessor.rank(evidence).first?.cause == "right")
  }

  @Test func equalEvidenceGivesEqualPlans() {
    let evidence = Evidence(findings: [SmallKnowledge.code("0x3/0x7")], isComplaint: true)
    #expect(assessor.assess(evidence) == Assessor(knowledge: SmallKnowledge.base).assess(evidence))
  }
}

@Suite struct NextStepTests {
  let assessor = Assessor(knowledge: SmallKnowledge.base)

  @Test func theStepThatSeparatesComesBeforeTheGuess() {
    let evidence = Evidence(findings: [SmallKnowledge.code("0x3/0x7")], isComplaint: true)
    #expect(assessor.assess(evidence).next == .question("who"))
  }

  @Test func aClearCauseGetsItsFix() {
    let evidence = Evidence(findings: [SmallKnowledge.probe("tcp.port", "refused")], isComplaint: true)
    #expect(assessor.assess(evidence).next == .fix("start"))
  }

  @Test func weakeningWaitsUntilNoSafeFixIsLeft() {
    var evidence = Evidence(
      findings: [SmallKnowledge.code("0x3/0x9"), SmallKnowledge.probe("ask.who", "one")],
      askedQuestions: ["who", "reread"], isComplaint: true)
    #expect(assessor.assess(evidence).next == .fix("add-right"))
    #expect(!assessor.assess(evidence).plan.contains { $0.step == .fix("nla-off") })
    evidence.usedFixes = ["add-right"]
    #expect(assessor.assess(evidence).next == .fix("nla-off"))
  }

  @Test func aHealthyHostNeedsNothing() {
    let evidence = Evidence(
      findings: [
        SmallKnowledge.probe("tcp.port", "open"), SmallKnowledge.probe("tls.handshake", "completed"),
      ],
      askedQuestions: ["who"])
    #expect(assessor.assess(evidence).next == .none)
  }

  @Test func whenNothingIsLeftTheCaseIsHandedOver() {
    let evidence = Evidence(
      findings: [SmallKnowledge.probe("tcp.port", "refused")],
      failedFixes: ["start", "open-port", "end-drain", "nla-off", "add-right"],
      askedQuestions: ["who", "reread"],
      isComplaint: true)
    guard case .escalate = assessor.assess(evidence).next else {
      Issue.record("expected to hand over, got \(assessor.assess(evidence).next)")
      return
    }
  }
}

@Suite struct PlannerTests {
  @Test func theBasePolicyOrdersByChancePerCost() {
    let model = PlanningModel(
      priors: [0.5, 0.3, 0.2],
      actions: [
        .init(cost: 10, cures: [(0, 1)]), .init(cost: 2, cures: [(1, 1)]), .init(cost: 1, cures: [(2, 0.5)]),
      ], questions: [], escalationCost: 100)
    #expect(Planner(model).sequence(model.priors) == [1, 2, 0])
    // 2 + 0.7·1 + 0.6·10 + 0.1·100
    let rated = Planner(model).rated(model.priors)
    #expect(abs((rated.first?.cost ?? 0) - 18.7) < 1e-9)
    #expect(rated.first?.choice == .action(1))
  }

  @Test func aQuestionIsAskedOnlyWhereItPays() {
    func model(cost: Double) -> PlanningModel {
      PlanningModel(
        priors: [0.5, 0.5], actions: [.init(cost: 10, cures: [(0, 1)]), .init(cost: 10, cures: [(1, 1)])],
        questions: [.init(cost: cost, given: [[1, 0], [0, 1]])], escalationCost: 100)
    }
    // Without asking 15 minutes on average, with asking 10 and the question.
    #expect(Planner(model(cost: 4)).rated([0.5, 0.5]).first?.choice == .question(0))
    #expect(Planner(model(cost: 6)).rated([0.5, 0.5]).first?.choice == .action(0))
  }

  @Test func handingOverIsChosenWhenItIsCheaper() {
    let model = PlanningModel(
      priors: [1], actions: [.init(cost: 50, cures: [(0, 0.1)])], questions: [], escalationCost: 20)
    #expect(Planner(model).rated([1]).first?.choice == .escalate)
    #expect(Planner(model).rated([1]).first?.cost == 20)
  }
}

@Suite struct CommandFillingTests {
  func filled(_ text: String, _ shell: Fix.Shell, host: String = "srv01", domain: String? = nil) throws
    -> FilledCommand
  {
    var target = try Target(host)
    target.domain = domain
    return FilledCommand(.init(door: .winrm, shell: shell, text: text), target: target)
  }

  @Test func plainNamesStandBareAndScriptBlocksStay() throws {
    let command = try filled(
      "Invoke-Command -ComputerName {host} -ScriptBlock { Get-Service x }", .powershell)
    #expect(command.text == "Invoke-Command -ComputerName srv01 -ScriptBlock { Get-Service x }")
    #expect(
      try filled("mstsc /v:{connect} /admin", .cmd, host: "srv01:3390").text == "mstsc /v:srv01:3390 /admin")
  }

  @Test func oddValuesAreQuotedOrRefused() throws {
    #expect(
      try filled("nltest {domain}", .powershell, domain: "o'brien $(x)").text == "nltest 'o''brien $(x)'")
    #expect(try filled("host {domain}", .bash, domain: "a'b;c").text == #"host 'a'\''b;c'"#)
    let refused = try filled("nltest {domain}", .cmd, domain: "a&calc")
    #expect(refused.text == "nltest DOMAIN")
    #expect(refused.refusal?.contains("a&calc") == true)
    #expect(try filled("nltest {domain}", .powershell, domain: "x\u{2019}; calc").refusal != nil)
    #expect(try filled("nltest {domain}", .bash, domain: "-rf").refusal != nil)
    #expect(try filled("nltest {domain}", .bash, domain: "a\nb").refusal != nil)
  }

  @Test func whatIsNotKnownStaysVisible() throws {
    let command = try filled("nltest /dsgetdc:{domain}", .cmd)
    #expect(command.text == "nltest /dsgetdc:DOMAIN")
    #expect(command.refusal == nil)
  }
}

@Suite struct CaseTests {
  func entry(_ event: Case.Event) -> Case.Entry {
    .init(time: .init(seconds: 1), person: "kim", event: event)
  }

  @Test func aChangedAnswerTakesThePlaceOfTheOldOne() {
    let triage = Case(
      id: "c",
      entries: [
        entry(.answered("who", "one")), entry(.answered("reread", nil)), entry(.answered("who", "all")),
        entry(.answerWithdrawn("reread")),
      ])
    #expect(triage.answers.map(\.question) == ["who"])
    #expect(triage.answers.map(\.choice) == ["all"])
  }

  @Test func laterProbeRunsReplaceEarlierFindings() {
    let triage = Case(
      id: "c",
      entries: [
        entry(.probed(run: 1, [SmallKnowledge.probe("tcp.port", "refused")])),
        entry(.probed(run: 2, [SmallKnowledge.probe("tcp.port", "open")])),
      ])
    #expect(triage.probeFindings.map(\.outcome) == ["open"])
    #expect(triage.latestRun == 2)
  }

  @Test func theEndingIsForgottenWhenTheCaseIsReopened() {
    var triage = Case(id: "c", entries: [entry(.closed(.solved(by: "start")))])
    #expect(triage.ending == .solved(by: "start"))
    triage.entries.append(entry(.reopened))
    #expect(triage.ending == nil)
  }

  @Test func evidenceKnowsFailedAndSkippedFixesApart() {
    let triage = Case(
      id: "c",
      entries: [
        entry(.stepTaken("start", .done)), entry(.stepTaken("start", .failed)),
        entry(.stepTaken("end-drain", .skipped)), entry(.answered("who", nil)),
      ])
    let evidence = Evidence(triage, knowledge: SmallKnowledge.base)
    #expect(evidence.failedFixes == ["start"])
    #expect(evidence.usedFixes == ["end-drain"])
    #expect(evidence.askedQuestions == ["who"])
    #expect(evidence.findings.isEmpty)
  }
}
