import Facts
import Testing

@Suite struct ReportedCodeTests {
  @Test(arguments: [
    ("0x3", "0x3"), ("3", "0x3"), ("0x00000003", "0x3"), ("0x3/0x7", "0x3/0x7"), ("0x3:0x7", "0x3/0x7"),
    ("0x3 0x7", "0x3/0x7"), ("516", "0x204"), ("204h", "0x204"), ("3/7", "0x3/0x7"),
    ("0X904, 0X7", "0x904/0x7"),
    ("-2146893018", "0x80090326"), ("*/0x11", "*/0x11"),
    ("Error code: 0x3\nExtended error code: 0x7", "0x3/0x7"),
    ("Fehlercode: 0x3\r\nErweiterter Fehlercode: 0x7", "0x3/0x7"),
    ("Código de error: 0x204 Código de error extendido: 0x0", "0x204/0x0"),
    ("Code d’erreur : 0x904", "0x904"),
    ("エラー コード: 0x3 拡張エラー コード: 0x11", "0x3/0x11"),
    ("The reason was: 516", "0x204"),
  ])
  func everySpellingGivesTheSameNumbers(text: String, canonical: String) {
    #expect(ReportedCode(text)?.description == canonical)
  }

  @Test(arguments: ["", "hello", "1 2 3", "0x1ffffffff", "it failed 3 times", "bad"])
  func whatIsNoCodeIsNil(text: String) {
    #expect(ReportedCode(text) == nil)
  }
}
