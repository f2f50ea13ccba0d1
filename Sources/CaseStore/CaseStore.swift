public import Diagnosis
import Facts

/// Where cases are kept. Several people and programs may use one store at the same time.
///
/// Entries are only ever added; a case is what replaying its entries gives. What goes in and comes out passes ``CaseGate``. All calls
/// block: never on the main queue.
public protocol CaseStore: Sendable {
  /// Adds an entry at the end of a case. Returns when the entry will survive a power cut.
  ///
  /// - Parameter creating: True: a case that is not there begins with this entry. False: it was deleted by somebody, and
  ///   ``CaseStoreError/Kind/gone`` is thrown.
  func append(_ entry: Case.Entry, to id: String, creating: Bool) throws
  /// Adds those of the entries that the case does not hold yet, all or none, and creates the case where it is missing.
  /// - Returns: how many were added.
  func add(missing entries: [Case.Entry], to id: String) throws -> Int
  /// Takes a case over from elsewhere, all of it or nothing.
  func take(_ record: Case) throws -> Taking
  /// nil when there is no case of this id.
  func read(_ id: String) throws -> StoredCase?
  /// Cases that are not archived, or only those that are; last changed first.
  func listing(archived: Bool) throws -> CaseListing
  /// Cases, archived ones too, in which every word of the text occurs somewhere: host, code, ticket, person, finding, step.
  /// Case does not matter; an empty text finds nothing. Last changed first.
  func search(_ text: String) throws -> CaseListing
  /// - Returns: false when there is no case of this id.
  func setArchived(_ archived: Bool, _ id: String) throws -> Bool
  /// - Parameter force: Also while somebody has it open.
  func delete(_ id: String, force: Bool) throws -> Deletion

  /// Keeps what a closed case teaches; nil forgets it. A case that is not there is passed over.
  func keep(_ lesson: Lesson?, of id: String) throws
  func lessons() throws -> [Lesson]

  /// Says that somebody works on the case, until ``CaseHolder/until``; said again, that is moved on.
  ///
  /// - Parameter force: Takes it over from a holder who is still there.
  /// - Returns: Who has it open already; nil when it is held by the caller now.
  func hold(_ id: String, by holder: CaseHolder, force: Bool) throws -> CaseHolder?
  func release(_ id: String, by holder: CaseHolder) throws
  /// Who works on which case now.
  func holders() throws -> [String: CaseHolder]

  /// What is wrong with the place itself, in its own words; nil when nothing is. May read all of it.
  func damage() throws -> String?
}

/// A case, and what of it could not be read.
public struct StoredCase: Sendable, Equatable {
  public var record: Case
  /// One sentence for each entry that is left out.
  public var broken: [String]

  public init(_ record: Case, broken: [String] = []) {
    self.record = record
    self.broken = broken
  }
}

/// Lines of the list of cases, and what of it could not be read.
public struct CaseListing: Sendable, Equatable {
  public var cases: [CaseSummary]
  /// One sentence for each case that is left out.
  public var broken: [String]

  public init(_ cases: [CaseSummary] = [], broken: [String] = []) {
    self.cases = cases
    self.broken = broken
  }
}

/// What became of a case that was to be taken over.
public enum Taking: Sendable, Equatable {
  /// So many entries were added; 0: all was there already.
  case added(Int)
  /// Here a case of this id has gone on differently.
  case differs
}

/// What became of a case that was to be deleted.
public enum Deletion: Sendable, Equatable {
  case deleted, missing
  /// Somebody has it open, so it is still there.
  case held(CaseHolder)
}

extension CaseStore {
  public func append(_ entry: Case.Entry, to id: String) throws {
    try append(entry, to: id, creating: true)
  }
  public func load(_ id: String) throws -> Case? { try read(id)?.record }
  public func list(archived: Bool = false) throws -> [CaseSummary] { try listing(archived: archived).cases }
  public func find(_ text: String) throws -> [CaseSummary] { try search(text).cases }
  public func hold(_ id: String, by holder: CaseHolder) throws -> CaseHolder? {
    try hold(id, by: holder, force: false)
  }
}

/// Why a store cannot be used, as a sentence for the person, naming the place and the way out.
public struct CaseStoreError: Error, CustomStringConvertible, Equatable {
  public enum Kind: Sendable, Equatable {
    case other
    /// Somebody else writes there now; it may be tried again.
    case busy
    /// The case was deleted.
    case gone
  }
  public let kind: Kind
  public let description: String

  init(_ description: String, kind: Kind = .other) {
    self.kind = kind
    self.description = SafeText.clean(description, limit: 1000)
  }
}
