import Facts
import Glibc
import Practice
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite(.oneAtATime) struct SessionProbeTests {
  static let tlsOnly = HostBehaviour.NegotiationStage.select(protocol: 1, flags: 0)

  /// A look for the session alone, as with `--only rdp.session`.
  private func look(
    _ negotiation: HostBehaviour.NegotiationStage = tlsOnly, _ session: HostBehaviour.SessionStage,
    within limit: Duration = .seconds(10), only: Set<FindingID>? = ["rdp.session"]
  ) async throws -> (finding: Finding, findings: [FindingID: Finding], counters: ScriptedHost.Counters) {
    let host = try ScriptedHost.start(.init(negotiation: negotiation, session: session))
    defer { host.stop() }
    let findings = await ProbingTests.look(at: host.port, only: only, within: limit)
    expectGoodManners(of: host)
    return (try #require(findings["rdp.session"]), findings, host.counters)
  }

  struct Sample: Sendable {
    var ending: HostBehaviour.SessionConduct.Ending
    var outcome: OutcomeID?
    var details: [String: Detail] = [:]
  }

  @Test(arguments: [
    Sample(
      ending: .ready, outcome: "ready",
      details: [
        "licensing": .list(["STATUS_VALID_CLIENT"]), "core_version": "RDP 10.9 (0x0008000e)",
        "stage": "client info", "security": "PROTOCOL_SSL",
      ]),
    Sample(ending: .errorInfo(0), outcome: "ready"),
    Sample(ending: .newLicense, outcome: "ready", details: ["licensing": .list(["NEW_LICENSE"])]),
    Sample(
      ending: .errorInfo(7), outcome: "denied",
      details: ["error_info": "ERRINFO_SERVER_DENIED_CONNECTION", "error_info_code": 7]),
    Sample(
      ending: .errorInfo(0x400), outcome: "denied",
      details: ["error_info": "ERRINFO_CB_DESTINATION_NOT_FOUND"]),
    Sample(
      ending: .errorInfo(0x7654_3210), outcome: "denied", details: ["error_info": "error info 0x76543210"]),
    Sample(
      ending: .errorInfo(0x101), outcome: "license-error",
      details: ["error_info": "ERRINFO_LICENSE_NO_LICENSE_SERVER"]),
    Sample(
      ending: .licenseError(6), outcome: "license-error",
      details: ["license_error": "ERR_NO_LICENSE_SERVER", "license_transition": "ST_TOTAL_ABORT"]),
    Sample(ending: .errorInfo(0xB), outcome: "closed", details: ["error_info_code": 0xB]),
    Sample(ending: .errorInfo(0xC), outcome: "closed", details: ["error_info": "ERRINFO_LOGOFF_BY_USER"]),
    // The host found fault with this client: no word about the host.
    Sample(ending: .errorInfo(0x10CA), outcome: nil, details: ["error_info_code": 0x10CA]),
    Sample(ending: .licenseRequest, outcome: nil, details: ["licensing": .list(["LICENSE_REQUEST"])]),
    Sample(
      ending: .redirect(
        .init(
          targetAddress: "192.0.2.7", loadBalanceInfo: Array("tsv://\u{1B}[31m".utf8),
          targetName: "srv02.example.com")),
      outcome: "redirected",
      details: [
        "target_name": "srv02.example.com", "target_address": "192.0.2.7",
        "redirection_flags": .list(["LB_TARGET_NET_ADDRESS", "LB_LOAD_BALANCE_INFO", "LB_TARGET_FQDN"]),
      ]),
    Sample(ending: .ultimatum, outcome: "closed", details: ["disconnect_reason": "rn-user-requested"]),
    Sample(ending: .close, outcome: "closed"),
    Sample(ending: .reset, outcome: "reset"),
    Sample(ending: .raw([[3, 0, 0, 12, 2, 0xF0, 0x80, 0x68, 0, 1, 3, 0xEB]]), outcome: nil),
    Sample(ending: .raw([Array("HTTP/1.1 400 Bad Request\r\n".utf8)]), outcome: nil),
  ]) func eachEndOfASessionIsItsOwnOutcome(sample: Sample) async throws {
    let (finding, _, counters) = try await look(session(sample.ending))
    #expect(finding.outcome == sample.outcome, "\(finding.summary)")
    if sample.outcome == nil, case .inconclusive = finding.status {} else { #expect(sample.outcome != nil) }
    for (name, value) in sample.details { #expect(finding[name] == value, "\(name): \(finding.details)") }
    for text in finding.detailTexts { #expect(!text.unicodeScalars.contains("\u{1B}")) }
    // TLS was chosen at once: all on one connection, with one Client Info PDU that names nobody.
    #expect(counters.protocolsAsked == [0x0B])
    #expect(counters.clientInfos == 1)
  }

  private func look(
    _ session: HostBehaviour.SessionStage
  ) async throws -> (finding: Finding, findings: [FindingID: Finding], counters: ScriptedHost.Counters) {
    try await look(Self.tlsOnly, session)
  }

  private func session(_ ending: HostBehaviour.SessionConduct.Ending) -> HostBehaviour.SessionStage {
    .conducts(.init(ending))
  }

  /// Everything but what takes the connections that are left.
  static let usual: Set<FindingID> = ["rdp.session", "rdp.security", "tls.handshake", "credssp.exchange"]

  @Test func aRunAsksNothingTwice() async throws {
    for (requirement, asked, security, outcome) in [
      (HostBehaviour.SecurityRequirement.nlaRequired, [0x0B, 1], "nla-required", nil),
      (.tlsRequired, [0x0B, 1, 0], "nla-and-tls", "ready"),
      (.negotiable, [0x0B, 1, 0], "nla-and-any", "ready"),
      (.legacyOnly, [0x0B, 0], "legacy-only", "ready"),
    ] as [(HostBehaviour.SecurityRequirement, [UInt32?], OutcomeID, OutcomeID?)] {
      let (_, findings, counters) = try await look(
        .likeWindows(requirement), session(.ready), only: Self.usual)
      #expect(counters.protocolsAsked == asked, "\(requirement)")
      expect(findings, ["rdp.security": security, "rdp.session": outcome])
    }
    let (_, findings, counters) = try await look(Self.tlsOnly, session(.ready), only: Self.usual)
    #expect(counters.protocolsAsked == [0x0B, 0])
    expect(findings, ["rdp.session": "ready", "tls.handshake": "completed", "credssp.exchange": nil])
  }

  @Test func aHostThatTakesNobodyWithoutNLAHasNoSuchFinding() async throws {
    let (finding, _, counters) = try await look(.likeWindows(.nlaRequired), session(.ready))
    #expect(
      finding.status
        == .notApplicable(because: "the host accepts nobody without Network Level Authentication"))
    #expect(counters.clientInfos == 0)
    let (refused, _, _) = try await look(.fail(code: 3), session(.ready))
    if case .notApplicable = refused.status {} else { Issue.record("\(refused)") }
  }

  @Test func encryptionOfRDPItselfIsNamedAndNotLookedBehind() async throws {
    let settings = ConnectResponse.Settings(
      version: RDPVersion(rawValue: 0x0008_0004), encryptionMethod: .rc4With128Bits,
      encryptionLevel: .clientCompatible)
    let (finding, findings, counters) = try await look(
      .likeWindows(.legacyOnly), .conducts(.init(.ready, settings: settings)), only: nil)
    guard case .inconclusive(.notAsked(let why)) = finding.status else {
      Issue.record("\(finding)")
      return
    }
    #expect(why.contains("RDP's own encryption"))
    for name in ["rdp.session", "rdp.security"] as [FindingID] {
      #expect(findings[name]?["encryption_method"] == "128BIT_ENCRYPTION_FLAG")
      #expect(findings[name]?["encryption_level"] == "ENCRYPTION_LEVEL_CLIENT_COMPATIBLE")
    }
    #expect(counters.clientInfos == 0)
  }

  @Test func aHostThatAlsoTakesRDPSecurityTellsHowItEncrypts() async throws {
    let settings = ConnectResponse.Settings(
      version: RDPVersion(rawValue: 0x0008_0004), encryptionMethod: .fips, encryptionLevel: .fips)
    let (_, findings, _) = try await look(
      .likeWindows(.negotiable), .conducts(.init(.ready, settings: settings)), only: nil)
    #expect(findings["rdp.security"]?.outcome == "nla-and-any")
    #expect(findings["rdp.security"]?["encryption_method"] == "FIPS_ENCRYPTION_FLAG")
    #expect(findings["rdp.security"]?["core_version"] == "RDP 5.0 to 8.1 (0x00080004)")
  }

  @Test func channelsAreNotJoinedWhereTheHostNeedsItNot() async throws {
    let settings = ConnectResponse.Settings(
      version: RDPVersion(rawValue: 0x0008_0010), capabilities: .skipChannelJoin)
    let (finding, _, _) = try await look(.conducts(.init(.ready, settings: settings)))
    #expect(finding.outcome == "ready")
    #expect(finding["core_flags"] == .list(["RNS_UD_SC_SKIP_CHANNELJOIN_SUPPORTED"]))
  }

  @Test func aHostThatSaysNothingIsSilentAtWhateverStage() async throws {
    let opening = SessionExchangeTests.opening()
    for (session, stage) in [
      (HostBehaviour.SessionStage.silent, "basic settings"), (.replies([opening[0]]), "attach user"),
      (session(.silent), "client info"),
    ] {
      let (finding, _, _) = try await settled {
        try await look(Self.tlsOnly, session, within: .seconds(3))
      } isOutOfTime: {
        $0.finding.status == .inconclusive(.outOfTime)
      }
      #expect(finding.outcome == "silent")
      #expect(finding["stage"] == .text(stage))
    }
  }

  @Test(arguments: 0...4) func aHostThatDripsIsGivenUpOnTimeAndNotTakenForSilent(count: Int) async throws {
    let opening = SessionExchangeTests.opening()
    let host = try LoopbackListener { connection in
      var buffer = [UInt8](repeating: 0, count: 4096)
      guard recv(connection, &buffer, buffer.count, 0) > 0 else { return }
      LoopbackListener.write(ConnectionConfirm(reply: .selected(.rdp, [])).encode(), to: connection)
      for message in opening.prefix(count) { LoopbackListener.write(message, to: connection) }
      // A message of 4 KiB, a byte every 20 ms, until the client has enough.
      let drip = TPKT.frame([2, 0xF0, 0x80] + [UInt8](repeating: 0, count: 4096))
      for byte in drip {
        var entry = pollfd(fd: connection, events: 0x2000, revents: 0)
        guard Glibc.poll(&entry, 1, 20) == 0 else { return }
        LoopbackListener.write([byte], to: connection)
      }
    }
    let (findings, elapsed) = await timed {
      await ProbingTests.look(at: host.port, only: ["rdp.session"], within: .milliseconds(1500))
    }
    let finding = try #require(findings["rdp.session"])
    guard case .inconclusive(.unreadable) = finding.status else {
      Issue.record("\(finding)")
      return
    }
    // The run's own limit and 100 ms; the rest is for a busy machine.
    #expect(elapsed < .seconds(4))
  }
}
