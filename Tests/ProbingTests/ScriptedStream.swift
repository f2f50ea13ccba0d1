import Probing
import Synchronization

/// A stream without a network: it hands out what it was told to, call by call, and keeps what was sent.
final class ScriptedStream: ByteStream {
  private struct State {
    var answers: [ReceiveEnd]
    var sent: [[UInt8]] = []
    var isClosed = false
  }
  private let state: Mutex<State>
  private let sendEnd: SendEnd

  /// - Parameter answers: One for each call of `receive`; after the last, the stream is silent.
  init(_ answers: [ReceiveEnd], sendEnd: SendEnd = .sent) {
    state = Mutex(State(answers: answers))
    self.sendEnd = sendEnd
  }

  var sent: [[UInt8]] { state.withLock { $0.sent } }
  var isClosed: Bool { state.withLock { $0.isClosed } }

  func send(_ bytes: [UInt8], by deadline: Deadline) async -> SendEnd {
    state.withLock { $0.sent.append(bytes) }
    return sendEnd
  }

  func receive(atMost limit: Int, by deadline: Deadline) async -> ReceiveEnd {
    state.withLock { $0.answers.isEmpty ? .ended(.silent) : $0.answers.removeFirst() }
  }

  func close() { state.withLock { $0.isClosed = true } }
}
