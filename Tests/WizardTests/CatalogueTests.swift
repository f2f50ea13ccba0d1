import Diagnosis
import Facts
import Foundation
import Testing

@testable import Wizard

/// What the wizard itself says, in every language.
@Suite struct CatalogueTests {
  private static let foreign = Language.allCases.filter { $0 != .english }

  @Test(arguments: foreign) func everythingThatTheWizardSaysIsTranslated(language: Language) throws {
    let messages = try #require(language.messages)
    let said = try Self.said()
    #expect(said.count > 500)
    let missing = said.subtracting(messages.keys).sorted()
    let unused = Set(messages.keys).subtracting(said).sorted()
    #expect(missing.isEmpty, "not in the catalogue: \(missing)")
    #expect(unused.isEmpty, "nobody says: \(unused)")
  }

  @Test(arguments: foreign) func aTranslationKeepsTheValuesAndTheBlanksAtItsEdges(language: Language) throws {
    for (key, text) in try #require(language.messages) {
      #expect(Self.placeholders(key) == Self.placeholders(text), "\(key)")
      #expect(!text.isEmpty, "\(key)")
      #expect(key.prefix { $0 == " " } == text.prefix { $0 == " " }, "\(key)")
      #expect((key.last == " ") == (text.last == " "), "\(key)")
      #expect(SafeText.clean(text, limit: 500) == text, "\(key)")
      let ascii = Ink(.ascii).clean(text)
      #expect(!ascii.contains("?") || text.contains(where: { "?¿".contains($0) }), "\(ascii)")
    }
  }

  @Test(arguments: foreign) func labelsFitTheirColumn(language: Language) throws {
    for label in try Self.literals(behind: ["labelled(localized(", "part(localized("]) {
      let text = Language.$current.withValue(language) { localized(fixed: label) }
      #expect(TextWidth.cells(text) < PageContext.labelWidth, "\(text)")
    }
  }

  @Test func whatIsPutIntoASentenceIsNeverReadAsOne() {
    let phrase: Phrase = "“\("{2}")” and \("{1}")"
    #expect(localized(phrase) == "“{2}” and {1}")
    #expect(phrase.key == "“{1}” and {2}")
  }

  @Test func theLocaleNamesTheLanguage() {
    #expect(Language(locale: "de_AT.UTF-8") == .german)
    #expect(Language(locale: "fr") == .french)
    #expect(Language(locale: "es-MX") == .spanish)
    #expect(Language(locale: "C.UTF-8") == nil)
    #expect(Language(locale: "") == nil)
  }

  @Test(arguments: foreign) func theFooterStillHoldsTheMostImportantKey(language: Language) throws {
    for scene in Scene.allCases {
      var drive = scene.drive
      drive.state.model.display.language = language
      for (columns, rows) in [(80, 24), (40, 12)] {
        drive.send(.resized(Size(columns: columns, rows: rows)))
        let content = try #require(drive.state.stack.last).screen.content
        let keys = (content.typingKeys ?? content.rows(drive.state.model)).filter { $0.disabledReason == nil }
        let first = try #require(keys.filter { $0.rank != nil }.min { ($0.rank ?? 9) < ($1.rank ?? 9) })
        let footer = drive.text(columns, rows).split(separator: "\n").last ?? ""
        #expect(footer.contains(first.name), "\(scene) at \(columns): \(footer)")
      }
    }
  }

  /// Letters can be exchanged for others in the settings, so sentences ask how a key is called.
  @Test func noSentenceNamesALetterByItself() throws {
    for phrase in try Self.said() where phrase != "{1} h {2} min" {
      let words = phrase.replacing("n/a", with: "").split {
        !$0.isLetter && !$0.isNumber && !"{}'’".contains($0)
      }
      let letters = words.filter { $0.count == 1 && $0 != "a" && KeyMap.shipped.contains($0.first ?? "a") }
      #expect(letters.isEmpty, "“\(phrase)”")
    }
  }

  // MARK: What the sources say

  /// The keys of all phrases: what stands in `localized(…)`, the footer and help words of the key tables, and the words of the
  /// knowledge's own enumerations.
  private static func said() throws -> Set<String> {
    var said = Set(
      try literals(behind: ["localized(", "help:", "askCaller(", "binding.label =", "binding.help ="]))
    said.formUnion(try literals(before: ", help:"))
    said.formUnion(Phase.allCases.map(\.words))
    said.formUnion(CodeFamily.allCases.map(\.words))
    said.formUnion(Fix.Verdict.allCases.map(\.sentence))
    said.formUnion(Fix.Risk.allCases.map(\.rawValue))
    said.formUnion(Strength.allCases.map(\.rawValue))
    said.formUnion(KnowledgeEntry.Kind.allCases.map(\.rawValue))
    said.formUnion(Theme.allCases.map(\.description))
    said.formUnion(["open", "solved", "escalated", "closed"])
    return said.filter { !$0.isEmpty }
  }

  private static func literals(behind marks: [String]) throws -> [String] {
    try literals().filter { literal in marks.contains { literal.before.hasSuffix($0) } }.map(\.key)
  }

  private static func literals(before mark: String) throws -> [String] {
    try literals().filter { $0.after.hasPrefix(mark) }.map(\.key)
  }

  private struct Literal {
    /// With `{1}` for its values.
    var key: String
    /// The source before and after it, without blanks and line breaks beside words.
    var before: String
    var after: String
  }

  private static func literals() throws -> [Literal] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Wizard").standardizedFileURL
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Messages/") }
    #expect(files.count > 30)
    return try files.flatMap { file in
      var scanner = LiteralScanner(try String(contentsOf: folder.appending(path: file), encoding: .utf8))
      return scanner.literals().map { key, range in
        Literal(
          key: key, before: squeezed(scanner.text[..<range.lowerBound].suffix(80)),
          after: squeezed(scanner.text[range.upperBound...].prefix(80)))
      }
    }
  }

  private static func squeezed(_ text: ArraySlice<Character>) -> String {
    String(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .replacing("( ", with: "(")
  }

  private static func placeholders(_ text: String) -> [String] {
    text.matches(of: /\{\d\}/).map { String($0.output) }.sorted()
  }
}

