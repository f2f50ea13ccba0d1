import Foundation
import Testing
import Wire

/// Messages that real servers sent. They are not part of the package: their folder is named by the environment variable
/// RDPTRIAGE_CAPTURES, and is `../shared/captures` beside the package when that is not set. Without it these tests are
/// skipped.
enum Captures {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["RDPTRIAGE_CAPTURES"] {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return package.deletingLastPathComponent().appendingPathComponent("shared/captures", isDirectory: true)
  }()

  static let areHere = FileManager.default.fileExists(
    atPath: folder.appendingPathComponent("messages").path)

  static func message(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent("messages/\(name).bin")))
  }

  struct Transcript: Decodable {
    var messages: [Message]
    struct Message: Decodable {
      var dir: String?
      var note: String?
      var hex: String?
      var bytes: [UInt8] { WireTests.hex(hex ?? "") }
    }
    func note(_ text: String, _ direction: String) -> [Message] {
      messages.filter { $0.dir == direction && ($0.note ?? "").contains(text) }
    }
  }

  static func transcript(_ name: String) throws -> Transcript {
    let data = try Data(contentsOf: folder.appendingPathComponent("transcripts/\(name).json"))
    return try JSONDecoder().decode(Transcript.self, from: data)
  }
}

@Suite(.enabled(if: Captures.areHere, "RDPTRIAGE_CAPTURES names no folder of captures"))
struct CaptureTests {
  struct Challenge: Sendable {
    var file: String
    var flags: UInt32
    var targetName: String
    var build: String?
    var product: String?
    var info: TargetInfo
    /// Second since 1970; the tick within it is not compared.
    var time: Double?
    var isDomainMember: Bool
  }

  @Test(arguments: [
    Challenge(
      file: "ntlm-challenge-ws2016-domain", flags: 0xE289_8215, targetName: "3B", build: "10.0.14393",
      product: "Windows 10 1607 or Server 2016",
      info: TargetInfo(
        netBIOSComputer: "01566S-WIN16-IR", netBIOSDomain: "3B",
        dnsComputer: "01566s-win16-ir.threebeesco.com", dnsDomain: "threebeesco.com",
        dnsTree: "threebeesco.com"),
      time: 1_595_164_481, isDomainMember: true),
    Challenge(
      file: "ntlm-challenge-ws2012r2-domain", flags: 0xA289_0205, targetName: "dom", build: "6.3.9600",
      product: "Windows 8.1 or Server 2012 R2",
      info: TargetInfo(
        netBIOSComputer: "D2MIPVCdom110", netBIOSDomain: "dom", dnsComputer: "D2MIPVCdom110.dom.test.lo.com",
        dnsDomain: "dom.test.lo.com", dnsTree: "test.lo.com"),
      time: 1_530_119_606, isDomainMember: true),
    Challenge(
      file: "ntlm-challenge-w10-1511-workgroup", flags: 0xE28A_8215, targetName: "DESKTOP-V1FA0UQ",
      build: "10.0.10586", product: "Windows 10 1511",
      info: TargetInfo(
        netBIOSComputer: "DESKTOP-V1FA0UQ", netBIOSDomain: "DESKTOP-V1FA0UQ", dnsComputer: "DESKTOP-V1FA0UQ",
        dnsDomain: "DESKTOP-V1FA0UQ"),
      time: 1_476_605_590, isDomainMember: false),
    Challenge(
      file: "ntlm-challenge-ws2008-domain", flags: 0xA289_8215, targetName: "CONTOSO", build: "6.0.6001",
      product: "Windows Vista SP1 or Server 2008",
      info: TargetInfo(
        netBIOSComputer: "SERVER002", netBIOSDomain: "CONTOSO", dnsComputer: "SERVER002.contoso.com",
        dnsDomain: "contoso.com", dnsTree: "contoso.com"),
      time: 1_323_202_695, isDomainMember: true),
    Challenge(
      file: "ntlm-challenge-samba", flags: 0x628A_8215, targetName: "SAMBA-CONTAINER", build: "6.1.0",
      product: "not Windows (Samba or another)",
      // Its DNS domain is one NUL.
      info: TargetInfo(
        netBIOSComputer: "SAMBA-CONTAINER", netBIOSDomain: "SAMBA-CONTAINER", dnsComputer: "samba-container"),
      time: 1_688_129_351, isDomainMember: false),
    Challenge(
      file: "ntlm-challenge-no-version", flags: 0x2089_8205, targetName: "CNAMIS",
      info: TargetInfo(netBIOSComputer: "SATURN", netBIOSDomain: "CNAMIS"), isDomainMember: true),
    Challenge(
      file: "ntlm-challenge-unterminated-av", flags: 0x2089_8205, targetName: "CNAMIS",
      info: TargetInfo(netBIOSComputer: "SATURN", netBIOSDomain: "CNAMIS", isTerminated: false),
      isDomainMember: true),
    Challenge(
      file: "ntlm-challenge-ws2016-dc01", flags: 0xE289_8235, targetName: "DOMAIN", build: "10.0.14393",
      product: "Windows 10 1607 or Server 2016",
      info: TargetInfo(
        netBIOSComputer: "DC01", netBIOSDomain: "DOMAIN", dnsComputer: "DC01.domain.local",
        dnsDomain: "domain.local", dnsTree: "domain.local"),
      time: 1_588_214_782, isDomainMember: true),
  ]) func challengesTellWhoTheServerIs(sample: Challenge) throws {
    let challenge = try ChallengeMessage(decoding: try Captures.message(sample.file))
    #expect(challenge.flags.rawValue == sample.flags)
    #expect(challenge.targetName == sample.targetName)
    #expect(challenge.build?.description == sample.build)
    #expect(challenge.build?.product == sample.product)
    #expect(challenge.targetInfo.isDomainMember == sample.isDomainMember)
    #expect(challenge.targetInfo.time?.unixSeconds.rounded(.down) == sample.time)
    var info = challenge.targetInfo
    info.time = nil
    #expect(info == sample.info)
  }

