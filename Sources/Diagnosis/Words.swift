public import Facts

extension Phase {
  /// For people, in the middle of a sentence.
  public var words: String {
    switch self {
    case .name: "name look-up"
    case .tcp: "network and port"
    case .x224: "RDP greeting"
    case .tls: "TLS and certificate"
    case .credssp: "sign-in before the session (NLA)"
    case .authorise: "right to log on"
    case .licence: "licence"
    case .create: "session set-up"
    case .graphics: "graphics"
    case .session: "session"
    case .gateway: "gateway"
    case .client: "client"
    }
  }
}

extension CodeFamily {
  /// The table that it is, for people, in the middle of a sentence.
  public var words: String {
    switch self {
    case .disconnect: "error code"
    case .extended: "extended error code"
    case .errinfo: "server's error info"
    case .status: "server's progress message"
    case .negotiation: "negotiation failure"
    case .authorization: "early user authorization"
    case .rdstls: "RDSTLS, sign-in at a redirected host"
    case .ntstatus: "sign-in status"
    case .logon: "logon message"
    case .event: "Windows event"
    case .kerberos: "Kerberos error"
    case .gateway: "gateway"
    case .licensing: "licensing"
    case .avd: "Azure Virtual Desktop"
    case .freerdp: "FreeRDP"
    }
  }
}
