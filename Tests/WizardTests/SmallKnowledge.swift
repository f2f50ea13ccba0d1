import Diagnosis
import Facts

@testable import Wizard

/// A little knowledge of its own, so that the shipped texts can change without breaking a frame.
enum Small {
  static let knowledge = KnowledgeBase(
    causes: [
      Cause(id: Cause.healthy, title: "Nothing is wrong", phase: .client, baseRate: 30),
      Cause(id: Cause.unknown, title: "Something else", phase: .client, baseRate: 20),
      Cause(
        id: "drain-mode", title: "The host is in drain mode",
        shows: "New users are refused; people with a disconnected session still get back in.",
        phase: .authorise, baseRate: 20, codes: ["0x3/0x7": .often],
        expects: [
          "rdp.session": ["denied": .always], "ask.logon-query": ["drain": .usually],
          "ask.one-or-all-users": ["all-users": .usually],
        ],
        cures: [.init(fix: "end-drain-mode", strength: .always)]),
      Cause(
        id: "broker-refuses", title: "The connection broker does not know the host",
        shows: "Farm names fail.",
        phase: .authorise, baseRate: 24, codes: ["0x3/0x7": .often],
        expects: [
          "rdp.session": ["denied": .never], "ask.logon-query": ["enabled": .usually],
          "ask.one-or-all-users": ["all-users": .often],
        ],
        cures: [.init(fix: "restart-broker", strength: .usually)]),
      Cause(
        id: "service-stopped", title: "The Remote Desktop service is stopped", shows: "Nobody can connect.",
        phase: .tcp, baseRate: 20, codes: ["0x204": .usually], expects: ["tcp.port": ["refused": .usually]],
        cures: [.init(fix: "start-service", strength: .usually)]),
      Cause(
        id: "nla-mismatch", title: "The client cannot sign in before the session",
        shows: "An old client fails.",
        phase: .credssp, baseRate: 3, expects: ["rdp.security": ["nla-required": .always]],
        cures: [.init(fix: "relax-nla", strength: .usually)]),
    ],
    fixes: [
      Fix(
        id: "end-drain-mode", title: "Let users log on to {host} again", owner: .serverAdmin, place: .server,
        commands: [
          .init(
            door: .winrm, shell: .powershell,
            text:
              "Invoke-Command -ComputerName {host} -ScriptBlock { change logon /enable; change logon /query }"
          ),
          .init(door: .console, shell: .cmd, text: "change logon /enable"),
          .init(
            door: .gui, shell: .steps,
            text: "Open Server Manager, Remote Desktop Services, and allow connections."),
        ],
        expect: "The command prints “Session logins are currently ENABLED”.",
        otherwise: "“Access is denied” means that the account is no administrator of the host.", minutes: 9,
        notices: "nobody", risk: .low, undo: "change logon /drain", proof: ["rdp.session"],
        say: "I have opened the server for logons again; please connect once more.",
        sources: ["Microsoft Learn, change logon"]),
      Fix(
        id: "restart-broker", title: "Restart the connection broker", owner: .serverAdmin, place: .broker,
        commands: [.init(door: .winrm, shell: .powershell, text: "Restart-Service Tssdis")], minutes: 10,
        restart: .service, notices: "people who log on in these seconds", risk: .medium, undo: "", proof: [],
        sources: ["none"]),
      Fix(
        id: "start-service", title: "Start the Remote Desktop service", owner: .helpdesk, place: .server,
        commands: [.init(door: .winrm, shell: .powershell, text: "Start-Service TermService")],
        expect: "Nothing is printed.", minutes: 3, restart: .none, risk: .low, proof: ["tcp.port"],
        say: "Please connect once more.", sources: ["none"]),
      Fix(
        id: "relax-nla", title: "Let clients in without sign-in before the session", owner: .domainAdmin,
        commands: [.init(door: .gui, shell: .steps, text: "Clear the box in System Properties.")], minutes: 5,
        risk: .high, weakening: .init(reverse: "Set-ItemProperty … UserAuthentication 1", dueHours: 4),
        policy: .init(
          path: "Computer Configuration > Security", setting: "Require user authentication",
          to: "Not Configured",
          registry: .init(key: "HKLM\\SOFTWARE", name: "UserAuthentication", data: "none"),
          verdict: .policyWins),
        proof: ["rdp.security"], sources: ["none"]),
    ],
    questions: [
      Question(
        id: "logon-query", ask: "What does “change logon /query” print on {host}?",
        say: "Can you ask an administrator to run one command on the server?",
        how: "On the host, or through WinRM, run: change logon /query", minutes: 0.5,
        choices: [
          .init(id: "enabled", text: "Session logins are currently ENABLED", base: .often),
          .init(id: "drain", text: "… currently DRAIN", base: .rarely),
          .init(id: "disabled", text: "… currently DISABLED", base: .rarely),
        ], needs: ["code.reported": ["0x3/0x7"]],
        reads: ["paste.logon-query": ["enabled": "enabled", "drain": "drain"]],
        command: .init(door: .console, shell: .cmd, text: "change logon /query")),
      Question(
        id: "one-or-all-users", ask: "Does it fail for one user or for everybody on this host?",
        say: "Can a colleague connect to the same server?", how: "Ask a second person to connect.",
        minutes: 0.5,
        choices: [
          .init(id: "one-user", text: "Only this user", base: .often),
          .init(id: "all-users", text: "Everybody", base: .sometimes),
        ]),
    ],
    findings: [
      FindingEntry(
        id: "dns.lookup", title: "Name", layer: .name,
        outcomes: [
          .init(id: "resolved", meaning: "the name has an address", base: .usually, isFine: true),
          .init(id: "not-found", meaning: "the name does not exist", base: .rarely),
        ]),
      FindingEntry(
        id: "tcp.port", title: "Port", layer: .tcp,
        outcomes: [
          .init(id: "open", meaning: "the port is open", base: .usually, isFine: true),
          .init(id: "refused", meaning: "the port refuses connections", base: .rarely),
        ]),
      FindingEntry(
        id: "rdp.security", title: "Security", layer: .x224,
        outcomes: [
          .init(
            id: "nla-required", meaning: "sign-in before the session is required", base: .often, isFine: true),
          .init(id: "refused", meaning: "the greeting was refused", base: .rarely),
        ], needs: ["tcp.port": ["open"]]),
      FindingEntry(
        id: "rdp.session", title: "Session", layer: .create,
        outcomes: [
          .init(id: "ready", meaning: "a session could begin", base: .usually, isFine: true),
          .init(id: "denied", meaning: "the server refused the session", base: .rarely),
        ], needs: ["tcp.port": ["open"]]),
      FindingEntry(
        id: "doors.winrm", title: "WinRM",
        outcomes: [.init(id: "open", meaning: "open"), .init(id: "silent", meaning: "silent")]),
    ],
    codes: [
      CodeEntry(
        symbol: "disconnectReasonByServer", value: 3, family: .disconnect,
        meaning: "The server ended the connection.",
        saidBy: "client", source: "Win32 OnDisconnected"),
      CodeEntry(
        symbol: "exDiscReasonServerDeniedConnection", value: 7, family: .extended,
        meaning: "The server refused this connection.", saidBy: "server", proves: [.name, .tcp, .x224, .tls],
        confusedWith: ["0x3/0x9"], source: "Win32 ExtendedDisconnectReasonCode"),
      CodeEntry(
        symbol: "disconnectReasonSocketConnectFailed", value: 516, family: .disconnect,
        meaning: "No connection to the port came about.", saidBy: "client", proves: [.name],
        source: "Win32 OnDisconnected"),
    ],
    pairs: [
      PairEntry(
        pair: "0x3/0x7",
        meaning: "The server was reached, spoke RDP, and then its Remote Desktop service said no.",
        proves: [.name, .tcp, .x224, .tls, .credssp], confusedWith: ["0x3/0x9", "0x3/0x11", "0x904/0x7"],
        source: "[MS-RDPBCGR] 2.2.5.1.1")
    ], doors: [DoorEntry(door: .winrm, needs: "", sign: .init(finding: "doors.winrm"))])

