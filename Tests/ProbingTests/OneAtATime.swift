import Synchronization
import Testing

/// Runs a test when no other test with this trait runs.
///
/// Deadlines are what these tests are about, and `async` code has one thread per core: beside a hundred others that make
/// keys and start servers, every deadline would pass before the code under test came to its turn.
struct OneAtATime: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  private static let turn = Turn()

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    await Self.turn.begin()
    defer { Self.turn.end() }
    try await function()
  }

  private final class Turn: Sendable {
    private struct Shared {
      var isTaken = false
      var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let shared = Mutex(Shared())

    func begin() async {
      await withCheckedContinuation { continuation in
        let isFree = shared.withLock { shared in
          guard shared.isTaken else {
            shared.isTaken = true
            return true
          }
          shared.waiting.append(continuation)
          return false
        }
        if isFree { continuation.resume() }
      }
    }

    func end() {
      let next = shared.withLock { shared -> CheckedContinuation<Void, Never>? in
        guard !shared.waiting.isEmpty else {
          shared.isTaken = false
          return nil
        }
        return shared.waiting.removeFirst()
      }
      next?.resume()
    }
  }
}

extension Trait where Self == OneAtATime {
  static var oneAtATime: Self { Self() }
}
