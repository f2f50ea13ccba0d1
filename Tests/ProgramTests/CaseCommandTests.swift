import CaseStore
import Diagnosis
import Facts
import Foundation
import TestSupport
import Testing

/// Cases on the command line: found, moved between hosts, written down, thought through again.
@Suite struct CaseCommandTests {
  final class Folder {
    let path = NSTemporaryDirectory() + "rdptriage-" + UUID().uuidString
    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  let here = Folder()
  let there = Folder()

  func run(_ arguments: [String], input: String? = nil, data: Folder) throws -> HeadlessTests.Result {
    try HeadlessTests().run(arguments + ["--data", data.path], input: input)
  }

  /// A case on a port that refused, and what became of it.
  func keep(_ more: [Case.Event] = []) throws -> String {
    let id = "2026-05-04-payroll7-7f3a0c"
    let refused = Finding(
      "tcp.port", .answered("refused"), summary: "Port 3389 of payroll7.corp.test refused the connection.")
    let lookup = Finding("dns.lookup", .answered("resolved"), summary: "Resolved.")
    let events: [Case.Event] =
      [
        .opened(try Target("payroll7.corp.test")), .codeReported(ReportedCode(code: 0x204, extended: 0)),
        .ticket("INC-4711"), .probed(run: 1, [lookup, refused]),
      ] + more
    let store = try SQLiteCaseStore(directory: here.path)
    for (number, event) in events.enumerated() {
      let time = Timestamp(seconds: 1_777_860_000 + Double(number) * 60)
      try store.append(.init(time: time, person: "kim", event: event), to: id)
    }
    return id
  }

  @Test func aCaseIsFoundAndArchived() throws {
    let id = try keep()
    #expect(try run(["case", "find", "inc-4711", "payroll7"], data: here).output.contains(id))
    #expect(try run(["case", "find", "somewhere-else"], data: here).output == "No case holds that.\n")
    #expect(try run(["case", "archive", id], data: here).code == 0)
    #expect(try run(["case", "list"], data: here).output == "No cases yet.\n")
    #expect(try run(["case", "list", "--archived"], data: here).output.contains(id))
    #expect(try run(["case", "unarchive", id], data: here).code == 0)
    #expect(try run(["case", "list"], data: here).output.contains(id))
    #expect(try run(["case", "archive", "none"], data: here).code == 66)
  }

  @Test func aSolvedCaseIsPractisedWithoutItsNames() throws {
    let before = Finding("tcp.port", .answered("refused"), summary: "Port 3389 refused the connection.")
    let after = Finding("tcp.port", .answered("open"), summary: "Port 3389 of payroll7.corp.test is open.")
    let id = try keep([
      .answered("termservice-state", "stopped"), .answered("port-owner", "nothing"),
      .stepTaken("start-termservice", .done),
      .probed(run: 2, [after]),
      .proven("start-termservice", .init(before: [before], after: [after], verdict: .changed)),
      .closed(.solved(by: "start-termservice")),
    ])
    let file = here.path + "/practice.json"
    #expect(try run(["case", "export", id, "--format", "practice", "-o", file], data: here).code == 0)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for name in ["payroll7", "corp.test", "kim", "INC-4711"] { #expect(!text.contains(name), "\(name)") }
    let course = try PracticeFile(reading: Data(text.utf8), from: file).course
    #expect(course.cause == "svc-termservice-stopped")
    #expect(course.answers["termservice-state"] == "stopped")
    #expect(
      try String(decoding: PracticeFile(reading: Data(text.utf8), from: file).data(), as: UTF8.self) == text)

    // Ask and accept; the step is done; the caller says that it works.
    let script = String(repeating: "a\n\n", count: 12)
    let practised = try run(["practice", file, "--line"], input: script, data: there)
    #expect(practised.output.contains("before: fault: "), "\(practised.output)")
    #expect(practised.output.contains("The caller says: “It works now, thank you.”"))
    let solved = try run(["practice", file, "--line"], input: script + "y\n", data: there)
    #expect(solved.output.contains("Score: 100 of 100"), "\(solved.output)")
    #expect(try SQLiteCaseStore(directory: there.path).list().isEmpty)
  }

