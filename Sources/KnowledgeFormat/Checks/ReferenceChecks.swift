internal import Diagnosis
internal import Facts

extension Check {
  static let causesNameFixes = Check(name: "cause-fixes") { knowledge in
    let ids = knowledge.base.fixes.map(\.id.name)
    var violations: [Violation] = []
    for cause in knowledge.base.causes {
      for cure in cause.cures where knowledge.base.fix(cure.fix) == nil {
        violations.append(
          Violation(
            .causes, cause.id.name, ["fixes", cure.fix.name],
            "there is no fix “\(cure.fix)”" + near(cure.fix.name, ids)))
      }
      if cause.cures.isEmpty && !Cause.withoutFix.contains(cause.id) {
        violations.append(
          Violation(
            .causes, cause.id.name, ["fixes"], "the cause has no fix: name at least one under “fixes”")
        )
      }
    }
    return violations
  }

  static let expectationsCanBeObserved = Check(name: "cause-expects") { knowledge in
    var violations: [Violation] = []
    for cause in knowledge.base.causes {
      for (finding, outcomes) in cause.expects {
        let path = ["expects", finding.name]
        if finding.isOfOpenSet {
          violations.append(
            Violation(
              .causes, cause.id.name, path,
              finding.isCode
                ? "codes are not written under “expects” but under “codes”"
                : "messages are not written under “expects”: name the cause in the message"))
        } else if outcomes.isEmpty {
          violations.append(
            Violation(
              .causes, cause.id.name, path, "no outcome of “\(finding)” is named: write one, or drop it")
          )
        } else {
          for outcome in outcomes.keys {
            if let message = knowledge.fault(of: finding, outcome) {
              violations.append(Violation(.causes, cause.id.name, path + [outcome.name], message))
            }
          }
        }
      }
    }
    return violations
  }

  static let needsCanBeMet = Check(name: "needs") { knowledge in
    func violations(
      _ kind: EntryKind, _ id: String, _ needs: [FindingID: [OutcomeID]], in field: String = "needs"
    ) -> [Violation] {
      needs.flatMap { finding, outcomes in
        outcomes.compactMap { outcome in
          knowledge.fault(of: finding, outcome).map {
            Violation(kind, id, [field, finding.name, outcome.name], $0)
          }
        }
      }
    }
    let unknown = knowledge.base.questions.flatMap { question in
      question.unless.filter { knowledge.base.finding($0) == nil }.map {
        Violation(.questions, question.id.name, ["unless"], knowledge.missing($0))
      }
    }
    let tried = knowledge.base.questions.flatMap { question in
      question.needs.compactMap { finding, outcomes -> Violation? in
        guard let fix = finding.triedFix else { return nil }
        let path = ["needs", finding.name]
        guard knowledge.base.fix(fix) != nil else {
          return Violation(.questions, question.id.name, path, "there is no fix “\(fix)”")
        }
        return outcomes == [.failed]
          ? nil
          : Violation(.questions, question.id.name, path, "“\(finding)” has one outcome: write [failed]")
      }
    }
    return unknown + tried
      + knowledge.base.questions.flatMap { question in
        violations(.questions, question.id.name, question.needs.filter { $0.key.triedFix == nil })
          + violations(.questions, question.id.name, question.idle, in: "idle")
      }
      + knowledge.base.findings.filter { !$0.id.name.hasPrefix("ask.") }
      .flatMap { violations(.findings, $0.id.name, $0.needs) }
  }

  static let needsDoNotGoInCircles = Check(name: "needs-circle") { knowledge in
    func reaches(_ goal: FindingID) -> Bool {
      var seen: Set<FindingID> = []
      var open = knowledge.base.finding(goal).map { Array($0.needs.keys) } ?? []
      while let next = open.popLast() {
        if next == goal { return true }
        if seen.insert(next).inserted { open += knowledge.base.finding(next)?.needs.keys ?? [:].keys }
      }
      return false
    }
    return knowledge.base.findings.filter { reaches($0.id) }.map { entry in
      let name = entry.id.name
      let isQuestion = name.hasPrefix("ask.")
      return Violation(
        isQuestion ? .questions : .findings, isQuestion ? String(name.dropFirst(4)) : name, ["needs"],
        "“\(name)” needs itself, directly or through what it needs")
    }
  }

  static let choicesStateWhatExists = Check(name: "choice-states") { knowledge in
    knowledge.base.questions.flatMap { question in
      question.choices.flatMap { choice in
        choice.states.compactMap { finding, outcome in
          knowledge.fault(of: finding, outcome).map {
            Violation(.questions, question.id.name, ["choices", choice.id.name, "states", finding.name], $0)
          }
        }
      }
    }
  }

  /// A finding that answers questions must not also speak for a cause by itself: one output would count twice.
  static let readingsAnswer = Check(name: "question-reads") { knowledge in
    knowledge.base.questions.flatMap { question in
      question.reads.flatMap { finding, choices -> [Violation] in
        func violation(_ path: [String], _ message: String) -> Violation {
          Violation(.questions, question.id.name, ["reads", finding.name] + path, message)
        }
        guard let entry = knowledge.base.finding(finding) else {
          return [violation([], knowledge.missing(finding))]
        }
        guard entry.isStatedByDocument else {
          return [
            violation([], "“\(finding)” is not read from a document: only “paste.” and “file.” findings are")
          ]
        }
        var violations: [Violation] = []
        if choices.isEmpty {
          violations.append(violation([], "no outcome of “\(finding)” is named: write one, or drop it"))
        }
        for cause in knowledge.base.causes where cause.expects[finding] != nil {
          violations.append(
            violation([], "the cause “\(cause.id)” expects “\(finding)” itself: one output would count twice")
          )
        }
        for (outcome, choice) in choices {
          if let message = knowledge.fault(of: finding, outcome)
            ?? knowledge.fault(of: question.findingID, choice)
          {
            violations.append(violation([outcome.name], message))
          }
        }
        return violations
      }
    }
  }

