import Diagnosis
import Facts
import Testing

@testable import KnowledgeFormat

@Suite struct FormTests {
  func problem(_ text: String) -> String? {
    do {
      _ = try YAMLReader.read(text, file: "f.yaml")
      return nil
    } catch {
      return error.description
    }
  }

  @Test func everyNodeKeepsItsLine() throws {
    let root = try YAMLReader.read("a: 1\nb:\n  - x\n  - { id: y }\n", file: "f.yaml")
    guard case .map(let fields) = root.content else {
      Issue.record("no map")
      return
    }
    #expect(fields.map(\.name) == ["a", "b"])
    #expect(fields.map(\.line) == [1, 2])
    #expect(root.line(at: ["b", "x"]) == 3)
    #expect(root.line(at: ["b", "y"]) == 4)
    #expect(root.line(at: ["b", "none"]) == 2)
  }

  @Test func wordsAndNumbersStayTheTextsThatWereWritten() throws {
    let root = try YAMLReader.read("a: 0x3/0x7\nb: no\nc: 007\nd: ~\n", file: "f.yaml")
    guard case .map(let fields) = root.content else {
      Issue.record("no map")
      return
    }
    #expect(fields.map(\.value.content) == ["0x3/0x7", "no", "007", "~"].map { .scalar($0) })
  }

  @Test func theLineFeedAtTheEndOfABlockIsNoPartOfTheText() throws {
    let root = try YAMLReader.read("a: |\n  one\n  two\n", file: "f.yaml")
    #expect(root.withoutLines == KnowledgeNode(.map([.init("a", KnowledgeNode(.scalar("one\ntwo")))])))
  }

  @Test func anchorsAliasesAndTagsAreRefused() {
    #expect(problem("a: &x 1\nb: *x\n")?.hasPrefix("f.yaml:1: anchors and aliases") == true)
    #expect(problem("a: [&x 1]\n")?.hasPrefix("f.yaml:1: anchors and aliases") == true)
    #expect(problem("a: *x\n")?.hasPrefix("f.yaml:1: no valid YAML") == true)
    #expect(problem("a:\n  b: !!int 1\n")?.hasPrefix("f.yaml:2: tags") == true)
  }

  @Test func aNameThatStandsTwiceIsRefused() {
    #expect(problem("a: 1\nb: 2\na: 3\n") == "f.yaml:1: “a” stands twice in one map")
    #expect(problem("a: 1\n!x a: 3\n") == "f.yaml:2: “a” stands here twice")
  }

