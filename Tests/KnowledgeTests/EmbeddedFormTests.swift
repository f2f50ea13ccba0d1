import Testing

@testable import KnowledgeFormat

@Suite struct EmbeddedFormTests {
  func read(_ text: String) throws -> KnowledgeNode {
    try Array(text.utf8).withUnsafeBufferPointer { try EmbeddedForm.node(in: $0) }
  }

  @Test func aTreeComesBackAsItWas() throws {
    let root = try YAMLReader.read("a: Größe\nb: [x, [], {}]\nc: |\n  {host}\n  \"q\" \\ '\n", file: "f.yaml")
    #expect(try read(EmbeddedForm.text(of: root)) == root.withoutLines)
  }

  @Test func embeddedKnowledgeIsTheKnowledgeOfTheFiles() throws {
    let documents = try SampleKnowledge().documents(origin: "built-in")
    let text = EmbeddedForm.text(of: documents)
    let back = try Array(text.utf8).withUnsafeBufferPointer { try EmbeddedForm.documents(in: $0) }
    #expect(DecodedKnowledge(back).base == DecodedKnowledge(documents).base)
    #expect(DecodedKnowledge(back).cases == DecodedKnowledge(documents).cases)
    #expect(EmbeddedForm.text(of: documents.reversed()) == text)
  }

  @Test func theFormIsWrittenAsDescribed() {
    let node = KnowledgeNode(.map([.init("title", KnowledgeNode(.list([KnowledgeNode(.scalar("é"))])))]))
    #expect(EmbeddedForm.text(of: node) == "{1:5:title[1:=2:é")
  }

  @Test func everyTruncationIsRefused() throws {
    let text = EmbeddedForm.text(of: try SampleKnowledge().documents())
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count {
      #expect(throws: EmbeddedFormError.self) {
        try bytes[..<count].withUnsafeBufferPointer { try EmbeddedForm.node(in: $0) }
      }
    }
  }

  @Test(arguments: [
    "", "=", "=x", "=9:abc", "=1:ab", "=99999999999999999999:a", "[2:=1:a", "{1:=1:a", "?", "=-1:", "=:",
    "{1:1:a", String(repeating: "[1:", count: 5_000),
  ])
  func damageIsRefused(_ text: String) {
    #expect(throws: EmbeddedFormError.self) { try read(text) }
  }

  @Test func literalsHoldOnlyPlainASCII() {
    #expect(EmbeddedForm.literal("a\"b\\(c)\né\t") == #""a\"b\\(c)\n\u{e9}\u{9}""#)
  }
}
