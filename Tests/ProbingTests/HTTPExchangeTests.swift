import Facts
import Glibc
import TestSupport
import Testing
import Wire

@testable import Probing

@Suite struct HTTPExchangeTests {
  let request = HTTPExchange.Request(
    method: "POST", path: "/wsman", host: "srv01:5985", fields: [.init("X-A", "b\r\nX-Evil: 1")],
    body: Array("<x/>".utf8))

  private func answer(_ pieces: [String], end: StreamEnd = .closed, bodyLimit: Int = 100) async
    -> HTTPExchange.End
  {
    let stream = ScriptedStream(pieces.map { .bytes(Array($0.utf8)) } + [.ended(end)])
    return await HTTPExchange.perform(request, over: stream, bodyLimit: bodyLimit, by: .after(.seconds(5)))
  }

  @Test func theRequestIsWrittenAndCannotBeSplit() async {
    let stream = ScriptedStream([.bytes(Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))])
    _ = await HTTPExchange.perform(request, over: stream, by: .after(.seconds(5)))
    let sent = String(decoding: stream.sent.joined(), as: UTF8.self)
    #expect(sent.hasPrefix("POST /wsman HTTP/1.1\r\nHost: srv01:5985\r\n"))
    #expect(sent.hasSuffix("X-A: bX-Evil: 1\r\nContent-Length: 4\r\n\r\n<x/>"))
    #expect(!stream.isClosed)
  }

  @Test func aBodyOfKnownLengthIsRead() async {
    let end = await answer([
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 O", "K\r\nContent-Length: 5\r\n\r\nHel", "lo",
    ])
    #expect(end.response?.head.status == 200)
    #expect(end.response?.body == Array("Hello".utf8))
    #expect(end.response?.isWhole == true)
  }

  @Test func aBodyInChunksIsRead() async {
    let end = await answer([
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nHel\r\n", "2\r\nlo\r\n0\r\n\r\n",
    ])
    #expect(end.response?.body == Array("Hello".utf8))
    #expect(end.response?.isWhole == true)
  }

  @Test func aBodyUntilTheCloseIsRead() async {
    let end = await answer(["HTTP/1.0 200 OK\r\n\r\nHel", "lo"])
    #expect(end.response?.body == Array("Hello".utf8))
    #expect(end.response?.isWhole == true)
  }

  @Test func aHeadAloneDoesNotWaitForTheBody() async {
    let end = await answer(
      ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"], end: .failedHere(.init(reason: "read on")),
      bodyLimit: 0)
    #expect(end.response?.head.status == 200)
    #expect(end.response?.isWhole == false)
  }

  @Test func whatIsNoHTTPKeepsItsFirstBytes() async {
    guard case .malformed(_, let bytes) = await answer(["SSH-2.0-OpenSSH_9.2\r\n"]) else {
      Issue.record("it was taken for HTTP")
      return
    }
    #expect(FirstBytes(bytes) == .ssh)
  }

  @Test func aBrokenOffHeadIsNoSilence() async {
    guard case .malformed = await answer(["HTTP/1.1 200 OK\r\nServ"]) else {
      Issue.record("a part of a head was taken for something else")
      return
    }
    #expect(await answer([], end: .reset(errno: 104)) == .ended(.reset(errno: 104)))
    #expect(await answer(["HTTP/1.1 2"], end: .cancelled) == .ended(.cancelled))
  }

  @Test func interimAnswersWithoutEndAreGivenUp() async {
    let endless = String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 50)
    guard case .malformed = await answer([endless]) else {
      Issue.record("it went on")
      return
    }
  }
}

@Suite(.oneAtATime) struct SlowHTTPTests {
  /// Sends one byte of a head every few milliseconds, for ever.
  @Test func aServerThatDripsIsLeftAtTheDeadline() async throws {
    let server = try LoopbackListener { connection in
      LoopbackListener.write(Array("HTTP/1.1 200 OK\r\n".utf8), to: connection)
      var byte: [UInt8] = [65]
      while send(connection, &byte, 1, Int32(MSG_NOSIGNAL)) == 1 { poll(nil, 0, 5) }
    }
    let elapsed = try await shortest(within: .milliseconds(400)) {
      let connection = try await open(server.port)
      let (end, elapsed) = await timed {
        await HTTPExchange.perform(
          .init(host: "x"), over: connection, bodyLimit: 1000, by: .after(.milliseconds(300)))
      }
      connection.close()
      guard case .malformed = end else { throw Command.Failure("ended as \(end)") }
      return elapsed
    }
    #expect(elapsed < .milliseconds(400))
  }
}
