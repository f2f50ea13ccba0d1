import Facts
import Practice
import Probing
import TestSupport
import Testing

/// The probes against what Windows hosts said when they were recorded.
@Suite(
  .oneAtATime,
  .enabled(if: RecordedTranscript.areAvailable, "no recordings at RDPTRIAGE_CAPTURES"))
struct ReplayTests {
  private func look(atRecordings names: String...) async throws -> [FindingID: Finding] {
    let recordings = try names.map { name in
      Recording(
        steps: try RecordedTranscript(named: name).steps.map {
          switch $0 {
          case .client(let bytes): .client(bytes)
          case .server(let bytes): .server(bytes)
          case .startTLS: .startTLS
          }
        })
    }
    let host = try ScriptedHost.start(.init(transport: .recorded(recordings)))
    defer { host.stop() }
    let findings = await ProbingTests.look(at: host.port)
    expectGoodManners(of: host)
    return findings
  }

  @Test func server2022ThatRefusesNTLMStillSaysItsNamesBuildAndClock() async throws {
    let findings = try await look(atRecordings: "ws2022-ntlm-refused-conn1", "ws2022-ntlm-refused-conn2")
    expect(
      findings,
      [
        "rdp.service": "rdp", "rdp.security": "nla-required", "rdp.refusal": "none",
        "credssp.exchange": "challenge", "credssp.patch-level": "patched",
        // Recorded in 2024.
        "clock.skew": "broken",
      ])
    let said = findings["ntlm.names"]?.detailTexts ?? []
    for name in ["IT-HELP", "IT-HELP-TEST", "ad.it-help.ninja", "IT-HELP-TEST.ad.it-help.ninja"] {
      #expect(said.contains(name), "\(name) is not in \(said)")
    }
    #expect(said.contains { $0.contains("20348") })
  }

  @Test func server2022WithoutNLALetsALookReachTheLicence() async throws {
    let findings = try await look(atRecordings: "ws2022-tls-no-nla-1")
    expect(
      findings,
      [
        "rdp.service": "rdp", "rdp.security": "tls-required", "tls.handshake": "completed",
        "credssp.exchange": nil,
      ])
    expect(findings, ["rdp.session": "ready"])
  }

  @Test func server2022WithRDPSecurityOnlyRefusesTLS() async throws {
    expect(
      try await look(
        atRecordings: "ws2022-standard-rdp-security-conn1", "ws2022-standard-rdp-security-conn2"),
      [
        "rdp.service": "rdp", "rdp.security": "legacy-only", "rdp.refusal": "SSL_NOT_ALLOWED_BY_SERVER",
        "tls.handshake": nil, "credssp.exchange": nil,
      ])
  }
}
