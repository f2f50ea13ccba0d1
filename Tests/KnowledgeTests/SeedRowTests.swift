import Facts
import Knowledge
import Testing

@testable import Diagnosis

/// The failures that people bring most, each from what is said and seen to the step that is due.
@Suite struct SeedRowTests {
  static let base = KnowledgeSource.embedded()
  static let assessor = Assessor(knowledge: base)

  /// A complaint with this code, what probes saw and what is answered; of the rest of the context nothing is known.
  private func evidence(
    _ code: String?, seen: [FindingID: OutcomeID] = [:], _ answers: [QuestionID: OutcomeID] = [:]
  ) throws -> Evidence {
    var findings = seen.map { Finding($0, .answered($1), summary: "") }
    if let code { findings.append(.reported(try #require(ReportedCode(code)))) }
    var evidence = Evidence(findings: findings, isComplaint: true)
    for (question, answer) in answers {
      let entry = try #require(Self.base.question(question), "\(question)")
      #expect(entry.choices.contains { $0.id == answer }, "\(question) \(answer)")
      evidence.add(answer: answer, to: entry)
    }
    for question in Self.base.questions where question.contextPlace != nil {
      evidence.askedQuestions.insert(question.id)
    }
    return evidence
  }

  private func ranking(_ evidence: Evidence) -> [CauseID] { Self.assessor.rank(evidence).map(\.cause) }
  private func place(of cause: CauseID, _ evidence: Evidence) throws -> Int {
    try #require(ranking(evidence).firstIndex(of: cause))
  }

  static let behindTheSignIn: [FindingID: OutcomeID] = [
    "dns.lookup": "resolved", "tcp.port": "open", "rdp.service": "rdp", "rdp.security": "nla-required",
    "tls.handshake": "completed", "credssp.exchange": "challenge",
  ]

  @Test func aStoppedBrokerRanksAboveDrainModeAndIsRestarted() throws {
    let farm = try evidence("0x3/0x7", seen: Self.behindTheSignIn, ["host-kind": "farm-member"])
    var stopped = try evidence(
      "0x3/0x7", seen: Self.behindTheSignIn, ["host-kind": "farm-member", "broker-service": "stopped"])
    #expect(try place(of: "brk-service-down", stopped) == 0)
    #expect(try place(of: "brk-service-down", stopped) < place(of: "ses-drain", stopped))
    // A look at what keeps it from running, and one at the code, may come before.
    for _ in 0..<2 {
      if case .question(let look) = Self.assessor.assess(stopped).next { stopped.askedQuestions.insert(look) }
    }
    #expect(Self.assessor.assess(stopped).next == .fix("restart-connection-broker"))
    #expect(try place(of: "ses-drain", farm) < 5)
  }

  @Test func aStoppedServiceIsStarted() throws {
    let looks: [[QuestionID: OutcomeID]] = [
      ["termservice-state": "stopped"], ["termservice-state": "stopped", "port-owner": "nothing"],
    ]
    for answers in looks {
      let evidence = try evidence(
        "0x204", seen: ["dns.lookup": "resolved", "tcp.port": "refused"], answers)
      #expect(try place(of: "svc-termservice-stopped", evidence) == 0, "\(answers)")
      // To see what starting it does is to start it.
      let next = Self.assessor.assess(evidence).next
      #expect(next == .fix("start-termservice") || next == .question("termservice-start"), "\(next)")
      var started = evidence
      let question = try #require(Self.base.question("termservice-start"))
      started.add(answer: "starts", to: question)
      #expect(Self.assessor.assess(started).next == .fix("start-termservice"), "\(answers)")
    }
  }

  @Test func aSmallWindowThatWorksLeadsToTheScreen() throws {
    for code in ["0x3/0x11", nil] {
      let evidence = try evidence(code, seen: Self.behindTheSignIn, ["one-small-monitor": "small-works"])
      let first = ranking(evidence).prefix(3)
      #expect(!first.contains(Cause.healthy))
      let screen: Set<CauseID> = [
        "ses-display-driver", "ses-resolution", "ses-slow-drawing", "cli-gfx-h264", "cli-resources",
      ]
      #expect(screen.contains(first[0]), "\(first)")
      #expect(Self.assessor.assess(evidence).next != .none)
    }
    let session = try evidence("0x3/0x11", seen: Self.behindTheSignIn)
    #expect(ranking(session)[0] == "ses-display-driver")
  }

  @Test func outOfMemoryLeadsToOverload() throws {
    let evidence = try evidence(
      "0x3/0x7", seen: Self.behindTheSignIn, ["server-load": "out-of-memory"])
    #expect(ranking(evidence)[0] == "ses-resource", "\(ranking(evidence).prefix(4))")
  }

  @Test func theDemandForAuthenticationIsNoCureForARefusalBehindIt() throws {
    let refused = try evidence("0x3/0x7", seen: Self.behindTheSignIn)
    let steps = Self.assessor.alternatives(refused).prefix(12).map(\.step)
    for fix in ["nla-policy-not-configured", "nla-disable"] as [FixID] {
      #expect(!steps.contains(.fix(fix)), "\(fix)")
    }
    let cannot = try evidence(
      nil, seen: ["dns.lookup": "resolved", "tcp.port": "open", "rdp.security": "nla-required"],
      ["message": "nla-required", "nla-policy": "enabled"])
    let cures = ranking(cannot).prefix(3).compactMap(Self.base.cause).flatMap { $0.cures.map(\.fix) }
    #expect(
      cures.contains { ["nla-policy-not-configured", "restore-dc-contact", "update-client"].contains($0) },
      "\(ranking(cannot).prefix(3))")
  }

  @Test func aRuleThatBlocksIsToldFromAPortThatNobodyHolds() throws {
    let blocked = try evidence(
      "0x204", seen: ["dns.lookup": "resolved", "tcp.port": "silent"], ["firewall-rules": "off"])
    #expect(ranking(blocked)[0] == "net-host-firewall")
    let empty = try evidence(
      "0x204", seen: ["dns.lookup": "resolved", "tcp.port": "refused"], ["port-owner": "nothing"])
    let cause = try #require(ranking(empty).compactMap(Self.base.cause).first { !$0.isSymptom })
    #expect(cause.id.name.hasPrefix("svc-"), "\(ranking(empty).prefix(3))")
    #expect(try place(of: "net-host-firewall", empty) > 5)
  }

  @Test func anAdministrativeSessionThatWorksLeavesBrokerLimitAndLicence() throws {
    let works = try evidence("0x3/0x7", seen: Self.behindTheSignIn, ["admin-works": "works"])
    let fails = try evidence("0x3/0x7", seen: Self.behindTheSignIn, ["admin-works": "same-error"])
    let passed: Set<String> = ["broker", "limit", "licence", "session-limit", "licensing"]
    func share(_ evidence: Evidence) -> Double {
      Self.assessor.rank(evidence).filter { ranked in
        ranked.cause.name.hasPrefix("brk-") || ranked.cause.name.hasPrefix("lic-")
          || ["ses-drain", "ses-limit", "ses-logon-disabled"].contains(ranked.cause)
          || passed.contains(Self.base.cause(ranked.cause)?.group ?? "")
      }.reduce(0) { $0 + $1.probability }
    }
    #expect(share(works) > 0.5)
    #expect(share(works) > 1.5 * share(fails), "\(share(works)) \(share(fails))")
  }
}
