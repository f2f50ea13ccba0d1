import Facts

/// Events that the Event Viewer or PowerShell saved as CSV, in any language: by the names of PowerShell's columns, or by where a source
/// and a number stand.
struct EventCSV {
  private(set) var events: [LogEvent] = []
  /// Rows that looked like an event of any program.
  private(set) var rows = 0
  private static let fieldLimit = 60

  init(_ text: PastedText) {
    guard let first = text.lines.first(where: { !$0.isBlank }), let separator = Self.separator(first.text)
    else {
      return
    }
    var columns: [String: Int] = [:]
    var record = ""
    var quotes = 0
    var isHead = true
    for line in text.lines {
      record += record.isEmpty ? line.text : "\n" + line.text
      quotes += line.text.utf8.count { $0 == 0x22 }
      // A quotation mark that is open goes on in the next line.
      if quotes % 2 == 1, record.utf8.count < 8_000 { continue }
      let fields = Self.fields(record, separator)
      record = ""
      quotes = 0
      guard fields.count >= 4 else { continue }
      if isHead {
        isHead = false
        for (place, field) in fields.enumerated() { columns[field.lowercased()] = place }
        if columns["id"] == nil { columns = [:] }
        if Self.row(fields, columns) == nil { continue }
      }
      guard let event = Self.row(fields, columns) else { continue }
      rows += 1
      if event.isOfRemoteDesktop, events.count < LogEvent.countLimit { events.append(event) }
    }
  }

  private static func separator(_ line: String) -> Character? {
    let candidates: [Character] = [",", ";", "\t"]
    return candidates.max { left, right in
      line.count { $0 == left } < line.count { $0 == right }
    }.flatMap { best in line.count { $0 == best } >= 3 ? best : nil }
  }

  private static func fields(_ record: String, _ separator: Character) -> [String] {
    var fields: [String] = []
    var current = ""
    var isQuoted = false
    var wasQuote = false
    for character in record {
      guard fields.count < fieldLimit else { break }
      if character == "\"" {
        if isQuoted {
          isQuoted = false
          wasQuote = true
        } else {
          if wasQuote { current.append("\"") }
          isQuoted = true
          wasQuote = false
        }
        continue
      }
      wasQuote = false
      if character == separator, !isQuoted {
        fields.append(current.trimmed)
        current = ""
      } else {
        current.append(character)
      }
    }
    return fields + [current.trimmed]
  }

  private static func row(_ fields: [String], _ columns: [String: Int]) -> LogEvent? {
    func field(_ name: String) -> String? {
      columns[name].flatMap { fields.indices.contains($0) ? fields[$0] : nil }
    }
    var event = LogEvent()
    if let provider = field("providername") ?? field("source"), let id = field("id").flatMap({ UInt32($0) }) {
      event.provider = SafeText.clean(provider, limit: 120)
      event.id = id
      event.timeText = SafeText.clean(field("timecreated") ?? field("timegenerated") ?? "", limit: 40)
      event.computer = SafeText.clean(field("machinename") ?? "", limit: 120)
    } else {
      guard
        let place = fields.indices.first(where: { index in
          index + 1 < fields.count && isSource(fields[index]) && UInt32(fields[index + 1]) != nil
        })
      else { return nil }
      event.provider = SafeText.clean(fields[place], limit: 120)
      event.id = UInt32(fields[place + 1]) ?? 0
      event.timeText = SafeText.clean(
        fields[..<place].last { $0.contains(":") && $0.contains(where: \.isNumber) } ?? "", limit: 40)
    }
    guard event.id > 0, event.id <= 65_535 else { return nil }
    let text = field("message") ?? fields.max { $0.utf8.count < $1.utf8.count } ?? ""
    event.values = LogEvent.values(ofText: text)
    return event
  }

  private static func isSource(_ text: String) -> Bool {
    var probe = LogEvent()
    probe.provider = text
    return text.hasPrefix("Microsoft-Windows-") || probe.isOfRemoteDesktop
      || ["service control manager", "netlogon", "eventlog", "user32", "termservice"].contains(
        text.lowercased())
  }
}

extension LogEvent {
  /// The lines of an event's text, each as a value; names stand before a colon.
  static func values(ofText text: String) -> [Value] {
    let lines: [Substring] = text.split { $0 == "\n" || $0 == "\r" }
    return lines.prefix(valueLimit).map { line in
      guard let place = line.firstIndex(of: ":") else {
        return Value(name: "", text: SafeText.clean(String(line).trimmed, limit: 200))
      }
      return Value(
        name: SafeText.clean(String(line[..<place]).trimmed, limit: 80),
        text: SafeText.clean(
          String(line[line.index(after: place)...].drop { $0 == ":" || $0 == " " || $0 == "\t" }).trimmed,
          limit: 200))
    }
  }
}
