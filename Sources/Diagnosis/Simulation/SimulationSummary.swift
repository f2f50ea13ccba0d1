public import Facts

/// What many walks come to.
public struct SimulationSummary: Sendable, Equatable {
  public private(set) var cases = 0
  private var minutes = 0.0
  private var squares = 0.0
  private var least = 0.0
  private var questions = 0
  private var fixes = 0
  private var curable = 0
  private var rightFirst = 0
  private var rightWithinThree = 0
  private var inTopThree = 0
  private var inTopThreeAtEnd = 0
  private var solved = 0
  private var saidMore = 0
  /// Cases of two faults in which no single cause explains the findings.
  public private(set) var contradicted = 0
  private var inTime = 0
  private var named = 0
  public private(set) var byCause: [CauseID: ByCause] = [:]

  /// What cases of one cause come to.
  public struct ByCause: Sendable, Equatable {
    public var cases = 0
    public var minutes = 0.0
    public var leastMinutes = 0.0
    public var rightFirst = 0
    public var inTopThree = 0
    public var solved = 0
    /// First fixes that were meant for something else.
    public var wrongFixes: [FixID: Int] = [:]
  }

  public init() {}

  public mutating func add(_ walk: Simulation.Walk) {
    cases += 1
    minutes += walk.minutes
    squares += walk.minutes * walk.minutes
    least += walk.leastMinutes
    questions += walk.questions
    fixes += walk.fixes.count
    if walk.ending == .solved { solved += 1 }
    if walk.saidToBeMore { saidMore += 1 }
    if walk.hasContradiction {
      contradicted += 1
      if let steps = walk.stepsToContradictionSaid, steps <= 2 { inTime += 1 }
      if walk.pairNamed { named += 1 }
    }
    let isCurable = !walk.causes.contains { Cause.withoutFix.contains($0) }
    let isRightFirst = walk.rightFix == 0
    let isInTopThree = walk.rankAtFirstFix.map { $0 <= 3 } ?? false
    if isCurable {
      curable += 1
      if isRightFirst { rightFirst += 1 }
      if walk.rightFix.map({ $0 < 3 }) ?? false { rightWithinThree += 1 }
      if isInTopThree { inTopThree += 1 }
      if walk.rankAtEnd.map({ $0 <= 3 }) ?? false { inTopThreeAtEnd += 1 }
    }
    guard let cause = walk.causes.first, walk.causes.count == 1 else { return }
    var entry = byCause[cause] ?? ByCause()
    entry.cases += 1
    entry.minutes += walk.minutes
    entry.leastMinutes += walk.leastMinutes
    if isRightFirst { entry.rightFirst += 1 }
    if isInTopThree { entry.inTopThree += 1 }
    if walk.ending == .solved { entry.solved += 1 }
    if !isRightFirst, let first = walk.fixes.first { entry.wrongFixes[first, default: 0] += 1 }
    byCause[cause] = entry
  }

  public var meanMinutes: Double { share(minutes, of: cases) }
  /// Standard error of `meanMinutes`.
  public var standardError: Double {
    guard cases > 1 else { return 0 }
    let variance = max(0, squares / Double(cases) - meanMinutes * meanMinutes)
    return (variance / Double(cases - 1)).squareRoot()
  }
  /// For whoever knows each cause from the start.
  public var meanLeastMinutes: Double { share(least, of: cases) }
  public var meanQuestions: Double { share(Double(questions), of: cases) }
  public var meanFixes: Double { share(Double(fixes), of: cases) }
  public var solvedShare: Double { share(Double(solved), of: cases) }
  /// Of the cases that a fix is known for: the first fix was meant for the cause.
  public var firstFixRight: Double { share(Double(rightFirst), of: curable) }
  public var rightWithinThreeFixes: Double { share(Double(rightWithinThree), of: curable) }
  /// Of the cases that a fix is known for: the cause was among the first three when the first fix was tried.
  public var topThree: Double { share(Double(inTopThree), of: curable) }
  public var topThreeAtEnd: Double { share(Double(inTopThreeAtEnd), of: curable) }

  /// Of all cases: "one cause does not explain this" was said.
  public var saidToBeMore: Double { share(Double(saidMore), of: cases) }
  /// Of the contradicted cases: that was said within two steps.
  public var saidInTime: Double { share(Double(inTime), of: contradicted) }
  /// Of the contradicted cases: both faults were named.
  public var pairNamed: Double { share(Double(named), of: contradicted) }

  private func share(_ sum: Double, of count: Int) -> Double { count > 0 ? sum / Double(count) : 0 }
}
