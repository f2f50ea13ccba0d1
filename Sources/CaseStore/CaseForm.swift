import Diagnosis
import Facts
import Foundation

/// A case in the words of `rdptriage.case-export/2`: written by hand, so that the form stays when types change.
/// `Resources/case-export.md` describes it.
struct CaseForm {
  private let tree: Tree

  init(_ tree: Tree) { self.tree = tree }

  // MARK: Writing

  static func tree(of exported: ExportedCase) -> Tree {
    var fields: [Tree.Field] = [
      .init("schema", .text(ExportedCase.schema)), .init("id", .text(exported.triage.id)),
      .init("redacted", .flag(exported.redacted)),
    ]
    if exported.redacted {
      fields.append(.init("note", .text(Redaction.promise)))
    }
    fields.append(.init("entries", .list(exported.triage.entries.map(tree))))
    if let sealed = exported.sealed { fields.append(.init("sealed", .text(sealed))) }
    return .table(fields)
  }

  private static func tree(_ entry: Case.Entry) -> Tree {
    .table(
      [
        .init("time", .text(time(entry.time))), .init("seconds", .number(entry.time.seconds)),
        .init("person", .text(entry.person)),
      ] + fields(entry.event))
  }

  /// ISO 8601 in UTC, to the second; `seconds` is exact.
  private static func time(_ time: Timestamp) -> String {
    let seconds = Int(exactly: time.seconds.rounded(.down)) ?? 0
    let second = ((seconds % 60) + 60) % 60
    return "\(time.text.replacingOccurrences(of: " ", with: "T")):\(second < 10 ? "0" : "")\(second)Z"
  }

  private static func fields(_ event: Case.Event) -> [Tree.Field] {
    func named(_ name: String, _ fields: Tree.Field...) -> [Tree.Field] {
      [.init("event", .text(name))] + fields
    }
    func text(_ name: String, _ value: String?) -> Tree.Field {
      .init(name, value.map { .text($0) } ?? .null)
    }
    func findings(_ name: String, _ findings: [Finding]) -> Tree.Field {
      .init(name, .list(findings.map(tree)))
    }
    return switch event {
    case .opened(let target): named("opened", .init("target", tree(target)))
    case .codeReported(let code):
      named("code", text("code", code.flatMap { $0 == ReportedCode() ? nil : $0.description }))
    case .answered(let question, let choice):
      named("answered", text("question", question.name), text("choice", choice?.name))
    case .answerWithdrawn(let question): named("answer-withdrawn", text("question", question.name))
    case .answeredTogether(let answers, let occasion):
      named(
        "answered-together", text("occasion", occasion.rawValue),
        .init(
          "answers",
          .list(
            answers.map { answer in
              .table(
                [text("question", answer.question.name), text("choice", answer.choice?.name)]
                  + (answer.words.isEmpty ? [] : [text("words", answer.words)]))
            })))
    case .putOff(let question): named("put-off", text("question", question.name))
    case .told(let words): named("told", text("words", words))
    case .submitted(let name, let list): named("submitted", text("name", name), findings("findings", list))
    case .submissionWithdrawn(let name): named("submission-withdrawn", text("name", name))
    case .probed(let run, let list): named("probed", .init("run", .integer(run)), findings("findings", list))
    case .stepTaken(let fix, let result):
      named("step", text("fix", fix.name), text("result", word(result)))
    case .stepWithdrawn(let fix): named("step-withdrawn", text("fix", fix.name))
    case .proven(let fix, let proof):
      named(
        "proven", text("fix", fix.name), text("verdict", word(proof.verdict)),
        findings("before", proof.before), findings("after", proof.after))
    case .weakeningReversed(let fix): named("protection-restored", text("fix", fix.name))
    case .weakeningAccepted(let fix, let reason):
      named("protection-waived", text("fix", fix.name), text("reason", reason))
    case .ticket(let ticket): named("ticket", text("ticket", ticket))
    case .closed(.solved(let fix)): named("closed", text("as", "solved"), text("fix", fix?.name))
    case .closed(.escalated(let owner)): named("closed", text("as", "escalated"), text("owner", owner))
    case .closed(.closed): named("closed", text("as", "unsolved"))
    case .reopened: named("reopened")
    }
  }

  private static func word(_ result: Case.StepResult) -> String {
    switch result {
    case .done: "done"
    case .failed: "failed"
    case .skipped: "skipped"
    }
  }

