import Facts
import Practice
import TestSupport
import Testing

@testable import Probing

/// Reverse names and domain controllers, as a real name server tells them.
@Suite(.oneAtATime, .enabled(if: RealServer.isDNSMasqAvailable, "dnsmasq is not installed"))
struct DirectoryNamesTests {
  /// An address of the documentation range (RFC 5737): nothing is sent there.
  private func reverse(_ records: [String], host: String = "srv01.corp.test") async throws -> Finding? {
    let server = try await blocking { try RealServer.dnsmasq(records) }
    defer { server.stop() }
    let request = ProbeRequest(
      target: try Target(host), only: ["dns.reverse"], nameServer: "127.0.0.1:\(server.port)")
    return await look(request)["dns.reverse"]
  }

  @Test func theNameOfTheAddressAgrees() async throws {
    let finding = try await reverse(["--host-record=srv01.corp.test,192.0.2.7"])
    #expect(finding?.outcome == "agrees")
    #expect(finding?["names"] == .list(["srv01.corp.test"]))
  }

  @Test func anAliasAgreesWithTheNameBehindIt() async throws {
    let finding = try await reverse(
      ["--cname=rdp.corp.test,srv01.corp.test", "--host-record=srv01.corp.test,192.0.2.7"],
      host: "rdp.corp.test")
    #expect(finding?.outcome == "agrees")
  }

  @Test func theNameOfTheAddressDiffers() async throws {
    let finding = try await reverse([
      "--address=/srv01.corp.test/192.0.2.7", "--ptr-record=7.2.0.192.in-addr.arpa,old.corp.test",
    ])
    #expect(finding?.outcome == "differs")
    #expect(finding?.summary.contains("old.corp.test") == true)
  }

  @Test func anAddressWithoutANameHasNone() async throws {
    let finding = try await reverse([
      "--address=/srv01.corp.test/192.0.2.7", "--local=/2.0.192.in-addr.arpa/",
    ])
    #expect(finding?.outcome == "none")
  }

  @Test func anAddressThatWasTypedHasNothingToAgreeWith() async throws {
    let finding = try await reverse(
      ["--ptr-record=7.2.0.192.in-addr.arpa,old.corp.test"], host: "192.0.2.7")
    #expect(finding?.status == .inconclusive(.notAsked("the host was typed by its address")))
    #expect(finding?["names"] == .list(["old.corp.test"]))
  }

  @Test func anIPv6AddressHasANameToo() async throws {
    let finding = try await reverse(["--host-record=srv01.corp.test,2001:db8::7"])
    #expect(finding?.outcome == "agrees")
  }

  @Test func aNameServerThatRefusesIsNoEvidence() async throws {
    // No server above it: what it does not know, it refuses to answer.
    let finding = try await reverse(["--address=/srv01.corp.test/192.0.2.7"])
    #expect(finding?.status == .inconclusive(.unreadable("the name server failed: REFUSED")))
  }

  private static let controllers = [
    "--srv-host=_ldap._tcp.dc._msdcs.corp.test,dc2.corp.test,389,10,100",
    "--srv-host=_ldap._tcp.dc._msdcs.corp.test,dc1.corp.test,389,0,100",
    "--srv-host=_kerberos._tcp.corp.test,dc1.corp.test,88,0,100",
    "--srv-host=_gc._tcp.corp.test,dc1.corp.test,3268,0,100",
    "--host-record=dc1.corp.test,192.0.2.10", "--local=/test/",
  ]

  private func controllers(_ target: Target, _ records: [String] = controllers) async throws -> Finding? {
    let server = try await blocking { try RealServer.dnsmasq(records) }
    defer { server.stop() }
    let request = ProbeRequest(
      target: target, only: ["dns.domain-controllers"], nameServer: "127.0.0.1:\(server.port)")
    return await look(request)["dns.domain-controllers"]
  }

