import Facts
import Practice
import TestSupport
import Testing
import Wire

@testable import Probing

/// Text that would paint the screen, turn it around or flood it, in every field that a peer fills.
@Suite(.oneAtATime) struct HostileTextTests {
  private static let hostile = "x\u{1B}[31m\u{7}\u{202E}\u{200F}\u{85}y"
  private static let long = String(repeating: "w", count: 60)

  private func expectHarmless(
    _ findings: [FindingID: Finding], among ids: [FindingID], location: SourceLocation = #_sourceLocation
  ) {
    for finding in findings.values {
      for text in [finding.summary] + finding.detailTexts {
        #expect(
          SafeText.clean(text, limit: 2000) == text, "\(finding.id): \(text.debugDescription)",
          sourceLocation: location)
        #expect(text.unicodeScalars.count <= 1000, "\(finding.id)", sourceLocation: location)
      }
    }
    // Else it was never shown.
    for id in ids {
      let texts = findings[id].map { [$0.summary] + $0.detailTexts } ?? []
      #expect(
        texts.contains { $0.contains("x·[31m") }, "\(id): \(String(describing: findings[id]))",
        sourceLocation: location)
    }
  }

  @Test func inACertificateAndAChallenge() async throws {
    let text = Self.hostile
    let host = try ScriptedHost.start(
      .init(
        tls: .init(certificate: .made(.init(commonName: text, alternativeNames: []))),
        credssp: .challenge(
          .init(
            netBIOSComputer: text, netBIOSDomain: text + String(repeating: Self.long, count: 20),
            dnsComputer: text, dnsDomain: text, dnsTree: text))))
    defer { host.stop() }
    let findings = await look(at: host.port, name: "srv01.example.test")
    expect(findings, ["certificate.name": "differs", "ntlm.names": "differs"])
    expectHarmless(findings, among: ["certificate.name", "ntlm.names", "names.agreement"])
    // Distinguished names come escaped (RFC 4514 section 2.4).
    #expect(findings["certificate.trust"]?.detailTexts.contains { $0.contains("[31m") } == true)
  }

  @Test(arguments: [
    "SSH-2.0-\(hostile)\r\n", "HTTP/1.1 400 \(hostile)\r\nServer: \(hostile)\r\n\r\n",
    "220 \(hostile) FTP\r\n",
    "* OK \(hostile)\r\n", "RFB \(hostile)\n", "SSH-2.0-\(hostile)\(String(repeating: long, count: 100))\r\n",
  ])
  func inTheBannerOfAnotherService(banner: String) async throws {
    let host = try ScriptedHost.start(
      .init(transport: .otherService(bytes: Array(banner.utf8), speaksFirst: true)))
    defer { host.stop() }
    let findings = await look(at: host.port)
    expect(findings, ["rdp.service": "not-rdp"])
    expectHarmless(findings, among: banner.hasPrefix("RFB") ? [] : ["rdp.service"])
  }

  @Test func inTheSessionThatSendsTheClientOn() async throws {
    let text = Self.hostile
    let host = try ScriptedHost.start(
      .init(
        negotiation: .likeWindows(.tlsRequired),
        session: .conducts(
          .init(
            .redirect(
              .init(
                targetAddress: text, loadBalanceInfo: Array(text.utf8), targetName: text,
                targetNetBIOSName: text, targetAddresses: [text]))))))
    defer { host.stop() }
    let findings = await look(at: host.port)
    expect(findings, ["rdp.session": "redirected"])
    expectHarmless(findings, among: ["rdp.session"])
  }

  @Test func inTheAnswersOfTheDoors() async throws {
    let text = Self.hostile
    let answers = [
      "SSH-2.0-\(text) \(text)\r\n",
      "HTTP/1.1 401 \(text)\r\nServer: \(text)\r\nWWW-Authenticate: \(text)\r\nContent-Length: 0\r\n\r\n",
    ]
    let servers = try answers.map { answer in
      try LoopbackListener { connection in
        LoopbackListener.write(Array(answer.utf8), to: connection)
        LoopbackListener.untilEnd(connection)
      }
    }
    defer { withExtendedLifetime(servers) {} }
    var ports = DoorPorts()
    (ports.ssh, ports.remoteManagement) = (servers[0].port, servers[1].port)
    (ports.securedRemoteManagement, ports.smb) = (servers[1].port, servers[1].port)
    (ports.rpc, ports.consoles) = (servers[1].port, [servers[1].port])
    let findings = await look(
      ProbeRequest(
        target: Target(host: .ipv4("127.0.0.1"), port: 1),
        only: ["doors.ssh", "doors.winrm", "doors.smb", "doors.rpc", "doors.https-console"],
        timeLimit: .seconds(4),
        doorPorts: ports))
    expectHarmless(findings, among: ["doors.ssh"])
  }

  @Test(.enabled(if: RealServer.isDNSMasqAvailable, "dnsmasq is not installed"))
  func inTheDirectory() async throws {
    func field(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
      [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }
    let text = Array(Self.hostile.utf8)
    func attribute(_ name: String) -> [UInt8] {
      field(0x30, field(4, Array(name.utf8)) + field(0x31, field(4, text)))
    }
    // A SearchResultEntry and its end (RFC 4511 section 4.5.2).
    let names = ["dnsHostName", "defaultNamingContext", "domainFunctionality", "supportedSASLMechanisms"]
    let entry = field(
      0x30, [2, 1, 1] + field(0x64, field(4, []) + field(0x30, names.flatMap { attribute($0) })))
    let done: [UInt8] = [0x30, 12, 2, 1, 1, 0x65, 7, 10, 1, 0, 4, 0, 4, 0]
    let directory = try LoopbackListener { connection in
      LoopbackListener.write(entry + done, to: connection)
      LoopbackListener.untilEnd(connection)
    }
    defer { withExtendedLifetime(directory) {} }
    let server = try await blocking {
      try RealServer.dnsmasq([
        "--host-record=dc1.corp.test,127.0.0.1", "--local=/test/",
        "--srv-host=_ldap._tcp.dc._msdcs.corp.test,dc1.corp.test,\(directory.port)",
      ])
    }
    defer { server.stop() }
    let findings = await look(
      ProbeRequest(
        target: Target(host: .name("srv01"), domain: "corp.test"), only: ["ldap.root"],
        nameServer: "127.0.0.1:\(server.port)"))
    expect(findings, ["ldap.root": "answers"])
    expectHarmless(findings, among: ["ldap.root"])
  }

  /// Labels in DNS are any bytes (RFC 2181 section 11).
  @Test func inNamesOfDNS() async throws {
    let text = Self.hostile
    let server = try NameServer { _ in .addresses([[127, 0, 0, 9]], aliases: [text]) }
    defer { withExtendedLifetime(server) {} }
    let findings = await look(
      ProbeRequest(
        target: Target(host: .name("srv01.example.test"), port: 1), only: ["dns.lookup", "dns.reverse"],
        nameServer: server.address))
    expectHarmless(findings, among: [])
  }
}
