import Facts
import Wire

/// SSH, by the line with which its server begins (RFC 4253 section 4.2). Nothing is sent.
struct SSHProbe: DoorProbe {
  static let description = ProbeDescription(
    id: "door-ssh", title: "SSH", states: ["doors.ssh"], timeLimit: .seconds(3))

  static func ports(_ ports: DoorPorts) -> [UInt16] { [ports.ssh] }

  func talk(
    over stream: any ByteStream, at place: DoorPlace, since start: ContinuousClock.Instant
  ) async -> (ServiceAttempt.Outcome, [Finding.Field]) {
    let answer = await place.context.read(from: stream, since: start, by: place.deadline) {
      bytes throws(DecodeError) in try SSHBanner(decoding: bytes)
    }
    switch answer {
    case .ended(let outcome, _): return (outcome, [])
    case .value(let banner):
      let line = "SSH-\(banner.protocolVersion)-\(banner.software) \(banner.comment)"
      return (
        .answers,
        [
          .init("product", .text(SafeText.clean(banner.software, limit: 80))),
          .init("banner", .text(SafeText.clean(line.last == " " ? String(line.dropLast()) : line))),
        ]
      )
    }
  }
}
