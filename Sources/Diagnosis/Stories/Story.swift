public import Facts

public typealias StoryID = ID<Story>

/// A real case that was solved, retold: what was told, what was known before it was solved, what cured it.
///
/// The measure of the ranking and of the questions, and what both learn from.
public struct Story: Sendable, Equatable {
  public var id: StoryID
  /// Where it was told in public, or whose closed case it is.
  public var source: String
  /// What a ticket would say at the start.
  public var told: String
  /// What the client or an event showed; nil where none is known.
  public var code: ReportedCode?
  /// Client, server, membership and path, in words.
  public var environment: [String: String]
  /// What was known before the cure.
  public var facts: [String]
  /// What probes would have seen.
  public var seen: [FindingID: OutcomeID]
  /// What people knew; "I don't know" to every other question.
  public var known: [QuestionID: OutcomeID]
  /// Causes that count as right; never empty.
  public var truth: [CauseID]
  public var cured: String
  public var wrongTurns: [String]
  public var origin: String

  public init(
    id: StoryID, source: String, told: String, code: ReportedCode? = nil, environment: [String: String] = [:],
    facts: [String] = [], seen: [FindingID: OutcomeID] = [:], known: [QuestionID: OutcomeID] = [:],
    truth: [CauseID], cured: String, wrongTurns: [String] = [], origin: String = "built-in"
  ) {
    self.id = id
    self.source = source
    self.told = told
    self.code = code
    self.environment = environment
    self.facts = facts
    self.seen = seen
    self.known = known
    self.truth = truth
    self.cured = cured
    self.wrongTurns = wrongTurns
    self.origin = origin
  }

  /// Its id as words.
  public var title: String {
    let words = id.name.split(separator: "-").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// Estimates and wording are tuned by one half of the stories and judged by the other.
  public enum Half: String, Sendable, CaseIterable { case tuned, kept }

  /// By the lowest bit of the FNV-1a hash (32 bits) of the id: even is tuned, odd is kept. Fixed for ever.
  public var half: Half {
    var hash: UInt32 = 2_166_136_261
    for byte in id.name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return hash & 1 == 0 ? .tuned : .kept
  }

  /// What probes saw, the code, and every answer that is known; in order of the findings' ids.
  public func evidence(in base: KnowledgeBase, answers: Bool = true) -> Evidence {
    var evidence = Evidence(isComplaint: true)
    for (finding, outcome) in seen.sorted(by: { $0.key < $1.key }) {
      evidence.add(Finding(finding, .answered(outcome), summary: ""))
    }
    if let code { evidence.add(.reported(code)) }
    guard answers else { return evidence }
    for (id, choice) in known.sorted(by: { $0.key < $1.key }) {
      guard let question = base.question(id) else { continue }
      evidence.add(answer: choice, to: question)
    }
    return evidence
  }
}

extension KnowledgeBase {
  /// What nearly everybody knows, in the order in which the page of context asks it.
  public var contextQuestions: [Question] {
    questions.filter { $0.contextPlace != nil }.sorted {
      ($0.contextPlace ?? 0, $0.id) < ($1.contextPlace ?? 0, $1.id)
    }
  }
}
