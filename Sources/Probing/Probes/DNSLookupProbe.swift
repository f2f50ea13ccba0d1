import Facts

/// Which addresses does the name have?
///
/// Response codes of RFC 1035 section 4.1.1; a name without addresses is RFC 2308 section 2.2.
struct DNSLookupProbe: Probe {
  static let description = ProbeDescription(
    id: "dns-lookup", title: "Name look-up", states: ["dns.lookup"], timeLimit: .seconds(4))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []

  func run(in context: ProbeContext) async -> [Finding] {
    guard case .name(let name) = context.target.host else { return [literal(context)] }
    let resolver = Resolver(chosenServer: context.request.nameServer)
    return [finding(await resolver.lookUp(name, by: context.deadline), name, context)]
  }

  private func literal(_ context: ProbeContext) -> Finding {
    let typed = context.target.hostText
    guard let address = Address(typed) else {
      let failure = LocalFailure(reason: "this host cannot use the address \(SafeText.clean(typed))")
      return Finding(
        "dns.lookup", .inconclusive(.failedHere(failure)),
        summary: "This host cannot use the address, perhaps for want of the interface behind %.")
    }
    context.board[ResolvedAddresses.self] = [address]
    return Finding(
      "dns.lookup", .answered("literal"), summary: "The target was given as an address; no name to look up.",
      details: addressFields([address]))
  }

  private func finding(_ lookup: Resolver.Lookup, _ name: String, _ context: ProbeContext) -> Finding {
    var details: [Finding.Field] = []
    var status: Finding.Status
    let summary: String
    let asked = lookup.askedName ?? name
    let source = lookup.source.map { SafeText.clean($0) } ?? "the name server"
    switch lookup.outcome {
    case .resolved(let records):
      let addresses = records.map(\.address)
      context.board[ResolvedAddresses.self] = addresses
      context.board[ResolvedNames.self] = [asked] + (lookup.canonicalName.map { [$0] } ?? [])
      status = .answered("resolved")
      summary =
        addresses.count == 1
        ? "\(asked) has the address \(addresses[0])." : "\(asked) has \(addresses.count) addresses."
      details += addressFields(addresses)
      if lookup.source != "hosts file" {
        details.append(.init("ttl", .integer(records.map(\.timeToLive).min() ?? 0)))
      }
    case .notFound:
      status = .answered("not-found")
      summary = "\(source) says that there is no name \(asked)."
    case .noAddress:
      status = .answered("no-address")
      summary =
        lookup.unusable.isEmpty
        ? "The name \(asked) exists but has no address."
        : "The name \(asked) has no address that can be meant."
    case .serverFailure("silent"):
      status = .answered("server-failure")
      summary = "The name server \(source) does not answer."
      details.append(.init("code", "silent"))
    case .serverFailure("unreachable"):
      status = .answered("server-failure")
      summary = "No name server answers at \(source)."
      details.append(.init("code", "unreachable"))
    case .serverFailure(let code):
      status = .answered("server-failure")
      summary = "\(source) failed to look up \(asked): \(code)."
      details.append(.init("code", .text(code)))
    case .unreadable:
      status = .inconclusive(.unreadable("\(source) sent an answer that breaks the rules"))
      summary = "\(source) sent an answer that cannot be read."
    case .cancelled:
      status = .inconclusive(.cancelled)
      summary = Inconclusive.sentence(.cancelled)
    case .outOfTime:
      status = .inconclusive(.outOfTime)
      summary = Inconclusive.sentence(.outOfTime)
    case .failedHere(let failure):
      status = .inconclusive(.failedHere(failure))
      summary = Inconclusive.sentence(.failedHere(failure))
    }
    if let canonicalName = lookup.canonicalName, canonicalName != asked {
      details.append(.init("canonical_name", .text(canonicalName)))
    }
    if let suffix = lookup.suffix { details.append(.init("search_suffix", .text(SafeText.clean(suffix)))) }
    if lookup.source != nil { details.append(.init("server", .text(source))) }
    if lookup.askedName != nil { details.append(.init("asked", .text(SafeText.clean(asked)))) }
    if !lookup.unusable.isEmpty {
      details.append(.init("unusable", .list(lookup.unusable.map { .text($0.description) })))
    }
    if !lookup.silentServers.isEmpty {
      details.append(
        .init("servers_that_failed", .list(lookup.silentServers.map { .text(SafeText.clean($0)) })))
    }
    for (family, trouble) in lookup.familyTrouble.sorted(by: { $0.key < $1.key }) {
      details.append(.init("\(family)_trouble", .text(trouble)))
    }
    return Finding("dns.lookup", status, summary: SafeText.clean(summary), details: details)
  }

  private func addressFields(_ addresses: [Address]) -> [Finding.Field] {
    [("v4", Address.Family.ipv4), ("v6", .ipv6)].map { name, family in
      .init(name, .list(addresses.filter { $0.family == family }.map { .text($0.description) }))
    }
  }
}
