import Diagnosis
import Documents
import Facts
import Intake
import Knowledge
import Wire

extension FuzzTarget {
  /// Every decoder of bytes and texts that come from outside.
  public static let all: [FuzzTarget] = [
    FuzzTarget(
      "x224-request", [ConnectionRequest(cookie: "user", negotiation: .init([.tls, .hybrid])).encode()]
    ) {
      _ = try? ConnectionRequest(decoding: $0)
    },
    FuzzTarget(
      "x224-confirm",
      [
        ConnectionConfirm(reply: .selected(.hybridEx, .restrictedAdmin)).encode(),
        ConnectionConfirm(reply: .refused(.hybridRequired)).encode(),
        ConnectionConfirm(reply: .none).encode(),
      ]
    ) { _ = try? ConnectionConfirm(decoding: $0) },
    FuzzTarget("tpkt", [TPKT.frame([2, 0xF0, 0x80]) + TPKT.frame([2, 0xF0, 0x80, 1])]) {
      var framer = TPKT.Framer()
      framer.append($0)
      while (try? framer.next()) ?? nil != nil {}
    },
    FuzzTarget(
      "first-bytes", [Array("HTTP/1.1 400 Bad Request\r\n".utf8), Array("SSH-2.0-OpenSSH_9.2".utf8)]
    ) {
      _ = FirstBytes($0).description
    },
    FuzzTarget("tls-record", [serverHello, [21, 3, 3, 0, 2, 2, 70]]) {
      _ = try? TLSRecord(decoding: $0).serverHello
    },
    FuzzTarget("tsrequest", [request]) { _ = try? TSRequest(decoding: $0) },
    FuzzTarget(
      "spnego",
      [
        response,
        NegTokenInit(mechTypes: [.ntlm, .kerberos], mechToken: NegotiateMessage().encode()).encode(),
      ]
    ) { _ = try? NegotiationToken(decoding: $0) },
    FuzzTarget("ntlm-negotiate", [NegotiateMessage().encode()]) { _ = try? NegotiateMessage(decoding: $0) },
    FuzzTarget("ntlm-challenge", [challenge]) { _ = try? ChallengeMessage(decoding: $0) },
    FuzzTarget("ntlm-target-info", [targetInfo.encode()]) { _ = TargetInfo(decoding: $0) },
    FuzzTarget("kerberos", [kdcError, Kerberos.framed(kdcError)]) {
      _ = try? KDCReply(decoding: $0)
      _ = try? Kerberos.unframed($0)
    },
    FuzzTarget("kdc-proxy", [KDCProxyMessage(message: kdcError, targetDomain: "LAB.TEST").encode()]) {
      _ = try? KDCProxyMessage(decoding: $0)
    },
    FuzzTarget("ldap", [LDAP.rootRequest(attributes: ["dnsHostName"]), ldapEntry]) {
      _ = try? LDAPMessage.first(in: $0)
    },
    FuzzTarget("smb2", [SMB2.negotiateRequest(salt: [1, 2, 3]), smbAnswer]) {
      _ = try? SMB2NegotiateResponse(decoding: $0)
    },
    FuzzTarget(
      "endpoint-mapper",
      [
        EndpointMapper.bind(callID: 1),
        EndpointMapper.map(.serviceControl, over: .tcp, callID: 2),
        [5, 0, 2, 3, 0x10, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0, 0] + [UInt8](repeating: 0, count: 44),
      ]
    ) { _ = try? EndpointMapperReply.first(in: $0) },
    FuzzTarget(
      "rdp-udp",
      [
        RDPUDPOpening(acknowledged: 7, sequenceNumber: 8, version: .three).encode(),
        RDPUDPOpening(sequenceNumber: 8, version: nil).encode(),
        Array(RDPUDPOpening(sequenceNumber: 8, version: .two).encode().prefix(20)),
      ]
    ) { _ = try? RDPUDPOpening(decoding: $0) },
    FuzzTarget("ssh-banner", [Array("Hello\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n".utf8)]) {
      _ = try? SSHBanner(decoding: $0)
    },
    FuzzTarget(
      "http-head",
      [Array("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a, b\", NTLM\r\n c\r\n\r\n".utf8)]
    ) { bytes in
      guard let head = try? HTTPHead(decoding: bytes) else { return }
      _ = (head.challenges, head.bodyLength(method: "GET"))
    },
    FuzzTarget("http-chunks", [Array("5;x=y\r\nHello\r\n0\r\n\r\n".utf8)]) {
      _ = try? HTTPChunks(decoding: $0[...])
    },
    FuzzTarget(
      "mcs",
      [
        MCSMessage.attachUserConfirm(.successful, user: 1007),
        .sendDataIndication(user: 1002, channel: 1003, [1, 2]),
        .channelJoinConfirm(.successful, user: 1007, requested: 1003, channel: 1003),
        .disconnectProviderUltimatum(.userRequested),
      ].map { $0.encode() }
    ) { _ = try? MCSMessage(decoding: $0) },
    FuzzTarget(
      "mcs-connect-initial",
      [
        ConnectInitial(
          clientName: "client", selectedProtocol: .tls, capabilities: .errorInfo, encryptionMethods: []
        ).encode()
      ]
    ) { _ = try? ConnectInitial(decoding: $0) },
    FuzzTarget(
      "mcs-connect-response",
      [
        ConnectResponse(
          settings: .init(version: RDPVersion(rawValue: 0x8_000E), channels: [1004, 1005, 1006])
        )
        .encode()
      ]
    ) { _ = try? ConnectResponse(decoding: $0) },
    FuzzTarget(
      "session-message",
      [
        SessionMessage.errorInfo(.serverDeniedConnection), .demandActive, .deactivateAll,
        .licensing(.errorAlert(.validClient, .noTransition)),
        .licensing(.request(.init(version: 0x6_0002, company: "Microsoft Corporation", id: "A02"))),
        .redirection(redirection),
      ].map { $0.encode() }
    ) { _ = try? SessionMessage(decoding: $0) },
    FuzzTarget("redirection", [redirection.encode()]) { _ = try? ServerRedirection(decoding: $0[...]) },
    FuzzTarget(
      "code",
      ["0x3/0x7", "Fehlercode: 0x204\nErweiterter Fehlercode: 0x0", "*/0x11", "-1"].map { Array($0.utf8) }
    ) {
      _ = ReportedCode(String(decoding: $0, as: UTF8.self))
    },
    FuzzTarget(
      "reading",
      [
        "[12:00:01:123] [2:3] [ERROR][com.freerdp.core] - ERRCONNECT_LOGON_FAILURE [0x00020014]\n",
        "The logon attempt failed (Code: 0x807). linkid=866660", "错误代码：0x204 拡張エラー コード: 0x11",
        "Event ID 4625: Status: 0xC000006D Sub Status: 0xC0000064", "disconnect-0x808 KB4093492 1) 2)",
      ].map { Array($0.utf8) }
    ) { [knowledge] in _ = knowledge.readText(String(decoding: $0, as: UTF8.self)) },
    FuzzTarget(
      "folded-text",
      ["Fehlge-\nschlagen l’écran Ã© ０ｘ３ 要求".utf8, "can't d\u{82}j\u{85}".utf8].map { Array($0) }
    ) { _ = FoldedText(String(decoding: $0, as: UTF8.self), limit: 4096).words.count },
    FuzzTarget(
      "target",
      ["srv01:3389", "[::1%eth0]:1", "rdp://full%20address=s:srv01:3389&x=s:y"].map { Array($0.utf8) }
    ) { _ = try? Target(String(decoding: $0, as: UTF8.self)) },
    FuzzTarget("safe-text", [Array("a\u{1B}[31m\u{202E}é".utf8)]) {
      _ = SafeText.clean(String(decoding: $0, as: UTF8.self), limit: 200)
    },
    FuzzTarget("pasted-output", outputs.map { Array($0.utf8) }) {
      _ = Documents.read(String(decoding: $0, as: UTF8.self), name: "pasted", isFile: false)
    },
    FuzzTarget(
      "rdp-file",
      [Array("full address:s:srv01\nserver port:i:3390\ngatewayhostname:s:gw\ngatewayusagemethod:i:1\n".utf8)]
    ) {
      let text = String(decoding: $0, as: UTF8.self)
      if RDPFile(text) != nil { _ = Documents.read(text, name: "a.rdp", isFile: true) }
    },
    FuzzTarget("event-xml", eventsAsXML.map { Array($0.utf8) }) {
      _ = try? EventXML.events(in: String(decoding: $0, as: UTF8.self))
    },
    FuzzTarget("evtx", [eventLog]) { bytes in
      guard let log = EventLogFile(bytes) else { return }
      _ = Documents.read(log.events, name: "a.evtx")
    },
  ]

