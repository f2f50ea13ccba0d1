import Facts
import Wire

/// Do all who name the host mean the same one: who typed it, its certificate, its own challenge, DNS?
///
/// `contradictory` when two of them name different hosts, where one alone may be right in its way: another machine may
/// answer at an address of old. `consistent` when at least two speak and none disagrees. A name that only one of them
/// gives agrees with nothing.
struct NamesAgreementProbe: Probe {
  static let description = ProbeDescription(
    id: "names-agreement", title: "All names of the host", states: ["names.agreement"],
    timeLimit: .seconds(1))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("dns.lookup", ["literal", "resolved"])
  ]
  static func follows(_ request: ProbeRequest) -> [FindingID] {
    ["dns.reverse", "certificate.name", "ntlm.names"]
  }

  private struct Voice {
    var who: String
    /// Each of them is meant.
    var names: [String]

    func agrees(with other: Voice) -> Bool {
      names.contains { mine in other.names.contains { HostName.mayBeSame(mine, $0) } }
    }
  }

  func run(in context: ProbeContext) async -> [Finding] {
    let id: FindingID = "names.agreement"
    let voices = Self.voices(context)
    let details: [Finding.Field] = [
      .init(
        "names",
        .list(
          voices.map { voice in
            .table([
              .init("from", .text(voice.who)),
              .init("names", .list(voice.names.prefix(16).map { .text(SafeText.clean($0)) })),
            ])
          }))
    ]
    guard voices.count > 1 else {
      return [
        Finding(
          id, .inconclusive(.notAsked("fewer than two say how the host is called")),
          summary: "Fewer than two say how the host is called.", details: details)
      ]
    }
    for (index, one) in voices.enumerated() {
      if let other = voices[(index + 1)...].first(where: { !one.agrees(with: $0) }) {
        return [
          Finding(
            id, .answered("contradictory"),
            summary:
              "The names disagree: \(one.who) says \(SafeText.clean(one.names[0], limit: 80)), \(other.who) says \(SafeText.clean(other.names[0], limit: 80)).",
            details: details)
        ]
      }
    }
    let who = voices.map(\.who).joined(separator: ", ")
    return [
      Finding(
        id, .answered("consistent"), summary: "All who name the host agree: \(who).", details: details)
    ]
  }

  private static func voices(_ context: ProbeContext) -> [Voice] {
    let typed = DNSReverseProbe.namesToExpect(context)
    let leaf = context.board[CompletedTLS.self].flatMap { CertificateChain(der: $0.chain) }?.leaf
    let certified = leaf.map { $0.dnsNames.isEmpty ? $0.commonNames : $0.dnsNames } ?? []
    let info = context.board[ChallengeTaken.self]?.info
    let own = [info?.dnsComputer, info?.netBIOSComputer].compactMap { $0 }.filter { name in
      // Beside the whole name its first 15 characters would stand for every name that begins alike.
      guard name.count == 15, name == info?.netBIOSComputer, let whole = info?.dnsComputer else {
        return true
      }
      return !HostName.firstLabel(HostName.plain(whole)).hasPrefix(HostName.plain(name))
    }
    return [
      Voice(who: "what was typed", names: typed), Voice(who: "the certificate", names: certified),
      Voice(who: "the host itself", names: own),
      Voice(who: "reverse DNS", names: context.board[ReverseNames.self] ?? []),
    ].map { voice in
      Voice(who: voice.who, names: voice.names.filter { !$0.isEmpty && Address($0) == nil })
    }.filter { !$0.names.isEmpty }
  }
}
