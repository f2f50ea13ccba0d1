import Facts
import Testing

@testable import Diagnosis

/// Two causes in two groups, three questions.
private let small = KnowledgeBase(
  causes: [
    Cause(
      id: "client-fault", title: "The client is at fault", group: "client", phase: .client, baseRate: 10,
      expects: ["ask.other-client": ["works": .always]], needs: ["ask.system": ["linux", "mac"]],
      cures: [.init(fix: "update-client", strength: .always)]),
    Cause(
      id: "service-down", title: "The service is down", group: "listener", phase: .x224, baseRate: 30,
      expects: ["ask.other-client": ["fails": .usually]],
      cures: [.init(fix: "start-service", strength: .always)]),
    Cause(id: Cause.healthy, title: "Nothing", phase: .client, baseRate: 5),
    Cause(id: Cause.unknown, title: "Something else", phase: .client, baseRate: 5),
  ],
  fixes: [Fix(id: "update-client", title: "Update"), Fix(id: "start-service", title: "Start")],
  questions: [
    Question(
      id: "other-client", ask: "Does another client get in?",
      choices: [
        .init(
          id: "works", text: "Yes",
          phrases: ["en": ["other program works", "mstsc gets in"], "de": ["anderes programm geht"]]),
        .init(id: "fails", text: "No", phrases: ["en": ["other program fails too", "no program gets in"]]),
      ]),
    Question(
      id: "since", ask: "Since when?",
      choices: [
        .init(id: "update", text: "An update", phrases: ["en": ["since the update", "after updat*"]]),
        .init(id: "restart", text: "A restart", phrases: ["en": ["since the restart", "after reboot*"]]),
      ], circumstance: "change"),
    Question(
      id: "changed", ask: "What was changed?",
      choices: [.init(id: "updates", text: "Updates"), .init(id: "nothing", text: "Nothing")],
      circumstance: "change"),
    Question(
      id: "system", ask: "Which system has the client?",
      choices: [
        .init(id: "windows", text: "Windows", base: .usually),
        .init(id: "linux", text: "Linux", base: .rarely),
        .init(id: "mac", text: "Mac", base: .rarely),
      ], contextPlace: 1),
  ],
  findings: [], codes: [], pairs: [])

private func story(
  _ id: StoryID, _ known: [QuestionID: OutcomeID], truth: [CauseID] = ["client-fault"]
) -> Story {
  Story(id: id, source: "a test", told: "It fails.", known: known, truth: truth, cured: "Mended.")
}

private func evidence(_ answers: [QuestionID: OutcomeID]) -> Evidence {
  var evidence = Evidence(isComplaint: true)
  for (id, choice) in answers.sorted(by: { $0.key < $1.key }) {
    if let question = small.question(id) { evidence.add(answer: choice, to: question) }
  }
  return evidence
}

private func probability(_ cause: CauseID, _ assessor: Assessor, _ answers: [QuestionID: OutcomeID]) -> Double
{
  assessor.rank(evidence(answers)).first { $0.cause == cause }?.probability ?? 0
}

@Suite struct StoryTests {
  @Test func theHalfOfAStoryIsFixedByItsID() {
    // FNV-1a, 32 bits: "a" is 0xE40C292C, "b" 0xE70C2DE5.
    #expect(story("a", [:]).half == .tuned)
    #expect(story("b", [:]).half == .kept)
  }

  @Test func whatACauseNeedsRulesItOutWhereItIsOtherwise() {
    let assessor = Assessor(knowledge: small, learningFrom: [])
    let open = probability("client-fault", assessor, [:])
    #expect(probability("client-fault", assessor, ["system": "windows"]) < open / 8)
    #expect(probability("client-fault", assessor, ["system": "linux"]) > open * 2)
  }

  @Test func storiesMoveBaseRatesAndAnswersOfTheirCauseAndGroup() {
    let stories = (0..<40).map { story(StoryID("s\($0)"), ["since": "restart"]) }
    let plain = Assessor(knowledge: small, learningFrom: [])
    let learnt = Assessor(knowledge: small, learningFrom: stories)
    #expect(probability("client-fault", learnt, [:]) > probability("client-fault", plain, [:]))
    let effect: (Assessor) -> Double = { assessor in
      probability("client-fault", assessor, ["since": "restart"]) / probability("client-fault", assessor, [:])
    }
    #expect(effect(learnt) > effect(plain) * 1.02)
  }

