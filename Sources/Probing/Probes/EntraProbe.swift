import Facts
import Wire

/// Does the host offer the sign-in with Microsoft Entra ID?
///
/// Asks for RDS AAD Auth alone, and then whether it takes RDSTLS besides TLS ([MS-RDPBCGR] 5.4.5.3, 5.4.5.4): a connection
/// each, so that the answers to other offers stay what they are. After the probes that a usual run has its connections
/// for: a usual run asks only where those left one over.
struct EntraProbe: Probe {
  static let description = ProbeDescription(
    id: "entra", title: "Entra sign-in", states: ["rdp.entra"], timeLimit: .seconds(4))
  static let lane = ProbeLane.rdpPort
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [("rdp.service", ["rdp"])]

  func run(in context: ProbeContext) async -> [Finding] {
    let id: FindingID = "rdp.entra"
    func inconclusive(_ why: Inconclusive) -> [Finding] {
      [Finding(id, .inconclusive(why), summary: Inconclusive.sentence(why))]
    }
    let reply: OfferReply
    switch await SecurityOffer.make(.entraID, in: context) {
    case .notPut(let why): return inconclusive(why)
    case .answered(let answer, let stream):
      stream?.close()
      reply = answer
    }
    if case .none(let what) = reply.answer {
      return inconclusive(.unreadable("the host did not answer the offer: \(what)"))
    }
    var details: [Finding.Field] = [.init(reply.asked.description, .text(reply.text))]
    if context.connectionsLeft > 0,
      case .answered(let answer, let stream) = await SecurityOffer.make([.tls, .rdsTLS], in: context)
    {
      stream?.close()
      details.append(.init(answer.asked.description, .text(answer.text)))
    }
    return [
      reply.isAcceptance
        ? Finding(
          id, .answered("offered"), summary: "The host offers the sign-in with Microsoft Entra ID.",
          details: details)
        : Finding(
          id, .answered("not-offered"),
          summary: "The host does not offer the sign-in with Microsoft Entra ID.", details: details)
    ]
  }
}
