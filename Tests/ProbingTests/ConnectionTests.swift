@preconcurrency import Dispatch
import Facts
import Glibc
import TestSupport
import Testing

@testable import Probing

@Suite(.oneAtATime) struct ConnectionTests {
  @Test func aPortNobodyListensOnRefuses() async throws {
    let end = await Connection.open(loopback, try LoopbackPort.free(), by: .after(.seconds(2)))
    guard case .refused = end else {
      Issue.record("\(end)")
      return
    }
  }

  @Test func aPortThatDropsIsSilentAndEndsByTheDeadline() async throws {
    let silent = try SilentPort()
    let elapsed = await shortest(within: .milliseconds(400)) {
      let (end, elapsed) = await timed {
        await Connection.open(loopback, silent.port, by: .after(.milliseconds(300)))
      }
      guard case .silent = end else {
        Issue.record("\(end)")
        return .seconds(60)
      }
      return elapsed
    }
    #expect(elapsed >= .milliseconds(300))
    #expect(elapsed < .milliseconds(400))
  }

  @Test func openingCanBeCancelledAtOnce() async throws {
    let silent = try SilentPort()
    let elapsed = await shortest(within: .milliseconds(50)) {
      let task = Task { await Connection.open(loopback, silent.port, by: .after(.seconds(30))) }
      // Any moment will do, before or after the wait began.
      await Task.yield()
      let start = ContinuousClock.now
      task.cancel()
      guard case .cancelled = await task.value else {
        Issue.record("not cancelled")
        return .seconds(60)
      }
      return start.duration(to: .now)
    }
    #expect(elapsed < .milliseconds(50))
  }

