@preconcurrency import Dispatch
import Glibc

/// Calls once when the person or the system asks the program to end.
final class Interruption: Sendable {
  static let codes: [(signal: Int32, exit: Int32)] = [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)]

  private let sources: [any DispatchSourceSignal]

  /// The second signal ends the program as it would have without this.
  init(_ handle: @escaping @Sendable (Int32) -> Void) {
    let queue = DispatchQueue(label: "interruption")
    sources = Self.codes.map { number, code in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        for (number, _) in Self.codes { signal(number, SIG_DFL) }
        handle(code)
      }
      source.activate()
      return source
    }
  }

  deinit { for source in sources { source.cancel() } }
}
