import Facts

/// Which TLS versions and cipher suites would the host take besides those it chose?
///
/// Last but one in the lane, since it uses connections that no other probe wants: with the usual number of them for the
/// versions at most, with more also for the order of the cipher suites.
struct TLSSupportProbe: Probe {
  static let description = ProbeDescription(
    id: "tls-support", title: "TLS in detail", states: ["tls.support"], timeLimit: .seconds(8))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("tls.handshake", ["completed"]), ("tls.versions", ["modern"]),
  ]

  private static let limit: Duration = .seconds(2)
  private static let longestOrder = 64

  func run(in context: ProbeContext) async -> [Finding] {
    guard let chosen = context.board[CompletedTLS.self] else { return [] }
    var versions: [(String, String)] = []
    var isOldTaken: Bool?
    var why: Inconclusive?

    func ask(_ range: ClosedRange<TLSOptions.Version>, _ label: String) async -> String? {
      guard context.connectionsLeft > 0, why == nil else { return nil }
      switch await RepeatedHandshake.shake(TLSOptions(versions: range), within: Self.limit, context) {
      case .completed(let facts, _):
        versions.append((facts.version, "accepted"))
        return facts.version
      case .refused(let word, _), .ended(let word):
        versions.append((label, "refused: \(word)"))
        return ""
      case .silent:
        versions.append((label, "no answer"))
        return nil
      case .notKnown(let reason):
        why = reason
        return nil
      }
    }

    // The host picks the newest that both sides have, and everything was offered.
    if chosen.version != "TLSv1.3" { versions.append(("TLSv1.3", "offered, not chosen")) }
    versions.append((chosen.version, "accepted"))
    let old = await ask(.tls10 ... .tls11, "TLSv1 and TLSv1.1")
    if let old { isOldTaken = !old.isEmpty }
    if chosen.version == "TLSv1.3" { _ = await ask(.tls12 ... .tls12, "TLSv1.2") }
    if old == "TLSv1.1" { _ = await ask(.tls10 ... .tls10, "TLSv1") }
    let order = await why == nil ? order(after: chosen, context) : nil

    var details: [Finding.Field] = versions.map { .init($0.0, .text($0.1)) }
    if let order {
      details.append(.init("ciphers", .list(order.ciphers.map { .text($0) })))
      details.append(.init("ciphers_complete", .flag(order.isComplete)))
      if let side = order.decidedBy { details.append(.init("order_decided_by", .text(side))) }
    }
    guard let isOldTaken else {
      let reason =
        why
        ?? (context.connectionsLeft == 0
          ? .notAsked("all connections that one run may open to the RDP port were used")
          : .unreadable("the host did not answer an offer of old versions"))
      return [
        Finding(
          "tls.support", .inconclusive(reason), summary: Inconclusive.sentence(reason), details: details)
      ]
    }
    return [
      Finding(
        "tls.support", .answered(isOldTaken ? "old-too" : "modern-only"),
        summary: isOldTaken
          ? "Besides \(chosen.version) the host still accepts \(old ?? "an old version")."
          : "The host accepts no TLS older than 1.2.", details: details)
    ]
  }

  private struct Order {
    var ciphers: [String]
    var isComplete = false
    /// `host` or `client`.
    var decidedBy: String?
  }

  /// Leaves out, again and again, what the host took last. nil when no connection is left for it.
  private func order(after chosen: TLSFacts, _ context: ProbeContext) async -> Order? {
    guard context.connectionsLeft > 0,
      let version = TLSOptions.Version.allCases.first(where: { $0.name == chosen.version })
    else { return nil }
    var order = Order(ciphers: [chosen.cipher])
    var options = TLSOptions(versions: version...version)
    options.isReversed = true
    guard case .completed(let facts, _) = await RepeatedHandshake.shake(options, within: Self.limit, context)
    else { return order }
    order.decidedBy = facts.cipher == chosen.cipher ? "host" : "client"
    options.isReversed = false
    while order.ciphers.count < Self.longestOrder, context.connectionsLeft > 0 {
      options.withoutCiphers = Set(order.ciphers)
      switch await RepeatedHandshake.shake(options, within: Self.limit, context) {
      case .completed(let facts, _) where !options.withoutCiphers.contains(facts.cipher):
        order.ciphers.append(facts.cipher)
      case .refused, .ended:
        order.isComplete = true
        return order
      case .completed, .silent, .notKnown: return order
      }
    }
    return order
  }
}

extension TLSOptions.Version {
  /// As OpenSSL spells it.
  var name: String {
    switch self {
    case .tls10: "TLSv1"
    case .tls11: "TLSv1.1"
    case .tls12: "TLSv1.2"
    case .tls13: "TLSv1.3"
    }
  }
}
