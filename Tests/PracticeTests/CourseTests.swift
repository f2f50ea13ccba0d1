import Diagnosis
import Facts
import Knowledge
import Practice
import Probing
import Testing

@testable import Wizard

/// Every case of the course, played in the wizard against its host.
@Suite(.serialized) struct CourseTests {
  private static let assessor = Assessor(knowledge: KnowledgeSource.embedded())

  @Test func theCourseGoesFromEasyToNasty() throws {
    let courses = PracticeCatalogue.all.map(\.course)
    #expect(courses.count >= 15)
    for level in PracticeCase.Level.allCases { #expect(courses.count { $0.level == level } >= 5) }
    let knowledge = Self.assessor.knowledge
    for course in courses {
      #expect(knowledge.cause(course.cause) != nil, "\(course.id): \(course.cause)")
      for (id, choice) in course.answers {
        let question = try #require(knowledge.question(id), "\(course.id) answers \(id)")
        #expect(question.choices.contains { $0.id == choice }, "\(course.id) answers \(id): \(choice)")
      }
    }
  }

  @Test(arguments: PracticeCatalogue.all.map(\.id)) func thePlannersWayEndsWellAndScoresBest(
    id: String
  ) async throws {
    let assessor = Self.assessor
    let entry = try #require(PracticeCatalogue.entry(id))
    var player = try Player(entry, assessor)
    defer { player.host.stop() }
    try await player.play()
    let review = try #require(player.state.model.triage?.review, "\(entry.id) did not end:\n\(player.way)")
    #expect(review.isCured, "\(entry.id):\n\(player.way)")
    #expect(review.score == 100)
    #expect(review.detour == nil)
    #expect(!review.evidence.isEmpty, "nothing speaks for \(entry.course.cause)")
    let ending = player.text
    #expect(ending.contains("100 of 100"), "\(ending)")
    #expect(player.host.counters.authenticateMessages == 0)
  }

  @Test func aWrongFixFirstIsADetourAndScoresWorse() async throws {
    let assessor = Self.assessor
    let entry = try #require(PracticeCatalogue.entry("refuses-though-clean"))
    var player = try Player(entry, assessor)
    defer { player.host.stop() }
    try await player.begin()
    let first = try #require(player.state.model.assessment?.next)
    player.state.model.triage?.chosen = .fix("restart-host")
    player.state.stack[1] = .init(.step(StepScreen(fix: "restart-host")))
    try await player.press(.enter)
    try await player.press(.character("n"))
    try await player.play()
    let review = try #require(player.state.model.triage?.review, "\(player.way)")
    #expect(review.isCured)
    #expect(review.score < 100)
    #expect(review.minutes > review.bestMinutes)
    #expect(review.detour?.number == 1)
    #expect(review.detour?.step == .fix("restart-host"))
    switch (review.detour?.better, first) {
    case (.asked(let better, _)?, .question(let id)): #expect(better == id)
    case (.fix(let better)?, .fix(let id)): #expect(better == id)
    default: Issue.record("better: \(String(describing: review.detour?.better)), advised: \(first)")
    }
    #expect(player.text.contains("First detour"))
  }

  @Test func givingUpAndAWrongAnswerScoreWorse() async throws {
    let assessor = Self.assessor
    let entry = try #require(PracticeCatalogue.entry("house-full"))
    for isGivingUp in [true, false] {
      var player = try Player(entry, assessor)
      defer { player.host.stop() }
      try await player.begin()
      if isGivingUp {
        try await player.press(.character("e"))
        try await player.press(.enter)
      } else {
        if case .context = player.state.stack[1].screen { try await player.press(.escape) }
        guard case .work(let work) = player.state.stack[1].screen, let id = work.question,
          let question = assessor.knowledge.question(id)
        else { return try #require(Bool(false), "no question came first") }
        let truth = entry.course.answer(to: question, assessor.knowledge)
        let wrong = question.choices.firstIndex { $0.id != truth } ?? 0
        try await player.press(.character(Character("\(wrong + 1)")))
        try await player.play()
      }
      let review = try #require(player.state.model.triage?.review, "\(player.way)")
      #expect(review.score < 100)
      #expect(review.detour?.number == 1)
      if isGivingUp {
        #expect(!review.isCured)
        #expect(player.text.contains("The fault is still there."))
      }
    }
  }
}

/// A trainee at the wizard who asks the caller and does what is advised.
private struct Player {
  let entry: PracticeEntry
  let assessor: Assessor
  let host: ScriptedHost
  var state: WizardState
  private var now = 1_777_864_320.0

  init(_ entry: PracticeEntry, _ assessor: Assessor) throws {
    self.entry = entry
    self.assessor = assessor
    host = try entry.start()
    state = WizardState(
      WizardSettings(
        person: "anna", nonce: 1, probes: ProbeRegistry.all.map { $0.description },
        practiceCases: [entry.course], initial: .init(practice: .some(entry.id))))
  }

  var text: String {
    state.render(Size(columns: 100, rows: 60), appearance: .unicode).text
  }

  /// What was done so far, for messages.
  var way: String {
    (state.openCase?.entries ?? []).compactMap { entry in
      switch entry.event {
      case .answered(let id, let choice): "\(id): \(choice?.name ?? "not known")"
      case .stepTaken(let id, let result): "\(id) \(result)"
      case .closed(let ending): "\(ending)"
      default: nil
      }
    }.joined(separator: "\n") + "\n" + text
  }

  mutating func send(_ message: Message) async throws {
    now += 1
    for effect in state.update(message, at: Timestamp(seconds: now)) {
      switch effect {
      case .startPractice(let course): try await send(.practiceStarted(course, host.target))
      case .startProbes(let request, let run):
        for await event in ProbeRunner().start(request).events { try await send(.probe(event, run: run)) }
      case .record(let entry, _):
        if case .stepTaken(let fix, .done) = entry.event,
          self.entry.course.isCured(by: fix, assessor.knowledge)
        {
          try host.repair()
        }
      default: break
      }
    }
  }

  mutating func press(_ key: Key) async throws { try await send(.keyPressed(key)) }

  mutating func begin() async throws {
    try await send(.knowledgeLoaded(assessor.knowledge))
    try await send(.started)
  }

  mutating func play() async throws {
    if state.model.triage == nil { try await begin() }
    for _ in 0..<60 {
      switch state.stack[state.stack.count - 1].screen {
      case .work(let work):
        if work.mootBecause == nil { try await press(.character("a")) }
        try await press(.enter)
      case .context:
        try await press(.character("a"))
        try await press(.enter)
      case .step: try await press(.enter)
      case .proof:
        try await press(.character("a"))
        try await press(.character(text.contains("It works now, thank you.") ? "y" : "n"))
      case .confirm: try await press(.character("y"))
      case .ending: return
      default: return
      }
    }
  }
}
