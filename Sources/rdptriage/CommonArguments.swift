/// Options that every command takes, before or after its name: where they mean nothing to a command they change nothing.
enum CommonArguments {
  private enum Kind: Hashable {
    case data, knowledge, look
  }

  /// The options, and whether a value follows.
  private static let options: [String: (kind: Kind, hasValue: Bool)] = [
    "--data": (.data, true), "--knowledge": (.knowledge, true), "--language": (.look, true),
    "--ascii": (.look, false), "--no-colour": (.look, false), "--no-color": (.look, false),
  ]

  /// What each command declares itself; `case` and `knowledge` have commands of their own.
  private static let declared: [String: Set<Kind>] = [
    "wizard": [.data, .knowledge, .look], "practice": [.data, .knowledge, .look],
    "probe": [.knowledge], "diagnose": [.knowledge], "sweep": [.knowledge], "explain": [.knowledge],
    "plan": [],
    "doctor": [.data, .knowledge], "config": [],
    "case list": [.data], "case find": [.data], "case show": [.data, .knowledge],
    "case resume": [.data, .knowledge, .look], "case export": [.data, .knowledge], "case import": [.data],
    "case replay": [.data, .knowledge], "case learnt": [.data, .knowledge], "case archive": [.data],
    "case unarchive": [.data], "case delete": [.data],
    "knowledge list": [.knowledge], "knowledge show": [.knowledge], "knowledge check": [],
    "knowledge score": [.knowledge], "knowledge simulate": [.knowledge],
  ]

  /// The same arguments in the order in which they are declared, without those that the command does not declare.
  static func arranged(_ arguments: [String]) -> [String] {
    var (before, rest) = taken(arguments[...])
    guard let first = rest.first, declared.keys.contains(where: { $0 == first || $0.hasPrefix(first + " ") })
    else { return arguments }
    var path = [first]
    rest = rest.dropFirst()
    if declared[first] == nil {
      let (between, behind) = taken(rest)
      before += between
      guard let second = behind.first, declared["\(first) \(second)"] != nil else { return arguments }
      path.append(second)
      rest = behind.dropFirst()
    }
    let own = declared[path.joined(separator: " ")] ?? []
    var kept: [String] = []
    while let argument = rest.first, argument != "--" {
      let (common, behind) = taken(rest, most: 1)
      if let option = common.first {
        if own.contains(option.kind) { kept += option.words }
        rest = behind
      } else {
        kept.append(argument)
        rest = rest.dropFirst()
      }
    }
    return path + before.filter { own.contains($0.kind) }.flatMap(\.words) + kept + rest
  }

  /// The common options at the beginning, and what follows them. One without its value is left where it is: that is a mistake.
  private static func taken(_ arguments: ArraySlice<String>, most: Int = .max) -> (
    [(kind: Kind, words: [String])], ArraySlice<String>
  ) {
    var found: [(kind: Kind, words: [String])] = []
    var rest = arguments
    while found.count < most, let word = rest.first {
      let name = String(word.prefix { $0 != "=" })
      guard let option = options[name] else { break }
      let isWhole = name != word || !option.hasValue
      guard isWhole || rest.count > 1, name == word || option.hasValue else { break }
      let words = Array(rest.prefix(isWhole ? 1 : 2))
      found.append((option.kind, words))
      rest = rest.dropFirst(words.count)
    }
    return (found, rest)
  }
}
