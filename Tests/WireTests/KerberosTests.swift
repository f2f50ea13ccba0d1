import Testing
import Wire

@Suite struct KerberosTests {
  /// A refusal as a Windows KDC writes it, for the realm CORP.TEST: KDC_ERR_C_PRINCIPAL_UNKNOWN at 2026-05-04 03:12:00.5.
  static let unknownClient = hex(
    """
    7e583056a003020105a10302011ea411180f32303236303530343033313230305aa505020307a120a603020106
    a90b1b09434f52502e54455354aa1e301ca003020102a11530131b066b72627467741b09434f52502e54455354
    """)

  @Test func aRefusalTellsItsCodeAndTheClock() throws {
    guard case .error(let error) = try KDCReply(decoding: Self.unknownClient) else {
      Issue.record("it is an error")
      return
    }
    #expect(error.code == KerberosError.clientUnknown)
    #expect(error.description == "KDC_ERR_C_PRINCIPAL_UNKNOWN")
    #expect(error.realm == "CORP.TEST")
    #expect(error.serverTime == 1_777_864_320.5)
  }

  @Test func theRequestOffersNoWeakEncryptionAndProvesNobody() throws {
    let request = ASRequest(realm: "CORP.TEST", nonce: 0xFFFF_FFFF)
    #expect(request.encryptionTypes.allSatisfy { [17, 18, 19, 20].contains($0) })
    let bytes = request.encode()
    #expect(bytes.first == 0x6A)
    // The context tag of pre-authentication data, [3], does not follow that of the message type.
    #expect(bytes.firstRange(of: hex("a2 03 02 01 0a a4")) != nil)
    #expect(bytes.firstRange(of: Array(ASRequest.impossibleName.utf8)) != nil)
    #expect(ASRequest.impossibleName.contains("|"))
    // A nonce is written as a signed number of 32 bits (RFC 4120 section 5.4.1).
    #expect(bytes.firstRange(of: hex("a7 06 02 04 7f ff ff ff")) != nil)
  }

  @Test func theFrameIsTakenOffOnceTheMessageIsWhole() throws {
    let framed = Kerberos.framed(Self.unknownClient)
    #expect(try Kerberos.unframed(framed) == Self.unknownClient)
    for length in 0..<framed.count {
      #expect(
        error { () throws(DecodeError) in _ = try Kerberos.unframed(Array(framed.prefix(length))) }?.needsMore
          == true)
    }
    let huge = error { () throws(DecodeError) in _ = try Kerberos.unframed([0xFF, 0xFF, 0xFF, 0xFF]) }
    #expect(huge?.needsMore == false)
  }

  @Test func aProxiedMessageComesBackAsItWas() throws {
    let message = KDCProxyMessage(message: Self.unknownClient, targetDomain: "CORP.TEST")
    #expect(try KDCProxyMessage(decoding: message.encode()) == message)
    let nameless = KDCProxyMessage(message: [])
    #expect(try KDCProxyMessage(decoding: nameless.encode()) == nameless)
  }

  @Test(arguments: [
    "20261304031200Z", "2026050403120Z", "20260504031200+", "2026O504031200Z", "20260500031200Z",
  ])
  func aClockThatIsNoTimeIsRefused(text: String) {
    var bytes = Self.unknownClient
    bytes.replaceSubrange(18..<33, with: (Array(text.utf8) + [0x5A]).prefix(15))
    #expect(error { () throws(DecodeError) in _ = try KDCReply(decoding: bytes) } != nil)
  }

  @Test func everyCutIsRefused() {
    for length in 0..<Self.unknownClient.count {
      let part = Array(Self.unknownClient.prefix(length))
      #expect(error { () throws(DecodeError) in _ = try KDCReply(decoding: part) } != nil)
    }
  }

  @Test func nothingTrapsOnDamagedMessages() {
    var generator = SplitMix64(state: 0x4B44_43)
    let proxied = KDCProxyMessage(message: Self.unknownClient, targetDomain: "CORP.TEST").encode()
    var refused = 0
    for _ in 0..<6000 {
      let reply = mutation(of: Self.unknownClient, using: &generator)
      let frame = mutation(of: Kerberos.framed(Self.unknownClient), using: &generator)
      let proxy = mutation(of: proxied, using: &generator)
      refused +=
        [
          error { () throws(DecodeError) in _ = try KDCReply(decoding: reply) },
          error { () throws(DecodeError) in _ = try KDCReply(decoding: try Kerberos.unframed(frame)) },
          error { () throws(DecodeError) in _ = try KDCProxyMessage(decoding: proxy) },
        ].compactMap { $0 }.count
    }
    #expect(refused > 3000 && refused < 18000)
  }
}

extension CaptureTests {
  @Test(arguments: [
    ("krb-error-01-mit-name-expired", "KDC_ERR_NAME_EXP", "VLADG.NET", 1_421_708_047),
    ("krb-error-06-windows", "KDC_ERR_C_PRINCIPAL_UNKNOWN", "THREEBEESCO.COM", 1_595_445_395),
    ("krb-error-07-windows", "KDC_ERR_S_PRINCIPAL_UNKNOWN", "DOM189.LOCAL", 1_771_014_631),
    ("krb-error-14-mit-etype-nosupp", "KDC_ERR_ETYPE_NOSUPP", "VLADG.NET", 1_421_708_048),
    ("krb-error-23-mit-key-expired", "KDC_ERR_KEY_EXPIRED", "VLADG.NET", 1_421_708_048),
    ("krb-error-25-windows", "KDC_ERR_PREAUTH_REQUIRED", "THREEBEESCO.COM", 1_595_445_395),
    ("krb-error-25-ws2022-2", "KDC_ERR_PREAUTH_REQUIRED", "ad.it-help.ninja", 1_715_026_178),
    ("krb-error-31-mit-bad-integrity", "KRB_AP_ERR_BAD_INTEGRITY", "VLADG.NET", 1_421_708_049),
    ("krb-error-52-windows-2", "KRB_ERR_RESPONSE_TOO_BIG", "LINUX.SHELL.COM", 1_645_515_964),
  ]) func refusalsOfRealKDCsAreRead(file: String, name: String, realm: String, time: Int) throws {
    guard case .error(let error) = try KDCReply(decoding: Captures.message(file)) else {
      Issue.record("it is an error")
      return
    }
    #expect(error.description == name)
    #expect(error.realm == realm)
    #expect(Int(error.serverTime) == time)
  }

  @Test(
    arguments: [
      ("c2s-1-as-req", 0x6A, "ad.it-help.ninja"), ("c2s-2-as-req", 0x6A, "ad.it-help.ninja"),
      ("c2s-3-tgs-req", 0x6C, "AD.IT-HELP.NINJA"), ("s2c-1-krb-error", 0x7E, nil),
      ("s2c-2-as-rep", 0x6B, nil),
      ("s2c-3-tgs-rep", 0x6D, nil),
    ] as [(String, UInt8, String?)])
  func messagesOfAKDCProxyAreRead(file: String, tag: UInt8, domain: String?) throws {
    let proxied = try KDCProxyMessage(decoding: Captures.message("kdcproxy-1-\(file)"))
    #expect(proxied.message.first == tag)
    #expect(proxied.targetDomain == domain)
    if tag == 0x6B { #expect(try KDCReply(decoding: proxied.message) == .ticket) }
    if tag == 0x7E {
      guard case .error(let error) = try KDCReply(decoding: proxied.message) else {
        Issue.record("it is an error")
        return
      }
      #expect(error.code == KerberosError.preauthenticationRequired)
    }
  }
}
