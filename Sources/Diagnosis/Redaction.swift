import Facts

/// Replaces what names people, machines and places in a case: the same value by the same stand-in everywhere.
///
/// What counts as a name: every value that the case itself holds as one (target, people, fields of findings), and in texts
/// whatever has the form of an address, a DNS name, an account, a security identifier, a hardware address or a fingerprint.
/// It rather replaces too much than too little. Outcomes, ids of the knowledge, times and codes stay.
public struct Redaction {
  public enum Kind: String, Sendable, CaseIterable {
    case host, domain, address, account, person, ticket, mark
  }

  /// Original values by their stand-ins, of everything that was replaced so far.
  public private(set) var originals: [String: String] = [:]

  private let digits: (String) -> String
  private var known: [String: Kind] = [:]
  /// Dotted words that are no names: ids of findings.
  private var spared: Set<String> = []

  /// - Parameter digits: Ten letters or digits that depend on the value and on a key; equal values must give equal digits.
  public init(digits: @escaping (String) -> String) { self.digits = digits }

  /// The case with stand-ins, under an id that names no host.
  public mutating func redact(_ record: Case) -> Case {
    for entry in record.entries { learn(entry) }
    let id = standIn(.mark, record.id)
    return Case(
      id: id,
      entries: record.entries.map { entry in
        Case.Entry(
          time: entry.time, person: standIn(.person, entry.person), event: redact(entry.event))
      })
  }

  private mutating func standIn(_ kind: Kind, _ value: String) -> String {
    guard !value.isEmpty else { return value }
    let name = "\(kind.rawValue)-\(digits(value.lowercased()))"
    // The first spelling counts: stand-ins do not tell capitals apart.
    if originals[name] == nil { originals[name] = value }
    return name
  }

  // MARK: What the case holds as names

  private mutating func learn(_ entry: Case.Entry) {
    know(entry.person, .person)
    switch entry.event {
    case .opened(let target):
      if case .name(let name) = target.host { knowHost(name) }
      if let gateway = target.gateway { knowHost(Self.withoutPort(gateway)) }
      if let name = target.certificateName { knowHost(name) }
      if let domain = target.domain { know(domain, .domain) }
      if let user = target.user { know(user: user) }
    case .probed(_, let findings): findings.forEach { learn($0) }
    case .proven(_, let proof): (proof.before + proof.after).forEach { learn($0) }
    default: break
    }
  }

  private mutating func learn(_ finding: Finding) {
    spared.insert(finding.id.name.lowercased())
    for field in finding.details { learn(field.value, in: field.name) }
  }

  private mutating func learn(_ detail: Detail, in field: String) {
    switch detail {
    case .text(let text):
      guard let kind = Self.kind(ofField: field), !text.contains(where: \.isWhitespace), text.count <= 255
      else { return }
      kind == .host ? knowHost(text) : know(text, kind)
    case .list(let list): for item in list { learn(item, in: field) }
    case .table(let fields): for inner in fields { learn(inner.value, in: inner.name) }
    case .integer, .number, .flag: break
    }
  }

  private static func kind(ofField field: String) -> Kind? {
    let field = field.lowercased()
    if field.contains("domain") || field.contains("forest") || field.contains("realm") { return .domain }
    if field.contains("user") || field.contains("account") { return .account }
    for part in ["name", "host", "computer", "server", "subject", "issuer", "target", "redirect", "ptr"]
    where field.contains(part) {
      return .host
    }
    return nil
  }

  private mutating func know(_ value: String, _ kind: Kind) {
    let lowered = value.lowercased()
    // A single letter or a number names nobody, and would tear texts to pieces.
    guard lowered.count > 1, lowered.contains(where: \.isLetter), known[lowered] == nil else { return }
    known[lowered] = kind
  }

  /// As `name`, `DOMAIN\name` or `name@domain`.
  private mutating func know(user: String) {
    for separator in ["\\", "@"] as [Character] {
      guard let place = user.firstIndex(of: separator) else { continue }
      let parts = [String(user[..<place]), String(user[user.index(after: place)...])]
      let (name, domain) = separator == "@" ? (parts[0], parts[1]) : (parts[1], parts[0])
      know(name, .account)
      know(domain, .domain)
      return
    }
    know(user, .account)
  }

  private mutating func knowHost(_ name: String) {
    know(name, .host)
    if let label = name.split(separator: ".").first, name.contains(".") { know(String(label), .host) }
  }

  private static func withoutPort(_ text: String) -> String {
    String(text.prefix { $0 != ":" })
  }

  // MARK: Replacing

  private mutating func redact(_ event: Case.Event) -> Case.Event {
    switch event {
    case .opened(let target): .opened(redact(target))
    case .probed(let run, let findings): .probed(run: run, findings.map { redact($0) })
    case .submitted(let name, let findings):
      .submitted(standIn(.mark, name), findings.map { redact(submitted: $0) })
    case .submissionWithdrawn(let name): .submissionWithdrawn(standIn(.mark, name))
    case .proven(let fix, let proof):
      .proven(
        fix,
        .init(
          before: proof.before.map { redact($0) }, after: proof.after.map { redact($0) },
          verdict: proof.verdict))
    case .ticket(let text): .ticket(standIn(.ticket, text))
    case .closed(.escalated(let owner)): .closed(.escalated(to: owner))
    case .weakeningAccepted(let fix, let reason): .weakeningAccepted(fix, reason: text(reason))
    case .told(let words): .told(standIn(.mark, words))
    case .answeredTogether(let together, let occasion):
      .answeredTogether(
        together.map { answer in
          var answer = answer
          answer.words = standIn(.mark, answer.words)
          return answer
        }, occasion)
    case .codeReported, .answered, .answerWithdrawn, .putOff, .stepTaken, .stepWithdrawn, .weakeningReversed,
      .closed,
      .reopened:
      event
    }
  }

