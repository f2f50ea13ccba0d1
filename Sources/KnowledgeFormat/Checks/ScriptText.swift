internal import Diagnosis

/// What can be told of a command by its text.
enum ScriptText {
  /// The insides of the blocks that another machine runs.
  static func remoteBlocks(of text: String) -> [String] {
    let bytes = Array(text.utf8)
    let low = Array(text.lowercased().utf8)
    var blocks: [String] = []
    var index = 0
    while let start = find("-scriptblock", in: low, from: index) {
      guard let open = low[start...].firstIndex(of: UInt8(ascii: "{")) else { break }
      var depth = 0
      var end = open
      while end < bytes.count {
        if bytes[end] == UInt8(ascii: "{") { depth += 1 }
        if bytes[end] == UInt8(ascii: "}") { depth -= 1 }
        if depth == 0 { break }
        end += 1
      }
      // A block without a machine runs here.
      let before = String(decoding: low[..<start], as: UTF8.self)
      if before.contains("-computername") || before.contains("-session") || before.contains("-vmname") {
        blocks.append(String(decoding: bytes[(open + 1)..<max(open + 1, end)], as: UTF8.self))
      }
      index = max(end, start + 1)
    }
    return blocks
  }

  private static func find(_ word: String, in bytes: [UInt8], from start: Int) -> Int? {
    let word = Array(word.utf8)
    guard bytes.count >= word.count else { return nil }
    return (start...max(start, bytes.count - word.count)).first {
      $0 + word.count <= bytes.count && bytes[$0..<($0 + word.count)].elementsEqual(word)
    }
  }

  /// A command that asks unless it is told not to.
  static func unforced(_ text: String) -> (command: String, missing: String)? {
    for part in parts(of: text) {
      for (start, missing) in [
        ("reg add", "/f"), ("reg delete", "/f"), ("reg export", "/y"), ("net stop", "/y"),
        ("dism /online /add-package", "/quiet"), ("dism /online /remove-package", "/quiet"),
      ] where part.contains(start) && !part.contains(missing) {
        return (start, missing)
      }
    }
    return nil
  }

  static func stopsTermService(_ text: String) -> Bool {
    parts(of: text).contains { part in
      part.contains("termservice")
        && ["restart-service", "stop-service", "net stop", " stop ", "stop-process"].contains(
          where: part.contains)
    }
  }

  static func changes(_ text: String) -> Bool {
    let low = text.lowercased()
    return [
      "reg add", "reg delete", "set-itemproperty", "remove-itemproperty", "new-itemproperty", "/grant",
      "rename-item", "\nren ", "& ren ", "set address", "-dhcp enabled",
    ].contains(where: low.contains)
  }

  /// Files by their full Windows paths.
  static func files(in text: String) -> [String] {
    text.split { " ,;\"'()".contains($0) }.map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
      .filter { word in
        let drive = word.prefix(3)
        return drive.count == 3 && drive.first?.isLetter == true && drive.hasSuffix(":\\")
          && [".reg", ".txt", ".inf", ".xml", ".csv"].contains(where: word.lowercased().hasSuffix)
      }.map(String.init)
  }

  /// The mark that is open at the end, or was closed without being open; nil when all is closed.
  static func unclosed(_ text: String, _ shell: Fix.Shell) -> Character? {
    var open: [Character] = []
    var quote: Character?
    var previous: Character = " "
    let escape: Character? = shell == .powershell ? "`" : shell == .bash ? "\\" : nil
    let pairs: [Character: Character] = [")": "(", "}": "{", "]": "["]
    for mark in text {
      defer { previous = mark == previous && mark == escape ? " " : mark }
      if previous == escape, quote != "'" { continue }
      if let current = quote {
        if mark == current { quote = nil }
        continue
      }
      switch mark {
      case "\"": quote = mark
      case "'" where shell != .cmd: quote = mark
      case _ where shell != .powershell: break
      case "(", "{", "[": open.append(mark)
      case ")", "}", "]":
        guard open.last == pairs[mark] else { return mark }
        open.removeLast()
      default: break
      }
    }
    return quote ?? open.last
  }

  /// The single commands of a text, in lower case.
  private static func parts(of text: String) -> [String] {
    text.lowercased().split { ";&|\n".contains($0) }.map(String.init)
  }
}
