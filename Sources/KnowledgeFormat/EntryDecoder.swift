public import Diagnosis
internal import Facts

/// Entries as they were read, with their files beside them for messages.
public struct DecodedKnowledge: Sendable {
  public var base: KnowledgeBase
  public var cases: [CaseFile]
  /// Problems of the form of single files: unknown and missing fields, wrong kinds of values, wrong words.
  public var formProblems: [Problem]

  var exceptions: [KnowledgeException]
  var documents: [DocumentKey: KnowledgeDocument]

  struct DocumentKey: Hashable {
    var kind: EntryKind
    var id: String
  }

  /// Understands `documents`; of two with one kind and id the later counts, whole, or, with `rest: unchanged`, for the fields that
  /// it has.
  ///
  /// - Parameter lateMessages: Messages that are read when they are first asked for; nil: those among the documents count.
  public init(_ documents: [KnowledgeDocument], lateMessages: (@Sendable () -> [MessageEntry])? = nil) {
    let log = ProblemLog()
    var kept: [DocumentKey: KnowledgeDocument] = [:]
    kept.reserveCapacity(documents.count)
    for document in documents {
      // Every directory has exceptions of its own.
      let id = document.kind == .exceptions ? document.file : document.id
      let key = DocumentKey(kind: document.kind, id: id)
      guard let rest = document.rest else {
        kept[key] = document
        continue
      }
      if rest.value.content != .scalar("unchanged") {
        log.add(document.file, rest.line, "“rest” is “unchanged”, or is left out")
      }
      if let base = kept[key] {
        kept[key] = document.laid(over: base)
      } else {
        let known = kept.keys.filter { $0.kind == document.kind }.map(\.id)
        log.add(
          document.file, rest.line,
          "there is no \(document.kind.noun) “\(id)” whose rest could stay unchanged" + Check.near(id, known))
      }
    }
    self.documents = kept

    var causes: [Cause] = []
    var fixes: [Fix] = []
    var doors: [DoorEntry] = []
    var questions: [Question] = []
    var findings: [FindingEntry] = []
    var codes: [CodeEntry] = []
    var pairs: [PairEntry] = []
    var stories: [Story] = []
    var read: [MessageEntry] = []
    cases = []
    exceptions = []
    for document in kept.values {
      let decoder = EntryDecoder(document: document, log: log)
      switch document.kind {
      case .causes: if let cause = decoder.cause() { causes.append(cause) }
      case .fixes: if let fix = decoder.fix() { fixes.append(fix) }
      case .doors: if let door = decoder.door() { doors.append(door) }
      case .questions: if let question = decoder.question() { questions.append(question) }
      case .findings: if let finding = decoder.finding() { findings.append(finding) }
      case .codes:
        if decoder.isPair {
          if let pair = decoder.pair() { pairs.append(pair) }
        } else if let code = decoder.code() {
          codes.append(code)
        }
      case .messages: if let message = decoder.message() { read.append(message) }
      case .cases: if let file = decoder.caseFile() { cases.append(file) }
      case .stories: if let story = decoder.story() { stories.append(story) }
      case .exceptions: exceptions += decoder.exceptions()
      }
    }
    cases.sort { $0.name < $1.name }
    codes.sort { ($0.family.rawValue, $0.value, $0.symbol) < ($1.family.rawValue, $1.value, $1.symbol) }
    pairs.sort { $0.pair < $1.pair }
    let messages = read
    base = KnowledgeBase(
      causes: causes, fixes: fixes, questions: questions, findings: findings, codes: codes, pairs: pairs,
      stories: stories, doors: doors, messages: lateMessages ?? { messages })
    formProblems = log.problems
  }

  func document(_ kind: EntryKind, _ id: String) -> KnowledgeDocument? {
    documents[DocumentKey(kind: kind, id: id)]
  }
}

/// A check that one entry is excused from, and why.
struct KnowledgeException: Hashable, Sendable {
  var check: String
  var subject: String
  var reason: String
  var file: String
  var line: Int
}

/// Turns the tree of one file into its entry. Gives nil only when the file holds no map at all.
struct EntryDecoder {
  var document: KnowledgeDocument
  var log: ProblemLog

