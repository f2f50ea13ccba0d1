import Facts

extension OutputReader {
  /// `change logon /query`. The words that matter stand in capitals in every language.
  static let logonMode = OutputReader("change logon /query", states: ["paste.logon-query"]) { text in
    let about = ["login", "logon", "anmeld", "ouverture", "connexion", "inicio", "sesi", "accessi"]
    let restart = ["restart", "neu gestartet", "neustart", "redémarr", "reinici", "riavvi"]
    var result: [Finding] = []
    for line in text.lines where line.has(anyOf: about) {
      let switches = line.words.compactMap { isOn(String($0.filter(\.isLetter))) }
      guard !switches.isEmpty else { continue }
      let outcome: OutcomeID
      switch (switches.contains(true), switches.contains(false)) {
      case (true, true): outcome = line.has(anyOf: restart) ? "drain-until-restart" : "drain"
      case (false, _): outcome = "disabled"
      case (true, false): outcome = "enabled"
      }
      result = [
        Finding(
          "paste.logon-query", outcome, "change logon says: \(line.text.trimmed)",
          [.init("line", .quoted(line.text.trimmed))])
      ]
    }
    return result
  }

  /// ENABLED or DISABLED in capitals; nil for any other word.
  private static func isOn(_ word: String) -> Bool? {
    guard word.count >= 6, word == word.uppercased() else { return nil }
    let folded = word.lowercased()
    let off = [
      "disabled", "deaktiv", "désactiv", "desactiv", "deshabilit", "inhabilit", "disabilit", "disattiv",
    ]
    if off.contains(where: folded.hasPrefix) { return false }
    let on = ["enabled", "aktiviert", "activ", "habilit", "abilitat", "attivat"]
    return on.contains(where: folded.hasPrefix) ? true : nil
  }
}
