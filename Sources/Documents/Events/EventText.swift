import Facts

extension LogEvent {
  /// Events as the Event Viewer copies them, `wevtutil /f:text` and `Get-WinEvent` print them.
  static func events(in text: PastedText) -> [LogEvent] {
    var reader = EventText()
    for line in text.lines {
      reader.read(line)
      if reader.events.count >= countLimit { break }
    }
    reader.end()
    return reader.events.filter(\.isOfRemoteDesktop)
  }
}

private struct EventText {
  private static let idKeys = [
    "event id", "eventid", "id", "ereignis-id", "id de l'événement", "id de l’événement", "id. del evento",
    "id del evento", "id evento",
  ]
  private static let providerKeys = ["source", "providername", "quelle", "origen", "origine"]
  private static let timeKeys = ["date", "timecreated", "datum", "fecha", "data"]
  private static let firstKeys = [
    "log name", "protokollname", "nom du journal", "nombre de registro", "timecreated", "nome registro",
  ]

  private(set) var events: [LogEvent] = []
  private var current: LogEvent?
  /// The heading of a table of `Get-WinEvent`.
  private var tableProvider: String?

  mutating func read(_ line: PastedText.Line) {
    if line.has("event[") { end() }
    if let pair = line.pair {
      if pair.key == "providername", current == nil { tableProvider = pair.value }
      if Self.firstKeys.contains(pair.key) { end() }
      if Self.firstKeys.contains(pair.key)
        || current == nil && Self.providerKeys.contains(pair.key) && tableProvider == nil
      {
        current = LogEvent()
      }
      guard current != nil else { return readRow(line) }
      if Self.providerKeys.contains(pair.key), current?.provider.isEmpty == true {
        current?.provider = SafeText.clean(pair.value, limit: 120)
        return
      }
      if Self.idKeys.contains(pair.key), current?.id == 0, let id = UInt32(pair.value), id <= 65535 {
        current?.id = id
        return
      }
      if Self.timeKeys.contains(pair.key), current?.timeText.isEmpty == true {
        current?.time = Timestamp(iso: pair.value)
        current?.timeText = SafeText.clean(pair.value, limit: 40)
        return
      }
    } else {
      readRow(line)
    }
    guard let event = current, event.values.count < LogEvent.valueLimit, !line.isBlank else { return }
    current?.values.append(
      .init(
        name: line.pair?.key ?? "", text: SafeText.clean(line.pair?.value ?? line.text.trimmed, limit: 200)))
  }

  /// `8/7/2018 6:22:07 PM   261 Information  Listener RDP-Tcp received a connection`
  private mutating func readRow(_ line: PastedText.Line) {
    guard let provider = tableProvider, current == nil else { return }
    let words = line.words
    guard words.count >= 4, words[0].first?.isNumber == true, words[1].contains(":"),
      let place = [2, 3].first(where: { $0 < words.count && words[$0].isNumber }),
      let id = UInt32(words[place]),
      id > 0, id <= 65535
    else { return }
    var event = LogEvent()
    event.provider = SafeText.clean(provider, limit: 120)
    event.id = id
    event.timeText = SafeText.clean(words[..<place].joined(separator: " "), limit: 40)
    event.values = [
      .init(name: "", text: SafeText.clean(words[(place + 1)...].joined(separator: " "), limit: 200))
    ]
    events.append(event)
  }

  mutating func end() {
    if let current, current.id > 0, !current.provider.isEmpty { events.append(current) }
    current = nil
  }
}
