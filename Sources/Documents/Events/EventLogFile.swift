import Facts

/// An `.evtx` file: chunks of 64 KiB, each with records of binary XML (Windows Event Log file format, "BinXml").
///
/// Every offset of the file is checked against its chunk. What a chunk makes of its bytes is bounded, since a template may be used
/// and a value be shown any number of times.
public struct EventLogFile: Sendable {
  /// Of Remote Desktop and what concerns it, in the order of the file.
  public let events: [LogEvent]
  public let recordsRead: Int
  public let recordsUnreadable: Int
  /// Parts of the file without the mark that each begins with, or with another one.
  public let chunksDamaged: Int
  /// The times of the first and the last entry, of whatever program.
  public let first: Timestamp?
  public let last: Timestamp?

  /// - Returns: nil when the bytes are no event log.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4096, bytes.starts(with: "ElfFile\0".utf8) else { return nil }
    var events: [LogEvent] = []
    var read = 0
    var unreadable = 0
    var damaged = 0
    var times: (first: Timestamp, last: Timestamp)?
    var start = 4096
    while start < bytes.count, events.count < LogEvent.countLimit {
      let end = min(start + Chunk.size, bytes.count)
      if bytes[start..<end].starts(with: "ElfChnk\0".utf8) {
        var chunk = Chunk(Array(bytes[start..<end]))
        chunk.readRecords()
        read += chunk.read
        unreadable += chunk.unreadable
        events += chunk.events.prefix(LogEvent.countLimit - events.count)
        if let span = chunk.times {
          times = (min(times?.first ?? span.first, span.first), max(times?.last ?? span.last, span.last))
        }
      } else if bytes[start..<end].contains(where: { $0 != 0 }) {
        damaged += 1
      }
      start += Chunk.size
    }
    self.events = events
    recordsRead = read
    recordsUnreadable = unreadable
    chunksDamaged = damaged
    first = times?.first
    last = times?.last
  }
}

private struct Chunk {
  static let size = 65536
  private static let headerSize = 512
  private static let depthLimit = 6

  let bytes: [UInt8]
  private(set) var events: [LogEvent] = []
  private(set) var read = 0
  private(set) var unreadable = 0
  private(set) var times: (first: Timestamp, last: Timestamp)?
  /// Tokens and characters that may still be made of this chunk.
  private var budget = 16 * size

  struct Broken: Error {}

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func readRecords() {
    var start = Self.headerSize
    while start + 24 <= bytes.count, budget > 0 {
      // "**" and two zero bytes begin a record; its size counts the header and the copy of the size at its end.
      guard let magic = try? word(at: start), magic == 0x2A2A, let size = try? word(at: start + 4),
        size >= 28,
        Int(size) <= bytes.count - start
      else { break }
      var builder = EventBuilder()
      var place = start + 24
      do {
        try fragment(&place, end: start + Int(size) - 4, values: [], in: .outside, depth: 0, into: &builder)
        read += 1
        if let event = builder.finished {
          if let time = event.time {
            times = (min(times?.first ?? time, time), max(times?.last ?? time, time))
          }
          if event.isOfRemoteDesktop { events.append(event) }
        }
      } catch {
        unreadable += 1
      }
      start += Int(size)
    }
  }

  /// Whether elements carry the number of the gap on which they depend: only those of a template have gaps.
  private enum Place { case template, outside }

  private struct Value {
    let kind: UInt8
    let range: Range<Int>
  }

  // MARK: Numbers and names

  private func byte(at place: Int) throws(Broken) -> UInt8 {
    guard bytes.indices.contains(place) else { throw Broken() }
    return bytes[place]
  }

  private func half(at place: Int) throws(Broken) -> UInt16 {
    guard place >= 0, place <= bytes.count - 2 else { throw Broken() }
    return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
  }

  private func word(at place: Int) throws(Broken) -> UInt32 {
    UInt32(try half(at: place)) | UInt32(try half(at: place + 2)) << 16
  }

  private mutating func spend(_ amount: Int) throws(Broken) {
    budget -= amount
    guard budget > 0 else { throw Broken() }
  }

  private mutating func characters(_ count: Int, at place: Int) throws(Broken) -> String {
    guard count >= 0, place >= 0, place <= bytes.count - count * 2 else { throw Broken() }
    try spend(count)
    var units: [UInt16] = []
    units.reserveCapacity(count)
    for index in 0..<count {
      units.append(UInt16(bytes[place + index * 2]) | UInt16(bytes[place + index * 2 + 1]) << 8)
    }
    while units.last == 0 { units.removeLast() }
    return String(decoding: units, as: UTF16.self)
  }

  /// A name is given by its offset in the chunk; where that is here, the name stands here and is passed over.
  private mutating func name(_ place: inout Int) throws(Broken) -> String {
    let offset = Int(try word(at: place))
    place += 4
    let count = Int(try half(at: offset + 6))
    guard count <= 256 else { throw Broken() }
    let name = try characters(count, at: offset + 8)
    if offset == place { place += 10 + count * 2 }
    return name
  }

  // MARK: Binary XML

