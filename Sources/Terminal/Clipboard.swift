import CNcurses
import Foundation

extension Screen {
  /// Asks the terminal to put the text on the clipboard of the person's own machine (xterm's OSC 52), through tmux and screen too.
  ///
  /// There is no answer: a terminal that does not know it shows nothing. Texts over 74,994 bytes, the limit of many terminals once
  /// encoded, are not sent.
  /// - Returns: false when the text is too long.
  @discardableResult
  public func copy(_ text: String) -> Bool {
    guard let sequence = Self.clipboardSequence(text, environment: ProcessInfo.processInfo.environment) else {
      return false
    }
    let bytes = Array(sequence.utf8)
    rdpt_send(bytes, bytes.count)
    return true
  }

  /// What `copy` sends; nil when the text is too long.
  public nonisolated static func clipboardSequence(_ text: String, environment: [String: String]) -> String? {
    guard text.utf8.count <= 74_994 else { return nil }
    let plain = "\u{1b}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}"
    if environment["TMUX"] != nil { return "\u{1b}Ptmux;\u{1b}\(plain)\u{1b}\\" }
    if environment["TERM"]?.hasPrefix("screen") == true {
      // screen passes on at most 768 bytes a string.
      var wrapped = ""
      var rest = plain[...]
      while !rest.isEmpty {
        wrapped += "\u{1b}P\(rest.prefix(512))\u{1b}\\"
        rest = rest.dropFirst(512)
      }
      return wrapped
    }
    return plain
  }
}
