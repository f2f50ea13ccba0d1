import COpenSSL
import Facts
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Practice
@testable import Probing

@Suite(.oneAtATime, .enabled(if: TestCertificates.isAvailable, "openssl is not installed"))
struct GatewayProbeTests {
  private static let challenge = ChallengeMessage(
    flags: [.unicode, .targetInfo, .version], targetName: "CORP", serverChallenge: [1, 2, 3, 4, 5, 6, 7, 8],
    targetInfo: TargetInfo(
      netBIOSComputer: "GW01", netBIOSDomain: "CORP", dnsComputer: "gw01.corp.example.test",
      dnsDomain: "corp.example.test", time: FileTime(ticks: 133_000_000_000_000_000)),
    build: WindowsBuild(major: 10, minor: 0, build: 20348)
  ).encode()

  /// As HTTP.sys on a Windows server with the role of the gateway.
  private static func gateway(_ request: HTTPSHost.Request) -> HTTPSHost.Reply {
    switch request.path {
    case "/remoteDesktopGateway/":
      guard request.method == "RDG_OUT_DATA" else { return .status(405) }
      guard let said = request.authorization else {
        return .status(
          401, ["Server: Microsoft-HTTPAPI/2.0", "WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM"])
      }
      let scheme = said.split(separator: " ")[0]
      return .status(
        401,
        [
          "Server: Microsoft-HTTPAPI/2.0",
          "WWW-Authenticate: \(scheme) \(Data(challenge).base64EncodedString())",
        ])
    case "/rpc/rpcproxy.dll": return .status(401, ["WWW-Authenticate: NTLM"])
    case "/KdcProxy": return .status(503)
    case "/RDWeb/Pages/": return .status(302, ["Location: /RDWeb/Pages/en-US/login.aspx"])
    default: return .status(404)
    }
  }

  private func look(
    at port: UInt16?, within limit: Duration = .seconds(10), name: String = "127.0.0.1"
  ) async throws -> Finding {
    var target = Target(host: .ipv4("192.0.2.1"))
    target.gateway = port.map { "\(name):\($0)" }
    let request = ProbeRequest(
      target: target, only: ["gateway.service"], timeLimit: limit,
      trustFile: try CertificateFiles.shared.get().root)
    var found: Finding?
    for await event in ProbeRunner(probes: [GatewayProbe.self]).run(request) {
      if case .finished(_, let findings, _) = event { found = findings.first }
    }
    return try #require(found)
  }

  private func host(
    _ leaf: TestCertificates.Leaf = .good,
    _ answer: @escaping @Sendable (HTTPSHost.Request) -> HTTPSHost.Reply
  ) async throws -> HTTPSHost {
    let files = try await blocking { try CertificateFiles.shared.get().files(leaf) }
    return try HTTPSHost(.files(chain: files.chain, key: files.key), answer)
  }

  @Test func withoutAGatewayThereIsNothingToAsk() async throws {
    guard case .notApplicable = try await look(at: nil).status else {
      Issue.record("a gateway that nobody named was looked at")
      return
    }
  }

  @Test func aGatewayTellsItsNamesItsClockAndWhatElseItHas() async throws {
    let host = try await host { Self.gateway($0) }
    defer { withExtendedLifetime(host) {} }
    let finding = try await look(at: host.port)
    #expect(finding.outcome == "answers", "\(finding)")
    #expect(finding["http_status"] == 401)
    #expect(finding["authentication"] == .list(["Negotiate", "NTLM"]))
    #expect(finding["dns_computer"] == "gw01.corp.example.test")
    #expect(finding["certificate_trust"] == "trusted")
    #expect(finding["certificate_agrees"] == true)
    #expect(finding["rpc_over_http"] == "present (HTTP 401)")
    #expect(finding["kdc_proxy"] == "not running (HTTP 503)")
    #expect(finding["rd_web"] == "present (HTTP 302)")
    guard case .number(let ahead)? = finding["clock_ahead_seconds"] else {
      Issue.record("no clock")
      return
    }
    // 2022-06-18.
    #expect(abs(ahead - (1_655_526_400 - Timestamp.now().seconds)) < 5)
  }

