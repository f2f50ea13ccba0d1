import ArgumentParser
import Configuration
import Facts
import Foundation
import Synchronization

/// How long files are waited for: a pipe that nobody writes to and a folder on a network must not hold anybody up for ever.
enum Patience {
  private static let set = Mutex<Duration?>(nil)

  static var limit: Duration {
    get { set.withLock { $0 } ?? Configuration.current.timeLimit }
    set { set.withLock { [newValue] in $0 = newValue } }
  }

  static var words: String {
    let seconds = Double(limit.components.seconds) + Double(limit.components.attoseconds) / 1e18
    return seconds == seconds.rounded() ? "\(Int(seconds)) seconds" : "\(seconds) seconds"
  }

  /// Works on a thread of its own, which is left behind when the time is over.
  ///
  /// - Returns: nil when the time was over first.
  static func wait<Result: Sendable>(for work: @escaping @Sendable () -> Result) -> Result? {
    let box = Box<Result>()
    let ended = DispatchSemaphore(value: 0)
    let thread = Thread {
      let result = work()
      box.value.withLock { $0 = result }
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    let (seconds, rest) = limit.components
    let nanoseconds = Int(clamping: seconds) * 1_000_000_000 + Int(rest / 1_000_000_000)
    guard ended.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else { return nil }
    return box.value.withLock { $0 }
  }

  private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  /// Reads a file of any kind to its end; `-` is standard input, which is waited for as long as it lasts.
  ///
  /// - Parameter most: More bytes than these are not read: the reader refuses what is larger.
  /// - Throws: the exit code, with a sentence on standard error.
  static func read(_ path: String, most: Int) throws -> Data {
    if path == "-" { return Data(bytes(of: STDIN_FILENO, most) ?? []) }
    let read = wait { () -> [UInt8]? in
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      return bytes(of: descriptor, most)
    }
    guard let read else { throw tooSlow(path).exit() }
    guard let read else { throw Failure(.noInput, "The file \(path) is not there or cannot be read.").exit() }
    return Data(read)
  }

  static func tooSlow(_ path: String) -> Failure {
    Failure(.inputOutput, "\(path) did not come to its end within \(words); --timeout gives it longer.")
  }

  private static func bytes(of descriptor: Int32, _ most: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= most {
      let count = Foundation.read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }
}

/// For commands that read files and look at no host.
struct PatienceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Seconds for which files are waited for. (default: 10)", valueName: "seconds"))
  var timeout: Double?

  func validate() throws {
    guard timeout.map({ $0.isFinite && $0 > 0 && $0 <= 600 }) ?? true else {
      throw ValidationError("--timeout takes seconds, above 0 and at most 600.")
    }
    if let timeout { Patience.limit = .milliseconds(Int(timeout * 1000)) }
  }
}
