import Diagnosis
import Facts

/// Whole entries of the knowledge as people read them, at most 80 columns wide.
struct EntryText {
  let base: KnowledgeBase

  /// Every entry with this id: a cause and a question may share one.
  func lines(_ id: String) -> [String] {
    var parts: [[String]] = []
    if let cause = base.cause(CauseID(id)) { parts.append(lines(cause)) }
    if let fix = base.fix(FixID(id)) { parts.append(lines(fix)) }
    if let question = base.question(QuestionID(id)) { parts.append(lines(question)) }
    if let finding = base.finding(FindingID(id)) { parts.append(lines(finding)) }
    if let code = base.codes.first(where: { $0.id == id }) { parts.append(lines(code)) }
    if let pair = base.pairs.first(where: { $0.pair == id }) { parts.append(lines(pair)) }
    if let message = base.message(MessageID(id)) { parts.append(lines(message)) }
    if let story = base.story(StoryID(id)) { parts.append(lines(story)) }
    return Array(parts.joined(separator: [""]))
  }

  private func lines(_ cause: Cause) -> [String] {
    var lines = head("Cause", cause.id.name, cause.title)
    lines += field("Person sees", cause.shows)
    lines += field("Fails at", cause.phase.words)
    lines += field("Group", cause.group)
    lines += field("Base rate", "\(number(cause.baseRate)) of 1,000 calls. \(cause.baseRateReason)")
    lines += field(
      "Codes",
      cause.codes.sorted { ($0.value.probability, $1.key) > ($1.value.probability, $0.key) }
        .map { "\($0.value.rawValue) \($0.key)" })
    lines += field(
      "Expects",
      cause.expects.sorted { $0.key < $1.key }.flatMap { finding, outcomes in
        let entry = base.finding(finding)
        let known = outcomes.sorted { ($0.value.probability, $1.key) > ($1.value.probability, $0.key) }
        return ["\(finding) (\(entry?.title ?? ""))"]
          + known.map { outcome, strength in
            let meaning = entry?.outcomes.first { $0.id == outcome }?.meaning ?? ""
            return "- \(strength.rawValue) \(outcome): \(meaning)"
          }
      })
    lines += field(
      "Fixes",
      cause.cures.map { "\($0.fix): \(base.fix($0.fix)?.title ?? "") (cures \($0.strength.rawValue))" })
    return lines + tail(cause.sources, cause.origin)
  }

  private func lines(_ fix: Fix) -> [String] {
    var lines = head("Fix", fix.id.name, fix.title)
    lines += field("Owner", "\(fix.owner.rawValue), on the \(fix.place.rawValue)")
    lines += field(
      "Takes",
      "\(number(fix.minutes)) min" + (fix.wait > 0 ? " and \(number(fix.wait)) min of waiting" : "")
        + (fix.restart == .none ? ", no restart" : ", restarts the \(fix.restart.rawValue)"))
    lines += field("Notices", fix.notices)
    lines += field("Risk", fix.risk.rawValue)
    if let weakening = fix.weakening {
      lines += field(
        "! Weakens",
        "Security is weakened. Put back within \(number(weakening.dueHours)) h: \(weakening.reverse)")
    }
    if let policy = fix.policy {
      lines += field(
        "Policy",
        ["\(policy.path) > “\(policy.setting)” = \(policy.to)"]
          + (policy.registry.map { ["\($0.key), \($0.name) = \($0.data)"] } ?? []) + [policy.verdict.sentence]
      )
    }
    for command in fix.commands {
      lines.append("  By \(command.door.rawValue) (\(command.shell.rawValue))")
      if !command.needs.isEmpty { lines += TextOutput.paragraph("Needs: \(command.needs)", indent: 4) }
      if !command.first.isEmpty { lines += TextOutput.paragraph(command.first, indent: 4) }
      // A command keeps every character, so it is never broken here.
      lines +=
        command.shell == .steps
        ? command.text.split(separator: "\n" as Character).flatMap {
          TextOutput.paragraph(String($0), indent: 4)
        }
        : command.text.split(separator: "\n" as Character, omittingEmptySubsequences: false).map {
          "    \($0)"
        }
    }
    lines += field("Expect", fix.expect)
    lines += field("Otherwise", fix.otherwise)
    lines += field("Undo", fix.undo)
    lines += field(
      "Proof", fix.proof.isEmpty ? "the caller's word" : fix.proof.map(\.name).joined(separator: ", "))
    lines += field("Say", fix.say)
    lines += field(
      "Cures",
      base.causes.compactMap { cause in
        cause.cures.first { $0.fix == fix.id }.map { "\(cause.id): \(cause.title) (\($0.strength.rawValue))" }
      })
    return lines + tail(fix.sources, fix.origin)
  }

