/// What a completed TLS handshake showed.
public struct TLSFacts: Hashable, Sendable {
  /// As OpenSSL spells it, for example `TLSv1.2`.
  public var version: String
  /// The cipher suite by its RFC name, for example `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`.
  public var cipher: String
  /// The certificates as sent, the host's own first, in DER (RFC 8446 section 4.4.2).
  public var chain: [[UInt8]]
  /// The `SubjectPublicKeyInfo.subjectPublicKey` bits of the host's certificate, as CredSSP binds to them
  /// ([MS-CSSP] 3.1.5).
  public var publicKey: [UInt8]
  /// What the answer about revocation says that the host sent along (RFC 6066 section 8): `good`, `revoked`, `unknown`
  /// or `unreadable`; nil without one. Its signature is not checked.
  public var stapledStatus: String?

  public init(
    version: String, cipher: String, chain: [[UInt8]], publicKey: [UInt8], stapledStatus: String? = nil
  ) {
    self.version = version
    self.cipher = cipher
    self.chain = chain
    self.publicKey = publicKey
    self.stapledStatus = stapledStatus
  }
}

/// Left by `tls.handshake` when it completed.
public enum CompletedTLS: BlackboardKey { public typealias Value = TLSFacts }
