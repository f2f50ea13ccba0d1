import ArgumentParser
import Diagnosis
import Facts
import Foundation

/// One look, as monitoring takes it.
struct MonitoringOutput {
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case nagios, prometheus
  }

  /// Exit status of monitoring plug-ins (Monitoring Plugins Development Guidelines, 2.1).
  enum Status: Int32 {
    case ok, warning, critical, unknown

    var word: String {
      switch self {
      case .ok: "OK"
      case .warning: "WARNING"
      case .critical: "CRITICAL"
      case .unknown: "UNKNOWN"
      }
    }
  }

  let status: Status
  private let look: Look
  private let cause: CauseID?
  private let title: String
  private let limit: Duration

  init(_ look: Look, _ ranking: [RankedCause], _ knowledge: KnowledgeBase, limit: Duration) {
    self.look = look
    self.limit = limit
    cause = ranking.first?.cause
    func outcome(_ id: FindingID) -> OutcomeID? { look.findings.first { $0.id == id }?.outcome }
    let isSoonOff = outcome("certificate.dates") == "expires-soon" || outcome("clock.skew") == "drifting"
    switch DiagnoseCommand.exitCode(ranking, couldNotCheck: look.couldNotCheck) {
    case 0:
      status = isSoonOff ? .warning : .ok
      let summaries = look.findings.filter {
        $0.outcome == "expires-soon" || $0.id == "clock.skew" && $0.outcome == "drifting"
      }.map(\.summary)
      title = isSoonOff ? summaries.joined(separator: " ") : "nothing wrong found"
    case Failure.Code.fault.rawValue:
      status = .critical
      title = cause.map { knowledge.cause($0)?.title ?? $0.name } ?? "a fault"
    case Failure.Code.couldNotCheck.rawValue:
      status = .unknown
      title = "this host itself was in the way, see rdptriage doctor"
    default:
      status = .unknown
      title = "undecided"
    }
  }

  func text(_ form: Form, now: Timestamp) -> String {
    switch form {
    case .nagios: nagios
    case .prometheus: prometheus(now)
    }
  }

  /// A text before the bar, performance data behind it: one line.
  private var nagios: String {
    var data = [
      "time=\(Self.number(look.elapsed.seconds))s;;;0;\(Self.number(limit.seconds))"
    ]
    if let days = integer("certificate.dates", "days_left") { data.append("certificate=\(days)d;14:;0:") }
    if let skew = number("clock.skew", "seconds") {
      data.append("clock_skew=\(Self.number(skew))s;-60:60;-300:300")
    }
    let target = SafeText.clean(look.target.connectText, limit: 255)
    let words = SafeText.clean(title, limit: 200).map { $0 == "|" ? "/" : $0 }
    return "RDP \(status.word) - \(target): \(String(words)) | \(data.joined(separator: " "))"
  }

  /// The text format of Prometheus, version 0.0.4: for the textfile collector of node_exporter.
  private func prometheus(_ now: Timestamp) -> String {
    let target = Self.label("target", look.target.prometheusName)
    var lines: [String] = []
    func add(_ name: String, _ help: String, _ labels: String, _ value: String) {
      lines += [
        "# HELP \(name) \(help)", "# TYPE \(name) gauge", "\(name){\(labels)} \(value)",
      ]
    }
    add(
      "rdptriage_status", "Verdict on the host: 0 ok, 1 warning, 2 critical, 3 unknown.", target,
      "\(status.rawValue)")
    if let cause {
      add(
        "rdptriage_likeliest_cause_info", "The likeliest cause, by its id.",
        target + "," + Self.label("cause", cause.name), "1")
    }
    add(
      "rdptriage_look_duration_seconds", "Wall time of the look.", target,
      Self.number(look.elapsed.seconds))
    add(
      "rdptriage_look_timestamp_seconds", "When the look ended, in seconds since 1970.", target,
      Self.number(now.seconds))
    if let expiry {
      add(
        "rdptriage_certificate_expiry_timestamp_seconds",
        "When the certificate ends, in seconds since 1970.", target, Self.number(expiry))
    }
    if let skew = number("clock.skew", "seconds") {
      add(
        "rdptriage_clock_skew_seconds", "How far the host is ahead of this one.", target, Self.number(skew))
    }
    // print() adds the end of the last line, without which the format is not valid.
    return lines.joined(separator: "\n")
  }

  private var expiry: Double? {
    guard case .text(let text)? = detail("certificate.dates", "to") else { return nil }
    let time = try? Date(text.replacing(" ", with: "T") + ":00Z", strategy: .iso8601)
    return time?.timeIntervalSince1970
  }

  private func detail(_ id: FindingID, _ name: String) -> Detail? {
    look.findings.first { $0.id == id && $0.outcome != nil }?.details.first { $0.name == name }?.value
  }

  private func integer(_ id: FindingID, _ name: String) -> Int? {
    if case .integer(let value)? = detail(id, name) { value } else { nil }
  }

  private func number(_ id: FindingID, _ name: String) -> Double? {
    if case .number(let value)? = detail(id, name), value.isFinite { value } else { nil }
  }

  /// Without an exponent, in thousandths.
  private static func number(_ value: Double) -> String {
    let text = String(format: "%.3f", locale: Locale(identifier: "en_US_POSIX"), value)
    return text == "-0.000" ? "0.000" : text
  }

  private static func label(_ name: String, _ value: String) -> String {
    let escaped = SafeText.clean(value, limit: 255).replacing("\\", with: "\\\\").replacing(
      "\"", with: "\\\"")
    return "\(name)=\"\(escaped)\""
  }
}

extension Target {
  /// Always with the port, as instances are named.
  fileprivate var prometheusName: String {
    if case .ipv6(let text) = host { return "[\(text)]:\(port)" }
    return "\(hostText):\(port)"
  }
}

extension Duration {
  fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
