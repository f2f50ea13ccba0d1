import Diagnosis
import Facts
import TestSupport
import Testing

@Suite struct CaseGateTests {
  /// Every text that an entry has, found by walking through it.
  @Test func noTextThatCannotBeShownComesThrough() throws {
    var count = 0
    for entry in EveryField.record.entries {
      #expect(try CaseGate.checked(entry) == entry)
      let tree = try Tree(encoding: entry)
      for way in EveryField.texts(of: tree) {
        let bad = EveryField.replacing(tree, at: way[...], with: .text("x\u{1B}[2J"))
        // Words of a closed list do not even decode.
        guard let hostile = try? bad.decoded(as: Case.Entry.self) else { continue }
        #expect(throws: TreeError.self) { try CaseGate.checked(hostile) }
        if let clean = try? CaseGate.cleaned(hostile) { #expect(!"\(clean)".contains("\u{1B}"), "\(way)") }
        count += 1
      }
    }
    #expect(count > 200)
  }

  @Test func aTreeIsWhatWasEncoded() throws {
    let tree = try Tree(encoding: EveryField.record)
    #expect(try tree.decoded(as: Case.self) == EveryField.record)
    #expect(try Tree(json: Array(tree.json.utf8)).decoded(as: Case.self) == EveryField.record)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,\"a\":2}", "{\"a\" 1}", "01", "1.", "-", "nul", "\"\\ud800\"", "\"\\x\"",
    "\"a\nb\"",
    "[1] 2", "1e999", "\"open",
  ]) func whatIsNoJSONIsRefused(text: String) {
    #expect(throws: TreeError.self) { try Tree(json: Array(text.utf8)) }
  }

  @Test func numbersAndTextsOfJSONAreReadExactly() throws {
    let text = #"[0, -1, 18446744073709551615, 1.5, 1e3, true, null, "\u00e9\ud83d\ude00\n\"\\/", {}]"#
    #expect(
      try Tree(json: Array(text.utf8))
        == .list([
          .integer(0), .integer(-1), .large(.max), .number(1.5), .number(1000), .flag(true), .null,
          .text("é😀\n\"\\/"), .table([]),
        ]))
    #expect(throws: TreeError.self) { try Tree(json: Array(String(repeating: "[", count: 33).utf8)) }
    #expect(throws: TreeError.self) { try Tree(json: [0x22, 0xFF, 0x22]) }
  }

  @Test func theHighestRunNumberOverflowsNothing() throws {
    let entry = Case.Entry(time: .init(seconds: 0), person: "p", event: .probed(run: .max, []))
    #expect(throws: TreeError.self) { try CaseGate.checked(entry) }
    #expect(throws: TreeError.self) { try CaseGate.cleaned(entry) }
  }
}