  static let probes = [
    ProbeDescription(id: "name", title: "Name look-up", states: ["dns.lookup"], timeLimit: .seconds(3)),
    ProbeDescription(id: "port", title: "TCP port", states: ["tcp.port"], timeLimit: .seconds(3)),
    ProbeDescription(id: "greeting", title: "RDP greeting", states: ["rdp.security"], timeLimit: .seconds(3)),
    ProbeDescription(id: "session", title: "Session", states: ["rdp.session"], timeLimit: .seconds(3)),
    ProbeDescription(
      id: "doors", title: "Ways in besides RDP", states: ["doors.winrm"], timeLimit: .seconds(3)),
  ]

  static let practice = [
    PracticeCase(
      id: "refused-port", title: "A port that refuses", story: "It says it cannot find the computer.",
      code: ReportedCode(code: 0x204), cause: "service-stopped"),
    PracticeCase(
      id: "drain", title: "A farm member in drain mode", level: .nasty,
      story: "My colleague still works, I cannot get in.",
      code: ReportedCode(code: 3, extended: 7), cause: "drain-mode",
      answers: ["one-or-all-users": "some-users", "host-kind": "farm-name"],
      explanation: "Who has a session keeps it: the host is being drained."),
  ]

  static func settings(_ initial: WizardSettings.Initial = .init()) -> WizardSettings {
    WizardSettings(
      person: "anna", nonce: 1, probes: probes, practiceCases: practice, initial: initial,
      timeLimit: .seconds(10),
      readable: [
        .init(name: "change logon /query", states: ["paste.logon-query"]),
        .init(name: "qwinsta, query user", states: ["paste.listener-state", "paste.sessions"]),
      ])
  }
}

