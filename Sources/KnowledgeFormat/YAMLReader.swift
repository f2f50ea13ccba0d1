internal import Yams

/// Turns the text of one YAML file into a tree.
///
/// Only what knowledge and configuration files need is accepted: one document of maps, lists and texts, without tags, anchors and aliases.
public enum YAMLReader {
  /// Bytes of one file, at most.
  public static let sizeLimit = 65_536
  /// Maps and lists inside each other, at most.
  public static let depthLimit = 8

  /// - Throws: The first problem; what follows a syntax error cannot be told.
  public static func read(_ text: String, file: String) throws(Problem) -> KnowledgeNode {
    guard text.utf8.count <= sizeLimit else {
      throw Problem(
        file: file, line: 1, message: "the file is larger than \(sizeLimit) bytes")
    }
    do {
      let parser = try Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8)
      // The parser owns the anchors, and nodes refer to them weakly.
      return try withExtendedLifetime(parser) {
        guard let root = try parser.singleRoot() else {
          throw Problem(file: file, line: 1, message: "the file is empty")
        }
        return try tree(root, file: file, depth: 0)
      }
    } catch let problem as Problem {
      throw problem
    } catch let error as YamlError {
      throw problem(of: error, in: text, file: file)
    } catch {
      throw Problem(file: file, line: 1, message: "cannot be read as YAML: \(error)")
    }
  }

  private static func tree(_ node: Node, file: String, depth: Int) throws(Problem) -> KnowledgeNode {
    let line = node.mark?.line ?? 1
    guard depth <= depthLimit else {
      throw Problem(file: file, line: line, message: "maps and lists are nested deeper than \(depthLimit)")
    }
    guard node.anchor == nil else {
      throw Problem(
        file: file, line: line,
        message:
          "anchors and aliases (& and *) are not used here: write the value out, or quote it"
      )
    }
    switch node {
    case .scalar(let scalar):
      guard scalar.tag == .implicit || scalar.style != .plain else {
        throw Problem(
          file: file, line: line, message: "tags (!) are not used here: quote the text")
      }
      return KnowledgeNode(.scalar(trimmed(scalar.string)), line: line)
    case .sequence(let sequence):
      var items: [KnowledgeNode] = []
      for item in sequence { items.append(try tree(item, file: file, depth: depth + 1)) }
      return KnowledgeNode(.list(items), line: line)
    case .mapping(let mapping):
      var fields: [KnowledgeNode.Field] = []
      var names: Set<String> = []
      for (key, value) in mapping {
        let keyLine = key.mark?.line ?? line
        guard case .scalar(let name) = key else {
          throw Problem(
            file: file, line: keyLine, message: "the name of a field is a text, not a list or map")
        }
        guard names.insert(name.string).inserted else {
          throw Problem(file: file, line: keyLine, message: "“\(name.string)” stands here twice")
        }
        fields.append(.init(name.string, line: keyLine, try tree(value, file: file, depth: depth + 1)))
      }
      return KnowledgeNode(.map(fields), line: line)
    case .alias:
      throw Problem(
        file: file, line: line, message: "aliases (*) are not used here: write the value out")
    }
  }

  /// Block texts end in a line feed that belongs to YAML's form and not to the text.
  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.last == "\n" { text.removeLast() }
    return String(text)
  }

  private static func problem(of error: YamlError, in text: String, file: String) -> Problem {
    // Where the end comes too early, the parser names the line behind the last.
    let lines = text.utf8.count { $0 == 0x0A } + (text.hasSuffix("\n") ? 0 : 1)
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let activity = context.map { " \($0.text)" } ?? ""
      return Problem(
        file: file, line: min(mark.line, lines),
        message: "no valid YAML\(activity): \(problem); quote texts that hold “: ”, “ #” or begin with a sign"
      )
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count { $0 == "\n" } + 1 } ?? 1
      return Problem(file: file, line: line, message: "no valid YAML: \(problem)")
    case .duplicatedKeysInMapping(let names, let context):
      return Problem(
        file: file, line: context.mark.line,
        message: "“\(names.joined(separator: "”, “"))” stands twice in one map")
    default:
      return Problem(file: file, line: 1, message: "no valid YAML: \(error)")
    }
  }
}