  @Test func sizeAndDepthAreBounded() {
    #expect(
      problem("a: " + String(repeating: "x", count: YAMLReader.sizeLimit))?.contains("larger than") == true)
    let deep = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
    #expect(problem("a: \(deep)")?.contains("nested deeper") == true)
    let deeper = String(repeating: "[", count: 30_000)
    #expect(problem(deeper)?.contains("no valid YAML") == true)
  }

  @Test func whatIsNoYAMLIsReportedWhereItStands() {
    #expect(problem("a: 1\nb: [2\nc: 3\n")?.hasPrefix("f.yaml:3: no valid YAML") == true)
    #expect(problem("a: b: c\n")?.hasPrefix("f.yaml:1: no valid YAML") == true)
    #expect(problem("a: 1\n---\nb: 2\n")?.hasPrefix("f.yaml:2: no valid YAML") == true)
    #expect(problem("") == "f.yaml:1: the file is empty")
    #expect(problem("a: \u{1}\n")?.contains("no valid YAML") == true)
  }

  @Test func aCauseIsReadWithEveryField() throws {
    let base = try DecodedKnowledge(SampleKnowledge().documents()).base
    let wanted = Cause(
      id: "service-off", title: "The service is off", shows: "The connection is refused.", group: "listener",
      phase: .tcp, baseRate: 50, baseRateReason: "Common.", codes: ["0x204": .often],
      expects: ["tcp.port": ["refused": .always], "ask.who": ["everybody": .usually, "one": .never]],
      cures: [.init(fix: "start-service", strength: .always)], sources: ["none"],
      origin: "causes/service-off.yaml")
    #expect(base.cause("service-off") == wanted)
  }

  @Test func aFixIsReadWithEveryField() throws {
    let base = try DecodedKnowledge(SampleKnowledge().documents()).base
    let wanted = Fix(
      id: "start-service", title: "Start the service", owner: .serverAdmin, place: .server,
      commands: [
        .init(
          door: .winrm, shell: .powershell,
          text: "Invoke-Command -ComputerName {host} -ScriptBlock { Start-Service TermService }")
      ], expect: "No message.", minutes: 3, restart: .none, notices: "nobody", risk: .low,
      weakening: .init(reverse: "Stop-Service TermService", dueHours: 4),
      policy: .init(
        path: "Computer Configuration > Windows Settings", setting: "System Services", to: "Automatic",
        registry: .init(key: "HKLM\\SYSTEM", name: "Start", data: "2"), verdict: .sameValue),
      undo: "Stop-Service TermService",
      proof: ["tcp.port"], say: "Please connect once more.", sources: ["none"],
      origin: "fixes/start-service.yaml")
    #expect(base.fix("start-service") == wanted)
  }

  @Test func questionsFindingsAndCodesAreReadWithEveryField() throws {
    let base = try DecodedKnowledge(SampleKnowledge().documents()).base
    #expect(
      base.question("who")
        == Question(
          id: "who", ask: "Who is affected?", say: "Can you ask a colleague?", how: "Ask a second person.",
          minutes: 1,
          choices: [
            .init(id: "one", text: "One person", base: .often),
            .init(
              id: "everybody", text: "Everybody", base: .sometimes, states: ["code.reported": "0x3/0x7"]),
          ], needs: ["tcp.port": ["open", "refused"]], sources: ["none"], origin: "questions/who.yaml"))
    #expect(
      base.finding("tcp.port")
        == FindingEntry(
          id: "tcp.port", title: "TCP port", layer: .tcp,
          outcomes: [
            .init(id: "open", meaning: "the port is open", base: .usually, isFine: true),
            .init(id: "refused", meaning: "the port refuses", base: .sometimes),
          ], origin: "findings/tcp.port.yaml"))
    #expect(
      base.codes.filter { $0.value == 7 } == [
        CodeEntry(
          symbol: "ERRINFO_SERVER_DENIED_CONNECTION", value: 7, family: .errinfo,
          meaning: "The service refused.", saidBy: "server", proves: [.name, .tcp],
          confusedWith: ["0x3/0x9", "errinfo-0x9"], source: "[MS-RDPBCGR] 2.2.5.1.1",
          origin: "codes/errinfo-0x7.yaml")
      ])
    #expect(
      base.pairs == [
        PairEntry(
          pair: "*/0x11", meaning: "No licence.", source: "none", origin: "codes/pair-any-0x11.yaml")
      ])
  }

  @Test func aCaseWithFineLayersHasTheFineOutcomeOfEveryFindingThatExists() throws {
    var sample = SampleKnowledge()
    sample.files["findings/tls.handshake.yaml"] = """
      title: TLS
      needs: { tcp.port: [open] }
      outcomes:
        - { id: alert, means: alert, base: often }
        - { id: plain, means: plain, base: rarely, fine: true }
        - { id: completed, means: completed, base: usually, fine: true }
      """
    sample.files["findings/file.gateway.yaml"] = """
      title: Gateway
      outcomes:
        - { id: set, means: set, base: often, fine: true }
        - { id: unset, means: not set, base: often }
      """
    let base = try DecodedKnowledge(sample.documents()).base
    #expect(
      CaseFile(name: "x", first: "healthy", layersAreFine: true).evidence(in: base)
        == ["tcp.port": "open", "tls.handshake": "completed"])
    #expect(
      CaseFile(name: "x", first: "healthy", layersAreFine: true, findings: ["tcp.port": "refused"])
        .evidence(in: base) == ["tcp.port": "refused"])
    #expect(CaseFile(name: "x", first: "healthy").evidence(in: base).isEmpty)
  }

  @Test(arguments: [
    ("causes/service-off.yaml", "title: The service is off", "titel: x", "did you mean “title”?"),
    (
      "causes/service-off.yaml", "title: The service is off", "",
      "causes/service-off.yaml:2: the field “title” is missing"
    ),
    (
      "causes/service-off.yaml", "title: The service is off", "title: x\nid: y",
      "service-off.yaml:2: the file name is the id: leave the field “id” out"
    ),
    (
      "causes/service-off.yaml", "phase: tcp", "phase: tpc",
      "causes/service-off.yaml:4: “tpc” cannot stand at “phase”: did you mean “tcp”?"
    ),
    ("causes/service-off.yaml", "0x204: often", "0x204: offen", "causes/service-off.yaml:8: “offen” cannot"),
    ("causes/service-off.yaml", "{ refused: always }", "refused", ":10: “tcp.port” is a map"),
    ("causes/service-off.yaml", "base-rate: 50", "base-rate: -5", ":5: “base-rate” is a number"),
    ("causes/service-off.yaml", "base-rate: 50", "base-rate: nan", ":5: “base-rate” is a number"),
    ("causes/service-off.yaml", "shows: The connection is refused.", "shows:", ":2: “shows” is empty"),
    ("fixes/start-service.yaml", "undo: Stop-Service TermService", "", "the field “undo” is missing"),
    ("fixes/start-service.yaml", "expect: No message.", "", "the field “expect” is missing"),
    ("fixes/start-service.yaml", "proof: [tcp.port]", "", "the field “proof” is missing"),
    ("fixes/start-service.yaml", "proof: [tcp.port]", "proof: tcp.port", "“proof” is a list"),
    ("fixes/start-service.yaml", "sources: [none]", "", "the field “sources” is missing"),
    (
      "fixes/start-service.yaml", "  reverse: Stop-Service TermService\n", "",
      "the field “reverse” is missing"
    ),
    ("fixes/start-service.yaml", "\n  due-hours: 4", "", "the field “due-hours” is missing"),
    (
      "fixes/start-service.yaml", "owner: server admin", "owner: boss",
      ": write one of cloud admin, domain admin"
    ),
    ("questions/who.yaml", "[open, refused]", "open", ":6: “tcp.port” is a list of outcomes"),
    ("questions/who.yaml", "One person, base: often", "One person", ":8: the field “base” is missing"),
    ("findings/tcp.port.yaml", "fine: true", "fine: yes", ":4: “fine” is true or false"),
    (
      "codes/errinfo-0x7.yaml", "value: 0x7", "value: 0x700000000",
      ":2: “value” is a number of at most 32 bits"
    ),
    ("codes/errinfo-0x7.yaml", "family: errinfo", "family: errorinfo", "did you mean “errinfo”?"),
    ("codes/errinfo-0x7.yaml", "[name, tcp]", "[name, udp]", ":6: “udp” cannot stand at “proves”"),
    ("cases/healthy.yaml", "layers: fine", "layers: bad", ":2: “layers” is “fine”"),
  ])
  func aWrongFormIsReportedWithWhatToWriteInstead(
    _ path: String, _ old: String, _ new: String, _ message: String
  ) throws {
    var sample = SampleKnowledge()
    sample.replace(old, with: new, in: path)
    let problems = try sample.problems()
    #expect(problems.contains { $0.contains(message) }, "\(problems)")
    #expect(problems.allSatisfy { $0.hasPrefix(path) }, "\(problems)")
  }

  @Test func allProblemsOfAFileAreReportedAtOnce() throws {
    var sample = SampleKnowledge()
    sample.files["causes/service-off.yaml"] = "title: [x]\nphase: tpc\nbase-rate: many\ncolour: red\n"
    let problems = try sample.problems().filter { $0.hasPrefix("causes/service-off.yaml") }
    for part in [
      "“title” is a text", "“tpc”", "“many”", "“colour”", "“shows” is missing", "“group” is missing",
    ] {
      #expect(problems.contains { $0.contains(part) }, "\(part)")
    }
    #expect(problems == problems.sorted())
  }

  @Test func aFileThatHoldsNoMapIsReported() throws {
    var sample = SampleKnowledge()
    sample.files["codes/errinfo-0x7.yaml"] = "- a\n"
    #expect(try sample.problems() == ["codes/errinfo-0x7.yaml:1: a code is a map of fields, not a list"])
  }

  @Test func suggestionsFollowSlipsAndNothingElse() {
    let names = ["title", "shows", "group", "base-rate"]
    #expect(Suggestion.nearest(to: "titel", among: names) == "title")
    #expect(Suggestion.nearest(to: "Base-Rate", among: names) == "base-rate")
    #expect(Suggestion.nearest(to: "colour", among: names) == nil)
    #expect(Suggestion.nearest(to: "", among: names) == nil)
  }
}
