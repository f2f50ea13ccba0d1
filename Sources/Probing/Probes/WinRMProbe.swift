import Facts
import Wire

/// Windows Remote Management, asked to identify itself, which it does for anybody (DMTF DSP0226 section 11.1,
/// [MS-WSMV] 3.1.4.1.6).
///
/// A demand to sign in is an answer, too.
struct WinRMProbe: DoorProbe {
  static let description = ProbeDescription(
    id: "door-winrm", title: "Windows Remote Management", states: ["doors.winrm"], timeLimit: .seconds(3))

  static func ports(_ ports: DoorPorts) -> [UInt16] {
    [ports.remoteManagement, ports.securedRemoteManagement]
  }

  private static let identify =
    #"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>"#

  func talk(
    over stream: any ByteStream, at place: DoorPlace, since start: ContinuousClock.Instant
  ) async -> (ServiceAttempt.Outcome, [Finding.Field]) {
    var stream = stream
    if place.port == place.ports.securedRemoteManagement {
      let end = await TLSStream.handshake(over: stream, serverName: place.serverName, by: place.deadline)
      guard case .completed(let secured, _) = end else { return (end.outcome(since: start), []) }
      stream = secured
    }
    let request = HTTPExchange.Request(
      method: "POST", path: "/wsman", host: "\(place.host):\(place.port)",
      fields: [
        .init("Content-Type", "application/soap+xml;charset=UTF-8"),
        // [MS-WSMV] 2.2.1: no sign-in for this one question.
        .init("WSMANIDENTIFY", "unauthenticated"),
      ], body: Array(Self.identify.utf8))
    let end = await HTTPExchange.perform(request, over: stream, bodyLimit: 8192, by: place.deadline)
    guard let response = end.response else { return (end.outcome(since: start), []) }
    let head = response.head
    var fields: [Finding.Field] = [
      .init("port", .integer(Int(place.port))), .init("status", .integer(head.status)),
    ]
    if let server = head["Server"] {
      fields.append(.init("banner", .text(SafeText.clean(server, limit: 80))))
    }
    let body = String(decoding: response.body, as: UTF8.self)
    if head.status == 200, body.contains("IdentifyResponse") {
      fields.append(.init("product", .text(Self.product(body))))
      return (.answers, fields)
    }
    let schemes = head.challenges.map(\.scheme)
    if head.status == 401, !schemes.isEmpty {
      fields.append(.init("schemes", .list(schemes.map { .text(SafeText.clean($0, limit: 40)) })))
      return (.answers, fields)
    }
    return (.odd("a web server answers with status \(head.status), but it is no remote management"), [])
  }

  /// Whoever is not signed in is told the maker and the version of the protocol stack only.
  static func product(_ body: String) -> String {
    let maker = body.contains("Microsoft") ? "Microsoft" : body.contains("Openwsman") ? "Openwsman" : ""
    // As in `OS: 0.0.0 SP: 0.0 Stack: 3.0`.
    let words = body.split { $0 == " " || $0 == "<" || $0 == ">" }
    let stack = words.firstIndex(of: "Stack:").flatMap { words.dropFirst($0 + 1).first }
    let version = stack.map { " stack \($0)" } ?? ""
    return SafeText.clean(maker.isEmpty && version.isEmpty ? "WS-Management" : maker + version, limit: 60)
  }
}
