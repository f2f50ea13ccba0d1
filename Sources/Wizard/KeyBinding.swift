import Diagnosis
import Facts

/// One row of a screen's key table. The table drives what a key does, the footer and the help page, so they cannot disagree.
struct KeyBinding<Holder: Sendable>: Sendable {
  var keys: [Key]
  /// As it is written in the footer: `Enter`, `1-9`.
  var name: String
  /// One to three words for the footer.
  var label: Phrase
  /// One sentence for the help page.
  var help: Phrase
  /// Places in the footer are few: low numbers get one first; nil is for the help page alone.
  var rank: Int?
  /// Why the key does nothing now; nil when it does something.
  var disabledReason: @Sendable (Holder, Model) -> String?
  var action: @Sendable (inout Holder, Key, inout Turn) -> Void

  init(
    _ keys: [Key], _ name: String, _ label: Phrase, help: Phrase, rank: Int? = 5,
    disabledReason: @escaping @Sendable (Holder, Model) -> String? = { _, _ in nil },
    action: @escaping @Sendable (inout Holder, Key, inout Turn) -> Void
  ) {
    self.keys = keys
    self.name = name
    self.label = label
    self.help = help
    self.rank = rank
    self.disabledReason = disabledReason
    self.action = action
  }

  /// The help, and the letters beside the name that do the same, as they are on this person's keyboard.
  func explained(_ model: Model) -> String {
    let letters = keys.compactMap { key -> String? in
      guard case .character(let letter) = key, KeyMap.shipped.contains(letter), String(letter) != name else {
        return nil
      }
      return model.key(String(letter))
    }
    guard !letters.isEmpty else { return localized(help) }
    return localized(help) + " " + localized("Also \(letters.joined(separator: ", ")).")
  }
}

extension KeyBinding {
  static var back: Self {
    Self(
      [.escape, .backspace], "Esc", "back",
      help: "Back to the screen before. Nothing that was answered is lost.",
      rank: 6
    ) { _, _, turn in turn.moves.append(.pop) }
  }

  static var leave: Self {
    Self(
      [.character("q")], "q", "leave", help: "Leave the program. The case is kept and can be resumed.",
      rank: 8
    ) { _, _, turn in turn.leave() }
  }

  static var scroll: Self {
    Self(
      [.pageUp, .pageDown, .home, .end], "PgUp/PgDn", "scroll",
      help: "Scroll by a page; Home and End go to the first and the last line.", rank: nil
    ) { _, key, turn in turn.scroll = Turn.Scroll(key) }
  }

  /// For screens that are read and have nothing to choose.
  static var scrollByLine: Self {
    Self(
      [.up, .down, .character("k"), .character("j")], "Up/Down", "scroll",
      help: "Scroll by a line.",
      rank: 4
    ) { _, key, turn in
      turn.scroll = key == .up || key == .character("k") ? .lineUp : .lineDown
    }
  }

  static var why: Self {
    Self(
      [.character("w")], "w", "why", help: "The causes in order, and what speaks for and against each.",
      rank: 3
    ) { _, _, turn in turn.moves.append(.push(.why(WhyScreen(turn.model)))) }
  }

  static var probes: Self {
    Self(
      [.character("p")], "p", "probes", help: "Everything that the probes saw, layer by layer.", rank: 4
    ) { _, _, turn in turn.moves.append(.push(.probes(ProbesScreen()))) }
  }

  static var changeAnswer: Self {
    Self(
      [.character("u")], "u", "change answer",
      help: "Change an earlier answer or the code. What follows is thought through again.",
      rank: 5
    ) { _, _, turn in turn.moves.append(.push(.answers(AnswersScreen()))) }
  }

  static var ticketText: Self {
    Self(
      [.character("t")], "t", "ticket", help: "The case as plain text for the ticket.", rank: 5
    ) { _, _, turn in turn.moves.append(.push(.ticket(TicketScreen()))) }
  }

  static var probeAgain: Self {
    Self(
      [.character("r")], "r", "probe again", help: "Look at the target again, every layer.", rank: 6,
      disabledReason: { _, model in
        model.triage?.isProbing == true ? localized("the probes are still running") : nil
      },
      action: { _, _, turn in
        turn.startProbes()
        turn.moves.append(.advance(force: false))
      })
  }

  static var otherSteps: Self {
    Self(
      [.character("o")], "o", "other step",
      help: "What else could be done now, what each would cost, and where each answer would lead.", rank: 6,
      disabledReason: { _, model in model.advisor == nil ? localized("the knowledge is loading") : nil },
      action: { _, _, turn in
        guard let advisor = turn.model.advisor, let record = turn.model.triage?.record else { return }
        let evidence = Evidence(record, knowledge: advisor.assessor.knowledge)
        turn.moves.append(
          .push(.otherSteps(OtherStepsScreen(steps: advisor.assessor.alternatives(evidence)))))
      })
  }

