import Diagnosis
import Facts

/// The little knowledge with a page of context, phrases of choices, and solved cases.
enum Told {
  static let context = [
    Question(
      id: "host-kind", ask: "What kind of computer is {host}?", minutes: 0.3,
      choices: [
        .init(
          id: "single-server", text: "A single server", base: .often,
          phrases: ["en": ["file server"], "de": ["Server im Keller"]]),
        .init(id: "farm-name", text: "The name of a farm", base: .sometimes, phrases: ["en": ["farm"]]),
        .init(
          id: "workstation", text: "An office PC", base: .often, phrases: ["en": ["office pc", "my pc"]]),
      ], contextPlace: 1),
    Question(
      id: "target-is-windows", ask: "Does the target run Windows?", minutes: 0.2,
      choices: [
        .init(id: "windows", text: "Yes, Windows", base: .usually),
        .init(id: "other-system", text: "No, another system", base: .rarely),
      ], contextPlace: 2),
    Question(
      id: "connects-how", ask: "How does the person start the connection?", minutes: 0.2,
      choices: [
        .init(id: "name", text: "Types the name", base: .often),
        .init(id: "rdp-file", text: "Opens a saved file", base: .sometimes),
        .init(id: "gateway", text: "Through a gateway", base: .rarely),
      ], contextPlace: 3),
    Question(
      id: "vpn-state", ask: "Is the VPN connected?", minutes: 0.2,
      choices: [
        .init(id: "connected", text: "Connected", base: .often, phrases: ["en": ["vpn connected"]]),
        .init(id: "not-needed", text: "Not needed", base: .often),
      ], needs: ["ask.host-kind": ["workstation"]], contextPlace: 4),
  ]

  static let stories = [
    Story(
      id: "drain-left-on", source: "forum.example/1",
      told: "Nobody gets into the farm since the patch night,\nit says access was refused.",
      code: ReportedCode(code: 3, extended: 7), environment: ["server": "farm member"],
      facts: ["the host was drained for patching"], seen: ["tcp.port": "open"],
      known: ["one-or-all-users": "all-users", "logon-query": "drain"], truth: ["drain-mode"],
      cured: "Switched the drain mode off again.", wrongTurns: ["restarting the broker"])
  ]

  static let knowledge: KnowledgeBase = {
    let small = Small.knowledge
    var everybody = small.question("one-or-all-users") ?? context[0]
    everybody.choices[1].phrases = ["en": ["everybody", "nobody can"]]
    everybody.choices[0].phrases = ["en": ["only me", "colleagues can"]]
    var query = small.question("logon-query") ?? context[0]
    query.place = .server
    // The context tells the two likely causes apart.
    let causes = small.causes.map { cause in
      var cause = cause
      switch cause.id {
      case "drain-mode":
        cause.expects["ask.host-kind"] = ["farm-name": .usually]
        cause.expects["ask.connects-how"] = ["name": .usually]
      case "broker-refuses":
        cause.expects["ask.host-kind"] = ["workstation": .usually]
        cause.expects["ask.connects-how"] = ["rdp-file": .usually]
      default: break
      }
      return cause
    }
    return KnowledgeBase(
      causes: causes, fixes: small.fixes, questions: context + [everybody, query],
      findings: small.findings, codes: small.codes, pairs: small.pairs, stories: stories)
  }()
}