  func cause() -> Cause? {
    guard
      let fields = reader(
        required: ["title", "shows", "group", "phase", "base-rate", "base-rate-why", "sources"],
        optional: ["codes", "expects", "needs", "fixes", "symptom"])
    else { return nil }
    var codes: [String: Strength] = [:]
    for code in fields.map("codes") {
      codes[code.name] = fields.word(of: code.value, called: code.name, as: Strength.self) ?? .sometimes
    }
    var expects: [FindingID: [OutcomeID: Strength]] = [:]
    for finding in fields.map("expects") {
      var outcomes: [OutcomeID: Strength] = [:]
      for outcome in fields.map(of: finding.value, called: finding.name) {
        outcomes[OutcomeID(outcome.name)] =
          fields.word(of: outcome.value, called: outcome.name, as: Strength.self) ?? .sometimes
      }
      expects[FindingID(finding.name)] = outcomes
    }
    let cures = fields.map("fixes").map { fix in
      Cause.Cure(
        fix: FixID(fix.name),
        strength: fields.word(of: fix.value, called: fix.name, as: Strength.self) ?? .sometimes)
    }
    return Cause(
      id: CauseID(document.id), title: fields.text("title"), shows: fields.text("shows"),
      group: fields.text("group"), phase: fields.word("phase", as: Phase.self) ?? .client,
      baseRate: fields.number("base-rate", upTo: 1_000) ?? 1, baseRateReason: fields.text("base-rate-why"),
      codes: codes, expects: expects, needs: needs(fields), cures: cures,
      isSymptom: fields.flag("symptom"), sources: fields.texts("sources"),
      origin: document.file)
  }

  func fix() -> Fix? {
    guard
      let fields = reader(
        required: [
          "title", "owner", "where", "minutes", "restart", "notices", "risk", "commands", "expect", "undo",
          "proof", "say", "sources",
        ],
        optional: ["otherwise", "wait", "weakens", "policy", "through"])
    else { return nil }
    var commands: [Fix.Command] = []
    for node in fields.list("commands") {
      if let command = command(node) { commands.append(command) }
    }
    var weakening: Fix.Weakening?
    if let weakens = fields.field("weakens"),
      let parts = FieldReader(
        weakens.value, of: "weakens", file: document.file, log: log, required: ["reverse", "due-hours"])
    {
      weakening = Fix.Weakening(
        reverse: parts.text("reverse"), dueHours: parts.number("due-hours", upTo: 10_000) ?? 0)
    }
    let policy = fields.field("policy").flatMap { self.policy($0.value) }
    return Fix(
      id: FixID(document.id), title: fields.text("title"),
      owner: fields.word("owner", as: Fix.Owner.self) ?? .helpdesk,
      place: fields.word("where", as: Fix.Place.self) ?? .server, commands: commands,
      expect: fields.text("expect"), otherwise: fields.text("otherwise"),
      minutes: fields.number("minutes", upTo: 10_000) ?? 5, wait: fields.number("wait", upTo: 100_000) ?? 0,
      restart: fields.word("restart", as: Fix.Restart.self) ?? .none, notices: fields.text("notices"),
      risk: fields.word("risk", as: Fix.Risk.self) ?? .low, weakening: weakening, policy: policy,
      undo: fields.text("undo"),
      proof: fields.texts("proof").map { FindingID($0) }, say: fields.text("say"),
      sources: fields.texts("sources"),
      through: fields.field("through").map { _ in fields.texts("through").map { Fix.Door(rawValue: $0) } },
      origin: document.file)
  }

