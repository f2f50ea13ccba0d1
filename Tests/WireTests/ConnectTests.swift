import Testing
import Wire

@Suite struct ConnectTests {
  static let initial = ConnectInitial(
    clientName: "rdptriage", selectedProtocol: .tls, capabilities: [.errorInfo, .skipChannelJoin],
    encryptionMethods: [])

  static let response = ConnectResponse(
    settings: .init(
      version: RDPVersion(rawValue: 0x0008_000E), requestedProtocols: .tls,
      capabilities: EarlyServerCapabilities(rawValue: 6), ioChannel: 1003, channels: [1004, 1005, 1006]))

  /// The Connect Response of a Windows Server 2022 inside TLS, with four channels and a message channel.
  static let windows = hex(
    """
    0300007e 02f080 7f6674 0a0100 020100
    301a 020122 020103 020100 020101 020100 020101 020300fff8 020102
    0450 000500147c0001 2a 14 760a 0101 00 01 c0 00 4d63446e 3a
    010c1000 0e000800 01000000 06000000
    030c1000 eb03 0400 ec03ed03ee03ef03
    020c0c00 00000000 00000000
    040c0600 f003 080c0800 00000000
    """)

  @Test func whatTheClientSaysIsReadBack() throws {
    let bytes = Self.initial.encode()
    #expect(try ConnectInitial(decoding: bytes) == Self.initial)
    // The lengths of the blocks of [MS-RDPBCGR] 2.2.1.3.2, 2.2.1.3.5 and 2.2.1.3.3.
    #expect(bytes.suffix(216 + 12 + 12).prefix(4) == [0x01, 0xC0, 0xD8, 0x00])
    #expect(Array(bytes[7..<9]) == [0x7F, 0x65])
  }

  @Test func aLongClientNameIsCut() throws {
    var initial = Self.initial
    initial.clientName = "a-name-longer-than-15-characters"
    #expect(try ConnectInitial(decoding: initial.encode()).clientName == "a-name-longer-t")
  }

  @Test func whatAWindowsServerSaysIsRead() throws {
    let response = try ConnectResponse(decoding: Self.windows)
    #expect(ConnectResponse.isOne(Self.windows))
    let settings = try #require(response.settings)
    #expect(response.result == .successful)
    #expect(settings.version.description == "RDP 10.9 (0x0008000e)")
    #expect(settings.requestedProtocols == .tls)
    #expect(
      settings.capabilities.names == [
        "RNS_UD_SC_DYNAMIC_DST_SUPPORTED", "RNS_UD_SC_EDGE_ACTIONS_SUPPORTED_V2",
      ])
    #expect(settings.encryptionMethod == [])
    #expect(settings.encryptionLevel == .none)
    #expect(settings.ioChannel == 1003)
    #expect(settings.channels == [1004, 1005, 1006, 1007])
  }

  @Test func whatAServerSaysIsReadBack() throws {
    #expect(try ConnectResponse(decoding: Self.response.encode()) == Self.response)
    let refusal = ConnectResponse(result: .userRejected, settings: nil)
    #expect(try ConnectResponse(decoding: refusal.encode()) == refusal)
  }

  @Test func eachCutAsksForMore() {
    for bytes in [Self.initial.encode(), Self.windows] {
      for count in 0..<bytes.count {
        let cut = Array(bytes.prefix(count))
        #expect(error { () throws(DecodeError) in _ = try ConnectInitial(decoding: cut) }?.needsMore == true)
        #expect(error { () throws(DecodeError) in _ = try ConnectResponse(decoding: cut) }?.needsMore == true)
      }
    }
  }

  /// The Windows response with these bytes instead of its SC_NET block.
  private func response(withNet net: [UInt8]) -> [UInt8] {
    let core = Array(Self.windows.suffix(58).prefix(16))
    let blocks = core + net
    let key = hex("000500147c0001 2a 14 760a 0101 00 01 c0 00 4d63446e")
    func long(_ count: Int) -> [UInt8] { [UInt8(0x80 | count >> 8), UInt8(count & 0xFF)] }
    let data = key + long(blocks.count) + blocks
    func ber(_ tag: [UInt8], _ content: [UInt8]) -> [UInt8] {
      tag + [0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
    }
    let whole = ber(
      [0x7F, 0x66],
      hex("0a0100 020100 301a 020122 020103 020100 020101 020100 020101 020300fff8 020102") + ber([4], data))
    let length = 7 + whole.count
    return [3, 0, UInt8(length >> 8), UInt8(length & 0xFF), 2, 0xF0, 0x80] + whole
  }

  @Test func moreChannelsThanThereCanBeAreRefused() throws {
    #expect(
      try ConnectResponse(decoding: response(withNet: hex("030c0800 eb03 0000"))).settings?.channels == [])
    let most = hex("030c4600 eb03 1f00") + [UInt8](repeating: 1, count: 62)
    #expect(try ConnectResponse(decoding: response(withNet: most)).settings?.channels.count == 31)
    let tooMany = hex("030c4800 eb03 2000") + [UInt8](repeating: 1, count: 64)
    #expect(
      error { () throws(DecodeError) in _ = try ConnectResponse(decoding: response(withNet: tooMany)) }
        == .unexpected(field: "SC_NET count", at: 6, got: 32, want: "31 or less"))
    // 31 are announced and none is there; and a block that is longer than the message.
    for net in [hex("030c0800 eb03 1f00"), hex("030cffff eb03 0000"), hex("030c0300 eb03 0000")] {
      #expect(
        error { () throws(DecodeError) in _ = try ConnectResponse(decoding: response(withNet: net)) } != nil)
    }
  }

  @Test func encryptionOfTheServerKeepsItsNames() {
    #expect(
      EncryptionMethods([.rc4With128Bits, .fips]).description == "128BIT_ENCRYPTION_FLAG|FIPS_ENCRYPTION_FLAG"
    )
    #expect(EncryptionMethods([]).description == "ENCRYPTION_METHOD_NONE")
    #expect(EncryptionLevel.clientCompatible.description == "ENCRYPTION_LEVEL_CLIENT_COMPATIBLE")
    #expect(EncryptionLevel(rawValue: 9).description == "encryption level 0x9")
    #expect(RDPVersion(rawValue: 0x0008_0004).description == "RDP 5.0 to 8.1 (0x00080004)")
    #expect(RDPVersion(rawValue: 0x0009_0000).description == "unknown (0x00090000)")
  }
}
