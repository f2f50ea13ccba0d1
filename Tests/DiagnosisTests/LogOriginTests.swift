import Diagnosis
import Facts
import Testing

@Suite struct LogOriginTests {
  private func submission(_ computer: String, seconds: Double) -> Submission {
    Submission(
      name: "log", recognised: ["event log"],
      findings: [
        Finding(
          "paste.logon-failure", .answered("locked"), source: .paste, summary: "",
          details: [.init("computer", .text(computer)), .init("seconds", .number(seconds))])
      ])
  }

  @Test func aLogOfAnotherComputerOrOfLongAgoIsSaidToBeOne() throws {
    let target = try Target("srv01.corp.example")
    let now = Timestamp(seconds: 2_000_000_000)
    func doubts(_ computer: String, daysAgo: Double, _ target: Target?) -> [String] {
      submission(computer, seconds: now.seconds - daysAgo * 86_400).doubts(about: target, now: now)
    }
    #expect(doubts("SRV01.corp.example", daysAgo: 1, target).isEmpty)
    #expect(doubts("SRV01", daysAgo: 1, target).isEmpty)
    #expect(
      doubts("srv02.corp.example", daysAgo: 1, target).first?.hasPrefix(
        "srv02.corp.example is not the target") == true)
    #expect(doubts("srv01.other.example", daysAgo: 1, target).count == 1)
    #expect(doubts("srv02", daysAgo: 1, nil).isEmpty)
    // An address names no computer.
    #expect(doubts("srv02", daysAgo: 1, try Target("192.0.2.7")).isEmpty)
    #expect(doubts("srv01", daysAgo: 1100, target) == ["The newest of it is 3 years old."])
    #expect(doubts("srv01", daysAgo: 200, target) == ["The newest of it is months old."])
  }
}
