import Facts
import Wire

/// File sharing, by the first exchange of SMB 2 and 3, before anybody signs in ([MS-SMB2] 3.2.4.2.2.2).
///
/// A server that knows SMB 1 only closes the connection, which is no answer. The answer carries the host's clock.
struct SMBProbe: DoorProbe {
  static let description = ProbeDescription(
    id: "door-smb", title: "File sharing (SMB)", states: ["doors.smb"], timeLimit: .seconds(3))

  static func ports(_ ports: DoorPorts) -> [UInt16] { [ports.smb] }

  func talk(
    over stream: any ByteStream, at place: DoorPlace, since start: ContinuousClock.Instant
  ) async -> (ServiceAttempt.Outcome, [Finding.Field]) {
    let asked = place.context.now
    let salt = (0..<32).map { _ in UInt8.random(in: 0...255) }
    if case .ended(let end) = await stream.send(SMB2.negotiateRequest(salt: salt), by: place.deadline) {
      return (ServiceAttempt.outcome(of: end, isSettled: ProbeContext.isSettled(start)), [])
    }
    let answer = await place.context.read(from: stream, since: start, by: place.deadline) {
      bytes throws(DecodeError) in try SMB2NegotiateResponse(decoding: bytes)
    }
    switch answer {
    case .ended(let outcome, let bytes):
      guard case .odd = outcome, !bytes.isEmpty else { return (outcome, []) }
      return (.odd("what answers is no SMB 2 but looks like \(FirstBytes(bytes))"), [])
    case .value(let response): return (.answers, Self.fields(response, between: asked, place.context.now))
    }
  }

  private static func fields(
    _ response: SMB2NegotiateResponse, between asked: Timestamp, _ answered: Timestamp
  ) -> [Finding.Field] {
    guard response.status == 0 else {
      return [
        .init("product", "SMB 2"), .init("status", .text("0x\(String(response.status, radix: 16))")),
      ]
    }
    var fields: [Finding.Field] = [
      .init("product", .text("SMB \(response.dialectText)")), .init("dialect", .text(response.dialectText)),
      .init("signing", .text(response.isSigningRequired ? "required" : "not required")),
      .init("server_guid", .text(response.serverGUID)),
    ]
    if response.systemTime.ticks != 0 {
      let time = response.systemTime.unixSeconds
      let skew = time - (asked.seconds + answered.seconds) / 2
      fields.append(.init("host_time", .text(Timestamp(seconds: time).text)))
      fields.append(.init("clock_seconds", .number((skew * 10).rounded() / 10)))
    }
    if let token = try? NegotiationToken(decoding: response.securityToken) {
      fields.append(
        .init(
          "mechanisms",
          .list(token.mechanisms.prefix(8).map { .text(SafeText.clean($0.description, limit: 60)) })))
    }
    return fields
  }
}
