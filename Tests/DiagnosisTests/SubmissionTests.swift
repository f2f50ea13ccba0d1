import Diagnosis
import Facts
import Testing

/// What was handed in, in a case.
@Suite struct SubmissionTests {
  static let knowledge = KnowledgeBase(
    causes: SmallKnowledge.base.causes, fixes: SmallKnowledge.base.fixes,
    questions: [
      Question(
        id: "who", ask: "One user or all?",
        choices: [
          .init(id: "one", text: "One", base: .often), .init(id: "all", text: "All", base: .sometimes),
        ],
        reads: ["paste.users": ["few": "one", "every": "all"]])
    ],
    findings: SmallKnowledge.base.findings + [
      FindingEntry(
        id: "paste.users", title: "Users", outcomes: [.init(id: "few"), .init(id: "every"), .init(id: "odd")])
    ], codes: [], pairs: SmallKnowledge.base.pairs)

  func evidence(_ events: Case.Event...) -> Evidence {
    Evidence(
      Case(id: "x", entries: events.map { .init(time: Timestamp(seconds: 0), person: "anna", event: $0) }),
      knowledge: Self.knowledge)
  }

  func users(_ outcome: OutcomeID) -> Finding {
    Finding("paste.users", .answered(outcome), source: .paste, summary: "users")
  }

  @Test func aReadingAnswersItsQuestionAndIsKeptBesideIt() {
    let evidence = evidence(.submitted("users", [users("every")]))
    #expect(evidence.outcome(of: "ask.who") == "all")
    #expect(evidence.findings.first { $0.id == "ask.who" }?.source == .paste)
    #expect(evidence.outcome(of: "paste.users") == "every")
    #expect(evidence.askedQuestions == ["who"])
  }

  @Test func anOutcomeWithoutAChoiceLeavesTheQuestionOpen() {
    let evidence = evidence(.submitted("users", [users("odd")]))
    #expect(evidence.outcome(of: "ask.who") == nil)
    #expect(evidence.askedQuestions.isEmpty)
  }

  @Test func aReadingCountsOnce() {
    let assessor = Assessor(knowledge: Self.knowledge)
    var told = Evidence(isComplaint: true)
    told.add(answer: "all", to: Self.knowledge.questions[0])
    let read = evidence(.submitted("users", [users("every")]))
    for (left, right) in zip(assessor.rank(told), assessor.rank(read)) {
      #expect(left.cause == right.cause)
      #expect(left.because == right.because)
      #expect(abs(left.probability - right.probability) < 1e-9)
    }
  }

  @Test func aReadingWinsOverWhatAPersonSaidUntilItIsWithdrawn() {
    let said = Case.Event.answered("who", "one")
    #expect(evidence(.submitted("users", [users("every")]), said).outcome(of: "ask.who") == "all")
    let taken = evidence(.submitted("users", [users("every")]), said, .submissionWithdrawn("users"))
    #expect(taken.outcome(of: "ask.who") == "one")
    #expect(taken.outcome(of: "paste.users") == nil)
  }

  @Test func theSameOutputHandedInAgainTakesThePlaceOfTheFirst() {
    let evidence = evidence(.submitted("users", [users("few")]), .submitted("users", [users("every")]))
    #expect(evidence.outcome(of: "ask.who") == "all")
    #expect(evidence.findings.count { $0.id == "paste.users" } == 1)
  }

  @Test func aCodeThatWasReadOffTheScreenStays() {
    let logged = Finding(
      .codeReported, .answered("0x204"), source: .file("client.evtx"), summary: "The log shows 0x204.")
    let read = ReportedCode(code: 3, extended: 7)
    #expect(
      evidence(.submitted("log", [logged]), .codeReported(read)).outcome(of: .codeReported) == "0x3/0x7")
    #expect(evidence(.submitted("log", [logged]), .codeReported(nil)).outcome(of: .codeReported) == "0x204")
  }
}
