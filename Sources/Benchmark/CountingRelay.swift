import Foundation
import Synchronization
import TestSupport

/// A port of 127.0.0.1 that hands every connection on to another one, and counts them.
final class CountingRelay: Sendable {
  let port: UInt16
  private let listener: Int32
  private let accepted = Mutex(0)

  init(to server: UInt16) throws {
    (listener, port) = try LoopbackPort.bound()
    guard listen(listener, 64) == 0 else {
      close(listener)
      throw Command.Failure("cannot listen: errno \(errno)")
    }
    let listener = listener
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { break }
        self?.accepted.withLock { $0 += 1 }
        Thread.detachNewThread { Self.serve(client, server) }
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Connections since the last call.
  func takeCount() -> Int {
    accepted.withLock { count in
      defer { count = 0 }
      return count
    }
  }

  private static func serve(_ client: Int32, _ port: UInt16) {
    defer { close(client) }
    guard let server = try? TCPClient(port: port) else { return resetOnClose(client) }
    let ends = [client, server.descriptor]
    var isOpen = [true, true]
    var buffer = [UInt8](repeating: 0, count: 65536)
    while isOpen.contains(true) {
      var entries = zip(ends, isOpen).map { pollfd(fd: $1 ? $0 : -1, events: Int16(POLLIN), revents: 0) }
      guard poll(&entries, 2, -1) > 0 else { return }
      for side in 0...1 where entries[side].revents != 0 {
        let count = recv(ends[side], &buffer, buffer.count, 0)
        if count > 0 {
          guard pass(buffer.prefix(count), to: ends[1 - side]) else { return }
        } else if count == 0 {
          isOpen[side] = false
          shutdown(ends[1 - side], Int32(SHUT_WR))
        } else {
          return resetOnClose(ends[1 - side])
        }
      }
    }
  }

  private static func pass(_ bytes: ArraySlice<UInt8>, to end: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(end, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  private static func resetOnClose(_ end: Int32) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(end, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }
}
