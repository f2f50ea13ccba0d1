import Facts
import Foundation

/// A file that somebody named with `-o`.
///
/// An ordinary file is there whole or not at all. Devices and pipes are written into, and a link leads to the file that it names: none
/// of them is ever replaced.
enum OutputFile {
  /// - Throws: a sentence.
  static func write(_ text: String, to path: String) throws(Failure) {
    let bytes = Array(text.utf8)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      try pour(bytes, into: path)
    } else {
      try replace(try end(of: path), with: bytes, named: path)
    }
  }

  private static func failure(_ path: String, _ error: Int32) -> Failure {
    Failure(.inputOutput, "\(path) cannot be written: \(String(cString: strerror(error)).lowercased()).")
  }

  /// A pipe that nobody reads is not waited for.
  private static func pour(_ bytes: [UInt8], into path: String) throws(Failure) {
    var descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    // A reader may be on its way.
    for _ in 0..<100 where descriptor < 0 && errno == ENXIO {
      _ = poll(nil, 0, 50)
      descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard descriptor >= 0 else { throw failure(path, errno) }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    var error = writeAll(bytes, to: descriptor)
    if close(descriptor) != 0, error == 0 { error = errno }
    if error != 0 { throw failure(path, error) }
  }

  private static func replace(_ path: String, with bytes: [UInt8], named name: String) throws(Failure) {
    let draft = "\(path).\(UUID().uuidString.prefix(8))"
    // The person's umask decides who may read it; nobody else may write it.
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw failure(name, errno) }
    var status = stat()
    // Rights that somebody gave to the file that was there stay, as far as they are about reading.
    if stat(path, &status) == 0 { fchmod(descriptor, status.st_mode & 0o755) }
    var error = writeAll(bytes, to: descriptor)
    if error == 0, fsync(descriptor) != 0 { error = errno }
    if close(descriptor) != 0, error == 0 { error = errno }
    if error == 0, rename(draft, path) != 0 { error = errno }
    guard error == 0 else {
      unlink(draft)
      throw failure(name, error)
    }
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
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

  /// Where links lead to, also to a file that is not there yet.
  private static func end(of path: String) throws(Failure) -> String {
    var path = path
    for _ in 0..<40 {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
      if target.hasPrefix("/") {
        path = target
      } else {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        path = folder + target
      }
    }
    throw failure(path, ELOOP)
  }
}
