public import Facts

/// What counts in a case right now: one finding for each id, and what became of the fixes that were tried.
public struct Evidence: Sendable, Equatable {
  /// At most one of each id; later sources have replaced earlier ones.
  public private(set) var findings: [Finding]
  public var failedFixes: [FixID]
  /// Done, and whether it helped is not known, or cannot be done here: not advised again, and no evidence.
  public var usedFixes: Set<FixID>
  /// Also those answered with "I don't know", and those that were put off.
  public var askedQuestions: Set<QuestionID>
  /// Somebody says that it fails. Without a complaint, a host without a fault is the most likely thing.
  public var isComplaint: Bool

  public init(
    findings: [Finding] = [], failedFixes: [FixID] = [], usedFixes: Set<FixID> = [],
    askedQuestions: Set<QuestionID> = [], isComplaint: Bool = false
  ) {
    self.findings = []
    self.failedFixes = failedFixes
    self.usedFixes = usedFixes
    self.askedQuestions = askedQuestions
    self.isComplaint = isComplaint
    for finding in findings { add(finding) }
  }

  /// The evidence of a case as it stands. Its probes come first, then the code, then the answers, which may correct it,
  /// and last what was handed in: an output that was read says more than what a person made of it.
  public init(_ triage: Case, knowledge: KnowledgeBase) {
    self.init(isComplaint: true)
    for finding in triage.probeFindings { add(finding) }
    if let code = triage.code { add(.reported(code)) }
    for answer in triage.answers {
      askedQuestions.insert(answer.question)
      guard let question = knowledge.question(answer.question), let choice = answer.choice else { continue }
      add(answer: choice, to: question)
    }
    askedQuestions.formUnion(triage.putOff)
    for submission in triage.submissions { add(submitted: submission.findings, knowledge: knowledge) }
    for step in triage.steps {
      switch step.result {
      case .failed: failedFixes.append(step.fix)
      case .done, .skipped: usedFixes.insert(step.fix)
      }
    }
  }

  /// Replaces an earlier finding of the same id, in its place.
  public mutating func add(_ finding: Finding) {
    if let index = findings.firstIndex(where: { $0.id == finding.id }) {
      findings[index] = finding
    } else {
      findings.append(finding)
    }
  }

  /// Records what was read from a file or a pasted text, and answers every question that reads it.
  ///
  /// A code that is known already stays: it was read off the screen by a person. One of another table counts beside it.
  public mutating func add(submitted findings: [Finding], knowledge: KnowledgeBase) {
    for finding in findings {
      if finding.id.isCode, outcome(of: .codeReported) != nil {
        // A code of another table counts beside it, unless it says the same.
        if let other = knowledge.beside(finding, outcome(of: .codeReported)) { add(other) }
        continue
      }
      if let question = knowledge.questions.first(where: { $0.findingID == finding.id }) {
        // Read from a message: weaker than what a person said.
        if let outcome = finding.outcome, self.outcome(of: finding.id) == nil,
          !askedQuestions.contains(question.id)
        {
          add(answer: outcome, to: question, source: finding.source)
        }
        continue
      }
      // A message that stands for the code that is known says nothing more.
      if finding.id == .messageShown, knowledge.isSaid(finding, by: outcome(of: .codeReported)) { continue }
      add(finding)
      guard let outcome = finding.outcome else { continue }
      for question in knowledge.questions {
        guard let choice = question.reads[finding.id]?[outcome] else { continue }
        add(answer: choice, to: question, source: finding.source)
      }
    }
  }

  /// Records an answer and everything that it states. A choice that the question does not have is ignored.
  ///
  /// - Parameter source: Where the answer comes from; nil: from the person who was asked.
  public mutating func add(answer id: OutcomeID, to question: Question, source: Finding.Source? = nil) {
    askedQuestions.insert(question.id)
    guard let choice = question.choices.first(where: { $0.id == id }) else { return }
    let source = source ?? .question(question.id)
    add(Finding(question.findingID, .answered(id), source: source, summary: choice.text))
    for (finding, outcome) in choice.states.sorted(by: { $0.key < $1.key }) {
      add(Finding(finding, .answered(outcome), source: source, summary: choice.text))
    }
  }

