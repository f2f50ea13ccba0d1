/// Tells whether a client's message tries to sign in: the one thing that a look at a host must never do.
enum SignInEvidence {
  /// True for an NTLM AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3), a Kerberos AP-REQ (RFC 4121 section 4.1), and a TSRequest
  /// with `authInfo` or `pubKeyAuth`.
  ///
  /// The bytes are searched as well as decoded: a message that is framed in a way that this host cannot read must not
  /// escape it.
  static func isAuthenticate(_ message: [UInt8]) -> Bool {
    if contains(message, NTLM.signature + [3, 0, 0, 0]) || contains(message, kerberosRequest) { return true }
    guard message.first == 0x30, let request = try? TSRequest(message) else { return false }
    return request.authInfo != nil || request.pubKeyAuth != nil
  }

  /// A Client Info PDU ([MS-RDPBCGR] 2.2.1.11) that is not encrypted, if the message is one.
  struct ClientInfo {
    var namesSomebody: Bool

    init?(_ message: [UInt8]) {
      // TPKT, X.224 data, MCS Send Data Request: 7 + 6 bytes, then a length of one or two bytes.
      guard message.count > 16, message[0] == 3, message[4] == 2, message[5] == 0xF0, message[7] == 0x64
      else { return nil }
      let start = 13 + (message[13] & 0x80 != 0 ? 2 : 1)
      let body = message.dropFirst(start)
      // Basic security header: SEC_INFO_PKT without SEC_ENCRYPT; then TS_INFO_PACKET.
      let flags = Self.word(body, 0)
      guard body.count >= 4 + 18, flags & 0x0040 != 0 else { return nil }
      guard flags & 0x0008 == 0 else {
        // Nobody but the server's key can look inside; one must expect the worst.
        namesSomebody = true
        return
      }
      let autoLogon = Self.word(body, 8) & 0x0008 != 0
      namesSomebody = autoLogon || Self.word(body, 14) != 0 || Self.word(body, 16) != 0
    }

    private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt16 {
      let rest = bytes.dropFirst(offset).prefix(2)
      return rest.reversed().reduce(0) { $0 << 8 | UInt16($1) }
    }
  }

  /// The Kerberos mechanism's OID in DER, and the token id of AP-REQ.
  private static let kerberosRequest: [UInt8] =
    [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00]

  private static func contains(_ bytes: [UInt8], _ pattern: [UInt8]) -> Bool {
    guard bytes.count >= pattern.count else { return false }
    return (0...(bytes.count - pattern.count)).contains { bytes[$0...].starts(with: pattern) }
  }
}
