import Facts
import Foundation

/// Folders and files that only their owner can read, whatever the umask is, from the moment on at which they exist.
public enum PrivateFiles {
  /// Makes the folder, and those above it, where they are missing.
  ///
  /// - Throws: ``CaseStoreError``, naming the folder and the reason.
  public static func makeFolder(_ path: String) throws(CaseStoreError) {
    if mkdir(path, 0o700) == 0 {
      // A umask may have taken the owner's own rights away.
      chmod(path, 0o700)
      return
    }
    var reason = errno
    if reason == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
      let above = String(path[..<slash])
      try makeFolder(above)
      if mkdir(path, 0o700) == 0 {
        chmod(path, 0o700)
        return
      }
      reason = errno
    }
    var status = stat()
    guard reason == EEXIST, stat(path, &status) == 0 else { throw failure(path, reason) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw CaseStoreError(
        "The folder for cases, \(path), cannot be made: it is no folder. Choose another one with --data DIR.")
    }
  }

  private static func failure(_ path: String, _ reason: Int32) -> CaseStoreError {
    CaseStoreError(
      "The folder for cases, \(path), cannot be made: \(words(reason)). Choose another one with --data DIR.")
  }

  static func words(_ error: Int32) -> String { String(cString: strerror(error)).lowercased() }

  /// Makes an empty file where there is none, and takes other people's rights away from one that is there already.
  static func makeFile(_ path: String) {
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return tighten(path) }
    fchmod(descriptor, 0o600)
    close(descriptor)
  }

  /// Takes other people's rights away from a file of ours that is there.
  ///
  /// It is not opened for that: closing a file of a database lets go of every lock that this process has on it.
  static func tighten(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o777 != 0o600,
      status.st_uid == geteuid()
    else { return }
    chmod(path, 0o600)
  }

  /// Puts a file there whole: either all of it stands under the name afterwards, or what stood there before.
  ///
  /// - Parameter replaces: False: a file that is there already stays, and false is returned.
  /// - Throws: ``CaseStoreError``, naming the file and the reason.
  @discardableResult
  public static func write(
    _ bytes: [UInt8], to path: String, replaces: Bool = true
  ) throws(CaseStoreError) -> Bool {
    let draft = "\(path).\(UUID().uuidString)"
    func failure(_ error: Int32) -> CaseStoreError {
      CaseStoreError("\(path) cannot be written: \(words(error)).")
    }
    let descriptor = Foundation.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure(errno) }
    fchmod(descriptor, 0o600)
    var error = writeAll(bytes, to: descriptor)
    if error == 0, fsync(descriptor) != 0 { error = errno }
    if close(descriptor) != 0, error == 0 { error = errno }
    guard error == 0 else {
      unlink(draft)
      throw failure(error)
    }
    if replaces {
      guard rename(draft, path) == 0 else {
        let error = errno
        unlink(draft)
        throw failure(error)
      }
    } else {
      defer { unlink(draft) }
      guard link(draft, path) == 0 else {
        if errno == EEXIST { return false }
        throw failure(errno)
      }
    }
    return true
  }

  /// - Returns: 0, or the number of the error.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      guard count > 0 else { return EIO }
      rest = rest.dropFirst(count)
    }
    return 0
  }

  /// Says that other people can look into a folder; nil when they cannot, or it is not there.
  public static func openness(of folder: String) -> String? {
    var status = stat()
    guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o077 != 0 else {
      return nil
    }
    let can = status.st_mode & 0o022 != 0 ? "write into" : "look into"
    return
      "Other people can \(can) the folder for cases, \(SafeText.clean(folder, limit: 200)): `chmod 700` on it ends that."
  }
}
