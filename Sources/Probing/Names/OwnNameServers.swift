import Facts

/// The name servers that this host is set to ask, looked at one by one.
public struct OwnNameServers: Sendable {
  public struct Server: Hashable, Sendable {
    /// As `address:port`.
    public var address: String
    public var state: State
  }

  public enum State: Hashable, Sendable {
    case answers
    /// It answers that it cannot or will not, with this response code (RFC 1035 section 4.1.1).
    case declines(String)
    /// Nothing came in time, or the network says that nobody is there.
    case silent
  }

  public var servers: [Server]
  /// What is put behind short names (resolv.conf(5), `search`).
  public var suffixes: [String]

  /// The resolver's configuration could not be read, or the look was cancelled.
  public struct Unknown: Error {}

  /// Asks every server once for a name that no host has: the first suffix, else a name that never leaves the server
  /// (RFC 6761 section 6.4).
  ///
  /// - Parameter limit: For each server.
  public static func look(within limit: Duration) async throws(Unknown) -> OwnNameServers {
    guard let channel = await NameChannel.make(lookups: "b", firstTry: limit / 3) else { throw Unknown() }
    defer { channel.close() }
    let settings = await channel.settings()
    let name = settings.suffixes.first ?? "rdptriage.invalid"
    var found = OwnNameServers(servers: [], suffixes: settings.suffixes.map { SafeText.clean($0) })
    for server in settings.servers.prefix(8) {
      guard !Task.isCancelled, await channel.use(server: server) else { throw Unknown() }
      let both = await channel.addresses(of: name, by: .after(limit))
      found.servers.append(Server(address: server, state: state(both.ipv4) ?? state(both.ipv6) ?? .silent))
    }
    return found
  }

  /// nil where nothing was heard.
  private static func state(_ answer: NameChannel.Answer) -> State? {
    switch answer {
    case .found, .noData, .noSuchName, .unreadable: .answers
    case .failed(let code): .declines(code)
    case .silent, .unreachable, .cancelled, .noMemory: nil
    }
  }
}
