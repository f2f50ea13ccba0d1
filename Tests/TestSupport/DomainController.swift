import Glibc

/// A domain controller of Samba for the domain CORP.TEST on the usual ports of a loopback address of its own, for as long
/// as a test needs it: Kerberos, LDAP, SMB and RPC.
public final class DomainController: Sendable {
  /// Dotted decimal, in 127.0.0.0/8.
  public let address: String
  private let command: Command
  private let folder: TemporaryFolder

  public static let isAvailable =
    geteuid() == 0
    && ["samba", "samba-tool", "smbd"].allSatisfy { Command.path(of: $0) != nil }
    && access("/usr/share/samba/setup/provision.ldif", R_OK) == 0

  /// - Parameter clock: By how much its Kerberos is ahead, as libfaketime has it, for example `+10m`.
  public init(clock: String? = nil) throws {
    folder = try TemporaryFolder()
    // Tests of several processes at once must not meet.
    let process = getpid()
    address = "127.\(64 + process >> 16 & 63).\(process >> 8 & 255).\(max(2, process & 255))"
    let options = [
      "interfaces=\(address)/8", "bind interfaces only=yes", "dns forwarder=", "log file=\(folder.path)/log",
      "ncalrpc dir=\(folder.path)/ncalrpc", "pid directory=\(folder.path)",
      "winbindd socket directory=\(folder.path)/winbindd",
    ].map { "--option=\($0)" }
    let made = try Command.run(
      "samba-tool",
      [
        "domain", "provision", "--realm=CORP.TEST", "--domain=CORP", "--server-role=dc", "--dns-backend=NONE",
        "--adminpass=Adm1nPass!", "--targetdir=\(folder.path)", "--host-name=dc1", "--host-ip=\(address)",
        "--configfile=/dev/null",
      ] + options)
    guard made.code == 0 else { throw Command.Failure(made.output) }
    var environment: [String: String] = [:]
    if let clock {
      guard let library = Self.faketime else { throw Command.Failure("libfaketime is not installed") }
      environment = ["FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "LD_PRELOAD": library]
    }
    command = try Command(
      "samba",
      [
        "--foreground", "--no-process-group", "--configfile=\(folder.path)/etc/smb.conf",
        "--option=server services=s3fs, rpc, ldap, kdc",
      ], environment: environment, log: "\(folder.path)/output.log")
    let (address, command) = (address, command)
    var hasEnded = false
    let isListening = TestSupport.poll(within: .seconds(30)) {
      hasEnded = command.wait(within: .zero) != nil
      return hasEnded
        || [88, 135, 389, 445].allSatisfy { LoopbackPort.isListening($0, on: address) }
    }
    guard isListening, !hasEnded else {
      stop()
      let log = try? Command.run("cat", ["\(folder.path)/output.log"]).output
      throw Command.Failure("samba did not start: \(log ?? "")")
    }
  }

  /// Ends it and all that it started. May be called twice.
  public func stop() { command.stop() }

  static let faketime: String? = {
    let triplets: [String] = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
    return triplets.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }.first { access($0, R_OK) == 0 }
  }()

  public static let canMoveClock = isAvailable && faketime != nil

  /// Options of dnsmasq(8) that list it as the domain's only controller.
  public var records: [String] {
    [
      "--host-record=dc1.corp.test,\(address)", "--local=/test/",
      "--srv-host=_ldap._tcp.dc._msdcs.corp.test,dc1.corp.test,389",
      "--srv-host=_kerberos._tcp.corp.test,dc1.corp.test,88",
      "--srv-host=_gc._tcp.corp.test,dc1.corp.test,3268",
    ]
  }
}
