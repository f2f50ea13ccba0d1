import COpenSSL
import TestSupport

/// OpenSSL's client over a connection that has negotiated, trusting everybody.
final class TLSClient {
  private let connection: TCPClient
  private let context: OpaquePointer
  fileprivate let session: OpaquePointer

  struct HandshakeFailed: Error { var reason: String }

  init(over connection: TCPClient) throws {
    self.connection = connection
    guard let context = SSL_CTX_new(TLS_client_method()),
      SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0") == 1,
      let session = SSL_new(context)
    else { throw HandshakeFailed(reason: "no context") }
    self.context = context
    self.session = session
    SSL_set_fd(session, connection.descriptor)
    ERR_clear_error()
    let result = SSL_connect(session)
    guard result == 1 else {
      let reason = ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) }
      throw HandshakeFailed(reason: reason ?? "error \(SSL_get_error(session, result))")
    }
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  /// Certificates that the server sent.
  var chainLength: Int { SSL_get_peer_cert_chain(session).map { Int(OPENSSL_sk_num($0)) } ?? 0 }

  var version: String { SSL_get_version(session).map { String(cString: $0) } ?? "" }

  func exchange(_ bytes: [UInt8]) -> [UInt8] {
    _ = SSL_write(session, bytes, Int32(bytes.count))
    var buffer = [UInt8](repeating: 0, count: 16384)
    let count = SSL_read(session, &buffer, Int32(buffer.count))
    return Array(buffer.prefix(max(0, Int(count))))
  }

  /// What the `openssl` program reads in the server's certificate.
  func describeCertificate() throws -> String {
    guard let certificate = SSL_get1_peer_certificate(session) else { return "" }
    defer { X509_free(certificate) }
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/peer.pem"
    let output = BIO_new_file(file, "w")
    PEM_write_bio_X509(output, certificate)
    BIO_free(output)
    return try Command.run("openssl", ["x509", "-in", file, "-noout", "-text", "-checkend", "0"]).output
  }
}

extension TLSClient {
  func send(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    _ = SSL_write(session, bytes, Int32(bytes.count))
  }

  /// Exactly so many bytes, or as many as come.
  func receive(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var buffer = [UInt8](repeating: 0, count: count - bytes.count)
      let received = SSL_read(session, &buffer, Int32(buffer.count))
      guard received > 0 else { break }
      bytes += buffer.prefix(Int(received))
    }
    return bytes
  }
}
