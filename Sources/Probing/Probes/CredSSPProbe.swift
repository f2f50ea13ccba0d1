import Facts
import Wire

/// Who is the host, which CredSSP does it speak, and does its clock agree?
///
/// Sends the greeting of Network Level Authentication and reads the challenge, inside TLS ([MS-CSSP] 3.1.5). The
/// greeting names nobody, and nothing is ever sent after the challenge: no sign-in is attempted.
struct CredSSPProbe: Probe {
  static let description = ProbeDescription(
    id: "credssp", title: "Network Level Authentication",
    states: ["credssp.exchange", "credssp.patch-level", "ntlm.names", "clock.skew"], timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("tls.handshake", ["completed"])]
  static let takes: [Handover.Stage] = [.secured]

  func run(in context: ProbeContext) async -> [Finding] {
    let selected = SecurityProtocols(rawValue: context.board[SelectedProtocol.self] ?? 0)
    guard !selected.isDisjoint(with: [.hybrid, .hybridEx]) else {
      let because = "the host chose no Network Level Authentication"
      return Self.description.states.map {
        Finding($0, .notApplicable(because: because), summary: "Does not apply here: \(because).")
      }
    }
    guard let stream = context.take(.secured) else {
      let why = Inconclusive.blocked(by: "tls.handshake")
      return Self.description.states.map {
        Finding($0, .inconclusive(why), summary: Inconclusive.sentence(why))
      }
    }
    defer { stream.close() }
    let start = ContinuousClock.now
    let asked = context.now
    let end = await CredSSPExchange.greet(over: stream, by: context.deadline)
    // The host looked at its clock somewhere between.
    let here = Timestamp(seconds: (asked.seconds + context.now.seconds) / 2)
    if let challenge = end.challenge {
      context.board[ChallengeTaken.self] = (challenge.targetInfo, at: here)
    }
    let exchange = exchange(end, since: start, context)
    let rest = [
      patchLevel(end), NTLMFindings.names(end.challenge, typed: NTLMFindings.nameToCompare(context.target)),
      NTLMFindings.clock(end.challenge, here: here),
    ]
    guard let outcome = exchange.outcome, outcome != "challenge" else { return [exchange] + rest }
    // What lies behind an exchange that failed does not exist; a version that was seen on the way does.
    let because = "the sign-in exchange ended as \(outcome)"
    return [exchange]
      + rest.map { finding in
        finding.outcome != nil
          ? finding
          : Finding(
            finding.id, .notApplicable(because: because), summary: "Does not apply here: \(because).")
      }
  }

  private func exchange(
    _ end: CredSSPExchange.End, since start: ContinuousClock.Instant, _ context: ProbeContext
  ) -> Finding {
    let id: FindingID = "credssp.exchange"
    let details = Self.details(end)
    switch end {
    case .challenge:
      return Finding(
        id, .answered("challenge"), summary: "Network Level Authentication answers and asks for a sign-in.",
        details: details)
    case .refused(let request, let token):
      let reason =
        if let code = request.errorCode {
          Self.sentence(code)
        } else if case .response(let response)? = token, let mechanism = response.supportedMech,
          mechanism != .ntlm
        {
          "it wants \(SafeText.clean(mechanism.description)), not NTLM"
        } else {
          "it rejects NTLM"
        }
      return Finding(
        id, .answered("refused"),
        summary: "The host refuses Network Level Authentication before anybody signs in: \(reason).",
        details: details)
    case .malformed(let reason, let bytes):
      return Finding(
        id, .answered("malformed"),
        summary: "The host's answer to Network Level Authentication cannot be read.",
        details: [
          .init("reason", .text(SafeText.clean(reason))),
          .init("first_bytes", .text(bytes.prefix(64).hexadecimal)),
        ])
    case .cutOff(let bytes, let end):
      let isReset = if case .reset = end { true } else { false }
      return Finding(
        id, .answered(isReset ? "reset" : "closed"),
        summary:
          "The host began to answer Network Level Authentication and \(isReset ? "reset" : "closed") the connection in the middle of it.",
        details: [
          .init("reason", .text("the answer broke off after \(bytes.count) bytes")),
          .init("first_bytes", .text(bytes.prefix(64).hexadecimal)),
        ])
    case .ended(.protocolError(let what)):
      return Finding(
        id, .answered("closed"),
        summary: "The host broke TLS off in answer to Network Level Authentication.",
        details: [.init("reason", .text(SafeText.clean(what)))])
    case .ended(let end):
      let status = end.status(since: start, context)
      let summary =
        switch status {
        case .answered("closed"): "The host closed the connection in answer to Network Level Authentication."
        case .answered("reset"): "The connection was reset in answer to Network Level Authentication."
        case .answered("silent"): "The host does not answer Network Level Authentication."
        case .inconclusive(let why): Inconclusive.sentence(why)
        default: "Network Level Authentication ended."
        }
      return Finding(id, status, summary: summary)
    }
  }

