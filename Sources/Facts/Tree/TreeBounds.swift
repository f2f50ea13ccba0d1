/// What a tree from outside may hold: every text can be shown, every number counted with, and nothing is longer than can be worked with.
public struct TreeBounds: Sendable {
  /// Unicode scalars of a text.
  public var text = 8_000
  /// Items of a list, and fields of a table.
  public var items = 1_000
  public var depth = 24
  /// Values in all.
  public var values = 500_000
  /// Beyond it a whole number cannot be told from its neighbours as a Double; far below what arithmetic could overflow at.
  public var magnitude = 1 << 53
  /// Names of fields whose lists or texts may be longer, with their own limit.
  public var longer: [String: Int] = [:]
  /// Names of fields that hold a pair of words of 64 bits, as durations are kept.
  public var wordPairs: Set<String> = []

  public init() {}

  /// - Throws: ``TreeError`` with the place of the first value that is out of bounds.
  public func check(_ tree: Tree) throws(TreeError) {
    var count = 0
    try check(tree, at: "", name: "", depth: 0, &count)
  }

  /// - Parameter name: The last field that leads here.
  private func check(
    _ tree: Tree, at place: String, name: String, depth: Int, _ count: inout Int
  ) throws(TreeError) {
    count += 1
    guard count <= values else {
      throw TreeError(place: place, reason: "there are more than \(values) values")
    }
    guard depth <= self.depth else {
      throw TreeError(place: place, reason: "it is nested more than \(self.depth) levels deep")
    }
    switch tree {
    case .null, .flag: break
    case .integer(let number):
      guard number.magnitude <= UInt(magnitude) else {
        throw TreeError(place: place, reason: "the number \(number) is out of bounds")
      }
    case .large(let number):
      throw TreeError(place: place, reason: "the number \(number) is out of bounds")
    case .number(let number):
      guard number.isFinite, number.magnitude <= 1e18 else {
        throw TreeError(place: place, reason: "the number is out of bounds")
      }
    case .text(let text): try check(text, at: place, limit: longer[name] ?? self.text)
    case .list(let list):
      if list.count == 2, wordPairs.contains(name), list.allSatisfy(\.isWhole) { return }
      let limit = longer[name] ?? items
      guard list.count <= limit else {
        throw TreeError(
          place: place, reason: "the list has \(list.count) items, and \(limit) at most are taken")
      }
      for (index, item) in list.enumerated() {
        try check(item, at: "\(place)[\(index)]", name: "", depth: depth + 1, &count)
      }
    case .table(let fields):
      guard fields.count <= items else {
        throw TreeError(
          place: place, reason: "there are \(fields.count) fields, and \(items) at most are taken")
      }
      for field in fields {
        let inner = (place.isEmpty ? "" : place + ".") + SafeText.clean(field.name, limit: 60)
        try check(field.name, at: inner, limit: 200)
        try check(field.value, at: inner, name: field.name, depth: depth + 1, &count)
      }
    }
  }

  private func check(_ text: String, at place: String, limit: Int) throws(TreeError) {
    guard text.utf8.count <= 4 * limit, text.unicodeScalars.count <= limit else {
      throw TreeError(place: place, reason: "the text is longer than \(limit) characters")
    }
    guard text.unicodeScalars.allSatisfy(SafeText.isPlain) else {
      throw TreeError(place: place, reason: "the text holds a control or invisible character")
    }
  }
}

extension Tree {
  fileprivate var isWhole: Bool {
    switch self {
    case .integer, .large: true
    default: false
    }
  }
}
