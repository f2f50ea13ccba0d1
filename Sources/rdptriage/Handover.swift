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
    return try HandoverOptions.carefully(file) { () throws(IntakeError) in
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

  func validate() throws {
    guard (pastes + [connection.file].compactMap(\.self)).count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("Standard input (-) can be read once only.")
    }
  }

  func read(port: UInt16, knowledge: KnowledgeBase) throws -> [Submission] {
    let meaning = knowledge.eventMeanings
    return try pastes.map { file in
      try Self.carefully(file) { () throws(IntakeError) in
        try Intake.read(file: file, port: port, meaning: { meaning[$0] })
      }
    }
  }

  /// Standard input is waited for as long as it lasts, anything else for as long as the whole run may take.
  static func carefully(
    _ file: String, _ read: @escaping @Sendable () throws(IntakeError) -> Submission
  ) throws -> Submission {
    let work: @Sendable () -> Result<Submission, IntakeError> = {
      do throws(IntakeError) {
        return .success(try read())
      } catch {
        return .failure(error)
      }
    }
    guard let result = file == "-" ? work() : Patience.wait(for: work) else {
      throw Patience.tooSlow(file).exit()
    }
    switch result {
    case .success(let submission): return submission
    case .failure(let error):
      throw Failure(error.kind == .missing ? .noInput : .data, error.description).exit()
    }
  }
}

extension KnowledgeBase {
  /// What event ids mean, one sentence each.
  var eventMeanings: [UInt32: String] {
    Dictionary(
      codes.filter { $0.family == .event }.map { ($0.value, $0.meaning) },
      uniquingKeysWith: { first, _ in first })
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
