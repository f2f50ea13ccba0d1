/// One key press.
public enum Key: Hashable, Sendable {
  case character(Character)
  case enter, escape, backspace, tab, backTab, delete
  case up, down, left, right, pageUp, pageDown, home, end
  /// Ctrl-D: the end of a text of many lines.
  case endOfInput
}