  /// What the reader looks into is there before the first input.
  private static let knowledge = {
    let knowledge = KnowledgeSource.embedded()
    _ = knowledge.read("The logon attempt failed")
    return knowledge
  }()

  private static let outputs = [
    " SESSIONNAME  USERNAME  ID  STATE\n>rdp-tcp#1 a  2  Active\n rdp-tcp  65536  Listen\n",
    "SERVICE_NAME: TermService\n STATE : 4  RUNNING\n START_TYPE : 4 DISABLED\n",
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\n fDenyTSConnections REG_DWORD 0x1\n",
    "  TCP    0.0.0.0:3389  0.0.0.0:0  LISTENING  1204\nsvchost.exe 1204 TermService\n",
    "Level,Date and Time,Source,Event ID,Task Category\nWarning,4/29/2026 9:43:59 AM,TermService,1057,(3),\"a \"\"b\"\"\nc\"\n",
    "An account failed to log on.\nLogon Type: 3\nStatus: 0xC000006D\nSub Status: 0xC000006A\n",
    "Event[0]:\n Log Name: Security\n Source: Microsoft-Windows-Security-Auditing\n Event ID: 4625\n Status: 0xC000006D\n",
  ]

  private static let eventsAsXML = [
    """
    <?xml version='1.0'?><Events><Event xmlns='urn:e'><System><Provider Name='TermService &amp; more'/><EventID>261</EventID>\
    <TimeCreated SystemTime='2026-05-04T08:00:00Z'/></System><EventData><Data Name='a'>1<![CDATA[2]]>&#x33;</Data><!-- c -->\
    <?i j?></EventData></Event></Events>
    """,
    "before <Event><System><EventID>1149</EventID></System><UserData><a:b>c</a:b></UserData></Event> after",
  ]

