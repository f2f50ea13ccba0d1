import COpenSSL
import Facts
import Synchronization

/// One OpenSSL connection over two memory buffers: bytes in, bytes out.
///
/// INVARIANT: the pointers are used under `lock` only.
final class TLSSession: @unchecked Sendable {
  enum Step {
    case completed(TLSFacts)
    case wantsMore
    case failed(Failure)
  }

  enum Failure {
    /// The host sent it, RFC 8446 section 6.
    case alert(Int)
    /// OpenSSL refused what came.
    case local(reason: Int, text: String)
    /// The host sent close_notify.
    case closed
  }

  private let lock = Mutex(())
  private let ssl: OpaquePointer
  private let incoming: OpaquePointer
  private let outbound: OpaquePointer

  /// Immutable once made; OpenSSL counts the references to it atomically.
  private struct Configuration: @unchecked Sendable {
    let context: OpaquePointer?
  }

  private static let plain = configuration(isPadded: false)
  private static let padded = configuration(isPadded: true)

  private static func configuration(isPadded: Bool) -> Configuration {
    // What is learnt about a host shall not depend on this host's openssl.cnf.
    OPENSSL_init_ssl(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil)
    guard let context = SSL_CTX_new(TLS_client_method()) else { return Configuration(context: nil) }
    SSL_CTX_set_security_level(context, 0)
    guard SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:!PSK:!SRP:@SECLEVEL=0") == 1,
      !isPadded || copenssl_pad_hello(context) == 1
    else {
      SSL_CTX_free(context)
      return Configuration(context: nil)
    }
    copenssl_accept_old_servers(context)
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
    return Configuration(context: context)
  }

  init?(serverName: String?, options: TLSOptions) {
    let configuration = options.isPadded ? Self.padded : Self.plain
    guard let context = configuration.context, let ssl = SSL_new(context) else { return nil }
    guard let incoming = copenssl_memory_bio() else {
      SSL_free(ssl)
      return nil
    }
    guard let outbound = copenssl_memory_bio() else {
      BIO_free(incoming)
      SSL_free(ssl)
      return nil
    }
    SSL_set_bio(ssl, incoming, outbound)
    self.ssl = ssl
    self.incoming = incoming
    self.outbound = outbound
    SSL_set_connect_state(ssl)
    let isSet =
      copenssl_set_min_version(ssl, options.versions.lowerBound.rawValue) == 1
      && copenssl_set_max_version(ssl, options.versions.upperBound.rawValue) == 1
      && (serverName.map { copenssl_set_server_name(ssl, $0) == 1 } ?? true)
      && copenssl_ask_for_stapling(ssl) == 1 && Self.chooseCiphers(ssl, context, options)
    guard isSet else { return nil }
  }

  private static func chooseCiphers(_ ssl: OpaquePointer, _ context: OpaquePointer, _ options: TLSOptions)
    -> Bool
  {
    guard !options.withoutCiphers.isEmpty || options.isReversed else { return true }
    let all = SSL_CTX_get_ciphers(context)
    var names: (modern: [String], older: [String]) = ([], [])
    for index in 0..<copenssl_cipher_count(all) {
      guard let cipher = copenssl_cipher_at(all, index), let name = SSL_CIPHER_get_name(cipher),
        !options.withoutCiphers.contains(Self.name(of: cipher))
      else { continue }
      let isModern = SSL_CIPHER_get_version(cipher).map { String(cString: $0) } == "TLSv1.3"
      if isModern {
        names.modern.append(String(cString: name))
      } else {
        names.older.append(String(cString: name))
      }
    }
    if options.isReversed {
      names.modern.reverse()
      names.older.reverse()
    }
    // OpenSSL refuses an empty list of the older kind.
    let isOlderSet =
      names.older.isEmpty
      ? options.versions.lowerBound == .tls13
      : SSL_set_cipher_list(ssl, names.older.joined(separator: ":") + ":@SECLEVEL=0") == 1
    return isOlderSet && SSL_set_ciphersuites(ssl, names.modern.joined(separator: ":")) == 1
  }

  /// By the RFC's name, else OpenSSL's.
  private static func name(of cipher: OpaquePointer?) -> String {
    (SSL_CIPHER_standard_name(cipher) ?? SSL_CIPHER_get_name(cipher)).map { String(cString: $0) } ?? "?"
  }

  deinit { SSL_free(ssl) }

