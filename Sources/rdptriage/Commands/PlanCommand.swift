import ArgumentParser
import Diagnosis
import Facts
import Foundation

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Works out what a way of planning costs on a model, exactly.",
    discussion: """
      planner: what the wizard uses. exact: the optimum. fixed: the actions in the file's order, no questions. greedy: the \
      highest probability of cure per cost, no questions. one-step: looks one question ahead, as SACSO. A model that is too large for exact is declined with exit code 2.
      """)

  @Option(help: ArgumentHelp("Causes, actions and questions, as JSON.", valueName: "file"))
  var model: String
  @Option(help: ArgumentHelp("Which steps are taken.", valueName: "policy"))
  var policy: PlanningPolicy = .planner
  @Flag(help: "Print JSON.")
  var json = false

  mutating func run() throws {
    let file = try read()
    let clock = ContinuousClock()
    let start = clock.now
    do {
      let outcome = try policy.outcome(on: file.model)
      let result = Result(
        expected_cost: outcome.expectedCost, first: file.name(of: outcome.first), policy: policy.rawValue,
        milliseconds: Self.milliseconds(clock.now - start))
      print(json ? try Self.text(result) : result.sentences)
    } catch is PlanningPolicy.TooLarge {
      let reason =
        "The model has too many information states to work out the optimum. Take --policy planner, or leave steps out."
      if json { print(try Self.text(Declined(policy: policy.rawValue, declined: reason))) }
      throw Failure(.undecided, reason).exit()
    }
  }

  private func read() throws -> ModelFile {
    guard FileManager.default.fileExists(atPath: model) else {
      throw Failure(.noInput, "There is no file \(model).").exit()
    }
    let data = try Patience.read(model, most: 64 << 20)
    do {
      return try ModelFile(data)
    } catch {
      throw Failure(.data, "\(model): \(error)").exit()
    }
  }

  private static func milliseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return ((Double(seconds) * 1e3 + Double(attoseconds) / 1e15) * 1000).rounded() / 1000
  }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private struct Result: Encodable {
    let schema = "rdptriage.plan/1"
    var expected_cost: Double
    var first: String
    var policy: String
    var milliseconds: Double

    var sentences: String {
      """
      Expected cost: \(expected_cost)
      First step: \(SafeText.clean(first, limit: 200))
      Policy: \(policy), worked out in \(milliseconds) ms
      """
    }
  }

  private struct Declined: Encodable {
    let schema = "rdptriage.plan/1"
    var policy: String
    var declined: String
  }
}

extension PlanningPolicy: ExpressibleByArgument {}

/// A model as `rdptriage.model/1`, with the ids of its steps.
struct ModelFile {
  static let schema = "rdptriage.model/1"

  private(set) var model: PlanningModel
  private var actions: [String] = []
  private var questions: [String] = []

  /// What is wrong with a model, and where: `actions[2].cures.c1`, and so on.
  struct Problem: Error, CustomStringConvertible {
    var path: String
    var sentence: String
    var description: String { path.isEmpty ? sentence : "\(path): \(sentence)" }
  }

  /// Written sums are rounded; they are scaled to 1.
  private static let tolerance = 1e-3

  init(_ data: Data) throws(Problem) {
    let value: Value
    do {
      value = try JSONDecoder().decode(Value.self, from: data)
    } catch DecodingError.typeMismatch(_, let context) {
      throw Problem(
        path: Self.path(context.codingPath),
        sentence: "It is neither a text, a list, an object nor a number within range.")
    } catch DecodingError.dataCorrupted(let context) {
      let place = (context.underlyingError as NSError?)?.userInfo["NSDebugDescription"] as? String
      throw Problem(path: "", sentence: "This is no JSON. \(place ?? context.debugDescription)")
    } catch {
      throw Problem(path: "", sentence: "This is no JSON.")
    }
    let file = try Place("", value).object(["schema", "causes", "actions", "questions", "escalation_cost"])
    let schema = try file.field("schema").text()
    guard schema == Self.schema else {
      throw Problem(path: "schema", sentence: "It is “\(schema)”, but only “\(Self.schema)” can be read.")
    }

    var causes: [String: Int] = [:]
    var priors: [Double] = []
    for place in try file.field("causes").list() {
      let cause = try place.object(["id", "prior"])
      let id = try cause.field("id").newID(not: causes.keys.contains)
      causes[id] = priors.count
      priors.append(try cause.field("prior").probability())
    }
    let total = priors.reduce(0, +)
    guard abs(total - 1) <= Self.tolerance else {
      throw Problem(path: "causes", sentence: "The priors sum to \(total), not to 1.")
    }
    model = PlanningModel(priors: priors, actions: [], questions: [], escalationCost: 0)

    for place in try file.field("actions").list() {
      let action = try place.object(["id", "cost", "cures"])
      actions.append(try action.field("id").newID(not: actions.contains))
      let cost = try action.field("cost").cost()
      let cures = try action.field("cures").entries().map {
        (entry) throws(Problem) in (cause: try entry.index(in: causes), probability: try entry.probability())
      }
      model.actions.append(.init(cost: cost, cures: cures.sorted { $0.cause < $1.cause }))
    }
    for place in try file.field("questions").list() {
      let question = try place.object(["id", "cost", "outcomes", "given"])
      questions.append(try question.field("id").newID(not: questions.contains))
      let cost = try question.field("cost").cost()
      model.questions.append(.init(cost: cost, given: try Self.given(question, causes)))
    }
    model.escalationCost = try file.field("escalation_cost").cost()
  }

