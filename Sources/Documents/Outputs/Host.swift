import Facts

extension OutputReader {
  /// `systeminfo`, `ver`, `winver` and `Get-ComputerInfo`: the build number tells the generation.
  static let windowsVersion = OutputReader(
    "systeminfo, ver, winver", states: ["paste.host-build", "paste.windows-edition"]
  ) { text in
    var build: Int?
    var edition: OutcomeID?
    for line in text.lines
    where line.has("windows") || line.has("10.0.") || line.has("build") || line.has("edition") {
      build = buildNumber(in: line.text) ?? build
      if line.has("windows server") {
        edition = "server"
      } else if line.has("windows 1"), line.has(" home") || line.has(" famille") {
        edition = "home"
      } else if line.has("windows 1"), line.has(anyOf: [" pro", " enterprise", " education", " entreprise"]) {
        edition = "pro-or-enterprise"
      }
    }
    var findings: [Finding] = []
    if let build {
      let outcome: OutcomeID =
        switch build {
        case 26100...: "server-2025-or-11-24h2"
        case 20348: "server-2022"
        case 20349..<26100: "windows-11"
        default: "before-2022"
        }
      findings.append(
        Finding("paste.host-build", outcome, "The build is \(build).", [.init("build", .integer(build))]))
    }
    if let edition { findings.append(Finding("paste.windows-edition", edition, "The edition was read.")) }
    return findings
  }

