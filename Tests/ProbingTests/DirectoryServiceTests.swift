import Facts
import Glibc
import TestSupport
import Testing
import Wire

@testable import Probing

/// What a run of the directory's probes finds, with the domain given.
private func lookAtDirectory(
  _ records: [String], only: Set<FindingID> = ["kerberos.kdc", "ldap.root"],
  within limit: Duration = .seconds(10)
) async throws -> [FindingID: Finding] {
  let server = try await blocking { try RealServer.dnsmasq(records) }
  defer { server.stop() }
  return await look(
    ProbeRequest(
      target: Target(host: .name("srv01"), domain: "corp.test"), only: only, timeLimit: limit,
      nameServer: "127.0.0.1:\(server.port)"))
}

extension Finding {
  /// Of the tables of a list, the fields of the one at this place.
  fileprivate func server(_ place: String) -> [String: Detail] {
    guard case .list(let list)? = self["servers"] else { return [:] }
    for case .table(let fields) in list {
      let all = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
      if all["at"] == .text(place) { return all }
    }
    return [:]
  }

  fileprivate func number(_ name: String) -> Double? {
    if case .number(let number)? = self[name] { number } else { nil }
  }
}

@Suite(
  .oneAtATime,
  .enabled(
    if: DomainController.canMoveClock && RealServer.isDNSMasqAvailable,
    "samba, faketime or dnsmasq is missing"))
struct DomainControllerTests {
  @Test func aControllerTellsItsDomainItsLevelAndItsClock() async throws {
    let controller = try await blocking { try DomainController(clock: "+10m") }
    defer { controller.stop() }
    let findings = try await lookAtDirectory(controller.records)
    expect(findings, ["dns.domain-controllers": "found", "kerberos.kdc": "answers", "ldap.root": "answers"])

    let kerberos = try #require(findings["kerberos.kdc"])
    for transport in ["tcp", "udp"] {
      let answer = kerberos.server("\(transport) \(controller.address):88")
      #expect(answer["error"] == "KDC_ERR_C_PRINCIPAL_UNKNOWN", "\(transport): \(kerberos)")
    }
    let skew = try #require(kerberos.number("clock_seconds"))
    #expect((595...605).contains(skew))
    // Whole minutes: a moment less than ten reads as nine.
    #expect(kerberos.summary.contains("minutes ahead of"))

    let directory = try #require(findings["ldap.root"]).server("tcp \(controller.address):389")
    #expect(directory["domain"] == "corp.test")
    #expect(directory["dns_host_name"] == "dc1.corp.test")
    #expect(directory["domain_level"] == "Windows Server 2008 R2")
    #expect(directory["sasl_mechanisms"] == .list(["GSS-SPNEGO", "GSSAPI", "NTLM"]))
    #expect(directory["server_time"] != nil)

    let doors = await look(
      ProbeRequest(
        target: Target(host: .ipv4(controller.address)), only: ["doors.smb", "doors.rpc", "doors.ssh"],
        doorPorts: DoorPorts()))
    expect(doors, ["doors.smb": "open", "doors.rpc": "open", "doors.ssh": "refused"])
    let files = try #require(doors["doors.smb"])
    #expect(files["dialect"] == "3.1.1")
    #expect(files["signing"] == "required")
    // The whole controller lives ten minutes ahead.
    #expect((595...605).contains(try #require(files.number("clock_seconds"))))
    #expect(files.detailTexts.contains("NTLM"))
    // Samba's mapper answers both questions; it runs no service control over TCP.
    #expect(doors["doors.rpc"]?.detailTexts.contains("service control") == true)
  }
}

