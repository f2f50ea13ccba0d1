public import Facts

public typealias CauseID = ID<Cause>
public typealias FixID = ID<Fix>

/// Everything that is known about failures and cures. Read-only; one value serves all cases.
public struct KnowledgeBase: Sendable, Equatable {
  public let causes: [Cause]
  public let fixes: [Fix]
  public let questions: [Question]
  /// Findings of probes, files and pasted text, then one for each question (`ask.` + its id).
  public let findings: [FindingEntry]
  public let codes: [CodeEntry]
  public let pairs: [PairEntry]
  /// Ways to act on a machine while RDP is down, in order of their names.
  public let doors: [DoorEntry]
  /// Solved cases that the estimates learn from, in order of their ids.
  public let stories: [Story]
  /// Read when they are first asked for.
  let lateMessages: Late<[MessageEntry]>
  /// What the reader of texts looks into, made when it is first asked for.
  let readingIndex: Late<ReadingIndex>
  /// Closed cases of this site that moved the rates; see ``moved(by:)``.
  public internal(set) var casesLearntFrom = 0

  private let causeIndex: [CauseID: Int]
  private let fixIndex: [FixID: Int]
  private let questionIndex: [QuestionID: Int]
  private let findingIndex: [FindingID: Int]

  /// Entries are kept in order of their ids, so that equal knowledge gives equal plans. Of two entries with one id the
  /// later counts: that is how an overlay replaces one. `findings` need not hold those of questions: they are made here.
  public init(
    causes: [Cause], fixes: [Fix], questions: [Question], findings: [FindingEntry], codes: [CodeEntry],
    pairs: [PairEntry], stories: [Story] = [], doors: [DoorEntry] = [],
    messages: @escaping @Sendable () -> [MessageEntry] = { [] }
  ) {
    func unique<Entry, Kind>(_ entries: [Entry], _ id: (Entry) -> ID<Kind>) -> [Entry] {
      var latest: [ID<Kind>: Entry] = [:]
      for entry in entries { latest[id(entry)] = entry }
      return latest.sorted { $0.key < $1.key }.map(\.value)
    }
    func index<Entry, Kind>(_ entries: [Entry], _ id: (Entry) -> ID<Kind>) -> [ID<Kind>: Int] {
      Dictionary(uniqueKeysWithValues: entries.enumerated().map { (id($1), $0) })
    }
    self.causes = unique(causes, \.id)
    self.doors = doors.sorted { $0.door.rawValue < $1.door.rawValue }
    self.fixes = unique(fixes, \.id).map { $0.composed(with: doors) }
    self.questions = unique(questions, \.id)
    self.findings = unique(findings + questions.map(\.finding), \.id)
    self.codes = codes
    self.pairs = pairs
    self.stories = unique(stories, \.id)
    let lateMessages = Late {
      var latest: [MessageID: MessageEntry] = [:]
      for entry in messages() { latest[entry.id] = entry }
      return latest.sorted { $0.key < $1.key }.map(\.value)
    }
    self.lateMessages = lateMessages
    readingIndex = Late { ReadingIndex(codes: codes, messages: lateMessages.value) }
    causeIndex = index(self.causes, \.id)
    fixIndex = index(self.fixes, \.id)
    questionIndex = index(self.questions, \.id)
    findingIndex = index(self.findings, \.id)
  }

  /// Sentences that clients and servers show, in order of their ids.
  public var messages: [MessageEntry] { lateMessages.value }
  public func message(_ id: MessageID) -> MessageEntry? { messages.first { $0.id == id } }

  public func door(_ door: Fix.Door) -> DoorEntry? { doors.first { $0.door == door } }
  public func cause(_ id: CauseID) -> Cause? { causeIndex[id].map { causes[$0] } }
  public func fix(_ id: FixID) -> Fix? { fixIndex[id].map { fixes[$0] } }
  public func question(_ id: QuestionID) -> Question? { questionIndex[id].map { questions[$0] } }
  public func finding(_ id: FindingID) -> FindingEntry? { findingIndex[id].map { findings[$0] } }

