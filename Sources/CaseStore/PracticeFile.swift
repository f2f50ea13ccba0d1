public import Diagnosis
import Facts
public import Foundation

/// A kept case as a practice case (`rdptriage.practice/1`), with stand-ins for every name: it is meant to be passed on.
public struct PracticeFile: Sendable, Equatable {
  public let course: PracticeCase

  static let schema = "rdptriage.practice/1"
  private static let format = FileFormat(
    schemas: [schema], noun: "practice case", verb: "practises", command: "case export --format practice",
    mebibytes: 4)
  static let longestText = 2000

  private struct Form: Codable {
    var schema: String
    var id: String
    var title: String
    var level: PracticeCase.Level
    var story: String
    var code: String?
    var cause: String
    var cure: String?
    var answers: [String: String]
    var explanation: String
    var recorded: PracticeCase.Recorded
  }

  /// - Returns: nil when the case does not say what was wrong.
  public init?(_ record: Case, assessor: Assessor, key: RedactionKey) {
    var redaction = Redaction { key.digits(for: $0) }
    guard let redacted = try? redaction.redact(record),
      let course = PracticeCase(redacted, assessor: assessor)
    else { return nil }
    self.course = course
  }

  /// Reads what ``data()`` wrote; title, story, level and explanation may have been written anew since.
  ///
  /// - Throws: ``CaseStoreError`` that names what is wrong and the way out.
  public init(reading data: Data, from name: String) throws {
    let (_, tree) = try Self.format.read(data, named: name, within: CaseGate.fileBounds)
    var form: Form
    do throws(TreeError) {
      form = try tree.decoded(as: Form.self)
      form.recorded = try CaseGate.checked(form.recorded)
    } catch {
      throw Self.format.refusal(of: name, error)
    }
    func text(_ text: String) -> String { SafeText.clean(text, limit: Self.longestText) }
    course = PracticeCase(
      id: SafeText.clean(form.id, limit: 200), title: SafeText.clean(form.title, limit: 200),
      level: form.level, story: text(form.story), code: form.code.flatMap { ReportedCode($0) },
      cause: CauseID(form.cause), cure: form.cure.map { FixID($0) },
      answers: form.answers.reduce(into: [:]) { $0[QuestionID($1.key)] = OutcomeID($1.value) },
      explanation: text(form.explanation), recorded: form.recorded)
  }

  /// The same case gives the same bytes.
  public func data() throws -> Data {
    guard let recorded = course.recorded else {
      throw CaseStoreError("The practice case \(course.id) is built in and needs no file.")
    }
    let form = Form(
      schema: Self.schema, id: course.id, title: course.title, level: course.level, story: course.story,
      code: course.code?.description, cause: course.cause.name, cure: course.cure?.name,
      answers: course.answers.reduce(into: [:]) { $0[$1.key.name] = $1.value.name },
      explanation: course.explanation, recorded: recorded)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return try encoder.encode(form) + Data("\n".utf8)
  }
}
