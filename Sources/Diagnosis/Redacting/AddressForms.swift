import Facts

/// What has the form of an address, a number of a device or of a ticket, wherever it stands.
enum AddressForms {
  static func isAddress(_ text: String) -> Bool {
    AddressText.isIPv4(text[...]) || isPaddedIPv4(text[...]) || isIPv6(text[...])
  }

  static func isIPv6(_ text: Substring) -> Bool {
    (text.contains("::") || text.filter { $0 == ":" }.count >= 3) && AddressText.isIPv6(text)
  }

  /// Also `192.000.002.007`, which Windows writes in some places.
  static func isPaddedIPv4(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
          && (UInt16(part) ?? 256) <= 255
      }
  }

  /// `192.0.2.0/24` without what stands behind the slash, `192.0.2.10-192.0.2.20`, `192.0.2.10-20`, `192.0.2.*`, `192.0.2.x`.
  static func isRange(_ text: Substring) -> Bool {
    if text.hasSuffix(".*") || text.lowercased().hasSuffix(".x") {
      return isPaddedIPv4(text.dropLast() + "0")
    }
    let sides = text.split(separator: "-", omittingEmptySubsequences: false)
    guard sides.count == 2, isPaddedIPv4(sides[0]) else { return false }
    return isPaddedIPv4(sides[1]) || sides[1].allSatisfy(\.isNumber)
  }

  /// With colons, hyphens, Cisco's points, or bare.
  static func isHardwareAddress(_ text: Substring) -> Bool {
    for (separator, count, length) in [(":", 6, 2), ("-", 6, 2), (".", 3, 4)] as [(Character, Int, Int)] {
      let parts = text.split(separator: separator, omittingEmptySubsequences: false)
      if parts.count == count, parts.allSatisfy({ $0.count == length && $0.allSatisfy(\.isHexDigit) }) {
        return true
      }
    }
    return text.count == 12 && text.allSatisfy(\.isHexDigit)
  }

  /// Fingerprints, serial numbers, globally unique identifiers.
  static func isSerial(_ text: Substring) -> Bool {
    guard !text.lowercased().hasPrefix("0x") else { return false }
    let digits = text.filter { $0 != ":" && $0 != "-" }
    guard digits.allSatisfy(\.isHexDigit) else { return false }
    if digits.count >= 16 { return true }
    if digits.count >= 12, digits.allSatisfy(\.isNumber) { return true }
    let pairs = text.split(separator: ":", omittingEmptySubsequences: false)
    return pairs.count >= 6 && pairs.allSatisfy { $0.count == 2 }
  }

  /// `INC0012345`, `CHG-4711`, `CZC1234ABC`: capital letters, then digits. Not what protocols and updates are called.
  static func isNumbered(_ text: Substring) -> Bool {
    let letters = text.prefix { $0.isLetter }
    guard (2...8).contains(letters.count), letters.allSatisfy(\.isUppercase),
      !protocols.contains(letters.lowercased())
    else { return false }
    let rest = text.dropFirst(letters.count)
    let number = rest.first == "-" || rest.first == "_" ? rest.dropFirst() : rest
    let digits = number.count { $0.isNumber }
    return number.allSatisfy { $0.isNumber || $0.isUppercase || $0 == "-" } && number.first?.isNumber == true
      && digits >= (number.count < rest.count ? 3 : 4)
  }

  private static let protocols: Set<String> = [
    "sha", "aes", "rsa", "dsa", "tls", "ssl", "kb", "md", "crc", "cve", "rfc", "http", "https", "ecdsa",
    "ecdhe",
    "utf", "iso", "smb", "nla", "rdp", "ms", "win", "cp", "event", "port", "id", "code", "error", "errno",
    "ip",
    "ntlm", "secp", "dh", "gcm", "cbc", "mtu", "utc",
  ]
}
