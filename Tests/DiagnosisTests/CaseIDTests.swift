import Diagnosis
import Facts
import Testing

@Suite struct CaseIDTests {
  private func summary(_ host: String, practice: PracticeCase?) throws -> CaseSummary {
    let target = try Target(host)
    let time = Timestamp(seconds: 1_777_860_000)
    let id = Case.newID(target, practice: practice, at: time, nonce: 7, number: 1)
    let entry = Case.Entry(time: time, person: "kim", event: .opened(target))
    return try #require(CaseSummary(Case(id: id, entries: [entry])))
  }

  @Test func aHostMayBeCalledPractice() throws {
    #expect(try !summary("practice-srv01", practice: nil).isPractice)
    #expect(try !summary("Practice-srv01.corp.test:3390", practice: nil).isPractice)
    #expect(try !summary("srv01", practice: nil).isPractice)
    let course = PracticeCase(id: "refused-port", title: "", story: "", code: nil, cause: "x")
    #expect(try summary("127.0.0.1:4000", practice: course).isPractice)
    #expect(try summary("127.0.0.1:4000", practice: course).id.hasPrefix("2026-05-04-practice-refused-port-"))
  }

  @Test func everyCaseHasAnIDOfItsOwn() throws {
    let target = try Target("srv01")
    let ids = (0...500).map {
      Case.newID(target, practice: nil, at: .init(seconds: 0), nonce: 3, number: UInt64($0 + 1))
    }
    #expect(Set(ids).count == ids.count)
  }
}
