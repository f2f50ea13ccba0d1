import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Knowledge
import KnowledgeFormat

extension KnowledgeCommand {
  /// Plays solved cases: it asks, the story answers.
  struct Score: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Plays real cases that were solved: is the cause found, by questions that people can answer?",
      discussion: """
        Nothing that was learnt from a story helps it: each one of the tuned half is played by what the others of that half teach, the kept half by \
        the tuned half alone. "Followed" begins with what probes see, the code, and what the page of context asks; each question that the \
        story does not answer gets "I don't know".
        """)

    enum HalfOption: String, ExpressibleByArgument, CaseIterable {
      case tuned, kept
      var half: Story.Half { self == .tuned ? .tuned : .kept }
    }

    @Argument(help: "A folder of stories, or of knowledge with stories in it, instead of the built-in ones.")
    var folder: String?
    @Option(help: "tuned or kept: one half of the stories.")
    var half: HalfOption?
    @Option(help: "Questions and fixes that are followed, at most.")
    var steps = 12
    @Flag(name: .customLong("asked-only"), help: "Begin without the page of context.")
    var askedOnly = false
    @Flag(name: .customLong("by-group"), help: "Also a line for each group of causes.")
    var byGroup = false
    @Flag(help: "For each miss what spoke most against the truth, and what does so over all.")
    var against = false
    @Flag(help: "Also each story's way, step by step.")
    var ways = false
    @Flag(help: "Print JSON.")
    var json = false
    @OptionGroup var knowledge: KnowledgeOptions

    func validate() throws {
      guard (1...200).contains(steps) else { throw ValidationError("--steps takes 1 to 200.") }
    }

    func run() async throws {
      let (base, stories) = try subject()
      guard !stories.isEmpty else { throw Failure(.data, "There are no stories to play.").exit() }
      let scores = await StoryScores(base, stories, steps: steps, context: !askedOnly)
      print(
        json
          ? try JSONOutput.text(scores.value)
          : scores.text(byGroup: byGroup, against: against, ways: ways))
    }

    /// The knowledge, and the stories of it to play.
    private func subject() throws -> (KnowledgeBase, [Story]) {
      guard let folder else {
        let base = try knowledge.load()
        return (base, base.stories.filter { half == nil || $0.half == half?.half })
      }
      guard FileManager.default.fileExists(atPath: folder) else {
        throw Failure(.noInput, "There is no folder \(folder) to read stories from.").exit()
      }
      let loaded = KnowledgeSource.load(overlays: knowledge.directories, stories: folder)
      for problem in loaded.problems { Failure.print("\(problem)") }
      guard loaded.rejectedOverlays.isEmpty else { throw ExitCode(Failure.Code.data.rawValue) }
      let played = loaded.base.stories.filter {
        $0.origin.hasPrefix(folder) && (half == nil || $0.half == half?.half)
      }
      return (loaded.base, played)
    }
  }
}

/// What playing stories came to.
struct StoryScores: Sendable {
  struct Played: Sendable {
    var story: Story
    var followed: StoryWalk
    var allFacts: StoryWalk
  }

  let knowledge: KnowledgeBase
  private(set) var played: [Played] = []

