import Facts
import Practice
import Testing

@testable import Probing

@Suite(.oneAtATime) struct RoutingTokenTests {
  private static let token = "tsv://MS Terminal Services Plugin.1.Farm"

  private func look(at host: ScriptedHost, token: String?, only: Set<FindingID>? = nil) async -> [FindingID:
    Finding]
  {
    await ProbingTests.look(ProbeRequest(target: host.target, only: only, routingToken: token))
  }

  @Test(arguments: [token, "Cookie: msts=3640205228.15629.0000"])
  func aTokenThatIsTakenGoesWithEveryRequest(token: String) async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let found = await look(at: host, token: token)
    expect(
      found, ["rdp.routing": "accepted", "rdp.security": "nla-required", "credssp.exchange": "challenge"])
    #expect(found["rdp.routing"]?["routing_token"] == .text(token))
    expectGoodManners(of: host)
    #expect(host.counters.requestLines.count > 1)
    #expect(host.counters.requestLines.allSatisfy { $0 == token })
  }

  @Test(arguments: [
    (HostBehaviour.RoutingStage.close, "closed" as OutcomeID), (.reset, "reset"), (.silent, "silent"),
    (.fail(code: 1), "refused"), (.raw(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), "not-rdp"),
  ])
  func aHostThatDoesNotTakeItIsAskedWithout(routing: HostBehaviour.RoutingStage, outcome: OutcomeID)
    async throws
  {
    let host = try ScriptedHost.start(.init(routing: routing))
    defer { host.stop() }
    let found = await look(at: host, token: Self.token)
    expect(
      found,
      [
        "rdp.routing": outcome, "rdp.service": "rdp", "rdp.refusal": "none", "rdp.security": "nla-required",
        "tls.handshake": "completed", "credssp.exchange": "challenge",
      ])
    expectGoodManners(of: host)
    #expect(host.counters.requestLines.first == .some(Self.token))
    #expect(host.counters.requestLines.dropFirst().allSatisfy { $0 == nil })
  }

  @Test(arguments: [
    (HostBehaviour.NegotiationStage.close, "closed" as OutcomeID, nil as OutcomeID?),
    (.fail(code: 3), "rdp", "SSL_CERT_NOT_ON_SERVER"),
  ])
  func aHostThatAcceptsNobodyDoesNotBlameTheToken(
    negotiation: HostBehaviour.NegotiationStage, service: OutcomeID, refusal: OutcomeID?
  ) async throws {
    let host = try ScriptedHost.start(.init(negotiation: negotiation))
    defer { host.stop() }
    let found = await look(at: host, token: Self.token, only: ["rdp.routing", "rdp.refusal"])
    expect(found, ["rdp.routing": nil, "rdp.service": service, "rdp.refusal": refusal])
    expectGoodManners(of: host)
  }

  @Test func aTokenThatNoRequestCanCarryIsNotCut() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    for token in [String(repeating: "x", count: 239), "tsv://a\u{E4}", "a\r\nb", ""] {
      let routing = await look(at: host, token: token, only: ["rdp.routing"])["rdp.routing"]
      guard case .inconclusive(.notAsked)? = routing?.status else {
        Issue.record("\(token): \(String(describing: routing?.status))")
        continue
      }
    }
    #expect(
      await look(at: host, token: String(repeating: "x", count: 238), only: ["rdp.routing"])["rdp.routing"]?
        .outcome == "accepted")
    _ = host.waitUntilIdle()
    #expect(host.counters.requestLines.dropLast().allSatisfy { $0 == nil })
  }

  @Test func withoutAConnectionFileNoneIsSent() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    expect(await look(at: host, token: nil), ["rdp.routing": nil, "rdp.service": "rdp"])
    _ = host.waitUntilIdle()
    #expect(host.counters.requestLines.allSatisfy { $0 == nil })
  }
}