  @Test func answersOfOneCircumstanceCountLittleMoreThanOnce() {
    let stories = (0..<30).map { story(StoryID("s\($0)"), ["since": "update", "changed": "updates"]) }
    let assessor = Assessor(knowledge: small, learningFrom: stories)
    func effect(_ answers: [QuestionID: OutcomeID]) -> Double {
      let ranked = assessor.rank(evidence(answers)).first { $0.cause == "client-fault" }
      return ranked?.because.reduce(0) { $0 + $1.effect } ?? 0
    }
    let (since, changed) = (effect(["since": "update"]), effect(["changed": "updates"]))
    #expect(since > 0 && changed > 0)
    // The one that tells most counts fully, the other a little.
    let both = effect(["since": "update", "changed": "updates"])
    #expect(both >= max(since, changed) - 1e-9)
    #expect(both < max(since, changed) + 0.4 * min(since, changed))
  }

  @Test func aWalkAsksAnswersAndStopsAtTheRightFix() {
    let assessor = Assessor(knowledge: small, learningFrom: [])
    let walk = assessor.follow(
      story("a", ["other-client": "works", "system": "linux"]), withContext: true, mostSteps: 12)
    #expect(walk.rank == 1)
    #expect(walk.steps.last == .right("update-client"))
    #expect(walk.wrongFixes == 0)
    #expect(walk.minutesToFix != nil)
    // What the page of context asked is not asked again.
    #expect(!walk.steps.contains(.unknown("system")))
  }

  @Test func whatAStoryDoesNotTellIsNotKnown() {
    let assessor = Assessor(knowledge: small, learningFrom: [])
    let walk = assessor.follow(story("a", [:]), withContext: false, mostSteps: 12)
    #expect(
      walk.steps.allSatisfy {
        if case .answered = $0 { false } else { true }
      })
  }

  @Test func figuresCountWhatWasPlayed() {
    var right = StoryWalk(
      story: "a", rank: 1, probability: 0.5, leader: "client-fault", leaderProbability: 0.5)
    right.steps = [.answered("since", "update"), .unknown("changed"), .right("update-client")]
    right.minutesToFix = 8
    var wrong = StoryWalk(
      story: "b", rank: 4, probability: 0.1, leader: "service-down", leaderProbability: 0.95)
    wrong.steps = [.unknown("since"), .wrong("start-service")]
    let figures = StoryFigures([right, wrong])
    #expect(figures.first == 0.5)
    #expect(figures.three == 0.5)
    #expect(figures.rightFix == 0.5)
    #expect(figures.wrongFixes == 0.5)
    #expect(figures.stepsToFix == 3)
    #expect(figures.unknownAnswers == 2.0 / 3)
    #expect(figures.calibration[5].right == 1)
    #expect(figures.calibration[9].count == 1 && figures.calibration[9].right == 0)
  }
}

@Suite struct ToldReaderTests {
  private let reader = ToldReader(small)

  private func choices(_ text: String) -> [QuestionID: OutcomeID] {
    Dictionary(reader.read(text).map { ($0.question, $0.choice) }) { first, _ in first }
  }

  @Test(arguments: [
    "The other program works on the same PC.", "OTHER PROGRAM\u{a0}WORKED", "the other programm works",
    "Anderes Programm geht, dieses nicht.", "On that machine mstsc still gets in",
  ])
  func phrasesAreFoundInOtherForms(_ text: String) {
    #expect(choices(text)["other-client"] == "works")
  }

  @Test func theWordsAreNamed() {
    let told = reader.read("Hello. It is so after updating the laptop, I think.")
    #expect(told == [ToldAnswer(question: "since", choice: "update", words: "after updating")])
  }

  @Test(arguments: [
    "The other program never works", "The other one is a program. It works", "", "\u{1b}[31mworks",
    "mstsc does not get in",
  ])
  func whatDoesNotSayItIsNoAnswer(_ text: String) {
    #expect(choices(text)["other-client"] == nil)
  }

  @Test func theLongerPhraseWinsAndEqualOnesDecideNothing() {
    #expect(choices("the other program fails too")["other-client"] == "fails")
    #expect(choices("since the update and since the restart")["since"] != "update")
  }

  @Test func aLongTextIsReadAsFarAsTheLimit() {
    let text = String(repeating: "word ", count: 40_000) + " mstsc gets in"
    #expect(choices(text).isEmpty)
  }
}

@Suite struct LookAlikeTests {
  @Test func whatIsRareAndSharedMakesCasesAlike() {
    let twin = story("twin", ["system": "mac", "since": "restart", "other-client": "works"])
    let others = (0..<20).map {
      story(StoryID("o\($0)"), ["system": "windows", "since": "update"], truth: ["service-down"])
    }
    let knowledge = KnowledgeBase(
      causes: small.causes, fixes: small.fixes, questions: small.questions, findings: [], codes: [],
      pairs: [],
      stories: others + [twin])
    let assessor = Assessor(knowledge: knowledge)
    let alike = assessor.lookAlikes(evidence(["system": "mac", "since": "restart"]))
    #expect(alike.first?.story == "twin")
    #expect(Set(alike.first?.common ?? []) == ["ask.system", "ask.since"])
    #expect(assessor.lookAlikes(evidence([:])).isEmpty)
  }
}
