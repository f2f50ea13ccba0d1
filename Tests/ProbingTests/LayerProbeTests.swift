import Facts
import Practice
import Synchronization
import TestSupport
import Testing

@testable import Probing

/// Negotiates just enough for TLS to begin.
private struct PlainNegotiation: Probe {
  static let description = ProbeDescription(
    id: "plain-negotiation", title: "", states: ["rdp.service", "rdp.refusal"], timeLimit: .seconds(4))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("tcp.port", ["open"])]
  static let takes: [Handover.Stage] = [.connected]
  func run(in context: ProbeContext) async -> [Finding] {
    guard let stream = context.take(.connected), await negotiate(stream, context.deadline) else { return [] }
    context.board[RenegotiateSecurity.self] = negotiate
    context.leave(Handover(.negotiated, stream))
    return [
      Finding("rdp.service", .answered("rdp"), summary: ""),
      Finding("rdp.refusal", .answered("none"), summary: ""),
    ]
  }
}

/// The probes of name, path, TLS and certificate, from the first to the last.
@Suite(.oneAtATime) struct LayerProbeTests {
  private static let probes: [any Probe.Type] = [
    DNSLookupProbe.self, TCPPortProbe.self, PlainNegotiation.self, TLSHandshakeProbe.self,
    CertificateTrustProbe.self, CertificateDatesProbe.self, CertificateNameProbe.self,
    CertificateStrengthProbe.self, CertificateUsageProbe.self, TCPAddressesProbe.self, TCPQualityProbe.self,
  ]

  private func probe(_ request: ProbeRequest, now: Timestamp = .now()) async -> [FindingID: Finding] {
    await collect(ProbeRunner(probes: Self.probes, now: { now }).run(request))
  }

  private func outcomes(_ found: [FindingID: Finding]) -> [String: String] {
    var outcomes: [String: String] = [:]
    for (id, finding) in found { outcomes[id.name] = finding.outcome?.name ?? "\(finding.status)" }
    return outcomes
  }

  private static let healthy = [
    "dns.lookup": "literal", "tcp.port": "open", "rdp.service": "rdp", "rdp.refusal": "none",
    "tls.handshake": "completed", "tls.versions": "modern", "certificate.trust": "self-signed",
    "certificate.dates": "valid", "certificate.name": "agrees", "certificate.strength": "strong",
    "certificate.usage": "server-auth", "tcp.addresses": "all", "tcp.quality": "steady",
  ]

