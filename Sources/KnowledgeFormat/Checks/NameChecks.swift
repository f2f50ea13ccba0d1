internal import Diagnosis
internal import Facts

extension Check {
  static let idsAreWellFormed = Check(name: "id-form") { knowledge in
    var violations: [Violation] = []
    for document in knowledge.documents.values where document.kind != .exceptions {
      let dots = document.kind == .findings
      if !isWellFormed(document.id, dots: dots) {
        violations.append(
          Violation(
            document.kind, document.id, [],
            "“\(document.id)” is no id: lower-case letters, digits and hyphens\(dots ? " and dots" : "")"))
      }
    }
    for finding in knowledge.base.findings where knowledge.document(.findings, finding.id.name) != nil {
      if finding.id.name.hasPrefix("ask.") {
        violations.append(
          Violation(
            .findings, finding.id.name, [],
            "findings that begin with “ask.” are those of questions: write a file in questions/"))
      }
      for outcome in finding.outcomes where !isOutcome(outcome.id.name) {
        violations.append(
          Violation(
            .findings, finding.id.name, ["outcomes", outcome.id.name],
            "“\(outcome.id)” is no outcome: letters, digits, hyphens and underscores"))
      }
    }
    for question in knowledge.base.questions {
      for choice in question.choices where !isWellFormed(choice.id.name, dots: false) {
        violations.append(
          Violation(
            .questions, question.id.name, ["choices", choice.id.name],
            "“\(choice.id)” is no id of a choice: lower-case letters, digits and hyphens"))
      }
    }
    for cause in knowledge.base.causes where !cause.group.isEmpty && !isWellFormed(cause.group, dots: false) {
      violations.append(
        Violation(
          .causes, cause.id.name, ["group"],
          "“\(cause.group)” is no group: lower-case letters, digits and hyphens"))
    }
    return violations
  }

  /// Beside being well-formed, the name must agree with the content: `errinfo-0x7`, `event-schannel-36870`, `pair-0x3-0x7`,
  /// `pair-any-0x11`.
  static let codesAreNamedByTheirNumber = Check(name: "file-name") { knowledge in
    knowledge.documents.values.compactMap { document in
      guard document.kind == .codes else { return nil }
      let decoder = EntryDecoder(document: document, log: ProblemLog())
      let wanted: String
      let field: String
      if decoder.isPair, let pair = decoder.pair() {
        wanted =
          "pair-"
          + pair.pair.split(separator: "/").map { $0 == "*" ? "any" : String($0) }.joined(separator: "-")
        field = "pair"
      } else if let code = decoder.code() {
        wanted = code.id
        field = "value"
      } else {
        return nil
      }
      guard wanted != document.id else { return nil }
      return Violation(
        .codes, document.id, [field], "the file of this entry is called codes/\(wanted).yaml")
    }
  }

  /// The same number may be known in its short and in its HRESULT form (0x8007….), under one symbol.
  static let symbolsAreUnique = Check(name: "codes-unique", canBeExcused: true) { knowledge in
    var owners: [String: CodeEntry] = [:]
    var violations: [Violation] = []
    for code in knowledge.base.codes {
      let key = "\(code.family.rawValue) \(code.symbol)"
      if let other = owners[key], other.value & 0xFFFF != code.value & 0xFFFF {
        violations.append(
          Violation(
            .codes, code.id, ["symbol"],
            "“\(code.symbol)” is also the symbol of \(ReportedCode.hex(other.value)): symbols are unique in a family"
          ))
      }
      owners[key] = code
    }
    return violations
  }

