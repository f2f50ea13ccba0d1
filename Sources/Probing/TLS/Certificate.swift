import COpenSSL
import Dispatch
public import Facts

/// What a certificate says (RFC 5280), read by OpenSSL.
public struct CertificateFacts: Hashable, Sendable {
  /// In the order of RFC 2253, for example `CN=srv01,DC=corp,DC=example`. Free of control characters.
  public var subject: String
  public var issuer: String
  public var commonNames: [String]
  /// The subject's alternative names (section 4.2.1.6).
  public var dnsNames: [String]
  public var addresses: [Address]
  /// nil where the date cannot be read.
  public var validFrom: Timestamp?
  public var validTo: Timestamp?
  /// For example `RSA` or `EC`.
  public var keyType: String
  public var keyBits: Int
  /// For example `RSA-SHA256`.
  public var signature: String
  /// For example `SHA256`; nil where the signature has no separate digest, as Ed25519.
  public var signatureDigest: String?
  /// By the names of section 4.2.1.3, for example `keyEncipherment`; nil when the certificate does not limit it.
  public var keyUsage: [String]?
  /// As dotted numbers, section 4.2.1.12; nil when the certificate does not limit it.
  public var extendedKeyUsage: [String]?
  /// Its own key made its signature.
  public var isSelfSigned: Bool
  public var isAuthority: Bool
  /// Where the issuer's certificate can be had (section 4.2.2.1).
  public var issuerLocations: [String]
  /// Where revocation can be asked for (section 4.2.2.1, RFC 6960); never asked by rdptriage.
  public var revocationResponders: [String]
  /// Where lists of what was revoked can be had (section 4.2.1.13).
  public var revocationLists: [String]
}

/// Whether a chain leads to something that this host trusts.
public enum ChainVerdict: Hashable, Sendable {
  case trusted
  case selfSigned
  /// The issuer of the host's certificate was not sent, and this host does not know it.
  case missingIntermediate
  case unknownRoot
  case invalid(reason: String)

  /// As an outcome of `certificate.trust`.
  var word: String {
    switch self {
    case .trusted: "trusted"
    case .selfSigned: "self-signed"
    case .missingIntermediate: "missing-intermediate"
    case .unknownRoot: "unknown-root"
    case .invalid: "invalid"
    }
  }
}

/// The certificates that a host sent. The first is its own.
public final class CertificateChain: @unchecked Sendable {
  // Read only once made; OpenSSL guards what it caches inside.
  private let certificates: [OpaquePointer]
  public let facts: [CertificateFacts]
  public var leaf: CertificateFacts { facts[0] }

