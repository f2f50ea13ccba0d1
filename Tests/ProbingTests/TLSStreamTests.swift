import Glibc
import Facts
import Practice
import TestSupport
import Testing

@testable import Probing

@Suite(.oneAtATime) struct TLSStreamTests {
  private static func server(
    _ leaf: TestCertificates.Leaf, _ options: [String] = []
  ) async throws -> RealServer {
    try await blocking {
      let certificate = try CertificateFiles.shared.get().files(leaf)
      // A free port may be taken by somebody else before the server has it.
      for _ in 0..<2 {
        if let server = try? RealServer.opensslServer(certificate: certificate, options: options) {
          return server
        }
      }
      return try RealServer.opensslServer(certificate: certificate, options: options)
    }
  }

  private func handshake(
    _ port: UInt16, options: TLSOptions = TLSOptions(), within limit: Duration = .seconds(5)
  ) async throws -> TLSEnd {
    await TLSStream.handshake(
      over: try await open(port), serverName: TestCertificates.name, options: options, by: .after(limit))
  }

  @Test(
    .enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"),
    arguments: [
      ("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1"), ("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3"),
    ])
  func everyVersionIsSpokenWhenTheHostHasNoOther(_ option: String, _ version: String) async throws {
    let server = try await Self.server(.good, [option])
    defer { server.stop() }
    guard case .completed(let stream, let facts) = try await handshake(server.port) else {
      Issue.record("no handshake")
      return
    }
    #expect(facts.version == version)
    #expect(facts.chain.count >= 2)
    #expect(facts.publicKey.count > 256)
    #expect(await stream.send(Array("GET / HTTP/1.0\r\n\r\n".utf8), by: .after(.seconds(2))) == .sent)
    guard case .bytes(let bytes) = await stream.receive(atMost: 8, by: .after(.seconds(2))) else {
      Issue.record("no answer inside TLS")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1"))
    stream.close()
  }

  @Test(.enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"))
  func aHostWithoutTheVersionsOfferedHasNoCommonVersion() async throws {
    let server = try await Self.server(.good, ["-tls1_3"])
    defer { server.stop() }
    let end = try await handshake(server.port, options: TLSOptions(versions: .tls10 ... .tls11))
    guard case .noCommonVersion = end else {
      Issue.record("\(end)")
      return
    }
  }

  @Test(.enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"))
  func aHostWithOtherCipherSuitesHasNoCommonCipher() async throws {
    let server = try await Self.server(.good, ["-tls1_2", "-cipher", "aNULL"])
    defer { server.stop() }
    let end = try await handshake(server.port)
    guard case .noCommonCipher(alert: "handshake_failure") = end else {
      Issue.record("\(end)")
      return
    }
  }

  @Test(
    .enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"),
    arguments: [TestCertificates.Leaf.weakKey, .weakSignature, .expired, .clientOnly, .selfSigned])
  func noCertificateKeepsTheHandshakeFromCompleting(_ leaf: TestCertificates.Leaf) async throws {
    let server = try await Self.server(leaf)
    defer { server.stop() }
    guard case .completed(let stream, _) = try await handshake(server.port) else {
      Issue.record("no handshake")
      return
    }
    stream.close()
  }

  private static let alert: [UInt8] = [
    21,  // content type: alert
    3, 3,  // version
    0, 2,  // length
    2,  // fatal
  ]

  @Test func anAlertIsToldByItsName() async throws {
    let listener = try LoopbackListener { connection in
      LoopbackListener.write(Self.alert + [80], to: connection)
      LoopbackListener.untilEnd(connection)
    }
    defer { withExtendedLifetime(listener) {} }
    guard case .alert("internal_error") = try await handshake(listener.port) else {
      Issue.record("no alert")
      return
    }
  }

  @Test(arguments: [70, 71, 40])
  func alertsAboutTheOfferAreToldApart(_ number: UInt8) async throws {
    let listener = try LoopbackListener { connection in
      LoopbackListener.write(Self.alert + [number], to: connection)
      LoopbackListener.untilEnd(connection)
    }
    defer { withExtendedLifetime(listener) {} }
    switch (number, try await handshake(listener.port)) {
    case (70, .noCommonVersion), (71, .noCommonCipher), (40, .noCommonCipher): break
    case (_, let end): Issue.record("\(number): \(end)")
    }
  }

  @Test func clearTextInPlaceOfAServerHelloIsMalformed() async throws {
    // An MCS Disconnect Provider Ultimatum, as a server sends whose key does not fit its certificate.
    let bytes: [UInt8] = [0x03, 0x00, 0x00, 0x09, 0x02, 0xF0, 0x80, 0x21, 0x80]
    let listener = try LoopbackListener { connection in
      LoopbackListener.write(bytes, to: connection)
      LoopbackListener.untilEnd(connection)
    }
    defer { withExtendedLifetime(listener) {} }
    guard case .malformed(_, let firstBytes) = try await handshake(listener.port) else {
      Issue.record("not malformed")
      return
    }
    #expect(firstBytes == bytes)
  }

  @Test func aCloseInTheHandshakeIsAClose() async throws {
    let listener = try LoopbackListener { connection in
      var hello = [UInt8](repeating: 0, count: 4096)
      _ = Glibc.recv(connection, &hello, hello.count, 0)
    }
    defer { withExtendedLifetime(listener) {} }
    guard case .ended(.closed) = try await handshake(listener.port) else {
      Issue.record("not closed")
      return
    }
  }

  @Test func aResetInTheHandshakeIsAReset() async throws {
    let listener = try LoopbackListener { connection in
      var hello = [UInt8](repeating: 0, count: 4096)
      _ = Glibc.recv(connection, &hello, hello.count, 0)
      LoopbackListener.resetOnClose(connection)
    }
    defer { withExtendedLifetime(listener) {} }
    guard case .ended(.reset) = try await handshake(listener.port) else {
      Issue.record("not reset")
      return
    }
  }

  @Test func aSilentHostEndsTheHandshakeByTheDeadline() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let elapsed = try await shortest(within: .milliseconds(400)) {
      let (end, elapsed) = try await timed {
        try await handshake(listener.port, within: .milliseconds(300))
      }
      guard case .ended(.silent) = end else {
        Issue.record("\(end)")
        return .seconds(60)
      }
      return elapsed
    }
    #expect(elapsed < .milliseconds(400))
  }

  @Test func aHandshakeWithoutEndIsCutOff() async throws {
    // Handshake records that belong to one certificate message of 16 MB.
    let listener = try LoopbackListener { connection in
      let record: [UInt8] = [22, 3, 3, 0x40, 0x00] + [UInt8](repeating: 0, count: 0x4000)
      while Glibc.send(connection, record, record.count, Int32(MSG_NOSIGNAL)) == record.count {}
    }
    defer { withExtendedLifetime(listener) {} }
    guard case .malformed = try await handshake(listener.port, within: .seconds(10)) else {
      Issue.record("not malformed")
      return
    }
  }

  @Test func aPracticeHostLikeWindowsCompletes() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let connection = try await open(host.port)
    #expect(await negotiate(connection, .after(.seconds(2))))
    let end = await TLSStream.handshake(
      over: connection, serverName: nil, by: .after(.seconds(5)))
    guard case .completed(let stream, let facts) = end else {
      Issue.record("\(end)")
      return
    }
    stream.close()
    let leaf = try #require(CertificateChain(der: facts.chain)?.leaf)
    #expect(leaf.keyUsage == ["keyEncipherment", "dataEncipherment"])
    #expect(leaf.isSelfSigned)
  }
}

/// Asks for TLS or CredSSP ([MS-RDPBCGR] 2.2.1.1), and tells whether one of them was selected.
@Sendable func negotiate(_ stream: any ByteStream, _ deadline: Deadline) async -> Bool {
  let request: [UInt8] = [
    3, 0, 0, 19,  // TPKT
    14, 0xE0, 0, 0, 0, 0, 0,  // X.224 Connection Request
    1, 0, 8, 0, 3, 0, 0, 0,  // RDP Negotiation Request: TLS and CredSSP
  ]
  guard await stream.send(request, by: deadline) == .sent else { return false }
  var answer: [UInt8] = []
  while answer.count < 19 {
    guard case .bytes(let bytes) = await stream.receive(atMost: 19 - answer.count, by: deadline) else {
      return false
    }
    answer += bytes
  }
  return answer[11] == 2 && answer[15] != 0
}
