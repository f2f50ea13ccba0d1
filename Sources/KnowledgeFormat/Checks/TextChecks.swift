internal import Diagnosis
internal import Facts

extension Check {
  static let textsAreShort = Check(name: "text-length") { knowledge in
    var violations: [Violation] = []
    func demand(_ text: String, atMost limit: Int, _ kind: EntryKind, _ id: String, _ path: String...) {
      let count = text.unicodeScalars.count
      if count > limit {
        violations.append(
          Violation(kind, id, path, "“\(path.last ?? "")” has \(count) characters; at most \(limit) fit"))
      }
    }
    for cause in knowledge.base.causes {
      demand(cause.title, atMost: 60, .causes, cause.id.name, "title")
      demand(cause.shows, atMost: 200, .causes, cause.id.name, "shows")
      demand(cause.baseRateReason, atMost: 160, .causes, cause.id.name, "base-rate-why")
    }
    for code in knowledge.base.codes {
      demand(code.symbol, atMost: 70, .codes, code.id, "symbol")
      demand(code.meaning, atMost: 300, .codes, code.id, "meaning")
    }
    for fix in knowledge.base.fixes {
      demand(fix.title, atMost: 60, .fixes, fix.id.name, "title")
      demand(fix.say, atMost: 200, .fixes, fix.id.name, "say")
      demand(fix.notices, atMost: 120, .fixes, fix.id.name, "notices")
      demand(fix.expect, atMost: 300, .fixes, fix.id.name, "expect")
      demand(fix.otherwise, atMost: 500, .fixes, fix.id.name, "otherwise")
      demand(fix.undo, atMost: 500, .fixes, fix.id.name, "undo")
      let lines = fix.commands.flatMap { $0.text.split(separator: "\n") }
      for line in lines where line.unicodeScalars.count > 500 {
        violations.append(
          Violation(
            .fixes, fix.id.name, ["commands"],
            "a line of a command has \(line.unicodeScalars.count) characters; at most 500 fit"))
      }
    }
    for question in knowledge.base.questions {
      let id = question.id.name
      demand(question.ask, atMost: 150, .questions, id, "ask")
      demand(question.say, atMost: 200, .questions, id, "say")
      demand(question.how, atMost: 400, .questions, id, "how")
      for choice in question.choices {
        demand(choice.text, atMost: 60, .questions, id, "choices", choice.id.name, "text")
      }
      if !question.ask.isEmpty && !question.ask.hasSuffix("?") {
        violations.append(Violation(.questions, id, ["ask"], "“ask” ends in a question mark"))
      }
    }
    for finding in knowledge.base.findings where !finding.id.name.hasPrefix("ask.") {
      demand(finding.title, atMost: 60, .findings, finding.id.name, "title")
    }
    return violations
  }

  /// Knowledge is shown on terminals and put into clipboards as it is.
  static let textsAreSafe = Check(name: "text-safe") { knowledge in
    knowledge.documents.values.flatMap { document in
      var violations: [Violation] = []
      func visit(_ node: KnowledgeNode, _ path: [String]) {
        switch node.content {
        case .scalar(let text):
          if !isSafe(text) {
            violations.append(
              Violation(
                document.kind, document.id, path,
                "the text holds a control or invisible character: “\(SafeText.clean(text, limit: 60))”"))
          }
        case .list(let items):
          for item in items {
            if case .scalar(let text) = item.content { visit(item, path + [text]) } else { visit(item, path) }
          }
        case .map(let fields):
          for field in fields {
            if !isSafe(field.name) { visit(KnowledgeNode(.scalar(field.name)), path + [field.name]) }
            visit(field.value, path + [field.name])
          }
        }
      }
      visit(document.root, [])
      return violations
    }
  }

  private static func isSafe(_ text: String) -> Bool {
    if text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A }) { return true }
    return text.split(separator: "\n").allSatisfy { SafeText.clean($0, limit: .max) == $0 }
  }

  static let placeholdersAreKnown = Check(name: "placeholders") { knowledge in
    var violations: [Violation] = []
    func demandKnown(_ text: String, _ kind: EntryKind, _ id: String, _ path: String...) {
      for name in BracedWord.names(in: text) where Placeholder(rawValue: name) == nil {
        violations.append(
          Violation(
            kind, id, path,
            "{\(name)} is no placeholder"
              + Suggestion.ending(for: name, among: Placeholder.allCases.map(\.rawValue))
              + "; PowerShell blocks have blanks inside the braces"))
      }
    }
    func demandUnquoted(_ command: Fix.Command, _ kind: EntryKind, _ id: String, _ path: String...) {
      for name in BracedWord.quoted(in: command.text, shell: command.shell) {
        violations.append(
          Violation(
            kind, id, path,
            "{\(name)} stands inside quotes: write it without, it is put in safely for \(command.shell.rawValue)"
          ))
      }
    }
    for fix in knowledge.base.fixes {
      let id = fix.id.name
      demandKnown(fix.undo, .fixes, id, "undo")
      demandKnown(fix.expect, .fixes, id, "expect")
      demandKnown(fix.otherwise, .fixes, id, "otherwise")
      demandKnown(fix.say, .fixes, id, "say")
      if let weakening = fix.weakening { demandKnown(weakening.reverse, .fixes, id, "weakens", "reverse") }
      for command in fix.commands {
        demandKnown(command.text, .fixes, id, "commands")
        demandUnquoted(command, .fixes, id, "commands")
      }
    }
    for question in knowledge.base.questions {
      guard let command = question.command else { continue }
      demandKnown(command.text, .questions, question.id.name, "run")
      demandUnquoted(command, .questions, question.id.name, "run")
    }
    return violations
  }
}