  /// A door is called as its file, with blanks for hyphens.
  func door() -> DoorEntry? {
    guard
      let fields = reader(required: ["sources"], optional: ["needs", "place", "first", "asks", "seen-by"])
    else { return nil }
    var first: [Fix.Shell: String] = [:]
    for field in fields.map("first") {
      guard let shell = Fix.Shell(rawValue: field.name), shell != .steps else {
        log.add(
          document.file, field.line,
          "“\(field.name)” is no shell"
            + Suggestion.ending(for: field.name, among: ["powershell", "cmd", "bash"]))
        continue
      }
      first[shell] = fields.text(of: field.value, called: field.name)
    }
    var sign: DoorEntry.Sign?
    if let field = fields.field("seen-by"),
      let parts = FieldReader(
        field.value, of: "seen-by", file: document.file, log: log, required: ["finding"],
        optional: ["product"])
    {
      sign = .init(
        finding: FindingID(parts.text("finding")),
        product: parts.field("product").map { _ in parts.text("product") })
    }
    return DoorEntry(
      door: Fix.Door(rawValue: document.id.replacing("-", with: " ")),
      place: fields.number("place", upTo: 99) ?? 99,
      needs: fields.field("needs") == nil ? "" : fields.text("needs"), first: first,
      asks: fields.field("asks") == nil || fields.flag("asks"), sign: sign,
      sources: fields.texts("sources"), origin: document.file)
  }

  /// - Parameter door: Of a command whose way in is not said.
  private func command(_ node: KnowledgeNode, door: Fix.Door? = nil) -> Fix.Command? {
    guard
      let fields = FieldReader(
        node, of: "command", file: document.file, log: log,
        required: (door == nil ? ["door"] : []) + ["shell", "text"])
    else { return nil }
    return Fix.Command(
      door: door ?? Fix.Door(rawValue: fields.text("door")),
      shell: fields.word("shell", as: Fix.Shell.self) ?? .steps, text: fields.text("text"))
  }

  private func policy(_ node: KnowledgeNode) -> Fix.Policy? {
    guard
      let fields = FieldReader(
        node, of: "policy", file: document.file, log: log, required: ["path", "setting", "to", "verdict"],
        optional: ["registry"])
    else { return nil }
    var registry: Fix.RegistryValue?
    if let field = fields.field("registry"),
      let value = FieldReader(
        field.value, of: "registry value", file: document.file, log: log, required: ["key", "name", "data"])
    {
      registry = Fix.RegistryValue(
        key: value.text("key"), name: value.text("name"), data: value.text("data"))
    }
    return Fix.Policy(
      path: fields.text("path"), setting: fields.text("setting"), to: fields.text("to"), registry: registry,
      verdict: fields.word("verdict", as: Fix.Verdict.self) ?? .policyWins)
  }

  func question() -> Question? {
    guard
      let fields = reader(
        required: ["ask", "say", "how", "minutes", "choices", "sources"],
        optional: ["where", "needs", "idle", "unless", "reads", "run", "context", "circumstance"])
    else { return nil }
    var choices: [Question.Choice] = []
    for node in fields.list("choices") {
      guard
        let choice = FieldReader(
          node, of: "choice", file: document.file, log: log, required: ["id", "text", "base"],
          optional: ["states", "told"])
      else { continue }
      var phrases: [String: [String]] = [:]
      for language in choice.map("told") {
        phrases[language.name] = choice.texts(of: language.value, called: language.name)
      }
      var states: [FindingID: OutcomeID] = [:]
      for state in choice.map("states") {
        guard let outcome = choice.text(of: state.value, called: state.name) else { continue }
        states[FindingID(state.name)] = OutcomeID(outcome)
      }
      choices.append(
        Question.Choice(
          id: OutcomeID(choice.text("id")), text: choice.text("text"),
          base: choice.word("base", as: Strength.self) ?? .sometimes, states: states, phrases: phrases))
    }
    var reads: [FindingID: [OutcomeID: OutcomeID]] = [:]
    for finding in fields.map("reads") {
      var choices: [OutcomeID: OutcomeID] = [:]
      for outcome in fields.map(of: finding.value, called: finding.name) {
        guard let choice = fields.text(of: outcome.value, called: outcome.name) else { continue }
        choices[OutcomeID(outcome.name)] = OutcomeID(choice)
      }
      reads[FindingID(finding.name)] = choices
    }
    return Question(
      id: QuestionID(document.id), ask: fields.text("ask"), say: fields.text("say"), how: fields.text("how"),
      place: fields.word("where", as: Fix.Place.self),
      minutes: fields.number("minutes", upTo: 1_000) ?? 1, choices: choices, needs: needs(fields),
      idle: needs(fields, "idle"),
      unless: fields.texts("unless").map { FindingID($0) }, reads: reads,
      command: fields.field("run").flatMap { command($0.value, door: .console) },
      contextPlace: fields.number("context", upTo: 99).map { Int($0) },
      circumstance: fields.field("circumstance").map { _ in fields.text("circumstance") },
      sources: fields.texts("sources"),
      origin: document.file)
  }

