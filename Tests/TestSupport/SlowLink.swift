import Glibc

/// A link between two network namespaces on which every packet is under way for a while.
public enum SlowLink {
  public static let isAvailable = geteuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0

  /// Lines for sh(1) that make it, and wait until it stands.
  /// - Parameters:
  ///   - milliseconds: One way.
  ///   - from: A namespace and the name of the interface to make there, with a blank between them.
  public static func script(milliseconds: Int, from: String, to: String) -> String {
    """
    '\(BuiltProgram.path("slow-link"))' \(milliseconds) \(from) \(to) &
    until ip -n \(to.split(separator: " ").joined(separator: " link show ")) > /dev/null 2>&1; do sleep 0.02; done
    """
  }
}
