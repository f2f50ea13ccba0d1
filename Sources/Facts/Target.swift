/// The host under triage, and what stands around it.
public struct Target: Hashable, Sendable, Codable {
  public var host: Host
  public var port: UInt16
  public var gateway: String?
  /// The DNS name of the Active Directory domain.
  public var domain: String?
  /// The name to expect in the certificate when it is not the one typed.
  public var certificateName: String?
  /// Who cannot connect: `name`, `DOMAIN\name` or `name@domain`.
  public var user: String?

  public static let defaultPort: UInt16 = 3389

  public enum Host: Hashable, Sendable, Codable {
    /// Letters, digits, hyphens, underscores and dots only; 253 characters at most.
    case name(String)
    /// Dotted decimal.
    case ipv4(String)
    /// Without brackets; a zone (`%eth0`) is kept.
    case ipv6(String)
  }

  public init(
    host: Host, port: UInt16 = Target.defaultPort, gateway: String? = nil, domain: String? = nil,
    certificateName: String? = nil, user: String? = nil
  ) {
    self.host = host
    self.port = port
    self.gateway = gateway
    self.domain = domain
    self.certificateName = certificateName
    self.user = user
  }

  /// Reads `name`, `name:port`, `1.2.3.4`, `::1`, `[::1]:port` or `rdp://…`.
  ///
  /// - Parameter defaultPort: Where the text names none.
  /// - Throws: ``TargetError`` with a sentence that says what is wrong and what to type instead.
  public init(_ text: String, defaultPort: UInt16 = Target.defaultPort) throws(TargetError) {
    var rest = text.drop(while: { $0 == " " || $0 == "\t" })
    while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
    if rest.lowercased().hasPrefix("rdp://") {
      rest = rest.dropFirst(6)
      if let address = Self.fullAddress(in: rest) { rest = address }
      while rest.last == "/" { rest.removeLast() }
    }
    guard !rest.isEmpty else {
      throw .init("Type the name or address of the host, for example srv01 or 192.0.2.7.")
    }

    let hostText: Substring
    var portText: Substring?
    if rest.first == "[" {
      guard let close = rest.firstIndex(of: "]") else {
        throw .init("The bracket of the IPv6 address is not closed: type it as [::1] or [::1]:3389.")
      }
      hostText = rest[rest.index(after: rest.startIndex)..<close]
      let after = rest[rest.index(after: close)...]
      if !after.isEmpty {
        guard after.first == ":" else {
          throw .init("After ] only a colon and a port may follow, as in [::1]:3389.")
        }
        portText = after.dropFirst()
      }
      guard AddressText.isIPv6(hostText) else {
        throw .init("“\(SafeText.clean(hostText, limit: 40))” in brackets is no IPv6 address.")
      }
      host = .ipv6(String(hostText))
    } else if rest.filter({ $0 == ":" }).count > 1 {
      guard AddressText.isIPv6(rest) else {
        throw .init(
          "“\(SafeText.clean(rest, limit: 40))” is no IPv6 address; with a port it is written [2001:db8::7]:3389."
        )
      }
      host = .ipv6(String(rest))
    } else {
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      hostText = parts[0]
      portText = parts.count > 1 ? parts[1] : nil
      host = try Self.nameOrIPv4(hostText)
    }
    port = try Self.port(portText, else: defaultPort)
  }

  /// The host as it was typed, without brackets.
  public var hostText: String {
    switch host {
    case .name(let text), .ipv4(let text), .ipv6(let text): text
    }
  }

  /// As `mstsc /v:` takes it: the port only when it is not 3389, IPv6 in brackets when a port follows.
  public var connectText: String {
    let bracketed = if case .ipv6(let text) = host { "[\(text)]" } else { hostText }
    return port == Self.defaultPort ? hostText : "\(bracketed):\(port)"
  }

  private static func port(_ text: Substring?, else port: UInt16) throws(TargetError) -> UInt16 {
    guard let text else { return port }
    guard !text.isEmpty, text.utf8.count <= 5, text.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = UInt32(text), (1...65535).contains(number)
    else {
      throw .init(
        "“\(SafeText.clean(text, limit: 12))” is no port: type a number from 1 to 65535, or leave it out for 3389."
      )
    }
    return UInt16(number)
  }

