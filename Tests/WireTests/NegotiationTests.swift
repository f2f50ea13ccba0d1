import Testing
import Wire

@Suite struct NegotiationTests {
  @Test func theRequestThatOffersEverythingHasTheseBytes() throws {
    let request = ConnectionRequest(negotiation: .init([.tls, .hybrid, .hybridEx]))
    let bytes =
      hex("03 00 0013")  // TPKT: version 3, reserved, 19 bytes
      + hex("0e e0 0000 0000 00")  // X.224: 14 more bytes, connection request, no references, class 0
      + hex("01 00 0800 0b000000")  // RDP_NEG_REQ: no flags, 8 bytes, TLS and both forms of CredSSP
    #expect(request.encode() == bytes)
    #expect(try ConnectionRequest(decoding: bytes) == request)
  }

  @Test func theRequestOfTheSpecificationIsRead() throws {
    // [MS-RDPBCGR] 4.1.1
    let bytes =
      hex("0300002c 27e00000000000") + Array("Cookie: mstshash=eltons\r\n".utf8) + hex("0100080000000000")
    let request = try ConnectionRequest(decoding: bytes)
    #expect(request.cookie == "eltons")
    #expect(request.negotiation == .init(.rdp))
    #expect(request.encode() == bytes)
  }

  @Test func aRoutingTokenIsNoCookie() throws {
    let request = ConnectionRequest(
      routingToken: "Cookie: msts=3640205228.15629.0000",
      negotiation: .init([.hybrid], flags: .restrictedAdmin))
    #expect(try ConnectionRequest(decoding: request.encode()) == request)
  }

  @Test func correlationInfoIsPassedOver() throws {
    var bytes = hex("03000037 32e00000000000 01 08 0800 03000000") + hex("06 00 2400")
    bytes += [UInt8](repeating: 7, count: 32)
    let request = try ConnectionRequest(decoding: bytes)
    #expect(request.negotiation == .init([.tls, .hybrid], flags: .correlationInfo))
  }

  @Test func aLongOrHostileCookieStillMakesAValidRequest() throws {
    let text = String(repeating: "x", count: 4000) + "\r\nCookie: msts=evil\r\n"
    let bytes = ConnectionRequest(cookie: text, negotiation: .init(.tls)).encode()
    let request = try ConnectionRequest(decoding: bytes)
    #expect(request.cookie?.allSatisfy { $0 == "x" } == true)
    #expect(request.negotiation == .init(.tls))
    let line = ConnectionRequest(cookie: "a\r\nb", negotiation: nil).encode()
    #expect(try ConnectionRequest(decoding: line).cookie == "ab")
  }

  struct Confirm: Sendable {
    var bytes: String
    var value: ConnectionConfirm
  }

  @Test(arguments: [
    // Windows Server 2022: CredSSP with early authorization, all five flags.
    Confirm(
      bytes: "03000013 0ed00000123400 02 1f 0800 08000000",
      value: .init(
        reply: .selected(
          .hybridEx,
          [
            .extendedClientData, .graphicsPipeline, .reserved, .restrictedAdmin, .redirectedAuthentication,
          ]))),
    Confirm(
      bytes: "03000013 0ed00000123400 02 01 0800 02000000",
      value: .init(reply: .selected(.hybrid, .extendedClientData))),
    Confirm(bytes: "03000013 0ed00000123400 02 00 0800 00000000", value: .init(reply: .selected(.rdp, []))),
    Confirm(
      bytes: "03000013 0ed00000123400 03 00 0800 05000000", value: .init(reply: .refused(.hybridRequired))),
    // A failure that no specification names.
    Confirm(
      bytes: "03000013 0ed00000000000 03 00 0800 07010000",
      value: .init(source: 0, reply: .refused(.init(rawValue: 0x107)))),
    // Windows Server 2003, and hosts that were not asked.
    Confirm(bytes: "0300000b 06d00000123400", value: .init(reply: .none)),
    Confirm(bytes: "0300000b 06d00000000000", value: .init(source: 0, reply: .none)),
  ]) func confirmsAreReadAndWritten(sample: Confirm) throws {
    #expect(try ConnectionConfirm(decoding: hex(sample.bytes)) == sample.value)
    #expect(sample.value.encode() == hex(sample.bytes))
  }

