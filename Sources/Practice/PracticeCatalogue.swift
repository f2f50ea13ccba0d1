import Facts
import Wire

/// The broken hosts that come with the program.
public enum PracticeCatalogue {
  public static func entry(_ id: String) -> PracticeEntry? { all.first { $0.id == id } }

  /// In the order in which they are best practised.
  public static let all: [PracticeEntry] = [
    PracticeEntry(
      id: "refused-port", title: "The port that refuses",
      story:
        "The terminal server was restarted over lunch. Since then nobody gets in; the message comes at once.",
      code: ReportedCode(code: 0x204), solution: "svc-termservice-stopped",
      behaviour: .init(transport: .refuse)),
    PracticeEntry(
      id: "expired-certificate", title: "The forgotten certificate",
      story: "It worked last week. Now the connection breaks off before I can type a password.",
      code: ReportedCode(code: 0x904, extended: 0x7), solution: "tls-selfsigned-expired",
      behaviour: .init(
        tls: .init(certificate: .made(.init(validFrom: .days(-193), validUntil: .days(-10)))))),
    PracticeEntry(
      id: "clock-ten-minutes-off", title: "The clock that runs ahead",
      story: "My password is right, it works everywhere else, but this one server says it cannot sign me in.",
      code: ReportedCode(code: 0x1D07), solution: "nla-clock-skew",
      behaviour: .init(
        tls: .init(
          certificate: .made(
            .init(
              commonName: "srv-practice.example.com",
              alternativeNames: ["DNS:srv-practice.example.com", "DNS:localhost", "IP:127.0.0.1", "IP:::1"]))),
        credssp: .challenge(
          .init(
            netBIOSComputer: "SRV-PRACTICE", netBIOSDomain: "EXAMPLE",
            dnsComputer: "srv-practice.example.com",
            dnsDomain: "example.com", dnsTree: "example.com", clockOffset: .seconds(600))))),
    PracticeEntry(
      id: "closes-after-negotiation", title: "The key nobody can read",
      story: "It says an internal error has occurred, or just that the connection was lost, always at once.",
      code: ReportedCode(code: 0x904), solution: "tls-thumbprint-mismatch",
      behaviour: .init(tls: .init(answer: .close))),
    PracticeEntry(
      id: "refuses-though-clean", title: "The server that is polite and says no",
      story:
        "I type my password, it thinks for a second, then: Error code 0x3, extended error code 0x7. "
        + "My colleague is still signed in from this morning and works.",
      code: ReportedCode(code: 0x3, extended: 0x7), solution: "ses-drain", behaviour: .healthy),
    PracticeEntry(
      id: "logons-switched-off", title: "The server after maintenance",
      story:
        "Since last night's maintenance it says no to everybody, at once: error code 0x3, extended error code 0x7. "
        + "Even my own session from yesterday is out of reach.",
      code: ReportedCode(code: 0x3, extended: 0x7), solution: "ses-logon-disabled",
      behaviour: .withoutNLA(.errorInfo(0x7))),
    PracticeEntry(
      id: "licences-run-out", title: "Day one hundred and twenty-one",
      story:
        "The new terminal server worked for months. Today: no Remote Desktop License Servers available. "
        + "The administrator still gets in.",
      code: ReportedCode(code: 0x3, extended: 0x101), solution: "lic-grace-over",
      behaviour: .withoutNLA(.errorInfo(0x101))),
    PracticeEntry(
      id: "sent-to-old-address", title: "The forwarding address",
      story:
        "We moved the servers to a new network. Some users end up nowhere: the computer cannot be found, "
        + "although the broker answers.",
      code: ReportedCode(code: 0x204), solution: "brk-redirect-ip-stale",
      behaviour: .withoutNLA(
        .redirect(
          .init(
            targetAddress: "192.0.2.77", targetName: "rdsh02.example.com", targetNetBIOSName: "RDSH02",
            targetAddresses: ["192.0.2.77"])))),
    PracticeEntry(
      id: "wrong-service", title: "The door to another room",
      story: "The router was replaced yesterday. From home I get an error at once, in the office it works.",
      code: ReportedCode(code: 0x904), solution: "net-wrong-service",
      behaviour: .init(
        transport: .otherService(
          bytes: Array(
            """
            HTTP/1.1 400 Bad Request\r
            Content-Type: text/html\r
            Content-Length: 39\r
            Connection: close\r
            \r
            <html><body>Bad Request</body></html>\r\n
            """.utf8), speaksFirst: false))),
    PracticeEntry(
      id: "nla-unpatched", title: "The server left behind",
      story:
        "After the update of my notebook it says: this could be due to CredSSP encryption oracle remediation.",
      code: nil, solution: "nla-oracle-server-old",
      behaviour: .init(
        credssp: .challenge(
          .init(version: 2, build: .init(major: 6, minor: 3, build: 9600), logonAnswer: nil)))),
    PracticeEntry(
      id: "no-certificate", title: "The server without papers",
      story:
        "The certificates were cleaned up by a script. Since then remote desktop is dead on that machine.",
      code: ReportedCode(code: 0x904), solution: "tls-thumbprint-mismatch",
      behaviour: .init(negotiation: .fail(code: 3))),
    PracticeEntry(
      id: "mute", title: "The server that says nothing",
      story: "It sits at “Configuring remote session” for a minute and then gives up. Ping works.",
      code: ReportedCode(code: 0x108), solution: "svc-termservice-hung", behaviour: .init(transport: .mute)),
  ]
}

/// One broken host to practise on.
public struct PracticeEntry: Hashable, Sendable {
  public let id: String
  public let title: String
  /// What the imagined caller says, in one or two sentences.
  public let story: String
  /// The code that the caller reads out.
  public let code: ReportedCode?
  /// The id of the cause that is truly at work.
  public let solution: String
  public let behaviour: HostBehaviour

  public init(
    id: String, title: String, story: String, code: ReportedCode?, solution: String, behaviour: HostBehaviour
  ) {
    self.id = id
    self.title = title
    self.story = story
    self.code = code
    self.solution = solution
    self.behaviour = behaviour
  }

  /// Starts the host on a free port of 127.0.0.1. The caller stops it.
  public func start() throws(PracticeError) -> ScriptedHost { try .start(behaviour) }
}

extension HostBehaviour {
  /// A host in order but for this end of a session, which it shows also to those who do not sign in first.
  fileprivate static func withoutNLA(_ ending: SessionConduct.Ending) -> HostBehaviour {
    .init(negotiation: .likeWindows(.tlsRequired), session: .conducts(.init(ending)))
  }
}

extension ScriptedHost {
  /// What to type to look at this host.
  public var target: Target { Target(host: .ipv4("127.0.0.1"), port: port) }
}
