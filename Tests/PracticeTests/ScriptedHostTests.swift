import Glibc
import Practice
import TestSupport
import Testing

@BlockingTests @Suite struct ScriptedHostTests {
  private func withHost<Result>(
    _ behaviour: HostBehaviour, _ body: (ScriptedHost) throws -> Result
  ) throws -> Result {
    let host = try ScriptedHost.start(behaviour)
    defer { host.stop() }
    return try body(host)
  }

  private let confirmHybridEx: [UInt8] =
    [0x03, 0, 0, 0x13, 0x0E, 0xD0, 0, 0, 0x12, 0x34, 0, 0x02, 0x1F, 0x08, 0, 0x08, 0, 0, 0]

  // MARK: - TCP

  @Test func aHostThatRefusesHoldsItsPortUntilItIsRepaired() throws {
    try withHost(.init(transport: .refuse)) { host in
      let refused = #expect(throws: TCPClient.Refused.self) { _ = try TCPClient(port: host.port) }
      #expect(refused?.errno == ECONNREFUSED)
      try host.repair()
      let answer = try TCPClient(port: host.port).exchange(
        ClientMessages.connectionRequest(0x0B), expecting: 19)
      #expect(answer == confirmHybridEx)
      #expect(host.counters.connections == 1)
    }
  }

  @Test(arguments: [
    (HostBehaviour.TransportStage.close, TCPClient.End.closed), (.reset, .reset), (.mute, .silent),
  ])
  func eachEndOfAConnectionIsTheOneAskedFor(
    transport: HostBehaviour.TransportStage, end: TCPClient.End
  ) throws {
    try withHost(.init(transport: transport)) { host in
      do {
        let client = try TCPClient(port: host.port, patience: .milliseconds(300))
        let (bytes, seen) = client.receiveAll()
        #expect(bytes.isEmpty)
        #expect(seen == end)
      } catch let refused as TCPClient.Refused {
        // The reset can overtake the end of connect(2).
        #expect(end == .reset && refused.errno == ECONNRESET)
      }
    }
  }

  @Test func anotherServiceSpeaksItsOwnLanguage() throws {
    let entry = try #require(PracticeCatalogue.entry("wrong-service"))
    try withHost(entry.behaviour) { host in
      let client = try TCPClient(port: host.port)
      client.send(ClientMessages.connectionRequest(0x0B))
      let (bytes, end) = client.receiveAll()
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
      #expect(text.split(separator: "\r\n\r\n", maxSplits: 1).last?.utf8.count == 39)
      #expect(end == .closed)
    }
  }

  // MARK: - Negotiation

  @Test(arguments: [
    (HostBehaviour.SecurityRequirement.nlaRequired, UInt8(0x0B), [0x02, 0x1F, 8, 0, 8, 0, 0, 0] as [UInt8]),
    (.nlaRequired, 0x03, [0x02, 0x1F, 8, 0, 2, 0, 0, 0]),
    (.nlaRequired, 0x01, [0x03, 0, 8, 0, 5, 0, 0, 0]),
    (.nlaRequired, 0x00, [0x03, 0, 8, 0, 5, 0, 0, 0]),
    (.tlsRequired, 0x01, [0x02, 0x1F, 8, 0, 1, 0, 0, 0]),
    (.tlsRequired, 0x00, [0x03, 0, 8, 0, 1, 0, 0, 0]),
    (.negotiable, 0x00, [0x02, 0x1F, 8, 0, 0, 0, 0, 0]),
    (.legacyOnly, 0x0B, [0x03, 0, 8, 0, 2, 0, 0, 0]),
    (.legacyOnly, 0x00, [0x02, 0x1F, 8, 0, 0, 0, 0, 0]),
  ])
  func theConfirmDependsOnWhatIsAskedAsOnWindows(
    requirement: HostBehaviour.SecurityRequirement, asked: UInt8, negotiation: [UInt8]
  ) throws {
    try withHost(.init(negotiation: .likeWindows(requirement))) { host in
      let client = try TCPClient(port: host.port)
      let answer = client.exchange(ClientMessages.connectionRequest(asked), expecting: 19)
      #expect(answer == [0x03, 0, 0, 0x13, 0x0E, 0xD0, 0, 0, 0x12, 0x34, 0] + negotiation)
      #expect(host.counters.protocolsAsked == [UInt32(asked)])
    }
  }

