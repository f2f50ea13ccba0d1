import Facts
import Probing
import TestSupport
import Testing

/// The probes against servers that others wrote.
@Suite(
  .oneAtATime,
  .enabled(if: TestCertificates.isAvailable))
struct RealServerTests {
  private func certificate(_ leaf: TestCertificates.Leaf = .good) throws -> TestCertificates.Files {
    try CertificateFiles.shared.get().files(leaf)
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable)) func xrdpTakesWhatItIsOfferedButNeverNLA() async throws {
    let server = try await blocking { try RealServer.xrdp(.negotiate, certificate: certificate()) }
    defer { server.stop() }
    expect(
      await look(at: server.port, name: TestCertificates.name),
      [
        "tcp.port": "open", "rdp.service": "rdp", "rdp.security": "tls-or-legacy", "rdp.refusal": "none",
        "tls.handshake": "completed", "certificate.name": "agrees", "certificate.dates": "valid",
        "credssp.exchange": nil, "ntlm.names": nil,
      ])
  }

  /// xrdp wants every client to ask for a licence, and goes on only then.
  @Test(.enabled(if: RealServer.isXRDPAvailable)) func xrdpIsFollowedAsFarAsItsSecurityLetsALookCome()
    async throws
  {
    for (mode, stage, licensing, encryption) in [
      (RealServer.XRDPMode.tls("TLSv1.2"), "client info", ["LICENSE_REQUEST"], nil),
      (.tls("TLSv1.3"), "client info", ["LICENSE_REQUEST"], nil),
      (.legacy(level: "none"), "client info", ["LICENSE_REQUEST"], "ENCRYPTION_METHOD_NONE"),
      (.legacy(level: "low"), "channel join", [], "40BIT_ENCRYPTION_FLAG"),
      (.legacy(level: "high"), "channel join", [], "128BIT_ENCRYPTION_FLAG"),
      (.legacy(level: "fips"), "channel join", [], "FIPS_ENCRYPTION_FLAG"),
    ] as [(RealServer.XRDPMode, Detail, [Detail], Detail?)] {
      let server = try await blocking { try RealServer.xrdp(mode, certificate: certificate()) }
      defer { server.stop() }
      let session = try #require(await look(at: server.port, only: ["rdp.session"])["rdp.session"])
      guard case .inconclusive(.notAsked) = session.status else {
        Issue.record("\(mode) says nothing about those who sign in: \(session)")
        continue
      }
      let details = Dictionary(uniqueKeysWithValues: session.details.map { ($0.name, $0.value) })
      #expect(details["stage"] == stage, "\(mode)")
      #expect(details["licensing"] == (licensing.isEmpty ? nil : .list(licensing)), "\(mode)")
      #expect(details["encryption_method"] == encryption, "\(mode)")
    }
  }

  @Test(.enabled(if: RealServer.isFreeRDPShadowAvailable))
  func theShadowServerSetsUpASessionOnlyWithoutNLA() async throws {
    for nla in [true, false] {
      let server = try await blocking { try RealServer.freerdpShadow(nla: nla, certificate: certificate()) }
      defer { server.stop() }
      expect(await look(at: server.port), ["rdp.session": nla ? nil : "ready"])
    }
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable)) func xrdpWithTLS13OnlyShakesHands() async throws {
    let server = try await blocking { try RealServer.xrdp(.tls("TLSv1.3"), certificate: certificate()) }
    defer { server.stop() }
    let findings = await look(at: server.port)
    expect(
      findings, ["rdp.security": "tls-required", "tls.handshake": "completed", "tls.versions": "modern"])
    #expect(findings["tls.handshake"]?.detailTexts.contains("TLSv1.3") == true)
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable)) func xrdpWithTLS10OnlyIsOldOnly() async throws {
    let server = try await blocking { try RealServer.xrdp(.tls("TLSv1"), certificate: certificate()) }
    defer { server.stop() }
    expect(await look(at: server.port), ["rdp.security": "tls-required", "tls.versions": "old-only"])
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable)) func xrdpWithoutTLSIsLegacyOnly() async throws {
    let server = try await blocking {
      try RealServer.xrdp(.legacy(level: "high"), certificate: certificate())
    }
    defer { server.stop() }
    expect(
      await look(at: server.port),
      ["rdp.service": "rdp", "rdp.security": "legacy-only", "tls.handshake": nil, "credssp.exchange": nil])
  }

  @Test(.enabled(if: RealServer.isFreeRDPShadowAvailable), arguments: [TestCertificates.Leaf.good, .expired])
  func theShadowServerDemandsNLAAndSaysWhoItIs(leaf: TestCertificates.Leaf) async throws {
    let server = try await blocking {
      try RealServer.freerdpShadow(nla: true, certificate: certificate(leaf))
    }
    defer { server.stop() }
    let findings = await look(at: server.port, name: TestCertificates.name)
    expect(
      findings,
      [
        "rdp.security": "nla-required", "tls.handshake": "completed", "credssp.exchange": "challenge",
        "credssp.patch-level": "patched", "clock.skew": "in-step",
        "certificate.dates": leaf == .expired ? "expired" : "valid",
      ])
    guard Command.path(of: "nmap") != nil else { return }
    let peer = try await blocking {
      try Command.run(
        "nmap", ["-Pn", "-n", "-p", "\(server.port)", "--script", "+rdp-ntlm-info", "127.0.0.1"]
      ).output
    }
    let said = Set(
      ["ntlm.names", "credssp.exchange"].flatMap { findings[FindingID($0)]?.detailTexts ?? [] })
    for key in ["NetBIOS_Domain_Name", "NetBIOS_Computer_Name", "DNS_Computer_Name"] {
      let line = try #require(peer.split(separator: "\n").first { $0.contains("\(key): ") }, "\(peer)")
      let value = String(line.drop { $0 != ":" }.dropFirst(2))
      #expect(said.contains(value), "\(key) is \(value) for nmap, but not among \(said)")
    }
  }

  @Test(.enabled(if: RealServer.isFreeRDPShadowAvailable)) func theShadowServerWithTLSOnlyHasNoNLA()
    async throws
  {
    let server = try await blocking { try RealServer.freerdpShadow(nla: false, certificate: certificate()) }
    defer { server.stop() }
    expect(
      await look(at: server.port), ["rdp.security": "tls-required", "tls.handshake": "completed"])
  }

  @Test(.enabled(if: RealServer.isOpenSSLServerAvailable)) func aServerThatStartsWithTLSIsNotRDP()
    async throws
  {
    let server = try await blocking { try RealServer.opensslServer(certificate: certificate()) }
    defer { server.stop() }
    let findings = await look(at: server.port)
    let outcome = findings["rdp.service"]?.outcome
    #expect(outcome == "closed" || outcome == "not-rdp" || outcome == "reset")
    expect(findings, ["tcp.port": "open", "tls.handshake": nil])
  }
}
