import Glibc

extension RealServer {
  // MARK: - dnsmasq

  public static let isDNSMasqAvailable = Command.path(of: "dnsmasq") != nil

  /// A DNS server that knows what these options of dnsmasq(8) tell it, and nothing else.
  public static func dnsmasq(_ records: [String]) throws -> RealServer {
    let folder = try TemporaryFolder()
    let port = try LoopbackPort.free()
    let command = try Command(
      "dnsmasq",
      [
        "--keep-in-foreground", "--no-hosts", "--no-resolv", "--no-poll", "--conf-file=/dev/null",
        "--pid-file=", "--log-facility=-", "--user=root", "--bind-interfaces",
        "--listen-address=127.0.0.1", "--port=\(port)",
      ] + records, log: "\(folder.path)/output.log")
    return try RealServer(port: port, folder: folder, commands: [command])
  }
}
