import Facts
import Practice
import Probing
import TestSupport
import Testing

/// One whole run against a port of 127.0.0.1.
///
/// - Returns: every finding, by its id; each id that the selected probes state occurs.
func look(
  at port: UInt16, only: Set<FindingID>? = nil, name: String? = nil, trusting trustFile: String? = nil,
  within limit: Duration = .seconds(10), connections: Int = ProbeRequest.usualConnectionLimit,
  location: SourceLocation = #_sourceLocation
) async -> [FindingID: Finding] {
  var target = Target(host: .ipv4("127.0.0.1"), port: port)
  target.certificateName = name
  return await look(
    ProbeRequest(
      target: target, only: only, timeLimit: limit, trustFile: trustFile, connectionLimit: connections),
    location: location)
}

/// One whole run.
func look(
  _ request: ProbeRequest, location: SourceLocation = #_sourceLocation
) async -> [FindingID: Finding] {
  var findings: [FindingID: Finding] = [:]
  var hasEnded = false
  for await event in ProbeRunner().run(request) {
    switch event {
    case .started: break
    case .finished(_, let found, _): for finding in found { findings[finding.id] = finding }
    case .ended: hasEnded = true
    }
  }
  #expect(hasEnded, sourceLocation: location)
  return findings
}

/// Demands these outcomes. `nil` stands for a finding that must not apply.
func expect(
  _ findings: [FindingID: Finding], _ wanted: [FindingID: OutcomeID?],
  location: SourceLocation = #_sourceLocation
) {
  for (id, outcome) in wanted.sorted(by: { $0.key < $1.key }) {
    let status = findings[id]?.status
    if let outcome {
      #expect(
        status == .answered(outcome), "\(id): \(findings[id]?.summary ?? "no finding")",
        sourceLocation: location)
    } else if case .notApplicable? = status {
    } else {
      Issue.record("\(id) should not apply, but: \(String(describing: status))", sourceLocation: location)
    }
  }
}

extension Finding {
  /// All texts among the details, however deep.
  var detailTexts: [String] {
    func texts(_ detail: Detail) -> [String] {
      switch detail {
      case .text(let text): [text]
      case .list(let details): details.flatMap(texts)
      case .table(let fields): fields.flatMap { texts($0.value) }
      case .integer(let number): [String(number)]
      case .number, .flag: []
      }
    }
    return details.flatMap { texts($0.value) }
  }
}

/// What every look at a host must keep to, whatever the host is.
func expectGoodManners(of host: ScriptedHost, location: SourceLocation = #_sourceLocation) {
  #expect(host.waitUntilIdle(), "a connection was left open", sourceLocation: location)
  let counters = host.counters
  #expect(counters.authenticateMessages == 0, sourceLocation: location)
  #expect(counters.connections <= 4, sourceLocation: location)
  #expect(counters.mostAtOnce <= 1, sourceLocation: location)
}
