/// How names of hosts are compared.
enum HostName {
  /// In lower case, without the dot at the end.
  static func plain(_ name: String) -> String {
    let lowered = name.lowercased()
    return lowered.hasSuffix(".") ? String(lowered.dropLast()) : lowered
  }

  static func firstLabel(_ name: String) -> String { String(name.prefix { $0 != "." }) }

  /// What follows the first label; nil when nothing does.
  static func domain(of name: String) -> String? {
    let plain = plain(name)
    guard let dot = plain.firstIndex(of: ".") else { return nil }
    let rest = String(plain[plain.index(after: dot)...])
    return rest.isEmpty ? nil : rest
  }

  /// A short name agrees with the first label of a long one; two long names must agree in full.
  static func agrees(_ one: String, _ other: String) -> Bool {
    let (one, other) = (plain(one), plain(other))
    if one == other { return !one.isEmpty }
    if one.contains("."), other.contains(".") { return false }
    return firstLabel(one) == firstLabel(other)
  }

  /// As ``agrees(_:_:)``, and a wildcard stands for one label (RFC 6125 section 6.4.3), and a NetBIOS name for the first 15
  /// characters of a longer one ([MS-NLMP] 2.2.2.1).
  static func mayBeSame(_ one: String, _ other: String) -> Bool {
    if agrees(one, other) { return true }
    let (one, other) = (plain(one), plain(other))
    for (pattern, name) in [(one, other), (other, one)] {
      if pattern.hasPrefix("*."), let domain = domain(of: name), pattern.dropFirst(2) == domain {
        return true
      }
      if !pattern.contains("."), pattern.count == 15, firstLabel(name).prefix(15) == pattern { return true }
    }
    return false
  }
}
