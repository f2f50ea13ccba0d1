import Facts
import Wire

/// Remote procedure calls, by their endpoint mapper (C706 appendix O), and what it knows of the services that matter here.
///
/// An interface that is not registered is no evidence: the mapper of a newer Windows may keep it to itself.
struct RPCProbe: DoorProbe {
  static let description = ProbeDescription(
    id: "door-rpc", title: "Remote procedure call (RPC)", states: ["doors.rpc"], timeLimit: .seconds(3))

  static func ports(_ ports: DoorPorts) -> [UInt16] { [ports.rpc] }

  private static let questions: [(name: String, EndpointMapper.Interface, EndpointMapper.Transport)] = [
    ("service control", .serviceControl, .tcp),
    ("Remote Desktop listener", .remoteDesktopListener, .namedPipe),
  ]

  func talk(
    over stream: any ByteStream, at place: DoorPlace, since start: ContinuousClock.Instant
  ) async -> (ServiceAttempt.Outcome, [Finding.Field]) {
    func ask(_ request: [UInt8]) async -> ServiceAnswer<EndpointMapperReply> {
      if case .ended(let end) = await stream.send(request, by: place.deadline) {
        return .ended(ServiceAttempt.outcome(of: end, isSettled: ProbeContext.isSettled(start)), [])
      }
      return await place.context.read(from: stream, since: start, by: place.deadline) {
        bytes throws(DecodeError) in try EndpointMapperReply.first(in: bytes).reply
      }
    }
    switch await ask(EndpointMapper.bind(callID: 1)) {
    case .ended(let outcome, _): return (outcome, [])
    case .value(.bound): break
    case .value(let reply): return (.answers, [.init("endpoint_mapper", .text("\(reply)"))])
    }
    var services: [Detail] = []
    for (index, question) in Self.questions.enumerated() {
      let request = EndpointMapper.map(question.1, over: question.2, callID: UInt32(index + 2))
      guard case .value(let reply) = await ask(request) else { break }
      var fields: [Finding.Field] = [.init("service", .text(question.name))]
      switch reply {
      case .registered(let port):
        fields.append(.init("registered", true))
        if let port { fields.append(.init("port", .integer(Int(port)))) }
      case .notRegistered: fields.append(.init("registered", false))
      case .failed(let status): fields.append(.init("status", .text("0x\(String(status, radix: 16))")))
      case .bound, .notBound: break
      }
      services.append(.table(fields))
    }
    return (.answers, [.init("product", "endpoint mapper"), .init("services", .list(services))])
  }
}
