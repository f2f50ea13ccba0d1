import Diagnosis
import Facts
import Foundation
import Knowledge
import Testing
import Wire

/// What everybody who looks up a code may rely on.
@Suite struct CodeCatalogueTests {
  let base = KnowledgeSource.embedded()

  func entry(_ id: String) -> CodeEntry? { base.codes.first { $0.id == id } }

  @Test func everyTableIsThereWhole() {
    let least: [CodeFamily: Int] = [
      .disconnect: 78, .extended: 30, .errinfo: 120, .status: 9, .negotiation: 6, .authorization: 2,
      .rdstls: 8,
      .ntstatus: 22, .logon: 15, .kerberos: 49, .gateway: 97, .licensing: 9, .avd: 10, .freerdp: 30,
      .event: 230,
    ]
    for family in CodeFamily.allCases {
      let count = base.codes.count { $0.family == family }
      #expect(count >= least[family] ?? 1, "\(family.rawValue) has \(count)")
    }
    #expect(base.codes.count > 500)
    #expect(base.pairs.count >= 58)
    #expect(Set(base.codes.map(\.id)).count == base.codes.count)
  }

  /// The names that the probe of the domain prints.
  @Test func everyNameOfAKerberosErrorIsExplained() {
    var explained = 0
    for number in 0...127 {
      guard let name = KerberosError.name(of: UInt32(number)) else { continue }
      explained += 1
      let lookup = base.lookup(name)
      #expect(lookup.entries.first?.symbol == name, "\(name)")
    }
    #expect(explained >= 49)
    // The number alone is no Kerberos error.
    #expect(base.lookup("0x18").reading?.entries.contains { $0.family == .kerberos } != true)
  }

  @Test func everyEntrySaysWhatIsAskedOfIt() {
    let speakers: Set = ["client", "server", "gateway", "KDC"]
    for entry in base.codes {
      #expect(!entry.symbol.isEmpty && !entry.source.isEmpty, "\(entry.id)")
      #expect(entry.meaning.count >= 12 && entry.meaning.hasSuffix("."), "\(entry.id): \(entry.meaning)")
      #expect(speakers.contains(entry.saidBy), "\(entry.id)")
      #expect((entry.family == .event) == !entry.provider.isEmpty, "\(entry.id)")
    }
    for pair in base.pairs {
      #expect(pair.meaning.hasSuffix(".") && !pair.source.isEmpty, "\(pair.pair)")
    }
  }

  @Test func nearlyEveryFaultHasCandidateCauses() {
    // Faults in the bytes of a protocol, progress and plain facts point to no cause of their own.
    func isFault(_ entry: CodeEntry) -> Bool {
      switch entry.family {
      case .status: false
      case .errinfo: !(0x10C9...0x1136).contains(entry.value)
      // Of accounts, services, keys and clocks.
      case .kerberos:
        [1, 2, 6, 7, 8, 9, 11, 12, 14, 16, 18, 19, 23, 24, 29, 31, 32, 33, 37, 41, 68].contains(entry.value)
      default: true
      }
    }
    for family in CodeFamily.allCases where ![.status, .event].contains(family) {
      let faults = base.codes.filter { $0.family == family && isFault($0) }
      let led = faults.count { !base.reading(of: $0.reported).causes.isEmpty }
      #expect(led * 2 >= faults.count, "\(family.rawValue): \(led) of \(faults.count) lead to a cause")
    }
    let events = base.codes.count { $0.family == .event && !base.reading(of: $0.reported).causes.isEmpty }
    #expect(events >= 110)
  }

  @Test func fivePairsAreFiveStories() throws {
    let codes = [
      ReportedCode(code: 3, extended: 7), ReportedCode(code: 3, extended: 9),
      ReportedCode(code: 3, extended: 0x11),
      ReportedCode(code: 0x904, extended: 7), ReportedCode(code: 0x204, extended: 0),
    ]
    let readings = codes.map(base.reading)
    #expect(Set(try readings.map { try #require($0.pair).meaning }).count == 5)
    #expect(Set(readings.map { $0.causes.prefix(4) }).count == 5)
    #expect(Set(readings.compactMap(\.causes.first)).count == 5)
    #expect(readings.allSatisfy { $0.pair?.confusedWith.isEmpty == false })
  }

  @Test func aClosedSocketWithASevenIsNotReadAsADenial() throws {
    let reading = base.reading(of: ReportedCode(code: 0x904, extended: 7))
    #expect(try #require(reading.pair).meaning.contains("NOT the server denying"))
    #expect(!reading.proves.contains(.tls))
    #expect(!reading.causes.contains { ["ses-drain", "ses-logon-disabled", "ses-limit"].contains($0) })
    #expect(base.cause(try #require(reading.causes.first))?.phase == .tls)
  }

