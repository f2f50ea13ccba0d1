import Diagnosis
import Documents
import Facts
import Knowledge
import Testing

/// What the readers make of outputs as people paste them.
@Suite struct OutputReaderTests {
  func outcomes(_ text: String, port: UInt16 = 3389) -> [String: String] {
    let read = Documents.read(text, name: "pasted text", isFile: false, port: port)
    return Dictionary(
      read.findings.compactMap { finding in finding.outcome.map { (finding.id.name, $0.name) } },
      uniquingKeysWith: { $1 })
  }

  @Test(arguments: [
    ("Session logins are currently ENABLED", "enabled"),
    ("Session logins are currently DISABLED", "disabled"),
    ("New user logins are DISABLED, but reconnections to existing sessions are ENABLED.", "drain"),
    (
      "New user logins are DISABLED, until the server is restarted, but reconnections to existing sessions are ENABLED.",
      "drain-until-restart"
    ),
    ("Die Sitzungsanmeldung ist derzeit AKTIVIERT.", "enabled"),
    (
      "Neue Benutzeranmeldungen sind DEAKTIVIERT, Verbindungswiederherstellungen sind AKTIVIERT.", "drain"
    ),
    ("Les ouvertures de session sont actuellement DÉSACTIVÉES", "disabled"),
    ("Los inicios de sesión están actualmente HABILITADOS", "enabled"),
  ])
  func changeLogonIsReadInEveryLanguageByItsCapitals(_ line: String, _ expected: String) {
    #expect(outcomes("C:\\>change logon /query\r\n\(line)\r\n")["paste.logon-query"] == expected)
  }

  @Test func aListenerThatListensAndItsSessionsAreRead() {
    let read = outcomes(
      """
      C:\\> qwinsta
       SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE
       services                                    0  Disc
       console                                     1  Conn
      >rdp-tcp#4         jdoe                      2  Active
                         asmith                    3  Disc
       rdp-tcp                                 65536  Listen
      """)
    #expect(read["paste.listener-state"] == "listen")
    #expect(read["paste.sessions"] == "several")
  }

  @Test func aListenerThatIsDownMissingOrGermanIsTold() {
    let head =
      " SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE\n services    0  Disc\n"
    #expect(outcomes(head + " rdp-tcp    65536  Down")["paste.listener-state"] == "down")
    #expect(outcomes(head + ">console   jdoe  1  Active")["paste.listener-state"] == "missing")
    let german = """
       SITZUNGSNAME      BENUTZERNAME             ID  STATUS  TYP         GERÄT
       services                                    0  Getr.
      >console           Hans                      1  Aktiv
       rdp-tcp                                 65536  Abhören
      """
    #expect(outcomes(german)["paste.listener-state"] == "listen")
    #expect(outcomes(german)["paste.sessions"] == "few")
  }

  @Test func aSessionWithoutAUserHangs() {
    let text = """
       SESSIONNAME       USERNAME                 ID  STATE   TYPE        DEVICE
       services                                    0  Disc
       console                                     1  Conn
                                                   4  Disc
       rdp-tcp                                 65536  Listen
      """
    #expect(outcomes(text)["paste.sessions"] == "stuck")
  }

  @Test func usersAreCountedByTheirRows() {
    let text = """
       USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME
      >jdoe                  rdp-tcp#4           2  Active          .  5/4/2026 8:00 AM
       asmith                                    3  Disc        12:01  5/3/2026 9:12 AM
      """
    #expect(outcomes(text) == ["paste.sessions": "several"])
  }

