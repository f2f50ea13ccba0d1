public import Diagnosis
import Facts
import Foundation
import GRDB

/// Cases in one SQLite file, `cases.sqlite`, in write-ahead mode: readers never wait, writers wait for one another for up to 5 seconds.
public struct SQLiteCaseStore: CaseStore {
  private let database: DatabaseQueue
  private let path: String

  /// Opens the store in a directory, creating both where they are missing, for their owner alone.
  ///
  /// - Throws: ``CaseStoreError`` when the directory cannot be written, the file is damaged, or a newer version of the program made it.
  public init(directory: String) throws {
    path = directory + "/cases.sqlite"
    try PrivateFiles.makeFolder(directory)
    // The files beside it get the rights of this one.
    PrivateFiles.makeFile(path)
    var configuration = Configuration()
    configuration.busyMode = .timeout(Self.patience)
    configuration.journalMode = .wal
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    let path = path
    do {
      database = try Self.alone(directory, path) {
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let newer = try database.read { try Self.migrator.hasBeenSuperseded($0) }
        guard !newer else {
          throw CaseStoreError(
            "The cases in \(path) were written by a newer rdptriage. Update this one, or use another folder with --data DIR; nothing was changed."
          )
        }
        try Self.migrator.migrate(database)
        return database
      }
    } catch let error as CaseStoreError {
      throw error
    } catch {
      throw Self.failure(error, path)
    }
    for ending in ["-wal", "-shm"] { PrivateFiles.tighten(path + ending) }
  }

  private static let patience = 5.0