  @Test func aRefusingHostLeavesTheClosingToItsClient() throws {
    try withHost(.init(negotiation: .fail(code: 3))) { host in
      let client = try TCPClient(port: host.port, patience: .milliseconds(300))
      client.send(ClientMessages.connectionRequest(0x0B))
      let (bytes, end) = client.receiveAll()
      #expect(bytes.suffix(8) == [0x03, 0, 8, 0, 3, 0, 0, 0])
      #expect(end == .silent)
    }
  }

  // MARK: - TLS

  private func negotiated(_ host: ScriptedHost) throws -> TCPClient {
    let client = try TCPClient(port: host.port)
    #expect(client.exchange(ClientMessages.connectionRequest(0x0B), expecting: 19) == confirmHybridEx)
    return client
  }

  @Test func theUsualCertificateIsLikeThatOfWindows() throws {
    try withHost(.healthy) { host in
      let text = try TLSClient(over: negotiated(host)).describeCertificate()
      #expect(text.contains("Issuer: CN = practice\n"))
      #expect(text.contains("Subject: CN = practice\n"))
      #expect(text.contains("Key Encipherment, Data Encipherment\n"))
      #expect(text.contains("TLS Web Server Authentication"))
      #expect(text.contains("Public-Key: (2048 bit)"))
      #expect(text.contains("sha256WithRSAEncryption"))
      #expect(text.contains("IP Address:127.0.0.1"))
      #expect(text.contains("Certificate will not expire"))
    }
  }

  @Test func everyPropertyOfACertificateCanBeOtherwise() throws {
    let odd = CertificateSpecification(
      commonName: "old.example.com", alternativeNames: [], validFrom: .days(-100), validUntil: .days(-1),
      key: .rsa(bits: 1024), digest: "sha1", keyUsage: nil, extendedKeyUsage: "clientAuth", issuer: "Lost CA")
    try withHost(.init(tls: .init(certificate: .made(odd)))) { host in
      let text = try TLSClient(over: negotiated(host)).describeCertificate()
      #expect(text.contains("Issuer: CN = Lost CA\n"))
      #expect(text.contains("Subject: CN = old.example.com\n"))
      #expect(text.contains("Public-Key: (1024 bit)"))
      #expect(text.contains("sha1WithRSAEncryption"))
      #expect(text.contains("TLS Web Client Authentication"))
      #expect(!text.contains("Alternative Name"))
      #expect(!text.contains("X509v3 Key Usage"))
      #expect(text.contains("Certificate will expire"))
    }
  }

  @Test(arguments: [(TLSVersion.v1_0, "TLSv1"), (.v1_1, "TLSv1.1"), (.v1_2, "TLSv1.2"), (.v1_3, "TLSv1.3")])
  func onlyTheVersionAskedForIsSpoken(version: TLSVersion, name: String) throws {
    try withHost(.init(tls: .init(versions: version...version))) { host in
      let tls = try TLSClient(over: negotiated(host))
      #expect(tls.version == name)
    }
  }

  @Test(arguments: [
    (HostBehaviour.ClientHelloAnswer.close, TCPClient.End.closed, [] as [UInt8]), (.reset, .reset, []),
    (.raw([0x03, 0, 0, 9, 2, 0xF0, 0x80, 0x21, 0x80]), .closed, [0x03, 0, 0, 9, 2, 0xF0, 0x80, 0x21, 0x80]),
    (.silent, .silent, []),
  ])
  func aClientHelloCanBeMetWithAnythingButTLS(
    answer: HostBehaviour.ClientHelloAnswer, end: TCPClient.End, bytes: [UInt8]
  ) throws {
    try withHost(.init(tls: .init(answer: answer))) { host in
      let client = try TCPClient(port: host.port, patience: .milliseconds(300))
      #expect(client.exchange(ClientMessages.connectionRequest(0x0B), expecting: 19) == confirmHybridEx)
      client.send([0x16, 0x03, 0x01, 0x00, 0x04, 1, 0, 0, 0])
      let seen = client.receiveAll()
      #expect(seen.bytes == bytes)
      #expect(seen.end == end)
    }
  }

