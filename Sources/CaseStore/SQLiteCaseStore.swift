public import Diagnosis
import Facts
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
    return migrator
  }

  public func append(_ entry: Case.Entry, to id: String) throws {
    try guarded {
      try database.write { db in
        var triage = try Self.load(id, db) ?? Case(id: id)
        triage.entries.append(entry)
        let summary = try CaseSummary(triage).map(Self.text) ?? "{}"
        try db.execute(
          sql: """
            INSERT INTO triage (id, changed, summary) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET changed = excluded.changed, summary = excluded.summary
            """, arguments: [id, entry.time.seconds, summary])
        try db.execute(
          sql: "INSERT INTO entry (triage, position, body) VALUES (?, ?, ?)",
          arguments: [id, triage.entries.count, try Self.text(entry)])
      }
    }
  }

  public func load(_ id: String) throws -> Case? {
    try guarded { try database.read { try Self.load(id, $0) } }
  }

  public func list() throws -> [CaseSummary] {
    try guarded {
      try database.read { db in
        try String.fetchAll(db, sql: "SELECT summary FROM triage ORDER BY changed DESC, id")
          .compactMap { try? JSONDecoder().decode(CaseSummary.self, from: Data($0.utf8)) }
      }
    }
  }

  public func delete(_ id: String) throws -> Bool {
    try guarded {
      try database.write { db in
        try db.execute(sql: "DELETE FROM triage WHERE id = ?", arguments: [id])
        return db.changesCount > 0
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
      CaseStoreError("The disk that holds \(path) is full: make room, then press the key again.")
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
