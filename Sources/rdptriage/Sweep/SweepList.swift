import Facts

/// The hosts of a sweep, read from a list or a range that somebody handed in.
struct SweepList: Sendable {
  static let mostHosts = 20_000
  static let mostBytes = 4 << 20
  static let mostLineBytes = 1024

  var targets: [Target] = []
  /// How often a host came again; it is looked at once.
  var repeats = 0

  struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1; nil where the whole list is meant.
    var line: Int?
    var sentence: String
    var description: String { line.map { "Line \($0): \(sentence)" } ?? sentence }
  }

  private var seen: Set<String> = []

  /// One target or range a line; what follows `#` at the beginning or behind a blank is a remark.
  /// - Parameter template: Gives port, gateway and domain where a line names none.
  /// - Throws: what is wrong with the list, five sentences at most.
  init(_ bytes: some Collection<UInt8>, template: Target) throws(SweepProblems) {
    guard bytes.count <= Self.mostBytes else {
      throw SweepProblems([Problem(sentence: "The list is larger than \(Self.mostBytes >> 20) MB.")])
    }
    var problems: [Problem] = []
    var number = 0
    for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
      number += 1
      do throws(Problem) {
        guard line.count <= Self.mostLineBytes else {
          throw Problem(sentence: "it is longer than \(Self.mostLineBytes) bytes.")
        }
        try add(Self.content(of: line, isFirst: number == 1), template)
      } catch {
        if error.line == 0 { throw SweepProblems([Problem(sentence: error.sentence)]) }
        problems.append(Problem(line: number, sentence: error.sentence))
        if problems.count == 5 { break }
      }
    }
    guard problems.isEmpty else { throw SweepProblems(problems) }
    seen = []
  }

  private static func content(of line: some Collection<UInt8>, isFirst: Bool) -> Substring {
    var text = String(decoding: line, as: UTF8.self)
    if isFirst, text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    var end = text.startIndex
    var isBehindBlank = true
    while end < text.endIndex, !(text[end] == "#" && isBehindBlank) {
      isBehindBlank = Self.isBlank(text[end])
      end = text.index(after: end)
    }
    var content = text[..<end].drop(while: Self.isBlank)
    while let last = content.last, Self.isBlank(last) { content.removeLast() }
    return content
  }

  private static func isBlank(_ character: Character) -> Bool {
    character == " " || character == "\t" || character == "\r"
  }

  private mutating func add(_ text: Substring, _ template: Target) throws(Problem) {
    guard !text.isEmpty else { return }
    if let range = try AddressRange(text, defaultPort: template.port) {
      guard range.count <= Self.mostHosts else { throw Self.tooMany }
      for address in range.first...range.last {
        try add(Target(host: .ipv4(AddressRange.text(address)), port: range.port), like: template)
      }
      return
    }
    let target: Target
    do throws(TargetError) {
      target = try Target(String(text), defaultPort: template.port)
    } catch {
      throw Problem(sentence: error.description)
    }
    try add(target, like: template)
  }

  private mutating func add(_ target: Target, like template: Target) throws(Problem) {
    var name = target.hostText.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    guard seen.insert("\(name) \(target.port)").inserted else {
      repeats += 1
      return
    }
    guard targets.count < Self.mostHosts else { throw Self.tooMany }
    var target = target
    target.gateway = template.gateway
    target.domain = template.domain
    target.certificateName = template.certificateName
    targets.append(target)
  }

  private static let tooMany = Problem(
    line: 0, sentence: "These are more than \(mostHosts) hosts, which is the most that one sweep looks at.")
}

/// Why a list is not taken.
struct SweepProblems: Error {
  var all: [SweepList.Problem]
  init(_ all: [SweepList.Problem]) { self.all = all }
}

/// IPv4 addresses as `192.0.2.0/24`, `192.0.2.7-192.0.2.20` or `192.0.2.7-20`, with a port behind a colon.
struct AddressRange: Hashable, Sendable {
  var first: UInt32
  var last: UInt32
  var port: UInt16

  var count: Int { Int(last) - Int(first) + 1 }

  /// - Returns: nil where the text is no range at all.
  /// - Throws: what is wrong with a text that is meant as one.
  init?(_ text: Substring, defaultPort: UInt16) throws(SweepList.Problem) {
    guard let sign = text.firstIndex(where: { $0 == "/" || $0 == "-" }) else { return nil }
    let left = text[..<sign]
    if text[sign] == "/", left.contains(":"), AddressText.isIPv6(left) {
      throw .init(sentence: "ranges of IPv6 addresses are too large to be looked at: list the hosts.")
    }
    guard let from = Self.number(left) else { return nil }
    let parts = text[text.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
    port = defaultPort
    if parts.count > 1 {
      do throws(TargetError) {
        port = try Target("host:\(parts[1])").port
      } catch {
        throw .init(sentence: error.description)
      }
    }
    let right = parts[0]
    guard parts.count <= 2 else { throw Self.misspelt }
    if text[sign] == "/" {
      guard (1...2).contains(right.utf8.count), let length = UInt32(right), length <= 32 else {
        throw Self.misspelt
      }
      let mask: UInt32 = length == 0 ? 0 : ~0 << (32 - length)
      // The addresses of the network itself and of everybody in it are no hosts (RFC 3021: but for pairs).
      let margin: UInt32 = length < 31 ? 1 : 0
      (first, last) = ((from & mask) + margin, (from | ~mask) - margin)
    } else {
      first = from
      if let whole = Self.number(right) {
        last = whole
      } else if (1...3).contains(right.utf8.count), let byte = UInt8(right) {
        last = from & ~0xFF | UInt32(byte)
      } else {
        throw Self.misspelt
      }
      guard first <= last else { throw .init(sentence: "the range ends before it begins.") }
    }
  }

  static func text(_ address: UInt32) -> String {
    [24, 16, 8, 0].map { String(address >> UInt32($0) & 0xFF) }.joined(separator: ".")
  }

  private static func number(_ text: Substring) -> UInt32? {
    guard AddressText.isIPv4(text) else { return nil }
    return text.split(separator: ".").reduce(0) { $0 << 8 | UInt32(UInt8($1) ?? 0) }
  }

  private static let misspelt = SweepList.Problem(
    sentence: "ranges are written 192.0.2.0/24, 192.0.2.7-20 or 192.0.2.7-192.0.2.20.")
}
