/// The languages in which the wizard speaks. The knowledge is written in English; a team's overlay may say it in another one.
public enum Language: String, CaseIterable, Hashable, Sendable {
  case english = "en"
  case german = "de"
  case french = "fr"
  case spanish = "es"

  /// By the name of a locale as POSIX writes it, for example `de_AT.UTF-8`.
  /// - Returns: nil for a language that the wizard does not speak.
  public init?(locale: String) {
    self.init(rawValue: locale.prefix { $0.isASCII && $0.isLetter }.lowercased())
  }

  /// What it calls itself.
  public var name: String {
    switch self {
    case .english: "English"
    case .german: "Deutsch"
    case .french: "Français"
    case .spanish: "Español"
    }
  }

  /// By the English text, whose values are `{1}`, `{2}`, …; nil for English itself.
  var messages: [String: String]? {
    switch self {
    case .english: nil
    case .german: Self.germanMessages
    case .french: Self.frenchMessages
    case .spanish: Self.spanishMessages
    }
  }

  /// That of the screen which is being made.
  @TaskLocal static var current = Language.english
}

/// Something that the wizard itself says: an English text and the values in it.
struct Phrase: Equatable, Sendable, ExpressibleByStringInterpolation {
  /// The text with `{1}`, `{2}`, … for its values.
  let key: String
  let values: [String]

  init(stringLiteral text: String) {
    key = text
    values = []
  }

  init(stringInterpolation: StringInterpolation) {
    key = stringInterpolation.key
    values = stringInterpolation.values
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var key = ""
    fileprivate var values: [String] = []

    init(literalCapacity: Int, interpolationCount: Int) {
      key.reserveCapacity(literalCapacity + 3 * interpolationCount)
    }

    mutating func appendLiteral(_ literal: String) { key += literal }

    mutating func appendInterpolation(_ value: some Any) {
      values.append("\(value)")
      key += "{\(values.count)}"
    }
  }
}

/// The words for it in the language of the screen that is being made.
func localized(_ phrase: Phrase) -> String {
  let pattern = Language.current.messages?[phrase.key] ?? phrase.key
  guard !phrase.values.isEmpty else { return pattern }
  var text = ""
  var rest = pattern[...]
  while let brace = rest.firstIndex(of: "{") {
    text += rest[..<brace]
    rest = rest[brace...]
    let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
    let end = rest.index(brace, offsetBy: digits.count + 1, limitedBy: rest.endIndex) ?? rest.endIndex
    if let number = Int(digits), phrase.values.indices.contains(number - 1), end < rest.endIndex,
      rest[end] == "}"
    {
      text += phrase.values[number - 1]
      rest = rest[rest.index(after: end)...]
    } else {
      text += "{"
      rest = rest.dropFirst()
    }
  }
  return text + rest
}

/// The same for a text that is put together elsewhere, or stands in a table.
func localized(fixed text: String) -> String { Language.current.messages?[text] ?? text }
