import Testing
import Wire

@Suite struct TPKTTests {
  let first = hex("03 00 0007 02f080")
  let second = hex("03 00 0009 02f080 2180")

  @Test func aFrameIsHeaderAndPayload() throws {
    #expect(TPKT.frame(hex("02f080")) == first)
    #expect(try TPKT.frameLength(first) == 7)
  }

  @Test func aStreamIsCutTheSameWayHoweverItArrives() throws {
    let stream = first + second + first
    for size in 1...stream.count {
      var framer = TPKT.Framer()
      var frames: [[UInt8]] = []
      for start in stride(from: 0, to: stream.count, by: size) {
        framer.append(stream[start..<min(start + size, stream.count)])
        while let frame = try framer.next() { frames.append(frame) }
      }
      #expect(frames == [first, second, first], "in pieces of \(size)")
      #expect(framer.rest.isEmpty)
    }
  }

  @Test func halfAMessageIsNotGivenOut() throws {
    var framer = TPKT.Framer()
    framer.append(first + second.dropLast())
    #expect(try framer.next() == first)
    #expect(try framer.next() == nil)
    #expect(framer.rest == Array(second.dropLast()))
  }

  @Test func theFirstByteTellsThatItIsNoTPKT() {
    var framer = TPKT.Framer()
    framer.append(Array("H".utf8))
    #expect(
      error { () throws(DecodeError) in _ = try framer.next() }
        == .unexpected(field: "TPKT version", at: 0, got: 0x48, want: "3"))
  }

  @Test(arguments: [0, 3, 4, 6]) func aLengthThatHoldsNoMessageIsRefused(length: UInt8) {
    #expect(
      error { () throws(DecodeError) in _ = try TPKT.frameLength([3, 0, 0, length]) }
        == .unexpected(field: "TPKT length", at: 2, got: UInt64(length), want: "7 or more"))
  }

  @Test func aHeaderCutOffAsksForMore() {
    let field = ["TPKT version", "TPKT reserved", "TPKT length", "TPKT length"]
    for count in 0..<4 {
      #expect(
        error { () throws(DecodeError) in _ = try TPKT.frameLength(Array(first.prefix(count))) }
          == .truncated(field: field[count], at: min(count, 2)))
    }
  }
}