  /// The `20348` of `10.0.20348.2340`, or of `OS Build 20348`.
  private static func buildNumber(in text: String) -> Int? {
    let words = text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".")) }
    for (index, word) in words.enumerated() {
      let parts = word.split(separator: ".")
      if parts.count >= 3, ["10", "6"].contains(parts[0]), parts[1].utf8.count == 1,
        (4...5).contains(parts[2].utf8.count)
      {
        return Int(parts[2])
      }
      if index > 0, words[index - 1].lowercased() == "build", let first = parts.first, first.utf8.count == 5 {
        return Int(first)
      }
    }
    return nil
  }

  /// `Get-NetFirewallRule` as list or table; `Get-NetConnectionProfile` beside it is taken into account.
  static let firewallRules = OutputReader("Get-NetFirewallRule", states: ["paste.firewall-rules"]) { text in
    struct Rule {
      var isOn: Bool?
      var blocks = false
      var profiles = ""
    }
    var rules: [Rule] = []
    var isOpen = false
    var network: String?
    for line in text.lines {
      if let category = line.value(of: "networkcategory") {
        network = category.lowercased().hasPrefix("domain") ? "domain" : category.lowercased()
      }
      let words = line.words.map { $0.lowercased() }
      if let name = words.first, name.hasPrefix("remotedesktop-"), words.count >= 3 {
        var rule = Rule(blocks: words.contains("block"))
        rule.isOn = words.contains("true") ? true : words.contains("false") ? false : nil
        rule.profiles = words.dropFirst().filter { !["true", "false", "allow", "block"].contains($0) }.joined(
          separator: " ")
        if rules.count < 200 { rules.append(rule) }
        isOpen = false
      } else if let pair = line.pair {
        if pair.key == "name" {
          isOpen = pair.value.lowercased().hasPrefix("remotedesktop-")
          if isOpen, rules.count < 200 { rules.append(Rule()) }
        }
        guard isOpen, let last = rules.indices.last else { continue }
        switch pair.key {
        case "enabled": rules[last].isOn = pair.value.lowercased().hasPrefix("true")
        case "action": rules[last].blocks = pair.value.lowercased().hasPrefix("block")
        case "profile": rules[last].profiles = pair.value.lowercased()
        default: break
        }
      }
    }
    let known = rules.filter { $0.isOn != nil }
    guard !known.isEmpty else { return [] }
    let on = known.filter { $0.isOn == true }
    func fits(_ rule: Rule) -> Bool {
      guard let network, !rule.profiles.isEmpty, !rule.profiles.contains("any") else { return true }
      return rule.profiles.contains(network)
    }
    let outcome: OutcomeID =
      on.contains { $0.blocks && fits($0) }
      ? "blocked-by-policy" : on.contains { !$0.blocks && fits($0) } ? "on" : "off"
    return [
      Finding(
        "paste.firewall-rules", outcome, "\(on.count) of \(known.count) rules for Remote Desktop are on.",
        network.map { [.init("network", .quoted($0))] } ?? [])
    ]
  }

  /// `Get-WindowsFeature RDS*`.
  static let brokerRole = OutputReader("Get-WindowsFeature RDS*", states: ["paste.broker-role"]) { text in
    guard let line = text.lines.last(where: { $0.has("rds-connection-broker") && $0.has("[") }) else {
      return []
    }
    let isInstalled = line.has("[x]")
    return [
      Finding(
        "paste.broker-role", isInstalled ? "installed" : "not-installed",
        "The Connection Broker role is \(isInstalled ? "installed" : "not installed").")
    ]
  }

  /// `certutil -verify`: the names of the errors are never translated.
  static let certificateCheck = OutputReader("certutil -verify", states: ["paste.certificate-check"]) {
    text in
    let faults: [(words: [String], outcome: OutcomeID, summary: String)] = [
      (["crypt_e_revoked", "0x80092010", "0x800b010c"], "revoked", "The certificate is revoked."),
      (
        ["cert_e_expired", "0x800b0101"], "expired", "The certificate, or one above it, is not in its dates."
      ),
      (
        ["cert_e_untrustedroot", "0x800b0109"], "untrusted-root",
        "The issuer at the top is not trusted there."
      ),
      (
        ["cert_e_chaining", "0x800b010a"], "incomplete-chain",
        "A certificate between this one and its root is missing."
      ),
      (
        ["crypt_e_revocation_offline", "0x80092013", "crypt_e_no_revocation_check", "0x80092012"],
        "revocation-offline", "The list of revoked certificates cannot be fetched."
      ),
    ]
    for fault in faults where text.lines.contains(where: { $0.has(anyOf: fault.words) }) {
      return [Finding("paste.certificate-check", fault.outcome, fault.summary)]
    }
    guard
      text.has("dwerrorstatus=0") || text.has("dwerrorstatus = 0")
        || text.has("leaf certificate revocation check passed")
    else { return [] }
    return [Finding("paste.certificate-check", "fine", "certutil finds nothing wrong with the certificate.")]
  }

  /// The thumbprint of the listener (`Win32_TSGeneralSetting`) beside a listing of the store (`dir Cert:`, `certutil -store`).
  static let listenerCertificate = OutputReader(
    "SSLCertificateSHA1Hash with dir Cert:", states: ["paste.listener-certificate"]
  ) { text in
    var bound: String?
    var keys: [String: Bool?] = [:]
    var current: String?
    for line in text.lines {
      let pair = line.pair
      if let pair, pair.key == "sslcertificatesha1hash" {
        bound = thumbprint(pair.value)
        continue
      }
      let listed =
        line.words.first.flatMap { thumbprint($0) }
        ?? pair.flatMap { $0.key == "thumbprint" || $0.key.contains("sha1") ? thumbprint($0.value) : nil }
      if let listed, keys.count < 1000 {
        current = listed
        let words = line.words.map { $0.lowercased() }
        keys[listed] = .some(words.contains("true") ? true : words.contains("false") ? false : nil)
      } else if let current {
        if let value = line.value(of: "hasprivatekey") {
          keys[current] = .some(value.lowercased().hasPrefix("true"))
        } else if line.has("missing stored keyset") || line.has("cryptacquirecertificateprivatekey") {
          keys[current] = .some(false)
        }
      }
    }
    guard let bound, !keys.isEmpty else { return [] }
    func state(_ outcome: OutcomeID, _ summary: String) -> [Finding] {
      [Finding("paste.listener-certificate", outcome, summary, [.init("thumbprint", .quoted(bound))])]
    }
    guard let key = keys[bound] else {
      return state("gone", "No certificate in the list has the thumbprint that the listener uses.")
    }
    switch key {
    case true?: return state("usable", "The listener's certificate is there with its private key.")
    case false?: return state("without-key", "The listener's certificate is there without a private key.")
    case nil: return state("listed", "The listener's certificate is there; its key was not shown.")
    }
  }

  /// 40 hexadecimal digits, blanks between them left out; nil for anything else.
  private static func thumbprint(_ text: some StringProtocol) -> String? {
    let digits = String(text.filter { $0 != " " })
    guard digits.utf8.count == 40, digits.allSatisfy(\.isHexDigit) else { return nil }
    return digits.uppercased()
  }
}
