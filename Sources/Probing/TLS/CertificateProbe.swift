import Facts

/// A probe that reads the certificates of the TLS handshake and opens nothing.
protocol CertificateProbe: Probe {
  /// The only finding that the probe states.
  func finding(_ chain: CertificateChain, _ context: ProbeContext) async -> Finding
}

extension CertificateProbe {
  static var lane: ProbeLane { .beside }
  static var needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] { [("tls.handshake", ["completed"])] }

  func run(in context: ProbeContext) async -> [Finding] {
    guard let facts = context.board[CompletedTLS.self], let chain = CertificateChain(der: facts.chain) else {
      let why = Inconclusive.unreadable("the host's certificate cannot be read")
      return Self.description.states.map {
        Finding($0, .inconclusive(why), summary: Inconclusive.sentence(why))
      }
    }
    return [await finding(chain, context)]
  }
}
