import Diagnosis
import Facts

/// What a sweep keeps of one host.
struct SweptHost: Sendable {
  enum State: String, Sendable, CaseIterable {
    case healthy, fault, undecided
    case couldNotCheck = "could-not-check"
    /// The sweep was over before.
    case notLooked = "not-looked-at"
  }

  var target: Target
  var state: State
  /// nil where nothing was weighed.
  var cause: CauseID?
  var probability = 0.0
  /// What other hosts may have in common with this one.
  var shared: SharedTrait?
  var elapsed: Duration = .zero

  init(notLooked target: Target) {
    self.target = target
    state = .notLooked
  }

  init(_ look: Look, _ ranking: [RankedCause]) {
    target = look.target
    elapsed = look.elapsed
    cause = ranking.first?.cause
    probability = ranking.first?.probability ?? 0
    state =
      switch Failure.Code(rawValue: DiagnoseCommand.exitCode(ranking, couldNotCheck: look.couldNotCheck)) {
      case .fault: .fault
      case .undecided: .undecided
      case .couldNotCheck: .couldNotCheck
      default: .healthy
      }
    if state != .healthy { shared = SharedTrait(look.findings, target) }
  }
}

/// The first thing from below that is wrong with a host and that several hosts can have in common.
enum SharedTrait: Hashable, Sendable {
  case nameServer(String)
  case zone(String)
  case silentNetwork(String)
  case issuerOfExpired(String)
  case issuer(String)
  case clock(domain: String)

  init?(_ findings: [Finding], _ target: Target) {
    func finding(_ id: FindingID) -> Finding? { findings.first { $0.id == id } }
    func text(_ id: FindingID, _ name: String) -> String? {
      guard case .text(let text)? = finding(id)?.details.first(where: { $0.name == name })?.value,
        !text.isEmpty
      else { return nil }
      return SafeText.clean(text, limit: 60)
    }
    switch finding("dns.lookup")?.outcome {
    case "server-failure":
      guard let server = text("dns.lookup", "server") else { return nil }
      self = .nameServer(server)
      return
    case "not-found", "no-address":
      let labels = target.hostText.split(separator: ".")
      guard labels.count > 1 else { return nil }
      self = .zone(SafeText.clean(labels.dropFirst().joined(separator: "."), limit: 60))
      return
    default: break
    }
    switch finding("tcp.port")?.outcome {
    case "silent", "unreachable":
      guard let network = text("tcp.port", "address").flatMap(Self.network) else { return nil }
      self = .silentNetwork(network)
      return
    default: break
    }
    if let issuer = text("certificate.trust", "issuer"), issuer != text("certificate.trust", "subject") {
      if finding("certificate.dates")?.outcome == "expired" {
        self = .issuerOfExpired(issuer)
        return
      }
      if let outcome = finding("certificate.trust")?.outcome, outcome != "trusted" {
        self = .issuer(issuer)
        return
      }
    }
    if let outcome = finding("clock.skew")?.outcome, outcome != "in-step" {
      guard let domain = text("ntlm.names", "dns_domain") ?? target.domain else { return nil }
      self = .clock(domain: SafeText.clean(domain.lowercased(), limit: 60))
      return
    }
    return nil
  }

  var words: String {
    switch self {
    case .nameServer(let server): "the name server \(server) fails"
    case .zone(let zone): "names in \(zone) that are not found"
    case .silentNetwork(let network): "the network \(network) is silent"
    case .issuerOfExpired(let issuer): "an expired certificate, issued by \(issuer)"
    case .issuer(let issuer): "a certificate issued by \(issuer)"
    case .clock(let domain): "the clock is off in the domain \(domain)"
    }
  }

  /// The usual size of one site: /24, or /64.
  static func network(_ address: String) -> String? {
    if AddressText.isIPv4(address[...]) {
      return address.split(separator: ".").prefix(3).joined(separator: ".") + ".0/24"
    }
    guard AddressText.isIPv6(address[...]) else { return nil }
    let head = address.prefix { $0 != "%" }.split(separator: ":", omittingEmptySubsequences: false)
    guard head.count >= 5, !head.prefix(4).contains("") else { return nil }
    return head.prefix(4).joined(separator: ":") + "::/64"
  }
}

/// Hosts with the same likeliest cause and the same thing in common.
struct SweepGroup: Sendable {
  var state: SweptHost.State
  var cause: CauseID?
  var shared: SharedTrait?
  /// Places in the list.
  var hosts: [Int]

  private struct Key: Hashable {
    var state: SweptHost.State
    var cause: CauseID?
    var shared: SharedTrait?
  }

  /// Faults first, the largest group first. What only one host has is not in common.
  static func groups(of hosts: [SweptHost]) -> [SweepGroup] {
    var count: [Key: Int] = [:]
    func key(_ host: SweptHost) -> Key {
      Key(state: host.state, cause: host.state == .undecided ? nil : host.cause, shared: host.shared)
    }
    for host in hosts { count[key(host), default: 0] += 1 }
    var places: [Key: [Int]] = [:]
    for (place, host) in hosts.enumerated() {
      var key = key(host)
      if count[key] == 1 { key.shared = nil }
      places[key, default: []].append(place)
    }
    let order: [SweptHost.State] = [.fault, .undecided, .couldNotCheck, .notLooked, .healthy]
    return places.map {
      SweepGroup(state: $0.key.state, cause: $0.key.cause, shared: $0.key.shared, hosts: $0.value)
    }.sorted {
      let (left, right) = (order.firstIndex(of: $0.state) ?? 0, order.firstIndex(of: $1.state) ?? 0)
      if left != right { return left < right }
      if $0.hosts.count != $1.hosts.count { return $0.hosts.count > $1.hosts.count }
      return ($0.hosts.first ?? 0) < ($1.hosts.first ?? 0)
    }
  }

  func title(_ knowledge: KnowledgeBase) -> String {
    switch state {
    case .healthy: "Nothing wrong found"
    case .undecided: "Undecided"
    case .couldNotCheck: "This host itself was in the way (see rdptriage doctor)"
    case .notLooked: "Not looked at before the sweep was over"
    case .fault: cause.map { knowledge.cause($0)?.title ?? $0.name } ?? "A fault"
    }
  }
}