  @Test func theControllersOfAGivenDomainAreFound() async throws {
    let finding = try await controllers(Target(host: .name("srv01"), domain: "Corp.Test."))
    #expect(finding?.outcome == "found")
    #expect(finding?["domain"] == "corp.test")
    #expect(finding?["domain_from"] == "given")
    #expect(
      finding?["controllers"]
        == .list([
          .table([.init("name", "dc1.corp.test"), .init("addresses", .list(["192.0.2.10"]))]),
          .table([.init("name", "dc2.corp.test"), .init("addresses", .list([]))]),
        ]))
  }

  @Test func aDomainWithoutControllersHasNone() async throws {
    let finding = try await controllers(Target(host: .name("srv01"), domain: "other.test"))
    #expect(finding?.outcome == "none")
  }

  @Test func theDomainIsReadFromTheHostsName() async throws {
    // A port that nobody listens on; the host itself is not needed.
    let port = try LoopbackPort.free()
    let finding = try await controllers(
      Target(host: .name("srv01.corp.test"), port: port),
      Self.controllers + ["--host-record=srv01.corp.test,127.0.0.1"])
    #expect(finding?.outcome == "found")
    #expect(finding?["domain_from"] == "the host's name")
  }

  @Test func theHostsOwnDomainComesBeforeTheOneInItsName() async throws {
    let challenge = ChallengeSettings(
      netBIOSComputer: "SRV01", netBIOSDomain: "CORP", dnsComputer: "srv01.corp.test",
      dnsDomain: "corp.test", dnsTree: "corp.test")
    let host = try ScriptedHost.start(.init(credssp: .challenge(challenge)))
    defer { host.stop() }
    let finding = try await controllers(
      Target(host: .name("rdp.public.test"), port: host.port),
      Self.controllers + ["--host-record=rdp.public.test,127.0.0.1"])
    #expect(finding?.outcome == "found")
    #expect(finding?["domain_from"] == "the host's challenge")
  }

  @Test func aHostInNoDomainHasNoControllers() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let finding = try await controllers(
      Target(host: .name("rdp.public.test"), port: host.port),
      Self.controllers + ["--host-record=rdp.public.test,127.0.0.1"])
    #expect(finding?.status == .notApplicable(because: "the host says that it is in no domain"))
  }

  @Test func aShortNameWithoutADomainIsNotGuessed() async throws {
    let finding = try await controllers(
      Target(host: .name("srv01"), port: try LoopbackPort.free()),
      Self.controllers + ["--host-record=srv01,127.0.0.1"])
    #expect(
      finding?.status == .inconclusive(.notAsked("no domain is known; give it with --domain")))
  }

  @Test(arguments: ["corp test", "-x", "192.0.2.1", "corp.test:88", String(repeating: "a.", count: 200)])
  func aDomainThatIsNoNameIsNotAsked(domain: String) async throws {
    let finding = try await controllers(Target(host: .name("srv01"), domain: domain))
    guard case .inconclusive(.notAsked)? = finding?.status else {
      Issue.record("\(String(describing: finding))")
      return
    }
  }
}

/// Name servers that fail.
@Suite(.oneAtATime) struct FailingNameServerTests {
  private func controllers(
    _ server: NameServer, within limit: Duration = .seconds(10)
  ) async -> Finding.Status? {
    let request = ProbeRequest(
      target: Target(host: .name("srv01"), domain: "corp.test"), only: ["dns.domain-controllers"],
      timeLimit: limit, nameServer: server.address)
    return await look(request)["dns.domain-controllers"]?.status
  }

  @Test(arguments: [
    (NameServer.Reply.code(2), "the name server failed: SERVFAIL"),
    (.code(5), "the name server failed: REFUSED"), (.garbage, "the name server failed: silent"),
  ])
  func aServerThatFailsIsNoFindingAboutTheDomain(reply: NameServer.Reply, reason: String) async throws {
    let server = try NameServer { _ in reply }
    #expect(await controllers(server) == .inconclusive(.unreadable(reason)))
  }

  @Test func aServerThatIsSilentIsNoFindingAboutTheDomain() async throws {
    let server = try NameServer { _ in .silence }
    let (status, elapsed) = await timed { await controllers(server) }
    #expect(status == .inconclusive(.unreadable("the name server failed: silent")))
    #expect(elapsed < .seconds(5))
    #expect(await controllers(server, within: .milliseconds(200)) == .inconclusive(.outOfTime))
  }

  @Test func reverseNamesAreWrittenBackwards() throws {
    #expect(Resolver.reverseName(of: try #require(Address("192.0.2.7"))) == "7.2.0.192.in-addr.arpa")
    #expect(
      Resolver.reverseName(of: try #require(Address("2001:db8::7")))
        == "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")
  }

  @Test func aRunAgainstThisHostItselfAsksNobodyElse() async throws {
    let port = try LoopbackPort.free()
    let findings = await look(at: port, only: ["dns.reverse", "dns.domain-controllers"])
    expect(findings, ["dns.reverse": nil, "dns.domain-controllers": nil])
  }
}