  static let proofsCanBeProbed = Check(name: "fix-proof") { knowledge in
    knowledge.base.fixes.flatMap { fix in
      fix.proof.compactMap { finding in
        guard let entry = knowledge.base.finding(finding) else {
          return Violation(.fixes, fix.id.name, ["proof", finding.name], knowledge.missing(finding))
        }
        if entry.isStatedByProbe { return nil }
        if finding.isOutput {
          return knowledge.base.questionPrinting(finding) == nil
            ? Violation(
              .fixes, fix.id.name, ["proof", finding.name],
              "no question that reads “\(finding)” has a command under “run”: nobody could look again") : nil
        }
        return Violation(
          .fixes, fix.id.name, ["proof", finding.name],
          "“\(finding)” cannot be looked at again: a proof names findings of probes or of outputs, or is []")
      }
    }
  }

  static let casesNameWhatExists = Check(name: "case-references") { knowledge in
    let causes = knowledge.base.causes.map(\.id.name)
    let fixes = knowledge.base.fixes.map(\.id.name)
    return knowledge.cases.flatMap { file in
      var violations: [Violation] = []
      if !file.first.name.isEmpty && knowledge.base.cause(file.first) == nil {
        violations.append(
          Violation(
            .cases, file.name, ["first"], "there is no cause “\(file.first)”" + near(file.first.name, causes))
        )
      }
      for (finding, outcome) in file.findings {
        if let message = knowledge.fault(of: finding, outcome) {
          violations.append(Violation(.cases, file.name, ["findings", finding.name], message))
        }
      }
      for fix in file.failed where knowledge.base.fix(fix) == nil {
        violations.append(
          Violation(
            .cases, file.name, ["failed", fix.name], "there is no fix “\(fix)”" + near(fix.name, fixes))
        )
      }
      return violations
    }
  }

  static let storiesNameWhatExists = Check(name: "story-references") { knowledge in
    let causes = knowledge.base.causes.map(\.id.name)
    return knowledge.base.stories.flatMap { story in
      func violation(_ path: [String], _ message: String) -> Violation {
        Violation(.stories, story.id.name, path, message)
      }
      var violations: [Violation] = []
      if story.truth.isEmpty {
        violations.append(violation(["truth"], "a story names at least one cause that counts as right"))
      }
      for cause in story.truth where knowledge.base.cause(cause) == nil {
        violations.append(
          violation(
            ["truth", cause.name], "there is no cause “\(cause)”" + near(cause.name, causes)))
      }
      for (finding, outcome) in story.seen {
        if let message = knowledge.fault(of: finding, outcome) {
          violations.append(violation(["seen", finding.name], message))
        } else if let entry = knowledge.base.finding(finding), !entry.isStatedByProbe {
          violations.append(
            violation(
              ["seen", finding.name],
              "“\(finding)” is not seen by a probe: write what people knew under “known”"))
        }
      }
      for (question, choice) in story.known {
        if let message = knowledge.fault(of: question.finding, choice) {
          violations.append(violation(["known", question.name], message))
        }
      }
      return violations
    }
  }

  static let needsOfCausesExist = Check(name: "cause-needs") { knowledge in
    knowledge.base.causes.flatMap { cause in
      cause.needs.flatMap { finding, outcomes in
        outcomes.compactMap { outcome in
          knowledge.fault(of: finding, outcome).map {
            Violation(.causes, cause.id.name, ["needs", finding.name, outcome.name], $0)
          }
        }
      }
    }
  }

  static func near(_ name: String, _ candidates: [String]) -> String {
    Suggestion.nearest(to: name, among: candidates).map { ": did you mean “\($0)”?" } ?? ""
  }
}

extension DecodedKnowledge {
  /// Why nothing can ever state this outcome of this finding; nil when something can.
  func fault(of finding: FindingID, _ outcome: OutcomeID) -> String? {
    if finding == .messageShown {
      return base.message(MessageID(outcome.name)) == nil ? "there is no message “\(outcome)”" : nil
    }
    if finding.isCode {
      return outcome.name == "none" ? nil : fault(ofCode: outcome.name)
    }
    guard let entry = base.finding(finding) else { return missing(finding) }
    let outcomes = entry.outcomes.map(\.id.name)
    if outcomes.contains(outcome.name) { return nil }
    return "“\(finding)” has no outcome “\(outcome)”" + Suggestion.ending(for: outcome.name, among: outcomes)
  }

  func missing(_ finding: FindingID) -> String {
    let hint = Check.near(finding.name, base.findings.map(\.id.name))
    let place =
      finding.name.hasPrefix("ask.")
      ? " (a question gives it: questions/\(finding.name.dropFirst(4)).yaml)" : ""
    return "there is no finding “\(finding)”" + (hint.isEmpty ? place : hint)
  }
}
