/// What all NTLM messages have in common ([MS-NLMP] 2.2.1).
///
///     "NTLMSSP\0" (8) | message type (4, little-endian)
public enum NTLM {
  public static let signature: [UInt8] = Array("NTLMSSP".utf8) + [0]

  public static func isMessage(_ bytes: [UInt8]) -> Bool { bytes.starts(with: signature) }

  /// True for an AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3), the message that makes an attempt to sign in out of a
  /// greeting. This module can recognise it, so that test servers can count it, and cannot write it.
  public static func isAuthenticate(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: signature + [3, 0, 0, 0])
  }

  /// Optional behaviour ([MS-NLMP] 2.2.2.5 NEGOTIATE).
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `NTLMSSP_NEGOTIATE_UNICODE`.
    public static let unicode = Self(rawValue: 0x0000_0001)
    /// `NTLM_NEGOTIATE_OEM`.
    public static let oem = Self(rawValue: 0x0000_0002)
    /// `NTLMSSP_REQUEST_TARGET`.
    public static let requestTarget = Self(rawValue: 0x0000_0004)
    /// `NTLMSSP_NEGOTIATE_SIGN`.
    public static let sign = Self(rawValue: 0x0000_0010)
    /// `NTLMSSP_NEGOTIATE_SEAL`.
    public static let seal = Self(rawValue: 0x0000_0020)
    /// `NTLMSSP_NEGOTIATE_NTLM`.
    public static let ntlm = Self(rawValue: 0x0000_0200)
    /// `NTLMSSP_NEGOTIATE_ALWAYS_SIGN`.
    public static let alwaysSign = Self(rawValue: 0x0000_8000)
    /// `NTLMSSP_TARGET_TYPE_DOMAIN`: the target name is that of a domain.
    public static let targetIsDomain = Self(rawValue: 0x0001_0000)
    /// `NTLMSSP_TARGET_TYPE_SERVER`: the target name is that of a host outside a domain.
    public static let targetIsServer = Self(rawValue: 0x0002_0000)
    /// `NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY`.
    public static let extendedSessionSecurity = Self(rawValue: 0x0008_0000)
    /// `NTLMSSP_NEGOTIATE_TARGET_INFO`.
    public static let targetInfo = Self(rawValue: 0x0080_0000)
    /// `NTLMSSP_NEGOTIATE_VERSION`.
    public static let version = Self(rawValue: 0x0200_0000)
    /// `NTLMSSP_NEGOTIATE_128`.
    public static let key128 = Self(rawValue: 0x2000_0000)
    /// `NTLMSSP_NEGOTIATE_KEY_EXCH`.
    public static let keyExchange = Self(rawValue: 0x4000_0000)
    /// `NTLMSSP_NEGOTIATE_56`.
    public static let key56 = Self(rawValue: 0x8000_0000)
  }

  /// Reads the signature and demands the type.
  static func readHeader(_ reader: inout ByteReader, type wanted: UInt32) throws(DecodeError) {
    for (index, byte) in signature.enumerated() {
      let got = try reader.readUInt8("NTLM signature")
      guard got == byte else {
        throw .unexpected(
          field: "NTLM signature", at: index, got: UInt64(got), want: "0x\(String(byte, radix: 16))")
      }
    }
    let type = try reader.readUInt32LE("NTLM message type")
    guard type == wanted else {
      throw .unexpected(field: "NTLM message type", at: 8, got: UInt64(type), want: "\(wanted)")
    }
  }
}

/// The first NTLM message, from the client: it asks for a challenge and says nothing of a user
/// ([MS-NLMP] 2.2.1.1 NEGOTIATE_MESSAGE).
///
///     "NTLMSSP\0" | 1 (4) | flags (4) | domain name fields (8) | workstation fields (8) | version (8)
public struct NegotiateMessage: Hashable, Sendable {
  public var flags: NTLM.Flags

  /// What a Windows client asks for in CredSSP.
  public init(
    flags: NTLM.Flags = [
      .unicode, .oem, .requestTarget, .sign, .seal, .ntlm, .alwaysSign, .extendedSessionSecurity, .version,
      .key128, .keyExchange, .key56,
    ]
  ) {
    self.flags = flags
  }

  /// Reads the flags; the optional names are passed over.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    try NTLM.readHeader(&reader, type: 1)
    flags = NTLM.Flags(rawValue: try reader.readUInt32LE("NTLM flags"))
  }

  public func encode() -> [UInt8] {
    var bytes = NTLM.signature
    bytes.appendLE(1 as UInt32)
    bytes.appendLE(flags.rawValue)
    for _ in 0..<2 {
      // Length, maximum length and offset of a name that is not sent.
      bytes += [0, 0, 0, 0]
      bytes.appendLE(40 as UInt32)
    }
    return bytes + WindowsBuild(major: 10, minor: 0, build: 0).encode()
  }
}
