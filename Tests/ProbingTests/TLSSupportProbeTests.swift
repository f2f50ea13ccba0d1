import Facts
import Practice
import TestSupport
import Testing

@testable import Probing

@Suite(.oneAtATime) struct TLSSupportProbeTests {
  @Test func aHostOfTodayHasNoOldVersions() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let findings = await look(at: host.port)
    expect(findings, ["tls.support": "modern-only", "path.mtu": "clear"])
    #expect(findings["tls.support"]?["TLSv1 and TLSv1.1"] == "refused: protocol_version")
    expectGoodManners(of: host)
  }

  @Test func aHostThatStillTakesOldVersionsSaysSo() async throws {
    let host = try ScriptedHost.start(.init(tls: .init(versions: .v1_0 ... .v1_3)))
    defer { host.stop() }
    let usual = await look(at: host.port)
    expect(usual, ["tls.versions": "modern", "tls.support": "old-too"])
    expectGoodManners(of: host)
    let more = await look(at: host.port, only: ["tls.support"], connections: 8)
    for version in ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] {
      #expect(more["tls.support"]?[version] == "accepted")
    }
    #expect(host.waitUntilIdle())
    #expect(host.counters.authenticateMessages == 0)
  }

  @Test func noConnectionIsOpenedBeyondTheLimit() async throws {
    for limit in 1...7 {
      let host = try ScriptedHost.start(.healthy)
      defer { host.stop() }
      let findings = await look(at: host.port, connections: limit)
      expect(findings, ["credssp.exchange": "challenge"])
      #expect(host.waitUntilIdle())
      #expect(host.counters.connections <= limit)
      if limit == 1 {
        guard case .inconclusive(.notAsked) = findings["tls.support"]?.status else {
          Issue.record("\(String(describing: findings["tls.support"]))")
          continue
        }
      }
    }
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable && TestCertificates.isAvailable))
  func theCipherSuitesAreThoseThatTheServerWasToldToTake() async throws {
    let server = try await blocking {
      try RealServer.xrdp(
        .tls("TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES256-GCM-SHA384"),
        certificate: try CertificateFiles.shared.get().files(.good))
    }
    defer { server.stop() }
    let finding = await look(at: server.port, only: ["tls.support"], connections: 20)["tls.support"]
    #expect(finding?["ciphers_complete"] == true)
    guard case .list(let ciphers)? = finding?["ciphers"] else {
      Issue.record("\(String(describing: finding))")
      return
    }
    let names = [
      "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
      "TLS_RSA_WITH_AES_256_GCM_SHA384",
    ]
    #expect(Set(ciphers) == Set(names.map { .text($0) }))
    #expect(ciphers.count == names.count)
    if finding?["order_decided_by"] == "host" { #expect(ciphers == names.map { .text($0) }) }
  }

  @Test(
    .enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"),
    arguments: [(false, "good"), (true, "revoked")])
  func anAnswerAboutRevocationThatIsSentAlongIsRead(_ isRevoked: Bool, _ word: String) async throws {
    let server = try await blocking {
      let files = try CertificateFiles.shared.get().files(.good)
      return try RealServer.opensslServer(
        certificate: files, options: ["-status_file", try files.revocationAnswer(isRevoked: isRevoked)])
    }
    defer { server.stop() }
    let end = await TLSStream.handshake(
      over: try await open(server.port), serverName: TestCertificates.name, by: .after(.seconds(5)))
    guard case .completed(let stream, let facts) = end else {
      Issue.record("\(end)")
      return
    }
    stream.close()
    #expect(facts.stapledStatus == word)
  }
}

@Suite(.oneAtATime) struct PathMTUProbeTests {
  @Test func silenceInTLSIsNoBlackHoleWhenSmallPacketsAreUnansweredToo() async throws {
    let host = try ScriptedHost.start(.init(tls: .init(answer: .silent)))
    defer { host.stop() }
    let finding = await look(at: host.port, only: ["path.mtu"])["path.mtu"]
    #expect(finding?.status == .inconclusive(.unreadable("TLS is silent with small packets too")))
    #expect(host.waitUntilIdle())
    #expect(host.counters.connections == 2)
  }

  @Test func aPacketOfMoreThanFifteenHundredBytesIsTried() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let finding = await look(at: host.port, only: ["path.mtu"])["path.mtu"]
    #expect(finding?.outcome == "clear")
    guard case .integer(let largest)? = finding?["largest_to_host"] else {
      Issue.record("\(String(describing: finding))")
      return
    }
    // Loopback takes 65536 bytes; the ClientHello has at least the padding.
    #expect(largest >= 1500)
  }
}