  private mutating func redact(_ target: Target) -> Target {
    var result = target
    let kind: Kind = if case .name = target.host { .host } else { .address }
    result.host = .name(standIn(kind, target.hostText))
    result.gateway = target.gateway.map { text($0) }
    result.domain = target.domain.map { standIn(.domain, $0) }
    result.user = target.user.map { text($0) }
    result.certificateName = target.certificateName.map { text($0) }
    return result
  }

  mutating func redact(_ finding: Finding) -> Finding {
    var result = finding
    result.summary = text(finding.summary)
    result.details = finding.details.map { Finding.Field($0.name, redact($0.value, in: $0.name)) }
    switch finding.status {
    case .inconclusive(.unreadable(let reason)): result.status = .inconclusive(.unreadable(text(reason)))
    case .inconclusive(.notAsked(let reason)): result.status = .inconclusive(.notAsked(text(reason)))
    case .inconclusive(.failedHere(let failure)):
      result.status = .inconclusive(
        .failedHere(LocalFailure(errno: failure.errno, reason: text(failure.reason))))
    case .notApplicable(let reason): result.status = .notApplicable(because: text(reason))
    case .answered, .inconclusive: break
    }
    if case .file(let name) = finding.source { result.source = .file(standIn(.mark, name)) }
    return result
  }

  /// What people handed in may quote anything in any form: none of its words stays, only what it was taken for.
  private mutating func redact(submitted finding: Finding) -> Finding {
    var result = redact(finding)
    result.summary = standIn(.mark, finding.summary)
    result.details = finding.details.map { Finding.Field($0.name, veiled($0.value)) }
    return result
  }

  private mutating func veiled(_ detail: Detail) -> Detail {
    switch detail {
    case .text(let value): .text(standIn(.mark, value))
    case .list(let list): .list(list.map { veiled($0) })
    case .table(let fields): .table(fields.map { .init($0.name, veiled($0.value)) })
    case .integer, .number, .flag: detail
    }
  }

  private mutating func redact(_ detail: Detail, in field: String) -> Detail {
    switch detail {
    case .text(let value):
      // Raw bytes may spell a name.
      if field.contains("bytes") || field.contains("raw") { return .text(standIn(.mark, value)) }
      return .text(text(value))
    case .list(let list): return .list(list.map { redact($0, in: field) })
    case .table(let fields): return .table(fields.map { .init($0.name, redact($0.value, in: $0.name)) })
    case .integer, .number, .flag: return detail
    }
  }

  /// Replaces every name in a text.
  mutating func text(_ text: String) -> String {
    var result = ""
    var word = ""
    for character in text {
      if character.isLetter || character.isNumber || "._-@\\:%$+".contains(character) {
        word.append(character)
      } else {
        result += redact(word: word)
        word = ""
        result.append(character)
      }
    }
    return result + redact(word: word)
  }

  private mutating func redact(word: String) -> String {
    guard !word.isEmpty else { return word }
    var core = word[...]
    var tail = ""
    while let last = core.last, ".:,-".contains(last), core.count > 1 {
      tail = String(last) + tail
      core = core.dropLast()
    }
    return redact(core: String(core)) + tail
  }

  private mutating func redact(core: String) -> String {
    let lowered = core.lowercased()
    if let kind = known[lowered] { return standIn(kind, core) }
    if spared.contains(lowered) { return core }
    if let at = core.firstIndex(of: "@"), at != core.startIndex {
      return standIn(.account, String(core[..<at])) + "@"
        + standIn(.domain, String(core[core.index(after: at)...]))
    }
    if lowered.hasPrefix("s-1-") { return standIn(.account, core) }
    if Self.isHardwareAddress(lowered) || Self.isFingerprint(lowered) { return standIn(.mark, core) }
    if AddressText.isIPv4(core[...])
      || (core.contains("::") || core.filter { $0 == ":" }.count >= 3)
        && AddressText.isIPv6(core[...])
    {
      return standIn(.address, core)
    }
    for separator in ["\\", ":"] as [Character] {
      guard let place = core.firstIndex(of: separator) else { continue }
      let before = String(core[..<place])
      let after = String(core[core.index(after: place)...])
      // DOMAIN\user; not a path such as HKLM\SYSTEM or C:\Windows.
      if separator == "\\", !before.isEmpty, !after.contains("\\"), !before.contains(":"),
        !before.uppercased().hasPrefix("HK")
      {
        return standIn(.domain, before) + "\\" + standIn(.account, after)
      }
      return redact(core: before) + String(separator) + redact(core: after)
    }
    if Self.isDotted(lowered) { return standIn(.host, core) }
    return core
  }

  private static let fileEndings: Set<Substring> = [
    "dll", "exe", "sys", "log", "reg", "msc", "rdp", "ps1", "cmd", "conf", "pem", "txt", "evtx", "xml",
    "json",
    "sqlite", "yaml",
  ]

  private static func isDotted(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count > 1, let last = labels.last, last.count > 1, !fileEndings.contains(last) else {
      return false
    }
    return last.allSatisfy { $0.isLetter || $0 == "-" } && labels.allSatisfy { !$0.isEmpty }
  }

  private static func isHardwareAddress(_ text: String) -> Bool {
    for separator in [":", "-"] as [Character] {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false)
      if parts.count == 6, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isHexDigit) }) { return true }
    }
    return false
  }

  private static func isFingerprint(_ text: String) -> Bool {
    let digits = text.filter { $0 != ":" && $0 != "-" }
    return digits.count >= 32 && digits.allSatisfy(\.isHexDigit)
  }
}
