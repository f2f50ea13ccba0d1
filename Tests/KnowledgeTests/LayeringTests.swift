import Foundation
import Testing

/// The pure modules take values and give values: their import lines show it.
@Suite struct LayeringTests {
  /// What each pure module may import, as the package declares it.
  static let allowed: [String: Set<String>] = [
    "Facts": [],
    "Wire": ["Facts", "SwiftASN1"],
    "Diagnosis": ["Facts", "RealModule", "Synchronization"],
    "Wizard": ["Facts", "Diagnosis"],
    "Documents": ["Facts"],
  ]

  @Test(arguments: allowed.keys.sorted())
  func aPureModuleImportsOnlyWhatItMay(_ module: String) throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/\(module)")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    #expect(!files.isEmpty)
    for file in files {
      for (number, imported) in Self.imports(in: try String(contentsOf: file, encoding: .utf8)) {
        #expect(
          Self.allowed[module]?.contains(imported) == true,
          "\(file.path):\(number): \(module) must not import \(imported)")
      }
    }
  }

  @Test func everyFormOfAnImportIsFound() {
    let text = """
      public import Facts
      @preconcurrency internal import Foundation
        @_spi(Testing) import struct Dispatch.DispatchTime
      import CNcurses.Sub // why
      // import Glibc
      let important = 1
      """
    let found = Self.imports(in: text)
    #expect(found.map(\.module) == ["Facts", "Foundation", "Dispatch", "CNcurses"])
    #expect(found.map(\.line) == [1, 2, 3, 4])
  }

  /// The modules that a file imports, with their lines.
  static func imports(in text: String) -> [(line: Int, module: String)] {
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
    let levels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    var found: [(line: Int, module: String)] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      var words = line.split(whereSeparator: \.isWhitespace)[...]
      while let word = words.first, word.hasPrefix("@") || levels.contains(word) { words.removeFirst() }
      guard words.popFirst() == "import" else { continue }
      if let word = words.first, kinds.contains(word) { words.removeFirst() }
      if let name = words.first?.split(separator: ".").first { found.append((index + 1, String(name))) }
    }
    return found
  }
}
