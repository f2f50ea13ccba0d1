import Facts

extension OutputReader {
  /// `reg query`, `Get-ItemProperty`, a `.reg` export, and the policy values of `gpresult /v`.
  static let registry = OutputReader(
    "reg query, Get-ItemProperty, gpresult /v",
    states: [
      "paste.rdp-setting", "paste.listener-values", "paste.nla-policy", "paste.setup-flags",
      "paste.prompt-policy",
      "paste.fips-setting", "paste.lm-level", "paste.stored-credentials", "paste.service-dll",
      "paste.rdp-port",
      "paste.security-layer",
    ]
  ) { text in RegistryValues(text).findings(port: text.port) }
}

private struct RegistryValues {
  private enum Place {
    case policy, server, listener, setup, lsa, fips, service, other

    init(_ key: String) {
      let key = key.lowercased()
      if key.contains("policies\\microsoft\\windows nt\\terminal services") {
        self = .policy
      } else if key.contains("winstations\\rdp-tcp") {
        self = .listener
      } else if key.hasSuffix("control\\terminal server") {
        self = .server
      } else if key.hasSuffix("system\\setup") {
        self = .setup
      } else if key.contains("fipsalgorithmpolicy") {
        self = .fips
      } else if key.hasSuffix("control\\lsa") {
        self = .lsa
      } else if key.contains("termservice\\parameters") {
        self = .service
      } else {
        self = .other
      }
    }
  }

  private struct Name: Hashable {
    let place: Place
    let name: String
  }

  private var values: [Name: String] = [:]
  /// Asked for, and not there.
  private var absent: Set<Name> = []

  init(_ text: PastedText) {
    var place = Place.other
    var pending: [(name: String, value: String)] = []
    var asked: Name?
    for (index, line) in text.lines.enumerated() {
      if line.isBlank {
        pending = []
        continue
      }
      let isKey = line.has("hkey_local_machine\\") || line.has("hkey_users\\")
      if line.has("reg"), line.has("query"), line.has("/v ") {
        let words = line.words
        if let flag = words.firstIndex(where: { $0.lowercased() == "/v" }), flag + 1 < words.count {
          // A key with blanks stands in quotes; the command line is matched as a whole.
          let key = words[..<flag].joined(separator: " ").filter { $0 != "\"" }
          asked = Name(place: Place(key.trimmed), name: words[flag + 1].lowercased())
        }
        continue
      }
      if let wanted = asked {
        if !isKey { absent.insert(wanted) }
        asked = nil
      }
      if isKey {
        if line.has("pspath"), let pair = line.pair {
          place = Place(pair.value)
          for entry in pending { set(place, entry.name, entry.value) }
          pending = []
        } else if !line.has("psparentpath") {
          place = Place(line.text.trimmed.filter { $0 != "[" && $0 != "]" })
        }
        continue
      }
      if line.has("policies\\microsoft\\windows nt\\terminal services\\") {
        readPolicy(at: index, in: text)
        continue
      }
      if line.has("reg_") {
        let words = line.words
        if let kind = words.firstIndex(where: { $0.hasPrefix("REG_") }), kind > 0 {
          set(place, words[..<kind].joined(separator: " "), words[(kind + 1)...].joined(separator: " "))
        }
      } else if line.has("\"=dword:"), let pair = line.pair {
        let digits = pair.value.split(separator: ":").last ?? ""
        set(place, pair.key.filter { $0 != "\"" }, "0x\(digits)")
      } else if let pair = line.pair, pending.count < 200 {
        pending.append((pair.key, pair.value))
      }
    }
  }

  /// `gpresult /v`: the value's name ends the path, its bytes follow as `1, 0, 0, 0`.
  private mutating func readPolicy(at index: Int, in text: PastedText) {
    guard let name = text.lines[index].text.split(separator: "\\").last?.trimmed, !name.isEmpty else {
      return
    }
    for line in text.lines[(index + 1)...].prefix(3) {
      let parts = (line.pair?.value ?? line.text).split(separator: ",").map(\.trimmed)
      guard parts.count == 4, parts.allSatisfy(\.isNumber), let low = UInt32(parts[0]) else { continue }
      set(.policy, name, String(low))
      return
    }
  }

  private mutating func set(_ place: Place, _ name: String, _ value: String) {
    guard place != .other else { return }
    values[Name(place: place, name: name.lowercased())] = value
  }

  private func number(_ place: Place, _ name: String) -> UInt32? {
    guard let text = values[Name(place: place, name: name)]?.split(separator: " ").first else { return nil }
    if text.lowercased().hasPrefix("0x") { return UInt32(text.dropFirst(2), radix: 16) }
    return text.isNumber ? UInt32(text) : nil
  }

