import Facts
import Practice
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite struct NegotiationExchangeTests {
  static let confirm = ConnectionConfirm(reply: .selected(.hybridEx, .restrictedAdmin))

  func ask(_ answers: [ReceiveEnd]) async -> NegotiationExchange.End {
    await NegotiationExchange.ask(
      [.tls, .hybrid], over: ScriptedStream(answers), by: .after(.seconds(5)))
  }

  @Test func theConfirmIsReadHoweverItIsCut() async {
    let bytes = Self.confirm.encode()
    for count in 1..<bytes.count {
      let end = await ask([.bytes(Array(bytes.prefix(count))), .bytes(Array(bytes.dropFirst(count)))])
      #expect(end == .confirmed(Self.confirm, rest: []))
    }
    #expect(await ask(bytes.map { .bytes([$0]) }) == .confirmed(Self.confirm, rest: []))
  }

  @Test func whatComesBehindTheConfirmIsKept() async {
    #expect(
      await ask([.bytes(Self.confirm.encode() + [0x16, 3])]) == .confirmed(Self.confirm, rest: [0x16, 3]))
  }

  @Test func anAnswerThatBreaksOffIsNoAnswer() async {
    let bytes = Self.confirm.encode()
    for count in 1..<bytes.count {
      let cut = Array(bytes.prefix(count))
      #expect(await ask([.bytes(cut), .ended(.closed)]) == .cutOff(cut, .closed))
    }
  }

  @Test(arguments: [StreamEnd.closed, .reset(errno: 104), .silent, .cancelled])
  func everyEndWithoutAByteStaysWhatItIs(end: StreamEnd) async {
    #expect(await ask([.ended(end)]) == .ended(end))
  }

  @Test func anotherServiceIsReadUntilItIsKnown() async {
    let text = Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)
    #expect(await ask(text.map { .bytes([$0]) }) == .notRDP(text, reason: nil))
    #expect(await ask([.bytes([0x48]), .ended(.closed)]) == .notRDP([0x48], reason: nil))
    let alert: [UInt8] = [0x15, 3, 3, 0, 2, 2, 40]
    #expect(await ask(alert.map { .bytes([$0]) }) == .notRDP(alert, reason: nil))
    #expect(await ask([.bytes([0x48]), .ended(.cancelled)]) == .ended(.cancelled))
  }

  @Test func aBannerIsReadEvenWhenTheConnectionIsResetWhileSending() async {
    let banner = Array("SSH-2.0-x\r\n".utf8)
    let stream = ScriptedStream([.bytes(banner)], sendEnd: .ended(.reset(errno: 32)))
    #expect(
      await NegotiationExchange.ask(.tls, over: stream, by: .after(.seconds(1)))
        == .notRDP(banner, reason: nil))
  }

  @Test func aHostThatNeverStopsIsNotReadForEver() async {
    let endless = [ReceiveEnd](repeating: .bytes([UInt8](repeating: 0x41, count: 512)), count: 1000)
    guard case .notRDP(let bytes, nil) = await ask(endless) else {
      Issue.record("it is no RDP")
      return
    }
    #expect(bytes.count <= 2048)
    // A frame of 64 KiB is announced, and nothing of it is waited for.
    #expect(await ask([.bytes([3, 0, 0xFF, 0xFF])]) == .notRDP([3, 0, 0xFF, 0xFF], reason: nil))
  }

  @Test func theRestOfAStreamComesFirst() async {
    let stream = StreamWithRest([1, 2, 3], ScriptedStream([.bytes([4])]))
    #expect(await stream.receive(atMost: 2, by: .after(.seconds(1))) == .bytes([1, 2]))
    #expect(await stream.receive(atMost: 2, by: .after(.seconds(1))) == .bytes([3]))
    #expect(await stream.receive(atMost: 2, by: .after(.seconds(1))) == .bytes([4]))
  }
}

@Suite(.oneAtATime) struct NegotiationProbeTests {
  static let both: Set<FindingID> = ["rdp.service", "rdp.refusal"]

  @Test func aHostInOrderAcceptsTheClientThatCanDoEverything() async throws {
    let (found, counters) = try await RDPPortRun.findings(behaviour: .healthy, only: Self.both)
    #expect(found["rdp.service"]?.outcome == "rdp")
    #expect(found["rdp.service"]?["selected"] == "PROTOCOL_HYBRID_EX")
    #expect(found["rdp.service"]?["first_bytes"] == "030000130ed00000123400021f080008000000")
    #expect(found["rdp.refusal"]?.outcome == "none")
    #expect(counters.connections == 1)
    #expect(counters.protocolsAsked == [0x0B])
  }

