import Foundation
import Practice
import TestSupport
import Testing

/// Files and pasted output on the command line.
@Suite struct HandoverTests {
  private let commands = HeadlessTests()

  /// A file in a folder of its own, which goes with the value.
  private final class Paper {
    let path: String
    init(_ name: String, _ bytes: [UInt8]) throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "handover-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      path = folder.appending(path: name).path
      try Data(bytes).write(to: URL(filePath: path))
    }
    convenience init(_ name: String, _ text: String) throws { try self.init(name, Array(text.utf8)) }
    deinit { try? FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent()) }
  }

  @Test func pastedOutputAnswersItsQuestionOnce() throws {
    let paper = try Paper(
      "logon.txt", "New user logins are DISABLED, but reconnections to existing sessions are ENABLED.\n")
    let result = try commands.run(
      "diagnose", "192.0.2.7", "--no-probes", "--code", "0x3/0x7", "--paste", paper.path, "--json")
    #expect(result.code == 1)
    #expect(commands.outcomes(result)["paste.logon-query"] == "drain")
    #expect(commands.outcomes(result)["ask.logon-query"] == "drain")
    let findings = try #require(result.json["findings"] as? [[String: Any]])
    #expect(findings.filter { $0["source"] as? String == "file" }.count == 2)
    let first = try #require((result.json["causes"] as? [[String: Any]])?.first)
    #expect(first["id"] as? String == "ses-drain")
    let reasons = try #require(first["because"] as? [[String: Any]])
    #expect(!reasons.contains { $0["finding"] as? String == "paste.logon-query" })
    #expect(reasons.contains { $0["finding"] as? String == "ask.logon-query" })
  }

  @Test func aConnectionFileGivesTargetPortAndGateway() throws {
    let text =
      "full address:s:192.0.2.7\nserver port:i:3390\ngatewayhostname:s:gw.example\ngatewayusagemethod:i:1\n"
    let paper = try Paper("farm.rdp", [0xFF, 0xFE] + Array(text.data(using: .utf16LittleEndian) ?? Data()))
    let result = try commands.run("diagnose", "--rdp-file", paper.path, "--no-probes", "--json")
    let target = try #require(result.json["target"] as? [String: Any])
    #expect(target["name"] as? String == "192.0.2.7")
    #expect(target["port"] as? Int == 3390)
    #expect(target["gateway"] as? String == "gw.example")
    #expect(commands.outcomes(result)["file.gateway"] == "always")
    let typed = try commands.run(
      "diagnose", "192.0.2.9", "--gateway", "other.example", "--rdp-file", paper.path, "--no-probes", "--json"
    )
    let own = try #require(typed.json["target"] as? [String: Any])
    #expect(own["name"] as? String == "192.0.2.9")
    #expect(own["gateway"] as? String == "other.example")
  }

  @Test func theCollectionOfAConnectionFileGoesWithTheRequest() throws {
    let host = try ScriptedHost.start(.healthy)
    defer { host.stop() }
    let paper = try Paper(
      "farm.rdp",
      "full address:s:127.0.0.1\nserver port:i:\(host.port)\nloadbalanceinfo:s:tsv://MS Terminal Services Plugin.1.Farm\n"
    )
    let result = try commands.run("probe", "--rdp-file", paper.path, "--only", "rdp.routing", "--json")
    #expect(commands.outcomes(result)["rdp.routing"] == "accepted")
    #expect(host.waitUntilIdle())
    #expect(host.counters.requestLines == ["tsv://MS Terminal Services Plugin.1.Farm"])
  }

  @Test func whatIsMissingUnreadableOrTooLargeIsSaid() throws {
    func diagnose(_ option: String, _ path: String) throws -> HeadlessTests.Result {
      try commands.run("diagnose", "192.0.2.7", "--no-probes", option, path)
    }
    #expect(try diagnose("--paste", "/nowhere/at-all.txt").code == 66)
    #expect(try diagnose("--paste", "/tmp").code == 66)
    let mail = try Paper("mail.txt", "Hello, nothing works today.")
    let prose = try diagnose("--paste", mail.path)
    #expect(prose.code == 65)
    #expect(prose.errors.contains("mail.txt"))
    #expect(prose.errors.contains("qwinsta"))
    #expect(try diagnose("--rdp-file", mail.path).code == 65)
    let core = try Paper("core", [UInt8](repeating: 0, count: 64) + [1, 2])
    #expect(try diagnose("--paste", core.path).code == 65)
    let long = try Paper("large.txt", [UInt8](repeating: 0x61, count: 9 << 20))
    let large = try diagnose("--paste", long.path)
    #expect(large.code == 65)
    #expect(large.errors.contains("MB"))
    let log = try Paper("bad.evtx", "ElfFile\0 and no more")
    #expect(try diagnose("--paste", log.path).code == 65)
  }

  @Test func withoutAnyTargetTheWayOutIsSaid() throws {
    let result = try commands.run("diagnose", "--no-probes")
    #expect(result.code == 64)
    let paper = try Paper("none.rdp", "screen mode id:i:2\n")
    let file = try commands.run("diagnose", "--rdp-file", paper.path, "--no-probes")
    #expect(file.code == 64)
    #expect(file.errors.contains("type the target"))
    #expect(try commands.run("diagnose", "h", "--no-probes", "--paste", "-", "--paste", "-").code == 64)
  }

  @Test func probeTakesAConnectionFileToo() throws {
    let port = try commands.freePort()
    let paper = try Paper("here.rdp", "full address:s:127.0.0.1\nserver port:i:\(port)\n")
    let result = try commands.run("probe", "--rdp-file", paper.path, "--only", "tcp.port", "--json")
    #expect(commands.outcomes(result)["tcp.port"] == "refused")
    #expect(commands.outcomes(result)["file.address"] == "loopback")
  }
}
