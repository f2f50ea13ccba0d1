import CaseStore
import Diagnosis
import Facts
import Foundation
import GRDB
import Synchronization
import Testing

@Suite struct SQLiteCaseStoreTests {
  /// A directory of its own, removed afterwards.
  final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "rdptriage-" + UUID().uuidString
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  func entry(_ event: Case.Event, at seconds: Double, by person: String = "kim") -> Case.Entry {
    .init(time: Timestamp(seconds: seconds), person: person, event: event)
  }

  @Test func whatIsAppendedIsThereAfterOpeningAgain() throws {
    let folder = Folder()
    let target = try Target("srv01:3390")
    let finding = Finding(
      "tcp.port", .answered("refused"), summary: "Refused.",
      details: [.init("ms", 1.5), .init("addresses", .list(["192.0.2.7"]))], elapsed: .milliseconds(2))
    let entries = [
      entry(.opened(target), at: 1), entry(.codeReported(ReportedCode(code: 3, extended: 7)), at: 2),
      entry(.answered("who", nil), at: 3), entry(.probed(run: 1, [finding]), at: 4),
      entry(.proven("start", .init(before: [finding], after: [], verdict: .undecided)), at: 5),
    ]
    let store = try SQLiteCaseStore(directory: folder.path)
    for entry in entries { try store.append(entry, to: "c1") }

    let again = try SQLiteCaseStore(directory: folder.path)
    #expect(try again.load("c1") == Case(id: "c1", entries: entries))
    #expect(try again.load("c2") == nil)
    let summary = try #require(try again.list().first)
    #expect(summary.target == "srv01:3390")
    #expect(summary.code == "0x3/0x7")
    #expect(summary.state == "open")
  }