  @Test func nobodyIsNamedAndNothingFollowsTheChallenge() async throws {
    let host = try await host { Self.gateway($0) }
    defer { withExtendedLifetime(host) {} }
    _ = try await look(at: host.port)
    let said = host.requests.compactMap(\.authorization)
    #expect(said.count == 1)
    for text in said {
      let token = try #require(text.split(separator: " ").last.flatMap { Data(base64Encoded: String($0)) })
      #expect([UInt8](token) == NegotiateMessage().encode())
    }
    #expect(host.requests.allSatisfy { $0.body.isEmpty })
  }

  @Test(arguments: [
    (200, "not-a-gateway"), (302, "not-a-gateway"), (404, "not-a-gateway"), (405, "not-a-gateway"),
    (502, "refused"), (503, "refused"),
  ])
  func aWebServerThatIsNoGatewayIsToldFromOneWhoseGatewayIsGone(_ status: Int, _ outcome: String) async throws
  {
    let host = try await host { _ in .status(status) }
    defer { withExtendedLifetime(host) {} }
    let finding = try await look(at: host.port)
    #expect(finding.outcome?.name == outcome)
    #expect(finding["http_status"] == .integer(status))
    #expect(host.requests.allSatisfy { $0.authorization == nil })
  }

  @Test func aSiteThatAlwaysAsksForASignInIsNoEvidence() async throws {
    let host = try await host { _ in
      .status(401, ["Server: Microsoft-IIS/10.0", "WWW-Authenticate: NTLM"])
    }
    defer { withExtendedLifetime(host) {} }
    guard case .inconclusive(.unreadable) = try await look(at: host.port).status else {
      Issue.record("taken for a gateway, or for none")
      return
    }
  }

  @Test(arguments: [TestCertificates.Leaf.expired, .notYetValid, .wrongName])
  func aCertificateThatEveryClientRefusesIsAFault(_ leaf: TestCertificates.Leaf) async throws {
    let host = try await host(leaf) { Self.gateway($0) }
    defer { withExtendedLifetime(host) {} }
    let finding = try await look(at: host.port)
    #expect(finding.outcome == "tls-failed")
    #expect(finding["http_status"] == 401)
  }

  @Test func anAuthorityThatThisHostDoesNotKnowIsADetail() async throws {
    let host = try await host(.selfSigned) { Self.gateway($0) }
    defer { withExtendedLifetime(host) {} }
    let finding = try await look(at: host.port)
    #expect(finding.outcome == "answers")
    #expect(finding["certificate_trust"] == "self-signed")
  }

  @Test func aClosedPortRefuses() async throws {
    #expect(try await look(at: try LoopbackPort.free()).outcome == "refused")
  }

  @Test func whatSpeaksNoTLSFails() async throws {
    let odd: [@Sendable (Int32) -> Void] = [
      { LoopbackListener.write(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), to: $0) },
      { _ in },
      {
        LoopbackListener.resetOnClose($0)
        var byte: UInt8 = 0
        _ = recv($0, &byte, 1, 0)
      },
    ]
    for serve in odd {
      let listener = try LoopbackListener(serve: serve)
      defer { withExtendedLifetime(listener) {} }
      #expect(try await look(at: listener.port, within: .seconds(3)).outcome == "tls-failed")
    }
    // Not a word of TLS: there is nobody.
    let listener = try LoopbackListener { LoopbackListener.untilEnd($0) }
    defer { withExtendedLifetime(listener) {} }
    #expect(try await look(at: listener.port, within: .seconds(3)).outcome == "silent")
  }

  /// Replies of hosts that mean no good; each must end in time.
  @Test func whoeverAnswersOddlyInsideTLSIsToldInTime() async throws {
    let odd: [(reply: HTTPSHost.Reply, outcome: String?)] = [
      (.mute, "silent"), (.bytes(Array("RFB 003.008\n".utf8)), "not-a-gateway"), (.close, nil),
      (.bytes(Array("HTTP/1.1 401 Unauth".utf8)), nil),
      (.endless(Array("HTTP/1.1 200 OK\r\nX: ".utf8), every: nil), nil),
      (.endless(Array("HTTP/1.1 200 OK\r\nX: ".utf8), every: .milliseconds(100)), nil),
    ]
    for (reply, outcome) in odd {
      let host = try await host { _ in reply }
      defer { withExtendedLifetime(host) {} }
      let (finding, elapsed) = try await timed { try await look(at: host.port, within: .milliseconds(2500)) }
      #expect(finding.outcome?.name == outcome, "\(reply): \(finding.summary)")
      #expect(elapsed < .seconds(4))
    }
  }

  @Test(.enabled(if: RecordedTranscript.areAvailable, "no recordings at RDPTRIAGE_CAPTURES"))
  func aRecordedGatewayIsKnown() async throws {
    let file = "\(RecordedTranscript.folder)/transcripts/rdg-user-account-restricted.json"
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
    let messages = try #require((json as? [String: Any])?["messages"] as? [[String: Any]])
    let texts = messages.filter { $0["dir"] as? String == "s2c" }.compactMap { $0["hex"] as? String }
    let answers = texts.map { text -> [UInt8] in
      stride(from: 0, to: text.utf8.count - 1, by: 2).map { start in
        UInt8(text.dropFirst(start).prefix(2), radix: 16) ?? 0
      }
    }
    let (challenge, refusal) = (try #require(answers.first), try #require(answers.dropFirst().first))
    // The second answer lists the schemes, as the first one of a client that does not begin with a greeting.
    let host = try await host { request in
      guard request.path == "/remoteDesktopGateway/" else { return .status(404) }
      return .bytes(request.authorization == nil ? refusal : challenge)
    }
    defer { withExtendedLifetime(host) {} }
    let finding = try await look(at: host.port)
    #expect(finding.outcome == "answers")
    #expect(finding["gateway_authentication"] == "SMARTCARD")
    #expect(finding["http_reason"] == "User Account Restricted")
    #expect(finding["dns_computer"] == "IT-HELP-GW.ad.it-help.ninja")
    #expect(finding["build"] != nil)
  }
}

