import Facts

extension LogEvent {
  /// Events as the Event Viewer copies them, `wevtutil /f:text` and `Get-WinEvent` print them.
  ///
  /// - Returns: Those of Remote Desktop, and every one that was read, for saying what stood there.
  static func events(in text: PastedText) -> (events: [LogEvent], all: [LogEvent]) {
    var reader = EventText()
    for line in text.lines {
      reader.read(line)
      if reader.events.count >= countLimit { break }
    }
    reader.end()
    var all = reader.events
    var found = all.filter(\.isOfRemoteDesktop)
    if all.isEmpty {
      let table = EventCSV(text)
      found = table.events
      all = Array(repeating: LogEvent(), count: table.rows)
    }
    if all.isEmpty {
      found = EventPane(text).events
      all = found
    }
    return (found, all)
  }
}

private struct EventText {
  private static let idKeys = [
    "event id", "eventid", "id", "ereignis-id", "id de l'événement", "id de l’événement", "id del evento",
    "id evento", "identificação do evento", "id do evento", "gebeurtenis-id", "gebeurtenis id",
    "identyfikator zdarzenia",
    "код события", "イベント id", "事件 id", "事件识别码", "事件識別碼", "이벤트 id", "ereigniskennung",
  ]
  private static let providerKeys = [
    "source", "providername", "quelle", "origen", "origine", "fonte", "origem", "bron", "źródło", "источник",
    "ソース", "来源", "來源",
    "원본",
  ]
  private static let timeKeys = ["date", "timecreated", "datum", "fecha", "data", "дата", "日付", "日期", "날짜"]
  private static let firstKeys = [
    "log name", "protokollname", "nom du journal", "nombre de registro", "timecreated", "nome registro",
    "nome do log",
    "nome do registo", "logboeknaam", "nazwa dziennika", "имя журнала", "ログの名前", "日志名称", "記錄檔名稱", "로그 이름",
  ]

  private(set) var events: [LogEvent] = []
  private var current: LogEvent?
  /// The heading of a table of `Get-WinEvent`.
  private var tableProvider: String?
  /// The event in hand has its text already.
  private var hasMessage = false

  mutating func read(_ line: PastedText.Line) {
    if line.has("event[") { end() }
    if let pair = line.pair {
      if pair.key == "providername", current == nil { tableProvider = pair.value }
      // `fl *` puts the message first and the time last.
      let isLateTime = pair.key == "timecreated" && current?.timeText.isEmpty == true
      if pair.key == "message" {
        if hasMessage { end() }
        if current == nil, tableProvider == nil { current = LogEvent() }
        hasMessage = true
      }
      if Self.firstKeys.contains(pair.key), !isLateTime { end() }
      if Self.firstKeys.contains(pair.key) && !isLateTime
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
    hasMessage = false
  }
}