  @Test func aChallengeInATSRequestIsRead() throws {
    let request = try TSRequest(decoding: try Captures.message("tsrequest-challenge-w7-workgroup"))
    #expect(request.version == 6)
    #expect(
      request.clientNonce?.hexadecimal == "221012ad125c7a15feb64b1fcb94833ac56f664cf3bce7548a5d9e050a4691db")
    let token = try NegotiationToken(decoding: try #require(request.negoTokens.first))
    #expect(request.negoTokens.first?.count == 128)
    let challenge = try ChallengeMessage(decoding: try #require(token.mechanismToken))
    #expect(challenge.targetName == "VGPC")
    #expect(challenge.flags.rawValue == 0xE288_82B7)
    #expect(challenge.build == WindowsBuild(major: 6, minor: 1, build: 7601))
    #expect(challenge.targetInfo.time?.unixSeconds.rounded(.down) == 1_551_347_361)
  }

  @Test func aRefusalInATSRequestIsReadAndWritten() throws {
    let bytes = try Captures.message("tsrequest-error-80090302")
    let request = try TSRequest(decoding: bytes)
    #expect(request == TSRequest(version: 6, errorCode: .unsupportedFunction))
    #expect(request.encode() == bytes)
  }

  @Test func theExamplesOfTheSpecificationAreReadAndWritten() throws {
    let request = try Captures.message("spec-x224-request")
    #expect(
      try ConnectionRequest(decoding: request)
        == ConnectionRequest(cookie: "eltons", negotiation: .init(.rdp)))
    #expect(try ConnectionRequest(decoding: request).encode() == request)
    let confirm = try Captures.message("spec-x224-confirm")
    #expect(try ConnectionConfirm(decoding: confirm) == ConnectionConfirm(reply: .selected(.rdp, [])))
    #expect(try ConnectionConfirm(decoding: confirm).encode() == confirm)
  }

