import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Probing

struct DiagnoseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diagnose",
    abstract: "Probes, weighs what is known, and prints the likeliest causes and the next step.")

  @Argument(help: "name, name:port, 192.0.2.7, [::1]:port or rdp://…; with --rdp-file it may be left out.")
  var target: String?
  @OptionGroup var code: CodeOptions
  @Option(
    name: .customLong("answer"),
    help: ArgumentHelp("The answer to a question; ? for “I don't know”.", valueName: "question=choice")
  )
  var answers: [String] = []
  @Option(
    name: .customLong("finding"),
    help: ArgumentHelp(
      "What probes saw elsewhere; it is then not asked of the host.", valueName: "id=outcome"))
  var stated: [String] = []
  @Option(
    help: ArgumentHelp(
      "What somebody tells in their own words, or @ and a file with it: the answers in it are offered, and count once they are given with --answer.",
      valueName: "text|@file"))
  var told: String?
  @Option(help: ArgumentHelp("A fix that was tried: failed or skipped.", valueName: "fix=result"))
  var tried: [String] = []
  @Option(
    name: .customLong("what-if"),
    help: ArgumentHelp("What taking this fix or question now would cost; or: escalate.", valueName: "id"))
  var whatIf: [String] = []
  @Flag(name: .customLong("no-probes"), help: "Do not look at the host.")
  var noProbes = false
  @Flag(help: "Print JSON.")
  var json = false
  @Flag(help: "In JSON, every cause, however unlikely.")
  var all = false
  @OptionGroup var handover: HandoverOptions
  @OptionGroup var options: ProbeOptions
  @OptionGroup var knowledge: KnowledgeOptions

  mutating func run() async throws {
    let base = try knowledge.load()
    let file = try handover.connection.read()
    let request = try options.request(for: target, file: file)
    let reported = try code.reported(base)
    let submissions =
      [file].compactMap(\.self) + reported.submissions
      + (try handover.read(port: request.target.port, knowledge: base))
    for submission in submissions {
      for note in submission.notes + submission.doubts(about: request.target, now: .now()) {
        Failure.print(note)
      }
    }
    var said = Evidence(
      isComplaint: reported.code != nil || !reported.submissions.isEmpty || !handover.pastes.isEmpty
        || told != nil || !answers.isEmpty)
    if let code = reported.code { said.add(.reported(code, words: reported.words)) }
    try addAnswers(to: &said, base)
    try addTried(to: &said, base)
    let forced = try whatIf.map { id in (id: id, step: try Self.step(id, base)) }

    let elsewhere = try findings(base)
    let offers = try toldAnswers(base).filter { offer in
      !said.findings.contains { $0.id == offer.question.finding && $0.outcome == offer.choice }
    }
    let look =
      noProbes ? Look(target: request.target, findings: [], elapsed: .zero) : await Look.at(request)
    let seen = elsewhere.reduce(into: look.findings) { seen, stated in
      if let place = seen.firstIndex(where: { $0.id == stated.id }) {
        seen[place] = stated
      } else {
        seen.append(stated)
      }
    }
    var evidence = Evidence(
      findings: seen, failedFixes: said.failedFixes, usedFixes: said.usedFixes,
      askedQuestions: said.askedQuestions, isComplaint: said.isComplaint)
    for finding in said.findings { evidence.add(finding) }
    for submission in submissions { evidence.add(submitted: submission.findings, knowledge: base) }
    let assessor = Assessor(knowledge: base)
    let assessment = assessor.assess(evidence)
    let explanation = assessor.explain(evidence)
    let prices = forced.map { id, step in
      JSONOutput.WhatIfValue(id, assessor.explain(evidence, step: step), base)
    }

    if json {
      var value = look.json(assessment, evidence, base, all: all)
      value.told = told == nil ? nil : offers.map { .init($0, base) }
      if let explanation { value.next = value.next?.explained(explanation, base) }
      value.what_if = prices.isEmpty ? nil : prices
      print(try JSONOutput.text(value))
    } else {
      print(
        TextOutput.diagnosis(
          evidence.findings, assessment, explanation, whatIf: prices, told: offers,
          doubts: base.doubts(in: evidence), base, target: request.target))
    }
    throw Self.exit(assessment, couldNotCheck: look.couldNotCheck)
  }

  private func addAnswers(to evidence: inout Evidence, _ base: KnowledgeBase) throws {
    for answer in answers {
      let (name, value) = try Self.pair(answer, option: "--answer", form: "question=choice")
      guard let question = base.question(QuestionID(name)) else {
        throw Failure(
          .usage, "There is no question \(name); `rdptriage knowledge list questions` names them."
        ).exit()
      }
      if value == "?" {
        evidence.askedQuestions.insert(question.id)
        continue
      }
      guard question.choices.contains(where: { $0.id.name == value }) else {
        let known = question.choices.map(\.id.name).joined(separator: ", ")
        throw Failure(.usage, "The question \(name) has no answer \(value); it has \(known).").exit()
      }
      evidence.add(answer: OutcomeID(value), to: question)
    }
  }

  private func toldAnswers(_ base: KnowledgeBase) throws -> [ToldAnswer] {
    guard let told else { return [] }
    var text = told
    if told.hasPrefix("@") {
      let path = String(told.dropFirst())
      guard let data = FileManager.default.contents(atPath: path) else {
        throw Failure(
          .noInput, "The file \(SafeText.clean(path, limit: 200)) is not there or cannot be read."
        ).exit()
      }
      text = String(decoding: data.prefix(ToldReader.textLimit), as: UTF8.self)
    }
    return ToldReader(base).read(text)
  }

  /// What `--finding` states.
  private func findings(_ base: KnowledgeBase) throws -> [Finding] {
    try stated.map { text in
      let (name, value) = try Self.pair(text, option: "--finding", form: "id=outcome")
      let id = FindingID(name)
      guard !name.hasPrefix("ask."), id != .codeReported, let entry = base.finding(id) else {
        throw Failure(
          .usage,
          "There is no finding \(SafeText.clean(name, limit: 60)); `rdptriage knowledge list findings` names them, and answers go with --answer."
        ).exit()
      }
      guard let outcome = entry.outcomes.first(where: { $0.id.name == value }) else {
        let known = entry.outcomes.map(\.id.name).joined(separator: ", ")
        throw Failure(
          .usage, "The finding \(name) has no outcome \(SafeText.clean(value, limit: 60)); it has \(known)."
        ).exit()
      }
      return Finding(id, .answered(outcome.id), source: .probe, summary: "\(entry.title): \(outcome.meaning)")
    }
  }

  private func addTried(to evidence: inout Evidence, _ base: KnowledgeBase) throws {
    for item in tried {
      let (name, value) = try Self.pair(item, option: "--tried", form: "fix=failed or fix=skipped")
      guard base.fix(FixID(name)) != nil else {
        throw Failure(.usage, "There is no fix \(name); `rdptriage knowledge list fixes` names them.").exit()
      }
      switch value {
      case "failed": evidence.failedFixes.append(FixID(name))
      case "skipped": evidence.usedFixes.insert(FixID(name))
      default: throw Failure(.usage, "--tried \(name)= takes failed or skipped, not \(value).").exit()
      }
    }
  }

  private static func step(_ id: String, _ base: KnowledgeBase) throws -> NextStep {
    if base.fix(FixID(id)) != nil { return .fix(FixID(id)) }
    if base.question(QuestionID(id)) != nil { return .question(QuestionID(id)) }
    if id == "escalate" { return .escalate(to: .serverAdmin) }
    throw Failure(
      .usage,
      "--what-if takes a fix, a question or escalate; there is no \(SafeText.clean(id, limit: 80))."
    ).exit()
  }

  private static func pair(_ text: String, option: String, form: String) throws -> (String, String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw Failure(.usage, "\(option) takes \(form), not “\(SafeText.clean(text, limit: 60))”.").exit()
    }
    return (parts[0], parts[1])
  }

  /// As `exitCode`; where this host was in the way, also a line on standard error that says what to do.
  static func exit(_ assessment: Assessment, couldNotCheck: Bool) -> ExitCode {
    let code = exitCode(assessment.ranking, couldNotCheck: couldNotCheck)
    if code == Failure.Code.couldNotCheck.rawValue { Failure.print(DoctorCommand.hint) }
    return ExitCode(code)
  }

  /// 0 healthy, 1 a fault, 2 undecided, 3 this host could not check.
  static func exitCode(_ ranking: [RankedCause], couldNotCheck: Bool) -> Int32 {
    guard let first = ranking.first else { return Failure.Code.undecided.rawValue }
    if couldNotCheck { return Failure.Code.couldNotCheck.rawValue }
    if first.cause == Cause.healthy { return 0 }
    let isLead = !Cause.withoutFix.contains(first.cause) && first.probability >= 0.1
    return (isLead ? Failure.Code.fault : Failure.Code.undecided).rawValue
  }
}

extension Look {
  /// What `diagnose` prints, without what was asked beside it.
  func json(_ assessment: Assessment, _ evidence: Evidence, _ base: KnowledgeBase, all: Bool = false)
    -> JSONOutput.DiagnosisValue
  {
    var value = json()
    value.findings = evidence.findings.map(JSONOutput.FindingValue.init)
    let shown = all ? assessment.ranking : assessment.ranking.filter { JSONOutput.counts($0) }
    value.causes = shown.map { .init($0, base, reasons: all ? .max : JSONOutput.CauseValue.mostReasons) }
    if !all { value.others = .init(assessment.ranking.filter { !JSONOutput.counts($0) }) }
    value.pair = assessment.pair.map { [$0.first.name, $0.second.name] }
    value.one_cause_explains = assessment.oneCauseExplains
    value.doubts = base.doubts(in: evidence).map(JSONOutput.DoubtValue.init)
    value.contradictions = assessment.contradictions.map { .init($0, base) }
    value.next = .whole(assessment.next, base, target: target)
    value.plan = assessment.plan.map { planned in
      var step = JSONOutput.StepValue(planned.step, base)
      step.expected_minutes = (planned.expectedMinutes * 10).rounded() / 10
      return step
    }
    return value
  }
}
