import Facts
import RealModule

/// How likely what is known is with two faults at once, against with one.
///
/// With two faults a connection fails at the one that it meets first: that one shows in every finding about which it says something, and
/// mostly in the code; the other shows in the rest. A fix of one of them alone does not help. Whether two are at work is weighed over all
/// pairs, so no single lucky pair raises an alarm.
struct TwoFaults {
  /// Natural logarithm of the ratio: all that is known under two faults, whichever they are, against under one.
  let evidence: Double
  /// The same for the findings alone, without the fixes that failed.
  let evidenceOfFindings: Double
  /// The likeliest pair, the one that is met first before the other, and its share of all pairs.
  let best: (pair: CausePair, share: Double)?

  /// What is known must be this many times as likely under two faults before that is said. Simulated cases of two faults are then
  /// recognised in nine of ten; in one case of five with a single fault it is said too, mostly after a fix that failed by chance.
  private static let clear = 2.0
  /// The findings alone may speak this much, as a logarithm, for one fault.
  private static let slack = 0.5
  /// A pair is named from this share of all pairs on.
  private static let nameable = 0.2
  /// How many causes are paired with all others: those that explain most alone.
  private static let leaders = 24
  /// How often the code is that of the fault that is met first; else it is of an attempt before that fault came.
  private static let codeOfFirst = 0.7

  /// No single cause explains what is known.
  var isLikely: Bool { evidence > Double.log(Self.clear) && evidenceOfFindings > -Self.slack }

  /// The pair, where it stands out.
  var named: CausePair? { best.flatMap { isLikely && $0.share >= Self.nameable ? $0.pair : nil } }

  private struct Score {
    var first: Int
    var second: Int
    var findings: Double
    var all: Double
  }

  init(_ assessor: Assessor, _ weighed: Weighed) {
    let causes = assessor.knowledge.causes
    let real = causes.indices.filter { ![Cause.healthy, Cause.unknown].contains(causes[$0].id) }
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
        var score = Score(
          first: first, second: second, findings: base[first] + base[second] + Double.log(2), all: 0
        )
        for term in terms {
          let log = term.log(first, second)
          if term.isFailure { score.all += log } else { score.findings += log }
        }
        score.all += score.findings
        scores.append(score)
      }
    }
    var alone = base
    for (term, row) in zip(terms, weighed.terms.map(\.row)) where !term.isFailure {
      for cause in alone.indices { alone[cause] += Double.log(max(row[cause], 1e-9)) }
    }
    let all = Self.logSum(scores.map(\.all))
    evidence = all - Self.logSum(weighed.scores)
    evidenceOfFindings = Self.logSum(scores.map(\.findings)) - Self.logSum(alone)
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
        (isFailure, isCode) = (false, id == .codeReported)
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
