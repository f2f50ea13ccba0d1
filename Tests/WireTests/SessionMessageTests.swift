import Testing
import Wire

@Suite struct SessionMessageTests {
  static let redirection = ServerRedirection(
    sessionID: 7,
    flags: [.targetAddress, .loadBalanceInfo, .targetName, .targetNetBIOSName, .targetAddresses],
    targetAddress: "192.0.2.7", loadBalanceInfo: Array("tsv://x".utf8), targetName: "srv02.example.com",
    targetNetBIOSName: "SRV02", targetAddresses: ["192.0.2.7", "2001:db8::7"])

  static let samples: [(bytes: [UInt8], message: SessionMessage)] = [
    (
      hex("8000 0000 ff03 1000 07000000 02000000 04000000"),
      .licensing(.errorAlert(.validClient, .noTransition))
    ),
    (
      hex("8000 0000 ff03 1000 06000000 01000000 04000000"),
      .licensing(.errorAlert(.noLicenseServer, .totalAbort))
    ),
    (hex("8000 0000 0303 0400"), .licensing(.newLicense)),
    (
      hex("1600 1700 ea03 ea030100 00 01 1600 2f 00 0000 07000000"), .errorInfo(.serverDeniedConnection)
    ),
    (hex("0d00 1600 ea03 ea030100 0100 00"), .deactivateAll),
  ]

  @Test(arguments: samples.indices) func eachMessageIsReadAndWritten(index: Int) throws {
    let (bytes, message) = Self.samples[index]
    #expect(try SessionMessage(decoding: bytes) == message)
    #expect(message.encode() == bytes)
  }

  @Test(arguments: [SessionMessage.demandActive, .redirection(redirection)])
  func whatAServerSaysIsReadBack(message: SessionMessage) throws {
    #expect(try SessionMessage(decoding: message.encode()) == message)
  }

  @Test(arguments: samples.indices) func noCutIsTakenForTheWhole(index: Int) {
    let (bytes, message) = Self.samples[index]
    for count in 0..<bytes.count {
      #expect((try? SessionMessage(decoding: Array(bytes.prefix(count)))) != message)
    }
  }

