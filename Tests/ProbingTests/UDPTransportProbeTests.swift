import Facts
import Glibc
import Practice
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite(.oneAtATime) struct UDPTransportProbeTests {
  private func look(_ port: UInt16, within limit: Duration = .seconds(5)) async -> Finding {
    await UDPTransportProbe.look(at: loopback, port, by: .after(limit))
  }

  @Test(arguments: [RDPUDPOpening.Version.three, .two, .one])
  func aHostThatKnowsAVersionAnswersWithIt(_ version: RDPUDPOpening.Version) async throws {
    // A host of that version passes over openings of a later one.
    let host = try DatagramHost { datagram in
      guard let asked = try? RDPUDPOpening(decoding: datagram) else { return nil }
      guard (asked.version ?? .one).number <= version.number else { return nil }
      return RDPUDPOpening(
        acknowledged: asked.sequenceNumber, sequenceNumber: 7, downstreamMTU: 1200, version: asked.version
      ).encode()
    }
    defer { withExtendedLifetime(host) {} }
    let finding = await look(host.port)
    #expect(finding.outcome == "answers")
    #expect(finding["version"] == .integer(version.number))
    #expect(finding["downstream_mtu"] == 1200)
  }

  @Test func aPortWithoutAListenerIsRefused() async throws {
    #expect(await look(try LoopbackPort.free()).outcome == "refused")
  }

  @Test func silenceIsAnAnswerOnlyAfterLongEnough() async throws {
    let host = try DatagramHost { _ in nil }
    defer { withExtendedLifetime(host) {} }
    #expect(await look(host.port).outcome == "silent")
    #expect(host.received.map(\.count) == [1232, 1232, 1232])
    #expect(await look(host.port, within: .milliseconds(300)).status == .inconclusive(.outOfTime))
  }

  @Test func whatIsNoOpeningIsNoAnswer() async throws {
    for junk in [[], [1, 2, 3], [UInt8](repeating: 0xFF, count: 1232)] as [[UInt8]] {
      let host = try DatagramHost { _ in junk }
      defer { withExtendedLifetime(host) {} }
      guard case .inconclusive(.unreadable) = await look(host.port).status else {
        Issue.record("\(junk.count) bytes were taken for an answer")
        continue
      }
    }
  }

  @Test func anAnswerToSomebodyElseIsNoAnswer() async throws {
    let host = try DatagramHost { _ in
      RDPUDPOpening(acknowledged: 0xFFFF_FFFE, sequenceNumber: 7, version: .two).encode()
    }
    defer { withExtendedLifetime(host) {} }
    guard case .inconclusive(.unreadable) = await look(host.port).status else {
      Issue.record("an acknowledgement of another number was taken for an answer")
      return
    }
  }

  @Test func aTunnelSaysNothingAboutUDP() async throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let findings = await ProbingTests.look(at: host.port, only: ["udp.transport"])
    expect(findings, ["udp.transport": nil])
  }
}

/// A UDP port of 127.0.0.1 that answers each datagram, on a thread of its own.
private final class DatagramHost: Sendable {
  let port: UInt16
  private let descriptor: Int32
  private let thread: pthread_t
  private let log: Log
  var received: [[UInt8]] { log.datagrams.withLock { $0 } }

  private final class Log: Sendable {
    let datagrams = Mutex<[[UInt8]]>([])
  }

  private final class Behaviour {
    let descriptor: Int32
    let log: Log
    let answer: @Sendable ([UInt8]) -> [UInt8]?
    init(_ descriptor: Int32, _ log: Log, _ answer: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
      self.descriptor = descriptor
      self.log = log
      self.answer = answer
    }

    func serve() {
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        var from = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &from) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
          }
        }
        // shutdown(2) wakes the thread with an empty datagram of nobody.
        guard count > 0 else { return }
        let datagram = Array(buffer.prefix(count))
        log.datagrams.withLock { $0.append(datagram) }
        guard let reply = answer(datagram) else { continue }
        _ = withUnsafePointer(to: from) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            sendto(descriptor, reply, reply.count, 0, $0, size)
          }
        }
      }
    }
  }

  init(answer: @escaping @Sendable ([UInt8]) -> [UInt8]?) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard isBound else {
      close(descriptor)
      throw Command.Failure("cannot bind: errno \(errno)")
    }
    port = UInt16(bigEndian: address.sin_port)
    self.descriptor = descriptor
    log = Log()
    let behaviour = Unmanaged.passRetained(Behaviour(descriptor, log, answer))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Behaviour>.fromOpaque(argument).takeRetainedValue().serve()
        return nil
      }, behaviour.toOpaque())
    guard failure == 0 else { throw Command.Failure("no thread: \(failure)") }
    self.thread = thread
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    pthread_join(thread, nil)
    close(descriptor)
  }
}
