import Diagnosis
import Facts
import Foundation
import Probing

/// The JSON that `--json` prints. Keys are sorted, so equal results print equal text.
enum JSONOutput {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The same on one line.
  static func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  struct TargetValue: Encodable {
    var name: String
    var port: UInt16
    var addresses: [String]
    var gateway: String?
    var domain: String?

    init(_ target: Target, findings: [Finding]) {
      name = target.hostText
      port = target.port
      gateway = target.gateway
      domain = target.domain
      addresses =
        findings.first { $0.id == "dns.lookup" }?.details.flatMap { field -> [String] in
          guard case .list(let values) = field.value, ["addresses", "v4", "v6"].contains(field.name) else {
            return []
          }
          return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
        } ?? []
    }
  }

  struct FindingValue: Encodable {
    var id: String
    var status: String
    var outcome: String?
    var source: String
    var summary: String
    var reason: String?
    var details: Fields
    var elapsed_ms: Double?

    init(_ finding: Finding) {
      id = finding.id.name
      switch finding.status {
      case .answered(let value):
        status = "answered"
        outcome = value.name
      case .inconclusive(let why):
        status = "inconclusive"
        reason = Inconclusive.sentence(why)
      case .notApplicable(let why):
        status = "not-applicable"
        reason = why
      }
      source =
        switch finding.source {
        case .probe: "probe"
        case .question: "question"
        case .code: "code"
        case .file: "file"
        case .paste: "paste"
        }
      summary = finding.summary
      details = Fields(finding.details)
      elapsed_ms = finding.elapsed.map(\.milliseconds)
    }
  }

  /// Details as an object; a name that comes twice keeps its last value.
  struct Fields: Encodable {
    var fields: [Finding.Field]
    init(_ fields: [Finding.Field]) { self.fields = fields }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      for field in fields {
        try container.encode(DetailValue(field.value), forKey: Name(stringValue: field.name))
      }
    }

