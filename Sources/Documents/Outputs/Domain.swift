import Facts

extension OutputReader {
  /// `klist`: is there a ticket for Remote Desktop?
  static let tickets = OutputReader("klist", states: ["paste.kerberos-ticket"]) { text in
    guard text.lines.contains(where: { $0.has("krbtgt/") || $0.has("#0>") || $0.has("cached tickets") })
    else {
      return []
    }
    guard let place = text.lines.firstIndex(where: { $0.has("termsrv/") }) else {
      return [Finding("paste.kerberos-ticket", "none", "There is no Kerberos ticket for TERMSRV.")]
    }
    let ticket = text.lines[place].pair?.value ?? text.lines[place].text.trimmed
    // The fourth line of a ticket says when it ends; its format follows the language, so it is shown and not weighed.
    let ends = text.lines[place...].prefix(6).compactMap(\.pair).dropFirst(4).first?.value ?? ""
    return [
      Finding(
        "paste.kerberos-ticket", "present", "There is a Kerberos ticket for \(ticket).",
        [.init("ticket", .quoted(ticket)), .init("ends", .quoted(ends))])
    ]
  }

  /// `w32tm /stripchart` and `/query /status`: the offset stands behind `o:`, in seconds.
  static let clock = OutputReader("w32tm", states: ["paste.clock-offset"]) { text in
    var offset: Double?
    var source: String?
    for line in text.lines {
      if line.has("local cmos clock") || line.has("free-running system clock") { source = line.pair?.value }
      let isOffset = line.has("phase offset") || isSample(line)
      guard isOffset || line.has("o:") else { continue }
      for word in line.words {
        let digits: Substring
        if word.hasPrefix("o:") {
          digits = word.dropFirst(2)
        } else if isOffset {
          digits = word
        } else {
          continue
        }
        guard digits.hasSuffix("s"), let seconds = Double(digits.dropLast()), seconds.isFinite else {
          continue
        }
        offset = seconds
      }
    }
    guard let offset else {
      guard let source else { return [] }
      return [Finding("paste.clock-offset", "no-source", "The clock follows no other: \(source).")]
    }
    let size = abs(offset)
    let outcome: OutcomeID = size >= 300 ? "broken" : size >= 60 ? "drifting" : "in-step"
    return [
      Finding(
        "paste.clock-offset", outcome, "The clock is off by \(Int(min(size, 1e12))) seconds.",
        [.init("seconds", .number(offset))])
    ]
  }

  /// `14:05:12, +00.0123456s` of `/dataonly`.
  private static func isSample(_ line: PastedText.Line) -> Bool {
    guard line.has(", "), !line.has("w32tm") else { return false }
    let words = line.words
    return words.count == 2 && words[0].hasSuffix(",") && words[0].filter { $0 == ":" }.count == 2
  }

  /// `nltest /sc_verify` and `Test-ComputerSecureChannel`. The names of the states are never translated.
  static let secureChannel = OutputReader(
    "nltest /sc_verify, Test-ComputerSecureChannel", states: ["paste.secure-channel"]
  ) { text in
    let broken = ["0x6fd", "0x6fb", "0x6fa", "error_trusted", "error_no_trust", "0x5 error_access_denied"]
    let unreachable = [
      "error_no_logon_servers", "error_no_such_domain", "0x51f", "0x54b", "error_domain_controller",
    ]
    var result: Finding?
    var isAsked = 0
    for line in text.lines {
      func state(_ outcome: OutcomeID) {
        result = Finding("paste.secure-channel", outcome, "The secure channel: \(line.text.trimmed)")
      }
      if line.has("test-computersecurechannel") {
        isAsked = 4
        continue
      }
      isAsked = max(0, isAsked - 1)
      let isAbout = line.has("status") || line.has("nltest") || line.has("getdcname")
      if isAbout, line.has(anyOf: broken) {
        state("trust-failed")
      } else if isAbout, line.has(anyOf: unreachable) {
        if result?.outcome != "trust-failed" { state("no-logon-servers") }
      } else if line.has("nerr_success"), line.has("trust") || line.has("status"), result == nil {
        state("verified")
      } else if isAsked > 0, ["true", "false"].contains(line.text.trimmed.lowercased()) {
        state(line.has("true") ? "verified" : "trust-failed")
      }
    }
    return result.map { [$0] } ?? []
  }

  /// `dsregcmd /status`. Keys and values are never translated.
  static let deviceJoin = OutputReader("dsregcmd /status", states: ["paste.device-join"]) { text in
    guard let entra = text.value(of: "azureadjoined"), let domain = text.value(of: "domainjoined") else {
      return []
    }
    let (isEntra, isDomain) = (entra.lowercased().hasPrefix("yes"), domain.lowercased().hasPrefix("yes"))
    let outcome: OutcomeID = isEntra ? (isDomain ? "hybrid" : "entra-only") : isDomain ? "domain" : "none"
    return [
      Finding(
        "paste.device-join", outcome, "Entra ID: \(entra), Active Directory: \(domain).",
        [.init("name", .quoted(text.value(of: "device name") ?? ""))])
    ]
  }

  /// `setspn -Q TERMSRV/…`: each account that has the name stands on a line that begins with `CN=`.
  static let servicePrincipalName = OutputReader("setspn -Q", states: ["paste.spn"]) { text in
    guard text.has("setspn") || text.lines.contains(where: { $0.folded.starts(with: "cn=".utf8) }),
      text.has("termsrv/")
    else { return [] }
    let accounts = Set(text.lines.map { $0.text.trimmed }.filter { $0.uppercased().hasPrefix("CN=") })
    let outcome: OutcomeID = accounts.isEmpty ? "missing" : accounts.count == 1 ? "once" : "twice"
    return [
      Finding(
        "paste.spn", outcome, "\(accounts.count) accounts carry the name TERMSRV.",
        [.init("accounts", .quoted(list: accounts.sorted()))])
    ]
  }

  /// `Get-ADUser … -Properties LockedOut,Enabled,PasswordExpired`.
  static let accountState = OutputReader("Get-ADUser", states: ["paste.account-state"]) { text in
    func flag(_ key: String) -> Bool? { text.value(of: key).map { $0.lowercased() == "true" } }
    func state(_ outcome: OutcomeID, _ summary: String) -> [Finding] {
      [Finding("paste.account-state", outcome, summary)]
    }
    if text.has("adidentitynotfoundexception") {
      return state("no-such-account", "There is no such account.")
    }
    let (locked, enabled, expired) = (flag("lockedout"), flag("enabled"), flag("passwordexpired"))
    guard locked != nil || expired != nil || enabled != nil && text.has("samaccountname") else { return [] }
    if enabled == false { return state("disabled", "The account is disabled.") }
    if locked == true { return state("locked", "The account is locked out.") }
    if expired == true { return state("password-expired", "The password has expired.") }
    if let computers = text.value(of: "logonworkstations"), !computers.isEmpty {
      return state("hours-or-computers", "The account may sign in at \(computers) only.")
    }
    guard locked == false, enabled == true, expired == false else { return [] }
    return state("in-order", "The account is active, not locked, its password has not expired.")
  }
}
