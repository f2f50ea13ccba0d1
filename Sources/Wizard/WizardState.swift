public import Diagnosis
public import Facts

/// The wizard as a value: messages go in, orders to the outside come out, and it can be drawn at any size at any time.
///
/// Send `Message.started` first. Equal messages give equal states, effects and frames.
public struct WizardState: Sendable, Equatable {
  var model: Model
  /// The last one is on the terminal; the first is always the start screen. An open case's own screen is the second.
  var stack: [Shown]

  struct Shown: Sendable, Equatable {
    var screen: Screen
    var scroll = 0
    var sideScroll = 0
    var isSideShown = false
    init(_ screen: Screen) { self.screen = screen }
  }

  public init(_ settings: WizardSettings) {
    model = Model(settings: settings)
    stack = [Shown(.start(StartScreen()))]
  }

  /// True while something runs whose sign moves; `Message.ticked` is wanted then.
  public var isBusy: Bool { model.triage?.isProbing ?? false }

  /// How it is to be drawn.
  public var display: Display { model.display }

  /// True when what is shown belongs to the open case.
  var isAboutCase: Bool { model.triage != nil && stack.count > 1 && stack[1].screen.isOfCase }

  /// The case that is being worked on.
  public var openCase: Case? { model.triage?.record }

  /// - Returns: What the outside world should do, in this order.
  public mutating func update(_ message: Message, at now: Timestamp) -> [Effect] {
    Language.$current.withValue(model.display.language) { respond(to: message, at: now) }
  }

  private mutating func respond(to message: Message, at now: Timestamp) -> [Effect] {
    var turn = Turn(model: model, now: now)
    let top = stack.count - 1
    var followsSelection = false
    switch message {
    case .started: begin(&turn)
    case .keyPressed(let key):
      turn.model.notice = nil
      followsSelection = true
      press(key, &turn)
    case .pasted(let text):
      turn.model.notice = nil
      followsSelection = true
      stack[top].screen = stack[top].screen.content.pasted(text, &turn)
    case .lineTyped(let line):
      turn.model.notice = nil
      var content = stack[top].screen.content
      content.take(line: line, &turn)
      stack[top].screen = content.asScreen
    case .resized(let size):
      turn.model.size = size
      followsSelection = true
    case .ticked:
      if isBusy { turn.model.phase = (turn.model.phase + 1) % 1000 }
    case .probe(let event, let run): turn.take(event, run: run)
    case .knowledgeLoaded(let knowledge):
      turn.model.advisor = Advisor(assessor: Assessor(knowledge: knowledge))
      turn.assess()
      if turn.model.triage != nil { turn.moves.append(.advance(force: false)) }
      turn.readWhatWasTold()
    case .casesListed(let cases):
      turn.model.cases = cases
      keepSelection(from: model, to: turn.model)
    case .caseLoaded(let loaded):
      // The person may have gone elsewhere since asking for it.
      guard turn.model.awaitedCase == loaded.id else { break }
      turn.model.awaitedCase = nil
      turn.resume(loaded)
    case .practiceStarted(let practice, let target):
      guard turn.model.awaitedPractice == practice else {
        if turn.model.awaitedPractice == nil, turn.model.triage?.practice == nil {
          turn.effects.append(.stopPractice)
        }
        break
      }
      turn.model.awaitedPractice = nil
      turn.model.notice = localized(
        "“\(practice.story)” At each question, \(turn.model.key("a")) asks the caller.")
      turn.openCase(
        target, code: practice.code, practice: practice, submissions: practice.recorded?.submissions ?? [])
    case .copied(let clipboard, let file): turn.model.notice = clipboard.words(file: file)
    case .read, .unreadable, .pathCompleted:
      followsSelection = true
      for index in stack.indices {
        var content = stack[index].screen.content
        content.hear(message, &turn)
        stack[index].screen = content.asScreen
      }
    case .unsaved(let count, let reason):
      turn.model.unsaved = count
      let sentence =
        count == 0
        ? localized("Everything is saved again.")
        : localized("\(reason) What you said is kept here, and saved as soon as that is possible.")
      // What was told besides stays to be read.
      var other = turn.model.notice ?? ""
      if let former = turn.model.unsavedNotice, other.hasPrefix(former) {
        other = String(other.dropFirst(former.count).drop { $0 == " " })
      }
      turn.model.unsavedNotice = sentence
      turn.model.notice = other.isEmpty ? sentence : "\(sentence) \(other)"
    case .leavingHeld(let count, let reason):
      turn.model.unsaved = count
      turn.moves.append(.push(.confirm(ConfirmScreen(.leave(unsaved: count, reason: reason)))))
    case .told(let sentence): turn.model.notice = sentence
    case .noticed(let sentence):
      turn.model.awaitedCase = nil
      turn.model.awaitedPractice = nil
      turn.model.notice = sentence
    }
    if turn.needsAssessment { turn.assess(planning: !message.isProbeResult) }
    finish(turn, followsSelection: followsSelection)
    return turn.effects
  }