  /// nil when there is none, or when one of them is no certificate.
  public init?(der chain: [[UInt8]]) {
    var parsed: [OpaquePointer] = []
    for der in chain {
      let certificate = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
        var start = buffer.baseAddress
        return d2i_X509(nil, &start, buffer.count)
      }
      guard let certificate else {
        parsed.forEach { X509_free($0) }
        return nil
      }
      parsed.append(certificate)
    }
    guard !parsed.isEmpty else { return nil }
    certificates = parsed
    facts = parsed.map { CertificateFacts($0) }
  }

  deinit { certificates.forEach { X509_free($0) } }

  /// Whether the host's certificate is meant for this name, as mstsc compares it: alternative names first, the
  /// common name only without them (RFC 6125 section 6.4.4).
  public func isFor(name: String) -> Bool {
    let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
    let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
    return X509_check_host(certificates[0], bare, bare.utf8.count, flags, nil) == 1
  }

  public func isFor(address: Address) -> Bool {
    X509_check_ip(certificates[0], address.bytes, address.bytes.count, 0) == 1
      || leaf.commonNames.contains { Address($0) == address }
  }

  public enum VerifyError: Error, Hashable, Sendable {
    case trustFileUnreadable(path: String)
    case noMemory
  }

  /// Looks for a way from the host's certificate to one that this host trusts.
  ///
  /// The dates of the host's own certificate, its names and its usage have findings of their own and are not looked
  /// at; those of its issuers' certificates are. Reads files: not for the main queue.
  /// - Parameters:
  ///   - trustFile: PEM certificates to trust besides the host's own store.
  ///   - usesHostStore: False to trust those of the file alone.
  public func verify(trustFile: String?, usesHostStore: Bool = true, at now: Timestamp) throws(VerifyError)
    -> ChainVerdict
  {
    guard let store = X509_STORE_new() else { throw .noMemory }
    defer { X509_STORE_free(store) }
    if usesHostStore { X509_STORE_set_default_paths(store) }
    if let trustFile, X509_STORE_load_file(store, trustFile) != 1 {
      ERR_clear_error()
      throw .trustFileUnreadable(path: trustFile)
    }
    defer { ERR_clear_error() }
    if let subject = badlySigned {
      return .invalid(reason: SafeText.clean("the signature of \(subject) does not verify", limit: 300))
    }
    let first = try check(store, at: nil)
    guard first.error == X509_V_OK else { return verdict(first, hasTrustFile: trustFile != nil) }
    let dated = try check(store, at: now)
    if dated.error != X509_V_OK && dated.depth > 0 { return .invalid(reason: dated.reason) }
    return .trusted
  }

  /// The subject of the first certificate that names one of those sent as its issuer and is signed by none of them. What OpenSSL finds
  /// first where no root is known is that, and a forged signature would pass for an unknown authority.
  private var badlySigned: String? {
    for (index, certificate) in certificates.enumerated() {
      let results = certificates.filter {
        X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name($0)) == 0
      }.map { issuer in X509_get0_pubkey(issuer).map { X509_verify(certificate, $0) } ?? -1 }
      // Below 0: an algorithm that OpenSSL does not know.
      if !results.isEmpty, results.allSatisfy({ $0 == 0 }) { return facts[index].subject }
    }
    return nil
  }

  /// Stores are files.
  private static let queue = DispatchQueue(label: "rdptriage.trust-store", qos: .userInitiated)

  /// As ``verify(trustFile:usesHostStore:at:)``, on a queue of its own.
  func verdict(
    trustFile: String?, usesHostStore: Bool = true, at now: Timestamp
  ) async -> Result<ChainVerdict, VerifyError> {
    await withCheckedContinuation { continuation in
      Self.queue.async {
        continuation.resume(
          returning: Result { () throws(VerifyError) in
            try self.verify(trustFile: trustFile, usesHostStore: usesHostStore, at: now)
          })
      }
    }
  }

  private struct Check {
    var error: Int32
    var depth: Int
    var reason: String
    /// Certificates in the chain that was built.
    var length: Int
  }

  private func check(_ store: OpaquePointer, at now: Timestamp?) throws(VerifyError) -> Check {
    guard let context = X509_STORE_CTX_new() else { throw .noMemory }
    defer { X509_STORE_CTX_free(context) }
    guard let untrusted = copenssl_certificates_new() else { throw .noMemory }
    defer { copenssl_certificates_free(untrusted) }
    for certificate in certificates.dropFirst() { _ = copenssl_certificates_push(untrusted, certificate) }
    guard X509_STORE_CTX_init(context, store, certificates[0], untrusted) == 1,
      let parameters = X509_STORE_CTX_get0_param(context)
    else { throw .noMemory }
    X509_VERIFY_PARAM_set_auth_level(parameters, 0)
    // Whoever puts a certificate into the store trusts it, even one that is not self-signed.
    X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    if let now {
      X509_VERIFY_PARAM_set_time(parameters, time_t(now.seconds))
    } else {
      X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_NO_CHECK_TIME))
    }
    let isGood = X509_verify_cert(context) == 1
    let error = X509_STORE_CTX_get_error(context)
    let reason = X509_verify_cert_error_string(Int(error)).map { String(cString: $0) } ?? "error \(error)"
    return Check(
      error: isGood ? X509_V_OK : (error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error),
      depth: Int(X509_STORE_CTX_get_error_depth(context)), reason: reason,
      length: Int(copenssl_certificate_count(X509_STORE_CTX_get0_chain(context))))
  }

  private func verdict(_ check: Check, hasTrustFile: Bool) -> ChainVerdict {
    if leaf.isSelfSigned { return .selfSigned }
    switch check.error {
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return .unknownRoot
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      // Roots need not be sent (RFC 8446 section 4.4.2), so an issuer above an intermediate that is missing is a root.
      guard check.length <= 1 else { return .unknownRoot }
      // Only the host's own certificate fits: its issuer is an unknown root, or an intermediate that was not sent.
      // Certificates that follow it but do not fit, a web address to fetch the issuer from, or a trusted root that
      // the person named speak for the second. (An LDAP address is in what an enterprise root issues, too.)
      let canBeFetched = leaf.issuerLocations.contains { $0.lowercased().hasPrefix("http") }
      let isIncomplete = certificates.count > 1 || hasTrustFile || canBeFetched
      return isIncomplete ? .missingIntermediate : .unknownRoot
    default: return .invalid(reason: check.reason)
    }
  }
}

