public import Diagnosis
import Facts

/// A case in words: what ticket texts, hand-over notes and proof sheets are made of.
///
/// Nothing in it carries control characters. How it is written down is up to ``ReportFormat``.
public struct CaseReport: Sendable, Equatable {
  public var title: String
  public var sections: [Section]

  public struct Section: Sendable, Equatable {
    /// nil for the facts under the title.
    public var heading: String?
    public var lines: [Line]
  }

  public enum Line: Sendable, Equatable {
    case fact(String, String)
    case item(String)
    /// To be copied as it stands.
    case command(String)
    case text(String)
  }

  init(title: String, sections: [Section]) {
    self.title = title
    self.sections = sections
  }

  /// - Parameters:
  ///   - assessor: nil gives ids in place of titles.
  ///   - recipient: Who takes the case over; the report then says what they should look at.
  ///   - note: What must be said of the whole, at its end.
  public init(_ record: Case, assessor: Assessor?, for recipient: Fix.Owner? = nil, note: String? = nil) {
    let writer = ReportWriter(record: record, assessor: assessor)
    title = SafeText.clean(
      recipient.map { localized("Remote Desktop case \(record.id) for \(Wording.owner($0))") }
        ?? localized("Remote Desktop case \(record.id)"), limit: 200)
    var sections = [writer.facts]
    if let recipient {
      sections += [writer.proven, writer.openQuestions, writer.lookAt(recipient)]
    }
    sections += [writer.told, writer.judgement, writer.weakened, writer.answers, writer.putOff] + writer.read
    sections += [writer.steps, writer.seen]
    if let note { sections.append(.init(heading: nil, lines: [.text(note)])) }
    self.sections = sections.filter { !$0.lines.isEmpty }.map(Self.cleaned)
  }

  private static func cleaned(_ section: Section) -> Section {
    func clean(_ text: String) -> String { SafeText.clean(text, limit: 2000) }
    var section = section
    section.lines = section.lines.map { line in
      switch line {
      case .fact(let name, let value): .fact(name, clean(value))
      case .item(let text): .item(clean(text))
      // A command of several lines stays one.
      case .command(let text):
        .command(text.split(separator: "\n").map { clean(String($0)) }.joined(separator: "\n"))
      case .text(let text): .text(clean(text))
      }
    }
    return section
  }
}

private struct ReportWriter {
  let record: Case
  let assessor: Assessor?

  private var knowledge: KnowledgeBase? { assessor?.knowledge }
  private var target: Target? { record.target }

  var facts: CaseReport.Section {
    var lines: [CaseReport.Line] = []
    if let ticket = record.ticket { lines.append(.fact(localized("Ticket"), ticket)) }
    if let target {
      lines.append(.fact(localized("Target"), target.connectText))
      if let gateway = target.gateway { lines.append(.fact(localized("Gateway"), gateway)) }
      if let domain = target.domain { lines.append(.fact(localized("Domain"), domain)) }
      if let user = target.user { lines.append(.fact(localized("User"), user)) }
    }
    if let code = record.code {
      let reading = knowledge?.reading(of: code)
      let means = reading?.pair?.meaning ?? reading?.entries.first?.meaning
      lines.append(.fact(localized("Code"), "\(code)" + (means.map { ". \($0)" } ?? "")))
    } else {
      lines.append(.fact(localized("Code"), localized("none")))
    }
    if let opened = record.opened, let person = record.entries.first?.person {
      lines.append(.fact(localized("Opened"), localized("\(opened.text) UTC by \(person)")))
    }
    lines.append(.fact(localized("State"), Ending.word(record) ?? localized("open")))
    if case .solved(let fix?)? = record.ending {
      lines.append(.fact(Ending.label(record), Wording.title(fix, target: target, knowledge)))
      if let proof = record.proof(of: fix) {
        lines.append(.fact(localized("Proof"), Wording.verdict(proof.verdict)))
      }
    }
    if record.ending != nil, let opened = record.opened, let changed = record.changed {
      lines.append(.fact(localized("Took"), Wording.between(opened, changed)))
    }
    return .init(heading: nil, lines: lines)
  }

  var judgement: CaseReport.Section {
    guard let assessor else { return .init(heading: nil, lines: []) }
    let evidence = Evidence(record, knowledge: assessor.knowledge)
    let ranking = assessor.rank(evidence)
    guard let cause = Ending.cause(record, ranking: ranking, assessor) else {
      return .init(heading: nil, lines: [])
    }
    var lines: [CaseReport.Line] = []
    if record.ending == nil, cause.probability < Wording.leastLead,
      let standing = Wording.standing(ranking, knowledge)
    {
      lines.append(.text(standing.lead + standing.text))
    }
    lines.append(.text("\(Wording.title(cause.cause, knowledge)) (\(Wording.percent(cause.probability)))"))
    for reason in cause.because.prefix(5) {
      let sign = reason.effect > 0 ? localized("for") : localized("against")
      let evidence = Wording.evidence(reason.evidence, target: target, knowledge)
      lines.append(.item("\(Wording.weight(reason.effect)) \(sign): \(evidence)"))
    }
    if record.ending == nil {
      for other in ranking.filter({ $0.cause != cause.cause }).prefix(2) {
        lines.append(
          .text(
            localized(
              "Then: \(Wording.title(other.cause, knowledge)) (\(Wording.percent(other.probability)))")))
      }
      lines += Wording.contradictions(assessor.knowledge.contradictions(in: evidence), assessor.knowledge)
        .map { .text($0) }
    }
    return .init(heading: localized("Most likely"), lines: lines)
  }

