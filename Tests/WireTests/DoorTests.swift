import Testing
import Wire

/// The first answers of services beside RDP.
@Suite struct DoorTests {
  /// SMB 3.1.1, signing required, at 2026-05-04 03:12:00, with an NTLM message for a token.
  static let smb: [UInt8] = {
    let token = NegotiateMessage().encode()
    var message = hex("fe534d42 4000") + [UInt8](repeating: 0, count: 58)
    message += hex("4100 0300 1103 0100 00112233445566778899aabbccddeeff 7f000000 00008000 00008000 00008000")
    message += little(FileTime(unixSeconds: 1_777_864_320).ticks, 8) + little(0, 8)
    message += little(128, 2) + little(UInt64(token.count), 2) + [0, 0, 0, 0] + token
    return [0] + Array(little(UInt64(message.count), 3).reversed()) + message
  }()

  static func little(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64($0 * 8)) }
  }

  @Test func anSMBAnswerTellsDialectSigningAndClock() throws {
    let response = try SMB2NegotiateResponse(decoding: Self.smb)
    #expect(response.status == 0)
    #expect(response.dialectText == "3.1.1")
    #expect(response.isSigningRequired)
    #expect(response.serverGUID == "33221100-5544-7766-8899-aabbccddeeff")
    #expect(response.systemTime.unixSeconds == 1_777_864_320)
    #expect(try NegotiationToken(decoding: response.securityToken).mechanisms == [.ntlm])
  }

  @Test func anSMBRefusalIsAnAnswer() throws {
    let header = hex("00 000040 fe534d42 4000 0000 bb0000c0 0000") + [UInt8](repeating: 0, count: 50)
    #expect(try SMB2NegotiateResponse(decoding: header).status == 0xC000_00BB)
  }

  @Test func anSMBRequestIsFramedAndOffersEveryDialect() {
    let request = SMB2.negotiateRequest(salt: [UInt8](repeating: 7, count: 32))
    #expect(Int(request[3]) == request.count - 4)
    #expect(request[4...].starts(with: hex("fe534d42 4000")))
    #expect(request.firstRange(of: hex("0202 1002 0003 0203 1103")) != nil)
    // The contexts begin where the message says, at a multiple of eight.
    #expect(request[4 + 64 + 28] == 112)
    #expect(request[(4 + 112)...].starts(with: hex("0100 2600")))
  }

  @Test(arguments: [
    "00 000040 ff534d42", "81 000044", "00 00003f", "00 ffffff", "00 000040 fe534d42 4000 0000 00000000 0100",
  ])
  func whatIsNoSMBIsRefused(text: String) {
    let bytes = hex(text) + [UInt8](repeating: 0, count: 64)
    #expect(
      error { () throws(DecodeError) in _ = try SMB2NegotiateResponse(decoding: bytes) }?.needsMore == false)
  }

  /// `ept_map` found its interface on TCP port 49670.
  static let registered: [UInt8] = {
    let floors = hex(
      """
      0500 1300 0d 81bb7a36 4498 f135 ad3298f038001003 0200 0200 0000 1300 0d 045d888aeb1cc9119fe808002b104860 0200
      0200 0000 0100 0b 0200 0000 0100 07 0200 c206 0100 09 0400 7f000001
      """)
    let tower = little(UInt64(floors.count), 4) + little(UInt64(floors.count), 4) + floors
    let padding = [UInt8](repeating: 0, count: (4 - floors.count % 4) % 4)
    let stub =
      [UInt8](repeating: 0, count: 20) + hex("01000000 01000000 00000000 01000000 03000000") + tower + padding
      + [0, 0, 0, 0]
    return hex("05 00 02 03 10000000") + little(UInt64(24 + stub.count), 2) + hex("0000 02000000")
      + little(UInt64(stub.count), 4) + hex("0000 0000") + stub
  }()

  static let bindAck = hex(
    "05000c0310000000 3c00 0000 01000000 d016d016 01000000 0400 31333500 0000 01000000 0000 0000 045d888aeb1cc9119fe808002b104860 02000000"
  )

  @Test func anEndpointMapperTellsWhereAnInterfaceListens() throws {
    #expect(try EndpointMapperReply.first(in: Self.bindAck).reply == .bound)
    let (reply, length) = try EndpointMapperReply.first(in: Self.registered)
    #expect(reply == .registered(port: 49670))
    #expect(length == Self.registered.count)
  }

  @Test func anInterfaceThatIsNotThereIsNotRegistered() throws {
    let stub = [UInt8](repeating: 0, count: 36) + hex("d6a0c916")
    let bytes =
      hex("05 00 02 03 10000000") + Self.little(UInt64(24 + stub.count), 2) + hex("0000 02000000")
      + Self.little(UInt64(stub.count), 4) + hex("0000 0000") + stub
    #expect(try EndpointMapperReply.first(in: bytes).reply == .notRegistered)
    let fault = hex("05 00 03 03 10000000 2000 0000 02000000 00000000 0000 0000 05000000 00000000")
    #expect(try EndpointMapperReply.first(in: fault).reply == .failed(5))
  }

  @Test func anSSHBannerIsReadAfterOtherLines() throws {
    let banner = try SSHBanner(decoding: Array("Welcome\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8))
    #expect(banner.protocolVersion == "2.0")
    #expect(banner.software == "OpenSSH_9.2p1")
    #expect(banner.comment == "Debian-2")
    let part = error { () throws(DecodeError) in _ = try SSHBanner(decoding: Array("SSH-2.0-Op".utf8)) }
    #expect(part?.needsMore == true)
    let binary = error { () throws(DecodeError) in _ = try SSHBanner(decoding: [22, 3, 1, 0]) }
    #expect(binary?.needsMore == false)
    let endless = [UInt8](repeating: 65, count: SSHBanner.longest)
    #expect(error { () throws(DecodeError) in _ = try SSHBanner(decoding: endless) }?.needsMore == false)
  }

  @Test func aMessageThatIsCutIsNeverTakenForWhole() {
    for length in 0..<Self.smb.count {
      let part = Array(Self.smb.prefix(length))
      #expect(
        error { () throws(DecodeError) in _ = try SMB2NegotiateResponse(decoding: part) }?.needsMore == true)
    }
    for message in [Self.registered, Self.bindAck] {
      for length in 0..<message.count {
        let part = Array(message.prefix(length))
        #expect(
          error { () throws(DecodeError) in _ = try EndpointMapperReply.first(in: part) }?.needsMore == true)
      }
    }
  }

  @Test func nothingTrapsOnDamagedMessages() {
    var generator = SplitMix64(state: 0xD005)
    var refused = 0
    for _ in 0..<6000 {
      for message in [Self.smb, Self.registered, Self.bindAck] {
        let bytes = mutation(of: message, using: &generator)
        refused +=
          [
            error { () throws(DecodeError) in _ = try SMB2NegotiateResponse(decoding: bytes) },
            error { () throws(DecodeError) in _ = try EndpointMapperReply.first(in: bytes) },
            error { () throws(DecodeError) in _ = try SSHBanner(decoding: bytes) },
          ].compactMap { $0 }.count
      }
    }
    #expect(refused > 36000 && refused < 54000)
  }
}