  /// Tables are made by one process at a time. A file system that knows no locks is worked on without one.
  private static func alone<Result>(_ directory: String, _ path: String, _ work: () throws -> Result) throws
    -> Result
  {
    let descriptor = Foundation.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return try work() }
    defer { close(descriptor) }
    let end = ContinuousClock.now + .seconds(patience)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR {
      guard ContinuousClock.now < end else { throw busy(path) }
      _ = poll(nil, 0, 10)
    }
    return try work()
  }

  private static func busy(_ path: String) -> CaseStoreError {
    CaseStoreError(
      "\(path) has been locked by another program for \(Int(patience)) seconds; try again.", kind: .busy)
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
    migrator.registerMigration("4-leases") { db in
      try db.drop(table: "holder")
      try db.create(table: "holder") { table in
        table.primaryKey("triage", .text).references("triage", onDelete: .cascade)
        table.column("person", .text).notNull()
        table.column("machine", .text).notNull()
        table.column("process", .integer).notNull()
        table.column("token", .text).notNull()
        table.column("since", .double).notNull()
        table.column("until", .double).notNull()
      }
    }
    return migrator
  }

  public func append(_ entry: Case.Entry, to id: String, creating: Bool) throws {
    try guarded {
      let entry = try CaseGate.cleaned(entry)
      try CaseGate.check(id: id)
      try database.write { db in
        guard
          try creating || Bool.fetchOne(db, sql: "SELECT 1 FROM triage WHERE id = ?", arguments: [id]) != nil
        else { throw CaseStoreError("The case \(id) was deleted by somebody.", kind: .gone) }
        try Self.insert([entry], id, db)
      }
    }
  }

  public func add(missing entries: [Case.Entry], to id: String) throws -> Int {
    try guarded {
      let entries = try entries.map { entry throws in try CaseGate.cleaned(entry) }
      try CaseGate.check(id: id)
      return try database.write { db in
        let known = Set(try Self.load(id, db)?.record.entries ?? [])
        let missing = entries.filter { !known.contains($0) }
        try Self.insert(missing, id, db)
        return missing.count
      }
    }
  }

  public func take(_ record: Case) throws -> Taking {
    try guarded {
      try CaseGate.check(id: record.id)
      let entries = try record.entries.map { entry throws in try CaseGate.cleaned(entry) }
      return try database.write { db in
        let known = try Self.load(record.id, db)
        let there = known?.record.entries ?? []
        guard known?.broken.isEmpty ?? true, there.count <= entries.count,
          Array(entries.prefix(there.count)) == there
        else { return .differs }
        try Self.insert(Array(entries.dropFirst(there.count)), record.id, db)
        return .added(entries.count - there.count)
      }
    }
  }

  private static func insert(_ entries: [Case.Entry], _ id: String, _ db: Database) throws {
    guard let last = entries.last else { return }
    let earlier = try Row.fetchOne(
      db,
      sql: """
        SELECT summary, (SELECT MAX(position) FROM entry WHERE triage = id) AS last FROM triage WHERE id = ?
        """, arguments: [id])
    var summary = earlier.flatMap { self.summary($0, "summary") }
    // A line of the list that cannot be read is made anew from the entries.
    if earlier != nil, summary == nil { summary = try load(id, db).flatMap { CaseSummary($0.record) } }
    for entry in entries { summary = CaseSummary(summary, adding: entry, to: id) }
    try db.execute(
      sql: """
        INSERT INTO triage (id, changed, summary) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET changed = excluded.changed, summary = excluded.summary
        """, arguments: [id, last.time.seconds, try summary.map(Self.text) ?? "{}"])
    var position = earlier.flatMap { Int.fromDatabaseValue($0["last"]) } ?? 0
    for entry in entries {
      position &+= 1
      try db.execute(
        sql: "INSERT INTO entry (triage, position, body, words) VALUES (?, ?, ?, ?)",
        arguments: [id, position, try Self.text(entry), entry.searchText])
    }
  }

  public func read(_ id: String) throws -> StoredCase? {
    try guarded { try database.read { try Self.load(id, $0) } }
  }

  public func listing(archived: Bool) throws -> CaseListing {
    try guarded {
      try database.read { db in
        try Self.listing(
          db, "SELECT id, summary FROM triage WHERE archived = ? ORDER BY changed DESC, id", [archived])
      }
    }
  }

  /// A line that cannot be read is made anew from the entries; where these say nothing either, it is named.
  private static func listing(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws
    -> CaseListing
  {
    var listing = CaseListing()
    for row in try Row.fetchAll(db, sql: sql, arguments: arguments) {
      let id = String.fromDatabaseValue(row["id"]) ?? ""
      let known = try summary(row, "summary") ?? load(id, db).flatMap { CaseSummary($0.record) }
      if var known {
        known = CaseGate.cleaned(known)
        known.id = id
        if (try? CaseGate.check(id: id)) == nil {
          listing.broken.append("A case has an id that cannot be shown: \(SafeText.clean(id, limit: 80)).")
        } else {
          listing.cases.append(known)
        }
      } else {
        listing.broken.append("The case \(SafeText.clean(id, limit: 80)) cannot be read.")
      }
    }
    return listing
  }

  public func search(_ text: String) throws -> CaseListing {
    let words = text.lowercased().split(whereSeparator: \.isWhitespace).prefix(16)
    guard !words.isEmpty else { return CaseListing() }
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
        try Self.listing(
          db, "SELECT id, summary FROM triage WHERE \(condition) ORDER BY changed DESC, id",
          StatementArguments(patterns.flatMap { [$0, $0] }))
      }
    }
  }

  public func setArchived(_ archived: Bool, _ id: String) throws -> Bool {
    try changes("UPDATE triage SET archived = ? WHERE id = ?", [archived, id])
  }

  public func delete(_ id: String, force: Bool) throws -> Deletion {
    try guarded {
      try database.write { db in
        if !force, let holder = try Self.holder(of: id, db) { return .held(holder) }
        try db.execute(sql: "DELETE FROM triage WHERE id = ?", arguments: [id])
        return db.changesCount > 0 ? .deleted : .missing
      }
    }
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
        try Row.fetchAll(db, sql: "SELECT body FROM lesson ORDER BY triage").compactMap { row in
          String.fromDatabaseValue(row["body"]).flatMap {
            try? JSONDecoder().decode(Lesson.self, from: Data($0.utf8))
          }
        }
      }
    }
  }

  public func hold(_ id: String, by holder: CaseHolder, force: Bool) throws -> CaseHolder? {
    try guarded {
      try database.write { db in
        if let other = try Self.holder(of: id, db), !other.isSame(as: holder), !force { return other }
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO holder (triage, person, machine, process, token, since, until)
            SELECT id, ?, ?, ?, ?, ?, ? FROM triage WHERE id = ?
            """,
          arguments: [
            holder.person, holder.machine, holder.process, holder.token, holder.since.seconds,
            holder.until.seconds, id,
          ])
        return nil
      }
    }
  }

  public func release(_ id: String, by holder: CaseHolder) throws {
    _ = try changes("DELETE FROM holder WHERE triage = ? AND token = ?", [id, holder.token])
  }

  public func holders() throws -> [String: CaseHolder] {
    try guarded {
      try database.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM holder").reduce(into: [:]) { holders, row in
          guard let id = String.fromDatabaseValue(row["triage"]), let holder = Self.holder(row) else {
            return
          }
          if holder.isThere(at: Self.now) { holders[id] = holder }
        }
      }
    }
  }

  /// nil when nobody has it open any more.
  private static func holder(of id: String, _ db: Database) throws -> CaseHolder? {
    try Row.fetchOne(db, sql: "SELECT * FROM holder WHERE triage = ?", arguments: [id])
      .flatMap { holder($0) }.flatMap { $0.isThere(at: now) ? $0 : nil }
  }

  private static var now: Timestamp { Timestamp(seconds: Date().timeIntervalSince1970) }

  private static func holder(_ row: Row) -> CaseHolder? {
    guard let person = String.fromDatabaseValue(row["person"]),
      let machine = String.fromDatabaseValue(row["machine"]),
      let token = String.fromDatabaseValue(row["token"]),
      let since = Double.fromDatabaseValue(row["since"]),
      let until = Double.fromDatabaseValue(row["until"]),
      let process = Int32.fromDatabaseValue(row["process"])
    else { return nil }
    return CaseHolder(
      person: SafeText.clean(person, limit: 80), machine: SafeText.clean(machine, limit: 80),
      process: process, token: token, since: Timestamp(seconds: since), until: Timestamp(seconds: until))
  }

  private func changes(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
    try guarded {
      try database.write { db in
        try db.execute(sql: sql, arguments: arguments)
        return db.changesCount > 0
      }
    }
  }

  private static func summary(_ row: Row, _ column: String) -> CaseSummary? {
    String.fromDatabaseValue(row[column]).flatMap {
      try? JSONDecoder().decode(CaseSummary.self, from: Data($0.utf8))
    }
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

  /// An entry that cannot be read is named, and hides no other.
  private static func load(_ id: String, _ db: Database) throws -> StoredCase? {
    let rows = try Row.fetchAll(
      db, sql: "SELECT position, body FROM entry WHERE triage = ? ORDER BY position", arguments: [id])
    guard !rows.isEmpty else { return nil }
    let decoder = JSONDecoder()
    var stored = StoredCase(Case(id: id))
    for row in rows {
      do {
        let body = String.fromDatabaseValue(row["body"]) ?? ""
        stored.record.entries.append(
          try CaseGate.cleaned(decoder.decode(Case.Entry.self, from: Data(body.utf8))))
      } catch {
        let position = Int.fromDatabaseValue(row["position"]) ?? 0
        let reason = (error as? TreeError)?.description ?? "it is damaged"
        stored.broken.append(
          SafeText.clean("Entry \(position) of the case \(id) is left out: \(reason).", limit: 300))
      }
    }
    return stored
  }

  private static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private func guarded<Result>(_ work: () throws -> Result) throws -> Result {
    do {
      return try work()
    } catch let error as CaseStoreError {
      throw error
    } catch let error as TreeError {
      throw CaseStoreError("This cannot be kept in \(path): \(error).")
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
      busy(path)
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
