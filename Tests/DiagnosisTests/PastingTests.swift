import Diagnosis
import Dispatch
import Facts
import Foundation
import Testing

/// What a real shell makes of commands with odd values in them.
@Suite struct PastingTests {
  private static let odd = Array("ab1.-_:[]'\"`$(){};&|<>*?~!#%^\\/=+, @äé€😀‘’“”")

  /// 2,000 random values, each as an argument of its own: the shell must see exactly that value.
  @Test(arguments: ["/bin/bash", "/bin/sh"]) func aShellSeesTheValueOrTheCardRefusesIt(shell: String) throws {
    var generator = SplitMix64(seed: 7)
    var values: [String] = []
    var script = ""
    var refusals = 0
    for _ in 0..<2000 {
      let length = Int.random(in: 1...12, using: &generator)
      let value = String((0..<length).compactMap { _ in Self.odd.randomElement(using: &generator) })
      var target = try Target("srv01")
      target.domain = value
      let command = FilledCommand(
        .init(door: .jumpHost, shell: .bash, text: "printf '%s\\0' {domain}"), target: target)
      if command.refusal != nil {
        refusals += 1
        #expect(command.text == "printf '%s\\0' DOMAIN")
        continue
      }
      values.append(value)
      script += command.text + "\n"
    }
    #expect(values.count > 1500)
    #expect(refusals > 0, "values that look like options are refused")
    #expect(try Self.output(of: script, shell).map(Self.bytes) == values.map(Self.bytes))
  }

  private static func bytes(_ text: some StringProtocol) -> [UInt8] { Array(text.utf8) }

  private static func output(of script: String, _ shell: String) throws -> [Substring] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: shell)
    process.environment = ["PATH": "/nowhere", "LC_ALL": "C.UTF-8"]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    // The script fits no pipe at once, and neither does what it prints.
    let writing = input.fileHandleForWriting
    let bytes = Data(script.utf8)
    DispatchQueue.global().async {
      try? writing.write(contentsOf: bytes)
      try? writing.close()
    }
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: printed, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false)
      .dropLast()
  }
}
