import Facts
import Wire

/// One request to a web server and what came back, over any open stream (RFC 9112).
///
/// Asks as a client that knows nobody: it adds no field on its own but those that HTTP needs.
enum HTTPExchange {
  struct Request: Hashable, Sendable {
    var method = "GET"
    var path = "/"
    /// For the `Host` field: the name or address, with the port where it is not the usual one.
    var host: String
    var fields: [HTTPHead.Field] = []
    var body: [UInt8] = []

    /// What would break the lines of the head is left out.
    func encode() -> [UInt8] {
      func line(_ text: String) -> [UInt8] { text.utf8.filter { $0 >= 0x20 && $0 != 0x7F } + [13, 10] }
      var bytes = line("\(method) \(path) HTTP/1.1") + line("Host: \(host)")
      let usual: [HTTPHead.Field] = [.init("User-Agent", "rdptriage"), .init("Accept", "*/*")]
      for field in usual + fields { bytes += line("\(field.name): \(field.value)") }
      if !body.isEmpty { bytes += line("Content-Length: \(body.count)") }
      return bytes + [13, 10] + body
    }
  }

  struct Response: Hashable, Sendable {
    var head: HTTPHead
    /// Not more than was asked for.
    var body: [UInt8] = []
    /// The body was read to its end, so that the connection can carry another request.
    var isWhole = false
  }

  enum End: Hashable, Sendable {
    case response(Response)
    /// - Parameter firstBytes: At most 64, for telling what else it is.
    case malformed(reason: String, firstBytes: [UInt8])
    /// Nothing came.
    case ended(StreamEnd)

    var response: Response? { if case .response(let response) = self { response } else { nil } }
  }

  /// Interim answers, such as 100 Continue, that are passed over (RFC 9110 section 15.2).
  private static let mostInterim = 4

  /// Sends the request and reads one answer, all by the deadline. The stream stays open.
  ///
  /// - Parameter bodyLimit: The answer's body is read up to this number of bytes; 0 for the head alone. A body that
  ///   breaks off, or breaks the rules, is kept as far as it came.
  static func perform(
    _ request: Request, over stream: any ByteStream, bodyLimit: Int = 0, by deadline: Deadline
  ) async -> End {
    if case .ended(let end) = await stream.send(request.encode(), by: deadline) {
      // The server may have answered before it had read everything.
      guard case .reset = end else { return .ended(end) }
    }
    var received: [UInt8] = []
    for _ in 0...mostInterim {
      switch await head(&received, over: stream, by: deadline) {
      case .failed(let end): return end
      case .head(let head):
        // 101 is the last word in this protocol (RFC 9110 section 15.2.2).
        if head.status < 200, head.status != 101 { continue }
        return .response(
          await body(
            of: head, received, limit: min(bodyLimit, HTTPChunks.longest), method: request.method, stream,
            deadline))
      }
    }
    return .malformed(reason: "there are interim answers only", firstBytes: Array(received.prefix(64)))
  }

  private enum HeadEnd {
    case head(HTTPHead)
    case failed(End)
  }

  /// Leaves in `received` what followed the head.
  private static func head(
    _ received: inout [UInt8], over stream: any ByteStream, by deadline: Deadline
  ) async -> HeadEnd {
    var looked = 0
    while true {
      do throws(DecodeError) {
        let length = try HTTPHead.length(received, from: looked)
        let head = try HTTPHead(decoding: received)
        received.removeFirst(length)
        return .head(head)
      } catch {
        guard error.needsMore else {
          return .failed(.malformed(reason: error.description, firstBytes: Array(received.prefix(64))))
        }
      }
      looked = received.count
      switch await stream.receive(atMost: 4096, by: deadline) {
      case .bytes(let bytes): received += bytes
      case .ended(let end):
        switch end {
        case .cancelled, .failedHere: return .failed(.ended(end))
        default:
          guard !received.isEmpty else { return .failed(.ended(end)) }
          return .failed(
            .malformed(
              reason: "the answer broke off after \(received.count) bytes",
              firstBytes: Array(received.prefix(64))))
        }
      }
    }
  }

  private static func body(
    of head: HTTPHead, _ start: [UInt8], limit: Int, method: String, _ stream: any ByteStream,
    _ deadline: Deadline
  ) async -> Response {
    let length = head.bodyLength(method: method)
    // The sizes of the chunks are among the bytes, too.
    let most = length == .chunked ? limit * 2 + 1024 : limit
    var received = start
    var response = Response(head: head)
    while true {
      switch length {
      case .bytes(let count):
        response.body = Array(received.prefix(min(count, limit)))
        response.isWhole = received.count >= count
      case .untilClose: response.body = Array(received.prefix(limit))
      case .chunked:
        guard limit > 0, let chunks = try? HTTPChunks(decoding: received[...]) else { return response }
        response.body = Array(chunks.body.prefix(limit))
        response.isWhole = chunks.isWhole
      }
      if response.isWhole || response.body.count >= limit || received.count >= most { return response }
      switch await stream.receive(atMost: 16384, by: deadline) {
      case .bytes(let bytes): received += bytes
      case .ended(let end):
        if case .untilClose = length, end == .closed { response.isWhole = true }
        return response
      }
    }
  }
}
