import Facts

/// Does this host trust whoever issued the certificate? (RFC 5280 section 6)
struct CertificateTrustProbe: CertificateProbe {
  static let description = ProbeDescription(
    id: "certificate-trust", title: "Certificate: trust", states: ["certificate.trust"],
    timeLimit: .seconds(3))

  func finding(_ chain: CertificateChain, _ context: ProbeContext) async -> Finding {
    let trustFile = context.request.trustFile
    let now = context.now
    let result = await chain.verdict(trustFile: trustFile, at: now)
    let status: Finding.Status
    let summary: String
    var details: [Finding.Field] = []
    switch result {
    case .success(.trusted):
      status = .answered("trusted")
      summary = "The certificate leads to an authority that this host trusts."
    case .success(.selfSigned):
      status = .answered("self-signed")
      summary = "The certificate is self-signed, as Windows makes it by default."
    case .success(.missingIntermediate):
      status = .answered("missing-intermediate")
      summary = "The host does not send the certificate of its issuer, \(chain.leaf.issuer)."
    case .success(.unknownRoot):
      status = .answered("unknown-root")
      summary = "This host does not know the authority behind the certificate."
    case .success(.invalid(let reason)):
      status = .answered("invalid")
      summary = "The chain of certificates is not valid: \(reason)."
      details.append(.init("reason", .text(reason)))
    case .failure(let error):
      let failure =
        switch error {
        case .trustFileUnreadable(let path):
          LocalFailure(reason: "the trust file \(SafeText.clean(path)) cannot be read as PEM certificates")
        case .noMemory: LocalFailure(reason: "this host has no memory left for checking certificates")
        }
      status = .inconclusive(.failedHere(failure))
      summary = Inconclusive.sentence(.failedHere(failure))
    }
    details += [
      .init("subject", .text(chain.leaf.subject)), .init("issuer", .text(chain.leaf.issuer)),
      .init("chain", .list(chain.facts.map { .text($0.subject) })),
    ]
    if trustFile != nil {
      let parts = [
        ("by_host_store", await chain.verdict(trustFile: nil, at: now)),
        ("by_ca_file", await chain.verdict(trustFile: trustFile, usesHostStore: false, at: now)),
      ]
      for (name, part) in parts {
        if case .success(let verdict) = part { details.append(.init(name, .text(verdict.word))) }
      }
    }
    let pointers = [
      ("aia", chain.leaf.issuerLocations), ("ocsp", chain.leaf.revocationResponders),
      ("crl", chain.leaf.revocationLists),
    ]
    for (name, locations) in pointers where !locations.isEmpty {
      details.append(.init(name, .list(locations.map { .text($0) })))
    }
    return Finding("certificate.trust", status, summary: SafeText.clean(summary), details: details)
  }
}
