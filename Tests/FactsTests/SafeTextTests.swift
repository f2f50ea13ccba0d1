import Facts
import Testing

@Suite struct SafeTextTests {
  @Test func controlAndDirectionMarksBecomeDots() {
    #expect(SafeText.clean("a\u{1b}[31mb\u{7}\u{9b}c") == "a·[31mb··c")
    #expect(SafeText.clean("evil\u{202e}txt\u{200b}\u{2066}") == "evil·txt··")
    #expect(SafeText.clean("line\nnext\u{2028}") == "line·next·")
  }

  @Test func ordinaryTextOfAnyScriptPassesAsItIs() {
    let text = "Größe 東京 Ωμέγα – “ok” 5 €"
    #expect(SafeText.clean(text) == text)
    #expect(SafeText.clean(SafeText.clean("x\u{0}y")) == SafeText.clean("x\u{0}y"))
  }

  @Test func whatIsTooLongIsCut() {
    #expect(SafeText.clean(String(repeating: "x", count: 300), limit: 10) == "xxxxxxxxxx…")
    #expect(SafeText.clean(bytes: [UInt8](repeating: 0xFF, count: 4), limit: 10) == "····")
  }

  @Test func timestampsReadAsUTC() {
    #expect(Timestamp(seconds: 0).text == "1970-01-01 00:00")
    #expect(Timestamp(seconds: 1_709_208_000).text == "2024-02-29 12:00")
    #expect(Timestamp(seconds: -1).text == "1969-12-31 23:59")
    #expect(Timestamp(seconds: .infinity).text == "?")
  }
}
