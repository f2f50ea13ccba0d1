/// The compact text in which shipped knowledge lies in the program: read in one pass, without YAML and without files.
///
/// `=5:hello` is a text of five bytes of UTF-8, `[2:` begins a list of two nodes, `{2:` a map of two fields, each a name
/// as `5:title` and a node. Lines are not kept.
public enum EmbeddedForm {
  /// All documents as one map: kind, id, content; in order of kinds and ids, so that equal knowledge gives equal text.
  public static func text(of documents: [KnowledgeDocument]) -> String {
    let kinds = EntryKind.allCases.compactMap { kind -> KnowledgeNode.Field? in
      let entries = documents.filter { $0.kind == kind }.sorted { $0.id < $1.id }
      guard !entries.isEmpty else { return nil }
      return .init(kind.rawValue, KnowledgeNode(.map(entries.map { .init($0.id, $0.root) })))
    }
    return text(of: KnowledgeNode(.map(kinds)))
  }

  public static func text(of node: KnowledgeNode) -> String {
    var text = ""
    write(node, to: &text)
    return text
  }

  /// The text as a Swift string literal on one line.
  public static func literal(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\n": literal += "\\n"
      case " "..."~": literal.unicodeScalars.append(scalar)
      default: literal += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return literal + "\""
  }

  /// The documents in a text of ``text(of:)-(documents)``, with the origin `built-in`.
  public static func documents(in bytes: UnsafeBufferPointer<UInt8>) throws(EmbeddedFormError)
    -> [KnowledgeDocument]
  {
    var documents: [KnowledgeDocument] = []
    let root = try node(in: bytes)
    guard case .map(let kinds) = root.content else {
      throw EmbeddedFormError(offset: 0, reason: "the outermost node is no map")
    }
    for field in kinds {
      guard let kind = EntryKind(rawValue: field.name), case .map(let entries) = field.value.content else {
        throw EmbeddedFormError(offset: 0, reason: "“\(field.name)” is no kind of entries")
      }
      for entry in entries {
        documents.append(
          KnowledgeDocument(
            kind: kind, id: entry.name, file: DecodedKnowledge.builtIn, root: entry.value))
      }
    }
    return documents
  }

  public static func node(in bytes: UnsafeBufferPointer<UInt8>) throws(EmbeddedFormError) -> KnowledgeNode {
    var reader = EmbeddedReader(bytes: bytes)
    let node = try reader.node(depth: 0)
    guard reader.offset == bytes.count else { throw reader.error("something follows the end") }
    return node
  }

  private static func write(_ node: KnowledgeNode, to text: inout String) {
    switch node.content {
    case .scalar(let value):
      text += "="
      write(value, to: &text)
    case .list(let items):
      text += "[\(items.count):"
      for item in items { write(item, to: &text) }
    case .map(let fields):
      text += "{\(fields.count):"
      for field in fields {
        write(field.name, to: &text)
        write(field.value, to: &text)
      }
    }
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\(value.utf8.count):"
    text += value
  }
}

/// Why a text is no embedded knowledge.
public struct EmbeddedFormError: Error, Hashable, Sendable {
  /// In bytes from the beginning.
  public var offset: Int
  public var reason: String
}

private struct EmbeddedReader {
  let bytes: UnsafeBufferPointer<UInt8>
  var offset = 0

  func error(_ reason: String) -> EmbeddedFormError { EmbeddedFormError(offset: offset, reason: reason) }

  mutating func node(depth: Int) throws(EmbeddedFormError) -> KnowledgeNode {
    // Two levels around each file: kinds and ids.
    guard depth <= YAMLReader.depthLimit + 2 else { throw error("nested too deep") }
    guard offset < bytes.count else { throw error("ends in the middle") }
    let kind = bytes[offset]
    offset += 1
    switch kind {
    case UInt8(ascii: "="):
      return KnowledgeNode(.scalar(try text()))
    case UInt8(ascii: "["):
      let count = try number()
      var items: [KnowledgeNode] = []
      items.reserveCapacity(count)
      for _ in 0..<count { items.append(try node(depth: depth + 1)) }
      return KnowledgeNode(.list(items))
    case UInt8(ascii: "{"):
      let count = try number()
      var fields: [KnowledgeNode.Field] = []
      fields.reserveCapacity(count)
      for _ in 0..<count {
        let name = try text()
        fields.append(.init(name, try node(depth: depth + 1)))
      }
      return KnowledgeNode(.map(fields))
    default:
      offset -= 1
      throw error("no node begins here")
    }
  }

  private mutating func text() throws(EmbeddedFormError) -> String {
    let count = try number()
    let slice = UnsafeBufferPointer(rebasing: bytes[offset..<(offset + count)])
    guard let text = String(validating: slice, as: UTF8.self) else { throw error("is no valid UTF-8") }
    offset += count
    return text
  }

  /// A decimal number and a colon. What it counts takes at least a byte each, so it is at most what is left.
  private mutating func number() throws(EmbeddedFormError) -> Int {
    var number = 0
    let start = offset
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte == UInt8(ascii: ":"), offset > start + 1 {
        guard number <= bytes.count - offset else { throw error("a length exceeds what is left") }
        return number
      }
      guard (48...57).contains(byte), number < 100_000_000 else { throw error("no length stands here") }
      number = number * 10 + Int(byte - 48)
    }
    throw error("ends in the middle")
  }
}
