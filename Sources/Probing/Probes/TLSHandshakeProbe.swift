public import Facts

/// Does TLS come about, and with which versions?
///
/// Goes on where the negotiation chose TLS or CredSSP, on the same connection ([MS-RDPBCGR] 5.4.5.1). Another one is
/// opened only when the host refuses the versions.
struct TLSHandshakeProbe: Probe {
  static let description = ProbeDescription(
    id: "tls-handshake", title: "TLS", states: ["tls.handshake", "tls.versions"], timeLimit: .seconds(5))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("rdp.service", ["rdp"]), ("rdp.refusal", ["none"]),
  ]
  static let takes: [Handover.Stage] = [.negotiated]

  func run(in context: ProbeContext) async -> [Finding] {
    if context.board[SelectedProtocol.self] == 0 {
      let because = "the host chose RDP's own security"
      return Self.description.states.map {
        Finding($0, .notApplicable(because: because), summary: "Does not apply here: \(because).")
      }
    }
    guard let stream = context.take(.negotiated) else {
      let why = Inconclusive.blocked(by: "rdp.service")
      return Self.description.states.map {
        Finding($0, .inconclusive(why), summary: Inconclusive.sentence(why))
      }
    }
    let start = ContinuousClock.now
    let end = await TLSStream.handshake(over: stream, serverName: context.serverName, by: context.deadline)
    let handshake = finding(end, since: start, context)
    if case .completed(let secured, let facts) = end {
      context.board[CompletedTLS.self] = facts
      context.leave(Handover(.secured, secured))
      return [handshake, versions(facts)]
    }
    guard case .noCommonVersion(let chosen) = end else { return [handshake, notKnown(handshake)] }
    if chosen == "SSLv3" { return [handshake, oldOnly("SSLv3", ["SSLv3": "chosen by the host"])] }
    return [handshake, await askOneByOne(context)]
  }

  private func finding(_ end: TLSEnd, since start: ContinuousClock.Instant, _ context: ProbeContext)
    -> Finding
  {
    let id: FindingID = "tls.handshake"
    switch end {
    case .completed(_, let facts):
      return Finding(
        id, .answered("completed"), summary: "TLS works: \(facts.version), \(facts.cipher).",
        details: [
          .init("version", .text(facts.version)), .init("cipher", .text(facts.cipher)),
          .init("certificates", .integer(facts.chain.count)),
        ] + (facts.stapledStatus.map { [.init("stapled_ocsp", .text($0))] } ?? []))
    case .noCommonVersion(let chosen):
      return Finding(
        id, .answered("no-common-version"),
        summary: "The host accepts none of TLS 1.0 to 1.3\(chosen.map { " and chose \($0)" } ?? "").",
        details: chosen.map { [.init("chosen", .text($0))] } ?? [.init("alert", "protocol_version")])
    case .noCommonCipher(let alert):
      return Finding(
        id, .answered("no-common-cipher"),
        summary: "The host accepts none of the cipher suites that were offered.",
        details: alert.map { [.init("alert", .text($0))] } ?? [])
    case .alert(let name):
      return Finding(
        id, .answered("alert"), summary: "The host broke TLS off with the alert \(name).",
        details: [.init("alert", .text(name))])
    case .malformed(let reason, let firstBytes):
      return Finding(
        id, .answered("malformed"), summary: "The host's answer is no TLS: \(SafeText.clean(reason)).",
        details: [
          .init("reason", .text(SafeText.clean(reason))), .init("first_bytes", .text(Self.hex(firstBytes))),
        ])
    case .ended(let end):
      let status = end.status(since: start, context)
      let summary =
        switch status {
        case .answered("closed"): "The host closed the connection during the TLS handshake."
        case .answered("reset"): "The connection was reset during the TLS handshake."
        case .answered("silent"): "The host does not answer the TLS handshake."
        case .inconclusive(let why): Inconclusive.sentence(why)
        default: "TLS ended."
        }
      return Finding(id, status, summary: summary)
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }

  private func versions(_ facts: TLSFacts) -> Finding {
    // The host picks the newest that both sides have, and everything from 1.0 was offered.
    if facts.version == "TLSv1" || facts.version == "TLSv1.1" {
      return oldOnly(facts.version, [facts.version: "chosen by the host"])
    }
    return Finding(
      "tls.versions", .answered("modern"), summary: "The host has \(facts.version).",
      details: [.init("chosen", .text(facts.version))])
  }

  private func oldOnly(_ version: String, _ asked: [String: String]) -> Finding {
    Finding(
      "tls.versions", .answered("old-only"), summary: "The host has nothing newer than \(version).",
      details: [.init("chosen", .text(version))]
        + asked.sorted { $0.key < $1.key }.map { .init($0.key, .text($0.value)) })
  }

  /// What follows for the versions when the handshake ended otherwise than for its version.
  private func notKnown(_ handshake: Finding) -> Finding {
    switch handshake.status {
    case .inconclusive(let why):
      return Finding("tls.versions", .inconclusive(why), summary: Inconclusive.sentence(why))
    default:
      let because = "TLS did not come about, for another reason than its version"
      return Finding(
        "tls.versions", .notApplicable(because: because), summary: "Does not apply here: \(because).")
    }
  }

  /// Some old hosts refuse a newer offer instead of answering with what they have.
  private func askOneByOne(_ context: ProbeContext) async -> Finding {
    func inconclusive(_ why: Inconclusive) -> Finding {
      Finding("tls.versions", .inconclusive(why), summary: Inconclusive.sentence(why))
    }
    guard let renegotiate = context.board[RenegotiateSecurity.self] else {
      return inconclusive(.notAsked("the negotiation cannot be repeated"))
    }
    var asked = ["TLSv1 to TLSv1.3": "refused"]
    for versions in [TLSOptions.Version.tls10 ... .tls11, .tls12 ... .tls12] {
      let label = versions.lowerBound == .tls12 ? "TLSv1.2" : "TLSv1 to TLSv1.1"
      let connect = await context.connect()
      guard case .open(let connection, _) = connect else {
        return inconclusive(connect.inconclusive ?? .unreadable("the port did not open again"))
      }
      guard await renegotiate(connection, context.deadline) else {
        connection.close()
        return inconclusive(.unreadable("the host did not repeat what it selected"))
      }
      let end = await TLSStream.handshake(
        over: connection, serverName: context.serverName, options: TLSOptions(versions: versions),
        by: context.deadline)
      switch end {
      case .completed(let stream, let facts):
        stream.close()
        asked[label] = "accepted"
        if versions.lowerBound == .tls12 {
          return Finding(
            "tls.versions", .answered("modern"),
            summary: "The host has TLS 1.2, but refuses to be offered more.",
            details: asked.sorted { $0.key < $1.key }.map { .init($0.key, .text($0.value)) })
        }
        return oldOnly(facts.version, asked)
      case .ended(.cancelled): return inconclusive(.cancelled)
      case .ended(.failedHere(let failure)): return inconclusive(.failedHere(failure))
      case .ended(.silent): return inconclusive(.outOfTime)
      case .noCommonVersion, .noCommonCipher, .alert, .malformed, .ended: asked[label] = "refused"
      }
    }
    return inconclusive(.unreadable("the host refuses every version from TLS 1.0 to 1.3"))
  }
}

extension ProbeContext {
  /// What to send as SNI: the name, never an address (RFC 6066 section 3).
  var serverName: String? {
    guard case .name(let name) = target.host else { return nil }
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}

extension StreamEnd {
  /// What an end means for a probe that waited for an answer since `start`.
  public func status(since start: ContinuousClock.Instant, _ context: ProbeContext) -> Finding.Status {
    switch self {
    case .closed: .answered("closed")
    case .reset: .answered("reset")
    case .silent: context.silence(since: start)
    case .unreachable: .inconclusive(.unreadable("the network reported the host unreachable in between"))
    case .protocolError(let what): .inconclusive(.unreadable(what))
    case .cancelled: .inconclusive(.cancelled)
    case .failedHere(let failure): .inconclusive(.failedHere(failure))
    }
  }
}
