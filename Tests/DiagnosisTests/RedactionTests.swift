import Diagnosis
import Facts
import Foundation
import TestSupport
import Testing

@Suite struct RedactionTests {
  /// Digits that tell values apart and do not hold them.
  static func digits(_ value: String) -> String {
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in value.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
    return String(String(hash, radix: 36).prefix(10))
  }

  static let secrets = [
    "payroll7", "payroll7.hq.contoso-secret.example", "contoso-secret", "gw.contoso-secret.example",
    "192.0.2.77",
    "2001:db8::77", "kim.planted", "lee.planted", "PLANTEDDOM", "adm-planted", "S-1-5-21-1111-2222-3333-500",
    "00:1a:2b:3c:4d:5e", "INC-PLANTED-1", "aabbccddeeff00112233445566778899aabbccdd", "dc77", "planted-user",
    "ptr77.isp-planted.example",
  ]

  static let record: Case = {
    var target = Target(host: .name("payroll7.hq.contoso-secret.example"), port: 3390)
    target.gateway = "gw.contoso-secret.example:443"
    target.domain = "contoso-secret.example"
    target.certificateName = "payroll7"
    let names = Finding(
      "ntlm.names", .answered("differs"),
      summary: "The host calls itself PAYROLL7.hq.contoso-secret.example, not (payroll7).",
      details: [
        .init("netbios_domain", "PLANTEDDOM"), .init("dns_computer", "payroll7.hq.contoso-secret.example"),
        .init("servers", .list([.table([.init("host", "dc77"), .init("address", "192.0.2.77")])])),
        .init("first_bytes", "504159524f4c4c37"),
      ])
    let free = Finding(
      "dns.reverse", .answered("differs"),
      summary:
        "2001:db8::77 leads to ptr77.isp-planted.example; seen by PLANTEDDOM\\adm-planted, planted-user@contoso-secret.example and S-1-5-21-1111-2222-3333-500 on 00:1a:2b:3c:4d:5e, port 192.0.2.77:3390, SHA-1 aabbccddeeff00112233445566778899aabbccdd, TERMSRV/dc77.",
      details: [.init("mention", "https://gw.contoso-secret.example/rpc and \\\\dc77\\share")])
    let failed = Finding(
      "tcp.port", .inconclusive(.unreadable("payroll7 said no")), source: .file("payroll7.rdp"),
      summary: "No.")
    let events: [Case.Event] = [
      .opened(target), .codeReported(ReportedCode(code: 3, extended: 7)),
      .probed(run: 1, [names, free, failed]),
      .submitted(
        "payroll7.rdp",
        [
          Finding(
            "paste.sessions", .answered("free"), source: .file("payroll7.rdp"),
            summary: "planted-user and PAYROLL7 are there.",
            details: [.init("people", .list([.text("planted-user (active)")]))])
        ]), .submissionWithdrawn("payroll7.rdp"),
      .answered("host-kind", "single-server"), .ticket("INC-PLANTED-1"),
      .proven("restart-termservice", .init(before: [names], after: [free], verdict: .changed)),
      .weakeningAccepted("nla-off", reason: "kim.planted wants it on payroll7"), .closed(.solved(by: "x")),
    ]
    return Case(
      id: "2026-05-04-payroll7-7f3a",
      entries: events.enumerated().map { index, event in
        .init(
          time: Timestamp(seconds: Double(index)), person: index < 4 ? "kim.planted" : "lee.planted",
          event: event)
      })
  }()

