import Diagnosis
import Facts

/// A little world in which everything can be worked out on paper.
enum SmallKnowledge {
  static let base = KnowledgeBase(
    causes: [
      Cause(id: "healthy", title: "Nothing is wrong", phase: .session, baseRate: 100),
      Cause(id: "unknown", title: "None of the known causes", phase: .session, baseRate: 10),
      Cause(
        id: "stopped", title: "The service is stopped", phase: .tcp, baseRate: 50, codes: ["0x204": .usually],
        expects: ["tcp.port": ["refused": .always]], cures: [.init(fix: "start", strength: .always)]),
      Cause(
        id: "firewall", title: "A firewall drops the port", phase: .tcp, baseRate: 50,
        codes: ["0x204": .usually],
        expects: ["tcp.port": ["silent": .always]], cures: [.init(fix: "open-port", strength: .usually)]),
      Cause(
        id: "drain", title: "Drain mode", phase: .authorise, baseRate: 20, codes: ["0x3/0x7": .often],
        expects: ["ask.who": ["all": .usually]], cures: [.init(fix: "end-drain", strength: .always)]),
      Cause(
        id: "right", title: "No logon right", phase: .authorise, baseRate: 20,
        codes: ["0x3/0x9": .usually, "0x3/0x7": .sometimes],
        expects: ["ask.who": ["one": .always]],
        cures: [.init(fix: "nla-off", strength: .always), .init(fix: "add-right", strength: .usually)]),
    ],
    fixes: [
      Fix(id: "start", title: "Start the service", minutes: 3),
      Fix(id: "open-port", title: "Open the port", owner: .network, minutes: 20),
      Fix(
        id: "end-drain", title: "End drain mode", owner: .serverAdmin,
        commands: [
          .init(door: .winrm, shell: .powershell, text: "Invoke-Command -ComputerName {host} { x }")
        ], minutes: 12),
      Fix(
        id: "nla-off", title: "Turn NLA off", minutes: 1,
        weakening: .init(reverse: "Turn NLA on", dueHours: 4)),
      Fix(id: "add-right", title: "Add the user to the group", minutes: 5),
    ],
    questions: [
      Question(
        id: "who", ask: "One user or all?", minutes: 1,
        choices: [
          .init(id: "one", text: "One", base: .often), .init(id: "all", text: "All", base: .sometimes),
        ]),
      Question(
        id: "reread", ask: "Is it really 7?", minutes: 0.5,
        choices: [
          .init(id: "same", text: "Yes", base: .always),
          .init(id: "nine", text: "It is 9", base: .rarely, states: ["code.reported": "0x3/0x9"]),
        ], needs: ["code.reported": ["0x3/0x7"]]),
    ],
    findings: [
      FindingEntry(
        id: "tcp.port", title: "TCP port", layer: .tcp,
        outcomes: [
          .init(id: "open", base: .usually, isFine: true), .init(id: "refused", base: .sometimes),
          .init(id: "silent", base: .sometimes),
        ]),
      FindingEntry(
        id: "tls.handshake", title: "TLS", layer: .tls,
        outcomes: [.init(id: "completed", base: .usually, isFine: true), .init(id: "closed", base: .rarely)],
        needs: ["tcp.port": ["open"]]),
      FindingEntry(id: "code.reported", title: "Code", outcomes: []),
    ],
    codes: [],
    pairs: [
      PairEntry(
        pair: "0x3/0x7", meaning: "The server said no.", proves: [.name, .tcp, .x224, .tls, .credssp],
        source: "test")
    ])

  static func probe(_ id: FindingID, _ outcome: OutcomeID) -> Finding {
    Finding(id, .answered(outcome), summary: "\(id) \(outcome)")
  }

  static func code(_ text: String) -> Finding {
    .reported(ReportedCode(text) ?? ReportedCode())
  }
}
