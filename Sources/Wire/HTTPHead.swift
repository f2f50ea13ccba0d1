/// The status line and the header fields of an HTTP/1 response (RFC 9112 sections 4 and 5).
public struct HTTPHead: Hashable, Sendable {
  /// A header field (RFC 9110 section 5).
  public struct Field: Hashable, Sendable {
    /// As sent; compared without regard to case.
    public var name: String
    /// Without the space around it.
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The digits after `HTTP/`, for example `1.1`.
  public var version: String
  /// 100 to 999.
  public var status: Int
  /// As sent, often empty. Some servers give their reason for a refusal here.
  public var reason: String
  /// In the order in which they were sent.
  public var fields: [Field]

  /// A head of more bytes is not read.
  public static let longest = 16384
  /// Of more fields those in front are kept.
  public static let mostFields = 100

  public init(version: String = "1.1", status: Int, reason: String = "", fields: [Field] = []) {
    self.version = version
    self.status = status
    self.reason = reason
    self.fields = fields
  }

  /// The number of bytes of the head that begins here, the empty line included.
  ///
  /// - Parameter start: Bytes before it were looked at already, and hold no end.
  /// - Throws: `truncated` when the end is not there yet; another error when this is no HTTP/1 response, or its head is
  ///   longer than ``longest``.
  public static func length(_ bytes: [UInt8], from start: Int = 0) throws(DecodeError) -> Int {
    for (index, byte) in "HTTP/1.".utf8.enumerated() {
      guard index < bytes.count else { throw .truncated(field: "status line", at: bytes.count) }
      guard bytes[index] == byte else {
        throw .unexpected(field: "status line", at: index, got: UInt64(bytes[index]), want: "HTTP/1")
      }
    }
    // A line ends in LF, with or without CR before it (RFC 9112 section 2.2).
    var index = max(0, min(start, bytes.count) - 3)
    let end = min(bytes.count, longest)
    while index < end {
      if bytes[index] == newLine {
        if index + 1 < end, bytes[index + 1] == newLine { return index + 2 }
        if index + 2 < end, bytes[index + 1] == carriageReturn, bytes[index + 2] == newLine {
          return index + 3
        }
      }
      index += 1
    }
    guard bytes.count < longest else {
      throw .unexpected(
        field: "head length", at: longest, got: UInt64(bytes.count), want: "\(longest) or less")
    }
    throw .truncated(field: "head", at: bytes.count)
  }

  /// Reads the head at the front; what follows it is not looked at. Lines that are no header field are passed over.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    let head = bytes.prefix(try Self.length(bytes))
    var lines = head.split(separator: Self.newLine, omittingEmptySubsequences: true)[...]
    guard let first = lines.popFirst() else { throw .truncated(field: "status line", at: 0) }
    let parts = Self.text(first).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    version = String(parts[0].dropFirst(5).prefix(8))
    guard parts.count > 1, parts[1].utf8.count == 3, let status = Int(parts[1]), status >= 100 else {
      throw .malformed(field: "status code", at: 9, reason: "it is no number of three digits")
    }
    self.status = status
    reason = parts.count > 2 ? String(parts[2]) : ""
    fields = []
    for line in lines where fields.count < Self.mostFields {
      // A line that begins with space goes on with the one before it (RFC 9112 section 5.2).
      if line.first == Self.space || line.first == Self.tab {
        if !fields.isEmpty { fields[fields.count - 1].value += " " + Self.text(line) }
      } else if let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex {
        fields.append(Field(Self.text(line[..<colon]), Self.text(line[line.index(after: colon)...])))
      }
    }
  }

  /// Of the first field of this name.
  public subscript(name: String) -> String? { values(of: name).first }

  /// Of every field of this name, in order.
  public func values(of name: String) -> [String] {
    let wanted = name.lowercased()
    return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
  }

  /// What the server demands to know who asks: the challenges of `WWW-Authenticate` (RFC 9110 section 11.6.1).
  public var challenges: [HTTPChallenge] {
    values(of: "WWW-Authenticate").flatMap { HTTPChallenge.list($0) }
  }

  /// How the end of the body is told (RFC 9112 section 6.3).
  public enum BodyLength: Hashable, Sendable {
    case bytes(Int)
    case chunked
    case untilClose
  }