  static let codesAreSpelt = Check(name: "code-spelling") { knowledge in
    var violations: [Violation] = []
    for cause in knowledge.base.causes {
      for code in cause.codes.keys {
        if let message = knowledge.fault(ofCode: code) {
          violations.append(Violation(.causes, cause.id.name, ["codes", code], message))
        }
      }
    }
    for document in knowledge.documents.values where document.kind == .codes {
      let decoder = EntryDecoder(document: document, log: ProblemLog())
      var references: [(field: String, code: String)] = []
      if decoder.isPair, let pair = decoder.pair() {
        references = pair.confusedWith.map { ("confused-with", $0) }
        let sides = pair.pair.split(separator: "/", omittingEmptySubsequences: false)
        let isPair =
          sides.count == 2 && sides.contains { $0 != "*" } && sides.allSatisfy { $0 == "*" || isNumber($0) }
        if !pair.pair.isEmpty && !isPair {
          violations.append(
            Violation(
              .codes, document.id, ["pair"],
              "“\(pair.pair)” is no pair: write it as 0x3/0x7, with * for any number on one side"))
        }
      } else if let code = decoder.code() {
        references = code.confusedWith.map { ("confused-with", $0) }
        if let same = code.sameAs { references.append(("same-as", same)) }
      }
      for (field, code) in references where !code.isEmpty {
        if let message = knowledge.fault(ofCode: code) {
          violations.append(Violation(.codes, document.id, [field, code], message))
        }
      }
    }
    return violations
  }

  /// An event's id means nothing without its source, and nothing else has one.
  static let eventsNameTheirSource = Check(name: "event-source") { knowledge in
    knowledge.base.codes.flatMap { code in
      [("provider", code.provider), ("log", code.log)].compactMap { field, text in
        if code.family == .event, text.isEmpty {
          return Violation(
            .codes, code.id, [],
            "an event needs its “\(field)”: as in provider: Schannel, log: System")
        }
        if code.family != .event, !text.isEmpty {
          return Violation(.codes, code.id, [field], "only an event has a “\(field)”")
        }
        return nil
      }
    }
  }

  static func codeMessage(_ code: String) -> String {
    "“\(code)” is no code: write it as 0x3/0x7, 0x204 or */0x11, in lower-case hexadecimal without leading zeros, or as the id of an entry in codes/"
  }

  /// `0x3/0x7`, `0x204` or `*/0x11`, spelt as `ReportedCode` spells it.
  static func isCode(_ text: String) -> Bool {
    let sides = text.split(separator: "/", omittingEmptySubsequences: false)
    switch sides.count {
    case 1: return isNumber(sides[0])
    case 2: return (sides[0] == "*" || isNumber(sides[0])) && isNumber(sides[1])
    default: return false
    }
  }

  private static func isNumber(_ text: Substring) -> Bool {
    guard text.hasPrefix("0x"), let number = UInt32(text.dropFirst(2), radix: 16) else { return false }
    return ReportedCode.hex(number) == text
  }

  static func isWellFormed(_ id: String, dots: Bool) -> Bool {
    let edges: Set<Character> = ["-", "."]
    guard let first = id.first, let last = id.last, id.utf8.count <= 64, !edges.contains(first),
      !edges.contains(last)
    else { return false }
    return id.utf8.allSatisfy { byte in
      (97...122).contains(byte) || (48...57).contains(byte) || byte == 45 || (dots && byte == 46)
    }
  }

  /// Outcomes of probes may be names of a specification, such as `SSL_REQUIRED_BY_SERVER`.
  private static func isOutcome(_ id: String) -> Bool {
    !id.isEmpty && id.utf8.count <= 64
      && id.utf8.allSatisfy { byte in
        (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte) || byte == 45
          || byte == 95
      }
  }
}

extension DecodedKnowledge {
  /// Why nothing can be known under this spelling of a code; nil when something is.
  func fault(ofCode text: String) -> String? {
    if Check.isCode(text) {
      guard let code = ReportedCode(text) else { return Check.codeMessage(text) }
      let numbers = [code.code, code.extended].compactMap { $0 }
      // The file's name is enough: what is wrong inside it is reported there.
      let unknown = numbers.first { number in
        number != 0 && !base.codes.contains { $0.value == number }
          && !documents.keys.contains { $0.kind == .codes && $0.id.hasSuffix("-" + ReportedCode.hex(number)) }
      }
      return unknown.map { "no file in codes/ explains the code \(ReportedCode.hex($0))" }
    }
    if base.codes.contains(where: { $0.id == text }) || document(.codes, text) != nil { return nil }
    if let entry = base.codes.first(where: { $0.symbol == text }) {
      return "codes are named by their number: \(text) is “\(entry.id)”"
    }
    if ReportedCode(text)?.entry == text {
      return "there is no file codes/\(text).yaml" + Check.near(text, base.codes.map(\.id))
    }
    return Check.codeMessage(text)
  }
}