  /// Goes on with the handshake, as far as the bytes fed so far allow.
  func handshake() -> (Step, outgoing: [UInt8]) {
    lock.withLock { _ in
      ERR_clear_error()
      let result = SSL_do_handshake(ssl)
      let step: Step = result == 1 ? .completed(facts()) : failure(result).map { .failed($0) } ?? .wantsMore
      return (step, drain())
    }
  }

  func feed(_ bytes: [UInt8]) {
    lock.withLock { _ in _ = BIO_write(incoming, bytes, Int32(clamping: bytes.count)) }
  }

  func encrypt(_ bytes: [UInt8]) -> (StreamEnd?, outgoing: [UInt8]) {
    lock.withLock { _ in
      guard !bytes.isEmpty else { return (nil, drain()) }
      ERR_clear_error()
      let result = SSL_write(ssl, bytes, Int32(clamping: bytes.count))
      // The buffer takes everything, so a short write means that the connection is over.
      if result <= 0 { return (failure(result).map(Self.streamEnd) ?? .closed, drain()) }
      return (nil, drain())
    }
  }

  /// - Returns: nil when more bytes are needed.
  func decrypt(atMost limit: Int) -> (ReceiveEnd?, outgoing: [UInt8]) {
    lock.withLock { _ in
      ERR_clear_error()
      var result: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        result = SSL_read(ssl, buffer.baseAddress, Int32(clamping: limit))
        count = max(0, Int(result))
      }
      if result > 0 { return (.bytes(bytes), drain()) }
      return (failure(result).map { .ended(Self.streamEnd($0)) }, drain())
    }
  }

  /// nil when the call only wants more bytes.
  private func failure(_ result: Int32) -> Failure? {
    switch SSL_get_error(ssl, result) {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return nil
    case SSL_ERROR_ZERO_RETURN: return .closed
    default:
      let error = ERR_get_error()
      let reason = Int(copenssl_reason(error))
      let firstAlert = Int(SSL_AD_REASON_OFFSET)
      if (firstAlert...(firstAlert + 255)).contains(reason) { return .alert(reason - firstAlert) }
      let text = ERR_reason_error_string(error).map { String(cString: $0) } ?? "OpenSSL error \(error)"
      return .local(reason: reason, text: text)
    }
  }

  private static func streamEnd(_ failure: Failure) -> StreamEnd {
    switch failure {
    case .closed: .closed
    case .alert(let number): .protocolError("alert \(TLSStream.alertName(number))")
    case .local(_, let text): .protocolError(text)
    }
  }

  private func drain() -> [UInt8] {
    let waiting = copenssl_pending(outbound)
    guard waiting > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: waiting) { buffer, count in
      count = max(0, Int(BIO_read(outbound, buffer.baseAddress, Int32(clamping: waiting))))
    }
  }

  private func facts() -> TLSFacts {
    let chain = SSL_get_peer_cert_chain(ssl)
    let certificates = (0..<copenssl_certificate_count(chain)).compactMap { index in
      copenssl_certificate_at(chain, index).flatMap(derBytes)
    }
    let stapled: String? =
      switch copenssl_stapled_status(ssl) {
      case -1: nil
      case V_OCSP_CERTSTATUS_GOOD: "good"
      case V_OCSP_CERTSTATUS_REVOKED: "revoked"
      case V_OCSP_CERTSTATUS_UNKNOWN: "unknown"
      default: "unreadable"
      }
    return TLSFacts(
      version: SSL_get_version(ssl).map { String(cString: $0) } ?? "?",
      cipher: Self.name(of: SSL_get_current_cipher(ssl)), chain: certificates,
      publicKey: SSL_get0_peer_certificate(ssl).map(subjectPublicKey) ?? [], stapledStatus: stapled)
  }
}

/// RFC 5280 section 4.1, in DER.
func derBytes(_ certificate: OpaquePointer) -> [UInt8]? {
  let length = i2d_X509(certificate, nil)
  guard length > 0 else { return nil }
  return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
    var end = buffer.baseAddress
    count = max(0, Int(i2d_X509(certificate, &end)))
  }
}

/// The bits of `subjectPublicKey` (RFC 5280 section 4.1.2.7).
func subjectPublicKey(_ certificate: OpaquePointer) -> [UInt8] {
  guard let bits = X509_get0_pubkey_bitstr(certificate) else { return [] }
  return Array(UnsafeBufferPointer(start: bits.pointee.data, count: max(0, Int(bits.pointee.length))))
}
