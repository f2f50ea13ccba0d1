/// The line with which an SSH server begins (RFC 4253 section 4.2).
public struct SSHBanner: Hashable, Sendable {
  /// For example `2.0`.
  public var protocolVersion: String
  /// For example `OpenSSH_9.2p1`, or `OpenSSH_for_Windows_8.1`.
  public var software: String
  public var comment: String

  /// What may come before the line, and the line itself.
  public static let longest = 8192

  /// - Throws: `truncated` when the line is not whole yet.
  public init(decoding bytes: [UInt8]) throws(DecodeError) {
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end].filter { $0 != UInt8(ascii: "\r") }
      rest = rest[(end + 1)...]
      // Other lines may come first.
      guard line.starts(with: "SSH-".utf8) else { continue }
      let words = String(decoding: line.prefix(255), as: UTF8.self).split(
        separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let parts = (words.first ?? "").split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else {
        throw .malformed(field: "identification", at: 0, reason: "it names no software")
      }
      protocolVersion = String(parts[1])
      software = String(parts[2])
      comment = words.count > 1 ? String(words[1]) : ""
      return
    }
    let start = Array("SSH-".utf8)
    guard bytes.count < Self.longest,
      rest.startIndex > 0 || rest.prefix(4).elementsEqual(start.prefix(rest.count)) || Self.isText(rest)
    else {
      throw .malformed(field: "identification", at: 0, reason: "it is no SSH")
    }
    throw .truncated(field: "identification", at: bytes.count)
  }

  /// Lines before the identification are text.
  private static func isText(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.allSatisfy { $0 >= 0x20 || $0 == 9 || $0 == 13 }
  }
}
