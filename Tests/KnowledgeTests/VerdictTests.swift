import Facts
import Knowledge
import Probing
import Testing

@testable import Diagnosis

/// What the shipped knowledge makes of what a look found: never kinder than the host was.
@Suite struct VerdictTests {
  static let base = KnowledgeSource.embedded()
  static let assessor = Assessor(knowledge: base)
  static let probes = Set(ProbeRegistry.all.flatMap { $0.description.states })

  /// A host with Network Level Authentication on which every look finds what is fine.
  static let fine: [Finding] = base.findings.filter { probes.contains($0.id) && $0.id != "rdp.session" }
    .compactMap { entry in
      entry.outcomes.first(where: \.isFine).map { saw(entry.id, $0.id) }
    }

  static func saw(_ id: FindingID, _ outcome: OutcomeID, _ details: Finding.Field...) -> Finding {
    Finding(id, .answered(outcome), summary: "", details: details)
  }

  /// With what must be for the finding to exist.
  private func first(_ changes: Finding..., isComplaint: Bool = false) -> CauseID? {
    let needed = changes.flatMap { change in
      (Self.base.finding(change.id)?.needs ?? [:]).compactMap { id, outcomes in
        outcomes.first.map { Self.saw(id, $0) }
      }
    }
    let evidence = Evidence(findings: Self.fine + needed + changes, isComplaint: isComplaint)
    return Self.assessor.rank(evidence).first?.cause
  }

  private func rank(_ cause: CauseID, _ findings: [Finding], isComplaint: Bool = true) -> Int {
    let ranking = Self.assessor.rank(Evidence(findings: Self.fine + findings, isComplaint: isComplaint))
    return ranking.firstIndex { $0.cause == cause } ?? .max
  }

  @Test func aHostInOrderOfWhichNobodyComplainsIsHealthy() {
    #expect(first() == Cause.healthy)
  }

  /// Every finding of a layer that a caller needs, with every outcome that is not fine.
  @Test func nothingIsWrongIsNeverFirstWhereALayerIsBroken() {
    var tried = 0
    for entry in Self.base.findings where entry.layer != nil && Self.probes.contains(entry.id) {
      for outcome in entry.outcomes where !outcome.isFine {
        tried += 1
        #expect(first(Self.saw(entry.id, outcome.id)) != Cause.healthy, "\(entry.id) \(outcome.id)")
      }
    }
    #expect(tried > 40)
  }

  @Test func nothingIsWrongIsNeverFirstWhereAnAnswerCouldNotBeRead() {
    for entry in Self.base.findings
    where entry.layer != nil && Self.probes.contains(entry.id)
      && entry.outcomes.contains(where: { !$0.isFine })
    {
      let unread = Finding(entry.id, .inconclusive(.unreadable("it is garbage")), summary: "")
      #expect(first(unread) == Cause.unknown, "\(entry.id)")
      #expect(first(unread, isComplaint: true) != Cause.healthy, "\(entry.id)")
    }
  }

  @Test(
    arguments: [
      "dns.lookup", "tcp.port", "rdp.service", "tls.handshake", "credssp.exchange",
    ] as [FindingID])
  func whatCameToNoEndLeavesItOpen(_ id: FindingID) {
    for why in [Inconclusive.outOfTime, .failedHere(.init(reason: "no route"))] {
      #expect(first(Finding(id, .inconclusive(why), summary: "")) == Cause.unknown, "\(id) \(why)")
    }
  }

  @Test func oneAddressThatCannotBeAskedLeavesItOpen() {
    let addresses = Finding(
      "tcp.addresses", .inconclusive(.failedHere(.init(errno: 101, reason: "no route"))), summary: "")
    #expect(first(addresses) == Cause.unknown)
  }

  @Test func whatNobodyAskedLeavesNoDoubt() {
    let name = Finding("certificate.name", .inconclusive(.notAsked("typed as an address")), summary: "")
    #expect(first(name) == Cause.healthy)
  }

  @Test func withoutALookNothingIsSaidToBeFine() {
    #expect(Self.assessor.rank(Evidence()).first?.cause == Cause.unknown)
  }

  @Test func whoComplainsIsNotToldThatNothingIsWrongNorBlamedForThePassword() throws {
    #expect(first(isComplaint: true) == Cause.callerSide)
    let next = Self.assessor.next(Evidence(findings: Self.fine, isComplaint: true))
    guard case .question = next else {
      Issue.record("\(next)")
      return
    }
  }

  @Test func whatIsToldOutweighsThatAllIsWellFromHere() throws {
    var evidence = Evidence(findings: Self.fine, isComplaint: true)
    evidence.add(.reported(ReportedCode(code: 0x807)))
    #expect(Self.assessor.rank(evidence).first?.cause == "acc-bad-credentials")
  }

