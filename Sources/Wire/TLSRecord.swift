/// The header of a TLS record, and what can be read of it before any key is known (RFC 8446 section 5.1).
///
///     type (1) | version (2, big-endian) | length (2, big-endian) | fragment
public struct TLSRecord: Hashable, Sendable {
  public var type: ContentType
  public var version: TLSVersion
  public var fragment: [UInt8]

  /// Open code space (RFC 8446 section 5.1).
  public struct ContentType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let changeCipherSpec = Self(rawValue: 20)
    public static let alert = Self(rawValue: 21)
    public static let handshake = Self(rawValue: 22)
    public static let applicationData = Self(rawValue: 23)
  }

  /// 2^14 bytes of content and what encryption may add (RFC 5246 section 6.2.3).
  public static let longestFragment = 16384 + 2048

  /// Reads the record at the front; what follows it is left alone.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let type = try reader.readUInt8("record type")
    guard (20...24).contains(type) else {
      throw .unexpected(field: "record type", at: 0, got: UInt64(type), want: "20 to 24")
    }
    let major = try reader.readUInt8("record version")
    guard major == 3 else {
      throw .unexpected(field: "record version", at: 1, got: UInt64(major), want: "3")
    }
    let minor = try reader.readUInt8("record version")
    let length = Int(try reader.readUInt16BE("record length"))
    guard length <= Self.longestFragment else {
      throw .unexpected(
        field: "record length", at: 3, got: UInt64(length), want: "\(Self.longestFragment) or less")
    }
    self.type = ContentType(rawValue: type)
    version = TLSVersion(rawValue: UInt16(major) << 8 | UInt16(minor))
    fragment = Array(try reader.readBytes(length, "record fragment"))
  }

  /// The alert in clear that this record is; nil when it is another record, or encrypted.
  public var alert: TLSAlert? {
    guard type == .alert, fragment.count == 2 else { return nil }
    return TLSAlert(level: fragment[0], description: .init(rawValue: fragment[1]))
  }

  /// The first message of a server's handshake (RFC 8446 section 4.1.3); nil when this record does not begin with one.
  public var serverHello: ServerHello? { try? ServerHello(fragment) }

  public struct ServerHello: Hashable, Sendable {
    /// From `supported_versions` where the server sends it (RFC 8446 section 4.2.1), else the legacy field.
    public var version: TLSVersion
    /// The number of the IANA registry.
    public var cipherSuite: UInt16

    init(_ fragment: [UInt8]) throws(DecodeError) {
      var reader = ByteReader(fragment)
      let type = try reader.readUInt8("handshake type")
      guard type == 2 else {
        throw .unexpected(field: "handshake type", at: 0, got: UInt64(type), want: "2")
      }
      let length = try reader.readUInt24BE("handshake length")
      var body = ByteReader(try reader.readBytes(Int(length), "ServerHello"))
      version = TLSVersion(rawValue: try body.readUInt16BE("version"))
      _ = try body.readBytes(32, "random")
      _ = try body.readBytes(Int(try body.readUInt8("session id length")), "session id")
      cipherSuite = try body.readUInt16BE("cipher suite")
      _ = try body.readUInt8("compression")
      guard body.remaining > 0 else { return }
      let extensionsLength = Int(try body.readUInt16BE("extensions length"))
      var extensions = ByteReader(try body.readBytes(extensionsLength, "extensions"))
      while extensions.remaining > 0 {
        let id = try extensions.readUInt16BE("extension type")
        let dataLength = Int(try extensions.readUInt16BE("extension length"))
        var data = ByteReader(try extensions.readBytes(dataLength, "extension"))
        if id == 43 { version = TLSVersion(rawValue: try data.readUInt16BE("selected version")) }
      }
    }
  }
}

/// A version of TLS as it goes over the wire.
public struct TLSVersion: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public static let ssl30 = Self(rawValue: 0x0300)
  public static let tls10 = Self(rawValue: 0x0301)
  public static let tls11 = Self(rawValue: 0x0302)
  public static let tls12 = Self(rawValue: 0x0303)
  public static let tls13 = Self(rawValue: 0x0304)

  public var description: String {
    switch self {
    case .ssl30: "SSL 3.0"
    case .tls10: "TLS 1.0"
    case .tls11: "TLS 1.1"
    case .tls12: "TLS 1.2"
    case .tls13: "TLS 1.3"
    default: "version 0x\(String(rawValue, radix: 16))"
    }
  }
}

/// What a TLS peer has to complain about (RFC 8446 section 6).
public struct TLSAlert: Hashable, Sendable, CustomStringConvertible {
  /// 1 warning, 2 fatal.
  public var level: UInt8
  public var what: Description

  public init(level: UInt8, description: Description) {
    self.level = level
    what = description
  }

  public var description: String {
    let levelText =
      switch level {
      case 1: "warning"
      case 2: "fatal"
      default: "level \(level)"
      }
    return "\(what.name) (\(levelText))"
  }

  /// Open code space; the names are those of RFC 8446 section 6 and, for older ones, RFC 5246 section 7.2.
  public struct Description: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let closeNotify = Self(rawValue: 0)
    public static let handshakeFailure = Self(rawValue: 40)
    public static let protocolVersion = Self(rawValue: 70)
    public static let internalError = Self(rawValue: 80)

    public var name: String { Self.names[rawValue] ?? "alert \(rawValue)" }

    private static let names: [UInt8: String] = [
      0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
      22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
      42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
      45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
      49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
      70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
      86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
      110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
      113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
      116: "certificate_required", 120: "no_application_protocol",
    ]
  }
}
