public import Diagnosis
public import Facts
import Foundation
import GRDB

/// Cases in one SQLite file, `cases.sqlite`, in write-ahead mode: readers never wait, writers wait for one another for up to 5 seconds.
public struct SQLiteCaseStore: CaseStore {
  private let database: DatabaseQueue
  private let path: String

  /// Opens the store in a directory, creating both where they are missing.
  ///
  /// - Throws: ``CaseStoreError`` when the directory cannot be written, the file is damaged, or a newer version of the program made it.
  public init(directory: String) throws {
    path = directory + "/cases.sqlite"
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      // Foundation's own words for it are about files that somebody opened.
      let reason =
        mkdir(directory, 0o700) == 0 || errno == EEXIST
        ? "it is no folder" : String(cString: strerror(errno)).lowercased()
      throw CaseStoreError(
        "The folder for cases, \(directory), cannot be made: \(reason). Choose another one with --data DIR.")
    }
    var configuration = Configuration()
    configuration.busyMode = .timeout(5)
    configuration.journalMode = .wal
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      let newer = try database.read { try Self.migrator.hasBeenSuperseded($0) }
      guard !newer else {
        throw CaseStoreError(
          "The cases in \(path) were written by a newer rdptriage. Update this one, or use another folder with --data DIR; nothing was changed."
        )
      }
      try Self.migrator.migrate(database)
    } catch let error as CaseStoreError {
      throw error
    } catch {
      throw Self.failure(error, path)
    }
  }

  private static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-cases") { db in
      try db.create(table: "triage") { table in
        table.primaryKey("id", .text)
        table.column("changed", .double).notNull().indexed()
        table.column("summary", .text).notNull()
      }
      try db.create(table: "entry") { table in
        table.column("triage", .text).notNull().references("triage", onDelete: .cascade)
        table.column("position", .integer).notNull()
        table.column("body", .text).notNull()
        table.primaryKey(["triage", "position"])
      }
    }
    migrator.registerMigration("2-find-archive-hold") { db in
      try db.alter(table: "triage") { table in
        table.add(column: "archived", .boolean).notNull().defaults(to: false)
      }
      try db.alter(table: "entry") { table in
        table.add(column: "words", .text).notNull().defaults(to: "")
      }
      try db.create(table: "holder") { table in
        table.primaryKey("triage", .text).references("triage", onDelete: .cascade)
        table.column("person", .text).notNull()
        table.column("machine", .text).notNull()
        table.column("process", .integer).notNull()
        table.column("processStart", .integer).notNull()
        table.column("since", .double).notNull()
      }
      let rows = try Row.fetchCursor(db, sql: "SELECT triage, position, body FROM entry")
      while let row = try rows.next() {
        let body: String = row["body"]
        guard let entry = try? JSONDecoder().decode(Case.Entry.self, from: Data(body.utf8)) else { continue }
        try db.execute(
          sql: "UPDATE entry SET words = ? WHERE triage = ? AND position = ?",
          arguments: [entry.searchText, row["triage"] as String, row["position"] as Int])
      }
    }
    migrator.registerMigration("3-lessons") { db in
      try db.create(table: "lesson") { table in
        table.primaryKey("triage", .text).references("triage", onDelete: .cascade)
        table.column("body", .text).notNull()
      }
    }
    return migrator
  }

  public func append(_ entry: Case.Entry, to id: String) throws {
    try guarded {
      try database.write { db in
        let earlier = try Row.fetchOne(
          db,
          sql: """
            SELECT summary, (SELECT MAX(position) FROM entry WHERE triage = id) AS last FROM triage WHERE id = ?
            """, arguments: [id])
        let summary = CaseSummary(
          (earlier?["summary"] as String?).flatMap(Self.summary), adding: entry, to: id)
        try db.execute(
          sql: """
            INSERT INTO triage (id, changed, summary) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET changed = excluded.changed, summary = excluded.summary
            """, arguments: [id, entry.time.seconds, try summary.map(Self.text) ?? "{}"])
        try db.execute(
          sql: "INSERT INTO entry (triage, position, body, words) VALUES (?, ?, ?, ?)",
          arguments: [
            id, ((earlier?["last"] as Int?) ?? 0) + 1, try Self.text(entry), entry.searchText,
          ])
      }
    }
  }

  public func load(_ id: String) throws -> Case? {
    try guarded { try database.read { try Self.load(id, $0) } }
  }

  public func list(archived: Bool = false) throws -> [CaseSummary] {
    try guarded {
      try database.read { db in
        try String.fetchAll(
          db, sql: "SELECT summary FROM triage WHERE archived = ? ORDER BY changed DESC, id",
          arguments: [archived]
        ).compactMap(Self.summary)
      }
    }
  }

  public func find(_ text: String) throws -> [CaseSummary] {
    let words = text.lowercased().split(whereSeparator: \.isWhitespace).prefix(16)
    guard !words.isEmpty else { return [] }
    let patterns = words.map { word in
      let literal = word.reduce(into: "") { text, character in
        if "!%_".contains(character) { text.append("!") }
        text.append(character)
      }
      return "%\(literal)%"
    }
    let condition = words.map { _ in
      """
      (triage.id LIKE ? ESCAPE '!' OR EXISTS
        (SELECT 1 FROM entry WHERE entry.triage = triage.id AND entry.words LIKE ? ESCAPE '!'))
      """
    }.joined(separator: " AND ")
    return try guarded {
      try database.read { db in
        try String.fetchAll(
          db, sql: "SELECT summary FROM triage WHERE \(condition) ORDER BY changed DESC, id",
          arguments: StatementArguments(patterns.flatMap { [$0, $0] })
        ).compactMap(Self.summary)
      }
    }
  }

  public func setArchived(_ archived: Bool, _ id: String) throws -> Bool {
    try changes("UPDATE triage SET archived = ? WHERE id = ?", [archived, id])
  }

  public func delete(_ id: String) throws -> Bool {
    try changes("DELETE FROM triage WHERE id = ?", [id])
  }

  public func keep(_ lesson: Lesson?, of id: String) throws {
    guard let lesson else {
      _ = try changes("DELETE FROM lesson WHERE triage = ?", [id])
      return
    }
    let body = try Self.text(lesson)
    _ = try changes(
      "INSERT OR REPLACE INTO lesson (triage, body) SELECT id, ? FROM triage WHERE id = ?", [body, id])
  }

  public func lessons() throws -> [Lesson] {
    try guarded {
      try database.read { db in
        try String.fetchAll(db, sql: "SELECT body FROM lesson ORDER BY triage")
          .compactMap { try? JSONDecoder().decode(Lesson.self, from: Data($0.utf8)) }
      }
    }
  }

  public func hold(_ id: String, by holder: CaseHolder, force: Bool = false) throws -> CaseHolder? {
    try guarded {
      try database.write { db in
        let other = try Row.fetchOne(db, sql: "SELECT * FROM holder WHERE triage = ?", arguments: [id])
          .map(Self.holder)
        if let other, !other.isSame(as: holder), other.isThere(at: holder.since), !force { return other }
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO holder (triage, person, machine, process, processStart, since)
            SELECT id, ?, ?, ?, ?, ? FROM triage WHERE id = ?
            """,
          arguments: [
            holder.person, holder.machine, holder.process, Int64(bitPattern: holder.processStart),
            holder.since.seconds, id,
          ])
        return nil
      }
    }
  }

  public func release(_ id: String, by holder: CaseHolder) throws {
    _ = try changes(
      "DELETE FROM holder WHERE triage = ? AND machine = ? AND process = ?",
      [id, holder.machine, holder.process])
  }

  public func holders() throws -> [String: CaseHolder] {
    let now = Timestamp(seconds: Date().timeIntervalSince1970)
    return try guarded {
      try database.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM holder").reduce(into: [:]) { holders, row in
          let holder = Self.holder(row)
          if holder.isThere(at: now) { holders[row["triage"] as String] = holder }
        }
      }
    }
  }

  private static func holder(_ row: Row) -> CaseHolder {
    CaseHolder(
      person: row["person"], machine: row["machine"], process: row["process"],
      processStart: UInt64(bitPattern: row["processStart"] as Int64),
      since: Timestamp(seconds: row["since"]))
  }

  private func changes(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
    try guarded {
      try database.write { db in
        try db.execute(sql: sql, arguments: arguments)
        return db.changesCount > 0
      }
    }
  }

  private static func summary(_ text: String) -> CaseSummary? {
    try? JSONDecoder().decode(CaseSummary.self, from: Data(text.utf8))
  }

  /// What is wrong with the file itself, in SQLite's words; nil when nothing is. Reads all of it.
  public func damage() throws -> String? {
    try guarded {
      try database.read { db in
        let said = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
        return said == "ok" ? nil : said ?? "no answer"
      }
    }
  }

  private static func load(_ id: String, _ db: Database) throws -> Case? {
    let bodies = try String.fetchAll(
      db, sql: "SELECT body FROM entry WHERE triage = ? ORDER BY position", arguments: [id])
    guard !bodies.isEmpty else { return nil }
    let decoder = JSONDecoder()
    return Case(id: id, entries: try bodies.map { try decoder.decode(Case.Entry.self, from: Data($0.utf8)) })
  }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func guarded<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch {
      throw Self.failure(error, path)
    }
  }

  private static func failure(_ error: any Error, _ path: String) -> CaseStoreError {
    switch (error as? DatabaseError)?.resultCode {
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      CaseStoreError("\(path) cannot be written: \(reason(error)). Choose another folder with --data DIR.")
    case .SQLITE_FULL:
      CaseStoreError("The disk that holds \(path) is full: make room there.")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      CaseStoreError("\(path) has been locked by another program for 5 seconds; try again.")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      CaseStoreError(
        "\(path) is damaged: \(reason(error)). Move it away and start again, or use another folder with --data DIR."
      )
    default:
      CaseStoreError("The cases in \(path) cannot be used: \(reason(error)).")
    }
  }

  private static func reason(_ error: any Error) -> String {
    (error as? DatabaseError).map { $0.message ?? $0.resultCode.description } ?? error.localizedDescription
  }
}

extension CaseHolder {
  /// This process, on this machine.
  public static func current(person: String, since: Timestamp) -> CaseHolder {
    let process = ProcessInfo.processInfo.processIdentifier
    return CaseHolder(
      person: person, machine: thisMachine, process: process,
      processStart: startOfProcess(process) ?? 0, since: since)
  }

  func isSame(as other: CaseHolder) -> Bool {
    machine == other.machine && process == other.process && processStart == other.processStart
  }

  /// Processes of this machine are looked up. Those of another one, which shares the folder, count for 12 hours.
  func isThere(at now: Timestamp) -> Bool {
    guard machine == Self.thisMachine else { return now.seconds - since.seconds < 12 * 3600 }
    return Self.startOfProcess(process) == processStart
  }

  private static let thisMachine: String = {
    var name = utsname()
    guard uname(&name) == 0 else { return "localhost" }
    return withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()

  /// proc(5), /proc/pid/stat: the 22nd field, counted behind the name in brackets, which may itself hold blanks and brackets.
  private static func startOfProcess(_ process: Int32) -> UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let bracket = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: bracket)...].split(separator: " ")
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }
}