  /// - Parameter method: Of the request.
  public func bodyLength(method: String) -> BodyLength {
    if method == "HEAD" || status < 200 || status == 204 || status == 304 { return .bytes(0) }
    if values(of: "Transfer-Encoding").contains(where: { $0.lowercased().hasSuffix("chunked") }) {
      return .chunked
    }
    guard let text = self["Content-Length"] else { return .untilClose }
    let isNumber = !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
    return isNumber ? .bytes(Int(text) ?? .max) : .untilClose
  }

  private static let newLine = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let space = UInt8(ascii: " ")
  private static let tab = UInt8(ascii: "\t")

  private static func text(_ line: ArraySlice<UInt8>) -> String {
    func isSpace(_ byte: UInt8?) -> Bool { byte == space || byte == tab || byte == carriageReturn }
    var line = line
    while isSpace(line.first) { line.removeFirst() }
    while isSpace(line.last) { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }
}

/// One way in which a server lets itself be told who asks (RFC 9110 section 11.3).
public struct HTTPChallenge: Hashable, Sendable {
  /// For example `Negotiate`, as sent.
  public var scheme: String
  /// What follows the scheme: parameters, or data such as an NTLM message in Base64. Often empty.
  public var rest: String

  public init(scheme: String, rest: String = "") {
    self.scheme = scheme
    self.rest = rest
  }

  static let most = 16

  /// The challenges of one field, which commas separate; so they do the parameters of one challenge.
  static func list(_ value: String) -> [HTTPChallenge] {
    var challenges: [HTTPChallenge] = []
    for part in parts(value) {
      let word = part.prefix { $0 != " " && $0 != "\t" && $0 != "=" }
      let after = part[word.endIndex...].drop { $0 == " " || $0 == "\t" }
      if !word.isEmpty, after.first != "=" || challenges.isEmpty {
        guard challenges.count < most else { break }
        challenges.append(HTTPChallenge(scheme: String(word), rest: String(after)))
      } else if !challenges.isEmpty {
        let last = challenges.count - 1
        challenges[last].rest += challenges[last].rest.isEmpty ? part : ", " + part
      }
    }
    return challenges
  }

  /// Cut at commas that are not inside quotes.
  private static func parts(_ value: String) -> [String] {
    var parts: [String] = [""]
    var isQuoted = false
    var isEscaped = false
    for character in value {
      if isEscaped {
        isEscaped = false
      } else if isQuoted, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == ",", !isQuoted {
        parts.append("")
        continue
      }
      if !(parts[parts.count - 1].isEmpty && (character == " " || character == "\t")) {
        parts[parts.count - 1].append(character)
      }
    }
    return parts.filter { !$0.isEmpty }
  }
}

/// The body of a response in chunks (RFC 9112 section 7.1).
public struct HTTPChunks: Hashable, Sendable {
  /// As far as it is there.
  public var body: [UInt8]
  /// The last chunk is there.
  public var isWhole: Bool

  /// Bytes of the body.
  public static let longest = 65536

  /// Reads as much as is there; what follows the last chunk is passed over.
  public init(decoding bytes: ArraySlice<UInt8>) throws(DecodeError) {
    body = []
    isWhole = false
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let digits = rest[..<end].prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "\r") && $0 != 32 }
      guard (1...7).contains(digits.count),
        let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0
      else {
        throw .malformed(
          field: "chunk size", at: rest.startIndex - bytes.startIndex, reason: "it is no number")
      }
      rest = rest[(end + 1)...]
      if size == 0 {
        isWhole = true
        return
      }
      body += rest.prefix(size)
      guard body.count <= Self.longest else {
        throw .unexpected(
          field: "body", at: rest.startIndex - bytes.startIndex, got: UInt64(body.count),
          want: "\(Self.longest) bytes or less")
      }
      rest = rest.dropFirst(size)
      // The line end after the data.
      if rest.first == UInt8(ascii: "\r") { rest = rest.dropFirst() }
      if rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
    }
    // A size line is short.
    guard rest.count <= 256 else {
      throw .unexpected(field: "chunk size", at: 0, got: UInt64(rest.count), want: "a short line")
    }
  }
}