  func name(of choice: Planner.Choice) -> String {
    switch choice {
    case .action(let index): actions[index]
    case .question(let index): questions[index]
    case .escalate: "escalate"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
  }

  private static func given(_ question: Object, _ causes: [String: Int]) throws(Problem) -> [[Double]] {
    var outcomes: [String] = []
    for place in try question.field("outcomes").list() {
      outcomes.append(try place.newID(not: outcomes.contains))
    }
    guard !outcomes.isEmpty else {
      throw Problem(path: question.path + ".outcomes", sentence: "A question needs an outcome.")
    }
    var given = [[Double]](repeating: [Double](repeating: 0, count: causes.count), count: outcomes.count)
    let field = try question.field("given")
    var seen = Set<Int>()
    for entry in try field.entries() {
      let cause = try entry.index(in: causes)
      seen.insert(cause)
      let row = try entry.list()
      guard row.count == outcomes.count else {
        throw Problem(
          path: entry.path,
          sentence: "There are \(row.count) numbers for \(outcomes.count) outcomes.")
      }
      var total = 0.0
      for (outcome, place) in row.enumerated() {
        given[outcome][cause] = try place.probability()
        total += given[outcome][cause]
      }
      guard abs(total - 1) <= tolerance else {
        throw Problem(path: entry.path, sentence: "The outcomes sum to \(total), not to 1.")
      }
      for outcome in outcomes.indices { given[outcome][cause] /= total }
    }
    if let missing = causes.filter({ !seen.contains($0.value) }).min(by: { $0.value < $1.value }) {
      throw Problem(path: field.path, sentence: "The cause “\(missing.key)” is missing.")
    }
    return given
  }

  /// Any JSON.
  private indirect enum Value: Decodable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let list = try? container.decode([Value].self) {
        self = .list(list)
      } else {
        self = .object(try container.decode([String: Value].self))
      }
    }

    var kind: String {
      switch self {
      case .null: "null"
      case .flag: "true or false"
      case .number: "a number"
      case .text: "a text"
      case .list: "a list"
      case .object: "an object"
      }
    }
  }

  /// A value and where in the file it stands.
  private struct Place {
    var path: String
    var key: String
    var value: Value

    init(_ path: String, key: String = "", _ value: Value) {
      self.path = path
      self.key = key
      self.value = value
    }

    func object(_ known: Set<String>) throws(Problem) -> Object {
      guard case .object(let fields) = value else { throw wrong("an object") }
      if let unknown = fields.keys.filter({ !known.contains($0) }).min() {
        throw Problem(path: join(unknown), sentence: "There is no such field.")
      }
      return Object(path: path, fields: fields)
    }

    func list() throws(Problem) -> [Place] {
      guard case .list(let values) = value else { throw wrong("a list") }
      return values.enumerated().map { Place("\(path)[\($0)]", $1) }
    }

    /// The fields of an object with free names, by name.
    func entries() throws(Problem) -> [Place] {
      guard case .object(let fields) = value else { throw wrong("an object") }
      return fields.sorted { $0.key < $1.key }.map { Place(join($0.key), key: $0.key, $0.value) }
    }

    func text() throws(Problem) -> String {
      guard case .text(let text) = value else { throw wrong("a text") }
      return text
    }

    func newID(not isTaken: (String) -> Bool) throws(Problem) -> String {
      let id = try text()
      guard !id.isEmpty else { throw Problem(path: path, sentence: "It is empty.") }
      guard !isTaken(id) else { throw Problem(path: path, sentence: "“\(id)” is there twice.") }
      return id
    }

    func index(in causes: [String: Int]) throws(Problem) -> Int {
      guard let index = causes[key] else {
        throw Problem(path: path, sentence: "No cause is called “\(key)”.")
      }
      return index
    }

    func number() throws(Problem) -> Double {
      guard case .number(let number) = value else { throw wrong("a number") }
      guard number.isFinite else { throw Problem(path: path, sentence: "The number is too large.") }
      return number
    }

    func probability() throws(Problem) -> Double {
      let number = try number()
      guard (0...1).contains(number) else {
        throw Problem(path: path, sentence: "\(number) is no probability: it has to lie between 0 and 1.")
      }
      return number
    }

    func cost() throws(Problem) -> Double {
      let number = try number()
      guard number >= 0 else {
        throw Problem(path: path, sentence: "The cost is \(number), but cannot be below 0.")
      }
      guard number <= 1e12 else {
        throw Problem(path: path, sentence: "The cost is \(number), but has to be at most 1e12.")
      }
      return number
    }

    private func join(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private func wrong(_ wanted: String) -> Problem {
      Problem(path: path, sentence: "It is \(value.kind), but has to be \(wanted).")
    }
  }

  private struct Object {
    var path: String
    var fields: [String: Value]

    func field(_ name: String) throws(Problem) -> Place {
      let path = self.path.isEmpty ? name : "\(self.path).\(name)"
      guard let value = fields[name] else { throw Problem(path: path, sentence: "It is missing.") }
      return Place(path, key: name, value)
    }
  }
}
