import Facts
import Foundation
import Probing
import TestSupport
import Testing

/// What stays behind in a process that probes again and again.
///
/// `LONG_USE_RUNS` sets how many runs; 1,000 without it.
@Suite(.serialized) struct LongUseTests {
  private struct Level {
    var descriptors: Int
    var threads: Int
    var kilobytes: Int

    static func now() throws -> Level {
      let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
      func field(_ name: String) -> Int {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        return line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
      }
      return Level(
        descriptors: try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count,
        threads: field("Threads"), kilobytes: field("VmRSS"))
    }
  }

  @Test func manyRunsLeaveNothingOpen() async throws {
    let count = ProcessInfo.processInfo.environment["LONG_USE_RUNS"].flatMap { Int($0) } ?? 1000
    let port = try LoopbackPort.free()
    let request = ProbeRequest(target: try Target("127.0.0.1:\(port)"), timeLimit: .seconds(5))
    func look() async -> Int {
      var findings = 0
      for await event in ProbeRunner().run(request) {
        if case .finished(_, let batch, _) = event { findings += batch.count }
      }
      return findings
    }
    for _ in 0..<20 { #expect(await look() > 5) }
    let before = try Level.now()
    for _ in 0..<count { #expect(await look() > 5) }
    let after = try Level.now()
    #expect(after.descriptors <= before.descriptors + 3, "\(before) to \(after)")
    #expect(after.threads <= before.threads + 16, "\(before) to \(after)")
    #expect(after.kilobytes <= before.kilobytes + 40_000, "\(before) to \(after)")
  }
}
