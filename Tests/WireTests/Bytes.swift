import Wire

/// Bytes from hexadecimal digits; spaces and line ends are passed over, so that a message can be laid out by field.
func hex(_ text: String) -> [UInt8] {
  var bytes: [UInt8] = []
  var high: UInt8?
  for character in text where !character.isWhitespace {
    let digit = UInt8(character.hexDigitValue ?? 0)
    if let half = high {
      bytes.append(half << 4 | digit)
      high = nil
    } else {
      high = digit
    }
  }
  return bytes
}

func error(of body: () throws(DecodeError) -> Void) -> DecodeError? {
  do throws(DecodeError) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// The same numbers in every run (Vigna, "SplitMix64").
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A message with one to eight of its bytes changed, and sometimes cut, doubled or lengthened.
func mutation(of message: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
  var bytes = message
  for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
    let at = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: bytes.remove(at: at)
    case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
    case 2: bytes.removeLast(bytes.count - at)
    case 3: bytes += bytes[at...].prefix(64)
    case 4: bytes[at] = [0x00, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
    default: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    }
  }
  return bytes
}
