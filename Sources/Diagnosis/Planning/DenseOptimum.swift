/// Eight states side by side.
private typealias Eight = SIMD8<Double>

/// The optimum by dynamic programming over every information state: each set of failed actions with each history of answers.
///
/// Values are kept times the chance of coming to the state, so that answers just add up. The states of one history lie side
/// by side, in the order of the failed actions as a binary number; histories are worked off from those with every question
/// answered to the one with none, and given back as soon as nothing needs them any more.
struct DenseOptimum {
  /// Histories of answers, as numbers of mixed radix: for each question 0 stands for "not asked".
  private let strides: [Int]
  private let historyCount: Int
  private let model: SearchModel
  /// For each cause, what it costs to end the case in some other way than by the model's own steps.
  private let tail: [Double]?
  /// At least 3, so that a history's states fill whole vectors.
  private let bits: Int

  /// Information states of the model.
  let stateCount: Int
  /// Bytes that working it off takes at most at one time.
  let peakBytes: Int
  private let order: [Int]
  /// Its place in the order, its block, and what is counted on the way.
  private static let bytesPerHistory = 128

  /// nil when there are more states than `limit`, or working them off would take more than `memoryLimit` bytes.
  init?(_ model: SearchModel, tail: [Double]? = nil, limit: Int, memoryLimit: Int) {
    // Padding counts too, and no history is free.
    let bits = max(model.actions.count, 3)
    guard bits < 40 else { return nil }
    let historyLimit = min(limit, 1 << 40) >> model.actions.count
    var strides: [Int] = []
    var histories = 1
    for question in model.questions {
      strides.append(histories)
      let (count, overflow) = histories.multipliedReportingOverflow(by: question.given.count + 1)
      guard !overflow, count <= historyLimit, count * Self.bytesPerHistory <= memoryLimit else { return nil }
      histories = count
    }
    guard histories <= historyLimit else { return nil }
    self.model = model
    self.tail = tail
    self.bits = bits
    self.strides = strides
    historyCount = histories
    stateCount = histories << model.actions.count
    let (order, peak) = Self.schedule(model, strides: strides, histories: histories)
    self.order = order
    peakBytes = (peak << bits) * 8 + histories * Self.bytesPerHistory
    guard peakBytes <= memoryLimit else { return nil }
  }

  /// Histories by the number of answers, most first; and how many have to be kept at one time.
  private static func schedule(_ model: SearchModel, strides: [Int], histories: Int) -> (
    order: [Int], peak: Int
  ) {
    var byCount = [[Int]](repeating: [], count: model.questions.count + 1)
    for history in 0..<histories {
      byCount[answered(history, model, strides)].append(history)
    }
    let order = Array(byCount.reversed().joined())
    var waiting = [UInt8](repeating: 0, count: histories)
    var live = 0
    var peak = 0
    for history in order {
      waiting[history] = UInt8(answered(history, model, strides))
      live += 1
      peak = max(peak, live)
      forEachChild(of: history, model, strides) { _, child in
        waiting[child] -= 1
        if waiting[child] == 0 { live -= 1 }
      }
    }
    return (order, peak)
  }

  private static func answered(_ history: Int, _ model: SearchModel, _ strides: [Int]) -> Int {
    var count = 0
    for index in strides.indices
    where history / strides[index] % (model.questions[index].given.count + 1) != 0 {
      count += 1
    }
    return count
  }

  private static func forEachChild(
    of history: Int, _ model: SearchModel, _ strides: [Int], _ body: (_ question: Int, _ child: Int) -> Void
  ) {
    for index in strides.indices {
      let radix = model.questions[index].given.count + 1
      guard history / strides[index] % radix == 0 else { continue }
      for outcome in 1..<radix { body(index, history + outcome * strides[index]) }
    }
  }

  /// The cost of the optimum times the mass of the model, and the value of each first step in the same unit.
  func solve() -> (cost: Double, actions: [Double], questions: [Double]) {
    let size = (1 << bits) / 8
    var blocks = [UnsafeMutablePointer<Eight>?](repeating: nil, count: historyCount)
    var waiting = [UInt8](repeating: 0, count: historyCount)
    var spare: [UnsafeMutablePointer<Eight>] = []
    defer {
      for block in spare { block.deallocate() }
      for case let block? in blocks { block.deallocate() }
    }
    let masses = MassTable(model, bits: bits)
    var firstQuestions = [Double](repeating: .infinity, count: model.questions.count)
    for history in order {
      waiting[history] = UInt8(Self.answered(history, model, strides))
      let block = spare.popLast() ?? UnsafeMutablePointer<Eight>.allocate(capacity: size)
      blocks[history] = block
      let weights = weights(history)
      masses.fill(weights)
      for chunk in 0..<size { block[chunk] = masses.mass[chunk] * model.escalationCost }
      if let tail { masses.lower(block, to: zip(weights, tail).map { $0 * $1 }) }
      fill(block, history, blocks, masses.mass)
      if history == 0 { firstQuestions = questionValues(blocks, mass: masses.mass[0][0]) }
      Self.forEachChild(of: history, model, strides) { _, child in
        waiting[child] -= 1
        if waiting[child] == 0, let freed = blocks[child] {
          spare.append(freed)
          blocks[child] = nil
        }
      }
    }
    guard let root = blocks[0] else { return (0, [], []) }
    let actions = model.actions.indices.map {
      model.actions[$0].cost * masses.mass[0][0] + root[(1 << $0) / 8][(1 << $0) % 8]
    }
    return (root[0][0], actions, firstQuestions)
  }

  private func questionValues(_ blocks: [UnsafeMutablePointer<Eight>?], mass: Double) -> [Double] {
    var values = model.questions.map { $0.cost * mass }
    Self.forEachChild(of: 0, model, strides) { question, child in
      values[question] += blocks[child]?[0][0] ?? 0
    }
    return values
  }

