import Facts

/// How often each answer is given under each cause, brought together from what the knowledge says, what the stories show for the cause and
/// for its whole group, and how reliable a person's word is.
///
/// A story tells an answer mostly where it was remarkable, so answers are not counted against the estimates of how usual they are, but
/// group against all stories: only how much more often a group shows an answer is learnt.
struct AnswerLikelihood {
  private let counts: StoryCounts

  /// How many stories an estimate weighs against those of its own kind.
  private static let baseWeight = 15.0
  private static let groupWeight = 20.0
  private static let causeWeight = 10.0
  /// How much a cause's own estimate counts against that of its group where the question is about circumstances that go with everything.
  private static let generalTrust = 0.75
  /// How often an answer is a slip, or of something else.
  private static let slips = 0.12
  /// How often an answer has nothing to do with the cause, but with how things are there; more often where it tells of how things are.
  private static let chance = 0.03
  private static let generalChance = 0.1
  /// What is left at least for the answers that a cause does not name.
  private static let leastRest = 0.05
  private static let practicallyAll = 0.95
  /// How often an answer seems to break what a cause needs.
  private static let exceptions = 0.03
  /// An answer that is rarer than this and that no more causes than these often show belongs to them: under any other it is hardly given.
  private static let specificBase = 0.15
  private static let specificCauses = 12
  /// How much of the usual is then left, and how many stories that weighs against those in which it was given unexpectedly.
  private static let specificShare = 0.1
  private static let specificWeight = 4.0

  private struct Named {
    var column: Int
    var strengths: [OutcomeID: Strength]
  }

  private let named: [FindingID: [Named]]
  private let needs: [FindingID: [(column: Int, outcomes: [OutcomeID])]]
  private let columns: [CauseID: Int]
  private let groups: [String]
  /// For each cause its place in `groups`; nil for the cause that stands for everything else.
  private let groupOfColumn: [Int?]
  /// How common each cause is; the sum is 1.
  private let priors: [Double]

  init(_ knowledge: KnowledgeBase, _ counts: StoryCounts) {
    self.counts = counts
    priors = counts.baseRates(of: knowledge.causes)
    var named: [FindingID: [Named]] = [:]
    var needs: [FindingID: [(column: Int, outcomes: [OutcomeID])]] = [:]
    var places: [String: Int] = [:]
    var groups: [String] = []
    var groupOfColumn: [Int?] = []
    var columns: [CauseID: Int] = [:]
    for (column, cause) in knowledge.causes.enumerated() {
      columns[cause.id] = column
      for (finding, strengths) in cause.expects where finding.question != nil {
        named[finding, default: []].append(Named(column: column, strengths: strengths))
      }
      for (finding, outcomes) in cause.needs where finding.question != nil {
        needs[finding, default: []].append((column, outcomes))
      }
      if places[cause.group] == nil {
        places[cause.group] = groups.count
        groups.append(cause.group)
      }
      groupOfColumn.append(cause.id == Cause.unknown ? nil : places[cause.group])
    }
    self.named = named
    self.needs = needs
    self.columns = columns
    self.groups = groups
    self.groupOfColumn = groupOfColumn
  }

  /// `rows[choice][cause]`.
  func rows(for question: Question) -> [[Double]] {
    let finding = question.findingID
    let choices = question.choices
    let base = Likelihood.scaled(choices.map(\.base.probability))
    let silent = background(question, base)
    let told = mixed(base, weight: Self.baseWeight, counts.answers[question.id] ?? [:], choices)
    let byGroup = groups.map { group($0, question, silent: silent, told: told) }
    // Most causes say nothing about most questions: those share what their group shows.
    func slipped(_ row: [Double]) -> [Double] {
      zip(row, silent).map { $0 * (1 - Self.slips) + $1 * Self.slips }
    }
    let silentRows = byGroup.map(slipped)
    var rows = choices.indices.map { place in
      groupOfColumn.map { $0.map { silentRows[$0][place] } ?? base[place] }
    }
    let own = Dictionary((named[finding] ?? []).map { ($0.column, $0.strengths) }) { first, _ in first }
    let needed = Dictionary((needs[finding] ?? []).map { ($0.column, $0.outcomes) }) { first, _ in first }
    var seen: [Int: [OutcomeID: Double]] = [:]
    for (cause, answers) in counts.answersByCause(question.id) {
      if let column = columns[cause] { seen[column] = answers }
    }
    let trust = question.contextPlace != nil ? Self.generalTrust : 1
    var excluded: [(place: Int, column: Int, chance: Double)] = []
    for column in Set(own.keys).union(needed.keys).union(seen.keys) {
      var row = groupOfColumn[column].map { byGroup[$0] } ?? base
      if let strengths = own[column] {
        let estimated = estimate(strengths, usual: row, choices)
        row = zip(estimated, row).map { $0 * trust + $1 * (1 - trust) }
      }
      row = mixed(row, weight: Self.causeWeight, seen[column] ?? [:], choices)
      let outcomes = needed[column]
      if let outcomes { row = restricted(row, to: outcomes, choices) }
      let final = slipped(row)
      for (place, choice) in choices.enumerated() {
        rows[place][column] = final[place]
        if let outcomes, !outcomes.contains(choice.id) { excluded.append((place, column, row[place])) }
      }
    }
    let share = question.contextPlace != nil ? Self.generalChance : Self.chance
    rows = rows.map { row in
      let usual = zip(row, priors).reduce(0) { $0 + $1.0 * $1.1 }
      return row.map { $0 * (1 - share) + usual * share }
    }
    // What a cause rules out does not come about by chance either.
    for cell in excluded { rows[cell.place][cell.column] = cell.chance }
    return rows
  }

