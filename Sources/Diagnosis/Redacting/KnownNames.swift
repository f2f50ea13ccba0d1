import Facts

/// What a case itself holds as names, each with its kind, in lower case.
struct KnownNames {
  private var kinds: [String: Redaction.Kind] = [:]
  /// Dotted words that are no names: ids of findings.
  private var spared: Set<String> = []
  /// Longest first; made when it is first needed after something was learnt.
  private(set) var byLength: [[Character]] = []

  func kind(of text: String) -> Redaction.Kind? { kinds[text.lowercased()] }
  func isSpared(_ text: String) -> Bool { spared.contains(text.lowercased()) }

  /// True when a name stands in the text, also as a part.
  func isHeld(in text: String) -> Bool {
    let text = text.lowercased()
    return kinds.keys.contains { $0.count > 2 && text.contains($0) && !Self.common.contains($0) }
  }

  /// Words that name nobody although somebody is called so.
  private static let common: Set<String> = [
    "com", "net", "org", "local", "lan", "corp", "internal", "home", "test", "example", "ad", "www", "the",
    "and", "none", "true", "false", "yes", "unknown", "server", "host", "domain", "port", "name", "open",
  ]

  mutating func learn(id: String) { know(id, .mark) }

  mutating func learn(_ entry: Case.Entry) {
    know(entry.person, .person)
    parts(entry.person, ".-_ @\\").forEach { know($0, .person) }
    switch entry.event {
    case .opened(let target):
      if case .name(let name) = target.host { knowHost(name) }
      for text in [target.gateway, target.certificateName] {
        if let text, let named = try? Target(text), case .name(let name) = named.host { knowHost(name) }
      }
      if let domain = target.domain { knowDomain(domain) }
      if let user = target.user { know(user: user) }
    case .probed(_, let findings), .submitted(_, let findings): findings.forEach { learn($0) }
    case .proven(_, let proof): (proof.before + proof.after).forEach { learn($0) }
    case .ticket(let ticket):
      if ticket.count > 3 { kinds[ticket.lowercased()] = .ticket }
      byLength = []
    case .codeReported, .answered, .answeredTogether, .putOff, .told, .answerWithdrawn, .submissionWithdrawn,
      .stepTaken, .stepWithdrawn,
      .weakeningReversed, .weakeningAccepted, .closed, .reopened:
      break
    }
  }

  private mutating func learn(_ finding: Finding) {
    spared.insert(finding.id.name.lowercased())
    for field in finding.details { learn(field.value, in: field.name) }
  }

  private mutating func learn(_ detail: Detail, in field: String) {
    switch detail {
    case .text(let text): learn(text, in: field)
    case .list(let list): for item in list { learn(item, in: field) }
    case .table(let fields): for inner in fields { learn(inner.value, in: inner.name) }
    case .integer, .number, .flag: break
    }
  }

  private mutating func learn(_ text: String, in field: String) {
    guard !Self.isWords(field: field), text.count <= 255, !AddressForms.isAddress(text) else { return }
    let attributes = Self.attributes(of: text)
    for value in attributes {
      know(value, .mark)
      if !value.contains(" ") { knowHost(value) }
    }
    guard attributes.isEmpty else { return know(text, .mark) }
    switch Self.kind(ofField: field) {
    case .host?: knowHost(text)
    case .domain?: knowDomain(text)
    case let kind?: know(text, kind)
    case nil: know(text, .mark)
    }
  }

  /// The values of `CN=…, O=…, OU=…`, or of the form with slashes; none of another text.
  private static func attributes(of text: String) -> [String] {
    guard text.contains("=") else { return [] }
    let separator: Character = text.hasPrefix("/") ? "/" : ","
    return text.split(whereSeparator: { $0 == separator || $0 == "+" || $0 == ";" }).compactMap { part in
      guard let equals = part.firstIndex(of: "=") else { return nil }
      let value = part[part.index(after: equals)...].filter { $0 != "\"" && $0 != "\\" }
      return trimmed(value)
    }
  }

