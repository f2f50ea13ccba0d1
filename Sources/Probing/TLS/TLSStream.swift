import COpenSSL
import Facts

/// How a TLS handshake ended, seen from the client.
public enum TLSEnd: Sendable {
  case completed(TLSStream, TLSFacts)
  /// The host refuses every version that was offered.
  /// - Parameter chosen: The version that the host chose instead, where it said one.
  case noCommonVersion(chosen: String?)
  case noCommonCipher(alert: String?)
  /// By its name in RFC 8446 section 6, for example `handshake_failure`.
  case alert(String)
  /// The answer is no TLS, or breaks its rules.
  case malformed(reason: String, firstBytes: [UInt8])
  /// Closed, reset, silent, cancelled …
  case ended(StreamEnd)
}

/// What a handshake offers.
public struct TLSOptions: Hashable, Sendable {
  public enum Version: Int32, Hashable, Sendable, Comparable, CaseIterable {
    case tls10 = 0x0301
    case tls11 = 0x0302
    case tls12 = 0x0303
    case tls13 = 0x0304

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  public var versions: ClosedRange<Version>
  /// Cipher suites that are left out, by their RFC names.
  public var withoutCiphers: Set<String> = []
  /// Offers the cipher suites of each version last to first.
  public var isReversed = false
  /// Makes the ClientHello longer by ``padding`` bytes, so that it fills a packet.
  public var isPadded = false
  public static let padding = Int(COPENSSL_PADDING)
  public init(versions: ClosedRange<Version> = .tls10 ... .tls13) { self.versions = versions }
}

/// TLS as a client, on top of any stream (RFC 8446, and its forerunners down to TLS 1.0, RFC 2246).
///
/// Made to look at hosts, not to trust them: any certificate is taken, whatever its key, signature, date or usage, and
/// is inspected afterwards; old servers without secure renegotiation are taken too.
public final class TLSStream: ByteStream {
  private let stream: any ByteStream
  private let session: TLSSession

  private init(_ stream: any ByteStream, _ session: TLSSession) {
    self.stream = stream
    self.session = session
  }

  /// What a host may send before its handshake is complete. Longer than any real chain of certificates.
  static let handshakeLimit = 256 * 1024

  /// Shakes hands over an open stream. Unless it completes, the stream is closed.
  ///
  /// - Parameter serverName: Sent as SNI (RFC 6066 section 3); nil for addresses.
  public static func handshake(
    over stream: any ByteStream, serverName: String?, options: TLSOptions = TLSOptions(),
    by deadline: Deadline
  ) async -> TLSEnd {
    guard let session = TLSSession(serverName: serverName, options: options) else {
      stream.close()
      return .ended(.failedHere(LocalFailure(reason: "OpenSSL could not be set up on this host")))
    }
    let secured = TLSStream(stream, session)
    let end = await secured.shakeHands(by: deadline)
    if case .completed = end { return end }
    stream.close()
    return end
  }

  private func shakeHands(by deadline: Deadline) async -> TLSEnd {
    var firstBytes: [UInt8] = []
    var received = 0
    while true {
      let (step, outgoing) = session.handshake()
      if case .failed(let failure) = step {
        // A dying word, so that the host's log tells the reason; it must not cost time.
        if !outgoing.isEmpty {
          _ = await stream.send(outgoing, by: min(deadline, .after(.milliseconds(20))))
        }
        return Self.end(failure, firstBytes)
      }
      if !outgoing.isEmpty, case .ended(let end) = await stream.send(outgoing, by: deadline) {
        // The host may have said why before it closed.
        guard case .reset = end else { return .ended(end) }
      }
      if case .completed(let facts) = step { return .completed(self, facts) }
      guard received < Self.handshakeLimit else {
        return .malformed(
          reason: "the handshake is longer than \(Self.handshakeLimit) bytes", firstBytes: firstBytes)
      }
      switch await stream.receive(atMost: 16384, by: deadline) {
      case .ended(let end): return .ended(end)
      case .bytes(let bytes):
        received += bytes.count
        if firstBytes.count < 32 { firstBytes += bytes.prefix(32 - firstBytes.count) }
        session.feed(bytes)
      }
    }
  }

