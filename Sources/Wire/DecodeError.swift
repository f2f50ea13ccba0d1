/// Why bytes are not the message that they should be.
public enum DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes end before the field does: more of them could still make it whole.
  case truncated(field: String, at: Int)
  /// The field has a value that the format does not allow here.
  case unexpected(field: String, at: Int, got: UInt64, want: String)
  /// The field cannot be read at all, for example because its DER is broken.
  case malformed(field: String, at: Int, reason: String)

  /// True when more bytes could still make the message whole.
  public var needsMore: Bool {
    if case .truncated = self { true } else { false }
  }

  /// Where in the message, in bytes from its start.
  public var offset: Int {
    switch self {
    case .truncated(_, let at), .unexpected(_, let at, _, _), .malformed(_, let at, _): at
    }
  }

  /// One lower-case clause without a full stop.
  public var description: String {
    switch self {
    case .truncated(let field, let at): "\(field) at byte \(at) is cut off"
    case .unexpected(let field, let at, let got, let want):
      "\(field) at byte \(at) is 0x\(String(got, radix: 16)), not \(want)"
    case .malformed(let field, let at, let reason): "\(field) at byte \(at) cannot be read: \(reason)"
    }
  }
}
