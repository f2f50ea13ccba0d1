import ArgumentParser
import CorpusCheck
import Diagnosis
import Facts
import Foundation
import Intake
import Knowledge

/// What is read from the texts of the corpus, and how long a long log takes.
struct ReadingBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reading",
    abstract:
      "Recall and wrong readings over Tests/ReadingCorpus, and the time that logs of 1 MB and 4 MB take.")

  @Option(help: ArgumentHelp("The corpus.", valueName: "dir"))
  var corpus = "Tests/ReadingCorpus"
  @Flag(help: "Print every text that is not read as it should be.")
  var all = false
  @Flag(name: .customLong("no-times"), help: "The corpus alone.")
  var noTimes = false

  func run() async throws {
    let base = KnowledgeSource.embedded()
    let outcomes = try ReadingCorpus(folder: URL(filePath: corpus)).check(base)
    let everyday = outcomes.filter(\.sample.isEveryday)
    print(
      "\(outcomes.count) texts, \(everyday.count) of them everyday speech; \(base.messages.count) messages")
    var languages: [String: (texts: Int, wanted: Int, found: Int, wrong: Int)] = [:]
    for outcome in outcomes {
      var row = languages[outcome.sample.language] ?? (0, 0, 0, 0)
      row.texts += 1
      row.wanted += outcome.wanted
      row.found += outcome.found
      row.wrong += outcome.wrong.count
      languages[outcome.sample.language] = row
    }
    for (language, row) in languages.sorted(by: { $0.key < $1.key }) {
      print(
        "  \(language.padded(8)) \("\(row.texts)".padded(5)) texts   \("\(row.found)/\(row.wanted)".padded(9)) read   \(row.wrong) wrong"
      )
    }
    let wanted = outcomes.reduce(0) { $0 + $1.wanted }
    let found = outcomes.reduce(0) { $0 + $1.found }
    let wrong = outcomes.reduce(0) { $0 + $1.wrong.count }
    let codes = outcomes.reduce(0) { $0 + $1.wrongCodes }
    print(
      "recall \((100 * Double(found) / Double(max(wanted, 1))).text) % (\(found) of \(wanted)), wrong readings \(wrong), of them codes \(codes)"
    )
    if all {
      for outcome in outcomes where !outcome.wrong.isEmpty || !outcome.missing.isEmpty {
        let parts = outcome.missing.map { "missing \($0)" } + outcome.wrong.map { "wrong \($0)" }
        print("  \(outcome.sample.name): \(parts.joined(separator: "; "))")
      }
    }
    guard !noTimes else { return }
    let one = Self.log(bytes: 1 << 20)
    let four = Self.log(bytes: 4 << 20)
    let knowing = base.forTexts
    var times: [[Double]] = [[], []]
    for _ in 0..<5 {
      for (place, text) in [one, four].enumerated() {
        times[place].append(
          Benchmark.time { _ = try? Intake.read(pasted: text, knowing: knowing) })
      }
    }
    let reader = (0..<3).map { _ in Benchmark.time { _ = base.read(four) } }
    let folding = (0..<3).map { _ in Benchmark.time { _ = FoldedText(four).words.count } }
    print(
      "of that the codes and messages of 4 MB: \(Benchmark.median(reader).text) ms, its words: \(Benchmark.median(folding).text) ms"
    )
    let (small, large) = (Benchmark.median(times[0]), Benchmark.median(times[1]))
    print(
      "a log of 1 MB is read in \(small.text) ms, one of 4 MB in \(large.text) ms: \((large / small).text) times as long (median of 5, interleaved)"
    )
  }

  /// A client's log of that size, the end of the connection at its end.
  static func log(bytes: Int) -> String {
    let lines = [
      "[13:29:52:045] [231:00234f3c] [DEBUG][com.freerdp.core.nego] - [nego_enable_tls]: Enabling TLS security: TRUE\n",
      "[13:29:52:046] [231:00234f3c] [INFO][com.freerdp.client.common.cmdline] - [freerdp_client_settings_parse]: loading channel rdpsnd, the remote session of user one\n",
      "[13:29:52:051] [231:00234f3c] [WARN][com.freerdp.crypto] - [verify_cb]: Certificate verification failure 'self-signed certificate (18)' at stack position 0\n",
      "[13:29:52:060] [231:00234f3c] [DEBUG][com.freerdp.core.rdp] - [rdp_recv_pdu]: pduType=0x7 length=412 channelId=1003 flags: 0x0001 address=192.0.2.7:3389\n",
    ]
    let end =
      "[13:29:53:380] [231:00234f3c] [ERROR][com.freerdp.core] - [nla_recv_pdu]: ERRCONNECT_LOGON_FAILURE [0x00020014]\n"
    var text = ""
    text.reserveCapacity(bytes)
    var index = 0
    while text.utf8.count + 200 + end.utf8.count < bytes {
      text += lines[index % lines.count]
      index += 1
    }
    return text + end
  }
}
