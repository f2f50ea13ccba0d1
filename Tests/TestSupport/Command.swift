import Glibc
import Synchronization

/// A program of the system, run for a test: in a process group of its own, so that all it started can be ended with it.
public final class Command: @unchecked Sendable {
  public let processID: pid_t
  private let output: Int32
  private var exitStatus: Int32?
  private static let starting = Mutex(())

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
  }

  /// What a finished program left behind.
  public struct Result: Sendable {
    /// The exit code, or 128 + the signal's number.
    public var code: Int32
    /// Standard output and standard error together.
    public var output: String
  }

  /// Where a program is found on the usual path.
  public static func path(of name: String) -> String? {
    ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"].map { "\($0)/\(name)" }.first {
      access($0, X_OK) == 0
    }
  }

  /// Starts a program, by its name or whole path. Its standard output and error can be read with `readOutput`, or go to `log`.
  public init(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], log: String? = nil
  ) throws {
    guard let path = name.hasPrefix("/") ? name : Self.path(of: name) else {
      throw Failure("\(name) is not installed")
    }
    (processID, output) = try Self.starting.withLock { _ in
      try Self.start(path, arguments, environment, log)
    }
  }

  /// One at a time: without pipe2(2), which Swift's view of the C library lacks, a program started meanwhile would inherit
  /// both ends of the pipe.
  private static func start(
    _ path: String, _ arguments: [String], _ environment: [String: String], _ log: String?
  ) throws -> (pid_t, Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Failure("no pipe: errno \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    if let log {
      posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    }
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    posix_spawnattr_setpgroup(&attributes, 0)
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)

    var variables = ["PATH": "/usr/bin:/usr/sbin:/bin:/sbin", "LC_ALL": "C", "HOME": "/nonexistent"]
    variables.merge(environment) { $1 }
    var argv = ([path] + arguments).map { strdup($0) }
    var envp = variables.map { strdup("\($0.key)=\($0.value)") }
    argv.append(nil)
    envp.append(nil)
    defer { for text in argv + envp { free(text) } }
    var processID: pid_t = 0
    let failure = posix_spawn(&processID, path, &actions, &attributes, argv, envp)
    close(ends[1])
    guard failure == 0 else {
      close(ends[0])
      throw Failure("cannot start \(path): errno \(failure)")
    }
    return (processID, ends[0])
  }

  deinit { close(output) }

  /// Runs a program to its end.
  public static func run(
    _ name: String, _ arguments: [String], environment: [String: String] = [:],
    within limit: Duration = .seconds(60)
  ) throws -> Result {
    let command = try Command(name, arguments, environment: environment)
    let output = command.readOutput(until: { _ in false }, within: limit)
    guard let code = command.wait(within: .seconds(5)) else {
      command.stop()
      throw Failure("\(name) did not end: \(output)")
    }
    return Result(code: code, output: output)
  }

  /// Reads until the text so far is enough, the program closes its output, or time is up.
  public func readOutput(until isEnough: (String) -> Bool, within limit: Duration) -> String {
    let end = ContinuousClock.now + limit
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isEnough(String(decoding: bytes, as: UTF8.self)) {
      let left = max(.zero, ContinuousClock.now.duration(to: end)).components
      var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let milliseconds = Int32(left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
      guard poll(&entry, 1, milliseconds) > 0 else { break }
      let count = read(output, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// - Returns: the exit code, or 128 + the signal's number; nil when it still runs at the end of `limit`.
  public func wait(within limit: Duration) -> Int32? {
    if let exitStatus { return exitStatus }
    var status: Int32 = 0
    let ended = poll(within: limit) { waitpid(processID, &status, WNOHANG) != 0 }
    guard ended else { return nil }
    let signal = status & 0x7F
    exitStatus = signal == 0 ? status >> 8 & 0xFF : 128 + signal
    return exitStatus
  }

  /// Ends the program and all that it started.
  public func stop() {
    kill(-processID, SIGTERM)
    _ = wait(within: .seconds(3))
    kill(-processID, SIGKILL)
    _ = wait(within: .seconds(3))
  }
}

/// Looks again and again until something holds, for at most `limit`.
/// - Returns: whether it came to hold.
public func poll(within limit: Duration, until holds: () -> Bool) -> Bool {
  let end = ContinuousClock.now + limit
  while true {
    if holds() { return true }
    if ContinuousClock.now >= end { return false }
    usleep(5000)
  }
}

/// An empty folder that goes away with the value.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    var template = Array("/tmp/rdptriage-test-XXXXXX\0".utf8.map { CChar(bitPattern: $0) })
    guard mkdtemp(&template) != nil else { throw Command.Failure("no temporary folder: errno \(errno)") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    _ = try? Command.run("rm", ["-rf", "--", path])
  }

  /// Writes a file and tells its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Command.Failure("cannot write \(file): errno \(errno)") }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Command.Failure("cannot write \(file): errno \(errno)") }
      rest = rest.dropFirst(count)
    }
    return file
  }

  public func makeFolder(_ name: String) throws -> String {
    var made = path
    for part in name.split(separator: "/") {
      made += "/\(part)"
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
        throw Command.Failure("cannot make \(made): errno \(errno)")
      }
    }
    return made
  }
}
