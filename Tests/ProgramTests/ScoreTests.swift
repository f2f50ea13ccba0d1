import Foundation
import TestSupport
import Testing

/// What the program makes of real cases must not fall; the half that it was tuned on is played as it is played by hand.
@Suite struct ScoreTests {
  @Test func theTunedHalfIsSolvedAsWellAsBefore() throws {
    let result = try Command.run(
      BuiltProgram.path("rdptriage"), ["knowledge", "score", "--half", "tuned", "--json"])
    #expect(result.code == 0, "\(result.output)")
    let score = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let followed = try #require(score["followed"] as? [String: Any])
    let known = try #require(score["all_facts"] as? [String: Any])
    func figure(_ table: [String: Any], _ name: String) throws -> Double {
      try #require(table[name] as? Double ?? (table[name] as? Int).map(Double.init), "\(name)")
    }
    #expect(try #require(score["stories"] as? Int) >= 200)
    // Some points of room for a change that helps elsewhere.
    #expect(try figure(followed, "first") >= 0.65)
    #expect(try figure(followed, "three") >= 0.75)
    #expect(try figure(followed, "right_fix") >= 0.62)
    #expect(try figure(followed, "wrong_fixes") <= 0.4)
    #expect(try figure(followed, "steps_to_fix") <= 6)
    #expect(try figure(followed, "dont_know") <= 0.64)
    #expect(try figure(known, "first") >= 0.7)
    #expect(try figure(known, "three") >= 0.85)
    #expect(try figure(known, "log_loss") <= 1.25)
  }
}
