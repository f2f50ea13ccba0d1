/// What has happened in a case so far: which actions have failed, and what each question was answered.
///
/// The order does not matter: with one cause at work and failures that change nothing, the belief depends on these alone.
/// So equal situations have equal plans, and a value worked out for one holds however the case came there.
struct Situation: Hashable {
  private var words: SIMD4<UInt64> = .zero
  /// Bits that do not fit; empty for all but the largest models.
  private var more: [UInt64] = []

  /// Where in a situation each action and each question of a model has its bits.
  struct Layout {
    private let actionCount: Int
    private let questionPlaces: [(bit: Int, mask: UInt64)]
    private let wordCount: Int

    init(actions: Int, outcomes: [Int]) {
      actionCount = actions
      var bit = actions
      var places: [(bit: Int, mask: UInt64)] = []
      for count in outcomes {
        let width = max(1, UInt64.bitWidth - UInt64(count).leadingZeroBitCount)
        if bit % 64 + width > 64 { bit += 64 - bit % 64 }
        places.append((bit, (1 << UInt64(width)) - 1))
        bit += width
      }
      questionPlaces = places
      wordCount = (bit + 63) / 64
    }

    var start: Situation {
      var situation = Situation()
      if wordCount > 4 { situation.more = [UInt64](repeating: 0, count: wordCount - 4) }
      return situation
    }

    @inline(__always)
    func hasFailed(_ action: Int, in situation: Situation) -> Bool {
      situation[action >> 6] >> UInt64(action & 63) & 1 == 1
    }

    @inline(__always)
    func isAnswered(_ question: Int, in situation: Situation) -> Bool {
      let place = questionPlaces[question]
      return situation[place.bit >> 6] >> UInt64(place.bit & 63) & place.mask != 0
    }

    func answer(to question: Int, in situation: Situation) -> Int? {
      let place = questionPlaces[question]
      let answer = Int(situation[place.bit >> 6] >> UInt64(place.bit & 63) & place.mask)
      return answer == 0 ? nil : answer - 1
    }

    func after(failureOf action: Int, in situation: Situation) -> Situation {
      var after = situation
      after[action >> 6] |= 1 << UInt64(action & 63)
      return after
    }

    func without(failureOf action: Int, in situation: Situation) -> Situation {
      var without = situation
      without[action >> 6] &= ~(1 << UInt64(action & 63))
      return without
    }

    func after(answer outcome: Int, to question: Int, in situation: Situation) -> Situation {
      var after = situation
      let place = questionPlaces[question]
      after[place.bit >> 6] |= UInt64(outcome + 1) << UInt64(place.bit & 63)
      return after
    }
  }

  private subscript(word: Int) -> UInt64 {
    @inline(__always) get { word < 4 ? words[word] : more[word - 4] }
    set {
      if word < 4 { words[word] = newValue } else { more[word - 4] = newValue }
    }
  }
}
