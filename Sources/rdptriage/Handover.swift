import ArgumentParser
import Diagnosis
import Facts
import Foundation
import Intake
import Knowledge

/// A connection file, where one was handed in.
struct ConnectionFileOptions: ParsableArguments {
  @Option(
    name: .customLong("rdp-file"),
    help: ArgumentHelp(
      "The connection file that the user opens; also gives target and gateway.", valueName: "file"))
  var file: String?

  func read() throws -> Submission? {
    guard let file else { return nil }
    return try HandoverOptions.carefully { () throws(IntakeError) in
      try Intake.read(connectionFile: file)
    }
  }
}

/// Everything that can be handed in: a connection file, and outputs or event logs.
struct HandoverOptions: ParsableArguments {
  @OptionGroup var connection: ConnectionFileOptions
  @Option(
    name: .customLong("paste"),
    help: ArgumentHelp(
      "Output of commands (qwinsta, sc query, reg query, klist, …) or an event log (text, XML, .evtx); - reads standard input.",
      valueName: "file"))
  var pastes: [String] = []
  @Option(
    name: .customLong("when"),
    help: ArgumentHelp(
      "When the call failed, by this host's clock: 09:15, or 2026-05-04 09:15 (with Z at the end: UTC). Entries of event logs more than 30 minutes from it do not count.",
      valueName: "time"))
  var when: String?

  func validate() throws {
    if let when, Self.window(when) == nil {
      throw ValidationError(
        "--when takes 09:15 or 2026-05-04 09:15, not “\(SafeText.clean(when, limit: 40))”.")
    }
    guard (pastes + [connection.file].compactMap(\.self)).count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("Standard input (-) can be read once only.")
    }
  }

  func read(port: UInt16, knowledge: KnowledgeBase) throws -> [Submission] {
    let knowing = knowledge.forTexts
    return try pastes.map { file in
      try Self.carefully { () throws(IntakeError) in
        try Intake.read(file: file, port: port, knowing: knowing, window: window)
      }
    }
  }

  private var window: TimeWindow? { when.flatMap { Self.window($0) } }

  /// A time of today, or of the date that stands before it.
  static func window(_ text: String, now: Date = Date()) -> TimeWindow? {
    let isUTC = text.hasSuffix("Z") || text.lowercased().hasSuffix("utc")
    let numbers = text.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
    let zone = isUTC ? TimeZone.gmt : TimeZone.current
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    var parts = calendar.dateComponents([.year, .month, .day], from: now)
    let clock: [Int]
    if numbers.count >= 5, numbers[0] > 31 {
      (parts.year, parts.month, parts.day) = (numbers[0], numbers[1], numbers[2])
      clock = Array(numbers[3...])
    } else if (2...3).contains(numbers.count), text.contains(":") {
      clock = numbers
    } else {
      return nil
    }
    guard (0...23).contains(clock[0]), (0...59).contains(clock[1]), (1...12).contains(parts.month ?? 0),
      (1...31).contains(parts.day ?? 0)
    else { return nil }
    (parts.hour, parts.minute, parts.second) = (clock[0], clock[1], 0)
    guard let date = calendar.date(from: parts) else { return nil }
    let utc = date.timeIntervalSince1970
    return TimeWindow(
      utc: Timestamp(seconds: utc),
      local: Timestamp(seconds: utc + Double(TimeZone.current.secondsFromGMT(for: date))))
  }

  static func carefully(_ read: () throws(IntakeError) -> Submission) throws -> Submission {
    do {
      return try read()
    } catch {
      throw Failure(error.kind == .missing ? .noInput : .data, error.description).exit()
    }
  }
}

extension ProbeOptions {
  /// The target as typed, or as the connection file gives it; its gateway counts where none was typed.
  func request(for typed: String?, file: Submission?, only: Set<FindingID>? = nil) throws -> ProbeRequest {
    guard let text = typed ?? file?.connection?.address else {
      throw ValidationError(
        file == nil
          ? "Name the target: name, name:port, 192.0.2.7, [::1]:port or rdp://…"
          : "The connection file names no computer: type the target as well.")
    }
    var request = try request(for: text, only: only)
    if gateway == nil, let named = file?.connection?.gateway {
      request.target.gateway = try? Target(named).connectText
    }
    request.routingToken = ProbeRequest.routingToken(in: file?.findings ?? [])
    return request
  }
}