  /// A list that was read again must not move under the fingers.
  private mutating func keepSelection(from old: Model, to new: Model) {
    for index in stack.indices {
      switch stack[index].screen {
      case .start(var start):
        let before = start.rows(of: old)
        let isFirst = old.cases == nil
        let row = before.indices.contains(start.selected) ? before[start.selected] : nil
        let now = start.rows(of: new).firstIndex { $0.isSame(as: row) }
        start.selected = isFirst ? 0 : now ?? 0
        stack[index].screen = .start(start)
      case .resume(var resume):
        let cases = old.cases ?? []
        let id = cases.indices.contains(resume.selected) ? cases[resume.selected].id : nil
        resume.selected = new.cases?.firstIndex { $0.id == id } ?? 0
        stack[index].screen = .resume(resume)
      default: break
      }
    }
  }

  private func begin(_ turn: inout Turn) {
    let initial = turn.model.settings.initial
    turn.effects.append(.listCases)
    if let id = initial.caseID {
      turn.model.awaitedCase = id
      turn.effects.append(.loadCase(id))
      return
    }
    if let practice = initial.practice {
      let cases = turn.model.settings.practiceCases
      let chosen = practice.flatMap { id in cases.firstIndex { $0.id == id } }
      turn.moves.append(.push(.practice(PracticeScreen(selected: chosen ?? 0))))
      if let chosen {
        turn.model.awaitedPractice = cases[chosen]
        turn.effects.append(.startPractice(cases[chosen]))
      }
      return
    }
    guard !initial.target.isEmpty || !initial.code.isEmpty else { return }
    var screen = TargetScreen(initial)
    if !initial.target.isEmpty, ReportedCode(initial.code) != nil {
      screen.open(&turn)
      if turn.model.triage != nil { return }
    }
    turn.moves.append(.push(.target(screen)))
  }

  private mutating func press(_ key: Key, _ turn: inout Turn) {
    let top = stack.count - 1
    let content = stack[top].screen.content
    if key == .tab || key == .backTab, content.hasSide, Composer.isOnePane(turn.model.size) {
      stack[top].isSideShown.toggle()
      return
    }
    stack[top].screen = content.pressed(key, &turn)
  }

  private mutating func finish(_ turn: Turn, followsSelection: Bool) {
    model = turn.model
    if let scroll = turn.scroll { apply(scroll) }
    for move in turn.moves { apply(move) }
    settle(followsSelection: followsSelection && turn.scroll == nil)
  }

  private mutating func apply(_ move: Turn.Move) {
    switch move {
    case .push(let screen): stack.append(Shown(screen))
    case .pop: if stack.count > 1 { stack.removeLast() }
    case .toCase:
      let needed = model.triage.flatMap { Self.needed(by: $0, model) } ?? .start(StartScreen())
      if stack.count > 1, stack[1].screen.isOfCase {
        stack.removeLast(stack.count - 2)
      } else {
        stack = [stack[0], Shown(needed)]
      }
    case .home: stack.removeLast(stack.count - 1)
    case .advance(let isForced): advance(isForced)
    }
  }

  /// Shows what the case needs, without taking a question away under somebody's fingers.
  private mutating func advance(_ isForced: Bool) {
    guard let triage = model.triage, stack.count > 1, stack[1].screen.isOfCase,
      let needed = Self.needed(by: triage, model)
    else { return }
    let current = stack[1].screen
    // What was chosen on the page of context and not taken yet stays.
    if case .context = current, case .context = needed { return }
    // A page gives way to a step, not to a single question that the next finding may take away again.
    if !isForced, triage.isProbing, case .context = current, case .work = needed { return }
    if current.isSameKind(as: needed) {
      if !isForced, case .work(var work) = current, work.mootBecause != nil {
        work.mootBecause = nil
        stack[1].screen = .work(work)
      } else if isForced {
        stack[1] = Shown(needed)
      }
      return
    }
    guard isForced || !current.isHeld else {
      if case .work(var work) = current, let question = work.question {
        work.mootBecause = Self.reasonWhyMoot(question, triage, model)
        stack[1].screen = .work(work)
        if work.mootBecause != nil {
          model.notice = localized("The probes found something: this question does not matter any more.")
        }
      }
      if case .context = current {
        model.notice = localized("The probes found enough to go on with: Esc goes on without this page.")
      }
      return
    }
    stack[1] = Shown(needed)
  }

