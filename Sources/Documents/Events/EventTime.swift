import Facts

/// Times as people's machines write them: `4/29/2026 9:43:59 AM`, `29.04.2026 09:43:55`, `18/01/2026 01:31:34`, `2026/11/02 9:00:39`.
struct EventTime {
  /// Of the first two numbers of a date with slashes the first is the day; nil where no time of the text tells.
  var dayFirst: Bool?

  /// - Parameter texts: All times of a text: one day above 12 tells the order for all.
  init(_ texts: some Sequence<String>) {
    for text in texts {
      guard let parts = Self.parts(text), parts.numbers[0] <= 31, parts.separator == 0x2F else { continue }
      if parts.numbers[0] > 12 {
        dayFirst = true
        return
      }
      if parts.numbers[1] > 12 {
        dayFirst = false
        return
      }
      if parts.isTwelveHours { dayFirst = false }
    }
  }

  func time(_ text: String) -> Timestamp? {
    if let iso = Timestamp(iso: text) { return iso }
    guard let parts = Self.parts(text) else { return nil }
    var (first, second, third) = (parts.numbers[0], parts.numbers[1], parts.numbers[2])
    if first > 31 {
      (first, third) = (third, first)
    } else if parts.separator == 0x2F {
      guard let dayFirst else { return nil }
      if !dayFirst { swap(&first, &second) }
    }
    if third < 100 { third += 2000 }
    var hour = parts.numbers[3]
    if parts.isTwelveHours {
      guard (1...12).contains(hour) else { return nil }
      hour = hour % 12 + (parts.isAfternoon ? 12 : 0)
    }
    let seconds = parts.numbers.count > 5 ? parts.numbers[5] : 0
    return Timestamp(
      year: third, month: second, day: first, hour: hour, minute: parts.numbers[4], second: seconds)
  }

  private struct Parts {
    var numbers: [Int]
    var separator: UInt8
    var isTwelveHours: Bool
    var isAfternoon: Bool
  }

  private static func parts(_ text: String) -> Parts? {
    guard text.utf8.count <= 60 else { return nil }
    var numbers: [Int] = []
    var separator: UInt8 = 0
    var current: Int?
    var letters = ""
    for byte in Array(text.utf8) + [0x20] {
      if (0x30...0x39).contains(byte) {
        current = min((current ?? 0) * 10 + Int(byte - 0x30), 1_000_000)
        continue
      }
      if let number = current, numbers.count < 6 {
        numbers.append(number)
        if numbers.count == 1 { separator = byte }
      }
      current = nil
      if (0x61...0x7A).contains(byte | 0x20) { letters.unicodeScalars.append(Unicode.Scalar(byte | 0x20)) }
    }
    guard numbers.count >= 5, [0x2E, 0x2F, 0x2D].contains(separator) else { return nil }
    let isAfternoon =
      letters.contains("pm") || text.contains("午後") || text.contains("下午") || text.contains("오후")
    let isMorning =
      letters.contains("am") || text.contains("午前") || text.contains("上午") || text.contains("오전")
    return Parts(
      numbers: numbers, separator: separator, isTwelveHours: isAfternoon || isMorning,
      isAfternoon: isAfternoon)
  }
}

extension Timestamp {
  /// nil for what no calendar has.
  init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
      (0...23).contains(hour),
      (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    func pad(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    self.init(
      iso:
        "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))Z"
    )
  }
}
