import Glibc

/// Client messages as bytes, written out by hand so that they do not come from the code that reads them.
enum ClientMessages {
  /// [MS-RDPBCGR] 2.2.1.1 Client X.224 Connection Request PDU, with a cookie.
  static func connectionRequest(_ protocols: UInt8) -> [UInt8] {
    let cookie = Array("Cookie: mstshash=test\r\n".utf8)
    let negotiation: [UInt8] = [0x01, 0x00, 0x08, 0x00, protocols, 0x00, 0x00, 0x00]
    let length = UInt8(11 + cookie.count + negotiation.count)
    return [0x03, 0x00, 0x00, length, length - 5, 0xE0, 0x00, 0x00, 0x00, 0x00, 0x00] + cookie + negotiation
  }

  /// [MS-NLMP] 2.2.1.1 NEGOTIATE_MESSAGE, flags as nmap sends them.
  static let ntlmNegotiate: [UInt8] =
    Array("NTLMSSP\0".utf8) + [1, 0, 0, 0, 0xB7, 0x82, 0x08, 0xE2] + Array(repeating: 0, count: 16)

  /// [MS-NLMP] 2.2.1.3 AUTHENTICATE_MESSAGE: all fields empty.
  static let ntlmAuthenticate: [UInt8] =
    Array("NTLMSSP\0".utf8) + [3, 0, 0, 0] + Array(repeating: 0, count: 52)

  /// [MS-CSSP] 2.2.1 TSRequest, version 6, with one token shorter than 100 bytes.
  static func tsRequest(_ token: [UInt8]) -> [UInt8] {
    let octets = [0x04, UInt8(token.count)] + token
    let tagged = [0xA0, UInt8(octets.count)] + octets
    let item = [0x30, UInt8(tagged.count)] + tagged
    let list = [0x30, UInt8(item.count)] + item
    let tokens = [0xA1, UInt8(list.count)] + list
    let version: [UInt8] = [0xA0, 0x03, 0x02, 0x01, 0x06]
    return [0x30, UInt8(version.count + tokens.count)] + version + tokens
  }

  /// [MS-CSSP] 2.2.1 TSRequest, version 6, with nothing but `authInfo`.
  static let tsRequestWithCredentials: [UInt8] =
    [0x30, 0x0D, 0xA0, 0x03, 0x02, 0x01, 0x06, 0xA2, 0x06, 0x04, 0x04, 1, 2, 3, 4]

  /// [MS-RDPBCGR] 2.2.1.11 Client Info PDU with a user name and a password of so many bytes.
  static func clientInfo(userName: UInt8, password: UInt8 = 0, autoLogon: Bool = false) -> [UInt8] {
    let packet: [UInt8] =
      [0x40, 0, 0, 0] + [0, 0, 0, 0] + [autoLogon ? 0x3B : 0x33, 0x01, 0, 0] + [
        0, 0, userName, 0, password, 0, 0, 0, 0, 0,
      ]
      + Array(repeating: 0, count: 10 + Int(userName) + Int(password))
    let mcs: [UInt8] = [0x64, 0x00, 0x08, 0x03, 0xEB, 0x70, UInt8(packet.count)]
    return [0x03, 0x00, 0x00, UInt8(7 + mcs.count + packet.count), 0x02, 0xF0, 0x80] + mcs + packet
  }
}

func secondsNow() -> Double { Double(time(nil)) }
