public import Diagnosis
import Facts
public import Foundation

/// A case as it moves between hosts: everything that replaying it needs, as JSON. `Resources/case-export.md` describes the form,
/// `rdptriage.case-export/2`; its first version is still read.
public struct ExportedCase: Sendable, Equatable {
  public var triage: Case
  /// Names are stand-ins.
  public var redacted: Bool
  /// Original values by their stand-ins, encrypted with the key of the data directory that it comes from; base64.
  public var sealed: String?

  static let schema = "rdptriage.case-export/2"
  static let firstSchema = "rdptriage.case-export/1"
  private static let mebibytes = 16
  /// Of a file that is read.
  public static let mostBytes = mebibytes << 20
  private static let format = FileFormat(
    schemas: [schema, firstSchema], noun: "exported case", verb: "reads", command: "case export",
    mebibytes: mebibytes)

  /// As its first version was written.
  private struct FirstForm: Decodable {
    var triage: Case
    var redacted: Bool
    var sealed: String?
    enum CodingKeys: String, CodingKey {
      case redacted, sealed
      case triage = "case"
    }
  }

  public init(_ triage: Case) {
    self.triage = triage
    redacted = false
  }

  /// With stand-ins for every name; ``revealed(with:)`` turns it back.
  public init(redacting triage: Case, with key: RedactionKey) throws {
    var redaction = Redaction { key.digits(for: $0) }
    self.triage = try redaction.redact(triage)
    redacted = true
    let table = Tree.table(
      redaction.originals.sorted { $0.key < $1.key }.map { Tree.Field($0.key, .text($0.value)) })
    sealed = key.sealed(Array(table.json.utf8)).map { Data($0).base64EncodedString() }
  }

  /// Reads what ``data()`` wrote.
  ///
  /// - Throws: ``CaseStoreError`` that names what is wrong and the way out.
  public init(reading data: Data, from name: String) throws {
    let (schema, tree) = try Self.format.read(data, named: name, within: CaseGate.fileBounds)
    do {
      if schema == Self.firstSchema {
        let first = try tree.decoded(as: FirstForm.self)
        (triage, redacted, sealed) = (first.triage, first.redacted, first.sealed)
      } else {
        let form = CaseForm(tree)
        triage = try form.record()
        redacted = try form.isRedacted()
        sealed = try form.sealed()
      }
      triage = try CaseGate.checked(triage)
    } catch {
      throw Self.format.refusal(of: name, error)
    }
  }

  /// The same case gives the same bytes.
  public func data() throws -> Data {
    Data((CaseForm.tree(of: self).json + "\n").utf8)
  }

  /// The case with its names, where this key has sealed them.
  public func revealed(with key: RedactionKey) -> Case? {
    guard let sealed, let data = Data(base64Encoded: sealed), let table = key.opened([UInt8](data)),
      case .table(let fields)? = try? Tree(json: table)
    else { return nil }
    var originals: [String: String] = [:]
    for field in fields { if case .text(let text) = field.value { originals[field.name] = text } }
    return try? Redaction.revealed(triage, originals)
  }
}