  private static func trimmed(_ text: String) -> String {
    var rest = text[...].drop(while: \.isWhitespace)
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }

  private mutating func know(_ value: String, _ kind: Redaction.Kind) {
    let lowered = value.lowercased()
    // A single letter or a number names nobody, and would tear texts to pieces.
    guard lowered.count > 1, lowered.contains(where: \.isLetter), kinds[lowered] == nil,
      !Self.common.contains(lowered), !spared.contains(lowered)
    else { return }
    kinds[lowered] = kind
    byLength = []
  }

  /// As `name`, `DOMAIN\name` or `name@domain`.
  private mutating func know(user: String) {
    know(user, .account)
    for separator in ["\\", "@"] as [Character] {
      guard let place = user.firstIndex(of: separator) else { continue }
      let parts = [String(user[..<place]), String(user[user.index(after: place)...])]
      let (name, domain) = separator == "@" ? (parts[0], parts[1]) : (parts[1], parts[0])
      know(name, .account)
      knowDomain(domain)
      return
    }
  }

  private mutating func knowHost(_ name: String) {
    know(name, .host)
    let labels = name.split(separator: ".")
    for label in labels.dropLast() where label.count > 2 { know(String(label), .host) }
  }

  private mutating func knowDomain(_ name: String) {
    know(name, .domain)
    for label in name.split(separator: ".").dropLast() where label.count > 2 { know(String(label), .domain) }
  }

  private func parts(_ text: String, _ separators: String) -> [String] {
    let parts = text.split(whereSeparator: { separators.contains($0) })
    return parts.count > 1 ? parts.filter { $0.count > 2 }.map { String($0) } : []
  }

  /// Readies the names for searching, the longest first.
  mutating func prepare() {
    guard byLength.isEmpty else { return }
    byLength = kinds.keys.sorted { ($1.count, $0) < ($0.count, $1) }.map { Array($0) }
  }

  // MARK: Names of details

  static func kind(ofField field: String) -> Redaction.Kind? {
    let field = field.lowercased()
    if field.contains("domain") || field.contains("forest") || field.contains("realm")
      || field.contains("suffix")
    {
      return .domain
    }
    if field.contains("user") || field.contains("account") || field.contains("people") { return .account }
    if field.contains("address") || field == "at" { return .address }
    for part in ["name", "host", "computer", "server", "target", "redirect", "ptr", "gateway"]
    where field.contains(part) {
      return .host
    }
    return nil
  }

  /// As the program calls them.
  static func isFieldName(_ name: String) -> Bool {
    (1...40).contains(name.utf8.count)
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 32 }
  }

  /// True for details that hold words of a protocol, times, versions and the like, and sentences of the program itself.
  static func isWords(field: String) -> Bool { wordFields.contains(field.lowercased()) }

  private static let wordFields: Set<String> = [
    "alert", "attempts", "authentication", "bits", "build", "certificate_agrees", "certificate_from",
    "certificate_to", "certificate_trust", "chain_signatures", "chosen", "cipher", "ciphers",
    "ciphers_complete", "clock_source", "code", "core_flags", "core_version", "dialect", "direction",
    "disconnect_reason", "encryption_level", "encryption_method", "ends", "endpoint_mapper", "errno", "error",
    "error_info", "extended_key_usage", "failure", "from", "gateway_authentication", "host_time", "kdc_time",
    "key", "key_usage", "license_error", "license_transition", "licensing", "looks_like", "mcs_result",
    "mechanisms", "ms", "order_decided_by", "outcome", "own_time", "priority", "reason", "redirection_flags",
    "refusal", "reply_flags", "requested", "sasl_mechanisms", "schemes", "seconds", "security", "selected",
    "server_time", "signature", "signing", "stage", "stapled_ocsp", "status", "time", "tls_version", "to",
    "ttl", "version", "weight",
  ]
}
