import Dispatch
import Foundation
import Terminal
import Wizard

/// The wizard line by line: a page is printed when it has changed, then one line is read. The next line is read only when the wizard
/// asks again, so a script on a pipe can be ahead of the probes.
@MainActor
final class LineFace: Face {
  let writesUTF8 = Screen.useLocale()
  let size = Size(columns: 80, rows: 24)
  let wantsTicks = false

  private let reader = LineReader()
  private let echoes = isatty(STDIN_FILENO) == 0
  private weak var runtime: Runtime?
  private var shown: LinearPage?
  private var saidWaiting: String?
  private var isAsking = false

  func start(_ runtime: Runtime) {
    self.runtime = runtime
    signal(SIGPIPE, SIG_IGN)
  }

  func show(_ state: WizardState) {
    switch state.linear(state.display.appearance) {
    case .waiting(let sentence):
      guard let sentence, sentence != saidWaiting else { return }
      saidWaiting = sentence
      breakPrompt()
      write(sentence + "\n")
    case .page(let page):
      saidWaiting = nil
      if isAsking, page == shown { return }
      breakPrompt()
      print(page)
      ask(page.prompt)
    }
  }

  /// A sentence that comes while something is asked begins on a line of its own.
  private func breakPrompt() {
    if isAsking { write("\n") }
  }

  private func print(_ page: LinearPage) {
    write(page.news(since: shown).map { $0 + "\n" }.joined())
    shown = page
  }

  private func ask(_ prompt: String) {
    write(prompt)
    guard !isAsking else { return }
    isAsking = true
    reader.next { [weak self] line in
      guard let self, let runtime else { return }
      isAsking = false
      guard let line else {
        if runtime.takeEndOfLines() { return }
        write("\nEnd of input: the case is kept.\n")
        return runtime.leave(0)
      }
      if echoes { write(line + "\n") }
      runtime.take(line: line)
    }
  }

  private func write(_ text: String) {
    guard Self.writeAll(Array(text.utf8)) else {
      runtime?.leave(74)
      return
    }
  }

  private static func writeAll(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0 {
        guard errno == EINTR || errno == EAGAIN else { return false }
        if errno == EAGAIN {
          var ready = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
          _ = poll(&ready, 1, 1000)
        }
        continue
      }
      rest = rest.dropFirst(count)
    }
    return true
  }

  func copy(_ text: String) -> Clipboard {
    guard isatty(STDOUT_FILENO) == 1 else { return .missing }
    return Screen.copy(text) { write($0) }
  }

  func stop() {}
}

/// Reads standard input line by line on a queue of its own, only as far as is asked for.
private final class LineReader: @unchecked Sendable {
  private let queue = DispatchQueue(label: "rdptriage.lines")
  /// What was read behind the last line. Only ever touched on the queue.
  private var rest: ArraySlice<UInt8> = []
  /// Longer lines are cut.
  private static let limit = 65_536

  /// Hands the next line to the main queue, without its end; nil at the end of the input.
  func next(_ handle: @escaping @MainActor @Sendable (String?) -> Void) {
    queue.async {
      let line = self.read()
      DispatchQueue.main.async { MainActor.assumeIsolated { handle(line) } }
    }
  }

  private func read() -> String? {
    var line: [UInt8] = []
    while true {
      let end = rest.firstIndex(of: 0x0A)
      line += rest[..<(end ?? rest.endIndex)].prefix(max(0, Self.limit - line.count))
      if let end {
        rest = rest[(end + 1)...]
        break
      }
      guard let more = Self.chunk() else {
        rest = []
        if line.isEmpty { return nil }
        break
      }
      rest = more[...]
    }
    if line.last == 0x0D { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }

  /// - Returns: nil at the end, and when nothing can be read any more.
  private static func chunk() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Foundation.read(STDIN_FILENO, &bytes, bytes.count)
      if count > 0 { return Array(bytes[..<count]) }
      if count < 0, errno == EINTR { continue }
      return nil
    }
  }
}
