public import Diagnosis
public import Facts

/// Where cases are kept. Several people and programs may use one store at the same time.
///
/// Entries are only ever added; a case is what replaying its entries gives. All calls block: never on the main queue.
public protocol CaseStore: Sendable {
  /// Adds an entry at the end of a case, creating the case with its first one. Returns when the entry will survive a power cut.
  func append(_ entry: Case.Entry, to id: String) throws
  /// nil when there is no case of this id.
  func load(_ id: String) throws -> Case?
  /// Cases that are not archived, or only those that are; last changed first.
  func list(archived: Bool) throws -> [CaseSummary]
  /// Cases, archived ones too, in which every word of the text occurs somewhere: host, code, ticket, person, finding, step.
  /// Case does not matter; an empty text finds nothing. Last changed first.
  func find(_ text: String) throws -> [CaseSummary]
  /// - Returns: false when there is no case of this id.
  func setArchived(_ archived: Bool, _ id: String) throws -> Bool
  /// - Returns: false when there is no case of this id.
  func delete(_ id: String) throws -> Bool

  /// Keeps what a closed case teaches; nil forgets it. A case that is not there is passed over.
  func keep(_ lesson: Lesson?, of id: String) throws
  func lessons() throws -> [Lesson]

  /// Says that somebody works on the case. Ends by itself when the holder's process ends.
  ///
  /// - Parameter force: Takes it over from a holder who is still there.
  /// - Returns: Who has it open already; nil when it is held by the caller now.
  func hold(_ id: String, by holder: CaseHolder, force: Bool) throws -> CaseHolder?
  func release(_ id: String, by holder: CaseHolder) throws
  /// Who works on which case now.
  func holders() throws -> [String: CaseHolder]
}

/// Why a store cannot be used, as a sentence for the person, naming the place and the way out.
public struct CaseStoreError: Error, CustomStringConvertible, Equatable {
  public let description: String
  init(_ description: String) { self.description = description }
}

/// Somebody who has a case open.
public struct CaseHolder: Hashable, Sendable {
  public var person: String
  /// Name of the machine on which the program runs.
  public var machine: String
  public var process: Int32
  /// When the process began, in clock ticks since the machine started: with it a process id is never taken for another's.
  public var processStart: UInt64
  public var since: Timestamp

  public init(person: String, machine: String, process: Int32, processStart: UInt64, since: Timestamp) {
    self.person = person
    self.machine = machine
    self.process = process
    self.processStart = processStart
    self.since = since
  }
}