  /// One chunk with one record, `<Event><System><EventID>1149</EventID></System></Event>`, its names in place.
  private static let eventLog: [UInt8] = {
    func little(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    func text(_ text: String) -> [UInt8] {
      little(text.utf16.count, 2) + text.utf16.flatMap { little(Int($0), 2) }
    }
    var chunk = Array("ElfChnk\0".utf8) + [UInt8](repeating: 0, count: 504)
    let start = chunk.count
    chunk += little(0x2A2A, 4) + little(0, 4) + little(1, 8) + little(0, 8) + [0x0F, 1, 1, 0]
    for name in ["Event", "System", "EventID"] {
      chunk += [0x01] + little(0, 4)
      chunk += little(chunk.count + 4, 4) + little(0, 6) + text(name) + little(0, 2) + [0x02]
    }
    chunk += [0x05, 1] + text("1149") + [0x04, 0x04, 0x04, 0x00]
    let size = little(chunk.count - start + 4, 4)
    chunk += size
    chunk.replaceSubrange((start + 4)..<(start + 8), with: size)
    return Array("ElfFile\0".utf8) + [UInt8](repeating: 0, count: 4088) + chunk
  }()

  /// KRB-ERROR 6 of the realm CORP.TEST.
  private static let kdcError: [UInt8] =
    [0x7E, 0x37, 0x30, 0x35, 0xA0, 3, 2, 1, 5, 0xA1, 3, 2, 1, 30, 0xA4, 17, 0x18, 15]
    + Array("20260504031200Z".utf8) + [0xA5, 4, 2, 2, 7, 0xA1, 0xA6, 3, 2, 1, 6, 0xA9, 11, 0x1B, 9]
    + Array("CORP.TEST".utf8)

  /// SearchResultEntry with one attribute.
  private static let ldapEntry: [UInt8] =
    [0x30, 23, 2, 1, 1, 0x64, 18, 4, 0, 0x30, 14, 0x30, 12, 4, 4] + Array("name".utf8)
    + [0x31, 4, 4, 2, 0x61, 0x62]

  /// An answer for the dialect 3.1.1 without a token.
  private static let smbAnswer: [UInt8] =
    [0, 0, 0, 128, 0xFE, 0x53, 0x4D, 0x42, 64, 0] + [UInt8](repeating: 0, count: 58)
    + [65, 0, 1, 0, 0x11, 3] + [UInt8](repeating: 0, count: 58)

  private static let redirection = ServerRedirection(
    sessionID: 1, targetAddress: "192.0.2.7", loadBalanceInfo: [1, 2, 3], targetName: "srv02.lab.test",
    targetNetBIOSName: "SRV02", targetAddresses: ["192.0.2.7", "2001:db8::7"])

  private static let targetInfo = TargetInfo(
    netBIOSComputer: "SRV01", netBIOSDomain: "LAB", dnsComputer: "srv01.lab.test", dnsDomain: "lab.test",
    dnsTree: "lab.test", time: FileTime(unixSeconds: 1_700_000_000))

  private static let challenge = ChallengeMessage(
    flags: [.unicode, .targetInfo, .version], targetName: "LAB", serverChallenge: [1, 2, 3, 4, 5, 6, 7, 8],
    targetInfo: targetInfo, build: WindowsBuild(major: 10, minor: 0, build: 20348)
  ).encode()

  private static let response = NegTokenResp(
    state: .acceptIncomplete, supportedMech: .ntlm, responseToken: challenge, mechListMIC: [1, 2, 3]
  ).encode()

  private static let request = TSRequest(
    negoTokens: [response], pubKeyAuth: [1, 2], errorCode: .notSupported, clientNonce: [9]
  ).encode()

  /// RFC 8446 section 4.1.3: TLS 1.3 by `supported_versions`.
  private static let serverHello: [UInt8] =
    [22, 3, 3, 0, 0x30, 2, 0, 0, 0x2C, 3, 3] + [UInt8](repeating: 1, count: 32)
    + [0, 0x13, 2, 0, 0, 6, 0, 0x2B, 0, 2, 3, 4]
}
