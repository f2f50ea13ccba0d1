import Foundation
import TestSupport
import Testing

/// The program in a network namespace of its own, whose packet filter does what a firewall on the way would do.
@Suite(
  .serialized,
  .enabled(
    if: getuid() == 0 && Command.path(of: "unshare") != nil && Command.path(of: "nft") != nil
      && Command.path(of: "ip") != nil, "needs root, unshare, nft and ip"))
struct NamespaceTests {
  func outcome(of finding: String, rule: String?, arguments: String = "") throws -> String? {
    let filter =
      rule.map {
        """
        nft add table inet t
        nft add chain inet t in '{ type filter hook input priority 0; }'
        nft add rule inet t in tcp dport 3389 \($0)
        """
      } ?? ""
    let script = """
      set -e
      ip link set lo up
      \(filter)
      '\(BuiltProgram.path("rdptriage"))' probe 127.0.0.1 --json --only \(finding) \(arguments) || true
      """
    let result = try Command.run("unshare", ["-n", "sh", "-c", script])
    let json = (try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) as? [String: Any]
    let findings = try #require(json?["findings"] as? [[String: Any]], "\(result.output)")
    return findings.first { $0["id"] as? String == finding }?["outcome"] as? String
  }

  /// The resolver of this host is down: nothing was learnt about the target, and that is said.
  @Test(arguments: ["nameserver 127.0.0.1", "nameserver 192.0.2.53"])
  func aResolverThatIsDownIsTheFaultOfThisHost(settings: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(settings + "\noptions timeout:1 attempts:1\n", to: "resolv.conf")
    let script = """
      set -e
      ip link set lo up
      mount --bind '\(file)' /etc/resolv.conf
      code=0
      '\(BuiltProgram.path("rdptriage"))' probe srv01.corp.example --json 2>'\(folder.path)/errors' || code=$?
      echo "code=$code"
      """
    let result = try Command.run("unshare", ["-n", "-m", "sh", "-c", script])
    let parts = result.output.components(separatedBy: "code=")
    #expect(parts.last?.trimmingCharacters(in: .whitespacesAndNewlines) == "3", "\(result.output)")
    let json = (try? JSONSerialization.jsonObject(with: Data((parts.first ?? "").utf8))) as? [String: Any]
    let findings = try #require(json?["findings"] as? [[String: Any]], "\(result.output)")
    let lookup = try #require(findings.first { $0["id"] as? String == "dns.lookup" })
    #expect(lookup["status"] as? String == "inconclusive")
    #expect((lookup["reason"] as? String)?.isEmpty == false)
    #expect(!findings.contains { $0["outcome"] != nil && ($0["id"] as? String)?.hasPrefix("tcp.") == true })
  }

  @Test func aClosedPortIsRefused() throws {
    #expect(try outcome(of: "tcp.port", rule: nil) == "refused")
  }

  @Test func aDroppedPortIsSilent() throws {
    #expect(try outcome(of: "tcp.port", rule: "drop") == "silent")
  }

  @Test func aFirewallThatRejectsWithAResetLooksClosed() throws {
    #expect(try outcome(of: "tcp.port", rule: "reject with tcp reset") == "refused")
  }

  @Test func aFirewallThatSaysProhibitedIsUnreachable() throws {
    #expect(try outcome(of: "tcp.port", rule: "reject with icmpx type admin-prohibited") == "unreachable")
  }
}
