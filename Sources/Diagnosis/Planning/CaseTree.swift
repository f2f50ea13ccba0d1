/// The ways a case can go: what each step leads to, and what it costs to end the case from there without further questions.
///
/// Weights are not scaled: what is left of them is the chance of coming to a node, so costs times mass just add up.
final class CaseTree {
  struct Node {
    var situation: Situation
    var weights: [Double]
    var mass: Double
  }

  let model: SearchModel
  private let weights: UnsafeMutablePointer<Double>
  private let chances: UnsafeMutablePointer<Double>
  private let rates: [Double]
  /// All remedies, cause by cause, and where those of each cause begin.
  private let remedies: [SearchModel.Remedy]
  private let starts: [Int]

  init(_ model: SearchModel) {
    self.model = model
    weights = .allocate(capacity: max(model.priors.count, 1))
    chances = .allocate(capacity: max(model.actions.count, 1))
    rates = model.actions.map { 1 / $0.weighingCost }
    remedies = model.curedBy.flatMap(\.self)
    starts = model.curedBy.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.count) }
  }

  deinit {
    weights.deallocate()
    chances.deallocate()
  }

  var root: Node { Node(situation: model.layout.start, weights: model.priors, mass: model.mass) }

  func hasFailed(_ action: Int, _ node: Node) -> Bool { model.layout.hasFailed(action, in: node.situation) }

  func isAnswered(_ question: Int, _ node: Node) -> Bool {
    model.layout.isAnswered(question, in: node.situation)
  }

  func chance(of action: Int, _ node: Node) -> Double {
    model.actions[action].cures.reduce(0) { $0 + node.weights[$1.cause] * $1.probability }
  }

  func node(after action: Int, failedAt node: Node) -> Node {
    var after = node
    after.situation = model.layout.after(failureOf: action, in: node.situation)
    for cure in model.actions[action].cures { after.weights[cure.cause] *= 1 - cure.probability }
    after.mass = after.weights.reduce(0, +)
    return after
  }

  /// One node for each answer that can come.
  func nodes(asking question: Int, at node: Node) -> [Node] {
    model.questions[question].given.enumerated().compactMap { outcome, row in
      var mass = 0.0
      let weights = [Double](unsafeUninitializedCapacity: row.count) { buffer, count in
        for cause in row.indices {
          let weight = node.weights[cause] * row[cause]
          buffer[cause] = weight
          mass += weight
        }
        count = row.count
      }
      guard mass > 0 else { return nil }
      return Node(
        situation: model.layout.after(answer: outcome, to: question, in: node.situation), weights: weights,
        mass: mass)
    }
  }

  /// False when every answer leaves the belief as it is.
  func tell(_ answers: [Node], apartAt node: Node) -> Bool {
    guard answers.count > 1 else { return false }
    return answers.contains { answer in
      let share = answer.mass / node.mass
      return zip(answer.weights, node.weights).contains { abs($0 - $1 * share) > 1e-12 * node.mass }
    }
  }

  /// The cost of the base rule times the mass of the node.
  ///
  /// The rule takes actions by probability of cure per cost, worked out anew after each failure, and hands over where that is
  /// cheapest. With one cause, and no two actions for one cause, that order is optimal (Heckerman, Breese and Rommelse 1995,
  /// "Decision-Theoretic Troubleshooting"; Jensen et al. 2001). Where to stop is chosen over the whole order: two actions
  /// can be worth trying together where neither is alone.
  ///
  /// - Parameter visit: Gets each action up to the point of handing over, and the chance that it cures.
  @discardableResult
  func sequenceCost(_ node: Node, visit: ((_ action: Int, _ cured: Double) -> Void)? = nil) -> Double {
    weights.update(from: node.weights, count: node.weights.count)
    chances.update(repeating: 0, count: rates.count)
    for cause in node.weights.indices where weights[cause] > 0 {
      for place in starts[cause]..<starts[cause + 1] {
        chances[remedies[place].action] += weights[cause] * remedies[place].cure
      }
    }
    for action in rates.indices where hasFailed(action, node) { chances[action] = 0 }
    var order: [(action: Int, cured: Double)] = []
    var mass = node.mass
    var total = 0.0
    var best = mass * model.escalationCost
    while true {
      var pick = -1
      // Below half a cure per escalation's cost nothing that follows can pay: the rates only fall from here.
      var rate = mass * 0.5 / model.escalationCost
      for action in rates.indices where chances[action] * rates[action] > rate {
        rate = chances[action] * rates[action]
        pick = action
      }
      guard pick >= 0 else { break }
      total += mass * model.actions[pick].cost
      guard total < best else { break }
      if visit != nil { order.append((pick, chances[pick])) }
      fail(pick, &mass)
      if total + mass * model.escalationCost < best {
        best = total + mass * model.escalationCost
        if let visit {
          for step in order { visit(step.action, step.cured) }
          order.removeAll(keepingCapacity: true)
        }
      }
    }
    return best
  }

  private func fail(_ action: Int, _ mass: inout Double) {
    chances[action] = 0
    for cure in model.actions[action].cures {
      let cured = weights[cure.cause] * cure.probability
      guard cured > 0 else { continue }
      weights[cure.cause] -= cured
      mass = max(mass - cured, 0)
      for place in starts[cure.cause]..<starts[cure.cause + 1] {
        let remedy = remedies[place]
        guard chances[remedy.action] > 0 else { continue }
        chances[remedy.action] = max(chances[remedy.action] - cured * remedy.cure, 0)
      }
    }
  }
}
