import Facts
import Synchronization
import Wire

/// One question and answer about the security of the connection to come ([MS-RDPBCGR] 1.3.1.1, Connection Initiation).
enum NegotiationExchange {
  enum End: Hashable, Sendable {
    /// - Parameter rest: What came behind the confirm. Well-behaved hosts wait for the client there.
    case confirmed(ConnectionConfirm, rest: [UInt8])
    /// - Parameter reason: nil when the bytes are no TPKT at all.
    case notRDP([UInt8], reason: DecodeError?)
    /// Some bytes that could have become a confirm.
    case cutOff([UInt8], StreamEnd)
    /// Not one byte.
    case ended(StreamEnd)
  }

  /// A confirm has 19 bytes; of another service so many show what it is.
  private static let mostBytes = 1024

  /// Sends a request and reads the answer, both by the deadline. The stream stays open, whatever the end.
  static func ask(
    _ protocols: SecurityProtocols, routingToken: String? = nil, over stream: any ByteStream,
    by deadline: Deadline
  ) async -> End {
    let request = ConnectionRequest(routingToken: routingToken, negotiation: .init(protocols))
    if case .ended(let end) = await stream.send(request.encode(), by: deadline) {
      // A service that speaks first may have said what it is before it closed.
      guard case .reset = end, case .bytes(let bytes) = await stream.receive(atMost: mostBytes, by: deadline)
      else { return .ended(end) }
      return read(bytes) ?? .cutOff(bytes, end)
    }
    var received: [UInt8] = []
    while true {
      switch await stream.receive(atMost: mostBytes, by: deadline) {
      case .bytes(let bytes):
        received += bytes
        switch read(received) {
        case .notRDP(_, nil)?: return await readOn(received, stream, by: deadline)
        case let end?: return end
        case nil: break
        }
      case .ended(let end):
        guard !received.isEmpty else { return .ended(end) }
        return .cutOff(received, end)
      }
    }
  }

  /// It is no RDP; a little more may tell what it is.
  private static func readOn(
    _ start: [UInt8], _ stream: any ByteStream, by deadline: Deadline
  ) async -> End {
    let limit = min(deadline, .after(.milliseconds(300)))
    var received = start
    while received.count < mostBytes {
      let isLine = received.contains(0x0A)
      switch FirstBytes(received) {
      case .ssh, .vnc, .ftp, .smtp, .imap, .pop3, .redis:
        if isLine { return .notRDP(received, reason: nil) }
      // The head names the product.
      case .http, .rtsp, .sip: if hasWholeHead(received) { return .notRDP(received, reason: nil) }
      case .unknown: if received.count >= 64 { return .notRDP(received, reason: nil) }
      // Header, level and description of an alert.
      case .tls: if received.count >= 7 { return .notRDP(received, reason: nil) }
      default: return .notRDP(received, reason: nil)
      }
      switch await stream.receive(atMost: mostBytes, by: limit) {
      case .bytes(let bytes): received += bytes
      case .ended(.cancelled): return .ended(.cancelled)
      case .ended: return .notRDP(received, reason: nil)
      }
    }
    return .notRDP(received, reason: nil)
  }

  private static func hasWholeHead(_ bytes: [UInt8]) -> Bool {
    let end: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    return bytes.indices.contains { bytes[$0...].starts(with: end) }
  }

  /// nil when more bytes are needed to tell.
  private static func read(_ bytes: [UInt8]) -> End? {
    var framer = TPKT.Framer()
    framer.append(bytes)
    do throws(DecodeError) {
      guard let frame = try framer.next() else {
        // A confirm is never longer; a host that announces more means something else.
        let length = try? TPKT.frameLength(bytes)
        return (length ?? 0) > mostBytes ? .notRDP(bytes, reason: nil) : nil
      }
      return .confirmed(try ConnectionConfirm(decoding: frame), rest: framer.rest)
    } catch {
      return .notRDP(bytes, reason: bytes.first == TPKT.version ? error : nil)
    }
  }
}

/// A stream of which some bytes were read too early.
final class StreamWithRest: ByteStream {
  private let stream: any ByteStream
  private let rest: Mutex<[UInt8]>

  init(_ rest: [UInt8], _ stream: any ByteStream) {
    self.stream = stream
    self.rest = Mutex(rest)
  }

  func send(_ bytes: [UInt8], by deadline: Deadline) async -> SendEnd {
    await stream.send(bytes, by: deadline)
  }

  func receive(atMost limit: Int, by deadline: Deadline) async -> ReceiveEnd {
    let first = rest.withLock { rest in
      let first = Array(rest.prefix(max(1, limit)))
      rest.removeFirst(first.count)
      return first
    }
    return first.isEmpty ? await stream.receive(atMost: limit, by: deadline) : .bytes(first)
  }

  func close() { stream.close() }
}
