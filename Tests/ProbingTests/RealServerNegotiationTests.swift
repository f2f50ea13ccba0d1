import Facts
import TestSupport
import Testing

@testable import Probing

/// The same probes against servers that others wrote. Where one is not installed, its tests are skipped.
@Suite(.oneAtATime, .enabled(if: TestCertificates.isAvailable))
struct RealServerNegotiationTests {
  @Test(.enabled(if: RealServer.isFreeRDPShadowAvailable))
  func freeRDPWithNetworkLevelAuthenticationTellsWhoItIs() async throws {
    let certificate = try await blocking { try CertificateFiles.shared.get().files(.good) }
    let server = try await blocking { try RealServer.freerdpShadow(nla: true, certificate: certificate) }
    defer { server.stop() }
    let found = await RDPPortRun.findings(Target(host: .ipv4("127.0.0.1"), port: server.port))
    #expect(found["rdp.service"]?.outcome == "rdp")
    #expect(found["rdp.refusal"]?.outcome == "none")
    #expect(found["tls.handshake"]?.outcome == "completed")
    #expect(
      found["credssp.exchange"]?.outcome == "challenge", "\(String(describing: found["credssp.exchange"]))")
    #expect(found["credssp.patch-level"]?.outcome == "patched")
    #expect(found["ntlm.names"]?["netbios_computer"] != nil)
    #expect(found["clock.skew"]?.outcome == "in-step")
    #expect(found["rdp.security"]?.outcome == "nla-required")
  }

  @Test(.enabled(if: RealServer.isFreeRDPShadowAvailable))
  func freeRDPWithTLSOnlyDemandsTLS() async throws {
    let certificate = try await blocking { try CertificateFiles.shared.get().files(.good) }
    let server = try await blocking { try RealServer.freerdpShadow(nla: false, certificate: certificate) }
    defer { server.stop() }
    let found = await RDPPortRun.findings(Target(host: .ipv4("127.0.0.1"), port: server.port))
    #expect(found["rdp.service"]?["selected"] == "PROTOCOL_SSL")
    #expect(found["credssp.exchange"]?.outcome == nil)
    #expect(found["rdp.security"]?.outcome == "tls-required")
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable))
  func xrdpAcceptsWhatItIsSetTo() async throws {
    let certificate = try await blocking { try CertificateFiles.shared.get().files(.good) }
    for (mode, outcome) in [
      (RealServer.XRDPMode.negotiate, "tls-or-legacy"), (.legacy(level: "high"), "legacy-only"),
      (.tls("TLSv1.2"), "tls-required"),
    ] {
      let server = try await blocking { try RealServer.xrdp(mode, certificate: certificate) }
      defer { server.stop() }
      let found = await RDPPortRun.findings(Target(host: .ipv4("127.0.0.1"), port: server.port))
      #expect(found["rdp.service"]?.outcome == "rdp")
      #expect(found["rdp.refusal"]?.outcome == "none")
      #expect(found["rdp.security"]?.outcome == OutcomeID(outcome))
    }
  }

  @Test(.enabled(if: RealServer.isOpenSSLServerAvailable))
  func aServerThatBeginsWithTLSIsNoRDP() async throws {
    let certificate = try await blocking { try CertificateFiles.shared.get().files(.good) }
    let server = try await blocking { try RealServer.opensslServer(certificate: certificate) }
    defer { server.stop() }
    let found = await RDPPortRun.findings(Target(host: .ipv4("127.0.0.1"), port: server.port))
    // It closes without an alert, or sends one, depending on its version.
    #expect(["closed", "reset", "not-rdp"].contains(found["rdp.service"]?.outcome?.name))
    #expect(found["rdp.security"]?.outcome == nil)
  }
}
