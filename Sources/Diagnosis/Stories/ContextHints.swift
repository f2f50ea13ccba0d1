public import Facts

/// An answer on the page of context that something else speaks for. It counts once a person has let it.
public struct ContextHint: Sendable, Equatable {
  public var choice: OutcomeID
  /// What it was read from; nil: the case itself names a gateway.
  public var finding: Finding?
}

extension KnowledgeBase {
  /// What files, probes and the case itself tell about the questions of the page of context, as far as these have such an answer.
  public func contextHints(_ record: Case) -> [QuestionID: ContextHint] {
    var hints: [QuestionID: ContextHint] = [:]
    func hint(_ id: QuestionID, _ choice: OutcomeID, _ finding: Finding?) {
      guard hints[id] == nil, question(id)?.choices.contains(where: { $0.id == choice }) == true else {
        return
      }
      hints[id] = ContextHint(choice: choice, finding: finding)
    }
    let handedIn = record.submissions.flatMap(\.findings)
    func file(_ id: FindingID, _ outcomes: Set<OutcomeID>) -> Finding? {
      handedIn.first { finding in finding.id == id && finding.outcome.map(outcomes.contains) ?? false }
    }
    if let finding = file("file.address", ["cloud"]) { hint("host-kind", "cloud-desktop", finding) }
    if let finding = file("file.load-balance", ["present"]) { hint("host-kind", "farm-name", finding) }
    if let finding = file("file.gateway", ["always"]) { hint("connects-how", "gateway", finding) }
    if record.target?.gateway != nil { hint("connects-how", "gateway", nil) }
    if let finding = file("file.address", ["one", "cloud"]) { hint("connects-how", "rdp-file", finding) }

    let names = record.probeFindings.first { $0.id == "ntlm.names" && $0.outcome != nil }
    if let names, let product = names.text("product"), product.hasPrefix("Windows") {
      hint("target-is-windows", "windows", names)
      // Builds that a server has too say nothing of the kind.
      if !product.contains("Server") { hint("host-kind", "workstation", names) }
    }
    if let names, names.details.contains(.init("domain_member", .flag(true))) {
      hint("entra-joined-host", "domain-or-none", names)
    }
    return hints
  }
}

extension Finding {
  fileprivate func text(_ field: String) -> String? {
    for detail in details where detail.name == field {
      if case .text(let text) = detail.value { return text }
    }
    return nil
  }
}
