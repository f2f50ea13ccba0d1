/// A value of any type as texts, numbers, lists and named fields, so that all of it can be looked through or changed without knowing
/// the type.
///
/// What looks through a tree meets every field that a type has, also one that is new.
public indirect enum Tree: Hashable, Sendable {
  case null
  case flag(Bool)
  case integer(Int)
  /// Above `Int.max`.
  case large(UInt64)
  case number(Double)
  case text(String)
  case list([Tree])
  /// In the order in which they were written.
  case table([Field])

  public struct Field: Hashable, Sendable {
    public var name: String
    public var value: Tree
    public init(_ name: String, _ value: Tree) {
      self.name = name
      self.value = value
    }
  }

  /// The value of the first field of that name.
  public subscript(_ name: String) -> Tree? {
    guard case .table(let fields) = self else { return nil }
    return fields.first { $0.name == name }?.value
  }

  /// Changes every text. Names of fields stay, unless they are keys of a dictionary and so texts of the value itself: these are not
  /// told apart here.
  ///
  /// - Parameter change: Gets the names of the fields that lead to the text, the outermost first. Places in lists have none.
  public func mapTexts(_ change: (_ text: String, _ path: [String]) -> String) -> Tree {
    var path: [String] = []
    return mapped(&path, change)
  }

  private func mapped(_ path: inout [String], _ change: (String, [String]) -> String) -> Tree {
    switch self {
    case .null, .flag, .integer, .large, .number: return self
    case .text(let text): return .text(change(text, path))
    case .list(let items):
      return .list(items.map { $0.mapped(&path, change) })
    case .table(let fields):
      return .table(
        fields.map { field in
          path.append(field.name)
          defer { path.removeLast() }
          return Field(field.name, field.value.mapped(&path, change))
        })
    }
  }
}
