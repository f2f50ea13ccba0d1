import Facts
import Wire

/// A server of the directory that DNS lists.
struct DomainServer: Hashable, Sendable {
  var name: String
  var port: UInt16
  /// In the order in which to try them; empty when DNS has none.
  var addresses: [Address]
}

/// What DNS lists for the domain, in the order in which to ask. Left by `dns.domain-controllers` when it is `found`.
struct DomainServers: BlackboardKey, Sendable {
  typealias Value = Self
  var domain: String
  /// Of `_kerberos._tcp`.
  var kerberos: [DomainServer] = []
  /// Of `_ldap._tcp.dc._msdcs`.
  var directory: [DomainServer] = []
}

/// Which domain controllers does DNS list? ([MS-ADTS] 6.3.2.3, RFC 2782)
///
/// The domain is the one that was given, else the one that the host named in its challenge, else what follows the first
/// label of the host's name. Records of no site are asked for. `none` is an answer of DNS; a name server that fails or
/// is silent is no finding about the domain.
struct DomainControllersProbe: Probe {
  static let description = ProbeDescription(
    id: "domain-controllers", title: "Domain controllers in DNS", states: ["dns.domain-controllers"],
    timeLimit: .seconds(4))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []

  static func follows(_ request: ProbeRequest) -> [FindingID] {
    request.target.domain == nil ? ["dns.lookup", "ntlm.names"] : []
  }

  static let mostServers = 8

  private struct Domain {
    var name: String
    var forest: String
    var source: String
  }

  private enum Choice {
    case domains([Domain])
    case status(Finding.Status)
  }

  func run(in context: ProbeContext) async -> [Finding] {
    let id: FindingID = "dns.domain-controllers"
    let domains: [Domain]
    switch Self.choose(context) {
    case .status(let status): return [Finding(id, unanswered: status)]
    case .domains(let list): domains = list
    }
    var found: Finding?
    for domain in domains {
      let finding = await look(for: domain, context)
      if finding.outcome == "found" { return [finding] }
      // The first is the likeliest to be meant.
      found = found ?? finding
    }
    return found.map { [$0] } ?? []
  }

  private static func choose(_ context: ProbeContext) -> Choice {
    if let given = context.target.domain {
      guard let name = name(given) else {
        return .status(
          .inconclusive(.notAsked("“\(SafeText.clean(given, limit: 60))” is no domain name")))
      }
      return .domains([Domain(name: name, forest: name, source: "given")])
    }
    // Nobody asked for a domain of this host itself.
    if context.request.nameServer == nil, let obstacle = context.loopbackObstacle { return .status(obstacle) }
    var domains: [Domain] = []
    if let info = context.board[ChallengeTaken.self]?.info {
      guard info.isDomainMember else {
        return .status(.notApplicable(because: "the host says that it is in no domain"))
      }
      if let own = info.dnsDomain.flatMap(name) {
        domains.append(
          Domain(name: own, forest: info.dnsTree.flatMap(name) ?? own, source: "the host's challenge"))
      }
    }
    let names = NTLMFindings.nameToCompare(context.target).map { [$0] } ?? []
    for candidate in names + (context.board[ResolvedNames.self]?.prefix(1) ?? []) {
      guard let suffix = HostName.domain(of: candidate).flatMap(name),
        !domains.contains(where: { $0.name == suffix })
      else { continue }
      domains.append(Domain(name: suffix, forest: suffix, source: "the host's name"))
    }
    guard !domains.isEmpty else {
      return .status(.inconclusive(.notAsked("no domain is known; give it with --domain")))
    }
    return .domains(Array(domains.prefix(2)))
  }

  /// A DNS name in plain spelling; nil for what is none.
  private static func name(_ text: String) -> String? {
    guard case .name(let name)? = (try? Target(text))?.host, !text.contains(":") else { return nil }
    return HostName.plain(name)
  }

  private struct Listed {
    /// As in the name of its record.
    var service: String
    var records: Resolver.Records<ServiceRecord>