  var weakened: CaseReport.Section {
    let protections = knowledge.map(record.weakenedProtections) ?? []
    var lines: [CaseReport.Line] = []
    for item in protections {
      switch item.state {
      case .open, .accepted:
        lines += [.item(localized("by \(item.due.text) UTC (\(item.title)):")), .command(item.reverse)]
        if case .accepted(let reason, _, let person) = item.state {
          lines.append(.text(localized("Left so by \(person): \(reason)")))
        }
      case .reversed(let time, let person):
        lines.append(.item(localized("put back: \(item.title) (\(time.text) UTC by \(person))")))
      }
    }
    let isOpen = protections.contains { if case .reversed = $0.state { false } else { true } }
    return .init(
      heading: isOpen
        ? localized("Security is weakened; to be put back") : localized("Security was weakened for a while"),
      lines: lines)
  }

  /// What the caller said, line by line.
  var told: CaseReport.Section {
    .init(
      heading: localized("Told"),
      lines: record.told.flatMap { $0.split(whereSeparator: \.isNewline) }.map { .text(String($0)) })
  }

  var answers: CaseReport.Section {
    func words(_ id: QuestionID) -> String {
      let ask = knowledge?.question(id)?.ask ?? id.name
      return target.map { Wording.filled(ask, $0) } ?? ask
    }
    var lines: [CaseReport.Line] = record.answers.filter { $0.choice != nil }.map { answer in
      .item("\(words(answer.question)) \(Wording.answer(answer.question, answer.choice, knowledge))")
    }
    let unknown = record.answers.filter { $0.choice == nil }
    if !unknown.isEmpty {
      lines.append(
        .text(localized("Not known: \(unknown.map { words($0.question) }.joined(separator: " "))")))
    }
    return .init(heading: localized("Answers"), lines: lines)
  }

  /// Questions that wait for somebody who can answer them.
  var putOff: CaseReport.Section {
    .init(
      heading: localized("Still to be asked"),
      lines: record.putOff.map { id in
        let question = knowledge?.question(id)
        let ask = question?.ask ?? id.name
        let words = target.map { Wording.filled(ask, $0) } ?? ask
        return .item("\(Wording.teller(question?.place)): \(words)")
      })
  }

  /// What files and pasted outputs said.
  var read: [CaseReport.Section] {
    record.submissions.map { submission in
      .init(
        heading: localized("Read from \(SafeText.clean(submission.name, limit: 200))"),
        lines: submission.findings.map { .item("\(Standing($0, knowledge).word): \($0.summary)") })
    }
  }

  var steps: CaseReport.Section {
    .init(
      heading: localized("Steps"),
      lines: record.steps.map { step in
        let word =
          switch step.result {
          case .done: localized("done")
          case .failed: localized("did not help")
          case .skipped: localized("skipped")
          }
        let verdict = record.proof(of: step.fix).map { ". \(Wording.verdict($0.verdict))" } ?? ""
        return .item("\(Wording.title(step.fix, target: target, knowledge)): \(word)\(verdict)")
      })
  }

  var seen: CaseReport.Section {
    .init(
      heading: localized("Seen by probes"),
      lines: record.probeFindings.compactMap { finding in
        if case .notApplicable = finding.status { return nil }
        return .item("\(Standing(finding, knowledge).word): \(finding.summary)")
      })
  }

  /// What the recipient need not look at again.
  var proven: CaseReport.Section {
    let fine = record.probeFindings.filter { finding in
      knowledge?.finding(finding.id)?.outcomes.first { $0.id == finding.outcome }?.isFine ?? false
    }
    return .init(heading: localized("Proven to be in order"), lines: fine.map { .item($0.summary) })
  }

  /// What is neither proven nor refuted.
  var openQuestions: CaseReport.Section {
    .init(
      heading: localized("Could not be told"),
      lines: record.probeFindings.compactMap { finding in
        guard case .inconclusive(let why) = finding.status else { return nil }
        return .item(
          "\(Wording.title(finding.id, knowledge)): \(Wording.inconclusive(why, knowledge))")
      })
  }

  /// The recipient's own fixes for the causes that are left, the likeliest cure first.
  func lookAt(_ owner: Fix.Owner) -> CaseReport.Section {
    guard let assessor, let target else { return .init(heading: nil, lines: []) }
    let evidence = Evidence(record, knowledge: assessor.knowledge)
    var lines: [CaseReport.Line] = []
    var named: Set<FixID> = evidence.usedFixes.union(evidence.failedFixes)
    for ranked in assessor.rank(evidence).prefix(8) where ranked.probability >= 0.02 {
      guard let cause = assessor.knowledge.cause(ranked.cause) else { continue }
      for cure in cause.cures {
        guard let fix = assessor.knowledge.fix(cure.fix), fix.owner == owner, named.insert(fix.id).inserted
        else { continue }
        let card = FixCard(fix, target: target)
        lines.append(.item("\(cause.title) (\(Wording.percent(ranked.probability))): \(card.fix.title)"))
        if let command = card.commands.first(where: { $0.shell != .steps }), command.refusal == nil {
          lines.append(.command(command.text))
        }
      }
      if lines.count >= 10 { break }
    }
    return .init(heading: localized("Please look at"), lines: lines)
  }
}
