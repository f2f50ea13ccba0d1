import Diagnosis
import Facts
import Testing

@testable import KnowledgeFormat

/// Each check, broken by one change to knowledge that is sound without it.
@Suite struct CheckTests {
  /// The problems after one change.
  func problems(
    _ path: String, _ old: String, _ new: String, at location: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    var sample = SampleKnowledge()
    sample.replace(old, with: new, in: path, at: location)
    return try sample.problems()
  }

  func problems(adding path: String, _ text: String) throws -> [String] {
    var sample = SampleKnowledge()
    sample.files[path] = text
    return try sample.problems()
  }

  @Test func soundKnowledgeHasNoProblem() throws {
    #expect(try SampleKnowledge().problems() == [])
    #expect(DecodedKnowledge([]).problems() == [])
  }

  @Test func knowledgeMayBeginWithoutCauses() throws {
    var sample = SampleKnowledge()
    sample.files = sample.files.filter {
      !["causes", "fixes", "cases"].contains($0.key.prefix { $0 != "/" })
    }
    #expect(try sample.problems() == [])
  }

  @Test func idsHaveOneForm() throws {
    var sample = SampleKnowledge()
    sample.files["cases/Service_Off.yaml"] = sample.files.removeValue(forKey: "cases/service-off.yaml")
    #expect(
      try sample.problems() == [
        "cases/Service_Off.yaml:1: “Service_Off” is no id: lower-case letters, digits and hyphens"
      ])
    #expect(
      try problems("findings/tcp.port.yaml", "id: open", "id: o.pen").contains {
        $0.hasPrefix("findings/tcp.port.yaml:4: “o.pen” is no outcome")
      })
    #expect(
      try problems("questions/who.yaml", "id: one,", "id: One,").contains {
        $0.hasPrefix("questions/who.yaml:8: “One” is no id of a choice")
      })
    #expect(
      try problems("causes/unknown.yaml", "group: none", "group: No group").first?.contains("no group")
        == true)
    #expect(
      try problems(adding: "findings/ask.when.yaml", SampleKnowledge.sound["findings/tcp.port.yaml"] ?? "")
        .contains { $0.contains("write a file in questions/") })
  }

  @Test func codeFilesAreNamedByTheirNumber() throws {
    #expect(
      try problems("codes/errinfo-0x7.yaml", "value: 0x7", "value: 0x00000008") == [
        "codes/errinfo-0x7.yaml:2: the file of this entry is called codes/errinfo-0x8.yaml"
      ])
    #expect(
      try problems("codes/pair-any-0x11.yaml", "*/0x11", "0x3/*") == [
        "codes/pair-any-0x11.yaml:1: the file of this entry is called codes/pair-0x3-any.yaml"
      ])
  }

  @Test func codesHaveOneSpelling() throws {
    #expect(
      try problems("causes/service-off.yaml", "0x204:", "0x0204:").first?.contains(":8: “0x0204” is no code")
        == true)
    #expect(
      try problems("codes/errinfo-0x7.yaml", "[0x3/0x9,", "[3/9,").first?.contains(":7: “3/9” is no code")
        == true)
    #expect(
      try problems("causes/service-off.yaml", "0x204:", "disconnectReasonSocketConnectFailed:").first?
        .contains(
          ":8: codes are named by their number: disconnectReasonSocketConnectFailed is “disconnect-0x204”")
        == true)
    #expect(try problems("codes/pair-any-0x11.yaml", "*/0x11", "*/*").contains { $0.contains("is no pair") })
    #expect(Check.isCode("*/0x11") && Check.isCode("0x204") && Check.isCode("0xc000006d"))
    #expect(
      !Check.isCode("0x3/*") && !Check.isCode("0X3") && !Check.isCode("0x+3") && !Check.isCode("0x1/0x2/0x3"))
  }

  @Test func codesThatAreNamedAreExplained() throws {
    #expect(
      try problems("causes/service-off.yaml", "0x204:", "0x205:") == [
        "causes/service-off.yaml:8: no file in codes/ explains the code 0x205"
      ])
    #expect(
      try problems("causes/service-off.yaml", "0x204:", "event-schannel-36871:").first?.contains(
        "there is no file codes/event-schannel-36871.yaml: did you mean “event-schannel-36870”?") == true)
    #expect(
      try problems("codes/errinfo-0x7.yaml", "errinfo-0x9]", "errinfo-0xa]").first?.contains(
        ":7: there is no file codes/errinfo-0xa.yaml") == true)
    #expect(
      try problems("codes/event-schannel-36870.yaml", "same-as: 0x204", "same-as: 0x999").first?.contains(
        ":8: no file in codes/ explains the code 0x999") == true)
    #expect(
      try problems("cases/service-off.yaml", "code.reported: 0x204", "code.reported: 0x3/0x1234").first?
        .contains(
          "explains the code 0x1234") == true)
    #expect(try problems("causes/service-off.yaml", "0x204:", "event-schannel-36870:") == [])
  }

  @Test func eventsNameTheirSource() throws {
    #expect(
      try problems("codes/event-schannel-36870.yaml", "log: System\n", "").first?.contains(
        "an event needs its “log”") == true)
    #expect(
      try problems("codes/event-schannel-36870.yaml", "provider: Schannel\n", "").contains {
        $0.contains("an event needs its “provider”")
      })
    #expect(
      try problems("codes/errinfo-0x7.yaml", "family: errinfo", "family: errinfo\nlog: System").first?
        .hasPrefix(
          "codes/errinfo-0x7.yaml:4: only an event has a “log”") == true)
  }

  @Test func symbolsAreUniqueInAFamilyButForHResults() throws {
    let code = SampleKnowledge.sound["codes/errinfo-0x7.yaml"] ?? ""
    #expect(
      try problems(adding: "codes/errinfo-0x9.yaml", code.replacing("value: 0x7", with: "value: 0x9")) == [
        "codes/errinfo-0x9.yaml:1: “ERRINFO_SERVER_DENIED_CONNECTION” is also the symbol of 0x7: symbols are unique in a family"
      ])
    #expect(
      try problems(
        adding: "codes/errinfo-0x80070007.yaml", code.replacing("value: 0x7", with: "value: 0x80070007"))
        == [])
  }

  @Test func healthyAndUnknownMustExist() throws {
    var sample = SampleKnowledge()
    sample.files["causes/unknown.yaml"] = nil
    #expect(try sample.problems() == ["causes/unknown.yaml:1: the cause “unknown” must exist"])
    sample.files["causes/healthy.yaml"] = nil
    #expect(try sample.problems().contains("causes/healthy.yaml:1: the cause “healthy” must exist"))
  }

  @Test func baseRatesArePositive() throws {
    #expect(
      try problems("causes/unknown.yaml", "base-rate: 20", "base-rate: 0").first?.contains(
        "unknown.yaml:5: “base-rate” must be more than 0") == true)
  }

  @Test func baseRatesTogetherAreAboutAThousandCalls() throws {
    var sample = SampleKnowledge()
    let cause = try #require(sample.files["causes/service-off.yaml"])
    for number in 10..<30 {
      sample.files["causes/off-\(number).yaml"] = cause.replacing("base-rate: 50", with: "base-rate: 45")
    }
    #expect(try !sample.problems().contains { $0.contains("together") })
    sample.files["causes/off-10.yaml"] = cause.replacing("base-rate: 50", with: "base-rate: 201")
    #expect(
      try sample.problems().contains(
        "causes/off-10.yaml:5: “base-rate” is of 1,000 calls: no cause is behind more than 200 of them"))
    for number in 10..<30 {
      sample.files["causes/off-\(number).yaml"] = cause.replacing("base-rate: 50", with: "base-rate: 0.5")
    }
    #expect(
      try sample.problems().contains(
        "causes/unknown.yaml:5: all base rates together are 100 of 1,000 calls: they must be from 900 to 1100"
      ))
  }

  @Test func aFindingThatNothingStatesIsReported() throws {
    let documents = try SampleKnowledge().documents()
    #expect(DecodedKnowledge(documents).problems(statable: ["tcp.port"]) == [])
    #expect(
      DecodedKnowledge(documents).problems(statable: ["dns.lookup"]).first?.description.hasPrefix(
        "findings/tcp.port.yaml:1: nothing states “tcp.port”") == true)
  }

  @Test(arguments: [
    ("undo: Stop-Service TermService\n", "the field “undo” is missing"),
    ("proof: [tcp.port]\n", "“proof” is missing"),
    ("sources: [none]", "“sources” is missing"),
    ("reverse: Stop-Service TermService\n  ", "the field “reverse” is missing"),
  ])
  func aFixWithoutItsWayBackOrProofIsReported(_ text: String, _ message: String) throws {
    let found = try problems("fixes/start-service.yaml", text, "")
    #expect(found.contains { $0.hasPrefix("fixes/start-service.yaml:") && $0.contains(message) }, "\(found)")
  }

  @Test func whatWeakensSecuritySaysSo() throws {
    var sample = SampleKnowledge()
    sample.replace(
      "{ Start-Service TermService }", with: "{ Set-NetFirewallProfile -All -Enabled False }",
      in: "fixes/start-service.yaml")
    #expect(try sample.problems() == [])
    sample.replace(
      "weakens:\n  reverse: Stop-Service TermService\n  due-hours: 4\n", with: "",
      in: "fixes/start-service.yaml")
    #expect(
      try sample.problems().first?.hasPrefix(
        "fixes/start-service.yaml:8: the command switches the firewall off: say so in “weakens”") == true)
  }

  @Test func noCardRunsUnseenCode() throws {
    #expect(
      try problems("fixes/start-service.yaml", "Start-Service TermService }", "iex (irm http://x) }").first?
        .hasPrefix("fixes/start-service.yaml:8: no card runs a command with “iex(”") == true)
  }

  @Test func aCommaInsideBracesIsExplained() throws {
    #expect(
      try problems("questions/who.yaml", "text: One person,", "text: One, perhaps two,").contains(
        "questions/who.yaml:8: “perhaps two” is no field of a choice: inside { } a comma ends a text, so put the text in quotes"
      ))
  }

  @Test func allProblemsOfAllFilesAreReported() throws {
    var sample = SampleKnowledge()
    sample.replace("base-rate: 20", with: "base-rate: 0", in: "causes/unknown.yaml")
    sample.replace("{host}", with: "{hots}", in: "fixes/start-service.yaml")
    sample.replace("tcp.port:", with: "tcp.prot:", in: "questions/who.yaml")
    sample.replace("how: Ask", with: "hwo: Ask", in: "questions/who.yaml")
    let found = try sample.problems()
    for part in ["unknown.yaml:5", "start-service.yaml:8", "who.yaml:6", "who.yaml:3", "“how” is missing"] {
      #expect(found.contains { $0.contains(part) }, "\(part) is missing in \(found)")
    }
  }

  @Test func readingsNameWhatExistsAndCountOnce() throws {
    var sound = SampleKnowledge()
    sound.files["findings/paste.users.yaml"] = """
      title: Users
      outcomes:
        - { id: one, means: one user, base: often }
        - { id: many, means: many users, base: often }
      """
    sound.replace(
      "sources: [none]", with: "reads:\n  paste.users: { one: one }\nsources: [none]",
      in: "questions/who.yaml")
    #expect(try sound.problems() == [])
    var sample = sound
    sample.replace("{ one: one }", with: "{ won: one }", in: "questions/who.yaml")
    #expect(try sample.problems().contains { $0.contains("“paste.users” has no outcome “won”") })
    sample = sound
    sample.replace("{ one: one }", with: "{ one: nobody }", in: "questions/who.yaml")
    #expect(try sample.problems().contains { $0.contains("“ask.who” has no outcome “nobody”") })
    sample = sound
    sample.replace("paste.users: { one: one }", with: "tcp.port: { open: one }", in: "questions/who.yaml")
    #expect(try sample.problems().contains { $0.contains("“tcp.port” is not read from a document") })
    sample = sound
    sample.replace("expects:", with: "expects:\n  paste.users: { one: often }", in: "causes/service-off.yaml")
    #expect(
      try sample.problems().contains {
        $0.contains("expects “paste.users” itself: one output would count twice")
      })
  }

  @Test func causesNameFixesThatExist() throws {
    #expect(
      try problems("causes/service-off.yaml", "start-service:", "start-servce:") == [
        "causes/service-off.yaml:13: there is no fix “start-servce”: did you mean “start-service”?",
        "fixes/start-service.yaml:1: no cause names the fix “start-service”: name it under a cause's “fixes”",
      ])
    #expect(
      try problems("causes/service-off.yaml", "fixes:\n  start-service: always\n", "").contains {
        $0.contains("the cause has no fix")
      })
  }

  @Test func expectationsNameFindingsAndOutcomesThatExist() throws {
    #expect(
      try problems("causes/service-off.yaml", "tcp.port:", "tcp.prot:").contains(
        "causes/service-off.yaml:10: there is no finding “tcp.prot”: did you mean “tcp.port”?"))
    #expect(
      try problems("causes/service-off.yaml", "refused:", "refusd:").contains(
        "causes/service-off.yaml:10: “tcp.port” has no outcome “refusd”: did you mean “refused”?"))
    #expect(
      try problems("causes/service-off.yaml", "ask.who:", "ask.somebody-else:").contains(
        "causes/service-off.yaml:11: there is no finding “ask.somebody-else” (a question gives it: questions/somebody-else.yaml)"
      ))
    #expect(
      try problems(
        "causes/service-off.yaml", "  ask.who: { everybody: usually, one: never }", "  ask.who: {}") == [
          "causes/service-off.yaml:11: no outcome of “ask.who” is named: write one, or drop it"
        ])
    #expect(
      try problems(
        "causes/service-off.yaml", "  ask.who: { everybody: usually, one: never }",
        "  ask.who: { one: often }\n  code.reported: { 0x3/0x7: often }") == [
          "causes/service-off.yaml:12: codes are not written under “expects” but under “codes”"
        ])
  }

  @Test func aQuestionMayWaitForTheFailureOfAFix() throws {
    let line = "  tcp.port: [open, refused]"
    #expect(try problems("questions/who.yaml", line, "  tried.start-service: [failed]") == [])
    #expect(
      try problems("questions/who.yaml", line, "  tried.start-servis: [failed]") == [
        "questions/who.yaml:6: there is no fix “start-servis”"
      ])
    #expect(
      try problems("questions/who.yaml", line, "  tried.start-service: [cured]") == [
        "questions/who.yaml:6: “tried.start-service” has one outcome: write [failed]"
      ])
  }

  @Test func needsNameWhatExistsAndDoNotGoInCircles() throws {
    #expect(
      try problems("questions/who.yaml", "[open, refused]", "[open, shut]") == [
        "questions/who.yaml:6: “tcp.port” has no outcome “shut”: write one of open, refused"
      ])
    #expect(
      try problems("findings/tcp.port.yaml", "layer: tcp", "needs: { tcp.prot: [open] }").contains(
        "findings/tcp.port.yaml:2: there is no finding “tcp.prot”: did you mean “tcp.port”?"))
    #expect(
      try problems("questions/who.yaml", "minutes: 1", "minutes: 1\nunless: [tcp.prot]").contains {
        $0.contains("there is no finding “tcp.prot”")
      })
    let circle = try problems("findings/tcp.port.yaml", "layer: tcp", "needs: { ask.who: [one] }")
      .filter { $0.contains("needs itself") }
    #expect(circle.count == 2)
    #expect(circle.first?.hasPrefix("findings/tcp.port.yaml:2: “tcp.port” needs itself") == true)
    #expect(circle.last?.hasPrefix("questions/who.yaml:5: “ask.who” needs itself") == true)
  }

  @Test func choicesStateWhatExists() throws {
    #expect(
      try problems("questions/who.yaml", "0x3/0x7", "3/7").first?.hasPrefix(
        "questions/who.yaml:9: “3/7” is no code") == true)
    #expect(
      try problems("questions/who.yaml", "code.reported: 0x3/0x7", "tcp.port: shut").first?.hasPrefix(
        "questions/who.yaml:9: “tcp.port” has no outcome “shut”") == true)
  }

  @Test func proofsAreFindingsThatCanBeLookedAtAgain() throws {
    #expect(
      try problems("fixes/start-service.yaml", "[tcp.port]", "[tcp.prot]") == [
        "fixes/start-service.yaml:17: there is no finding “tcp.prot”: did you mean “tcp.port”?"
      ])
    #expect(
      try problems("fixes/start-service.yaml", "[tcp.port]", "[ask.who]").first?.hasPrefix(
        "fixes/start-service.yaml:17: “ask.who” cannot be looked at again") == true)
    #expect(try problems("fixes/start-service.yaml", "[tcp.port]", "[]") == [])
  }

  @Test func casesNameWhatExists() throws {
    #expect(
      try problems("cases/service-off.yaml", "first: service-off", "first: service-of").contains(
        "cases/service-off.yaml:1: there is no cause “service-of”: did you mean “service-off”?"))
    #expect(
      try problems("cases/service-off.yaml", "tcp.port: refused", "tcp.port: shut").contains {
        $0.hasPrefix("cases/service-off.yaml:3: “tcp.port” has no outcome")
      })
    #expect(
      try problems("cases/healthy.yaml", "failed: []", "failed: [start-servise]") == [
        "cases/healthy.yaml:4: there is no fix “start-servise”: did you mean “start-service”?"
      ])
  }

  @Test func fixesTakeTimeAndHaveACommand() throws {
    #expect(
      try problems("fixes/start-service.yaml", "minutes: 3", "minutes: 0").first?.hasPrefix(
        "fixes/start-service.yaml:4: “minutes” must be more") == true)
    var sample = SampleKnowledge()
    sample.replace(
      """
      commands:
        - door: winrm
          shell: powershell
          text: Invoke-Command -ComputerName {host} -ScriptBlock { Start-Service TermService }
      """, with: "commands: []", in: "fixes/start-service.yaml")
    #expect(try sample.problems().first?.hasPrefix("fixes/start-service.yaml:8: no command") == true)
  }

  @Test func weakeningHasADueTime() throws {
    #expect(
      try problems("fixes/start-service.yaml", "due-hours: 4", "due-hours: 0").first?.hasPrefix(
        "fixes/start-service.yaml:15: a fix that weakens") == true)
  }

  @Test func aPolicyIsNamedByItsWayInTheEditorAndItsRegistryKey() throws {
    #expect(
      try problems("fixes/start-service.yaml", "Computer Configuration > ", "Administrative Templates > ")
        .first?.hasPrefix("fixes/start-service.yaml:19: the path of a policy begins with") == true)
    #expect(
      try problems("fixes/start-service.yaml", "HKLM\\SYSTEM", "SYSTEM").first?.hasPrefix(
        "fixes/start-service.yaml:22: “SYSTEM” is no key of a policy") == true)
  }

  @Test func twoCausesNeedEvidenceThatSeparatesThem() throws {
    var sample = SampleKnowledge()
    sample.files["causes/service-stuck.yaml"] = sample.files["causes/service-off.yaml"]
    sample.files["cases/service-stuck.yaml"] = sample.files["cases/service-off.yaml"]
    #expect(
      try sample.problems().contains {
        $0.hasPrefix("causes/service-stuck.yaml:9: nothing separates this cause from “service-off”")
      })
    sample.replace("0x204: often", with: "0x204: sometimes", in: "causes/service-stuck.yaml")
    #expect(try sample.problems().contains { $0.contains("nothing separates") })
    sample.replace("0x204: sometimes", with: "0x204: rarely", in: "causes/service-stuck.yaml")
    #expect(try !sample.problems().contains { $0.contains("nothing separates") })
  }

  @Test func everyCauseHasACase() throws {
    var sample = SampleKnowledge()
    sample.files["cases/service-off.yaml"] = nil
    #expect(
      try sample.problems() == [
        "causes/service-off.yaml:1: no case ranks “service-off” first: write a file in cases/ with “first: service-off”"
      ])
  }

  @Test func aCasesCauseRanksFirst() throws {
    let sample = SampleKnowledge()
    let reversed = Ranking { base in { _ in base.causes.map(\.id).sorted().reversed() } }
    #expect(
      try sample.problems(ranking: reversed) == [
        "cases/healthy.yaml:1: “unknown” ranks first here; “healthy” is number 3: add what else is known, or say under “expects” what sets it apart",
        "cases/service-off.yaml:1: “unknown” ranks first here; “service-off” is number 2: add what else is known, or say under “expects” what sets it apart",
      ])
    // By the program's own ranking: a host whose port refuses is not healthy.
    #expect(
      try problems("cases/healthy.yaml", "findings: {}", "findings: { tcp.port: refused }") == [
        "cases/healthy.yaml:1: “service-off” ranks first here; “healthy” is number 3: add what else is known, or say under “expects” what sets it apart"
      ])
  }

  @Test func placeholdersAreKnown() throws {
    #expect(
      try problems("fixes/start-service.yaml", "{host}", "{hots}").first?.contains(
        ":8: {hots} is no placeholder: did you mean “host”?") == true)
    #expect(
      try problems(
        "fixes/start-service.yaml", "undo: Stop-Service TermService", "undo: Stop-Service {service}"
      ).first?.hasPrefix("fixes/start-service.yaml:16: {service} is no placeholder") == true)
    #expect(BracedWord.names(in: "{ change logon } @{Name='x'} ${env:TEMP} {9f2c-1} {}") == [])
    #expect(
      BracedWord.names(in: "{D7F8C2A1-0000-1111-2222-333344445555} {{host} {port}") == ["host", "port"])
  }

  @Test func theCommandOfAQuestionIsCheckedLikeThatOfAFix() throws {
    func problems(_ shell: String, _ text: String) throws -> [String] {
      try self.problems(
        "questions/who.yaml", "sources: [none]", "run: { shell: \(shell), text: '\(text)' }\nsources: [none]")
    }
    #expect(try problems("cmd", "qwinsta /server:{host}") == [])
    #expect(try problems("cmd", "qwinsta /server:{hots}").first?.contains("did you mean “host”?") == true)
    #expect(
      try problems("powershell", "Get-Service -ComputerName \"{host}\"").first?.contains(
        "{host} stands inside quotes") == true)
    #expect(try problems("dos", "ver").count == 1)
  }

  @Test func placeholdersStandOutsideQuotes() throws {
    #expect(
      try problems("fixes/start-service.yaml", "{host}", "\"{host}\"").first?.hasPrefix(
        "fixes/start-service.yaml:8: {host} stands inside quotes") == true)
    #expect(
      BracedWord.quoted(in: "x '{host}' \"http://{port}/\" {domain}", shell: .powershell) == ["host", "port"])
    #expect(BracedWord.quoted(in: "echo it\\'s {host}", shell: .bash) == [])
    #expect(BracedWord.quoted(in: "a # don't\nb {host}", shell: .bash) == [])
    #expect(BracedWord.quoted(in: "a `\"{host}", shell: .powershell) == [])
    #expect(BracedWord.quoted(in: "reg query \"\\\\{host}\\HKLM\\A B\"", shell: .cmd) == [])
    #expect(BracedWord.quoted(in: "the host's name is {host}", shell: .steps) == [])
  }

  @Test(arguments: [
    ("causes/unknown.yaml", "None of the known causes", 61, "“title” has 61 characters; at most 60 fit"),
    ("fixes/start-service.yaml", "Start the service", 61, "“title” has 61"),
    (
      "fixes/start-service.yaml", "Please connect once more.", 201,
      "“say” has 201 characters; at most 200 fit"
    ),
    ("fixes/start-service.yaml", "Invoke-Command -ComputerName", 580, "a line of a command has"),
    ("questions/who.yaml", "Can you ask a colleague?", 201, "“say” has 201"),
    ("questions/who.yaml", "One person", 61, "“text” has 61"),
    ("findings/tcp.port.yaml", "TCP port", 61, "“title” has 61"),
    ("causes/unknown.yaml", "Anything.", 201, "“shows” has 201"),
    ("causes/unknown.yaml", "What is left.", 161, "“base-rate-why” has 161"),
    ("codes/errinfo-0x9.yaml", "The user may not sign in.", 301, "“meaning” has 301"),
    ("codes/errinfo-0x9.yaml", "ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES", 71, "“symbol” has 71"),
    ("fixes/start-service.yaml", "No message.", 301, "“expect” has 301"),
    ("fixes/start-service.yaml", "nobody", 121, "“notices” has 121"),
    ("questions/who.yaml", "Ask a second person.", 401, "“how” has 401"),
  ])
  func textsThatDoNotFitAreReported(_ path: String, _ text: String, _ count: Int, _ message: String) throws {
    let found = try problems(path, text, String(repeating: "x", count: count))
    #expect(found.count == 1)
    #expect(found.first?.contains(message) == true, "\(found)")
    #expect(try problems(path, text, String(repeating: "x", count: 60)) == [])
  }

  @Test func aQuestionFitsAndEndsInAQuestionMark() throws {
    #expect(
      try problems("questions/who.yaml", "Who is affected?", String(repeating: "x", count: 150) + "?").first?
        .contains("“ask” has 151") == true)
    #expect(
      try problems("questions/who.yaml", "Who is affected?", "Who is affected").first?.hasPrefix(
        "questions/who.yaml:1: “ask” ends in a question mark") == true)
  }

  @Test func invisibleCharactersAreReported() throws {
    #expect(
      try problems("causes/unknown.yaml", "Anything.", "Any\u{202E}thing.") == [
        "causes/unknown.yaml:2: the text holds a control or invisible character: “Any·thing.”"
      ])
    #expect(try problems("causes/unknown.yaml", "Anything.", "Größe “ok” – fine") == [])
  }

  @Test func findingsAndQuestionsAreUsed() throws {
    let finding = SampleKnowledge.sound["findings/tcp.port.yaml"] ?? ""
    #expect(
      try problems(adding: "findings/tcp.addresses.yaml", finding).first?.hasPrefix(
        "findings/tcp.addresses.yaml:1: no cause expects anything") == true)
    let question = (SampleKnowledge.sound["questions/who.yaml"] ?? "").replacing(
      ", states: { code.reported: 0x3/0x7 }", with: "")
    #expect(
      try problems(adding: "questions/when.yaml", question).first?.hasPrefix(
        "questions/when.yaml:1: no cause expects an answer") == true)
    #expect(try problems(adding: "questions/works-now.yaml", question) == [])
    // A question that corrects the code is of use without any cause.
    #expect(
      try problems(adding: "questions/when.yaml", SampleKnowledge.sound["questions/who.yaml"] ?? "") == [])
  }

  @Test func outcomesCanBeToldApart() throws {
    #expect(
      try problems("findings/tcp.port.yaml", "id: refused, means", "id: open, means").contains(
        "findings/tcp.port.yaml:4: the outcome “open” stands twice"))
    #expect(
      try problems(
        "findings/tcp.port.yaml", "\n  - { id: refused, means: the port refuses, base: sometimes }", ""
      ).contains("findings/tcp.port.yaml:3: a finding has at least 2 outcomes"))
    #expect(
      try problems("questions/who.yaml", "id: one,", "id: everybody,").contains(
        "questions/who.yaml:8: the choice “everybody” stands twice"))
    #expect(
      try problems("questions/who.yaml", "\n  - { id: one, text: One person, base: often }", "").contains(
        "questions/who.yaml:7: a question has 2 to 9 choices"))
  }

  @Test func sourcesAreGiven() throws {
    #expect(
      try problems("causes/unknown.yaml", "sources: [none]", "sources: []").first?.hasPrefix(
        "causes/unknown.yaml:7: no source") == true)
    #expect(try problems("fixes/start-service.yaml", "sources: [none]", "sources: []").count == 1)
    #expect(try problems("questions/who.yaml", "sources: [none]", "sources: []").count == 1)
  }

  @Test func anExceptionExcusesOneEntryFromOneCheck() throws {
    var sample = SampleKnowledge()
    sample.files["findings/tcp.addresses.yaml"] = sample.files["findings/tcp.port.yaml"]
    sample.files["exceptions.yaml"] = "finding-unused:\n  tcp.addresses: Only shown.\n"
    #expect(try sample.problems() == [])
  }

  @Test func anExceptionThatIsNotNeededIsAProblem() throws {
    #expect(
      try problems(adding: "exceptions.yaml", "fix-unused:\n  start-service: Once.\n") == [
        "exceptions.yaml:2: “start-service” needs no exception from “fix-unused” any more: take the line out"
      ])
    #expect(
      try problems(adding: "exceptions.yaml", "case-rank:\n  healthy: Once.\n") == [
        "exceptions.yaml:2: “healthy” needs no exception from “case-rank” any more: take the line out"
      ])
  }

  @Test func whatMustAlwaysHoldCannotBeExcused() throws {
    let found = try problems(adding: "exceptions.yaml", "fix-unsed:\n  a: Why.\nsources:\n  b: Why.\n")
    #expect(found.count == 2)
    #expect(
      found.first?.hasPrefix(
        "exceptions.yaml:2: no check “fix-unsed” can be excused: did you mean “fix-unused”?") == true)
    #expect(
      try problems(adding: "exceptions.yaml", "fix-unused:\n  a:\n") == [
        "exceptions.yaml:2: the exception for “a” has no reason"
      ])
  }

  @Test func checksAreNamedOnce() {
    #expect(Set(Check.all.map(\.name)).count == Check.all.count)
  }
}
