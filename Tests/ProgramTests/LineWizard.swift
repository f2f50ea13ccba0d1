import Foundation
import TestSupport

/// The wizard in line mode, read byte by byte.
final class LineWizard {
  private(set) var output: [UInt8] = []
  private let running = Process()
  private let input = Pipe()
  private let reader = Pipe()
  private let complaints = FileManager.default.temporaryDirectory.appending(
    path: "rdptriage-\(UUID().uuidString)")
  /// How much of the output has been handed out.
  private var taken = 0

  var process: pid_t { running.processIdentifier }

  init(_ arguments: [String], program: String = BuiltProgram.path("rdptriage")) throws {
    running.executableURL = URL(filePath: program)
    running.arguments = arguments
    running.environment = [
      "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/nonexistent",
    ]
    running.standardInput = input
    running.standardOutput = reader
    _ = FileManager.default.createFile(atPath: complaints.path, contents: nil)
    running.standardError = try FileHandle(forWritingTo: complaints)
    // The smallest pipe there is: the program is never far ahead of what was read.
    _ = fcntl(reader.fileHandleForReading.fileDescriptor, 1031, 4096)
    try running.run()
    try reader.fileHandleForWriting.close()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: complaints)
  }

  /// What it wrote to standard error.
  var errors: String { (try? String(contentsOf: complaints, encoding: .utf8)) ?? "" }

  func kill() {
    guard running.isRunning else { return }
    Foundation.kill(process, SIGKILL)
    running.waitUntilExit()
  }

  func type(_ text: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
  }

  /// Reads exactly so many bytes, or to the end.
  func read(upTo count: Int) {
    while output.count < count, readMore(count - output.count) {}
  }

  private func readMore(_ most: Int, within limit: Int32 = 30_000) -> Bool {
    var buffer = [UInt8](repeating: 0, count: most)
    var ready = pollfd(fd: reader.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, limit) > 0 else { return false }
    let got = Foundation.read(reader.fileHandleForReading.fileDescriptor, &buffer, most)
    guard got > 0 else { return false }
    output += buffer[..<got]
    return true
  }

  /// What was written since the last call, up to the text.
  func waitFor(_ text: String) throws -> String {
    while true {
      let news = Data(output[taken...])
      if let place = news.range(of: Data(text.utf8)) {
        taken += place.upperBound
        return String(decoding: news[..<place.upperBound], as: UTF8.self)
      }
      guard readMore(4096) else {
        throw Command.Failure("no “\(text)” in: \(String(decoding: news, as: UTF8.self))")
      }
    }
  }

  /// What was written since the last call, up to where a line is asked for.
  func waitForPrompt() throws -> String { try waitFor("\n> ") }

  func waitForEnd() -> Int32 {
    running.waitUntilExit()
    return running.terminationStatus
  }
}