/// Finds the string literals of a Swift source, also those inside the values of others.
private struct LiteralScanner {
  let text: [Character]
  private var found: [(String, Range<Int>)] = []

  init(_ source: String) { text = Array(source) }

  mutating func literals() -> [(String, Range<Int>)] {
    found = []
    _ = code(from: 0, untilParenthesis: false)
    return found
  }

  private func stands(_ word: String, at index: Int) -> Bool { text[index...].starts(with: word) }

  private mutating func code(from start: Int, untilParenthesis: Bool) -> Int {
    var index = start
    var depth = 0
    while index < text.count {
      if stands("//", at: index) {
        index = text[index...].firstIndex { $0.isNewline } ?? text.count
      } else if stands("\"\"\"", at: index) {
        index += 3
        while index < text.count, !stands("\"\"\"", at: index) { index += 1 }
        index += 3
      } else if text[index] == "\"" {
        index = literal(from: index)
      } else {
        if text[index] == "(" { depth += 1 }
        if text[index] == ")" {
          if depth == 0, untilParenthesis { return index }
          depth -= 1
        }
        index += 1
      }
    }
    return index
  }

  private mutating func literal(from start: Int) -> Int {
    var index = start + 1
    var key = ""
    var values = 0
    while index < text.count, text[index] != "\"" {
      if stands("\\(", at: index) {
        index = code(from: index + 2, untilParenthesis: true) + 1
        values += 1
        key += "{\(values)}"
      } else if stands("\\u{", at: index) {
        let digits = text[(index + 3)...].prefix { $0 != "}" }
        if let scalar = UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init) {
          key.unicodeScalars.append(scalar)
        }
        index += digits.count + 4
      } else if text[index] == "\\" {
        key.append(text[index + 1] == "n" ? "\n" : text[index + 1])
        index += 2
      } else {
        key.append(text[index])
        index += 1
      }
    }
    found.append((key, start..<(index + 1)))
    return index + 1
  }
}
