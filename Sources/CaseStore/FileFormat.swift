import Facts
import Foundation

/// A kind of JSON file that this program writes and reads again.
struct FileFormat {
  var schema: String
  /// As in “it is no exported case”.
  var noun: String
  /// As in “this rdptriage reads”.
  var verb: String
  /// What writes one.
  var command: String
  /// Bytes, at most.
  var mebibytes: Int

  private struct Head: Decodable { var schema: String }

  /// - Throws: ``CaseStoreError`` that names what is wrong, the place, and the way out.
  func read<Form: Decodable>(_ form: Form.Type, from data: Data, named name: String) throws -> Form {
    guard data.count <= mebibytes << 20 else {
      throw CaseStoreError("\(name) is larger than \(mebibytes) MiB, so it is no \(noun).")
    }
    guard let head = try? JSONDecoder().decode(Head.self, from: data) else {
      throw CaseStoreError(
        "\(name) is no \(noun): it is no JSON with a schema. `rdptriage \(command)` writes one.")
    }
    guard head.schema == schema else {
      throw CaseStoreError(
        "\(name) has the schema “\(SafeText.clean(head.schema, limit: 60))”, and this rdptriage \(verb) \(schema)."
      )
    }
    do {
      return try JSONDecoder().decode(form, from: data)
    } catch DecodingError.dataCorrupted(let context), DecodingError.keyNotFound(_, let context),
      DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw CaseStoreError(
        "\(name) cannot be read at \(place.isEmpty ? "its beginning" : SafeText.clean(place, limit: 120)): export the case again."
      )
    }
  }
}
