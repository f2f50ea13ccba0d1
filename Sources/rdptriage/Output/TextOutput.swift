import Diagnosis
import Facts

/// Plain text for people: no colour, one thing a line.
enum TextOutput {
  /// What was seen, then what does not apply, by reason.
  static func findings(_ findings: [Finding]) -> String {
    let width = findings.map(\.id.name.count).max() ?? 0
    var lines: [String] = []
    var reasons: [String] = []
    var names: [String: [String]] = [:]
    for finding in findings {
      let name = finding.id.name.padding(to: width)
      switch finding.status {
      case .answered(let outcome):
        lines.append("\(name)  \(outcome.name.padding(to: 18))  \(finding.summary)")
      case .inconclusive:
        lines.append("\(name)  \("inconclusive".padding(to: 18))  \(finding.summary)")
      case .notApplicable:
        if names[finding.summary] == nil { reasons.append(finding.summary) }
        names[finding.summary, default: []].append(finding.id.name)
      }
    }
    lines += reasons.map { reason in
      let why = reason.hasSuffix(".") ? String(reason.dropLast()) : reason
      return "\(why): \(names[reason, default: []].joined(separator: ", "))"
    }
    return lines.joined(separator: "\n")
  }

  static func diagnosis(
    _ findings: [Finding], _ assessment: Assessment, _ explanation: StepExplanation?,
    whatIf: [JSONOutput.WhatIfValue] = [], told: [ToldAnswer] = [], doubts: [Doubt] = [],
    _ knowledge: KnowledgeBase, target: Target
  ) -> String {
    var lines = [self.findings(findings), ""]
    if !told.isEmpty {
      lines.append("Told, and not counted yet (give what is right with --answer)")
      lines += told.map { "  \($0.question)=\($0.choice)  from “\($0.words)”" }
      lines.append("")
    }
    lines.append("Likeliest causes")
    for ranked in assessment.ranking.prefix(5) where ranked.probability >= 0.005 {
      let title = knowledge.cause(ranked.cause)?.title ?? ranked.cause.name
      lines.append("  \(percent(ranked.probability))  \(title)  (\(ranked.cause))")
      for reason in ranked.because.prefix(3) { lines.append("         \(self.reason(reason))") }
    }
    if let pair = assessment.pair {
      lines.append(
        "  One cause does not explain this; these two together do: \(pair.first) and \(pair.second).")
    } else if !assessment.oneCauseExplains {
      lines.append(
        "  One cause does not explain this: something is wrong in what is known, or there are two.")
    }
    let unsettled = doubts.filter { $0.outcome == nil }.map(\.finding.name)
    if !unsettled.isEmpty {
      lines.append(
        "  ! Not settled by this look, so nothing is said to be fine: \(unsettled.joined(separator: ", ")).")
    }
    for contradiction in assessment.contradictions {
      lines.append("  ! \(contradiction.sentence(knowledge))")
    }
    lines += ["", "Next step"]
    lines += step(assessment.next, knowledge, target: target).map { "  " + $0 }
    if let explanation {
      lines += ["", "Why this step"]
      lines.append("  " + words(explanation.why(knowledge), target))
      lines += explanation.outlooks.map { "  - " + words(explanation.words($0, knowledge), target) }
    }
    for asked in whatIf {
      lines += ["", "What if: \(asked.title ?? asked.id)"]
      if let price = asked.price_minutes, let whole = asked.expected_minutes {
        lines.append("  \(whole) minutes to the end of the case, \(price) more than the step above.")
      }
      lines.append("  " + words(asked.why, target))
      lines += (asked.answers ?? []).map { "  - " + words($0.text, target) }
    }
    return lines.joined(separator: "\n")
  }

  /// With the target's values in place of placeholders.
  private static func words(_ text: String, _ target: Target) -> String {
    FilledCommand(Fix.Command(door: .gui, shell: .steps, text: text), target: target).text
  }

  static func step(_ step: NextStep, _ knowledge: KnowledgeBase, target: Target) -> [String] {
    switch step {
    case .question(let id):
      guard let question = knowledge.question(id) else { return [id.name] }
      return ["Ask (\(id)): \(question.ask)", "How: \(question.how)"]
        + question.choices.map { "  \(id)=\($0.id)  \($0.text)" }
    case .fix(let id):
      guard let fix = knowledge.fix(id) else { return [id.name] }
      let card = FixCard(fix, target: target)
      var lines = [
        "\(card.fix.title)  (\(id), \(card.fix.owner.rawValue), about \(Int(card.fix.minutes)) min)"
      ]
      for command in card.commands {
        lines.append("\(command.door.rawValue):\(command.first.isEmpty ? "" : " \(command.first)")")
        lines += command.text.split(separator: "\n").map { "    \($0)" }
        if let refusal = command.refusal { lines.append("    ! \(refusal)") }
      }
      lines.append("Expect: \(card.fix.expect)")
      if !card.fix.otherwise.isEmpty { lines.append("Otherwise: \(card.fix.otherwise)") }
      if let policy = card.fix.policy {
        lines.append("Policy: \(policy.path) > “\(policy.setting)” = \(policy.to)")
        if let value = policy.registry {
          lines.append("Registry: \(value.key), \(value.name) = \(value.data)")
        }
        lines.append(policy.verdict.sentence)
      }
      lines.append("Risk: \(card.fix.risk.rawValue). Undo: \(card.fix.undo)")
      if let weakening = card.fix.weakening {
        lines.append("! Weakens security. Put back within \(Int(weakening.dueHours)) h: \(weakening.reverse)")
      }
      lines.append("Say: \(card.fix.say)")
      return lines
    case .escalate(let owner):
      return ["Hand the case over to: \(owner.rawValue)."]
    case .none:
      return ["Nothing wrong was found."]
    }
  }

  static func reason(_ reason: Reason) -> String {
    let what =
      switch reason.evidence {
      case .finding(let id, let outcome): "\(id) = \(outcome)"
      case .failedFix(let id): "\(id) did not help"
      }
    let sign = reason.effect >= 0 ? "for" : "against"
    return "\(sign): \(what)"
  }

  /// The width that every terminal has.
  static let width = 80

  /// A text broken at blanks, so that it fits.
  static func paragraph(_ text: String, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    return text.split(separator: "\n" as Character, omittingEmptySubsequences: false).flatMap { part in
      var lines = [margin]
      for word in part.split(separator: " " as Character) {
        let line = lines[lines.count - 1]
        if line.count > indent, line.count + 1 + word.count > width {
          lines.append(margin + word)
        } else {
          lines[lines.count - 1] = line + (line.count > indent ? " " : "") + word
        }
      }
      return lines
    }
  }

  /// A text behind its label, aligned with other fields; nothing when there is no text.
  static func field(_ label: String, _ text: String) -> [String] {
    field(label, text.isEmpty ? [] : [text])
  }

  /// Texts below each other behind one label.
  static func field(_ label: String, _ texts: [String]) -> [String] {
    let indent = 16
    let lines = texts.flatMap { paragraph($0, indent: indent) }
    return lines.enumerated().map { place, line in
      place == 0 ? "  " + label.padding(to: indent - 2) + line.dropFirst(indent) : line
    }
  }

  static func percent(_ probability: Double) -> String {
    let whole = Int((probability * 100).rounded())
    return String(repeating: " ", count: whole < 10 ? 2 : whole < 100 ? 1 : 0) + "\(whole) %"
  }
}

extension String {
  /// At least this many characters, filled with blanks.
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
