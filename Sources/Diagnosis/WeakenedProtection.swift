public import Facts

/// A protection that a step of a case took away, and what has become of it.
public struct WeakenedProtection: Sendable, Equatable {
  public var fix: FixID
  /// The fix's title and its way back, with the target's values filled in.
  public var title: String
  public var reverse: String
  public var taken: Timestamp
  /// When it must be back at the latest.
  public var due: Timestamp
  public var state: State

  public enum State: Sendable, Equatable {
    /// Nobody has put it back.
    case open
    case reversed(at: Timestamp, by: String)
    /// It stays away for a reason that somebody gave.
    case accepted(reason: String, at: Timestamp, by: String)
  }

  public var isOpen: Bool { state == .open }
}

extension Case {
  /// Every protection that a step took away, in the order in which that was first done.
  ///
  /// A step that was carried out counts whether it helped or not, and stays even when what was said about it is withdrawn: only
  /// putting it back ends it. Doing the step once more takes the protection away anew.
  public func weakenedProtections(_ knowledge: KnowledgeBase) -> [WeakenedProtection] {
    guard let target else { return [] }
    var protections: [WeakenedProtection] = []
    func place(_ fix: FixID) -> Int? { protections.firstIndex { $0.fix == fix } }
    for entry in entries {
      switch entry.event {
      case .stepTaken(let id, let result):
        let known = place(id)
        if result == .skipped {
          // It could not be done after all.
          if let known, protections[known].isOpen { protections.remove(at: known) }
          continue
        }
        guard result == .done || known == nil, let fix = knowledge.fix(id) else { continue }
        let card = FixCard(fix, target: target).fix
        guard let weakening = card.weakening else { continue }
        if let known { protections.remove(at: known) }
        protections.insert(
          WeakenedProtection(
            fix: id, title: card.title, reverse: weakening.reverse, taken: entry.time,
            due: Timestamp(seconds: entry.time.seconds + weakening.dueHours * 3600), state: .open),
          at: known ?? protections.count)
      case .weakeningReversed(let id):
        if let known = place(id) { protections[known].state = .reversed(at: entry.time, by: entry.person) }
      case .weakeningAccepted(let id, let reason):
        if let known = place(id) {
          protections[known].state = .accepted(reason: reason, at: entry.time, by: entry.person)
        }
      default: continue
      }
    }
    return protections
  }
}
