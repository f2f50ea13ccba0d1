import Facts
import RealModule

/// What solved cases show, counted: how common causes are, which answers go with them, and which answers people know at all.
struct StoryCounts: Sendable {
  /// Stories for each cause; of several right ones each gets its share.
  private(set) var causes: [CauseID: Double] = [:]
  private(set) var stories = 0
  /// `answers[question][choice]`: how often it was given, over all.
  private(set) var answers: [QuestionID: [OutcomeID: Double]] = [:]
  /// Those of ``answers`` that came with a right cause of which they were not expected.
  private(set) var unexpected: [QuestionID: [OutcomeID: Double]] = [:]
  private var byCause: [QuestionID: [CauseID: [OutcomeID: Double]]] = [:]
  private var byGroup: [QuestionID: [String: [OutcomeID: Double]]] = [:]
  /// How often a question could be answered, and in how many stories it made sense.
  private var knowable: [QuestionID: Knowable] = [:]
  private let columns: [CauseID: Int]
  private let groups: [String]
  /// For each cause the place of its group in `groups`.
  private let groupOfColumn: [Int]

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

  init(_ stories: some Sequence<Story>, _ knowledge: KnowledgeBase) {
    let groups = Dictionary(knowledge.causes.map { ($0.id, $0.group) }) { first, _ in first }
    columns = Dictionary(knowledge.causes.enumerated().map { ($1.id, $0) }) { first, _ in first }
    self.groups = Set(groups.values).sorted()
    let places = Dictionary(uniqueKeysWithValues: self.groups.enumerated().map { ($1, $0) })
    groupOfColumn = knowledge.causes.map { places[$0.group] ?? 0 }
    for story in stories {
      let truth = story.truth.filter { groups[$0] != nil }
      guard !truth.isEmpty else { continue }
      self.stories += 1
      let share = 1 / Double(truth.count)
      for cause in truth { causes[cause, default: 0] += share }
      for (question, choice) in story.known {
        answers[question, default: [:]][choice, default: 0] += 1
        for cause in truth {
          byCause[question, default: [:]][cause, default: [:]][choice, default: 0] += share
          if let group = groups[cause] {
            byGroup[question, default: [:]][group, default: [:]][choice, default: 0] += share
          }
          if !knowledge.expects(choice, to: question, under: cause) {
            unexpected[question, default: [:]][choice, default: 0] += share
          }
        }
      }
      let credited = truth.map { ($0, groups[$0] ?? "") }
      for question in knowledge.questions where story.makesSense(of: question) {
        knowable[question.id, default: Knowable()].add(story.known[question.id] != nil, credited)
      }
    }
  }

  /// The answers that were given to the question under each cause.
  func answersByCause(_ question: QuestionID) -> [CauseID: [OutcomeID: Double]] { byCause[question] ?? [:] }

  func answers(_ question: QuestionID, in group: String) -> [OutcomeID: Double] {
    byGroup[question]?[group] ?? [:]
  }

  /// How often people know the answer under each cause: what the stories show, drawn towards its group's, and that towards what such questions
  /// usually find.
  func known(_ question: Question) -> [Double] {
    let count = knowable[question.id] ?? Knowable()
    let weight = Self.knownWeight
    func drawn(_ usual: Double, _ seen: (known: Double, asked: Double)?) -> Double {
      guard let seen else { return usual }
      return (weight * usual + seen.known) / (weight + seen.asked)
    }
    let all = drawn(question.usuallyKnown, (count.known, count.asked))
    let byGroup = groups.map { drawn(all, count.byGroup[$0]) }
    var rates = groupOfColumn.map { byGroup[$0] }
    for (cause, seen) in count.byCause {
      if let column = columns[cause] { rates[column] = drawn(rates[column], seen) }
    }
    return rates.map { min(0.98, max(0.02, $0)) }
  }

  private static let knownWeight = 6.0
}

extension KnowledgeBase {
  /// The cause itself names the answer, and not as rarer than it is anyhow.
  fileprivate func expects(_ choice: OutcomeID, to question: QuestionID, under cause: CauseID) -> Bool {
    guard let question = self.question(question),
      let named = self.cause(cause)?.expects[question.findingID]?[choice],
      let base = question.choices.first(where: { $0.id == choice })?.base.probability
    else { return false }
    let total = question.choices.reduce(0) { $0 + $1.base.probability }
    return named.probability >= base / total
  }
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
  private static let baseWeight = 500.0
  /// Estimates of how common a cause is go too far: what seems a hundred times as common is fifty times so.
  private static let flattening = 0.85

  /// How common each cause is: the estimates, moved by what the stories show (a Dirichlet prior); the sum is 1.
  func baseRates(of causes: [Cause]) -> [Double] {
    let estimates = Likelihood.scaled(
      causes.map { Double.pow(max($0.baseRate, 0.001), Self.flattening) })
    return Likelihood.scaled(
      zip(causes, estimates).map { cause, estimate in
        estimate * Self.baseWeight + (self.causes[cause.id] ?? 0)
      })
  }
}