  @Test(arguments: [
    ("{}", 65, "no JSON with a schema"), (#"{"schema":"rdptriage.practice/2"}"#, 65, "practises"),
    (#"{"schema":"rdptriage.practice/1","id":"x"}"#, 65, "cannot be read at"),
  ]) func whatIsNoPracticeCaseIsRefusedWithAReason(text: String, code: Int32, reason: String) throws {
    let file = here.path + "/file.json"
    try Data(text.utf8).write(to: URL(filePath: file))
    let result = try run(["practice", file], data: there)
    #expect(result.code == code)
    #expect(result.errors.contains(file) && result.errors.contains(reason), "\(result.errors)")
  }

  @Test func onlyASolvedCaseCanBePractised() throws {
    let result = try run(["case", "export", try keep(), "--format", "practice"], data: here)
    #expect(result.code == 65)
  }

  @Test func aCaseMovesToAnotherHostAndReplaysTheSame() throws {
    let id = try keep()
    let file = here.path + "/case.json"
    #expect(try run(["case", "export", id, "-o", file], data: here).code == 0)
    #expect(try run(["case", "import", file], data: there).output == "Took over \(id): 4 entries.\n")
    #expect(try run(["case", "import", file], data: there).output == "\(id) is here already, whole.\n")
    let replay = try run(["case", "replay", id], data: here)
    #expect(replay.code == 0)
    #expect(replay.output.contains("next: "))
    #expect(try run(["case", "replay", id], data: there).output == replay.output)
    #expect(try run(["case", "replay", file], data: there).output == replay.output)
    #expect(
      try run(["case", "export", id], data: there).output
        == String(decoding: Data(contentsOf: URL(filePath: file)), as: UTF8.self))
  }

  @Test func aCaseThatWentOnDifferentlyIsNotMixedUp() throws {
    let id = try keep()
    let file = here.path + "/case.json"
    _ = try run(["case", "export", id, "-o", file], data: here)
    _ = try run(["case", "import", file], data: there)
    let store = try SQLiteCaseStore(directory: there.path)
    try store.append(.init(time: .init(seconds: 9), person: "lee", event: .reopened), to: id)
    let refused = try run(["case", "import", file], data: there)
    #expect(refused.code == 65)
    #expect(refused.errors.contains("--as"))
    #expect(try run(["case", "import", file, "--as", "other"], data: there).code == 0)
    #expect(try run(["case", "show", "other"], data: there).code == 0)
  }

  @Test func aRedactedCaseNamesNobodyAndComesBackWhereTheKeyIs() throws {
    let id = try keep()
    for format in ["json", "plain", "markdown", "jira", "servicenow", "html"] {
      let text = try run(["case", "export", id, "--redact", "--format", format], data: here).output
        .lowercased()
      #expect(text.count > 200)
      #expect(text.replacingOccurrences(of: "\\", with: "").contains("names are stand-ins"), "\(format)")
      for secret in ["payroll7", "corp.test", "kim", "inc-4711"] {
        #expect(!text.contains(secret), "\(secret) in \(format)")
      }
    }
    let file = here.path + "/redacted.json"
    _ = try run(["case", "export", id, "--redact", "-o", file], data: here)
    let abroad = try run(["case", "import", file], data: there)
    #expect(abroad.code == 0)
    #expect(abroad.output.contains("stand-ins"))
    #expect(try run(["case", "find", "payroll7"], data: there).output == "No case holds that.\n")
    #expect(try run(["case", "import", file, "--as", "back"], data: here).code == 0)
    #expect(
      try run(["case", "show", "back"], data: here).output == run(["case", "show", id], data: here).output)
  }

  @Test func aPageOfProofAndAHandOverAreWritten() throws {
    let id = try keep([.stepTaken("start-termservice", .done), .closed(.solved(by: "start-termservice"))])
    let page = try run(["case", "export", id, "--format", "html"], data: here).output
    #expect(page.hasPrefix("<!DOCTYPE html>"))
    #expect(page.contains("INC-4711"))
    let note = try run(
      ["case", "export", id, "--format", "plain", "--escalate", "server admin"], data: here
    ).output
    #expect(note.contains("server admin"))
    #expect(note.contains("Proven to be in order"))
    let odd = try run(["case", "export", id, "--escalate", "nobody"], data: here)
    #expect(odd.code == 64)
  }

  @Test func aSolvedCaseBecomesACaseOfTheKnowledge() throws {
    let id = try keep([.stepTaken("start-termservice", .done), .closed(.solved(by: "start-termservice"))])
    let yaml = try run(["case", "export", id, "--format", "regression"], data: here).output
    #expect(yaml.hasPrefix("first: net-port-refused\nfindings:\n"), "\(yaml)")
    #expect(yaml.contains("tcp.port: \"refused\""))
    let learnt = try run(["case", "learnt", "--json"], data: here)
    #expect(learnt.json["solved"] as? Int == 1)
    let open = try run(["case", "export", "none", "--format", "regression"], data: here)
    #expect(open.code == 66)
  }

  @Test func aSolvedCaseBecomesAStoryThatTheKnowledgeTakes() throws {
    let id = try keep([
      .told("kim: nobody reaches payroll7.corp.test\nsince noon"),
      .answeredTogether(
        [.init("one-or-all-users", "all-users", words: "nobody"), .init("vpn-state", nil)], .told),
      .answered("termservice-state", "stopped"),
      .stepTaken("start-termservice", .done), .closed(.solved(by: "start-termservice")),
    ])
    let overlay = there.path + "/stories"
    try FileManager.default.createDirectory(atPath: overlay, withIntermediateDirectories: true)
    let file = overlay + "/service-stopped-at-noon.yaml"
    #expect(try run(["case", "export", id, "--format", "story", "-o", file], data: here).code == 0)
    let yaml = try String(contentsOfFile: file, encoding: .utf8)
    for name in ["payroll7", "corp.test", "kim", "INC-4711"] {
      #expect(!yaml.contains(name), "\(name): \(yaml)")
    }
    #expect(yaml.contains("since noon"), "\(yaml)")
    #expect(yaml.contains("tcp.port: \"refused\""))
    let check = try HeadlessTests().run(["knowledge", "check", there.path])
    #expect(check.code == 0, "\(check.output)\(check.errors)")
    let listed = try HeadlessTests().run(
      ["knowledge", "list", "stories", "noon", "--knowledge", there.path])
    #expect(listed.output.contains("service-stopped-at-noon"), "\(listed.output)")
    let shown = try HeadlessTests().run(
      ["knowledge", "show", "service-stopped-at-noon", "--knowledge", there.path, "--json"]
    ).json
    #expect(shown["kind"] as? String == "story")
    #expect((shown["truth"] as? [String])?.count == 1)
  }

  @Test func aFileThatIsNoCaseIsRefusedByName() throws {
    let file = here.path + "/odd.json"
    try Data("[]".utf8).write(to: URL(filePath: file))
    let refused = try run(["case", "import", file], data: here)
    #expect(refused.code == 65)
    #expect(refused.errors.contains(file))
    #expect(try run(["case", "import", here.path + "/none.json"], data: here).code == 66)
  }
}