extension Finding {
  static func saw(_ id: FindingID, _ outcome: OutcomeID, _ summary: String, details: [Field] = []) -> Finding
  {
    Finding(id, .answered(outcome), summary: summary, details: details, elapsed: .milliseconds(4))
  }
}

/// Drives a wizard as a person, the probes and the disk would.
struct Drive {
  var state: WizardState
  /// 2026-05-04 03:12.
  var now = Timestamp(seconds: 1_777_864_320)
  var effects: [Effect] = []

  init(
    _ initial: WizardSettings.Initial = .init(), knows: Bool = true,
    knowledge: KnowledgeBase = Small.knowledge
  ) {
    state = WizardState(Small.settings(initial))
    send(.started)
    send(.resized(Size(columns: 80, rows: 24)))
    if knows { send(.knowledgeLoaded(knowledge)) }
    send(.casesListed([]))
  }

  @discardableResult mutating func send(_ message: Message) -> [Effect] {
    now.seconds += 1
    effects = state.update(message, at: now)
    return effects
  }

  mutating func type(_ text: String) { for character in text { send(.keyPressed(.character(character))) } }
  mutating func press(_ keys: Key...) { for key in keys { send(.keyPressed(key)) } }

  /// The number of the latest probe run.
  var run: Int { state.model.latestRun }

  mutating func finish(_ probe: ProbeID, _ findings: Finding...) {
    send(.probe(.started(probe), run: run))
    send(.probe(.finished(probe, findings, elapsed: .milliseconds(4)), run: run))
  }

  mutating func endProbes() { send(.probe(.ended, run: run)) }

  mutating func probesSeeAllWell(remoteManagement: OutcomeID = "open") {
    finish(
      "name",
      .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7.", details: [.init("addresses", "192.0.2.7")]))
    finish("port", .saw("tcp.port", "open", "Port 3389 is open."))
    finish("greeting", .saw("rdp.security", "nla-required", "The host wants sign-in before the session."))
    finish(
      "session",
      Finding(
        "rdp.session", .inconclusive(.notAsked("the host wants sign-in first")), summary: "Not asked for."))
    finish("doors", .saw("doors.winrm", remoteManagement, "WinRM answers on port 5985."))
    endProbes()
  }

  mutating func probesSeeAClosedPort() {
    finish("name", .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7."))
    finish("port", .saw("tcp.port", "refused", "Port 3389 refused the connection."))
    finish(
      "greeting",
      Finding("rdp.security", .notApplicable(because: "the port is closed"), summary: "There is no greeting.")
    )
    endProbes()
  }

  /// What entries the last message recorded.
  var recorded: [Case.Event] {
    effects.compactMap { if case .record(let entry, _) = $0 { entry.event } else { nil } }
  }

  var screen: Screen { state.stack[state.stack.count - 1].screen }

  func text(_ columns: Int = 80, _ rows: Int = 24, _ appearance: Appearance = .unicode) -> String {
    state.render(Size(columns: columns, rows: rows), appearance: appearance).text
  }
}