  private func lines(_ question: Question) -> [String] {
    var lines = head("Question", question.id.name, question.ask)
    lines += field("Say", question.say)
    lines += field("Find out", question.how)
    if let place = question.place { lines += field("Where", place.rawValue) }
    lines += field("Takes", "\(number(question.minutes)) min")
    lines += field("Only where", conditions(question.needs))
    lines += field("Not where", conditions(question.idle))
    lines += field("Not after", question.unless.map(\.name))
    lines += field(
      "Answers",
      question.choices.map { choice in
        let states = choice.states.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }
        return "\(choice.id): \(choice.text)"
          + (states.isEmpty ? "" : " (states \(states.joined(separator: ", ")))")
      })
    lines += field("Separates", separated(by: question.findingID))
    return lines + tail(question.sources, question.origin)
  }

  private func lines(_ finding: FindingEntry) -> [String] {
    var lines = head("Finding", finding.id.name, finding.title)
    lines += field("Looks at", finding.layer?.words ?? "")
    lines += field("Only where", conditions(finding.needs))
    lines += field(
      "Outcomes", finding.outcomes.map { "\($0.id): \($0.meaning)" + ($0.isFine ? " (fine)" : "") })
    lines += field("Separates", separated(by: finding.id))
    return lines + field("From", finding.origin)
  }

  private func lines(_ code: CodeEntry) -> [String] {
    Explanation(code.id, base).text(base).split(
      separator: "\n" as Character, omittingEmptySubsequences: false
    )
    .map { String($0) } + field("From", code.origin)
  }

  private func lines(_ message: MessageEntry) -> [String] {
    var lines = head("Message", message.id.name, message.title)
    lines += field("Means", message.meaning)
    lines += field("Shown by", message.programs.map(\.rawValue).joined(separator: ", "))
    lines += field("Codes", message.codes.joined(separator: ", "))
    lines += field(
      "Causes",
      message.causes.sorted { ($0.value.probability, $1.key) > ($1.value.probability, $0.key) }
        .map { "\($0.value.rawValue) \($0.key): \(base.cause($0.key)?.title ?? "")" })
    lines += field(
      "Settles", message.answers.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" })
    lines += field("Marks", message.marks)
    for (language, wordings) in message.wordings.sorted(by: { $0.key < $1.key }) {
      let isSourced = !message.unsourced.contains(language)
      lines += field(
        isSourced ? language : "\(language), own", wordings.map { SafeText.clean($0, limit: 600) })
    }
    return lines + tail(message.sources, message.origin)
  }

  private func lines(_ pair: PairEntry) -> [String] {
    Explanation(pair.pair, base).text(base).split(
      separator: "\n" as Character, omittingEmptySubsequences: false
    )
    .map { String($0) } + field("From", pair.origin)
  }

  private func lines(_ story: Story) -> [String] {
    var lines = head("Story", story.id.name, story.title)
    lines += field("Told", story.told)
    lines += field("Code", story.code?.description ?? "")
    lines += field("Where", story.environment.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
    lines += field("Facts", story.facts)
    lines += field("Seen", story.seen.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" })
    lines += field("Known", story.known.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" })
    lines += field("Causes", story.truth.map { "\($0): \(base.cause($0)?.title ?? "")" })
    lines += field("Cured by", story.cured)
    lines += field("Wrong turns", story.wrongTurns)
    return lines + field("Source", story.source) + field("From", story.origin)
  }

  private func head(_ kind: String, _ id: String, _ title: String) -> [String] {
    TextOutput.paragraph("\(kind) \(id)", indent: 0) + TextOutput.paragraph(title, indent: 2)
  }

  private func tail(_ sources: [String], _ origin: String) -> [String] {
    field("Sources", sources == ["none"] ? ["none: an own estimate"] : sources) + field("From", origin)
  }

  private func conditions(_ needs: [FindingID: [OutcomeID]]) -> [String] {
    needs.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value.map(\.name).joined(separator: " or "))" }
  }

  private func separated(by finding: FindingID) -> [String] {
    let causes = base.causes.filter { $0.expects[finding] != nil }.map(\.id.name)
    return causes.isEmpty ? [] : [causes.joined(separator: ", ")]
  }

  private func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String(value)
  }

  private func field(_ label: String, _ text: String) -> [String] { TextOutput.field(label, text) }
  private func field(_ label: String, _ texts: [String]) -> [String] { TextOutput.field(label, texts) }
}
