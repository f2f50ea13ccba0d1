import Facts
import Glibc
import TestSupport
import Testing
import Wire

@testable import Practice
@testable import Probing

/// What servers do that are broken or mean no good.
enum Misconduct: String, CaseIterable, Sendable {
  /// An answer in order, one byte after another, so slowly that it is never done.
  case slowLoris
  /// The beginning of a message that never ends.
  case endless
  /// A message that announces more than anybody would read, and a part of it.
  case oversized
  /// An answer in order, each byte alone.
  case split
  /// The question is taken, and nothing comes.
  case halfOpen
  case resetting
}

/// A service of a protocol in which such a server makes its mischief.
struct MisledService: Sendable {
  /// An answer in order to the first question.
  var answer: [UInt8]
  /// The beginning of a message that is far too long.
  var head: [UInt8]
  var speaksFirst = false

  func perform(_ misconduct: Misconduct, with peer: Peer, on connection: Int32) {
    if !speaksFirst { _ = peer.message() }
    let filler = [UInt8](repeating: 0x41, count: 4096)
    switch misconduct {
    case .slowLoris:
      for byte in answer.dropLast() {
        guard peer.send([byte]) else { return }
        poll(nil, 0, 100)
      }
      peer.drain()
    case .endless:
      guard peer.send(head) else { return }
      while peer.send(filler) {}
    case .oversized:
      guard peer.send(head) else { return }
      for _ in 0..<64 { guard peer.send(filler) else { return } }
      peer.drain()
    case .split:
      for byte in answer { guard peer.send([byte]) else { return } }
      peer.drain()
    case .halfOpen: peer.drain()
    case .resetting: LoopbackListener.resetOnClose(connection)
    }
  }

  static let rdp = MisledService(
    answer: Wire.ConnectionConfirm(reply: .selected(.hybridEx, [])).encode(), head: [3, 0, 0xFF, 0xFF])
  /// As far as TLS goes before the first certificate.
  static let tls = MisledService(
    answer: [0x16, 3, 3, 0, 0x7A, 2, 0, 0, 0x76, 3, 3] + [UInt8](repeating: 7, count: 90),
    head: [0x16, 3, 3, 0xFF, 0xFF])
  static let credssp = MisledService(
    answer: Wire.TSRequest(negoTokens: [CredSSPExchangeTests.challenge.encode()]).encode(),
    head: [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF])
  static let web = MisledService(
    answer: Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8),
    head: Array("HTTP/1.1 200 OK\r\nX: ".utf8))
  static let remoteManagement = MisledService(
    answer: Array(
      "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n".utf8),
    head: Array("HTTP/1.1 401 Unauthorized\r\nX: ".utf8))
  static let ssh = MisledService(
    answer: Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), head: Array("SSH-2.0-".utf8), speaksFirst: true)
  static let smb = MisledService(
    answer: [0, 0, 0, 128, 0xFE, 0x53, 0x4D, 0x42, 64, 0] + [UInt8](repeating: 0, count: 58)
      + [65, 0, 1, 0, 0x11, 3] + [UInt8](repeating: 0, count: 58), head: [0, 0xFF, 0xFF, 0xFF])
  /// A search that is done and found nothing (RFC 4511 section 4.5.2).
  static let ldap = MisledService(
    answer: [0x30, 12, 2, 1, 1, 0x65, 7, 10, 1, 0, 4, 0, 4, 0], head: [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF])
  /// KRB-ERROR 6 of the realm CORP.TEST (RFC 4120 section 5.9.1).
  static let kerberos = MisledService(
    answer: Kerberos.framed(
      [0x7E, 0x37, 0x30, 0x35, 0xA0, 3, 2, 1, 5, 0xA1, 3, 2, 1, 30, 0xA4, 17, 0x18, 15]
        + Array("20260504031200Z".utf8) + [0xA5, 4, 2, 2, 7, 0xA1, 0xA6, 3, 2, 1, 6, 0xA9, 11, 0x1B, 9]
        + Array("CORP.TEST".utf8)), head: [0x7F, 0xFF, 0xFF, 0xFF])
}

