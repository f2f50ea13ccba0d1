public import Facts

/// Why a step is the next one, or what it would cost to take another: a decision laid open.
///
/// All minutes are expected minutes until the end of the case, by the planner's own reckoning.
public struct StepExplanation: Sendable, Equatable {
  /// The step that is explained.
  public var step: NextStep
  /// With this step now, and the plan after it.
  public var expectedMinutes: Double
  /// What the step itself takes.
  public var ownMinutes: Double
  /// The planner's choice; `step` itself unless another was asked about.
  public var best: PlannedStep
  /// The cheapest of the other steps; nil where there is no other.
  public var second: PlannedStep?
  /// For a fix: how likely it cures, over all causes. nil for other steps.
  public var cureProbability: Double?
  /// What it is about, most probable first: the causes that a fix cures, or the two that the answer tells apart best.
  public var concerns: [RankedCause]
  /// How it can go, likeliest first. Empty where the case ends with it.
  public var outlooks: [Outlook]

  /// What taking this step costs more than the planner's choice; 0 for that choice.
  public var price: Double { max(0, expectedMinutes - best.expectedMinutes) }
  /// How much dearer the second is; nil where there is no other step.
  public var margin: Double? { second.map { max(0, $0.expectedMinutes - expectedMinutes) } }

  /// One way that a step can go, and what would follow.
  public struct Outlook: Sendable, Equatable {
    public enum Event: Sendable, Equatable {
      case answer(OutcomeID)
      /// The fix helped: the case ends.
      case cured
      case failed
    }
    public var event: Event
    /// Above 0 and below 1; those of a step sum to 1.
    public var probability: Double
    /// The likeliest cause then; nil where the case ends.
    public var leader: RankedCause?
    /// The step that would follow; nil where the case ends.
    public var next: PlannedStep?
  }
}

extension Assessor {
  /// Every step that can be taken now, the planner's choice first, with what the case is expected to take with it.
  public func alternatives(_ evidence: Evidence) -> [PlannedStep] { stepPlanner(evidence).rated() }

  /// Lays open why the next step is the next one, or with `step` what forcing that fix or question would cost.
  ///
  /// Plans anew after every answer, so it takes as long as ``assess(_:)`` for each answer that the step can have: meant for when
  /// somebody asks, not for every key.
  ///
  /// - Parameter step: nil for the planner's own choice.
  /// - Returns: nil where the step cannot be taken: it is not known, was used already, or does not apply to what is known.
  public func explain(_ evidence: Evidence, step forced: NextStep? = nil) -> StepExplanation? {
    let planner = stepPlanner(evidence)
    let rated = planner.rated()
    guard let best = rated.first else { return nil }
    let chosen: PlannedStep
    if let forced, forced != best.step {
      guard let found = rated.first(where: { $0.step.isSame(as: forced) }) else { return nil }
      chosen = found
    } else {
      chosen = best
    }
    let ranking = rank(evidence)
    return StepExplanation(
      step: chosen.step, expectedMinutes: chosen.expectedMinutes,
      ownMinutes: planner.cost(of: chosen.step), best: best,
      second: rated.first { $0.step != chosen.step }, cureProbability: planner.chance(of: chosen.step),
      concerns: concerns(of: chosen.step, planner, ranking),
      outlooks: outlooks(of: chosen.step, planner, evidence)
    )
  }

  private func concerns(of step: NextStep, _ planner: StepPlanner, _ ranking: [RankedCause]) -> [RankedCause]
  {
    let concerned: Set<CauseID>
    switch step {
    case .fix(let fix):
      concerned = Set(
        knowledge.causes.filter { !$0.isSymptom && $0.cures.contains { $0.fix == fix } }.map(\.id))
    case .question(let question):
      concerned = Set(planner.toldApart(by: question))
    case .escalate, .none:
      return []
    }
    return ranking.filter { concerned.contains($0.cause) }
  }

