extension Tree {
  /// - Throws: what the value's own encoding throws; values of this package throw nothing.
  public init(encoding value: some Encodable) throws {
    let box = Box()
    try value.encode(to: TreeEncoder(box: box, codingPath: []))
    self = box.tree
  }

  /// A place in the tree that is being built.
  fileprivate final class Box {
    enum Content {
      case single(Tree)
      case list([Box])
      case table([(name: String, box: Box)])
    }
    var content = Content.single(.null)

    var tree: Tree {
      switch content {
      case .single(let tree): tree
      case .list(let boxes): .list(boxes.map(\.tree))
      case .table(let fields): .table(fields.map { Field($0.name, $0.box.tree) })
      }
    }

    func becomeTable() { if case .table = content {} else { content = .table([]) } }
    func becomeList() { if case .list = content {} else { content = .list([]) } }

    func add(_ name: String) -> Box {
      let box = Box()
      guard case .table(var fields) = content else { return box }
      content = .single(.null)
      fields.append((name, box))
      content = .table(fields)
      return box
    }

    func add() -> Box {
      let box = Box()
      guard case .list(var items) = content else { return box }
      content = .single(.null)
      items.append(box)
      content = .list(items)
      return box
    }

    var count: Int { if case .list(let items) = content { items.count } else { 0 } }
  }
}

private struct TreeEncoder: Encoder {
  let box: Tree.Box
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    box.becomeTable()
    return KeyedEncodingContainer(Fields<Key>(box: box, codingPath: codingPath))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    box.becomeList()
    return Items(box: box, codingPath: codingPath)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: box, codingPath: codingPath) }

  static func put(_ value: some Encodable, into box: Tree.Box, _ codingPath: [any CodingKey]) throws {
    switch value {
    case let text as String: box.content = .single(.text(text))
    case let number as Int: box.content = .single(.integer(number))
    case let flag as Bool: box.content = .single(.flag(flag))
    case let number as Double: box.content = .single(.number(number))
    default: try value.encode(to: TreeEncoder(box: box, codingPath: codingPath))
    }
  }

  struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: Tree.Box
    let codingPath: [any CodingKey]

    mutating func encodeNil(forKey key: Key) { box.add(key.stringValue).content = .single(.null) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
      try TreeEncoder.put(value, into: box.add(key.stringValue), codingPath + [key])
    }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
      TreeEncoder(box: box.add(key.stringValue), codingPath: codingPath + [key]).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      TreeEncoder(box: box.add(key.stringValue), codingPath: codingPath + [key]).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder {
      TreeEncoder(box: box.add("super"), codingPath: codingPath)
    }
    mutating func superEncoder(forKey key: Key) -> any Encoder {
      TreeEncoder(box: box.add(key.stringValue), codingPath: codingPath + [key])
    }
  }

  struct Items: UnkeyedEncodingContainer {
    let box: Tree.Box
    let codingPath: [any CodingKey]
    var count: Int { box.count }

    mutating func encodeNil() { box.add().content = .single(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws {
      try TreeEncoder.put(value, into: box.add(), codingPath)
    }
    mutating func nestedContainer<Nested: CodingKey>(
      keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
      TreeEncoder(box: box.add(), codingPath: codingPath).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      TreeEncoder(box: box.add(), codingPath: codingPath).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { TreeEncoder(box: box.add(), codingPath: codingPath) }
  }

  struct Single: SingleValueEncodingContainer {
    let box: Tree.Box
    let codingPath: [any CodingKey]

    private func set(_ tree: Tree) { box.content = .single(tree) }
    private func set(_ number: some BinaryInteger) {
      set(Int(exactly: number).map { .integer($0) } ?? .large(UInt64(clamping: number)))
    }
    func encodeNil() { set(.null) }
    func encode(_ value: Bool) { set(.flag(value)) }
    func encode(_ value: String) { set(.text(value)) }
    func encode(_ value: Double) { set(.number(value)) }
    func encode(_ value: Float) { set(.number(Double(value))) }
    func encode(_ value: Int) { set(.integer(value)) }
    func encode(_ value: Int8) { set(value) }
    func encode(_ value: Int16) { set(value) }
    func encode(_ value: Int32) { set(value) }
    func encode(_ value: Int64) { set(value) }
    func encode(_ value: UInt) { set(value) }
    func encode(_ value: UInt8) { set(value) }
    func encode(_ value: UInt16) { set(value) }
    func encode(_ value: UInt32) { set(value) }
    func encode(_ value: UInt64) { set(value) }
    func encode<T: Encodable>(_ value: T) throws { try TreeEncoder.put(value, into: box, codingPath) }
  }
}
