public import Diagnosis
public import Facts

/// Orders the causes of a knowledge base by their probability in a case, most probable first.
public struct Ranking: Sendable {
  var prepare: @Sendable (KnowledgeBase) -> (CaseFile) -> [CauseID]

  /// - Parameter prepare: Called once for all cases of a knowledge base.
  public init(_ prepare: @escaping @Sendable (KnowledgeBase) -> (CaseFile) -> [CauseID]) {
    self.prepare = prepare
  }

  /// As the program ranks by the entries alone: what stories teach is judged by playing them. A case is a complaint, except where nothing is
  /// wrong.
  public static let diagnosis = Ranking { base in
    let assessor = Assessor(knowledge: base, learningFrom: [])
    return { file in
      let findings = file.evidence(in: base).sorted { $0.key < $1.key }
      let evidence = Evidence(
        findings: findings.map { Finding($0.key, .answered($0.value), summary: "") },
        failedFixes: file.failed, isComplaint: file.first != Cause.healthy)
      return assessor.rank(evidence).map(\.cause)
    }
  }
}

/// One rule that the knowledge as a whole keeps.
struct Check: Sendable {
  /// As it stands in `exceptions.yaml`.
  var name: String
  /// What must always hold cannot be excused.
  var canBeExcused = false
  /// False for rules of good order that an overlay may break for shipped entries, for example by putting a fix out of use.
  var concernsShipped = true
  var run: @Sendable (DecodedKnowledge) -> [Violation]
}

/// An entry that breaks a rule.
struct Violation: Hashable {
  var kind: EntryKind
  var id: String
  /// Where in the entry; see `KnowledgeNode.line(at:)`.
  var path: [String]
  var message: String

  init(_ kind: EntryKind, _ id: String, _ path: [String] = [], _ message: String) {
    self.kind = kind
    self.id = id
    self.path = path
    self.message = message
  }
}

extension DecodedKnowledge {
  /// The origin of shipped entries.
  public static let builtIn = "built-in"

  /// Every problem, sorted by place.
  ///
  /// - Parameter ranking: By what each case's cause must rank first. Not asked while a file has a wrong form, for then
  ///   its cause may rank low for that alone.
  /// - Parameter statable: What the program's probes and readers can state; nil: not asked.
  /// - Note: Shipped entries have passed every check when the program was built. Beside an overlay they are checked
  ///   again only for what the overlay can make invalid, such as references.
  public func problems(ranking: Ranking = .diagnosis, statable: Set<FindingID>? = nil) -> [Problem] {
    var problems = formProblems
    var checks = Check.all
    if let statable { checks.append(.findingsAreStated(by: statable)) }
    if formProblems.isEmpty { checks.append(.casesRankTheirCauseFirst(by: ranking)) }
    var excuses = exceptions
    for check in checks {
      for violation in check.run(self) {
        let document = document(violation.kind, violation.id)
        let isShipped = document?.file == Self.builtIn
        if isShipped && !check.concernsShipped { continue }
        if check.canBeExcused,
          let index = exceptions.firstIndex(where: { $0.check == check.name && $0.subject == violation.id })
        {
          excuses.removeAll { $0 == exceptions[index] }
          continue
        }
        problems.append(
          Problem(
            file: isShipped
              ? "\(Self.builtIn)/\(violation.kind)/\(violation.id)"
              : document?.file ?? "\(violation.kind)/\(violation.id).yaml",
            line: isShipped ? 0 : document?.root.line(at: violation.path) ?? 1, message: violation.message))
      }
    }
    let names = checks.filter(\.canBeExcused).map(\.name)
    for excuse in excuses where excuse.file != Self.builtIn {
      if names.contains(excuse.check) {
        problems.append(
          Problem(
            file: excuse.file, line: excuse.line,
            message:
              "“\(excuse.subject)” needs no exception from “\(excuse.check)” any more: take the line out"
          ))
      } else if ![Check.caseRankName, Check.unstatedName].contains(excuse.check) {
        problems.append(
          Problem(
            file: excuse.file, line: excuse.line,
            message: "no check “\(excuse.check)” can be excused"
              + Suggestion.ending(for: excuse.check, among: names)
          ))
      }
    }
    return Array(Set(problems)).sorted()
  }
}

extension Check {
  /// Every check but the ranking of cases, which needs the diagnosis.
  static let all: [Check] =
    [
      .idsAreWellFormed, .codesAreNamedByTheirNumber, .requiredCausesExist, .baseRatesArePositive,
      .causesNameFixes, .expectationsCanBeObserved, .codesAreSpelt, .needsCanBeMet, .needsDoNotGoInCircles,
      .choicesStateWhatExists, .readingsAnswer, .proofsCanBeProbed, .casesNameWhatExists,
      .storiesNameWhatExists,
      .needsOfCausesExist, .fixesAreUsed,
      .fixesAreComplete, .doorsExist, .doorsAreWhole,
      .weakeningIsReversed, .policiesAreExact, .causesDiffer, .causesHaveCases, .placeholdersAreKnown,
      .textsAreShort,
      .textsAreSafe, .findingsAreUsed, .questionsAreUsed, .outcomesAreTellable, .symbolsAreUnique,
      .messagesNameWhatExists, .messagesCanBeTold, .messagesAreShort,
      .sourcesAreGiven, .eventsNameTheirSource, .baseRatesAddUp, .weakeningIsMarked, .commandsAreHarmless,
    ] + context
}
