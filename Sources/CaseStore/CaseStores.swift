import Foundation

/// Makes the store that stands at an address.
public enum CaseStores {
  /// - Parameter address: A folder; a store of another kind would have a scheme in front.
  /// - Throws: ``CaseStoreError`` when it cannot be used.
  public static func open(_ address: String) throws -> any CaseStore {
    try SQLiteCaseStore(directory: address)
  }
}
