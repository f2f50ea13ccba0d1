import Facts

/// A case that a fix has solved, as a story for the corpus, with stand-ins for every name.
///
/// Only what was known before the fix goes into it. The caller's words are taken over with stand-ins for whatever has the form of a
/// name of a machine, a domain or an account, and for every name that the case itself holds; names of people are not recognised, so
/// the file asks to be read before it is passed on.
public struct StoryFile: Sendable, Equatable {
  public var story: Story

  /// nil when the case does not say what was wrong: only a fix that helped does.
  ///
  /// - Parameter digits: As for ``Redaction``.
  public init?(_ record: Case, assessor: Assessor, digits: @escaping (String) -> String) {
    let knowledge = assessor.knowledge
    guard let regression = RegressionCase(record, assessor: assessor),
      let cure = record.cure, let before = record.before(cure)
    else { return nil }
    var redaction = Redaction(digits: digits)
    // Makes the names known that the case holds.
    guard let id = try? redaction.redact(record).id else { return nil }
    func safe(_ text: String) -> String {
      SafeText.clean(
        redaction.text(text.split(whereSeparator: \.isNewline).joined(separator: " ")), limit: 2000)
    }
    /// Texts of the knowledge name no host.
    func neutral(_ text: String) -> String {
      Placeholder.fill(text, for: .steps, target: Target(host: .name("HOST"))).text
    }
    func title(_ fix: FixID) -> String { neutral(knowledge.fix(fix)?.title ?? fix.name) }
    let evidence = Evidence(before, knowledge: knowledge)
    var seen: [FindingID: OutcomeID] = [:]
    var facts: [String] = []
    for finding in before.probeFindings where knowledge.finding(finding.id) != nil {
      guard let outcome = finding.outcome, evidence.outcome(of: finding.id) == outcome else { continue }
      seen[finding.id] = outcome
      let entry = knowledge.finding(finding.id)?.outcomes.first { $0.id == outcome }
      if let entry, !entry.isFine, !entry.meaning.isEmpty { facts.append(entry.meaning) }
    }
    var known: [QuestionID: OutcomeID] = [:]
    var environment: [String: String] = [:]
    for question in knowledge.questions where question.id != Question.worksNow {
      guard let choice = evidence.outcome(of: question.findingID),
        let words = question.choices.first(where: { $0.id == choice })?.text
      else { continue }
      known[question.id] = choice
      if let part = Self.environment[question.id] {
        environment[part] = neutral(words)
      } else {
        facts.append(neutral("\(question.ask) \(words)"))
      }
    }
    let told = before.told.map(safe).joined(separator: "\n")
    story = Story(
      id: StoryID(id), source: "closed case of a site, \(record.opened?.text.prefix(7) ?? "")",
      told: told.isEmpty ? "nothing was written down" : told, code: before.code, environment: environment,
      facts: facts.isEmpty ? ["nothing else was known"] : facts, seen: seen, known: known,
      truth: [regression.first], cured: title(cure),
      wrongTurns: regression.failed.map(title))
  }

  /// Which part of a story's environment a question tells.
  private static let environment: [QuestionID: String] = [
    "client-kind": "client", "host-kind": "server", "entra-joined-host": "membership", "path-kind": "path",
  ]

  /// As a file of `stories/`, see the field guide.
  public var yaml: String {
    var lines = [
      "# Read it before you pass it on: names of people in what was told are not recognised.",
      "source: \(Self.quoted(story.source))", "told: \(Self.quoted(story.told))",
    ]
    if let code = story.code { lines.append("code: \(Self.quoted(code.description))") }
    func map(_ name: String, _ pairs: [(String, String)]) {
      guard !pairs.isEmpty else { return }
      lines.append("\(name):")
      // Outcomes such as `on` and `no` would be read as something else without quotes.
      lines += pairs.sorted { $0.0 < $1.0 }.map { "  \($0.0): \(Self.quoted($0.1))" }
    }
    func list(_ name: String, _ texts: [String]) {
      guard !texts.isEmpty else { return }
      lines.append("\(name):")
      lines += texts.map { "- \(Self.quoted($0))" }
    }
    map("environment", story.environment.map { ($0.key, $0.value) })
    list("facts", story.facts)
    map("seen", story.seen.map { ($0.key.name, $0.value.name) })
    map("known", story.known.map { ($0.key.name, $0.value.name) })
    list("truth", story.truth.map(\.name))
    lines.append("cured: \(Self.quoted(story.cured))")
    list("wrong-turns", story.wrongTurns)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for character in text {
      switch character {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      default: out.append(character)
      }
    }
    return out + "\""
  }
}
