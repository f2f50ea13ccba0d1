import Facts
import Wire

/// How a service beside RDP reacted to one attempt to reach it.
struct ServiceAttempt: Hashable, Sendable {
  enum Outcome: Hashable, Sendable {
    /// It answered in its own protocol.
    case answers
    case refused
    case silent
    /// The network says so.
    case unreachable(errno: Int32)
    /// The port opens, and nothing comes.
    case mute
    /// The port opens, and what comes is no answer: why not.
    case odd(String)
    case notKnown(Inconclusive)
  }

  /// What was asked, for example `tcp 192.0.2.7:88`.
  var place: String
  var outcome: Outcome
  /// What was learnt.
  var fields: [Finding.Field] = []

  init(_ place: String, _ outcome: Outcome, fields: [Finding.Field] = []) {
    self.place = place
    self.outcome = outcome
    self.fields = fields
  }

  /// - Parameter isSettled: Whether silence lasted long enough to mean something.
  static func outcome(of end: ConnectEnd, isSettled: Bool) -> Outcome {
    if let why = end.inconclusive { return .notKnown(why) }
    return switch end {
    case .refused, .reset: .refused
    case .unreachable(let errno): .unreachable(errno: errno)
    case .silent: isSettled ? .silent : .notKnown(.outOfTime)
    case .open, .cancelled, .failedHere, .overBudget: .mute
    }
  }

  /// Of a connection that was open.
  static func outcome(of end: StreamEnd, isSettled: Bool) -> Outcome {
    switch end {
    case .closed: .odd("the connection was closed without an answer")
    case .reset: .odd("the connection was reset without an answer")
    case .silent: isSettled ? .mute : .notKnown(.outOfTime)
    case .unreachable(let errno): .unreachable(errno: errno)
    case .protocolError(let what): .odd(SafeText.clean(what, limit: 120))
    case .cancelled: .notKnown(.cancelled)
    case .failedHere(let failure): .notKnown(.failedHere(failure))
    }
  }

  var detail: Detail {
    let word =
      switch outcome {
      case .answers: "answers"
      case .refused: "refused"
      case .silent: "silent"
      case .unreachable: "unreachable"
      case .mute: "mute"
      case .odd: "unreadable"
      case .notKnown: "not-known"
      }
    var all: [Finding.Field] = [.init("at", .text(place)), .init("outcome", .text(word))]
    switch outcome {
    case .odd(let reason): all.append(.init("reason", .text(reason)))
    case .unreachable(let errno): all.append(.init("errno", .integer(Int(errno))))
    case .notKnown(let why): all.append(.init("reason", .text(Inconclusive.sentence(why))))
    case .answers, .refused, .silent, .mute: break
    }
    return .table(all + fields)
  }

  /// What all attempts together say: one that answers settles it; else a refusal shows more than silence does.
  ///
  /// - Parameters:
  ///   - outcome: When one answers.
  ///   - muteIsSilent: Whether a port that opens and stays mute counts as silence; where the finding is about the host
  ///     and not about the service, it does not.
  static func status(
    of attempts: [ServiceAttempt], answered outcome: OutcomeID, muteIsSilent: Bool
  ) -> Finding.Status {
    var refused = false
    var odd: String?
    var unknown: Inconclusive?
    for attempt in attempts {
      switch attempt.outcome {
      case .answers: return .answered(outcome)
      case .refused: refused = true
      case .mute: odd = odd ?? (muteIsSilent ? nil : "the port opens, but nothing answers")
      case .odd(let reason): odd = odd ?? reason
      case .notKnown(let why): unknown = unknown ?? why
      case .silent, .unreachable: break
      }
    }
    if let odd { return .inconclusive(.unreadable(odd)) }
    if refused { return .answered("refused") }
    if let unknown { return .inconclusive(unknown) }
    return attempts.isEmpty ? .inconclusive(.notAsked("nothing was there to ask")) : .answered("silent")
  }
}

extension ProbeContext {
  /// Long enough for silence to mean something.
  static func isSettled(_ start: ContinuousClock.Instant) -> Bool {
    start.duration(to: .now) >= shortestSilence
  }

  /// Opens a connection to a service, talks over it, and closes it.
  ///
  /// - Parameters:
  ///   - body: Returns how the service reacted and what was learnt.
  func attempt(
    _ address: Address, port: UInt16, by limit: Deadline,
    _ body: (any ByteStream, ContinuousClock.Instant) async -> (ServiceAttempt.Outcome, [Finding.Field])
  ) async -> ServiceAttempt {
    let start = ContinuousClock.now
    let place = "tcp \(address.text(port: port))"
    let end = await connect(to: address, port: port, by: limit)
    guard case .open(let connection, _) = end else {
      return ServiceAttempt(
        place, ServiceAttempt.outcome(of: end, isSettled: Self.isSettled(start)))
    }
    defer { connection.close() }
    let (outcome, fields) = await body(connection, .now)
    return ServiceAttempt(place, outcome, fields: fields)
  }

  /// Reads until `decode` has what it wants, does not want what came, or nothing more comes.
  ///
  /// - Parameter decode: Throws `truncated` to read on. INVARIANT: not for ever; every decoder has its longest message.
  func read<Value>(
    from stream: any ByteStream, since start: ContinuousClock.Instant, by limit: Deadline,
    _ decode: ([UInt8]) throws(DecodeError) -> Value
  ) async -> ServiceAnswer<Value> {
    var received: [UInt8] = []
    while true {
      if !received.isEmpty {
        do throws(DecodeError) {
          return .value(try decode(received))
        } catch {
          if !error.needsMore { return .ended(.odd(SafeText.clean(error.description, limit: 160)), received) }
        }
      }
      switch await stream.receive(atMost: 16384, by: min(deadline, limit)) {
      case .bytes(let bytes): received += bytes
      case .ended(let end):
        switch end {
        case .cancelled, .failedHere: break
        default:
          if !received.isEmpty {
            return .ended(.odd("the answer broke off after \(received.count) bytes"), received)
          }
        }
        return .ended(ServiceAttempt.outcome(of: end, isSettled: Self.isSettled(start)), received)
      }
    }
  }
}

enum ServiceAnswer<Value> {
  case value(Value)
  /// With the bytes that came.
  case ended(ServiceAttempt.Outcome, [UInt8])
}
