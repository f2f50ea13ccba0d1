import Foundation
import TestSupport
import Testing
import Wire

@Suite struct RDPUDPTests {
  /// An answer as a host of today gives it: version 3, of which it says no hash.
  private let answer =
    hex(
      """
      01020304 0040 1005
      0A0B0C0D 04D0 04D0
      0001 0101
      """) + [UInt8](repeating: 0, count: 1212)

  @Test func anAnswerOfVersionThreeIsRead() throws {
    let opening = try RDPUDPOpening(decoding: answer)
    #expect(opening.acknowledged == 0x0102_0304)
    #expect(opening.sequenceNumber == 0x0A0B_0C0D)
    #expect(opening.upstreamMTU == 1232 && opening.downstreamMTU == 1232)
    #expect(opening.version == .three)
  }

  @Test func anAnswerWithoutAVersionIsRead() throws {
    let opening = try RDPUDPOpening(decoding: hex("01020304 0040 0005 0A0B0C0D 046C 04D0"))
    #expect(opening.version == nil)
    #expect(opening.upstreamMTU == 1132)
  }

  @Test func aCorrelationIdIsPassedOver() throws {
    let bytes =
      hex("FFFFFFFF 0040 1801 00000007 04D0 04D0") + [UInt8](repeating: 0xEE, count: 32) + hex("0001 0002")
    let opening = try RDPUDPOpening(decoding: bytes)
    #expect(opening.acknowledged == nil)
    #expect(opening.version == .two)
  }

  @Test(arguments: [RDPUDPOpening.Version.one, .two, .three, nil])
  func whatIsWrittenIsReadBackAndFillsTheDatagram(version: RDPUDPOpening.Version?) throws {
    for acknowledged in [nil, 9] as [UInt32?] {
      let opening = RDPUDPOpening(
        acknowledged: acknowledged, sequenceNumber: 0xDEAD_BEEF, upstreamMTU: 1200, version: version)
      let bytes = opening.encode()
      #expect(bytes.count == 1232)
      #expect(try RDPUDPOpening(decoding: bytes) == opening)
    }
  }

  @Test func aSYNIsWrittenAsClientsDo() {
    let bytes = RDPUDPOpening(sequenceNumber: 0xA7EB_5DA4, version: .two).encode()
    #expect(bytes.prefix(20) == hex("FFFFFFFF 0040 1001 A7EB5DA4 04D0 04D0 0001 0002")[...])
  }

  @Test(arguments: [
    ("01020304 0040 1004 0A0B0C0D 04D0 04D0 0001 0101", 6),  // no SYN
    ("01020304 0040 1005 0A0B0C0D 0064 04D0 0001 0101", 12),  // an MTU of 100
    ("01020304 0040 1005 0A0B0C0D 04D0 FFFF 0001 0101", 14),
    ("01020304 0040 1005 0A0B0C0D 04D0 04D0 0001 0777", 18),  // a version that nobody knows
  ])
  func whatIsNoOpeningIsRefusedAtItsPlace(_ text: String, _ offset: Int) {
    let error = error { () throws(DecodeError) in _ = try RDPUDPOpening(decoding: hex(text)) }
    #expect(error?.offset == offset)
    #expect(error?.needsMore == false)
  }

  @Test func everyTruncationIsRefused() {
    for length in 0..<20 {
      let bytes = Array(answer.prefix(length))
      let error = error { () throws(DecodeError) in _ = try RDPUDPOpening(decoding: bytes) }
      #expect(error?.needsMore == true)
    }
  }

  @Test(.enabled(if: RecordedTranscript.areAvailable, "no recordings at RDPTRIAGE_CAPTURES"))
  func recordedOpeningsAreRead() throws {
    let file = "\(RecordedTranscript.folder)/pcap/rdpeudp2-handshake-ok.pcap"
    let capture = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    // pcap: a header of 24 bytes, 16 before each frame; Ethernet, IPv4 and UDP have 42.
    var datagrams: [[UInt8]] = []
    var rest = capture.dropFirst(24)
    while datagrams.count < 2, rest.count > 58 {
      let length = rest.dropFirst(8).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      datagrams.append(Array(rest.dropFirst(16 + 42).prefix(length - 42)))
      rest = rest.dropFirst(16 + length)
    }
    let request = try RDPUDPOpening(decoding: datagrams[0])
    let answer = try RDPUDPOpening(decoding: datagrams[1])
    #expect(request.version == .three && request.acknowledged == nil)
    #expect(answer.acknowledged == request.sequenceNumber)
    #expect(answer.version == .three)
  }
}
