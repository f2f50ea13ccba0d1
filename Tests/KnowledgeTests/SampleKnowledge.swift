import Foundation
import Testing

@testable import KnowledgeFormat

/// A small knowledge directory without a problem: path to text. Tests change one thing and look at what is reported.
struct SampleKnowledge {
  var files: [String: String] = Self.sound

  /// Replaces the one place in a file where `old` stands.
  mutating func replace(
    _ old: String, with new: String, in path: String, at location: SourceLocation = #_sourceLocation
  ) {
    let parts = files[path]?.components(separatedBy: old) ?? []
    #expect(parts.count == 2, "“\(old)” must stand once in \(path)", sourceLocation: location)
    files[path] = parts.joined(separator: new)
  }

  func documents(origin: String? = nil) throws -> [KnowledgeDocument] {
    try files.sorted { $0.key < $1.key }.map { path, text in
      let parts = path.split(separator: "/")
      let kind = EntryKind(rawValue: parts.count > 1 ? String(parts[0]) : "exceptions")
      return KnowledgeDocument(
        kind: try #require(kind), id: String(try #require(parts.last).dropLast(5)), file: origin ?? path,
        root: try YAMLReader.read(text, file: path))
    }
  }

  func problems(ranking: Ranking = .diagnosis) throws -> [String] {
    try DecodedKnowledge(documents()).problems(ranking: ranking).map(\.description)
  }

  static let sound: [String: String] = [
    "causes/healthy.yaml": """
    title: Nothing is wrong
    shows: It works.
    group: none
    phase: session
    base-rate: 20
    base-rate-why: Some calls end by themselves.
    expects:
      tcp.port: { open: always }
    sources: [none]
    """,
    "causes/unknown.yaml": """
    title: None of the known causes
    shows: Anything.
    group: none
    phase: client
    base-rate: 20
    base-rate-why: What is left.
    sources: [none]
    """,
    "causes/service-off.yaml": """
    title: The service is off
    shows: The connection is refused.
    group: listener
    phase: tcp
    base-rate: 50
    base-rate-why: Common.
    codes:
      0x204: often
    expects:
      tcp.port: { refused: always }
      ask.who: { everybody: usually, one: never }
    fixes:
      start-service: always
    sources:
      - none
    """,
    "fixes/start-service.yaml": """
    title: Start the service
    owner: server admin
    where: server
    minutes: 3
    restart: none
    notices: nobody
    risk: low
    commands:
      - door: winrm
        shell: powershell
        text: Invoke-Command -ComputerName {host} -ScriptBlock { Start-Service TermService }
    expect: No message.
    weakens:
      reverse: Stop-Service TermService
      due-hours: 4
    undo: Stop-Service TermService
    proof: [tcp.port]
    policy:
      path: Computer Configuration > Windows Settings
      setting: System Services
      to: Automatic
      registry: { key: 'HKLM\\SYSTEM', name: Start, data: "2" }
      verdict: same value
    say: Please connect once more.
    sources: [none]
    """,
    "questions/who.yaml": """
    ask: Who is affected?
    say: Can you ask a colleague?
    how: Ask a second person.
    minutes: 1
    needs:
      tcp.port: [open, refused]
    choices:
      - { id: one, text: One person, base: often }
      - { id: everybody, text: Everybody, base: sometimes, states: { code.reported: 0x3/0x7 } }
    sources: [none]
    """,
    "findings/tcp.port.yaml": """
    title: TCP port
    layer: tcp
    outcomes:
      - { id: open, means: the port is open, base: usually, fine: true }
      - { id: refused, means: the port refuses, base: sometimes }
    """,
    "codes/errinfo-0x7.yaml": """
    symbol: ERRINFO_SERVER_DENIED_CONNECTION
    value: 0x7
    family: errinfo
    meaning: The service refused.
    said-by: server
    proves: [name, tcp]
    confused-with: [0x3/0x9, errinfo-0x9]
    source: "[MS-RDPBCGR] 2.2.5.1.1"
    """,
    "codes/errinfo-0x9.yaml": """
    symbol: ERRINFO_SERVER_INSUFFICIENT_PRIVILEGES
    value: 9
    family: errinfo
    meaning: The user may not sign in.
    said-by: server
    source: none
    """,
    "codes/disconnect-0x204.yaml": """
    symbol: disconnectReasonSocketConnectFailed
    value: 0x204
    family: disconnect
    meaning: No connection.
    said-by: client
    source: none
    """,
    "codes/disconnect-0x3.yaml": """
    symbol: disconnectReasonByServer
    value: 0x3
    family: disconnect
    meaning: The server ended it.
    said-by: client
    source: none
    """,
    "codes/event-schannel-36870.yaml": """
    symbol: Schannel 36870
    value: 36870
    family: event
    provider: Schannel
    log: System
    meaning: The key cannot be read.
    said-by: server
    same-as: 0x204
    source: none
    """,
    "codes/pair-any-0x11.yaml": """
    pair: "*/0x11"
    meaning: No licence.
    source: none
    """,
    "cases/service-off.yaml": """
    first: service-off
    findings:
      tcp.port: refused
      code.reported: 0x204
    """,
    "cases/healthy.yaml": """
    first: healthy
    layers: fine
    findings: {}
    failed: []
    """,
  ]
}
