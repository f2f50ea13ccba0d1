import Facts
import Testing

@Suite struct SpellingTests {
  @Test func theNearestNamesComeFirst() {
    let names = ["STATUS_WRONG_PASSWORD", "STATUS_PASSWORD_EXPIRED", "ERRCONNECT_WRONG_PASSWORD"]
    #expect(
      Spelling.nearest(to: "status_wrong_pasword", among: names, atMost: 2).first == "STATUS_WRONG_PASSWORD")
    #expect(Spelling.nearest(to: "completely different words", among: names, atMost: 2) == [])
  }
}
