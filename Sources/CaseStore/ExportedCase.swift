public import Diagnosis
import Facts
public import Foundation

/// A case as it moves between hosts: everything that replaying it needs, as JSON (`rdptriage.case-export/1`).
public struct ExportedCase: Codable, Sendable, Equatable {
  public var schema = Self.schema
  public var triage: Case
  /// Names are stand-ins.
  public var redacted: Bool
  /// Original values by their stand-ins, encrypted with the key of the data directory that it comes from; base64.
  public var sealed: String?

  static let schema = "rdptriage.case-export/1"
  /// Bytes of a file, at most.
  static let largest = 16 << 20

  enum CodingKeys: String, CodingKey {
    case schema, redacted, sealed
    case triage = "case"
  }

  public init(_ triage: Case) {
    self.triage = triage
    redacted = false
  }

  /// With stand-ins for every name; ``revealed(with:)`` turns it back.
  public init(redacting triage: Case, with key: RedactionKey) throws {
    var redaction = Redaction { key.digits(for: $0) }
    self.triage = redaction.redact(triage)
    redacted = true
    let table = try Self.encoder.encode(redaction.originals)
    sealed = key.sealed([UInt8](table)).map { Data($0).base64EncodedString() }
  }

  /// Reads what ``data()`` wrote.
  ///
  /// - Throws: ``CaseStoreError`` that names what is wrong and the way out.
  public init(reading data: Data, from name: String) throws {
    guard data.count <= Self.largest else {
      throw CaseStoreError("\(name) is larger than 16 MiB, so it is no exported case.")
    }
    struct Head: Decodable { var schema: String }
    guard let head = try? JSONDecoder().decode(Head.self, from: data) else {
      throw CaseStoreError(
        "\(name) is no exported case: it is no JSON with a schema. `rdptriage case export` writes one.")
    }
    guard head.schema == Self.schema else {
      throw CaseStoreError(
        "\(name) has the schema “\(SafeText.clean(head.schema, limit: 60))”, and this rdptriage reads \(Self.schema)."
      )
    }
    self = try readingFields(of: name) { try JSONDecoder().decode(Self.self, from: data) }
    guard !triage.id.isEmpty, triage.id.utf8.count <= 200, SafeText.clean(triage.id, limit: 200) == triage.id,
      triage.target != nil
    else { throw CaseStoreError("\(name) holds no case that was opened on a target.") }
  }

  /// The same case gives the same bytes.
  public func data() throws -> Data {
    try Self.encoder.encode(self) + Data("\n".utf8)
  }

  /// The case with its names, where this key has sealed them.
  public func revealed(with key: RedactionKey) -> Case? {
    guard let sealed, let data = Data(base64Encoded: sealed), let table = key.opened([UInt8](data)),
      let originals = try? JSONDecoder().decode([String: String].self, from: Data(table)),
      let encoded = try? Self.encoder.encode(triage)
    else { return nil }
    var text = String(decoding: encoded, as: UTF8.self)
    for (standIn, original) in originals {
      guard let literal = try? Self.encoder.encode(original) else { return nil }
      // Without the quotation marks that stand around a JSON string.
      let inside = String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
      text = text.replacingOccurrences(of: standIn, with: inside)
    }
    guard var revealed = try? JSONDecoder().decode(Case.self, from: Data(text.utf8)) else { return nil }
    for index in revealed.entries.indices {
      guard case .opened(var target) = revealed.entries[index].event else { continue }
      // A stand-in is always a name; what it stands for may be an address.
      if AddressText.isIPv4(target.hostText[...]) {
        target.host = .ipv4(target.hostText)
      } else if AddressText.isIPv6(target.hostText[...]) {
        target.host = .ipv6(target.hostText)
      }
      revealed.entries[index].event = .opened(target)
    }
    return revealed
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return encoder
  }
}

/// Names the place in a file that cannot be understood.
func readingFields<Value>(of name: String, _ decode: () throws -> Value) throws -> Value {
  do {
    return try decode()
  } catch DecodingError.dataCorrupted(let context), DecodingError.keyNotFound(_, let context),
    DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
  {
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    throw CaseStoreError(
      "\(name) cannot be read at \(place.isEmpty ? "its beginning" : SafeText.clean(place, limit: 120)): export the case again."
    )
  }
}
