import Diagnosis
import Facts

/// What can be done to the open case. Each change is recorded.
extension Turn {
  mutating func record(_ event: Case.Event) {
    guard let id = model.triage?.id else { return }
    let entry = Case.Entry(time: now, person: model.settings.person, event: event)
    model.triage?.record.entries.append(entry)
    if case .probed = event {} else { model.triage?.chosen = nil }
    effects.append(.record(entry, in: id))
    needsAssessment = true
  }

  /// Ranks again what is known, and plans again what to do. While probes bring in findings the ranking is enough: what to do is planned
  /// at their end, or when the person answers before.
  mutating func assess(planning: Bool = true) {
    guard let advisor = model.advisor, let triage = model.triage else { return }
    let evidence = Evidence(triage.record, knowledge: advisor.assessor.knowledge)
    if planning && triage.record.ending == nil || triage.assessment == nil {
      let assessment = advisor.assessor.assess(evidence)
      model.triage?.assessment = assessment
      if triage.practice != nil {
        model.triage?.planned.append(.init(evidence: evidence, next: assessment.next))
      }
    } else {
      model.triage?.assessment?.ranking = advisor.assessor.rank(evidence)
    }
  }

  mutating func openCase(
    _ target: Target, code: ReportedCode?, told: String = "", practice: PracticeCase? = nil,
    submissions: [Submission] = []
  ) {
    closeTriage(keepingPractice: practice != nil)
    let id = newCaseID(target, practice: practice)
    model.triage = Triage(id: id, target: target, probes: model.settings.probes)
    model.triage?.practice = practice
    record(.opened(target))
    record(.codeReported(code))
    for submission in submissions { record(.submitted(submission.name, submission.findings)) }
    startProbes()
    moves += [.toCase, .advance(force: true)]
    if !told.isEmpty { tell(told) }
  }

  /// Keeps what was said, and offers the answers that were found in it; none of them counts before a person has let it.
  mutating func tell(_ text: String) {
    record(.told(text))
    model.triage?.tellDraft = ""
    model.triage?.unread = text
    readWhatWasTold()
  }

  mutating func readWhatWasTold() {
    guard let triage = model.triage, let text = triage.unread, let knowledge = model.knowledge,
      let reader = model.toldReader()
    else { return }
    model.triage?.unread = nil
    let offers = TellScreen.offers(
      reader.read(text), knowledge.read(text), code: triage.record.code,
      Evidence(triage.record, knowledge: knowledge), knowledge)
    if offers.isEmpty {
      model.notice = localized("Kept with the case. No answer to a question was found in it.")
    } else {
      moves.append(.push(.tell(TellScreen(offering: offers))))
    }
  }

  /// Answers that were given all at once.
  mutating func answer(_ together: [Case.GivenAnswer], _ occasion: Case.Occasion) {
    if !together.isEmpty { record(.answeredTogether(together, occasion)) }
    moves += [.toCase, .advance(force: true)]
  }

  /// Asks something else until somebody comes back to it.
  mutating func putOff(_ question: QuestionID) {
    record(.putOff(question))
    model.notice = localized("Put off. \(model.key("u")) lists it when the answer is there.")
    moves += [.toCase, .advance(force: true)]
  }

  /// Takes up a case that was read from disk. An open one is probed again: its target may have changed.
  mutating func resume(_ record: Case) {
    guard let target = record.target else {
      model.notice = localized("The case \(record.id) holds no target, so it cannot be resumed.")
      return
    }
    closeTriage()
    model.triage = Triage(resuming: record, target: target, probes: model.settings.probes)
    needsAssessment = true
    if record.ending == nil, !resumeProof(of: record) { startProbes() }
    moves += [.toCase, .advance(force: true)]
  }

  /// A fix that was done before the case was left, and of which nobody said whether it helped.
  private mutating func resumeProof(of record: Case) -> Bool {
    guard
      let place = record.entries.lastIndex(where: { entry in
        switch entry.event {
        case .stepTaken, .stepWithdrawn, .closed, .reopened: true
        default: false
        }
      }), case .stepTaken(let fix, .done) = record.entries[place].event
    else { return false }
    var proof: Case.Proof?
    for entry in record.entries[place...] {
      if case .proven(fix, let known) = entry.event { proof = known }
    }
    let known = model.knowledge?.fix(fix)
    let ids = known?.proof.filter { !$0.isOutput } ?? []
    let earlier = Case(id: record.id, entries: Array(record.entries[..<place]))
    let outputs = known.flatMap { model.knowledge?.outputs(proving: $0, in: earlier) } ?? []
    let before = (earlier.probeFindings + earlier.outputFindings).filter {
      ids.contains($0.id) || outputs.contains($0.id)
    }
    model.triage?.proving = Triage.Proving(
      fix: fix, ids: ids, outputs: outputs, before: before, proof: proof)
    if proof == nil { lookAgain(for: ids) }
    return true
  }