  struct Negotiation: Sendable {
    var transcript: String
    var requested: UInt32?
    var flags: UInt8 = 0
    var cookie: String?
    var reply: ConnectionConfirm.Reply
  }

  static let allFlags = NegotiationResponseFlags(rawValue: 0x1F)

  @Test(arguments: [
    Negotiation(
      transcript: "ws2022-nla-kerberos-1", requested: 11, cookie: "Administr",
      reply: .selected(.hybridEx, allFlags)),
    Negotiation(
      transcript: "ws2022-nla-smartcard-1", requested: 11, cookie: "@@BooZeoy",
      reply: .selected(.hybridEx, allFlags)),
    Negotiation(
      transcript: "ws2022-ntlm-refused-conn1", requested: 11, cookie: #"IT-HELP\A"#,
      reply: .selected(.hybridEx, allFlags)),
    Negotiation(
      transcript: "ws2022-ntlm-refused-conn2", requested: 1, cookie: #"IT-HELP\A"#,
      reply: .refused(.hybridRequired)),
    Negotiation(
      transcript: "ws2022-restricted-admin-ok", requested: 10, flags: 1, cookie: "Administr",
      reply: .selected(.hybridEx, allFlags)),
    Negotiation(
      transcript: "ws2022-standard-rdp-security-conn1", requested: 1, cookie: "Administr",
      reply: .refused(.tlsNotAllowed)),
    Negotiation(
      transcript: "ws2022-standard-rdp-security-conn2", requested: 0, cookie: "Administr",
      reply: .selected(.rdp, allFlags)),
    Negotiation(
      transcript: "ws2022-tls-no-nla-1", requested: 1, cookie: "Administr", reply: .selected(.tls, allFlags)),
    Negotiation(
      transcript: "ws2008r2-nla-tls10", requested: 3, cookie: "AWAKECODI",
      reply: .selected(.hybrid, .extendedClientData)),
    Negotiation(transcript: "ws2003-no-negotiation", requested: nil, cookie: "Administr", reply: .none),
    Negotiation(
      transcript: "ws-terminal-server-x509", requested: 0, cookie: "JOHN-PC  ", reply: .selected(.rdp, [])),
    Negotiation(transcript: "w10-nla-ok-2019", requested: 11, reply: .selected(.hybridEx, allFlags)),
    Negotiation(transcript: "win-hybrid-ex-2025", requested: 11, reply: .selected(.hybridEx, allFlags)),
    Negotiation(
      transcript: "rds-licensing-new-license", requested: 1,
      reply: .selected(.tls, .init(rawValue: 0x0F))),
  ]) func negotiationsAreRead(sample: Negotiation) throws {
    let transcript = try Captures.transcript(sample.transcript)
    let requestBytes = try #require(transcript.note("X224 Connection Request", "c2s").first).bytes
    let request = try ConnectionRequest(decoding: requestBytes)
    #expect(request.negotiation?.protocols.rawValue == sample.requested)
    #expect((request.negotiation?.flags.rawValue ?? 0) == sample.flags)
    #expect(request.cookie == sample.cookie)
    #expect(request.encode() == requestBytes)
    let confirmBytes = try #require(transcript.note("X224 Connection Confirm", "s2c").first).bytes
    let confirm = try ConnectionConfirm(decoding: confirmBytes)
    #expect(confirm == ConnectionConfirm(source: 0x1234, reply: sample.reply))
    #expect(confirm.encode() == confirmBytes)
    #expect(FirstBytes(confirmBytes) == .rdp)
  }

  @Test func aBrokerGetsItsRoutingToken() throws {
    let transcript = try Captures.transcript("rds-broker-redirect-with-password")
    let bytes = try #require(transcript.note("X224 Connection Request", "c2s").first).bytes
    let request = try ConnectionRequest(decoding: bytes)
    #expect(request.routingToken?.hasPrefix("tsv://MS Terminal Services Plugin.1.") == true)
    #expect(request.encode() == bytes)
  }

