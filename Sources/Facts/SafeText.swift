/// Text from a peer, a file or a person, made safe to show.
///
/// Control characters (C0, DEL, C1), bidirectional marks and overrides, zero-width characters, variation
/// selectors, line and paragraph separators and unassigned or private characters become `·` (U+00B7), and what is
/// longer than `limit` Unicode scalars is cut and ends in `…`. Nothing else is changed, so safe text passes as it is.
public enum SafeText {
  public static func clean(_ text: some StringProtocol, limit: Int = 256) -> String {
    var out = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit {
        out.append("…")
        break
      }
      out.append(isPlain(scalar) ? scalar : "·")
      count += 1
    }
    return String(out)
  }

  /// Bytes that claim to be UTF-8 or ASCII; what is not, shows as `·`.
  public static func clean(bytes: some Sequence<UInt8>, limit: Int = 256) -> String {
    clean(String(decoding: Array(bytes.prefix(limit * 4 + 4)), as: UTF8.self), limit: limit)
  }

  static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x20 && scalar.value < 0x7F { return true }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
      return false
    default:
      return !scalar.properties.isVariationSelector && scalar.value != 0xFFFD
    }
  }
}
