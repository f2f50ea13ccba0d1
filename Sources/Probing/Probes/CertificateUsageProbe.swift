import Facts

/// May the certificate stand for a server? (RFC 5280 section 4.2.1.12)
struct CertificateUsageProbe: CertificateProbe {
  static let description = ProbeDescription(
    id: "certificate-usage", title: "Certificate: usage", states: ["certificate.usage"],
    timeLimit: .seconds(1))

  /// Server Authentication, any usage, and Microsoft's Remote Desktop Authentication.
  private static let serverUsages: [String: String] = [
    "1.3.6.1.5.5.7.3.1": "serverAuth", "2.5.29.37.0": "anyExtendedKeyUsage",
    "1.3.6.1.4.1.311.54.1.2": "remoteDesktopAuthentication",
  ]

  func finding(_ chain: CertificateChain, _ context: ProbeContext) async -> Finding {
    let leaf = chain.leaf
    let isForServers = leaf.extendedKeyUsage?.contains { Self.serverUsages[$0] != nil } ?? true
    var details: [Finding.Field] = []
    if let usage = leaf.keyUsage { details.append(.init("key_usage", .list(usage.map { .text($0) }))) }
    if let usage = leaf.extendedKeyUsage {
      details.append(.init("extended_key_usage", .list(usage.map { .text(Self.serverUsages[$0] ?? $0) })))
    }
    return Finding(
      "certificate.usage", .answered(isForServers ? "server-auth" : "not-server-auth"),
      summary: isForServers
        ? "The certificate may stand for a server." : "The certificate is not made for servers.",
      details: details)
  }
}