  private mutating func fragment(
    _ place: inout Int, end: Int, values: [Value], in surroundings: Place, depth: Int,
    into builder: inout EventBuilder
  ) throws(Broken) {
    guard depth <= Self.depthLimit else { throw Broken() }
    var attribute: (name: String, value: String)?
    func put(_ text: String) {
      if attribute != nil { attribute?.value += text } else { builder.add(text) }
    }
    func flush() {
      if let known = attribute { builder.attribute(known.name, known.value) }
      attribute = nil
    }
    while place < end {
      try spend(1)
      let token = try byte(at: place)
      place += 1
      switch token {
      case 0x00: return
      case 0x0F: place += 3
      case 0x01, 0x41:
        place += surroundings == .template ? 6 : 4
        let element = try name(&place)
        if token == 0x41 { place += 4 }
        builder.open(element)
        guard builder.isSound else { throw Broken() }
      case 0x06, 0x46:
        flush()
        attribute = (try name(&place), "")
      case 0x02: flush()
      case 0x03, 0x04:
        flush()
        builder.close()
      case 0x05, 0x45:
        let count = Int(try half(at: place + 1))
        put(try characters(count, at: place + 3))
        place += 3 + count * 2
      case 0x07, 0x47, 0x0B, 0x4B:
        let count = Int(try half(at: place))
        let text = try characters(count, at: place + 2)
        if token & 0x0F == 0x07 { put(text) }
        place += 2 + count * 2
      case 0x08, 0x48:
        if let scalar = Unicode.Scalar(try half(at: place)) { put(String(scalar)) }
        place += 2
      case 0x09, 0x49:
        let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        put(entities[try name(&place)] ?? "")
      case 0x0A, 0x4A: _ = try name(&place)
      case 0x0C, 0x4C: try template(&place, end: end, depth: depth, into: &builder)
      case 0x0D, 0x0E, 0x4D, 0x4E:
        let index = Int(try half(at: place))
        place += 3
        guard values.indices.contains(index) else { break }
        let value = values[index]
        if value.kind == 0x21 {
          var inner = value.range.lowerBound
          try fragment(
            &inner, end: value.range.upperBound, values: [], in: .outside, depth: depth + 1, into: &builder)
        } else {
          put(try text(of: value))
        }
      default: throw Broken()
      }
    }
  }

  /// A template's definition stands at its first use; then come the values for its gaps.
  private mutating func template(
    _ place: inout Int, end: Int, depth: Int, into builder: inout EventBuilder
  ) throws(Broken) {
    let definition = Int(try word(at: place + 5))
    place += 9
    let length = Int(try word(at: definition + 20))
    guard length <= bytes.count - definition - 24 else { throw Broken() }
    if definition == place { place += 24 + length }
    let count = Int(try word(at: place))
    place += 4
    guard count <= (bytes.count - place) / 4 else { throw Broken() }
    try spend(count)
    var data = place + count * 4
    var values: [Value] = []
    values.reserveCapacity(count)
    for index in 0..<count {
      let size = Int(try half(at: place + index * 4))
      guard size <= bytes.count - data else { throw Broken() }
      values.append(Value(kind: try byte(at: place + index * 4 + 2), range: data..<(data + size)))
      data += size
    }
    place = data
    var body = definition + 24
    try fragment(
      &body, end: definition + 24 + length, values: values, in: .template, depth: depth + 1, into: &builder)
  }

  private mutating func text(of value: Value) throws(Broken) -> String {
    let start = value.range.lowerBound
    let count = value.range.count
    try spend(8)
    func number() -> UInt64 {
      bytes[value.range].prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    func signed() -> Int64 {
      let unused = UInt64(max(0, 64 - count * 8))
      return Int64(bitPattern: number() << unused) >> unused
    }
    guard count > 0 else { return "" }
    switch value.kind {
    case 0x01: return try characters(count / 2, at: start)
    case 0x81:
      return try characters(count / 2, at: start).split(separator: "\0").joined(separator: ", ")
    case 0x02:
      try spend(count)
      return String(decoding: bytes[value.range], as: UTF8.self)
    case 0x03, 0x05, 0x07, 0x09: return String(signed())
    case 0x04, 0x06, 0x08, 0x0A, 0x10: return String(number())
    case 0x0D: return number() == 0 ? "false" : "true"
    case 0x11: return Timestamp(fileTime: number()).iso
    case 0x14, 0x15: return "0x" + String(number(), radix: 16)
    case 0x13: return securityID(bytes[value.range])
    default: return ""
    }
  }

  /// [MS-DTYP] 2.4.2.2.
  private func securityID(_ bytes: ArraySlice<UInt8>) -> String {
    let bytes = Array(bytes)
    guard bytes.count >= 8, bytes.count == 8 + Int(bytes[1]) * 4, bytes[1] <= 15 else { return "" }
    let authority = bytes[2..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    var text = "S-\(bytes[0])-\(authority)"
    for part in stride(from: 8, to: bytes.count, by: 4) {
      text += "-\(bytes[part..<(part + 4)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })"
    }
    return text
  }
}

extension Timestamp {
  /// Tenths of microseconds since 1601-01-01 UTC, [MS-DTYP] 2.3.3.
  init(fileTime: UInt64) { self.init(seconds: Double(fileTime) / 1e7 - 11_644_473_600) }

  /// `2024-05-06T20:10:13.123Z`, or what `text` gives for times out of range.
  var iso: String {
    guard text != "?" else { return "?" }
    let inMinute = seconds - (seconds / 60).rounded(.down) * 60
    let thousandths = min(Int(inMinute * 1000), 59_999)
    func pad(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    return text.replacingBlank + ":\(pad(thousandths / 1000, 2)).\(pad(thousandths % 1000, 3))Z"
  }
}

extension String {
  fileprivate var replacingBlank: String { String(map { $0 == " " ? "T" : $0 }) }
}
