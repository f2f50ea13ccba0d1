import Facts
import Practice
import Probing
import TestSupport
import Testing

@Suite(.oneAtATime)
struct PracticeHostTests {
  private static let clean: [FindingID: OutcomeID?] = [
    "tcp.port": "open", "rdp.service": "rdp", "rdp.security": "nla-required", "rdp.refusal": "none",
    "tls.handshake": "completed", "tls.versions": "modern", "certificate.trust": "self-signed",
    "certificate.dates": "valid", "certificate.strength": "strong", "certificate.usage": "server-auth",
    "certificate.name": "agrees", "credssp.exchange": "challenge", "credssp.patch-level": "patched",
    "clock.skew": "in-step", "rdp.session": nil,
  ]

  /// What differs from a host in order.
  private static let faults: [String: [FindingID: OutcomeID?]] = [
    "refused-port": [
      "tcp.port": "refused", "rdp.service": nil, "tls.handshake": nil, "credssp.exchange": nil,
    ],
    "expired-certificate": ["certificate.dates": "expired", "tls.handshake": "completed"],
    "clock-ten-minutes-off": ["clock.skew": "broken", "credssp.exchange": "challenge"],
    "closes-after-negotiation": [
      "rdp.service": "rdp", "tls.handshake": "closed", "certificate.dates": nil, "credssp.exchange": nil,
    ],
    "logons-switched-off": [
      "credssp.exchange": "challenge", "rdp.security": "nla-and-tls", "rdp.session": "denied",
    ],
    "licences-run-out": ["rdp.security": "nla-and-tls", "rdp.session": "license-error"],
    "sent-to-old-address": ["rdp.security": "nla-and-tls", "rdp.session": "redirected"],
    "wrong-service": ["tcp.port": "open", "rdp.service": "not-rdp", "tls.handshake": nil],
    "nla-unpatched": ["credssp.patch-level": "unpatched", "credssp.exchange": "challenge"],
    "no-certificate": ["rdp.service": "rdp", "rdp.refusal": "SSL_CERT_NOT_ON_SERVER", "tls.handshake": nil],
    "mute": ["tcp.port": "open", "rdp.service": "silent", "tls.handshake": nil],
  ]

  @Test(arguments: PracticeCatalogue.all)
  func everyPracticeHostShowsItsFaultAndThenItsRepair(entry: PracticeEntry) async throws {
    let host = try entry.start()
    defer { host.stop() }
    let fault = try #require(
      entry.behaviour == .healthy ? Self.clean : Self.faults[entry.id], "say here what \(entry.id) looks like"
    )
    expect(await look(at: host.port), fault)
    expectGoodManners(of: host)
    try host.repair()
    expect(await look(at: host.port), Self.clean)
  }

  @Test(
    .enabled(if: TestCertificates.isAvailable),
    arguments: [
      (TestCertificates.Leaf.good, [:] as [FindingID: OutcomeID?]),
      (.expired, ["certificate.dates": "expired"]),
      (.notYetValid, ["certificate.dates": "not-yet-valid"]),
      (.expiresSoon, ["certificate.dates": "expires-soon"]),
      (.wrongName, ["certificate.name": "differs"]),
      (.weakKey, ["certificate.strength": "weak-key"]),
      (.weakSignature, ["certificate.strength": "weak-signature"]),
      (.brokenSignature, ["certificate.strength": "weak-signature"]),
      (.ellipticCurve, [:]),
      (.windowsUsage, [:]),
      (.clientOnly, ["certificate.usage": "not-server-auth"]),
      (.selfSigned, ["certificate.trust": "self-signed"]),
      (.missingIntermediate, ["certificate.trust": "missing-intermediate"]),
    ])
  func everyFlawOfACertificateIsToldFromTheOthers(
    leaf: TestCertificates.Leaf, flaw: [FindingID: OutcomeID?]
  ) async throws {
    let authority = try await blocking { try TestCertificates() }
    let files = try await blocking { try authority.files(leaf) }
    let host = try ScriptedHost.start(
      .init(tls: .init(certificate: .files(chain: files.chain, key: files.key))))
    defer { host.stop() }
    let wanted: [FindingID: OutcomeID?] = [
      "certificate.trust": "trusted", "certificate.dates": "valid", "certificate.name": "agrees",
      "certificate.strength": "strong", "certificate.usage": "server-auth",
    ]
    let findings = await look(at: host.port, name: TestCertificates.name, trusting: authority.root)
    expect(findings, wanted.merging(flaw) { $1 })
    expectGoodManners(of: host)
  }

  @Test(.enabled(if: TestCertificates.isAvailable))
  func anAuthorityThatNobodyTrustsIsAnUnknownRoot() async throws {
    let files = try await blocking { try TestCertificates().files(.good) }
    let host = try ScriptedHost.start(
      .init(tls: .init(certificate: .files(chain: files.chain, key: files.key))))
    defer { host.stop() }
    let trust = await look(at: host.port, only: ["certificate.trust"])["certificate.trust"]
    #expect(trust?.outcome == "unknown-root")
  }

  @Test(arguments: [
    (HostBehaviour.ClientHelloAnswer.close, "closed" as OutcomeID), (.reset, "reset"),
    (.raw([0x03, 0, 0, 9, 2, 0xF0, 0x80, 0x21, 0x80]), "malformed"),
    (.raw([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50]), "alert"),
  ])
  func everyEndOfAHandshakeIsItsOwnOutcome(
    answer: HostBehaviour.ClientHelloAnswer, outcome: OutcomeID
  ) async throws {
    let host = try ScriptedHost.start(.init(tls: .init(answer: answer)))
    defer { host.stop() }
    expect(
      await look(at: host.port), ["rdp.service": "rdp", "tls.handshake": outcome, "credssp.exchange": nil])
    expectGoodManners(of: host)
  }

  @Test(arguments: [
    (HostBehaviour.CredSSPStage.error(version: 6, code: 0x8009_0302), "refused" as OutcomeID),
    (.close, "closed"), (.reset, "reset"), (.raw(Array("HTTP/1.1 400\r\n\r\n".utf8)), "malformed"),
  ])
  func everyEndOfTheExchangeIsItsOwnOutcome(
    stage: HostBehaviour.CredSSPStage, outcome: OutcomeID
  ) async throws {
    let host = try ScriptedHost.start(.init(credssp: stage))
    defer { host.stop() }
    expect(
      await look(at: host.port),
      ["tls.handshake": "completed", "credssp.exchange": outcome, "clock.skew": nil])
    expectGoodManners(of: host)
  }

  @Test func aHostThatOnlyHasOldTLSIsToldFromOneThatHasNone() async throws {
    let host = try ScriptedHost.start(.init(tls: .init(versions: .v1_0 ... .v1_1)))
    defer { host.stop() }
    expect(await look(at: host.port), ["tls.handshake": "completed", "tls.versions": "old-only"])
    expectGoodManners(of: host)
  }
}

@Suite(.oneAtATime) struct PortTests {
  @Test func aPortWithoutListenerRefuses() async throws {
    let host = try ScriptedHost.start(.init(transport: .refuse))
    defer { host.stop() }
    let findings = await look(at: host.port)
    expect(findings, ["tcp.port": "refused", "tls.handshake": nil, "certificate.dates": nil])
  }

  @Test func aPortThatDropsIsSilentAndNotRefusing() async throws {
    let port = try SilentPort()
    let findings = await look(at: port.port, within: .seconds(6))
    expect(findings, ["tcp.port": "silent", "tls.handshake": nil])
  }
}
