import Facts
import Glibc
import TestSupport
import Testing
import Wire

@testable import Probing

private let doors: Set<FindingID> = [
  "doors.winrm", "doors.ssh", "doors.smb", "doors.rpc", "doors.https-console",
]

/// A look at the doors of 127.0.0.1, on these ports.
private func lookAtDoors(
  _ ports: DoorPorts, only: Set<FindingID> = doors, within limit: Duration = .seconds(10)
) async -> [FindingID: Finding] {
  await look(
    ProbeRequest(
      target: Target(host: .ipv4("127.0.0.1"), port: 1), only: only, timeLimit: limit, doorPorts: ports))
}

private func allPorts(_ port: UInt16) -> DoorPorts {
  var ports = DoorPorts()
  (ports.remoteManagement, ports.securedRemoteManagement) = (port, port)
  (ports.ssh, ports.smb, ports.rpc, ports.consoles) = (port, port, port, [port])
  return ports
}

/// Doors of servers that others wrote.
@Suite(.oneAtATime) struct RealDoorTests {
  @Test(.enabled(if: RealServer.isSSHServerAvailable, "sshd is not installed"))
  func openSSHTellsItsName() async throws {
    let server = try await blocking { try RealServer.sshd() }
    defer { server.stop() }
    let finding = await lookAtDoors(allPorts(server.port), only: ["doors.ssh"])["doors.ssh"]
    #expect(finding?.outcome == "open", "\(String(describing: finding))")
    #expect(finding?.detailTexts.contains { $0.hasPrefix("SSH-2.0-OpenSSH_") } == true)
  }

  @Test(
    .enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"),
    arguments: [
      ("/CN=idrac-8XYZ123/O=Dell Inc.", "Dell iDRAC"), ("/CN=ILOCZ1234/O=Hewlett Packard", "HPE iLO"),
      ("/O=VMware, Inc/CN=esx01", "VMware ESXi or vSphere"),
    ])
  func aConsoleIsKnownByItsCertificate(subject: String, product: String) async throws {
    let server = try await blocking { try RealServer.webServer(subject: subject) }
    defer { server.stop() }
    let finding = await lookAtDoors(allPorts(server.port), only: ["doors.https-console"])[
      "doors.https-console"]
    #expect(finding?.outcome == "open", "\(String(describing: finding))")
    #expect(finding?["product"] == .text(product))
  }

  @Test(.enabled(if: RealServer.isOpenSSLServerAvailable, "openssl is not installed"))
  func anotherWebServerIsNoConsole() async throws {
    let server = try await blocking { try RealServer.webServer(subject: "/CN=srv01.corp.test") }
    defer { server.stop() }
    let finding = await lookAtDoors(allPorts(server.port), only: ["doors.https-console"])[
      "doors.https-console"]
    #expect(
      finding?.status == .inconclusive(.unreadable("a web server answers, but no console that is known")))
  }
}

/// Doors that others pretend to be, or that are shut.
@Suite(.oneAtATime) struct DoorProbeTests {
  private func answering(_ text: String) throws -> LoopbackListener {
    try LoopbackListener { connection in
      var buffer = [UInt8](repeating: 0, count: 4096)
      _ = recv(connection, &buffer, buffer.count, 0)
      LoopbackListener.write(Array(text.utf8), to: connection)
    }
  }

