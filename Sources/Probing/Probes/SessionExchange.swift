import Facts
import Wire

/// The way from the end of security to the session proper ([MS-RDPBCGR] 1.3.1.1, Basic Settings Exchange to Licensing),
/// walked by a client that names nobody and leaves before anything is drawn.
///
/// It answers no request for a licence: that would take one out of the host's store.
struct SessionExchange {
  /// What was last asked of the host.
  enum Stage: String, Hashable, Sendable {
    case settings = "basic settings"
    case attach = "attach user"
    case join = "channel join"
    /// The Client Info PDU went out; licensing, redirection and refusals come from here on.
    case info = "client info"
  }

  enum End: Hashable, Sendable {
    /// Demand Active: whoever signs in gets a session, as far as can be seen without signing in.
    case ready
    case errorInfo(ErrorInfo)
    case refused(MCSResult)
    case licensing(LicensingStatus, LicensingTransition)
    /// The host waits for this device to show a licence or to ask for one.
    case licenseWanted
    case redirected(ServerRedirection)
    /// What follows is under RDP's own encryption.
    case encrypted
    case ultimatum(DisconnectReason)
    case malformed(String)
    /// - Parameter pending: Bytes of a message that was not whole.
    case ended(StreamEnd, pending: Int)
  }

  private(set) var stage = Stage.settings
  /// nil until the host said them.
  private(set) var settings: ConnectResponse.Settings?
  /// Licensing messages by name, the first ``mostNotes``.
  private(set) var licensing: [String] = []
  /// When the last whole message came, or the exchange began.
  private(set) var lastHeard = ContinuousClock.now

  private let stream: any ByteStream
  private let selected: SecurityProtocols
  private let deadline: Deadline
  private var framer = TPKT.Framer()
  private var messages = 0
  private var licenseDeadline: Deadline?
  /// Set once the host has begun with the session: it may still send the client on, or say what is wrong.
  private var lastWordDeadline: Deadline?

  /// A host needs some ten; more are an endless sequence.
  static let mostMessages = 64
  private static let mostNotes = 8
  /// A host that goes on after a request for a licence without waiting for the answer does so at once.
  private static let licensePatience: Duration = .milliseconds(500)

  /// A redirection, or an error on setting up graphics, follows Demand Active at once.
  private static let lastWordPatience: Duration = .milliseconds(300)
  /// For the host to close after this client has taken its leave.
  private static let leavePatience: Duration = .milliseconds(200)

  /// How this client shows up in the host's lists and logs.
  static let clientName = "rdptriage"

  /// - Parameters:
  ///   - stream: inside TLS, or in clear when `selected` is RDP's own security.
  ///   - deadline: for the whole exchange.
  init(over stream: any ByteStream, selected: SecurityProtocols, by deadline: Deadline) {
    self.stream = stream
    self.selected = selected
    self.deadline = deadline
  }

  /// Walks as far as the host lets a client come, and takes its leave. The stream stays open.
  mutating func run() async -> End {
    let end = await walk()
    await leave(after: end)
    return end
  }

  /// Asks for the host's settings only, and takes its leave.
  mutating func learnSettings() async -> End? {
    let end = await askSettings()
    await leave(after: end)
    return end
  }

  private mutating func walk() async -> End {
    if let end = await askSettings() { return end }
    guard let settings else { return .malformed("the host said no settings") }
    let user: UInt16
    switch await attach() {
    case .success(let number): user = number
    case .failure(let end): return end.value
    }
    if !settings.capabilities.contains(.skipChannelJoin) {
      stage = .join
      for channel in [user, settings.ioChannel] {
        if let end = await join(user, channel) { return end }
      }
    }
    guard settings.encryptionMethod.isEmpty else { return .encrypted }
    stage = .info
    let info = MCSMessage.sendDataRequest(user: user, channel: settings.ioChannel, ClientInfo.encoded)
    if let end = await send([info]) { return end }
    while true {
      switch await receive() {
      case .failure(let end): return end.value
      case .success(let message): if let end = judge(message) { return end }
      }
    }
  }

  private mutating func askSettings() async -> End? {
    let initial = ConnectInitial(
      clientName: Self.clientName, selectedProtocol: selected, capabilities: [.errorInfo, .skipChannelJoin],
      encryptionMethods: selected == .rdp ? .all : [])
    if case .ended(let end) = await stream.send(initial.encode(), by: deadline) {
      return .ended(end, pending: 0)
    }
    while true {
      switch await frame() {
      case .failure(let end): return end.value
      case .success(let bytes):
        do throws(DecodeError) {
          guard ConnectResponse.isOne(bytes) else {
            if let end = judge(try MCSMessage(decoding: bytes)) { return end }
            continue
          }
          let response = try ConnectResponse(decoding: bytes)
          guard response.result == .successful else { return .refused(response.result) }
          settings = response.settings
          return nil
        } catch {
          return .malformed(error.description)
        }
      }
    }
  }

  private mutating func attach() async -> Result<UInt16, Ended> {
    stage = .attach
    if let end = await send([.erectDomainRequest, .attachUserRequest]) { return .failure(Ended(end)) }
    while true {
      switch await receive() {
      case .failure(let end): return .failure(end)
      case .success(.attachUserConfirm(.successful, let user?)): return .success(user)
      case .success(.attachUserConfirm(let result, _)): return .failure(Ended(.refused(result)))
      case .success(let message): if let end = judge(message) { return .failure(Ended(end)) }
      }
    }
  }

