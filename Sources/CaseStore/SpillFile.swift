public import Diagnosis
import Facts
import Foundation

/// Cases whose last entries could not be written into their store, kept beside it until it can be written again.
///
/// `unsaved-….json`, for its owner alone: in the store's folder, or where that cannot be written, in the person's own folder for
/// the time being. Taken up as often as one likes, each entry counts once.
public enum SpillFile {
  private struct Form: Codable {
    var schema = SpillFile.schema
    /// Of the store that the cases belong to.
    var address: String
    var cases: [Case]
  }
  private static let schema = "rdptriage.unsaved/1"
  private static let mostBytes = 16 << 20

  /// - Returns: The file; nil when it could be written nowhere.
  public static func keep(_ cases: [Case], of address: String) -> String? {
    guard let tree = try? Tree(encoding: Form(address: absolute(address), cases: cases)) else { return nil }
    let bytes = Array((tree.json + "\n").utf8)
    for folder in folders(of: address) {
      let path = "\(folder)/unsaved-\(UUID().uuidString).json"
      do {
        try PrivateFiles.makeFolder(folder)
        guard isOurs(folder) || folder == address else { continue }
        try PrivateFiles.write(bytes, to: path)
        return path
      } catch {
        continue
      }
    }
    return nil
  }

  /// Adds what is kept for the store, and removes the files.
  ///
  /// - Returns: One sentence for each case that entries were added to, and for each file that could not be read.
  public static func takeUp(_ address: String, into store: any CaseStore) -> [String] {
    var sentences: [String] = []
    for folder in folders(of: address) where folder == address || isOurs(folder) {
      let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        .filter { $0.hasPrefix("unsaved-") && $0.hasSuffix(".json") }.sorted()
      for name in names.prefix(100) { sentences += takeUp("\(folder)/\(name)", address, store) }
    }
    return sentences
  }

  private static func takeUp(_ path: String, _ address: String, _ store: any CaseStore) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return [] }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid()
    else { return [] }
    // Another start is at it.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return [] }
    let form: Form
    do {
      guard status.st_size <= mostBytes, let data = try file.readToEnd() else {
        throw TreeError(place: "", reason: "it is too large or empty")
      }
      form = try Tree(json: [UInt8](data)).decoded(as: Form.self)
      guard form.schema == schema else { throw TreeError(place: "schema", reason: "it is not known") }
    } catch {
      return ["The file \(path) with entries that were not saved cannot be read: \(error)."]
    }
    guard form.address == absolute(address) else { return [] }
    do {
      var sentences: [String] = []
      for record in form.cases {
        let count = try store.add(missing: record.entries, to: record.id)
        if count > 0 {
          sentences.append(
            "\(count) \(count == 1 ? "entry" : "entries") of the case \(record.id), which could not be saved before, \(count == 1 ? "is" : "are") saved now."
          )
        }
      }
      unlink(path)
      return sentences
    } catch {
      return ["The entries kept in \(path) could not be saved yet: \(error)"]
    }
  }

  private static func folders(of address: String) -> [String] {
    let own = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return [address, own.map { "\($0)/rdptriage" }, "/tmp/rdptriage-\(geteuid())"].compactMap(\.self)
  }

  /// In a folder that all can write, somebody else may have made one of that name.
  private static func isOurs(_ folder: String) -> Bool {
    var status = stat()
    return lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
      && status.st_mode & 0o077 == 0
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
