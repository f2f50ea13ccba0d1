public import Diagnosis
internal import Facts
internal import FoundationEssentials
public import KnowledgeFormat

/// Where knowledge comes from: what the program ships, and the directories that a team lays over it.
public enum KnowledgeSource {
  /// The shipped knowledge alone. Touches no file.
  public static func embedded() -> KnowledgeBase {
    DecodedKnowledge(
      documents(in: EmbeddedKnowledge.entries) + documents(in: EmbeddedKnowledge.stories),
      lateMessages: { DecodedKnowledge(documents(in: EmbeddedKnowledge.messages)).base.messages }
    ).base
  }

  /// The regression cases of the shipped knowledge.
  public static func embeddedCases() -> [CaseFile] {
    DecodedKnowledge(documents(in: EmbeddedKnowledge.cases)).cases
  }

  /// The shipped knowledge with `overlays` laid over it, in order: of entries with one id the last counts.
  ///
  /// An overlay goes through the same checks as shipped files. One with any problem is left out whole, so that half of
  /// a team's knowledge is never mistaken for all of it; what was there before still stands.
  ///
  /// - Parameter overlays: Paths of directories; one that does not exist is a problem.
  public static func load(overlays: [String]) -> LoadedKnowledge {
    guard !overlays.isEmpty else { return LoadedKnowledge(base: embedded()) }
    return load(overlays: overlays, over: shipped())
  }

  /// The same with one more folder laid over all: of knowledge, or of stories alone.
  public static func load(overlays: [String], stories: String) -> LoadedKnowledge {
    load(overlays: overlays + [stories], over: shipped())
  }

  static func load(overlays: [String], over shipped: [KnowledgeDocument]) -> LoadedKnowledge {
    var accepted = shipped
    var problems: [Problem] = []
    var rejected: [String] = []
    for overlay in overlays {
      let (documents, found) = check(overlay, over: accepted)
      if found.isEmpty {
        accepted += documents
      } else {
        problems += found
        rejected.append(overlay)
      }
    }
    return LoadedKnowledge(
      base: DecodedKnowledge(accepted).base, problems: problems, rejectedOverlays: rejected)
  }

  /// Every problem that `directory` has as an overlay of the shipped knowledge; none when it can be used.
  public static func problems(inOverlay directory: String) -> [Problem] {
    check(directory, over: shipped()).problems
  }

  /// The overlay directories to use: those of the host and of the person, where they exist, then `named`.
  ///
  /// - Parameters:
  ///   - named: Directories that the person named, in order.
  ///   - environment: Variables of the process; `XDG_CONFIG_HOME` and `HOME` are looked at (XDG Base Directory
  ///     Specification, section 3: a relative path is ignored).
  ///   - systemDirectory: The host's own.
  public static func overlays(
    named: [String], environment: [String: String], systemDirectory: String = "/etc/rdptriage/knowledge.d"
  ) -> [String] {
    var standard = [systemDirectory]
    if let configuration = environment["XDG_CONFIG_HOME"], configuration.hasPrefix("/") {
      standard.append("\(configuration)/rdptriage/knowledge.d")
    } else if let home = environment["HOME"], home.hasPrefix("/") {
      standard.append("\(home)/.config/rdptriage/knowledge.d")
    }
    return standard.filter { FileManager.default.fileExists(atPath: $0) } + named
  }

  /// `documents` count only where there are no problems.
  private static func check(
    _ overlay: String, over accepted: [KnowledgeDocument]
  ) -> (documents: [KnowledgeDocument], problems: [Problem]) {
    let (documents, unreadable) = KnowledgeDirectory.read(overlay)
    let statable = Set(accepted.lazy.filter { $0.kind == .findings }.map { FindingID($0.id) })
    let found = DecodedKnowledge(accepted + documents).problems(statable: statable)
    return (documents, (unreadable + found).sorted())
  }

  private static func shipped() -> [KnowledgeDocument] {
    documents(in: EmbeddedKnowledge.entries) + documents(in: EmbeddedKnowledge.messages)
      + documents(in: EmbeddedKnowledge.stories) + documents(in: EmbeddedKnowledge.cases)
  }

  private static func documents(in text: StaticString) -> [KnowledgeDocument] {
    do {
      return try EmbeddedForm.documents(
        in: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    } catch {
      // Written by the knowledge compiler of the same build.
      preconditionFailure("embedded knowledge is damaged: \(error)")
    }
  }
}

/// The knowledge to work with, and what was wrong with the rest.
public struct LoadedKnowledge: Sendable {
  public var base: KnowledgeBase
  /// Sorted within each overlay; empty when all is well.
  public var problems: [Problem]
  /// Directories that were left out whole.
  public var rejectedOverlays: [String]

  init(base: KnowledgeBase, problems: [Problem] = [], rejectedOverlays: [String] = []) {
    self.base = base
    self.problems = problems
    self.rejectedOverlays = rejectedOverlays
  }
}
