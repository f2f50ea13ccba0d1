/// What a probe is and promises, known before it runs.
public struct ProbeDescription: Hashable, Sendable {
  public let id: ProbeID
  /// A few words for the probe panel, for example "TLS and certificate".
  public let title: String
  /// Every finding that a run of the probe accounts for, whatever its end.
  public let states: [FindingID]
  /// Wall time of one run, at most.
  public let timeLimit: Duration

  public init(id: ProbeID, title: String, states: [FindingID], timeLimit: Duration) {
    self.id = id
    self.title = title
    self.states = states
    self.timeLimit = timeLimit
  }
}

/// What a probe run reports while it goes on, in this order for each probe.
public enum ProbeEvent: Hashable, Sendable {
  case started(ProbeID)
  /// One finding for each id that the probe states.
  case finished(ProbeID, [Finding], elapsed: Duration)
  /// The last event of a run, also after cancelling.
  case ended
}

/// What should be looked at.
public struct ProbeRequest: Hashable, Sendable {
  public var target: Target
  /// nil: everything. Else only the probes that state one of these, and what they need.
  public var only: Set<FindingID>?
  /// Wall time of the whole run.
  public var timeLimit: Duration
  /// A file of PEM certificates to trust besides the host's own store.
  public var trustFile: String?
  /// The DNS server to ask instead of the host's own: address, or address:port.
  public var nameServer: String?
  /// Connections that the run may open to the RDP port. More than the usual ones let more be learnt, and may alarm
  /// guards against guessed passwords.
  public var connectionLimit: Int
  /// What the user's client sends in front of the negotiation, from `loadbalanceinfo` of a connection file
  /// ([MS-RDPBCGR] 2.2.1.1 `routingToken`); nil sends none.
  public var routingToken: String?
  /// Where to look for doors; nil for the usual ports, and for none at all where the target's address is this host's own.
  public var doorPorts: DoorPorts?

  /// A handful, spaced by being one after the other, so that no such guard locks this host out.
  public static let usualConnectionLimit = 4

  public init(
    target: Target, only: Set<FindingID>? = nil, timeLimit: Duration = .seconds(10), trustFile: String? = nil,
    nameServer: String? = nil, connectionLimit: Int = ProbeRequest.usualConnectionLimit,
    routingToken: String? = nil, doorPorts: DoorPorts? = nil
  ) {
    self.target = target
    self.only = only
    self.timeLimit = timeLimit
    self.trustFile = trustFile
    self.nameServer = nameServer
    self.connectionLimit = connectionLimit
    self.routingToken = routingToken
    self.doorPorts = doorPorts
  }

  /// What the reading of a connection file says the client sends.
  public static func routingToken(in findings: [Finding]) -> String? {
    let named = findings.last { $0.id == "file.load-balance" && $0.outcome == "present" }
    guard case .text(let token)? = named?.details.first(where: { $0.name == "loadbalanceinfo" })?.value else {
      return nil
    }
    return token
  }
}

/// Ports of the services by which a host can be acted on while Remote Desktop does not work.
public struct DoorPorts: Hashable, Sendable {
  /// Windows Remote Management over HTTP.
  public var remoteManagement: UInt16 = 5985
  /// Windows Remote Management over HTTPS.
  public var securedRemoteManagement: UInt16 = 5986
  public var ssh: UInt16 = 22
  public var smb: UInt16 = 445
  /// The endpoint mapper.
  public var rpc: UInt16 = 135
  /// Web consoles over HTTPS: the usual port, Windows Admin Center, Proxmox VE.
  public var consoles: [UInt16] = [443, 6516, 8006]

  public init() {}
}