  @Test func noPlantedSecretIsLeft() throws {
    var redaction = Redaction(digits: Self.digits)
    let text = "\(try redaction.redact(Self.record))".lowercased()
    for secret in Self.secrets { #expect(!text.contains(secret.lowercased()), "\(secret)") }
    #expect(!text.contains("504159524f4c4c37"))
  }

  @Test func whatIsNoNameStays() throws {
    var redaction = Redaction(digits: Self.digits)
    let redacted = try redaction.redact(Self.record)
    #expect(redacted.code == ReportedCode(code: 3, extended: 7))
    #expect(redacted.entries.map(\.time) == Self.record.entries.map(\.time))
    #expect(redacted.answers.map(\.choice) == ["single-server"])
    #expect(redacted.probeFindings.map(\.id) == ["ntlm.names", "dns.reverse", "tcp.port"])
    #expect(redacted.probeFindings.map(\.outcome) == Self.record.probeFindings.map(\.outcome))
    #expect(redacted.target?.port == 3390)
    let plain = Finding(
      "tls.handshake", .answered("completed"),
      summary: "TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384; termsrv.dll, e.g. dns.lookup: 10 ms.")
    var second = Redaction(digits: Self.digits)
    let same = try second.redact(
      Case(id: "a", entries: [.init(time: .init(seconds: 0), person: "p", event: .probed(run: 1, [plain]))]))
    #expect(same.probeFindings.first?.summary.contains("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384") == true)
    #expect(same.probeFindings.first?.summary.contains("termsrv.dll") == true)
  }

  @Test func theSameNameHasTheSameStandInEverywhere() throws {
    var redaction = Redaction(digits: Self.digits)
    let redacted = try redaction.redact(Self.record)
    let host = try #require(redacted.target?.hostText)
    #expect(redacted.probeFindings.first?.summary.contains(host) == true)
    #expect(Set(redacted.entries.map(\.person)).count == 2)
    #expect(redaction.originals[host] == "payroll7.hq.contoso-secret.example")
  }

  /// A secret in every text that a case has, found by walking through it: a field that is new is planted by itself.
  @Test func nothingOfASecretIsLeftInAnyField() throws {
    var planted: [String] = []
    var record = EveryField.record
    record.id = "2026-05-04-Geheim0x-1"
    let words: Set<String> = ["summary", "because", "unreadable", "notAsked", "reason"]
    for (index, entry) in record.entries.enumerated() {
      var tree = try Tree(encoding: entry)
      for way in EveryField.texts(of: tree) {
        let secret = "Geheim\(planted.count)x"
        let fields = way.compactMap { step in if case .field(let name) = step { name } else { nil } }
        let isSentence = fields.contains { words.contains($0) } && !fields.contains("weakeningAccepted")
        // A sentence of a probe names what the case knows as a name.
        let text = isSentence ? "Seen: (Geheim0x), GEHEIM0X$ and old_geheim0x." : secret
        let changed = EveryField.replacing(tree, at: way[...], with: .text(text))
        // Words of a closed list name nobody.
        guard (try? changed.decoded(as: Case.Entry.self)) != nil else { continue }
        tree = changed
        planted.append(secret)
      }
      record.entries[index] = try tree.decoded(as: Case.Entry.self)
    }
    record.entries[0].person = "Geheim0x"
    #expect(planted.count > 200)
    var redaction = Redaction(digits: Self.digits)
    let redacted = try redaction.redact(record)
    let left = try Tree(encoding: redacted).json.lowercased()
    #expect(
      !left.contains("geheim"), "\(left.components(separatedBy: "\n").filter { $0.contains("geheim") })")
    #expect(try Redaction.revealed(redacted, redaction.originals).entries.count == record.entries.count)
  }

  @Test(arguments: [
    "PAYROLL7$", "payroll7_old", "x-payroll7", "contoso-secret", "HTTP/payroll7", "192.0.2.10-192.0.2.20",
    "192.0.2.10-20", "192.0.2.0/24", "192.0.2.*", "192.000.002.007", "2001:db8::", "2001:db8::/32",
    "fe80::1%eth0", "::ffff:192.0.2.9", "2001:DB8:0:0:0:0:0:7", "001a2b3c4d5e", "001a.2b3c.4d5e",
    "00-1A-2B-3C-4D-5E", "4a7f001122334455", "123456789012", "INC0012345", "CHG-4711", "Petra Musterfrau",
    "Musterfrau", "Contoso Widgets Ltd", "Geheime Abteilung", "Widget-Root-7", "dc77$@CONTOSO-SECRET",
    "S-1-5-21-1-2-3", "a1b2c3d4-0011-2233-4455-66778899aabb",
  ]) func whatHasTheFormOfANameIsReplacedWhereverItStands(secret: String) throws {
    var target = Target(host: .name("payroll7"))
    target.domain = "contoso-secret.example"
    let finding = Finding(
      "certificate.trust", .answered("self-signed"),
      summary: "Before \(secret), after (\(secret)) and \"\(secret)\".",
      details: [
        .init("issuer", "CN=Widget-Root-7,OU=Geheime Abteilung,O=Contoso Widgets Ltd"), .init("host", "dc77"),
      ])
    let events: [Case.Event] = [.opened(target), .probed(run: 1, [finding])]
    var redaction = Redaction(digits: Self.digits)
    let redacted = try redaction.redact(
      Case(
        id: "a",
        entries: events.map { .init(time: .init(seconds: 0), person: "Petra Musterfrau", event: $0) }))
    let summary = try #require(redacted.probeFindings.first?.summary)
    let core = secret.lowercased().replacingOccurrences(of: "/32", with: "").replacingOccurrences(
      of: "/24", with: ""
    )
    .replacingOccurrences(of: "http/", with: "").trimmingCharacters(in: .punctuationCharacters)
    #expect(!summary.lowercased().contains(core), "\(summary)")
    #expect(summary.hasPrefix("Before "))
    #expect(!"\(redacted)".contains("Widget"))
  }
}
