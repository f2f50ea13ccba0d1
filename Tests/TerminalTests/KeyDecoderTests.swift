import Testing
import Wizard

@testable import Terminal

@Suite struct KeyDecoderTests {
  /// What comes of pieces of input that arrive so many milliseconds after one another.
  func events(_ pieces: (after: Int, text: String)...) -> [KeyDecoder.Event] {
    var decoder = KeyDecoder()
    var now = ContinuousClock.now
    var events: [KeyDecoder.Event] = []
    for piece in pieces {
      now += .milliseconds(piece.after)
      for scalar in piece.text.unicodeScalars { events += decoder.take(scalar.value, at: now) }
      events += decoder.endOfInput(at: now)
    }
    return events
  }

  @Test func escapeAloneIsTheKeyAtOnce() {
    #expect(events((0, "\u{1B}")) == [.key(.escape)])
    #expect(events((0, "\u{1B}"), (900, "[")) == [.key(.escape), .key(.character("["))])
  }

  @Test func keysTypedRightBehindEscapeArrive() {
    #expect(events((0, "\u{1B}w")) == [.key(.escape), .key(.character("w"))])
    #expect(events((0, "\u{1B}\u{1B}")) == [.key(.escape), .key(.escape)])
  }

  @Test(arguments: [1, 2]) func aSequenceInPiecesOf300MillisecondsIsOneKey(cut: Int) {
    let whole = "\u{1B}[A"
    let pieces = (String(whole.prefix(cut)), String(whole.dropFirst(cut)))
    let got = events((0, pieces.0), (300, pieces.1))
    // Nothing of it is text, and the arrow arrives; where Esc stood alone for so long it was taken for the key.
    #expect(got == (cut == 1 ? [.key(.escape), .key(.up)] : [.key(.up)]))
  }

  @Test func everyByteOnItsOwnIsStillTheKey() {
    #expect(events((0, "\u{1B}["), (300, "5"), (300, "~")) == [.key(.pageUp)])
    #expect(events((0, "\u{1B}O"), (300, "B")) == [.key(.down)])
  }

  @Test func sequencesThatMeanNothingHereAreSwallowedWhole() {
    #expect(events((0, "\u{1B}[15~")) == [])
    #expect(events((0, "\u{1B}[<0;12;7M")) == [])
    #expect(events((0, "\u{1B}[Ix")) == [.key(.character("x"))])
    #expect(events((0, "\u{1B}[1;5A")) == [.key(.up)], "Ctrl with an arrow")
  }

  @Test func whatNeverEndsIsGivenBackAsTyped() {
    #expect(
      events((0, "\u{1B}["), (900, "x")) == [.key(.escape), .key(.character("[")), .key(.character("x"))])
    let long = events((0, "\u{1B}[" + String(repeating: "1", count: 60)))
    #expect(long.count > 20 && long.first == .key(.escape))
  }

  @Test func theEndsOfAPasteAreKnownInPieces() {
    #expect(events((0, "\u{1B}[2"), (300, "00~")) == [.pasteStart])
    #expect(events((0, "\u{1B}[20"), (300, "1~")) == [.pasteEnd])
  }
}
