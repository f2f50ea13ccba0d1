/// An `.evtx` file made from the description of the format: one chunk, each record with a template of its own.
struct EventLogSample {
  private var chunk: [UInt8]
  private static let chunkSize = 65536

  init() {
    chunk = Array("ElfChnk\0".utf8)
    chunk += [UInt8](repeating: 0, count: 512 - chunk.count)
  }

  /// The whole file.
  var bytes: [UInt8] {
    let header = Array("ElfFile\0".utf8)
    let body = chunk + [UInt8](repeating: 0, count: max(0, Self.chunkSize - chunk.count))
    return header + [UInt8](repeating: 0, count: 4096 - header.count) + body
  }

  /// Adds `<Event><System><Provider Name="…"/><EventID>…</EventID><TimeCreated SystemTime="…"/></System><EventData>…`, the event's
  /// number, time and values as substitutions.
  mutating func add(provider: String, id: UInt16, fileTime: UInt64, data: [(name: String, text: String)]) {
    let start = chunk.count
    chunk += word(0x2A2A) + word(0) + long(1) + long(fileTime)
    chunk += [0x0F, 1, 1, 0]
    chunk += [0x0C, 1] + word(7)
    let definition = chunk.count + 4
    chunk += word(UInt32(definition))
    chunk += word(0) + [UInt8](repeating: 9, count: 16)
    let size = chunk.count
    chunk += word(0)
    let body = chunk.count
    chunk += [0x0F, 1, 1, 0]
    open("Event")
    chunk += [0x02]
    open("System")
    chunk += [0x02]
    open("Provider", hasAttributes: true)
    attribute("Name")
    chunk += [0x05, 1] + text(provider)
    chunk += [0x03]
    open("EventID")
    chunk += [0x02, 0x0D] + half(0) + [0x06, 0x04]
    open("TimeCreated", hasAttributes: true)
    attribute("SystemTime")
    chunk += [0x0D] + half(1) + [0x11, 0x03, 0x04]
    open("EventData")
    chunk += [0x02]
    for (index, item) in data.enumerated() {
      open("Data", hasAttributes: true)
      attribute("Name")
      chunk += [0x05, 1] + text(item.name)
      chunk += [0x02, 0x0E] + half(UInt16(index + 2)) + [0x01, 0x04]
    }
    chunk += [0x04, 0x04, 0x00]
    set(word(UInt32(chunk.count - body)), at: size)
    let values: [(kind: UInt8, bytes: [UInt8])] =
      [(0x06, half(id)), (0x11, long(fileTime))] + data.map { (0x01, Array(text($0.text).dropFirst(2))) }
    chunk += word(UInt32(values.count))
    for value in values { chunk += half(UInt16(value.bytes.count)) + [value.kind, 0] }
    for value in values { chunk += value.bytes }
    chunk += [0x00]
    let length = UInt32(chunk.count - start + 4)
    chunk += word(length)
    set(word(length), at: start + 4)
  }

  private mutating func open(_ name: String, hasAttributes: Bool = false) {
    chunk += [hasAttributes ? 0x41 : 0x01] + half(0xFFFF) + word(0)
    inline(name)
    if hasAttributes { chunk += word(0) }
  }

  private mutating func attribute(_ name: String) {
    chunk += [0x06]
    inline(name)
  }

  /// The name's offset is the place right behind it, where the name then stands.
  private mutating func inline(_ name: String) {
    chunk += word(UInt32(chunk.count + 4))
    chunk += word(0) + half(0) + text(name) + half(0)
  }

  private mutating func set(_ bytes: [UInt8], at place: Int) {
    for (offset, byte) in bytes.enumerated() { chunk[place + offset] = byte }
  }

  private func half(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }
  private func word(_ number: UInt32) -> [UInt8] {
    half(UInt16(number & 0xFFFF)) + half(UInt16(number >> 16))
  }
  private func long(_ number: UInt64) -> [UInt8] {
    word(UInt32(number & 0xFFFF_FFFF)) + word(UInt32(number >> 32))
  }
  private func text(_ text: String) -> [UInt8] {
    half(UInt16(text.utf16.count)) + text.utf16.flatMap { half($0) }
  }
}
