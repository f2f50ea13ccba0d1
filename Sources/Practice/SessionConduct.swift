public import Wire

extension HostBehaviour {
  /// How a host sets up a session for a client that got through without Network Level Authentication
  /// ([MS-RDPBCGR] 1.3.1.1, from MCS Connect Initial on).
  public struct SessionConduct: Hashable, Sendable {
    public var settings: ConnectResponse.Settings
    public var ending: Ending

    /// - Parameter settings: as Windows Server 2022 says them, inside TLS.
    public init(
      _ ending: Ending,
      settings: ConnectResponse.Settings = .init(version: RDPVersion(rawValue: 0x0008_000E))
    ) {
      self.settings = settings
      self.ending = ending
    }

    /// What comes after the Client Info PDU. Wherever the host speaks last, it leaves the closing to the client.
    public enum Ending: Hashable, Sendable {
      /// No licence is needed, and the session begins.
      case ready
      /// A Set Error Info PDU, and an ultimatum. 0 is no error: then the session begins.
      case errorInfo(UInt32)
      /// A licensing error with the transition ST_TOTAL_ABORT.
      case licenseError(UInt32)
      /// A request for a licence; the host waits for the client's.
      case licenseRequest
      /// A licence is issued, and the session begins.
      case newLicense
      case redirect(ServerRedirection)
      /// An ultimatum without a word of the reason.
      case ultimatum
      /// These messages, as they are.
      case raw([[UInt8]])
      case silent
      case close
      case reset
    }
  }
}

/// The server's side of setting up a session.
struct SessionServer {
  let conduct: HostBehaviour.SessionConduct
  let peer: Peer
  private static let user = MCSMessage.firstUser + 6

  enum Outcome {
    case close
    case reset
  }

  func run() -> Outcome {
    guard let first = peer.message(), (try? ConnectInitial(decoding: first)) != nil else { return .close }
    peer.send(ConnectResponse(settings: conduct.settings).encode())
    while let bytes = peer.message() {
      guard let message = try? MCSMessage(decoding: bytes) else { return .close }
      switch message {
      case .attachUserRequest:
        peer.send(MCSMessage.attachUserConfirm(.successful, user: Self.user).encode())
      case .channelJoinRequest(let user, let channel):
        peer.send(
          MCSMessage.channelJoinConfirm(.successful, user: user, requested: channel, channel: channel)
            .encode())
      case .sendDataRequest(_, conduct.settings.ioChannel, _):
        if let outcome = finish() { return outcome }
        peer.drain()
        return .close
      case .disconnectProviderUltimatum: return .close
      default: break
      }
    }
    return .close
  }

  /// - Returns: nil when the host stays.
  private func finish() -> Outcome? {
    switch conduct.ending {
    case .ready: begin()
    case .errorInfo(0):
      say(.errorInfo(.none))
      begin()
    case .errorInfo(let code):
      say(.errorInfo(ErrorInfo(rawValue: code)))
      endDomain()
    case .licenseError(let code):
      say(.licensing(.errorAlert(LicensingStatus(rawValue: code), .totalAbort)))
      endDomain()
    case .licenseRequest:
      say(.licensing(.request(.init(version: 0x0006_0002, company: "Microsoft Corporation", id: "A02"))))
    case .newLicense:
      say(.licensing(.newLicense))
      say(.demandActive)
    case .redirect(let redirection): say(.redirection(redirection))
    case .ultimatum: endDomain()
    case .raw(let messages): for message in messages { peer.send(message) }
    case .silent: break
    case .close: return .close
    case .reset: return .reset
    }
    return nil
  }

  private func begin() {
    say(.licensing(.errorAlert(.validClient, .noTransition)))
    say(.demandActive)
  }

  private func endDomain() {
    peer.send(MCSMessage.disconnectProviderUltimatum(.userRequested).encode())
  }

  private func say(_ message: SessionMessage) {
    let data = message.encode()
    peer.send(
      MCSMessage.sendDataIndication(
        user: MCSMessage.firstUser + 1, channel: conduct.settings.ioChannel, data
      ).encode())
  }
}