  private mutating func join(_ user: UInt16, _ channel: UInt16) async -> End? {
    if let end = await send([.channelJoinRequest(user: user, channel: channel)]) { return end }
    while true {
      switch await receive() {
      case .failure(let end): return end.value
      case .success(.channelJoinConfirm(.successful, _, _, _?)): return nil
      case .success(.channelJoinConfirm(let result, _, _, _)): return .refused(result)
      case .success(let message): if let end = judge(message) { return end }
      }
    }
  }

  /// What a message ends, if anything.
  private mutating func judge(_ message: MCSMessage) -> End? {
    switch message {
    case .disconnectProviderUltimatum(let reason): return .ultimatum(reason)
    case .sendDataIndication(_, let channel, let data) where channel == settings?.ioChannel:
      do throws(DecodeError) {
        return judge(try SessionMessage(decoding: data))
      } catch {
        // Once the host has begun with the session it may say what this client does not know.
        return lastWordDeadline == nil ? .malformed(error.description) : nil
      }
    // Answers to nothing that was asked, and other channels.
    default: return nil
    }
  }

  private mutating func judge(_ message: SessionMessage) -> End? {
    switch message {
    case .demandActive:
      licenseDeadline = nil
      lastWordDeadline = lastWordDeadline ?? min(deadline, .after(Self.lastWordPatience))
      return nil
    case .errorInfo(.none), .deactivateAll, .other: return nil
    case .errorInfo(let info): return .errorInfo(info)
    case .encrypted: return .encrypted
    case .redirection(let redirection):
      return redirection.flags.contains(.stay) ? nil : .redirected(redirection)
    case .licensing(let message):
      switch message {
      case .request:
        note("LICENSE_REQUEST")
        licenseDeadline = min(deadline, .after(Self.licensePatience))
      case .platformChallenge: note("PLATFORM_CHALLENGE")
      case .newLicense: settled("NEW_LICENSE")
      case .upgradeLicense: settled("UPGRADE_LICENSE")
      case .errorAlert(.validClient, _): settled("STATUS_VALID_CLIENT")
      case .errorAlert(let status, let transition): return .licensing(status, transition)
      case .other(let type): note("message 0x\(String(type, radix: 16))")
      }
      return nil
    }
  }

  private mutating func note(_ name: String) {
    if licensing.count < Self.mostNotes { licensing.append(name) }
  }

  private mutating func settled(_ name: String) {
    note(name)
    licenseDeadline = nil
  }

  // MARK: - Messages

  /// An end, as the failure of a result.
  private struct Ended: Error {
    var value: End
    init(_ value: End) { self.value = value }
  }

  private func send(_ messages: [MCSMessage]) async -> End? {
    let bytes = messages.flatMap { $0.encode() }
    guard case .ended(let end) = await stream.send(bytes, by: deadline) else { return nil }
    // A host that closes may have said why before.
    if case .reset = end { return nil }
    return .ended(end, pending: 0)
  }

  private mutating func receive() async -> Result<MCSMessage, Ended> {
    switch await frame() {
    case .failure(let end): return .failure(end)
    case .success(let bytes):
      do throws(DecodeError) {
        return .success(try MCSMessage(decoding: bytes))
      } catch {
        return .failure(Ended(.malformed(error.description)))
      }
    }
  }

  private mutating func frame() async -> Result<[UInt8], Ended> {
    while true {
      do throws(DecodeError) {
        if let frame = try framer.next() {
          messages += 1
          guard messages <= Self.mostMessages else {
            if lastWordDeadline != nil { return .failure(Ended(.ready)) }
            return .failure(Ended(.malformed("the host sent \(messages) messages and came to no end")))
          }
          lastHeard = .now
          return .success(frame)
        }
      } catch {
        return .failure(Ended(.malformed(error.description)))
      }
      switch await stream.receive(atMost: 16384, by: lastWordDeadline ?? licenseDeadline ?? deadline) {
      case .bytes(let bytes): framer.append(bytes)
      case .ended(.silent) where lastWordDeadline != nil: return .failure(Ended(.ready))
      case .ended(.silent) where licenseDeadline != nil: return .failure(Ended(.licenseWanted))
      case .ended(let end): return .failure(Ended(.ended(end, pending: framer.rest.count)))
      }
    }
  }

  /// In the way in which a client leaves that its user closes ([MS-RDPBCGR] 1.3.1.4.1).
  private func leave(after end: End?) async {
    guard settings != nil else { return }
    switch end {
    case .ultimatum, .ended(.closed, _), .ended(.reset, _), .ended(.cancelled, _): return
    default:
      let ultimatum = MCSMessage.disconnectProviderUltimatum(.userRequested).encode()
      guard case .sent = await stream.send(ultimatum, by: .after(.milliseconds(50))) else { return }
      // What came and was not read would turn the closing into a reset.
      let limit = min(deadline, .after(Self.leavePatience))
      var left = Self.mostMessages
      while left > 0, case .bytes = await stream.receive(atMost: 16384, by: limit) { left -= 1 }
    }
  }
}
