import Diagnosis
import Facts
import Testing

@testable import KnowledgeFormat

/// Doors are entries, and a card gives the commands of a console through each of them.
@Suite struct DoorTests {
  static let doors = [
    DoorEntry(
      door: .init(rawValue: "kvm"), place: 2, needs: "A KVM.", first: [.cmd: "At the KVM of {machine} run:"]),
    DoorEntry(
      door: .init(rawValue: "cloud"), place: 1, needs: "A role.",
      first: [.powershell: "In the portal of {machine} run:", .cmd: "For {machine}:"], asks: false),
    DoorEntry(door: .winrm, needs: "WinRM."),
  ]

  func fix(
    _ place: Fix.Place, _ commands: [Fix.Command], through: [Fix.Door]? = nil
  ) throws -> Fix {
    let fix = Fix(id: "f", title: "F", place: place, commands: commands, through: through)
    return try #require(
      KnowledgeBase(
        causes: [], fixes: [fix], questions: [], findings: [], codes: [], pairs: [], doors: Self.doors
      ).fix("f"))
  }

  let winrm = Fix.Command(door: .winrm, shell: .powershell, text: "Invoke-Command {host}")
  let console = Fix.Command(door: .console, shell: .cmd, text: "net start termservice")
  let gui = Fix.Command(door: .gui, shell: .steps, text: "Click.")

  @Test func aConsoleCommandIsGivenThroughEveryDoorToAConsole() throws {
    let fix = try fix(.gateway, [winrm, console, gui])
    #expect(fix.commands.map(\.door.rawValue) == ["winrm", "console", "cloud", "kvm", "gui"])
    #expect(fix.commands[2].first == "For the gateway:")
    #expect(fix.commands[3].first == "At the KVM of the gateway run:")
    #expect(fix.commands[3].text == console.text && fix.commands[3].shell == .cmd)
    #expect(fix.commands.map(\.needs) == ["WinRM.", "", "A role.", "A KVM.", ""])
    // Made again from what was made it stays as it is.
    let again = KnowledgeBase(
      causes: [], fixes: [fix], questions: [], findings: [], codes: [], pairs: [], doors: Self.doors)
    #expect(again.fix("f") == fix)
  }

  @Test func whatRunsElsewhereOrHasItsOwnWayIsLeftAlone() throws {
    #expect(try fix(.client, [console]).commands.count == 1)
    #expect(try fix(.server, [winrm, gui]).commands.count == 2)
    #expect(try fix(.server, [console], through: []).commands.count == 1)
    #expect(try fix(.domain, [console], through: [.init(rawValue: "kvm")]).commands.count == 2)
    let own = Fix.Command(door: .init(rawValue: "kvm"), shell: .steps, text: "Own words.")
    #expect(
      try fix(.server, [console, own]).commands.filter { $0.door == own.door }.map(\.text) == ["Own words."])
    // A shell that the door does not give.
    let script = Fix.Command(door: .console, shell: .bash, text: "systemctl restart xrdp")
    #expect(try fix(.server, [script]).commands.count == 1)
  }

  @Test(arguments: [
    "Set-LocalUser N -Password (Read-Host -AsSecureString)", "Rename-Computer (Get-Credential)",
  ])
  func whereNobodyCanAnswerNothingAsks(text: String) throws {
    let asking = Fix.Command(door: .console, shell: .powershell, text: text)
    #expect(asking.asks)
    #expect(try !fix(.server, [asking]).commands.contains { $0.door.rawValue == "cloud" })
  }

  @Test func aValueIsQuotedForTheShellBehindTheDoor() throws {
    let command = Fix.Command(
      door: .init(rawValue: "cloud"), shell: .powershell, text: "Test-Path {host}", first: "Run:")
    let filled = FilledCommand(command, target: try Target("srv_01.corp.test"))
    #expect(filled.text == "Test-Path srv_01.corp.test" && filled.first == "Run:")
  }

  @Test func aDoorIsSeenByItsSign() {
    func seen(_ product: String?, _ outcome: OutcomeID) -> Finding {
      Finding(
        "doors.https-console", .answered(outcome), summary: "",
        details: product.map { [.init("product", .text($0))] } ?? [])
    }
    let entry = DoorEntry(
      door: .init(rawValue: "idrac"), needs: "", sign: .init(finding: "doors.https-console", product: "iDRAC")
    )
    #expect(entry.isOpen([seen("iDRAC9", "open")]) == true)
    #expect(entry.isOpen([seen("iLO 5", "open")]) == nil)
    #expect(entry.isOpen([seen(nil, "silent")]) == nil)
    let plain = DoorEntry(door: .winrm, needs: "", sign: .init(finding: "doors.https-console"))
    #expect(plain.isOpen([seen(nil, "open")]) == true)
    #expect(plain.isOpen([seen(nil, "refused")]) == false)
    #expect(plain.isOpen([]) == nil)
  }

  static let file = """
    place: 1
    needs: A licence.
    first:
      powershell: 'Open {machine} and run:'
    seen-by: { finding: tcp.port }
    sources: [none]
    """

  @Test func aDoorIsAFile() throws {
    var sample = SampleKnowledge()
    sample.files["doors/winrm.yaml"] = "sources: [none]"
    sample.files["doors/far-screen.yaml"] = Self.file
    #expect(try sample.problems() == [])
    let decoded = DecodedKnowledge(try sample.documents())
    #expect(decoded.base.door(.init(rawValue: "far screen"))?.needs == "A licence.")
    sample.replace("{machine}", with: "{mashine}", in: "doors/far-screen.yaml")
    sample.replace("tcp.port", with: "tcp.prot", in: "doors/far-screen.yaml")
    #expect(
      try sample.problems() == [
        "doors/far-screen.yaml:4: {mashine} is no placeholder here; {machine} is the only one",
        "doors/far-screen.yaml:5: there is no finding “tcp.prot”: did you mean “tcp.port”?",
      ])
  }

  @Test func aDoorThatIsNotThereIsNamed() throws {
    var sample = SampleKnowledge()
    sample.files["doors/win-rm.yaml"] = "sources: [none]"
    #expect(
      try sample.problems().contains {
        $0.hasPrefix("fixes/start-service.yaml")
          && $0.contains("there is no door “winrm”: did you mean “win rm”?")
      })
  }
}