/// An HTTPS server on 127.0.0.1 that answers each request as told.
private final class HTTPSHost: Sendable {
  struct Request: Sendable {
    var method: String
    var path: String
    var authorization: String?
    var body: [UInt8] = []
  }

  enum Reply: Sendable {
    case status(Int, [String] = [])
    case bytes([UInt8])
    case mute
    case close
    /// A beginning, and then one byte after the other, without end.
    case endless([UInt8], every: Duration?)
  }

  private final class Log: Sendable {
    let requests = Mutex<[Request]>([])
  }

  private let listener: LoopbackListener
  private let log = Log()
  var port: UInt16 { listener.port }
  var requests: [Request] { log.requests.withLock { $0 } }

  init(_ certificate: ServerCertificate, _ answer: @escaping @Sendable (Request) -> Reply) throws {
    let tls = try ServerTLS(.init(certificate: certificate))
    // SSL_write(3) to a client that is gone.
    signal(SIGPIPE, SIG_IGN)
    listener = try LoopbackListener { [log] connection in
      guard let session = tls.accept(on: connection) else { return }
      defer { SSL_free(session) }
      func send(_ bytes: [UInt8]) -> Bool { SSL_write(session, bytes, Int32(bytes.count)) > 0 }
      while let request = Self.read(session) {
        log.requests.withLock { $0.append(request) }
        switch answer(request) {
        case .status(let status, let fields):
          let lines = ["HTTP/1.1 \(status) Something"] + fields + ["Content-Length: 2", "", "ok"]
          guard send(Array(lines.joined(separator: "\r\n").utf8)) else { return }
        case .bytes(let bytes):
          guard send(bytes) else { return }
        case .mute: LoopbackListener.untilEnd(connection)
        case .close: return
        case .endless(let start, let pause):
          guard send(start) else { return }
          while send([UInt8](repeating: 0x78, count: pause == nil ? 4096 : 1)) {
            if let pause { usleep(UInt32(pause.components.attoseconds / 1_000_000_000_000)) }
          }
          return
        }
      }
    }
  }

  private static func read(_ session: OpaquePointer) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = SSL_read(session, &buffer, Int32(buffer.count))
      guard count > 0 else { return nil }
      bytes += buffer.prefix(Int(count))
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.range(of: "\r\n\r\n") else { continue }
      let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ").map(String.init)
      guard words.count == 3 else { return nil }
      let authorization = lines.first { $0.lowercased().hasPrefix("authorization: ") }?.dropFirst(15)
      return Request(
        method: words[0], path: words[1], authorization: authorization.map(String.init),
        body: Array(text[end.upperBound...].utf8))
    }
  }
}
