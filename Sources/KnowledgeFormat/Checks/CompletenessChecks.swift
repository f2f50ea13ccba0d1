internal import Diagnosis
internal import Facts

extension Check {
  static let requiredCausesExist = Check(name: "required-causes") { knowledge in
    guard !knowledge.base.causes.isEmpty else { return [] }
    return [Cause.healthy, Cause.unknown].filter { knowledge.base.cause($0) == nil }.map {
      Violation(.causes, $0.name, [], "the cause “\($0)” must exist")
    }
  }

  static let baseRatesArePositive = Check(name: "base-rate") { knowledge in
    knowledge.base.causes.filter { $0.baseRate <= 0 }.map {
      Violation(
        .causes, $0.id.name, ["base-rate"], "“base-rate” must be more than 0: 0.1 is one in 10,000 calls")
    }
  }

  /// All causes together make 1,000 calls. Rates are scaled to sum to 1, so a few new causes need not touch other files, and a team's
  /// own come on top; a sum far off means that a rate is a percentage, or a share.
  static let baseRatesAddUp = Check(name: "base-rate-sum") { knowledge in
    let causes = knowledge.base.causes
    guard causes.count >= 20 else { return [] }
    var violations = causes.filter {
      $0.baseRate > 200 && $0.id != Cause.healthy && $0.id != Cause.unknown
    }.map {
      Violation(
        .causes, $0.id.name, ["base-rate"],
        "“base-rate” is of 1,000 calls: no cause is behind more than 200 of them")
    }
    let sum = causes.reduce(0.0) { $0 + $1.baseRate }
    let isOverlay = causes.contains { $0.origin == DecodedKnowledge.builtIn }
    let range = isOverlay ? 500.0...2_000 : 900.0...1_100
    if !range.contains(sum), let last = causes.last(where: { $0.origin != DecodedKnowledge.builtIn }) {
      violations.append(
        Violation(
          .causes, last.id.name, ["base-rate"],
          "all base rates together are \(Int(sum)) of 1,000 calls: they must be from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
        ))
    }
    return violations
  }

  static let fixesAreUsed = Check(name: "fix-unused", canBeExcused: true, concernsShipped: false) {
    knowledge in
    let used = Set(knowledge.base.causes.flatMap { $0.cures.map(\.fix) })
    return knowledge.base.fixes.filter { !used.contains($0.id) }.map {
      Violation(.fixes, $0.id.name, [], "no cause names the fix “\($0.id)”: name it under a cause's “fixes”")
    }
  }

  static let fixesAreComplete = Check(name: "fix-complete") { knowledge in
    knowledge.base.fixes.flatMap { fix in
      var violations: [Violation] = []
      if fix.commands.isEmpty {
        violations.append(
          Violation(
            .fixes, fix.id.name, ["commands"], "no command: write one for each door, or steps in words"))
      }
      if fix.minutes <= 0 {
        violations.append(
          Violation(
            .fixes, fix.id.name, ["minutes"], "“minutes” must be more than 0: nothing is done in no time"))
      }
      return violations
    }
  }

  static let weakeningIsReversed = Check(name: "fix-weakening") { knowledge in
    knowledge.base.fixes.filter { ($0.weakening?.dueHours ?? 1) <= 0 }.map {
      Violation(
        .fixes, $0.id.name, ["weakens", "due-hours"],
        "a fix that weakens security must be put back: “due-hours” is more than 0")
    }
  }

  static let policiesAreExact = Check(name: "fix-policy") { knowledge in
    knowledge.base.fixes.flatMap { fix in
      var violations: [Violation] = []
      guard let policy = fix.policy else { return violations }
      if !policy.path.hasPrefix("Computer Configuration > ")
        && !policy.path.hasPrefix("User Configuration > ")
      {
        violations.append(
          Violation(
            .fixes, fix.id.name, ["policy", "path"],
            "the path of a policy begins with “Computer Configuration > ” or “User Configuration > ”"))
      }
      if let key = policy.registry?.key, !key.hasPrefix("HKLM\\") && !key.hasPrefix("HKCU\\") {
        violations.append(
          Violation(
            .fixes, fix.id.name, ["policy", "registry", "key"],
            "“\(key)” is no key of a policy: it begins with HKLM\\ or HKCU\\"))
      }
      return violations
    }
  }