  private static func word(_ verdict: Case.Verdict) -> String {
    switch verdict {
    case .changed: "changed"
    case .unchanged: "unchanged"
    case .notVisible: "not-visible"
    case .undecided: "undecided"
    }
  }

  private static func tree(_ target: Target) -> Tree {
    let kind =
      switch target.host {
      case .name: "name"
      case .ipv4, .ipv6: "address"
      }
    var fields: [Tree.Field] = [
      .init(kind, .text(target.hostText)), .init("port", .integer(Int(target.port))),
    ]
    for (name, value) in [
      ("gateway", target.gateway), ("domain", target.domain), ("certificate_name", target.certificateName),
      ("user", target.user),
    ] {
      if let value { fields.append(.init(name, .text(value))) }
    }
    return .table(fields)
  }

  private static func tree(_ finding: Finding) -> Tree {
    var fields: [Tree.Field] = [.init("id", .text(finding.id.name))]
    func add(_ name: String, _ value: String) { fields.append(.init(name, .text(value))) }
    switch finding.status {
    case .answered(let outcome):
      add("status", "answered")
      add("outcome", outcome.name)
    case .notApplicable(let reason):
      add("status", "not-applicable")
      add("because", reason)
    case .inconclusive(let reason):
      add("status", "inconclusive")
      switch reason {
      case .cancelled: add("because", "cancelled")
      case .outOfTime: add("because", "out-of-time")
      case .blocked(let other):
        add("because", "blocked")
        add("by", other.name)
      case .unreadable(let words):
        add("because", "unreadable")
        add("words", words)
      case .notAsked(let words):
        add("because", "not-asked")
        add("words", words)
      case .failedHere(let failure):
        add("because", "failed-here")
        add("words", failure.reason)
        if let errno = failure.errno { fields.append(.init("errno", .integer(Int(errno)))) }
      }
    }
    switch finding.source {
    case .probe: add("source", "probe")
    case .question(let question):
      add("source", "question")
      add("question", question.name)
    case .code: add("source", "code")
    case .file(let name):
      add("source", "file")
      add("file", name)
    case .paste: add("source", "paste")
    }
    add("summary", finding.summary)
    if !finding.details.isEmpty { fields.append(.init("details", details(finding.details))) }
    if let elapsed = finding.elapsed {
      fields.append(.init("elapsed_ms", .number(Double(elapsed.wholeNanoseconds) / 1e6)))
    }
    return .table(fields)
  }

  /// An object where every name occurs once; else a list of pairs, since an object would lose some.
  private static func details(_ details: [Finding.Field]) -> Tree {
    guard Set(details.map(\.name)).count == details.count else {
      return .table([
        .init(
          pairs,
          .list(details.map { .table([.init("name", .text($0.name)), .init("value", tree($0.value))]) }))
      ])
    }
    return .table(details.map { .init($0.name, tree($0.value)) })
  }

  private static let pairs = "*"

  private static func tree(_ detail: Detail) -> Tree {
    switch detail {
    case .text(let text): .text(text)
    case .integer(let number): .integer(number)
    case .number(let number): .number(number)
    case .flag(let flag): .flag(flag)
    case .list(let list): .list(list.map(tree))
    case .table(let fields): details(fields)
    }
  }

  // MARK: Reading

  func isRedacted() throws(TreeError) -> Bool {
    switch tree["redacted"] {
    case .flag(let flag)?: return flag
    case nil: return false
    default: throw TreeError(place: "redacted", reason: "it is neither true nor false")
    }
  }

  func sealed() throws(TreeError) -> String? { try Place(tree, "").optionalText("sealed") }

  func record() throws(TreeError) -> Case {
    let place = Place(tree, "")
    var record = Case(id: try place.text("id"))
    for entry in try place.list("entries") { record.entries.append(try Self.entry(entry)) }
    return record
  }

  private static func entry(_ place: Place) throws(TreeError) -> Case.Entry {
    Case.Entry(
      time: try time(place), person: try place.text("person"), event: try event(place))
  }