  private func weights(_ history: Int) -> [Double] {
    var weights = model.priors
    for (index, question) in model.questions.enumerated() {
      let digit = history / strides[index] % (question.given.count + 1)
      guard digit > 0 else { continue }
      for cause in weights.indices { weights[cause] *= question.given[digit - 1][cause] }
    }
    return weights
  }

  private func fill(
    _ values: UnsafeMutablePointer<Eight>, _ history: Int, _ blocks: [UnsafeMutablePointer<Eight>?],
    _ masses: UnsafeMutablePointer<Eight>
  ) {
    let chunks = (1 << bits) / 8
    for (index, question) in model.questions.enumerated() {
      let radix = question.given.count + 1
      guard history / strides[index] % radix == 0 else { continue }
      let children = (1..<radix).compactMap { blocks[history + $0 * strides[index]] }
      if children.count == 2 {
        let (first, second) = (children[0], children[1])
        for chunk in 0..<chunks {
          let asked = masses[chunk] * question.cost + first[chunk] + second[chunk]
          values[chunk] = lesser(values[chunk], asked)
        }
      } else {
        for chunk in 0..<chunks {
          var asked = masses[chunk] * question.cost
          for child in children { asked += child[chunk] }
          values[chunk] = lesser(values[chunk], asked)
        }
      }
    }

    // Supersets of failed actions have greater numbers: from the greatest down everything needed is there.
    // Where actions are missing, one that cures nothing at the cost of handing over stands in: it changes no value.
    let costs = (0..<bits).map { $0 < model.actions.count ? model.actions[$0].cost : model.escalationCost }
    costs.withUnsafeBufferPointer { costs in
      for chunk in stride(from: chunks - 1, through: 0, by: -1) {
        var value = values[chunk]
        let mass = masses[chunk]
        var left = ~chunk & (chunks - 1)
        while left != 0 {
          let action = left.trailingZeroBitCount
          value = lesser(value, mass * costs[action + 3] + values[chunk | 1 << action])
          left &= left - 1
        }
        values[chunk] = Self.settled(value, mass, costs[0], costs[1], costs[2])
      }
    }
  }

  /// The values of eight sets that differ in the first three actions, after their steps to one another.
  @inline(__always)
  private static func settled(
    _ value: Eight, _ mass: Eight, _ first: Double, _ second: Double, _ third: Double
  ) -> Eight {
    var value = value
    value[6] = min(value[6], mass[6] * first + value[7])
    value[5] = min(value[5], mass[5] * second + value[7])
    value[3] = min(value[3], mass[3] * third + value[7])
    value[4] = min(value[4], mass[4] * first + value[5], mass[4] * second + value[6])
    value[2] = min(value[2], mass[2] * first + value[3], mass[2] * third + value[6])
    value[1] = min(value[1], mass[1] * second + value[3], mass[1] * third + value[5])
    value[0] = min(
      min(value[0], mass[0] * first + value[1]), mass[0] * second + value[2], mass[0] * third + value[4])
    return value
  }
}

/// How much mass is left after each set of failed actions, for one history of answers.
private struct MassTable: ~Copyable {
  let mass: UnsafeMutablePointer<Eight>
  /// What the lower and the upper half of the actions leave of each cause: `[eight sets][cause]` and `[set][cause]`.
  private let lower: UnsafeMutablePointer<Eight>
  private let upper: [[Double]]
  private let lowerSize: Int

  init(_ model: SearchModel, bits: Int) {
    let lowerBits = min(bits, 8)
    lowerSize = 1 << lowerBits
    let causes = model.priors.count
    func left(of cause: Int, after set: Int, of range: Range<Int>) -> Double {
      model.curedBy[cause].reduce(1) { left, remedy in
        let hasFailed = range.contains(remedy.action) && set >> (remedy.action - range.lowerBound) & 1 == 1
        return hasFailed ? left * (1 - remedy.cure) : left
      }
    }
    mass = .allocate(capacity: (1 << bits) / 8)
    lower = .allocate(capacity: max(causes, 1) * lowerSize / 8)
    for cause in 0..<causes {
      for set in 0..<lowerSize {
        lower[set / 8 * causes + cause][set % 8] = left(of: cause, after: set, of: 0..<lowerBits)
      }
    }
    upper = (0..<(1 << (bits - lowerBits))).map { set in
      (0..<causes).map { left(of: $0, after: set, of: lowerBits..<bits) }
    }
  }

  deinit {
    mass.deallocate()
    lower.deallocate()
  }

  func fill(_ weights: [Double]) {
    forEachSum(weights) { mass[$0] = $1 }
  }

  /// Puts the weighed sum in place of each value that is greater.
  func lower(_ values: UnsafeMutablePointer<Eight>, to weights: [Double]) {
    forEachSum(weights) { values[$0] = lesser(values[$0], $1) }
  }

  @inline(__always)
  private func forEachSum(_ weights: [Double], _ body: (_ chunk: Int, _ sum: Eight) -> Void) {
    let chunks = lowerSize / 8
    let causes = weights.count
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(causes, 1)) { left in
      for (set, row) in upper.enumerated() {
        for cause in 0..<causes { left[cause] = weights[cause] * row[cause] }
        for chunk in 0..<chunks {
          let share = lower + chunk * causes
          var sum = Eight.zero
          for cause in 0..<causes { sum += share[cause] * left[cause] }
          body(set * chunks + chunk, sum)
        }
      }
    }
  }
}

/// The smaller value of each lane.
@inline(__always)
private func lesser(_ left: Eight, _ right: Eight) -> Eight {
  left.replacing(with: right, where: right .< left)
}
