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
}
