public import Facts

extension Submission {
  /// What stands against taking a log for the target's, in sentences: entries of another computer, or of long ago.
  ///
  /// - Parameter target: nil where it is not known yet.
  public func doubts(about target: Target?, now: Timestamp) -> [String] {
    var sentences: [String] = []
    var strangers: [String] = []
    var newest: Double?
    for finding in findings {
      if case .text(let computer)? = finding.detail("computer"), let target,
        case .name(let name) = target.host, !Self.isSame(computer, name), !strangers.contains(computer)
      {
        strangers.append(computer)
      }
      if case .number(let seconds)? = finding.detail("seconds") { newest = max(newest ?? seconds, seconds) }
    }
    for computer in strangers.prefix(5) {
      sentences.append(
        "\(SafeText.clean(computer, limit: 80)) is not the target (\(target?.hostText ?? "")): what the log says of it may have nothing to do with this case."
      )
    }
    if let newest, now.seconds - newest > Self.old {
      let years = Int((now.seconds - newest) / (365.25 * 86_400))
      sentences.append(
        years > 0
          ? "The newest of it is \(years == 1 ? "a year" : "\(years) years") old."
          : "The newest of it is months old.")
    }
    return sentences
  }

  /// Half a year.
  private static let old = 182.0 * 86_400

  /// A short name and the first label of a long one are the same; two long ones only whole.
  private static func isSame(_ one: String, _ other: String) -> Bool {
    let (one, other) = (one.lowercased(), other.lowercased())
    if one == other { return true }
    if one.contains("."), other.contains(".") { return false }
    return one.prefix { $0 != "." } == other.prefix { $0 != "." }
  }
}
