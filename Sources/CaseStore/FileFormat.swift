import Facts
import Foundation

/// A kind of JSON file that this program writes and reads again.
struct FileFormat {
  /// Those that are read, the one that is written first.
  var schemas: [String]
  /// As in “it is no exported case”.
  var noun: String
  /// As in “this rdptriage reads”.
  var verb: String
  /// What writes one.
  var command: String
  /// Bytes, at most.
  var mebibytes: Int

  /// - Returns: The schema and the whole, every value of which is within the bounds.
  /// - Throws: ``CaseStoreError`` that names what is wrong, the place, and the way out.
  func read(_ data: Data, named name: String, within bounds: TreeBounds) throws -> (schema: String, Tree) {
    guard data.count <= mebibytes << 20 else {
      throw CaseStoreError("\(name) is larger than \(mebibytes) MiB, so it is no \(noun).")
    }
    let tree: Tree
    do throws(TreeError) {
      tree = try Tree(json: [UInt8](data))
    } catch {
      throw CaseStoreError(
        "\(name) is no \(noun): it is no JSON with a schema (\(error)). `rdptriage \(command)` writes one.")
    }
    guard case .text(let schema)? = tree["schema"] else {
      throw CaseStoreError(
        "\(name) is no \(noun): it is no JSON with a schema. `rdptriage \(command)` writes one.")
    }
    guard schemas.contains(schema) else {
      throw CaseStoreError(
        "\(name) has the schema “\(SafeText.clean(schema, limit: 60))”, and this rdptriage \(verb) \(schemas.joined(separator: " and "))."
      )
    }
    do throws(TreeError) {
      try bounds.check(tree)
    } catch {
      throw refusal(of: name, error)
    }
    return (schema, tree)
  }

  func refusal(of name: String, _ error: TreeError) -> CaseStoreError {
    let place = error.place.isEmpty ? "its beginning" : SafeText.clean(error.place, limit: 160)
    return CaseStoreError("\(name) cannot be read at \(place): \(SafeText.clean(error.reason, limit: 200)).")
  }
}
