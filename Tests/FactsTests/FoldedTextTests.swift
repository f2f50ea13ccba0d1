import Facts
import Testing

@Suite struct FoldedTextTests {
  func words(_ text: String) -> [String] {
    let folded = FoldedText(text)
    return folded.words.map { folded.text($0) }
  }

  @Test(arguments: [
    ("The logon attempt failed.", "the logon attempt failed"),
    ("Can't CONNECT, can’t reconnect", "cant connect cant reconnect"),
    ("L'administrateur système a restreint", "l administrateur systeme a restreint"),
    ("l’accès n’est pas autorisé", "l acces n est pas autorise"),
    ("Die Anmeldung ist fehlge-\n  schlagen", "die anmeldung ist fehlgeschlagen"),
    ("Straße Größe ŁÓDŹ Œuvre", "strasse grosse lodz oeuvre"),
    ("Ошибка проверки Ещё й", "ошибка проверки еще и"),
    ("要求された関数", "要 求 さ れ た 関 数"), ("错误代码：0x204", "错 误 代 码 0x204"),
    ("오류 코드", "오 류 코 드"), ("０ｘ３ ＡＢ", "0x3 ab"),
    ("e\u{301}cran so\u{AD}ft", "ecran soft"), ("d\u{82}connexion", "deconnexion"),
    ("dÃ©connexion", "deconnexion"), ("ERRINFO_SERVER_DENIED 0x7", "errinfo_server_denied 0x7"),
    ("a1\tb-c/d", "a1 b c d"), ("error\u{1B}[31m 516\u{1B}[0m", "error 516"), ("", ""), ("…—\u{200B}", ""),
  ])
  func spellingsMeet(_ text: String, _ folded: String) {
    #expect(words(text).joined(separator: " ") == folded)
  }

  @Test func wordsKeepTheirPlaceLineAndKind() {
    let text = "é Error\r\ncode: 516 0x2F 0xZZ 误"
    let folded = FoldedText(text)
    let bytes = Array(text.utf8)
    #expect(
      folded.words.map { String(decoding: bytes[$0.range], as: UTF8.self) } == [
        "é", "Error", "code", "516", "0x2F", "0xZZ", "误",
      ])
    #expect(folded.words.map(\.line) == [0, 0, 1, 1, 1, 1, 1])
    #expect(folded.words.map(\.kind) == [.word, .word, .word, .number, .number, .word, .sign])
    #expect(folded.lineCount == 2)
    #expect(FoldedText.hashes("ÉCRAN") == [FoldedText.hash("ecran")])
  }

  @Test func whatExceedsTheLimitIsLeftOutAlsoInTheMiddleOfALetter() {
    let folded = FoldedText("abé", limit: 3)
    #expect(folded.bytesRead == 3)
    #expect(folded.words.count == 1)
    #expect(words(String(repeating: "x", count: 5_000)).first?.count == 200)
  }
}
