import Diagnosis
import Facts
import Testing

/// What the reader makes of texts, on a knowledge of a few codes and messages.
@Suite struct ReadingTests {
  static let base = KnowledgeBase(
    causes: [
      Cause(id: "password", title: "Wrong password", phase: .credssp, codes: ["0x807": .usually]),
      Cause(id: "closed", title: "The port is closed", phase: .tcp, codes: ["0x204": .usually]),
      Cause(id: "licence", title: "No licence", phase: .licence),
      Cause(id: "rest", title: "Something else", phase: .session, baseRate: 5),
    ], fixes: [],
    questions: [
      Question(
        id: "moment", ask: "When does it fail?",
        choices: [.init(id: "before", text: "Before"), .init(id: "after", text: "After")])
    ], findings: [],
    codes: [
      CodeEntry(
        symbol: "disconnectReasonSocketConnectFailed", value: 0x204, family: .disconnect,
        meaning: "No connection.",
        saidBy: "client", source: "t"),
      CodeEntry(
        symbol: "exDiscReasonServerDenied", value: 7, family: .extended, meaning: "Denied.", saidBy: "server",
        source: "t"),
      CodeEntry(
        symbol: "ERRCONNECT_LOGON_FAILURE", value: 0x20014, family: .freerdp, meaning: "Refused.",
        saidBy: "client",
        sameAs: "0x807", source: "t"),
      CodeEntry(
        symbol: "ERRCONNECT_CONNECT_TRANSPORT_FAILED", value: 0x2000D, family: .freerdp, meaning: "Lost.",
        saidBy: "client", source: "t"),
      CodeEntry(
        symbol: "STATUS_LOGON_FAILURE", value: 0xC000_006D, family: .ntstatus, meaning: "Refused.",
        saidBy: "server",
        sameAs: "0x807", source: "t"),
      CodeEntry(
        symbol: "ended by an administrator", value: 0x300_0019, family: .gateway, meaning: "Ended.",
        saidBy: "gateway", source: "t"),
      CodeEntry(
        symbol: "Schannel 36870", value: 36870, family: .event, meaning: "No key.", saidBy: "server",
        provider: "Schannel", log: "System", source: "t"),
    ], pairs: [],
    messages: {
      [
        MessageEntry(
          id: "attempt", title: "Refused", codes: ["0x807"], causes: ["password": .usually],
          wordings: ["en": ["The logon attempt failed"], "de": ["Der Anmeldeversuch ist fehlgeschlagen"]]),
        MessageEntry(
          id: "licence", title: "No licence", causes: ["licence": .usually], answers: ["moment": "after"],
          wordings: [
            "en": [
              "The remote session was disconnected because there are no Remote Desktop License Servers available to provide a license"
            ],
            "zh": ["由于没有远程桌面授权服务器可以提供许可证，远程会话连接已断开"],
          ]),
        MessageEntry(
          id: "denied", title: "No right",
          wordings: [
            "en": ["The user {name} is not authorized to sign in to the computer {name} remotely"],
            "fr": ["L'utilisateur n'est pas autorisé à ouvrir une session à distance"],
          ]),
        MessageEntry(
          id: "oracle", title: "Oracle", marks: ["go.microsoft.com/fwlink/?linkid=866660", "KB4093492"]),
        MessageEntry(id: "short", title: "Short", wordings: ["en": ["Connection failed"]]),
      ]
    })

  func code(_ text: String) -> String? { Self.base.read(text).code?.code.description }
  func message(_ text: String) -> String? { Self.base.read(text).message?.id.name }

