public import Diagnosis
import Facts
import Wire

/// The broken hosts that come with the program: a course.
public enum PracticeCatalogue {
  public static func entry(_ id: String) -> PracticeEntry? { all.first { $0.id == id } }

  /// From easy to nasty, in the order in which they are best practised.
  public static let all: [PracticeEntry] = PracticeCase.Level.allCases.flatMap { level in
    entries.filter { $0.course.level == level }
  }

  private static let entries: [PracticeEntry] = [
    PracticeEntry(
      PracticeCase(
        id: "refused-port", title: "The port that refuses", level: .easy,
        story: "The terminal server was restarted over lunch. Since then nobody gets in; the message comes "
          + "at once.",
        code: ReportedCode(code: 0x204), cause: "svc-termservice-stopped",
        answers: [
          "one-or-all-users": "all-users", "since-when": "since-restart", "recent-change": "nothing",
          "termservice-state": "stopped", "port-owner": "nothing", "wait-before-failure": "at-once",
        ],
        explanation:
          "The host answers and its port refuses: nothing listens there. After a restart that is mostly "
          + "the service that did not start."),
      behaviour: .init(transport: .refuse)),
    PracticeEntry(
      PracticeCase(
        id: "expired-certificate", title: "The forgotten certificate", level: .easy,
        story: "It worked last week. Now the connection breaks off before I can type a password.",
        code: ReportedCode(code: 0x904, extended: 0x7), cause: "tls-selfsigned-expired",
        answers: [
          "moment": "before-password", "since-when": "suddenly",
        ],
        explanation:
          "Windows makes its own certificate for half a year and renews it by itself; here it did not. "
          + "The dates are seen from outside."),
      behaviour: .init(
        tls: .init(certificate: .made(.init(validFrom: .days(-193), validUntil: .days(-10)))))),
    PracticeEntry(
      PracticeCase(
        id: "wrong-service", title: "The door to another room", level: .easy,
        story: "The router was replaced yesterday. From home I get an error at once, in the office it works.",
        code: ReportedCode(code: 0x904), cause: "net-wrong-service",
        answers: [
          "path-kind": "router-forward", "other-network": "works", "recent-change": "vpn-changed",
          "wait-before-failure": "at-once",
        ],
        explanation:
          "What answers on the port speaks HTTP: the new router forwards it to another device, or to "
          + "its own page."),
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
      PracticeCase(
        id: "no-certificate", title: "The server without papers", level: .easy,
        story: "The certificate was renewed by a script last night. Since then remote desktop is dead on "
          + "that machine.",
        code: ReportedCode(code: 0x904), cause: "tls-thumbprint-mismatch",
        answers: [
          "recent-change": "certificate-renewed", "listener-certificate": "gone",
          "one-or-all-users": "all-users",
        ],
        explanation:
          "SSL_CERT_NOT_ON_SERVER says it: the listener names a certificate by its thumbprint, and "
          + "after the renewal nobody has that one any more."),
      behaviour: .init(negotiation: .fail(code: 3))),
    PracticeEntry(
      PracticeCase(
        id: "not-a-member", title: "The new colleague", level: .easy,
        story: "I started on Monday. The others get in, I get: not authorised for remote login.",
        code: ReportedCode(code: 0x3, extended: 0x9), cause: "acc-no-rdp-right",
        answers: [
          "one-or-all-users": "one-user", "since-when": "never-worked", "message": "not-authorised",
          "group-membership": "not-member", "admin-works": "works",
        ],
        explanation:
          "0x9 is said after the password was found right: what is missing is the right to log on, and "
          + "it was never given."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "locked-out", title: "Five times wrong", level: .easy,
        story: "I changed my password yesterday. This morning it says the account is locked, on every "
          + "server.",
        code: ReportedCode(code: 0xD07), cause: "acc-locked",
        answers: [
          "one-or-all-users": "one-user", "one-or-all-hosts": "all-hosts", "account-state-in-ad": "locked",
          "password-elsewhere": "fails",
        ],
        explanation:
          "0xd07 names the lockout. Something with the old password, a phone or a saved logon, locks it "
          + "again when it is not found."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "licences-run-out", title: "Day one hundred and twenty-one", level: .easy,
        story: "The new terminal server worked for months. Today: no Remote Desktop License Servers "
          + "available. The administrator still gets in.",
        code: ReportedCode(code: 0x3, extended: 0x101), cause: "lic-grace-over",
        answers: [
          "admin-works": "works", "message": "licence", "one-or-all-users": "all-users",
          "licence-state": "grace-over",
        ],
        explanation:
          "A session host works 120 days without a licence server. Administrators need no licence, so "
          + "they see nothing of it."),
      behaviour: .withoutNLA(.errorInfo(0x101))),
    PracticeEntry(
      PracticeCase(
        id: "clock-ten-minutes-off", title: "The clock that runs ahead", level: .middling,
        story: "My password is right, it works everywhere else, but this one server says it cannot sign me "
          + "in.",
        code: ReportedCode(code: 0x1D07), cause: "nla-clock-skew",
        answers: [
          "password-elsewhere": "works", "one-or-all-hosts": "one-host", "one-or-all-users": "all-users",
        ],
        explanation:
          "Kerberos allows five minutes. The host's own time stands in its NTLM challenge, without any "
          + "logon."),
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
      PracticeCase(
        id: "closes-after-negotiation", title: "The key nobody can read", level: .middling,
        story: "It says an internal error has occurred, or just that the connection was lost, always at "
          + "once. They hardened the servers last week.",
        code: ReportedCode(code: 0x904), cause: "tls-machinekeys-acl",
        answers: [
          "tool-run-lately": "hardening", "event-log": "key-36870",
          "key-folder-rights": "folder-rights-missing", "message": "internal-error",
          "recent-change": "policy-changed", "listener-certificate": "usable",
          "one-or-all-users": "all-users",
        ],
        explanation:
          "RDP is spoken, TLS is agreed on, and then the host closes: it has a certificate and cannot "
          + "read its key. Schannel 36870 says so."),
      behaviour: .init(tls: .init(answer: .close))),
    PracticeEntry(
      PracticeCase(
        id: "nla-unpatched", title: "The server left behind", level: .middling,
        story: "After the update of my notebook it says: this could be due to CredSSP encryption oracle "
          + "remediation.",
        code: nil, cause: "nla-oracle-server-old",
        answers: [
          "message": "credssp-oracle", "one-or-all-hosts": "one-host",
          "other-pc-same-user": "fails-everywhere", "host-updates": "older",
          "recent-change": "windows-update",
        ],
        explanation: "The version in the host's TSRequest tells its patch level: this one lacks the fix for "
          + "CVE-2018-0886, so patched clients refuse it."),
      behaviour: .init(
        credssp: .challenge(
          .init(version: 2, build: .init(major: 6, minor: 3, build: 9600), logonAnswer: nil)))),
    PracticeEntry(
      PracticeCase(
        id: "notebook-left-behind", title: "The notebook from the cupboard", level: .middling,
        story: "I got the loan notebook. Here it says CredSSP encryption oracle remediation, on my own "
          + "notebook the same server works.",
        code: nil, cause: "nla-oracle-client-old",
        answers: [
          "message": "credssp-oracle", "other-pc-same-user": "other-pc-works",
          "one-or-all-hosts": "several-hosts", "host-updates": "this-month", "one-or-all-users": "one-user",
        ],
        explanation:
          "The same message as with an old server, and the host is patched, as the probes saw: it is "
          + "the client that is old."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "logons-switched-off", title: "The server after maintenance", level: .middling,
        story: "Since last night's maintenance it says no to everybody, at once: error code 0x3, extended "
          + "error code 0x7. Even my own session from yesterday is out of reach.",
        code: ReportedCode(code: 0x3, extended: 0x7), cause: "ses-logon-disabled",
        answers: [
          "one-or-all-users": "all-users", "reconnects": "no", "logon-query": "disabled",
          "admin-works": "same-error",
        ],
        explanation:
          "Drain mode lets people back into their sessions; “change logon /disable” lets nobody in at "
          + "all."),
      behaviour: .withoutNLA(.errorInfo(0x7))),
    PracticeEntry(
      PracticeCase(
        id: "vpn-half-way", title: "The home office", level: .middling,
        story: "From home it cannot find the computer, in the office it worked an hour ago. My colleagues "
          + "are all in.",
        code: ReportedCode(code: 0x204), cause: "net-route-vpn",
        answers: [
          "one-or-all-users": "one-user", "other-network": "works", "vpn-state": "not-connected",
          "one-or-all-hosts": "all-hosts", "moment": "before-password", "other-services-answer": "no",
          "wait-before-failure": "some-seconds",
        ],
        explanation:
          "Seen from here everything is in order: the fault is on the caller's own way. 0x204 says that "
          + "their packets do not arrive."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "gateway-says-no", title: "The server behind the gateway", level: .middling,
        story: "In the office I reach the new server. From home, through the gateway, it is refused; my old "
          + "server works from home.",
        code: ReportedCode(code: 0x300001B), cause: "gw-rap",
        answers: [
          "inside-or-gateway": "inside-works", "connects-how": "gateway", "one-or-all-hosts": "one-host",
          "newest-gateway-event": "rap-301", "full-name-works": "already-full", "moment": "at-gateway",
        ],
        explanation:
          "Event 301 on the gateway: its resource policy does not list the new host. Nothing of it is "
          + "seen at the host."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "password-ran-out", title: "The password from the summer", level: .middling,
        story: "Back from three months of leave, and no server lets me in. I never get as far as changing "
          + "anything.",
        code: ReportedCode(code: 0xF07), cause: "acc-password-expired",
        answers: [
          "one-or-all-users": "one-user", "one-or-all-hosts": "all-hosts",
          "account-state-in-ad": "password-expired", "since-when": "suddenly",
        ],
        explanation:
          "With Network Level Authentication an expired password cannot be changed over Remote Desktop: "
          + "it fails before there is a screen to change it on."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "mute", title: "The server that says nothing", level: .middling,
        story: "It sits at “Configuring remote session” for a minute and then gives up. Ping works. It was "
          + "restarted in the night.",
        code: ReportedCode(code: 0x108), cause: "svc-termservice-hung",
        answers: [
          "since-when": "since-restart", "wait-before-failure": "about-a-minute",
          "termservice-start": "hangs", "one-or-all-users": "all-users", "port-owner": "termservice",
        ],
        explanation: "The port accepts, for the kernel does that; the service behind it never says a word."),
      behaviour: .init(transport: .mute)),
    PracticeEntry(
      PracticeCase(
        id: "sent-to-old-address", title: "The forwarding address", level: .nasty,
        story: "We moved the servers to a new network. Some users end up nowhere: the computer cannot be "
          + "found, although the broker answers.",
        code: ReportedCode(code: 0x204), cause: "brk-redirect-ip-stale",
        answers: [
          "host-kind": "farm-member", "recent-change": "host-renamed", "redirection-ip-value": "old-address",
          "one-or-all-users": "some-users",
        ],
        explanation:
          "The host sends people on to an address of the old network: the value of the redirection "
          + "address was not moved with it."),
      behaviour: .withoutNLA(
        .redirect(
          .init(
            targetAddress: "192.0.2.77", targetName: "rdsh02.example.com", targetNetBIOSName: "RDSH02",
            targetAddresses: ["192.0.2.77"])))),
    PracticeEntry(
      PracticeCase(
        id: "refuses-though-clean", title: "The server that is polite and says no", level: .nasty,
        story: "I type my password, it thinks for a second, then: Error code 0x3, extended error code 0x7. "
          + "My colleague is still signed in from this morning and works.",
        code: ReportedCode(code: 0x3, extended: 0x7), cause: "ses-drain",
        answers: [
          "reconnects": "yes", "moment": "after-password", "logon-query": "drain", "event-log": "drain-1070",
          "admin-works": "works",
        ],
        explanation:
          "All layers are clean, so the service itself says no. Who has a session keeps it: the host is "
          + "being drained."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "dialled-directly", title: "The shortcut to one of four", level: .nasty,
        story: "0x3, extended 0x7, since I have this new shortcut. My colleagues use the icon from the "
          + "portal, and they get in.",
        code: ReportedCode(code: 0x3, extended: 0x7), cause: "brk-no-loadbalanceinfo",
        answers: [
          "host-kind": "farm-member", "connects-how": "name", "from-published-file": "works",
          "one-or-all-users": "some-users", "admin-works": "works", "logon-query": "enabled",
          "reconnects": "no", "session-count": "normal", "broker-service": "running",
        ],
        explanation:
          "A member of a collection takes only those whom the broker sends. The shortcut names the host "
          + "and not the collection."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "house-full", title: "The last chair", level: .nasty,
        story: "Error code 0x3, extended 0x7, but only at nine in the morning; by noon it works. Nothing was "
          + "changed.",
        code: ReportedCode(code: 0x3, extended: 0x7), cause: "ses-limit",
        answers: [
          "since-when": "now-and-then", "session-count": "limit-reached", "admin-works": "works",
          "reconnects": "yes", "logon-query": "enabled", "host-kind": "single-server",
          "broker-service": "not-installed",
        ],
        explanation:
          "Now and then, and by the hour: that is no setting but a number. The sessions are counted, "
          + "and those who left without signing out count too."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "stuck-session", title: "The session that will not die", level: .nasty,
        story: "My session froze in the evening. Today 0x3, extended 0x7, and the administrator cannot get "
          + "in either.",
        code: ReportedCode(code: 0x3, extended: 0x7), cause: "ses-hung",
        answers: [
          "admin-works": "same-error", "session-count": "stuck-sessions", "logon-query": "enabled",
          "reconnects": "no", "recent-change": "nothing", "one-or-all-users": "all-users",
        ],
        explanation: "Not even /admin works, and logons are allowed: the session manager itself waits for a "
          + "session that does not end."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "black-then-gone", title: "The picture that never comes", level: .nasty,
        story: "It takes my password, goes black and closes: error code 0x3, extended 0x11. Since the "
          + "updates of last night, for all of us.",
        code: ReportedCode(code: 0x3, extended: 0x11), cause: "ses-display-driver",
        answers: [
          "moment": "after-password", "one-or-all-users": "all-users", "recent-change": "windows-update",
          "reread-code": "ext-0x11", "one-small-monitor": "small-fails", "admin-works": "same-error",
          "event-log": "display-1134",
        ],
        explanation:
          "0x11 is said when the graphics of the session cannot start. The remote display driver is a "
          + "device, and the update left it without one."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "pin-and-password", title: "The four digits", level: .nasty,
        story: "My PIN works at the notebook, and the server says the credentials did not work. It never "
          + "worked with this notebook.",
        code: nil, cause: "nla-whfb",
        answers: [
          "moment": "after-password", "hello-sign-in": "hello-fails", "password-elsewhere": "works",
          "account-state-in-ad": "in-order", "since-when": "never-worked", "one-or-all-users": "one-user",
          "message": "credentials-failed", "one-or-all-hosts": "all-hosts", "host-kind": "single-server",
          "target-is-windows": "windows", "client-kind": "mstsc", "saved-or-typed-password": "nothing-saved",
          "signs-in-at-console": "works", "group-membership": "member",
        ],
        explanation:
          "Windows Hello signs in with a key. Without a certificate trust the host cannot check it, "
          + "while the password is right."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "y-and-z", title: "The guest in the branch office", level: .nasty,
        story: "I am in the branch office today, at their PC. My password is wrong, it says, and I am quite "
          + "sure of it.",
        code: ReportedCode(code: 0x807), cause: "acc-keyboard-layout",
        answers: [
          "one-or-all-users": "one-user", "keyboard-typed": "wrong", "password-elsewhere": "works",
          "other-pc-same-user": "other-pc-works", "account-state-in-ad": "in-order",
          "message": "credentials-failed", "moment": "after-password",
          "saved-or-typed-password": "nothing-saved",
        ],
        explanation:
          "Everything is in order but the letters: the keyboard of that PC has another layout, and "
          + "nobody sees what a password field holds."),
      behaviour: .healthy),
    PracticeEntry(
      PracticeCase(
        id: "no-room-left", title: "The desktop that closes again", level: .nasty,
        story: "I see “Preparing Windows”, then it throws me out again. The others complain as well. No "
          + "number is shown.",
        code: nil, cause: "ses-disk-full",
        answers: [
          "moment": "after-password", "after-logon": "logs-off-at-once", "disk-space": "system-full",
          "one-or-all-users": "all-users", "one-or-all-hosts": "one-host", "profile-message": "temporary",
          "host-kind": "single-server", "target-is-windows": "windows", "client-kind": "mstsc",
          "windows-edition": "server", "since-when": "suddenly", "session-on-return": "no-way-back",
        ],
        explanation:
          "The connection is fine up to the desktop. A profile that cannot be loaded for everybody at "
          + "once is a full disk until somebody has looked."),
      behaviour: .healthy),
  ]
}

/// One broken host to practise on.
public struct PracticeEntry: Hashable, Sendable {
  public let course: PracticeCase
  public let behaviour: HostBehaviour

  public init(_ course: PracticeCase, behaviour: HostBehaviour) {
    self.course = course
    self.behaviour = behaviour
  }

  public var id: String { course.id }

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
