import Facts
import FoundationEssentials
import Wire

/// Does the RD Gateway that the person named answer as one, with a certificate that clients accept? ([MS-TSGU] 3.3)
///
/// `refused` also when a web server answers that the gateway behind it is not there (502, 503, 504). `tls-failed` also
/// when TLS works, but the certificate is one that every client refuses: outdated, not yet valid, for another name, or
/// with a broken chain. An authority that this host does not know is a detail only, since the client may know it.
///
/// Nobody is named and no password is sent: the greeting of NTLM asks for the challenge, and nothing follows it.
struct GatewayProbe: Probe {
  static let description = ProbeDescription(
    id: "gateway", title: "RD Gateway", states: ["gateway.service"], timeLimit: .seconds(6))
  static let lane = ProbeLane.beside
  static let needs: [(finding: FindingID, outcomes: Set<OutcomeID>)] = []

  private static let mostAddresses = 4

  func run(in context: ProbeContext) async -> [Finding] {
    guard let text = context.target.gateway else {
      let because = "no RD Gateway was named"
      return [
        Finding(
          "gateway.service", .notApplicable(because: because), summary: "Does not apply here: \(because).")
      ]
    }
    guard let gateway = try? Target(text) else {
      return [Self.finding(.inconclusive(.notAsked("the gateway's name is no name of a host")))]
    }
    let port = gateway.port == Target.defaultPort ? 443 : gateway.port
    let addresses: [Address]
    switch await Self.addresses(of: gateway, context) {
    case .success(let found): addresses = found
    case .failure(let why): return [Self.finding(.inconclusive(why.reason))]
    }
    let talk = GatewayTalk(gateway, addresses: addresses, port: port, context)
    return [await Self.finding(talk)]
  }

  private struct Unresolved: Error { var reason: Inconclusive }

  private static func addresses(
    of gateway: Target, _ context: ProbeContext
  ) async -> Result<[Address], Unresolved> {
    guard case .name(let name) = gateway.host else {
      let address = Address(gateway.hostText)
      return address.map { .success([$0]) }
        ?? .failure(Unresolved(reason: .unreadable("the gateway's address")))
    }
    let lookup = await Resolver(chosenServer: context.request.nameServer).lookUp(name, by: context.deadline)
    switch lookup.outcome {
    case .resolved(let records): return .success(Array(records.map(\.address).prefix(mostAddresses)))
    case .notFound:
      return .failure(Unresolved(reason: .unreadable("the gateway's name does not exist in DNS")))
    case .noAddress:
      return .failure(Unresolved(reason: .unreadable("the gateway's name has no address in DNS")))
    case .serverFailure(let code):
      return .failure(
        Unresolved(
          reason: .failedHere(
            LocalFailure(reason: "the name server does not resolve the gateway's name (\(code))"))))
    case .unreadable: return .failure(Unresolved(reason: .unreadable("the name server's answer")))
    case .cancelled: return .failure(Unresolved(reason: .cancelled))
    case .outOfTime: return .failure(Unresolved(reason: .outOfTime))
    case .failedHere(let failure): return .failure(Unresolved(reason: .failedHere(failure)))
    }
  }

  private static func finding(_ status: Finding.Status, details: [Finding.Field] = []) -> Finding {
    var summary = "The gateway: \(status)."
    if case .inconclusive(let why) = status { summary = Inconclusive.sentence(why) }
    return Finding("gateway.service", status, summary: summary, details: details)
  }

  private static func finding(_ talk: GatewayTalk) async -> Finding {
    let id: FindingID = "gateway.service"
    switch await talk.open() {
    case .open: break
    case .refused:
      return Finding(
        id, .answered("refused"), summary: "The gateway refuses connections.", details: await talk.details)
    case .silent:
      return Finding(
        id, .answered("silent"), summary: "The gateway does not answer.", details: await talk.details)
    case .tlsFailed(let how):
      return Finding(
        id, .answered("tls-failed"), summary: "TLS with the gateway fails: \(how).",
        details: await talk.details)
    case .notKnown(let why): return finding(.inconclusive(why), details: await talk.details)
    }
    let service = await talk.service()
    await talk.lookAround()
    await talk.close()
    let details = await talk.details
    if case .notKnown(.cancelled) = service { return finding(.inconclusive(.cancelled), details: details) }
    // What does not answer is not reached, whatever its certificate says.
    if case .silent = service {
      return Finding(
        id, .answered("silent"), summary: "The gateway takes the connection and does not answer.",
        details: details)
    }
    if let fault = await talk.certificateFault {
      return Finding(
        id, .answered("tls-failed"), summary: "Clients refuse the gateway's certificate: \(fault).",
        details: details)
    }
    return switch service {
    case .gateway:
      Finding(
        id, .answered("answers"), summary: "An RD Gateway answers and asks for a sign-in.", details: details)
    case .unavailable(let status):
      Finding(
        id, .answered("refused"),
        summary: "A web server answers that the gateway behind it is not there (HTTP \(status)).",
        details: details)
    case .other(let what):
      Finding(
        id, .answered("not-a-gateway"), summary: "What answers there is no RD Gateway: \(what).",
        details: details)
    case .silent:
      Finding(
        id, .answered("silent"), summary: "The gateway takes the connection and does not answer.",
        details: details)
    case .notKnown(let why): finding(.inconclusive(why), details: details)
    }
  }
}

