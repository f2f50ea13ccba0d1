import Facts

/// Is the certificate meant for the name as typed? (RFC 6125 section 6)
struct CertificateNameProbe: CertificateProbe {
  static let description = ProbeDescription(
    id: "certificate-name", title: "Certificate: name", states: ["certificate.name"], timeLimit: .seconds(1))

  func finding(_ chain: CertificateChain, _ context: ProbeContext) async -> Finding {
    let leaf = chain.leaf
    let expected = context.target.certificateName ?? context.target.hostText
    let shown = SafeText.clean(expected)
    let names = leaf.dnsNames.isEmpty ? leaf.commonNames : leaf.dnsNames
    let details: [Finding.Field] = [
      .init("expected", .text(shown)), .init("dns_names", .list(leaf.dnsNames.map { .text($0) })),
      .init("addresses", .list(leaf.addresses.map { .text($0.description) })),
      .init("common_names", .list(leaf.commonNames.map { .text($0) })),
    ]
    let agrees: Bool
    if let address = Address(expected) {
      agrees = chain.isFor(address: address)
      if !agrees, leaf.addresses.isEmpty {
        let why = Inconclusive.notAsked(
          "the target was typed as an address, and the certificate has names only")
        return Finding(
          "certificate.name", .inconclusive(why), summary: Inconclusive.sentence(why), details: details)
      }
    } else {
      agrees = chain.isFor(name: expected)
    }
    let owners = (names + leaf.addresses.map(\.description)).prefix(4).joined(separator: ", ")
    return Finding(
      "certificate.name", .answered(agrees ? "agrees" : "differs"),
      summary: agrees
        ? "The certificate is for \(shown)."
        : "The certificate is not for \(shown) but for \(owners.isEmpty ? "no name at all" : owners).",
      details: details)
  }
}