  @Test(arguments: [
    (
      "Status   Name               DisplayName\n------   ----\nStopped  TermService        Remote Desktop Services",
      "stopped"
    ),
    ("Name      : TermService\nStatus    : Stopped\nStartType : Disabled\n", "disabled"),
    (
      "C:\\>sc query TermService\n\nSERVICE_NAME: TermService\n        TYPE               : 30  WIN32\n        STATE              : 4  RUNNING\n",
      "running"
    ),
    ("SERVICE_NAME: TermService\n        STATE  : 2  START_PENDING\n", "start-pending"),
    (
      "SERVICE_NAME: TermService\n   STATE : 1  STOPPED\n\nSERVICE_NAME: TermService\n  START_TYPE         : 4   DISABLED\n",
      "disabled"
    ),
    (
      "C:\\>sc query TermService\n[SC] OpenService FAILED 1060:\n\nThe specified service does not exist",
      "missing"
    ),
    ("C:\\>sc query TermService\n[SC] EnumQueryServicesStatus:OpenService FEHLER 1060:\n", "missing"),
    (
      "PS C:\\> Get-Service TermService | Select-Object Status, StartType\n\n Status StartType\n ------ ---------\nRunning    Manual\n",
      "running"
    ),
  ])
  func theRemoteDesktopServiceIsReadFromEveryForm(_ text: String, _ expected: String) {
    #expect(outcomes(text)["paste.termservice-state"] == expected)
  }

  @Test func severalServicesAnswerSeveralQuestions() {
    let read = outcomes(
      """
      Status       Name         DisplayName
      Running      CertPropSvc  Certificate Propagation
      StopPending  SessionEnv   Remote Desktop Configuration
      Running      Tssdis       Remote Desktop Connection Broker
      """)
    #expect(read["paste.helper-services"] == "one-hangs")
    #expect(read["paste.broker-service"] == "running")
    let missing = outcomes(
      """
      Get-Service : Es kann kein Dienst mit dem Dienstnamen 'Tssdis' gefunden werden.
          + FullyQualifiedErrorId : NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand
      """)
    #expect(missing["paste.broker-service"] == "not-installed")
  }

  @Test func thePolicyWinsOverTheLocalSetting() {
    let text = """
      HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server
          fDenyTSConnections    REG_DWORD    0x0

      HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services
          fDenyTSConnections    REG_DWORD    0x1
          UserAuthentication    REG_DWORD    0x1
      """
    let read = outcomes(text)
    #expect(read["paste.rdp-setting"] == "denied-policy")
    #expect(read["paste.nla-policy"] == "enabled")
  }

  @Test func aLocalSettingAloneIsNoProof() {
    let local =
      "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\n    fDenyTSConnections    REG_DWORD    0x0\n"
    #expect(outcomes(local)["paste.rdp-setting"] == "on-locally")
    let asked = """
      C:\\>reg query "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services" /v fDenyTSConnections

      FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.
      """
    #expect(outcomes(local + asked)["paste.rdp-setting"] == "allowed")
  }

  @Test func listenerValuesPortAndLayerAreRead() {
    let text = """
      HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp
          fEnableWinStation    REG_DWORD    0x1
          fLogonDisabled    REG_DWORD    0x0
          PortNumber    REG_DWORD    0xd3e
          SecurityLayer    REG_DWORD    0x0
      """
    let read = outcomes(text)
    #expect(read["paste.listener-values"] == "as-usual")
    #expect(read["paste.rdp-port"] == "other")
    #expect(read["paste.security-layer"] == "rdp-only")
    #expect(outcomes(text, port: 3390)["paste.rdp-port"] == "as-expected")
  }

  @Test func policiesOfAResultReportCount() {
    let text = """
                  KeyName:     SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\fDenyTSConnections
                  Value:       1, 0, 0, 0
                  State:       Enabled
      """
    #expect(outcomes(text)["paste.rdp-setting"] == "denied-policy")
  }

