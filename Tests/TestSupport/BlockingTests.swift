import Dispatch

/// Runs tests that block on a thread of their own, one after the other.
///
/// Swift's cooperative threads are as many as there are processors: a test that waits on one of them for a socket or a
/// process holds up what others have in flight there.
@globalActor public actor BlockingTests {
  public static let shared = BlockingTests()

  private nonisolated let executor = QueueExecutor()
  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private final class QueueExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "blocking tests")

    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
  }
}
