/// What a scripted host does at every layer of an RDP connection. A plain value; each connection follows the one that
/// was current when it was accepted.
public struct HostBehaviour: Hashable, Sendable {
  public var transport: TransportStage
  public var routing: RoutingStage
  public var negotiation: NegotiationStage
  public var tls: TLSStage
  public var credssp: CredSSPStage
  public var session: SessionStage

  /// A host where everything is in order, and that demands Network Level Authentication.
  public init(
    transport: TransportStage = .accept, routing: RoutingStage = .ignore,
    negotiation: NegotiationStage = .likeWindows(.nlaRequired),
    tls: TLSStage = .init(), credssp: CredSSPStage = .challenge(.init()),
    session: SessionStage = .conducts(.init(.ready))
  ) {
    self.transport = transport
    self.routing = routing
    self.negotiation = negotiation
    self.tls = tls
    self.credssp = credssp
    self.session = session
  }

  /// A Windows host in order, with Network Level Authentication.
  public static let healthy = HostBehaviour()

  /// What happens to a TCP connection.
  public enum TransportStage: Hashable, Sendable {
    case accept
    /// The port is kept, but nothing listens on it.
    case refuse
    case close
    case reset
    /// Accepted, then not a byte.
    case mute
    /// Accepted; these bytes at once, or after the client's first bytes; then closed.
    case otherService(bytes: [UInt8], speaksFirst: Bool)
    /// Plays back what servers said: see ``Recording``.
    case recorded([Recording])
  }

  /// What becomes of a request that brings a cookie or a routing token.
  public enum RoutingStage: Hashable, Sendable {
    /// The same as of any other.
    case ignore
    case fail(code: UInt32)
    case raw([UInt8])
    case silent
    case close
    case reset
  }

  /// The answer to an X.224 Connection Request.
  public enum NegotiationStage: Hashable, Sendable {
    /// By the protocols asked for, as Windows does with the given settings.
    case likeWindows(SecurityRequirement)
    /// This protocol to every client that offers it, to others as Windows does with the given settings.
    case prefer(protocol: UInt32, otherwise: SecurityRequirement)
    /// This protocol, whatever was asked ([MS-RDPBCGR] 2.2.1.2.1 RDP Negotiation Response).
    case select(protocol: UInt32, flags: UInt8)
    /// This failure, whatever was asked ([MS-RDPBCGR] 2.2.1.2.2 RDP Negotiation Failure).
    case fail(code: UInt32)
    case raw([UInt8])
    case silent
    case close
    case reset
  }

  /// What the server's settings `SecurityLayer` and `UserAuthentication` amount to.
  public enum SecurityRequirement: Hashable, Sendable {
    case nlaRequired
    case tlsRequired
    /// TLS and NLA where the client can, else RDP's own security.
    case negotiable
    /// RDP's own security only.
    case legacyOnly
  }

  /// What happens from the ClientHello on.
  public struct TLSStage: Hashable, Sendable {
    public var certificate: ServerCertificate
    /// Both ends included.
    public var versions: ClosedRange<TLSVersion>
    public var answer: ClientHelloAnswer

    public init(
      certificate: ServerCertificate = .made(.init()), versions: ClosedRange<TLSVersion> = .v1_2 ... .v1_3,
      answer: ClientHelloAnswer = .handshake
    ) {
      self.certificate = certificate
      self.versions = versions
      self.answer = answer
    }
  }

  /// The answer to a ClientHello.
  public enum ClientHelloAnswer: Hashable, Sendable {
    case handshake
    /// The handshake, and then the connection is closed.
    case handshakeThenClose
    case close
    case reset
    case silent
    case raw([UInt8])
  }

  /// The answer to the client's first TSRequest ([MS-CSSP] 2.2.1).
  public enum CredSSPStage: Hashable, Sendable {
    case challenge(ChallengeSettings)
    /// A TSRequest with nothing but its version and this errorCode.
    case error(version: Int, code: UInt32)
    case raw([UInt8])
    case silent
    case close
    case reset
  }

  /// What a client finds that got through without Network Level Authentication.
  public enum SessionStage: Hashable, Sendable {
    /// Reads, and says nothing.
    case silent
    case close
    /// One of these after each message of the client.
    case replies([[UInt8]])
    /// As servers do it, up to this end.
    case conducts(SessionConduct)
  }
}

/// What a host says about itself in an NTLM challenge ([MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE).
public struct ChallengeSettings: Hashable, Sendable {
  /// Of the TSRequest: 2 before CVE-2018-0886 was fixed, 6 today.
  public var version: Int
  public var netBIOSComputer: String
  public var netBIOSDomain: String
  public var dnsComputer: String
  public var dnsDomain: String
  /// nil: not in a domain.
  public var dnsTree: String?
  public var build: WindowsBuild
  /// How far the host's clock is ahead of this one's.
  public var clockOffset: Duration
  /// NTSTATUS with which a logon is refused; nil: the connection is closed instead.
  public var logonAnswer: UInt32?

  public init(
    version: Int = 6, netBIOSComputer: String = "PRACTICE", netBIOSDomain: String = "PRACTICE",
    dnsComputer: String = "practice", dnsDomain: String = "practice", dnsTree: String? = nil,
    build: WindowsBuild = .init(major: 10, minor: 0, build: 20348), clockOffset: Duration = .zero,
    logonAnswer: UInt32? = 0xC000_006D
  ) {
    self.version = version
    self.netBIOSComputer = netBIOSComputer
    self.netBIOSDomain = netBIOSDomain
    self.dnsComputer = dnsComputer
    self.dnsDomain = dnsDomain
    self.dnsTree = dnsTree
    self.build = build
    self.clockOffset = clockOffset
    self.logonAnswer = logonAnswer
  }

  /// [MS-NLMP] 2.2.2.10 VERSION.
  public struct WindowsBuild: Hashable, Sendable {
    public var major: UInt8
    public var minor: UInt8
    public var build: UInt16
    public init(major: UInt8, minor: UInt8, build: UInt16) {
      self.major = major
      self.minor = minor
      self.build = build
    }
  }
}

public enum TLSVersion: Int, Comparable, Sendable {
  case v1_0 = 0x0301
  case v1_1 = 0x0302
  case v1_2 = 0x0303
  case v1_3 = 0x0304
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// One recorded connection: what the client and the server sent, TLS taken off.
public struct Recording: Hashable, Sendable {
  public var steps: [Step]
  public init(steps: [Step]) { self.steps = steps }

  public enum Step: Hashable, Sendable {
    /// The client spoke; a replaying host waits for one message, whatever is in it.
    case client([UInt8])
    case server([UInt8])
    /// Both sides went over to TLS; a replaying host does its own handshake.
    case startTLS
  }
}
