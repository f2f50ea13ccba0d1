/// What answers on a port, told by the first bytes that it sends.
public enum FirstBytes: Hashable, Sendable, CustomStringConvertible {
  /// An X.224 Connection Confirm in a TPKT, whole or not.
  case rdp
  /// An MCS Disconnect Provider Ultimatum in clear (ITU-T T.125 section 11.15), as some servers refuse with.
  case mcsDisconnect
  /// An X.224 Disconnect Request or Error TPDU (ITU-T X.224 sections 13.5 and 13.12).
  case x224Refusal
  /// Another message in a TPKT.
  case otherTPKT
  case http
  case ssh
  case smb
  case vnc
  case ftp
  case smtp
  case telnet
  /// A TLS record in clear that is no alert.
  case tls
  case tlsAlert(TLSAlert)
  /// Too few bytes to tell, or none of the above.
  case unknown

  /// Never fails: what is not known is `unknown`. Looks at no more than the first 256 bytes.
  public init(_ bytes: [UInt8]) {
    let start = Array(bytes.prefix(256))
    func begins(_ text: String) -> Bool { start.starts(with: text.utf8) }

    if start.count >= 6, start[0] == TPKT.version, start[1] == 0 {
      switch start[5] {
      case 0xD0...0xDF: self = .rdp
      case 0x80...0x8F, 0x70: self = .x224Refusal
      case 0xF0 where start.count >= 8 && start[7] & 0xFC == 0x20: self = .mcsDisconnect
      default: self = .otherTPKT
      }
    } else if start.count >= 3, start[1] == 3, start[2] <= 4, (0x14...0x17).contains(start[0]) {
      if start[0] == 0x15, start.count >= 7, start[3] == 0, start[4] == 2 {
        self = .tlsAlert(TLSAlert(level: start[5], description: .init(rawValue: start[6])))
      } else {
        self = .tls
      }
    } else if begins("HTTP/") || begins("<!DOCTYPE") || begins("<html") || begins("<HTML") {
      self = .http
    } else if begins("SSH-") {
      self = .ssh
    } else if begins("RFB ") {
      self = .vnc
    } else if begins("220"), start.count >= 4, start[3] == 0x20 || start[3] == 0x2D {
      self = String(decoding: start, as: UTF8.self).uppercased().contains("SMTP") ? .smtp : .ftp
    } else if Self.isSMB(start) {
      self = .smb
    } else if start.count >= 3, start[0] == 0xFF, (0xFB...0xFE).contains(start[1]) {
      self = .telnet
    } else {
      self = .unknown
    }
  }

  /// A session message with SMB 1 or 2 inside, or a NetBIOS session response (RFC 1002 section 4.3.1).
  private static func isSMB(_ start: [UInt8]) -> Bool {
    if start.count >= 8, start[0] == 0, start[5...7] == [0x53, 0x4D, 0x42] {
      return [0xFF, 0xFE, 0xFD].contains(start[4])
    }
    return start == [0x82, 0, 0, 0] || start.starts(with: [0x83, 0, 0, 1])
  }

  /// A short lower-case word, the same in every version of this program.
  public var description: String {
    switch self {
    case .rdp: "rdp"
    case .mcsDisconnect: "mcs-disconnect"
    case .x224Refusal: "x224-refusal"
    case .otherTPKT: "tpkt"
    case .http: "http"
    case .ssh: "ssh"
    case .smb: "smb"
    case .vnc: "vnc"
    case .ftp: "ftp"
    case .smtp: "smtp"
    case .telnet: "telnet"
    case .tls: "tls"
    case .tlsAlert: "tls-alert"
    case .unknown: "unknown"
    }
  }
}
