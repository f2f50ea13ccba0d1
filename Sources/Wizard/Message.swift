public import Diagnosis
public import Facts

/// What happened.
public enum Message: Sendable, Equatable {
  /// Sent once, before everything else.
  case started
  case keyPressed(Key)
  /// A bracketed paste as a whole, line breaks included: no line of it is taken for Enter.
  case pasted(String)
  /// One line of a text of many, in line mode.
  case lineTyped(String)
  case resized(Size)
  /// Sent a few times a second, and only while `WizardState.isBusy`.
  case ticked
  /// Dropped unless `run` is the current one: the target may have changed meanwhile.
  case probe(ProbeEvent, run: Int)
  case knowledgeLoaded(KnowledgeBase)
  /// Newest first.
  case casesListed([CaseSummary])
  case caseLoaded(Case)
  /// What is practised can be looked at here now.
  case practiceStarted(PracticeCase, Target)
  /// What became of a text that was to be copied, and the file that holds it too, where one could be written.
  case copied(Clipboard, file: String?)
  /// What was read for the request of that number. Dropped unless it is the one that is waited for.
  case read(Submission, number: Int)
  /// Why nothing was read, as one sentence.
  case unreadable(String, number: Int)
  case pathCompleted(PathCompletion, number: Int)
  /// Entries of the case that could not be written yet, and why; they are tried again. With 0, everything is on disk again.
  case unsaved(Int, reason: String)
  /// The person wants to leave, and so many entries cannot be written now. The outside waits for `quitNow` or `stay`.
  case leavingHeld(Int, reason: String)
  /// Why what was asked for did not come, as one sentence: a case or a practice host is not waited for any more.
  case noticed(String)
  /// Something else that a person should read, as one sentence.
  case told(String)
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
  /// Must be on disk before the next frame is shown, or be said not to be. The first entry of a case creates it.
  case record(Case.Entry, in: String)
  case listCases
  case loadCase(String)
  case copy(String)
  /// Read a pasted text for a host that listens on this port. Answered by `read` or `unreadable` of that number.
  case readText(String, port: UInt16, number: Int)
  /// Read a file, which may be an event log; answered like a pasted text.
  case readFile(String, port: UInt16, number: Int)
  /// Read a connection file; answered like a pasted text.
  case readConnectionFile(String, number: Int)
  /// Complete a path, as far as it is clear, among folders and the files that end so; nil: all files.
  case completePath(String, ending: String?, number: Int)
  case startPractice(PracticeCase)
  case stopPractice
  /// Leave as soon as every entry is written; where that cannot be now, `leavingHeld` asks.
  case quit
  /// Leave at once. What is not written is kept beside.
  case quitNow
  /// Do not leave after all.
  case stay
}

/// Where a copied text went.
public enum Clipboard: Sendable, Hashable {
  /// Handed to the terminal, which gives no answer.
  case sent
  /// Longer than terminals take.
  case tooLong
  /// What the program writes to is no terminal, or one without a clipboard.
  case missing
}

/// How a typed path goes on.
public struct PathCompletion: Sendable, Equatable {
  /// What was typed, as far as every match goes on in the same way.
  public var text: String
  /// Names of folders, with a slash, and of files that begin so; at most ``limit``.
  public var names: [String]
  /// How many there are in all.
  public var count: Int
  public static let limit = 12
  public init(text: String, names: [String], count: Int) {
    self.text = text
    self.names = names
    self.count = count
  }
}
