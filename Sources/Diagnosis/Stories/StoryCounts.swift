import Facts

/// What solved cases show, counted: how common causes are, which answers go with them, and which answers people know at all.
struct StoryCounts: Sendable {
  /// Stories for each cause; of several right ones each gets its share.
  private(set) var causes: [CauseID: Double] = [:]
  private(set) var stories = 0
  /// `answers[question][choice]`: how often it was given, over all.
  private(set) var answers: [QuestionID: [OutcomeID: Double]] = [:]
  private var byCause: [Key<CauseID>: [OutcomeID: Double]] = [:]
  private var byGroup: [Key<String>: [OutcomeID: Double]] = [:]
  /// How often a question could be answered, and in how many stories it made sense.
  private var knowable: [QuestionID: Knowable] = [:]

  private struct Knowable {
    var known = 0.0
    var asked = 0.0
    var byGroup: [String: (known: Double, asked: Double)] = [:]
    var byCause: [CauseID: (known: Double, asked: Double)] = [:]

    mutating func add(_ isKnown: Bool, _ truth: [(cause: CauseID, group: String)]) {
      let known = isKnown ? 1.0 : 0
      self.known += known
      asked += 1
      let share = 1 / Double(truth.count)
      for (cause, group) in truth {
        byGroup[group, default: (0, 0)].known += known * share
        byGroup[group, default: (0, 0)].asked += share
        byCause[cause, default: (0, 0)].known += known * share
        byCause[cause, default: (0, 0)].asked += share
      }
    }
  }

  private struct Key<Subject: Hashable & Sendable>: Hashable {
    var subject: Subject
    var question: QuestionID
  }

  init(_ stories: some Sequence<Story>, _ knowledge: KnowledgeBase) {
    let groups = Dictionary(knowledge.causes.map { ($0.id, $0.group) }) { first, _ in first }
    for story in stories {
      let truth = story.truth.filter { groups[$0] != nil }
      guard !truth.isEmpty else { continue }
      self.stories += 1
      let share = 1 / Double(truth.count)
      for cause in truth { causes[cause, default: 0] += share }
      for (question, choice) in story.known {
        answers[question, default: [:]][choice, default: 0] += 1
        for cause in truth {
          byCause[Key(subject: cause, question: question), default: [:]][choice, default: 0] += share
          if let group = groups[cause] {
            byGroup[Key(subject: group, question: question), default: [:]][choice, default: 0] += share
          }
        }
      }
      for question in knowledge.questions where story.makesSense(of: question) {
        knowable[question.id, default: Knowable()].add(
          story.known[question.id] != nil, truth.map { ($0, groups[$0] ?? "") })
      }
    }
  }

  func answers(_ question: QuestionID, under cause: CauseID) -> [OutcomeID: Double] {
    byCause[Key(subject: cause, question: question)] ?? [:]
  }

  func answers(_ question: QuestionID, in group: String) -> [OutcomeID: Double] {
    byGroup[Key(subject: group, question: question)] ?? [:]
  }

  /// How often people know the answer under each cause: what the stories show, drawn towards its group's, and that towards what such questions
  /// usually find.
  func known(_ question: Question, _ causes: [Cause]) -> [Double] {
    let count = knowable[question.id] ?? Knowable()
    let weight = Self.knownWeight
    func drawn(_ usual: Double, _ seen: (known: Double, asked: Double)?) -> Double {
      guard let seen else { return usual }
      return (weight * usual + seen.known) / (weight + seen.asked)
    }
    let all = drawn(question.usuallyKnown, (count.known, count.asked))
    let byGroup = count.byGroup.mapValues { drawn(all, $0) }
    return causes.map { cause in
      min(0.98, max(0.02, drawn(byGroup[cause.group] ?? all, count.byCause[cause.id])))
    }
  }

  private static let knownWeight = 6.0
}

extension Story {
  /// Nothing that is known rules it out.
  fileprivate func makesSense(of question: Question) -> Bool {
    question.needs.allSatisfy { finding, outcomes in
      if finding.triedFix != nil { return false }
      let known = seen[finding] ?? finding.question.flatMap { self.known[$0] }
      return known.map(outcomes.contains) ?? false
    }
  }
}

extension Question {
  /// Before anything is counted: a caller knows more of what stands before them than anybody knows of a server.
  fileprivate var usuallyKnown: Double {
    if contextPlace != nil { return 0.7 }
    return switch place {
    case nil: 0.35
    case .client: 0.3
    case .server: 0.15
    case .domain, .network, .broker, .gateway: 0.12
    }
  }
}

extension FindingID {
  /// The question whose answer this is.
  public var question: QuestionID? {
    let prefix = "ask."
    return name.hasPrefix(prefix) ? QuestionID(String(name.dropFirst(prefix.count))) : nil
  }
}

extension StoryCounts {
  /// As many cases as the estimated base rates weigh against the stories.
  private static let baseWeight = 250.0

  /// How common each cause is: the estimates, moved by what the stories show (a Dirichlet prior); the sum is 1.
  func baseRates(of causes: [Cause]) -> [Double] {
    let estimates = Likelihood.scaled(causes.map { max($0.baseRate, 0.001) })
    return Likelihood.scaled(
      zip(causes, estimates).map { cause, estimate in
        estimate * Self.baseWeight + (self.causes[cause.id] ?? 0)
      })
  }
}