  static let causesDiffer = Check(name: "same-evidence", canBeExcused: true, concernsShipped: false) {
    knowledge in
    /// What can be compared at all: the words may differ.
    struct Named: Hashable {
      var phase: Phase
      var codes: Set<String>
      var outcomes: [FindingID: Set<OutcomeID>]
      init(_ cause: Cause) {
        phase = cause.phase
        codes = Set(cause.codes.keys)
        outcomes = cause.expects.mapValues { Set($0.keys) }
      }
    }
    var alike: [Named: [Cause]] = [:]
    var violations: [Violation] = []
    for cause in knowledge.base.causes where cause.id != Cause.unknown {
      let named = Named(cause)
      if let other = alike[named]?.first(where: { hardlyDiffer($0, cause) }) {
        // Named at the overlay's entry where one of the two is shipped.
        let shipped = cause.origin == DecodedKnowledge.builtIn
        let (subject, twin) = shipped ? (other.id, cause.id) : (cause.id, other.id)
        violations.append(
          Violation(
            .causes, subject.name, ["expects"],
            "nothing separates this cause from “\(twin)”: they have the same phase, codes and expectations, but for one neighbouring word at most"
          ))
      }
      alike[named, default: []].append(cause)
    }
    return violations
  }

  /// True when two causes that name the same outcomes use the same words for them, but for one that is the next stronger or weaker.
  private static func hardlyDiffer(_ left: Cause, _ right: Cause) -> Bool {
    let words = Strength.allCases
    func steps(_ left: Strength?, _ right: Strength?) -> Int {
      guard let left = left.flatMap(words.firstIndex(of:)), let right = right.flatMap(words.firstIndex(of:))
      else { return words.count }
      return abs(left - right)
    }
    var distance = left.codes.reduce(0) { $0 + steps($1.value, right.codes[$1.key]) }
    for (finding, outcomes) in left.expects {
      distance += outcomes.reduce(0) { $0 + steps($1.value, right.expects[finding]?[$1.key]) }
    }
    return distance <= 1
  }

  static let causesHaveCases = Check(name: "cause-case", canBeExcused: true, concernsShipped: false) {
    knowledge in
    let covered = Set(knowledge.cases.map(\.first))
    return knowledge.base.causes.filter { $0.id != Cause.unknown && !covered.contains($0.id) }.map {
      Violation(
        .causes, $0.id.name, [],
        "no case ranks “\($0.id)” first: write a file in cases/ with “first: \($0.id)”")
    }
  }

  static let caseRankName = "case-rank"

  static func casesRankTheirCauseFirst(by ranking: Ranking) -> Check {
    Check(name: caseRankName, canBeExcused: true, concernsShipped: false) { knowledge in
      let rank = ranking.prepare(knowledge.base)
      return knowledge.cases.compactMap { file in
        guard knowledge.base.cause(file.first) != nil, file.origin != DecodedKnowledge.builtIn else {
          return nil
        }
        let order = rank(file)
        guard let top = order.first, top != file.first else { return nil }
        let place = order.firstIndex(of: file.first).map { "is number \($0 + 1)" } ?? "is not ranked"
        return Violation(
          .cases, file.name, ["first"],
          "“\(top)” ranks first here; “\(file.first)” \(place): add what else is known, or say under “expects” what sets it apart"
        )
      }
    }
  }

  static let unstatedName = "finding-unstated"