  @Test func thePortBelongsToWhomTheListNames() {
    let rows = "  TCP    0.0.0.0:3389           0.0.0.0:0              ABHÖREN         1204\n"
    #expect(outcomes(rows)["paste.port-owner"] == "unnamed")
    #expect(
      outcomes(rows + "\nsvchost.exe                   1204 TermService\n")["paste.port-owner"]
        == "termservice")
    #expect(
      outcomes(rows + "\nteamviewer.exe                1204 N/A\n")["paste.port-owner"] == "other-program")
    let others = [80, 135, 445, 5985].map { "  TCP    0.0.0.0:\($0)   0.0.0.0:0   LISTENING   4\n" }.joined()
    #expect(outcomes(others)["paste.port-owner"] == "nothing")
    #expect(
      outcomes(others + "  TCP 0.0.0.0:4000 0.0.0.0:0 LISTENING 900\nsvchost.exe 900 TermService\n")[
        "paste.port-owner"]
        == "other-port")
  }

  @Test func aFilteredListProvesNothingAboutThePort() {
    #expect(outcomes("  TCP    0.0.0.0:445   0.0.0.0:0   LISTENING   4\n")["paste.port-owner"] == nil)
  }

  @Test func connectionTestsAndPingsAreRead() {
    let test =
      "ComputerName     : srv01\nRemotePort       : 3389\nPingSucceeded    : True\nTcpTestSucceeded : False\n"
    #expect(outcomes(test)["paste.client-port"] == "closed-host-answers")
    let ping = """
      C:\\>ping -f -l 1372 srv01
      Pinging srv01 [192.0.2.7] with 1372 bytes of data:
      Request timed out.
          Packets: Sent = 4, Received = 0, Lost = 4 (100% loss),
      C:\\>ping -l 32 srv01
      Antwort von 192.0.2.7: Bytes=32 Zeit=1ms TTL=128
      """
    #expect(outcomes(ping)["paste.large-ping"] == "only-small")
    #expect(outcomes(ping)["paste.ping"] == "answers")
    #expect(outcomes("Réponse de 192.0.2.7 : octets=1372 temps=2 ms TTL=127")["paste.large-ping"] == "passes")
  }

  @Test func domainOutputsAreRead() {
    #expect(
      outcomes("Flags: 30 HAS_IP  HAS_TIMESERV\nTrusted DC Connection Status Status = 0 0x0 NERR_Success\n")[
        "paste.secure-channel"] == "verified")
    #expect(
      outcomes("Trusted DC Connection Status Status = 1311 0x51f ERROR_NO_LOGON_SERVERS")[
        "paste.secure-channel"]
        == "no-logon-servers")
    #expect(
      outcomes("PS C:\\> Test-ComputerSecureChannel\nFalse\n")["paste.secure-channel"] == "trust-failed")
    #expect(outcomes("   AzureAdJoined : YES\n   DomainJoined : NO\n")["paste.device-join"] == "entra-only")
    #expect(
      outcomes("#0>     Client: a @ X\n        Server: krbtgt/X @ X\n")["paste.kerberos-ticket"] == "none")
    #expect(outcomes("14:05:12, d:+00.03s o:-312.2345s  [  *  ]")["paste.clock-offset"] == "broken")
    #expect(outcomes("14:05:12, +00.0123456s")["paste.clock-offset"] == "in-step")
    #expect(
      outcomes(
        "C:\\>setspn -Q TERMSRV/srv01\nCN=SRV01,OU=S,DC=x\n TERMSRV/SRV01\nCN=OLD,DC=x\n TERMSRV/srv01")[
          "paste.spn"]
        == "twice")
    #expect(
      outcomes("Enabled : True\nLockedOut : True\nSamAccountName : jdoe")["paste.account-state"] == "locked")
  }

  @Test func hostOutputsAreRead() {
    #expect(outcomes("Microsoft Windows [Version 10.0.20348.2340]")["paste.host-build"] == "server-2022")
    #expect(
      outcomes("OS Name:  Microsoft Windows 11 Home\nOS Version: 10.0.26100 N/A Build 26100") == [
        "paste.host-build": "server-2025-or-11-24h2", "paste.windows-edition": "home",
      ])
    let rules =
      "Name    : RemoteDesktop-UserMode-In-TCP\nEnabled : True\nProfile : Domain\nAction  : Allow\n\n"
    #expect(outcomes(rules)["paste.firewall-rules"] == "on")
    #expect(outcomes(rules + "NetworkCategory : Public\n")["paste.firewall-rules"] == "off")
    let bound = "SSLCertificateSHA1Hash : \(String(repeating: "AB", count: 20))\n"
    let listed = "\(String(repeating: "CD", count: 20))  CN=srv01\n"
    #expect(outcomes(bound + listed)["paste.listener-certificate"] == "gone")
    #expect(
      outcomes("Error 0x80092013 CRYPT_E_REVOCATION_OFFLINE")["paste.certificate-check"]
        == "revocation-offline")
    #expect(
      outcomes("*** dc01.corp.example can't find srv01: Non-existent domain\n") == [:])
    #expect(
      outcomes(
        "Server:  dc01.corp.example\nAddress:  192.0.2.1\n\n*** dc01 can't find srv01: Non-existent domain\n")[
          "paste.client-lookup"] == "not-found")
    #expect(
      outcomes("   Autoconfiguration IPv4 Address. . : 169.254.7.9(Preferred)")["paste.host-addresses"]
        == "self-assigned")
    #expect(
      outcomes("Current WinHTTP proxy settings:\n\n    Proxy Server(s) :  proxy.corp.example:8080\n")[
        "paste.client-proxy"]
        == "proxy-used")
    #expect(
      outcomes("[ ] Remote Desktop Connection Broker   RDS-Connection-Broker  Available")["paste.broker-role"]
        == "not-installed")
  }

  @Test func theClientsMessageGivesItsCodeInAnyLanguage() {
    let knowing = KnowledgeSource.embedded().forTexts
    for (text, code) in [
      ("Error code: 0x3\nExtended error code: 0x7\n", "0x3/0x7"),
      ("Fehlercode: 0x904\nErweiterter Fehlercode: 0x7", "0x904/0x7"),
    ] {
      let read = Documents.read(text, name: "pasted text", isFile: false, knowing: knowing)
      #expect(read.findings.first { $0.id == "code.reported" }?.outcome?.name == code)
      #expect(read.recognised == ["the client's error message"])
    }
  }

  @Test func severalOutputsInOnePasteAreAllRead() {
    let text = """
      Session logins are currently DISABLED
      SERVICE_NAME: TermService
              STATE              : 4  RUNNING
      Microsoft Windows [Version 10.0.17763.1]
      """
    #expect(
      outcomes(text) == [
        "paste.logon-query": "disabled", "paste.termservice-state": "running",
        "paste.host-build": "before-2022",
      ])
  }

  @Test func prosaicTextIsNotTakenForAnOutput() {
    let text = """
      Hello, my computer does not connect since this morning. I restarted it twice, my colleague says
      the server is running. Please call me back at 12:30, my session id is 42. Status: urgent = yes
      """
    #expect(Documents.read(text, name: "pasted text", isFile: false).recognised.isEmpty)
  }

  @Test func directionalMarksAndControlsNeverComeOut() {
    let text = "Server:  dc\u{202E}01\nAddress: 1\n\nName:    sr\u{200F}v\u{1B}[31m01\n"
    let read = Documents.read(text, name: "evil\u{1B}[0m\u{202E}.txt", isFile: true)
    let shown = read.name + read.findings.map { "\($0)" }.joined()
    #expect(read.findings.count == 1)
    #expect(shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .format && $0.value >= 0x20 })
  }

  @Test func everyReaderStatesOnlyWhatItSays() {
    let ids = OutputReader.all.flatMap(\.states)
    #expect(Set(ids).count == ids.count)
    #expect(Set(OutputReader.all.map(\.output)).count == OutputReader.all.count)
  }
}
