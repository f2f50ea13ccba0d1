import Documents
import Facts
import Foundation
import Intake
import Testing

/// Event logs in every form in which they are exported.
@Suite struct EventLogTests {
  func outcomes(_ submission: Submission) -> [String: String] {
    Dictionary(
      submission.findings.compactMap { finding in finding.outcome.map { (finding.id.name, $0.name) } },
      uniquingKeysWith: { $1 })
  }

  static func xml(_ id: Int, provider: String, time: String, data: [(String, String)] = []) -> String {
    let values = data.map { "<Data Name='\($0.0)'>\($0.1)</Data>" }.joined()
    return """
      <Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='\(provider)'/>\
      <EventID>\(id)</EventID><TimeCreated SystemTime='\(time)'/><Computer>srv01</Computer></System>\
      <EventData>\(values)</EventData></Event>
      """
  }

  static let security = "Microsoft-Windows-Security-Auditing"
  static let manager = "Microsoft-Windows-TerminalServices-RemoteConnectionManager"

  @Test func theNewestSignInCounts() throws {
    let failed = Self.xml(
      4625, provider: Self.security, time: "2026-05-04T08:00:00.000Z",
      data: [("Status", "0xc000006d"), ("SubStatus", "0xc0000234"), ("LogonType", "3")])
    let wrong = Self.xml(
      4625, provider: Self.security, time: "2026-05-03T08:00:00.000Z",
      data: [("Status", "0xc000006d"), ("SubStatus", "0xc000006a")])
    let read = try Intake.read(pasted: "<Events>\(wrong)\(failed)</Events>")
    #expect(outcomes(read) == ["paste.logon-failure": "locked"])
    let details = read.findings[0].details
    #expect(details.contains(.init("time", "2026-05-04 08:00")))
    #expect(details.contains(.init("count", 2)))
    #expect(details.contains(.init("computer", "srv01")))
  }

