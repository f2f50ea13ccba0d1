import Facts
import Testing

@Suite struct ReportedCodeTests {
  @Test(arguments: [
    ("0x3", "0x3"), ("3", "0x3"), ("0x00000003", "0x3"), ("0x3/0x7", "0x3/0x7"), ("0x3:0x7", "0x3/0x7"),
    ("0x3 0x7", "0x3/0x7"), ("516", "0x204"), ("204h", "0x204"), ("3/7", "0x3/0x7"), ("3:7", "0x3/0x7"),
    ("0X904, 0X7", "0x904/0x7"), ("0x3-0x7", "0x3/0x7"), ("(0x3 / 0x7)", "0x3/0x7"),
    ("-2146893018", "0x80090326"), ("-1073741260", "0xc0000234"), ("−1073741260", "0xc0000234"),
    ("*/0x11", "*/0x11"), ("０ｘ３／０ｘ７", "0x3/0x7"), ("-1", "0xffffffff"),
    ("event-schannel-36870", "event-schannel-36870"), ("negotiation-0x5", "negotiation-0x5"),
  ])
  func everySpellingGivesTheSameNumbers(text: String, canonical: String) {
    #expect(ReportedCode(text)?.description == canonical)
  }

  @Test(arguments: [
    ("Error code: 0x3\nExtended error code: 0x7", "0x3/0x7"),
    ("Fehlercode: 0x3\r\nErweiterter Fehlercode: 0x7", "0x3/0x7"),
    ("Código de error: 0x204 Código de error extendido: 0x0", "0x204/0x0"),
    ("Code d’erreur : 0x904\nCode d’erreur étendu : 0x7", "0x904/0x7"),
    ("Codice errore: 0x3\nCodice errore esteso: 0x7", "0x3/0x7"),
    ("Foutcode: 0x3\nUitgebreide foutcode: 0x9", "0x3/0x9"),
    ("Kod błędu: 0x3\nRozszerzony kod błędu: 0x7", "0x3/0x7"),
    ("Код ошибки: 0x3\nРасширенный код ошибки: 0x7", "0x3/0x7"),
    ("エラー コード: 0x3 拡張エラー コード: 0x11", "0x3/0x11"),
    ("错误代码：0x3\n扩展错误代码：0x7", "0x3/0x7"), ("错误代码0x3，扩展错误代码0x7", "0x3/0x7"),
    ("Código de erro: 0x3\nCódigo de erro estendido: 0x7", "0x3/0x7"),
    ("오류 코드: 0x3\n확장 오류 코드: 0x7", "0x3/0x7"),
    ("Extended error code: 0x11", "*/0x11"),
    ("Erweiterter Fehlercode: 0x7, Fehlercode: 0x3", "0x3/0x7"),
    ("The reason was: 516", "0x204"), ("error 516", "0x204"), ("Fehlercode 516", "0x204"),
    ("The server refused it with -1073741260 today", "0xc0000234"),
    (
      "Remote Desktop can't connect for one of these reasons:\n1) Remote access is not enabled\n2) It is turned off"
        + "\nError code: 0x204\nExtended error code: 0x0\nTimestamp (UTC): 11/23/26 08:12:03 AM", "0x204/0x0"
    ),
    ("Am 23.11.2026 um 08:12: Fehlercode: 2308", "0x904"),
    ("Each of them: error code: 3, extended error code: 7 (10:07:33)", "0x3/0x7"),
    ("Error code: 516, session: 2", "0x204"),
    ("Status: 0xC000006D Sub Status: 0xC0000064", "0xc000006d/0xc0000064"),
  ])
  func aPastedMessageGivesItsCodeInAnyLanguage(text: String, canonical: String) {
    #expect(ReportedCode(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "hello", "1 2 3", "0x1ffffffff", "it failed 3 times", "bad", "each", "Dach", "at 08:12",
    "nonsense-0x5x",
    "on 11/23/26", "event-", "*/", "*/event-schannel-36870", "-", "0x",
  ])
  func whatIsNoCodeIsNil(text: String) {
    #expect(ReportedCode(text) == nil)
  }

  @Test func aCanonicalSpellingReadsBackAsItself() {
    for code in [
      ReportedCode(code: 3, extended: 7), ReportedCode(code: 0xC000_0234), ReportedCode(extended: 0x11),
      ReportedCode(entry: "event-service-control-manager-7000"),
    ] {
      #expect(ReportedCode(code.description) == code)
    }
  }

  @Test func aLongOrHostilePasteIsReadWithoutTrouble() {
    let long = String(repeating: "错误 -", count: 5_000) + "0x3"
    #expect(ReportedCode(long) == nil)
    #expect(ReportedCode("0x3" + String(repeating: "/", count: 100_000)) == ReportedCode(code: 3))
    #expect(ReportedCode("\u{0}\u{1B}0x3\u{7}")?.code == 3)
  }
}
