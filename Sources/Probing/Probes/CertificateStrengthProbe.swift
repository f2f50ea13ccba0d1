import Facts

/// Are key and signature strong enough for current clients? (NIST SP 800-131A Rev. 2, sections 3 and 9)
struct CertificateStrengthProbe: CertificateProbe {
  static let description = ProbeDescription(
    id: "certificate-strength", title: "Certificate: strength", states: ["certificate.strength"],
    timeLimit: .seconds(1))

  func finding(_ chain: CertificateChain, _ context: ProbeContext) async -> Finding {
    let leaf = chain.leaf
    // The signature of a self-signed certificate in front of others is never checked: it is trusted or not.
    let signed = chain.facts.enumerated().filter { $0.offset == 0 || !$0.element.isSelfSigned }.map(\.element)
    let weakKey = chain.facts.first(where: Self.hasWeakKey)
    let weakSignature = signed.first(where: Self.hasWeakSignature)
    let outcome: OutcomeID
    let summary: String
    if let weakKey {
      outcome = "weak-key"
      summary = "The key is too weak for current clients: \(weakKey.keyType) with \(weakKey.keyBits) bits."
    } else if let weakSignature {
      outcome = "weak-signature"
      summary = "The signature is too weak for current clients: \(weakSignature.signature)."
    } else {
      outcome = "strong"
      summary = "Key and signature are strong: \(leaf.keyType) with \(leaf.keyBits) bits, \(leaf.signature)."
    }
    return Finding(
      "certificate.strength", .answered(outcome), summary: summary,
      details: [
        .init("key", .text(leaf.keyType)), .init("bits", .integer(leaf.keyBits)),
        .init("signature", .text(leaf.signature)),
        .init("chain_signatures", .list(signed.dropFirst().map { .text($0.signature) })),
      ])
  }

  private static func hasWeakKey(_ facts: CertificateFacts) -> Bool {
    switch facts.keyType {
    case "RSA", "RSA-PSS", "DSA", "DH": facts.keyBits < 2048
    case "EC": facts.keyBits < 224
    default: false
    }
  }

  private static func hasWeakSignature(_ facts: CertificateFacts) -> Bool {
    ["MD2", "MD4", "MD5", "MD5-SHA1", "SHA1", "MDC2"].contains(facts.signatureDigest ?? "")
  }
}