  /// A log that was collected from several hosts.
  @Test func entriesOfSeveralComputersAreToldApart() throws {
    let events = (0..<3).map { number in
      Self.xml(
        4625, provider: Self.security, time: "2026-05-0\(number + 1)T08:00:00.000Z",
        data: [("Status", "0xc000006d"), ("SubStatus", "0xc000006a"), ("LogonType", "3")]
      ).replacingOccurrences(of: "srv01", with: number == 2 ? "srv02" : "srv01")
    }
    let read = try Intake.read(pasted: "<Events>\(events.joined())</Events>")
    let finding = try #require(read.findings.first { $0.id == "paste.logon-failure" })
    #expect(finding.summary.contains("(on srv02)"), "\(finding.summary)")
    #expect(
      finding.details.first { $0.name == "computers" }?.value
        == .list([
          .table([.init("computer", "srv01"), .init("count", 2)]),
          .table([.init("computer", "srv02"), .init("count", 1)]),
        ]))
    #expect(read.notes.contains { $0.contains("2 computers: srv01 (2), srv02 (1)") }, "\(read.notes)")
    let one = try Intake.read(pasted: "<Events>\(events[0])\(events[1])</Events>")
    #expect(one.notes.isEmpty)
    #expect(one.findings.first?.details.contains { $0.name == "computers" } == false)
  }

  @Test func eventsAreShownWithTheirMeaning() throws {
    let event = Self.xml(1149, provider: Self.manager, time: "2026-05-04T08:00:00Z")
    let read = try Intake.read(
      pasted: event, knowing: TextKnowledge(meaning: { $1 == 1149 ? "network sign-in passed" : nil }))
    #expect(read.findings.first?.summary.contains("network sign-in passed") == true)
    #expect(outcomes(read) == ["paste.last-phase": "authenticated"])
  }

  @Test func xmlWithoutARootAndXmlInsideATextAreRead() throws {
    let one = Self.xml(
      1070, provider: "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
      time: "2026-05-04T08:00:00Z")
    #expect(outcomes(try Intake.read(pasted: one + "\n" + one))["paste.event-log"] == "drain-1070")
    let mixed = "Please look at this:\nSession logins are currently DISABLED\n\(one)\nThanks"
    #expect(
      outcomes(try Intake.read(pasted: mixed)) == [
        "paste.event-log": "drain-1070", "paste.logon-query": "disabled",
      ])
  }

  @Test func aDocumentTypeIsRefused() throws {
    let bomb =
      "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><Events>\(Self.xml(1149, provider: Self.manager, time: ""))</Events>"
    let error = #expect(throws: IntakeError.self) { try Intake.read(pasted: bomb) }
    #expect(error?.kind == .unreadable)
    #expect(error?.description.contains("DOCTYPE") == true)
  }

  @Test func brokenXmlKeepsWhatCameBefore() throws {
    let event = Self.xml(261, provider: Self.manager, time: "2026-05-04T08:00:00Z")
    #expect(
      outcomes(try Intake.read(pasted: "<Events>\(event)<Event><Sys")) == ["paste.last-phase": "reached"])
  }

  @Test func everyPartOfXMLIsRead() throws {
    let event = """
      <?x?><e:Event xmlns:e="urn:e"><?x?><e:System><e:Provider Name="Schannel &amp; &#x3c;co&gt;"/><!-- c -->\
      <e:EventID Qualifiers="0">3<![CDATA[688]]>&#56;</e:EventID><e:Computer>a&lt;b &amp; c</e:Computer></e:System>\
      <e:EventData><e:Data Name="x &quot;y&quot;">1<?x?>2<!---->3</e:Data></e:EventData></e:Event>
      """
    #expect(try EventXML.events(in: event) == nil)
    let found = try #require(try EventXML.events(in: event.replacing("e:", with: "")))
    let one = try #require(found.events.first)
    #expect(found.events.count == 1)
    #expect(one.provider == "Schannel & <co>")
    #expect(one.id == 36888)
    #expect(one.computer == "a<b & c")
    #expect(one.values.map(\.name) == ["x \"y\""])
    #expect(one.values.map(\.text) == ["123"])
  }

  @Test(arguments: [
    "<?x?>", "<?x ?>", "<a:b/>", "<![CDATA[]]>", "<!---->", "<a b=''/>", "<x xmlns=''/>", "&#0;", "&b;", "\0",
  ])
  func whatStandsBeforeAFaultCounts(odd: String) throws {
    let event = Self.xml(261, provider: Self.manager, time: "2026-05-04T08:00:00Z")
    for text in ["<Events>\(event)\(odd)<Event>\(odd)", "<Events>\(event)<Event a='\(odd)"] {
      #expect(outcomes(try Intake.read(pasted: text))["paste.last-phase"] == "reached")
    }
  }

  @Test func theEventViewersCopyIsReadInTwoLanguages() throws {
    let english = """
      Log Name:      Security
      Source:        Microsoft-Windows-Security-Auditing
      Date:          5/4/2026 8:10:13 AM
      Event ID:      4625
      Description:
      An account failed to log on.
      Failure Information:
      \tFailure Reason:\t\tUnknown user name or bad password.
      \tStatus:\t\t\t0xC000006D
      \tSub Status:\t\t0xC000006A
      """
    #expect(outcomes(try Intake.read(pasted: english)) == ["paste.logon-failure": "wrong-password"])
    let german = """
      Protokollname: Security
      Quelle:        Microsoft-Windows-Security-Auditing
      Datum:         04.05.2026 08:10:13
      Ereignis-ID:   4625
      Beschreibung:
      \tStatus:\t\t\t0xC000006D
      \tUnterstatus::\t\t0xC0000072
      """
    #expect(outcomes(try Intake.read(pasted: german)) == ["paste.logon-failure": "disabled"])
  }

  @Test func powerShellAndWevtutilFormsAreRead() throws {
    let list = """
      TimeCreated  : 5/4/2026 8:10:13 AM
      ProviderName : Schannel
      Id           : 36874
      Message      : An TLS 1.2 connection request was received, none of the cipher suites are supported.

      TimeCreated  : 5/4/2026 8:00:13 AM
      ProviderName : Schannel
      Id           : 36888
      Message      : A fatal alert was generated
      """
    #expect(outcomes(try Intake.read(pasted: list)) == ["paste.schannel": "no-common-cipher"])
    let text = """
      Event[0]:
        Log Name: Microsoft-Windows-TerminalServices-Gateway/Operational
        Source: Microsoft-Windows-TerminalServices-Gateway
        Date: 2026-05-04T08:00:00.000
        Event ID: 201
      Event[1]:
        Log Name: Microsoft-Windows-TerminalServices-Gateway/Operational
        Source: Microsoft-Windows-TerminalServices-Gateway
        Date: 2026-05-04T09:00:00.000
        Event ID: 302
      """
    #expect(outcomes(try Intake.read(pasted: text)) == ["paste.gateway-events": "connected-302"])
    let table = """
         ProviderName: Microsoft-Windows-TerminalServices-RemoteConnectionManager

      TimeCreated                      Id LevelDisplayName Message
      -----------                      -- ---------------- -------
      8/7/2018 6:22:07 PM             261 Information      Listener RDP-Tcp received a connection
      """
    #expect(outcomes(try Intake.read(pasted: table)) == ["paste.last-phase": "reached"])
  }

  @Test func theClientsLogGivesTheCode() throws {
    let event = Self.xml(
      1026, provider: "Microsoft-Windows-TerminalServices-ClientActiveXCore", time: "2026-05-04T08:00:00Z",
      data: [("Name", "Disconnect Reason"), ("Value", "516")])
    #expect(outcomes(try Intake.read(pasted: event)) == ["code.reported": "0x204"])
  }

  @Test func theTimesOfTheLogAreExact() throws {
    let event = Self.xml(1149, provider: Self.manager, time: "2000-02-29T23:59:59.9990000Z")
    #expect(try Intake.read(pasted: event).findings[0].details.contains(.init("time", "2000-02-29 23:59")))
  }

  @Test func realLogsAreReadWhole() throws {
    guard let folder = Captures.folder("evtx") else { return }
    func log(_ name: String) throws -> EventLogFile {
      try #require(EventLogFile(Array(try Data(contentsOf: folder.appending(path: name)))))
    }
    let denied = try log("security-4825-rdp-denied.evtx")
    #expect(denied.recordsUnreadable == 0)
    #expect(denied.events.map(\.id) == [4825, 4825])
    #expect(denied.events[0].computer == "fs02.offsec.lan")
    #expect(denied.events[0].timeText == "2020-07-12 05:27")
    #expect(
      denied.events[0].values.map(\.name) == ["AccountName", "AccountDomain", "LogonID", "ClientAddress"])
    #expect(denied.events[0].values.map(\.text) == ["svc6test1", "OFFSEC", "0x3457272", "10.23.23.9"])
    #expect(
      outcomes(Documents.read(denied.events, name: "x.evtx")) == ["paste.logon-failure": "no-remote-right"])
    let signedIn = try log("rcm-1149-logons.evtx")
    #expect(signedIn.recordsUnreadable == 0)
    try #require(signedIn.events.count == 11)
    #expect(signedIn.events.map(\.id) == Array(repeating: 1149, count: 11))
    #expect(signedIn.events[1].computer == "fs03vuln.offsec.lan")
    #expect(signedIn.events[1].values.first { $0.name == "Param3" }?.text == "10.23.123.11")
    let gateway = try log("rdg-200-300-302-303-312.evtx")
    #expect(gateway.recordsUnreadable == 0)
    let counts = Dictionary(grouping: gateway.events, by: \.id).mapValues(\.count)
    #expect(counts == [303: 2, 312: 8, 200: 2, 300: 2, 302: 2])
    #expect(
      outcomes(Documents.read(gateway.events, name: "x.evtx"))["paste.gateway-events"] == "connected-302")
  }
}
