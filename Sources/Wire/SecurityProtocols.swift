/// The ways of securing a connection that a client offers and a server selects
/// ([MS-RDPBCGR] 2.2.1.1.1 `requestedProtocols`, 2.2.1.2.1 `selectedProtocol`).
///
/// The empty set is RDP's own security, `PROTOCOL_RDP`.
public struct SecurityProtocols: OptionSet, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `PROTOCOL_RDP`: RDP's own encryption, without TLS.
  public static let rdp: Self = []
  /// `PROTOCOL_SSL`: TLS.
  public static let tls = Self(rawValue: 0x01)
  /// `PROTOCOL_HYBRID`: TLS, then CredSSP (Network Level Authentication).
  public static let hybrid = Self(rawValue: 0x02)
  /// `PROTOCOL_RDSTLS`.
  public static let rdsTLS = Self(rawValue: 0x04)
  /// `PROTOCOL_HYBRID_EX`: as `hybrid`, then the Early User Authorization Result.
  public static let hybridEx = Self(rawValue: 0x08)
  /// `PROTOCOL_RDSAAD`: sign-in with Microsoft Entra ID.
  public static let entraID = Self(rawValue: 0x10)

  /// The names of the specification, joined by `|`; unknown bits as a number.
  public var description: String {
    NamedBits.text(
      rawValue, empty: "PROTOCOL_RDP",
      names: [
        (0x01, "PROTOCOL_SSL"), (0x02, "PROTOCOL_HYBRID"), (0x04, "PROTOCOL_RDSTLS"),
        (0x08, "PROTOCOL_HYBRID_EX"), (0x10, "PROTOCOL_RDSAAD"),
      ])
  }
}

/// What the server supports ([MS-RDPBCGR] 2.2.1.2.1, `flags`). A hint: that a flag is set does not prove that the mode is
/// allowed.
public struct NegotiationResponseFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `EXTENDED_CLIENT_DATA_SUPPORTED`.
  public static let extendedClientData = Self(rawValue: 0x01)
  /// `DYNVC_GFX_PROTOCOL_SUPPORTED`.
  public static let graphicsPipeline = Self(rawValue: 0x02)
  /// `NEGRSP_FLAG_RESERVED`.
  public static let reserved = Self(rawValue: 0x04)
  /// `RESTRICTED_ADMIN_MODE_SUPPORTED`.
  public static let restrictedAdmin = Self(rawValue: 0x08)
  /// `REDIRECTED_AUTHENTICATION_MODE_SUPPORTED`: Remote Credential Guard.
  public static let redirectedAuthentication = Self(rawValue: 0x10)

  /// The names of the specification, in the order of the bits.
  public var names: [String] {
    NamedBits.list(
      UInt32(rawValue),
      names: [
        (0x01, "EXTENDED_CLIENT_DATA_SUPPORTED"), (0x02, "DYNVC_GFX_PROTOCOL_SUPPORTED"),
        (0x04, "NEGRSP_FLAG_RESERVED"), (0x08, "RESTRICTED_ADMIN_MODE_SUPPORTED"),
        (0x10, "REDIRECTED_AUTHENTICATION_MODE_SUPPORTED"),
      ])
  }

  public var description: String { names.isEmpty ? "none" : names.joined(separator: "|") }
}

/// Modes that the client insists on ([MS-RDPBCGR] 2.2.1.1.1, `flags`).
public struct NegotiationRequestFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `RESTRICTED_ADMIN_MODE_REQUIRED`.
  public static let restrictedAdmin = Self(rawValue: 0x01)
  /// `REDIRECTED_AUTHENTICATION_MODE_REQUIRED`.
  public static let redirectedAuthentication = Self(rawValue: 0x02)
  /// `CORRELATION_INFO_PRESENT`.
  public static let correlationInfo = Self(rawValue: 0x08)
}

/// Why the server refuses what was offered ([MS-RDPBCGR] 2.2.1.2.2, `failureCode`). An open code space: numbers that the
/// specification does not name are kept.
public struct NegotiationFailure: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `SSL_REQUIRED_BY_SERVER`.
  public static let tlsRequired = Self(rawValue: 1)
  /// `SSL_NOT_ALLOWED_BY_SERVER`.
  public static let tlsNotAllowed = Self(rawValue: 2)
  /// `SSL_CERT_NOT_ON_SERVER`.
  public static let noCertificate = Self(rawValue: 3)
  /// `INCONSISTENT_FLAGS`.
  public static let inconsistentFlags = Self(rawValue: 4)
  /// `HYBRID_REQUIRED_BY_SERVER`.
  public static let hybridRequired = Self(rawValue: 5)
  /// `SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER`.
  public static let clientCertificateRequired = Self(rawValue: 6)

  /// The name in the specification; nil for a number that it does not name.
  public var name: String? {
    switch self {
    case .tlsRequired: "SSL_REQUIRED_BY_SERVER"
    case .tlsNotAllowed: "SSL_NOT_ALLOWED_BY_SERVER"
    case .noCertificate: "SSL_CERT_NOT_ON_SERVER"
    case .inconsistentFlags: "INCONSISTENT_FLAGS"
    case .hybridRequired: "HYBRID_REQUIRED_BY_SERVER"
    case .clientCertificateRequired: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"
    default: nil
    }
  }

  public var description: String { name ?? "failure code 0x\(String(rawValue, radix: 16))" }
}

enum NamedBits {
  static func list(_ value: UInt32, names: [(bit: UInt32, name: String)]) -> [String] {
    var list: [String] = []
    var rest = value
    for (bit, name) in names where value & bit != 0 {
      list.append(name)
      rest &= ~bit
    }
    if rest != 0 { list.append("0x\(String(rest, radix: 16))") }
    return list
  }

  static func text(_ value: UInt32, empty: String, names: [(bit: UInt32, name: String)]) -> String {
    value == 0 ? empty : list(value, names: names).joined(separator: "|")
  }
}