  /// Plays every story on as many threads as there are cores.
  init(_ knowledge: KnowledgeBase, _ stories: [Story], steps: Int, context: Bool) async {
    self.knowledge = knowledge
    let workers = max(1, min(ProcessInfo.processInfo.activeProcessorCount, stories.count))
    let teachers = knowledge.stories.filter { $0.half == .tuned }
    let kept = Assessor(knowledge: knowledge, learningFrom: teachers)
    played = await withTaskGroup(of: [(Int, Played)].self) { group in
      for worker in 0..<workers {
        group.addTask {
          stride(from: worker, to: stories.count, by: workers).map { number in
            let story = stories[number]
            let isTeacher = teachers.contains { $0.id == story.id }
            let assessor =
              isTeacher
              ? Assessor(knowledge: knowledge, learningFrom: teachers.lazy.filter { $0.id != story.id })
              : kept
            return (
              number,
              Played(
                story: story, followed: assessor.follow(story, withContext: context, mostSteps: steps),
                allFacts: assessor.judge(story))
            )
          }
        }
      }
      var all: [(Int, Played)] = []
      for await part in group { all += part }
      return all.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  // MARK: Text

  func text(byGroup: Bool, against: Bool, ways: Bool) -> String {
    let followed = StoryFigures(played.map(\.followed))
    let facts = StoryFigures(played.map(\.allFacts))
    var lines = ["\(played.count) stories"]
    lines += [
      "Followed       right cause first \(Self.percent(followed.first)), among three \(Self.percent(followed.three))",
      "               right fix reached \(Self.percent(followed.rightFix)), in \(Self.number(followed.stepsToFix)) steps and \(Self.number(followed.minutesToFix)) minutes (medians)",
      "               wrong fixes a case \(Self.number(followed.wrongFixes)), “I don't know” to \(Self.percent(followed.unknownAnswers)) of the questions, log-loss \(Self.number(followed.logLoss))",
      "All facts      right cause first \(Self.percent(facts.first)), among three \(Self.percent(facts.three)), log-loss \(Self.number(facts.logLoss))",
      "Calibration    with all facts, the leader's probability and how often it is right: "
        + facts.calibration.enumerated().filter { $0.element.count > 0 }.map {
          "\($0.offset * 10) %: \($0.element.right) of \($0.element.count)"
        }.joined(separator: " · "),
    ]
    if byGroup { lines += [""] + groups() }
    if against { lines += [""] + misses() }
    if ways { lines += [""] + played.flatMap(way) }
    return lines.joined(separator: "\n")
  }

  private func groups() -> [String] {
    let groups = Dictionary(grouping: played) { played in
      played.story.truth.first.flatMap { knowledge.cause($0)?.group } ?? "none"
    }
    return groups.sorted { $0.key < $1.key }.map { group, members in
      let followed = StoryFigures(members.map(\.followed))
      let facts = StoryFigures(members.map(\.allFacts))
      return
        "\(group.padding(to: 14)) \(members.count) stories: followed \(Self.percent(followed.first)) and \(Self.percent(followed.three)), all facts \(Self.percent(facts.first)) and \(Self.percent(facts.three))"
    }
  }

  private func misses() -> [String] {
    var lines = ["With all facts, misses, and what spoke most against the truth:"]
    var total: [String: Double] = [:]
    for each in played {
      let walk = each.allFacts
      for reason in walk.against { total[Self.name(reason), default: 0] += reason.effect }
      guard walk.rank > 1 else { continue }
      let reasons = walk.against.prefix(4).map { "\(Self.name($0)) (\(Self.number($0.effect)))" }
      lines.append(
        "\(each.story.id): \(each.story.truth.map(\.name).joined(separator: ", ")) is number \(walk.rank) with \(Self.percent(walk.probability)); first is \(walk.leader); \(reasons.joined(separator: "; "))"
      )
    }
    lines.append("Over all:")
    lines += total.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(25).map {
      "  \(Self.number($0.value))  \($0.key)"
    }
    return lines
  }

  private func way(_ each: Played) -> [String] {
    let walk = each.followed
    return [
      "\(each.story.id): \(each.story.truth.map(\.name).joined(separator: ", ")) is number \(walk.rank) with \(Self.percent(walk.probability)); first is \(walk.leader) with \(Self.percent(walk.leaderProbability))"
    ]
      + walk.steps.map { step in
        switch step {
        case .answered(let question, let choice): "    \(question) = \(choice)"
        case .unknown(let question): "    \(question) ?"
        case .wrong(let fix): "    wrong: \(fix)"
        case .right(let fix): "    right: \(fix)"
        }
      }
  }

  private static func name(_ reason: Reason) -> String {
    switch reason.evidence {
    case .finding(let id, let outcome): "\(id)=\(outcome)"
    case .failedFix(let fix): "\(fix) failed"
    }
  }

  private static func number(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "–" }
  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

  // MARK: JSON

  struct Value: Encodable {
    struct Followed: Encodable {
      var first: Double
      var three: Double
      var right_fix: Double
      var wrong_fixes: Double
      var steps_to_fix: Double?
      var minutes_to_fix: Double?
      var dont_know: Double
    }
    struct AllFacts: Encodable {
      var first: Double
      var three: Double
      var log_loss: Double
    }
    struct Each: Encodable {
      var id: String
      var half: String
      var truth: [String]
      var followed_rank: Int
      var followed_leader: String
      var all_facts_rank: Int
      var all_facts_probability: Double
      var all_facts_leader: String
      var steps: [String]
    }
    let schema = "rdptriage.score/1"
    var stories: Int
    var followed: Followed
    var all_facts: AllFacts
    var each: [Each]
  }

  var value: Value {
    let followed = StoryFigures(played.map(\.followed))
    let facts = StoryFigures(played.map(\.allFacts))
    return Value(
      stories: played.count,
      followed: .init(
        first: followed.first, three: followed.three, right_fix: followed.rightFix,
        wrong_fixes: followed.wrongFixes, steps_to_fix: followed.stepsToFix,
        minutes_to_fix: followed.minutesToFix, dont_know: followed.unknownAnswers),
      all_facts: .init(first: facts.first, three: facts.three, log_loss: facts.logLoss),
      each: played.map { each in
        .init(
          id: each.story.id.name, half: each.story.half.rawValue, truth: each.story.truth.map(\.name),
          followed_rank: each.followed.rank, followed_leader: each.followed.leader.name,
          all_facts_rank: each.allFacts.rank, all_facts_probability: each.allFacts.probability,
          all_facts_leader: each.allFacts.leader.name,
          steps: each.followed.steps.map { step in
            switch step {
            case .answered(let question, let choice): "\(question)=\(choice)"
            case .unknown(let question): "\(question)=?"
            case .wrong(let fix): "\(fix)=failed"
            case .right(let fix): "\(fix)=cured"
            }
          })
      })
  }
}