  private func isAbsent(_ place: Place, _ name: String) -> Bool {
    absent.contains(Name(place: place, name: name)) && values[Name(place: place, name: name)] == nil
  }

  func findings(port: UInt16) -> [Finding] {
    var findings: [Finding] = []
    func add(_ id: FindingID, _ outcome: OutcomeID?, _ summary: String, _ details: [Finding.Field] = []) {
      if let outcome { findings.append(Finding(id, outcome, summary, details)) }
    }
    let (setting, sentence) = allowed
    add("paste.rdp-setting", setting, sentence)
    add("paste.listener-values", listener, "fEnableWinStation, fLogonDisabled and TSEnabled were read.")
    if let policy = number(.policy, "userauthentication") {
      add(
        "paste.nla-policy", policy == 0 ? "disabled" : "enabled",
        "Policy sets Network Level Authentication to \(policy).")
    } else if isAbsent(.policy, "userauthentication") {
      add("paste.nla-policy", "not-configured", "No policy sets Network Level Authentication.")
    }
    let flags = ["systemsetupinprogress", "oobeinprogress"].compactMap { number(.setup, $0) }
    if flags.contains(where: { $0 != 0 }) {
      add("paste.setup-flags", "in-setup", "Windows set-up has not ended on this host.")
    } else if flags.count == 2 {
      add("paste.setup-flags", "finished", "Windows set-up has ended on this host.")
    }
    let prompts = [number(.policy, "fpromptforpassword"), number(.listener, "fpromptforpassword")].compactMap
    { $0 }
    if !prompts.isEmpty || isAbsent(.policy, "fpromptforpassword") {
      let always = prompts.contains { $0 != 0 }
      add(
        "paste.prompt-policy", always ? "always-prompts" : "not-set",
        always ? "The host always asks for the password." : "The host takes saved passwords.")
    }
    let fips = number(.fips, "enabled")
    let level = number(.listener, "minencryptionlevel") ?? number(.policy, "minencryptionlevel")
    if fips == 1 || level == 4 {
      add("paste.fips-setting", "on", "FIPS algorithms are demanded.")
    } else if fips != nil {
      add("paste.fips-setting", "off", "FIPS mode is off.")
    }
    if let level = number(.lsa, "lmcompatibilitylevel") {
      add("paste.lm-level", level < 3 ? "old-ntlm" : "ntlmv2", "LmCompatibilityLevel is \(level).")
    } else if isAbsent(.lsa, "lmcompatibilitylevel") {
      add("paste.lm-level", "ntlmv2", "LmCompatibilityLevel is not set, which counts as 3.")
    }
    if let forbidden = number(.lsa, "disabledomaincreds") {
      add(
        "paste.stored-credentials", forbidden == 0 ? "allowed" : "forbidden",
        "disabledomaincreds is \(forbidden).")
    }
    if let library = values[Name(place: .service, name: "servicedll")] {
      let isGenuine = library.lowercased().hasSuffix("system32\\termsrv.dll")
      add(
        "paste.service-dll", isGenuine ? "genuine" : "replaced", "TermService loads \(library).",
        [.init("ServiceDll", .quoted(library))])
    }
    if let number = number(.listener, "portnumber") {
      add(
        "paste.rdp-port", number == UInt32(port) ? "as-expected" : "other",
        "The listener is set to port \(number).", [.init("port", .integer(Int(number)))])
    }
    if let layer = number(.policy, "securitylayer") ?? number(.listener, "securitylayer") {
      let outcome: OutcomeID? = layer == 0 ? "rdp-only" : layer == 1 ? "negotiate" : layer == 2 ? "tls" : nil
      add("paste.security-layer", outcome, "SecurityLayer is \(layer).")
    }
    return findings
  }

  /// The policy wins over the local setting.
  private var allowed: (OutcomeID?, String) {
    let name = "fdenytsconnections"
    if let policy = number(.policy, name) {
      return policy == 0
        ? ("allowed", "Policy allows Remote Desktop.") : ("denied-policy", "Policy forbids Remote Desktop.")
    }
    guard let local = number(.server, name) else { return (nil, "") }
    if local != 0 { return ("denied-local", "Remote Desktop is off in the local setting.") }
    return isAbsent(.policy, name)
      ? ("allowed", "Remote Desktop is on, and no policy says otherwise.")
      : ("on-locally", "Remote Desktop is on in the local setting; the policy was not shown.")
  }

  private var listener: OutcomeID? {
    let enabled = number(.listener, "fenablewinstation")
    let refused = number(.listener, "flogondisabled")
    let whole = number(.server, "tsenabled")
    if enabled == 0 || whole == 0 || (refused ?? 0) != 0 { return "switched-off" }
    return enabled != nil && refused != nil ? "as-usual" : nil
  }
}