  func finding() -> FindingEntry? {
    guard let fields = reader(required: ["title", "outcomes"], optional: ["layer", "needs"]) else {
      return nil
    }
    var outcomes: [FindingEntry.Outcome] = []
    for node in fields.list("outcomes") {
      guard
        let outcome = FieldReader(
          node, of: "outcome", file: document.file, log: log, required: ["id", "means", "base"],
          optional: ["fine"])
      else { continue }
      outcomes.append(
        .init(
          id: OutcomeID(outcome.text("id")), meaning: outcome.text("means"),
          base: outcome.word("base", as: Strength.self) ?? .sometimes, isFine: outcome.flag("fine")))
    }
    return FindingEntry(
      id: FindingID(document.id), title: fields.text("title"), layer: fields.word("layer", as: Phase.self),
      outcomes: outcomes, needs: needs(fields), origin: document.file)
  }

  var isPair: Bool {
    if case .map(let fields) = document.root.content { fields.contains { $0.name == "pair" } } else { false }
  }

  func code() -> CodeEntry? {
    guard
      let fields = reader(
        required: ["symbol", "value", "family", "meaning", "said-by", "source"],
        optional: ["proves", "confused-with", "same-as", "also", "provider", "log"])
    else { return nil }
    var value: UInt32 = 0
    let text = fields.text("value")
    if let number = Self.number(text) {
      value = number
    } else if !text.isEmpty {
      log.add(
        document.file, document.root.line(at: ["value"]),
        "“value” is a number of at most 32 bits, as in 0x7 or 7, not “\(text)”")
    }
    return CodeEntry(
      symbol: fields.text("symbol"), value: value,
      family: fields.word("family", as: CodeEntry.Family.self) ?? .disconnect,
      meaning: fields.text("meaning"), saidBy: fields.text("said-by"), proves: phases(fields),
      confusedWith: fields.texts("confused-with"),
      sameAs: fields.field("same-as").map { _ in fields.text("same-as") }, also: fields.texts("also"),
      provider: fields.text("provider"), log: fields.text("log"), source: fields.text("source"),
      origin: document.file)
  }

  func pair() -> PairEntry? {
    guard
      let fields = reader(required: ["pair", "meaning", "source"], optional: ["proves", "confused-with"])
    else { return nil }
    return PairEntry(
      pair: fields.text("pair"), meaning: fields.text("meaning"), proves: phases(fields),
      confusedWith: fields.texts("confused-with"), source: fields.text("source"), origin: document.file)
  }

  func caseFile() -> CaseFile? {
    guard let fields = reader(required: ["first", "findings"], optional: ["layers", "failed"]) else {
      return nil
    }
    var findings: [FindingID: OutcomeID] = [:]
    for finding in fields.map("findings") {
      guard let outcome = fields.text(of: finding.value, called: finding.name) else { continue }
      findings[FindingID(finding.name)] = OutcomeID(outcome)
    }
    var layersAreFine = false
    if let layers = fields.field("layers") {
      layersAreFine = fields.text("layers") == "fine"
      if !layersAreFine {
        log.add(document.file, layers.line, "“layers” is “fine”, or is left out")
      }
    }
    return CaseFile(
      name: document.id, first: CauseID(fields.text("first")), layersAreFine: layersAreFine,
      findings: findings, failed: fields.texts("failed").map { FixID($0) }, origin: document.file)
  }

