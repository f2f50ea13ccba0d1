import Facts
import Practice
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite struct CredSSPExchangeTests {
  static let challenge = ChallengeMessage(
    flags: [.unicode, .targetInfo, .version, .targetIsDomain], targetName: "LAB",
    serverChallenge: [1, 2, 3, 4, 5, 6, 7, 8],
    targetInfo: TargetInfo(
      netBIOSComputer: "SRV01", netBIOSDomain: "LAB", dnsComputer: "srv01.lab.test", dnsDomain: "lab.test",
      dnsTree: "lab.test", time: FileTime(unixSeconds: 1_700_000_000)),
    build: WindowsBuild(major: 10, minor: 0, build: 17763))

  func greet(_ answers: [ReceiveEnd]) async -> CredSSPExchange.End {
    await CredSSPExchange.greet(over: ScriptedStream(answers), by: .after(.seconds(5)))
  }

  @Test func onlyTheGreetingIsSentWhateverComesBack() async throws {
    let wrapped = NegTokenResp(
      state: .acceptIncomplete, supportedMech: .ntlm, responseToken: Self.challenge.encode())
    let stream = ScriptedStream([.bytes(TSRequest(negoTokens: [wrapped.encode()]).encode())])
    let end = await CredSSPExchange.greet(over: stream, by: .after(.seconds(5)))
    #expect(end.challenge == Self.challenge)
    #expect(stream.sent == [CredSSPExchange.greeting])
    let request = try TSRequest(decoding: CredSSPExchange.greeting)
    #expect(request.version == 6)
    #expect(request.authInfo == nil && request.pubKeyAuth == nil)
    let token = try NegotiationToken(decoding: try #require(request.negoTokens.first))
    #expect(try NegotiateMessage(decoding: try #require(token.mechanismToken)) == NegotiateMessage())
    #expect(!NTLM.isAuthenticate(try #require(token.mechanismToken)))
  }

  @Test func theAnswerIsReadHoweverItIsCut() async {
    let bytes = TSRequest(negoTokens: [Self.challenge.encode()]).encode()
    #expect(await greet(bytes.map { .bytes([$0]) }).challenge == Self.challenge)
    for count in 1..<bytes.count {
      let cut = Array(bytes.prefix(count))
      #expect(await greet([.bytes(cut), .bytes(Array(bytes.dropFirst(count)))]).challenge == Self.challenge)
      #expect(
        await greet([.bytes(cut), .ended(.closed)])
          == .cutOff(cut, .closed))
      #expect(
        await greet([.bytes(cut), .ended(.silent)])
          == .malformed("the answer broke off after \(count) bytes", cut))
      #expect(await greet([.bytes(cut), .ended(.cancelled)]) == .ended(.cancelled))
    }
  }

  @Test func refusalsAreToldFromWhatCannotBeRead() async {
    let error = TSRequest(errorCode: .ntlmBlocked)
    #expect(await greet([.bytes(error.encode())]) == .refused(error, nil))
    let reject = NegTokenResp(state: .reject)
    let rejection = TSRequest(negoTokens: [reject.encode()])
    #expect(await greet([.bytes(rejection.encode())]) == .refused(rejection, .response(reject)))
    let kerberos = NegTokenResp(state: .requestMIC, supportedMech: .kerberos)
    let other = TSRequest(negoTokens: [kerberos.encode()])
    #expect(await greet([.bytes(other.encode())]) == .refused(other, .response(kerberos)))
    for bytes in [
      Array("HTTP/1.1 400\r\n".utf8), TSRequest().encode(), TSRequest(negoTokens: [[1, 2, 3]]).encode(),
      TSRequest(negoTokens: [Array(Self.challenge.encode().prefix(20))]).encode(),
      TSRequest(negoTokens: [NegotiateMessage().encode()]).encode(), [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF],
    ] {
      guard case .malformed(_, bytes) = await greet([.bytes(bytes)]) else {
        Issue.record("\(bytes.hexadecimal)")
        continue
      }
    }
  }
}

