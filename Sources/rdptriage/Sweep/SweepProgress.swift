import Foundation
import Synchronization

/// How far a sweep is, on standard error: one line that is written anew where it is a terminal, else one in ten seconds.
final class SweepProgress: Sendable {
  private struct State {
    var done = 0
    var faults = 0
    var last = ContinuousClock.now
    var shown = 0
  }
  private let state = Mutex(State())
  private let total: Int
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(of total: Int) { self.total = total }

  func count(_ host: SweptHost) {
    state.withLock { state in
      state.done += 1
      if host.state == .fault { state.faults += 1 }
      guard state.last.duration(to: .now) >= (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
      state.last = .now
      let text = "\(state.done) of \(total) hosts looked at, \(state.faults) with a fault"
      if isTerminal {
        write("\r" + text.padding(to: state.shown))
        state.shown = text.count
      } else {
        write("rdptriage: " + text + "\n")
      }
    }
  }

  func clear() {
    state.withLock { state in
      guard isTerminal, state.shown > 0 else { return }
      write("\r" + "".padding(to: state.shown) + "\r")
      state.shown = 0
    }
  }

  private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// Why a sweep ended before its list did.
final class SweepEnding: Sendable {
  private let work: Task<[SweptHost], Never>
  private let exit = Mutex<Int32?>(nil)

  init(_ work: Task<[SweptHost], Never>) { self.work = work }

  var code: Int32? { exit.withLock { $0 } }

  func end(_ code: Int32) {
    exit.withLock { $0 = $0 ?? code }
    work.cancel()
  }
}
