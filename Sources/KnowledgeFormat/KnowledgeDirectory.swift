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
    // A link may lead elsewhere within the folder only: what stands outside is none of its knowledge, and nobody is told of it.
    let root = resolved(directory)
    func isInside(_ path: String) -> Bool {
      guard let root, let end = resolved(path) else { return true }
      guard end.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
        problems.append(
          Problem(file: path, line: 1, message: "is a link out of the folder, and is not followed"))
        return false
      }
      return true
    }
    do {
      let names = try entries(of: directory)
      // A folder without folders of knowledge is one of stories.
      let holdsStories = !folders.contains { names.contains($0.rawValue) }
      for name in names {
        let path = join(directory, name)
        guard isInside(path) else { continue }
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
            guard isInside(filePath) else { continue }
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

  /// The path without links; nil when it leads nowhere.
  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
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
    do throws(Problem) {
      let text = try text(of: path)
      let root: KnowledgeNode
      do throws(Problem) {
        root = try YAMLReader.read(text, file: path)
      } catch {
        // A file that never was knowledge is not quoted: it may hold what its owner alone should read.
        guard holdsFields(text), !holdsSecrets(text) else { throw foreign(path) }
        throw error
      }
      guard !holdsSecrets(text) else { throw foreign(path) }
      documents.append(KnowledgeDocument(kind: kind, id: id, file: path, root: root))
    } catch {
      problems.append(error)
    }
  }

  private static func foreign(_ path: String) -> Problem {
    Problem(file: path, line: 1, message: "is no knowledge file")
  }

  /// Some line begins with a word and a colon, or the whole is written with brackets.
  private static func holdsFields(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).prefix(2000).contains { line in
      let name = line.prefix { $0.isLetter || $0.isNumber || "-_\"' ".contains($0) }
      return !name.isEmpty && line.dropFirst(name.count).first == ":" || line.hasPrefix("{")
        || line.hasPrefix("-")
    }
  }

  /// A key, or accounts as passwd(5), shadow(5) and group(5) list them.
  private static func holdsSecrets(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).prefix(2000).contains { line in
      line.hasPrefix("-----BEGIN ")
        || !line.contains(" ") && line.first?.isLetter == true && line.count(where: { $0 == ":" }) >= 3
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
