public import Facts

extension Case {
  /// For example `2026-05-04-srv01-7f3a0c`.
  ///
  /// - Parameters:
  ///   - nonce: Any number that no other start of the program has.
  ///   - number: Of the case among those that were opened since, from 1.
  public static func newID(
    _ target: Target, practice: PracticeCase?, at time: Timestamp, nonce: UInt64, number: UInt64
  ) -> String {
    var random = SplitMix64(seed: nonce)
    for _ in 1..<max(1, number) { _ = random.next() }
    let digits = String(random.next() & 0xFF_FFFF, radix: 16)
    let suffix = String(repeating: "0", count: 6 - digits.count) + digits
    let host = practice.map { practicePrefix + $0.id } ?? target.hostText
    let name = host.lowercased().unicodeScalars.map { scalar -> Character in
      switch scalar {
      case "a"..."z", "0"..."9", ".", "-": Character(scalar)
      default: "-"
      }
    }
    return "\(time.text.prefix(10))-\(String(name.prefix(40)))-\(suffix)"
  }

  fileprivate static let practicePrefix = "practice-"
}

extension CaseSummary {
  /// True for a case about a host that is built in. A host of one's own may be called so, too: then the target is.
  public var isPractice: Bool {
    id.dropFirst(10).hasPrefix("-" + Case.practicePrefix)
      && !target.lowercased().hasPrefix(Case.practicePrefix)
  }
}
