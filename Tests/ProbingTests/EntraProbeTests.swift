import Glibc
import Facts
import Practice
import Testing

@testable import Probing

@Suite(.oneAtATime) struct EntraProbeTests {
  private static let alone = "PROTOCOL_RDSAAD"
  private static let redirected = "PROTOCOL_SSL|PROTOCOL_RDSTLS"

  @Test(arguments: [
    (
      HostBehaviour.NegotiationStage.prefer(protocol: 0x10, otherwise: .nlaRequired), "offered" as OutcomeID,
      "accepted: PROTOCOL_RDSAAD" as Detail, "HYBRID_REQUIRED_BY_SERVER" as Detail
    ),
    (
      .prefer(protocol: 0x04, otherwise: .nlaRequired), "not-offered", "HYBRID_REQUIRED_BY_SERVER",
      "accepted: PROTOCOL_RDSTLS"
    ),
    (.likeWindows(.tlsRequired), "not-offered", "SSL_REQUIRED_BY_SERVER", "accepted: PROTOCOL_SSL"),
    // The oldest security to whoever asks is no acceptance.
    (
      .likeWindows(.negotiable), "not-offered", "not accepted: the host chose PROTOCOL_RDP instead",
      "accepted: PROTOCOL_SSL"
    ),
  ])
  func theSignInIsAskedForAlone(
    negotiation: HostBehaviour.NegotiationStage, outcome: OutcomeID, answer: Detail, redirection: Detail
  ) async throws {
    let host = try ScriptedHost.start(.init(negotiation: negotiation))
    defer { host.stop() }
    let entra = try #require(await look(at: host.port, only: ["rdp.entra"])["rdp.entra"])
    #expect(entra.status == .answered(outcome))
    #expect(entra[Self.alone] == answer)
    #expect(entra[Self.redirected] == redirection)
    expectGoodManners(of: host)
    #expect(host.counters.protocolsAsked == [0x0B, 0x10, 0x05])
  }

  @Test func aUsualRunFindsTheSameOfAHostThatOffersIt() async throws {
    func run(_ negotiation: HostBehaviour.NegotiationStage) async throws -> (
      [FindingID: Finding.Status], [UInt32?]
    ) {
      let host = try ScriptedHost.start(.init(negotiation: negotiation))
      defer { host.stop() }
      let found = await look(at: host.port)
      expectGoodManners(of: host)
      return (found.mapValues(\.status), host.counters.protocolsAsked)
    }
    let (plain, asked) = try await run(.likeWindows(.nlaRequired))
    let (entra, askedEntra) = try await run(.prefer(protocol: 0x10, otherwise: .nlaRequired))
    #expect(plain == entra)
    #expect(asked == askedEntra)
    guard case .inconclusive(.notAsked)? = entra["rdp.entra"] else {
      Issue.record("\(String(describing: entra["rdp.entra"]))")
      return
    }
  }

  @Test func aHostThatGivesNoAnswerHasNotSaidNo() async throws {
    // The first connection gets the answer that the run needs, the others none.
    let confirm: [UInt8] = [3, 0, 0, 19, 14, 0xD0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 2, 0, 0, 0]
    let listener = try LoopbackListener { connection in
      var request = [UInt8](repeating: 0, count: 64)
      let count = recv(connection, &request, request.count, 0)
      if count == 19, request[15] == 0x0B { LoopbackListener.write(confirm, to: connection) }
    }
    let entra = try #require(await look(at: listener.port, only: ["rdp.entra"])["rdp.entra"])
    guard case .inconclusive(.unreadable) = entra.status else {
      Issue.record("\(entra.status)")
      return
    }
  }
}
