import TestSupport
import Testing

/// The servers that other tests lean on start, answer as known, and leave nothing behind.
@BlockingTests @Suite(.serialized, .enabled(if: TestCertificates.isAvailable))
struct RealServerStartTests {
  private func confirm(from server: RealServer, asking protocols: UInt8) throws -> [UInt8] {
    try TCPClient(port: server.port).exchange(ClientMessages.connectionRequest(protocols), expecting: 19)
  }

  @Test(.enabled(if: RealServer.isXRDPAvailable))
  func xrdpSelectsTLSAndNeverNLA() throws {
    let files = try TestCertificates().files(.good)
    let server = try RealServer.xrdp(.negotiate, certificate: files)
    #expect(try confirm(from: server, asking: 0x0B).suffix(8) == [0x02, 0x01, 8, 0, 1, 0, 0, 0])
    server.stop()
    #expect(!LoopbackPort.isListening(server.port))
  }

  @Test(.enabled(if: RealServer.isFreeRDPShadowAvailable))
  func theShadowServerDemandsNLA() throws {
    let files = try TestCertificates().files(.good)
    let server = try RealServer.freerdpShadow(nla: true, certificate: files)
    #expect(try confirm(from: server, asking: 0x03).suffix(8) == [0x02, 0x03, 8, 0, 2, 0, 0, 0])
    #expect(try confirm(from: server, asking: 0x01).suffix(8) == [0x03, 0, 8, 0, 5, 0, 0, 0])
    server.stop()
    #expect(!LoopbackPort.isListening(server.port))
  }

  @Test(arguments: TestCertificates.Leaf.allCases)
  func opensslServesEveryKindOfCertificate(leaf: TestCertificates.Leaf) throws {
    let files = try TestCertificates().files(leaf)
    let server = try RealServer.opensslServer(certificate: files)
    defer { server.stop() }
    let client = try TLSClient(over: try TCPClient(port: server.port))
    let text = try client.describeCertificate()
    let wanted =
      switch leaf {
      case .good, .missingIntermediate: "Issuer: CN = Test Issuing CA"
      case .selfSigned: "Issuer: CN = \(TestCertificates.name)"
      case .expired: "Certificate will expire"
      case .notYetValid, .expiresSoon: "Certificate will not expire"
      case .wrongName: "DNS:other.example.test"
      case .weakKey: "(1024 bit)"
      case .weakSignature: "sha1WithRSAEncryption"
      case .brokenSignature: "md5WithRSAEncryption"
      case .ellipticCurve: "(256 bit)"
      case .windowsUsage: "Data Encipherment"
      case .revocable: TestCertificates.responder
      case .clientOnly: "TLS Web Client Authentication"
      }
    #expect(text.contains(wanted))
    #expect(client.chainLength == (leaf == .missingIntermediate || leaf == .selfSigned ? 1 : 2))
  }

  @Test func aSilentPortAnswersNoSYN() throws {
    let port = try SilentPort()
    #expect(throws: TCPClient.Refused.self) {
      _ = try TCPClient(port: port.port, patience: .milliseconds(300))
    }
  }
}
