import Facts
import Glibc

/// Looks host names up as this host would: hosts file first, then DNS with the search list (resolv.conf(5)), or by
/// asking a chosen server.
struct Resolver: Sendable {
  /// `address` or `address:port`; nil for the host's own servers.
  var chosenServer: String?

  enum Outcome: Hashable, Sendable {
    case resolved([NameRecord])
    /// RFC 1035 section 4.1.1, response code 3.
    case notFound
    /// The name exists, without any address (RFC 2308 section 2.2).
    case noAddress
    /// The server answered that it cannot or will not, with this response code; for a chosen server also `silent`
    /// and `unreachable`.
    case serverFailure(String)
    case unreadable
    case cancelled
    /// The deadline came before a server had time to answer.
    case outOfTime
    case failedHere(LocalFailure)
  }

  struct Lookup: Hashable, Sendable {
    var outcome: Outcome
    /// The server that said so, as `address:port`, or `hosts file`.
    var source: String?
    var canonicalName: String?
    /// The name as it was asked, with the suffix of the search list.
    var askedName: String?
    var suffix: String?
    /// Servers that did not answer before one did.
    var silentServers: [String] = []
    /// Addresses that cannot be meant, for example 0.0.0.0.
    var unusable: [Address] = []
    /// What kept one family from being known, by its name.
    var familyTrouble: [String: String] = [:]
  }

  /// A server that was given less time has not been silent.
  static let shortestSilence: Duration = .milliseconds(300)

  func lookUp(_ typed: String, by deadline: Deadline) async -> Lookup {
    let isAbsolute = typed.hasSuffix(".")
    let name = isAbsolute ? String(typed.dropLast()) : typed
    if chosenServer == nil, let found = await hostsFile(name, by: deadline) { return found }

    let total = deadline.remaining
    guard let channel = await NameChannel.make(lookups: "b", firstTry: min(.milliseconds(800), total / 4))
    else {
      return Lookup(outcome: .failedHere(LocalFailure(reason: "the resolver's configuration cannot be read")))
    }
    defer { channel.close() }
    let settings = await channel.settings()
    let servers = chosenServer.map { [$0] } ?? settings.servers
    var last = Lookup(outcome: .failedHere(LocalFailure(reason: "no name server is configured")))
    var silent: [String] = []
    for (index, server) in servers.enumerated() {
      if Task.isCancelled { return Lookup(outcome: .cancelled) }
      guard await channel.use(server: server) else {
        return Lookup(
          outcome: .failedHere(
            LocalFailure(reason: "“\(SafeText.clean(server))” is no address of a name server")))
      }
      let share = Deadline.after(deadline.remaining / (servers.count - index))
      last = await ask(channel, server, name, isAbsolute: isAbsolute, settings, by: share)
      last.silentServers = silent
      switch last.outcome {
      case .resolved, .notFound, .noAddress, .cancelled, .outOfTime: return last
      case .serverFailure, .unreadable, .failedHere: silent.append(server)
      }
    }
    return last
  }

  private func hostsFile(_ name: String, by deadline: Deadline) async -> Lookup? {
    guard let channel = await NameChannel.make(lookups: "f", firstTry: .seconds(1)) else { return nil }
    defer { channel.close() }
    let both = await channel.addresses(of: name, by: deadline)
    guard case .settled(var lookup) = Self.combine(both), case .resolved = lookup.outcome else { return nil }
    lookup.source = "hosts file"
    lookup.askedName = name
    lookup.familyTrouble = [:]
    return lookup
  }

  /// Walks the search list with one server.
  private func ask(
    _ channel: NameChannel, _ server: String, _ name: String, isAbsolute: Bool,
    _ settings: NameChannel.Settings, by deadline: Deadline
  ) async -> Lookup {
    var noAddress: Lookup?
    var failure: Lookup?
    for candidate in Self.candidates(name, isAbsolute: isAbsolute, settings) {
      let start = ContinuousClock.now
      let both = await channel.addresses(of: candidate.name, by: deadline)
      guard case .settled(var lookup) = Self.combine(both) else {
        let isRefused = both.ipv4 == .unreachable || both.ipv6 == .unreachable
        var unanswered = Lookup(
          outcome: silence(of: server, isUnreachable: isRefused), source: server, askedName: candidate.name)
        if !isRefused, start.duration(to: .now) < Self.shortestSilence { unanswered.outcome = .outOfTime }
        return unanswered
      }
      lookup.source = server
      lookup.askedName = candidate.name
      lookup.suffix = candidate.suffix
      switch lookup.outcome {
      case .resolved, .cancelled, .outOfTime, .failedHere: return lookup
      case .noAddress: noAddress = noAddress ?? lookup
      case .serverFailure, .unreadable: failure = failure ?? lookup
      case .notFound: break
      }
    }
    return failure ?? noAddress ?? Lookup(outcome: .notFound, source: server, askedName: name)
  }