@Suite struct NTLMFindingsTests {
  let member = CredSSPExchangeTests.challenge.targetInfo
  let workgroup = TargetInfo(
    netBIOSComputer: "DESKTOP-V1FA0UQ", netBIOSDomain: "DESKTOP-V1FA0UQ", dnsComputer: "DESKTOP-V1FA0UQLONG",
    dnsDomain: "DESKTOP-V1FA0UQLONG")

  @Test func namesAgreeWithoutRegardToCaseAndSuffix() {
    for name in ["srv01", "SRV01", "srv01.lab.test", "SRV01.LAB.TEST."] {
      #expect(NTLMFindings.isSame(name, member), "\(name)")
    }
    for name in ["srv02", "srv01.other.test", "lab.test", "srv01.lab"] {
      #expect(!NTLMFindings.isSame(name, member), "\(name)")
    }
    for name in ["desktop-v1fa0uqlong", "desktop-v1fa0uqlong.home.arpa", "DESKTOP-V1FA0UQ"] {
      #expect(NTLMFindings.isSame(name, workgroup), "\(name)")
    }
    let netBIOSOnly = TargetInfo(netBIOSComputer: "VERYLONGCOMPUTE")
    #expect(NTLMFindings.isSame("verylongcomputername", netBIOSOnly))
    #expect(!NTLMFindings.isSame("localhost", TargetInfo()))
  }

  @Test func anAddressIsComparedOnlyWhenAnotherNameIsExpected() {
    #expect(NTLMFindings.nameToCompare(Target(host: .ipv4("192.0.2.7"))) == nil)
    #expect(
      NTLMFindings.nameToCompare(Target(host: .ipv4("192.0.2.7"), certificateName: "srv01")) == "srv01")
    let finding = NTLMFindings.names(CredSSPExchangeTests.challenge, typed: nil)
    #expect(finding.status == .inconclusive(.notAsked("the host was typed by its address")))
    #expect(finding["dns_computer"] == "srv01.lab.test")
    #expect(finding["product"] == "Windows 10 1809 or Server 2019")
  }

  @Test func hostileNamesAreSanitised() {
    var challenge = CredSSPExchangeTests.challenge
    challenge.targetInfo.dnsComputer = "srv\u{1B}[2J\u{202E}01"
    let finding = NTLMFindings.names(challenge, typed: "srv01")
    #expect(finding["dns_computer"] == "srv·[2J·01")
    #expect(!finding.summary.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
  }

  @Test(
    arguments: [
      (0, "in-step"), (59.9, "in-step"), (-59.9, "in-step"), (60, "drifting"), (-299.9, "drifting"),
      (300, "broken"), (-300, "broken"), (86400 * 400, "broken"),
    ] as [(Double, OutcomeID)]) func theClockIsJudgedByItsDistance(skew: Double, outcome: OutcomeID)
  {
    var challenge = CredSSPExchangeTests.challenge
    challenge.targetInfo.time = FileTime(unixSeconds: 1_700_000_000 + skew)
    let finding = NTLMFindings.clock(challenge, here: Timestamp(seconds: 1_700_000_000))
    #expect(finding.outcome == outcome)
    #expect(finding["seconds"] == .number((skew * 10).rounded() / 10))
  }

  @Test func aHostWithoutATimeSaysNothingOfItsClock() {
    var challenge = CredSSPExchangeTests.challenge
    challenge.targetInfo.time = nil
    let finding = NTLMFindings.clock(challenge, here: Timestamp(seconds: 0))
    #expect(finding.status == .inconclusive(.unreadable("the host does not say its time")))
    challenge.targetInfo.time = FileTime(ticks: .max)
    #expect(NTLMFindings.clock(challenge, here: Timestamp(seconds: 0)).outcome == "broken")
  }
}

