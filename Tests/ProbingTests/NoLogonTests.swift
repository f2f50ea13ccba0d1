import Facts
import Practice
import Probing
import TestSupport
import Testing

/// A look at a host must never try to sign in, however inviting the host is, and must be gentle with it.
///
/// That the counting host does see a sign-in is tested where the host is.
@Suite(.oneAtATime, .enabled(if: isProbed("rdp.service") && isProbed("credssp.exchange"))) struct NoLogonTests
{
  @Test(arguments: [
    HostBehaviour.healthy,
    HostBehaviour(negotiation: .likeWindows(.tlsRequired)),
    HostBehaviour(negotiation: .likeWindows(.negotiable)),
    HostBehaviour(negotiation: .likeWindows(.legacyOnly)),
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