  /// The screen that a case asks for as it stands.
  static func needed(by triage: Triage, _ model: Model) -> Screen? {
    if triage.record.ending != nil { return .ending(EndingScreen()) }
    if triage.proving != nil { return .proof(ProofScreen()) }
    guard let next = triage.chosen ?? triage.assessment?.next else {
      return .work(WorkScreen(question: nil))
    }
    // What nearly everybody knows comes before single questions, and before a step that is not sure.
    if triage.chosen == nil, next.isUnsure(of: triage.leader), ContextScreen.isDue(model) {
      return .context(ContextScreen())
    }
    switch next {
    case .question(let id): return .work(WorkScreen(question: id))
    case .fix, .escalate, .none:
      // A step is taken on all the findings, not on those that happened to come first.
      guard !triage.isProbing else { return .work(WorkScreen(question: nil)) }
    }
    switch next {
    case .fix(let id): return .step(StepScreen(fix: id))
    case .escalate: return .escalate(EscalateScreen(isAsked: false))
    case .none, .question: return .healthy(HealthyScreen())
    }
  }

  private static func reasonWhyMoot(_ id: QuestionID, _ triage: Triage, _ model: Model) -> String? {
    guard let knowledge = model.knowledge, let question = knowledge.question(id) else {
      return localized("the question is no longer in the knowledge")
    }
    let evidence = Evidence(triage.record, knowledge: knowledge)
    for (finding, outcomes) in question.needs.sorted(by: { $0.key < $1.key }) {
      guard let outcome = evidence.outcome(of: finding), !outcomes.contains(outcome) else { continue }
      return localized("the probes saw: \(Wording.meaning(finding, outcome, knowledge))")
    }
    guard !triage.isProbing else { return nil }
    if case .question = triage.assessment?.next { return nil }
    return localized("what the probes saw is enough to go on")
  }

  private mutating func apply(_ scroll: Turn.Scroll) {
    let view = Composer(self, model.size, model.display.appearance).view
    let page = max(1, view.visible - 1)
    func moved(_ position: Int) -> Int {
      switch scroll {
      case .lineUp: position - 1
      case .lineDown: position + 1
      case .pageUp: position - page
      case .pageDown: position + page
      case .toTop: 0
      case .toBottom: view.count
      }
    }
    let top = stack.count - 1
    if view.isSide {
      stack[top].sideScroll = max(0, min(moved(stack[top].sideScroll), view.count - view.visible))
    } else {
      stack[top].scroll = max(0, min(moved(stack[top].scroll), view.count - view.visible))
    }
  }

  /// Keeps positions inside the text, and what is selected in sight.
  private mutating func settle(followsSelection: Bool) {
    let view = Composer(self, model.size, model.display.appearance).view
    let top = stack.count - 1
    let last = max(0, view.count - view.visible)
    if view.isSide {
      stack[top].sideScroll = max(0, min(stack[top].sideScroll, last))
      return
    }
    var scroll = max(0, min(stack[top].scroll, last))
    if followsSelection, let focus = view.focus {
      scroll = max(scroll, focus.upperBound - view.visible)
      scroll = min(scroll, focus.lowerBound)
      // A selection in the first rows shows what stands above it, too.
      if focus.upperBound <= view.visible { scroll = 0 }
    }
    stack[top].scroll = max(0, min(scroll, last))
  }

  /// The whole screen; total for every size.
  public func render(_ size: Size, appearance: Appearance) -> Frame {
    Language.$current.withValue(model.display.language) { Composer(self, size, appearance).frame }
  }
}

extension Screen {
  /// True for the screens that an open case shows by itself.
  var isOfCase: Bool {
    switch self {
    case .work, .context, .step, .proof, .healthy, .escalate, .ending: true
    default: false
    }
  }

  /// True while the person has something to decide here that news must not take away.
  var isHeld: Bool {
    switch self {
    case .work(let work): work.question != nil
    case .context(let page): page.isTouched
    default: false
    }
  }

  func isSameKind(as other: Screen) -> Bool {
    switch (self, other) {
    case (.work(let left), .work(let right)): left.question == right.question
    case (.step(let left), .step(let right)): left.fix == right.fix
    case (.context, .context), (.proof, .proof), (.healthy, .healthy), (.escalate, .escalate),
      (.ending, .ending):
      true
    default: false
    }
  }
}

extension NextStep {
  fileprivate func isUnsure(of leader: RankedCause?) -> Bool {
    switch self {
    case .question: true
    case .fix, .escalate: leader.map { $0.probability < 0.5 } ?? true
    case .none: false
    }
  }
}

extension Clipboard {
  /// - Parameter file: What holds the text too; nil where no file could be written.
  fileprivate func words(file: String?) -> String {
    switch (self, file) {
    case (.sent, let file?): localized("Copied, and kept in \(file).")
    case (.sent, nil): localized("Copied.")
    case (.tooLong, let file?):
      localized("Too long for the terminal's clipboard, so it is not copied. The whole text is in \(file).")
    case (.tooLong, nil):
      localized("Too long for the terminal's clipboard, and no file could be written: mark it on the screen.")
    case (.missing, let file?):
      localized("This terminal has no clipboard, so it is not copied. The text is in \(file).")
    case (.missing, nil):
      localized("This terminal has no clipboard, and no file could be written: mark it on the screen.")
    }
  }
}