  @Test func anOpenPortTellsItsConnectTimeAndQuality() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    #expect(connection.connectTime > .zero)
    #expect(await connection.quality()?.retransmissions == 0)
    connection.close()
    #expect(await connection.quality()?.retransmissions == 0, "the last measurement outlives the connection")
  }

  @Test func anIPv6PortOpens() async throws {
    let listener = try LoopbackListener(AF_INET6, serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let end = await Connection.open(
      try #require(Address("::1")), listener.port, by: .after(.seconds(2)))
    guard case .open(let connection, _) = end else {
      Issue.record("\(end)")
      return
    }
    connection.close()
  }

  @Test func aHostThatSaysNothingIsSilent() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    let elapsed = await shortest(within: .milliseconds(300)) {
      let (end, elapsed) = await timed {
        await connection.receive(atMost: 10, by: .after(.milliseconds(200)))
      }
      #expect(end == .ended(.silent))
      return elapsed
    }
    #expect(elapsed >= .milliseconds(200))
    #expect(elapsed < .milliseconds(300))
  }

  @Test func receivingCanBeCancelledAtOnce() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    let elapsed = await shortest(within: .milliseconds(50)) {
      let task = Task { await connection.receive(atMost: 10, by: .after(.seconds(30))) }
      await Task.yield()
      let start = ContinuousClock.now
      task.cancel()
      #expect(await task.value == .ended(.cancelled))
      return start.duration(to: .now)
    }
    #expect(elapsed < .milliseconds(50))
  }

  @Test func closingEndsAReceiveThatGoesOn() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    let task = Task { await connection.receive(atMost: 10, by: .after(.seconds(30))) }
    await Task.yield()
    connection.close()
    #expect(await task.value == .ended(.cancelled))
    #expect(await connection.receive(atMost: 10, by: .after(.seconds(1))) == .ended(.cancelled))
  }

  @Test func aCloseInOrderIsNoReset() async throws {
    let listener = try LoopbackListener { _ in }
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    #expect(await connection.receive(atMost: 10, by: .after(.seconds(2))) == .ended(.closed))
  }

  @Test func aResetIsNoClose() async throws {
    let listener = try LoopbackListener { LoopbackListener.resetOnClose($0) }
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    #expect(
      await connection.receive(atMost: 10, by: .after(.seconds(2))) == .ended(.reset(errno: ECONNRESET)))
  }

  @Test func bytesBeforeAnEndAreNotLost() async throws {
    let listener = try LoopbackListener { LoopbackListener.write([1, 2, 3], to: $0) }
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    var got: [UInt8] = []
    var end: ReceiveEnd?
    while end == nil {
      switch await connection.receive(atMost: 2, by: .after(.seconds(2))) {
      case .bytes(let bytes): got += bytes
      case .ended(let reason): end = .ended(reason)
      }
    }
    #expect(got == [1, 2, 3])
    #expect(end == .ended(.closed))
  }

  @Test func aDripDoesNotPutOffTheDeadline() async throws {
    let listener = try LoopbackListener { connection in
      while send(connection, [0], 1, Int32(MSG_NOSIGNAL)) == 1 { usleep(10_000) }
    }
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    let elapsed = await shortest(within: .milliseconds(400)) {
      let deadline = Deadline.after(.milliseconds(300))
      let (count, elapsed) = await timed {
        var count = 0
        while case .bytes(let bytes) = await connection.receive(atMost: 100, by: deadline) {
          count += bytes.count
          if count > 10_000 { break }
        }
        return count
      }
      #expect((1...10_000).contains(count))
      return elapsed
    }
    #expect(elapsed < .milliseconds(400))
  }

  @Test func sendingToAPeerThatReadsNothingEndsByTheDeadline() async throws {
    let isOver = DispatchSemaphore(value: 0)
    let listener = try LoopbackListener { _ in isOver.wait() }
    defer { withExtendedLifetime(listener) {} }
    defer { isOver.signal() }
    let connection = try await open(listener.port)
    defer { connection.close() }
    let much = [UInt8](repeating: 7, count: 32 << 20)
    let elapsed = await shortest(within: .milliseconds(400)) {
      let (end, elapsed) = await timed { await connection.send(much, by: .after(.milliseconds(300))) }
      #expect(end == .ended(.silent))
      return elapsed
    }
    #expect(elapsed < .milliseconds(400))
  }

  @Test func sendingManyBytesArrivesWhole() async throws {
    let listener = try LoopbackListener { connection in
      var total = 0
      var buffer = [UInt8](repeating: 0, count: 65536)
      while total < 4 << 20 {
        let count = recv(connection, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        total += count
      }
      LoopbackListener.write([42], to: connection)
    }
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    #expect(await connection.send([UInt8](repeating: 7, count: 4 << 20), by: .after(.seconds(5))) == .sent)
    #expect(await connection.receive(atMost: 1, by: .after(.seconds(5))) == .bytes([42]))
  }

  @Test func sendingAfterAResetRaisesNoSignal() async throws {
    let listener = try LoopbackListener { LoopbackListener.resetOnClose($0) }
    defer { withExtendedLifetime(listener) {} }
    let connection = try await open(listener.port)
    defer { connection.close() }
    _ = await connection.receive(atMost: 1, by: .after(.seconds(2)))
    guard case .ended(.reset) = await connection.send([1, 2, 3], by: .after(.seconds(1))) else {
      Issue.record("a send on a dead connection was taken")
      return
    }
  }

  @Test func everyWayToEndFreesTheDescriptor() async throws {
    let listener = try LoopbackListener(serve: LoopbackListener.untilEnd)
    defer { withExtendedLifetime(listener) {} }
    let refused = try LoopbackPort.free()
    // Distinct connections are told apart by their inode, so that other tests may open what they like meanwhile.
    var descriptors: [Int32] = []
    for _ in 0..<20 {
      let connection = try await open(listener.port)
      _ = await connection.receive(atMost: 1, by: .after(.milliseconds(5)))
      let waiting = Task { await connection.receive(atMost: 1, by: .after(.seconds(30))) }
      await Task.yield()
      waiting.cancel()
      _ = await waiting.value
      connection.close()
      _ = await Connection.open(loopback, refused, by: .after(.seconds(1)))
      _ = try await open(listener.port)  // dropped without closing
      descriptors += Self.descriptorsConnected(to: listener.port)
    }
    #expect(poll(within: .seconds(5)) { Self.descriptorsConnected(to: listener.port).isEmpty })
  }

  private static func descriptorsConnected(to port: UInt16) -> [Int32] {
    (0..<1024).filter { descriptor in
      var peer = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let result = withUnsafeMutablePointer(to: &peer) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
      }
      return result == 0 && UInt16(bigEndian: peer.sin_port) == port
    }
  }

  @Test func whatThisHostSaysAtOnceIsItsOwnFailure() {
    for errno in [ENETUNREACH, EHOSTUNREACH, EACCES, EPERM, EADDRNOTAVAIL, EMFILE, EAFNOSUPPORT] {
      guard case .failedHere(let failure) = Connection.classify(errno, atOnce: true) else {
        Issue.record("\(errno)")
        continue
      }
      #expect(failure.errno == errno)
    }
  }

  @Test func whatTheNetworkSaysLaterIsAboutTheTarget() {
    for errno in [ENETUNREACH, EHOSTUNREACH, EACCES] {
      guard case .unreachable(errno) = Connection.classify(errno, atOnce: false) else {
        Issue.record("\(errno)")
        continue
      }
    }
    guard case .silent = Connection.classify(ETIMEDOUT, atOnce: false) else {
      Issue.record("ETIMEDOUT")
      return
    }
  }

  @Test(arguments: ["192.0.2.7", "::1", "2001:db8::7", "::ffff:192.0.2.1"])
  func addressesAreSpelledCanonically(_ text: String) {
    #expect(Address(text)?.description == text)
  }

  @Test(arguments: ["", "localhost", "[::1]", "1.2.3.4:3389"])
  func whatIsNoAddressIsNotLookedUp(_ text: String) {
    #expect(Address(text) == nil)
  }
}
