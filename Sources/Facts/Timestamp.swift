/// A moment, as seconds since 1970-01-01 00:00 UTC.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
  public var seconds: Double
  public init(seconds: Double) { self.seconds = seconds }
  public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

  /// `2026-05-04 03:12`, in UTC. Proleptic Gregorian calendar; years 0 to 9999, else `?`.
  public var text: String {
    guard seconds.isFinite, seconds > -62_167_219_200, seconds < 253_402_300_800 else { return "?" }
    let whole = Int(seconds.rounded(.down))
    let days = whole >= 0 ? whole / 86400 : -((-whole + 86399) / 86400)
    let rest = whole - days * 86400
    // Days to civil date: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let civilMonth = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
    func pad(_ number: Int, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return
      "\(pad(year, 4))-\(pad(civilMonth, 2))-\(pad(day, 2)) \(pad(rest / 3600, 2)):\(pad(rest % 3600 / 60, 2))"
  }
}