  @Test(
    arguments: [
      (1, "SSL_REQUIRED_BY_SERVER"), (2, "SSL_NOT_ALLOWED_BY_SERVER"), (3, "SSL_CERT_NOT_ON_SERVER"),
      (4, "INCONSISTENT_FLAGS"), (5, "HYBRID_REQUIRED_BY_SERVER"),
      (6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"),
      (7, "other"), (0x8000_0000, "other"),
    ] as [(UInt32, OutcomeID)]) func aRefusalIsNamed(code: UInt32, outcome: OutcomeID) async throws
  {
    let (found, counters) = try await RDPPortRun.findings(
      behaviour: .init(negotiation: .fail(code: code)), only: ["rdp.refusal", "tls.handshake"])
    #expect(found["rdp.service"]?.outcome == "rdp")
    #expect(found["rdp.refusal"]?.outcome == outcome)
    #expect(found["rdp.refusal"]?["code"] == .integer(Int(code)))
    #expect(
      found["tls.handshake"]?.status
        == .notApplicable(because: "not reached, since rdp.refusal is \(outcome)"))
    #expect(counters.connections == 1)
  }

  @Test(arguments: [
    (HostBehaviour.NegotiationStage.close, "closed" as OutcomeID), (.reset, "reset"), (.silent, "silent"),
  ]) func everyEndIsItsOwnAnswer(stage: HostBehaviour.NegotiationStage, outcome: OutcomeID) async throws {
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(negotiation: stage), only: Self.both, timeLimit: .seconds(2))
    #expect(found["rdp.service"]?.outcome == outcome)
    #expect(
      found["rdp.refusal"]?.status == .notApplicable(because: "not reached, since rdp.service is \(outcome)"))
  }

  @Test(arguments: [
    ("HTTP/1.1 400 Bad Request\r\n\r\n", false, "http"), ("SSH-2.0-OpenSSH_9.2p1\r\n", true, "ssh"),
    ("RFB 003.008\n", true, "vnc"), ("220 mail ESMTP\r\n", true, "smtp"), ("nothing known", false, "unknown"),
  ]) func anotherServiceIsNamed(text: String, speaksFirst: Bool, kind: String) async throws {
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(transport: .otherService(bytes: Array(text.utf8), speaksFirst: speaksFirst)),
      only: Self.both)
    #expect(found["rdp.service"]?.outcome == "not-rdp")
    #expect(found["rdp.service"]?["looks_like"] == .text(kind))
    #expect(found["rdp.refusal"]?.outcome == nil)
  }

  @Test func aBannerIsSanitised() async throws {
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(
        transport: .otherService(bytes: Array("SSH-2.0-\u{1B}]0;owned\u{7}\r\n".utf8), speaksFirst: true)),
      only: Self.both)
    #expect(found["rdp.service"]?["banner"] == "SSH-2.0-·]0;owned·")
  }

  @Test func aConfirmThatIsNotValidIsNoRDP() async throws {
    let bytes: [UInt8] = [3, 0, 0, 0x13, 0x0E, 0xD0, 0, 0, 0x12, 0x34, 0, 2, 3, 0, 0, 1, 0, 0, 2]
    let (found, _) = try await RDPPortRun.findings(
      behaviour: .init(negotiation: .raw(bytes)), only: Self.both)
    #expect(found["rdp.service"]?.outcome == "not-rdp")
    #expect(found["rdp.service"]?["reason"] == "negotiation length at byte 13 is 0x0, not 8")
  }

  @Test func aHostThatDoesNotNegotiateKnowsItsOwnSecurityOnly() async throws {
    let (found, counters) = try await RDPPortRun.findings(
      behaviour: .init(negotiation: .raw([3, 0, 0, 0x0B, 6, 0xD0, 0, 0, 0x12, 0x34, 0])))
    #expect(found["rdp.service"]?.outcome == "rdp")
    #expect(found["rdp.refusal"]?.outcome == "none")
    #expect(
      found["tls.handshake"]?.status == .notApplicable(because: "the host chose RDP's own security"))
    // The refusal to choose among all is an answer to every single offer.
    #expect(found["rdp.security"]?.outcome == "legacy-only")
    #expect(counters.connections == 1)
  }
}
