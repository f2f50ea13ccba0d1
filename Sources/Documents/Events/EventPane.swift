import Facts

/// The text of one event as the pane "General" shows it, without its source and number, in any language: what it is stands in its numbers
/// and in the few words that Windows does not put into every event.
struct EventPane {
  private(set) var events: [LogEvent] = []

  init(_ text: PastedText) {
    var type: String?
    var statuses: [String] = []
    var failure: String?
    var process = ""
    var isPreauthentication = false
    var isPackage = false
    for line in text.lines.prefix(400) {
      isPreauthentication =
        isPreauthentication
        || line.has(anyOf: [
          "pre-auth", "präauth", "préauth", "preaut", "vorauth", "предвар", "事前認証", "预身份", "사전 인증",
        ])
      isPackage = isPackage || line.has("microsoft_authentication_package")
      guard let pair = line.pair, !pair.value.isEmpty else { continue }
      let value = pair.value.drop { $0 == ":" || $0 == " " }
      let lowered = value.lowercased()
      if let number = Int(value), (0...13).contains(number), Self.typeKeys.contains(where: pair.key.contains)
      {
        type = String(value)
      } else if lowered.hasPrefix("0xc"), lowered.utf8.count == 10 {
        statuses.append(lowered)
      } else if lowered == "0x0", !statuses.isEmpty {
        statuses.append(lowered)
      } else if lowered.hasPrefix("0x"), lowered.utf8.count <= 4, failure == nil,
        Self.failureKeys.contains(where: pair.key.contains)
      {
        failure = lowered
      } else if lowered.hasSuffix(".exe") {
        process = SafeText.clean(String(value), limit: 200)
      }
    }
    if let type, statuses.first != nil {
      var event = LogEvent()
      event.provider = "Microsoft-Windows-Security-Auditing"
      event.id = 4625
      event.values =
        [.init(name: "LogonType", text: type), .init(name: "ProcessName", text: process)]
        + statuses.map { .init(name: "", text: $0) }
      events = [event]
    } else if let failure, isPreauthentication {
      var event = LogEvent()
      event.provider = "Microsoft-Windows-Security-Auditing"
      event.id = 4771
      event.values = [.init(name: "Status", text: failure)]
      events = [event]
    } else if isPackage, let status = statuses.first {
      var event = LogEvent()
      event.provider = "Microsoft-Windows-Security-Auditing"
      event.id = 4776
      event.values = [.init(name: "Status", text: status)]
      events = [event]
    }
  }

  /// "Logon type" in the languages of Windows, in lower case.
  static let typeKeys = [
    "logontype", "logon type", "anmeldetyp", "type d'ouverture de session", "type d’ouverture de session",
    "type d'ouverture", "tipo de inicio de sesi", "tipo de logon", "tipo de início de sess",
    "tipo di accesso", "tipo accesso",
    "aanmeldingstype", "type aanmelding", "typ logowania", "тип входа", "ログオン タイプ", "ログオンの種類", "登录类型", "登入類型",
    "로그온 유형", "inloggningstyp", "logontyp", "typ přihlášení", "oturum açma türü",
  ]

  /// "Failure code" and "result code".
  private static let failureKeys = [
    "failure code", "result code", "fehlercode", "ergebniscode", "code d'échec", "code d’échec",
    "code de résultat",
    "código de error", "código de resultado", "codice errore", "codice di errore", "codice risultato",
    "código de falha", "foutcode",
    "resultaatcode", "kod błędu", "kod wyniku", "код ошибки", "код результата", "エラー コード", "結果コード", "失败代码",
    "错误代码", "결과 코드",
    "오류 코드", "실패 코드",
  ]
}
