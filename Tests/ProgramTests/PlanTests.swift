import Foundation
import TestSupport
import Testing

/// `rdptriage plan` on model files.
@Suite struct PlanTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static let model = """
    {"schema":"rdptriage.model/1",
     "causes":[{"id":"c1","prior":0.5},{"id":"c2","prior":0.5}],
     "actions":[{"id":"a1","cost":10,"cures":{"c1":1}},{"id":"a2","cost":10,"cures":{"c2":1}}],
     "questions":[{"id":"q","cost":4,"outcomes":["y","n"],"given":{"c1":[1,0],"c2":[0,1]}}],
     "escalation_cost":120}
    """

  func plan(_ text: String, policy: String = "planner") throws -> (code: Int32, output: String) {
    let file = try folder.write(text, to: "model.json")
    let result = try Command.run(
      BuiltProgram.path("rdptriage"), ["plan", "--model", file, "--policy", policy, "--json"])
    return (result.code, result.output)
  }

  @Test(arguments: [("planner", 14.0, "q"), ("exact", 14, "q"), ("fixed", 15, "a1"), ("greedy", 15, "a1")])
  func everyPolicyHasItsExactCost(policy: String, cost: Double, first: String) throws {
    let result = try plan(Self.model, policy: policy)
    #expect(result.code == 0, "\(result.output)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(json["schema"] as? String == "rdptriage.plan/1")
    #expect(json["expected_cost"] as? Double == cost)
    #expect(json["first"] as? String == first)
    #expect(json["policy"] as? String == policy)
  }

  /// What is odd but sound: rounded priors, a free question, a free action, a cause that nothing cures, one sure and one idle cure.
  @Test(arguments: ["planner", "exact", "fixed", "greedy", "one-step"])
  func oddButSoundModelsAreWorkedOut(policy: String) throws {
    let odd = """
      {"schema":"rdptriage.model/1",
       "causes":[{"id":"c1","prior":0.333},{"id":"c2","prior":0.333},{"id":"c3","prior":0.333}],
       "actions":[{"id":"a1","cost":10,"cures":{"c1":1}},{"id":"a2","cost":0,"cures":{"c2":1,"c1":0}}],
       "questions":[{"id":"q","cost":0,"outcomes":["x","y","z"],
         "given":{"c1":[1,0,0],"c2":[0,1,0],"c3":[0.333,0.333,0.333]}}],
       "escalation_cost":30}
      """
    let result = try plan(odd, policy: policy)
    #expect(result.code == 0, "\(result.output)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let cost = try #require(json["expected_cost"] as? Double)
    // a2 is free; then 10 for a1 in two of three cases, unless the answer shows that it is idle; 30 for the third cause.
    let wanted = ["fixed": 20, "greedy": 20 / 3.0 + 10][policy] ?? 10 / 3.0 + 10 / 9.0 + 10
    #expect(abs(cost - wanted) < 0.01, "\(cost)")
  }

  @Test(arguments: [
    ("\"prior\":0.5}]", "\"prior\":0.4}]", "prior"), ("\"c2\":[0,1]", "\"c3\":[0,1]", "c3"),
    ("\"cures\":{\"c1\":1}", "\"cures\":{\"c9\":1}", "c9"), ("\"cost\":4", "\"cost\":-4", "cost"),
    ("\"cures\":{\"c2\":1}", "\"cures\":{\"c2\":1.5}", "actions[1].cures.c2"),
    ("model/1", "model/9", "schema"),
    ("\"escalation_cost\":120", "\"escalation\":120", "escalation"), ("\"id\":\"a2\"", "\"id\":\"a1\"", "a1"),
  ])
  func aMalformedModelIsRefusedWithItsPlace(wrong: String, by: String, place: String) throws {
    let result = try plan(Self.model.replacingOccurrences(of: wrong, with: by))
    #expect(result.code == 65, "\(result.output)")
    #expect(result.output.contains(place), "\(result.output)")
  }

  @Test func aMissingModelIsNamed() throws {
    let result = try Command.run(BuiltProgram.path("rdptriage"), ["plan", "--model", "/nowhere.json"])
    #expect(result.code == 66)
    #expect(result.output.contains("/nowhere.json"))
  }
}
