import Facts
@preconcurrency import Glibc

/// Standard output, held to account: what could not be written is said, and ends in 74, whatever the command was.
enum StandardOutput {
  /// False once somebody else looks after what is written.
  nonisolated(unsafe) static var isChecked = true

  /// Hands over what was printed so far.
  /// - Returns: false when nobody takes it.
  static func flush() -> Bool { fflush(stdout) == 0 && ferror(stdout) == 0 }

  /// To be called once, before anything is printed.
  static func prepare() {
    // A reader that has gone is an error like any other.
    signal(SIGPIPE, SIG_IGN)
    atexit {
      guard StandardOutput.isChecked else { return }
      errno = 0
      let isWritten = fflush(stdout) == 0
      let error = errno
      guard !isWritten || ferror(stdout) != 0 else { return }
      let reason = error == 0 ? "an error came up" : String(cString: strerror(error)).lowercased()
      Failure.print("What was to be printed could not be written to its end: \(reason).")
      _exit(Failure.Code.inputOutput.rawValue)
    }
  }
}
