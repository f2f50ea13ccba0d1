import Foundation
import FuzzTargets
import Testing

@Suite struct FuzzTests {
  /// Every input that is kept in the repository: seeds, and files that once did harm or reach deep.
  static func inputs(of target: FuzzTarget) throws -> [[UInt8]] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fuzzer/Corpus/\(target.name)").standardizedFileURL
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return try target.seeds + files.sorted { $0.path < $1.path }.map { [UInt8](try Data(contentsOf: $0)) }
  }

  @Test(arguments: FuzzTarget.all.indices) func noDecoderTrapsOrTakesTooMuchMemory(index: Int) throws {
    let target = FuzzTarget.all[index]
    let inputs = try Self.inputs(of: target)
    #expect(!target.seeds.isEmpty)
    for input in inputs { #expect(target.run(input) == nil) }
    for input in target.seeds.map({ Array($0.prefix(600)) }) {
      for end in input.indices { #expect(target.run(Array(input[..<end])) == nil) }
      for place in input.indices {
        for value in [0x00, 0x7F, 0x80, 0xFF] as [UInt8] where input[place] != value {
          var changed = input
          changed[place] = value
          #expect(target.run(changed) == nil)
        }
      }
    }
  }

  @Test func aGreedyDecoderIsSeen() {
    let greedy = FuzzTarget("greedy", []) { bytes in
      let copies = [UInt8](repeating: 0, count: FuzzTarget.freeBytes + 40 * bytes.count)
      withExtendedLifetime(copies) {}
    }
    #expect(greedy.run([UInt8](repeating: 0, count: 10_000)) != nil)
    let modest = FuzzTarget("modest", []) { bytes in
      let copy = bytes + bytes
      withExtendedLifetime(copy) {}
    }
    #expect(modest.run([UInt8](repeating: 0, count: 10_000)) == nil)
  }

  @Test func namesAreUnique() {
    #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
  }
}
