import Glibc

/// A server program that somebody else wrote, on a free port of 127.0.0.1, for as long as a test needs it.
public final class RealServer: Sendable {
  public let port: UInt16
  let folder: TemporaryFolder
  /// Stopped last to first.
  private let commands: [Command]

  init(port: UInt16, folder: TemporaryFolder, commands: [Command]) throws {
    self.port = port
    self.folder = folder
    self.commands = commands
    let limit = Duration.seconds(15)
    var hasEnded = false
    let isListening = TestSupport.poll(within: limit) {
      hasEnded = commands.contains { $0.wait(within: .zero) != nil }
      return hasEnded || LoopbackPort.isListening(port)
    }
    guard isListening, !hasEnded else {
      stop()
      let log = try? Command.run("cat", ["\(folder.path)/output.log"]).output
      throw Command.Failure(
        "\(hasEnded ? "a program ended" : "nothing listens on \(port) after \(limit)"): \(log ?? "")")
    }
  }

  /// Ends the program and all it started. May be called twice.
  public func stop() {
    for command in commands.reversed() { command.stop() }
  }

  // MARK: - xrdp

  public static let isXRDPAvailable = Command.path(of: "xrdp") != nil && geteuid() == 0

  public enum XRDPMode: Sendable {
    /// RDP's own security or TLS, as the client asks.
    case negotiate
    /// RDP's own security only, at this `crypt_level`.
    case legacy(level: String)
    /// TLS only, in these versions, for example `TLSv1.3`, and with these cipher suites before TLS 1.3 (openssl-ciphers(1)).
    case tls(String, ciphers: String = "ALL:@SECLEVEL=0")
  }

  /// xrdp: a server without Network Level Authentication.
  public static func xrdp(
    _ mode: XRDPMode, certificate: TestCertificates.Files
  ) throws -> RealServer {
    let folder = try TemporaryFolder()
    let port = try LoopbackPort.free()
    let settings = try xrdpSettings(
      mode, certificate: certificate, place: "tcp://127.0.0.1:\(port)", in: folder)
    let command = try Command(
      "xrdp", ["-n", "-c", settings],
      environment: ["OPENSSL_CONF": try anyVersionSettings(in: folder)], log: "\(folder.path)/output.log")
    return try RealServer(port: port, folder: folder, commands: [command])
  }

  /// The file of settings for `xrdp -n -c`.
  /// - Parameter place: Where it listens, for example `tcp://127.0.0.1:3389`.
  public static func xrdpSettings(
    _ mode: XRDPMode, certificate: TestCertificates.Files, place: String, in folder: TemporaryFolder
  ) throws -> String {
    let everyCipher = "ALL:@SECLEVEL=0"
    let (layer, level, versions, ciphers) =
      switch mode {
      case .negotiate: ("negotiate", "high", "TLSv1.2,TLSv1.3", everyCipher)
      case .legacy(let level): ("rdp", level, "TLSv1.2,TLSv1.3", everyCipher)
      case .tls(let versions, let ciphers): ("tls", "high", versions, ciphers)
      }
    mkdir("/run/xrdp", 0o755)
    mkdir("/run/xrdp/sockdir", 0o3777)
    return try folder.write(
      """
      [Globals]
      ini_version=1
      fork=true
      port=\(place)
      tcp_nodelay=true
      security_layer=\(layer)
      crypt_level=\(level)
      certificate=\(certificate.chain)
      key_file=\(certificate.key)
      ssl_protocols=\(versions)
      tls_ciphers=\(ciphers)
      max_bpp=32
      [Logging]
      LogFile=\(folder.path)/xrdp.log
      LogLevel=INFO
      EnableSyslog=false
      [Channels]
      cliprdr=true
      [Xorg]
      name=Xorg
      lib=libxup.so
      username=ask
      password=ask
      ip=127.0.0.1
      port=-1
      code=20

      """, to: "xrdp.ini")
  }

  /// Settings that do not forbid old versions and short keys.
  private static func anyVersionSettings(in folder: TemporaryFolder) throws -> String {
    try folder.write(
      """
      openssl_conf=start
      [start]
      ssl_conf=tls
      [tls]
      system_default=any
      [any]
      MinProtocol=None
      CipherString=ALL:@SECLEVEL=0

      """, to: "openssl.cnf")
  }

  // MARK: - FreeRDP

  public static let isFreeRDPShadowAvailable =
    ["freerdp-shadow-cli", "Xvfb", "winpr-hash"].allSatisfy { Command.path(of: $0) != nil }

  /// FreeRDP's shadow server on a display of its own; with Network Level Authentication it knows one user, `alice`.
  public static func freerdpShadow(nla: Bool, certificate: TestCertificates.Files) throws -> RealServer {
    let folder = try TemporaryFolder()
    let port = try LoopbackPort.free()
    let certificates = try folder.makeFolder("freerdp/shadow")
    for (file, name) in [(certificate.chain, "shadow.crt"), (certificate.key, "shadow.key")] {
      let copied = try Command.run("cp", [file, "\(certificates)/\(name)"])
      guard copied.code == 0 else { throw Command.Failure(copied.output) }
    }
    let hash = try Command.run("winpr-hash", ["-u", "alice", "-p", "correct horse", "-f", "sam"])
    let accounts = try folder.write(hash.output, to: "SAM")
    // Without -noreset the display starts anew whenever its last client leaves, and the shadow server comes twice.
    let display = try Command(
      "Xvfb", ["-displayfd", "1", "-screen", "0", "640x480x24", "-noreset", "-nolisten", "tcp"])
    // Its messages come on the same pipe: the number has a line of its own.
    func number(in text: String) -> Int? {
      text.hasSuffix("\n") ? text.split(separator: "\n").compactMap { Int($0) }.first : nil
    }
    let text = display.readOutput(until: { number(in: $0) != nil }, within: .seconds(15))
    guard let screen = number(in: text) else {
      display.stop()
      throw Command.Failure("Xvfb did not start: \(text)")
    }
    let security = nla ? ["/sec:nla", "+auth", "/sam-file:\(accounts)"] : ["/sec:tls", "-auth"]
    do {
      let shadow = try Command(
        "freerdp-shadow-cli", ["/port:\(port)", "/bind-address:127.0.0.1"] + security,
        environment: ["DISPLAY": ":\(screen)", "HOME": folder.path, "XDG_CONFIG_HOME": folder.path],
        log: "\(folder.path)/output.log")
      return try RealServer(port: port, folder: folder, commands: [display, shadow])
    } catch {
      display.stop()
      throw error
    }
  }

  // MARK: - OpenSSL

  public static let isOpenSSLServerAvailable = Command.path(of: "openssl") != nil

  /// `openssl s_server`: TLS from the first byte, so no RDP; what it answers is a web page with its state.
  public static func opensslServer(certificate: TestCertificates.Files, options: [String] = []) throws
    -> RealServer
  {
    let folder = try TemporaryFolder()
    let port = try LoopbackPort.free()
    let command = try Command(
      "openssl",
      [
        "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate.leaf, "-key", certificate.key,
        "-www",
        "-quiet",
      ] + (certificate.intermediates.map { ["-cert_chain", $0] } ?? []) + options,
      environment: ["OPENSSL_CONF": try anyVersionSettings(in: folder)],
      log: "\(folder.path)/output.log")
    return try RealServer(port: port, folder: folder, commands: [command])
  }
}