    private struct Name: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
  }

  private struct DetailValue: Encodable {
    var detail: Detail
    init(_ detail: Detail) { self.detail = detail }

    func encode(to encoder: any Encoder) throws {
      if case .table(let fields) = detail { return try Fields(fields).encode(to: encoder) }
      if case .list(let values) = detail { return try values.map(DetailValue.init).encode(to: encoder) }
      var container = encoder.singleValueContainer()
      switch detail {
      case .text(let text): try container.encode(text)
      case .integer(let number): try container.encode(number)
      case .number(let number): try container.encode(number.isFinite ? number : 0)
      case .flag(let flag): try container.encode(flag)
      case .list, .table: break
      }
    }
  }

  struct ReasonValue: Encodable {
    var finding: String?
    var outcome: String?
    var failed_fix: String?
    var effect: Double

    init(_ reason: Reason) {
      switch reason.evidence {
      case .finding(let id, let value):
        finding = id.name
        outcome = value.name
      case .failedFix(let id):
        failed_fix = id.name
      }
      effect = (reason.effect * 1000).rounded() / 1000
    }
  }

  struct CauseValue: Encodable {
    var id: String
    var title: String
    var probability: Double
    var because: [ReasonValue]

    /// The strongest reasons, where not all are wanted.
    static let mostReasons = 5

    /// - Parameter reasons: How many of them, the strongest first.
    init(_ ranked: RankedCause, _ knowledge: KnowledgeBase, reasons: Int = mostReasons) {
      id = ranked.cause.name
      title = knowledge.cause(ranked.cause)?.title ?? ranked.cause.name
      probability = ranked.probability
      because = ranked.because.prefix(reasons).map(ReasonValue.init)
    }
  }

  /// From 0.5 % on, the catch-all always: the others come as one sum.
  static func counts(_ ranked: RankedCause) -> Bool {
    ranked.probability >= 0.005 || ranked.cause == Cause.unknown
  }

  /// An answer that the words told seem to give.
  struct ToldValue: Encodable {
    var question: String
    var choice: String
    var text: String
    var words: String

    init(_ told: ToldAnswer, _ knowledge: KnowledgeBase) {
      question = told.question.name
      choice = told.choice.name
      text = knowledge.question(told.question)?.choices.first { $0.id == told.choice }?.text ?? ""
      words = told.words
    }
  }

  /// Causes that are too unlikely to be listed.
  struct OthersValue: Encodable {
    var count: Int
    var probability: Double

    init(_ ranked: [RankedCause]) {
      count = ranked.count
      probability = ranked.reduce(0) { $0 + $1.probability }
    }
  }

  struct CommandValue: Encodable {
    var door: String
    var shell: String
    /// How to get to the shell; left out where that needs no words.
    var first: String?
    var text: String
    var refusal: String?

    init(_ command: FilledCommand) {
      door = command.door.rawValue
      shell = command.shell.rawValue
      first = command.first.isEmpty ? nil : command.first
      text = command.text
      refusal = command.refusal
    }
  }

  struct WeakeningValue: Encodable {
    var reverse: String
    var due_hours: Double
  }

  struct PolicyValue: Encodable {
    var path: String
    var setting: String
    var to: String
    var registry_key: String?
    var value_name: String?
    var data: String?
    var verdict: String

    init(_ policy: Fix.Policy) {
      path = policy.path
      setting = policy.setting
      to = policy.to
      registry_key = policy.registry?.key
      value_name = policy.registry?.name
      data = policy.registry?.data
      verdict = policy.verdict.rawValue
    }
  }

  struct ChoiceValue: Encodable {
    var id: String
    var text: String
  }

  /// What another step would cost.
  struct OtherStepValue: Encodable {
    var kind: String
    var id: String?
    var title: String?
    var expected_minutes: Double
    /// How much dearer it is.
    var extra_minutes: Double

    init(_ planned: PlannedStep, extra: Double, _ knowledge: KnowledgeBase) {
      let step = StepValue(planned.step, knowledge)
      (kind, id, title) = (step.kind, step.id, step.title)
      expected_minutes = planned.expectedMinutes.tenths
      extra_minutes = extra.tenths
    }
  }

  /// One way that a step can go, and what would follow.
  struct OutlookValue: Encodable {
    struct Leader: Encodable {
      var id: String
      var probability: Double
    }
    struct Following: Encodable {
      var kind: String
      var id: String?
      var title: String?
      var expected_minutes: Double
    }

    /// `answer`, `cured` or `failed`.
    var event: String
    /// The choice, for an answer.
    var id: String?
    var text: String
    var probability: Double
    var leader: Leader?
    var next: Following?

    init(_ outlook: StepExplanation.Outlook, of explanation: StepExplanation, _ knowledge: KnowledgeBase) {
      switch outlook.event {
      case .answer(let choice):
        event = "answer"
        id = choice.name
      case .cured: event = "cured"
      case .failed: event = "failed"
      }
      text = explanation.words(outlook, knowledge)
      probability = outlook.probability
      leader = outlook.leader.map { Leader(id: $0.cause.name, probability: $0.probability) }
      next = outlook.next.map { planned in
        let step = StepValue(planned.step, knowledge)
        return Following(
          kind: step.kind, id: step.id, title: step.title, expected_minutes: planned.expectedMinutes.tenths)
      }
    }
  }

  /// The price of a step that somebody asked about.
  struct WhatIfValue: Encodable {
    var kind: String?
    var id: String
    var title: String?
    /// False where it was used already or does not apply to what is known.
    var possible: Bool
    var why: String
    var own_minutes: Double?
    var expected_minutes: Double?
    /// How much dearer it is than the step that is advised.
    var price_minutes: Double?
    var answers: [OutlookValue]?

    init(_ id: String, _ explanation: StepExplanation?, _ knowledge: KnowledgeBase) {
      self.id = id
      guard let explanation else {
        possible = false
        why = "It was used already, or does not apply to what is known."
        return
      }
      let step = StepValue(explanation.step, knowledge)
      (kind, title) = (step.kind, step.title)
      possible = true
      why = explanation.why(knowledge)
      own_minutes = explanation.ownMinutes.tenths
      expected_minutes = explanation.expectedMinutes.tenths
      price_minutes = explanation.price.tenths
      answers = explanation.outlooks.map { OutlookValue($0, of: explanation, knowledge) }
    }
  }

  struct DoubtValue: Encodable {
    var finding: String
    /// nil: the look came to no answer.
    var outcome: String?

    init(_ doubt: Doubt) {
      finding = doubt.finding.name
      outcome = doubt.outcome?.name
    }
  }

  struct ContradictionValue: Encodable {
    var code: String
    var layer: String
    var finding: String
    var outcome: String
    var sentence: String

    init(_ contradiction: Contradiction, _ knowledge: KnowledgeBase) {
      code = contradiction.code.description
      layer = contradiction.layer.rawValue
      finding = contradiction.finding.name
      outcome = contradiction.outcome.name
      sentence = contradiction.sentence(knowledge)
    }
  }

  /// The next step; which fields are there depends on `kind`.
  struct StepValue: Encodable {
    var kind: String
    var id: String?
    var title: String?
    var expected_minutes: Double?
    // why it is this one
    var why: String?
    var own_minutes: Double?
    var second: OtherStepValue?
    var answers: [OutlookValue]?
    // question
    var how: String?
    var choices: [ChoiceValue]?
    // fix
    var `where`: String?
    var owner: String?
    var commands: [CommandValue]?
    var expect: String?
    var otherwise: String?
    var minutes: Double?
    var restart: String?
    var notices: String?
    var risk: String?
    var weakens_security: Bool?
    var weakening: WeakeningValue?
    var policy: PolicyValue?
    var undo: String?
    var proof: [String]?
    var say: String?
    var sources: [String]?

    init(_ step: NextStep, _ knowledge: KnowledgeBase) {
      switch step {
      case .question(let question):
        kind = "question"
        id = question.name
        title = knowledge.question(question)?.ask
      case .fix(let fix):
        kind = "fix"
        id = fix.name
        title = knowledge.fix(fix)?.title
      case .escalate(let owner):
        kind = "escalate"
        self.owner = owner.rawValue
        title = "Hand the case over to: \(owner.rawValue)"
      case .none:
        kind = "none"
        title = "Nothing wrong was found"
      }
    }

    /// With everything that is needed to carry it out.
    static func whole(_ step: NextStep, _ knowledge: KnowledgeBase, target: Target) -> StepValue {
      var value = StepValue(step, knowledge)
      switch step {
      case .question(let id):
        guard let question = knowledge.question(id) else { break }
        value.say = question.say
        value.how = question.how
        value.minutes = question.minutes
        value.choices = question.choices.map { ChoiceValue(id: $0.id.name, text: $0.text) }
      case .fix(let id):
        guard let fix = knowledge.fix(id) else { break }
        value.fill(FixCard(fix, target: target))
      case .escalate, .none: break
      }
      return value
    }

    /// With why it is this one, what would have been second, and what each answer leads to.
    func explained(_ explanation: StepExplanation, _ knowledge: KnowledgeBase) -> StepValue {
      var value = self
      value.why = explanation.why(knowledge)
      value.own_minutes = explanation.ownMinutes.tenths
      value.expected_minutes = explanation.expectedMinutes.tenths
      value.second = explanation.second.map { OtherStepValue($0, extra: explanation.margin ?? 0, knowledge) }
      value.answers = explanation.outlooks.map { OutlookValue($0, of: explanation, knowledge) }
      return value
    }

    private mutating func fill(_ card: FixCard) {
      title = card.fix.title
      `where` = card.fix.place.rawValue
      owner = card.fix.owner.rawValue
      commands = card.commands.map {
        CommandValue($0)
      }
      expect = card.fix.expect
      otherwise = card.fix.otherwise
      minutes = card.fix.minutes
      restart = card.fix.restart.rawValue
      notices = card.fix.notices
      risk = card.fix.risk.rawValue
      weakens_security = card.fix.weakening != nil
      weakening = card.fix.weakening.map { WeakeningValue(reverse: $0.reverse, due_hours: $0.dueHours) }
      policy = card.fix.policy.map(PolicyValue.init)
      undo = card.fix.undo
      proof = card.fix.proof.map(\.name)
      say = card.fix.say
      sources = card.fix.sources
    }
  }

  /// `rdptriage.diagnosis/1`; `probe` leaves out what follows the findings.
  struct DiagnosisValue: Encodable {
    let schema = "rdptriage.diagnosis/1"
    var target: TargetValue
    var findings: [FindingValue]
    var causes: [CauseValue]?
    var others: OthersValue?
    var told: [ToldValue]?
    var one_cause_explains: Bool?
    var pair: [String]?
    var contradictions: [ContradictionValue]?
    /// Layers because of which "nothing is wrong" is not said.
    var doubts: [DoubtValue]?
    var next: StepValue?
    var plan: [StepValue]?
    var what_if: [WhatIfValue]?
    var elapsed_ms: Double
  }
}

extension Duration {
  /// Rounded to tenths.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return ((Double(seconds) * 1e3 + Double(attoseconds) / 1e15) * 10).rounded() / 10
  }
}

extension Double {
  fileprivate var tenths: Double { (self * 10).rounded() / 10 }
}
