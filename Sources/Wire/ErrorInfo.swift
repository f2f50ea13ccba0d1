/// Why a server ends a session ([MS-RDPBCGR] 2.2.5.1.1 `errorInfo`). An open code space: numbers that have no name here
/// are kept.
public struct ErrorInfo: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `ERRINFO_NONE`: no error; sent in the middle of a sign-in that goes on.
  public static let none = Self(rawValue: 0)
  /// `ERRINFO_SERVER_DENIED_CONNECTION`.
  public static let serverDeniedConnection = Self(rawValue: 0x7)

  /// `ERRINFO_LICENSE_…`.
  public var isAboutLicensing: Bool { (0x100...0x10A).contains(rawValue) }
  /// Somebody ended the session, at its own keyboard or with an administrator's tool: no refusal.
  public var isLeaving: Bool { [0x1, 0x2, 0xB, 0xC].contains(rawValue) }
  /// The server found fault with a message of the client's: it says nothing about the server.
  public var isAboutTheProtocol: Bool { (0x10C9...0x11FF).contains(rawValue) }

  /// The name in the specification; nil where it has none, and for the codes about the protocol.
  public var name: String? { Self.names[rawValue].map { "ERRINFO_\($0)" } }

  public var description: String { name ?? "error info 0x\(String(rawValue, radix: 16))" }

  private static let names: [UInt32: String] = [
    0x0: "NONE", 0x1: "RPC_INITIATED_DISCONNECT", 0x2: "RPC_INITIATED_LOGOFF", 0x3: "IDLE_TIMEOUT",
    0x4: "LOGON_TIMEOUT", 0x5: "DISCONNECTED_BY_OTHERCONNECTION", 0x6: "OUT_OF_MEMORY",
    0x7: "SERVER_DENIED_CONNECTION", 0x9: "SERVER_INSUFFICIENT_PRIVILEGES",
    0xA: "SERVER_FRESH_CREDENTIALS_REQUIRED", 0xB: "RPC_INITIATED_DISCONNECT_BYUSER",
    0xC: "LOGOFF_BY_USER", 0xF: "CLOSE_STACK_ON_DRIVER_NOT_READY", 0x10: "SERVER_DWM_CRASH",
    0x11: "CLOSE_STACK_ON_DRIVER_FAILURE", 0x12: "CLOSE_STACK_ON_DRIVER_IFACE_FAILURE",
    0x17: "SERVER_WINLOGON_CRASH", 0x18: "SERVER_CSRSS_CRASH", 0x19: "SERVER_SHUTDOWN",
    0x1A: "SERVER_REBOOT", 0x100: "LICENSE_INTERNAL", 0x101: "LICENSE_NO_LICENSE_SERVER",
    0x102: "LICENSE_NO_LICENSE", 0x103: "LICENSE_BAD_CLIENT_MSG",
    0x104: "LICENSE_HWID_DOESNT_MATCH_LICENSE", 0x105: "LICENSE_BAD_CLIENT_LICENSE",
    0x106: "LICENSE_CANT_FINISH_PROTOCOL", 0x107: "LICENSE_CLIENT_ENDED_PROTOCOL",
    0x108: "LICENSE_BAD_CLIENT_ENCRYPTION", 0x109: "LICENSE_CANT_UPGRADE_LICENSE",
    0x10A: "LICENSE_NO_REMOTE_CONNECTIONS", 0x400: "CB_DESTINATION_NOT_FOUND",
    0x402: "CB_LOADING_DESTINATION", 0x404: "CB_REDIRECTING_TO_DESTINATION",
    0x405: "CB_SESSION_ONLINE_VM_WAKE", 0x406: "CB_SESSION_ONLINE_VM_BOOT",
    0x407: "CB_SESSION_ONLINE_VM_NO_DNS", 0x408: "CB_DESTINATION_POOL_NOT_FREE",
    0x409: "CB_CONNECTION_CANCELLED", 0x410: "CB_CONNECTION_ERROR_INVALID_SETTINGS",
    0x411: "CB_SESSION_ONLINE_VM_BOOT_TIMEOUT", 0x412: "CB_SESSION_ONLINE_VM_SESSMON_FAILED",
  ]
}
