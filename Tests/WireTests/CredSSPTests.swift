import Testing
import Wire

@Suite struct CredSSPTests {
  @Test func aRefusalHasTheseBytes() throws {
    let bytes =
      hex("30 0d")  // SEQUENCE
      + hex("a0 03 02 01 06")  // version 6
      + hex("a4 06 02 04 80090302")  // errorCode, a negative INTEGER
    let request = TSRequest(errorCode: .unsupportedFunction)
    #expect(request.encode() == bytes)
    #expect(try TSRequest(decoding: bytes) == request)
    #expect(request.errorCode?.description == "0x80090302 SEC_E_UNSUPPORTED_FUNCTION")
  }

  @Test func anErrorCodeInFiveBytesIsTheSame() throws {
    let bytes = hex("30 0e a003 020106 a4 07 02 05 00c000006d")
    #expect(try TSRequest(decoding: bytes).errorCode?.name == "STATUS_LOGON_FAILURE")
  }

  @Test func lengthsThatAreLongerThanNeededAreRead() throws {
    let bytes = hex("30 82 000e a0 81 03 02 01 06 a4 81 05 02 03 090302")
    let request = try TSRequest(decoding: bytes)
    #expect(request == TSRequest(errorCode: .init(rawValue: 0x90302)))
  }

  @Test func everyFieldSurvivesARoundTrip() throws {
    let request = TSRequest(
      version: 5, negoTokens: [[1, 2, 3], []], authInfo: [9], pubKeyAuth: [UInt8](repeating: 8, count: 300),
      errorCode: .ntlmBlocked, clientNonce: [UInt8](repeating: 7, count: 32))
    #expect(try TSRequest(decoding: request.encode()) == request)
    #expect(try TSRequest.length(request.encode()) == request.encode().count)
  }

  @Test func everyTruncationAsksForMore() {
    let whole = TSRequest(negoTokens: [[UInt8](repeating: 5, count: 200)]).encode()
    for count in 0..<whole.count {
      let cut = Array(whole.prefix(count))
      #expect(error { () throws(DecodeError) in _ = try TSRequest(decoding: cut) }?.needsMore == true)
    }
  }

  @Test func whatIsNoTSRequestIsRefusedAtOnce() {
    #expect(
      error { () throws(DecodeError) in _ = try TSRequest.length(Array("HTTP".utf8)) }
        == .unexpected(field: "TSRequest", at: 0, got: 0x48, want: "0x30"))
    // 64 KiB and one byte, indefinite length, and a length of eight bytes.
    for bytes in ["30 83 00fffd", "30 80", "30 88 0000000000000001"] {
      #expect(error { () throws(DecodeError) in _ = try TSRequest.length(hex(bytes)) }?.needsMore == false)
    }
  }

  @Test func aRequestWithoutAVersionIsMalformed() {
    #expect(
      error { () throws(DecodeError) in _ = try TSRequest(decoding: hex("30 08 a4 06 02 04 80090302")) }
        == .malformed(field: "version", at: 0, reason: "it is missing"))
  }

  @Test func aNegTokenInitHasTheseBytes() throws {
    let token = NegTokenInit(mechTypes: [.ntlm], mechToken: [0xAA, 0xBB])
    let bytes =
      hex("60 22")  // [APPLICATION 0]
      + hex("06 06 2b0601050502")  // SPNEGO
      + hex("a0 18 30 16")  // NegTokenInit
      + hex("a0 0e 30 0c 06 0a 2b060104018237020 20a")  // mechTypes: NTLM
      + hex("a2 04 04 02 aabb")  // mechToken
    #expect(token.encode() == bytes)
    #expect(try NegTokenInit(decoding: bytes) == token)
  }

  @Test func aNegTokenRespHasTheseBytes() throws {
    let token = NegTokenResp(
      state: .acceptIncomplete, supportedMech: .kerberosUserToUser, responseToken: [0x4E, 0x54])
    let bytes =
      hex("a1 1b 30 19")  // NegTokenResp
      + hex("a0 03 0a 01 01")  // accept-incomplete
      + hex("a1 0c 06 0a 2a864886f71201020203")  // user-to-user
      + hex("a2 04 04 02 4e54")  // responseToken
    #expect(token.encode() == bytes)
    #expect(try NegTokenResp(decoding: bytes) == token)
    #expect(try NegotiationToken(decoding: bytes) == .response(token))
  }

  @Test func aRejectionHasNoToken() throws {
    let token = try NegotiationToken(decoding: hex("a1 07 30 05 a0 03 0a 01 02"))
    #expect(token == .response(NegTokenResp(state: .reject)))
    #expect(token.mechanismToken == nil)
  }

  @Test func ntlmWithoutSPNEGOIsRead() throws {
    let message = NegotiateMessage().encode()
    let token = try NegotiationToken(decoding: message)
    #expect(token == .ntlm(message))
    #expect(token.mechanisms == [.ntlm])
  }

  @Test func everyTruncatedTokenAsksForMore() {
    let initial = NegTokenInit(mechTypes: [.kerberos, .ntlm], mechToken: NegotiateMessage().encode()).encode()
    let response = NegTokenResp(state: .reject, supportedMech: .ntlm).encode()
    for whole in [initial, response] {
      for count in 0..<whole.count {
        let cut = Array(whole.prefix(count))
        let got = error { () throws(DecodeError) in _ = try NegotiationToken(decoding: cut) }
        #expect(got?.needsMore == true, "\(count) bytes: \(String(describing: got))")
      }
    }
  }

  @Test func mechanismsHaveNames() {
    #expect(
      [
        Mechanism.ntlm, .kerberos, .microsoftKerberos, .kerberosUserToUser, .negoEx,
        .init(identifier: "1.2.3"),
      ]
      .map(\.description) == [
        "NTLM", "Kerberos", "Kerberos (Microsoft)", "Kerberos user-to-user", "NEGOEX", "1.2.3",
      ])
  }

  @Test func statusesWithoutANameKeepTheirNumber() {
    #expect(SecurityStatus(rawValue: 0xBB).description == "0x000000BB")
    #expect(SecurityStatus.notSupported.name == "STATUS_NOT_SUPPORTED")
  }
}
