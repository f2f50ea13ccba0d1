import Diagnosis
import Documents
import Facts
import Foundation
import Intake
import Knowledge
import Testing

/// Events in every form in which they are handed in, in any language.
@Suite struct EventFormsTests {
  static let knowing = KnowledgeSource.embedded().forTexts

  func outcomes(_ text: String, window: TimeWindow? = nil) -> [String: String] {
    let read = try? Intake.read(pasted: text, knowing: Self.knowing, window: window)
    return Dictionary(
      (read?.findings ?? []).compactMap { finding in finding.outcome.map { (finding.id.name, $0.name) } },
      uniquingKeysWith: { $1 })
  }

  func security(_ id: Int, _ data: [String: String], time: String = "2026-11-02T09:00:39.000Z") -> String {
    let values = data.sorted { $0.key < $1.key }.map { "<Data Name=\"\($0.key)\">\($0.value)</Data>" }
      .joined()
    return
      "<Event><System><Provider Name=\"Microsoft-Windows-Security-Auditing\"/><EventID>\(id)</EventID><TimeCreated SystemTime=\"\(time)\"/></System><EventData>\(values)</EventData></Event>"
  }

  @Test(arguments: ["2", "4", "5", "8", "9", "11"])
  func aSignInOfAnotherKindIsNoneOfRemoteDesktop(_ type: String) {
    let failed = security(4625, ["LogonType": type, "Status": "0xc000006d", "SubStatus": "0xc000006a"])
    #expect(outcomes(failed).isEmpty)
    // An earlier one of Remote Desktop counts before it.
    let earlier = security(
      4625, ["LogonType": "10", "Status": "0xc000006d", "SubStatus": "0xc0000072"],
      time: "2026-11-02T08:00:00Z")
    #expect(outcomes("<Events>\(failed)\(earlier)</Events>") == ["paste.logon-failure": "disabled"])
  }

  @Test(arguments: ["3", "7", "10", "12"])
  func aSignInOfRemoteDesktopCounts(_ type: String) {
    let failed = security(4625, ["LogonType": type, "Status": "0xc000006d", "SubStatus": "0xc000006a"])
    #expect(outcomes(failed) == ["paste.logon-failure": "wrong-password"])
  }

  @Test func theDomainControllersWordCounts() {
    #expect(outcomes(security(4771, ["Status": "0x18"])) == ["paste.logon-failure": "wrong-password"])
    #expect(outcomes(security(4771, ["Status": "0x25"])) == ["paste.logon-failure": "clock"])
    #expect(outcomes(security(4776, ["Status": "0xc0000234"])) == ["paste.logon-failure": "locked"])
    #expect(outcomes(security(4776, ["Status": "0x0"])).isEmpty)
    #expect(outcomes(security(4740, [:])) == ["paste.logon-failure": "locked"])
  }

  @Test(arguments: [
    (
      "An account failed to log on.\n\nLogon Type:\t\t\t3\n\tStatus:\t\t0xC000006D\n\tSub Status:\t\t0xC000006A",
      "wrong-password"
    ),
    (
      "Fehler beim Anmelden eines Kontos.\nAnmeldetyp: 3\n Status: 0xC000035B\n Unterstatus:: 0x0",
      "channel-binding"
    ),
    (
      "Échec d’ouverture de session d’un compte.\nType d’ouverture de session : 3\nÉtat : 0xC000006D\nSous-état : 0xC0000234",
      "locked"
    ),
    (
      "Error de una cuenta al iniciar sesión.\nTipo de inicio de sesión: 3\nEstado: 0xC000006D\nSubestado: 0xC0000072",
      "disabled"
    ),
    ("アカウントがログオンに失敗しました。\nログオン タイプ: 3\n状態: 0xC000006D\nサブ ステータス: 0xC0000064", "no-such-user"),
    ("帐户登录失败。\n登录类型：3\n状态：0xC000006D\n子状态：0xC000006A", "wrong-password"),
    (
      "Учетной записи не удалось выполнить вход.\nТип входа: 3\nСостояние: 0xC000006D\nПодсостояние: 0xC0000071",
      "password-expired"
    ),
  ])
  func thePaneWithoutItsHeaderIsReadInAnyLanguage(_ text: String, _ outcome: String) {
    #expect(outcomes(text) == ["paste.logon-failure": outcome])
  }

  @Test func thePaneOfAServiceIsNoSignInOfRemoteDesktop() {
    #expect(outcomes("Logon Type: 5\nStatus: 0xC000006D\nSub Status: 0xC000006A").isEmpty)
  }