  private func outlooks(
    of step: NextStep, _ planner: StepPlanner, _ evidence: Evidence
  ) -> [StepExplanation.Outlook] {
    func outlook(
      _ event: StepExplanation.Outlook.Event, _ probability: Double, after: Evidence
    ) -> StepExplanation.Outlook {
      let assessment = assess(after)
      return .init(
        event: event, probability: probability, leader: assessment.ranking.first, next: assessment.plan.first)
    }
    let outlooks: [StepExplanation.Outlook]
    switch step {
    case .question(let id):
      guard let question = knowledge.question(id) else { return [] }
      outlooks = zip(question.choices, planner.answerProbabilities(of: id)).map { choice, probability in
        var after = evidence
        after.add(answer: choice.id, to: question)
        return outlook(.answer(choice.id), probability, after: after)
      }
    case .fix(let fix):
      guard let chance = planner.chance(of: step) else { return [] }
      var after = evidence
      after.failedFixes.append(fix)
      outlooks = [
        .init(event: .cured, probability: chance, leader: nil, next: nil),
        outlook(.failed, 1 - chance, after: after),
      ]
    case .escalate, .none:
      outlooks = []
    }
    return outlooks.enumerated().sorted {
      ($0.element.probability, $1.offset) > ($1.element.probability, $0.offset)
    }
    .map(\.element)
  }
}

extension NextStep {
  /// Handing over is one step, whoever gets the case.
  fileprivate func isSame(as other: NextStep) -> Bool {
    if case .escalate = self, case .escalate = other { return true }
    return self == other
  }
}

extension StepExplanation {
  /// Why this step now, in one or two sentences for people.
  public func why(_ knowledge: KnowledgeBase) -> String {
    var sentences: [String] = []
    let names = concerns.prefix(2).map { ranked in
      "“\(knowledge.cause(ranked.cause)?.title ?? ranked.cause.name)” (\(Self.percent(ranked.probability)))"
    }
    switch step {
    case .fix:
      let chance = Self.percent(cureProbability ?? 0)
      sentences.append(
        "It helps in \(chance) of such cases and takes \(Self.minutes(ownMinutes))"
          + (names.isEmpty ? "." : ": it cures \(names.joined(separator: " and "))."))
    case .question:
      sentences.append(
        names.count < 2
          ? "It takes \(Self.minutes(ownMinutes)) and narrows the causes down."
          : "It takes \(Self.minutes(ownMinutes)) and tells \(names.joined(separator: " from ")).")
    case .escalate:
      sentences.append("No step that is left is likely enough to help for what it costs.")
    case .none:
      sentences.append("Nothing that was seen speaks for a fault.")
    }
    if price > 0 {
      sentences.append(
        "It costs \(Self.minutes(price)) more than the best step: \(Self.name(best.step, knowledge)).")
    } else if let second, let margin {
      sentences.append(
        "Second best, \(margin < 0.05 ? "just as good" : "\(Self.minutes(margin)) dearer"): "
          + "\(Self.name(second.step, knowledge)).")
    }
    return sentences.joined(separator: " ")
  }

  /// One line of what follows, for example `Drain (42%): then 96% “The host is in drain mode”; next: Let users log on again`.
  public func words(_ outlook: Outlook, _ knowledge: KnowledgeBase) -> String {
    let event =
      switch outlook.event {
      case .cured: "It helps"
      case .failed: "It does not help"
      case .answer(let id): choice(id, knowledge)
      }
    let start = "\(event) (\(Self.percent(outlook.probability)))"
    guard let leader = outlook.leader, let next = outlook.next else { return "\(start): the case is solved" }
    let title = knowledge.cause(leader.cause)?.title ?? leader.cause.name
    return
      "\(start): then \(Self.percent(leader.probability)) “\(title)”; next: \(Self.name(next.step, knowledge))"
  }

  private func choice(_ id: OutcomeID, _ knowledge: KnowledgeBase) -> String {
    guard case .question(let question) = step else { return id.name }
    return knowledge.question(question)?.choices.first { $0.id == id }?.text ?? id.name
  }

  private static func name(_ step: NextStep, _ knowledge: KnowledgeBase) -> String {
    switch step {
    case .fix(let id): "“\(knowledge.fix(id)?.title ?? id.name)”"
    case .question(let id): "ask “\(knowledge.question(id)?.ask ?? id.name)”"
    case .escalate(let owner): "hand the case over (\(owner.rawValue))"
    case .none: "close the case"
    }
  }

  /// Never 0 % and never 100 %: nothing is certain.
  private static func percent(_ probability: Double) -> String {
    let whole = Int((min(max(probability, 0), 1) * 100).rounded())
    return whole < 1 ? "<1%" : whole > 99 ? ">99%" : "\(whole)%"
  }

  private static func minutes(_ minutes: Double) -> String {
    guard minutes.isFinite else { return "very long" }
    let tenths = Int((min(max(minutes, 0), 1e6) * 10).rounded())
    if tenths == 10 { return "1 minute" }
    return tenths % 10 == 0 || tenths >= 100
      ? "\((tenths + 5) / 10) minutes" : "\(tenths / 10).\(tenths % 10) minutes"
  }
}