  /// A finding that no probe, file or pasted text states never comes.
  static func findingsAreStated(by statable: Set<FindingID>) -> Check {
    Check(name: unstatedName, canBeExcused: true) { knowledge in
      knowledge.base.findings.filter {
        !$0.id.name.hasPrefix("ask.") && !$0.id.isOfOpenSet && !statable.contains($0.id)
      }.map {
        Violation(
          .findings, $0.id.name, [],
          "nothing states “\($0.id)”: findings come from the program's probes and readers; for what a person can say, write a file in questions/"
        )
      }
    }
  }

  static let findingsAreUsed = Check(name: "finding-unused", canBeExcused: true, concernsShipped: false) {
    knowledge in
    let used = usedFindings(knowledge)
    return knowledge.base.findings.filter {
      !$0.id.name.hasPrefix("ask.") && !$0.id.isOfOpenSet && !used.contains($0.id)
    }.map {
      Violation(
        .findings, $0.id.name, [],
        "no cause expects anything of “\($0.id)”: name it under a cause's “expects”")
    }
  }

  static let questionsAreUsed = Check(name: "question-unused", canBeExcused: true, concernsShipped: false) {
    knowledge in
    let used = usedFindings(knowledge)
    return knowledge.base.questions.filter { question in
      !used.contains(question.findingID) && question.choices.allSatisfy(\.states.isEmpty)
    }.map {
      Violation(
        .questions, $0.id.name, [],
        "no cause expects an answer to “\($0.id)”: name “\($0.findingID)” under a cause's “expects”")
    }
  }

  /// Findings that a cause expects, that another finding or question depends on, or that answer a question. The answer to “does it work now?”
  /// belongs to the proof of every fix. Before the first cause is written nothing can be used yet.
  private static func usedFindings(_ knowledge: DecodedKnowledge) -> Set<FindingID> {
    guard !knowledge.base.causes.isEmpty else { return Set(knowledge.base.findings.map(\.id)) }
    return Set(knowledge.base.causes.flatMap { Array($0.expects.keys) + Array($0.needs.keys) }).union(
      knowledge.base.findings.flatMap(\.needs.keys)
    )
    .union(knowledge.base.questions.flatMap(\.reads.keys))
    .union(["ask.works-now"])
  }

  /// An outcome that cannot be told from another, or is the only one, is no evidence.
  static let outcomesAreTellable = Check(name: "outcomes") { knowledge in
    var violations: [Violation] = []
    func repeated(_ ids: [OutcomeID]) -> [OutcomeID] {
      Set(ids).filter { id in ids.count(where: { $0 == id }) > 1 }.sorted()
    }
    for finding in knowledge.base.findings where !finding.id.name.hasPrefix("ask.") {
      for id in repeated(finding.outcomes.map(\.id)) {
        violations.append(
          Violation(.findings, finding.id.name, ["outcomes", id.name], "the outcome “\(id)” stands twice"))
      }
      if finding.outcomes.count < 2 && !finding.id.isOfOpenSet {
        violations.append(
          Violation(.findings, finding.id.name, ["outcomes"], "a finding has at least 2 outcomes"))
      }
    }
    for question in knowledge.base.questions {
      for id in repeated(question.choices.map(\.id)) {
        violations.append(
          Violation(.questions, question.id.name, ["choices", id.name], "the choice “\(id)” stands twice"))
      }
      if !(2...9).contains(question.choices.count) {
        violations.append(
          Violation(.questions, question.id.name, ["choices"], "a question has 2 to 9 choices"))
      }
    }
    return violations
  }

  static let sourcesAreGiven = Check(name: "sources") { knowledge in
    func violation(_ kind: EntryKind, _ id: String) -> Violation {
      Violation(
        kind, id, ["sources"], "no source: name at least one, or write “sources: [none]” for an own estimate")
    }
    return knowledge.base.causes.filter(\.sources.isEmpty).map { violation(.causes, $0.id.name) }
      + knowledge.base.fixes.filter(\.sources.isEmpty).map { violation(.fixes, $0.id.name) }
      + knowledge.base.questions.filter(\.sources.isEmpty).map { violation(.questions, $0.id.name) }
  }
}
