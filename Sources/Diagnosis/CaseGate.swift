public import Facts

/// The one gate through which a case comes in, from a file, from a database or from this program itself: behind it every text can be
/// shown, every number counted with, and no part is longer than can be worked with.
public enum CaseGate {
  /// Entries of a case that is taken over from elsewhere. Thinking so many through again stays a matter of seconds.
  public static let mostEntries = 2_000
  /// Characters of an id of a case.
  public static let longestID = 200

  /// What an entry may hold, in the form in which it is kept.
  public static let bounds: TreeBounds = {
    var bounds = TreeBounds()
    bounds.values = 50_000
    bounds.wordPairs = ["elapsed"]
    return bounds
  }()

  /// What a whole file may hold.
  public static let fileBounds: TreeBounds = {
    var bounds = TreeBounds()
    bounds.longer = ["entries": mostEntries, "sealed": 8 << 20]
    bounds.wordPairs = ["elapsed"]
    return bounds
  }()

  /// - Returns: The entry, with durations rounded to what files hold.
  /// - Throws: ``TreeError`` with the place within the entry.
  public static func checked(_ entry: Case.Entry) throws(TreeError) -> Case.Entry {
    try bounds.check(try tree(entry))
    return try sound(entry)
  }

  /// As ``checked(_:)``, with texts that cannot be shown as they are made harmless: for what this program itself has written.
  ///
  /// - Throws: ``TreeError`` for what no cleaning can help.
  public static func cleaned(_ entry: Case.Entry) throws(TreeError) -> Case.Entry {
    let tree = try tree(entry)
    if (try? bounds.check(tree)) != nil { return try sound(entry) }
    let clean = tree.mapTexts { text, _ in Self.clean(text) }
    try bounds.check(clean)
    return try sound(try clean.decoded(as: Case.Entry.self))
  }

  /// Lines become one: what people typed or pasted may have several.
  private static func clean(_ text: String) -> String {
    SafeText.clean(
      String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }), limit: bounds.text - 1)
  }

  /// - Throws: ``TreeError`` with the place, as `entries[3].event.…`.
  public static func checked(_ record: Case) throws(TreeError) -> Case {
    try check(id: record.id)
    guard record.entries.count <= mostEntries else {
      throw TreeError(
        place: "entries",
        reason: "the case has \(record.entries.count) entries, and \(mostEntries) at most are taken")
    }
    guard record.target != nil else {
      throw TreeError(place: "entries", reason: "no case was opened on a target")
    }
    var result = record
    for (index, entry) in record.entries.enumerated() {
      do throws(TreeError) {
        result.entries[index] = try checked(entry)
      } catch {
        throw TreeError(place: "entries[\(index)].\(error.place)", reason: error.reason)
      }
    }
    return result
  }

  /// What was seen in a kept case that is practised.
  public static func checked(_ recorded: PracticeCase.Recorded) throws(TreeError) -> PracticeCase.Recorded {
    try check(recorded.target)
    var result = recorded
    result.before = try sound(recorded.before)
    result.after = try sound(recorded.after)
    for index in result.submissions.indices {
      result.submissions[index].findings = try sound(result.submissions[index].findings)
    }
    return result
  }

  /// A line of the list of cases, which is kept apart from the case.
  public static func cleaned(_ summary: CaseSummary) -> CaseSummary {
    guard let tree = try? Tree(encoding: summary),
      let clean = try? tree.mapTexts({ text, _ in SafeText.clean(text, limit: 400) })
        .decoded(as: CaseSummary.self)
    else { return summary }
    var result = clean
    // The id is what the case is found by.
    if (try? check(id: summary.id)) != nil { result.id = summary.id }
    return result
  }

  public static func check(id: String) throws(TreeError) {
    guard !id.isEmpty, id.utf8.count <= longestID, SafeText.clean(id, limit: longestID) == id else {
      throw TreeError(
        place: "id", reason: "an id has 1 to \(longestID) characters, all of which can be shown")
    }
  }

  private static func tree(_ entry: Case.Entry) throws(TreeError) -> Tree {
    do {
      return try Tree(encoding: entry)
    } catch {
      throw TreeError(place: "", reason: "the entry cannot be read")
    }
  }

  // MARK: What numbers and names mean

  private static func sound(_ entry: Case.Entry) throws(TreeError) -> Case.Entry {
    guard entry.time.text != "?" else {
      throw TreeError(place: "time", reason: "the time is none of the years 0 to 9999")
    }
    var result = entry
    switch entry.event {
    case .opened(let target): try check(target)
    case .probed(let run, let findings):
      guard (0...1_000_000_000).contains(run) else {
        throw TreeError(place: "event.probed.run", reason: "the number \(run) is out of bounds")
      }
      result.event = .probed(run: run, try sound(findings))
    case .submitted(let name, let findings): result.event = .submitted(name, try sound(findings))
    case .proven(let fix, let proof):
      result.event = .proven(
        fix,
        .init(before: try sound(proof.before), after: try sound(proof.after), verdict: proof.verdict))
    case .codeReported, .answered, .answeredTogether, .putOff, .told, .answerWithdrawn, .submissionWithdrawn,
      .stepTaken, .stepWithdrawn,
      .weakeningReversed, .weakeningAccepted, .ticket, .closed, .reopened:
      break
    }
    return result
  }

  private static func sound(_ findings: [Finding]) throws(TreeError) -> [Finding] {
    var result = findings
    for (index, finding) in findings.enumerated() {
      guard let elapsed = finding.elapsed else { continue }
      guard elapsed >= .zero, elapsed <= .seconds(86_400) else {
        throw TreeError(place: "findings[\(index)].elapsed", reason: "the duration is out of bounds")
      }
      result[index].elapsed = .nanoseconds(elapsed.wholeNanoseconds)
    }
    return result
  }

  /// Commands are made with a target's names, so each must be one that could have been typed.
  public static func check(_ target: Target) throws(TreeError) {
    func check(_ text: String, _ place: String, isSame: (Target) -> Bool) throws(TreeError) {
      guard let read = try? Target(text), isSame(read) else {
        throw TreeError(
          place: place, reason: "“\(SafeText.clean(text, limit: 40))” is no name or address of a host")
      }
    }
    let text = if case .ipv6(let address) = target.host { "[\(address)]" } else { target.hostText }
    try check(text, "event.opened.host") { $0.host == target.host }
    guard target.port > 0 else { throw TreeError(place: "event.opened.port", reason: "there is no port 0") }
    if let gateway = target.gateway { try check(gateway, "event.opened.gateway") { _ in true } }
    if let domain = target.domain { try check(domain, "event.opened.domain") { $0.hostText == domain } }
    if let user = target.user, user.contains(where: { ";|&<>\"`(){}".contains($0) }) {
      throw TreeError(
        place: "event.opened.user", reason: "“\(SafeText.clean(user, limit: 40))” is no name of a user")
    }
    if let name = target.certificateName {
      try check(name, "event.opened.certificateName") { $0.hostText == name }
    }
  }
}

extension Duration {
  /// Rounded down; a duration of more than 292 years is cut.
  package var wholeNanoseconds: Int64 {
    let (seconds, rest) = components
    let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !isTooLong else { return seconds > 0 ? .max : .min }
    return whole.addingReportingOverflow(rest / 1_000_000_000).partialValue
  }
}