  @Test func aRedirectionIsReadInBothItsForms() throws {
    let packet = Self.redirection.encode()
    #expect(try SessionMessage(decoding: hex("0004 0000") + packet) == .redirection(Self.redirection))
    // Padding behind it.
    #expect(
      try SessionMessage(decoding: hex("0004 0000") + packet + [0, 0, 0, 0]) == .redirection(Self.redirection)
    )
    for count in 4..<packet.count {
      #expect(
        error { () throws(DecodeError) in _ = try ServerRedirection(decoding: packet[..<count]) }?.needsMore
          == true)
    }
  }

  @Test func redirectionsThatLieAboutTheirLengthsAreRefused() {
    for bytes in [
      // Its own length beyond the end, and shorter than its fixed part.
      hex("0004 ff00 01000000 01000000 02000000 4100"), hex("0004 0800 01000000 00000000"),
      // A field longer than the packet, and than anything.
      hex("0004 1400 01000000 01000000 04000000 4100"), hex("0004 1400 01000000 01000000 ffffffff 41004200"),
      // Four thousand million addresses in four bytes.
      hex("0004 1400 01000000 00080000 04000000 ffffffff"),
      // Another kind of packet.
      hex("0005 0c00 01000000 00000000"),
    ] {
      #expect(error { () throws(DecodeError) in _ = try ServerRedirection(decoding: bytes[...]) } != nil)
    }
  }

  @Test func manyAddressesAreCutToTheFirst() throws {
    var redirection = ServerRedirection(flags: .targetAddresses)
    redirection.targetAddresses = (0..<40).map { "192.0.2.\($0)" }
    let read = try ServerRedirection(decoding: redirection.encode()[...])
    #expect(read.targetAddresses == (0..<16).map { "192.0.2.\($0)" })
  }

  @Test func aLicenseRequestSaysWhatItIsFor() throws {
    let request = LicensingMessage.request(
      .init(version: 0x0006_0002, company: "Microsoft Corporation", id: "A02"))
    #expect(try LicensingMessage(decoding: request.encode()[...]) == request)
    let bytes = request.encode()
    for count in 0..<bytes.count {
      #expect(
        error { () throws(DecodeError) in _ = try LicensingMessage(decoding: bytes[..<count]) }?.needsMore
          == true)
    }
    // The upper half of the security flags is not reliably 0.
    #expect(try SessionMessage(decoding: hex("8000 78df") + bytes) == .licensing(request))
    #expect(
      error { () throws(DecodeError) in _ = try LicensingMessage(decoding: hex("ff03 0200")[...]) } != nil)
  }

  @Test func whatIsNoStepOfSettingUpIsPassedOver() throws {
    // Auto-detect request, multitransport request, heartbeat, a monitor layout, data under RDP's own encryption.
    for bytes in [
      hex("0010 0000 06 00 0000 0110"),
      hex("0200 0000 01000000 0100 0000") + [UInt8](repeating: 1, count: 16),
      hex("0040 0000 00 3c 05 00"), hex("1600 1700 ea03 ea030100 00 01 1600 37 00 0000 01000000"),
    ] { #expect(try SessionMessage(decoding: bytes) == .other) }
    #expect(try SessionMessage(decoding: hex("0800 0000 daf17e6f d9d3104b")) == .encrypted)
    #expect(try SessionMessage(decoding: hex("8802 0000 af433887 0e91a337")) == .encrypted)
    // A compressed message cannot be an error info, whatever its bytes.
    #expect(
      try SessionMessage(decoding: hex("1600 1700 ea03 ea030100 00 01 1600 2f 20 0000 07000000")) == .other)
  }

  @Test func errorInfosHaveTheirNamesAndKinds() {
    #expect(ErrorInfo.serverDeniedConnection.description == "ERRINFO_SERVER_DENIED_CONNECTION")
    #expect(ErrorInfo(rawValue: 0x101).isAboutLicensing)
    #expect(!ErrorInfo(rawValue: 0x10B).isAboutLicensing)
    #expect(ErrorInfo(rawValue: 0x1191).isAboutTheProtocol)
    #expect(ErrorInfo(rawValue: 0xFFFF_FFFF).description == "error info 0xffffffff")
    #expect(LicensingStatus(rawValue: 99).description == "licensing error 0x63")
    #expect(LicensingTransition.totalAbort.description == "ST_TOTAL_ABORT")
  }

  @Test func theClientInfoNamesNobodyAndAsksForNoSignIn() {
    let bytes = ClientInfo.encoded
    // Security header, code page, flags without INFO_AUTOLOGON, five lengths and five NULs.
    #expect(bytes.starts(with: hex("4000 0000 00000000 33000000") + [UInt8](repeating: 0, count: 20)))
    #expect(bytes.count == 4 + 8 + 20 + 10 + 182)
  }
}

/// Every decoder of a session, on bytes that are nearly right.
@Suite struct SessionMutationTests {
  static let messages: [[UInt8]] =
    [ConnectTests.initial.encode(), ConnectTests.windows, ConnectTests.response.encode()]
    + MCSTests.samples.map(\.bytes)
    + (SessionMessageTests.samples.map(\.bytes)
    + [
      SessionMessage.demandActive.encode(),
      SessionMessage.redirection(SessionMessageTests.redirection).encode(),
      SessionMessage.licensing(.request(.init(version: 1, company: "Microsoft", id: "A02"))).encode(),
    ]).flatMap { [$0, MCSMessage.sendDataIndication(user: 1002, channel: 1003, $0).encode()] }

  @Test(arguments: messages.indices) func nothingTrapsOnDamagedMessages(index: Int) {
    let message = Self.messages[index]
    var generator = SplitMix64(state: 0x5E55 + UInt64(index))
    var refused = 0
    for _ in 0..<2000 {
      let bytes = mutation(of: message, using: &generator)
      var read: [MCSMessage] = []
      let errors = [
        error { () throws(DecodeError) in read.append(try MCSMessage(decoding: bytes)) },
        error { () throws(DecodeError) in _ = try ConnectInitial(decoding: bytes) },
        error { () throws(DecodeError) in _ = try ConnectResponse(decoding: bytes) },
        error { () throws(DecodeError) in _ = try SessionMessage(decoding: bytes) },
        error { () throws(DecodeError) in _ = try LicensingMessage(decoding: bytes[...]) },
        error { () throws(DecodeError) in _ = try ServerRedirection(decoding: bytes[...]) },
      ].compactMap { $0 }
      for error in errors { #expect(error.offset >= 0) }
      refused += errors.count
      for case .sendDataIndication(_, _, let data) in read {
        #expect(data.count < bytes.count)
        _ = try? SessionMessage(decoding: data)
      }
    }
    // An input is a message of few kinds at most.
    #expect(refused >= 3 * 2000)
  }
}