  private static func time(_ place: Place) throws(TreeError) -> Timestamp {
    if let seconds = try place.optionalNumber("seconds") { return Timestamp(seconds: seconds) }
    let text = try place.text("time")
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw TreeError(place: place.path("time"), reason: "it is no time such as 2026-05-04T03:12:00Z")
    }
    return Timestamp(seconds: date.timeIntervalSince1970)
  }

  private static func event(_ place: Place) throws(TreeError) -> Case.Event {
    func fix() throws(TreeError) -> FixID { FixID(try place.text("fix")) }
    func question() throws(TreeError) -> QuestionID { QuestionID(try place.text("question")) }
    switch try place.text("event") {
    case "opened": return .opened(try target(try place.table("target")))
    case "code":
      guard let text = try place.optionalText("code") else { return .codeReported(nil) }
      guard let code = ReportedCode(text), code.description == text else {
        throw TreeError(place: place.path("code"), reason: "it is no code such as 0x3/0x7")
      }
      return .codeReported(code)
    case "answered":
      return .answered(try question(), try place.optionalText("choice").map { OutcomeID($0) })
    case "answer-withdrawn": return .answerWithdrawn(try question())
    case "answered-together":
      var answers: [Case.GivenAnswer] = []
      for answer in try place.list("answers") {
        answers.append(
          .init(
            QuestionID(try answer.text("question")), try answer.optionalText("choice").map { OutcomeID($0) },
            words: try answer.optionalText("words") ?? ""))
      }
      return .answeredTogether(
        answers, try place.choice("occasion", ["told": .told, "context": .context]))
    case "put-off": return .putOff(try question())
    case "told": return .told(try place.text("words"))
    case "submitted": return .submitted(try place.text("name"), try findings(place, "findings"))
    case "submission-withdrawn": return .submissionWithdrawn(try place.text("name"))
    case "probed":
      guard case .integer(let run)? = place["run"] else {
        throw TreeError(place: place.path("run"), reason: "it is no whole number")
      }
      return .probed(run: run, try findings(place, "findings"))
    case "step":
      return .stepTaken(
        try fix(), try place.choice("result", ["done": .done, "failed": .failed, "skipped": .skipped]))
    case "step-withdrawn": return .stepWithdrawn(try fix())
    case "proven":
      let verdict: Case.Verdict = try place.choice(
        "verdict",
        [
          "changed": .changed, "unchanged": .unchanged, "not-visible": .notVisible, "undecided": .undecided,
        ])
      return .proven(
        try fix(),
        .init(
          before: try findings(place, "before"), after: try findings(place, "after"), verdict: verdict))
    case "protection-restored": return .weakeningReversed(try fix())
    case "protection-waived": return .weakeningAccepted(try fix(), reason: try place.text("reason"))
    case "ticket": return .ticket(try place.text("ticket"))
    case "closed":
      switch try place.text("as") {
      case "solved": return .closed(.solved(by: try place.optionalText("fix").map { FixID($0) }))
      case "escalated": return .closed(.escalated(to: try place.text("owner")))
      case "unsolved": return .closed(.closed)
      default:
        throw TreeError(place: place.path("as"), reason: "it is none of solved, escalated, unsolved")
      }
    case "reopened": return .reopened
    case let other:
      throw TreeError(
        place: place.path("event"), reason: "the event “\(SafeText.clean(other, limit: 40))” is not known")
    }
  }

  private static func target(_ place: Place) throws(TreeError) -> Target {
    let isName = place["name"] != nil
    let text = try place.text(isName ? "name" : "address")
    let host: Target.Host = isName ? .name(text) : text.contains(":") ? .ipv6(text) : .ipv4(text)
    var target = Target(host: host)
    if let port = place["port"] {
      guard case .integer(let number) = port, let port = UInt16(exactly: number), port > 0 else {
        throw TreeError(place: place.path("port"), reason: "it is no port from 1 to 65535")
      }
      target.port = port
    }
    target.gateway = try place.optionalText("gateway")
    target.domain = try place.optionalText("domain")
    target.user = try place.optionalText("user")
    target.certificateName = try place.optionalText("certificate_name")
    return target
  }

  private static func findings(_ place: Place, _ name: String) throws(TreeError) -> [Finding] {
    var findings: [Finding] = []
    for item in try place.list(name) { findings.append(try finding(item)) }
    return findings
  }

  private static func finding(_ place: Place) throws(TreeError) -> Finding {
    let source: Finding.Source
    switch try place.text("source") {
    case "probe": source = .probe
    case "question": source = .question(QuestionID(try place.text("question")))
    case "code": source = .code
    case "file": source = .file(try place.text("file"))
    case "paste": source = .paste
    default: throw TreeError(place: place.path("source"), reason: "the source is not known")
    }
    var finding = Finding(
      FindingID(try place.text("id")), try status(place), source: source, summary: try place.text("summary"))
    if let details = place["details"] { finding.details = try fields(details, place.path("details")) }
    if let elapsed = try place.optionalNumber("elapsed_ms") {
      guard (0...86_400_000).contains(elapsed) else {
        throw TreeError(place: place.path("elapsed_ms"), reason: "the duration is out of bounds")
      }
      finding.elapsed = .nanoseconds(Int64((elapsed * 1e6).rounded()))
    }
    return finding
  }

  private static func status(_ place: Place) throws(TreeError) -> Finding.Status {
    switch try place.text("status") {
    case "answered": return .answered(OutcomeID(try place.text("outcome")))
    case "not-applicable": return .notApplicable(because: try place.text("because"))
    case "inconclusive":
      switch try place.text("because") {
      case "cancelled": return .inconclusive(.cancelled)
      case "out-of-time": return .inconclusive(.outOfTime)
      case "blocked": return .inconclusive(.blocked(by: FindingID(try place.text("by"))))
      case "unreadable": return .inconclusive(.unreadable(try place.text("words")))
      case "not-asked": return .inconclusive(.notAsked(try place.text("words")))
      case "failed-here":
        let errno = try place.optionalNumber("errno").flatMap { Int32(exactly: $0) }
        return .inconclusive(.failedHere(LocalFailure(errno: errno, reason: try place.text("words"))))
      default: throw TreeError(place: place.path("because"), reason: "the reason is not known")
      }
    default:
      throw TreeError(
        place: place.path("status"), reason: "it is none of answered, inconclusive, not-applicable")
    }
  }

  private static func fields(_ tree: Tree, _ path: String) throws(TreeError) -> [Finding.Field] {
    guard case .table(let fields) = tree else { throw TreeError(place: path, reason: "it is no object") }
    var result: [Finding.Field] = []
    if fields.count == 1, fields[0].name == pairs, case .list = fields[0].value {
      for pair in try Place(tree, path).list(pairs) {
        result.append(.init(try pair.text("name"), try detail(pair["value"] ?? .null, pair.path("value"))))
      }
    } else {
      for field in fields {
        result.append(.init(field.name, try detail(field.value, "\(path).\(field.name)")))
      }
    }
    return result
  }

  private static func detail(_ tree: Tree, _ path: String) throws(TreeError) -> Detail {
    switch tree {
    case .text(let text): return .text(text)
    case .integer(let number): return .integer(number)
    case .number(let number): return .number(number)
    case .flag(let flag): return .flag(flag)
    case .list(let items):
      var list: [Detail] = []
      for (index, item) in items.enumerated() { list.append(try detail(item, "\(path)[\(index)]")) }
      return .list(list)
    case .table: return .table(try fields(tree, path))
    case .null, .large: throw TreeError(place: path, reason: "it is no text, number, flag, list or object")
    }
  }
}

