import Testing
import Wire

/// Every decoder, on bytes that are nearly right: it returns a value or a `DecodeError` with an offset, and never traps.
@Suite struct MutationTests {
  static let messages: [[UInt8]] = {
    let challenge = ChallengeMessage(
      flags: [.unicode, .targetInfo, .version], targetName: "LAB", serverChallenge: [1, 2, 3, 4, 5, 6, 7, 8],
      targetInfo: TargetInfo(
        netBIOSComputer: "SRV01", netBIOSDomain: "LAB", dnsComputer: "srv01.lab.test",
        dnsDomain: "lab.test", dnsTree: "lab.test", time: FileTime(ticks: 133_000_000_000_000_000)),
      build: WindowsBuild(major: 10, minor: 0, build: 17763)
    ).encode()
    let response = NegTokenResp(
      state: .acceptIncomplete, supportedMech: .ntlm, responseToken: challenge, mechListMIC: [1, 2, 3]
    ).encode()
    return [
      ConnectionRequest(cookie: "user", negotiation: .init([.tls, .hybrid])).encode(),
      ConnectionConfirm(reply: .selected(.hybridEx, .restrictedAdmin)).encode(),
      ConnectionConfirm(reply: .refused(.hybridRequired)).encode(),
      ConnectionConfirm(reply: .none).encode(),
      hex("160303 0030 02 00002c 0303") + [UInt8](repeating: 1, count: 32)
        + hex("00 1302 00 0006 002b 0002 0304"),
      NegotiateMessage().encode(), challenge, response,
      NegTokenInit(mechTypes: [.ntlm, .kerberos], mechToken: NegotiateMessage().encode()).encode(),
      TSRequest(negoTokens: [response], pubKeyAuth: [1, 2], errorCode: .notSupported, clientNonce: [9])
        .encode(),
      RDPUDPOpening(acknowledged: 7, sequenceNumber: 8, version: .three).encode(),
    ]
  }()

  @Test(arguments: messages.indices) func nothingTrapsOnDamagedMessages(index: Int) {
    let message = Self.messages[index]
    var generator = SplitMix64(state: 0xD1CE + UInt64(index))
    var refused = 0
    for _ in 0..<6000 {
      let bytes = mutation(of: message, using: &generator)
      let errors = [
        error { () throws(DecodeError) in _ = try ConnectionRequest(decoding: bytes) },
        error { () throws(DecodeError) in _ = try ConnectionConfirm(decoding: bytes) },
        error { () throws(DecodeError) in _ = try TLSRecord(decoding: bytes).serverHello },
        error { () throws(DecodeError) in _ = try NegotiateMessage(decoding: bytes) },
        error { () throws(DecodeError) in _ = try ChallengeMessage(decoding: bytes) },
        error { () throws(DecodeError) in _ = try NegotiationToken(decoding: bytes) },
        error { () throws(DecodeError) in _ = try TSRequest(decoding: bytes) },
        error { () throws(DecodeError) in _ = try RDPUDPOpening(decoding: bytes) },
      ].compactMap { $0 }
      for error in errors { #expect(error.offset >= 0) }
      refused += errors.count
      _ = FirstBytes(bytes).description
      _ = TargetInfo(decoding: bytes)
      var framer = TPKT.Framer()
      framer.append(bytes)
      var frames = 0
      while let frame = try? framer.next() {
        frames += frame.count
        if frames > bytes.count { break }
      }
      #expect(frames + framer.rest.count == bytes.count)
    }
    // An input is a message of one kind at most, and an NTLM message is also a token: six of the eight decoders refuse.
    #expect(refused >= 6 * 6000)
  }

  @Test func theGeneratorIsTheSameInEveryRun() {
    var generator = SplitMix64(state: 0)
    #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
  }
}
