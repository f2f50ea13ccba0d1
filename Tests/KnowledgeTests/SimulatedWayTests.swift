import Facts
import Knowledge
import Testing

@testable import Diagnosis

@Suite struct SimulatedWayTests {
  @Test func theChecklistAndTheArticleNameWhatTheKnowledgeHas() throws {
    let base = KnowledgeSource.embedded()
    for item in Simulation.checklist {
      let question = try #require(base.question(item.question), "\(item.question)")
      for (answer, fix) in item.fixes {
        #expect(question.choices.contains { $0.id == answer }, "\(item.question) \(answer)")
        #expect(base.fix(fix) != nil, "\(fix)")
      }
    }
    for fix in Simulation.articleFixes { #expect(base.fix(fix) != nil, "\(fix)") }
  }
}