  @Test func aHealthyHostIsFullyKnownByOneConnection() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    #expect(outcomes(await probe(ProbeRequest(target: host.target))) == Self.healthy)
    #expect(host.counters.connections == 1)
    #expect(host.counters.authenticateMessages == 0)
  }

  @Test func aHealthyHostIsProbedInAMoment() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let elapsed = await shortest(within: .milliseconds(150)) {
      await timed { await probe(ProbeRequest(target: host.target)) }.1
    }
    #expect(elapsed < .milliseconds(150))
  }

  @Test func aFindingOfTheCertificateChangesNothingElse() async throws {
    let odd: [(CertificateSpecification, String, String)] = [
      (.init(validFrom: .days(-193), validUntil: .days(-10)), "certificate.dates", "expired"),
      (.init(validFrom: .days(3)), "certificate.dates", "not-yet-valid"),
      (.init(validUntil: .days(5)), "certificate.dates", "expires-soon"),
      (.init(alternativeNames: ["IP:192.0.2.1"]), "certificate.name", "differs"),
      (.init(key: .rsa(bits: 1024)), "certificate.strength", "weak-key"),
      (.init(digest: "sha1"), "certificate.strength", "weak-signature"),
      (.init(extendedKeyUsage: "clientAuth"), "certificate.usage", "not-server-auth"),
      (.init(issuer: "Nobody"), "certificate.trust", "unknown-root"),
      (.init(extendedKeyUsage: "1.3.6.1.4.1.311.54.1.2"), "certificate.usage", "server-auth"),
    ]
    for (specification, id, outcome) in odd {
      let host = try ScriptedHost.start(.init(tls: .init(certificate: .made(specification))))
      defer { host.stop() }
      var expected = Self.healthy
      expected[id] = outcome
      #expect(outcomes(await probe(ProbeRequest(target: host.target))) == expected)
    }
  }

  @Test func theDatesAreHeldAgainstTheGivenClock() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let later = Timestamp(seconds: Timestamp.now().seconds + 400 * 86400)
    let found = await probe(ProbeRequest(target: host.target, only: ["certificate.dates"]), now: later)
    #expect(found["certificate.dates"]?.outcome == "expired")
    #expect(found["certificate.name"] == nil)
  }

  @Test func theNameInTheCertificateIsComparedWithTheNameGiven() async throws {
    let host = try ScriptedHost.start(
      .init(tls: .init(certificate: .made(.init(commonName: "SRV01", alternativeNames: [])))))
    defer { host.stop() }
    var request = ProbeRequest(target: host.target, only: ["certificate.name"])
    let byAddress = await probe(request)["certificate.name"]
    guard case .inconclusive(.notAsked) = byAddress?.status else {
      Issue.record(
        "an address says nothing about a certificate that has none: \(String(describing: byAddress))")
      return
    }
    request.target.certificateName = "srv01"
    #expect(await probe(request)["certificate.name"]?.outcome == "agrees")
    request.target.certificateName = "srv02"
    #expect(await probe(request)["certificate.name"]?.outcome == "differs")
  }

  @Test func anOldHostHasOldVersionsOnly() async throws {
    let host = try ScriptedHost.start(.init(tls: .init(versions: .v1_0 ... .v1_1)))
    defer { host.stop() }
    var expected = Self.healthy
    expected["tls.versions"] = "old-only"
    #expect(outcomes(await probe(ProbeRequest(target: host.target))) == expected)
    #expect(host.counters.connections == 1)
  }

  @Test func aHostThatRefusesNewOffersIsAskedForOldOnes() async throws {
    // An alert in answer to every ClientHello: protocol_version.
    let host = try ScriptedHost.start(.init(tls: .init(answer: .raw([21, 3, 1, 0, 2, 2, 70]))))
    defer { host.stop() }
    let found = await probe(ProbeRequest(target: host.target))
    #expect(found["tls.handshake"]?.outcome == "no-common-version")
    guard case .inconclusive(.unreadable) = found["tls.versions"]?.status else {
      Issue.record("\(String(describing: found["tls.versions"]))")
      return
    }
    #expect(host.counters.connections == 3)
    #expect(host.counters.mostAtOnce == 1)
  }

  @Test(arguments: [
    (HostBehaviour.ClientHelloAnswer.close, "closed"), (.reset, "reset"),
    (.raw([3, 0, 0, 9, 2, 0xF0, 0x80, 0x21, 0x80]), "malformed"), (.raw([21, 3, 3, 0, 2, 2, 80]), "alert"),
  ])
  func everyEndOfTheHandshakeHasItsOutcome(_ answer: HostBehaviour.ClientHelloAnswer, _ outcome: String)
    async throws
  {
    let host = try ScriptedHost.start(.init(tls: .init(answer: answer)))
    defer { host.stop() }
    let found = await probe(ProbeRequest(target: host.target))
    #expect(found["tls.handshake"]?.outcome?.name == outcome)
    guard case .notApplicable = found["tls.versions"]?.status,
      case .notApplicable = found["certificate.dates"]?.status
    else {
      Issue.record("what is above a failed handshake does not apply")
      return
    }
    #expect(found["tcp.addresses"]?.outcome == "all")
  }

  @Test func silenceIsAnAnswerOnlyAfterLongEnough() async throws {
    let host = try ScriptedHost.start(.init(tls: .init(answer: .silent)))
    defer { host.stop() }
    let short = await settled {
      await probe(ProbeRequest(target: host.target, timeLimit: .milliseconds(400)))
    } isOutOfTime: {
      $0["tls.handshake"]?.status == .inconclusive(.blocked(by: "rdp.service"))
    }
    #expect(short["tls.handshake"]?.status == .inconclusive(.outOfTime))
    let long = await settled {
      await probe(ProbeRequest(target: host.target, timeLimit: .milliseconds(1800)))
    } isOutOfTime: {
      $0["tls.handshake"]?.outcome == nil
    }
    #expect(long["tls.handshake"]?.outcome == "silent")
    #expect(
      long["certificate.dates"]?.status
        == .notApplicable(because: "not reached, since tls.handshake is silent"))
  }

  @Test func aPortThatRefusesLeavesNothingAboveIt() async throws {
    let port = try LoopbackPort.free()
    let target = Target(host: .ipv4("127.0.0.1"), port: port)
    let found = await probe(ProbeRequest(target: target))
    #expect(found["tcp.port"]?.outcome == "refused")
    #expect(found["tcp.addresses"]?.outcome == "none")
    for id in ["rdp.service", "tls.handshake", "certificate.trust", "tcp.quality"] as [FindingID] {
      guard case .notApplicable = found[id]?.status else {
        Issue.record("\(id): \(String(describing: found[id]?.status))")
        continue
      }
    }
  }

  @Test func aPortThatDropsIsSilentAfterLongEnough() async throws {
    let silent = try SilentPort()
    defer { withExtendedLifetime(silent) {} }
    let target = Target(host: .ipv4("127.0.0.1"), port: silent.port)
    let found = await settled {
      await probe(ProbeRequest(target: target, timeLimit: .milliseconds(1600)))
    } isOutOfTime: {
      $0["tcp.port"]?.status == .inconclusive(.outOfTime)
    }
    #expect(found["tcp.port"]?.outcome == "silent")
    let short = await probe(ProbeRequest(target: target, timeLimit: .milliseconds(300)))
    #expect(short["tcp.port"]?.status == .inconclusive(.outOfTime))
    #expect(short["rdp.service"]?.status == .inconclusive(.blocked(by: "tcp.port")))
  }

  private func farm(_ addresses: [[UInt8]]) throws -> NameServer {
    try NameServer { _ in .addresses(addresses) }
  }

  private func target(_ port: UInt16) -> Target { Target(host: .name("farm.example.test"), port: port) }

  @Test func aDeadAddressInFrontOfALiveOneIsPassedOverAndTold() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    // Nobody listens on the second address of this host.
    let server = try farm([[127, 0, 0, 2], [127, 0, 0, 1]])
    defer { withExtendedLifetime((listener, server)) {} }
    let found = await probe(
      ProbeRequest(
        target: target(listener.port), only: ["tcp.port", "tcp.addresses"], nameServer: server.address))
    #expect(found["dns.lookup"]?.outcome == "resolved")
    #expect(found["tcp.port"]?.outcome == "open")
    #expect(found["tcp.addresses"]?.outcome == "some")
    #expect(
      found["tcp.addresses"]?.details.first { $0.name == "not_answering" }?.value == .list(["127.0.0.2"]))
  }

  @Test func addressesBeyondTheBudgetAreNotGuessed() async throws {
    var listeners: [LoopbackListener] = []
    let first = try LoopbackListener(serve: LoopbackListener.untilEnd)
    listeners.append(first)
    let addresses: [[UInt8]] = (1...6).map { [127, 0, 0, $0] }
    let server = try farm(addresses)
    defer { withExtendedLifetime((listeners, server)) {} }
    // Only 127.0.0.1 listens; the others refuse, and a refusal costs no connection.
    let found = await probe(
      ProbeRequest(target: target(first.port), only: ["tcp.addresses"], nameServer: server.address))
    #expect(found["tcp.addresses"]?.outcome == "some")
  }

  /// More addresses than connections: the limit holds over all of them, and what was not asked is not claimed.
  @Test(arguments: [8, 5]) func theBudgetHoldsOverAllAddresses(listening: Int) async throws {
    let accepted = Mutex(0)
    let first = try LoopbackListener { connection in
      accepted.withLock { $0 += 1 }
      LoopbackListener.untilEnd(connection)
    }
    let others = try (2...8).prefix(listening - 1).map { number in
      try LoopbackListener(on: "127.0.0.\(number)", port: first.port) { connection in
        accepted.withLock { $0 += 1 }
        LoopbackListener.untilEnd(connection)
      }
    }
    let server = try farm((1...8).map { [127, 0, 0, $0] })
    defer { withExtendedLifetime((first, others, server)) {} }
    let found = await probe(
      ProbeRequest(
        target: target(first.port), only: ["tcp.addresses", "rdp.security"], timeLimit: .seconds(6),
        nameServer: server.address, connectionLimit: 4))
    #expect(found["dns.lookup"]?.outcome == "resolved")
    #expect(found["tcp.port"]?.outcome == "open")
    #expect(accepted.withLock { $0 } <= 4)
    guard case .inconclusive(.notAsked)? = found["tcp.addresses"]?.status else {
      Issue.record("\(String(describing: found["tcp.addresses"]))")
      return
    }
  }

  @Test func addressesThatContradictEachOtherAreAFindingWithinTheBudget() async throws {
    let accepted = Mutex(0)
    let first = try LoopbackListener { connection in
      accepted.withLock { $0 += 1 }
      LoopbackListener.untilEnd(connection)
    }
    // The second refuses, the third opens, the others refuse.
    let third = try LoopbackListener(on: "127.0.0.3", port: first.port) { connection in
      accepted.withLock { $0 += 1 }
      LoopbackListener.untilEnd(connection)
    }
    let server = try farm((1...8).map { [127, 0, 0, $0] })
    defer { withExtendedLifetime((first, third, server)) {} }
    let found = await probe(
      ProbeRequest(target: target(first.port), only: ["tcp.addresses"], nameServer: server.address))
    #expect(found["tcp.addresses"]?.outcome == "some")
    #expect(
      found["tcp.addresses"]?.details.first { $0.name == "answering" }?.value
        == .list(["127.0.0.1", "127.0.0.3"]))
    #expect(accepted.withLock { $0 } == 2)
  }

  @Test func aNameThatDoesNotExistLeavesNothingAboveIt() async throws {
    let server = try NameServer { _ in .code(3) }
    defer { withExtendedLifetime(server) {} }
    let found = await probe(ProbeRequest(target: target(3389), nameServer: server.address))
    #expect(found["dns.lookup"]?.outcome == "not-found")
    for (id, finding) in found where id != "dns.lookup" {
      #expect(
        finding.status == .notApplicable(because: "not reached, since dns.lookup is not-found"), "\(id)")
    }
  }

  @Test func anAddressWithoutARouteIsNoEvidence() async {
    // A link-local address without its interface cannot be asked, whatever the network.
    let target = Target(host: .ipv6("fe80::1"), port: 3389)
    let found = await probe(ProbeRequest(target: target, timeLimit: .seconds(2)))
    guard case .inconclusive(.failedHere(let failure)) = found["tcp.port"]?.status else {
      Issue.record("\(String(describing: found["tcp.port"]))")
      return
    }
    #expect(failure.errno != nil)
    #expect(found["tls.handshake"]?.outcome == nil)
  }
}
