public import Diagnosis

/// Where cases are kept. Several people and programs may use one store at the same time.
///
/// Entries are only ever added; a case is what replaying its entries gives. All calls block: never on the main queue.
public protocol CaseStore: Sendable {
  /// Adds an entry at the end of a case, creating the case with its first one. Returns when the entry will survive a power cut.
  func append(_ entry: Case.Entry, to id: String) throws
  /// nil when there is no case of this id.
  func load(_ id: String) throws -> Case?
  /// Last changed first.
  func list() throws -> [CaseSummary]
  /// - Returns: false when there is no case of this id.
  func delete(_ id: String) throws -> Bool
}

/// Why a store cannot be used, as a sentence for the person, naming the place and the way out.
public struct CaseStoreError: Error, CustomStringConvertible, Equatable {
  public let description: String
  init(_ description: String) { self.description = description }
}