  private static func sentence(_ code: SecurityStatus) -> String {
    switch code {
    case .unsupportedFunction, .ntlmBlocked: "it does not accept NTLM (\(code))"
    case .notSupported: "it does not support the version of CredSSP (\(code))"
    default: "\(code)"
    }
  }

  private static func details(_ end: CredSSPExchange.End) -> [Finding.Field] {
    guard let request = end.request else { return [] }
    var details: [Finding.Field] = [.init("version", .integer(Int(request.version)))]
    if let code = request.errorCode { details.append(.init("errorCode", .text(code.description))) }
    switch end.token {
    case .response(let response)?:
      if let state = response.state { details.append(.init("negState", .text(state.description))) }
      details.append(.init("mechanisms", mechanisms(response.supportedMech.map { [$0] } ?? [])))
    case .initial(let token)?: details.append(.init("mechanisms", mechanisms(token.mechTypes)))
    case .ntlm?: details.append(.init("mechanisms", .list(["NTLM without SPNEGO"])))
    case nil: break
    }
    return details
  }

  private static func mechanisms(_ list: [Mechanism]) -> Detail {
    .list(list.prefix(8).map { .text(SafeText.clean($0.description, limit: 60)) })
  }

  private func patchLevel(_ end: CredSSPExchange.End) -> Finding {
    let id: FindingID = "credssp.patch-level"
    guard let request = end.request else {
      let why = Inconclusive.blocked(by: "credssp.exchange")
      return Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why))
    }
    let details: [Finding.Field] = [
      .init("version", .integer(Int(request.version))), .init("seen_on", .text(Self.seenOn(request.version))),
    ]
    // [MS-CSSP] 2.2.1: the versions are 2 to 6, and a higher one counts as the highest that is known.
    guard request.version >= 2 else {
      let why = Inconclusive.unreadable("there is no CredSSP version \(request.version)")
      return Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why), details: details)
    }
    if request.version >= TSRequest.firstPatchedVersion {
      return Finding(
        id, .answered("patched"),
        summary: "The host speaks CredSSP version \(request.version): CVE-2018-0886 is fixed.",
        details: details)
    }
    return Finding(
      id, .answered("unpatched"),
      summary:
        "The host speaks only CredSSP version \(request.version): it lacks the fix for CVE-2018-0886 of 2018, and up-to-date clients refuse it.",
      details: details)
  }

  private static func seenOn(_ version: UInt32) -> String {
    switch version {
    case 2: "Windows XP SP3 to 8 and Server 2008 to 2012 without updates"
    case 3: "Windows 8.1 and Server 2012 R2 without updates"
    case 4: "early Windows 10 and Server 2016 without updates"
    case 5: "updated Windows 7 and 8, Server 2008 R2 and 2012"
    case 6: "updated Windows 8.1, Server 2012 R2 and later"
    default: "no release that is known"
    }
  }
}

/// What the host said of itself in its challenge, and when. Left by `credssp.exchange`.
enum ChallengeTaken: BlackboardKey { typealias Value = (info: TargetInfo, at: Timestamp) }

/// What the host's NTLM challenge tells.
enum NTLMFindings {
  /// nil when the host was typed by address and no other name is expected: then there is nothing to compare with.
  static func nameToCompare(_ target: Target) -> String? {
    if case .name(let name) = target.host { return name }
    return target.certificateName
  }

