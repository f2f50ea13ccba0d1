import Foundation

/// What a program said about a host: a value for each fact, spelt the same for all programs.
typealias StatedFacts = [String: String]

/// Reads the facts out of what the programs print. What is not said has no value.
enum PeerFacts {
  static let notBefore = "certificate: not before"
  static let notAfter = "certificate: not after"

  // MARK: - rdptriage

  /// Of `rdptriage probe --json`. Findings that have no counterpart elsewhere stand under their own id.
  static func rdptriage(_ output: String) -> StatedFacts {
    guard let root = try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any],
      let findings = root["findings"] as? [[String: Any]]
    else { return [:] }
    var facts: StatedFacts = [:]
    for finding in findings {
      guard let id = finding["id"] as? String else { continue }
      let outcome = finding["outcome"] as? String
      let details = finding["details"] as? [String: Any] ?? [:]
      func text(_ name: String) -> String? { details[name].map { "\($0)" } }
      switch id {
      case "tcp.port": facts["port"] = outcome
      case "rdp.security": facts.merge(security(outcome)) { $1 }
      case "tls.handshake":
        if outcome == "completed", let version = text("version") { facts[version] = "accepted" }
      case "tls.versions": break
      case "tls.support":
        for (name, value) in details where name.hasPrefix("TLSv") {
          let isAccepted = "\(value)".hasPrefix("accepted")
          guard isAccepted || "\(value)".hasPrefix("refused") else { continue }
          for version in name.components(separatedBy: " and ") {
            facts[version] = isAccepted ? "accepted" : "refused"
          }
        }
        if let ciphers = details["ciphers"] as? [String], details["ciphers_complete"] as? Bool == true,
          let version = findings.first(where: { $0["id"] as? String == "tls.handshake" })?["details"]
            as? [String: Any]
        {
          facts["\(version["version"] ?? "") cipher suites"] = ciphers.sorted().joined(separator: " ")
          facts["order of cipher suites decided by"] = text("order_decided_by")
        }
      case "certificate.trust":
        facts["certificate: subject"] = text("subject").flatMap(commonName)
        facts["certificate: issuer"] = text("issuer").flatMap(commonName)
        facts[id] = outcome
      case "certificate.dates": (facts[notBefore], facts[notAfter]) = (text("from"), text("to"))
      case "certificate.strength":
        facts["certificate: key"] = zip(text("key"), text("bits")).map { "\($0) \($1)" }
        facts["certificate: signature"] = text("signature").map(digest)
      case "ntlm.names":
        for (name, fact) in Self.ntlmNames { facts[fact] = text(name) }
        facts[id] = outcome
      case "clock.skew":
        facts["host's clock"] = (details["seconds"] as? Double).map { clock($0) }
      // Nothing but what was typed.
      case "dns.lookup", "tcp.addresses": break
      default: facts[id] = outcome
      }
    }
    return facts
  }

  private static let ntlmNames = [
    ("netbios_computer", "NTLM: NetBIOS computer"), ("netbios_domain", "NTLM: NetBIOS domain"),
    ("dns_computer", "NTLM: DNS computer"), ("dns_domain", "NTLM: DNS domain"),
    ("dns_forest", "NTLM: DNS forest"), ("build", "NTLM: build"),
  ]

  private static func security(_ outcome: String?) -> StatedFacts {
    func facts(nla: Bool, tls: Bool?, own: Bool) -> StatedFacts {
      var facts = [nlaFact: word(nla), ownFact: word(own)]
      if let tls { facts[tlsFact] = word(tls) }
      return facts
    }
    return switch outcome {
    case "nla-required": facts(nla: true, tls: false, own: false)
    case "nla-and-tls": facts(nla: true, tls: true, own: false)
    case "nla-and-any": facts(nla: true, tls: nil, own: true)
    case "tls-required": facts(nla: false, tls: true, own: false)
    case "tls-or-legacy": facts(nla: false, tls: true, own: true)
    case "legacy-only": facts(nla: false, tls: false, own: true)
    default: [:]
    }
  }

  private static let nlaFact = "Network Level Authentication"
  private static let tlsFact = "TLS without it"
  private static let ownFact = "RDP's own security"

  // MARK: - nmap

  /// Of nmap's usual output with the scripts `rdp-enum-encryption`, `rdp-ntlm-info`, `ssl-cert` and `ssl-enum-ciphers`.
  static func nmap(_ output: String, at now: Date) -> StatedFacts {
    var facts: StatedFacts = [:]
    var suites: [String: [String]] = [:]
    var version: String?
    var keyType: String?
    for line in output.split(separator: "\n").map(String.init) {
      if line.contains("/tcp ") {
        facts["port"] = line.split(separator: " ").dropFirst().first.map(String.init)
      }
      guard line.hasPrefix("|") else { continue }
      let text = line.drop { "|_ ".contains($0) }
      if text == "Security layer" {
        // It asks for each, and names those only that succeed.
        for fact in [nlaFact, tlsFact, ownFact] { facts[fact] = word(false) }
      }
      if text.hasPrefix("TLSv1") {
        version = text.prefix { $0 != ":" }.replacingOccurrences(of: "v1.0", with: "v1")
      }
      if text.hasPrefix("TLS_"), let version {
        facts[version] = "accepted"
        suites[version, default: []].append(String(text.prefix { $0 != " " }))
      }
      let (name, value) = pair(text.hasPrefix("ssl-cert: ") ? text.dropFirst(10) : text)
      guard !value.isEmpty else { continue }
      switch name {
      case "CredSSP (NLA)", "CredSSP with Early User Auth":
        if value == "SUCCESS" { facts[nlaFact] = word(true) }
      case "SSL": if value == "SUCCESS" { facts[tlsFact] = word(true) }
      case "Native RDP": if value == "SUCCESS" { facts[ownFact] = word(true) }
      case "NetBIOS_Computer_Name": facts["NTLM: NetBIOS computer"] = value
      case "NetBIOS_Domain_Name": facts["NTLM: NetBIOS domain"] = value
      case "DNS_Computer_Name": facts["NTLM: DNS computer"] = value
      case "DNS_Domain_Name": facts["NTLM: DNS domain"] = value
      case "DNS_Tree_Name": facts["NTLM: DNS forest"] = value
      case "Product_Version": facts["NTLM: build"] = value
      case "System_Time":
        facts["host's clock"] = ISO8601DateFormatter().date(from: value).map {
          clock($0.timeIntervalSince(now))
        }
      case "Subject": facts["certificate: subject"] = value.components(separatedBy: "commonName=").last
      case "Issuer": facts["certificate: issuer"] = value.components(separatedBy: "commonName=").last
      case "Public Key type": keyType = value.uppercased()
      case "Public Key bits": facts["certificate: key"] = keyType.map { "\($0) \(value)" }
      case "Signature Algorithm": facts["certificate: signature"] = digest(value)
      case "Not valid before": facts[notBefore] = minute(value)
      case "Not valid after": facts[notAfter] = minute(value)
      case "cipher preference":
        facts["order of cipher suites decided by"] = value == "server" ? "host" : value
      case "RDP Protocol Version", "RDP Encryption level": facts[name] = value
      default: break
      }
    }
    for (version, names) in suites {
      facts["\(version) cipher suites, by IANA's names"] = names.sorted().joined(separator: " ")
    }
    return facts
  }

  // MARK: - sslscan

  /// Of `sslscan --rdp --no-colour`.
  static func sslscan(_ output: String) -> StatedFacts {
    var facts: StatedFacts = [:]
    var suites: [String: [String]] = [:]
    for line in output.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words.count == 2, words[0].hasPrefix("TLSv1"), ["enabled", "disabled"].contains(words[1]) {
        let version = words[0].replacingOccurrences(of: "v1.0", with: "v1")
        facts[version] = words[1] == "enabled" ? "accepted" : "refused"
        facts["port"] = "open"
      }
      if ["Preferred", "Accepted"].contains(words.first), words.count > 4 {
        suites[words[1], default: []].append(words[4])
      }
      if line.contains("Server supports TLS Fallback SCSV") { facts["TLS_FALLBACK_SCSV"] = "supported" }
      if line.contains("vulnerable to heartbleed") {
        facts["Heartbleed"] = line.contains("not vulnerable") ? "no" : "yes"
      }
      if line.contains("Key Exchange Group") { facts["groups for the key exchange"] = "named" }
      let (name, value) = pair(line[...])
      guard !value.isEmpty else { continue }
      switch name {
      case "Subject": facts["certificate: subject"] = value
      case "Issuer": facts["certificate: issuer"] = value
      case "RSA Key Strength": facts["certificate: key"] = "RSA \(value)"
      case "Signature Algorithm": facts["certificate: signature"] = digest(value)
      case "Not valid before": facts[notBefore] = openSSLDate(value)
      case "Not valid after": facts[notAfter] = openSSLDate(value)
      case "Altnames": facts["certificate: other names"] = value
      default: break
      }
    }
    for (version, names) in suites {
      facts["\(version) cipher suites"] = names.sorted().joined(separator: " ")
    }
    return facts
  }

  // MARK: - sslyze

  /// Of the file that `sslyze --json_out` writes.
  static func sslyze(_ json: String) -> StatedFacts {
    // Its keys and serial numbers are numbers of hundreds of digits, which Foundation does not read.
    let readable = json.replacing(#/: \d{18,}/#, with: ": 0")
    guard let root = try? JSONSerialization.jsonObject(with: Data(readable.utf8)) as? [String: Any],
      let server = (root["server_scan_results"] as? [[String: Any]])?.first,
      let scan = server["scan_result"] as? [String: Any]
    else { return [:] }
    func result(_ command: String) -> [String: Any]? {
      (scan[command] as? [String: Any])?["result"] as? [String: Any]
    }
    var facts: StatedFacts = ["port": "open"]
    for (command, version) in [
      ("tls_1_0", "TLSv1"), ("tls_1_1", "TLSv1.1"), ("tls_1_2", "TLSv1.2"), ("tls_1_3", "TLSv1.3"),
    ] {
      guard let accepted = result("\(command)_cipher_suites")?["accepted_cipher_suites"] as? [[String: Any]]
      else {
        continue
      }
      facts[version] = accepted.isEmpty ? "refused" : "accepted"
      let names = accepted.compactMap { ($0["cipher_suite"] as? [String: Any])?["openssl_name"] as? String }
      if !names.isEmpty { facts["\(version) cipher suites"] = names.sorted().joined(separator: " ") }
    }
    if let deployments = result("certificate_info")?["certificate_deployments"] as? [[String: Any]],
      let leaf = (deployments.first?["received_certificate_chain"] as? [[String: Any]])?.first
    {
      func name(_ of: String) -> String? {
        ((leaf[of] as? [String: Any])?["rfc4514_string"] as? String).flatMap(commonName)
      }
      (facts["certificate: subject"], facts["certificate: issuer"]) = (name("subject"), name("issuer"))
      facts[notBefore] = (leaf["not_valid_before"] as? String).map(minute)
      facts[notAfter] = (leaf["not_valid_after"] as? String).map(minute)
      let key = leaf["public_key"] as? [String: Any]
      facts["certificate: key"] = zip(key?["algorithm"] as? String, key?["key_size"] as? Int)
        .map { "\($0.contains("RSA") ? "RSA" : $0) \($1)" }
      let digestName = (leaf["signature_hash_algorithm"] as? [String: Any])?["name"] as? String
      facts["certificate: signature"] = digestName.map(digest)
    }
    return facts
  }

  // MARK: - The same words

  private static func word(_ isAccepted: Bool) -> String { isAccepted ? "accepted" : "refused" }

  private static func zip<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
    if let first, let second { (first, second) } else { nil }
  }

  private static func pair(_ line: Substring) -> (String, String) {
    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return ("", "") }
    return (
      parts[0].trimmingCharacters(in: .whitespaces), parts[1].trimmingCharacters(in: .whitespaces)
    )
  }

  private static func commonName(_ subject: String) -> String? {
    subject.components(separatedBy: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      .first { $0.hasPrefix("CN=") }.map { String($0.dropFirst(3)) }
  }

  /// `sha256` of `RSA-SHA256`, `sha256WithRSAEncryption` and `sha256`.
  private static func digest(_ signature: String) -> String {
    let known = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
    return known.first { signature.lowercased().contains($0) } ?? signature
  }

  private static func minute(_ time: String) -> String {
    String(time.replacingOccurrences(of: "T", with: " ").prefix(16))
  }

  /// `Nov 26 01:19:34 2026 GMT`.
  private static func openSSLDate(_ text: String) -> String? {
    let words = text.split(separator: " ").map(String.init)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard words.count >= 4, let month = months.firstIndex(of: words[0]), let day = Int(words[1]) else {
      return nil
    }
    return String(format: "%@-%02d-%02d %@", words[3], month + 1, day, String(words[2].prefix(5)))
  }

  private static func clock(_ seconds: Double) -> String {
    abs(seconds) < 60 ? "in step" : "off by \(Int(seconds / 60)) minutes"
  }
}
