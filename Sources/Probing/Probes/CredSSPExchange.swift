import Facts
import Wire

/// The first half of CredSSP: a greeting that names nobody, and the host's challenge ([MS-CSSP] 3.1.5, steps 2 and 3).
enum CredSSPExchange {
  enum End: Hashable, Sendable {
    case challenge(TSRequest, NegotiationToken, ChallengeMessage)
    case refused(TSRequest, NegotiationToken?)
    case malformed(String, [UInt8])
    /// In the middle of an answer.
    case cutOff([UInt8], StreamEnd)
    case ended(StreamEnd)

    var request: TSRequest? {
      switch self {
      case .challenge(let request, _, _), .refused(let request, _): request
      case .malformed, .cutOff, .ended: nil
      }
    }

    var token: NegotiationToken? {
      switch self {
      case .challenge(_, let token, _): token
      case .refused(_, let token): token
      case .malformed, .cutOff, .ended: nil
      }
    }

    var challenge: ChallengeMessage? {
      if case .challenge(_, _, let message) = self { message } else { nil }
    }
  }

  /// The whole greeting, as bytes.
  ///
  /// NTLM is not wrapped in SPNEGO, as the Windows client does it when it has no Kerberos ticket: FreeRDP 2 answers the
  /// wrapped form with an error.
  static let greeting = TSRequest(negoTokens: [NegotiateMessage().encode()]).encode()

  /// Sends the greeting and reads one answer, both by the deadline. Sends nothing else.
  static func greet(over stream: any ByteStream, by deadline: Deadline) async -> End {
    if case .ended(let end) = await stream.send(greeting, by: deadline) { return .ended(end) }
    var received: [UInt8] = []
    while true {
      switch await stream.receive(atMost: 16384, by: deadline) {
      case .bytes(let bytes):
        received += bytes
        if let end = read(received) { return end }
      case .ended(let end):
        if received.isEmpty { return .ended(end) }
        switch end {
        case .cancelled, .failedHere: return .ended(end)
        case .closed, .reset, .protocolError: return .cutOff(received, end)
        default: return .malformed("the answer broke off after \(received.count) bytes", received)
        }
      }
    }
  }

  /// nil when more bytes are needed. INVARIANT: never for more bytes than ``TSRequest/longest``.
  static func read(_ bytes: [UInt8]) -> End? {
    let length: Int
    do throws(DecodeError) {
      length = try TSRequest.length(bytes)
    } catch {
      return error.needsMore ? nil : .malformed(error.description, bytes)
    }
    guard length <= bytes.count else { return nil }
    do throws(DecodeError) {
      return try judge(try TSRequest(decoding: Array(bytes.prefix(length))))
    } catch {
      return .malformed(error.description, bytes)
    }
  }

  private static func judge(_ request: TSRequest) throws(DecodeError) -> End {
    if request.errorCode != nil { return .refused(request, nil) }
    guard let first = request.negoTokens.first else {
      throw .malformed(field: "negoTokens", at: 0, reason: "there is none")
    }
    let token = try NegotiationToken(decoding: first)
    if let message = token.mechanismToken, NTLM.isMessage(message) {
      return .challenge(request, token, try ChallengeMessage(decoding: message))
    }
    // A rejection, or a wish for another mechanism than the one that was offered (RFC 4178 section 4.2.2).
    if case .response(let response) = token, response.state == .reject || response.supportedMech != .ntlm {
      return .refused(request, token)
    }
    throw .malformed(field: "negoToken", at: 0, reason: "it holds no challenge")
  }
}
