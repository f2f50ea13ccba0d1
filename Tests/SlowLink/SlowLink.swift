import CTestSupport
import Glibc

// A link between two network namespaces on which every packet is under way for a while.
// Usage: slow-link MILLISECONDS NAMESPACE INTERFACE NAMESPACE INTERFACE. Makes both interfaces, and runs until it is ended.

struct Packet {
  var due: ContinuousClock.Instant
  var bytes: [UInt8]
}

func fail(_ why: String) -> Never {
  print("slow-link: \(why)")
  exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count == 6, let milliseconds = Int(arguments[1]) else {
  fail("expects MILLISECONDS NAMESPACE INTERFACE NAMESPACE INTERFACE")
}
let delay = Duration.milliseconds(milliseconds)
let ends = [2, 4].map { place in
  let end = open_interface("/run/netns/\(arguments[place])", arguments[place + 1])
  guard end >= 0 else { fail("\(arguments[place + 1]): \(String(cString: strerror(-end)))") }
  return end
}

/// What left either end and has not arrived at the other, oldest first: all take equally long.
var underWay: [[Packet]] = [[], []]
let mostUnderWay = 10_000
var buffer = [UInt8](repeating: 0, count: 65_536)

while true {
  let now = ContinuousClock.now
  for from in 0...1 {
    let arrived = underWay[from].prefix { $0.due <= now }
    // A full queue of the interface loses the packet, as on any link.
    for packet in arrived { _ = write(ends[1 - from], packet.bytes, packet.bytes.count) }
    underWay[from].removeFirst(arrived.count)
  }
  var waits = ends.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  let next = underWay.compactMap(\.first?.due).min().map { max(.zero, $0 - .now) }
  let wait = next.map { Int32($0 / .milliseconds(1)) + 1 } ?? -1
  guard poll(&waits, 2, wait) >= 0 || errno == EINTR else { fail("poll: errno \(errno)") }
  for from in 0...1 where waits[from].revents != 0 {
    let count = read(ends[from], &buffer, buffer.count)
    guard count > 0, underWay[from].count < mostUnderWay else { continue }
    underWay[from].append(Packet(due: .now + delay, bytes: Array(buffer.prefix(count))))
  }
}
