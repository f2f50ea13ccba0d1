import Facts
import Wire

/// Do the domain's directories answer, and what do they say of themselves? (RFC 4512 section 5.1, [MS-ADTS] 3.1.1.3.2)
///
/// Reads the root entry, which is for anybody, and never signs in. Any LDAP answer, also a refusal to search, is
/// `answers`. `refused` when none answers and one refuses; `silent` when nothing comes from any of them.
struct LDAPProbe: Probe {
  static let description = ProbeDescription(
    id: "ldap", title: "Directory of the domain", states: ["ldap.root"], timeLimit: .milliseconds(3500))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("dns.domain-controllers", ["found", "none"])
  ]

  private static let share: Duration = .seconds(3)
  private static let attributes = [
    "defaultNamingContext", "rootDomainNamingContext", "dnsHostName", "currentTime", "domainFunctionality",
    "forestFunctionality", "domainControllerFunctionality", "supportedSASLMechanisms", "isSynchronized",
    "isGlobalCatalogReady", "supportedLDAPVersion",
  ]

  private struct Search: Sendable {
    var entry: LDAPEntry?
    var refusal: String?
  }

  func run(in context: ProbeContext) async -> [Finding] {
    let id: FindingID = "ldap.root"
    let domain = context.board[DomainServers.self]
    let servers = (domain?.directory ?? []).filter { !$0.addresses.isEmpty }
    guard let domain, !servers.isEmpty else {
      let isListed = domain?.directory.isEmpty == false
      return [
        Finding(
          id, .answered("none-known"),
          summary: isListed
            ? "DNS lists directory servers, but no address of theirs."
            : "DNS lists no directory server to ask.")
      ]
    }
    let limit = min(context.deadline, .after(Self.share))
    let attempts = await withTaskGroup(of: (Int, ServiceAttempt).self) { group in
      for (index, server) in servers.enumerated() {
        guard let address = server.addresses.first else { continue }
        group.addTask { (index, await Self.ask(server, address, limit, context)) }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return [finding(attempts, domain.domain)]
  }

  private static func ask(
    _ server: DomainServer, _ address: Address, _ limit: Deadline, _ context: ProbeContext
  ) async -> ServiceAttempt {
    var attempt = await context.attempt(address, port: server.port, by: limit) { stream, start in
      let asked = context.now
      let request = LDAP.rootRequest(attributes: attributes)
      if case .ended(let end) = await stream.send(request, by: limit) {
        return (ServiceAttempt.outcome(of: end, isSettled: ProbeContext.isSettled(start)), [])
      }
      switch await context.read(from: stream, since: start, by: limit, search) {
      case .ended(let outcome, _): return (outcome, [])
      case .value(let search): return (.answers, fields(search, between: asked, context.now))
      }
    }
    attempt.fields.insert(.init("name", .text(SafeText.clean(server.name))), at: 0)
    return attempt
  }

  /// The entry and the end of the search, or the first thing that is neither.
  private static func search(_ bytes: [UInt8]) throws(DecodeError) -> Search {
    var rest = bytes
    var search = Search()
    for _ in 0..<8 {
      let (message, length) = try LDAPMessage.first(in: rest)
      switch message {
      case .entry(let entry): search.entry = search.entry ?? entry
      case .done(let code, let diagnostic):
        if search.entry == nil {
          search.refusal = code == 0 ? "no root entry" : "result code \(code) \(diagnostic)"
        }
        return search
      case .other(let tag):
        search.refusal = "message \(tag) in place of an entry"
        return search
      }
      rest.removeFirst(length)
    }
    return search
  }

  private static func fields(
    _ search: Search, between asked: Timestamp, _ answered: Timestamp
  ) -> [Finding.Field] {
    guard let entry = search.entry else {
      return [.init("refusal", .text(SafeText.clean(search.refusal ?? "no root entry")))]
    }
    var fields: [Finding.Field] = []
    func add(_ field: String, _ attribute: String) {
      if let value = entry.values(attribute).first {
        fields.append(.init(field, .text(SafeText.clean(value))))
      }
    }
    add("dns_host_name", "dnsHostName")
    if let context = entry.values("defaultNamingContext").first {
      fields.append(.init("domain", .text(SafeText.clean(domain(ofContext: context)))))
    }
    for (field, attribute) in [
      ("domain_level", "domainFunctionality"), ("forest_level", "forestFunctionality"),
      ("controller_level", "domainControllerFunctionality"),
    ] {
      if let level = entry.values(attribute).first {
        fields.append(.init(field, .text(SafeText.clean(levels[level] ?? level, limit: 40))))
      }
    }
    add("is_synchronized", "isSynchronized")
    add("is_global_catalog_ready", "isGlobalCatalogReady")
    let mechanisms = entry.values("supportedSASLMechanisms").prefix(16)
    fields.append(.init("sasl_mechanisms", .list(mechanisms.map { .text(SafeText.clean($0, limit: 40)) })))
    if let time = entry.currentTime {
      // Cut to whole seconds by the server.
      let skew = time - (asked.seconds + answered.seconds) / 2
      fields.append(.init("server_time", .text(Timestamp(seconds: time).text)))
      fields.append(.init("clock_seconds", .number((skew * 10).rounded() / 10)))
    }
    return fields
  }

  /// `DC=corp,DC=example` as `corp.example`; another name as it is.
  static func domain(ofContext name: String) -> String {
    let parts = name.split(separator: ",")
    let labels = parts.filter { $0.lowercased().hasPrefix("dc=") }.map { String($0.dropFirst(3)) }
    return labels.isEmpty || labels.count < parts.count ? name : labels.joined(separator: ".")
  }

  /// [MS-ADTS] 6.1.4.2 to 6.1.4.4.
  private static let levels = [
    "0": "Windows 2000", "1": "Windows Server 2003 interim", "2": "Windows Server 2003",
    "3": "Windows Server 2008", "4": "Windows Server 2008 R2", "5": "Windows Server 2012",
    "6": "Windows Server 2012 R2", "7": "Windows Server 2016", "10": "Windows Server 2025",
  ]

  private func finding(_ attempts: [ServiceAttempt], _ domain: String) -> Finding {
    let shown = SafeText.clean(domain)
    let status = ServiceAttempt.status(of: attempts, answered: "answers", muteIsSilent: true)
    var summary =
      switch status {
      case .answered("answers"): "The directory of \(shown) answers."
      case .answered("refused"): "No directory server of \(shown) answers; connections are refused."
      case .answered("silent"): "No directory server of \(shown) answers."
      case .inconclusive(let why): Inconclusive.sentence(why)
      default: "The directory of \(shown): not known."
      }
    let mute = attempts.filter { $0.outcome != .answers }.map(\.place)
    if status == .answered("answers"), let first = mute.first {
      summary +=
        mute.count == 1 ? " But not at \(first)." : " But not at \(first) and \(mute.count - 1) more."
    }
    return Finding(
      "ldap.root", status, summary: summary,
      details: [.init("domain", .text(shown)), .init("servers", .list(attempts.map(\.detail)))])
  }
}
