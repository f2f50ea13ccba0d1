import Facts

/// Do packets of full size get through, or vanish on the way without a word (RFC 2923 section 2.1)?
///
/// Silence alone proves nothing. Where TLS works, a ClientHello that fills a packet is sent; when TCP itself gets no
/// acknowledgement for it, the same ClientHello goes in small segments as the control. Where TLS is silent, the same
/// handshake is tried with small segments in both directions. Only a control that passes makes it a black hole.
struct PathMTUProbe: Probe {
  static let description = ProbeDescription(
    id: "path-mtu", title: "Large packets", states: ["path.mtu"], timeLimit: .seconds(6))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("tls.handshake", ["completed", "silent"])
  ]

  /// With every header and option below 1280 bytes, which IPv6 always carries (RFC 8200 section 5), and with room for
  /// tunnels.
  private static let smallSegment: Int32 = 1100
  /// Long enough for TCP to send a lost segment again more than once.
  private static let patience: Duration = .milliseconds(2200)

  func run(in context: ProbeContext) async -> [Finding] {
    let isSilent = context.finding("tls.handshake")?.outcome == "silent"
    return [isSilent ? await whereTLSIsSilent(context) : await whereTLSWorks(context)]
  }

  private func whereTLSWorks(_ context: ProbeContext) async -> Finding {
    guard let first = context.run.connections.first, let usual = await first.quality() else {
      return Self.lost
    }
    let family = first.address.family
    var fromHost: [Finding.Field] = []
    if let largest = usual.largestReceived {
      fromHost = [.init("largest_from_host", .integer(usual.packet(largest, family)))]
    }
    var large = TLSOptions()
    large.isPadded = true
    switch await RepeatedHandshake.shake(large, within: Self.patience, context) {
    case .completed(_, let quality), .refused(_, let quality):
      guard let quality else { return Self.lost }
      let largest = quality.packet(min(quality.segment, TLSOptions.padding), family)
      return Finding(
        "path.mtu", .answered("clear"),
        summary: "Large packets arrive: the largest that was tried had \(largest) bytes.",
        details: [
          .init("largest_to_host", .integer(largest)), .init("path_mtu", .integer(quality.pathMTU)),
        ] + fromHost)
    case .silent(let quality) where quality?.isStalled == true:
      let control = await RepeatedHandshake.shake(
        large, segment: Self.smallSegment, within: Self.patience, context)
      guard case .completed(_, let small?) = control else {
        return Self.inconclusive(
          .unreadable("a large ClientHello does not get through in small packets either"), fromHost)
      }
      return Self.blackHole("to_host", small.packet(min(small.segment, TLSOptions.padding), family), fromHost)
    case .silent:
      return Self.inconclusive(.unreadable("the host took a large ClientHello and did not answer"), fromHost)
    case .ended(let how):
      return Self.inconclusive(.unreadable("the connection was \(how) after a large ClientHello"), fromHost)
    case .notKnown(let why): return Self.inconclusive(why, fromHost)
    }
  }

  private func whereTLSIsSilent(_ context: ProbeContext) async -> Finding {
    let control = await RepeatedHandshake.shake(
      TLSOptions(), segment: Self.smallSegment, within: Self.patience, context)
    switch control {
    case .completed(_, let quality):
      // It may just have come back: ask again as before.
      if context.connectionsLeft > 0, context.deadline.remaining >= Self.patience {
        switch await RepeatedHandshake.shake(TLSOptions(), within: Self.patience, context) {
        case .silent: break
        case .completed, .refused, .ended:
          return Self.inconclusive(.unreadable("TLS was silent at first and answered later"))
        case .notKnown(let why): return Self.inconclusive(why)
        }
      }
      guard let quality, let address = context.run.connections.last?.address else { return Self.lost }
      return Self.blackHole(
        "from_host", quality.packet(quality.largestReceived ?? Int(Self.smallSegment), address.family), [])
    case .silent:
      return Self.inconclusive(.unreadable("TLS is silent with small packets too"))
    case .refused, .ended:
      return Self.inconclusive(.unreadable("TLS with small packets ended otherwise than before"))
    case .notKnown(let why): return Self.inconclusive(why)
    }
  }

  private static func blackHole(_ direction: String, _ passed: Int, _ more: [Finding.Field]) -> Finding {
    let way = direction == "to_host" ? "to the host" : "from the host"
    return Finding(
      "path.mtu", .answered("black-hole"),
      summary:
        "Large packets vanish on the way \(way), and nothing says so: packets of up to \(passed) bytes pass.",
      details: [
        .init("direction", .text(way)), .init("largest_\(direction)", .integer(passed)),
      ] + more)
  }

  private static func inconclusive(_ why: Inconclusive, _ details: [Finding.Field] = []) -> Finding {
    Finding("path.mtu", .inconclusive(why), summary: Inconclusive.sentence(why), details: details)
  }

  private static var lost: Finding { inconclusive(.unreadable("this host's system does not say")) }
}

extension PathQuality {
  /// The size of the packet that carries so many bytes of data (RFC 791 section 3.1, RFC 8200 section 3).
  fileprivate func packet(_ data: Int, _ family: Address.Family) -> Int {
    data + header + (family == .ipv4 ? 20 : 40)
  }
}
