#if canImport(Glibc)
  internal import Glibc
#endif
internal import FoundationEssentials

/// Reads the files of a knowledge directory.
public enum KnowledgeDirectory {
  /// Files of one directory, at most.
  public static let fileLimit = 4_000

  /// Reads every knowledge file below `directory`; lists what does not belong there as a problem.
  ///
  /// - Returns: Documents in order of their paths. A file with a problem gives no document.
  public static func read(_ directory: String) -> (documents: [KnowledgeDocument], problems: [Problem]) {
    var documents: [KnowledgeDocument] = []
    var problems: [Problem] = []
    let folders = EntryKind.allCases.filter { $0 != .exceptions }
    do {
      let names = try entries(of: directory)
      // A folder without folders of knowledge is one of stories.
      let holdsStories = !folders.contains { names.contains($0.rawValue) }
      for name in names {
        let path = join(directory, name)
        if name == "exceptions.yaml" {
          read(path, kind: .exceptions, id: "exceptions", into: &documents, &problems)
        } else if let kind = folders.first(where: { $0.rawValue == name }) {
          for file in try entries(of: path) {
            let filePath = join(path, file)
            guard file.hasSuffix(".yaml") else {
              problems.append(
                Problem(
                  file: filePath, line: 1,
                  message: "does not belong here: knowledge files are called ID.yaml"))
              continue
            }
            guard documents.count < fileLimit else {
              problems.append(
                Problem(file: filePath, line: 1, message: "there are more than \(fileLimit) files"))
              return (documents, problems)
            }
            read(filePath, kind: kind, id: String(file.dropLast(5)), into: &documents, &problems)
          }
        } else if holdsStories, name.hasSuffix(".yaml") {
          read(path, kind: .stories, id: String(name.dropLast(5)), into: &documents, &problems)
        } else if name != "README.md" {
          let names = folders.map(\.rawValue) + ["exceptions.yaml", "README.md"]
          problems.append(
            Problem(
              file: path, line: 1,
              message: "“\(name)” does not belong here" + Suggestion.ending(for: name, among: names)))
        }
      }
    } catch {
      problems.append(error)
    }
    return (documents, problems)
  }

  private static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
  }

  private static func entries(of directory: String) throws(Problem) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory)
        .filter { !$0.hasPrefix(".") && !$0.hasSuffix("~") }.sorted()
    } catch {
      throw Problem(file: directory, line: 0, message: "cannot be read as a folder of knowledge files")
    }
  }

  private static func read(
    _ path: String, kind: EntryKind, id: String, into documents: inout [KnowledgeDocument],
    _ problems: inout [Problem]
  ) {
    do {
      let root = try YAMLReader.read(try text(of: path), file: path)
      documents.append(KnowledgeDocument(kind: kind, id: id, file: path, root: root))
    } catch {
      problems.append(error)
    }
  }

  /// Reads a regular file of at most `YAMLReader.sizeLimit` bytes; anything else, for example a pipe, is not waited for.
  private static func text(of path: String) throws(Problem) -> String {
    func failure(_ message: String) -> Problem { Problem(file: path, line: 1, message: message) }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw failure("cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw failure("is no plain file")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot be read: \(String(cString: strerror(errno)))") }
      if count == 0 { break }
      bytes += chunk.prefix(count)
      guard bytes.count <= YAMLReader.sizeLimit else {
        throw failure("the file is larger than \(YAMLReader.sizeLimit) bytes; one file holds one entry")
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("is no valid UTF-8") }
    return text
  }
}