  @Test func whoSaysThatItWorksNowIsBelieved() throws {
    var evidence = Evidence(findings: Self.fine, isComplaint: true)
    evidence.add(answer: "yes", to: try #require(Self.base.question(Question.worksNow)))
    #expect(Self.assessor.rank(evidence).first?.cause == Cause.healthy)
  }

  /// A host without Network Level Authentication that gives its reason, behind doors that are shut.
  @Test(
    arguments: [
      (0x7, ["session", "broker", "service"]), (0x9, ["account", "session", "broker", "service"]),
      (0x6, ["session", "service"]),
      (0x19, ["session"]), (0x101, ["licence", "licensing"]),
    ] as [(Int, Set<String>)])
  func whatTheHostSaysOfItselfOutweighsShutDoors(code: Int, groups: Set<String>) throws {
    let isLicence = (0x100...0x10A).contains(code)
    let findings = [
      Self.saw("rdp.security", "tls-or-legacy"),
      Self.saw(
        "rdp.session", isLicence ? "license-error" : "denied", .init("error_info_code", .integer(code))),
      Self.saw("doors.winrm", "refused"), Self.saw("doors.rpc", "refused"), Self.saw("doors.smb", "refused"),
      Self.saw("doors.ssh", "refused"),
    ]
    let without: [Finding] = Self.fine.filter {
      $0.id.name.hasPrefix("credssp") || $0.id == "ntlm.names" || $0.id == "clock.skew"
    }
    .map { Finding($0.id, .notApplicable(because: "no NLA"), summary: "") }
    let ranking = Self.assessor.rank(Evidence(findings: Self.fine + without + findings))
    let leader = try #require(ranking.first.flatMap { Self.base.cause($0.cause) })
    #expect(groups.contains(leader.group), "\(leader.id) of \(leader.group)")
    #expect(
      ranking.first?.because.contains {
        $0.evidence == .finding("code.errinfo", OutcomeID(ReportedCode(extended: UInt32(code)).description))
      } == true)
  }

  @Test func theSameErrorInfoCountsOnce() {
    let session = Self.saw("rdp.session", "denied", .init("error_info_code", .integer(7)))
    var evidence = Evidence(findings: [session])
    #expect(evidence.errorInfo == ReportedCode(extended: 7))
    evidence.add(.reported(ReportedCode(code: 3, extended: 7)))
    #expect(evidence.errorInfo == nil)
    evidence.add(.reported(ReportedCode(code: 3, extended: 9)))
    #expect(evidence.errorInfo == ReportedCode(extended: 7))
  }

  @Test func aHostThatShowsThatItIsWindowsIsNotAskedAbout() {
    let asked: FindingID = "ask.target-is-windows"
    func isAsked(_ names: Finding) -> Bool {
      Evidence(findings: [names]).implied(Self.base).map(\.id) != [asked]
    }
    func names(_ product: String) -> Finding {
      Self.saw("ntlm.names", "agrees", .init("product", .text(product)))
    }
    #expect(!isAsked(names("Windows Server 2022")))
    // As FreeRDP's servers call themselves.
    #expect(isAsked(names("Windows 7 SP1 or Server 2008 R2 SP1")))
    #expect(isAsked(names("not Windows (Samba or another)")))
    let usage = Self.saw(
      "certificate.usage", "server-auth", .init("key_usage", .list(["keyEncipherment", "dataEncipherment"])))
    #expect(!isAsked(usage))
  }

