public import Facts

/// What the evidence says, and what to do next.
public struct Assessment: Sendable, Equatable {
  /// Most probable first; the probabilities sum to 1. Ties are ordered by id.
  public var ranking: [RankedCause]
  /// False when what is known speaks against every single cause: more than one fault, or a finding that is wrong.
  public var oneCauseExplains: Bool
  /// The two causes that together explain what no single one explains, where they can be named.
  public var pair: CausePair?
  /// Layers that the reported code proves and a look from here finds broken.
  public var contradictions: [Contradiction]
  public var next: NextStep
  /// The steps that would follow if none of them helped, the first being `next`.
  public var plan: [PlannedStep]
}

public struct RankedCause: Sendable, Equatable {
  public var cause: CauseID
  /// Above 0 and below 0.995, however much agrees: it is shown as 99 % at most.
  public var probability: Double
  /// What moved it, strongest first.
  public var because: [Reason]
}

/// How one finding or one failed fix moved one cause.
public struct Reason: Sendable, Equatable {
  public enum Evidence: Sendable, Equatable, Hashable {
    case finding(FindingID, OutcomeID)
    case failedFix(FixID)
  }
  public var evidence: Evidence
  /// Natural logarithm of the likelihood ratio of this cause against the average of all; positive speaks for it.
  public var effect: Double
}

public struct CausePair: Sendable, Equatable {
  public var first: CauseID
  public var second: CauseID
}

public enum NextStep: Sendable, Equatable {
  case question(QuestionID)
  case fix(FixID)
  case escalate(to: Fix.Owner)
  /// Nothing wrong is found.
  case none
}

public struct PlannedStep: Sendable, Equatable {
  public var step: NextStep
  /// Expected minutes until the end of the case when this step is taken now and the plan is followed.
  public var expectedMinutes: Double
}

/// A fix with the target's values in it: ready to read out, copy and run.
public struct FixCard: Sendable, Equatable {
  public var fix: Fix
  public var commands: [FilledCommand]
  /// The findings that make it the next step, strongest first.
  public var because: [Reason]
}

public struct FilledCommand: Sendable, Equatable {
  public var door: Fix.Door
  public var shell: Fix.Shell
  public var text: String
  /// How to get to the shell through this door; empty where that needs no words.
  public var first: String
  /// What the door asks for before it opens.
  public var needs: String
  /// Set when a value could not be put in safely: copying is refused with this sentence, and `text` keeps its placeholder.
  public var refusal: String?
}
