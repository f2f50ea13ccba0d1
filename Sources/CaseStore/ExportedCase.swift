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
  private static let format = FileFormat(
    schema: schema, noun: "exported case", verb: "reads", command: "case export", mebibytes: 16)

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
    self = try Self.format.read(Self.self, from: data, named: name)
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
