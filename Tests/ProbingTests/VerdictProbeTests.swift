import Facts
import Glibc
import Practice
import TestSupport
import Testing
import Wire

@testable import Practice
@testable import Probing

/// Ends in the middle of an answer, forged signatures, names that nearly agree, and addresses of which most are dead.
@Suite(.oneAtATime) struct VerdictProbeTests {
  // MARK: - In the middle of an answer

  @Test(arguments: [(false, "closed" as OutcomeID), (true, "reset")])
  func aNegotiationThatBreaksOffIsAnAnswer(isReset: Bool, outcome: OutcomeID) async throws {
    let listener = try LoopbackListener { connection in
      let peer = Peer(socket: connection) { _ in }
      guard peer.message() != nil else { return }
      peer.send(Array(ConnectionConfirm(reply: .selected(.hybridEx, [])).encode().prefix(7)))
      // Time for the bytes to be read before the end comes.
      poll(nil, 0, 50)
      if isReset { LoopbackListener.resetOnClose(connection) }
    }
    defer { withExtendedLifetime(listener) {} }
    let findings = await look(at: listener.port, only: ["rdp.service", "rdp.refusal"])
    expect(findings, ["rdp.service": outcome, "rdp.refusal": nil])
    #expect(findings["rdp.service"]?["reason"] == "the answer broke off after 7 bytes")
  }

  @Test(arguments: [(false, "closed" as OutcomeID), (true, "reset")])
  func anExchangeOfCredSSPThatBreaksOffIsAnAnswer(isReset: Bool, outcome: OutcomeID) async throws {
    let tls = try ServerTLS(.init())
    signal(SIGPIPE, SIG_IGN)
    let listener = try LoopbackListener { connection in
      let peer = Peer(socket: connection) { _ in }
      guard peer.message() != nil, peer.send(MisledService.rdp.answer), peer.startTLS(tls),
        peer.message() != nil
      else { return }
      peer.send(Array(MisledService.credssp.answer.prefix(20)))
      poll(nil, 0, 50)
      if isReset { LoopbackListener.resetOnClose(connection) } else { peer.endTLS() }
    }
    defer { withExtendedLifetime(listener) {} }
    let findings = await look(at: listener.port, only: ["credssp.exchange", "ntlm.names"])
    expect(findings, ["credssp.exchange": outcome, "ntlm.names": nil])
  }

  @Test func aGatewayThatTakesTheConnectionAndSaysNothingIsSilent() async throws {
    let listener = try LoopbackListener { connection in
      Peer(socket: connection) { _ in }.drain()
    }
    defer { withExtendedLifetime(listener) {} }
    var target = Target(host: .ipv4("127.0.0.1"), port: 1)
    target.gateway = "127.0.0.1:\(listener.port)"
    let findings = await look(
      ProbeRequest(target: target, only: ["gateway.service"], timeLimit: .milliseconds(2500)))
    expect(findings, ["gateway.service": "silent"])
  }

  // MARK: - Names

  @Test func aHundredNamesOfWhichOneFitsAreFine() async throws {
    let names = (1...100).map { "DNS:host\($0).example.test" }
    let host = try ScriptedHost.start(
      .init(tls: .init(certificate: .made(.init(alternativeNames: names)))))
    defer { host.stop() }
    expect(
      await look(at: host.port, only: ["certificate.name"], name: "host100.example.test"),
      ["certificate.name": "agrees"])
    expect(
      await look(at: host.port, only: ["certificate.name"], name: "host101.example.test"),
      ["certificate.name": "differs"])
  }

  @Test func namesThatBeginAlikeAreNotTheSame() {
    let info = TargetInfo(
      netBIOSComputer: "ACCOUNTING-SERV", dnsComputer: "accounting-server-1.corp.example")
    #expect(NTLMFindings.isSame("accounting-server-1", info))
    #expect(NTLMFindings.isSame("accounting-server-1.corp.example.", info))
    // As its short name is typed.
    #expect(NTLMFindings.isSame("accounting-serv", info))
    #expect(!NTLMFindings.isSame("accounting-server-2", info))
    #expect(!NTLMFindings.isSame("accounting-server-2.corp.example", info))
    #expect(!NTLMFindings.isSame("accounting-server-1.other.example", info))
  }

  @Test func aNeighbourWithTheSameBeginningContradicts() async throws {
    var settings = ChallengeSettings()
    settings.netBIOSComputer = "ACCOUNTING-SERV"
    settings.dnsComputer = "accounting-server-2.corp.example"
    let host = try ScriptedHost.start(
      .init(
        tls: .init(certificate: .made(.init(alternativeNames: ["DNS:accounting-server-1.corp.example"]))),
        credssp: .challenge(settings)))
    defer { host.stop() }
    let findings = await look(
      at: host.port, only: ["names.agreement", "ntlm.names"], name: "accounting-server-1.corp.example")
    expect(findings, ["ntlm.names": "differs", "names.agreement": "contradictory"])
  }

