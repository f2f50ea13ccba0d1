import CaseStore
import Diagnosis
import Facts
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// Cases on a host that several people share: what is written out, who may read it, who has it open, and what is waited for.
@Suite(.serialized) struct SharedHostTests {
  let folder: TemporaryFolder
  var data: String { folder.path + "/data" }
  let program = BuiltProgram.path("rdptriage")

  init() throws { folder = try TemporaryFolder() }

  /// Runs a line of a shell in which `$rdp` is the program.
  func shell(_ line: String, within limit: Duration = .seconds(60)) throws -> Command.Result {
    try Command.run(
      "sh", ["-c", line],
      environment: ["rdp": program, "data": data, "dir": folder.path, "LC_ALL": "C.UTF-8"], within: limit)
  }

  static let id = "2026-05-04-payroll7-7f3a0c"

  @discardableResult
  func keep(_ more: [Case.Event] = []) throws -> any CaseStore {
    let store = try SQLiteCaseStore(directory: data)
    let events: [Case.Event] = [
      .opened(try Target("payroll7.corp.test")), .codeReported(ReportedCode(code: 0x204)),
      .ticket("INC-4711"),
    ]
    for (number, event) in (events + more).enumerated() {
      try store.append(
        .init(time: .init(seconds: 1_777_860_000 + Double(number)), person: "kim", event: event), to: Self.id)
    }
    return store
  }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    return lstat(folder.path + "/" + name, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  // MARK: Writing out

  @Test(arguments: [
    "case list", "case show \(id)", "case export \(id)", "case find payroll7", "knowledge list causes",
    "knowledge show svc-termservice-stopped", "explain 0x3", "config --sample", "practice --list",
    "case list --json", "diagnose 192.0.2.1 --no-probes --code 3",
  ]) func aFullDiskAndAClosedPipeAreSeen(command: String) throws {
    try keep()
    let option = command.hasPrefix("case") ? "--data $data" : ""
    for output in ["/dev/full", "&-"] {
      let result = try shell("$rdp \(command) \(option) >\(output)")
      #expect(result.code == 74, "\(output): \(result)")
      #expect(result.output.contains("could not be written"), "\(result)")
    }
  }

  @Test func aReaderThatLeavesIsSaid() throws {
    let reader = try shell(
      "{ $rdp knowledge list codes 2>$dir/errors; echo code $? >$dir/code; } | head -c 1 >/dev/null; cat $dir/code $dir/errors"
    )
    #expect(reader.output.contains("code 74"), "\(reader)")
    #expect(reader.output.contains("could not be written"), "\(reader)")
  }

  @Test func devicesPipesAndLinksAreWrittenIntoAndNeverReplaced() throws {
    try keep()
    let export = "$rdp case export \(Self.id) --data $data"
    // A device of our own, so that a fault breaks no other test.
    if getuid() == 0 {
      let device = try shell("mknod $dir/null c 1 3 && \(export) -o $dir/null && stat -c %F $dir/null")
      #expect(device.output == "character special file\n", "\(device)")
    }
    let pipe = try shell(
      "mkfifo $dir/pipe; cat $dir/pipe >$dir/got & \(export) -o $dir/pipe && wait && head -c 1 $dir/got; stat -c %F $dir/pipe"
    )
    #expect(pipe.output == "{fifo\n", "\(pipe)")
    let link = try shell(
      "echo old >$dir/real; ln -s real $dir/link; \(export) -o $dir/link; stat -c %F $dir/link; head -c 1 $dir/real"
    )
    #expect(link.output == "symbolic link\n{", "\(link)")
    let dangling = try shell(
      "ln -s new $dir/ahead; \(export) -o $dir/ahead; stat -c %F $dir/ahead; head -c 1 $dir/new")
    #expect(dangling.output == "symbolic link\n{", "\(dangling)")
    let process = try Command.run(
      "bash", ["-c", "'\(program)' case export \(Self.id) --data '\(data)' -o >(head -c 1)"])
    #expect(process.output == "{", "\(process)")
    let loop = try shell("ln -s loop $dir/loop; \(export) -o $dir/loop")
    #expect(loop.code == 74, "\(loop)")
  }

  @Test func aFileIsThereWholeOrNotAtAll() throws {
    try keep()
    let export = "$rdp case export \(Self.id) --data $data"
    let nowhere = try shell("\(export) -o $dir/none/file")
    #expect(nowhere.code == 74, "\(nowhere)")
    #expect(nowhere.output.contains("/none/file"))
    // No file may grow beyond nothing here.
    let full = try shell(
      "echo old >$dir/file; (ulimit -f 0; trap '' XFSZ; \(export) -o $dir/file; echo $?); cat $dir/file; ls $dir"
    )
    #expect(full.output.contains("74\nold\n"), "\(full)")
    #expect(!full.output.contains("file."), "\(full)")
    _ = try shell("umask 0; \(export) -o $dir/open; umask 077; \(export) -o $dir/closed")
    #expect(mode("open") == 0o644)
    #expect(mode("closed") == 0o600)
  }

  // MARK: Several people

  @Test func severalFirstStartsAtOnceAllWork() throws {
    for round in 0..<3 {
      let result = try shell(
        "for n in 1 2 3 4 5 6 7 8; do $rdp case list --data $dir/first\(round) >$dir/out$n 2>&1 & done; wait; cat $dir/out*"
      )
      #expect(result.output == String(repeating: "No cases yet.\n", count: 8), "\(result)")
    }
  }

  @Test func fourImportsAtOnceGiveOneCase() throws {
    try keep((0..<200).map { .ticket("T-\($0)") })
    let result = try shell(
      "$rdp case export \(Self.id) --data $data -o $dir/case.json; for n in 1 2 3 4; do $rdp case import $dir/case.json --data $dir/there >$dir/out$n 2>&1 & done; wait; cat $dir/out*"
    )
    #expect(result.output.components(separatedBy: "Took over").count == 2, "\(result)")
    #expect(result.output.components(separatedBy: "is here already").count == 4, "\(result)")
    #expect(try SQLiteCaseStore(directory: folder.path + "/there").load(Self.id)?.entries.count == 203)
  }

  @Test func aKilledImportLeavesNoPartOfACase() throws {
    try keep((0..<1500).map { .ticket("T-\($0)") })
    _ = try shell("$rdp case export \(Self.id) --data $data -o $dir/case.json")
    let whole = try #require(try SQLiteCaseStore(directory: data).load(Self.id))
    for number in 0..<8 {
      let there = folder.path + "/there\(number)"
      let command = try Command(program, ["case", "import", folder.path + "/case.json", "--data", there])
      _ = poll(within: .milliseconds(30 * (number + 1))) { false }
      kill(command.processID, SIGKILL)
      _ = command.wait(within: .seconds(5))
      let store = try SQLiteCaseStore(directory: there)
      #expect(try store.damage() == nil)
      let found = try store.load(Self.id)
      #expect(found == nil || found == whole, "\(found?.entries.count ?? 0) entries")
    }
  }

  @Test func aCaseThatSomebodyHasOpenIsNotDeletedUnderThem() throws {
    try keep()
    let wizard = try LineWizard(["case", "resume", Self.id, "--line", "--data", data])
    _ = try wizard.waitForPrompt()
    try wizard.type("t\n")
    _ = try wizard.waitForPrompt()
    try wizard.type("i\n")
    _ = try wizard.waitFor("Ticket number: ")
    let refused = try shell("$rdp case delete \(Self.id) --data $data")
    #expect(refused.code == 74, "\(refused)")
    #expect(refused.output.contains("has had the case") && refused.output.contains("--force"), "\(refused)")
    #expect(try shell("$rdp case delete \(Self.id) --force --data $data").code == 0)
    try wizard.type("INC-99\n")
    let told = try wizard.waitFor("Somebody deleted this case meanwhile")
    #expect(!told.isEmpty)
    _ = try wizard.waitForPrompt()
    try wizard.type("q\n")
    #expect(wizard.waitForEnd() == 0)
    let kept = try #require(try SQLiteCaseStore(directory: data).load(Self.id))
    #expect(kept.ticket == "INC-99")
    #expect(kept.target?.hostText == "payroll7.corp.test")
    #expect(kept.entries.count(where: { if case .opened = $0.event { true } else { false } }) == 1)
  }

  // MARK: Permissions

  @Test func whatTheWizardKeepsIsForItsOwnerAlone() throws {
    let result = try shell(
      "umask 0; printf 'q\\n' | $rdp 192.0.2.1 --code 3 --timeout 1 --line --data $data >$dir/out; ls $data")
    #expect(result.output.contains("cases.sqlite"), "\(result)")
    #expect(mode("data") == 0o700)
    for name in result.output.split(separator: "\n") { #expect(mode("data/\(name)") == 0o600, "\(name)") }
    chmod(data, 0o755)
    let resumed = try LineWizard(["case", "resume", "--line", "--data", data])
    let page = try resumed.waitFor("chmod 700")
    #expect(page.contains("192.0.2.1"), "\(page)")
    try resumed.type("q\n")
    #expect(resumed.waitForEnd() == 0)
    let told = try shell("printf 'q\\n' | $rdp --line --data $data; $rdp doctor --data $data")
    #expect(told.output.components(separatedBy: "chmod 700").count >= 2, "\(told)")
  }

  // MARK: Waiting

  @Test(arguments: [
    "diagnose 192.0.2.1 --no-probes --timeout 1 --rdp-file $dir/pipe",
    "diagnose 192.0.2.1 --no-probes --timeout 1 --paste $dir/pipe",
    "case import $dir/pipe --timeout 1 --data $data", "case replay $dir/pipe --timeout 1 --data $data",
    "practice $dir/pipe --timeout 1", "192.0.2.1 --timeout 1 --rdp-file $dir/pipe --line --data $data",
  ]) func aPipeThatNobodyWritesToIsNotWaitedForBeyondTheTimeLimit(command: String) throws {
    let start = ContinuousClock.now
    let result = try shell("mkfifo $dir/pipe; $rdp \(command) </dev/null", within: .seconds(20))
    #expect(result.code == 74, "\(result)")
    #expect(result.output.contains("1 second"), "\(result)")
    #expect(start.duration(to: .now) < .seconds(8))
  }

  @Test func whatAProcessWritesIsRead() throws {
    try keep()
    let script = """
      '\(program)' case import <('\(program)' case export \(Self.id) --data '\(data)') --data '\(folder.path)/there' &&
      '\(program)' diagnose 192.0.2.1 --no-probes --json --rdp-file <(echo 'full address:s:192.0.2.1') | grep -c file.address
      """
    let result = try Command.run("bash", ["-c", script])
    #expect(result.output.contains("Took over"), "\(result)")
  }

  // MARK: Leaving

  @Test func whatCannotBeSavedIsKeptBesideAndTakenUp() throws {
    try keep()
    let wizard = try LineWizard(["case", "resume", Self.id, "--line", "--data", data])
    _ = try wizard.waitForPrompt()
    // Somebody holds the database and does not let go.
    let lock = try Lock(data + "/cases.sqlite")
    try wizard.type("t\n")
    _ = try wizard.waitForPrompt()
    try wizard.type("i\n")
    _ = try wizard.waitFor("Ticket number: ")
    let start = ContinuousClock.now
    try wizard.type("INC-100\n")
    let page = try wizard.waitForPrompt()
    #expect(start.duration(to: .now) < .seconds(3), "the frame froze")
    #expect(page.contains("not saved"), "\(page)")
    try wizard.type("q\n")
    var asked = try wizard.waitForPrompt()
    #expect(asked.contains("Leave although something is not saved?"), "\(asked)")
    // Leaving can be given up, and asked for again.
    try wizard.type("n\n")
    _ = try wizard.waitForPrompt()
    try wizard.type("q\n")
    asked = try wizard.waitForPrompt()
    try wizard.type("y\n")
    #expect(wizard.waitForEnd() == 74)
    let errors = wizard.errors
    #expect(errors.contains("ticket: INC-100") && errors.contains("unsaved-"), "\(errors)")
    try lock.release()
    #expect(try SQLiteCaseStore(directory: data).load(Self.id)?.ticket == "INC-4711")
    let next = try shell("$rdp case show \(Self.id) --data $data; ls $data")
    #expect(next.output.contains("ticket: INC-100"), "\(next)")
    #expect(!next.output.contains("unsaved-"), "\(next)")
  }

  @Test func aSignalEndsItAtOnceWhileTheDatabaseIsLocked() throws {
    try keep()
    let wizard = try LineWizard(["case", "resume", Self.id, "--line", "--data", data])
    _ = try wizard.waitForPrompt()
    let lock = try Lock(data + "/cases.sqlite")
    try wizard.type("t\n")
    _ = try wizard.waitForPrompt()
    try wizard.type("i\n")
    _ = try wizard.waitFor("Ticket number: ")
    try wizard.type("INC-101\n")
    _ = try wizard.waitForPrompt()
    let start = ContinuousClock.now
    kill(wizard.process, SIGINT)
    #expect(wizard.waitForEnd() == 74)
    #expect(start.duration(to: .now) < .seconds(3))
    try lock.release()
    #expect(try shell("$rdp case show \(Self.id) --data $data").output.contains("ticket: INC-101"))
  }

  @Test func whatIsPractisedSaysNothingOfTheCases() throws {
    try keep()
    let wizard = try LineWizard(["case", "resume", Self.id, "--line", "--data", data])
    _ = try wizard.waitForPrompt()
    let lock = try Lock(data + "/cases.sqlite")
    try wizard.type("t\n")
    _ = try wizard.waitForPrompt()
    try wizard.type("i\n")
    _ = try wizard.waitFor("Ticket number: ")
    try wizard.type("INC-102\n")
    #expect(try wizard.waitForPrompt().contains("1 not saved"))
    var page = ""
    for _ in 0..<4 where !page.contains("Practice broken hosts") {
      try wizard.type("esc\n")
      page = try wizard.waitForPrompt()
    }
    let row = try #require(page.split(separator: "\n").first { $0.contains("Practice broken hosts") })
    try wizard.type("\(row.prefix { $0.isNumber })\n")
    _ = try wizard.waitForPrompt()
    // The first course, which saves well.
    try wizard.type("\n")
    page = try wizard.waitForPrompt()
    try wizard.type("1\n")
    page += try wizard.waitForPrompt()
    #expect(page.contains("1 not saved"), "\(page)")
    #expect(!page.contains("saved again"), "\(page)")
    try lock.release()
    _ = try wizard.waitFor("Everything is saved again.")
    _ = try wizard.waitForPrompt()
    try wizard.type("q\n")
    #expect(wizard.waitForEnd() == 0)
    #expect(try SQLiteCaseStore(directory: data).load(Self.id)?.ticket == "INC-102")
    #expect(try SQLiteCaseStore(directory: data + "/practice").list().count == 1)
  }

  /// Somebody who writes into a database for as long as they like.
  final class Lock {
    private let database: DatabaseQueue

    init(_ path: String) throws {
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      configuration.busyMode = .timeout(5)
      database = try DatabaseQueue(path: path, configuration: configuration)
      try database.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
    }

    func release() throws {
      try database.inDatabase { try $0.execute(sql: "ROLLBACK") }
      try database.close()
    }
  }

  // MARK: Imported cases are hostile input

  @Test func anImportedCaseCannotSpeakToTheTerminal() throws {
    let evil = "\u{1B}]0;owned\u{07}\u{9B}31m"
    try keep()
    _ = try shell("$rdp case export \(Self.id) --data $data -o $dir/case.json")
    let text = try String(contentsOfFile: folder.path + "/case.json", encoding: .utf8)
    for part in ["kim", "INC-4711", "payroll7.corp.test", "0x204", Self.id] {
      try folder.write(
        text.replacingOccurrences(of: part, with: part + "\\u001b[31m"), to: "evil.json")
      let result = try shell(
        "$rdp case import $dir/evil.json --data $dir/there; $rdp case replay $dir/evil.json --data $data")
      #expect(result.code == 65, "\(part): \(result)")
      #expect(!result.output.contains("\u{1B}"), "\(part)")
      try folder.write(text.replacingOccurrences(of: part, with: part + evil), to: "evil.json")
      let raw = try shell("$rdp case import $dir/evil.json --data $dir/there")
      #expect(raw.code == 65, "\(part): \(raw)")
    }
    try folder.write("title: x\n", to: "odd\u{1B}[31m.yaml")
    let check = try shell("mkdir $dir/overlay; mv $dir/odd* $dir/overlay/; $rdp knowledge check $dir/overlay")
    #expect(check.code != 0)
    #expect(!check.output.contains("\u{1B}"), "\(check)")
  }

  @Test func aLongImportedCaseReplaysInTime() throws {
    try keep((0..<(CaseGate.mostEntries - 3)).map { .ticket("T-\($0)") })
    let start = ContinuousClock.now
    let replay = try shell("$rdp case replay \(Self.id) --data $data | tail -1")
    #expect(replay.output.contains("next: "), "\(replay)")
    #expect(start.duration(to: .now) < .seconds(20))
  }
}
