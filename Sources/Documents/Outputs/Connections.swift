import Facts

extension OutputReader {
  /// `Test-NetConnection`.
  static let connectionTest = OutputReader("Test-NetConnection", states: ["paste.client-port"]) { text in
    guard let succeeded = text.value(of: "tcptestsucceeded") else { return [] }
    let isOpen = succeeded.lowercased().hasPrefix("true")
    let port = text.value(of: "remoteport") ?? "?"
    let ping = text.value(of: "pingsucceeded")?.lowercased().hasPrefix("true") ?? false
    return [
      Finding(
        "paste.client-port", isOpen ? "open" : ping ? "closed-host-answers" : "closed",
        "From there, TCP port \(port) \(isOpen ? "answers" : "does not answer").",
        [
          .init("address", .quoted(text.value(of: "remoteaddress") ?? "")),
          .init("from", .quoted(text.value(of: "sourceaddress") ?? "")),
        ])
    ]
  }

  /// `ping`, also with `-f -l SIZE`. Replies are known by `TTL=`, their size by the first number behind an equals sign.
  static let ping = OutputReader("ping", states: ["paste.ping", "paste.large-ping"]) { text in
    let large = 1200
    var sizes: [Int] = []
    var asked = 0
    var isLost = false
    for line in text.lines {
      if line.has("ttl="), let equals = line.text.firstIndex(of: "=") {
        let digits = line.text[line.text.index(after: equals)...].prefix { $0.isASCII && $0.isNumber }
        if let size = Int(digits) { sizes.append(size) }
      } else if line.has("ping") {
        let numbers = line.words.compactMap { $0.utf8.count <= 5 ? Int($0) : nil }
        asked = max(asked, numbers.filter { $0 <= 65500 }.max() ?? 0)
      } else if line.has("(100%") || line.has("(100 %") {
        isLost = true
      }
    }
    var findings: [Finding] = []
    let biggest = sizes.max() ?? 0
    if !sizes.isEmpty {
      findings.append(Finding("paste.ping", "answers", "\(sizes.count) pings were answered."))
    } else if isLost {
      findings.append(Finding("paste.ping", "silent", "No ping was answered."))
    }
    if biggest >= large {
      findings.append(Finding("paste.large-ping", "passes", "A ping of \(biggest) bytes was answered."))
    } else if asked >= large, !sizes.isEmpty {
      findings.append(
        Finding(
          "paste.large-ping", "only-small",
          "A ping of \(asked) bytes was not answered, one of \(biggest) bytes was."))
    }
    return findings
  }

  /// `ipconfig`: has the adapter an address that it was given?
  static let addresses = OutputReader("ipconfig", states: ["paste.host-addresses"]) { text in
    var given: [String] = []
    var own: [String] = []
    for line in text.lines where line.has("ipv4") || line.has("169.254.") {
      guard let value = line.pair?.value else { continue }
      let address = value.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard address.split(separator: ".").count == 4, address != "127.0.0.1" else { continue }
      if address.hasPrefix("169.254.") { own.append(String(address)) } else { given.append(String(address)) }
    }
    guard !given.isEmpty || !own.isEmpty else { return [] }
    return [
      Finding(
        "paste.host-addresses", given.isEmpty ? "self-assigned" : "given",
        given.isEmpty
          ? "The computer has only an address that it gave itself."
          : "The computer has \(given.joined(separator: ", ")).",
        [.init("addresses", .quoted(list: given + own))])
    ]
  }

  /// `nslookup` and `Resolve-DnsName`.
  static let nameLookup = OutputReader("nslookup, Resolve-DnsName", states: ["paste.client-lookup"]) { text in
    let id: FindingID = "paste.client-lookup"
    var result: Finding?
    var server: String?
    for line in text.lines {
      let pair = line.pair
      if let pair, ["server", "serveur", "servidor"].contains(pair.key) {
        server = pair.value
        continue
      }
      let words = line.words
      if line.has("dns_error_rcode_name_error") || line.has("***") && server != nil {
        result = Finding(
          id, line.has("time") ? "timed-out" : "not-found", "The look-up there says: \(line.text.trimmed)",
          [.init("server", .quoted(server ?? ""))])
      } else if words.count >= 5, words[1] == "A" || words[1] == "AAAA", words[2].isNumber,
        let address = words.last
      {
        result = Finding(
          id, "resolved", "The name leads there to \(address).", [.init("address", .quoted(address))])
      } else if server != nil, let pair, ["name", "nom", "nombre", "nome"].contains(pair.key),
        !pair.value.isEmpty
      {
        result = Finding(
          id, "resolved", "\(pair.value) is known to the name server there.",
          [.init("name", .quoted(pair.value)), .init("server", .quoted(server ?? ""))])
      } else if line.has("dns request timed out"), result == nil {
        result = Finding(id, "timed-out", "The name server there does not answer.")
      }
    }
    return result.map { [$0] } ?? []
  }

  /// `netsh winhttp show proxy`.
  static let clientProxy = OutputReader("netsh winhttp show proxy", states: ["paste.client-proxy"]) { text in
    guard let start = text.lines.firstIndex(where: { $0.has("winhttp") }) else { return [] }
    let direct = ["direct access", "direktzugriff", "accès direct", "acceso directo", "accesso diretto"]
    for line in text.lines[start...].prefix(10) {
      if line.has(anyOf: direct) {
        return [Finding("paste.client-proxy", "direct", "WinHTTP uses no proxy.")]
      }
      guard line.has("proxy"), let value = line.pair?.value, value.contains(":"), !line.has("winhttp") else {
        continue
      }
      return [
        Finding(
          "paste.client-proxy", "proxy-used", "WinHTTP sends through \(value).",
          [.init("proxy", .quoted(value))])
      ]
    }
    return []
  }
}
