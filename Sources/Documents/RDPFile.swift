public import Facts

/// The settings of a connection file (`.rdp`), as mstsc, Azure Virtual Desktop and other managers write them: `name:type:value`.
public struct RDPFile: Sendable {
  static let states: [FindingID] = [
    "file.address", "file.gateway", "file.credssp", "file.authentication-level", "file.load-balance",
    "file.signature", "file.display", "file.entra-sign-in", "file.program",
  ]
  private static let lineLimit = 2000
  private static let settingLimit = 500
  /// One of these makes a text a connection file.
  private static let marks: Set = [
    "full address", "alternate full address", "screen mode id", "session bpp", "gatewayhostname",
    "remoteapplicationmode", "negotiate security layer", "enablecredsspsupport", "authentication level",
  ]

  /// By name in lower case. A setting that stands twice keeps its last value, as in mstsc.
  let settings: [String: String]
  /// The line of each, from 1.
  private let lines: [String: Int]

  /// - Returns: nil when the text is no connection file.
  public init?(_ text: String) {
    var settings: [String: String] = [:]
    var lines: [String: Int] = [:]
    for (number, line) in Self.lines(of: text) {
      guard let (name, value) = Self.setting(line), settings.count < Self.settingLimit else { continue }
      settings[name] = value
      lines[name] = number
    }
    guard settings.keys.contains(where: Self.marks.contains) else { return nil }
    self.settings = settings
    self.lines = lines
  }

  /// The lines that hold something, with their numbers from 1, as far as they are read.
  private static func lines(of text: String) -> [(number: Int, text: Substring)] {
    var lines: [(number: Int, text: Substring)] = []
    var rest = text[...]
    var number = 0
    while !rest.isEmpty, lines.count < lineLimit {
      let line = rest.prefix { !$0.isNewline }
      rest = rest[line.endIndex...].dropFirst()
      number += 1
      if !line.isEmpty { lines.append((number, line)) }
    }
    return lines
  }

  private static func setting(_ line: Substring) -> (name: String, value: String)? {
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count <= 64, ["i", "s", "b"].contains(parts[1].lowercased()) else {
      return nil
    }
    return (parts[0].lowercased().trimmed, String(parts[2].prefix(4096)).trimmed)
  }

  /// Why a text is no connection file, naming the line.
  public static func fault(in text: String) -> String {
    for (number, line) in lines(of: text) where setting(line) == nil {
      let shown = line.trimmed
      guard !shown.isEmpty else { continue }
      return
        "line \(number) reads “\(SafeText.clean(shown, limit: 40))” and not as “full address:s:srv01” does"
    }
    return "no line of it says where to connect, as “full address:s:srv01” does"
  }