  @Test func credSSPWithKerberosIsReadAndWritten() throws {
    let transcript = try Captures.transcript("ws2022-nla-kerberos-1")
    let requests = transcript.note("CredSSP TSRequest", "c2s") + transcript.note("CredSSP TSRequest", "s2c")
    #expect(requests.count >= 6)
    for message in requests {
      let request = try TSRequest(decoding: message.bytes)
      #expect(request.version == 6)
      #expect(request.encode() == message.bytes)
    }
    let first = try TSRequest(decoding: requests[0].bytes)
    let offer = try NegotiationToken(decoding: try #require(first.negoTokens.first))
    #expect(offer.mechanisms.prefix(3) == [.microsoftKerberos, .kerberos, .negoEx])
    let answer = try TSRequest(
      decoding: try #require(transcript.note("CredSSP TSRequest", "s2c").first).bytes)
    let selected = try NegotiationToken(decoding: try #require(answer.negoTokens.first))
    #expect(selected.mechanisms == [.microsoftKerberos])
    if case .response(let response) = selected { #expect(response.state == .acceptIncomplete) }
  }

  @Test func credSSPWithNTLMIsReadAndTheAuthenticateMessageRecognised() throws {
    let transcript = try Captures.transcript("ws2022-ntlm-refused-conn1")
    func token(_ note: String, _ direction: String) throws -> [UInt8] {
      let message = try #require(transcript.note(note, direction).first)
      let request = try TSRequest(decoding: message.bytes)
      return try #require(request.negoTokens.first)
    }
    #expect(try NegotiateMessage(decoding: try token("NTLM NEGOTIATE", "c2s")).flags.rawValue == 0xE208_82B7)
    let challenge = try ChallengeMessage(decoding: try token("NTLM CHALLENGE", "s2c"))
    #expect(challenge.flags.rawValue == 0xE289_8235)
    #expect(challenge.build?.product == "Windows Server 2022")
    #expect(challenge.targetInfo.dnsComputer == "IT-HELP-TEST.ad.it-help.ninja")
    #expect(challenge.targetInfo.time?.unixSeconds.rounded(.down) == 1_715_026_213)
    #expect(NTLM.isAuthenticate(try token("NTLM AUTHENTICATE", "c2s")))
  }

  @Test(arguments: [
    ("ws2008r2-nla-tls10", TLSVersion.tls10, 0x002F as UInt16),
    ("ws2022-nla-kerberos-1", .tls12, 0xC030), ("win-hybrid-ex-2025", .tls12, 0x009D),
  ]) func serverHellosAreRead(name: String, version: TLSVersion, cipher: UInt16) throws {
    let transcript = try Captures.transcript(name)
    let bytes = try #require(transcript.note("ServerHello", "s2c").first).bytes
    #expect(FirstBytes(bytes) == .tls)
    let hello = try TLSRecord(decoding: bytes).serverHello
    #expect(hello?.version == version)
    #expect(hello?.cipherSuite == cipher)
  }

  @Test func theExamplesOfASessionAreRead() throws {
    let initial = try ConnectInitial(decoding: try Captures.message("spec-mcs-connect-initial"))
    #expect(initial.clientName == "ELTONS-DEV2")
    #expect(initial.clientBuild == 3790)
    #expect(initial.version == 0x0008_0004)
    #expect(initial.encryptionMethods == .all)
    #expect(initial.capabilities == .errorInfo)
    #expect(initial.channelCount == 3)
    let response = try ConnectResponse(decoding: try Captures.message("spec-mcs-connect-response"))
    let settings = try #require(response.settings)
    #expect(settings.version.rawValue == 0x0008_0004)
    #expect(settings.encryptionMethod == .rc4With128Bits)
    #expect(settings.encryptionLevel == .clientCompatible)
    #expect(settings.channels == [1004, 1005, 1006])
    guard case .redirection(let redirection) = try sessionMessage("spec-server-redirection-enhanced") else {
      Issue.record("no redirection")
      return
    }
    #expect(redirection.flags.rawValue == 0xB1D)
    #expect(redirection.sessionID == 2)
    #expect(redirection.targetAddress == "2001:4898:2b:2:9de7:4569:fb39:ef29")
    #expect(redirection.targetName == "jiazou-test2.ts-stress1.nttest.microsoft.com")
    #expect(redirection.targetNetBIOSName == "JIAZOU-TEST2")
    #expect(
      redirection.targetAddresses == ["2001:4898:2b:2:9de7:4569:fb39:ef29", "157.59.240.144"])
  }

  @Test func licencesAndErrorInfosOfRealHostsAreRead() throws {
    #expect(try sessionMessage("set-error-info-00") == .errorInfo(.none))
    #expect(try sessionMessage("set-error-info-0b") == .errorInfo(ErrorInfo(rawValue: 0xB)))
    #expect(try sessionMessage("license-new-license") == .licensing(.newLicense))
    #expect(
      try sessionMessage("license-request-rds")
        == .licensing(.request(.init(version: 0x0006_0002, company: "Microsoft Corporation", id: "A02"))))
  }

  private func sessionMessage(_ file: String) throws -> SessionMessage? {
    let message = try MCSMessage(decoding: try Captures.message(file))
    guard case .sendDataIndication(_, let channel, let data) = message else { return nil }
    #expect(channel == 1003)
    return try SessionMessage(decoding: data)
  }

  /// Up to the first message of the session proper.
  @Test(arguments: [
    ("ws2022-tls-no-nla-1", UInt32(0x0008_000E), EncryptionLevel.none, ["licensing", "demandActive"]),
    ("ws2022-standard-rdp-security-conn2", 0x0008_000E, .clientCompatible, ["encrypted"]),
    (
      "rds-licensing-new-license", 0x0008_0004, .none,
      ["licensing", "licensing", "licensing", "demandActive"]
    ),
    ("rds-broker-redirect-with-password", 0x0008_0004, .none, ["licensing", "demandActive"]),
  ]) func theWayToASessionIsRead(
    name: String, version: UInt32, level: EncryptionLevel, kinds: [String]
  ) throws {
    let messages = try Captures.transcript(name).messages.filter { $0.dir == "s2c" }.map(\.bytes)
    let first = try #require(messages.first { ConnectResponse.isOne($0) })
    let response = try ConnectResponse(decoding: first)
    #expect(response.settings?.version.rawValue == version)
    #expect(response.settings?.encryptionLevel == level)
    var seen: [String] = []
    var isRedirected = false
    for bytes in messages where bytes.starts(with: [3, 0]) && bytes.count > 7 && bytes[5] == 0xF0 {
      guard !ConnectResponse.isOne(bytes),
        case .sendDataIndication(_, 1003, let data) = try MCSMessage(decoding: bytes)
      else { continue }
      let message = try SessionMessage(decoding: data)
      if case .redirection(let redirection) = message {
        isRedirected = true
        #expect(redirection.targetAddress == "10.10.44.231")
        #expect(redirection.targetName == "SVR01.red.corp.wallix.com")
        #expect(redirection.targetAddresses == ["10.10.44.231"])
      }
      if seen.count < kinds.count { seen.append(String("\(message)".prefix { $0 != "(" })) }
    }
    #expect(seen == kinds)
    #expect(isRedirected == name.contains("redirect"))
  }

  @Test func allBuildsOfTheFactTableHaveAName() throws {
    struct Table: Decodable { var builds: [String: String] }
    let data = try Data(contentsOf: Captures.folder.appendingPathComponent("facts/windows-builds.json"))
    let builds = try JSONDecoder().decode(Table.self, from: data).builds
    #expect(builds.count >= 24)
    for number in builds.keys {
      let parts = number.split(separator: ".").compactMap { UInt16($0) }
      try #require(parts.count == 3)
      let build = WindowsBuild(major: UInt8(parts[0]), minor: UInt8(parts[1]), build: parts[2])
      #expect(build.product != nil, "\(number)")
    }
  }
}
