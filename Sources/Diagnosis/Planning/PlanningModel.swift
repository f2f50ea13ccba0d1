/// A troubleshooting problem: causes of which one is at work, actions that may cure them, questions that tell them apart.
///
/// Costs are in minutes and not below 0; probabilities lie between 0 and 1; indices of causes are positions in `priors`.
/// An action that did not cure changes nothing else, and whether it cured is seen at once. Repeating an action or a question
/// changes nothing, so each is used once at most.
public struct PlanningModel: Sendable, Equatable {
  /// Steps that cost less are weighed as if they cost this much where a chance is divided by a cost.
  static let leastCost = 1e-9

  public var priors: [Double]
  public var actions: [Action]
  public var questions: [Question]
  /// Handing the case over: always possible, always ends it.
  public var escalationCost: Double

  public struct Action: Sendable, Equatable {
    public var cost: Double
    /// Each cause once at most; causes that are left out are not cured.
    public var cures: [(cause: Int, probability: Double)]
    public init(cost: Double, cures: [(cause: Int, probability: Double)]) {
      self.cost = cost
      self.cures = cures
    }
    public static func == (left: Self, right: Self) -> Bool {
      left.cost == right.cost && left.cures.elementsEqual(right.cures, by: ==)
    }
  }

  public struct Question: Sendable, Equatable {
    public var cost: Double
    /// `given[outcome][cause]`; the outcomes of each cause sum to 1.
    public var given: [[Double]]
    public init(cost: Double, given: [[Double]]) {
      self.cost = cost
      self.given = given
    }
  }

  public init(priors: [Double], actions: [Action], questions: [Question], escalationCost: Double) {
    self.priors = priors
    self.actions = actions
    self.questions = questions
    self.escalationCost = escalationCost
  }
}
