import Facts

/// How often each answer is given under each cause, brought together from what the knowledge says, what the stories show for the cause and
/// for its whole group, and how reliable a person's word is.
///
/// A story tells an answer mostly where it was remarkable, so answers are not counted against the estimates of how usual they are, but
/// group against all stories: only how much more often a group shows an answer is learnt.
struct AnswerLikelihood {
  private let knowledge: KnowledgeBase
  private let counts: StoryCounts

  /// How many stories an estimate weighs against those of its own kind.
  private static let baseWeight = 15.0
  private static let groupWeight = 20.0
  private static let causeWeight = 10.0
  /// How much a cause's own estimate counts against that of its group where the question is about circumstances that go with everything.
  private static let generalTrust = 0.75
  /// How often an answer is a slip, or of something else.
  private static let slips = 0.08
  /// How often an answer seems to break what a cause needs.
  private static let exceptions = 0.03

  init(_ knowledge: KnowledgeBase, _ counts: StoryCounts) {
    self.knowledge = knowledge
    self.counts = counts
  }

  /// `rows[choice][cause]`.
  func rows(for question: Question) -> [[Double]] {
    let finding = question.findingID
    let choices = question.choices
    let base = Likelihood.scaled(choices.map(\.base.probability))
    let told = mixed(base, weight: Self.baseWeight, counts.answers[question.id] ?? [:], choices)
    var groups: [String: [Double]] = [:]
    var rows = [[Double]](
      repeating: [Double](repeating: 0, count: knowledge.causes.count), count: choices.count)
    let isGeneral = question.contextPlace != nil
    // Most causes say nothing about most questions: what they share with their group is worked out once.
    var silent: [String: [Double]] = [:]
    for (column, cause) in knowledge.causes.enumerated() {
      let named = cause.expects[finding]
      let needed = cause.needs[finding]
      let seen = counts.answers(question.id, under: cause.id)
      if named == nil, needed == nil, seen.isEmpty, cause.id != Cause.unknown, let row = silent[cause.group] {
        for place in choices.indices { rows[place][column] = row[place] }
        continue
      }
      let group = groups[cause.group] ?? self.group(cause.group, question, base: base, told: told)
      groups[cause.group] = group
      var row = cause.id == Cause.unknown ? base : group
      if let named {
        let own = estimate(named, usual: row, choices)
        let trust = isGeneral ? Self.generalTrust : 1
        row = zip(own, row).map { $0 * trust + $1 * (1 - trust) }
      }
      row = mixed(row, weight: Self.causeWeight, seen, choices)
      if let needed { row = restricted(row, to: needed, choices) }
      for place in choices.indices {
        rows[place][column] = row[place] * (1 - Self.slips) + base[place] * Self.slips
      }
      if let needed {
        for (place, choice) in choices.enumerated() where !needed.contains(choice.id) {
          rows[place][column] = row[place]
        }
      }
      if named == nil, needed == nil, seen.isEmpty, cause.id != Cause.unknown {
        silent[cause.group] = choices.indices.map { rows[$0][column] }
      }
    }
    return rows
  }

  /// What the whole group shows: the usual answers, moved by how the stories of the group differ from all.
  private func group(_ name: String, _ question: Question, base: [Double], told: [Double]) -> [Double] {
    let seen = mixed(
      told, weight: Self.groupWeight, counts.answers(question.id, in: name), question.choices)
    return Likelihood.scaled(zip(base, zip(seen, told)).map { $0 * $1.0 / $1.1 })
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
    let rest = max(0.02, 1 - total)
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
