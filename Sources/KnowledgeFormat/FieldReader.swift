import Facts

/// Reads the fields of one map with exact checks; everything wrong goes to the log.
///
/// Reading goes on with a plain value after a problem, so that one mistake does not hide others nor make the entry
/// look missing.
package struct FieldReader {
  package let fields: [KnowledgeNode.Field]
  package let line: Int
  package let file: String
  let log: ProblemLog

  /// - Parameter allowed: All field names; those in `required` must be there.
  /// - Returns: nil, and a problem in the log, when the node is no map.
  package init?(
    _ node: KnowledgeNode, of noun: String, file: String, log: ProblemLog, required: [String],
    optional: [String] = []
  ) {
    guard case .map(let fields) = node.content else {
      log.add(file, node.line, "a \(noun) is a map of fields, not \(node.kindName)")
      return nil
    }
    self.fields = fields
    self.file = file
    self.log = log
    line = node.line
    for field in fields where !required.contains(field.name) && !optional.contains(field.name) {
      if field.name == "id" {
        log.add(file, field.line, "the file name is the id: leave the field “id” out")
      } else if field.value.content == .scalar("") {
        log.add(
          file, field.line,
          "“\(field.name)” is no field of a \(noun): inside { } a comma ends a text, so put the text in quotes"
        )
      } else {
        log.add(
          file, field.line,
          "unknown field “\(field.name)” in a \(noun)"
            + Suggestion.ending(for: field.name, among: required + optional))
      }
    }
    for name in required where !fields.contains(where: { $0.name == name }) {
      log.add(file, node.line, "the field “\(name)” is missing")
    }
  }

  package func field(_ name: String) -> KnowledgeNode.Field? {
    for field in fields where field.name == name { return field }
    return nil
  }

  /// Empty when missing or wrong. A field that is there must not be empty.
  package func text(_ name: String) -> String {
    guard let field = field(name) else { return "" }
    return text(of: field.value, called: name) ?? ""
  }

  package func text(of node: KnowledgeNode, called name: String) -> String? {
    guard case .scalar(let text) = node.content else {
      log.add(file, node.line, "“\(name)” is a text, not \(node.kindName)")
      return nil
    }
    guard !text.isEmpty else {
      log.add(
        file, node.line, "“\(name)” is empty: write a text, or leave the field out where it is optional")
      return nil
    }
    return text
  }

  package func texts(_ name: String) -> [String] {
    list(name).compactMap { text(of: $0, called: name) }
  }

  package func texts(of node: KnowledgeNode, called name: String) -> [String] {
    guard case .list(let items) = node.content else {
      log.add(file, node.line, "“\(name)” is a list, as in [a, b], not \(node.kindName)")
      return []
    }
    return items.compactMap { text(of: $0, called: name) }
  }

  package func list(_ name: String) -> [KnowledgeNode] {
    guard let field = field(name) else { return [] }
    guard case .list(let items) = field.value.content else {
      log.add(file, field.line, "“\(name)” is a list, as in [a, b], not \(field.value.kindName)")
      return []
    }
    return items
  }

  package func map(_ name: String) -> [KnowledgeNode.Field] {
    guard let field = field(name) else { return [] }
    return map(of: field.value, called: name)
  }

  func map(of node: KnowledgeNode, called name: String) -> [KnowledgeNode.Field] {
    guard case .map(let fields) = node.content else {
      log.add(file, node.line, "“\(name)” is a map, as in { name: value }, not \(node.kindName)")
      return []
    }
    return fields
  }

  package func number(_ name: String, upTo limit: Double) -> Double? {
    guard let field = field(name) else { return nil }
    guard let text = text(of: field.value, called: name) else { return nil }
    guard text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 }), let number = Double(text),
      number <= limit
    else {
      log.add(file, field.line, "“\(name)” is a number from 0 to \(Int(limit)), not “\(text)”")
      return nil
    }
    return number
  }

  package func flag(_ name: String) -> Bool {
    guard let field = field(name) else { return false }
    switch field.value.content {
    case .scalar("true"): return true
    case .scalar("false"): return false
    default:
      log.add(file, field.line, "“\(name)” is true or false")
      return false
    }
  }

  package func word<Word: RawRepresentable & CaseIterable>(_ name: String, as type: Word.Type) -> Word?
  where Word.RawValue == String {
    guard let field = field(name) else { return nil }
    return word(of: field.value, called: name, as: type)
  }

  func word<Word: RawRepresentable & CaseIterable>(
    of node: KnowledgeNode, called name: String, as type: Word.Type
  ) -> Word? where Word.RawValue == String {
    guard let text = text(of: node, called: name) else { return nil }
    if let word = Word(rawValue: text) { return word }
    log.add(
      file, node.line,
      "“\(text)” cannot stand at “\(name)”"
        + Suggestion.ending(for: text, among: Word.allCases.map(\.rawValue))
    )
    return nil
  }
}
