import Facts
import Glibc

/// Questions that are asked by UDP datagrams and answered by one.
enum Datagram {
  /// Sends the question, and once more when nothing came within a second (RFC 1123 section 6.1.3.3 has resolvers wait
  /// no less), and returns the first datagram of that port.
  ///
  /// An ICMP message that nobody listens there is `reset` with ECONNREFUSED.
  static func ask(
    _ question: [UInt8], of address: Address, _ port: UInt16, by deadline: Deadline
  ) async -> ReceiveEnd {
    await ask([question, question], every: .seconds(1), of: address, port, by: deadline)
  }

  /// Sends one question after the other, from one port, until something comes back or the deadline is there.
  static func ask(
    _ questions: [[UInt8]], every patience: Duration, of address: Address, _ port: UInt16,
    by deadline: Deadline
  ) async -> ReceiveEnd {
    let socket: Socket
    switch Socket.open(address.domain, SOCK_DGRAM) {
    case .opened(let opened): socket = opened
    case .failed(let errno): return .ended(.failedHere(LocalFailure(socketError: errno)))
    }
    defer { socket.close() }
    for (index, question) in questions.enumerated() {
      let isLast = index == questions.count - 1
      let sent: SendEnd = await socket.perform(.writing, by: deadline, interrupted: { .ended(StreamEnd($0)) })
      {
        descriptor in
        // Connected, so that answers of others are not received and ICMP messages are (udp(7)).
        let connected = address.withSocketAddress(port: port) { connect(descriptor, $0, $1) }
        guard connected == 0 else { return .ended(.failedHere(LocalFailure(socketError: errno))) }
        let count = send(descriptor, question, question.count, Int32(MSG_NOSIGNAL))
        return count == question.count ? .sent : .ended(StreamEnd(errno: errno))
      }
      if case .ended(let end) = sent { return .ended(end) }
      let until = isLast ? deadline : min(deadline, .after(patience))
      let received: ReceiveEnd = await socket.perform(
        .reading, by: until, interrupted: { .ended(StreamEnd($0)) }
      ) {
        descriptor in
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count >= 0 { return .bytes(Array(buffer.prefix(count))) }
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR
          ? nil : .ended(StreamEnd(errno: errno))
      }
      guard received == .ended(.silent), !isLast, deadline.remaining > .zero else { return received }
    }
    return .ended(.silent)
  }
}