  // MARK: - CredSSP

  @Test func aBareErrorCodeHasTheBytesThatWindowsSends() throws {
    try withHost(.init(credssp: .error(version: 6, code: 0xC000_006D))) { host in
      let tls = try TLSClient(over: negotiated(host))
      #expect(
        tls.exchange(ClientMessages.tsRequest(ClientMessages.ntlmNegotiate)) == [
          0x30, 0x0D, 0xA0, 0x03, 0x02, 0x01, 0x06, 0xA4, 0x06, 0x02, 0x04, 0xC0, 0x00, 0x00, 0x6D,
        ])
    }
  }

  @Test(.enabled(if: Command.path(of: "nmap") != nil))
  func nmapReadsTheNamesTheBuildAndTheClockOfTheChallenge() throws {
    let settings = ChallengeSettings(
      netBIOSComputer: "SRV01", netBIOSDomain: "EXAMPLE", dnsComputer: "srv01.example.com",
      dnsDomain: "example.com",
      dnsTree: "forest.example.com", build: .init(major: 10, minor: 0, build: 20348), clockOffset: .days(-400)
    )
    try withHost(.init(credssp: .challenge(settings))) { host in
      let result = try Command.run(
        "nmap",
        ["-Pn", "-n", "-p", "\(host.port)", "--script", "+rdp-ntlm-info", "127.0.0.1"])
      let text = result.output
      for line in [
        "Target_Name: EXAMPLE", "NetBIOS_Domain_Name: EXAMPLE", "NetBIOS_Computer_Name: SRV01",
        "DNS_Domain_Name: example.com", "DNS_Computer_Name: srv01.example.com",
        "DNS_Tree_Name: forest.example.com", "Product_Version: 10.0.20348",
      ] { #expect(text.contains(line), "no “\(line)” in \(text)") }
      var then = time(nil) - 400 * 86400
      var parts = tm()
      gmtime_r(&then, &parts)
      #expect(text.contains("System_Time: \(parts.tm_year + 1900)-"))
      #expect(host.waitUntilIdle())
      #expect(host.counters.authenticateMessages == 0)
    }
  }

  // MARK: - Counting

  @Test(arguments: [
    ClientMessages.tsRequest(ClientMessages.ntlmAuthenticate), ClientMessages.tsRequestWithCredentials,
  ])
  func aSignInIsCountedAndRefused(message: [UInt8]) throws {
    try withHost(.healthy) { host in
      let tls = try TLSClient(over: negotiated(host))
      #expect(!tls.exchange(ClientMessages.tsRequest(ClientMessages.ntlmNegotiate)).isEmpty)
      #expect(host.counters.authenticateMessages == 0)
      #expect(tls.exchange(message).suffix(4) == [0xC0, 0x00, 0x00, 0x6D])
      #expect(host.counters.authenticateMessages == 1)
    }
  }

  @Test func aSignInIsCountedAlsoWhenItIsCutOffOrComesTooEarly() throws {
    try withHost(.healthy) { host in
      do {
        let early = try TLSClient(over: negotiated(host))
        _ = early.exchange(ClientMessages.tsRequest(ClientMessages.ntlmAuthenticate))
        #expect(host.counters.authenticateMessages == 1)
      }
      do {
        let cut = try TLSClient(over: negotiated(host))
        _ = cut.exchange(ClientMessages.tsRequest(ClientMessages.ntlmNegotiate))
        cut.send(ClientMessages.tsRequest(ClientMessages.ntlmAuthenticate).dropLast(8))
      }
      #expect(host.waitUntilIdle())
      #expect(host.counters.authenticateMessages == 2)
    }
  }

  @Test func aClientInfoIsASignInOnlyWhenItNamesSomebody() throws {
    try withHost(.init(negotiation: .likeWindows(.negotiable), session: .replies([[1], [2], [3], [4]]))) {
      host in
      let client = try TCPClient(port: host.port)
      _ = client.exchange(ClientMessages.connectionRequest(0), expecting: 19)
      #expect(client.exchange(ClientMessages.clientInfo(userName: 0), expecting: 1) == [1])
      #expect(host.counters.clientInfos == 1)
      #expect(host.counters.authenticateMessages == 0)
      #expect(client.exchange(ClientMessages.clientInfo(userName: 10), expecting: 1) == [2])
      #expect(host.counters.clientInfos == 2)
      #expect(host.counters.authenticateMessages == 1)
      #expect(client.exchange(ClientMessages.clientInfo(userName: 0, password: 8), expecting: 1) == [3])
      #expect(host.counters.authenticateMessages == 2)
      #expect(client.exchange(ClientMessages.clientInfo(userName: 0, autoLogon: true), expecting: 1) == [4])
      #expect(host.counters.authenticateMessages == 3)
    }
  }

  @Test func connectionsCountAsSimultaneousOnlyWhileTheirClientsHoldThem() throws {
    try withHost(.init(transport: .mute)) { host in
      for _ in 0..<3 { _ = try TCPClient(port: host.port) }
      #expect(host.waitUntilIdle())
      #expect(host.counters.connections == 3)
      #expect(host.counters.mostAtOnce == 1)
      let first = try TCPClient(port: host.port)
      let second = try TCPClient(port: host.port)
      #expect(poll(within: .seconds(5)) { host.counters.connections == 5 })
      #expect(!host.waitUntilIdle(for: .zero))
      first.finish()
      second.finish()
      #expect(host.waitUntilIdle())
      #expect(host.counters.mostAtOnce == 2)
    }
  }

  @Test func stoppingEndsOpenConnectionsAndFreesThePort() throws {
    let host = try ScriptedHost.start(.init(transport: .mute))
    let client = try TCPClient(port: host.port)
    #expect(poll(within: .seconds(5)) { host.counters.connections == 1 })
    host.stop()
    #expect(client.receiveAll().end != .silent)
    #expect(throws: TCPClient.Refused.self) { _ = try TCPClient(port: host.port) }
    host.stop()
  }

  // MARK: - Replaying

  @Test func plainMessagesAreReplayedOneForEachOfTheClient() throws {
    let host = try ScriptedHost.replaying([[1, 2], [3, 4, 5]])
    defer { host.stop() }
    let client = try TCPClient(port: host.port)
    #expect(client.exchange(ClientMessages.connectionRequest(0), expecting: 2) == [1, 2])
    #expect(client.exchange(ClientMessages.clientInfo(userName: 0), expecting: 3) == [3, 4, 5])
  }

  @Test func aReplaySkipsWhatThisClientDoesNotAskAndRefusesWhatTheHostWouldRefuse() throws {
    let join: (UInt8) -> [UInt8] = { [3, 0, 0, 12, 2, 0xF0, 0x80, 0x38, 0, 8, 3, $0] }
    let attach: [UInt8] = [3, 0, 0, 8, 2, 0xF0, 0x80, 0x28]
    let confirm: [UInt8] = [
      0x03, 0, 0, 0x13, 0x0E, 0xD0, 0, 0, 0x12, 0x34, 0, 0x02, 0x1F, 0x08, 0, 0, 0, 0, 0,
    ]
    let recording = Recording(steps: [
      .client(ClientMessages.connectionRequest(0)), .server(confirm),
      .client(attach), .server([0xAA]), .client(join(1)), .server([1]), .client(join(2)), .server([2]),
      .client(join(3)), .server([3]),
    ])
    let host = try ScriptedHost.start(.init(transport: .recorded([recording])))
    defer { host.stop() }
    let client = try TCPClient(port: host.port)
    #expect(client.exchange(ClientMessages.connectionRequest(0), expecting: 19) == confirm)
    #expect(client.exchange(join(2), expecting: 1) == [2])
    #expect(client.exchange(join(9), expecting: 1) == [3])
    let other = try TCPClient(port: host.port)
    #expect(
      other.exchange(ClientMessages.connectionRequest(0x0B), expecting: 19).suffix(5) == [0, 2, 0, 0, 0])
  }
}
