/// Which characters a terminal can show.
public struct Appearance: Hashable, Sendable {
  /// False: no character outside ASCII is drawn, whatever the text was.
  public var isUnicode: Bool
  public init(isUnicode: Bool) { self.isUnicode = isUnicode }

  public static let unicode = Appearance(isUnicode: true)
  public static let ascii = Appearance(isUnicode: false)
}

/// The signs that the screens are drawn with.
struct Glyphs: Hashable, Sendable {
  var rule = "─"
  var bar = "│"
  var tee = "┬"
  var upTee = "┴"
  var ellipsis = "…"
  var dot = "·"
  var full = "█"
  var empty = "░"
  var good = "✓"
  var bad = "✗"
  var unsure = "?"
  var seen = "•"
  var none = "–"
  var waiting = "·"
  var continued = "↳"
  var arrow = "→"
  var spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

  static let unicode = Glyphs()
  static let ascii = Glyphs(
    rule: "-", bar: "|", tee: "+", upTee: "+", ellipsis: "...", dot: "-", full: "#", empty: ".", good: "+",
    bad: "x",
    unsure: "?", seen: "*", none: "-", waiting: ".", continued: ">", arrow: "->",
    spinner: ["|", "/", "-", "\\"])

  /// Signs left out where words stand beside them.
  static let linear = Glyphs(
    rule: "", bar: "", tee: "", upTee: "", ellipsis: "...", dot: "-", full: "", empty: "", good: "", bad: "",
    unsure: "", seen: "", none: "", waiting: "", continued: "", arrow: "", spinner: [""])

  /// What stands for a character where only ASCII can be shown; nil for those without a likeness.
  static func plain(_ scalar: Unicode.Scalar) -> String? {
    if scalar.isASCII { return String(scalar) }
    switch scalar {
    case "…": return "..."
    case "·", "•": return "-"
    case "–", "—", "‐", "‑", "−", "─": return "-"
    case "“", "”", "„", "«", "»": return "\""
    case "‘", "’", "‚": return "'"
    case "→": return "->"
    case "↳": return ">"
    case "│": return "|"
    case "✓": return "+"
    case "✗", "×": return "x"
    case "≤": return "<="
    case "≥": return ">="
    case "≈": return "~"
    case "ä", "æ": return "ae"
    case "ö", "œ": return "oe"
    case "ü": return "ue"
    case "Ä": return "Ae"
    case "Ö": return "Oe"
    case "Ü": return "Ue"
    case "ß": return "ss"
    case "à", "á", "â", "ã", "å": return "a"
    case "ç": return "c"
    case "è", "é", "ê", "ë": return "e"
    case "ì", "í", "î", "ï": return "i"
    case "ñ": return "n"
    case "ò", "ó", "ô", "õ", "ø": return "o"
    case "ù", "ú", "û": return "u"
    case "À", "Á", "Â": return "A"
    case "Ç": return "C"
    case "È", "É", "Ê": return "E"
    case "Í": return "I"
    case "Ñ": return "N"
    case "Ó": return "O"
    case "Ú": return "U"
    case "¿": return "?"
    case "¡": return "!"
    case "‹", "›": return "'"
    case "\u{A0}", "\u{202F}", "\u{2009}": return " "
    default: return nil
    }
  }
}
