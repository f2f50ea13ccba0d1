import CTestSupport
import Foundation
import Glibc

/// A child process on a terminal of its own, without an emulator: bytes and line settings as they are.
public final class PseudoTerminal {
  public let process: pid_t
  private let controller: Int32
  /// The child's side, kept open so that its settings can be read after the child has gone.
  private let line: Int32
  /// Everything that the child has written.
  public private(set) var output: [UInt8] = []

  public struct CannotStart: Error {
    public let errno: Int32
  }

  public init(
    _ arguments: [String], environment: [String: String], columns: UInt16 = 80, rows: UInt16 = 24
  ) throws {
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var controller: Int32 = -1
    var line: Int32 = -1
    let result = spawn_on_terminal(argv, envp, Int32(columns), Int32(rows), &controller, &line)
    guard result > 0 else { throw CannotStart(errno: -result) }
    process = result
    self.controller = controller
    self.line = line
  }

  deinit {
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    close(controller)
    close(line)
  }

  /// The settings of the line: echo, line editing, signals.
  public var settings: termios {
    var value = termios()
    tcgetattr(line, &value)
    return value
  }

  public func resize(columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
  }

  public func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(controller, bytes, bytes.count)
  }

  /// Reads until the output since `start` holds the text. False when `limit` passes, or the child ends, first.
  public func waitFor(_ text: String, since start: Int = 0, within limit: Duration = .seconds(15)) -> Bool {
    let wanted = Data(text.utf8)
    return readOutput(within: limit) { Data($0.dropFirst(start)).range(of: wanted) != nil }
  }

  /// Reads until the child has ended.
  /// - Returns: the wait status, nil when `limit` passed first.
  public func waitForEnd(within limit: Duration = .seconds(15)) -> Int32? {
    var status: Int32 = 0
    var hasEnded = false
    _ = readOutput(within: limit) { _ in
      hasEnded = waitpid(process, &status, WNOHANG) == process
      return hasEnded
    }
    // The last of what it wrote may still be on its way.
    if hasEnded { _ = settle() }
    return hasEnded ? status : nil
  }

  /// Reads until nothing has come for a while.
  /// - Returns: the number of bytes that the child has written so far.
  public func settle(after quiet: Duration = .milliseconds(40)) -> Int {
    var count = -1
    while count != output.count {
      count = output.count
      _ = readOutput(within: quiet) { $0.count > count }
    }
    return count
  }

  /// - Returns: when the first output after `start` came; nil when `limit` passed first.
  public func waitForAnyOutput(since start: Int, within limit: Duration) -> ContinuousClock.Instant? {
    readOutput(within: limit) { $0.count > start } ? .now : nil
  }

  private func readOutput(within limit: Duration, until isDone: ([UInt8]) -> Bool) -> Bool {
    let end = ContinuousClock.now + limit
    var buffer = [UInt8](repeating: 0, count: 65536)
    while !isDone(output) {
      guard ContinuousClock.now < end else { return false }
      var ready = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
      if poll(&ready, 1, 20) > 0 {
        let count = read(controller, &buffer, buffer.count)
        if count > 0 { output += buffer[..<count] }
      }
    }
    return true
  }
}