  @Test func tablesOfTheEventViewerAreReadByTheirShape() {
    let head = "Livello,Data e ora,Origine,ID evento,Categoria\n"
    let row =
      "Avviso,29/04/2026 09:43:59,Microsoft-Windows-TerminalServices-Gateway,201,(3),\"L'utente \"\"D\\a\"\"\nnon soddisfa\""
    #expect(outcomes(head + row) == ["paste.gateway-events": "cap-201"])
    let shell = """
      "Message","Id","Version","ProviderName","TimeCreated"
      "User declined, or time ran out","1151","0","Microsoft-Windows-TerminalServices-RemoteConnectionManager","4/29/2026 9:43:59 AM"
      """
    #expect(outcomes(shell) == ["paste.event-log": "declined-1151"])
  }

  @Test func theLastThingThatHappenedWinsAndNotTheLastLineThatFits() {
    func row(_ time: String, _ id: Int, _ text: String = "x") -> String {
      "\(time)  \(id) Information  \(text)\n"
    }
    let head = "   ProviderName: Microsoft-Windows-TerminalServices-LocalSessionManager\n\n"
    let ended =
      head + row("18/01/2026 01:31:35", 24)
      + row("18/01/2026 01:31:34", 40, "Session 2 has been disconnected, reason code 5")
      + row("18/01/2026 01:31:20", 21)
    #expect(outcomes(ended) == ["paste.last-phase": "taken-over", "code.reported": "*/0x5"])
    let back = head + row("18/01/2026 01:40:00", 25) + ended.dropFirst(head.count)
    #expect(outcomes(back) == ["paste.last-phase": "signed-in"])
    // Oldest first.
    let ascending = head + row("18/01/2026 01:31:20", 21) + row("18/01/2026 01:31:34", 23)
    #expect(outcomes(ascending) == ["paste.last-phase": "signed-out"])
  }

  @Test func everythingOfAListIsReadWhateverStandsFirst() {
    let all = """
      Message              : Session 2 has been disconnected, reason code 5
      Id                   : 40
      ProviderName         : Microsoft-Windows-TerminalServices-LocalSessionManager
      TimeCreated          : 18/01/2026 01:31:34

      Message              : Remote Desktop Services: Session logon succeeded:
      Id                   : 21
      ProviderName         : Microsoft-Windows-TerminalServices-LocalSessionManager
      TimeCreated          : 18/01/2026 01:31:20
      """
    #expect(outcomes(all) == ["paste.last-phase": "taken-over", "code.reported": "*/0x5"])
  }

  @Test func anEventThatExplainKnowsCountsWhenItIsPasted() {
    let event =
      "<Event><System><Provider Name=\"Microsoft-Windows-TerminalServices-RemoteConnectionManager\"/><EventID>1158</EventID><TimeCreated SystemTime=\"2026-11-02T09:00:39Z\"/></System></Event>"
    let read = outcomes(event)
    let base = KnowledgeSource.embedded()
    let causes = base.reading(of: ReportedCode(entry: "event-remoteconnectionmanager-1158")).causes
    #expect(read["code.event"] == (causes.isEmpty ? nil : "event-remoteconnectionmanager-1158"))
  }

  @Test func eventsOutsideTheTimeOfTheCallDoNotCount() throws {
    let then = security(
      4625, ["LogonType": "10", "Status": "0xc000006d", "SubStatus": "0xc000006a"],
      time: "2026-11-02T08:00:00Z")
    let call = try #require(Timestamp(text: "2026-11-02 08:10"))
    let later = Timestamp(seconds: call.seconds + 7_200)
    #expect(
      outcomes(then, window: TimeWindow(utc: call, local: later)) == ["paste.logon-failure": "wrong-password"]
    )
    let read = try Intake.read(
      pasted: then, knowing: Self.knowing, window: TimeWindow(utc: later, local: call))
    #expect(read.findings.isEmpty)
    #expect(read.notes.contains { $0.contains("1 entries of the log lie outside") })
  }

  @Test func aLogWithoutAWordForUsSaysHowMuchItRead() throws {
    let other =
      "<Event><System><Provider Name=\"Microsoft-Windows-Security-Auditing\"/><EventID>4688</EventID><TimeCreated SystemTime=\"2026-11-02T09:00:39Z\"/></System></Event>"
    let read = try Intake.read(pasted: "<Events>\(other)\(other)</Events>", knowing: Self.knowing)
    #expect(read.findings.isEmpty)
    #expect(read.notes.first?.contains("2 entries") == true)
    #expect(read.notes.first?.contains("2026-11-02 09:00") == true)
  }
}

extension Timestamp {
  /// `2026-11-02 08:10`.
  fileprivate init?(text: String) {
    let formatter = ISO8601DateFormatter()
    guard let date = formatter.date(from: text.replacingOccurrences(of: " ", with: "T") + ":00Z") else {
      return nil
    }
    self.init(seconds: date.timeIntervalSince1970)
  }
}
