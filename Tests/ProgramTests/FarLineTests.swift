import Foundation
import TestSupport
import Testing

/// The wizard over SSH on a line whose packets take 150 ms each way.
@Suite(
  .serialized,
  .enabled(
    if: EmulatedTerminal.isAvailable && RealServer.isSSHServerAvailable && SlowLink.isAvailable
      && ["unshare", "ip", "ss"].allSatisfy { Command.path(of: $0) != nil },
    "needs root, tmux, sshd, unshare, ip and /dev/net/tun"))
struct FarLineTests {
  /// The wizard's screens, one for each burst of keys, which are typed without a look at the screen.
  private func screens(milliseconds: Int) throws -> [String] {
    let folder = try TemporaryFolder()
    let place = try RealServer.SSHPlace(address: "198.51.100.2", port: 22, in: folder)
    let program = [
      "env", "LC_ALL=C.UTF-8", BuiltProgram.path("rdptriage"), "127.0.0.1", "--code", "0x204", "--data",
      folder.path,
    ]
    let script = try folder.write(
      """
      set -e
      mkdir -p /run/netns
      mount -t tmpfs none /run/netns
      for name in c s; do ip netns add $name; ip -n $name link set lo up; done
      \(SlowLink.script(milliseconds: milliseconds, from: "c c0", to: "s s0"))
      ip -n c address add 198.51.100.1/24 dev c0
      ip -n s address add 198.51.100.2/24 dev s0
      ip netns exec s \(Command.path(of: "sshd") ?? "sshd") \(place.serverArguments.joined(separator: " ")) 2> /dev/null &
      until ip netns exec s ss -Hltn 'sport = :22' | grep -q .; do sleep 0.05; done
      ip netns exec c \(place.ssh(program).joined(separator: " "))
      """, to: "script.sh")
    let terminal = try EmulatedTerminal(
      ["unshare", "-n", "-m", "-p", "-f", "--kill-child", "--mount-proc", "sh", script])
    var screens: [String] = []
    /// What stays the same from run to run.
    func keep(_ what: String, _ isDone: (String) -> Bool) throws {
      let screen = try terminal.waitUntil(what, isDone)
      screens.append(screen.replacing(/\ *(\d+|<1) ms|\d{4}-\d\d-\d\d\S*|\d\d:\d\d/, with: "…"))
    }
    try keep("the end of the probes") {
      $0.contains("Leading") && $0.contains(" done") && !$0.contains(/of \d+ probes/)
    }
    try terminal.press("Down", "Down", "Down", "Up", "Enter")
    try keep("what follows") { !$0.contains("Since when does it fail") && $0.contains(/Question|Step/) }
    try terminal.press("p", "Down", "Down", "Escape", "w", "Down", "Escape", "h")
    try keep("what happened") { $0.contains("What happened, in order") }
    try terminal.press("Escape", "q")
    try terminal.waitFor("[ended 0]")
    return screens
  }

  @Test func keysTypedAheadDoTheSameOnAFarLine() throws {
    let near = try screens(milliseconds: 0)
    let far = try screens(milliseconds: 150)
    #expect(far.count == near.count)
    for (near, far) in zip(near, far) { #expect(far == near) }
    #expect(far.last?.contains("Since the host was restarted") == true)
  }
}
