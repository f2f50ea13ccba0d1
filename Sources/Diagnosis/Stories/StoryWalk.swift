public import Facts
import RealModule

/// One story, played: the tool asks, the story answers, and says "I don't know" where it does not tell.
public struct StoryWalk: Sendable, Equatable {
  public var story: StoryID
  /// Place of the first right cause; 1 for the top.
  public var rank: Int
  /// How probable the right causes are together.
  public var probability: Double
  public var leader: CauseID
  public var leaderProbability: Double
  /// Steps taken: questions, and fixes tried.
  public var steps: [Step] = []
  /// Minutes of the questions and fixes until the right fix; nil where it was not reached.
  public var minutesToFix: Double?
  /// What spoke most for the cause that stands first against the right one, strongest first; natural logarithms of ratios.
  public var against: [Reason] = []

  public enum Step: Sendable, Equatable {
    case answered(QuestionID, OutcomeID)
    case unknown(QuestionID)
    case wrong(FixID)
    case right(FixID)
  }

  public var questions: Int {
    steps.count {
      switch $0 {
      case .answered, .unknown: true
      case .wrong, .right: false
      }
    }
  }
  public var unknownAnswers: Int { steps.count { if case .unknown = $0 { true } else { false } } }
  public var wrongFixes: Int { steps.count { if case .wrong = $0 { true } else { false } } }
  public var reachesFix: Bool { minutesToFix != nil }
}

extension Assessor {
  /// The ranking with everything that the story knows.
  public func judge(_ story: Story) -> StoryWalk { walk(story, story.evidence(in: knowledge)) }

  /// Follows the tool for some steps, from what probes see, the code, and what was `told` at the start.
  ///
  /// - Parameters:
  ///   - withContext: The page of context is filled in first, "I don't know" where the story does not tell.
  ///   - mostSteps: Questions and fixes after it, at most.
  public func follow(_ story: Story, withContext: Bool, mostSteps: Int) -> StoryWalk {
    var evidence = story.evidence(in: knowledge, answers: false)
    if withContext {
      for question in knowledge.contextQuestions {
        if let choice = story.known[question.id] { evidence.add(answer: choice, to: question) }
        evidence.askedQuestions.insert(question.id)
      }
    }
    var steps: [StoryWalk.Step] = []
    var minutes = 0.0
    var minutesToFix: Double?
    play: while steps.count < mostSteps {
      switch next(evidence) {
      case .question(let id):
        guard let question = knowledge.question(id) else { break play }
        minutes += question.cost
        if let choice = story.known[id] {
          evidence.add(answer: choice, to: question)
          steps.append(.answered(id, choice))
        } else {
          evidence.askedQuestions.insert(id)
          steps.append(.unknown(id))
        }
      case .fix(let id):
        guard let fix = knowledge.fix(id) else { break play }
        minutes += fix.cost
        let isRight = story.truth.contains { cause in
          knowledge.cause(cause)?.cures.contains { $0.fix == id } ?? false
        }
        if isRight {
          steps.append(.right(id))
          minutesToFix = minutes
          break play
        }
        steps.append(.wrong(id))
        evidence.failedFixes.append(id)
      case .escalate, .none:
        break play
      }
    }
    var walk = walk(story, evidence)
    walk.steps = steps
    walk.minutesToFix = minutesToFix
    return walk
  }

  private func walk(_ story: Story, _ evidence: Evidence) -> StoryWalk {
    let ranking = rank(evidence)
    let right = Set(story.truth)
    let place = ranking.firstIndex { right.contains($0.cause) } ?? ranking.count
    var walk = StoryWalk(
      story: story.id, rank: place + 1,
      probability: ranking.reduce(0) { $0 + (right.contains($1.cause) ? $1.probability : 0) },
      leader: ranking.first?.cause ?? Cause.unknown, leaderProbability: ranking.first?.probability ?? 0)
    if place > 0, ranking.indices.contains(place), let leader = ranking.first {
      var effects: [Reason.Evidence: Double] = [:]
      for reason in leader.because { effects[reason.evidence, default: 0] -= reason.effect }
      for reason in ranking[place].because { effects[reason.evidence, default: 0] += reason.effect }
      walk.against = effects.filter { $0.value < -0.3 }.map { Reason(evidence: $0.key, effect: $0.value) }
        .sorted { $0.effect < $1.effect }
    }
    return walk
  }
}

/// What a set of walks comes to.
public struct StoryFigures: Sendable, Equatable {
  public var stories: Int
  public var first: Double
  public var three: Double
  public var rightFix: Double
  /// A case.
  public var wrongFixes: Double
  /// Median of the steps to the right fix, where it was reached; nil where it never was.
  public var stepsToFix: Double?
  public var minutesToFix: Double?
  /// Of the questions.
  public var unknownAnswers: Double
  /// Mean negative logarithm of the probability of the right causes.
  public var logLoss: Double
  /// For each tenth of the leader's probability: how many, and in how many it was right.
  public var calibration: [(count: Int, right: Int)]

  public init(_ walks: [StoryWalk]) {
    let count = Double(max(1, walks.count))
    stories = walks.count
    first = Double(walks.count { $0.rank == 1 }) / count
    three = Double(walks.count { $0.rank <= 3 }) / count
    rightFix = Double(walks.count(where: \.reachesFix)) / count
    wrongFixes = Double(walks.reduce(0) { $0 + $1.wrongFixes }) / count
    stepsToFix = Self.median(walks.filter(\.reachesFix).map { Double($0.steps.count) })
    minutesToFix = Self.median(walks.compactMap(\.minutesToFix))
    let questions = walks.reduce(0) { $0 + $1.questions }
    unknownAnswers =
      questions == 0 ? 0 : Double(walks.reduce(0) { $0 + $1.unknownAnswers }) / Double(questions)
    logLoss = walks.reduce(0) { $0 - Double.log(max($1.probability, 1e-9)) } / count
    var calibration = [(count: Int, right: Int)](repeating: (0, 0), count: 10)
    for walk in walks {
      let tenth = min(9, Int(walk.leaderProbability * 10))
      calibration[tenth].count += 1
      if walk.rank == 1 { calibration[tenth].right += 1 }
    }
    self.calibration = calibration
  }

  private static func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.stories == right.stories && left.first == right.first && left.three == right.three
      && left.rightFix == right.rightFix && left.logLoss == right.logLoss
  }
}