/// An object of a file, with the way that leads to it.
private struct Place {
  private let tree: Tree
  private let way: String

  init(_ tree: Tree, _ way: String) {
    self.tree = tree
    self.way = way
  }

  subscript(_ name: String) -> Tree? { tree[name] }

  func path(_ name: String) -> String { way.isEmpty ? name : "\(way).\(name)" }

  func text(_ name: String) throws(TreeError) -> String {
    guard let text = try optionalText(name) else {
      throw TreeError(place: path(name), reason: "it is missing")
    }
    return text
  }

  /// nil where it is missing or null.
  func optionalText(_ name: String) throws(TreeError) -> String? {
    switch tree[name] {
    case .text(let text)?: return text
    case nil, .null?: return nil
    default: throw TreeError(place: path(name), reason: "it is no text")
    }
  }

  func optionalNumber(_ name: String) throws(TreeError) -> Double? {
    switch tree[name] {
    case .integer(let number)?: return Double(number)
    case .number(let number)?: return number
    case nil, .null?: return nil
    default: throw TreeError(place: path(name), reason: "it is no number")
    }
  }

  func choice<Value>(_ name: String, _ choices: [String: Value]) throws(TreeError) -> Value {
    guard let value = choices[try text(name)] else {
      throw TreeError(
        place: path(name), reason: "it is none of \(choices.keys.sorted().joined(separator: ", "))")
    }
    return value
  }

  func table(_ name: String) throws(TreeError) -> Place {
    guard let value = tree[name], case .table = value else {
      throw TreeError(place: path(name), reason: "it is no object")
    }
    return Place(value, path(name))
  }

  func list(_ name: String) throws(TreeError) -> [Place] {
    guard case .list(let items)? = tree[name] else {
      throw TreeError(place: path(name), reason: "it is no list")
    }
    return items.enumerated().map { Place($0.element, "\(path(name))[\($0.offset)]") }
  }
}