  private func text(_ name: String) -> String? {
    settings[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  private func number(_ name: String) -> Int? { settings[name].flatMap { Int($0) } }

  /// The address that is dialled, with its port.
  private var address: String? {
    guard let address = text("full address") ?? text("alternate full address") else { return nil }
    guard let port = number("server port"), (1...65535).contains(port), port != 3389,
      let target = try? Target(address), target.port == Target.defaultPort
    else { return address }
    if case .ipv6(let literal) = target.host { return "[\(literal)]:\(port)" }
    return "\(target.hostText):\(port)"
  }

  /// The gateway, where one is used: 1 always, 2 when the direct way fails.
  private var gateway: String? {
    guard let name = text("gatewayhostname"), [1, 2].contains(number("gatewayusagemethod") ?? 0) else {
      return nil
    }
    return name
  }

  public var connection: Submission.Connection { .init(address: address, gateway: gateway) }

  var findings: [Finding] {
    [
      addressFinding, gatewayFinding, credssp, authenticationLevel, loadBalance, signature, display, entra,
      program,
    ].compactMap(\.self)
  }

  private var addressFinding: Finding {
    let id: FindingID = "file.address"
    let full = text("full address")
    let other = text("alternate full address")
    var details: [Finding.Field] = []
    if let full { details.append(.init("full address", .quoted(full))) }
    if let other { details.append(.init("alternate full address", .quoted(other))) }
    guard let address else { return Finding(id, "missing", "The file names no computer.", details) }
    let host = (try? Target(address))?.hostText.lowercased()
    if host == nil {
      let line = lines[full == nil ? "alternate full address" : "full address"].map { "Line \($0)" }
      return Finding(
        id, "unreadable",
        "\(line ?? "The address") of the file names no host that can be dialled: \(address)",
        details)
    }
    if host?.hasSuffix(".wvd.microsoft.com") == true || text("wvd endpoint pool") != nil {
      return Finding(
        id, "cloud", "The file leads to a cloud desktop; its host cannot be dialled directly.", details)
    }
    if host == "localhost" || host == "::1" || host?.hasPrefix("127.") == true {
      return Finding(id, "loopback", "The file leads back to the client itself.", details)
    }
    if let full, let other, let first = try? Target(full), let second = try? Target(other),
      first.hostText.lowercased() != second.hostText.lowercased()
    {
      return Finding(id, "two-differ", "The file names two computers: \(full) and \(other).", details)
    }
    return Finding(id, "one", "The file leads to \(address).", details)
  }

  private var gatewayFinding: Finding {
    let id: FindingID = "file.gateway"
    let name = text("gatewayhostname")
    let method = number("gatewayusagemethod")
    var details: [Finding.Field] = [.init("gatewayusagemethod", Self.detail(method))]
    if let name { details.append(.init("gatewayhostname", .quoted(name))) }
    if let profile = number("gatewayprofileusagemethod") {
      details.append(.init("gatewayprofileusagemethod", .integer(profile)))
    }
    if let source = number("gatewaycredentialssource") {
      details.append(.init("gatewaycredentialssource", .integer(source)))
    }
    guard let method, [1, 2].contains(method) else {
      return name.map {
        Finding(id, "not-used", "The file names the gateway \($0), and does not use it.", details)
      }
        ?? Finding(
          id, "none", method == nil ? "The file sets no gateway." : "The file uses no gateway.", details)
    }
    guard let name else {
      return Finding(id, "name-missing", "The file wants a gateway and names none.", details)
    }
    return method == 1
      ? Finding(id, "always", "The file always goes through the gateway \(name).", details)
      : Finding(
        id, "when-direct-fails", "The file goes through the gateway \(name) when the direct way fails.",
        details)
  }

  private static let notSet: Detail = "not set"

  /// What the file does not hold is no 0.
  private static func detail(_ number: Int?) -> Detail { number.map { .integer($0) } ?? notSet }

  private var credssp: Finding {
    let id: FindingID = "file.credssp"
    if number("enablecredsspsupport") == 0 {
      return Finding(
        id, "off", "The file switches Network Level Authentication off (enablecredsspsupport 0).")
    }
    if number("negotiate security layer") == 0 {
      return Finding(
        id, "not-negotiated", "The file starts CredSSP without negotiating (negotiate security layer 0).")
    }
    return Finding(
      id, "on",
      number("enablecredsspsupport") == nil
        ? "The file does not set enablecredsspsupport: Network Level Authentication is left on."
        : "The file leaves Network Level Authentication on.")
  }

  private var authenticationLevel: Finding? {
    let id: FindingID = "file.authentication-level"
    switch number("authentication level") {
    case 0: return Finding(id, "connects-anyway", "The client connects whatever the certificate says.")
    case 1:
      return Finding(id, "refuses", "The client does not connect when the certificate cannot be trusted.")
    case 2: return Finding(id, "warns", "The client warns when the certificate cannot be trusted.")
    default: return nil
    }
  }

  private var loadBalance: Finding {
    guard let info = text("loadbalanceinfo") else {
      return Finding(
        "file.load-balance", "absent", "The file names no collection of a farm (loadbalanceinfo).")
    }
    return Finding(
      "file.load-balance", "present", "The file names a collection of a farm.",
      [.init("loadbalanceinfo", .text(SafeText.clean(info, limit: 255)))])
  }

  private var signature: Finding {
    let id: FindingID = "file.signature"
    guard text("signature") != nil else { return Finding(id, "unsigned", "The file is not signed.") }
    let scope = (text("signscope") ?? "").lowercased().split(separator: ",").map(\.trimmed)
    let isWhole = scope.contains("full address") || scope.contains("alternate full address")
    return isWhole
      ? Finding(id, "signed", "The file is signed; whether the signature holds was not checked.")
      : Finding(id, "signed-in-part", "The signature of the file does not cover the address.")
  }

  private var display: Finding {
    let id: FindingID = "file.display"
    let (setWidth, setHeight) = (number("desktopwidth"), number("desktopheight"))
    let (width, height) = (setWidth ?? 0, setHeight ?? 0)
    let monitors = (text("selectedmonitors") ?? "").split(separator: ",").count
    let details: [Finding.Field] = [
      .init("desktopwidth", Self.detail(setWidth)), .init("desktopheight", Self.detail(setHeight)),
      .init("selectedmonitors", text("selectedmonitors").map { .quoted($0) } ?? Self.notSet),
    ]
    if width > 8192 || height > 8192 || width > 0 && width < 200 || height > 0 && height < 200 {
      return Finding(id, "out-of-range", "The desktop of \(width) by \(height) is out of range.", details)
    }
    if number("use multimon") == 1 {
      return Finding(
        id, "several-monitors",
        monitors > 0 ? "The file uses \(monitors) monitors." : "The file uses all monitors.", details)
    }
    return Finding(
      id, "one-monitor",
      number("use multimon") == nil
        ? "The file does not set several monitors (use multimon)." : "The file uses one monitor.", details)
  }

  private var entra: Finding {
    guard number("enablerdsaadauth") == 1 else {
      return Finding(
        "file.entra-sign-in", "off",
        number("enablerdsaadauth") == nil
          ? "The file does not set the web account sign-in (enablerdsaadauth)."
          : "The file does not use the web account sign-in.")
    }
    return Finding("file.entra-sign-in", "on", "The file uses the web account sign-in (enablerdsaadauth 1).")
  }

  private var program: Finding {
    let id: FindingID = "file.program"
    guard number("remoteapplicationmode") == 1 else {
      return Finding(
        id, "desktop",
        number("remoteapplicationmode") == nil
          ? "The file does not ask for a program, so for a desktop." : "The file asks for a desktop.")
    }
    guard let program = text("remoteapplicationprogram") else {
      return Finding(id, "name-missing", "The file asks for a program and names none.")
    }
    return Finding(
      id, "program", "The file asks for the program \(program).", [.init("program", .quoted(program))])
  }
}
