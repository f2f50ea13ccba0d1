/// A table of numbers that Remote Desktop and Windows use. The same number means something else in each.
public enum CodeFamily: String, Sendable, CaseIterable, Codable {
  /// First number of mstsc's dialog (Win32 `IMsTscAxEvents::OnDisconnected`).
  case disconnect
  /// Second number of mstsc's dialog (Win32 `ExtendedDisconnectReasonCode`).
  case extended
  /// Set Error Info PDU, [MS-RDPBCGR] 2.2.5.1.1.
  case errinfo
  /// Status Info PDU, [MS-RDPBCGR] 2.2.5.2: progress, no error.
  case status
  /// RDP Negotiation Failure, [MS-RDPBCGR] 2.2.1.2.2.
  case negotiation
  /// Early User Authorization Result, [MS-RDPBCGR] 2.2.10.2.
  case authorization
  /// RDSTLS Authentication Response, [MS-RDPBCGR] 2.2.17.4.
  case rdstls
  /// NTSTATUS and SECURITY_STATUS as CredSSP and the Security log report them.
  case ntstatus
  /// Logon Errors Info, [MS-RDPBCGR] 2.2.10.1.1.4.1.1 (Win32 `IMsTscAxEvents::OnLogonError`).
  case logon
  /// Windows event ids, each with its provider.
  case event
  /// Error code of a KRB-ERROR, RFC 4120 section 7.5.9.
  case kerberos
  case gateway, licensing, avd, freerdp
}
