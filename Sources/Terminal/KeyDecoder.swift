import Wizard

/// Puts escape sequences together that ncurses gave up on: those that came in pieces over a slow line, and those that the terminal's
/// description does not know, such as Ctrl with an arrow. Their rest must not be taken for typed text.
struct KeyDecoder {
  enum Event: Hashable {
    case key(Key)
    case pasteStart, pasteEnd
  }

  /// How long after Esc a `[` or `O` may be the rest of its sequence.
  static let patience = Duration.milliseconds(500)
  private static let longest = 24

  private enum State {
    case idle
    /// Esc came, and what follows in the same read says whether it was a key.
    case escape
    /// Esc was handed on as a key.
    case afterEscape(ContinuousClock.Instant)
    /// From `[` or `O` on.
    case sequence([UInt32], since: ContinuousClock.Instant, isEscapeHandedOn: Bool)
  }

  private var state = State.idle

  mutating func take(_ value: UInt32, at now: ContinuousClock.Instant) -> [Event] {
    switch state {
    case .idle: return begin(with: value)
    case .escape:
      guard Self.opens(value) else {
        state = .idle
        return [.key(.escape)] + begin(with: value)
      }
      state = .sequence([value], since: now, isEscapeHandedOn: false)
      return []
    case .afterEscape(let time):
      state = .idle
      guard Self.opens(value), now - time <= Self.patience else { return begin(with: value) }
      state = .sequence([value], since: now, isEscapeHandedOn: true)
      return []
    case .sequence(var values, let since, let isEscapeHandedOn):
      guard now - since <= Self.patience, values.count < Self.longest, Self.continues(value) else {
        return giveUp(values, isEscapeHandedOn) + begin(with: value)
      }
      values.append(value)
      guard Self.ends(values) else {
        state = .sequence(values, since: now, isEscapeHandedOn: isEscapeHandedOn)
        return []
      }
      state = .idle
      return Self.meaning(of: values).map { [$0] } ?? []
    }
  }

  /// Nothing more is there to be read: an Esc at the end was the key, since ncurses has waited for the rest already.
  mutating func endOfInput(at now: ContinuousClock.Instant) -> [Event] {
    guard case .escape = state else { return [] }
    state = .afterEscape(now)
    return [.key(.escape)]
  }

  /// A key that ncurses knew by itself: nothing before it goes on.
  mutating func interrupt() -> [Event] {
    switch state {
    case .idle, .afterEscape:
      state = .idle
      return []
    case .escape:
      state = .idle
      return [.key(.escape)]
    case .sequence(let values, _, let isEscapeHandedOn): return giveUp(values, isEscapeHandedOn)
    }
  }

  private mutating func begin(with value: UInt32) -> [Event] {
    if value == 0x1B {
      state = .escape
      return []
    }
    return Key(character: value).map { [.key($0)] } ?? []
  }

  /// They were typed after all.
  private mutating func giveUp(_ values: [UInt32], _ isEscapeHandedOn: Bool) -> [Event] {
    state = .idle
    return (isEscapeHandedOn ? [] : [.key(.escape)])
      + values.compactMap { Key(character: $0).map { .key($0) } }
  }

  private static let bracket: UInt32 = 0x5B
  private static func opens(_ value: UInt32) -> Bool { value == bracket || value == 0x4F }

  /// ECMA-48, 5.4: parameters and intermediates, then one final byte. After `O` only that.
  private static func continues(_ value: UInt32) -> Bool { (0x20...0x7E).contains(value) }

  private static func ends(_ values: [UInt32]) -> Bool {
    guard values.count > 1, let last = values.last else { return false }
    return values[0] != bracket || (0x40...0x7E).contains(last)
  }

  private static func meaning(of values: [UInt32]) -> Event? {
    guard let last = values.last.flatMap(Unicode.Scalar.init) else { return nil }
    switch Character(last) {
    case "A": return .key(.up)
    case "B": return .key(.down)
    case "C": return .key(.right)
    case "D": return .key(.left)
    case "H": return .key(.home)
    case "F": return .key(.end)
    case "M" where values[0] != bracket: return .key(.enter)
    case "Z" where values[0] == bracket: return .key(.backTab)
    case "~":
      var number = 0
      for value in values.dropFirst() {
        guard (0x30...0x39).contains(value), number < 1000 else { break }
        number = number * 10 + Int(value - 0x30)
      }
      switch number {
      case 1, 7: return .key(.home)
      case 3: return .key(.delete)
      case 4, 8: return .key(.end)
      case 5: return .key(.pageUp)
      case 6: return .key(.pageDown)
      case 200: return .pasteStart
      case 201: return .pasteEnd
      default: return nil
      }
    default: return nil
    }
  }
}
