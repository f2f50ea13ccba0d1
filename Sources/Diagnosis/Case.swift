public import Facts

/// Everything about one triage: what was said, seen and done, in order. Replaying the entries gives the case.
public struct Case: Hashable, Sendable, Codable {
  /// Unique in a data directory, for example `2026-05-04-srv01-7f3a`.
  public var id: String
  public var entries: [Entry]

  public init(id: String, entries: [Entry] = []) {
    self.id = id
    self.entries = entries
  }

  public struct Entry: Hashable, Sendable, Codable {
    public var time: Timestamp
    public var person: String
    public var event: Event
    public init(time: Timestamp, person: String, event: Event) {
      self.time = time
      self.person = person
      self.event = event
    }
  }

  public enum Event: Hashable, Sendable, Codable {
    case opened(Target)
    /// nil: no code was shown. Replaces an earlier one.
    case codeReported(ReportedCode?)
    /// nil: "I don't know". Replaces an earlier answer to the same question, in its place.
    case answered(QuestionID, OutcomeID?)
    case answerWithdrawn(QuestionID)
    /// Several answers at once, each as if it had been given alone.
    case answeredTogether([GivenAnswer], Occasion)
    /// Who could answer it is not at hand: it is not asked until somebody comes back to it.
    case putOff(QuestionID)
    /// What the caller says, as it was typed or pasted. By itself it states nothing.
    case told(String)
    /// What was read from a file or a pasted text of that name. Replaces what an earlier one of the name said, in its place.
    case submitted(String, [Finding])
    case submissionWithdrawn(String)
    /// One probe's findings of a probe run; they replace earlier findings of the same ids.
    case probed(run: Int, [Finding])
    case stepTaken(FixID, StepResult)
    /// What was said about the fix does not count any more: it may be advised again.
    case stepWithdrawn(FixID)
    /// The target was looked at again after a fix.
    case proven(FixID, Proof)
    /// The protection that the fix took away is back.
    case weakeningReversed(FixID)
    /// The case may end although the protection is still away.
    case weakeningAccepted(FixID, reason: String)
    case ticket(String)
    case closed(Ending)
    case reopened
  }

  public struct GivenAnswer: Hashable, Sendable, Codable {
    public var question: QuestionID
    /// nil: "I don't know".
    public var choice: OutcomeID?
    /// What it was read from; empty where it was chosen.
    public var words: String
    public init(_ question: QuestionID, _ choice: OutcomeID?, words: String = "") {
      self.question = question
      self.choice = choice
      self.words = words
    }
  }

  /// How answers came to be given all at once.
  public enum Occasion: String, Hashable, Sendable, Codable {
    /// They were read from what somebody said, and confirmed.
    case told
    /// On the page that asks what nearly everybody knows.
    case context
  }

  public enum StepResult: Hashable, Sendable, Codable {
    /// The person did it; whether it helped is not known yet.
    case done
    case failed
    /// Cannot be done here and now.
    case skipped
  }

  public enum Ending: Hashable, Sendable, Codable {
    case solved(by: FixID?)
    case escalated(to: String)
    /// Nothing wrong was found, or the caller gave up.
    case closed
  }

  /// What looking again showed.
  public struct Proof: Hashable, Sendable, Codable {
    public var before: [Finding]
    public var after: [Finding]
    public var verdict: Verdict
    public init(before: [Finding], after: [Finding], verdict: Verdict) {
      self.before = before
      self.after = after
      self.verdict = verdict
    }
  }

  public enum Verdict: String, Hashable, Sendable, Codable {
    /// What should have changed did.
    case changed
    case unchanged
    /// Nothing that can be probed from outside would change; the person must say.
    case notVisible
    /// The probes did not get an answer.
    case undecided
  }
}

extension Case {
  public var target: Target? {
    for entry in entries.reversed() { if case .opened(let target) = entry.event { return target } }
    return nil
  }

  public var code: ReportedCode? {
    for entry in entries.reversed() { if case .codeReported(let code) = entry.event { return code } }
    return nil
  }

  public var ticket: String? {
    for entry in entries.reversed() { if case .ticket(let text) = entry.event { return text } }
    return nil
  }

  /// Closed as solved although the probes, that looked again after the fix, saw no change: on the caller's word alone.
  public var isClosedOnWord: Bool {
    guard case .solved(let fix?)? = ending else { return false }
    return proof(of: fix)?.verdict == .unchanged
  }

  /// The fix that solved the case; nil also where only the caller's word says so, against what was seen.
  public var cure: FixID? {
    guard case .solved(let fix)? = ending, !isClosedOnWord else { return nil }
    return fix
  }