    /// By priority, then by weight (RFC 2782 has chance decide among equal priorities; a report should not).
    var sorted: [ServiceRecord] {
      guard case .found(let list) = records.outcome else { return [] }
      return list.sorted {
        ($0.priority, Int($1.weight), $0.host, $0.port) < ($1.priority, Int($0.weight), $1.host, $1.port)
      }
    }
  }

  private func look(for domain: Domain, _ context: ProbeContext) async -> Finding {
    let id: FindingID = "dns.domain-controllers"
    let resolver = Resolver(chosenServer: context.request.nameServer)
    let deadline = context.deadline
    async let directory = resolver.services("_ldap._tcp.dc._msdcs.\(domain.name)", by: deadline)
    async let kerberos = resolver.services("_kerberos._tcp.\(domain.name)", by: deadline)
    async let catalogue = resolver.services("_gc._tcp.\(domain.forest)", by: deadline)
    let lists = [
      Listed(service: "_ldap._tcp.dc._msdcs", records: await directory),
      Listed(service: "_kerberos._tcp", records: await kerberos),
      Listed(service: "_gc._tcp", records: await catalogue),
    ]
    let shown = SafeText.clean(domain.name)
    var details: [Finding.Field] = [
      .init("domain", .text(shown)), .init("domain_from", .text(domain.source)),
      .init("records", .list(lists.flatMap(Self.details))),
    ]
    if let server = lists.lazy.compactMap(\.records.source).first {
      details.append(.init("server", .text(SafeText.clean(server))))
    }
    let controllers = lists.prefix(2)
    guard controllers.contains(where: { !$0.sorted.isEmpty }) else {
      if let why = controllers.lazy.compactMap(\.records.outcome.inconclusive).first {
        return Finding(id, unanswered: .inconclusive(why), details: details)
      }
      return Finding(
        id, .answered("none"), summary: "DNS lists no domain controller for \(shown).", details: details)
    }
    let hosts = controllers.reduce(into: [String]()) { hosts, list in
      for record in list.sorted.prefix(Self.mostServers) where !hosts.contains(record.host) {
        hosts.append(record.host)
      }
    }
    let addresses = await Self.addresses(of: hosts, resolver, by: deadline)
    func servers(_ list: Listed) -> [DomainServer] {
      list.sorted.prefix(Self.mostServers).map {
        DomainServer(name: $0.host, port: $0.port, addresses: addresses[$0.host] ?? [])
      }
    }
    context.board[DomainServers.self] = DomainServers(
      domain: domain.name, kerberos: servers(lists[1]), directory: servers(lists[0]))
    details.append(
      .init(
        "controllers",
        .list(
          hosts.map { host in
            .table([
              .init("name", .text(SafeText.clean(host))),
              .init("addresses", .list((addresses[host] ?? []).prefix(8).map { .text($0.description) })),
            ])
          })))
    let names = hosts.prefix(3).map { SafeText.clean($0, limit: 80) }.joined(separator: ", ")
    let more = hosts.count > 3 ? " and \(hosts.count - 3) more" : ""
    return Finding(
      id, .answered("found"), summary: "DNS lists for \(shown): \(names)\(more).", details: details)
  }

  private static func details(_ list: Listed) -> [Detail] {
    list.sorted.prefix(mostServers).map { record in
      .table([
        .init("service", .text(list.service)), .init("host", .text(SafeText.clean(record.host))),
        .init("port", .integer(Int(record.port))), .init("priority", .integer(Int(record.priority))),
        .init("weight", .integer(Int(record.weight))),
      ])
    }
  }

  private static func addresses(
    of hosts: [String], _ resolver: Resolver, by deadline: Deadline
  ) async -> [String: [Address]] {
    await withTaskGroup(of: (String, [Address]).self) { group in
      for host in hosts {
        group.addTask {
          let lookup = await resolver.lookUp(host.hasSuffix(".") ? host : host + ".", by: deadline)
          guard case .resolved(let records) = lookup.outcome else { return (host, []) }
          return (host, records.map(\.address))
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }
}