/// Servers of a directory that do not answer as they should.
@Suite(.oneAtATime, .enabled(if: RealServer.isDNSMasqAvailable, "dnsmasq is not installed"))
struct BrokenDirectoryTests {
  private func records(_ kerberos: UInt16, _ directory: UInt16? = nil) -> [String] {
    [
      "--host-record=dc1.corp.test,127.0.0.1", "--local=/test/",
      "--srv-host=_kerberos._tcp.corp.test,dc1.corp.test,\(kerberos)",
      "--srv-host=_ldap._tcp.dc._msdcs.corp.test,dc1.corp.test,\(directory ?? kerberos)",
    ]
  }

  @Test func aPortThatNobodyListensOnRefuses() async throws {
    let findings = try await lookAtDirectory(records(try LoopbackPort.free()))
    expect(findings, ["kerberos.kdc": "refused", "ldap.root": "refused"])
  }

  @Test func aPortThatDropsIsSilentWhenUDPIsToo() async throws {
    let silent = try SilentPort()
    // A datagram socket that nobody reads from.
    let socket = try MuteDatagrams(port: silent.port)
    defer { withExtendedLifetime((silent, socket)) {} }
    let (findings, elapsed) = try await timed { try await lookAtDirectory(records(silent.port)) }
    expect(findings, ["kerberos.kdc": "silent", "ldap.root": "silent"])
    #expect(elapsed < .seconds(6))
    let short = try await lookAtDirectory(records(silent.port), within: .milliseconds(900))
    #expect(short["kerberos.kdc"]?.outcome == nil)
    #expect(short["ldap.root"]?.outcome == nil)
  }

  @Test func aDomainWithoutServersHasNoneToAsk() async throws {
    let findings = try await lookAtDirectory(["--local=/test/"])
    expect(
      findings,
      ["dns.domain-controllers": "none", "kerberos.kdc": "none-known", "ldap.root": "none-known"])
  }

  @Test func aServerThatDNSHasNoAddressForCannotBeAsked() async throws {
    let findings = try await lookAtDirectory([
      "--local=/test/", "--srv-host=_kerberos._tcp.corp.test,gone.corp.test,88",
    ])
    expect(findings, ["kerberos.kdc": "none-known"])
    #expect(findings["kerberos.kdc"]?.summary.contains("no address") == true)
  }

  @Test(arguments: [
    [UInt8]("SSH-2.0-x\r\n".utf8), [0xFF, 0xFF, 0xFF, 0xFF, 1], [0, 0, 0, 3, 0x7E, 0x01, 0x00],
    [0x30, 0x84, 0x7F],
    [],
  ])
  func anAnswerThatCannotBeReadIsNoEvidence(bytes: [UInt8]) async throws {
    let listener = try LoopbackListener { connection in
      LoopbackListener.write(bytes, to: connection)
    }
    defer { withExtendedLifetime(listener) {} }
    let findings = try await lookAtDirectory(records(listener.port))
    for id in ["kerberos.kdc", "ldap.root"] as [FindingID] {
      guard case .inconclusive(.unreadable)? = findings[id]?.status else {
        Issue.record("\(id): \(String(describing: findings[id]))")
        continue
      }
    }
  }

  @Test func aServerThatDripsIsLeftOnTime() async throws {
    let listener = try LoopbackListener { connection in
      // The head of a message of 200 bytes, and then one byte after another.
      LoopbackListener.write([0x30, 0x84, 0, 0, 0, 200], to: connection)
      var byte: [UInt8] = [2]
      while send(connection, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 { poll(nil, 0, 50) }
    }
    defer { withExtendedLifetime(listener) {} }
    let (findings, elapsed) = try await timed {
      try await lookAtDirectory(records(listener.port), only: ["ldap.root"])
    }
    #expect(findings["ldap.root"]?.outcome == nil)
    #expect(elapsed < .seconds(6))
  }
}

/// A UDP port of 127.0.0.1 that takes everything and answers nothing.
private final class MuteDatagrams: Sendable {
  private let descriptor: Int32

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = descriptor
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0 else { throw Command.Failure("cannot bind: errno \(errno)") }
  }

  deinit { close(descriptor) }
}
