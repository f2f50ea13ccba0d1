/// Why CredSSP failed: an NTSTATUS ([MS-ERREF] 2.3) or a SECURITY_STATUS ([MS-ERREF] 2.1). Open code space.
public struct SecurityStatus: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `SEC_E_UNSUPPORTED_FUNCTION`: among others, the host refuses NTLM.
  public static let unsupportedFunction = Self(rawValue: 0x8009_0302)
  /// `STATUS_NOT_SUPPORTED`: the version of CredSSP is not one that the host takes.
  public static let notSupported = Self(rawValue: 0xC000_00BB)
  /// `STATUS_NTLM_BLOCKED`.
  public static let ntlmBlocked = Self(rawValue: 0xC000_0418)

  /// The name in the specification; nil for a number that is not known here.
  public var name: String? { Self.names[rawValue] }

  /// The number, with its name where it has one.
  public var description: String {
    let digits = String(rawValue, radix: 16, uppercase: true)
    let number = "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    return name.map { "\(number) \($0)" } ?? number
  }

  private static let names: [UInt32: String] = [
    0xC000_0022: "STATUS_ACCESS_DENIED",
    0xC000_005E: "STATUS_NO_LOGON_SERVERS",
    0xC000_0064: "STATUS_NO_SUCH_USER",
    0xC000_006A: "STATUS_WRONG_PASSWORD",
    0xC000_006C: "STATUS_PASSWORD_RESTRICTION",
    0xC000_006D: "STATUS_LOGON_FAILURE",
    0xC000_006E: "STATUS_ACCOUNT_RESTRICTION",
    0xC000_006F: "STATUS_INVALID_LOGON_HOURS",
    0xC000_0070: "STATUS_INVALID_WORKSTATION",
    0xC000_0071: "STATUS_PASSWORD_EXPIRED",
    0xC000_0072: "STATUS_ACCOUNT_DISABLED",
    0xC000_00BB: "STATUS_NOT_SUPPORTED",
    0xC000_00DC: "STATUS_INVALID_SERVER_STATE",
    0xC000_0133: "STATUS_TIME_DIFFERENCE_AT_DC",
    0xC000_015B: "STATUS_LOGON_TYPE_NOT_GRANTED",
    0xC000_018B: "STATUS_NO_TRUST_SAM_ACCOUNT",
    0xC000_018C: "STATUS_TRUSTED_DOMAIN_FAILURE",
    0xC000_018D: "STATUS_TRUSTED_RELATIONSHIP_FAILURE",
    0xC000_0192: "STATUS_NETLOGON_NOT_STARTED",
    0xC000_0193: "STATUS_ACCOUNT_EXPIRED",
    0xC000_0224: "STATUS_PASSWORD_MUST_CHANGE",
    0xC000_0234: "STATUS_ACCOUNT_LOCKED_OUT",
    0xC000_035B: "STATUS_BAD_BINDINGS",
    0xC000_0388: "STATUS_DOWNGRADE_DETECTED",
    0xC000_0413: "STATUS_AUTHENTICATION_FIREWALL_FAILED",
    0xC000_0418: "STATUS_NTLM_BLOCKED",
    0x8009_0300: "SEC_E_INSUFFICIENT_MEMORY",
    0x8009_0301: "SEC_E_INVALID_HANDLE",
    0x8009_0302: "SEC_E_UNSUPPORTED_FUNCTION",
    0x8009_0303: "SEC_E_TARGET_UNKNOWN",
    0x8009_0304: "SEC_E_INTERNAL_ERROR",
    0x8009_0305: "SEC_E_SECPKG_NOT_FOUND",
    0x8009_0308: "SEC_E_INVALID_TOKEN",
    0x8009_030C: "SEC_E_LOGON_DENIED",
    0x8009_030D: "SEC_E_UNKNOWN_CREDENTIALS",
    0x8009_030E: "SEC_E_NO_CREDENTIALS",
    0x8009_030F: "SEC_E_MESSAGE_ALTERED",
    0x8009_0311: "SEC_E_NO_AUTHENTICATING_AUTHORITY",
    0x8009_0322: "SEC_E_WRONG_PRINCIPAL",
    0x8009_0324: "SEC_E_TIME_SKEW",
    0x8009_0346: "SEC_E_BAD_BINDINGS",
    0x8009_0350: "SEC_E_DOWNGRADE_DETECTED",
  ]
}