  // MARK: - Signatures

  @Test(.enabled(if: TestCertificates.isAvailable, "openssl is not installed"))
  func aSignatureThatDoesNotVerifyIsInvalidWhoeverIsTrusted() async throws {
    let files = try await blocking { try CertificateFiles.shared.get() }
    for leaf in [TestCertificates.Leaf.good, .selfSigned] {
      let pem = try await blocking { try files.files(leaf).chain }
      var der = try CertificateTests.der(pem: pem)
      let good = try #require(CertificateChain(der: der))
      der[0][der[0].count - 1] ^= 1
      let forged = try #require(CertificateChain(der: der))
      for trusted in [nil, files.root] {
        #expect(try good.verify(trustFile: trusted, at: .now()) != .invalid(reason: "forged"))
        guard case .invalid(let reason) = try forged.verify(trustFile: trusted, at: .now()) else {
          Issue.record(
            "\(leaf) with \(trusted ?? "no root"): \(try forged.verify(trustFile: trusted, at: .now()))")
          continue
        }
        #expect(reason.contains("signature"), "\(reason)")
      }
    }
  }

  // MARK: - Addresses

  private func farm(_ count: UInt8) throws -> NameServer {
    let addresses = (1...count).map { [127, 0, 1, $0] as [UInt8] }
    return try NameServer { _ in .addresses(addresses) }
  }

  @Test func theOneOfManyThatAnswersIsFound() async throws {
    let live = try LoopbackListener(on: "127.0.1.24", serve: LoopbackListener.untilEnd)
    let names = try farm(24)
    defer { withExtendedLifetime((live, names)) {} }
    let findings = await look(
      ProbeRequest(
        target: Target(host: .name("farm.example.test"), port: live.port),
        only: ["tcp.port", "tcp.addresses"], nameServer: names.address))
    expect(findings, ["tcp.port": "open", "tcp.addresses": "some"])
    #expect(findings["tcp.port"]?["addresses"] == 24)
    #expect(findings["tcp.port"]?["address"] == "127.0.1.24")
  }

  @Test func howManyWereTriedIsSaidWhereNoneAnswers() async throws {
    let names = try farm(24)
    defer { withExtendedLifetime(names) {} }
    let port = try LoopbackPort.free()
    let findings = await look(
      ProbeRequest(
        target: Target(host: .name("farm.example.test"), port: port), only: ["tcp.port"],
        nameServer: names.address))
    expect(findings, ["tcp.port": "refused"])
    #expect(findings["tcp.port"]?["tried"] == 24)
    #expect(
      findings["tcp.port"]?.summary.hasSuffix("All 24 addresses were tried: 24 refused.") == true,
      "\(findings["tcp.port"]?.summary ?? "")")
  }

  @Test func whoSaysThatAnAddressCannotBeReachedIsKept() throws {
    let address = try #require(Address("192.0.2.7"))
    let here = AddressAttempt(
      address, .failedHere(LocalFailure(errno: ENETUNREACH, reason: "no route")), elapsed: .zero,
      isSettled: false)
    #expect(here.outcome == "unreachable")
    #expect(here.isWithoutRoute)
    #expect(here.reason == AddressAttempt.byThisHost)
    let there = AddressAttempt(address, .unreachable(errno: EHOSTUNREACH), elapsed: .zero, isSettled: false)
    #expect(there.outcome == "unreachable")
    #expect(there.reason == AddressAttempt.byTheNetwork)
    let denied = AddressAttempt(
      address, .failedHere(LocalFailure(errno: EACCES, reason: "not allowed")), elapsed: .zero,
      isSettled: false)
    #expect(denied.outcome == nil)
  }

  /// Every finding of the contract has a probe that states it: what is looked for cannot vanish.
  @Test func everyFindingHasItsProbe() {
    let stated = Set(ProbeRegistry.all.flatMap { $0.description.states })
    for id in [
      "dns.lookup", "dns.reverse", "dns.domain-controllers", "tcp.port", "tcp.addresses", "tcp.quality",
      "rdp.service", "rdp.security", "rdp.refusal", "tls.handshake", "tls.versions", "certificate.trust",
      "certificate.dates", "certificate.name", "certificate.strength", "certificate.usage",
      "credssp.exchange",
      "credssp.patch-level", "ntlm.names", "clock.skew", "rdp.session", "udp.transport", "gateway.service",
      "kerberos.kdc", "ldap.root", "path.mtu", "doors.winrm", "doors.ssh", "doors.smb", "doors.rpc",
      "doors.https-console", "rdp.entra", "rdp.routing", "names.agreement", "tls.support",
    ] as [FindingID] {
      #expect(stated.contains(id), "\(id)")
    }
  }
}
