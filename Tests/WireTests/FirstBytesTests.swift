import Testing
import Wire

@Suite struct FirstBytesTests {
  @Test func whatAnswersIsKnownByItsFirstBytes() {
    let samples: [([UInt8], String)] = [
      (hex("030000130ed00000123400021f080008000000"), "rdp"),
      (hex("0300000b06d0"), "rdp"),
      (hex("0300000902f0802180"), "mcs-disconnect"),
      (hex("0300000b06800000123400"), "x224-refusal"),
      (hex("0300000902f0803e00"), "tpkt"),
      (Array("HTTP/1.1 400 Bad Request\r\n".utf8), "http"),
      (Array("SSH-2.0-OpenSSH_9.2p1\r\n".utf8), "ssh"),
      (Array("RFB 003.008\n".utf8), "vnc"),
      (Array("220 (vsFTPd 3.0.3)\r\n".utf8), "ftp"),
      (Array("220-mail.example ESMTP Postfix\r\n".utf8), "smtp"),
      (Array("2200".utf8), "unknown"),
      (hex("00000050 fe534d42 4000"), "smb"),
      (hex("00000050 ff534d42 72"), "smb"),
      (hex("83000001 8f"), "smb"),
      (hex("fffd18 fffd20"), "telnet"),
      (Array("* OK IMAP4rev1 ready\r\n".utf8), "imap"),
      (Array("+OK Dovecot ready.\r\n".utf8), "pop3"),
      (Array("-ERR unknown command\r\n".utf8), "redis"),
      (Array("RTSP/1.0 400 Bad Request\r\n".utf8), "rtsp"),
      (Array("SIP/2.0 400 Bad Request\r\n".utf8), "sip"),
      (Array("AMQP".utf8) + [0, 0, 9, 1], "amqp"),
      // Greeting with version 8.0.36, and "Host is not allowed to connect".
      (hex("4a000000 0a") + Array("8.0.36".utf8) + [0], "mysql"),
      (hex("45000000 ff 6a04") + Array("Host".utf8), "mysql"),
      (hex("45 00000090 53") + Array("FATAL".utf8), "postgres"),
      (hex("0401 002b 0000 01 00 00001a00"), "tds"),
      // Notice of Disconnection, protocolError.
      (hex("30 24 020100 781f 0a0102 0400 0400"), "ldap"),
      (hex("30 8400000010 020100 780b"), "ldap"),
      (hex("05ff"), "socks"), (hex("0500"), "socks"), (hex("005b 0000 00000000"), "socks"),
      // bind_nak.
      (hex("05000d03 10000000 1500 0000 00000000"), "rpc"),
      // A CredSSP message is no LDAP.
      (hex("300da003020106a40602040000006d"), "unknown"),
      (hex("160303 0063 02"), "tls"),
      (hex("150303 0002 02 28"), "tls-alert"),
      (hex("150303"), "tls"),
      ([], "unknown"), ([3], "unknown"), (hex("00010203"), "unknown"),
    ]
    for (bytes, name) in samples { #expect(FirstBytes(bytes).description == name, "\(bytes.hexadecimal)") }
  }

  @Test func anAlertInClearKeepsItsLevelAndDescription() throws {
    #expect(
      FirstBytes(hex("150301 0002 02 46")) == .tlsAlert(TLSAlert(level: 2, description: .protocolVersion)))
    let record = try TLSRecord(decoding: hex("150301 0002 02 46"))
    #expect(record.alert?.description == "protocol_version (fatal)")
    #expect(TLSAlert(level: 1, description: .init(rawValue: 200)).description == "alert 200 (warning)")
    // 26 bytes are an encrypted alert: its description cannot be read.
    let encrypted = hex("150303 001a") + [UInt8](repeating: 9, count: 26)
    #expect(try TLSRecord(decoding: encrypted).alert == nil)
  }

  @Test func everyTruncatedRecordAsksForMore() {
    let whole = hex("160303 0004 02000000")
    for count in 0..<whole.count {
      let cut = Array(whole.prefix(count))
      #expect(error { () throws(DecodeError) in _ = try TLSRecord(decoding: cut) }?.needsMore == true)
    }
  }

  @Test func aRecordIsBounded() {
    #expect(
      error { () throws(DecodeError) in _ = try TLSRecord(decoding: hex("160303 4801")) }
        == .unexpected(field: "record length", at: 3, got: 0x4801, want: "18432 or less"))
  }

  @Test func theSelectedVersionGoesBeforeTheLegacyOne() throws {
    // ServerHello of TLS 1.3: version TLS 1.2, random, no session, cipher 0x1302, supported_versions 0x0304.
    let body =
      hex("0303") + [UInt8](repeating: 1, count: 32) + hex("00 1302 00") + hex("0006 002b 0002 0304")
    let message = hex("02 0000") + [UInt8(body.count)] + body
    let record = hex("160303 00") + [UInt8(message.count)] + message
    let hello = try TLSRecord(decoding: record).serverHello
    #expect(hello?.version == .tls13)
    #expect(hello?.cipherSuite == 0x1302)
  }
}