  func story() -> Story? {
    guard
      let fields = reader(
        required: ["source", "told", "facts", "truth", "cured"],
        optional: ["code", "environment", "seen", "known", "wrong-turns"])
    else { return nil }
    func pairs(_ name: String) -> [(name: String, value: String)] {
      fields.map(name).compactMap { field in
        fields.text(of: field.value, called: field.name).map { (field.name, $0) }
      }
    }
    var code: ReportedCode?
    if let field = fields.field("code") {
      code = ReportedCode(fields.text("code"))
      if code == nil {
        log.add(document.file, field.line, "“code” is a code as the client shows it, or the id of its entry")
      }
    }
    let known = pairs("known").map { (QuestionID($0.name), OutcomeID($0.value)) }
    let seen = pairs("seen").map { (FindingID($0.name), OutcomeID($0.value)) }
    return Story(
      id: StoryID(document.id), source: fields.text("source"), told: fields.text("told"), code: code,
      environment: Dictionary(pairs("environment").map { ($0.name, $0.value) }) { _, last in last },
      facts: fields.texts("facts"), seen: Dictionary(seen) { _, last in last },
      known: Dictionary(known) { _, last in last }, truth: fields.texts("truth").map { CauseID($0) },
      cured: fields.text("cured"), wrongTurns: fields.texts("wrong-turns"), origin: document.file)
  }

  func message() -> MessageEntry? {
    guard
      let fields = reader(
        required: ["title", "programs", "meaning", "codes", "causes", "sources"],
        optional: ["answers", "marks", "wordings", "unsourced"])
    else { return nil }
    var causes: [CauseID: Strength] = [:]
    for cause in fields.map("causes") {
      causes[CauseID(cause.name)] =
        fields.word(of: cause.value, called: cause.name, as: Strength.self) ?? .sometimes
    }
    var answers: [QuestionID: OutcomeID] = [:]
    for answer in fields.map("answers") {
      guard let choice = fields.text(of: answer.value, called: answer.name) else { continue }
      answers[QuestionID(answer.name)] = OutcomeID(choice)
    }
    var wordings: [String: [String]] = [:]
    for language in fields.map("wordings") {
      wordings[language.name] = fields.texts(of: language.value, called: language.name)
    }
    return MessageEntry(
      id: MessageID(document.id), title: fields.text("title"),
      programs: fields.list("programs").compactMap {
        fields.word(of: $0, called: "programs", as: MessageEntry.Program.self)
      }, meaning: fields.text("meaning"), codes: fields.texts("codes"), causes: causes, answers: answers,
      marks: fields.texts("marks"), wordings: wordings, sources: fields.texts("sources"),
      unsourced: fields.texts("unsourced"), origin: document.file)
  }

  func exceptions() -> [KnowledgeException] {
    guard case .map(let checks) = document.root.content else {
      log.add(document.file, document.root.line, "exceptions are a map: check, id, reason")
      return []
    }
    var exceptions: [KnowledgeException] = []
    for check in checks {
      guard case .map(let subjects) = check.value.content else {
        log.add(document.file, check.line, "“\(check.name)” is a map of ids, each with the reason")
        continue
      }
      for subject in subjects {
        guard case .scalar(let reason) = subject.value.content, !reason.isEmpty else {
          log.add(document.file, subject.line, "the exception for “\(subject.name)” has no reason")
          continue
        }
        exceptions.append(
          KnowledgeException(
            check: check.name, subject: subject.name, reason: reason, file: document.file, line: subject.line)
        )
      }
    }
    return exceptions
  }

  private func reader(required: [String], optional: [String]) -> FieldReader? {
    FieldReader(
      document.root, of: document.kind.noun, file: document.file, log: log, required: required,
      optional: optional)
  }

  private func needs(_ fields: FieldReader, _ name: String = "needs") -> [FindingID: [OutcomeID]] {
    var needs: [FindingID: [OutcomeID]] = [:]
    for field in fields.map(name) {
      guard case .list(let items) = field.value.content, !items.isEmpty else {
        log.add(document.file, field.line, "“\(field.name)” is a list of outcomes, as in [open]")
        continue
      }
      needs[FindingID(field.name)] = items.compactMap { item in
        fields.text(of: item, called: field.name).map { OutcomeID($0) }
      }
    }
    return needs
  }

  private func phases(_ fields: FieldReader) -> [Phase] {
    fields.list("proves").compactMap { fields.word(of: $0, called: "proves", as: Phase.self) }
  }

  private static func number(_ text: String) -> UInt32? {
    if text.hasPrefix("0x") {
      let digits = text.dropFirst(2)
      return digits.first == "+" || digits.first == "-" ? nil : UInt32(digits, radix: 16)
    }
    return text.utf8.allSatisfy { (48...57).contains($0) } ? UInt32(text) : nil
  }
}