  /// The last look at what a fix should have changed.
  public func proof(of fix: FixID) -> Proof? {
    for entry in entries.reversed() {
      if case .proven(fix, let proof) = entry.event { return proof }
    }
    return nil
  }

  /// nil while the case is open.
  public var ending: Ending? {
    for entry in entries.reversed() {
      switch entry.event {
      case .closed(let ending): return ending
      case .reopened: return nil
      default: continue
      }
    }
    return nil
  }

  public var opened: Timestamp? { entries.first?.time }
  public var changed: Timestamp? { entries.last?.time }

  /// Answers in the order in which the questions were first answered; nil is "I don't know".
  public var answers: [(question: QuestionID, choice: OutcomeID?)] {
    var answers: [(question: QuestionID, choice: OutcomeID?)] = []
    func give(_ question: QuestionID, _ choice: OutcomeID?) {
      if let index = answers.firstIndex(where: { $0.question == question }) {
        answers[index].choice = choice
      } else {
        answers.append((question, choice))
      }
    }
    for entry in entries {
      switch entry.event {
      case .answered(let question, let choice): give(question, choice)
      case .answeredTogether(let together, _):
        for answer in together { give(answer.question, answer.choice) }
      case .answerWithdrawn(let question):
        answers.removeAll { $0.question == question }
      default: continue
      }
    }
    return answers
  }

  /// What the caller said, in order.
  public var told: [String] {
    entries.compactMap { if case .told(let text) = $0.event { text } else { nil } }
  }

  /// Questions that were put off and have not been answered or asked again since, in order.
  public var putOff: [QuestionID] {
    var waiting: [QuestionID] = []
    for entry in entries {
      switch entry.event {
      case .putOff(let question):
        if !waiting.contains(question) { waiting.append(question) }
      case .answered(let question, _), .answerWithdrawn(let question):
        waiting.removeAll { $0 == question }
      case .answeredTogether(let together, _):
        waiting.removeAll { id in together.contains { $0.question == id } }
      default: continue
      }
    }
    return waiting
  }

  /// How many questions were put one by one, each counted once.
  public var questionsAsked: Int {
    entries.reduce(into: Set<QuestionID>()) { asked, entry in
      switch entry.event {
      case .answered(let question, _), .putOff(let question): asked.insert(question)
      default: break
      }
    }.count
  }

  /// What nearly everybody knows was asked on its page.
  public var hasContext: Bool {
    entries.contains { if case .answeredTogether(_, .context) = $0.event { true } else { false } }
  }

  /// What files and pasted texts said, in the order in which they were first handed in.
  public var submissions: [(name: String, findings: [Finding])] {
    var submissions: [(name: String, findings: [Finding])] = []
    for entry in entries {
      switch entry.event {
      case .submitted(let name, let findings):
        if let index = submissions.firstIndex(where: { $0.name == name }) {
          submissions[index].findings = findings
        } else {
          submissions.append((name, findings))
        }
      case .submissionWithdrawn(let name): submissions.removeAll { $0.name == name }
      default: continue
      }
    }
    return submissions
  }

  /// What became of each fix that was tried, in order; the last word on each counts.
  public var steps: [(fix: FixID, result: StepResult)] {
    var steps: [(fix: FixID, result: StepResult)] = []
    for entry in entries {
      switch entry.event {
      case .stepTaken(let fix, let result):
        if let index = steps.firstIndex(where: { $0.fix == fix }) {
          steps[index].result = result
        } else {
          steps.append((fix, result))
        }
      case .stepWithdrawn(let fix): steps.removeAll { $0.fix == fix }
      default: continue
      }
    }
    return steps
  }

  /// The case as it stood before the fix was last carried out; nil when it never was.
  public func before(_ fix: FixID) -> Case? {
    let place = entries.lastIndex { entry in
      if case .stepTaken(fix, .done) = entry.event { true } else { false }
    }
    return place.map { Case(id: id, entries: Array(entries[..<$0])) }
  }

  /// The latest finding of each id that probes stated, in the order of first sight.
  public var probeFindings: [Finding] {
    var findings: [Finding] = []
    var places: [FindingID: Int] = [:]
    for entry in entries {
      guard case .probed(_, let batch) = entry.event else { continue }
      for finding in batch {
        if let place = places[finding.id] {
          findings[place] = finding
        } else {
          places[finding.id] = findings.count
          findings.append(finding)
        }
      }
    }
    return findings
  }

  /// The number of the latest probe run; 0 before the first.
  public var latestRun: Int {
    entries.reduce(0) { latest, entry in
      if case .probed(let run, _) = entry.event { max(latest, run) } else { latest }
    }
  }
}
