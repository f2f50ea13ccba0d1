import Foundation
import Testing

@testable import Terminal

@Suite struct ClipboardTests {
  @Test func theTextIsSentInBase64() {
    #expect(Screen.clipboardSequence("hi", environment: ["TERM": "xterm"]) == "\u{1b}]52;c;aGk=\u{07}")
  }

  @Test func tmuxAndScreenPassItOn() {
    let tmux = Screen.clipboardSequence("hi", environment: ["TERM": "screen", "TMUX": "/tmp/x,1,0"])
    #expect(tmux == "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;aGk=\u{07}\u{1b}\\")
    let long = Screen.clipboardSequence(
      String(repeating: "x", count: 3000), environment: ["TERM": "screen.xterm"])
    let parts = (long ?? "").components(separatedBy: "\u{1b}P").dropFirst()
    #expect(parts.count > 7)
    #expect(parts.allSatisfy { $0.hasSuffix("\u{1b}\\") && $0.utf8.count < 768 })
  }

  @Test(
    arguments: [
      ("xterm-256color", nil, true), ("linux", nil, false), ("vt220", nil, false), ("dumb", nil, false),
      ("vt100", "/tmp/x,1,0", true),
    ] as [(String, String?, Bool)])
  func terminalsWithoutAClipboardAreKnown(type: String, tmux: String?, hasClipboard: Bool) {
    var environment = ["TERM": type]
    environment["TMUX"] = tmux
    #expect(Screen.hasClipboard(environment) == hasClipboard)
  }

  @Test func whatIsTooLongIsNotSent() {
    #expect(Screen.clipboardSequence(String(repeating: "x", count: 80_000), environment: [:]) == nil)
  }
}
