@preconcurrency import Dispatch
import Facts
import Glibc
import Probing
import TestSupport

/// A listener on 127.0.0.1 that does one thing with each connection, on a thread of its own.
final class LoopbackListener: Sendable {
  let port: UInt16
  private let descriptor: Int32
  private let thread: pthread_t

  private final class Behaviour {
    let listener: Int32
    let serve: @Sendable (Int32) -> Void
    init(_ listener: Int32, _ serve: @escaping @Sendable (Int32) -> Void) {
      self.listener = listener
      self.serve = serve
    }
  }

  /// - Parameters:
  ///   - address: One of this host's own; nil for the usual one of the family.
  ///   - port: 0 takes a free one.
  ///   - serve: Gets each accepted connection in turn, with blocking calls; it is closed afterwards.
  init(
    _ family: Int32 = AF_INET, on address: String? = nil, port: UInt16 = 0,
    serve: @escaping @Sendable (Int32) -> Void
  ) throws {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let address = address ?? (family == AF_INET ? "127.0.0.1" : "::1")
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, "\(port)", &hints, &found) == 0, let entry = found else {
      throw Command.Failure("no address \(address)")
    }
    defer { freeaddrinfo(found) }
    guard bind(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0, listen(descriptor, 16) == 0
    else {
      close(descriptor)
      throw Command.Failure("cannot listen: errno \(errno)")
    }
    var storage = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
    }
    self.port = UInt16(bigEndian: storage.sin6_port)
    self.descriptor = descriptor
    let behaviour = Unmanaged.passRetained(Behaviour(descriptor, serve))
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let behaviour = Unmanaged<Behaviour>.fromOpaque(argument).takeRetainedValue()
        while true {
          let connection = accept(behaviour.listener, nil, nil)
          guard connection >= 0 else { return nil }
          behaviour.serve(connection)
          close(connection)
        }
      }, behaviour.toOpaque())
    guard failure == 0 else { throw Command.Failure("no thread: \(failure)") }
    self.thread = thread
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    pthread_join(thread, nil)
    close(descriptor)
  }

  /// Waits until the client ends the connection, reading what it sends.
  static func untilEnd(_ connection: Int32) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while recv(connection, &buffer, buffer.count, 0) > 0 {}
  }

  /// Makes the close that follows a reset.
  static func resetOnClose(_ connection: Int32) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  static func write(_ bytes: [UInt8], to connection: Int32) {
    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}

let loopback = Address("127.0.0.1")!

/// Opens a connection to a port of this host, or fails the test.
func open(_ port: UInt16) async throws -> Connection {
  let end = await Connection.open(loopback, port, by: .after(.seconds(5)))
  guard case .open(let connection, _) = end else { throw Command.Failure("did not open: \(end)") }
  return connection
}

/// Runs what blocks (starting programs, waiting for them) away from the few threads that `async` code shares.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
  }
}

/// The shortest of five times, or the first that is within the bound: on a busy machine anything may take longer once.
func shortest(within bound: Duration, _ body: () async throws -> Duration) async rethrows -> Duration {
  var best = try await body()
  for _ in 0..<4 where best > bound { best = min(best, try await body()) }
  return best
}

/// Looks again, five times at most, when the answer is that there was no time: on a busy machine that is a right answer,
/// but not the one that a test is about.
func settled<Value>(
  _ body: () async throws -> Value, isOutOfTime: (Value) -> Bool
) async rethrows -> Value {
  var value = try await body()
  for _ in 0..<4 where isOutOfTime(value) { value = try await body() }
  return value
}

/// What a closure returned, and how long it took.
func timed<Value>(_ body: () async throws -> Value) async rethrows -> (Value, Duration) {
  let start = ContinuousClock.now
  let value = try await body()
  return (value, start.duration(to: .now))
}
