import Foundation
import TestSupport
import Testing

/// The wizard over SSH on a line whose packets take 150 ms each way.
@Suite(
  .serialized,
  .enabled(
    if: EmulatedTerminal.isAvailable && RealServer.isSSHServerAvailable && Namespaces.canLinkSlowly,
    "needs root, tmux, sshd, unshare, ip and /dev/net/tun"))
struct FarLineTests {
  /// The wizard on a terminal of its own, at the other end of a line.
  private func wizard(milliseconds: Int, in folder: TemporaryFolder) throws -> EmulatedTerminal {
    let place = try RealServer.SSHPlace(address: "198.51.100.2", port: 22, in: folder)
    let program = [
      "env", "LC_ALL=C.UTF-8", BuiltProgram.path("rdptriage"), "127.0.0.1", "--code", "0x204", "--data",
      folder.path,
    ]
    let script = try folder.write(
      """
      \(Namespaces.script("c s"))
      \(Namespaces.slowLink(milliseconds: milliseconds, from: "c c0", to: "s s0"))
      ip -n c address add 198.51.100.1/24 dev c0
      ip -n s address add 198.51.100.2/24 dev s0
      ip netns exec s \(Command.path(of: "sshd") ?? "sshd") \(place.serverArguments.joined(separator: " ")) 2> /dev/null &
      until ip netns exec s ss -Hltn 'sport = :22' | grep -q .; do sleep 0.05; done
      ip netns exec c \(place.ssh(program).joined(separator: " "))
      """, to: "script.sh")
    return try EmulatedTerminal(["unshare"] + Namespaces.unshared(script))
  }

  /// What stays the same from run to run: not how long the probes took, nor in which order they ended.
  private func lasting(_ screen: String) -> [String] {
    screen.split(separator: "\n").map { line in
      String(line.split(separator: "│", omittingEmptySubsequences: false).first ?? "")
        .replacing(/\d{4}-\d\d-\d\d\S*|\d\d:\d\d/, with: "…")
    }.sorted()
  }

  @Test func keysTypedAheadDoTheSameOnAFarLine() throws {
    let folders = try (TemporaryFolder(), TemporaryFolder())
    defer { withExtendedLifetime(folders) {} }
    let near = try wizard(milliseconds: 0, in: folders.0)
    let far = try wizard(milliseconds: 150, in: folders.1)
    func bothShow(_ what: String, _ isThere: (String) -> Bool) throws {
      try far.waitUntil("\(what) as on the near line", within: .seconds(30)) {
        try isThere($0) && lasting($0) == lasting(near.screen())
      }
    }
    /// Without a look at the screen.
    func typeAhead(_ keys: String...) throws {
      for key in keys {
        try near.press(key)
        try far.press(key)
      }
    }
    try bothShow("the end of the probes") {
      $0.contains(/Leading|Likely|Not known yet/) && $0.contains(" done") && !$0.contains(/of \d+ probes/)
    }
    let first = try lasting(near.screen())
    try typeAhead("Down", "Up", "Enter")
    try bothShow("what follows") { lasting($0) != first && $0.contains(/Question|Step/) }
    try typeAhead("p", "Down", "Down", "Escape", "w", "Down", "Escape", "h")
    try bothShow("what happened") {
      $0.contains("What happened, in order")
    }
    try typeAhead("Escape", "q")
    for end in [near, far] { try end.waitFor("[ended 0]") }
  }
}
