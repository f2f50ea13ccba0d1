import Facts
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
    FuzzTarget(
      "code",
      ["0x3/0x7", "Fehlercode: 0x204\nErweiterter Fehlercode: 0x0", "*/0x11", "-1"].map { Array($0.utf8) }
    ) {
      _ = ReportedCode(String(decoding: $0, as: UTF8.self))
    },
    FuzzTarget(
      "target",
      ["srv01:3389", "[::1%eth0]:1", "rdp://full%20address=s:srv01:3389&x=s:y"].map { Array($0.utf8) }
    ) { _ = try? Target(String(decoding: $0, as: UTF8.self)) },
    FuzzTarget("safe-text", [Array("a\u{1B}[31m\u{202E}é".utf8)]) {
      _ = SafeText.clean(String(decoding: $0, as: UTF8.self), limit: 200)
    },
  ]

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
