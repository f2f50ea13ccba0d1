public import Facts
import Foundation

/// Somebody who has a case open, for a while that is moved on as long as they work on it.
public struct CaseHolder: Hashable, Sendable {
  public var person: String
  /// Name of the machine on which the program runs.
  public var machine: String
  public var process: Int32
  /// Which run of the program it is: no two have the same.
  public var token: String
  public var since: Timestamp
  /// When the case is free again unless the holder has said otherwise before.
  public var until: Timestamp

  public init(
    person: String, machine: String, process: Int32, token: String, since: Timestamp, until: Timestamp
  ) {
    self.person = person
    self.machine = machine
    self.process = process
    self.token = token
    self.since = since
    self.until = until
  }

  /// Seconds for which a case is held without a new word.
  public static let lease = 90.0

  /// This process, on this machine, from now on.
  public static func current(person: String, since: Timestamp) -> CaseHolder {
    CaseHolder(
      person: person, machine: thisMachine, process: getpid(), token: thisRun, since: since,
      until: Timestamp(seconds: since.seconds + lease))
  }

  func isSame(as other: CaseHolder) -> Bool { token == other.token }

  /// The word given counts to its end. Only a process of this machine that is known to have ended is not waited for.
  func isThere(at now: Timestamp) -> Bool {
    // A clock that was set back must not make a case held for ever.
    guard now < until, until.seconds - now.seconds <= 2 * Self.lease else { return false }
    guard machine == Self.thisMachine, process > 0 else { return true }
    return kill(process, 0) == 0 || errno != ESRCH
  }

  private static let thisRun = UUID().uuidString

  private static let thisMachine: String = {
    var name = utsname()
    guard uname(&name) == 0 else { return "localhost" }
    let text = withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return SafeText.clean(text, limit: 80)
  }()
}