  private mutating func lookAgain(for ids: [FindingID]) {
    if ids.isEmpty {
      cancelProbes()
      finishProof()
    } else {
      startProbes(only: Set(ids))
    }
  }

  /// Lets go of the open case; it stays on disk.
  mutating func closeTriage(keepingPractice: Bool = false) {
    cancelProbes()
    if model.triage?.practice != nil, !keepingPractice { effects.append(.stopPractice) }
    model.triage = nil
  }

  /// The case stays open: leaving may be given up.
  mutating func leave() {
    cancelProbes()
    if model.triage?.practice != nil { effects.append(.stopPractice) }
    effects.append(.quit)
  }

  mutating func startProbes(only: Set<FindingID>? = nil) {
    cancelProbes()
    guard var triage = model.triage else { return }
    let latest = max(model.latestRun, triage.record.latestRun)
    model.latestRun = latest == .max ? latest : latest + 1
    triage.run = model.latestRun
    triage.isProbing = true
    triage.panel = Triage.panel(model.settings.probes, only: only)
    model.triage = triage
    let settings = model.settings
    effects.append(
      .startProbes(
        ProbeRequest(
          target: triage.target, only: only, timeLimit: settings.timeLimit, trustFile: settings.trustFile,
          nameServer: settings.nameServer, connectionLimit: settings.connectionLimit,
          routingToken: ProbeRequest.routingToken(in: triage.record.submissions.flatMap(\.findings))),
        run: triage.run))
  }

  mutating func cancelProbes() {
    guard let triage = model.triage, triage.isProbing else { return }
    effects.append(.cancelProbes(run: triage.run))
    model.triage?.isProbing = false
    leaveUnfinishedProbes()
  }

  mutating func take(_ event: ProbeEvent, run: Int) {
    guard let triage = model.triage, triage.run == run, triage.isProbing else { return }
    switch event {
    case .started(let id):
      setState(.running, of: id)
    case .finished(let id, let findings, let elapsed):
      setState(.done(findings, elapsed: elapsed), of: id)
      if !findings.isEmpty { record(.probed(run: run, findings)) }
    case .ended:
      model.triage?.isProbing = false
      needsAssessment = true
      leaveUnfinishedProbes()
      finishProof()
    }
    moves.append(.advance(force: false))
  }

  mutating func answer(_ question: QuestionID, _ choice: OutcomeID?) {
    record(.answered(question, choice))
    moves += [.toCase, .advance(force: true)]
  }

  /// The person did what the card says: now the target is looked at again.
  mutating func done(_ fix: Fix, isSaidToWork: Bool = false) {
    guard let triage = model.triage else { return }
    record(.stepTaken(fix.id, .done))
    let ids = fix.proof.filter { !$0.isOutput }
    let outputs = model.knowledge?.outputs(proving: fix, in: triage.record) ?? []
    let before =
      ids.compactMap(triage.finding) + triage.record.outputFindings.filter { outputs.contains($0.id) }
    model.triage?.proving = Triage.Proving(
      fix: fix.id, ids: ids, outputs: outputs, before: before, isSaidToWork: isSaidToWork)
    lookAgain(for: ids)
    moves += [.toCase, .advance(force: true)]
  }

  mutating func didNotHelp(_ fix: FixID) {
    model.triage?.proving = nil
    cancelProbes()
    record(.stepTaken(fix, .failed))
    model.notice = localized("Noted: it did not help. The causes are ranked again.")
    moves += [.toCase, .advance(force: true)]
  }

  mutating func skip(_ fix: FixID) {
    model.triage?.proving = nil
    record(.stepTaken(fix, .skipped))
    model.notice = localized("Skipped. It counts neither for nor against a cause.")
    moves += [.toCase, .advance(force: true)]
  }

  /// What was said about a fix does not count any more.
  mutating func withdraw(_ fix: FixID) {
    if model.triage?.proving?.fix == fix {
      cancelProbes()
      model.triage?.proving = nil
    }
    record(.stepWithdrawn(fix))
    model.notice = localized("Taken back. The causes are ranked again.")
    moves.append(.advance(force: true))
  }