extension Check {
  /// Commands that take protection away, by parts in lower case without blanks and quotes, with what they do.
  private static let weakenings: [(parts: [String], what: String)] = [
    (["setuserauthenticationrequired", "(0)"], "switches Network Level Authentication off"),
    (["userauthentication", "/treg_dword/d0"], "switches Network Level Authentication off"),
    (["userauthentication-value0"], "switches Network Level Authentication off"),
    (["securitylayer", "/treg_dword/d0"], "allows the old RDP encryption"),
    (["securitylayer-value0"], "allows the old RDP encryption"),
    (["allowencryptionoracle", "/treg_dword/d2"], "opens the hole of CVE-2018-0886"),
    (["allowencryptionoracle-value2"], "opens the hole of CVE-2018-0886"),
    (["set-netfirewallprofile", "-enabledfalse"], "switches the firewall off"),
    (["advfirewallset", "stateoff"], "switches the firewall off"),
    (["disablerealtimemonitoring$true"], "switches the virus scanner off"),
    (["authenticationlevel:i:0"], "accepts any server without a warning"),
  ]

  /// What weakens security says so, with its reverse step.
  static let weakeningIsMarked = Check(name: "fix-weakens-unmarked") { knowledge in
    knowledge.base.fixes.flatMap { fix -> [Violation] in
      guard fix.weakening == nil else { return [] }
      return fix.commands.compactMap { command in
        let squashed = command.text.lowercased().filter { !$0.isWhitespace && $0 != "'" && $0 != "\"" }
        return weakenings.first { $0.parts.allSatisfy(squashed.contains) }.map {
          Violation(
            .fixes, fix.id.name, ["commands"],
            "the command \($0.what): say so in “weakens”, with the reverse step and the hours until it is due"
          )
        }
      }
    }
  }

  /// What no card may tell a person to paste: code from the network, run unseen, and what destroys without a way back.
  private static let dangers = [
    "invoke-expression", "iex(", "|iex", "|sh", "|bash", "executionpolicybypass", "rm-rf/", "format-volume",
    "clear-disk", "-encodedcommand", "certutil-urlcache",
  ]

  static let commandsAreHarmless = Check(name: "command-danger") { knowledge in
    knowledge.base.fixes.flatMap { fix in
      fix.commands.filter { $0.shell != .steps }.compactMap { command in
        let squashed = command.text.lowercased().filter { !$0.isWhitespace }
        return dangers.first { squashed.contains($0) }.map {
          Violation(.fixes, fix.id.name, ["commands"], "no card runs a command with “\($0)”")
        }
      }
    }
  }
}

/// Words in braces, which stand for the target's values.
enum BracedWord {
  /// Every bare word in braces. A script block has blanks inside, a class id (GUID) is longer than any word.
  static func names(in text: String) -> [String] {
    ranges(in: Array(text.utf8)).map(\.name)
  }

  /// Placeholders between quotation marks of a shell for which values are quoted where they need it. For `cmd` only values
  /// that need none are put in, and registry paths must be quoted.
  static func quoted(in text: String, shell: Fix.Shell) -> [String] {
    let marks: Set<UInt8>
    let escape: UInt8?
    switch shell {
    case .powershell: (marks, escape) = ([34, 39], 96)
    case .bash: (marks, escape) = ([34, 39], 92)
    case .cmd, .steps: return []
    }
    let bytes = Array(text.utf8)
    let places = ranges(in: bytes)
    var quoted: [String] = []
    var open: UInt8?
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if open != nil, let place = places.first(where: { $0.start == index }),
        Placeholder(rawValue: place.name) != nil
      {
        quoted.append(place.name)
      }
      if byte == escape, open != 39 {
        index += 2
        continue
      }
      if let mark = open {
        if byte == mark { open = nil }
      } else if marks.contains(byte) {
        open = byte
      } else if byte == 35, index == 0 || bytes[index - 1] == 32 || bytes[index - 1] == 10 {
        while index < bytes.count, bytes[index] != 10 { index += 1 }
      }
      index += 1
    }
    return quoted
  }

  private static func ranges(in bytes: [UInt8]) -> [(start: Int, name: String)] {
    var found: [(start: Int, name: String)] = []
    var start: Int?
    for (index, byte) in bytes.enumerated() {
      if byte == 123 {
        start = index
      } else if byte == 125 {
        if let open = start, (2...21).contains(index - open) {
          found.append((open, String(decoding: bytes[(open + 1)..<index], as: UTF8.self)))
        }
        start = nil
      } else if let open = start {
        let isLetter = (97...122).contains(byte) || (65...90).contains(byte)
        let isRest = (48...57).contains(byte) || byte == 45 || byte == 95
        if !isLetter && !(isRest && index > open + 1) { start = nil }
      }
    }
    return found
  }
}
