import Diagnosis
import Facts
import Testing

/// A host whose port is silent: what has to be done on it waits for a way in.
@Suite struct WayInTests {
  static let base = KnowledgeBase(
    causes: [
      Cause(id: "healthy", title: "Nothing is wrong", phase: .session),
      Cause(id: "unknown", title: "None of the known causes", phase: .session),
      Cause(
        id: "blocked", title: "A rule blocks the port", phase: .tcp, baseRate: 50,
        expects: ["tcp.port": ["silent": .always], "ask.rule": ["blocks": .always]],
        cures: [.init(fix: "open-rule", strength: .often)]),
      Cause(
        id: "stopped", title: "The service is stopped", phase: .tcp, baseRate: 50,
        expects: ["tcp.port": ["silent": .always], "ask.rule": ["allows": .always]],
        cures: [.init(fix: "start", strength: .often)]),
    ],
    fixes: [
      Fix(
        id: "open-rule", title: "Open the rule", place: .server,
        commands: [.init(door: .winrm, shell: .powershell, text: "x")], minutes: 30),
      Fix(
        id: "start", title: "Start the service", place: .server,
        commands: [.init(door: .winrm, shell: .powershell, text: "x")], minutes: 30),
    ],
    questions: [
      Question(
        id: "rule", ask: "What does the rule say?", place: .server, minutes: 1,
        choices: [
          .init(id: "blocks", text: "It blocks", base: .often),
          .init(id: "allows", text: "It allows", base: .often),
        ]),
      Question(
        id: "console-view", ask: "What does its screen show?", minutes: 4,
        choices: [
          .init(id: "on-and-fine", text: "It runs", base: .often),
          .init(id: "on-without-network", text: "It runs alone", base: .rarely),
          .init(id: "off-or-asleep", text: "It is off", base: .sometimes),
        ]),
    ],
    findings: [
      FindingEntry(
        id: "tcp.port", title: "TCP port", layer: .tcp,
        outcomes: [
          .init(id: "open", base: .usually, isFine: true), .init(id: "silent", base: .sometimes),
        ])
    ], codes: [], pairs: [])
  let assessor = Assessor(knowledge: base)

  func evidence(_ outcomes: [FindingID: OutcomeID]) -> Evidence {
    var evidence = Evidence(isComplaint: true)
    for (id, outcome) in outcomes {
      if let question = Self.base.questions.first(where: { $0.findingID == id }) {
        evidence.add(answer: outcome, to: question)
      } else {
        evidence.add(SmallKnowledge.probe(id, outcome))
      }
    }
    return evidence
  }

  @Test func theWayInIsAskedForBeforeWhatIsFoundOutOnTheHost() throws {
    let steps = assessor.alternatives(evidence(["tcp.port": "silent", "doors.winrm": "silent"]))
    #expect(steps.first?.step == .question("console-view"))
    let waiting = try #require(steps.dropFirst().first)
    #expect(waiting.step == .question("rule"))
    #expect(waiting.expectedMinutes == steps.first?.expectedMinutes)
  }

  @Test(
    arguments: [
      ["tcp.port": "silent", "doors.winrm": "open"],
      ["tcp.port": "silent", "ask.console-view": "on-and-fine"],
      ["tcp.port": "open"], [:],
    ] as [[FindingID: OutcomeID]]) func withAWayInItIsNot(_ known: [FindingID: OutcomeID])
  {
    #expect(assessor.assess(evidence(known)).next == .question("rule"))
  }

  @Test func aHostThatIsOffAnswersNothing() {
    let steps = assessor.alternatives(evidence(["tcp.port": "silent", "ask.console-view": "off-or-asleep"]))
    #expect(!steps.contains { $0.step == .question("rule") })
  }

  @Test func whereNobodyCanSeeTheScreenTheStepsStay() {
    var evidence = evidence(["tcp.port": "silent"])
    evidence.askedQuestions.insert("console-view")
    #expect(assessor.assess(evidence).next == .question("rule"))
  }
}
