/// How the screens are shown, as the person chose it.
public struct Display: Hashable, Sendable {
  public var theme: Theme
  /// Nothing outside ASCII is drawn.
  public var isASCII: Bool
  /// What is drawn with, and measured with.
  public var appearance: Appearance { isASCII ? .ascii : .unicode }
  /// False where the terminal's locale cannot write UTF-8: then `isASCII` cannot be changed.
  public var canChooseUnicode: Bool
  public var language: Language

  public init(
    theme: Theme = .standard, isASCII: Bool = false, canChooseUnicode: Bool = true,
    language: Language = .english
  ) {
    self.language = language
    self.theme = theme
    self.isASCII = isASCII || !canChooseUnicode
    self.canChooseUnicode = canChooseUnicode
  }
}

/// A set of colours. Signs and words carry the meaning in each of them.
public enum Theme: String, CaseIterable, Hashable, Sendable {
  case standard
  case plain
  case highContrast = "high-contrast"
  case blueOrange = "blue-orange"
  case redCyan = "red-cyan"

  var description: String {
    switch self {
    case .standard: "green, yellow and red"
    case .plain: "no colours: bold, underlined, reversed"
    case .highContrast: "white on black, nothing dimmed"
    case .blueOrange: "blue and orange: where red and green look alike"
    case .redCyan: "red, turquoise: where blue and green look alike"
    }
  }
}
