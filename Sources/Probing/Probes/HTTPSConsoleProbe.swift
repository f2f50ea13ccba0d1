import Facts
import Wire

/// A web console on the host itself: of its management board, its hypervisor, or Windows Admin Center.
///
/// Told by the certificate, the head and the first bytes of the page. A web server that is none of these is no finding:
/// neither is it a door, nor is the door shut. Consoles often have an address of their own, which is not looked for.
struct HTTPSConsoleProbe: DoorProbe {
  static let description = ProbeDescription(
    id: "door-https-console", title: "Web console", states: ["doors.https-console"], timeLimit: .seconds(3))

  static func ports(_ ports: DoorPorts) -> [UInt16] { ports.consoles }

  func talk(
    over stream: any ByteStream, at place: DoorPlace, since start: ContinuousClock.Instant
  ) async -> (ServiceAttempt.Outcome, [Finding.Field]) {
    let end = await TLSStream.handshake(over: stream, serverName: place.serverName, by: place.deadline)
    guard case .completed(let secured, let facts) = end else { return (end.outcome(since: start), []) }
    let request = HTTPExchange.Request(host: place.port == 443 ? place.host : "\(place.host):\(place.port)")
    let answer = await HTTPExchange.perform(request, over: secured, bodyLimit: 16384, by: place.deadline)
    guard let response = answer.response else { return (answer.outcome(since: start), []) }
    let leaf = CertificateChain(der: facts.chain)?.leaf
    let head = response.head.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
    let product = Self.product(
      certificate: leaf.map { "\($0.subject)\n\($0.issuer)" } ?? "", head: head,
      body: String(decoding: response.body, as: UTF8.self))
    guard let product else { return (.odd("a web server answers, but no console that is known"), []) }
    var fields: [Finding.Field] = [
      .init("product", .text(product)), .init("port", .integer(Int(place.port))),
      .init("status", .integer(response.head.status)),
    ]
    if let server = response.head["Server"] {
      fields.append(.init("banner", .text(SafeText.clean(server, limit: 80))))
    }
    if let leaf { fields.append(.init("certificate", .text(leaf.subject))) }
    return (.answers, fields)
  }

  /// What stands in each of the three, in lower case; one of them is enough.
  private struct Marks {
    var product: String
    var certificate: [String] = []
    var head: [String] = []
    var body: [String] = []
  }

  private static let known = [
    Marks(
      product: "Dell iDRAC", certificate: ["cn=idrac", "ou=remote access group"],
      head: ["/restgui/start.html", "idrac"], body: ["idrac"]),
    Marks(
      product: "HPE iLO", certificate: ["cn=ilo", "ilo default issuer"],
      head: ["hpe-ilo-server", "hp-ilo-server"],
      body: ["<title>ilo", "hpe ilo", "hp ilo", "integrated lights-out"]),
    Marks(
      product: "Lenovo XClarity Controller", certificate: ["cn=xcc-", "xclarity controller"],
      body: ["xclarity controller"]),
    Marks(
      product: "VMware ESXi or vSphere", certificate: ["o=vmware", "vmware engineering"],
      head: ["vmware"],
      body: ["vmware esxi", "id_eesx_welcome", "id_vc_welcome", "vsphere"]),
    Marks(
      product: "Proxmox VE", certificate: ["proxmox virtual environment"], head: ["pve-api-daemon"],
      body: ["proxmox"]),
    Marks(
      product: "Windows Admin Center", certificate: ["windows admin center"], body: ["windows admin center"]),
  ]

  static func product(certificate: String, head: String, body: String) -> String? {
    let (certificate, head, body) = (certificate.lowercased(), head.lowercased(), body.lowercased())
    return known.first { marks in
      marks.certificate.contains { certificate.contains($0) } || marks.head.contains { head.contains($0) }
        || marks.body.contains { body.contains($0) }
    }?.product
  }
}
