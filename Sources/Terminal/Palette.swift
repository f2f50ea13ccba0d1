import CNcurses
import Wizard

/// The attributes and colours of a theme on a terminal with so many colours.
///
/// Main queue only: colour pairs are the terminal's.
@MainActor
struct Palette {
  private(set) var attributes: [Style: UInt32] = [:]
  /// Of cells that hold nothing.
  let background: UInt32

  init(_ theme: Theme, colours: Int) {
    let plain: [Style: UInt32] = [
      .normal: 0, .dim: 0, .strong: rdpt_bold(), .title: rdpt_reverse(), .heading: rdpt_bold(),
      .key: rdpt_bold(), .selected: rdpt_reverse(), .input: rdpt_underline(), .good: 0,
      .warning: rdpt_bold(), .bad: rdpt_bold(), .accent: 0,
    ]
    let tints = Self.tints(theme)
    guard colours >= 8, theme != .plain else {
      attributes = plain
      background = 0
      return
    }
    let ground: Int32 = theme == .highContrast ? COLOR_BLACK : -1
    let bright: Int32 = colours >= 16 ? 15 : COLOR_WHITE
    background = theme == .highContrast ? rdpt_colours(1, bright, ground) : 0
    for (number, style) in Style.allCases.enumerated() {
      var value = plain[style] ?? 0
      if theme == .highContrast {
        value |= background | (style == .key || style == .accent ? rdpt_bold() : 0)
        if style == .bad || style == .warning { value |= rdpt_underline() }
      } else if let tint = tints[style] {
        value |= rdpt_colours(Int32(number) + 2, colours >= 256 ? tint.of256 : tint.of8, ground)
      } else if style == .dim {
        value |= rdpt_dim()
      }
      attributes[style] = value
    }
  }

  private struct Tint {
    let of8: Int32
    let of256: Int32
    init(_ of8: Int32, _ of256: Int32) {
      self.of8 = of8
      self.of256 = of256
    }
  }

  private static func tints(_ theme: Theme) -> [Style: Tint] {
    switch theme {
    case .plain, .highContrast: [:]
    case .standard:
      [
        .heading: Tint(COLOR_CYAN, COLOR_CYAN), .accent: Tint(COLOR_CYAN, COLOR_CYAN),
        .good: Tint(COLOR_GREEN, COLOR_GREEN), .warning: Tint(COLOR_YELLOW, COLOR_YELLOW),
        .bad: Tint(COLOR_RED, COLOR_RED),
      ]
    // Blue against orange stays apart without the red or the green cones, also in lightness.
    case .blueOrange:
      [
        .heading: Tint(COLOR_CYAN, 117), .accent: Tint(COLOR_CYAN, 117), .good: Tint(COLOR_CYAN, 75),
        .warning: Tint(COLOR_WHITE, 229), .bad: Tint(COLOR_YELLOW, 208),
      ]
    // Red against turquoise stays apart without the blue cones.
    case .redCyan:
      [
        .heading: Tint(COLOR_CYAN, 51), .accent: Tint(COLOR_CYAN, 51), .good: Tint(COLOR_CYAN, 44),
        .warning: Tint(COLOR_WHITE, 255), .bad: Tint(COLOR_RED, 203),
      ]
    }
  }
}