extension CertificateFacts {
  init(_ certificate: OpaquePointer) {
    defer { ERR_clear_error() }
    subject = Self.text(X509_get_subject_name(certificate))
    issuer = Self.text(X509_get_issuer_name(certificate))
    commonNames = Self.commonNames(X509_get_subject_name(certificate))
    (dnsNames, addresses) = Self.alternativeNames(certificate)
    validFrom = Self.timestamp(X509_get0_notBefore(certificate))
    validTo = Self.timestamp(X509_get0_notAfter(certificate))

    let key = X509_get0_pubkey(certificate)
    keyBits = key.map { Int(EVP_PKEY_get_bits($0)) } ?? 0
    keyType = key.flatMap { EVP_PKEY_get0_type_name($0) }.map { String(cString: $0) } ?? "unknown"

    let algorithm = X509_get_signature_nid(certificate)
    signature = OBJ_nid2sn(algorithm).map { String(cString: $0) } ?? "unknown"
    var digest: Int32 = 0
    if X509_get_signature_info(certificate, &digest, nil, nil, nil) == 1, digest != NID_undef {
      signatureDigest = OBJ_nid2sn(digest).map { String(cString: $0) }
    } else {
      signatureDigest = nil
    }

    keyUsage = Self.keyUsage(certificate)
    extendedKeyUsage = Self.extendedKeyUsage(certificate)
    let isSelfIssued =
      X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0
    isSelfSigned = isSelfIssued && (key.map { X509_verify(certificate, $0) == 1 } ?? false)
    isAuthority = X509_check_ca(certificate) > 0
    issuerLocations = Self.locations(certificate, method: NID_ad_ca_issuers)
    revocationResponders = Self.locations(certificate, method: NID_ad_OCSP)
    revocationLists = Self.revocationLists(certificate)
  }

  private static func text(_ name: OpaquePointer?) -> String {
    guard let name, let bio = copenssl_memory_bio() else { return "" }
    defer { BIO_free(bio) }
    guard copenssl_print_name(bio, name) >= 0 else { return "" }
    let waiting = min(copenssl_pending(bio), 4096)
    guard waiting > 0 else { return "" }
    let bytes = [UInt8](unsafeUninitializedCapacity: waiting) { buffer, count in
      count = max(0, Int(BIO_read(bio, buffer.baseAddress, Int32(waiting))))
    }
    return SafeText.clean(bytes: bytes, limit: 512)
  }

