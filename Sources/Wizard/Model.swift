import Diagnosis
import Facts

/// Everything that the screens share.
struct Model: Equatable, Sendable {
  let settings: WizardSettings
  var display: Display
  var size = Size(columns: 80, rows: 24)
  var advisor: Advisor?
  /// nil until the list was read.
  var cases: [CaseSummary]?
  var triage: Triage?
  /// The case that was asked for and is not here yet.
  var awaitedCase: String?
  var awaitedPractice: PracticeCase?
  /// One sentence above the footer; the next key takes it away.
  var notice: String?
  /// The highest number that a probe run was given since the start.
  var latestRun = 0
  var casesOpened: UInt64 = 0
  /// The highest number that a request to read or to complete was given.
  var latestReading = 0
  /// Entries that are not on disk yet.
  var unsaved = 0
  /// What the last notice says of it.
  var unsavedNotice: String?
  /// When a question was last answered by its number: an Enter that belongs to it may follow.
  var answeredByNumber: Timestamp?
  /// Made when the first text is read; see ``toldReader()``.
  private var reader: Reader?
  /// Position of the spinner.
  var phase = 0

  init(settings: WizardSettings) {
    self.settings = settings
    display = settings.display
  }

  var knowledge: KnowledgeBase? { advisor?.assessor.knowledge }
  var assessment: Assessment? { triage?.assessment }

  /// The code in a text; until the knowledge is loaded only numbers are read.
  func reported(in text: String) -> ReportedCode? {
    guard let knowledge else { return ReportedCode(text) }
    return knowledge.reported(in: text)
  }

  /// What a text says: codes and messages; nil until the knowledge is loaded.
  func read(_ text: String) -> Reading? { knowledge?.read(text) }

  /// Finds answers in what people say; nil until the knowledge is loaded.
  mutating func toldReader() -> ToldReader? {
    guard let knowledge else { return nil }
    if let reader, reader.questions == knowledge.questions { return reader.reader }
    let made = ToldReader(knowledge)
    reader = Reader(reader: made, questions: knowledge.questions)
    return made
  }

  /// What must not be forgotten, for the heading.
  var warning: String? {
    if unsaved > 0 { return localized("!! \(unsaved) not saved") }
    let open = weakened.count(where: \.isOpen)
    return open == 0 ? nil : localized("!! \(open) to put back")
  }

  /// What is known does not fit together, and which key says more.
  var doubt: String? {
    guard let assessment, let knowledge, triage?.record.ending == nil,
      !Wording.doubts(assessment, knowledge).isEmpty
    else { return nil }
    return localized("does not fit together: \(key("w"))")
  }

  /// Protections that steps of the open case took away.
  var weakened: [WeakenedProtection] {
    guard let triage, let knowledge else { return [] }
    return triage.record.weakenedProtections(knowledge)
  }
}

/// The assessor of the knowledge that was loaded.
struct Advisor: Equatable, Sendable {
  let assessor: Assessor
  static func == (left: Self, right: Self) -> Bool { left.assessor.knowledge == right.assessor.knowledge }
}

/// The reader of the knowledge that was loaded.
private struct Reader: Equatable, Sendable {
  let reader: ToldReader
  let questions: [Question]
  static func == (left: Self, right: Self) -> Bool { left.questions == right.questions }
}

/// The open case, with what is going on in it now.
struct Triage: Equatable, Sendable {
  var record: Case
  var target: Target
  /// nil until the knowledge is loaded.
  var assessment: Assessment?
  /// The step that the person wants in place of the planner's; forgotten with the next thing that they do.
  var chosen: NextStep?
  /// The probe run whose events count.
  var run = 0
  var isProbing = false
  var panel: [ProbeProgress]
  /// The fix that was done and is being proven.
  var proving: Proving?
  var practice: PracticeCase?
  /// What was planned while a case is practised.
  var planned: [Plan] = []
  /// Once a practised case has ended.
  var review: PracticeReview?
  /// Weakening steps to which the person said yes since the case was opened here.
  var agreedWeakenings: Set<FixID> = []
  /// What was pasted and has neither been accepted nor thrown away.
  var draft = PastedDraft()
  /// What is being told and has not been handed in.
  var tellDraft = ""
  /// What was told before the knowledge was there to read it.
  var unread: String?
  /// The page of context was passed over.
  var isContextSkipped = false

  var id: String { record.id }

  /// One line of the live panel.
  struct ProbeProgress: Equatable, Sendable {
    let id: ProbeID
    let title: String
    var state: State

    enum State: Equatable, Sendable {
      case waiting, running
      case done([Finding], elapsed: Duration)
      /// The run ended without it.
      case left
      /// The run was asked for other findings.
      case notAsked
    }
  }

  struct Plan: Equatable, Sendable {
    let evidence: Evidence
    let next: NextStep
  }

  struct Proving: Equatable, Sendable {
    let fix: FixID
    /// What is probed again.
    let ids: [FindingID]
    /// What the output of a command states, when somebody hands it in again.
    var outputs: [FindingID] = []
    let before: [Finding]
    /// nil until the probes have looked again.
    var proof: Case.Proof?
    /// The person said that it works while the probes were still looking.
    var isSaidToWork = false
  }

  init(id: String, target: Target, probes: [ProbeDescription]) {
    record = Case(id: id)
    self.target = target
    panel = Self.panel(probes)
  }

  init(resuming record: Case, target: Target, probes: [ProbeDescription]) {
    self.record = record
    self.target = target
    panel = Self.panel(probes)
  }

  static func panel(_ probes: [ProbeDescription], only: Set<FindingID>? = nil) -> [ProbeProgress] {
    probes.map { probe in
      let isAsked = only.map { !$0.isDisjoint(with: probe.states) } ?? true
      return ProbeProgress(id: probe.id, title: probe.title, state: isAsked ? .waiting : .notAsked)
    }
  }

  var probesAsked: Int { panel.filter { $0.state != .notAsked }.count }
  var probesDone: Int {
    panel.filter { if case .done = $0.state { true } else { $0.state == .left } }.count
  }

  func finding(_ id: FindingID) -> Finding? { record.probeFindings.first { $0.id == id } }

  /// The cause that leads, unless nothing is ranked.
  var leader: RankedCause? { assessment?.ranking.first }
}

extension Model {
  /// How a key of the tables is called on this person's keyboard.
  func key(_ shipped: String) -> String { settings.keys.name(shipped) }
}
