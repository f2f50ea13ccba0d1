/// The client's settings for the session, after which the server goes on to licensing ([MS-RDPBCGR] 2.2.1.11 Client Info
/// PDU, 2.2.1.11.1.1 Info Packet), as data of the I/O channel:
///
///     0x0040 (2) | 0 (2) | code page (4) | flags (4) | lengths of five texts (5 × 2) | the texts, each with a NUL |
///     address family (2) | length (2) | address | length (2) | folder | time zone (172) | session (4) | flags (4) | 0 (2)
///
/// It has no room for a user, a domain or a password: what this type writes cannot sign anybody in.
public enum ClientInfo {
  /// INFO_MOUSE, INFO_DISABLECTRLALTDEL, INFO_UNICODE, INFO_MAXIMIZESHELL; above all not INFO_AUTOLOGON (0x8).
  static let flags: UInt32 = 0x0000_0033
  /// `SEC_INFO_PKT` ([MS-RDPBCGR] 2.2.8.1.1.2.1).
  static let securityFlag: UInt16 = 0x0040

  public static let encoded: [UInt8] = {
    var bytes: [UInt8] = []
    bytes.appendLE(securityFlag)
    bytes.appendLE(0 as UInt16)
    bytes.appendLE(0 as UInt32)
    bytes.appendLE(flags)
    // Domain, user, password, program and folder: all empty, with a NUL each that is not counted.
    bytes += [UInt8](repeating: 0, count: 5 * 2 + 5 * 2)
    // AF_INET, and two empty texts whose NUL is counted.
    for number in [2, 2, 0, 2, 0] as [UInt16] { bytes.appendLE(number) }
    // Universal time, any session, no performance flags, no cookie to reconnect.
    bytes += [UInt8](repeating: 0, count: 172 + 4 + 4 + 2)
    return bytes
  }()
}
