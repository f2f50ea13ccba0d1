import Facts
import Practice

@testable import Probing

/// One run of the probes that this host's RDP port answers, from the name up.
enum RDPPortRun {
  static let probes: [any Probe.Type] = [
    DNSLookupProbe.self, TCPPortProbe.self, NegotiationProbe.self, TLSHandshakeProbe.self, CredSSPProbe.self,
    SecurityOffersProbe.self,
  ]

  static func findings(
    _ target: Target, only: Set<FindingID>? = nil, timeLimit: Duration = .seconds(10)
  ) async -> [FindingID: Finding] {
    let request = ProbeRequest(target: target, only: only, timeLimit: timeLimit)
    var findings: [FindingID: Finding] = [:]
    for await event in ProbeRunner(probes: probes).run(request) {
      guard case .finished(_, let found, _) = event else { continue }
      for finding in found { findings[finding.id] = finding }
    }
    return findings
  }

  /// A run against a host that behaves like this, and what the host has counted.
  static func findings(
    behaviour: HostBehaviour, only: Set<FindingID>? = nil, timeLimit: Duration = .seconds(10)
  ) async throws -> (findings: [FindingID: Finding], counters: ScriptedHost.Counters) {
    let host = try ScriptedHost.start(behaviour)
    defer { host.stop() }
    let found = await findings(host.target, only: only, timeLimit: timeLimit)
    _ = host.waitUntilIdle()
    return (found, host.counters)
  }
}

extension Finding {
  subscript(_ name: String) -> Detail? { details.first { $0.name == name }?.value }
}
