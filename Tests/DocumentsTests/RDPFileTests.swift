import Documents
import Facts
import Foundation
import Testing

/// What connection files say, in the forms in which programs write them.
@Suite struct RDPFileTests {
  /// What a file does not hold is neither 0 nor a default that it states.
  @Test func whatIsNotSetIsSaidNotToBeSet() throws {
    let file = read("full address:s:srv01\n")
    for (id, name) in [
      ("file.gateway", "gatewayusagemethod"), ("file.display", "desktopwidth"),
      ("file.display", "desktopheight"),
      ("file.display", "selectedmonitors"),
    ] as [(FindingID, String)] {
      let finding = try #require(file.findings.first { $0.id == id })
      #expect(finding.details.first { $0.name == name }?.value == "not set", "\(name)")
    }
    for id in ["file.credssp", "file.entra-sign-in", "file.gateway", "file.display", "file.program"]
      as [FindingID]
    {
      let summary = file.findings.first { $0.id == id }?.summary ?? ""
      #expect(
        summary.contains("not set") || summary.contains("sets no") || summary.contains("does not"),
        "\(summary)")
    }
  }

  func read(_ text: String) -> Submission { Documents.read(text, name: "farm.rdp", isFile: true) }

  func outcomes(_ text: String) -> [String: String] {
    Dictionary(
      read(text).findings.compactMap { finding in finding.outcome.map { (finding.id.name, $0.name) } },
      uniquingKeysWith: { $1 })
  }

  static let plain = "screen mode id:i:2\r\nfull address:s:srv01.corp.example\r\nauthentication level:i:2\r\n"

  @Test func aPlainFileLeadsToItsHost() {
    let submission = read(Self.plain)
    #expect(submission.connection == .init(address: "srv01.corp.example", gateway: nil))
    #expect(submission.findings.allSatisfy { $0.source == .file("farm.rdp") })
    #expect(
      outcomes(Self.plain) == [
        "file.address": "one", "file.gateway": "none", "file.credssp": "on",
        "file.authentication-level": "warns",
        "file.load-balance": "absent", "file.signature": "unsigned", "file.display": "one-monitor",
        "file.entra-sign-in": "off", "file.program": "desktop",
      ])
  }

  @Test func thePortOfItsOwnSettingBelongsToTheAddress() {
    #expect(read("full address:s:srv01\nserver port:i:3390\n").connection?.address == "srv01:3390")
    #expect(read("full address:s:srv01:4000\nserver port:i:3390\n").connection?.address == "srv01:4000")
    #expect(
      read("full address:s:2001:db8::7\nserver port:i:3390\n").connection?.address == "[2001:db8::7]:3390")
  }

  @Test(arguments: [
    ("gatewayhostname:s:gw.example\ngatewayusagemethod:i:1", "always", "gw.example"),
    ("gatewayhostname:s:gw.example\ngatewayusagemethod:i:2", "when-direct-fails", "gw.example"),
    ("gatewayhostname:s:gw.example\ngatewayusagemethod:i:4", "not-used", nil),
    ("gatewayhostname:s:\ngatewayusagemethod:i:1", "name-missing", nil),
    ("gatewayhostname:s:\ngatewayusagemethod:i:4", "none", nil),
  ])
  func aGatewayCountsOnlyWhereItIsUsed(_ lines: String, _ outcome: String, _ gateway: String?) {
    let text = Self.plain + lines
    #expect(outcomes(text)["file.gateway"] == outcome)
    #expect(read(text).connection?.gateway == gateway)
  }

  @Test(arguments: [
    ("enablecredsspsupport:i:0", "file.credssp", "off"),
    ("negotiate security layer:i:0", "file.credssp", "not-negotiated"),
    ("authentication level:i:1", "file.authentication-level", "refuses"),
    ("alternate full address:s:srv02.corp.example", "file.address", "two-differ"),
    ("full address:s:127.0.0.2", "file.address", "loopback"),
    ("full address:s:not a host", "file.address", "unreadable"),
    ("full address:s:", "file.address", "missing"),
    ("loadbalanceinfo:s:tsv://MS Terminal Services Plugin.1.Farm", "file.load-balance", "present"),
    ("signscope:s:Full Address,Server Port\nsignature:s:AQABAAEAAA", "file.signature", "signed"),
    ("signscope:s:Server Port\nsignature:s:AQABAAEAAA", "file.signature", "signed-in-part"),
    ("use multimon:i:1\nselectedmonitors:s:0,1", "file.display", "several-monitors"),
    ("desktopwidth:i:16384", "file.display", "out-of-range"),
    ("enablerdsaadauth:i:1", "file.entra-sign-in", "on"),
    ("remoteapplicationmode:i:1", "file.program", "name-missing"),
    ("remoteapplicationmode:i:1\nremoteapplicationprogram:s:||calc", "file.program", "program"),
  ])
  func aSettingThatMattersIsSeen(_ lines: String, _ finding: String, _ outcome: String) {
    #expect(outcomes(Self.plain + lines)[finding] == outcome)
  }

  @Test func theLineAtFaultIsNamed() {
    #expect(RDPFile.fault(in: "screen mode id:i:2\r\n\r\n Hello\r\n").hasPrefix("line 3 reads “Hello”"))
    #expect(RDPFile.fault(in: "\n\n").hasPrefix("no line of it says where to connect"))
    let finding = read("screen mode id:i:2\r\n\r\nfull address:s:a b\r\n").findings.first {
      $0.id == "file.address"
    }
    #expect(finding?.outcome == "unreadable")
    #expect(finding?.summary == "Line 3 of the file names no host that can be dialled: a b")
  }

  @Test func theFormOfTheTextDoesNotMatter() {
    func bytes(_ encoding: String.Encoding, _ mark: [UInt8]) -> [UInt8] {
      mark + Array(Self.plain.data(using: encoding) ?? Data())
    }
    for form in [
      bytes(.utf16LittleEndian, [0xFF, 0xFE]), bytes(.utf16BigEndian, [0xFE, 0xFF]),
      bytes(.utf16LittleEndian, []),
      bytes(.utf16BigEndian, []), bytes(.utf8, []), bytes(.utf8, [0xEF, 0xBB, 0xBF]),
    ] {
      #expect(TextDecoding.text(of: form) == Self.plain)
    }
  }

  @Test func oldCodePagesAndBinaryDataAreToldApart() {
    #expect(TextDecoding.text(of: Array("Status: ge".utf8) + [0xF6, 0x66]) == "Status: geöf")
    #expect(TextDecoding.text(of: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 9]) == nil)
  }

  @Test func filesOfRealProgramsAreRead() throws {
    guard let folder = Captures.folder("rdp-files") else { return }
    func file(_ name: String) throws -> Submission {
      let bytes = Array(try Data(contentsOf: folder.appending(path: name)))
      return Documents.read(try #require(TextDecoding.text(of: bytes)), name: name, isFile: true)
    }
    func outcome(_ submission: Submission, _ id: FindingID) -> String? {
      submission.findings.first { $0.id == id }?.outcome?.name
    }
    let direct = try file("wpts-direct-credssp.rdp")
    #expect(outcome(direct, "file.credssp") == "not-negotiated")
    #expect(outcome(direct, "file.address") == "missing")
    #expect(outcome(try file("wpts-negotiate.rdp"), "file.credssp") == "on")
    let cloud = try file("avd-cloudpc-kdcproxy-1.rdp")
    #expect(outcome(cloud, "file.address") == "cloud")
    #expect(outcome(cloud, "file.gateway") == "always")
    #expect(outcome(cloud, "file.load-balance") == "present")
    #expect(cloud.connection?.gateway == "afdfp-rdgateway-r1.wvd.microsoft.com:443")
  }
}

/// Recordings of real systems, where `RDPTRIAGE_CAPTURES` names them.
enum Captures {
  static func folder(_ name: String) -> URL? {
    guard let root = ProcessInfo.processInfo.environment["RDPTRIAGE_CAPTURES"] else {
      print("RDPTRIAGE_CAPTURES is not set: \(name) not read")
      return nil
    }
    return URL(filePath: root).appending(path: name)
  }
}