  /// What was handed in while a fix is proven is part of the proof.
  mutating func prove(by findings: [Finding]) {
    guard let proving = model.triage?.proving else { return }
    let new = findings.filter { proving.outputs.contains($0.id) }
    guard !new.isEmpty else { return }
    let after = (proving.proof?.after ?? []).filter { old in !new.contains { $0.id == old.id } } + new
    let proof = Case.Proof(
      of: after.map(\.id), before: proving.before, after: after, knowledge: model.knowledge)
    model.triage?.proving?.proof = proof
    record(.proven(proving.fix, proof))
  }

  mutating func works() {
    guard let proving = model.triage?.proving else { return }
    guard proving.proof != nil else {
      model.triage?.proving?.isSaidToWork = true
      model.notice = localized("Good. The case closes as soon as the probes have looked again.")
      return
    }
    finish(proving.fix)
  }

  /// Closes the case as solved; where the probes see no change, only when asked once more.
  private mutating func finish(_ fix: FixID) {
    guard model.triage?.proving?.proof?.verdict == .unchanged else { return close(.solved(by: fix)) }
    model.triage?.proving?.isSaidToWork = false
    moves += [.toCase, .push(.confirm(ConfirmScreen(.closeOnWord(fix))))]
  }

  /// Unless it is handed over, a case ends only when no protection is away that nobody has answered for.
  mutating func close(_ ending: Case.Ending) {
    if case .escalated = ending {
    } else if let open = model.weakened.firstIndex(where: \.isOpen) {
      model.triage?.proving?.isSaidToWork = false
      moves += [.toCase, .push(.ledger(LedgerScreen(closing: ending, selected: open)))]
      return
    }
    cancelProbes()
    model.triage?.proving = nil
    record(.closed(ending))
    if let triage = model.triage, let practice = triage.practice, let advisor = model.advisor {
      model.triage?.review = PracticeReview(
        triage.record, of: practice, assessor: advisor.assessor,
        known: triage.planned.map { ($0.evidence, $0.next) })
    }
    moves += [.toCase, .advance(force: true)]
  }

  mutating func reopen() {
    record(.reopened)
    model.triage?.review = nil
    startProbes()
    moves += [.toCase, .advance(force: true)]
  }

  private mutating func finishProof() {
    guard let triage = model.triage, let proving = triage.proving, proving.proof == nil else { return }
    let after = triage.record.entries.reduce(into: [FindingID: Finding]()) { latest, entry in
      guard case .probed(triage.run, let findings) = entry.event else { return }
      for finding in findings { latest[finding.id] = finding }
    }
    let proof = Case.Proof(
      of: proving.ids, before: proving.before, after: proving.ids.compactMap { after[$0] },
      knowledge: model.knowledge)
    model.triage?.proving?.proof = proof
    record(.proven(proving.fix, proof))
    if proving.isSaidToWork { finish(proving.fix) }
  }

  private mutating func setState(_ state: Triage.ProbeProgress.State, of id: ProbeID) {
    guard var triage = model.triage else { return }
    if let index = triage.panel.firstIndex(where: { $0.id == id }) {
      triage.panel[index].state = state
    } else {
      triage.panel.append(.init(id: id, title: id.name, state: state))
    }
    model.triage = triage
  }

  private mutating func leaveUnfinishedProbes() {
    guard var triage = model.triage else { return }
    for index in triage.panel.indices {
      switch triage.panel[index].state {
      case .waiting, .running: triage.panel[index].state = .left
      case .done, .left, .notAsked: break
      }
    }
    model.triage = triage
  }

  private mutating func newCaseID(_ target: Target, practice: PracticeCase?) -> String {
    model.casesOpened += 1
    return Case.newID(
      target, practice: practice, at: now, nonce: model.settings.nonce, number: model.casesOpened)
  }
}

extension Turn {
  /// The number of a new request to read or to complete.
  mutating func nextReading() -> Int {
    model.latestReading += 1
    return model.latestReading
  }

  /// Looks again at what the fix under proof should have changed; what was seen before it stays the comparison.
  mutating func proveAgain() {
    guard let proving = model.triage?.proving, !proving.ids.isEmpty else { return }
    model.triage?.proving?.proof = nil
    startProbes(only: Set(proving.ids))
  }
}