/// Every probe that reads a stream, against each such server: the right finding, on time.
@Suite(.oneAtATime) struct HostileServerTests {
  /// What a finding comes to.
  private enum Verdict: Hashable {
    case answered(OutcomeID)
    /// Something came, and it says nothing.
    case unreadable
    case other(String)

    init(_ status: Finding.Status?) {
      switch status {
      case .answered(let outcome)?: self = .answered(outcome)
      case .inconclusive(.unreadable)?: self = .unreadable
      default: self = .other(String(describing: status))
      }
    }
  }

  private static let tls = Result { try ServerTLS(.init()) }

  /// - Parameter lead: Done on each connection before the mischief begins; false ends it.
  private func listener(
    _ service: MisledService, _ misconduct: Misconduct,
    after lead: @escaping @Sendable (Peer) -> Bool = { _ in true }
  ) throws -> LoopbackListener {
    // SSL_write(3) to a client that is gone.
    signal(SIGPIPE, SIG_IGN)
    return try LoopbackListener { connection in
      let peer = Peer(socket: connection) { _ in }
      guard lead(peer) else { return }
      service.perform(misconduct, with: peer, on: connection)
    }
  }

  private func expectVerdict(
    _ findings: [FindingID: Finding], _ id: FindingID, _ wanted: Verdict, _ misconduct: Misconduct,
    within limit: Duration, location: SourceLocation = #_sourceLocation
  ) {
    let finding = findings[id]
    #expect(
      Verdict(finding?.status) == wanted, "\(id), \(misconduct): \(String(describing: finding))",
      sourceLocation: location)
    #expect((finding?.elapsed ?? .seconds(99)) < limit, "\(id), \(misconduct)", sourceLocation: location)
  }

  @Test(arguments: Misconduct.allCases) func theNegotiation(misconduct: Misconduct) async throws {
    let listener = try listener(.rdp, misconduct)
    defer { withExtendedLifetime(listener) {} }
    let findings = await look(at: listener.port, only: ["rdp.service"], within: .milliseconds(1500))
    let wanted: Verdict =
      switch misconduct {
      case .slowLoris: .unreadable
      case .endless, .oversized: .answered("not-rdp")
      case .split: .answered("rdp")
      case .halfOpen: .answered("silent")
      case .resetting: .answered("reset")
      }
    expectVerdict(findings, "rdp.service", wanted, misconduct, within: .seconds(2))
  }

  @Test(arguments: Misconduct.allCases.filter { $0 != .split }) func theHandshake(misconduct: Misconduct)
    async throws
  {
    let listener = try listener(.tls, misconduct) { peer in
      peer.message() != nil && peer.send(MisledService.rdp.answer)
    }
    defer { withExtendedLifetime(listener) {} }
    let findings = await look(at: listener.port, only: ["tls.handshake"], within: .milliseconds(1500))
    let wanted: Verdict =
      switch misconduct {
      case .endless, .oversized, .split: .answered("malformed")
      // What counts is that no handshake came about by the deadline.
      case .slowLoris, .halfOpen: .answered("silent")
      case .resetting: .answered("reset")
      }
    expectVerdict(findings, "tls.handshake", wanted, misconduct, within: .seconds(2))
  }

  @Test(arguments: Misconduct.allCases) func theExchangeOfCredSSP(misconduct: Misconduct) async throws {
    let tls = try Self.tls.get()
    let listener = try listener(.credssp, misconduct) { peer in
      peer.message() != nil && peer.send(MisledService.rdp.answer) && peer.startTLS(tls)
    }
    defer { withExtendedLifetime(listener) {} }
    let findings = await look(at: listener.port, only: ["credssp.exchange"], within: .milliseconds(1800))
    let wanted: Verdict =
      switch misconduct {
      case .slowLoris, .endless, .oversized: .answered("malformed")
      case .split: .answered("challenge")
      case .halfOpen: .answered("silent")
      case .resetting: .answered("reset")
      }
    expectVerdict(findings, "credssp.exchange", wanted, misconduct, within: .seconds(2))
  }

  /// A host in order behind a way that passes every byte alone.
  @Test func aWholeRunReadsWhatIsSplitIntoBytes() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let port = host.port
    let relay = try LoopbackListener { connection in
      guard let server = try? TCPClient(port: port) else { return }
      var one: Int32 = 1
      for end in [connection, server.descriptor] {
        setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
      }
      var entries = [connection, server.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      var byte: UInt8 = 0
      while Glibc.poll(&entries, 2, -1) > 0 {
        for side in 0...1 where entries[side].revents != 0 {
          guard recv(entries[side].fd, &byte, 1, 0) == 1,
            send(entries[1 - side].fd, &byte, 1, Int32(MSG_NOSIGNAL)) == 1
          else { return }
        }
      }
    }
    defer { withExtendedLifetime(relay) {} }
    expect(
      await look(at: relay.port, only: ["credssp.exchange", "certificate.trust", "rdp.security"]),
      [
        "rdp.service": "rdp", "tls.handshake": "completed", "credssp.exchange": "challenge",
        "certificate.trust": "self-signed", "rdp.security": "nla-required",
      ])
  }

  @Test(arguments: Misconduct.allCases) func theGateway(misconduct: Misconduct) async throws {
    let tls = try Self.tls.get()
    let listener = try listener(.web, misconduct) { $0.startTLS(tls) }
    defer { withExtendedLifetime(listener) {} }
    var target = Target(host: .ipv4("127.0.0.1"), port: 1)
    target.gateway = "127.0.0.1:\(listener.port)"
    let findings = await look(
      ProbeRequest(target: target, only: ["gateway.service"], timeLimit: .milliseconds(2500)))
    let wanted: Verdict =
      switch misconduct {
      case .slowLoris, .endless, .oversized, .resetting: .unreadable
      case .split: .answered("not-a-gateway")
      case .halfOpen: .answered("silent")
      }
    expectVerdict(findings, "gateway.service", wanted, misconduct, within: .seconds(3))
  }

  @Test(arguments: Misconduct.allCases) func theDoors(misconduct: Misconduct) async throws {
    let servers = try [MisledService.ssh, .smb, .remoteManagement].map { try listener($0, misconduct) }
    defer { withExtendedLifetime(servers) {} }
    var ports = DoorPorts()
    (ports.ssh, ports.smb, ports.remoteManagement) = (servers[0].port, servers[1].port, servers[2].port)
    ports.securedRemoteManagement = try LoopbackPort.free()
    let ids: [FindingID] = ["doors.ssh", "doors.smb", "doors.winrm"]
    let findings = await look(
      ProbeRequest(target: Target(host: .ipv4("127.0.0.1"), port: 1), only: Set(ids), doorPorts: ports))
    for id in ids {
      expectVerdict(
        findings, id, misconduct == .split ? .answered("open") : .unreadable, misconduct,
        within: .milliseconds(3300))
    }
  }

  @Test(
    .enabled(if: RealServer.isDNSMasqAvailable, "dnsmasq is not installed"), arguments: Misconduct.allCases)
  func theDirectory(misconduct: Misconduct) async throws {
    let (kerberos, directory) = try (listener(.kerberos, misconduct), listener(.ldap, misconduct))
    defer { withExtendedLifetime((kerberos, directory)) {} }
    let names = try await blocking {
      try RealServer.dnsmasq([
        "--host-record=dc1.corp.test,127.0.0.1", "--local=/test/",
        "--srv-host=_kerberos._tcp.corp.test,dc1.corp.test,\(kerberos.port)",
        "--srv-host=_ldap._tcp.dc._msdcs.corp.test,dc1.corp.test,\(directory.port)",
      ])
    }
    defer { names.stop() }
    let findings = await look(
      ProbeRequest(
        target: Target(host: .name("srv01"), domain: "corp.test"), only: ["kerberos.kdc", "ldap.root"],
        nameServer: "127.0.0.1:\(names.port)"))
    for id in ["kerberos.kdc", "ldap.root"] as [FindingID] {
      let wanted: Verdict =
        switch misconduct {
        case .split: .answered("answers")
        // Nobody listens on the port for datagrams.
        case .halfOpen: .answered(id == "ldap.root" ? "silent" : "refused")
        case .slowLoris, .endless, .oversized, .resetting: .unreadable
        }
      expectVerdict(findings, id, wanted, misconduct, within: .seconds(4))
    }
  }
}