  @Test func remoteManagementIdentifiesItself() async throws {
    let body =
      "<s:Envelope><s:Body><wsmid:IdentifyResponse><wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor><wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>"
    let server = try answering(
      "HTTP/1.1 200\r\nServer: Microsoft-HTTPAPI/2.0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    defer { withExtendedLifetime(server) {} }
    var ports = allPorts(server.port)
    ports.securedRemoteManagement = try LoopbackPort.free()
    let finding = await lookAtDoors(ports, only: ["doors.winrm"])["doors.winrm"]
    #expect(finding?.outcome == "open", "\(String(describing: finding))")
    #expect(finding?["product"] == "Microsoft stack 3.0")
  }

  @Test func aDemandToSignInIsADoorToo() async throws {
    let server = try answering(
      "HTTP/1.1 401 \r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm=\"WSMAN\"\r\nContent-Length: 0\r\n\r\n"
    )
    defer { withExtendedLifetime(server) {} }
    var ports = allPorts(server.port)
    ports.securedRemoteManagement = try LoopbackPort.free()
    let finding = await lookAtDoors(ports, only: ["doors.winrm"])["doors.winrm"]
    #expect(finding?.outcome == "open")
    #expect(finding?["schemes"] == .list(["Negotiate", "Basic"]))
  }

  @Test func portsThatRefuseAreShutDoors() async throws {
    let findings = await lookAtDoors(allPorts(try LoopbackPort.free()))
    for id in doors { #expect(findings[id]?.outcome == "refused", "\(id)") }
  }

  @Test func portsThatDropAreSilentAndInTime() async throws {
    let silent = try SilentPort()
    defer { withExtendedLifetime(silent) {} }
    let (findings, elapsed) = await timed { await lookAtDoors(allPorts(silent.port)) }
    for id in doors { #expect(findings[id]?.outcome == "silent", "\(id)") }
    #expect(elapsed < .milliseconds(3300))
    let short = await lookAtDoors(allPorts(silent.port), within: .milliseconds(400))
    for id in doors { #expect(short[id]?.status == .inconclusive(.outOfTime), "\(id)") }
  }

  /// A host that is up is not down because one service of it says nothing.
  @Test func aPortThatOpensAndSaysNothingIsNoEvidence() async throws {
    let server = try LoopbackListener { connection in
      // On a thread of its own each, so that none waits for another.
      let copy = dup(connection)
      var thread = pthread_t()
      pthread_create(
        &thread, nil,
        { argument in
          let connection = Int32(Int(bitPattern: argument))
          LoopbackListener.untilEnd(connection)
          close(connection)
          return nil
        }, UnsafeMutableRawPointer(bitPattern: Int(copy)))
      pthread_detach(thread)
    }
    defer { withExtendedLifetime(server) {} }
    let findings = await lookAtDoors(allPorts(server.port))
    for id in doors {
      #expect(
        findings[id]?.status == .inconclusive(.unreadable("the port opens, but nothing answers")), "\(id)")
    }
  }

  @Test(arguments: [
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "\u{0}\u{1}\u{2}\u{3}\u{4}", "220 mail ESMTP\r\n",
    "",
  ])
  func aServiceThatIsNotTheOneIsNoEvidence(answer: String) async throws {
    let server = try answering(answer)
    defer { withExtendedLifetime(server) {} }
    let findings = await lookAtDoors(allPorts(server.port))
    for id in doors {
      guard case .inconclusive(.unreadable)? = findings[id]?.status else {
        Issue.record("\(id): \(String(describing: findings[id]))")
        continue
      }
    }
  }

  @Test func theDoorsOfThisHostItselfAreNotLookedAt() async throws {
    let findings = await look(at: try LoopbackPort.free(), only: doors)
    for id in doors { expect(findings, [id: nil]) }
  }

  @Test func aBannerCannotPaintTheScreen() async throws {
    let talking = try LoopbackListener { connection in
      LoopbackListener.write(Array("SSH-2.0-\u{1B}[31mX\u{202E}Y\r\n".utf8), to: connection)
    }
    defer { withExtendedLifetime(talking) {} }
    let finding = await lookAtDoors(allPorts(talking.port), only: ["doors.ssh"])["doors.ssh"]
    #expect(finding?.outcome == "open")
    #expect(finding?.summary == "SSH answers: ·[31mX·Y.")
  }
}

@Suite struct NamesAgreementTests {
  @Test(arguments: [
    ("srv01", "SRV01.corp.test", true), ("srv01.corp.test", "srv01.other.test", false),
    ("*.corp.test", "srv01.corp.test", true), ("*.corp.test", "a.b.corp.test", false),
    ("VERYLONGSERVERN", "verylongservername.corp.test", true), ("srv01", "srv02.corp.test", false),
    ("srv01.corp.test.", "srv01.corp.test", true), ("", "", false),
  ])
  func namesAreComparedAsTheyAreMeant(one: String, other: String, agree: Bool) {
    #expect(HostName.mayBeSame(one, other) == agree)
    #expect(HostName.mayBeSame(other, one) == agree)
  }
}
