import Testing
import Wire

@Suite struct NTLMTests {
  @Test func theGreetingHasTheseBytesAndNamesNobody() throws {
    let bytes =
      hex("4e544c4d53535000 01000000")  // NTLMSSP, NEGOTIATE
      + hex("378208e2")  // flags
      + hex("0000 0000 28000000 0000 0000 28000000")  // no domain, no workstation
      + hex("0a 00 0000 000000 0f")  // version 10.0, no build
    #expect(NegotiateMessage().encode() == bytes)
    #expect(try NegotiateMessage(decoding: bytes) == NegotiateMessage())
    #expect(!NTLM.isAuthenticate(bytes))
  }

  @Test func anAuthenticateMessageIsRecognised() {
    #expect(NTLM.isAuthenticate(hex("4e544c4d53535000 03000000 1800")))
    #expect(!NTLM.isAuthenticate(hex("4e544c4d53535000 02000000")))
    #expect(!NTLM.isAuthenticate(hex("4e544c4d53535000 0300")))
  }

  let challenge = ChallengeMessage(
    flags: [.unicode, .targetInfo, .version, .targetIsDomain], targetName: "LAB",
    serverChallenge: hex("0123456789abcdef"),
    targetInfo: TargetInfo(
      netBIOSComputer: "SRV01", netBIOSDomain: "LAB", dnsComputer: "srv01.lab.test", dnsDomain: "lab.test",
      dnsTree: "lab.test", time: FileTime(unixSeconds: 1_700_000_000)),
    build: WindowsBuild(major: 10, minor: 0, build: 20348))

  @Test func aChallengeSurvivesARoundTrip() throws {
    let read = try ChallengeMessage(decoding: challenge.encode())
    #expect(read == challenge)
    #expect(read.build?.product == "Windows Server 2022")
    #expect(read.targetInfo.isDomainMember)
    #expect(read.targetInfo.time?.unixSeconds == 1_700_000_000)
  }

  @Test func everyTruncationIsSeen() throws {
    let whole = challenge.encode()
    let targetInfo = whole.count - challenge.targetInfo.encode().count
    for count in 0..<targetInfo {
      let cut = Array(whole.prefix(count))
      let got = error { () throws(DecodeError) in _ = try ChallengeMessage(decoding: cut) }
      #expect(got?.needsMore == true, "\(count) bytes")
    }
    for count in targetInfo..<whole.count {
      let read = try ChallengeMessage(decoding: Array(whole.prefix(count)))
      #expect(!read.targetInfo.isTerminated, "\(count) bytes")
      #expect(read.targetName == "LAB")
    }
  }

  @Test func aListThatBreaksOffKeepsWhatCameBefore() {
    let whole = challenge.targetInfo.encode()
    for count in 0..<whole.count {
      let info = TargetInfo(decoding: whole.prefix(count))
      #expect(!info.isTerminated, "\(count) bytes")
      // LAB is the first pair: 4 bytes of header and 6 of name.
      #expect(info.netBIOSDomain == (count >= 10 ? "LAB" : nil), "\(count) bytes")
    }
    #expect(TargetInfo(decoding: whole) == challenge.targetInfo)
  }

  @Test func aFieldThatPointsOutsideTheMessageIsAnError() {
    var bytes = challenge.encode()
    bytes[44] = 0xFF
    bytes[47] = 0xFF
    #expect(
      error { () throws(DecodeError) in _ = try ChallengeMessage(decoding: bytes) }
        == .truncated(field: "target info", at: 0xFF00_00FF))
  }

  @Test func aShortChallengeWithoutTargetInfoIsRead() throws {
    let bytes = hex("4e544c4d53535000 02000000 0000 0000 20000000 01020000 0123456789abcdef")
    let read = try ChallengeMessage(decoding: bytes)
    #expect(read.targetInfo.netBIOSComputer == nil)
    #expect(read.targetInfo.time == nil)
    #expect(read.build == nil)
  }

  @Test func buildsAreNamedWithWhatSharesThem() {
    let names: [(UInt8, UInt8, UInt16, String?)] = [
      (10, 0, 17763, "Windows 10 1809 or Server 2019"), (10, 0, 20348, "Windows Server 2022"),
      (10, 0, 26100, "Windows 11 24H2 or Server 2025"), (6, 1, 0, "not Windows (Samba or another)"),
      (10, 0, 65000, nil), (6, 3, 20348, nil),
    ]
    for (major, minor, build, name) in names {
      #expect(WindowsBuild(major: major, minor: minor, build: build).product == name)
    }
  }

  @Test func fileTimesAreExactToTheSecondAndClamped() {
    #expect(FileTime(ticks: 116_444_736_000_000_000).unixSeconds == 0)
    #expect(FileTime(unixSeconds: 0).ticks == 116_444_736_000_000_000)
    #expect(FileTime(unixSeconds: -1e12).ticks == 0)
    #expect(FileTime(unixSeconds: .nan).ticks == 0)
    #expect(FileTime(unixSeconds: 1e30).ticks == .max)
  }
}