  /// How usual each answer is under causes that say nothing of it: an answer that belongs to few causes is hardly given under others, as far
  /// as stories do not show it there.
  private func background(_ question: Question, _ base: [Double]) -> [Double] {
    let given = counts.answers[question.id] ?? [:]
    let unexpected = counts.unexpected[question.id] ?? [:]
    var strong: [OutcomeID: Int] = [:]
    for cause in named[question.findingID] ?? [] {
      for (choice, strength) in cause.strengths where strength.probability >= Strength.often.probability {
        strong[choice, default: 0] += 1
      }
    }
    return Likelihood.scaled(
      zip(question.choices, base).map { choice, share in
        let isSpecific =
          share < Self.specificBase && (1...Self.specificCauses).contains(strong[choice.id] ?? 0)
        let left = isSpecific ? Self.specificShare : 1
        let weight = Self.specificWeight
        return share * ((unexpected[choice.id] ?? 0) + weight * left) / ((given[choice.id] ?? 0) + weight)
      })
  }

  /// What the whole group shows: the usual answers, moved by how the stories of the group differ from all.
  private func group(_ name: String, _ question: Question, silent: [Double], told: [Double]) -> [Double] {
    let seen = mixed(
      told, weight: Self.groupWeight, counts.answers(question.id, in: name), question.choices)
    return Likelihood.scaled(zip(silent, zip(seen, told)).map { $0 * $1.0 / $1.1 })
  }

  private func mixed(
    _ estimate: [Double], weight: Double, _ seen: [OutcomeID: Double], _ choices: [Question.Choice]
  ) -> [Double] {
    guard !seen.isEmpty else { return estimate }
    return Likelihood.scaled(zip(choices, estimate).map { $1 * weight + (seen[$0.id] ?? 0) })
  }

  /// What the cause says itself; answers that it does not name share what is left as they usually do.
  private func estimate(
    _ named: [OutcomeID: Strength], usual: [Double], _ choices: [Question.Choice]
  ) -> [Double] {
    let total = choices.reduce(0.0) { $0 + (named[$1.id]?.probability ?? 0) }
    let open = zip(choices, usual).reduce(0.0) { $0 + (named[$1.0.id] == nil ? $1.1 : 0) }
    // Who shows one answer always shows the others no more often than usual.
    // What is not named is hardly more usual for that.
    let rest =
      total >= Self.practicallyAll
      ? min(Self.leastRest, max(open, 0.001))
      : min(max(Self.leastRest, 1 - total), max(open * 1.5, 0.01))
    return Likelihood.scaled(
      zip(choices, usual).map { choice, share in
        named[choice.id]?.probability ?? (open > 0 ? share / open * rest : 0)
      })
  }

  private func restricted(
    _ row: [Double], to needed: [OutcomeID], _ choices: [Question.Choice]
  ) -> [Double] {
    let inside = zip(choices, row).reduce(0.0) { $0 + (needed.contains($1.0.id) ? $1.1 : 0) }
    guard inside > 0, inside < 1 else { return row }
    return zip(choices, row).map { choice, share in
      needed.contains(choice.id)
        ? share / inside * (1 - Self.exceptions) : share / (1 - inside) * Self.exceptions
    }
  }
}
