/// Where a replay of a recording stands. The client need not send what the recorded one sent: each of its messages moves
/// the replay on to the next recorded message of the same kind.
struct Replay {
  private let steps: [Recording.Step]
  private var position = 0

  init(_ recording: Recording) { steps = recording.steps }

  enum Choice {
    case play(Replay)
    /// None of the recordings fits, but they show how the host would refuse.
    case refuse([UInt8])
    case nothing
  }

  /// The recording whose client asked for the same; else one whose server chose something that is asked for now.
  static func choose(among recordings: [Recording], for request: ConnectionRequest?) -> Choice {
    guard let request else { return recordings.first.map { .play(Replay($0)) } ?? .nothing }
    for recording in recordings {
      let asked = Self.request(of: recording)
      if asked == nil || asked?.protocols == request.protocols { return .play(Replay(recording)) }
    }
    let asked = request.protocols ?? 0
    let chosen = recordings.compactMap { recording in selected(of: recording).map { ($0, recording) } }
    if let fitting = chosen.first(where: { $0.0 == 0 ? asked == 0 : asked & $0.0 != 0 }) {
      return .play(Replay(fitting.1))
    }
    guard let (selected, _) = chosen.first else {
      return recordings.first.map { .play(Replay($0)) } ?? .nothing
    }
    switch selected {
    case 0: return .refuse(ConnectionConfirm.failing(2).bytes)
    case SecurityProtocolBits.tls: return .refuse(ConnectionConfirm.failing(1).bytes)
    default: return .refuse(ConnectionConfirm.failing(5).bytes)
    }
  }

  private static func request(of recording: Recording) -> ConnectionRequest? {
    for case .client(let bytes) in recording.steps { return ConnectionRequest(bytes) }
    return nil
  }

  /// The protocol in the recorded confirm; nil when the server refused, or sent none.
  private static func selected(of recording: Recording) -> UInt32? {
    for case .server(let bytes) in recording.steps {
      guard bytes.count == 19, bytes[5] == 0xD0, bytes[11] == 0x02 else { return nil }
      return bytes[15...].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    return nil
  }

  /// What comes next after this message of the client, up to its next turn.
  mutating func answers(to message: [UInt8]) -> ArraySlice<Recording.Step> {
    guard let turn = turn(for: message) else { return [] }
    let rest = steps[(turn + 1)...]
    let end = rest.firstIndex { if case .client = $0 { true } else { false } } ?? steps.endIndex
    position = end
    return rest[..<end]
  }

  private func turn(for message: [UInt8]) -> Int? {
    // TLS is a border: before it the client cannot mean what comes behind it.
    let border = steps[position...].firstIndex(of: .startTLS) ?? steps.endIndex
    let turns = steps[position..<border].indices.filter {
      if case .client = steps[$0] { true } else { false }
    }
    func first(where fits: ([UInt8]) -> Bool) -> Int? {
      turns.first { if case .client(let recorded) = steps[$0] { fits(recorded) } else { false } }
    }
    return first { $0 == message } ?? first { Self.kind($0) == Self.kind(message) } ?? first { $0.isEmpty }
  }

  private enum Kind: Hashable {
    case connectionRequest
    case mcs(UInt8)
    case der
    case other
  }

  private static func kind(_ message: [UInt8]) -> Kind {
    guard message.count > 7, message[0] == 3 else { return message.first == 0x30 ? .der : .other }
    if message[5] == 0xE0 { return .connectionRequest }
    // The choice of a DomainMCSPDU is in the upper six bits (T.125 section 7); Connect Initial is 7F 65.
    return .mcs(message[7] == 0x7F ? 0x7F : message[7] & 0xFC)
  }
}
