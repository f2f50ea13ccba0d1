extension Tree {
  /// - Throws: ``TreeError`` with the place that does not fit the type.
  public func decoded<Value: Decodable>(as type: Value.Type) throws(TreeError) -> Value {
    do {
      return try TreeDecoder(tree: self, codingPath: []).value(type)
    } catch DecodingError.dataCorrupted(let context), DecodingError.keyNotFound(_, let context),
      DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context)
    {
      throw TreeError(place: Self.place(context.codingPath), reason: context.debugDescription)
    } catch {
      throw TreeError(place: "", reason: "it does not fit")
    }
  }

  private static func place(_ path: [any CodingKey]) -> String {
    path.reduce(into: "") { place, key in
      if let index = key.intValue {
        place += "[\(index)]"
      } else {
        place += (place.isEmpty ? "" : ".") + SafeText.clean(key.stringValue, limit: 60)
      }
    }
  }
}

/// Where something from outside is not as it must be, and why.
public struct TreeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// For example `entries[3].findings[0].summary`; empty: the whole.
  public var place: String
  /// A clause without a full stop.
  public var reason: String

  public init(place: String, reason: String) {
    self.place = place
    self.reason = reason
  }

  public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}

private struct TreeDecoder: Decoder {
  let tree: Tree
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  struct Index: CodingKey {
    let index: Int
    var intValue: Int? { index }
    var stringValue: String { "\(index)" }
    init(_ index: Int) { self.index = index }
    init?(intValue: Int) { index = intValue }
    init?(stringValue: String) { return nil }
  }

  func value<T: Decodable>(_ type: T.Type) throws -> T {
    if type == String.self, case .text(let text) = tree, let value = text as? T { return value }
    return try T(from: self)
  }

  private func unlike(_ wanted: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: "it is no \(wanted)"))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .table(let fields) = tree else { throw unlike("object") }
    return KeyedDecodingContainer(Fields<Key>(fields: fields, codingPath: codingPath))
  }
  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let items) = tree else { throw unlike("list") }
    return Items(items: items, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueDecodingContainer {
    Single(tree: tree, codingPath: codingPath)
  }

  struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [Tree.Field]
    let codingPath: [any CodingKey]

    var allKeys: [Key] { fields.compactMap { Key(stringValue: $0.name) } }
    func contains(_ key: Key) -> Bool { fields.contains { $0.name == key.stringValue } }
    private func decoder(_ key: Key) throws -> TreeDecoder {
      guard let field = fields.first(where: { $0.name == key.stringValue }) else {
        throw DecodingError.keyNotFound(
          key, .init(codingPath: codingPath, debugDescription: "“\(key.stringValue)” is missing"))
      }
      return TreeDecoder(tree: field.value, codingPath: codingPath + [key])
    }
    func decodeNil(forKey key: Key) throws -> Bool { try decoder(key).tree == .null }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).value(type) }
    func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try decoder(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try decoder(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder {
      TreeDecoder(tree: fields.first { $0.name == "super" }?.value ?? .null, codingPath: codingPath)
    }
    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
  }

  struct Items: UnkeyedDecodingContainer {
    let items: [Tree]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex >= items.count }

    init(items: [Tree], codingPath: [any CodingKey]) {
      self.items = items
      self.codingPath = codingPath
    }
    private mutating func next() throws -> TreeDecoder {
      guard currentIndex < items.count else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: codingPath, debugDescription: "the list is too short"))
      }
      defer { currentIndex += 1 }
      return TreeDecoder(tree: items[currentIndex], codingPath: codingPath + [Index(currentIndex)])
    }
    mutating func decodeNil() throws -> Bool {
      guard currentIndex < items.count, items[currentIndex] == .null else { return false }
      currentIndex += 1
      return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().value(type) }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      try next().unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder { try next() }
  }

  struct Single: SingleValueDecodingContainer {
    let tree: Tree
    let codingPath: [any CodingKey]

    private func unlike(_ wanted: String) -> DecodingError {
      .dataCorrupted(.init(codingPath: codingPath, debugDescription: "it is no \(wanted)"))
    }
    private func whole<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
      let number: T? =
        switch tree {
        case .integer(let value): T(exactly: value)
        case .large(let value): T(exactly: value)
        case .number(let value): T(exactly: value)
        default: nil
        }
      guard let number else { throw unlike("whole number from \(T.min) to \(T.max)") }
      return number
    }
    func decodeNil() -> Bool { tree == .null }
    func decode(_ type: Bool.Type) throws -> Bool {
      guard case .flag(let flag) = tree else { throw unlike("true or false") }
      return flag
    }
    func decode(_ type: String.Type) throws -> String {
      guard case .text(let text) = tree else { throw unlike("text") }
      return text
    }
    func decode(_ type: Double.Type) throws -> Double {
      switch tree {
      case .number(let value): return value
      case .integer(let value): return Double(value)
      case .large(let value): return Double(value)
      default: throw unlike("number")
      }
    }
    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
      try TreeDecoder(tree: tree, codingPath: codingPath).value(type)
    }
  }
}