@Suite(.oneAtATime) struct CredSSPProbeTests {
  static let settings = ChallengeSettings(
    netBIOSComputer: "SRV01", netBIOSDomain: "LAB", dnsComputer: "srv01.lab.test", dnsDomain: "lab.test",
    dnsTree: "lab.test", clockOffset: .seconds(-1000))

  @Test func aHostTellsWhoItIsAndNobodyIsSignedIn() async throws {
    let (found, counters) = try await RDPPortRun.findings(
      behaviour: .init(credssp: .challenge(Self.settings)))
    #expect(found["credssp.exchange"]?.outcome == "challenge")
    #expect(found["credssp.patch-level"]?.outcome == "patched")
    #expect(found["ntlm.names"]?["dns_computer"] == "srv01.lab.test")
    #expect(found["ntlm.names"]?["dns_forest"] == "lab.test")
    #expect(found["ntlm.names"]?["netbios_domain"] == "LAB")
    #expect(found["ntlm.names"]?["product"] == "Windows Server 2022")
    #expect(found["clock.skew"]?.outcome == "broken")
    guard case .number(let seconds)? = found["clock.skew"]?["seconds"] else {
      Issue.record("no seconds")
      return
    }
    #expect((-1005 ... -995).contains(seconds))
    // Negotiation, TLS and CredSSP on one connection; one more for the other offers.
    #expect(counters.connections == 2)
    #expect(counters.mostAtOnce == 1)
    #expect(counters.authenticateMessages == 0)
  }

  @Test(arguments: [(2, "unpatched"), (3, "unpatched"), (4, "unpatched"), (5, "patched"), (6, "patched")])
  func theVersionTellsThePatchLevel(version: Int, outcome: String) async throws {
    var settings = Self.settings
    settings.version = version
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(credssp: .challenge(settings)), only: ["credssp.patch-level"])
    #expect(found["credssp.patch-level"]?.outcome == OutcomeID(outcome))
    #expect(found["credssp.patch-level"]?["version"] == .integer(version))
  }

  @Test func aRefusalKeepsItsCode() async throws {
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(credssp: .error(version: 6, code: 0x8009_0302)))
    #expect(found["credssp.exchange"]?.outcome == "refused")
    #expect(found["credssp.exchange"]?["errorCode"] == "0x80090302 SEC_E_UNSUPPORTED_FUNCTION")
    #expect(found["credssp.patch-level"]?.outcome == "patched")
    #expect(found["ntlm.names"]?.status == .notApplicable(because: "the sign-in exchange ended as refused"))
    #expect(found["clock.skew"]?.status == .notApplicable(because: "the sign-in exchange ended as refused"))
  }

  @Test(arguments: [
    (HostBehaviour.CredSSPStage.close, "closed" as OutcomeID), (.reset, "reset"), (.silent, "silent"),
    (.raw([1, 2, 3, 4, 5, 6]), "malformed"),
  ]) func everyEndIsItsOwnAnswer(stage: HostBehaviour.CredSSPStage, outcome: OutcomeID) async throws {
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(credssp: stage), only: ["credssp.exchange"], timeLimit: .seconds(3))
    #expect(found["credssp.exchange"]?.outcome == outcome)
    #expect(
      found["credssp.patch-level"]?.status
        == .notApplicable(because: "the sign-in exchange ended as \(outcome)"))
  }

  @Test func aHostWithoutNetworkLevelAuthenticationIsNotGreeted() async throws {
    let (found, counters) = try await RDPPortRun.findings(
      behaviour: .init(negotiation: .select(protocol: 1, flags: 0)))
    #expect(found["tls.handshake"]?.outcome == "completed")
    #expect(
      found["credssp.exchange"]?.status
        == .notApplicable(because: "the host chose no Network Level Authentication"))
    #expect(counters.authenticateMessages == 0)
  }
}
