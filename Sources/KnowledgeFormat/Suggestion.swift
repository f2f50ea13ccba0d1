internal import Facts

/// Names what was probably meant by a misspelt name.
enum Suggestion {
  /// `: did you mean “title”?`, or a list of what is possible when that is short, or nothing.
  static func ending(for name: String, among candidates: some Collection<String>) -> String {
    if let near = nearest(to: name, among: candidates) { return ": did you mean “\(near)”?" }
    guard !candidates.isEmpty, candidates.count <= 14 else { return "" }
    return ": write one of \(candidates.sorted().joined(separator: ", "))"
  }

  static func nearest(to name: String, among candidates: some Collection<String>) -> String? {
    Spelling.nearest(to: name, among: candidates, atMost: 1).first
  }
}
