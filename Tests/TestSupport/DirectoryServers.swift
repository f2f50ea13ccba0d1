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

extension RealServer {
  // MARK: - OpenSSH

  public static let isSSHServerAvailable = Command.path(of: "sshd") != nil && geteuid() == 0

  /// Lets whoever has its own key in; see ``ssh(_:)``.
  public static func sshd() throws -> RealServer {
    let folder = try TemporaryFolder()
    let place = try SSHPlace(address: "127.0.0.1", port: LoopbackPort.free(), in: folder)
    let command = try Command("sshd", place.serverArguments, log: "\(folder.path)/output.log")
    return try RealServer(port: place.port, folder: folder, commands: [command])
  }

  /// The command line that runs another one, whose words hold no blanks, on a terminal of this server.
  public func ssh(_ arguments: [String]) -> [String] {
    SSHPlace(address: "127.0.0.1", port: port, folder: folder).ssh(arguments)
  }

  /// Where an SSH server listens that knows one key.
  public struct SSHPlace {
    let address: String
    let port: UInt16
    let folder: TemporaryFolder
    private var key: String { "\(folder.path)/key" }

    init(address: String, port: UInt16, folder: TemporaryFolder) {
      (self.address, self.port, self.folder) = (address, port, folder)
    }

    /// Makes the key.
    public init(address: String, port: UInt16, in folder: TemporaryFolder) throws {
      self.init(address: address, port: port, folder: folder)
      let made = try Command.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
      guard made.code == 0 else { throw Command.Failure(made.output) }
      mkdir("/run/sshd", 0o755)
    }

    /// For sshd(8), in the foreground.
    public var serverArguments: [String] {
      [
        "-D", "-e", "-f", "/dev/null", "-h", key, "-p", "\(port)", "-o", "ListenAddress=\(address)", "-o",
        "PidFile=none", "-o", "AuthorizedKeysFile=\(key).pub", "-o", "StrictModes=no",
      ]
    }

    /// The command line that runs another one, whose words hold no blanks, on a terminal of that server.
    public func ssh(_ arguments: [String]) -> [String] {
      [
        "ssh", "-tt", "-F", "/dev/null", "-i", key, "-p", "\(port)", "-o", "StrictHostKeyChecking=no", "-o",
        "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", address,
      ] + arguments
    }
  }

  // MARK: - Web console

  /// A web server whose certificate is made out to this subject, for example `/CN=idrac-1/O=Dell Inc.`.
  public static func webServer(subject: String) throws -> RealServer {
    let folder = try TemporaryFolder()
    let port = try LoopbackPort.free()
    let (key, certificate) = ("\(folder.path)/key.pem", "\(folder.path)/certificate.pem")
    let made = try Command.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj",
        subject, "-keyout", key, "-out", certificate,
      ])
    guard made.code == 0 else { throw Command.Failure(made.output) }
    let command = try Command(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate, "-key", key, "-www", "-quiet"],
      log: "\(folder.path)/output.log")
    return try RealServer(port: port, folder: folder, commands: [command])
  }
}