  /// Names to ask, in order (resolv.conf(5), `search` and `ndots`).
  static func candidates(_ name: String, isAbsolute: Bool, _ settings: NameChannel.Settings)
    -> [(name: String, suffix: String?)]
  {
    let asTyped: (name: String, suffix: String?) = (name, nil)
    guard !isAbsolute else { return [asTyped] }
    let suffixed = settings.suffixes.prefix(16).map { suffix -> (name: String, suffix: String?) in
      (suffix.isEmpty || suffix == "." ? name : "\(name).\(suffix)", suffix)
    }.filter { $0.name.utf8.count <= 253 && $0.name != name }
    let dots = name.utf8.count { $0 == UInt8(ascii: ".") }
    return dots >= settings.dotsBeforeSearch ? [asTyped] + suffixed : suffixed + [asTyped]
  }

  private enum Combined {
    case settled(Lookup)
    /// Neither family's question was answered.
    case unanswered
  }

  private static func combine(_ both: NameChannel.Both) -> Combined {
    let answers = [(Address.Family.ipv4, both.ipv4), (.ipv6, both.ipv6)]
    var records: [NameRecord] = []
    var lookup = Lookup(outcome: .notFound)
    for (family, answer) in answers {
      switch answer {
      case .found(let found, let canonicalName):
        for record in found where !records.contains(where: { $0.address == record.address }) {
          if record.address.bytes.allSatisfy({ $0 == 0 }) {
            lookup.unusable.append(record.address)
          } else {
            records.append(record)
          }
        }
        lookup.canonicalName = canonicalName ?? lookup.canonicalName
      case .failed(let code): lookup.familyTrouble[family.rawValue] = code
      case .unreadable: lookup.familyTrouble[family.rawValue] = "unreadable"
      case .silent, .unreachable: lookup.familyTrouble[family.rawValue] = "no answer"
      case .noData, .noSuchName, .cancelled, .noMemory: break
      }
    }
    if !records.isEmpty {
      lookup.outcome = .resolved(AddressOrder.sorted(records))
      return .settled(lookup)
    }
    let all = answers.map(\.1)
    if all.contains(.cancelled) {
      lookup.outcome = .cancelled
    } else if all.contains(.silent) || all.contains(.unreachable) {
      return .unanswered
    } else if all.contains(.noMemory) {
      lookup.outcome = .failedHere(LocalFailure(reason: "this host has no memory left for the resolver"))
    } else if let code = all.compactMap({ if case .failed(let code) = $0 { code } else { nil } }).first {
      lookup.outcome = .serverFailure(code)
    } else if all.contains(.unreadable) {
      lookup.outcome = .unreadable
    } else if all.contains(.noData) || !lookup.unusable.isEmpty {
      lookup.outcome = .noAddress
    }
    return .settled(lookup)
  }

  /// A server that the person chose is part of what is looked at; the host's own is part of this host.
  private func silence(of server: String, isUnreachable: Bool) -> Outcome {
    if let failure = AddressOrder.routeFailure(to: server) { return .failedHere(failure) }
    if chosenServer != nil { return .serverFailure(isUnreachable ? "unreachable" : "silent") }
    return .failedHere(
      LocalFailure(
        reason: isUnreachable
          ? "the name server \(server) of this host is not running or not reachable"
          : "the name server \(server) of this host does not answer"))
  }

  // MARK: - Other records

  enum RecordsOutcome<Record: Hashable & Sendable>: Hashable, Sendable {
    /// At least one.
    case found([Record])
    /// The name does not exist, or has no record of this type.
    case none
    case serverFailure(String)
    case unreadable
    case cancelled
    case outOfTime
    case failedHere(LocalFailure)

    /// Why nothing was learnt; nil where DNS has spoken.
    var inconclusive: Inconclusive? {
      switch self {
      case .found, .none: nil
      case .serverFailure(let code): .unreadable("the name server failed: \(code)")
      case .unreadable: .unreadable("the name server's answer breaks the rules")
      case .cancelled: .cancelled
      case .outOfTime: .outOfTime
      case .failedHere(let failure): .failedHere(failure)
      }
    }
  }

  struct Records<Record: Hashable & Sendable>: Hashable, Sendable {
    var outcome: RecordsOutcome<Record>
    /// The server that said so, as `address:port`.
    var source: String?
  }

  /// Asks DNS, with the name as it is: no hosts file, no search list.
  func services(_ name: String, by deadline: Deadline) async -> Records<ServiceRecord> {
    await records(.service, of: name, by: deadline) { NameChannel.services(in: $0) }
  }

  /// The names of an address, from DNS (RFC 1035 section 3.5, RFC 3596 section 2.5).
  func names(of address: Address, by deadline: Deadline) async -> Records<String> {
    await records(.pointer, of: Self.reverseName(of: address), by: deadline) {
      NameChannel.names(of: address, in: $0)
    }
  }

