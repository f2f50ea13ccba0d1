import COpenSSL
import Glibc
import Synchronization

/// The certificate that a host presents.
public enum ServerCertificate: Hashable, Sendable {
  /// Made when the host starts.
  case made(CertificateSpecification)
  /// PEM files: the leaf first, then what else the host sends; and the key.
  case files(chain: String, key: String)
}

/// What a certificate made at run time says.
public struct CertificateSpecification: Hashable, Sendable {
  public var commonName: String
  /// In the words of x509v3_config(5): `DNS:srv01.example.com`, `IP:127.0.0.1`. Empty: no such extension, as in the
  /// certificates that Windows makes.
  public var alternativeNames: [String]
  /// From now; negative: in the past.
  public var validFrom: Duration
  public var validUntil: Duration
  public var key: Key
  /// As OpenSSL calls it, for example `sha256` or `sha1`.
  public var digest: String
  /// As in x509v3_config(5); nil: no such extension.
  public var keyUsage: String?
  public var extendedKeyUsage: String?
  /// nil: self-signed. Else the common name of an authority made for the purpose, whose certificate is not sent.
  public var issuer: String?

  public enum Key: Hashable, Sendable {
    case rsa(bits: Int)
    /// For example `P-256`.
    case ellipticCurve(String)
  }

  /// The certificate of Windows with names for loopback added: usable for the two kinds of encipherment only, half a
  /// year, RSA 2048.
  public init(
    commonName: String = "practice",
    alternativeNames: [String] = ["DNS:practice", "DNS:localhost", "IP:127.0.0.1", "IP:::1"],
    validFrom: Duration = .days(-30), validUntil: Duration = .days(153), key: Key = .rsa(bits: 2048),
    digest: String = "sha256", keyUsage: String? = "keyEncipherment,dataEncipherment",
    extendedKeyUsage: String? = "serverAuth", issuer: String? = nil
  ) {
    self.commonName = commonName
    self.alternativeNames = alternativeNames
    self.validFrom = validFrom
    self.validUntil = validUntil
    self.key = key
    self.digest = digest
    self.keyUsage = keyUsage
    self.extendedKeyUsage = extendedKeyUsage
    self.issuer = issuer
  }
}

extension Duration {
  public static func days(_ days: Int) -> Duration { .seconds(days * 86400) }
}

/// A certificate with its private key. Owns both.
final class KeyPair: @unchecked Sendable {
  let certificate: OpaquePointer
  let key: OpaquePointer

  init(_ specification: CertificateSpecification) throws(PracticeError) {
    let key = try Self.makeKey(specification.key)
    guard let certificate = X509_new() else {
      EVP_PKEY_free(key)
      throw .openSSL("make a certificate")
    }
    self.certificate = certificate
    self.key = key
    // From here on `deinit` frees both, also when this throws.
    try fill(specification)
  }

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  private func fill(_ specification: CertificateSpecification) throws(PracticeError) {
    guard let digest = EVP_get_digestbyname(specification.digest) else {
      throw PracticeError("there is no digest called \(specification.digest)")
    }
    var done = X509_set_version(certificate, 2) == 1
    var serial = [UInt8](repeating: 0, count: 16)
    done = done && RAND_bytes(&serial, 16) == 1
    serial[0] = serial[0] & 0x7F | 0x40
    let number = BN_bin2bn(serial, 16, nil)
    done = done && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    BN_free(number)

    var now = time(nil)
    let from = X509_time_adj_ex(
      X509_getm_notBefore(certificate), 0, Int(specification.validFrom.components.seconds), &now)
    let until = X509_time_adj_ex(
      X509_getm_notAfter(certificate), 0, Int(specification.validUntil.components.seconds), &now)
    done = done && from != nil && until != nil
    done = done && Self.setName(X509_get_subject_name(certificate), specification.commonName)
    let issuerName = specification.issuer ?? specification.commonName
    done = done && Self.setName(X509_get_issuer_name(certificate), issuerName)
    done = done && X509_set_pubkey(certificate, key) == 1
    guard done else { throw .openSSL("fill in a certificate") }

    var extensions: [(Int32, String)] = []
    if let usage = specification.keyUsage { extensions.append((NID_key_usage, usage)) }
    if let usage = specification.extendedKeyUsage { extensions.append((NID_ext_key_usage, usage)) }
    if !specification.alternativeNames.isEmpty {
      extensions.append((NID_subject_alt_name, specification.alternativeNames.joined(separator: ",")))
    }
    for (id, value) in extensions where server_add_extension(certificate, certificate, id, value) != 1 {
      throw .openSSL("write “\(value)” into a certificate")
    }

    var signer = key
    if specification.issuer != nil { signer = try Self.makeKey(.rsa(bits: 2048), purpose: "authority") }
    defer { if specification.issuer != nil { EVP_PKEY_free(signer) } }
    guard X509_sign(certificate, signer, digest) > 0 else { throw .openSSL("sign a certificate") }
  }

  private static func setName(_ name: OpaquePointer?, _ text: String) -> Bool {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, Array(text.utf8), Int32(text.utf8.count), -1, 0)
      == 1
  }

  private struct CacheKey: Hashable {
    var kind: CertificateSpecification.Key
    var purpose: String
  }
  private struct CachedKey: @unchecked Sendable { var key: OpaquePointer }
  /// Making a key takes longer than all else here; hosts of one process share one of each kind.
  private static let keys = Mutex<[CacheKey: CachedKey]>([:])

  /// - Returns: a key that the caller must free.
  private static func makeKey(
    _ kind: CertificateSpecification.Key, purpose: String = "host"
  ) throws(PracticeError) -> OpaquePointer {
    let name = CacheKey(kind: kind, purpose: purpose)
    let found = keys.withLock { keys -> CachedKey? in
      if keys[name] == nil {
        let made =
          switch kind {
          case .rsa(let bits): server_make_rsa_key(UInt32(clamping: bits))
          case .ellipticCurve(let curve): server_make_ec_key(curve)
          }
        if let made { keys[name] = CachedKey(key: made) }
      }
      if let cached = keys[name] { EVP_PKEY_up_ref(cached.key) }
      return keys[name]
    }
    guard let found else { throw .openSSL("make a key") }
    return found.key
  }
}

/// Why a host cannot be started.
public struct PracticeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One lower-case clause without a full stop.
  public let description: String
  init(_ description: String) { self.description = description }

  static func openSSL(_ attempt: String) -> Self {
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(ERR_get_error(), &text, text.count)
    let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return .init("cannot \(attempt): \(reason)")
  }

  static func system(_ attempt: String) -> Self {
    let number = errno
    return .init("cannot \(attempt): \(String(cString: strerror(number))) (errno \(number))")
  }
}
