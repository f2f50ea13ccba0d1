public import Facts

/// An imagined or a kept case to practise on: what the caller says, what they answer, and what is truly wrong.
public struct PracticeCase: Hashable, Sendable, Identifiable {
  public enum Level: String, CaseIterable, Hashable, Sendable, Codable { case easy, middling, nasty }

  /// For example `refused-port`.
  public var id: String
  public var title: String
  public var level: Level
  /// What the caller says, in a few sentences.
  public var story: String
  /// The code that the caller reads out.
  public var code: ReportedCode?
  /// What is truly wrong.
  public var cause: CauseID
  /// A fix that is known to have cured this very case, besides those that cure its cause.
  public var cure: FixID?
  /// What the caller, or whoever looks on the host, answers.
  public var answers: [QuestionID: OutcomeID]
  /// Why it was this cause, for afterwards; empty: the knowledge's own words have to do.
  public var explanation: String
  /// What was seen in a kept case; nil where a practice host is looked at.
  public var recorded: Recorded?

  /// What probes saw and files said in a kept case.
  public struct Recorded: Hashable, Sendable, Codable {
    public var target: Target
    public var before: [Finding]
    /// Once it was cured.
    public var after: [Finding]
    public var submissions: [Submission]

    public init(target: Target, before: [Finding], after: [Finding], submissions: [Submission] = []) {
      self.target = target
      self.before = before
      self.after = after
      self.submissions = submissions
    }
  }

  public init(
    id: String, title: String, level: Level = .easy, story: String, code: ReportedCode?, cause: CauseID,
    cure: FixID? = nil, answers: [QuestionID: OutcomeID] = [:], explanation: String = "",
    recorded: Recorded? = nil
  ) {
    self.id = id
    self.title = title
    self.level = level
    self.story = story
    self.code = code
    self.cause = cause
    self.cure = cure
    self.answers = answers
    self.explanation = explanation
    self.recorded = recorded
  }

  /// What the caller answers: as the case says, else what is mostly seen under its cause; nil where they do not know.
  public func answer(to question: Question, _ knowledge: KnowledgeBase) -> OutcomeID? {
    func isChoice(_ id: OutcomeID) -> Bool { question.choices.contains { $0.id == id } }
    if let said = answers[question.id] { return isChoice(said) ? said : nil }
    let expected = (knowledge.cause(cause)?.expects[question.findingID] ?? [:])
      .filter { isChoice($0.key) && $0.value.probability >= Self.most }
    return expected.max { ($0.value.probability, $1.key) < ($1.value.probability, $0.key) }?.key
  }

  /// True when the fix cures what is truly wrong more often than not.
  public func isCured(by fix: FixID, _ knowledge: KnowledgeBase) -> Bool {
    if fix == cure { return true }
    return knowledge.cause(cause)?.cures.contains { $0.fix == fix && $0.strength.probability >= Self.most }
      ?? false
  }

  private static let most = 0.5
}

extension PracticeCase {
  /// A kept case to be practised by others.
  ///
  /// - Returns: nil when the case does not say what was wrong: only a fix that helped does.
  public init?(_ record: Case, assessor: Assessor) {
    guard let cure = record.cure, let before = record.before(cure),
      let target = record.target, let known = RegressionCase(record, assessor: assessor)
    else { return nil }
    let answers = Evidence(before, knowledge: assessor.knowledge).findings.reduce(
      into: [QuestionID: OutcomeID]()
    ) { answers, finding in
      guard finding.id.name.hasPrefix("ask."), let outcome = finding.outcome else { return }
      answers[QuestionID(String(finding.id.name.dropFirst(4)))] = outcome
    }
    let effort = before.answers.count + 2 * known.failed.count
    let code = record.code
    self.init(
      id: record.id, title: "The case \(record.id)",
      level: effort <= 2 ? .easy : effort <= 6 ? .middling : .nasty,
      story: "I cannot connect to \(target.connectText)."
        + (code.map { " The message says \($0)." } ?? " It shows no code."),
      code: code, cause: known.first, cure: cure, answers: answers,
      recorded: Recorded(
        target: target, before: before.probeFindings, after: record.probeFindings,
        submissions: before.submissions.map { Submission(name: $0.name, findings: $0.findings) }))
  }
}
