extension Tree {
  /// JSON (RFC 8259) on several lines, two blanks a level; the same tree gives the same text. A number that JSON cannot hold is `null`.
  public var json: String {
    var out: [UInt8] = []
    write(to: &out, indent: 0)
    return String(decoding: out, as: UTF8.self)
  }

  private func write(to out: inout [UInt8], indent: Int) {
    func begin(_ level: Int) {
      out.append(UInt8(ascii: "\n"))
      out += repeatElement(UInt8(ascii: " "), count: 2 * level)
    }
    switch self {
    case .null: out += "null".utf8
    case .flag(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number): out += "\(number)".utf8
    case .large(let number): out += "\(number)".utf8
    case .number(let number): out += (number.isFinite ? "\(number)" : "null").utf8
    case .text(let text): Self.write(text, to: &out)
    case .list(let items):
      guard !items.isEmpty else {
        out += "[]".utf8
        return
      }
      for (index, item) in items.enumerated() {
        out.append(UInt8(ascii: index == 0 ? "[" : ","))
        begin(indent + 1)
        item.write(to: &out, indent: indent + 1)
      }
      begin(indent)
      out.append(UInt8(ascii: "]"))
    case .table(let fields):
      guard !fields.isEmpty else {
        out += "{}".utf8
        return
      }
      for (index, field) in fields.enumerated() {
        out.append(UInt8(ascii: index == 0 ? "{" : ","))
        begin(indent + 1)
        Self.write(field.name, to: &out)
        out += ": ".utf8
        field.value.write(to: &out, indent: indent + 1)
      }
      begin(indent)
      out.append(UInt8(ascii: "}"))
    }
  }

  private static func write(_ text: String, to out: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x0A: out += "\\n".utf8
      case 0x0D: out += "\\r".utf8
      case 0x09: out += "\\t".utf8
      case ..<0x20, 0x7F: out += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  /// Reads JSON (RFC 8259), strictly: no field twice, nothing behind the value, nesting of at most 32 levels.
  ///
  /// - Throws: ``TreeError`` with the line.
  public init(json bytes: [UInt8]) throws(TreeError) {
    var reader = JSONReader(bytes)
    self = try reader.whole()
  }
}

private struct JSONReader {
  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0
  private static let deepest = 32

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  private func fault(_ reason: String) -> TreeError {
    let line = 1 + bytes.prefix(place).count { $0 == 0x0A }
    return TreeError(place: "line \(line)", reason: reason)
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  mutating func whole() throws(TreeError) -> Tree {
    let tree = try value()
    skipBlanks()
    guard place == bytes.count else { throw fault("something follows behind the end") }
    return tree
  }

  private mutating func value() throws(TreeError) -> Tree {
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try nested { (reader) throws(TreeError) in try reader.table() }
    case UInt8(ascii: "["): return try nested { (reader) throws(TreeError) in try reader.list() }
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .flag(true))
    case UInt8(ascii: "f"): return try word("false", .flag(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw fault("it ends too early")
    default: return try number()
    }
  }

  private mutating func nested(
    _ read: (inout Self) throws(TreeError) -> Tree
  ) throws(TreeError) -> Tree {
    depth += 1
    guard depth <= Self.deepest else { throw fault("it is nested more than \(Self.deepest) levels deep") }
    place += 1
    let tree = try read(&self)
    depth -= 1
    return tree
  }

  private mutating func list() throws(TreeError) -> Tree {
    var items: [Tree] = []
    skipBlanks()
    if take("]") { return .list([]) }
    repeat {
      items.append(try value())
      skipBlanks()
    } while take(",")
    guard take("]") else { throw fault("a comma or ] is missing") }
    return .list(items)
  }

  private mutating func table() throws(TreeError) -> Tree {
    var fields: [Tree.Field] = []
    var names: Set<String> = []
    skipBlanks()
    if take("}") { return .table([]) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw fault("the name of a field is missing") }
      let name = try text()
      guard names.insert(name).inserted else {
        throw fault("“\(SafeText.clean(name, limit: 40))” stands there twice")
      }
      skipBlanks()
      guard take(":") else { throw fault("a colon is missing") }
      fields.append(.init(name, try value()))
      skipBlanks()
    } while take(",")
    guard take("}") else { throw fault("a comma or } is missing") }
    return .table(fields)
  }

  private mutating func word(_ word: String, _ tree: Tree) throws(TreeError) -> Tree {
    guard bytes[place...].starts(with: word.utf8) else { throw fault("it is no JSON") }
    place += word.utf8.count
    return tree
  }

  private mutating func number() throws(TreeError) -> Tree {
    let start = place
    while let byte = next, (48...57).contains(byte) || "+-.eE".utf8.contains(byte) { place += 1 }
    let digits = bytes[start..<place]
    let body = digits.first == UInt8(ascii: "-") ? digits.dropFirst() : digits
    let text = String(decoding: digits, as: UTF8.self)
    guard let first = body.first, (48...57).contains(first),
      body.count == 1 || first != 48 || !(48...57).contains(body[body.startIndex + 1]), body.count <= 400
    else { throw fault("it is no JSON") }
    if let whole = Int(text) { return .integer(whole) }
    if let large = UInt64(text) { return .large(large) }
    guard let number = Double(text), number.isFinite, (48...57).contains(digits.last ?? 0) else {
      throw fault("“\(SafeText.clean(text, limit: 40))” is no number")
    }
    return .number(number)
  }

  private mutating func text() throws(TreeError) -> String {
    place += 1
    var plain: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        guard let text = String(validating: plain, as: UTF8.self) else { throw fault("it is no UTF-8") }
        return text
      case UInt8(ascii: "\\"):
        place += 1
        try escape(into: &plain)
      case ..<0x20: throw fault("a control character stands in a text")
      default:
        plain.append(byte)
        place += 1
      }
    }
    throw fault("a text does not end")
  }

  private mutating func escape(into plain: inout [UInt8]) throws(TreeError) {
    guard let letter = next else { throw fault("a text does not end") }
    place += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(letter)
    case UInt8(ascii: "b"): plain.append(0x08)
    case UInt8(ascii: "f"): plain.append(0x0C)
    case UInt8(ascii: "n"): plain.append(0x0A)
    case UInt8(ascii: "r"): plain.append(0x0D)
    case UInt8(ascii: "t"): plain.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try unit()
      if (0xD800...0xDBFF).contains(unit) {
        guard take("\\"), take("u") else { throw fault("half a character stands in a text") }
        let low = try self.unit()
        guard (0xDC00...0xDFFF).contains(low) else { throw fault("half a character stands in a text") }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw fault("half a character stands in a text") }
      plain += Array(String(Character(scalar)).utf8)
    default: throw fault("an escape is unknown")
    }
  }

  private mutating func unit() throws(TreeError) -> UInt32 {
    let digits = bytes[place...].prefix(4)
    guard digits.count == 4, digits.allSatisfy(\.isHexDigit),
      let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("an escape is unknown") }
    place += 4
    return unit
  }
}
