/// What a knowledge file holds, before it is understood: texts, lists and maps with their lines.
public struct KnowledgeNode: Hashable, Sendable {
  public var content: Content
  /// Counted from 1; 0 for shipped knowledge, whose lines are not kept.
  public var line: Int

  public enum Content: Hashable, Sendable {
    /// Numbers and words alike; what they are is decided by the field that holds them.
    case scalar(String)
    case list([KnowledgeNode])
    /// In the order in which they were written; names are unique.
    case map([Field])
  }

  public struct Field: Hashable, Sendable {
    public var name: String
    public var line: Int
    public var value: KnowledgeNode
    public init(_ name: String, line: Int = 0, _ value: KnowledgeNode) {
      self.name = name
      self.line = line
      self.value = value
    }
  }

  public init(_ content: Content, line: Int = 0) {
    self.content = content
    self.line = line
  }

  /// The same without lines.
  public var withoutLines: KnowledgeNode {
    switch content {
    case .scalar: KnowledgeNode(content)
    case .list(let items): KnowledgeNode(.list(items.map(\.withoutLines)))
    case .map(let fields):
      KnowledgeNode(.map(fields.map { Field($0.name, $0.value.withoutLines) }))
    }
  }

  /// What kind of thing this is, for messages.
  var kindName: String {
    switch content {
    case .scalar: "a text"
    case .list: "a list"
    case .map: "a map"
    }
  }

  /// The line of the deepest part of `path` that exists. A step names a field, or a list's text or entry with that `id`.
  func line(at path: some Sequence<String>) -> Int {
    var node = self
    var line = self.line
    for step in path {
      switch node.content {
      case .map(let fields):
        guard let field = fields.first(where: { $0.name == step }) else { return line }
        (node, line) = (field.value, field.line)
      case .list(let items):
        guard let item = items.first(where: { $0.isNamed(step) }) else { return line }
        (node, line) = (item, item.line)
      case .scalar: return line
      }
    }
    return line
  }

  private func isNamed(_ name: String) -> Bool {
    switch content {
    case .scalar(let text): text == name
    case .map(let fields): fields.contains { $0.name == "id" && $0.value.content == .scalar(name) }
    case .list: false
    }
  }
}

/// The folders of a knowledge directory.
public enum EntryKind: String, Hashable, Sendable, CaseIterable {
  case causes, fixes, doors, questions, findings, codes, messages, cases, stories, exceptions

  /// One entry, for messages.
  var noun: String {
    switch self {
    case .causes: "cause"
    case .fixes: "fix"
    case .doors: "door"
    case .questions: "question"
    case .findings: "finding"
    case .codes: "code"
    case .messages: "message"
    case .cases: "case"
    case .stories: "story"
    case .exceptions: "list of exceptions"
    }
  }
}

/// One knowledge file.
public struct KnowledgeDocument: Hashable, Sendable {
  public var kind: EntryKind
  /// The file name without `.yaml`.
  public var id: String
  /// The path for messages and for the entry's `origin`.
  public var file: String
  public var root: KnowledgeNode

  public init(kind: EntryKind, id: String, file: String, root: KnowledgeNode) {
    self.kind = kind
    self.id = id
    self.file = file
    self.root = root
  }
}

extension KnowledgeDocument {
  /// The field with which an overlay's file says that it holds only what changes: `rest: unchanged`.
  static let restField = "rest"

  /// Nil where the file is a whole entry.
  var rest: KnowledgeNode.Field? {
    guard case .map(let fields) = root.content else { return nil }
    return fields.first { $0.name == Self.restField }
  }

  /// This file's fields over those of `base`; maps are joined name by name, everything else is replaced.
  func laid(over base: KnowledgeDocument) -> KnowledgeDocument {
    var whole = self
    whole.root = root.laid(over: base.root.withoutLines)
    if case .map(let fields) = whole.root.content {
      whole.root.content = .map(fields.filter { $0.name != Self.restField })
    }
    return whole
  }
}

extension KnowledgeNode {
  fileprivate func laid(over base: KnowledgeNode) -> KnowledgeNode {
    guard case .map(let own) = content, case .map(var joined) = base.content else { return self }
    for field in own {
      if let index = joined.firstIndex(where: { $0.name == field.name }) {
        joined[index] = Field(field.name, line: field.line, field.value.laid(over: joined[index].value))
      } else {
        joined.append(field)
      }
    }
    return KnowledgeNode(.map(joined), line: line)
  }
}
