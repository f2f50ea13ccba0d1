import CorpusCheck
import Diagnosis
import Foundation
import Knowledge
import Testing

/// Everything that the corpus of texts must give.
@Suite struct ReadingCorpusTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "ReadingCorpus")

  @Test func theTextsAreReadAsTheyMust() throws {
    let corpus = try ReadingCorpus(folder: Self.folder)
    let outcomes = corpus.check(KnowledgeSource.embedded())
    #expect(outcomes.count >= 40)
    for outcome in outcomes where !outcome.wrong.isEmpty {
      Issue.record("\(outcome.sample.name): read wrongly: \(outcome.wrong.joined(separator: "; "))")
    }
    let wanted = outcomes.reduce(0) { $0 + $1.wanted }
    let found = outcomes.reduce(0) { $0 + $1.found }
    let missing = outcomes.filter { !$0.missing.isEmpty }.map {
      "\($0.sample.name): \($0.missing.joined(separator: "; "))"
    }
    #expect(found * 100 >= wanted * 98, "\(found) of \(wanted):\n\(missing.joined(separator: "\n"))")
  }
}
