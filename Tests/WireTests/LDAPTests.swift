import Testing
import Wire

@Suite struct LDAPTests {
  /// A search result with two attributes and its end, as a server writes them; lengths in the long form, as Windows does.
  static let answer = hex(
    """
    30840000005502010164840000004c040030840000004430840000001e040b63757272656e7454696d65318400
    00000b0409323032362d30352d3130840000001a04066e616d65737331840000000c0404636f72700404746573
    743084000000100201016584000000070a010004000400
    """)

  @Test func anEntryAndItsEndAreRead() throws {
    let (message, length) = try LDAPMessage.first(in: Self.answer)
    guard case .entry(let entry) = message else {
      Issue.record("it is an entry: \(message)")
      return
    }
    #expect(entry.name == "")
    #expect(entry.values("CurrentTime") == ["2026-05-1"])
    #expect(entry.values("namess") == ["corp", "test"])
    #expect(entry.currentTime == nil)
    let rest = Array(Self.answer[length...])
    #expect(try LDAPMessage.first(in: rest).message == .done(code: 0, diagnostic: ""))
    #expect(try LDAPMessage.first(in: rest).length == rest.count)
  }

  @Test(arguments: [
    ("20260504031200.0Z", 1_777_864_320.0), ("19700101000000Z", 0), ("20240229120000Z", 1_709_208_000),
  ])
  func theClockIsRead(text: String, seconds: Double) {
    #expect(LDAPEntry(attributes: ["currenttime": [text]]).currentTime == seconds)
  }

  @Test func theRequestSignsNobodyIn() {
    let request = LDAP.rootRequest(attributes: ["dnsHostName"])
    // [APPLICATION 3] is a search; [APPLICATION 0] would be a sign-in.
    #expect(request.starts(with: [0x30, UInt8(request.count - 2), 2, 1, 1, 0x63]))
    #expect(request.firstRange(of: Array("dnsHostName".utf8)) != nil)
  }

  @Test func aMessageThatIsNotWholeWantsMore() {
    for length in 0..<91 {
      let part = Array(Self.answer.prefix(length))
      #expect(error { () throws(DecodeError) in _ = try LDAPMessage.first(in: part) } != nil)
    }
    #expect(
      error { () throws(DecodeError) in _ = try LDAPMessage.first(in: Array(Self.answer.prefix(50))) }?
        .needsMore
        == true)
    let huge = error { () throws(DecodeError) in _ = try LDAPMessage.first(in: hex("3084 7fffffff 0201")) }
    #expect(huge?.needsMore == false)
  }

  @Test func nothingTrapsOnDamagedMessages() {
    var generator = SplitMix64(state: 0x1DA9)
    var refused = 0
    for _ in 0..<6000 {
      let bytes = mutation(of: Self.answer, using: &generator)
      do throws(DecodeError) {
        let (_, length) = try LDAPMessage.first(in: bytes)
        #expect(length > 0 && length <= bytes.count)
      } catch {
        refused += 1
        #expect(error.offset >= 0)
      }
    }
    #expect(refused > 1000 && refused < 6000)
  }
}
