import Glibc

/// Network namespaces that a script of sh(1) makes for itself; nothing links them to this machine's own interfaces.
public enum Namespaces {
  /// What unshare(1) is told to run a script on its own: with its first process everything ends that it started.
  public static func unshared(_ script: String) -> [String] {
    ["-n", "-m", "-p", "-f", "--kill-child", "--mount-proc", "sh", script]
  }

  /// Lines that begin such a script: it ends at the first failure, and has namespaces of these names.
  public static func script(_ names: String) -> String {
    """
    set -e
    mkdir -p /run/netns
    mount -t tmpfs none /run/netns
    for name in \(names); do ip netns add $name; ip -n $name link set lo up; done
    """
  }

  public static let areAvailable =
    geteuid() == 0 && ["unshare", "ip", "ss"].allSatisfy { Command.path(of: $0) != nil }

  // MARK: - A slow link

  public static let canLinkSlowly = areAvailable && access("/dev/net/tun", R_OK | W_OK) == 0

  /// Lines that join two namespaces by a link on which every packet is under way for a while, and wait until it stands.
  /// - Parameters:
  ///   - milliseconds: One way.
  ///   - from: A namespace and the name of the interface to make there, with a blank between them.
  public static func slowLink(milliseconds: Int, from: String, to: String) -> String {
    """
    '\(BuiltProgram.path("slow-link"))' \(milliseconds) \(from) \(to) &
    until ip -n \(to.split(separator: " ").joined(separator: " link show ")) > /dev/null 2>&1; do sleep 0.02; done
    """
  }
}
