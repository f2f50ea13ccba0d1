public import Diagnosis
public import Facts

/// What happened.
public enum Message: Sendable, Equatable {
  /// Sent once, before everything else.
  case started
  case keyPressed(Key)
  /// A bracketed paste as a whole, line breaks included: no line of it is taken for Enter.
  case pasted(String)
  case resized(Size)
  /// Sent a few times a second, and only while `WizardState.isBusy`.
  case ticked
  /// Dropped unless `run` is the current one: the target may have changed meanwhile.
  case probe(ProbeEvent, run: Int)
  case knowledgeLoaded(KnowledgeBase)
  /// Newest first.
  case casesListed([CaseSummary])
  case caseLoaded(Case)
  /// A practice host listens here now.
  case practiceStarted(PracticeHost, Target)
  /// The command was copied; the file that holds it too, where one could be written.
  case copied(file: String?)
  /// Something that a person should read, as one sentence.
  case noticed(String)
}

extension Message {
  /// True for what one probe found; false for the end of the run.
  var isProbeResult: Bool {
    if case .probe(.finished, _) = self { true } else { false }
  }
}

/// What the outside world should do.
public enum Effect: Sendable, Equatable {
  case startProbes(ProbeRequest, run: Int)
  case cancelProbes(run: Int)
  /// Must be on disk before the next frame is shown. The first entry of a case creates it.
  case record(Case.Entry, in: String)
  case listCases
  case loadCase(String)
  case copy(String)
  case startPractice(PracticeHost)
  case stopPractice
  case quit
}

/// A broken host built into the program.
public struct PracticeHost: Sendable, Hashable, Identifiable {
  /// For example `refused-port`.
  public var id: String
  public var title: String
  /// What the imagined caller says, with the code that they read out.
  public var story: String
  public var code: ReportedCode?
  public init(id: String, title: String, story: String, code: ReportedCode?) {
    self.id = id
    self.title = title
    self.story = story
    self.code = code
  }
}
