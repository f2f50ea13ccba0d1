internal import Facts

/// Something wrong in a knowledge file: where, what, and what to write instead.
public struct Problem: Error, Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The path as it was given, or `built-in/…` for a shipped entry.
  public var file: String
  /// Counted from 1; 0 where there are no lines, as in shipped entries.
  public var line: Int
  /// One sentence without a full stop at its end.
  public var message: String

  public init(file: String, line: Int, message: String) {
    // Names and values of files that others wrote stand in both.
    self.file = SafeText.clean(file, limit: 1000)
    self.line = line
    self.message = SafeText.clean(message, limit: 1000)
  }

  /// `file:line: message`
  public var description: String { "\(place): \(message)" }

  /// `file:line: error: message`, the form that compilers use and `swift build` passes on.
  public var compilerDescription: String { "\(place): error: \(message)" }

  private var place: String { line > 0 ? "\(file):\(line)" : file }

  public static func < (left: Self, right: Self) -> Bool {
    (left.file, left.line, left.message) < (right.file, right.line, right.message)
  }
}

/// Collects problems while a file is read, so that all of them are reported and not only the first.
package final class ProblemLog {
  package private(set) var problems: [Problem] = []

  package init() {}

  package func add(_ file: String, _ line: Int, _ message: String) {
    problems.append(Problem(file: file, line: line, message: message))
  }
}