  @Test func theLastChangedCaseComesFirst() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("a")), at: 1), to: "a")
    try store.append(entry(.opened(try Target("b")), at: 2), to: "b")
    try store.append(entry(.closed(.solved(by: nil)), at: 3), to: "a")
    #expect(try store.list().map(\.id) == ["a", "b"])
    #expect(try store.list().map(\.state) == ["solved", "open"])
    #expect(try store.delete("a", force: false) == .deleted)
    #expect(try store.delete("a", force: false) == .missing)
    #expect(try store.load("a") == nil)
  }

  @Test func severalWritersLoseNothing() async throws {
    let folder = Folder()
    let stores = try (0..<4).map { _ in try SQLiteCaseStore(directory: folder.path) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, store) in stores.enumerated() {
        group.addTask {
          for step in 0..<10 {
            try store.append(
              .init(
                time: .init(seconds: Double(step)), person: "p\(number)", event: .ticket("\(number)-\(step)")),
              to: "shared")
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try stores[0].load("shared")?.entries.count == 40)
  }

  @Test func aDatabaseFromANewerVersionIsRefusedAndLeftAsItIs() throws {
    let folder = Folder()
    _ = try SQLiteCaseStore(directory: folder.path)
    let queue = try DatabaseQueue(path: folder.path + "/cases.sqlite")
    try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9-from-the-future')") }
    let error = #expect(throws: CaseStoreError.self) { try SQLiteCaseStore(directory: folder.path) }
    #expect(error?.description.contains("newer") == true)
    #expect(error?.description.contains(folder.path) == true)
  }

  @Test func aFileThatIsNoDatabaseIsNamed() throws {
    let folder = Folder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try Data(String(repeating: "not a database ", count: 100).utf8).write(
      to: URL(filePath: folder.path + "/cases.sqlite"))
    let error = #expect(throws: CaseStoreError.self) { try SQLiteCaseStore(directory: folder.path) }
    #expect(error?.description.contains("damaged") == true)
  }

  @Test func aFolderThatCannotBeMadeIsNamed() {
    let error = #expect(throws: CaseStoreError.self) { try SQLiteCaseStore(directory: "/proc/rdptriage") }
    #expect(error?.description.contains("/proc/rdptriage") == true)
    #expect(error?.description.contains("--data") == true)
  }

  @Test func aCaseIsFoundByHostCodeTicketPersonAndText() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("FS_01.corp.test:3390")), at: 1), to: "a")
    try store.append(entry(.codeReported(ReportedCode(code: 3, extended: 7)), at: 2, by: "Lee"), to: "a")
    try store.append(entry(.ticket("INC-100%"), at: 3), to: "a")
    let finding = Finding(
      "ntlm.names", .answered("agrees"), summary: "The host calls itself so.",
      details: [.init("names", .list([.table([.init("dns", "alias.corp.test")])]))])
    try store.append(entry(.probed(run: 1, [finding]), at: 4), to: "a")
    try store.append(entry(.opened(try Target("fsx01")), at: 5), to: "b")
    for text in ["fs_01", "0x3/0x7", "inc-100%", "lee", "ALIAS.corp", "ntlm.names agrees", "lee fs_01"] {
      #expect(try store.find(text).map(\.id) == ["a"], "\(text)")
    }
    for text in ["", "   ", "100_", "lee fsx01", "nobody"] {
      #expect(try store.find(text).isEmpty, "\(text)")
    }
    #expect(try store.find("fs").map(\.id) == ["b", "a"])
  }

  @Test func anArchivedCaseIsOutOfTheListAndStillFound() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    #expect(try store.setArchived(true, "a"))
    #expect(try store.list().isEmpty)
    #expect(try store.list(archived: true).map(\.id) == ["a"])
    #expect(try store.find("srv01").map(\.id) == ["a"])
    try store.append(entry(.ticket("7"), at: 2), to: "a")
    #expect(try store.list(archived: true).map(\.ticket) == ["7"])
    #expect(try store.setArchived(false, "a"))
    #expect(try store.list().map(\.id) == ["a"])
    #expect(try !store.setArchived(true, "none"))
  }

  @Test func aSummaryGrowsAsTheWholeCaseWouldGiveIt() throws {
    let events: [Case.Event] = [
      .opened(try Target("srv01")), .codeReported(ReportedCode(code: 3)), .codeReported(nil), .ticket("1"),
      .closed(.escalated(to: "network")), .reopened, .ticket("2"), .closed(.solved(by: "x")),
    ]
    var triage = Case(id: "a")
    var summary: CaseSummary?
    for (number, event) in events.enumerated() {
      let next = entry(event, at: Double(number), by: "p\(number)")
      triage.entries.append(next)
      summary = CaseSummary(summary, adding: next, to: "a")
      #expect(summary == CaseSummary(triage))
    }
    #expect(summary?.state == "solved")
    #expect(summary?.code == nil)
    #expect(summary?.opened == Timestamp(seconds: 0))
  }

  func holder(_ person: String, until: Double = 60) -> CaseHolder {
    let now = Date().timeIntervalSince1970
    var holder = CaseHolder.current(person: person, since: Timestamp(seconds: now))
    holder.token = person
    holder.machine = "other-jump-host"
    holder.until = Timestamp(seconds: now + until)
    return holder
  }

  @Test func whoHasACaseOpenIsSaidUntilTheyLeave() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    let kim = holder("kim")
    let lee = holder("lee")
    #expect(try store.hold("a", by: kim) == nil)
    #expect(try store.hold("a", by: kim) == nil)
    #expect(try store.hold("a", by: lee) == kim)
    #expect(try store.hold("a", by: lee, force: true) == nil)
    try store.release("a", by: kim)
    #expect(try store.hold("a", by: kim) == lee)
    try store.release("a", by: lee)
    #expect(try store.hold("a", by: kim) == nil)
    #expect(try store.holders()["a"] == kim)
    #expect(try store.hold("none", by: kim) == nil)
  }

  @Test func aCaseThatSomebodyHasOpenIsNotDeletedUnderThem() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    let kim = holder("kim")
    #expect(try store.hold("a", by: kim) == nil)
    #expect(try store.delete("a", force: false) == .held(kim))
    #expect(try store.load("a") != nil)
    #expect(try store.delete("a", force: true) == .deleted)
    let error = #expect(throws: CaseStoreError.self) {
      try store.append(entry(.ticket("1"), at: 2), to: "a", creating: false)
    }
    #expect(error?.kind == .gone)
    #expect(try store.load("a") == nil)
  }

  @Test func aLeaseThatHasRunOutOrWhoseProcessIsGoneHoldsNothing() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    #expect(try store.hold("a", by: holder("kim", until: -1)) == nil)
    #expect(try store.holders().isEmpty)
    #expect(try store.hold("a", by: holder("lee")) == nil)
    #expect(try store.holders()["a"]?.person == "lee")

    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    var gone = CaseHolder.current(
      person: "max", since: Timestamp(seconds: Date().timeIntervalSince1970))
    gone.process = process.processIdentifier
    gone.token = "gone"
    #expect(try store.hold("a", by: gone, force: true) == nil)
    #expect(try store.holders().isEmpty)
    gone.process = getpid()
    #expect(try store.hold("a", by: gone) == nil)
    #expect(try store.holders()["a"]?.person == "max")
  }

  @Test func manyFirstStartsAtOnceAllWork() throws {
    for _ in 0..<6 {
      let folder = Folder()
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 8) { number in
        do {
          let store = try SQLiteCaseStore(directory: folder.path)
          try store.append(
            .init(time: .init(seconds: 1), person: "p", event: .opened(Target("srv\(number)"))),
            to: "c\(number)")
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
      #expect(failures.withLock { $0 } == [])
      #expect(try SQLiteCaseStore(directory: folder.path).list().count == 8)
    }
  }

  @Test func aCaseIsTakenOverOnceHoweverManyDoItAtOnce() throws {
    let folder = Folder()
    let record = Case(
      id: "a",
      entries: [entry(.opened(try Target("srv01")), at: 1)]
        + (2..<60).map { entry(.ticket("\($0)"), at: Double($0)) })
    let added = Mutex<[Taking]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let taking = try? SQLiteCaseStore(directory: folder.path).take(record)
      added.withLock { $0.append(taking ?? .differs) }
    }
    #expect(added.withLock { $0.count { $0 == .added(59) } } == 1)
    #expect(added.withLock { $0.count { $0 == .added(0) } } == 3)
    #expect(try SQLiteCaseStore(directory: folder.path).load("a") == record)
    var other = record
    other.entries[3].person = "lee"
    #expect(try SQLiteCaseStore(directory: folder.path).take(other) == .differs)
  }

  @Test func aBrokenRowOrEntryIsNamedAndHidesNothingElse() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    for id in ["a", "b", "c", "d"] {
      try store.append(entry(.opened(try Target("host-\(id)")), at: 1), to: id)
      try store.append(entry(.ticket("T-\(id)"), at: 2), to: id)
      try store.append(entry(.answered("who", "all"), at: 3), to: id)
    }
    let queue = try DatabaseQueue(path: folder.path + "/cases.sqlite")
    try queue.write { db in
      try db.execute(sql: "UPDATE entry SET body = '{\"half\":' WHERE triage = 'a' AND position = 2")
      try db.execute(sql: "UPDATE entry SET body = X'00FF' WHERE triage = 'b' AND position = 3")
      try db.execute(sql: "UPDATE triage SET summary = 'nonsense' WHERE id = 'c'")
      try db.execute(sql: "UPDATE triage SET summary = X'FF' WHERE id = 'd'")
      try db.execute(sql: "UPDATE entry SET body = '' WHERE triage = 'd'")
      try db.execute(
        sql: "INSERT INTO holder VALUES ('a', X'FF', 7, 'x', NULL, 'y', 'z')".replacingOccurrences(
          of: "NULL", with: "''"))
    }
    try queue.close()
    let a = try #require(try store.read("a"))
    #expect(a.record.entries.map(\.time.seconds) == [1, 3])
    #expect(a.broken.count == 1 && a.broken[0].contains("Entry 2 of the case a"), "\(a.broken)")
    #expect(try store.read("b")?.record.entries.count == 2)
    let listing = try store.listing(archived: false)
    #expect(Set(listing.cases.map(\.id)) == ["a", "b", "c"])
    #expect(listing.cases.first { $0.id == "c" }?.ticket == "T-c")
    #expect(listing.broken == ["The case d cannot be read."])
    #expect(try store.holders().isEmpty)
    try store.append(entry(.ticket("again"), at: 4), to: "c")
    #expect(try store.list().first { $0.id == "c" }?.target == "host-c")
  }

  @Test func whatIsKeptCanAlwaysBeShown() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1, by: "kim\u{1B}]0;x\u{07}"), to: "a")
    let stored = try #require(try store.load("a"))
    #expect(stored.entries[0].person == "kim·]0;x·")
    #expect(try store.list()[0].person == "kim·]0;x·")
    let queue = try DatabaseQueue(path: folder.path + "/cases.sqlite")
    try queue.write { try $0.execute(sql: "UPDATE entry SET body = replace(body, 'kim', 'kim\u{9B}31m')") }
    try queue.write {
      try $0.execute(sql: "UPDATE triage SET summary = replace(summary, 'kim', 'kim\u{9B}31m')")
    }
    try queue.close()
    #expect(try store.load("a")?.entries[0].person == "kim·31m·]0;x·")
    #expect(try store.list()[0].person == "kim·31m·]0;x·")
    #expect(throws: CaseStoreError.self) {
      try store.append(entry(.probed(run: .max, []), at: 2), to: "a")
    }
  }

  @Test(arguments: [0o000, 0o022, 0o777] as [mode_t]) func onlyTheOwnerCanReadWhatIsKept(mask: mode_t) throws
  {
    let folder = Folder()
    let old = umask(mask)
    defer { umask(old) }
    let store = try SQLiteCaseStore(directory: folder.path + "/new/data")
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    _ = try RedactionKey(directory: folder.path + "/new/data")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/new/data") {
      #expect(try SQLiteCaseStoreTests.mode(folder.path + "/new/data/" + name) == 0o600, "\(name)")
    }
    #expect(try SQLiteCaseStoreTests.mode(folder.path + "/new/data") == 0o700)
    chmod(folder.path + "/new/data/cases.sqlite", 0o644)
    _ = try SQLiteCaseStore(directory: folder.path + "/new/data")
    #expect(try SQLiteCaseStoreTests.mode(folder.path + "/new/data/cases.sqlite") == 0o600)
    #expect(PrivateFiles.openness(of: folder.path + "/new/data") == nil)
    chmod(folder.path + "/new/data", 0o755)
    #expect(PrivateFiles.openness(of: folder.path + "/new/data")?.contains("look into") == true)
  }

  static func mode(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test func manyFirstRedactionsUseOneKey() throws {
    let folder = Folder()
    let digits = Mutex<Set<String>>([])
    DispatchQueue.concurrentPerform(iterations: 16) { _ in
      let found = (try? RedactionKey(directory: folder.path))?.digits(for: "srv01") ?? "none"
      digits.withLock { _ = $0.insert(found) }
    }
    #expect(digits.withLock { $0.count } == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["redaction.key"])
  }

  @Test func whatCouldNotBeSavedIsTakenUpOnce() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    let entries = [
      entry(.opened(try Target("srv01")), at: 1), entry(.ticket("1"), at: 2), entry(.ticket("2"), at: 3),
    ]
    for entry in entries.prefix(2) { try store.append(entry, to: "a") }
    let file = try #require(SpillFile.keep([Case(id: "a", entries: entries)], of: folder.path))
    #expect(try SQLiteCaseStoreTests.mode(file) == 0o600)
    #expect(file.hasPrefix(folder.path))
    #expect(SpillFile.takeUp(folder.path + "/elsewhere", into: store) == [])
    #expect(SpillFile.takeUp(folder.path, into: store).count == 1)
    #expect(SpillFile.takeUp(folder.path, into: store) == [])
    #expect(try store.load("a")?.entries == entries)
    // One that was written after all counts once.
    _ = SpillFile.keep([Case(id: "a", entries: entries)], of: folder.path)
    #expect(SpillFile.takeUp(folder.path, into: store) == [])
    #expect(try store.load("a")?.entries == entries)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test func casesOfAnOlderVersionAreTakenOver() throws {
    let folder = Folder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    let old = try DatabaseQueue(path: folder.path + "/cases.sqlite")
    let opened = entry(.opened(try Target("srv01.corp.test")), at: 1)
    let body = String(decoding: try JSONEncoder().encode(opened), as: UTF8.self)
    let summary = String(
      decoding: try JSONEncoder().encode(CaseSummary(Case(id: "a", entries: [opened]))), as: UTF8.self)
    try old.write { db in
      try db.execute(
        sql: """
          CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
          INSERT INTO grdb_migrations VALUES ('1-cases');
          CREATE TABLE triage (id TEXT PRIMARY KEY NOT NULL, changed DOUBLE NOT NULL, summary TEXT NOT NULL);
          CREATE TABLE entry (triage TEXT NOT NULL REFERENCES triage(id) ON DELETE CASCADE,
            position INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (triage, position));
          """)
      try db.execute(sql: "INSERT INTO triage VALUES ('a', 1, ?)", arguments: [summary])
      try db.execute(sql: "INSERT INTO entry VALUES ('a', 1, ?), ('a', 2, '{}')", arguments: [body])
    }
    try old.close()
    let store = try SQLiteCaseStore(directory: folder.path)
    #expect(try store.find("corp.test").map(\.id) == ["a"])
    #expect(try store.list().map(\.target) == ["srv01.corp.test"])
  }
}
