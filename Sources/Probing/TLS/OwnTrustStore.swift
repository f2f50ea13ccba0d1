import COpenSSL
import Glibc

/// The authorities that this host trusts, as OpenSSL finds them. Reads files: not for the main queue.
public struct OwnTrustStore: Sendable {
  /// Where they are looked for: the file and the directory of OpenSSL, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` say.
  public var file: String
  public var directory: String
  /// How many could be read; those of the directory are counted only where the file has none.
  public var count: Int

  public static func read() -> OwnTrustStore {
    defer { ERR_clear_error() }
    func place(_ variable: UnsafePointer<CChar>?, _ usual: UnsafePointer<CChar>?) -> String {
      if let variable, let value = getenv(variable) { return String(cString: value) }
      return usual.map { String(cString: $0) } ?? ""
    }
    var store = OwnTrustStore(
      file: place(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
      directory: place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir()), count: 0)
    store.count = certificates(in: store.file)
    if store.count == 0 {
      for directory in store.directory.split(separator: ":") {
        // Only names by the hash of the subject are looked up (openssl-rehash(1)).
        store.count += hashed(in: String(directory)).reduce(0) { $0 + certificates(in: $1) }
      }
    }
    return store
  }

  static func certificates(in file: String) -> Int {
    guard let store = X509_STORE_new() else { return 0 }
    defer { X509_STORE_free(store) }
    guard X509_STORE_load_file(store, file) == 1 else { return 0 }
    return Int(copenssl_store_count(store))
  }

  private static func hashed(in directory: String) -> [String] {
    guard let listing = opendir(directory) else { return [] }
    defer { closedir(listing) }
    var files: [String] = []
    while let entry = readdir(listing), files.count < 4096 {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
          String(cString: $0)
        }
      }
      let parts = name.split(separator: ".")
      if parts.count == 2, parts[0].utf8.count == 8, parts[0].allSatisfy(\.isHexDigit), Int(parts[1]) != nil {
        files.append("\(directory)/\(name)")
      }
    }
    return files
  }
}
