internal import Synchronization

public import Facts

public typealias MessageID = ID<MessageEntry>

/// A sentence that a client or a server shows for a failed or a dropped connection, known by its wording in any language.
public struct MessageEntry: Sendable, Equatable {
  public var id: MessageID
  /// In plain words, at most 60 characters.
  public var title: String
  /// Who shows it.
  public var programs: [Program]
  /// What it says, and what it cannot tell.
  public var meaning: String
  /// Codes that it stands for, as they are spelt in a cause's `codes`; empty: none.
  public var codes: [String]
  /// Candidate causes, with how often this message is what one sees under each.
  public var causes: [CauseID: Strength]
  /// Answers that it settles.
  public var answers: [QuestionID: OutcomeID]
  /// Names, numbers of help links and of articles that are the same in every language.
  public var marks: [String]
  /// The sentences for each language by its code; `{name}` stands for what is filled in.
  public var wordings: [String: [String]]
  public var sources: [String]
  /// Languages whose wording no public source shows.
  public var unsourced: [String]
  public var origin: String

  public enum Program: String, Sendable, CaseIterable, Codable {
    case mstsc, windowsApp = "windows-app", windowsAppMac = "windows-app-mac", windowsAppIOS =
      "windows-app-ios",
      windowsAppAndroid = "windows-app-android", webClient = "web-client", remoteApp = "remoteapp",
      rdWeb = "rd-web", rdm, mRemoteNG = "mremoteng", royalTS = "royal-ts", guacamole, remmina, freerdp, avd,
      xrdp, winlogon, gnomeRemoteDesktop = "gnome-remote-desktop"
  }

  /// Languages in which wordings may stand.
  public static let languages = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "ja", "zh", "ko"]

  public init(
    id: MessageID, title: String, programs: [Program] = [], meaning: String = "", codes: [String] = [],
    causes: [CauseID: Strength] = [:], answers: [QuestionID: OutcomeID] = [:], marks: [String] = [],
    wordings: [String: [String]] = [:], sources: [String] = [], unsourced: [String] = [],
    origin: String = "built-in"
  ) {
    self.id = id
    self.title = title
    self.programs = programs
    self.meaning = meaning
    self.codes = codes
    self.causes = causes
    self.answers = answers
    self.marks = marks
    self.wordings = wordings
    self.sources = sources
    self.unsourced = unsourced
    self.origin = origin
  }

  /// The client's code that it stands for, where that is exactly one: it says the same as the code.
  public var clientCode: ReportedCode? {
    let client = codes.compactMap { ReportedCode($0) }.filter { $0.entry == nil }
    return client.count == 1 && codes.count == 1 ? client[0] : nil
  }
}

/// A value that is worked out when it is first asked for, and then kept.
final class Late<Value: Sendable & Equatable>: Sendable, Equatable {
  private let state: Mutex<Value?>
  private let make: @Sendable () -> Value

  init(_ make: @escaping @Sendable () -> Value) {
    state = Mutex(nil)
    self.make = make
  }

  var value: Value {
    state.withLock { kept in
      if let kept { return kept }
      let made = make()
      kept = made
      return made
    }
  }

  static func == (left: Late, right: Late) -> Bool { left === right || left.value == right.value }
}