  @Test func everyTruncationIsReportedWhereItHappened() {
    let whole = hex("03000013 0ed00000123400 02 1f 0800 08000000")
    for count in 0..<whole.count {
      let cut = Array(whole.prefix(count))
      let expected: DecodeError =
        switch count {
        case 0: .truncated(field: "TPKT version", at: 0)
        case 1: .truncated(field: "TPKT reserved", at: 1)
        case 2, 3: .truncated(field: "TPKT length", at: 2)
        default: .truncated(field: "TPKT payload", at: count)
        }
      #expect(error { () throws(DecodeError) in _ = try ConnectionConfirm(decoding: cut) } == expected)
    }
  }

  @Test func aMessageWhoseLengthsAgreeAndWhichIsTooShortNamesTheField() {
    // Length fields shortened along with the message: more bytes cannot be expected.
    for (bytes, field, at) in [
      ("03000007 02d000", "X.224 destination", 6), ("0300000c 07d00000123400 02", "negotiation flags", 12),
      ("0300000e 09d00000123400 02 00 08", "negotiation length", 13),
      ("03000012 0dd00000123400 02 00 0800 080000", "protocol or failure code", 15),
    ] {
      #expect(
        error { () throws(DecodeError) in _ = try ConnectionConfirm(decoding: hex(bytes)) }
          == .truncated(field: field, at: at))
    }
  }

  @Test func whatIsWrongIsNamedWithItsPlace() {
    let cases: [(String, DecodeError)] = [
      // An honest connection confirm up to its negotiation, which is not one.
      (
        "03000013 0ed00000123400 02 03 0000 01000002",
        .unexpected(field: "negotiation length", at: 13, got: 0, want: "8")
      ),
      (
        "03000013 0ed00000123400 02 00 0800 03000000",
        .unexpected(field: "selected protocol", at: 15, got: 3, want: "one protocol")
      ),
      (
        "03000013 0ed00000123400 04 00 0800 01000000",
        .unexpected(field: "negotiation type", at: 11, got: 4, want: "2 or 3")
      ),
      (
        "03000013 06d00000123400 02 00 0800 01000000",
        .unexpected(field: "X.224 length", at: 4, got: 6, want: "14")
      ),
      (
        "0300000b 06e00000123400",
        .unexpected(field: "X.224 code", at: 5, got: 0xE0, want: "0xd0 (connection confirm)")
      ),
      (
        "0300000b 06d00000123400 00",
        .unexpected(field: "TPKT length", at: 2, got: 11, want: "the 12 bytes of the message")
      ),
    ]
    for (bytes, expected) in cases {
      #expect(
        error { () throws(DecodeError) in _ = try ConnectionConfirm(decoding: hex(bytes)) } == expected)
    }
  }

  @Test func namesAreThoseOfTheSpecification() {
    #expect(
      (1...6).map { NegotiationFailure(rawValue: $0).description } == [
        "SSL_REQUIRED_BY_SERVER", "SSL_NOT_ALLOWED_BY_SERVER", "SSL_CERT_NOT_ON_SERVER", "INCONSISTENT_FLAGS",
        "HYBRID_REQUIRED_BY_SERVER", "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
      ])
    #expect(NegotiationFailure(rawValue: 0x20).description == "failure code 0x20")
    #expect(
      SecurityProtocols(rawValue: 0x0B).description == "PROTOCOL_SSL|PROTOCOL_HYBRID|PROTOCOL_HYBRID_EX")
    #expect(SecurityProtocols.rdp.description == "PROTOCOL_RDP")
    #expect(SecurityProtocols(rawValue: 0x21).description == "PROTOCOL_SSL|0x20")
    #expect(
      NegotiationResponseFlags(rawValue: 0x9F).names == [
        "EXTENDED_CLIENT_DATA_SUPPORTED", "DYNVC_GFX_PROTOCOL_SUPPORTED", "NEGRSP_FLAG_RESERVED",
        "RESTRICTED_ADMIN_MODE_SUPPORTED", "REDIRECTED_AUTHENTICATION_MODE_SUPPORTED", "0x80",
      ])
  }
}