  static var handOver: Self {
    Self(
      [.character("e")], "e", "hand over", help: "Hand the case over to the team that owns the place.",
      rank: nil
    ) { _, _, turn in turn.moves.append(.push(.escalate(EscalateScreen(isAsked: true)))) }
  }

  static var timeline: Self {
    Self(
      [.character("h")], "h", "history",
      help: "Everything that happened, in order; any answer or step can be changed from there.", rank: 7
    ) { _, _, turn in turn.moves.append(.push(.timeline(TimelineScreen(turn.model.triage?.record)))) }
  }

  static var putBack: Self {
    Self(
      [.character("b")], "b", "put back",
      help: "Protections that steps took away: how to put them back, and until when.", rank: 2,
      disabledReason: { _, model in model.weakened.isEmpty ? localized("no step has weakened security") : nil
      },
      action: { _, _, turn in turn.moves.append(.push(.ledger(LedgerScreen()))) })
  }

  static var pasteOutput: Self {
    Self(
      [.character("v")], "v", "paste",
      help: "Paste the output of a command, an event log or a whole error window: it is read for you.",
      rank: 5
    ) { _, _, turn in PasteScreen.open(for: nil, &turn) }
  }

  static var tell: Self {
    Self(
      [.character("f")], "f", "tell",
      help: "Say something that was not asked, in the caller's own words; the answers in it are offered.",
      rank: 4
    ) { _, _, turn in TellScreen.open(&turn) }
  }

  static var context: Self {
    Self(
      [.character("g")], "g", "what is known",
      help: "The page of what nearly everybody knows: host, program, way, who is affected, what changed.",
      rank: 7,
      disabledReason: { _, model in
        ContextScreen().rows(model).isEmpty ? localized("there is nothing to ask on one page") : nil
      },
      action: { _, _, turn in turn.moves.append(.push(.context(ContextScreen(isAgain: true)))) })
  }

  /// What every screen of an open case offers.
  static var ofCase: [Self] {
    [
      why, tell, probes, pasteOutput, context, changeAnswer, ticketText, probeAgain, putBack, timeline,
      otherSteps, handOver,
      scroll,
      backToStart,
      leave,
    ]
  }

  /// What the caller of a practised case says; real callers are at the telephone.
  static func askCaller(
    _ help: Phrase, say: @escaping @Sendable (inout Holder, PracticeCase, inout Turn) -> Void,
    reason: @escaping @Sendable (Holder, Model) -> String?
  ) -> Self {
    Self(
      [.character("a")], "a", "ask", help: help, rank: 1,
      disabledReason: { holder, model in
        model.triage?.practice == nil
          ? localized("only a practised case has a caller in the program") : reason(holder, model)
      },
      action: { holder, _, turn in
        if let practice = turn.model.triage?.practice { say(&holder, practice, &turn) }
      })
  }

  static var backToStart: Self {
    var binding = back
    binding.label = "to start"
    binding.help = "Back to the start screen. The case stays open, with every answer."
    binding.action = { _, _, turn in
      turn.effects.append(.listCases)
      turn.moves.append(.pop)
    }
    return binding
  }

  /// Moves a selection that has `count` rows.
  static func move(
    count: @escaping @Sendable (Holder, Model) -> Int,
    selection: any WritableKeyPath<Holder, Int> & Sendable
  ) -> Self {
    Self(
      [.up, .down, .character("k"), .character("j")], "Up/Down", "move",
      help: "Move up or down.",
      rank: 4
    ) { holder, key, turn in
      let count = count(holder, turn.model)
      let isUp = key == .up || key == .character("k")
      let moved = holder[keyPath: selection] + (isUp ? -1 : 1)
      if (0..<max(count, 1)).contains(moved) {
        holder[keyPath: selection] = moved
      } else {
        turn.model.notice = isUp ? localized("This is the first row.") : localized("This is the last row.")
      }
    }
  }
}

extension KeyRow {
  /// For a text field that opened on a page.
  static var ofField: [KeyRow] {
    [
      KeyRow(name: "Enter", label: localized("keep"), help: "", rank: 1, disabledReason: nil),
      KeyRow(name: "Esc", label: localized("leave as it was"), help: "", rank: 1, disabledReason: nil),
    ]
  }
}

/// A row of the help page and the footer, taken from a key table as it stood.
struct KeyRow: Equatable, Sendable {
  var name: String
  var label: String
  var help: String
  var rank: Int?
  var disabledReason: String?
}
