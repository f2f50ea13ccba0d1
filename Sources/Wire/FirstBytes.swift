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
  case imap
  case pop3
  /// An LDAP message (RFC 4511 section 4.1.1).
  case ldap
  /// The greeting of MySQL or MariaDB, or their refusal.
  case mysql
  case postgres
  /// A Tabular Data Stream, as Microsoft SQL Server speaks ([MS-TDS] 2.2.3.1).
  case tds
  /// The answer of a SOCKS 4 or 5 server (RFC 1928).
  case socks
  /// A DCE/RPC message, as the endpoint mapper of Windows sends it.
  case rpc
  case redis
  /// An AMQP 0-9 or 1.0 broker.
  case amqp
  /// RTSP, as cameras speak.
  case rtsp
  case sip
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
    } else if begins("RTSP/") {
      self = .rtsp
    } else if begins("SIP/2.0") {
      self = .sip
    } else if begins("SSH-") {
      self = .ssh
    } else if begins("RFB ") {
      self = .vnc
    } else if begins("220"), start.count >= 4, start[3] == 0x20 || start[3] == 0x2D {
      self = String(decoding: start, as: UTF8.self).uppercased().contains("SMTP") ? .smtp : .ftp
    } else if begins("* OK") || begins("* BYE") || begins("* PREAUTH") || begins("* BAD") {
      self = .imap
    } else if begins("+OK") {
      self = .pop3
    } else if begins("-ERR") {
      // Both refuse so; of the two, only a mail server speaks of more than the command.
      self = begins("-ERR unknown command") || begins("-ERR Protocol") ? .redis : .pop3
    } else if begins("AMQP") {
      self = .amqp
    } else if Self.isSMB(start) {
      self = .smb
    } else if Self.isMySQL(start) {
      self = .mysql
    } else if Self.isPostgres(start) {
      self = .postgres
    } else if Self.isTDS(start) {
      self = .tds
    } else if Self.isLDAP(start) {
      self = .ldap
    } else if start.count >= 4, start[0] == 5, start[1] == 0, [11, 12, 13, 15, 2, 3].contains(start[2]),
      start[3] <= 3,
      start.count >= 10
    {
      // Version 5.0; bind, its answers, response, fault (DCE 1.1: RPC, section 12.6.3).
      self = .rpc
    } else if start.count == 2, start[0] == 5, [0, 1, 2, 0xFF].contains(start[1]) {
      self = .socks
    } else if start.count == 8, start[0] == 0, (0x5A...0x5D).contains(start[1]) {
      self = .socks
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

  /// A packet with the sequence number 0 that greets with protocol version 10 and the server's version as text, or that
  /// refuses (MySQL client/server protocol, Protocol::HandshakeV10 and ERR_Packet).
  private static func isMySQL(_ start: [UInt8]) -> Bool {
    guard start.count >= 7, start[2] == 0, start[3] == 0 else { return false }
    if start[4] == 10 { return (0x30...0x39).contains(start[5]) }
    return start[4] == 0xFF && (3...4).contains(start[6])
  }

  /// An ErrorResponse with a severity (PostgreSQL message formats), or the one letter that answers an SSLRequest.
  private static func isPostgres(_ start: [UInt8]) -> Bool {
    start.count >= 6 && start[0] == 0x45 && start[1] == 0 && start[2] == 0 && start[5] == 0x53
  }

  /// A tabular result, or the answer to a pre-login, of its own length, from the server's process 0.
  private static func isTDS(_ start: [UInt8]) -> Bool {
    guard start.count >= 8, [0x04, 0x12].contains(start[0]), start[1] <= 1 else { return false }
    return Int(start[2]) << 8 | Int(start[3]) >= 8 && start[7] == 0 && start[6] <= 1
  }

  /// A sequence that begins with a message number and an application tag: most often a notice of disconnection.
  private static func isLDAP(_ start: [UInt8]) -> Bool {
    guard start.first == 0x30, start.count >= 7 else { return false }
    let header = start[1] & 0x80 == 0 ? 2 : 2 + Int(start[1] & 0x7F)
    guard header <= 6, start.count > header + 3, start[header] == 2, (1...4).contains(start[header + 1])
    else {
      return false
    }
    let tag = header + 2 + Int(start[header + 1])
    return tag < start.count && (0x60...0x79).contains(start[tag])
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
    case .imap: "imap"
    case .pop3: "pop3"
    case .ldap: "ldap"
    case .mysql: "mysql"
    case .postgres: "postgres"
    case .tds: "tds"
    case .socks: "socks"
    case .rpc: "rpc"
    case .redis: "redis"
    case .amqp: "amqp"
    case .rtsp: "rtsp"
    case .sip: "sip"
    case .tls: "tls"
    case .tlsAlert: "tls-alert"
    case .unknown: "unknown"
    }
  }
}