  private static func commonNames(_ name: OpaquePointer?) -> [String] {
    var names: [String] = []
    var position: Int32 = -1
    while names.count < 16 {
      position = X509_NAME_get_index_by_NID(name, NID_commonName, position)
      guard position >= 0 else { break }
      let value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, position))
      var text: UnsafeMutablePointer<UInt8>?
      let length = ASN1_STRING_to_UTF8(&text, value)
      guard length >= 0, let text else { continue }
      names.append(SafeText.clean(bytes: UnsafeBufferPointer(start: text, count: Int(length))))
      CRYPTO_free(text, nil, 0)
    }
    return names
  }

  private static func alternativeNames(_ certificate: OpaquePointer) -> ([String], [Address]) {
    guard let names = copenssl_alternative_names(certificate) else { return ([], []) }
    defer { GENERAL_NAMES_free(names) }
    var dns: [String] = []
    var addresses: [Address] = []
    for index in 0..<min(copenssl_name_count(names), 256) {
      guard let name = copenssl_name_at(names, index) else { continue }
      var type: Int32 = 0
      guard let bytes = octets(copenssl_name_value(name, &type)) else { continue }
      if type == GEN_DNS { dns.append(SafeText.clean(bytes: bytes)) }
      if type == GEN_IPADD, let address = Address(bytes: bytes) { addresses.append(address) }
    }
    return (dns, addresses)
  }

  private static func octets(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8]? {
    guard let string, let data = ASN1_STRING_get0_data(string) else { return nil }
    return Array(UnsafeBufferPointer(start: data, count: max(0, Int(ASN1_STRING_length(string)))))
  }

  private static func timestamp(_ time: UnsafePointer<ASN1_TIME>?) -> Timestamp? {
    guard let epoch = ASN1_TIME_set(nil, 0) else { return nil }
    defer { ASN1_STRING_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return nil }
    return Timestamp(seconds: Double(days) * 86400 + Double(seconds))
  }

  private static func keyUsage(_ certificate: OpaquePointer) -> [String]? {
    let bits = X509_get_key_usage(certificate)
    guard bits != UInt32.max else { return nil }
    let names: [(Int32, String)] = [
      (KU_DIGITAL_SIGNATURE, "digitalSignature"), (KU_NON_REPUDIATION, "nonRepudiation"),
      (KU_KEY_ENCIPHERMENT, "keyEncipherment"), (KU_DATA_ENCIPHERMENT, "dataEncipherment"),
      (KU_KEY_AGREEMENT, "keyAgreement"), (KU_KEY_CERT_SIGN, "keyCertSign"), (KU_CRL_SIGN, "cRLSign"),
      (KU_ENCIPHER_ONLY, "encipherOnly"), (KU_DECIPHER_ONLY, "decipherOnly"),
    ]
    return names.compactMap { bit, name in bits & UInt32(bit) != 0 ? name : nil }
  }

  private static func extendedKeyUsage(_ certificate: OpaquePointer) -> [String]? {
    guard let usage = copenssl_extended_key_usage(certificate) else { return nil }
    defer { EXTENDED_KEY_USAGE_free(usage) }
    return (0..<min(copenssl_object_count(usage), 64)).compactMap { index in
      var text = [CChar](repeating: 0, count: 128)
      guard OBJ_obj2txt(&text, Int32(text.count), copenssl_object_at(usage, index), 1) > 0 else { return nil }
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  private static func locations(_ certificate: OpaquePointer, method wanted: Int32) -> [String] {
    guard let access = copenssl_authority_information(certificate) else { return [] }
    defer { AUTHORITY_INFO_ACCESS_free(access) }
    var locations: [String] = []
    for index in 0..<min(copenssl_access_count(access), 16) {
      var method: Int32 = 0
      var type: Int32 = 0
      guard let name = copenssl_access_at(access, index, &method), method == wanted,
        let bytes = octets(copenssl_name_value(name, &type)), type == GEN_URI
      else { continue }
      locations.append(SafeText.clean(bytes: bytes))
    }
    return locations
  }

  private static func revocationLists(_ certificate: OpaquePointer) -> [String] {
    guard let points = copenssl_distribution_points(certificate) else { return [] }
    defer { CRL_DIST_POINTS_free(points) }
    var locations: [String] = []
    for index in 0..<min(copenssl_distribution_point_count(points), 16) {
      let names = copenssl_distribution_point_names(points, index)
      for position in 0..<min(copenssl_name_count(names), 16) {
        var type: Int32 = 0
        guard let name = copenssl_name_at(names, position),
          let bytes = octets(copenssl_name_value(name, &type)),
          type == GEN_URI
        else { continue }
        locations.append(SafeText.clean(bytes: bytes))
      }
    }
    return locations
  }
}