  @Test(arguments: [
    ("Error code: 516", "0x204"), ("Der Fehlercode lautet: 516", "0x204"), ("エラー コード: 516", "0x204"),
    ("错误代码：516", "0x204"), ("RDP disconnected! 516", "0x204"), ("Disconnect reason 516", "0x204"),
    ("OnDisconnected (516)", "0x204"), ("Error code: 0x3\nExtended error code: 0x7", "0x3/0x7"),
    ("An error (Code: 0x204).\nError code: 0x0\nExtended error code: 0x0", "0x204"),
    ("disconnect-0x204", "0x204"), ("extended-0x7", "*/0x7"), ("see disconnect-0x204 there", "0x204"),
    ("the client said disconnectReasonSocketConnectFailed", "0x204"),
    ("SomethingNewFailed (516)", "0x204"), ("ERRCONNECT_LOGON_FAILURE [0x00020014]", "0x20014"),
    ("Kód chyby: 516", "0x204"), ("Código de error extendido: 0x7", "*/0x7"),
  ])
  func aCodeIsReadByWhatStandsBeforeIt(_ text: String, _ wanted: String) { #expect(code(text) == wanted) }

  @Test(arguments: [
    "1) It is off\n2) It is not in the network", "516) the last of many", "port 516", "at 05:16",
    "on 516/1/2026",
    "https://go.microsoft.com/fwlink/?linkid=516", "linkid=0x204", "pid 516 tid 0x204", "10.0.5.16",
    "version 5.1.6",
    "It failed 516 times", "krb5: cannot find KDC (error -1765328230)", "Contact your administrator",
    "flags: 0x204",
    "nego.c:516 said nothing", "Process ID: 0x204", "promo code 10", "my zip code is 90210", "HTTP error 404",
    "in the event of 36870 failures", "the exit code was 1", "Logon ID: 0x3E7", "call 0800 516 516",
    "order #516",
    "room 0.516", "ref. INC0000516", "error rate 5.16 %", "session 516", "516", "The code word is banana",
  ])
  func everydayNumbersAreNoCodes(_ text: String) {
    if text == "516" {
      #expect(code(text) == "0x204")
    } else {
      #expect(code(text) == nil)
    }
    #expect(message(text) == nil)
  }

  @Test(arguments: [
    ("The logon attempt failed", "attempt"), ("“The  LOGON attempt\r\nfailed.”", "attempt"),
    ("I get: the logon attempt failed, every time", "attempt"), ("The logon atternpt failed", "attempt"),
    ("Der Anmelde-\nversuch ist fehlgeschlagen!", "attempt"),
    ("der anmeldeversuch ist fehlgeschlagn", "attempt"),
    ("there are no Remote Desktop License Servers available to provide a license", "licence"),
    ("由于没有远程桌面授权服务器可以提供许可证，\n远程会话连接已断开。", "licence"), ("没有远程桌面授权服务器可以提供许可证", "licence"),
    ("The user CORP\\anna is not authorized to sign in to the computer SRV01.corp remotely.", "denied"),
    ("L’utilisateur n’est pas autorise a ouvrir une session a distance", "denied"),
    ("Weitere Infos: https://go.microsoft.com/fwlink/?LinkId=866660", "oracle"), ("see KB 4093492", "oracle"),
    ("Connection failed", "short"), ("Oops.\nConnection failed.\nBye", "short"),
  ])
  func aMessageIsKnownByItsWording(_ text: String, _ wanted: String) { #expect(message(text) == wanted) }

  @Test(arguments: [
    "The logon succeeded", "The first attempt failed, the second one too",
    "the connection failed again yesterday",
    "there are no servers available", "The remote session was fine", "没有许可证", "the user is here",
    "My attempt to log on", "Der Versuch ist fehlgeschlagen",
  ])
  func commonWordsAreNoMessage(_ text: String) { #expect(message(text) == nil) }

  @Test func theLastErrorOfALogCountsAndNotWhatFollowsFromIt() {
    let line = { (level: String, text: String) in
      "[12:00:01:123] [231:00234f3c] [\(level)][com.freerdp.core] - \(text)\n"
    }
    let log =
      line("DEBUG", "flags 0x204 length 0x7") + line("WARN", "SPNEGO: STATUS_LOGON_FAILURE [0xC000006D]")
      + line("ERROR", "ERRCONNECT_LOGON_FAILURE [0x00020014]")
      + line("ERROR", "BIO_read returned a system error 104: Connection reset by peer")
      + line("ERROR", "ERRCONNECT_CONNECT_TRANSPORT_FAILED [0x0002000D]")
    let reading = Self.base.read(log)
    #expect(reading.isLog)
    #expect(reading.code?.code.description == "0x20014")
    #expect(reading.code?.line == 3)
    #expect(reading.others.map(\.code.description) == ["0xc000006d", "0x2000d"])
  }

  @Test func aLongTextIsReadToItsEndAndWhatIsTooLongIsSaid() {
    let filler = String(repeating: "[12:00:00:000] [1:2] [DEBUG][a] - nothing of interest\n", count: 5_000)
    let text = filler + "[12:00:01:000] [1:2] [ERROR][a] - ERRCONNECT_LOGON_FAILURE [0x00020014]\n"
    #expect(code(text) == "0x20014")
    let over = Self.base.read(String(repeating: "a ", count: KnowledgeBase.readingLimit))
    #expect(over.bytesLeft == KnowledgeBase.readingLimit)
  }

  @Test func theWordsThatMadeItAreKept() {
    let reading = Self.base.read("It says:\n  Error code:  516 and stops")
    #expect(reading.code?.words == "Error code: 516")
    #expect(reading.code?.line == 2)
    #expect(
      Self.base.read("x: The logon\n attempt failed.").messages.first?.words == "The logon attempt failed")
    #expect(Self.base.read("Error code:\u{1B}[31m 516").code?.words.contains("\u{1B}") != true)
  }

  @Test func numbersThatSayNothingAreSaidToAndCountForNothing() {
    let reading = Self.base.read("An error has occurred (Code: 0x80004005).")
    #expect(reading.code == nil)
    #expect(reading.empty.first?.sentence.contains("E_FAIL") == true)
    let assessor = Assessor(knowledge: Self.base)
    let plain = assessor.rank(Evidence(isComplaint: true))
    let coded = assessor.rank(
      Evidence(findings: [.reported(ReportedCode(code: 0x8000_4005))], isComplaint: true))
    #expect(plain.map(\.probability) == coded.map(\.probability))
  }

  @Test func codesOfSeveralTablesCountTogetherAndWhatSaysTheSameOnce() {
    let findings = Self.base.findings(
      of: Self.base.read("ERRCONNECT_LOGON_FAILURE [0x00020014], STATUS_LOGON_FAILURE [0xC000006D]"))
    #expect(findings.map(\.id) == ["code.reported"])
    let both = Self.base.findings(of: Self.base.read("Error code: 516\nSTATUS_LOGON_FAILURE"))
    #expect(both.map(\.id.name) == ["code.reported", "code.ntstatus"])
    let ranking = Assessor(knowledge: Self.base).rank(Evidence(findings: both, isComplaint: true))
    #expect(
      ranking.first { $0.cause == "password" }?.because.contains {
        $0.evidence == .finding("code.ntstatus", "0xc000006d")
      } == true)
  }

  @Test func aMessageOfOneCodeIsThatCodeAndAnotherOneSpeaksForItsCauses() {
    let attempt = Self.base.findings(of: Self.base.read("The logon attempt failed"))
    #expect(attempt.map(\.outcome) == ["0x807"])
    let licence = Self.base.findings(
      of: Self.base.read("there are no Remote Desktop License Servers available to provide a license"))
    #expect(licence.map(\.id.name) == ["message.shown", "ask.moment"])
    var evidence = Evidence(isComplaint: true)
    evidence.add(submitted: licence, knowledge: Self.base)
    #expect(Assessor(knowledge: Self.base).rank(evidence).first?.cause == "licence")
    #expect(evidence.outcome(of: "ask.moment") == "after")
    // A person's own answer stays.
    var told = Evidence(isComplaint: true)
    if let question = Self.base.question("moment") { told.add(answer: "before", to: question) }
    told.add(submitted: licence, knowledge: Self.base)
    #expect(told.outcome(of: "ask.moment") == "before")
    // Beside the code that it stands for it says nothing more.
    var coded = Evidence(findings: [.reported(ReportedCode(code: 0x807))], isComplaint: true)
    coded.add(submitted: attempt, knowledge: Self.base)
    #expect(coded.findings.count == 1)
  }

  @Test func hostileTextsAreReadWithoutTrouble() {
    for text in [
      "", "\0", String(repeating: "(", count: 100_000), String(repeating: "0x", count: 50_000), "--data",
      "\u{FEFF}",
      String(repeating: "the logon attempt ", count: 20_000), String(repeating: "错误", count: 60_000),
      String(repeating: "0x3/", count: 50_000),
      String(decoding: [0xC3, 0x28, 0xFF, 0xE2, 0x82], as: UTF8.self),
    ] {
      _ = Self.base.read(text)
    }
  }
}
