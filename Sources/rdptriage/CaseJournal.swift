import CaseStore
import Diagnosis
import Dispatch
import Facts
import Foundation
import Synchronization

/// The way of cases to one store: in order, on a queue of its own, kept and tried again as long as they cannot be written.
///
/// Nothing here makes the main queue wait. What is not written yet can be asked for at any time, also while the store does not answer.
final class CaseJournal: Sendable {
  /// What happened to entries that were handed in.
  struct News: Sendable {
    /// Entries that are not in the store.
    var unsaved = 0
    /// Why not.
    var reason = ""
    /// What a person should read, one sentence each.
    var notices: [String] = []
  }

  /// An entry on its way, and the whole case with it.
  private struct Pending: Sendable {
    var number: Int
    var entry: Case.Entry
    var record: Case
    var assessor: Assessor?
  }

  private struct State {
    var pending: [Pending] = []
    var lastNumber = 0
    /// The case that was written to or read last, as it stands with everything that is pending.
    var known: Case?
    var reason = ""
    var isClosed = false
  }

  let address: String
  private let person: String
  private let state = Mutex(State())
  private let queue: DispatchQueue
  private let desk: Desk
  private let hear: @MainActor @Sendable (CaseJournal, News) -> Void

  /// - Parameter hear: Told what happens without having been asked for.
  init(
    address: String, person: String,
    open: @escaping @Sendable (String) throws -> any CaseStore = CaseStores.open,
    hear: @escaping @MainActor @Sendable (CaseJournal, News) -> Void
  ) {
    self.address = address
    self.person = person
    self.hear = hear
    queue = DispatchQueue(label: "rdptriage.cases")
    desk = Desk(address: address, open: open)
  }

  /// Entries that are not in the store.
  var unsaved: Int { state.withLock { $0.pending.count } }

  // MARK: Writing

  /// Hands an entry in. `then` is told once writing it was tried.
  func record(
    _ entry: Case.Entry, in id: String, assessor: Assessor?,
    then: @escaping @MainActor @Sendable (News) -> Void
  ) {
    state.withLock { state in
      var record = state.known.flatMap { $0.id == id ? $0 : nil } ?? Case(id: id)
      record.entries.append(entry)
      state.known = record
      state.lastNumber += 1
      state.pending.append(
        Pending(number: state.lastNumber, entry: entry, record: record, assessor: assessor))
    }
    queue.async {
      let news = self.write()
      self.tell { then(news) }
    }
  }

  private func tell(_ message: @escaping @MainActor @Sendable () -> Void) {
    DispatchQueue.main.async { MainActor.assumeIsolated { message() } }
  }

  /// Writes what is pending, as far as that is possible now. On the queue.
  private func write() -> News {
    var notices: [String] = []
    do {
      while let next = state.withLock({ $0.isClosed ? nil : $0.pending.first }) {
        let store = try desk.store()
        try write(next, to: store, &notices)
        state.withLock { state in
          if state.pending.first?.number == next.number { state.pending.removeFirst() }
          state.reason = ""
        }
        do {
          try learn(from: next, store)
          if let other = try hold(next.record.id, force: false) {
            notices += takenOver(by: other)
          }
        } catch {
          // The entry is saved. What it teaches, and who has the case open, is said again with the next one.
        }
      }
    } catch {
      state.withLock { $0.reason = "\(error)" }
      retryLater()
    }
    notices += desk.takeNotices()
    return state.withLock { News(unsaved: $0.pending.count, reason: $0.reason, notices: notices) }
  }

  private func write(_ next: Pending, to store: any CaseStore, _ notices: inout [String]) throws {
    let id = next.record.id
    if desk.restored == id {
      _ = try store.add(missing: [next.entry], to: id)
      return
    }
    let isFirst = if case .opened = next.entry.event { true } else { false }
    do {
      try store.append(next.entry, to: id, creating: isFirst)
    } catch let error as CaseStoreError where error.kind == .gone {
      _ = try store.add(missing: next.record.entries, to: id)
      desk.restored = id
      notices.append("Somebody deleted this case meanwhile. It is kept again, with everything in it.")
    }
  }

  /// Keeps what the end of a case teaches; a case that goes on teaches nothing yet.
  private func learn(from next: Pending, _ store: any CaseStore) throws {
    switch next.entry.event {
    case .closed:
      guard let assessor = next.assessor else { return }
      try store.keep(Lesson(next.record, assessor: assessor), of: next.record.id)
    case .reopened: try store.keep(nil, of: next.record.id)
    default: break
    }
  }

  private func retryLater() {
    guard !desk.isRetrying else { return }
    desk.isRetrying = true
    queue.asyncAfter(deadline: .now() + .seconds(2)) {
      self.desk.isRetrying = false
      guard self.state.withLock({ !$0.isClosed && !$0.pending.isEmpty }) else { return }
      let news = self.write()
      self.tell { self.hear(self, news) }
    }
  }

  // MARK: Reading

