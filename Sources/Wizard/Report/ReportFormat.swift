/// How a report is written down. Everything that came from outside is escaped for the format.
public enum ReportFormat: String, Sendable, CaseIterable {
  case plain, markdown, jira, servicenow, html

  public func text(of report: CaseReport) -> String {
    switch self {
    case .plain: PlainText().text(of: report)
    case .markdown: Markdown().text(of: report)
    case .jira: JiraMarkup().text(of: report)
    case .servicenow: "[code]\(HTMLMarkup.body(of: report))[/code]\n"
    case .html: HTMLMarkup.page(of: report)
    }
  }
}

/// A format that is lines of text.
private protocol LineFormat {
  func title(_ text: String) -> String
  func heading(_ text: String) -> String
  func fact(_ name: String, _ value: String) -> String
  func item(_ text: String) -> String
  func command(_ text: String) -> String
  func paragraph(_ text: String) -> String
}

extension LineFormat {
  func text(of report: CaseReport) -> String {
    var blocks = [title(report.title)]
    for section in report.sections {
      var lines: [String] = section.heading.map { [heading($0)] } ?? []
      for line in section.lines {
        switch line {
        case .fact(let name, let value): lines.append(fact(name, value))
        case .item(let text): lines.append(item(text))
        case .command(let text): lines.append(command(text))
        case .text(let text): lines.append(paragraph(text))
        }
      }
      blocks.append(lines.joined(separator: "\n"))
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }
}

private struct PlainText: LineFormat {
  func title(_ text: String) -> String { text }
  func heading(_ text: String) -> String { text }
  func fact(_ name: String, _ value: String) -> String { "\(name): \(value)" }
  func item(_ text: String) -> String { "- \(text)" }
  func command(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }
  func paragraph(_ text: String) -> String { text }
}

/// CommonMark 0.31, with the line break of two blanks after facts.
private struct Markdown: LineFormat {
  func title(_ text: String) -> String { "# \(escaped(text))" }
  func heading(_ text: String) -> String { "## \(escaped(text))\n" }
  func fact(_ name: String, _ value: String) -> String { "**\(escaped(name)):** \(escaped(value))  " }
  func item(_ text: String) -> String { "- \(escaped(text))" }
  func paragraph(_ text: String) -> String { "\(escaped(text))  " }

  /// The fence is longer than every run of backticks inside (section 4.5).
  func command(_ text: String) -> String {
    var longest = 0
    var run = 0
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\n\(fence)\n\(text)\n\(fence)\n"
  }

  /// Section 2.4: any punctuation may stand behind a backslash.
  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "\\`*_{}[]<>()#+!|~&".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}

/// Jira's text formatting notation.
private struct JiraMarkup: LineFormat {
  func title(_ text: String) -> String { "h2. \(escaped(text))" }
  func heading(_ text: String) -> String { "h3. \(escaped(text))" }
  func fact(_ name: String, _ value: String) -> String { "*\(escaped(name)):* \(escaped(value))" }
  func item(_ text: String) -> String { "* \(escaped(text))" }
  func paragraph(_ text: String) -> String { escaped(text) }

  /// The block has no escape for its own end mark, which is therefore taken apart.
  func command(_ text: String) -> String {
    "{noformat}\n\(parted(text))\n{noformat}"
  }

  private func parted(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let brace = rest.firstIndex(of: "{") {
      result += rest[...brace]
      rest = rest[rest.index(after: brace)...]
      if rest.lowercased().hasPrefix("noformat") { result += " " }
    }
    return result + rest
  }

  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "\\{}[]*_-+^~?!|#".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}

/// One page that loads nothing, and the same body for ticket systems that take HTML.
private enum HTMLMarkup {
  static func page(of report: CaseReport) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width">
    <title>\(escaped(report.title))</title>
    <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em; }
    h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 1.5em; }
    dt { float: left; width: 7em; font-weight: bold; } dd { margin-left: 7em; }
    pre { background: #eee; color: #111; padding: .6em; overflow-x: auto; }
    @media print { pre { white-space: pre-wrap; } }
    </style>
    </head>
    <body>
    \(body(of: report))</body>
    </html>

    """
  }

  static func body(of report: CaseReport) -> String {
    var text = "<h1>\(escaped(report.title))</h1>\n"
    for section in report.sections {
      if let heading = section.heading { text += "<h2>\(escaped(heading))</h2>\n" }
      var open: String?
      func begin(_ element: String?) {
        guard open != element else { return }
        if let open { text += "</\(open)>\n" }
        if let element { text += "<\(element)>\n" }
        open = element
      }
      for line in section.lines {
        switch line {
        case .fact(let name, let value):
          begin("dl")
          text += "<dt>\(escaped(name))</dt><dd>\(escaped(value))</dd>\n"
        case .item(let item):
          begin("ul")
          text += "<li>\(escaped(item))</li>\n"
        case .command(let command):
          begin(nil)
          text += "<pre>\(escaped(command))</pre>\n"
        case .text(let paragraph):
          begin(nil)
          text += "<p>\(escaped(paragraph))</p>\n"
        }
      }
      begin(nil)
    }
    return text
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // ServiceNow ends its own block at this mark wherever it stands.
      case "[": result += "&#91;"
      case "]": result += "&#93;"
      default: result.append(character)
      }
    }
  }
}
