import Dispatch
import Facts
import Glibc

/// A non-blocking socket whose waiting is done by Dispatch sources.
///
/// INVARIANT: everything mutable, and every system call on the descriptor, is on ``queue``; so no call can reach
/// a descriptor that was closed and given out anew.
final class Socket: @unchecked Sendable {
  static let queue = DispatchQueue(label: "rdptriage.sockets", qos: .userInitiated)

  enum Direction { case reading, writing }

  /// Why an operation ended without an answer of the kernel.
  enum Interruption {
    case late, cancelled
    /// Closed on this side while, or before, the operation went on.
    case closedHere
  }

  private let descriptor: Int32
  private var watchers = 0
  private var isClosed = false
  private var isFree = false
  private var closing = ContinuousClock.now
  private var waitingForFree: [CheckedContinuation<Void, Never>] = []
  private var interrupters: [ObjectIdentifier: () -> Void] = [:]

  /// Takes over the descriptor, which must be non-blocking.
  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { if !isFree { Glibc.close(descriptor) } }

  enum Opening {
    case opened(Socket)
    case failed(errno: Int32)
  }

  static func open(_ domain: Int32, _ type: __socket_type) -> Opening {
    let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(domain, Int32(type.rawValue) | flags, 0)
    return descriptor < 0 ? .failed(errno: errno) : .opened(Socket(descriptor))
  }

  /// Calls `attempt` now and whenever the socket is ready, until it returns a value or the operation is interrupted.
  /// - Parameter attempt: A non-blocking call on the descriptor; nil when it would block.
  func perform<Value: Sendable>(
    _ direction: Direction, by deadline: Deadline, interrupted: @escaping @Sendable (Interruption) -> Value,
    _ attempt: @escaping @Sendable (Int32) -> Value?
  ) async -> Value {
    let operation = Operation<Value>(interrupted: interrupted)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        Self.queue.async {
          operation.continuation = continuation
          self.begin(operation, direction, deadline, attempt)
        }
      }
    } onCancel: {
      Self.queue.async { operation.interrupt(.cancelled) }
    }
  }

  private func begin<Value: Sendable>(
    _ operation: Operation<Value>, _ direction: Direction, _ deadline: Deadline,
    _ attempt: @escaping @Sendable (Int32) -> Value?
  ) {
    if let early = operation.earlyInterruption { return operation.interrupt(early) }
    guard !isClosed else { return operation.interrupt(.closedHere) }
    if let value = attempt(descriptor) { return operation.finish(value) }

    let source: any DispatchSourceProtocol =
      switch direction {
      case .reading: DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: Self.queue)
      case .writing: DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: Self.queue)
      }
    let timer = DispatchSource.makeTimerSource(queue: Self.queue)
    let key = ObjectIdentifier(operation)
    operation.onFinish = { [unowned self] in
      source.cancel()
      timer.cancel()
      interrupters[key] = nil
    }
    interrupters[key] = { operation.interrupt(.closedHere) }
    watchers += 1
    source.setEventHandler { [unowned self] in
      guard operation.isGoingOn, let value = attempt(descriptor) else { return }
      operation.finish(value)
    }
    // The descriptor must outlive the source's registration (dispatch_source_set_cancel_handler(3)); so this
    // handler, and only it, keeps the socket alive.
    source.setCancelHandler {
      self.watchers -= 1
      self.freeIfSettled()
    }
    timer.setEventHandler { operation.interrupt(.late) }
    timer.schedule(deadline: deadline.dispatchTime, leeway: .milliseconds(1))
    source.activate()
    timer.activate()
  }

  /// Runs a call on the descriptor, unless the socket is closed.
  func withDescriptor<Value: Sendable>(_ body: @escaping @Sendable (Int32) -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      Self.queue.async { continuation.resume(returning: self.isClosed ? nil : body(self.descriptor)) }
    }
  }

  /// Ends operations that go on, tells the peer, and frees the descriptor as soon as the peer's system has heard of it,
  /// at the latest after ``patience``.
  /// - Parameter last: Called on the queue just before, with the descriptor still open.
  func close(last: @escaping @Sendable (Int32) -> Void = { _ in }) {
    Self.queue.async {
      guard !self.isClosed else { return }
      last(self.descriptor)
      self.isClosed = true
      shutdown(self.descriptor, Int32(SHUT_RDWR))
      self.closing = .now
      for interrupt in Array(self.interrupters.values) { interrupt() }
      self.freeIfSettled()
    }
  }

  /// Returns when a socket that is being closed is free.
  func waitUntilFree() async {
    await withCheckedContinuation { continuation in
      Self.queue.async {
        if self.isFree || !self.isClosed {
          continuation.resume()
        } else {
          self.waitingForFree.append(continuation)
        }
      }
    }
  }

  private static let patience: Duration = .milliseconds(50)

  private func freeIfSettled() {
    guard isClosed, watchers == 0, !isFree else { return }
    if isUnacknowledged, closing.duration(to: .now) < Self.patience {
      Self.queue.asyncAfter(deadline: .now() + DispatchTimeInterval.microseconds(500)) {
        self.freeIfSettled()
      }
      return
    }
    isFree = true
    Glibc.close(descriptor)
    for waiting in waitingForFree { waiting.resume() }
    waitingForFree = []
  }

  /// The FIN is on its way: FIN-WAIT-1, CLOSING or LAST-ACK (RFC 9293 section 3.3.2).
  private var isUnacknowledged: Bool {
    var info = tcp_info()
    var size = socklen_t(MemoryLayout<tcp_info>.size)
    guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else { return false }
    return [TCP_FIN_WAIT1, TCP_CLOSING, TCP_LAST_ACK].contains(Int(info.tcpi_state))
  }

  private final class Operation<Value: Sendable>: @unchecked Sendable {
    var continuation: CheckedContinuation<Value, Never>?
    var earlyInterruption: Interruption?
    var onFinish: () -> Void = {}
    let interrupted: @Sendable (Interruption) -> Value

    init(interrupted: @escaping @Sendable (Interruption) -> Value) { self.interrupted = interrupted }

    var isGoingOn: Bool { continuation != nil }

    func finish(_ value: Value) {
      guard let waiting = continuation else { return }
      continuation = nil
      onFinish()
      onFinish = {}
      waiting.resume(returning: value)
    }

    func interrupt(_ interruption: Interruption) {
      guard isGoingOn else {
        earlyInterruption = interruption
        return
      }
      finish(interrupted(interruption))
    }
  }
}

extension Deadline {
  var dispatchTime: DispatchTime {
    let left = remaining.components
    let nanoseconds = left.seconds >= 1_000_000 ? 1_000_000_000_000_000 : Int(left.seconds) * 1_000_000_000
    return .now() + .nanoseconds(nanoseconds + Int(left.attoseconds / 1_000_000_000))
  }
}
