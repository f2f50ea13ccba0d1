import Testing

@testable import Wizard

@Suite struct InkTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｱ", 1), ("ＡＢ", 4), ("한글", 4), ("한", 2),
    ("\u{1F600}", 2), ("─│…", 3), ("\u{AD}", 0), ("กำ", 2),
  ]) func cellsAreCountedAsTerminalsDo(text: String, cells: Int) {
    #expect(TextWidth.cells(text) == cells)
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, 40]) func wrappedTextFitsAndKeepsItsWords(width: Int) {
    let ink = Ink(.unicode)
    let text = "漢字 are wide, and averyveryverylongword is broken e\u{301}ven  so"
    let lines = ink.wrap(text, width: width)
    #expect(lines.allSatisfy { $0.cells <= width })
    if width >= 2 {
      let kept = lines.map { $0.map(\.text).joined() }.joined().filter { $0 != " " }
      #expect(kept == text.filter { $0 != " " })
    }
  }

  @Test(arguments: [4, 7, 20, 60]) func aWrappedCommandKeepsEveryCharacter(width: Int) {
    let command = "Get-Thing  -Name 'a  b'   | Out-Null;  averyveryveryverylongargument"
    let lines = Ink(.unicode).wrap(command: command, width: width)
    #expect(lines.map { $0.dropFirst().map(\.text).joined() }.joined() == command)
    #expect(lines.allSatisfy { $0.cells <= width })
    #expect(lines.first?.first?.text == "│ ")
    #expect(lines.dropFirst().allSatisfy { $0.first?.text == "↳ " })
  }

  @Test func cuttingMarksWhatIsMissing() {
    let ink = Ink(.unicode)
    #expect(ink.fit([Span("abcdef")], 4).map(\.text).joined() == "abc…")
    #expect(ink.fit([Span("漢字漢字")], 4).map(\.text).joined() == "漢…")
    #expect(ink.fit([Span("abc")], 3).map(\.text).joined() == "abc")
    #expect(Ink(.ascii).fit([Span("abcdef")], 5).map(\.text).joined() == "ab...")
  }

  @Test func hostileTextIsMadeHarmlessAndASCIIStaysASCII() {
    #expect(Ink(.unicode).clean("a\u{1B}[31mb\u{202E}c\n") == "a·[31mb·c·")
    #expect(Ink(.ascii).clean("“üñ” → 漢 \u{1B}…") == "\"uen\" -> ?? -...")
  }
}
