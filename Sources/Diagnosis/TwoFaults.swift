import Facts
import RealModule

/// How likely what is known is with two faults at once, against with one.
///
/// With two faults a connection fails at the one that it meets first: that one shows in every finding about which it says something, and
/// mostly in the code; the other shows in the rest. A fix of one of them alone does not help. Whether two are at work is weighed over all
/// pairs, so no single lucky pair raises an alarm; and that no single cause explains the findings shows in the findings alone, for the
/// right fix fails now and then.
struct TwoFaults {
  /// Natural logarithm of the ratio: all that is known under two faults, whichever they are, against under one.
  let evidence: Double
  /// Natural logarithm of the ratio: the findings under the two faults that explain them best, against under the one that does, however
  /// rare these are.
  let contrast: Double
  /// The likeliest pair, the one that is met first before the other, and its share of all pairs.
  let best: (pair: CausePair, share: Double)?

  /// What is known must be this many times as likely under two faults before that is said.
  private static let clear = 2.0
  /// The findings must be this many times as likely under the best two faults as under any single one. The best of thousands of pairs
  /// always fits somewhat better than the best of a few hundred causes.
  private static let clearContrast = 20.0
  /// A pair is named from this share of all pairs on.
  private static let nameable = 0.2
  /// How many causes are paired with all others: those that explain most alone.
  private static let leaders = 24
  /// How often the code is that of the fault that is met first; else it is of an attempt before that fault came.
  private static let codeOfFirst = 0.7

  /// No single cause explains what is known.
  var isLikely: Bool { evidence > Double.log(Self.clear) && contrast > Double.log(Self.clearContrast) }

  /// The pair, where it stands out.
  var named: CausePair? { best.flatMap { isLikely && $0.share >= Self.nameable ? $0.pair : nil } }

  private struct Score {
    var first: Int
    var second: Int
    /// How likely the findings are, as a logarithm.
    var findings = 0.0
    /// How likely the two are with all that is known.
    var all = 0.0
  }

  init(_ assessor: Assessor, _ weighed: Weighed) {
    let causes = assessor.knowledge.causes
    let real = causes.indices.filter { !Cause.withoutFix.contains(causes[$0].id) }
    let terms = weighed.terms.map { Term($0.evidence, $0.row, assessor) }
    let base = weighed.base.map { Double.log(max($0, 1e-12)) }
    let leaders = real.sorted { (weighed.scores[$0], $1) > (weighed.scores[$1], $0) }.prefix(
      Self.leaders)
    let isLeader = Set(leaders)
    var scores: [Score] = []
    for left in leaders {
      for right in real where right != left && (!isLeader.contains(right) || right > left) {
        let isFirst = (causes[left].phase, left) < (causes[right].phase, right)
        let (first, second) = isFirst ? (left, right) : (right, left)
        // Of each two causes there is one pair, so it has the weight of both orders.
        var score = Score(first: first, second: second)
        score.all = base[first] + base[second] + Double.log(2)
        for term in terms {
          let log = term.log(first, second)
          score.all += log
          if !term.isFailure { score.findings += log }
        }
        scores.append(score)
      }
    }
    var alone = [Double](repeating: 0, count: causes.count)
    for (term, row) in zip(terms, weighed.terms.map(\.row)) where !term.isFailure {
      for cause in alone.indices { alone[cause] += Double.log(max(row[cause], 1e-9)) }
    }
    let all = Self.logSum(scores.map(\.all))
    evidence = all - Self.logSum(weighed.scores)
    contrast = (scores.map(\.findings).max() ?? 0) - (alone.max() ?? 0)
    best = scores.max { ($0.all, $1.first, $1.second) < ($1.all, $0.first, $0.second) }.map {
      score in
      (
        CausePair(first: causes[score.first].id, second: causes[score.second].id),
        Double.exp(score.all - all)
      )
    }
  }

  /// One piece of evidence under two causes.
  private struct Term {
    let isFailure: Bool
    private let isCode: Bool
    private let row: [Double]
    private let logs: [Double]
    private let decisive: [Bool]

    init(_ evidence: Reason.Evidence, _ row: [Double], _ assessor: Assessor) {
      self.row = row
      logs = row.map { Double.log(max($0, 1e-9)) }
      switch evidence {
      case .failedFix:
        (isFailure, isCode, decisive) = (true, false, [])
      case .finding(let id, _):
        (isFailure, isCode) = (false, id.isOfOpenSet)
        decisive = assessor.likelihood.decisive(id) ?? []
      }
    }

    func log(_ first: Int, _ second: Int) -> Double {
      if isFailure { return Double.log(max(1 - (1 - row[first]) * (1 - row[second]), 1e-9)) }
      if isCode {
        return Double.log(max(codeOfFirst * row[first] + (1 - codeOfFirst) * row[second], 1e-9))
      }
      return logs[decisive[first] || !decisive[second] ? first : second]
    }
  }

  private static func logSum(_ logs: [Double]) -> Double {
    guard let most = logs.max(), most.isFinite else { return -.infinity }
    return most + Double.log(logs.reduce(0) { $0 + Double.exp($1 - most) })
  }
}
