/// Finds what was probably meant by a misspelt name.
enum Suggestion {
  /// `: did you mean “title”?`, or a list of what is possible when that is short, or nothing.
  static func ending(for name: String, among candidates: some Collection<String>) -> String {
    if let near = nearest(to: name, among: candidates) { return ": did you mean “\(near)”?" }
    guard !candidates.isEmpty, candidates.count <= 14 else { return "" }
    return ": write one of \(candidates.sorted().joined(separator: ", "))"
  }

  /// The candidate that differs least, when it differs little enough to be a slip; ties go to the first by name.
  static func nearest(to name: String, among candidates: some Collection<String>) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars)
    let limit = max(1, wanted.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates.sorted() {
      let other = Array(candidate.lowercased().unicodeScalars)
      guard abs(other.count - wanted.count) <= limit else { continue }
      let distance = distance(wanted, other)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// Letters to insert, drop or replace, or neighbours to swap (optimal string alignment).
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 1...left.count {
      var current = [row]
      for column in 1...right.count {
        let same = left[row - 1] == right[column - 1]
        var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          cost = min(cost, beforeLast[column - 2] + 1)
        }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[right.count]
  }
}
