import CaseStore
import Diagnosis
import Facts
import Foundation
import GRDB
import Testing

@Suite struct SQLiteCaseStoreTests {
  /// A directory of its own, removed afterwards.
  final class Folder {
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
    #expect(try store.delete("a"))
    #expect(try !store.delete("a"))
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

  @Test func whoHasACaseOpenIsSaidUntilTheyLeave() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    let now = Timestamp(seconds: 1000)
    let kim = CaseHolder.current(person: "kim", since: now)
    // The parent process lives as long as this one, and is another one.
    var lee = kim
    lee.person = "lee"
    lee.machine = "other-jump-host"
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

  @Test func aHolderWhoseProcessIsGoneHoldsNothing() throws {
    let folder = Folder()
    let store = try SQLiteCaseStore(directory: folder.path)
    try store.append(entry(.opened(try Target("srv01")), at: 1), to: "a")
    var gone = CaseHolder.current(person: "kim", since: Timestamp(seconds: 1))
    gone.processStart += 1
    #expect(try store.hold("a", by: gone) == nil)
    #expect(try store.holders().isEmpty)
    let here = CaseHolder.current(person: "lee", since: Timestamp(seconds: 2))
    #expect(try store.hold("a", by: here) == nil)
    #expect(try store.holders()["a"]?.person == "lee")
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
