import Testing
import Wire

@Suite struct MCSTests {
  static let samples: [(bytes: [UInt8], message: MCSMessage)] = [
    (hex("0300000c 02f080 04 0100 0100"), .erectDomainRequest),
    (hex("03000008 02f080 28"), .attachUserRequest),
    (hex("0300000b 02f080 2e 00 0008"), .attachUserConfirm(.successful, user: 1009)),
    (hex("03000009 02f080 2d a0"), .attachUserConfirm(.tooManyUsers, user: nil)),
    (hex("0300000c 02f080 38 0008 03f1"), .channelJoinRequest(user: 1009, channel: 1009)),
    (
      hex("0300000f 02f080 3e 00 0008 03eb 03eb"),
      .channelJoinConfirm(.successful, user: 1009, requested: 1003, channel: 1003)
    ),
    (
      hex("0300000d 02f080 3d e0 0008 03eb"),
      .channelJoinConfirm(.userRejected, user: 1009, requested: 1003, channel: nil)
    ),
    (
      hex("03000011 02f080 64 0008 03eb 70 8002 abcd"),
      .sendDataRequest(user: 1009, channel: 1003, [0xAB, 0xCD])
    ),
    (
      hex("03000010 02f080 68 0001 03eb 70 8001 ef"),
      .sendDataIndication(user: 1002, channel: 1003, [0xEF])
    ),
    (hex("03000009 02f080 21 80"), .disconnectProviderUltimatum(.userRequested)),
    (hex("03000009 02f080 20 80"), .disconnectProviderUltimatum(.providerInitiated)),
  ]

  @Test(arguments: samples.indices) func eachMessageIsReadAndWritten(index: Int) throws {
    let (bytes, message) = Self.samples[index]
    #expect(try MCSMessage(decoding: bytes) == message)
    #expect(message.encode() == bytes)
  }

  @Test(arguments: samples.indices) func eachCutAsksForMore(index: Int) {
    let bytes = Self.samples[index].bytes
    for count in 0..<bytes.count {
      #expect(
        error { () throws(DecodeError) in _ = try MCSMessage(decoding: Array(bytes.prefix(count))) }?
          .needsMore == true)
    }
  }

  @Test func messagesFedByteByByteComeOutWhole() throws {
    var framer = TPKT.Framer()
    var read: [MCSMessage] = []
    for byte in Self.samples.flatMap(\.bytes) {
      framer.append([byte])
      while let frame = try framer.next() { read.append(try MCSMessage(decoding: frame)) }
    }
    #expect(read == Self.samples.map(\.message))
  }

  @Test func aShortLengthOfOneByteIsReadToo() throws {
    #expect(
      try MCSMessage(decoding: hex("0300000f 02f080 68 0001 03eb 70 01 ef"))
        == .sendDataIndication(user: 1002, channel: 1003, [0xEF]))
  }

  @Test func lengthsThatLieAreRefused() {
    // More than there is; and a fragment, which would begin another rule.
    for (bytes, field) in [
      (hex("0300000f 02f080 68 0001 03eb 70 7f ef"), "MCS data"),
      (hex("0300000f 02f080 68 0001 03eb 70 c1 ef"), "MCS data length"),
      (hex("0300000b 02f080 2e 00 ffff"), "MCS user"), (hex("03000009 02f081 21 80"), "X.224 data header"),
    ] {
      let refusal = error { () throws(DecodeError) in _ = try MCSMessage(decoding: bytes) }
      #expect(refusal?.description.hasPrefix(field) == true, "\(String(describing: refusal))")
    }
  }

  @Test func anUnknownChoiceIsKeptAsItsNumber() throws {
    #expect(try MCSMessage(decoding: hex("03000008 02f080 24")) == .other(9))
    #expect(MCSResult(rawValue: 14).description == "rt-unspecified-failure")
    #expect(MCSResult(rawValue: 99).description == "result 99")
    #expect(DisconnectReason(rawValue: 3).description == "rn-user-requested")
    #expect(DisconnectReason(rawValue: 7).description == "reason 7")
  }
}