  /// Works with the store, and comes back with the result or a sentence.
  func perform<Result: Sendable>(
    _ work: @escaping @Sendable (any CaseStore) throws -> Result,
    then: @escaping @MainActor @Sendable (Swift.Result<Result, any Error>) -> Void
  ) {
    queue.async {
      let result = Swift.Result { try work(self.desk.store()) }
      let notices = self.desk.takeNotices()
      self.tell {
        then(result)
        if !notices.isEmpty {
          self.hear(
            self,
            self.state.withLock { state in
              News(unsaved: state.pending.count, reason: state.reason, notices: notices)
            })
        }
      }
    }
  }

  /// What opening a case gave.
  enum Opening: Sendable {
    case open(StoredCase)
    case missing
    case held(CaseHolder)
  }

  /// Reads a case to go on with it; from then on it is held here.
  func open(
    _ id: String, force: Bool, then: @escaping @MainActor @Sendable (Swift.Result<Opening, any Error>) -> Void
  ) {
    perform(
      { store -> Opening in
        if let other = try self.hold(id, force: force) { return .held(other) }
        guard let stored = try store.read(id) else { return .missing }
        self.state.withLock { $0.known = stored.record }
        self.desk.restored = nil
        return .open(stored)
      }, then: then)
  }

  // MARK: Who has it open

  /// Lets go of the case that was open before. On the queue.
  /// - Returns: who else has it open; nil when it is held here now.
  private func hold(_ id: String, force: Bool) throws -> CaseHolder? {
    let store = try desk.store()
    if let held = desk.held, held.id == id { return nil }
    release()
    let now = Timestamp(seconds: Date().timeIntervalSince1970)
    let other = try store.hold(id, by: .current(person: person, since: now), force: force)
    if other == nil {
      desk.held = (id, now)
      renewLater()
    }
    return other
  }

  private func renewLater() {
    desk.leases += 1
    let number = desk.leases
    queue.asyncAfter(deadline: .now() + .seconds(Int(CaseHolder.lease) / 3)) {
      guard number == self.desk.leases, let held = self.desk.held, !self.state.withLock({ $0.isClosed })
      else { return }
      self.renew(held)
    }
  }

  private func renew(_ held: (id: String, since: Timestamp)) {
    let now = Timestamp(seconds: Date().timeIntervalSince1970)
    var holder = CaseHolder.current(person: person, since: now)
    holder.since = held.since
    // Where it cannot be said now, it is said again before the word given has run out.
    guard let other = try? desk.store().hold(held.id, by: holder, force: false) else { return renewLater() }
    desk.held = nil
    let notices = takenOver(by: other)
    tell {
      self.hear(
        self, self.state.withLock { News(unsaved: $0.pending.count, reason: $0.reason, notices: notices) })
    }
  }

  private func takenOver(by other: CaseHolder) -> [String] {
    guard desk.toldOf != other.token else { return [] }
    desk.toldOf = other.token
    return ["\(other.person) has this case open, too, since \(other.since.text) UTC. What both do is kept."]
  }

  private func release() {
    guard let held = desk.held else { return }
    desk.held = nil
    // Who cannot let go is let go of when the time is over.
    try? desk.store().release(held.id, by: .current(person: person, since: held.since))
  }

  // MARK: Ending

  /// Ends it as soon as the store answers. May be given up: see ``abandon()``.
  func close(then: @escaping @MainActor @Sendable () -> Void) {
    queue.async {
      _ = self.write()
      self.release()
      self.tell(then)
    }
  }

  /// Ends it at once, also while the store does not answer.
  ///
  /// - Returns: The entries that are not in the store, as far as is known, and the cases that they stand in, whole.
  func abandon() -> (entries: [(id: String, entry: Case.Entry)], cases: [Case]) {
    state.withLock { state in
      state.isClosed = true
      var cases: [Case] = []
      for pending in state.pending {
        cases.removeAll { $0.id == pending.record.id }
        cases.append(pending.record)
      }
      return (state.pending.map { ($0.record.id, $0.entry) }, cases)
    }
  }
}

/// What a journal needs on its queue. Only ever touched there.
private final class Desk: @unchecked Sendable {
  private let address: String
  private let open: @Sendable (String) throws -> any CaseStore
  private var opened: (any CaseStore)?
  private var notices: [String] = []
  var held: (id: String, since: Timestamp)?
  /// The case that was deleted by somebody and is there again.
  var restored: String?
  var isRetrying = false
  var leases = 0
  /// The holder of whom the person was told already.
  var toldOf: String?

  init(address: String, open: @escaping @Sendable (String) throws -> any CaseStore) {
    self.address = address
    self.open = open
  }

  /// Opened at its first use.
  func store() throws -> any CaseStore {
    if let opened { return opened }
    let store = try open(address)
    opened = store
    notices += SpillFile.takeUp(address, into: store)
    if let openness = PrivateFiles.openness(of: address) { notices.append(openness) }
    return store
  }

  func takeNotices() -> [String] {
    defer { notices = [] }
    return notices
  }
}
