import Practice
import TestSupport
import Testing

extension Recording {
  init(_ transcript: RecordedTranscript) {
    self.init(
      steps: transcript.steps.map {
        switch $0 {
        case .client(let bytes): .client(bytes)
        case .server(let bytes): .server(bytes)
        case .startTLS: .startTLS
        }
      })
  }
}

@BlockingTests @Suite(.enabled(if: RecordedTranscript.areAvailable, "no recordings at RDPTRIAGE_CAPTURES"))
struct RecordingTests {
  /// Plays the client's part of a recording and demands the server's part of it, byte for byte.
  @Test(arguments: [
    "ws2022-nla-kerberos-1", "ws2022-ntlm-refused-conn1", "ws2022-ntlm-refused-conn2", "ws2022-tls-no-nla-1",
    "ws2022-standard-rdp-security-conn1", "ws2022-standard-rdp-security-conn2", "ws2022-restricted-admin-ok",
  ])
  func theRecordedClientHearsTheRecordedServer(name: String) throws {
    let transcript = try RecordedTranscript(named: name)
    let host = try ScriptedHost.start(.init(transport: .recorded([Recording(transcript)])))
    defer { host.stop() }
    let client = try TCPClient(port: host.port)
    var tls: TLSClient?
    for (index, step) in transcript.steps.enumerated() {
      switch step {
      case .client(let bytes):
        if let tls { tls.send(bytes) } else { client.send(bytes) }
      case .startTLS: tls = try TLSClient(over: client)
      case .server(let bytes):
        let heard = tls?.receive(bytes.count) ?? client.receiveAll(atMost: bytes.count).bytes
        #expect(heard == bytes, "step \(index)")
      }
    }
    #expect(transcript.steps.count >= 2)
  }

  @Test func theLogonInARecordingIsCounted() throws {
    let transcript = try RecordedTranscript(named: "ws2022-nla-kerberos-1")
    let host = try ScriptedHost.start(.init(transport: .recorded([Recording(transcript)])))
    defer { host.stop() }
    do {
      let client = try TCPClient(port: host.port)
      var tls: TLSClient?
      for step in transcript.steps.prefix(12) {
        switch step {
        case .client(let bytes): if let tls { tls.send(bytes) } else { client.send(bytes) }
        case .startTLS: tls = try TLSClient(over: client)
        case .server(let bytes): _ = tls?.receive(bytes.count) ?? client.receiveAll(atMost: bytes.count).bytes
        }
      }
    }
    #expect(host.waitUntilIdle())
    #expect(host.counters.authenticateMessages >= 2)
  }
}
