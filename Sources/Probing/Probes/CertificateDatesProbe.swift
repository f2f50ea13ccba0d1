import Facts

/// Is the certificate valid today? (RFC 5280 section 4.1.2.5)
struct CertificateDatesProbe: CertificateProbe {
  static let description = ProbeDescription(
    id: "certificate-dates", title: "Certificate: dates", states: ["certificate.dates"],
    timeLimit: .seconds(1))

  static let soon: Double = 14

  func finding(_ chain: CertificateChain, _ context: ProbeContext) async -> Finding {
    let id: FindingID = "certificate.dates"
    guard let from = chain.leaf.validFrom, let to = chain.leaf.validTo else {
      let why = Inconclusive.unreadable("the dates of the certificate")
      return Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why))
    }
    let daysLeft = (to.seconds - context.now.seconds) / 86400
    let outcome: OutcomeID
    let summary: String
    if context.now < from {
      outcome = "not-yet-valid"
      summary =
        "The certificate is valid from \(from.text) UTC only, which has not come yet on this host's clock."
    } else if daysLeft < 0 {
      outcome = "expired"
      summary = "The certificate expired on \(to.text) UTC."
    } else if daysLeft < Self.soon {
      outcome = "expires-soon"
      summary = "The certificate expires on \(to.text) UTC."
    } else {
      outcome = "valid"
      summary = "The certificate is valid until \(to.text) UTC."
    }
    return Finding(
      id, .answered(outcome), summary: summary,
      details: [
        .init("from", .text(from.text)), .init("to", .text(to.text)),
        .init("days_left", .integer(Int(max(-1e9, min(1e9, daysLeft.rounded(.down)))))),
      ])
  }
}