  private static func end(_ failure: TLSSession.Failure, _ firstBytes: [UInt8]) -> TLSEnd {
    if case .alert(let number) = failure {
      let name = alertName(number)
      return switch number {
      case 70: .noCommonVersion(chosen: nil)
      case 71: .noCommonCipher(alert: name)
      // RFC 8446 section 4.1.1, RFC 5246 section 7.4.1.3: the answer to a ClientHello with nothing acceptable in it.
      case 40 where firstBytes.first == 21: .noCommonCipher(alert: name)
      default: .alert(name)
      }
    }
    guard case .local(let reason, let text) = failure else { return .ended(.closed) }
    // A record begins with its content type, 20 to 24, and the major version 3 (RFC 5246 section 6.2.1).
    let looksLikeTLS = firstBytes.count >= 2 && (20...24).contains(firstBytes[0]) && firstBytes[1] == 3
    switch Int32(reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION, SSL_R_VERSION_TOO_HIGH,
      SSL_R_UNSUPPORTED_SSL_VERSION:
      return .noCommonVersion(chosen: chosenVersion(firstBytes))
    case SSL_R_WRONG_VERSION_NUMBER where looksLikeTLS && firstBytes.count > 2 && firstBytes[2] == 0:
      return .noCommonVersion(chosen: "SSLv3")
    case SSL_R_UNKNOWN_CIPHER_RETURNED, SSL_R_WRONG_CIPHER_RETURNED, SSL_R_NO_CIPHERS_AVAILABLE:
      return .noCommonCipher(alert: nil)
    default:
      return .malformed(reason: text, firstBytes: firstBytes)
    }
  }

  /// The `server_version` of a ServerHello that begins the host's answer (RFC 5246 section 7.4.1.3).
  private static func chosenVersion(_ firstBytes: [UInt8]) -> String? {
    guard firstBytes.count > 10, firstBytes[0] == 22, firstBytes[5] == 2, firstBytes[9] == 3 else {
      return nil
    }
    return switch firstBytes[10] {
    case 0: "SSLv3"
    case 1: "TLSv1"
    case 2: "TLSv1.1"
    case 3: "TLSv1.2"
    default: nil
    }
  }

  public func send(_ bytes: [UInt8], by deadline: Deadline) async -> SendEnd {
    let (end, outgoing) = session.encrypt(bytes)
    if let end { return .ended(end) }
    return await stream.send(outgoing, by: deadline)
  }

  public func receive(atMost limit: Int, by deadline: Deadline) async -> ReceiveEnd {
    while true {
      let (step, outgoing) = session.decrypt(atMost: max(1, min(limit, 65536)))
      // Answers to key updates and the like.
      if !outgoing.isEmpty, case .ended(let end) = await stream.send(outgoing, by: deadline), step == nil {
        return .ended(end)
      }
      if let step { return step }
      switch await stream.receive(atMost: 16384, by: deadline) {
      case .ended(let end): return .ended(end)
      case .bytes(let bytes): session.feed(bytes)
      }
    }
  }

  public func close() { stream.close() }

  /// RFC 8446 section 6 and RFC 5246 section 7.2; the number for those that neither knows.
  static func alertName(_ number: Int) -> String {
    alertNames[number] ?? "alert_\(number)"
  }

  private static let alertNames: [Int: String] = [
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
    22: "record_overflow", 30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate",
    42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
    45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca",
    49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
    109: "missing_extension", 110: "unsupported_extension", 111: "certificate_unobtainable",
    112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
    115: "unknown_psk_identity", 116: "certificate_required", 120: "no_application_protocol",
  ]
}
