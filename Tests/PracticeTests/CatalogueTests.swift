import Diagnosis
import Practice
import TestSupport
import Testing

@BlockingTests @Suite struct CatalogueTests {
  @Test func everyEntryHasItsOwnIdAndTellsItsStory() {
    #expect(Set(PracticeCatalogue.all.map(\.id)).count == PracticeCatalogue.all.count)
    for entry in PracticeCatalogue.all {
      let course = entry.course
      #expect(!course.title.isEmpty && course.story.count > 40 && course.explanation.count > 40)
    }
  }

  @Test(arguments: PracticeCatalogue.all.filter { $0.behaviour != .healthy })
  func everyEntryIsBrokenUntilItIsRepairedOnTheSamePort(entry: PracticeEntry) throws {
    let host = try entry.start()
    defer { host.stop() }
    #expect(look(at: host) != "sound")
    try host.repair()
    #expect(look(at: host) == "sound")
  }

  @Test func theCleanHostIsSoundFromTheStart() throws {
    let host = try #require(PracticeCatalogue.entry("refuses-though-clean")).start()
    defer { host.stop() }
    #expect(look(at: host) == "sound")
  }

  /// How far a client comes on its way to the NTLM challenge of a host in order, or what is odd about it.
  private func look(at host: ScriptedHost) -> String {
    guard let client = try? TCPClient(port: host.port, patience: .seconds(3)) else { return "tcp" }
    let confirm = client.exchange(ClientMessages.connectionRequest(0x0B), expecting: 19)
    guard confirm.count == 19, confirm[5] == 0xD0, confirm[11] == 2, confirm[15] == 8 else { return "x224" }
    guard let tls = try? TLSClient(over: client), let certificate = try? tls.describeCertificate() else {
      return "tls"
    }
    guard certificate.contains("will not expire") else { return "certificate" }
    let answer = tls.exchange(ClientMessages.tsRequest(ClientMessages.ntlmNegotiate))
    let signature = Array("NTLMSSP\0".utf8) + [2, 0, 0, 0]
    guard let start = answer.indices.first(where: { answer[$0...].starts(with: signature) }) else {
      return "credssp"
    }
    guard version(of: answer) == 6 else { return "version" }
    guard abs(skew(in: Array(answer[start...]))) < 30 else { return "clock" }
    return isNLARequired(by: host) ? "sound" : "session"
  }

  /// A host in order refuses a client that offers no more than TLS.
  private func isNLARequired(by host: ScriptedHost) -> Bool {
    guard let client = try? TCPClient(port: host.port, patience: .seconds(3)) else { return false }
    return client.exchange(ClientMessages.connectionRequest(1), expecting: 19).suffix(8) == [
      3, 0, 8, 0, 5, 0, 0, 0,
    ]
  }

  private func version(of request: [UInt8]) -> UInt8? {
    let pattern: [UInt8] = [0xA0, 0x03, 0x02, 0x01]
    return request.indices.first { request[$0...].starts(with: pattern) }.map { request[$0 + 4] }
  }

  /// Seconds by which the challenge's MsvAvTimestamp ([MS-NLMP] 2.2.2.1) is ahead.
  private func skew(in challenge: [UInt8]) -> Double {
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      challenge[offset..<(offset + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var offset = Int(number(44, 4))
    while number(offset, 2) != 7 { offset += 4 + Int(number(offset + 2, 2)) }
    return Double(number(offset + 4, 8)) / 1e7 - 11_644_473_600 - secondsNow()
  }
}