  static func reverseName(of address: Address) -> String {
    switch address.family {
    case .ipv4: address.bytes.reversed().map { "\($0)." }.joined() + "in-addr.arpa"
    case .ipv6:
      address.bytes.reversed().map { "\(String($0 & 0xF, radix: 16)).\(String($0 >> 4, radix: 16))." }
        .joined()
        + "ip6.arpa"
    }
  }

  private func records<Record: Hashable & Sendable>(
    _ type: NameChannel.RecordType, of name: String, by deadline: Deadline, read: ([UInt8]) -> [Record]?
  ) async -> Records<Record> {
    let total = deadline.remaining
    guard let channel = await NameChannel.make(lookups: "b", firstTry: min(.milliseconds(800), total / 4))
    else {
      return Records(
        outcome: .failedHere(LocalFailure(reason: "the resolver's configuration cannot be read")))
    }
    defer { channel.close() }
    let configured = await channel.settings().servers
    let servers = chosenServer.map { [$0] } ?? configured
    var last = Records<Record>(outcome: .failedHere(LocalFailure(reason: "no name server is configured")))
    for (index, server) in servers.enumerated() {
      guard await channel.use(server: server) else {
        return Records(
          outcome: .failedHere(
            LocalFailure(reason: "“\(SafeText.clean(server))” is no address of a name server")))
      }
      let start = ContinuousClock.now
      let end = await channel.records(
        type, of: name, by: .after(deadline.remaining / (servers.count - index)))
      let wasShort = start.duration(to: .now) < Self.shortestSilence
      last = Records(outcome: outcome(end, of: server, wasShort: wasShort, read: read), source: server)
      switch last.outcome {
      case .found, .none, .cancelled, .outOfTime: return last
      case .serverFailure, .unreadable, .failedHere: break
      }
    }
    return last
  }

  private func outcome<Record>(
    _ end: NameChannel.RecordsEnd, of server: String, wasShort: Bool, read: ([UInt8]) -> [Record]?
  ) -> RecordsOutcome<Record> {
    switch end {
    case .message(let bytes):
      guard let records = read(bytes) else { return .unreadable }
      return records.isEmpty ? .none : .found(records)
    case .none(let answer):
      switch answer {
      case .noData, .noSuchName: return .none
      case .failed(let code): return .serverFailure(code)
      case .found, .unreadable: return .unreadable
      case .cancelled: return .cancelled
      case .noMemory:
        return .failedHere(LocalFailure(reason: "this host has no memory left for the resolver"))
      case .silent where wasShort: return .outOfTime
      case .silent, .unreachable:
        switch silence(of: server, isUnreachable: answer == .unreachable) {
        case .failedHere(let failure): return .failedHere(failure)
        case .serverFailure(let what): return .serverFailure(what)
        default: return .unreadable
        }
      }
    }
  }
}

/// In which order addresses are tried: a part of RFC 6724 section 6.
enum AddressOrder {
  /// Those that this host has a route to come first (rule 1), then by precedence (rule 6); else as they came.
  static func sorted(_ records: [NameRecord]) -> [NameRecord] {
    let ranked = records.enumerated().map { index, record in
      (
        index: index, record: record, isUsable: route(to: record.address, 9) == 0,
        rank: precedence(record.address)
      )
    }
    return ranked.sorted { left, right in
      if left.isUsable != right.isUsable { return left.isUsable }
      if left.rank != right.rank { return left.rank > right.rank }
      return left.index < right.index
    }.map(\.record)
  }

  /// The default policy table, RFC 6724 section 2.1.
  private static func precedence(_ address: Address) -> Int {
    guard address.family == .ipv6 else { return 35 }
    let bytes = address.bytes
    if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? 50 : 1 }
    if bytes[0] & 0xFE == 0xFC { return 3 }
    if bytes[0] == 0x20, bytes[1] == 0x02 { return 30 }
    if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] == 0, bytes[3] == 0 { return 5 }
    return 40
  }

  /// The error of a datagram socket that is connected there, which sends nothing; 0 when there is a route.
  private static func route(to address: Address, _ port: UInt16) -> Int32 {
    let descriptor = socket(
      address.domain, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    return address.withSocketAddress(port: port) { connect(descriptor, $0, $1) == 0 ? 0 : errno }
  }

  /// Why this host cannot send to the server at all; nil when it can.
  static func routeFailure(to server: String) -> LocalFailure? {
    guard let address = serverAddress(server) else { return nil }
    let failure = route(to: address, 53)
    return failure == 0 ? nil : LocalFailure(socketError: failure)
  }

  static func serverAddress(_ text: String) -> Address? {
    if let address = Address(text) { return address }
    if text.first == "[", let close = text.firstIndex(of: "]") {
      return Address(String(text[text.index(after: text.startIndex)..<close]))
    }
    return text.lastIndex(of: ":").flatMap { Address(String(text[..<$0])) }
  }
}
