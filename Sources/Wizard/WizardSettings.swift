public import Diagnosis
public import Facts

/// What the wizard is told once.
public struct WizardSettings: Sendable, Equatable {
  /// Who works with it; stands in every entry of a case.
  public var person: String
  /// Any number that no other start of the program has: case ids are made with it.
  public var nonce: UInt64
  /// Every probe that a run may report, in the order of the live panel.
  public var probes: [ProbeDescription]
  public var practiceCases: [PracticeCase]
  /// What was given on the command line.
  public var initial: Initial
  /// Wall time of a whole probe run.
  public var timeLimit: Duration
  public var trustFile: String?
  public var nameServer: String?
  /// Connections that a run may open to the RDP port.
  public var connectionLimit: Int
  public var display: Display
  public var keys: KeyMap
  public var defaults: Defaults
  /// The person's own configuration file.
  public var configurationFile: String
  /// Shown on the settings screen.
  public var dataDirectory: String
  public var version: String
  /// Everything that can be read when it is pasted.
  public var readable: [Readable]

  /// A kind of text that is read, for example the output of a command.
  public struct Readable: Sendable, Equatable {
    public var name: String
    /// Every finding that it may state.
    public var states: [FindingID]
    public init(name: String, states: [FindingID]) {
      self.name = name
      self.states = states
    }
  }

  /// With a target that can be read and a code, the case is opened at once; with less, the target screen asks for the rest.
  public struct Initial: Sendable, Equatable {
    public var target: String
    /// A code in any spelling, also a pasted message.
    public var code: String
    public var gateway: String?
    public var domain: String?
    public var certificateName: String?
    /// What files and pasted texts said; recorded when the case is opened.
    public var submissions: [Submission]
    /// A case to go on with.
    public var caseID: String?
    /// Set: begin among the practice cases; with an id, at that one.
    public var practice: String??
    public init(
      target: String = "", code: String = "", gateway: String? = nil, domain: String? = nil,
      certificateName: String? = nil, submissions: [Submission] = [], caseID: String? = nil,
      practice: String?? = nil
    ) {
      self.target = target
      self.code = code
      self.gateway = gateway
      self.domain = domain
      self.certificateName = certificateName
      self.submissions = submissions
      self.caseID = caseID
      self.practice = practice
    }
  }

  /// What counts where a new case names nothing else.
  public struct Defaults: Sendable, Equatable {
    public var port: UInt16
    public var gateway: String?
    public var domain: String?
    public init(port: UInt16 = Target.defaultPort, gateway: String? = nil, domain: String? = nil) {
      self.port = port
      self.gateway = gateway
      self.domain = domain
    }
  }

  public init(
    person: String, nonce: UInt64, probes: [ProbeDescription], practiceCases: [PracticeCase] = [],
    initial: Initial = Initial(), timeLimit: Duration = .seconds(10), trustFile: String? = nil,
    nameServer: String? = nil, connectionLimit: Int = ProbeRequest.usualConnectionLimit,
    display: Display = Display(), keys: KeyMap = KeyMap(),
    defaults: Defaults = Defaults(), configurationFile: String = "", dataDirectory: String = "",
    version: String = "", readable: [Readable] = []
  ) {
    self.person = person
    self.nonce = nonce
    self.probes = probes
    self.practiceCases = practiceCases
    self.initial = initial
    self.timeLimit = timeLimit
    self.trustFile = trustFile
    self.nameServer = nameServer
    self.connectionLimit = connectionLimit
    self.display = display
    self.keys = keys
    self.defaults = defaults
    self.configurationFile = configurationFile
    self.dataDirectory = dataDirectory
    self.version = version
    self.readable = readable
  }
}
