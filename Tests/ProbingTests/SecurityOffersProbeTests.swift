import Facts
import Practice
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite struct SecurityVerdictTests {
  static let all: SecurityProtocols = NegotiationProbe.everything

  func reply(_ asked: SecurityProtocols, _ selected: SecurityProtocols) -> OfferReply {
    OfferReply(asked: asked, answer: .selected(selected, []))
  }
  func failure(_ asked: SecurityProtocols, _ failure: NegotiationFailure) -> OfferReply {
    OfferReply(asked: asked, answer: .refused(failure))
  }
  func silence(_ asked: SecurityProtocols) -> OfferReply { OfferReply(asked: asked, answer: .none("closed")) }

  @Test func eachStepFollowsFromTheRepliesBefore() {
    let nla = reply(Self.all, .hybridEx)
    let tls = reply(Self.all, .tls)
    let samples: [([OfferReply], SecurityVerdict)] = [
      ([], .open),
      ([nla], .ask(.rdp)),
      ([nla, failure(.rdp, .hybridRequired)], .settled("nla-required")),
      ([nla, reply(.rdp, .rdp)], .settled("nla-and-any")),
      ([nla, failure(.rdp, .tlsRequired)], .ask(.tls)),
      ([nla, failure(.rdp, .tlsRequired), reply(.tls, .tls)], .settled("nla-and-tls")),
      ([nla, failure(.rdp, .tlsRequired), failure(.tls, .hybridRequired)], .settled("nla-required")),
      // A host that closes has refused nothing.
      ([nla, silence(.rdp)], .ask(.tls)),
      ([nla, silence(.rdp), silence(.tls)], .open),
      ([nla, silence(.rdp), failure(.tls, .hybridRequired)], .settled("nla-required")),
      // TLS for a client that did not offer it is no acceptance of what it did offer.
      ([nla, reply(.rdp, .tls)], .ask(.tls)),
      ([nla, reply(.rdp, .tls), reply(.tls, .rdp)], .open),
      ([tls], .ask(.rdp)),
      ([tls, failure(.rdp, .tlsRequired)], .settled("tls-required")),
      ([tls, reply(.rdp, .tls)], .settled("tls-required")),
      ([tls, reply(.rdp, .rdp)], .settled("tls-or-legacy")),
      ([tls, silence(.rdp)], .open),
      ([reply(Self.all, .rdp)], .settled("legacy-only")),
      ([failure(Self.all, .tlsNotAllowed)], .ask(.rdp)),
      ([failure(Self.all, .tlsNotAllowed), reply(.rdp, .rdp)], .settled("legacy-only")),
      ([failure(Self.all, .noCertificate), failure(.rdp, .noCertificate)], .settled("refused")),
      ([failure(Self.all, .tlsRequired), failure(.rdp, .tlsRequired)], .ask(.tls)),
      (
        [
          failure(Self.all, .tlsRequired), failure(.rdp, .tlsRequired), failure(.tls, .tlsRequired),
        ], .settled("refused")
      ),
      (
        [failure(Self.all, .tlsRequired), failure(.rdp, .tlsRequired), reply(.tls, .tls)],
        .settled("tls-required")
      ),
    ]
    for (replies, verdict) in samples { #expect(SecurityVerdict(replies) == verdict, "\(replies)") }
  }

  @Test func aDowngradeIsNoAcceptance() {
    #expect(!reply(.tls, .rdp).isAcceptance)
    #expect(!reply(.rdp, .tls).isAcceptance)
    #expect(!reply(Self.all, .entraID).isAcceptance)
    #expect(reply(.rdp, .rdp).isAcceptance)
    #expect(reply(.tls, .rdp).text == "not accepted: the host chose PROTOCOL_RDP instead")
  }
}

@Suite(.oneAtATime) struct SecurityOffersProbeTests {
  struct Sample: Sendable {
    var requirement: HostBehaviour.SecurityRequirement
    var outcome: OutcomeID
    var asked: [UInt32?]
  }

  @Test(arguments: [
    Sample(requirement: .nlaRequired, outcome: "nla-required", asked: [0x0B, 0]),
    Sample(requirement: .tlsRequired, outcome: "nla-and-tls", asked: [0x0B, 0, 1]),
    Sample(requirement: .negotiable, outcome: "nla-and-any", asked: [0x0B, 0]),
    Sample(requirement: .legacyOnly, outcome: "legacy-only", asked: [0x0B, 0]),
  ]) func whatAHostAcceptsIsFoundWithFewConnections(sample: Sample) async throws {
    let (found, counters) = try await RDPPortRun.findings(
      behaviour: .init(negotiation: .likeWindows(sample.requirement)))
    #expect(found["rdp.security"]?.outcome == sample.outcome)
    #expect(counters.protocolsAsked == sample.asked)
    #expect(counters.mostAtOnce == 1)
    #expect(counters.authenticateMessages == 0)
  }

  @Test func theRepliesAreGivenWithTheirNamesAndFlags() async throws {
    let (found, _) = try await RDPPortRun.findings(behaviour: .healthy, only: ["rdp.security"])
    let finding = try #require(found["rdp.security"])
    #expect(
      finding["PROTOCOL_SSL|PROTOCOL_HYBRID|PROTOCOL_HYBRID_EX"] == "accepted: PROTOCOL_HYBRID_EX")
    #expect(finding["PROTOCOL_RDP"] == "HYBRID_REQUIRED_BY_SERVER")
    #expect(
      finding["reply_flags"]
        == .list([
          "EXTENDED_CLIENT_DATA_SUPPORTED", "DYNVC_GFX_PROTOCOL_SUPPORTED", "NEGRSP_FLAG_RESERVED",
          "RESTRICTED_ADMIN_MODE_SUPPORTED", "REDIRECTED_AUTHENTICATION_MODE_SUPPORTED",
        ]))
  }

  @Test func aHostThatRefusesEverythingIsAskedThreeTimesAtMost() async throws {
    let (found, counters) = try await RDPPortRun.findings(behaviour: .init(negotiation: .fail(code: 1)))
    #expect(found["rdp.security"]?.outcome == "refused")
    #expect(counters.protocolsAsked == [0x0B, 0, 1])
  }
}