  @Test(arguments: [
    ("ERRINFO_SERVER_DENIED_CONNECTION", "*/0x7"), ("errinfo_server_denied_connection", "*/0x7"),
    ("SSL_ERR_ACCOUNT_LOCKED_OUT", "0xd07"), ("STATUS_ACCOUNT_LOCKED_OUT", "0xc0000234"),
    ("the log says STATUS_ACCOUNT_LOCKED_OUT again", "0xc0000234"),
    ("E_PROXY_RAP_ACCESSDENIED", "gateway-0x59da"),
    ("HYBRID_REQUIRED_BY_SERVER", "negotiation-0x5"), ("SERVER_DENIED_CONNECTION", "*/0x7"),
    ("Event ID 1149", "event-remoteconnectionmanager-1149"), ("TermDD 56", "event-termdd-56"),
    ("Ereignis-ID 56, Quelle TermDD", "event-termdd-56"),
    ("Schannel, ID d’événement : 36870", "event-schannel-36870"),
    (
      "Microsoft-Windows-TerminalServices-RemoteConnectionManager Event ID: 1158",
      "event-remoteconnectionmanager-1158"
    ),
    ("<Provider Name='Schannel'/><EventID>36874</EventID>", "event-schannel-36874"),
    ("Код события: 1070", "event-remoteconnectionmanager-1070"),
    ("イベント ID 1071", "event-remoteconnectionmanager-1071"),
    ("SessionBroker-Client 1280", "event-sessionbroker-client-1280"),
    ("1149", "event-remoteconnectionmanager-1149"),
    ("Event ID 4625: Logon ID 0x3E7 Status: 0xC000006D Sub Status: 0xC0000064", "0xc000006d/0xc0000064"),
    ("0x00010007", "0x10007"), ("516", "0x204"), ("Fehlercode: 0x3\nErweiterter Fehlercode: 0x7", "0x3/0x7"),
  ])
  func aTextReportsOneCode(text: String, canonical: String) {
    #expect(base.reported(in: text)?.description == canonical)
  }

  @Test func anEventThatSeveralSourcesHaveIsNarrowedByItsSource() {
    #expect(base.reported(in: "Event ID 50") == nil)
    #expect(
      Set(base.lookup("Event ID 50").entries.map(\.provider)) == [
        "LocalSessionManager", "TermDD", "Time-Service",
      ])
    #expect(base.lookup("Event ID 50 from Time-Service").entries.map(\.id) == ["event-time-service-50"])
    // The short name is part of the long one.
    #expect(
      base.lookup("SessionBroker-Client event 1296").entries.map(\.provider) == ["SessionBroker-Client"])
  }

  @Test(arguments: [
    ("ERRINFO_SERVER_DENYED_CONNECTION", "ERRINFO_SERVER_DENIED_CONNECTION"),
    ("STATUS_ACOUNT_LOCKED_OUT", "STATUS_ACCOUNT_LOCKED_OUT"), ("lisence", "licence"),
    ("certifcate", "certificate"),
  ])
  func aNearMissIsSuggested(text: String, meant: String) {
    let lookup = base.lookup(text)
    #expect(!lookup.isKnown)
    #expect(lookup.suggestions.contains(meant), "\(lookup.suggestions)")
  }

  @Test(arguments: ["CSSP", "licence grace", "drain", "Winlogon", "smart card"])
  func wordsFindEntries(text: String) {
    #expect(base.lookup(text).isKnown)
  }

  @Test(arguments: [
    ("0xdeadbeef", "hint"), ("0x3f07", "sign-in and TLS"), ("0x3f04", "network"), ("0xc0001234", "NTSTATUS"),
    ("0x80071234", "Windows error 4660"), ("0x3000099", "RD Gateway"), ("0x99/0x10ff", "protocol errors"),
    ("0x3/0x1ab", "licences"), ("no such thing at all", "No code was found"),
  ])
  func whatIsUnknownGetsAHintThatIsMarked(text: String, part: String) throws {
    let hint = try #require(base.lookup(text).hint)
    #expect(hint.contains(part), "\(hint)")
    #expect(hint.contains("Only a hint") || hint.hasPrefix("No code"))
  }

  @Test(arguments: [
    ("STATUS_ACCOUNT_LOCKED_OUT", "acc-locked"), ("-1073741260", "acc-locked"),
    ("Event ID 1070", "ses-drain"),
    ("event-gateway-301", "gw-rap"), ("ERRCONNECT_PASSWORD_EXPIRED", "acc-password-expired"),
    ("0x20011", "nla-dc-unreachable"), ("HYBRID_REQUIRED_BY_SERVER", "nla-client-cannot"),
    ("ERR_NO_LICENSE_SERVER", "lic-grace-over"), ("0x00010007", "brk-no-loadbalanceinfo"),
    ("AUTHZ_ACCESS_DENIED", "acc-no-rdp-right"),
    ("Status: 0xC000006D Sub Status: 0xC0000072", "acc-disabled"),
  ])
  func aCodeOfAnyTableIsEvidence(text: String, cause: CauseID) throws {
    let code = try #require(base.reported(in: text))
    let evidence = Evidence(findings: [.reported(code)], isComplaint: true)
    let ranking = Assessor(knowledge: base).rank(evidence)
    #expect(ranking.first?.cause == cause, "\(ranking.prefix(3).map(\.cause))")
  }
}
