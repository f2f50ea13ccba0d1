import Testing
import Wire

@Suite struct HTTPTests {
  static let gateway = Array(
    """
    HTTP/1.1 401 User Account Restricted\r
    Content-Type: text/plain\r
    Server: Microsoft-HTTPAPI/2.0\r
    www-authenticate: Negotiate\r
    WWW-Authenticate: NTLM TlRMTVNTUAACAAAA==\r
    WWW-Authenticate: Basic realm="a, b \\" c", charset=UTF-8, Digest nonce=1\r
    X-Folded: one\r
      two\r
    Content-Length: 13\r
    \r
    Hello, world!
    """.utf8)

  @Test func aHeadIsReadWithItsFields() throws {
    let head = try HTTPHead(decoding: Self.gateway)
    #expect(head.status == 401)
    #expect(head.version == "1.1")
    #expect(head.reason == "User Account Restricted")
    #expect(head["server"] == "Microsoft-HTTPAPI/2.0")
    #expect(head["x-folded"] == "one two")
    #expect(head["absent"] == nil)
    #expect(head.bodyLength(method: "GET") == .bytes(13))
    #expect(head.bodyLength(method: "HEAD") == .bytes(0))
    #expect(try HTTPHead.length(Self.gateway) == Self.gateway.count - 13)
  }

  @Test func challengesAreToldApartFromTheirParameters() throws {
    #expect(
      try HTTPHead(decoding: Self.gateway).challenges == [
        HTTPChallenge(scheme: "Negotiate"), HTTPChallenge(scheme: "NTLM", rest: "TlRMTVNTUAACAAAA=="),
        HTTPChallenge(scheme: "Basic", rest: #"realm="a, b \" c", charset=UTF-8"#),
        HTTPChallenge(scheme: "Digest", rest: "nonce=1"),
      ])
  }

  @Test func bareLineFeedsAndMissingReasonsAreTaken() throws {
    let head = try HTTPHead(decoding: Array("HTTP/1.0 200\nServer: x\n\n".utf8))
    #expect(head.status == 200)
    #expect(head.reason == "")
    #expect(head["Server"] == "x")
    #expect(head.bodyLength(method: "GET") == .untilClose)
  }

  @Test func aHeadThatIsNotWholeWantsMore() {
    let end = Self.gateway.count - 13
    for length in 0..<end {
      let part = Array(Self.gateway.prefix(length))
      #expect(error { () throws(DecodeError) in _ = try HTTPHead.length(part) }?.needsMore == true)
      // As when the bytes came in two pieces.
      #expect((try? HTTPHead.length(Self.gateway, from: length)) == end)
    }
  }

  @Test(arguments: [
    "SSH-2.0-x\r\n", "\u{16}\u{3}\u{1}", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1\r\n\r\n",
  ])
  func whatIsNoHeadIsRefused(text: String) {
    let refused = error { () throws(DecodeError) in _ = try HTTPHead(decoding: Array(text.utf8)) }
    #expect(refused?.needsMore == false)
  }

  @Test func anEndlessHeadIsRefused() {
    let endless = Array("HTTP/1.1 200 OK\r\n".utf8) + [UInt8](repeating: 65, count: HTTPHead.longest)
    let refused = error { () throws(DecodeError) in _ = try HTTPHead.length(endless) }
    #expect(refused?.needsMore == false)
  }

  @Test func chunksAreJoined() throws {
    let bytes = Array("5;x=y\r\nHello\r\n7\r\n, world\r\n0\r\n\r\n".utf8)
    let whole = try HTTPChunks(decoding: bytes[...])
    #expect(whole.body == Array("Hello, world".utf8))
    #expect(whole.isWhole)
    let part = try HTTPChunks(decoding: bytes.prefix(9))
    #expect(part.body == Array("He".utf8))
    #expect(!part.isWhole)
  }

  @Test(arguments: ["-5\r\n", "zz\r\nab", "FFFFFFFF\r\n", "\r\n"])
  func aChunkWithoutASizeIsRefused(text: String) {
    let refused = error { () throws(DecodeError) in _ = try HTTPChunks(decoding: Array(text.utf8)[...]) }
    #expect(refused != nil)
  }

  @Test func nothingTrapsOnDamagedHeads() {
    var generator = SplitMix64(state: 0x4117)
    let chunked = Array("5\r\nHello\r\n7;a\r\n, world\r\n0\r\n\r\n".utf8)
    var refused = 0
    for _ in 0..<6000 {
      let bytes = mutation(of: Self.gateway, using: &generator)
      do throws(DecodeError) {
        let head = try HTTPHead(decoding: bytes)
        #expect(head.fields.count <= HTTPHead.mostFields)
        _ = (head.challenges, head.bodyLength(method: "GET"))
      } catch {
        refused += 1
        #expect(error.offset >= 0)
      }
      _ = try? HTTPChunks(decoding: mutation(of: chunked, using: &generator)[...])
    }
    #expect(refused > 100 && refused < 5900)
  }
}