  public func story(_ id: StoryID) -> Story? {
    var (low, high) = (0, stories.count)
    while low < high {
      let middle = (low + high) / 2
      if stories[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < stories.count && stories[low].id == id ? stories[low] : nil
  }
}

/// The stage of a connection at which a cause makes it fail, in the order in which a connection passes them.
///
/// `gateway` and `client` stand beside that order: a look at the host from elsewhere finds nothing wrong.
public enum Phase: String, Sendable, CaseIterable, Comparable, Codable {
  case name, tcp, x224, tls, credssp, authorise, licence, create, graphics, session, gateway, client

  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How often something is seen, in words with fixed numbers.
public enum Strength: String, Sendable, CaseIterable, Codable {
  case always, usually, often, sometimes, rarely, never

  public var probability: Double {
    switch self {
    case .always: 0.98
    case .usually: 0.85
    case .often: 0.6
    case .sometimes: 0.3
    case .rarely: 0.1
    case .never: 0.02
    }
  }
}

/// One reason why the connection fails.
public struct Cause: Sendable, Equatable {
  public var id: CauseID
  /// In plain words, at most 60 characters.
  public var title: String
  /// What the person at the client sees.
  public var shows: String
  public var group: String
  public var phase: Phase
  /// Cases among 1,000 calls "Remote Desktop does not connect", estimated; positive. Scaled to sum to 1.
  public var baseRate: Double
  public var baseRateReason: String
  /// Codes under which it is reported: `0x3/0x7`, `0x204` (any extended code), `*/0x11` (any error code), or the id of a code's
  /// entry, such as `event-schannel-36870`.
  public var codes: [String: Strength]
  /// How often each outcome of a finding is seen when this is the cause. Outcomes that are not named share the rest.
  public var expects: [FindingID: [OutcomeID: Strength]]
  /// What must be so for it to be the cause at all: kind of host, client, path, membership. For each finding the outcomes that go with it.
  public var needs: [FindingID: [OutcomeID]]
  public var cures: [Cure]
  /// It is what several causes look like: no fix is advised for it, but for one of these.
  public var isSymptom: Bool
  public var sources: [String]
  /// Where the entry comes from: `built-in`, or the path of an overlay file.
  public var origin: String

  public struct Cure: Sendable, Equatable {
    public var fix: FixID
    /// How often the fix cures this cause.
    public var strength: Strength
    /// How often it has cured at this site, where that is known; see ``KnowledgeBase/moved(by:)``.
    public var learnt: Double?
    public init(fix: FixID, strength: Strength) {
      self.fix = fix
      self.strength = strength
    }

    public var probability: Double { learnt ?? strength.probability }
  }

  public init(
    id: CauseID, title: String, shows: String = "", group: String = "", phase: Phase, baseRate: Double = 1,
    baseRateReason: String = "", codes: [String: Strength] = [:],
    expects: [FindingID: [OutcomeID: Strength]] = [:], needs: [FindingID: [OutcomeID]] = [:],
    cures: [Cure] = [], isSymptom: Bool = false, sources: [String] = [], origin: String = "built-in"
  ) {
    self.id = id
    self.isSymptom = isSymptom
    self.title = title
    self.shows = shows
    self.group = group
    self.phase = phase
    self.baseRate = baseRate
    self.baseRateReason = baseRateReason
    self.codes = codes
    self.expects = expects
    self.needs = needs
    self.cures = cures
    self.sources = sources
    self.origin = origin
  }

  /// Nothing is wrong, as far as can be seen.
  public static let healthy: CauseID = "healthy"
  /// None of the causes explains what was seen.
  public static let unknown: CauseID = "unknown"
  /// Somebody complains, and all is well as far as can be seen from here.
  public static let callerSide: CauseID = "caller-side"
  /// What no fix cures.
  public static let withoutFix: Set<CauseID> = [healthy, unknown, callerSide]
}

/// A finding, its outcomes, and when it exists at all.
public struct FindingEntry: Sendable, Equatable {
  public var id: FindingID
  public var title: String
  /// The stage that it looks at; nil for what has no place in the order.
  public var layer: Phase?
  public var outcomes: [Outcome]
  /// It exists only where each of these findings has one of the outcomes given. Unknown counts as met.
  public var needs: [FindingID: [OutcomeID]]
  public var origin: String

  public struct Outcome: Sendable, Equatable {
    public var id: OutcomeID
    /// A clause for people, for example "the port refused the connection".
    public var meaning: String
    /// How often it is seen when nothing about the cause speaks for or against it. Scaled to sum to 1.
    public var base: Strength
    /// True when this outcome says that the layer works.
    public var isFine: Bool
    public init(id: OutcomeID, meaning: String = "", base: Strength = .sometimes, isFine: Bool = false) {
      self.id = id
      self.meaning = meaning
      self.base = base
      self.isFine = isFine
    }
  }

  public init(
    id: FindingID, title: String, layer: Phase? = nil, outcomes: [Outcome],
    needs: [FindingID: [OutcomeID]] = [:], origin: String = "built-in"
  ) {
    self.id = id
    self.title = title
    self.layer = layer
    self.outcomes = outcomes
    self.needs = needs
    self.origin = origin
  }
}

/// A symptom question with numbered answers. "I don't know" is always possible and not listed.
public struct Question: Sendable, Equatable {
  public var id: QuestionID
  /// At most 150 characters, ends in a question mark.
  public var ask: String
  /// The sentence to say to the caller.
  public var say: String
  /// How to find out: where to look, what to type.
  public var how: String
  /// Where the answer is found out, when not by the caller's word alone; `server`: on the host itself, so that a way in is needed.
  public var place: Fix.Place?
  /// Minutes that asking and finding out take.
  public var minutes: Double
  public var choices: [Choice]
  /// Asked only where each of these findings has one of the outcomes given; a finding that is not known yet does not count
  /// as met. Empty: always.
  public var needs: [FindingID: [OutcomeID]]
  /// Not asked where one of these findings has one of the outcomes given: the answer is plain there, or does not matter.
  public var idle: [FindingID: [OutcomeID]]
  /// Not asked once one of these is known, since it would say the same again.
  public var unless: [FindingID]
  /// What a document may state that answers it: for each finding, which outcome means which choice. An outcome that is not
  /// named leaves the question open.
  public var reads: [FindingID: [OutcomeID: OutcomeID]]
  /// What prints an output that `reads` takes; nil where there is no one command for it.
  public var command: Fix.Command?
  /// Its place on the page of context, which asks what nearly everybody knows all at once; nil for what is not asked there.
  public var contextPlace: Int?
  /// Answers to questions of one circumstance tell the same once more, and count once.
  public var circumstance: String?
  public var sources: [String]
  public var origin: String

  public struct Choice: Sendable, Equatable {
    public var id: OutcomeID
    public var text: String
    public var base: Strength
    /// What the answer says beyond itself; replaces an earlier finding of that id, for example the reported code.
    public var states: [FindingID: OutcomeID]
    /// How people put it in their own words, for each language by its code; see ``ToldReader``.
    public var phrases: [String: [String]]
    public init(
      id: OutcomeID, text: String, base: Strength = .sometimes, states: [FindingID: OutcomeID] = [:],
      phrases: [String: [String]] = [:]
    ) {
      self.phrases = phrases
      self.id = id
      self.text = text
      self.base = base
      self.states = states
    }
  }

  public init(
    id: QuestionID, ask: String, say: String = "", how: String = "", place: Fix.Place? = nil,
    minutes: Double = 1, choices: [Choice],
    needs: [FindingID: [OutcomeID]] = [:], idle: [FindingID: [OutcomeID]] = [:], unless: [FindingID] = [],
    reads: [FindingID: [OutcomeID: OutcomeID]] = [:], command: Fix.Command? = nil, contextPlace: Int? = nil,
    circumstance: String? = nil, sources: [String] = [], origin: String = "built-in"
  ) {
    self.id = id
    self.idle = idle
    self.contextPlace = contextPlace
    self.circumstance = circumstance
    self.command = command
    self.unless = unless
    self.ask = ask
    self.say = say
    self.how = how
    self.place = place
    self.minutes = minutes
    self.choices = choices
    self.needs = needs
    self.reads = reads
    self.sources = sources
    self.origin = origin
  }

  /// The finding that an answer states: `ask.` and the question's id.
  public var findingID: FindingID { id.finding }

  var finding: FindingEntry {
    FindingEntry(
      id: findingID, title: ask,
      outcomes: choices.map { .init(id: $0.id, meaning: $0.text, base: $0.base) }, needs: needs,
      origin: origin)
  }
}

/// An action that may cure causes: the card as it was written, with placeholders.
public struct Fix: Sendable, Equatable {
  public var id: FixID
  public var title: String
  public var owner: Owner
  public var place: Place
  /// One for each door, the most usual first. Texts hold placeholders such as `{host}`.
  public var commands: [Command]
  /// The doors to a console through which those of ``commands`` that run there can be given, too; nil: all, where the fix is done on a server.
  public var through: [Door]?
  /// What is seen when it worked.
  public var expect: String
  /// What other outputs mean.
  public var otherwise: String
  /// Hands-on minutes.
  public var minutes: Double
  /// Minutes of waiting besides.
  public var wait: Double
  public var restart: Restart
  /// Who notices while it is done, for example "nobody", "people who log on in these seconds".
  public var notices: String
  public var risk: Risk
  /// Not nil when it weakens security: how to put it back, and when at the latest.
  public var weakening: Weakening?
  /// Not nil when Group Policy sets what the fix changes.
  public var policy: Policy?
  public var undo: String
  /// Findings that must change, probed again. `ask.works-now` is always among them in effect.
  public var proof: [FindingID]
  /// One sentence to say to the caller.
  public var say: String
  public var sources: [String]
  public var origin: String

  public enum Owner: String, Sendable, CaseIterable, Codable {
    case helpdesk, serverAdmin = "server admin", domainAdmin = "domain admin", network, pki, user,
      cloudAdmin = "cloud admin"
  }
  public enum Place: String, Sendable, CaseIterable, Codable {
    case client, server, domain, network, broker, gateway
  }
  public enum Restart: String, Sendable, CaseIterable, Codable { case none, service, host, client }
  public enum Risk: String, Sendable, CaseIterable, Codable { case none, low, medium, high }
  public enum Shell: String, Sendable, CaseIterable, Codable { case powershell, cmd, bash, steps }

  public struct Command: Sendable, Equatable {
    public var door: Door
    public var shell: Shell
    public var text: String
    /// How to get to the shell through this door; empty where that needs no words.
    public var first: String
    /// What the door asks for before it opens.
    public var needs: String

    public init(door: Door, shell: Shell, text: String, first: String = "", needs: String = "") {
      self.door = door
      self.shell = shell
      self.text = text
      self.first = first
      self.needs = needs
    }
  }

  public struct Weakening: Sendable, Equatable {
    /// The command or path that puts the protection back.
    public var reverse: String
    /// Hours after which it must be back.
    public var dueHours: Double
    public init(reverse: String, dueHours: Double) {
      self.reverse = reverse
      self.dueHours = dueHours
    }
  }

  /// The Group Policy that sets what a fix changes, and what that means for a change made on the host alone.
  public struct Policy: Sendable, Equatable {
    /// The way to it in the editor, with ` > ` between the steps.
    public var path: String
    /// Its name there.
    public var setting: String
    /// What to choose, for example `Not Configured`.
    public var to: String
    /// What it writes into the registry; nil for what has no value there, such as user rights.
    public var registry: RegistryValue?
    public var verdict: Verdict

    public init(path: String, setting: String, to: String, registry: RegistryValue?, verdict: Verdict) {
      self.path = path
      self.setting = setting
      self.to = to
      self.registry = registry
      self.verdict = verdict
    }
  }

  public struct RegistryValue: Sendable, Equatable {
    /// Begins with `HKLM\` or `HKCU\`.
    public var key: String
    public var name: String
    /// The data that belongs to the choice in ``Policy/to``, with its type where that is not plain.
    public var data: String

    public init(key: String, name: String, data: String) {
      self.key = key
      self.name = name
      self.data = data
    }
  }

  /// What counts: the policy or a change made in the host's own registry.
  public enum Verdict: String, Sendable, CaseIterable, Codable {
    /// Policy and host keep separate values.
    case policyWins = "policy wins"
    /// Policy and host share one value.
    case sameValue = "same value"
    /// The host has no value of its own.
    case policyOnly = "policy only"

    /// For people, in whole sentences.
    public var sentence: String {
      switch self {
      case .policyWins: "While a policy sets it, the host's own value counts for nothing: change the policy."
      case .sameValue: "Set by policy, a local change flips back at the next refresh: change the policy."
      case .policyOnly:
        "Only a policy sets it, of the domain or of this computer; there is no local value beside."
      }
    }
  }

  public init(
    id: FixID, title: String, owner: Owner = .helpdesk, place: Place = .server, commands: [Command] = [],
    expect: String = "", otherwise: String = "", minutes: Double = 5, wait: Double = 0,
    restart: Restart = .none, notices: String = "nobody", risk: Risk = .low, weakening: Weakening? = nil,
    policy: Policy? = nil, undo: String = "", proof: [FindingID] = [], say: String = "",
    sources: [String] = [],
    through: [Door]? = nil, origin: String = "built-in"
  ) {
    self.id = id
    self.title = title
    self.owner = owner
    self.place = place
    self.commands = commands
    self.through = through
    self.expect = expect
    self.otherwise = otherwise
    self.minutes = minutes
    self.wait = wait
    self.restart = restart
    self.notices = notices
    self.risk = risk
    self.weakening = weakening
    self.policy = policy
    self.undo = undo
    self.proof = proof
    self.say = say
    self.sources = sources
    self.origin = origin
  }
}

/// One number with a name, from one of the tables of Remote Desktop.
public struct CodeEntry: Sendable, Equatable {
  public typealias Family = CodeFamily

  public var symbol: String
  public var value: UInt32
  public var family: Family
  public var meaning: String
  /// Who says it: client, server, gateway, KDC.
  public var saidBy: String
  /// Layers that must have worked for it to be said.
  public var proves: [Phase]
  public var confusedWith: [String]
  /// A code of the client, or of another table, that tells the same: whatever causes that one causes this one.
  public var sameAs: String?
  /// Other names that people use.
  public var also: [String]
  /// Of a Windows event: its source without the leading `Microsoft-Windows-…`; else empty.
  public var provider: String
  /// Of a Windows event: the log in which it stands; else empty.
  public var log: String
  public var source: String
  public var origin: String

  public init(
    symbol: String, value: UInt32, family: Family, meaning: String, saidBy: String, proves: [Phase] = [],
    confusedWith: [String] = [], sameAs: String? = nil, also: [String] = [], provider: String = "",
    log: String = "", source: String, origin: String = "built-in"
  ) {
    self.symbol = symbol
    self.value = value
    self.family = family
    self.meaning = meaning
    self.saidBy = saidBy
    self.proves = proves
    self.confusedWith = confusedWith
    self.sameAs = sameAs
    self.also = also
    self.provider = provider
    self.log = log
    self.source = source
    self.origin = origin
  }

  /// `errinfo-0x7`; of an event, whose number means nothing without its source, `event-schannel-36870`.
  public var id: String {
    guard family == .event else { return "\(family.rawValue)-\(ReportedCode.hex(value))" }
    let source = provider.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return "event-\(String(source))-\(value)"
  }
}

/// What an error code and an extended code say together.
public struct PairEntry: Sendable, Equatable {
  /// `0x3/0x7`, `0x904/0x7`; a missing side is `*`.
  public var pair: String
  public var meaning: String
  public var proves: [Phase]
  public var confusedWith: [String]
  public var source: String
  public var origin: String

  public init(
    pair: String, meaning: String, proves: [Phase] = [], confusedWith: [String] = [], source: String,
    origin: String = "built-in"
  ) {
    self.pair = pair
    self.meaning = meaning
    self.proves = proves
    self.confusedWith = confusedWith
    self.source = source
    self.origin = origin
  }
}
