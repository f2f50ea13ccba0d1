import Foundation
import Practice
import Testing

/// What a host calls itself, in everything that the program prints.
@Suite struct HostileTextTests {
  private let commands = HeadlessTests()
  private static let hostile = "x\u{1B}]0;owned\u{7}\u{202E}\u{200F}\u{85}y"

  @Test(arguments: [["probe"], ["probe", "--json"], ["diagnose"], ["diagnose", "--json"]])
  func nothingPrintedPaintsOrTurnsText(command: [String]) throws {
    let text = Self.hostile
    let host = try ScriptedHost.start(
      .init(
        tls: .init(certificate: .made(.init(commonName: text, alternativeNames: []))),
        credssp: .challenge(
          .init(
            netBIOSComputer: text, netBIOSDomain: text, dnsComputer: text,
            dnsDomain: text + String(repeating: "w", count: 3000), dnsTree: text))))
    defer { host.stop() }
    let result = try commands.run(command + ["127.0.0.1:\(host.port)", "--name", "srv01.example.test"])
    #expect(result.output.contains("x·]0;owned"), "\(result.output)")
    for printed in [result.output, result.errors] {
      let odd = printed.unicodeScalars.first {
        $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.properties.isBidiControl)
      }
      #expect(odd == nil, "\(command): \(printed.debugDescription)")
      // Two names of the longest kind, and a sentence around them.
      #expect(printed.split(separator: "\n").allSatisfy { $0.count < 1500 })
    }
    if command.contains("--json") { #expect(!result.json.isEmpty) }
  }
}
