/// Which keys of the key tables the person has exchanged for others. Text fields get every key as it is.
public struct KeyMap: Hashable, Sendable {
  /// Own keys by shipped ones.
  private var own: [Character: Character] = [:]

  public init() {}

  /// The single letters of all key tables.
  static let shipped: Set<Character> = Set("abcefghijknopqrstuvwxy")

  /// - Returns: What is wrong with it, as a clause with the way out; nil when it was taken.
  public mutating func bind(_ shippedKey: String, to ownKey: String) -> String? {
    guard shippedKey.count == 1, let key = shippedKey.first, Self.shipped.contains(key) else {
      return
        "“\(shippedKey.prefix(20))” is no key that can be exchanged: there are \(String(Self.shipped.sorted()))"
    }
    guard ownKey.utf8.count == 1, let chosen = ownKey.first, chosen.isLetter else {
      return "“\(ownKey.prefix(20))” cannot stand for “\(key)”: write one letter, small or capital"
    }
    own[key] = chosen
    return nil
  }

  /// To be called when all are bound; takes back what would give one key two meanings.
  /// - Returns: What is wrong, as a clause with the way out; nil when nothing is.
  public mutating func settle() -> String? {
    own = own.filter { $0.key != $0.value }
    for (key, chosen) in own.sorted(by: { $0.key < $1.key }) {
      let other =
        own.first { $0.key != key && $0.value == chosen }?.key
        ?? (Self.shipped.contains(chosen) && own[chosen] == nil ? chosen : nil)
      guard let other else { continue }
      own = [:]
      return
        "“\(chosen)” would mean both “\(key)” and “\(other)”: give “\(other)” another key too; the shipped keys count"
    }
    return nil
  }

  /// What a pressed key means in the key tables; nil: nothing any more.
  func meaning(of key: Key) -> Key? {
    guard case .character(let pressed) = key else { return key }
    if let shipped = own.first(where: { $0.value == pressed })?.key { return .character(shipped) }
    return own[pressed] == nil ? key : nil
  }

  /// The key to press for a key of the tables.
  func pressed(for key: Key) -> Key {
    guard case .character(let shipped) = key, let chosen = own[shipped] else { return key }
    return .character(chosen)
  }

  /// How a key of the tables is written in footers and texts.
  func name(_ shipped: String) -> String {
    guard shipped.count == 1, let key = shipped.first, let chosen = own[key] else { return shipped }
    return String(chosen)
  }
}
