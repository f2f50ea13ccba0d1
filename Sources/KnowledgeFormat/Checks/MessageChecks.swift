internal import Diagnosis
internal import Facts

extension Check {
  /// Causes, codes and answers that a message names exist.
  static let messagesNameWhatExists = Check(name: "message-references") { knowledge in
    let causes = knowledge.base.causes.map(\.id.name)
    return knowledge.base.messages.flatMap { message -> [Violation] in
      func violation(_ path: [String], _ text: String) -> Violation {
        Violation(.messages, message.id.name, path, text)
      }
      var violations: [Violation] = []
      for cause in message.causes.keys where knowledge.base.cause(cause) == nil {
        violations.append(
          violation(["causes", cause.name], "there is no cause “\(cause)”" + near(cause.name, causes)))
      }
      for code in message.codes {
        if let fault = knowledge.fault(ofCode: code) { violations.append(violation(["codes", code], fault)) }
      }
      for (question, choice) in message.answers {
        if let fault = knowledge.fault(of: question.finding, choice) {
          violations.append(violation(["answers", question.name], fault))
        }
      }
      return violations
    }
  }

  /// A message can be told from everything else: by whole sentences or by marks, in known languages.
  static let messagesCanBeTold = Check(name: "message-wordings") { knowledge in
    var owners: [[UInt64]: MessageID] = [:]
    return knowledge.base.messages.flatMap { message -> [Violation] in
      func violation(_ path: [String], _ text: String) -> Violation {
        Violation(.messages, message.id.name, path, text)
      }
      var violations: [Violation] = []
      if message.programs.isEmpty {
        violations.append(violation(["programs"], "name at least one program that shows it"))
      }
      if message.wordings.isEmpty && message.marks.isEmpty {
        violations.append(
          violation([], "a message is known by “wordings” or by “marks”: write at least one"))
      }
      for (language, wordings) in message.wordings.sorted(by: { $0.key < $1.key }) {
        if !MessageEntry.languages.contains(language) {
          violations.append(
            violation(
              ["wordings", language],
              "“\(language)” is no language of wordings: \(MessageEntry.languages.joined(separator: ", "))"))
        }
        for wording in wordings {
          let words = MessageEntry.words(of: wording)
          if words.isEmpty {
            violations.append(
              violation(["wordings", language, wording], "“\(wording)” holds no word of its own"))
          } else if let owner = owners[words], owner != message.id {
            violations.append(
              violation(
                ["wordings", language, wording],
                "“\(wording)” is also a wording of “\(owner)”: one sentence is one message"))
          } else {
            owners[words] = message.id
          }
        }
      }
      for mark in message.marks where mark.utf8.count < 6 || FoldedText(mark).words.isEmpty {
        violations.append(
          violation(["marks", mark], "“\(mark)” is too short for a mark: 6 characters at least"))
      }
      for language in message.unsourced where message.wordings[language] == nil {
        violations.append(
          violation(["unsourced"], "“\(language)” is named under “unsourced” and has no wording"))
      }
      return violations
    }
  }

  static let messagesAreShort = Check(name: "message-length") { knowledge in
    knowledge.base.messages.flatMap { message in
      [("title", message.title, 60), ("meaning", message.meaning, 300)].compactMap { field, text, limit in
        let count = text.unicodeScalars.count
        return count <= limit
          ? nil
          : Violation(
            .messages, message.id.name, [field], "“\(field)” has \(count) characters; at most \(limit) fit")
      }
    }
  }
}
