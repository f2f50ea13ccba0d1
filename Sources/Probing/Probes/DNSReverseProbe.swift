import Facts

/// The names that DNS has for the target's addresses. Left by `dns.reverse`.
enum ReverseNames: BlackboardKey { typealias Value = [String] }

/// Do the target's addresses have the target's name? (RFC 1035 section 3.5)
///
/// `none` is an answer of DNS: there is no such name. A name server that fails or is silent says nothing about the target.
struct DNSReverseProbe: Probe {
  static let description = ProbeDescription(
    id: "dns-reverse", title: "Reverse look-up", states: ["dns.reverse"], timeLimit: .seconds(3))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = [
    ("dns.lookup", ["literal", "resolved"])
  ]

  static let mostAddresses = 4

  private struct Answer {
    var address: Address
    var records: Resolver.Records<String>
    var names: [String] { if case .found(let names) = records.outcome { names } else { [] } }
  }

  func run(in context: ProbeContext) async -> [Finding] {
    if let obstacle = context.loopbackObstacle { return [Finding("dns.reverse", unanswered: obstacle)] }
    let resolver = Resolver(chosenServer: context.request.nameServer)
    let addresses = Array(context.addresses.prefix(Self.mostAddresses))
    let answers = await withTaskGroup(of: (Int, Answer).self) { group in
      for (index, address) in addresses.enumerated() {
        group.addTask {
          (index, Answer(address: address, records: await resolver.names(of: address, by: context.deadline)))
        }
      }
      return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    return [finding(answers, context)]
  }

  private func finding(_ answers: [Answer], _ context: ProbeContext) -> Finding {
    let id: FindingID = "dns.reverse"
    let names = answers.flatMap(\.names)
    context.board[ReverseNames.self] = names
    var details: [Finding.Field] = [.init("names", .list(names.prefix(16).map { .text(SafeText.clean($0)) }))]
    details.append(
      .init(
        "addresses",
        .list(
          answers.map { answer in
            .table([
              .init("address", .text(answer.address.description)),
              .init("names", .list(answer.names.prefix(16).map { .text(SafeText.clean($0)) })),
            ])
          })))
    if let server = answers.lazy.compactMap(\.records.source).first {
      details.append(.init("server", .text(SafeText.clean(server))))
    }
    if let why = answers.lazy.compactMap(\.records.outcome.inconclusive).first {
      return Finding(id, unanswered: .inconclusive(why), details: details)
    }
    guard !names.isEmpty else {
      return Finding(
        id, .answered("none"),
        summary: answers.count == 1
          ? "DNS has no name for the address." : "DNS has no name for the addresses.",
        details: details)
    }
    let shown = SafeText.clean(names[0])
    let wanted = Self.namesToExpect(context)
    guard !wanted.isEmpty else {
      return Finding(
        id, .inconclusive(.notAsked("the host was typed by its address")),
        summary: "DNS calls the address \(shown).", details: details)
    }
    let odd = answers.first { answer in
      !answer.names.isEmpty
        && !answer.names.contains { name in wanted.contains { HostName.agrees($0, name) } }
    }
    guard let odd else {
      return Finding(
        id, .answered("agrees"), summary: "DNS calls the address \(shown), as typed.", details: details)
    }
    return Finding(
      id, .answered("differs"),
      summary:
        "DNS calls \(odd.address) \(SafeText.clean(odd.names[0])), which is not the name that was typed (\(SafeText.clean(wanted[0]))).",
      details: details)
  }

  /// The name as typed, as it was asked, and what it is an alias of; empty when the target was typed by address and no
  /// other name is expected.
  static func namesToExpect(_ context: ProbeContext) -> [String] {
    let typed = NTLMFindings.nameToCompare(context.target).map { [$0] } ?? []
    return typed + (context.board[ResolvedNames.self] ?? [])
  }
}