  @Test func aPortThatClosesOrResetsIsNotFirstOfAllAnotherService() {
    for outcome in ["closed", "reset"] as [OutcomeID] {
      let evidence = Evidence(
        findings: [
          Self.saw("dns.lookup", "literal"), Self.saw("tcp.port", "open"), Self.saw("rdp.service", outcome),
        ], isComplaint: true)
      let order = Self.assessor.rank(evidence).map(\.cause)
      let place = { (cause: CauseID) in order.firstIndex(of: cause) ?? .max }
      for guarded in ["net-ip-blocker", "svc-termservice-hung", "ses-resource"] as [CauseID] {
        for other in ["net-wrong-service", "svc-port-conflict"] as [CauseID] {
          #expect(place(guarded) < place(other), "\(outcome): \(guarded) \(other)")
        }
      }
    }
    let evidence = Evidence(
      findings: [Self.saw("tcp.port", "open"), Self.saw("rdp.service", "reset")], isComplaint: true)
    let order = Self.assessor.rank(evidence).map(\.cause)
    #expect(
      order.firstIndex(of: "tls-machinekeys-acl") ?? .max < order.firstIndex(of: "net-wrong-service") ?? 0)
  }

  @Test func aSilentGatewayIsUnreachableBeforeItsCertificateIsBlamed() {
    let silent = [Self.saw("gateway.service", "silent")]
    #expect(rank("gw-unreachable", silent) < rank("gw-cert", silent))
    #expect(rank("gw-unreachable", silent) == 0)
    let failed = [Self.saw("gateway.service", "tls-failed")]
    #expect(rank("gw-cert", failed) < rank("gw-unreachable", failed))
  }

  @Test func aControllerThatRefusesIsOutOfReachBeforeTheTrustIsBroken() {
    for outcome in ["refused", "silent"] as [OutcomeID] {
      let findings = [Self.saw("kerberos.kdc", outcome), Self.saw("dns.domain-controllers", "found")]
      #expect(rank("nla-dc-unreachable", findings) < rank("nla-secure-channel", findings), "\(outcome)")
    }
  }

  @Test func anAliasOfAnotherHostLeadsToTheNames() throws {
    let findings = [
      Self.saw("dns.lookup", "resolved"), Self.saw("certificate.name", "agrees"),
      Self.saw("ntlm.names", "differs"),
      Self.saw("names.agreement", "contradictory"), Self.saw("certificate.trust", "trusted"),
    ]
    for isComplaint in [false, true] {
      let ranking = Self.assessor.rank(Evidence(findings: Self.fine + findings, isComplaint: isComplaint))
      let leader = try #require(ranking.first?.cause)
      #expect(
        ["nla-spn", "net-dns-stale", "tls-name-mismatch", "net-name-wrong", "net-address-changed"].contains(
          leader),
        "\(ranking.prefix(4).map { "\($0.cause) \($0.probability)" })")
    }
  }

  @Test func theMomentIsNotAskedWhereNothingIsReached() throws {
    let moment = try #require(Self.base.question("moment"))
    for seen in [
      Self.saw("tcp.port", "refused"), Self.saw("dns.lookup", "not-found"),
      Self.saw("dns.lookup", "no-address"),
    ] {
      #expect(!Evidence(findings: [seen], isComplaint: true).allows(moment))
    }
    #expect(Evidence(findings: [Self.saw("tcp.port", "open")], isComplaint: true).allows(moment))
    #expect(Evidence(isComplaint: true).allows(moment))
  }

  @Test func aNameThatDNSDoesNotKnowIsFirstAskedForItsSpelling() throws {
    let evidence = Evidence(findings: [Self.saw("dns.lookup", "not-found")], isComplaint: true)
    guard case .question(let asked) = Self.assessor.next(evidence) else { return }
    #expect(!["moment", "client-progress", "message", "wait-before-failure"].contains(asked), "\(asked)")
  }

  @Test func aFixIsAdvisedForACauseAndNotForWhatItLooksLike() throws {
    let symptoms = Self.base.causes.filter(\.isSymptom)
    #expect(symptoms.contains { $0.id == "net-port-refused" })
    let refused = Evidence(
      findings: [Self.saw("dns.lookup", "literal"), Self.saw("tcp.port", "refused")], isComplaint: true)
    for fix in ["start-termservice", "enable-rdp"] as [FixID] {
      let explained = try #require(Self.assessor.explain(refused, step: .fix(fix)))
      #expect(!explained.concerns.isEmpty)
      #expect(!explained.concerns.contains { ranked in symptoms.contains { $0.id == ranked.cause } })
    }
  }

  /// Before Server 2008 there is no Network Level Authentication: what sets it would shut everybody out.
  @Test func noFixDemandsNetworkLevelAuthenticationOfAWindowsWithoutIt() {
    var checked = 0
    for fix in Self.base.fixes {
      for command in fix.commands where command.shell != .steps {
        guard
          command.text.contains("UserAuthentication 1")
            || command.text.contains("UserAuthentication /t REG_DWORD /d 1")
            || command.text.contains("SecurityLayer 2")
            || command.text.contains("SecurityLayer /t REG_DWORD /d 2")
        else { continue }
        checked += 1
        #expect(
          command.text.contains("Version.Major -ge 6") || command.text.contains("Version 5.")
            || command.text.contains("REG_SZ    5."), "\(fix.id) by \(command.door)")
      }
    }
    #expect(checked >= 3)
  }

  /// What an output shows to be otherwise counts against every cause that says so.
  @Test func aProgramThatHoldsThePortSpeaksAgainstNothingListens() throws {
    let owner = try #require(Self.base.question("port-owner"))
    var evidence = Evidence(
      findings: [Self.saw("dns.lookup", "literal"), Self.saw("tcp.port", "refused")], isComplaint: true)
    evidence.add(answer: "termservice", to: owner)
    let causes = Self.base.causes.filter { cause in
      guard let expected = cause.expects[owner.findingID] else { return false }
      return expected["nothing"] == .always
    }
    #expect(causes.count > 5)
    for cause in causes {
      let ranked = try #require(Self.assessor.rank(evidence).first { $0.cause == cause.id })
      for reason in ranked.because {
        guard case .finding(owner.findingID, _) = reason.evidence else { continue }
        #expect(reason.effect < -1, "\(cause.id): \(reason.effect)")
      }
      #expect(
        ranked.because.contains { $0.evidence == .finding(owner.findingID, "termservice") }, "\(cause.id)")
    }
  }
}