  static func names(_ challenge: ChallengeMessage?, typed: String?) -> Finding {
    let id: FindingID = "ntlm.names"
    guard let challenge else { return missing(id) }
    let details = details(challenge)
    let info = challenge.targetInfo
    // The target name is the host's own only where it is in no domain ([MS-NLMP] 2.2.1.2).
    let target = challenge.flags.contains(.targetIsDomain) ? "" : challenge.targetName
    let own = SafeText.clean(info.dnsComputer ?? info.netBIOSComputer ?? target, limit: 255)
    guard !own.isEmpty else {
      let why = Inconclusive.unreadable("the host does not say its name")
      return Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why), details: details)
    }
    guard let typed else {
      return Finding(
        id, .inconclusive(.notAsked("the host was typed by its address")),
        summary: "The host calls itself \(own).", details: details)
    }
    if isSame(typed, info) {
      return Finding(
        id, .answered("agrees"), summary: "The host calls itself \(own), as typed.", details: details)
    }
    return Finding(
      id, .answered("differs"),
      summary:
        "The host calls itself \(own), which is not the name that was typed (\(SafeText.clean(typed))).",
      details: details)
  }

  /// Names are compared without regard to case. A short name agrees with the first label of a long one; two long names
  /// must agree in full, unless the host has no domain in DNS.
  static func isSame(_ typed: String, _ info: TargetInfo) -> Bool {
    let typed = HostName.plain(typed)
    if let dns = info.dnsComputer.map(HostName.plain) {
      if typed == dns { return true }
      if typed.contains("."), dns.contains(".") { return false }
      if HostName.firstLabel(typed) == HostName.firstLabel(dns) { return true }
      // The whole name is known: the short one is the host's only where it was typed as it is.
      return typed == info.netBIOSComputer.map(HostName.plain)
    }
    guard let netBIOS = info.netBIOSComputer.map(HostName.plain) else { return false }
    // A NetBIOS name is the first 15 characters of the name ([MS-NLMP] 2.2.2.1, RFC 1001 section 14).
    return String(HostName.firstLabel(typed).prefix(15)) == netBIOS
  }

  private static func details(_ challenge: ChallengeMessage) -> [Finding.Field] {
    let info = challenge.targetInfo
    var details: [Finding.Field] = []
    let names: [(String, String?)] = [
      ("dns_computer", info.dnsComputer), ("dns_domain", info.dnsDomain), ("dns_forest", info.dnsTree),
      ("netbios_computer", info.netBIOSComputer), ("netbios_domain", info.netBIOSDomain),
    ]
    for (field, name) in names {
      if let name { details.append(.init(field, .text(SafeText.clean(name, limit: 255)))) }
    }
    details.append(.init("domain_member", .flag(info.isDomainMember)))
    if let build = challenge.build {
      details.append(.init("build", .text(build.description)))
      details.append(.init("product", .text(build.product ?? "not known")))
    }
    return details
  }

  static func clock(_ challenge: ChallengeMessage?, here: Timestamp) -> Finding {
    let id: FindingID = "clock.skew"
    guard let challenge else { return missing(id) }
    guard let time = challenge.targetInfo.time, time.ticks != 0 else {
      let why = Inconclusive.unreadable("the host does not say its time")
      return Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why))
    }
    let skew = time.unixSeconds - here.seconds
    let size = skew.magnitude
    let details: [Finding.Field] = [
      .init("seconds", .number((skew * 10).rounded() / 10)), .init("source", "NTLM challenge"),
      .init("host_time", .text(Timestamp(seconds: time.unixSeconds).text)),
      .init("own_time", .text(here.text)),
    ]
    let direction = skew > 0 ? "ahead of" : "behind"
    switch size {
    case ..<60:
      return Finding(
        id, .answered("in-step"), summary: "The host's clock agrees with this one's.", details: details)
    case ..<300:
      return Finding(
        id, .answered("drifting"),
        summary: "The host's clock is \(span(size)) \(direction) this one's.", details: details)
    default:
      return Finding(
        id, .answered("broken"),
        summary:
          "The host's clock is \(span(size)) \(direction) this one's; beyond 5 minutes Kerberos fails. Check which of the two is wrong.",
        details: details)
    }
  }

  /// In the largest unit that fits, in whole numbers.
  static func span(_ seconds: Double) -> String {
    for (unit, name) in [(86400.0, "days"), (3600, "hours"), (60, "minutes")] where seconds >= 2 * unit {
      return "\(Int((seconds / unit).rounded(.down))) \(name)"
    }
    return "\(Int(min(seconds, 1e15))) seconds"
  }

  private static func missing(_ id: FindingID) -> Finding {
    let why = Inconclusive.blocked(by: "credssp.exchange")
    return Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why))
  }
}
