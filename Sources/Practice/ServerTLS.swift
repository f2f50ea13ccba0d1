import COpenSSL

/// The server's side of TLS with one certificate. Safe to use from many threads.
final class ServerTLS: @unchecked Sendable {
  private let context: OpaquePointer

  init(_ stage: HostBehaviour.TLSStage) throws(PracticeError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else { throw .openSSL("set up TLS") }
    self.context = context
    // Hosts with keys and versions of long ago must be possible too.
    guard SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") == 1,
      server_set_protocol_range(
        context, Int32(stage.versions.lowerBound.rawValue), Int32(stage.versions.upperBound.rawValue)) == 1
    else { throw .openSSL("set the TLS versions") }
    // A peer that is gone needs no second handshake half.
    SSL_CTX_set_quiet_shutdown(context, 0)
    switch stage.certificate {
    case .made(let specification):
      let pair = try KeyPair(specification)
      guard SSL_CTX_use_certificate(context, pair.certificate) == 1,
        SSL_CTX_use_PrivateKey(context, pair.key) == 1
      else { throw .openSSL("use the certificate") }
    case .files(let chain, let key):
      guard SSL_CTX_use_certificate_chain_file(context, chain) == 1,
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
      else { throw .openSSL("use the certificate in \(chain)") }
    }
  }

  deinit { SSL_CTX_free(context) }

  /// Shakes hands on a connected socket.
  /// - Returns: nil when that failed; OpenSSL has then sent its alert. The caller frees the result.
  func accept(on socket: Int32) -> OpaquePointer? {
    ERR_clear_error()
    guard let session = SSL_new(context) else { return nil }
    guard SSL_set_fd(session, socket) == 1, SSL_accept(session) == 1 else {
      SSL_free(session)
      return nil
    }
    return session
  }
}