/// What is said to one gateway in one run, on as few connections as it allows.
private actor GatewayTalk {
  enum Opening {
    case open
    case refused
    case silent
    /// Why, as a clause.
    case tlsFailed(String)
    case notKnown(Inconclusive)
  }

  enum Service {
    case gateway
    case unavailable(Int)
    /// What it is, as a clause.
    case other(String)
    case silent
    case notKnown(Inconclusive)
  }

  private static let mostConnections = 6
  private static let path = "/remoteDesktopGateway/"

  private let gateway: Target
  private let addresses: [Address]
  private let port: UInt16
  private let context: ProbeContext
  /// The first that took a connection.
  private var address: Address?
  private var stream: (any ByteStream)?
  private var connections = 0
  private var hasAnswered = false
  private(set) var details: [Finding.Field] = []
  private(set) var certificateFault: String?

  init(_ gateway: Target, addresses: [Address], port: UInt16, _ context: ProbeContext) {
    self.gateway = gateway
    self.addresses = addresses
    self.port = port
    self.context = context
  }

  func close() {
    stream?.close()
    stream = nil
  }

  private var serverName: String? {
    guard case .name(let name) = gateway.host else { return nil }
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }

  // MARK: Connection and certificate

  func open() async -> Opening {
    var wasRefused = false
    var unknown: Inconclusive?
    for (index, candidate) in addresses.enumerated() {
      let start = ContinuousClock.now
      let share = context.deadline.remaining / (addresses.count - index)
      let end = await context.connect(to: candidate, port: port, by: .after(share))
      switch end {
      case .open(let connection, let connectTime):
        address = candidate
        connections = 1
        details = [
          .init("address", .text(candidate.text(port: port))),
          .init("connect_ms", .number(connectTime.inRoundedMilliseconds)),
        ]
        return await secure(connection)
      case .refused, .reset: wasRefused = true
      case .silent:
        guard case .answered = context.silence(since: start) else {
          unknown = unknown ?? .outOfTime
          continue
        }
      case .unreachable: break
      case .cancelled: return .notKnown(.cancelled)
      case .failedHere(let failure): unknown = unknown ?? .failedHere(failure)
      case .overBudget: break
      }
    }
    details = [.init("addresses", .list(addresses.map { .text($0.text(port: port)) }))]
    if wasRefused { return .refused }
    return unknown.map { .notKnown($0) } ?? .silent
  }

  private func secure(_ connection: Connection) async -> Opening {
    let start = ContinuousClock.now
    let end = await TLSStream.handshake(over: connection, serverName: serverName, by: context.deadline)
    switch end {
    case .completed(let secured, let facts):
      stream = secured
      await judge(facts)
      return .open
    case .noCommonVersion: return .tlsFailed("there is no common version")
    case .noCommonCipher: return .tlsFailed("there is no common cipher suite")
    case .alert(let name): return .tlsFailed("the gateway sends the alert \(name)")
    case .malformed: return .tlsFailed("the answer is no TLS")
    case .ended(let ended):
      switch ended.status(since: start, context) {
      case .answered("silent"): return .silent
      case .answered(let how):
        return .tlsFailed("the connection was \(how) during the handshake")
      case .inconclusive(let why): return .notKnown(why)
      case .notApplicable(let because): return .notKnown(.notAsked(because))
      }
    }
  }

  private func judge(_ facts: TLSFacts) async {
    details += [.init("tls_version", .text(facts.version)), .init("cipher", .text(facts.cipher))]
    guard let chain = CertificateChain(der: facts.chain) else { return }
    let leaf = chain.leaf
    let trust = await chain.verdict(trustFile: context.request.trustFile, at: context.now)
    let isForName =
      switch gateway.host {
      case .name(let name): chain.isFor(name: name)
      case .ipv4, .ipv6: address.map { chain.isFor(address: $0) } ?? false
      }
    details += [
      .init("certificate_subject", .text(leaf.subject)), .init("certificate_issuer", .text(leaf.issuer)),
      .init(
        "certificate_names",
        .list((leaf.dnsNames.isEmpty ? leaf.commonNames : leaf.dnsNames).map { .text($0) })),
      .init("certificate_agrees", .flag(isForName)),
    ]
    if let from = leaf.validFrom { details.append(.init("certificate_from", .text(from.text))) }
    if let to = leaf.validTo { details.append(.init("certificate_to", .text(to.text))) }
    if case .success(let verdict) = trust { details.append(.init("certificate_trust", .text(verdict.word))) }
    if let to = leaf.validTo, to < context.now {
      certificateFault = "it expired on \(to.text) UTC"
    } else if let from = leaf.validFrom, context.now < from {
      certificateFault = "it is valid from \(from.text) UTC only"
    } else if !isForName {
      certificateFault = "it is not for \(SafeText.clean(gateway.hostText))"
    } else if case .success(.invalid(let reason)) = trust {
      certificateFault = SafeText.clean(reason)
    }
  }

  // MARK: The gateway

  /// Asks for the channel from the gateway to the client, as clients begin ([MS-TSGU] 3.3.5.1).
  func service() async -> Service {
    let answer = await ask(.init(method: "RDG_OUT_DATA", path: Self.path, host: host, fields: fields))
    switch answer {
    case .malformed(let reason, let firstBytes):
      guard firstBytes.starts(with: "HTTP/".utf8) else { return .other("it does not speak HTTP") }
      return .notKnown(.unreadable("the web server's answer (\(SafeText.clean(reason)))"))
    case .ended(.closed), .ended(.reset), .ended(.protocolError):
      return .notKnown(.unreadable("the connection ended without an answer"))
    case .ended(.silent): return .silent
    case .ended(.unreachable): return .notKnown(.unreadable("the connection broke on the way"))
    case .ended(.cancelled): return .notKnown(.cancelled)
    case .ended(.failedHere(let failure)): return .notKnown(.failedHere(failure))
    case .response(let response):
      note("http", response.head)
      return await judge(response.head)
    }
  }

  private func judge(_ head: HTTPHead) async -> Service {
    switch head.status {
    case 101: return .gateway
    case 401:
      let schemes = head.challenges.map { $0.scheme.lowercased() }
      guard schemes.contains("ntlm") || schemes.contains("negotiate") else {
        return .other("it asks for a sign-in, but for none of Windows")
      }
      await greet(schemes)
      // HTTP.sys answers for the gateway itself; a web site would name the server behind it.
      if head["Server"]?.hasPrefix("Microsoft-HTTPAPI/") == true { return .gateway }
      let control = await ask(.init(path: "/rdptriage-no-such-page", host: host))
      guard let other = control.response else {
        return .notKnown(.unreadable("the web server answers one question only"))
      }
      return other.head.status == 401
        ? .notKnown(.unreadable("the web server asks for a sign-in, whatever it is asked for")) : .gateway
    case 502, 503, 504: return .unavailable(head.status)
    case 200..<300: return .other("a web page comes in answer")
    case 300..<400: return .other("it leads elsewhere (HTTP \(head.status))")
    default: return .other("HTTP \(head.status)")
    }
  }

  /// The WebSocket form, with the greeting of NTLM: the challenge tells names and clock ([MS-NLMP] 3.2.5.1.1).
  private func greet(_ schemes: [String]) async {
    let scheme = schemes.contains("ntlm") ? "NTLM" : "Negotiate"
    let upgrade: [HTTPHead.Field] = [
      .init("Connection", "Upgrade"), .init("Upgrade", "websocket"), .init("Sec-WebSocket-Version", "13"),
      .init("Sec-WebSocket-Key", Data((0..<16).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()),
      .init("Authorization", "\(scheme) \(Data(NegotiateMessage().encode()).base64EncodedString())"),
    ]
    let asked = context.now
    let answer = await ask(
      .init(method: "RDG_OUT_DATA", path: Self.path, host: host, fields: fields + upgrade))
    let here = Timestamp(seconds: (asked.seconds + context.now.seconds) / 2)
    guard let head = answer.response?.head else { return }
    details.append(.init("websocket_status", .integer(head.status)))
    for challenge in head.challenges {
      guard let data = Data(base64Encoded: challenge.rest), NTLM.isMessage([UInt8](data)),
        let message = try? ChallengeMessage(decoding: [UInt8](data))
      else { continue }
      let info = message.targetInfo
      for (name, value) in [
        ("dns_computer", info.dnsComputer), ("dns_domain", info.dnsDomain),
        ("netbios_computer", info.netBIOSComputer),
        ("netbios_domain", info.netBIOSDomain),
      ] {
        if let value { details.append(.init(name, .text(SafeText.clean(value, limit: 255)))) }
      }
      if let build = message.build { details.append(.init("build", .text(build.description))) }
      if let time = info.time, time.ticks != 0 {
        details.append(.init("clock_ahead_seconds", .number((time.unixSeconds - here.seconds).rounded())))
      }
      break
    }
    // A connection that saw the greeting belongs to that conversation (RFC 4559 section 6): nothing else is asked on it.
    close()
  }

  /// What else there is beside the gateway.
  func lookAround() async {
    let places: [(field: String, path: String)] = [
      ("rpc_over_http", "/rpc/rpcproxy.dll"), ("kdc_proxy", "/KdcProxy"), ("rd_web", "/RDWeb/Pages/"),
    ]
    for place in places {
      guard case .response(let response) = await ask(.init(path: place.path, host: host)) else { return }
      let status = response.head.status
      // RFC 9110 section 15.5.5; a service that is there but not running is 503.
      let word = status == 404 ? "absent" : status >= 502 && status <= 504 ? "not running" : "present"
      details.append(.init(place.field, .text("\(word) (HTTP \(status))")))
    }
  }

  private func note(_ name: String, _ head: HTTPHead) {
    details.append(.init("\(name)_status", .integer(head.status)))
    if !head.reason.isEmpty {
      details.append(.init("\(name)_reason", .text(SafeText.clean(head.reason, limit: 80))))
    }
    if let server = head["Server"] {
      details.append(.init("server", .text(SafeText.clean(server, limit: 80))))
    }
    let schemes = head.challenges.prefix(8).map { Detail.text(SafeText.clean($0.scheme, limit: 40)) }
    if !schemes.isEmpty { details.append(.init("authentication", .list(schemes))) }
    if let wanted = head["RDG-Auth-Scheme"] {
      details.append(.init("gateway_authentication", .text(SafeText.clean(wanted, limit: 40))))
    }
  }

  // MARK: HTTP

  private var host: String {
    let name = gateway.hostText
    let bracketed = if case .ipv6 = gateway.host { "[\(name)]" } else { name }
    return port == 443 ? bracketed : "\(bracketed):\(port)"
  }

  /// [MS-TSGU] 2.2.3.1.1: the connection has a name that no other has.
  private var fields: [HTTPHead.Field] {
    let digits = (0..<16).map { _ in UInt8.random(in: 0...255) }.hexadecimal.uppercased()
    var id = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { id += "-" }
      id.append(digit)
    }
    return [
      .init("Cache-Control", "no-cache"), .init("Pragma", "no-cache"), .init("RDG-Connection-Id", "{\(id)}"),
    ]
  }

  /// On the connection that is open, else on a new one.
  private func ask(_ request: HTTPExchange.Request) async -> HTTPExchange.End {
    let isReused = hasAnswered && stream != nil
    let end = await askOnce(request)
    // A server may end a connection between two requests (RFC 9112 section 9.5).
    guard isReused, case .ended(let how) = end, how == .closed || Self.isReset(how) else { return end }
    return await askOnce(request)
  }

  private static func isReset(_ end: StreamEnd) -> Bool { if case .reset = end { true } else { false } }

  private func askOnce(_ request: HTTPExchange.Request) async -> HTTPExchange.End {
    if stream == nil {
      guard connections < Self.mostConnections, let address else { return .ended(.closed) }
      connections += 1
      let end = await context.connect(to: address, port: port)
      guard case .open(let connection, _) = end else {
        return .ended(end.inconclusive == .cancelled ? .cancelled : .closed)
      }
      guard
        case .completed(let secured, _) = await TLSStream.handshake(
          over: connection, serverName: serverName, by: context.deadline)
      else { return .ended(Task.isCancelled ? .cancelled : .closed) }
      stream = secured
    }
    guard let stream else { return .ended(.closed) }
    let end = await HTTPExchange.perform(request, over: stream, bodyLimit: 16384, by: context.deadline)
    if end.response != nil { hasAnswered = true }
    let isToBeKept =
      end.response.map {
        $0.isWhole && $0.head["Connection"]?.lowercased() != "close" && $0.head.status != 101
      }
    if isToBeKept != true { close() }
    return end
  }
}
