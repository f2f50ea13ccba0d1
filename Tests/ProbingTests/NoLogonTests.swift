import Facts
import Practice
import Probing
import TestSupport
import Testing
import Wire

/// A look at a host must never try to sign in, however inviting the host is, and must be gentle with it.
///
/// That the counting host does see a sign-in is tested where the host is.
@Suite(.oneAtATime) struct NoLogonTests {
  @Test(arguments: [
    HostBehaviour.healthy,
    HostBehaviour(negotiation: .likeWindows(.tlsRequired)),
    HostBehaviour(negotiation: .likeWindows(.negotiable)),
    HostBehaviour(negotiation: .likeWindows(.legacyOnly)),
    HostBehaviour(negotiation: .prefer(protocol: 0x10, otherwise: .nlaRequired)),
    HostBehaviour(negotiation: .prefer(protocol: 0x04, otherwise: .tlsRequired)),
    HostBehaviour(negotiation: .select(protocol: 1, flags: 0)),
    HostBehaviour(negotiation: .select(protocol: 0, flags: 0)),
    HostBehaviour(credssp: .challenge(.init(version: 2, logonAnswer: nil))),
    HostBehaviour(credssp: .challenge(.init(version: 99))),
    HostBehaviour(credssp: .error(version: 6, code: 0)),
  ])
  func noProbeSignsInOrOverlapsAnother(behaviour: HostBehaviour) async throws {
    let host = try ScriptedHost.start(behaviour)
    defer { host.stop() }
    let findings = await look(at: host.port)
    // Else it was never tempted.
    #expect(!host.counters.protocolsAsked.isEmpty)
    if behaviour == .healthy { expect(findings, ["credssp.exchange": "challenge"]) }
    expectGoodManners(of: host)
  }

  /// Every probe with every option, against hosts that go along as far as a client likes.
  @Test(arguments: [
    HostBehaviour.SessionConduct.Ending.ready, .errorInfo(0), .errorInfo(7), .licenseError(6),
    .licenseRequest,
    .newLicense, .redirect(.init(targetAddress: "127.0.0.1")), .ultimatum, .close,
  ])
  func noOptionMakesAProbeSignIn(ending: HostBehaviour.SessionConduct.Ending) async throws {
    for requirement in [HostBehaviour.SecurityRequirement.tlsRequired, .negotiable, .legacyOnly] {
      let host = try ScriptedHost.start(
        .init(negotiation: .likeWindows(requirement), session: .conducts(.init(ending))))
      defer { host.stop() }
      var target = host.target
      target.certificateName = "srv01.example.com"
      target.domain = "example.com"
      target.gateway = "127.0.0.1:\(host.port)"
      let request = ProbeRequest(
        target: target, only: nil, timeLimit: .seconds(8), trustFile: "/dev/null",
        nameServer: "127.0.0.1:\(host.port)", connectionLimit: 12)
      var stated: Set<FindingID> = []
      for await event in ProbeRunner().run(request) {
        if case .finished(_, let findings, _) = event { stated.formUnion(findings.map(\.id)) }
      }
      #expect(stated == Set(ProbeRegistry.all.flatMap { $0.description.states }))
      #expect(host.waitUntilIdle(), "a connection was left open")
      #expect(host.counters.authenticateMessages == 0)
      // Else it was never tempted.
      #expect(host.counters.clientInfos == 1)
    }
  }

  @Test func aCancelledRunLeavesNoConnection() async throws {
    let host = try ScriptedHost.start(.init(transport: .mute))
    defer { host.stop() }
    let run = ProbeRunner().start(ProbeRequest(target: host.target))
    var wasCancelled = false
    for await event in run.events {
      if case .finished(_, let findings, _) = event, findings.contains(where: { $0.id == "tcp.port" }) {
        wasCancelled = true
        run.cancel()
      }
    }
    #expect(wasCancelled)
    #expect(host.waitUntilIdle(for: .seconds(1)), "the connection outlived the run")
    expectGoodManners(of: host)
  }
}
