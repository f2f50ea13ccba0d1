import CNcurses
import Foundation
public import Wizard

extension Screen {
  /// Asks the terminal to put the text on the clipboard of the person's own machine (xterm's OSC 52), through tmux and screen too.
  ///
  /// There is no answer: a terminal that does not know it shows nothing. Texts over 74,994 bytes, the limit of many terminals once
  /// encoded, are not sent.
  /// - Returns: What became of it, as far as that can be known.
  public func copy(_ text: String) -> Clipboard {
    Self.copy(text) { sequence in
      let bytes = Array(sequence.utf8)
      rdpt_send(bytes, bytes.count)
    }
  }

  /// The same for a terminal that is not in ncurses' hands.
  public nonisolated static func copy(_ text: String, send: (String) -> Void) -> Clipboard {
    let environment = ProcessInfo.processInfo.environment
    guard hasClipboard(environment) else { return .missing }
    guard let sequence = clipboardSequence(text, environment: environment) else { return .tooLong }
    send(sequence)
    return .sent
  }

  /// False for terminals that are known to have none: video terminals and the consoles of Linux and BSD.
  nonisolated static func hasClipboard(_ environment: [String: String]) -> Bool {
    let name = environment["TERM"] ?? "dumb"
    return environment["TMUX"] != nil
      || !["dumb", "linux", "vt", "ansi", "cons"].contains(where: name.hasPrefix)
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