  /// For a fix that did not help, `tried.` and its id is answered with `failed`.
  public func outcome(of id: FindingID) -> OutcomeID? {
    if let fix = id.triedFix { return failedFixes.contains(fix) ? .failed : nil }
    return findings.first { $0.id == id }?.outcome
  }

  /// True unless a finding that it needs is known to be otherwise.
  func applies(_ entry: FindingEntry) -> Bool {
    entry.needs.allSatisfy { id, outcomes in outcome(of: id).map(outcomes.contains) ?? true }
  }

  /// How likely this person, or whom they can ask, knows the answer. Whoever did not know the last things of this kind hardly knows the next.
  func chance(ofKnowing question: Question, _ belief: [Double], _ assessor: Assessor) -> Double {
    var chance = zip(assessor.known(question.id), belief).reduce(0) { $0 + $1.0 * $1.1 }
    for id in askedQuestions {
      guard let asked = assessor.knowledge.question(id), asked.place == question.place,
        asked.contextPlace == nil || question.contextPlace != nil
      else { continue }
      if outcome(of: asked.findingID) == nil { chance *= Self.discouragement }
    }
    return max(chance, 0.01)
  }

  private static let discouragement = 0.8

  /// Nothing can be done on the host from here: its port does not answer, no door was found open, and nobody has seen at its console that
  /// it runs.
  var lacksWayIn: Bool {
    guard let port = outcome(of: "tcp.port"), ["silent", "unreachable"].contains(port) else { return false }
    if let view = outcome(of: Question.consoleView.finding) {
      return !Question.consoleIsUsable.contains(view)
    }
    return !findings.contains { $0.id.isDoor && $0.outcome == "open" }
  }

  /// True when everything that the question needs is known and as needed, and nothing makes it idle. A host that was seen not to run
  /// answers nothing.
  public func allows(_ question: Question) -> Bool {
    if question.place == .server, lacksWayIn, outcome(of: Question.consoleView.finding) != nil {
      return false
    }
    return question.unless.allSatisfy {
      outcome(of: $0) == nil && ($0 != .codeReported || outcome(of: .messageShown) == nil)
    }
      && question.needs.allSatisfy { id, outcomes in outcome(of: id).map(outcomes.contains) ?? false }
      && !question.idle.contains { id, outcomes in outcome(of: id).map(outcomes.contains) ?? false }
  }
}

extension FindingID {
  /// The fix whose failure this stands for in `needs`: of a question that makes sense only after it was tried.
  public var triedFix: FixID? {
    let prefix = "tried."
    return name.hasPrefix(prefix) ? FixID(String(name.dropFirst(prefix.count))) : nil
  }

  /// A way into the host besides RDP.
  var isDoor: Bool { name.hasPrefix("doors.") }

  /// The code pair that the client showed; its outcome is the canonical spelling, for example `0x3/0x7`.
  public static let codeReported: FindingID = "code.reported"
}

extension QuestionID {
  /// The finding that an answer to it states.
  public var finding: FindingID { FindingID("ask.\(name)") }
}

extension Finding {
  /// - Parameter words: What it was read from, where that is more than the code.
  public static func reported(_ code: ReportedCode, words: String? = nil) -> Finding {
    let origin = words.map { ", read from “\($0)”" } ?? ""
    return Finding(
      .codeReported, .answered(OutcomeID(code.description)), source: .code,
      summary: "The client showed \(code.description)\(origin).",
      details: words.map { [.init("words", .text($0))] } ?? [])
  }
}

extension OutcomeID {
  /// The one outcome of `tried.` and the id of a fix.
  public static let failed: OutcomeID = "failed"
}