  private static func nameOrIPv4(_ text: Substring) throws(TargetError) -> Host {
    if AddressText.isIPv4(text) { return .ipv4(String(text)) }
    let name = text.hasSuffix(".") ? text.dropLast() : text
    guard !name.isEmpty else { throw .init("The host name is missing.") }
    guard name.utf8.count <= 253 else { throw .init("The host name is longer than 253 characters.") }
    if let odd = name.unicodeScalars.first(where: { !AddressText.isNameScalar($0) && $0 != "." }) {
      let shown = SafeText.clean(String(odd))
      let hint = odd.value > 0x7F ? " Type names with such letters in their xn-- form." : ""
      throw .init(
        "A host name cannot contain “\(shown)”: only letters, digits, hyphens, underscores and dots.\(hint)")
    }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    for label in labels {
      guard (1...63).contains(label.utf8.count), label.first != "-", label.last != "-" else {
        throw .init(
          "“\(SafeText.clean(name, limit: 40))” is no host name: each part between dots has 1 to 63 characters and does not begin or end with a hyphen."
        )
      }
    }
    if let last = labels.last, last.utf8.allSatisfy({ (48...57).contains($0) }) {
      throw .init(
        "“\(SafeText.clean(name, limit: 40))” is no IPv4 address: four numbers from 0 to 255 with dots between them."
      )
    }
    return .name(String(text))
  }

  /// The `full address=s:host:port` of an `rdp://` link, percent-decoded as far as addresses need it.
  private static func fullAddress(in link: Substring) -> Substring? {
    for part in link.split(separator: "&") {
      let lowered = part.lowercased()
      for key in ["full%20address=s:", "full+address=s:", "full address=s:"] where lowered.hasPrefix(key) {
        var value = ""
        var rest = part.dropFirst(key.count)
        while let character = rest.first {
          if character == "%", let byte = UInt8(rest.dropFirst().prefix(2), radix: 16) {
            value.unicodeScalars.append(Unicode.Scalar(byte))
            rest = rest.dropFirst(3)
          } else {
            value.append(character)
            rest = rest.dropFirst()
          }
        }
        return value[...]
      }
    }
    return nil
  }
}

/// Why a text is no target, as a sentence for the person who typed it.
public struct TargetError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}

public enum AddressText {
  static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  public static func isIPv4(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
          && (UInt16(part) ?? 256) <= 255 && (part.utf8.count == 1 || part.first != "0")
      }
  }

  /// RFC 4291 section 2.2, with an optional zone (RFC 4007 section 11).
  public static func isIPv6(_ text: Substring) -> Bool {
    let halves = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = halves.first else { return false }
    if halves.count == 2 {
      let zone = halves[1]
      guard (1...15).contains(zone.utf8.count),
        zone.unicodeScalars.allSatisfy({ isNameScalar($0) || $0 == "." })
      else { return false }
    }
    let sides = address.split(separator: ":", omittingEmptySubsequences: false)
    guard (3...9).contains(sides.count), address.utf8.count <= 45 else { return false }
    var groups = 0
    var gaps = 0
    for (index, side) in sides.enumerated() {
      if side.isEmpty {
        let atEdge = index == 0 || index == sides.count - 1
        let besideGap =
          (index == 0 && sides[1].isEmpty) || (index == sides.count - 1 && sides[index - 1].isEmpty)
        if atEdge {
          guard besideGap else { return false }
        } else {
          gaps += 1
        }
      } else if index == sides.count - 1, isIPv4(side) {
        groups += 2
      } else {
        guard side.utf8.count <= 4, side.utf8.allSatisfy({ UInt8($0).isHexDigit }) else { return false }
        groups += 1
      }
    }
    return gaps == 1 ? groups <= 7 : gaps == 0 && groups == 8
  }
}

extension UInt8 {
  var isHexDigit: Bool { (48...57).contains(self) || (65...70).contains(self) || (97...102).contains(self) }
}
