import Facts

typealias Line = [Span]

extension Line {
  var cells: Int { reduce(0) { $0 + TextWidth.cells($1.text) } }
}

/// Turns texts into lines that fit. All text goes through here, so nothing unsafe and, in ASCII, nothing else reaches a frame.
struct Ink: Hashable, Sendable {
  let appearance: Appearance
  let glyphs: Glyphs
  /// For one plain line after the other: nothing is broken, padded or drawn, and whatever a place on the screen says is said in words.
  let isLinear: Bool

  init(_ appearance: Appearance, isLinear: Bool = false) {
    self.appearance = appearance
    self.isLinear = isLinear
    glyphs = isLinear ? .linear : appearance.isUnicode ? .unicode : .ascii
  }

  /// Safe to show, on one line.
  func clean(_ text: String, limit: Int = 4000) -> String {
    let safe = SafeText.clean(text, limit: limit)
    guard !appearance.isUnicode else { return safe }
    var out = ""
    for character in safe {
      let known = character.unicodeScalars.compactMap(Glyphs.plain)
      if known.count == character.unicodeScalars.count {
        for text in known { out += text }
      } else {
        out += String(repeating: "?", count: max(1, TextWidth.cells(character)))
      }
    }
    return out
  }

  /// Breaks at blanks, and inside words only where one is longer than a whole line. Line breaks in the text are kept.
  func wrap(_ text: String, width: Int, style: Style = .normal) -> [Line] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .flatMap { isLinear ? [clean(String($0))] : broken(clean(String($0)), width: width) }
      .map { [Span($0, style)] }
  }

  /// A text behind a label: the label stands once, the text keeps its own left edge.
  func wrap(
    _ text: String, after label: Span, indent: Int, width: Int, style: Style = .normal
  ) -> [Line] {
    let label = Span(clean(label.text), label.style)
    guard !isLinear else {
      let name = String(label.text.drop { $0 == " " })
      return wrap(name.isEmpty ? text : "\(name): \(text)", width: width, style: style)
    }
    let inner = width - indent
    guard inner >= 16, TextWidth.cells(label.text) < indent else {
      let small = min(2, max(0, width - 1))
      return [fit([label], width)]
        + wrap(text, width: max(1, width - small), style: style)
        .map { [Span(String(repeating: " ", count: small))] + $0 }
    }
    return wrap(text, width: inner, style: style).enumerated().map { index, line in
      index == 0 ? pad([label], indent) + line : [Span(String(repeating: " ", count: indent))] + line
    }
  }

  /// A command keeps every character: it is broken only where it must be, and each further row carries a mark.
  func wrap(command: String, width: Int) -> [Line] {
    guard !isLinear else { return wrap(command, width: width, style: .input) }
    let inner = max(1, width - 2)
    return command.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).flatMap { text in
      broken(clean(String(text)), width: inner, keepingBlanks: true).enumerated().map { index, part -> Line in
        [Span(index == 0 ? glyphs.bar + " " : glyphs.continued + " ", .dim), Span(part, .input)]
      }
    }
  }

  /// At most `width` cells; what is cut off ends in an ellipsis.
  func fit(_ line: Line, _ width: Int) -> Line {
    guard width > 0 else { return [] }
    guard !isLinear else { return line }
    let total = line.cells
    guard total > width else { return line }
    let mark = TextWidth.cells(glyphs.ellipsis) < width ? glyphs.ellipsis : ""
    var left = width - TextWidth.cells(mark)
    var out: Line = []
    for span in line {
      var text = ""
      for character in span.text {
        let cells = TextWidth.cells(character)
        guard cells <= left else {
          out.append(Span(text + mark, span.style))
          return out
        }
        left -= cells
        text.append(character)
      }
      out.append(Span(text, span.style))
    }
    return out
  }

  /// Exactly `width` cells.
  func pad(_ line: Line, _ width: Int, style: Style = .normal) -> Line {
    guard !isLinear else { return line + [Span(" ", style)] }
    let fitted = fit(line, width)
    let missing = width - fitted.cells
    return missing > 0 ? fitted + [Span(String(repeating: " ", count: missing), style)] : fitted
  }

  /// One text at the left edge, one at the right; where both do not fit, the left one is cut.
  func spread(_ left: Line, _ right: Line, _ width: Int, style: Style = .normal) -> Line {
    guard !isLinear else { return right.isEmpty ? left : left + [Span(", ", style)] + right }
    let end = right.cells
    guard end > 0, end + 6 < width else { return fit(left, width) }
    return pad(left, width - end - 1, style: style) + [Span(" ", style)] + right
  }

  func rule(_ width: Int) -> Line {
    isLinear ? [] : [Span(String(repeating: glyphs.rule, count: max(0, width)), .dim)]
  }

  private func broken(_ text: String, width: Int, keepingBlanks: Bool = false) -> [String] {
    let width = max(1, width)
    var lines: [String] = []
    var line = ""
    var cells = 0
    func flush() {
      if !keepingBlanks { while line.last == " " { line.removeLast() } }
      lines.append(line)
      line = ""
      cells = 0
    }
    var rest = text[...]
    while !rest.isEmpty {
      let word = rest.prefix { $0 != " " }
      let blanks = rest.dropFirst(word.count).prefix { $0 == " " }
      rest = rest.dropFirst(word.count + blanks.count)
      let size = TextWidth.cells(word)
      if cells > 0, cells + size > width { flush() }
      if size <= width {
        line += word
        cells += size
      } else {
        for character in word {
          let size = TextWidth.cells(character)
          if cells > 0, cells + size > width { flush() }
          guard size <= width else { continue }
          line.append(character)
          cells += size
        }
      }
      for blank in blanks {
        if cells == width {
          // A blank at the edge stays where it is when every character counts, else it is what the line is broken at.
          guard keepingBlanks else { break }
          flush()
        }
        if !keepingBlanks, cells == 0, !lines.isEmpty { break }
        line.append(blank)
        cells += 1
      }
    }
    if !line.isEmpty || lines.isEmpty { flush() }
    return lines
  }
}
