import Foundation

/// A program on the terminal that tmux emulates: keys in, whole screens out.
public final class EmulatedTerminal {
  private let socket = "rdptriage-" + UUID().uuidString

  public static let isAvailable = Command.path(of: "tmux") != nil

  public struct Failed: Error, CustomStringConvertible {
    public let description: String
  }

  public init(
    _ arguments: [String], environment: [String: String] = [:], columns: Int = 80, rows: Int = 24
  ) throws {
    let quoted = arguments.map { "'" + $0.replacingOccurrences(of: "'", with: "'\\''") + "'" }.joined(
      separator: " ")
    let settings = environment.flatMap { ["-e", "\($0.key)=\($0.value)"] }
    try tmux(
      ["-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)"] + settings
        + ["\(quoted); echo \"[ended $?]\"; exec cat"])
    try tmux(["set-option", "-g", "status", "off"])
    try resize(columns: columns, rows: rows)
  }

  deinit { _ = try? tmux(["kill-server"]) }

  /// Keys by tmux's names (`Enter`, `Escape`, `Down`, `C-c`); anything else is typed as it is.
  public func press(_ keys: String...) throws {
    for key in keys { try tmux(["send-keys", key]) }
  }

  public func type(_ text: String) throws {
    try tmux(["send-keys", "-l", text])
  }

  /// Pastes a text as a terminal does: in brackets where the program asked for that.
  public func paste(_ text: String) throws {
    try tmux(["set-buffer", "--", text])
    try tmux(["paste-buffer", "-p", "-d"])
  }

  public func resize(columns: Int, rows: Int) throws {
    try tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
  }

  /// The characters of the screen, without trailing blanks.
  public func screen() throws -> String {
    try tmux(["capture-pane", "-p"])
  }

  /// The process that runs in the terminal.
  public func shellProcess() throws -> pid_t {
    pid_t(try tmux(["display-message", "-p", "#{pane_pid}"]).trimmingCharacters(in: .whitespacesAndNewlines))
      ?? 0
  }

  /// Looks at the screen until it holds the text.
  /// - Throws: with the screen as it is when `limit` passes first.
  @discardableResult
  public func waitFor(_ text: String, within limit: Duration = .seconds(20)) throws -> String {
    try waitUntil("“\(text)”", within: limit) { $0.contains(text) }
  }

  @discardableResult
  public func waitUntil(
    _ what: String, within limit: Duration = .seconds(20), _ isDone: (String) throws -> Bool
  )
    throws
    -> String
  {
    let end = ContinuousClock.now + limit
    while true {
      let screen = try screen()
      if try isDone(screen) { return screen }
      guard ContinuousClock.now < end else {
        throw Failed(description: "waited for \(what), but the screen is:\n\(screen)")
      }
      usleep(30_000)
    }
  }

  @discardableResult
  private func tmux(_ arguments: [String]) throws -> String {
    let result = try Command.run(
      "tmux", ["-L", socket] + arguments,
      environment: ["LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": NSTemporaryDirectory(), "TERM": "xterm"],
      within: .seconds(10))
    guard result.code == 0 else { throw Failed(description: "tmux: \(result.output)") }
    return result.output
  }
}
