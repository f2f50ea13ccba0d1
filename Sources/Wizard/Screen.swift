import Diagnosis
import Facts

/// What is on the terminal. To add a screen: a file in `Screens/`, a case here, and its line in `content`.
enum Screen: Equatable, Sendable {
  case start(StartScreen)
  case target(TargetScreen)
  case work(WorkScreen)
  case step(StepScreen)
  case proof(ProofScreen)
  case healthy(HealthyScreen)
  case escalate(EscalateScreen)
  case ending(EndingScreen)
  case why(WhyScreen)
  case otherSteps(OtherStepsScreen)
  case probes(ProbesScreen)
  case answers(AnswersScreen)
  case ticket(TicketScreen)
  case codes(CodeScreen)
  case resume(ResumeScreen)
  case practice(PracticeScreen)
  case help(HelpScreen)
  case confirm(ConfirmScreen)
  case ledger(LedgerScreen)
  case settings(SettingsScreen)
  case timeline(TimelineScreen)
  case knowledge(KnowledgeScreen)
  case entry(EntryScreen)
  case paste(PasteScreen)
  case context(ContextScreen)
  case tell(TellScreen)

  var content: any WizardScreen {
    switch self {
    case .start(let screen): screen
    case .target(let screen): screen
    case .work(let screen): screen
    case .step(let screen): screen
    case .proof(let screen): screen
    case .healthy(let screen): screen
    case .escalate(let screen): screen
    case .ending(let screen): screen
    case .why(let screen): screen
    case .otherSteps(let screen): screen
    case .probes(let screen): screen
    case .answers(let screen): screen
    case .ticket(let screen): screen
    case .codes(let screen): screen
    case .resume(let screen): screen
    case .practice(let screen): screen
    case .help(let screen): screen
    case .confirm(let screen): screen
    case .ledger(let screen): screen
    case .settings(let screen): screen
    case .timeline(let screen): screen
    case .knowledge(let screen): screen
    case .entry(let screen): screen
    case .paste(let screen): screen
    case .context(let screen): screen
    case .tell(let screen): screen
    }
  }
}

/// A screen's file reads: what it holds, which keys it has, what typing does, how it looks.
protocol WizardScreen: Equatable, Sendable {
  static var keys: [KeyBinding<Self>] { get }
  /// The screen as a case of ``Screen``.
  var asScreen: Screen { get }
  /// In the help page, for example "the step card".
  var name: String { get }
  /// True when the page has a second pane: beside the first where there is room, else behind Tab.
  var hasSide: Bool { get }
  /// What the footer shows while every key goes into a text field; nil while the key table counts.
  var typingKeys: [KeyRow]? { get }
  /// The text field that typing goes into now; nil while the key table counts. Line mode fills it with whole lines.
  var field: LineField? { get }
  mutating func clearField()
  /// Keys that go into a text field; asked before the key table.
  /// - Returns: True when the key was used up.
  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool
  mutating func paste(_ text: String, _ turn: inout Turn)
  /// A whole line of a text of many lines, in line mode.
  mutating func take(line: String, _ turn: inout Turn)
  /// What came of something that a screen asked for; every screen that is open hears it.
  mutating func hear(_ answer: Message, _ turn: inout Turn)
  /// What is being done, as a sentence, while nothing can be typed in line mode.
  var waitsFor: String? { get }
  /// False where the arrow keys walk through something else than rows.
  var numbersMark: Bool { get }
  func page(_ context: PageContext) -> Page
}

extension WizardScreen {
  var hasSide: Bool { false }
  var typingKeys: [KeyRow]? { nil }
  var field: LineField? { typingKeys.map { _ in LineField(name: name, isEntered: true) } }
  mutating func clearField() {}
  mutating func type(_ key: Key, _ turn: inout Turn) -> Bool { false }
  mutating func paste(_ text: String, _ turn: inout Turn) {}
  mutating func take(line: String, _ turn: inout Turn) {}
  mutating func hear(_ answer: Message, _ turn: inout Turn) {}
  var waitsFor: String? { nil }
  var numbersMark: Bool { true }

  /// Does what the key table says.
  func pressed(_ key: Key, _ turn: inout Turn) -> Screen {
    var screen = self
    if screen.type(key, &turn) { return screen.asScreen }
    let map = turn.model.settings.keys
    guard let key = field == nil ? map.meaning(of: key) : key else { return screen.asScreen }
    if key == .character("?") {
      turn.moves.append(.push(.help(HelpScreen(of: name, rows: rows(turn.model)))))
      return screen.asScreen
    }
    // A key may stand there twice, for what it does now and what it does else.
    let bindings = Self.keys.filter { $0.keys.contains(key) }
    guard
      let binding = bindings.first(where: { $0.disabledReason(screen, turn.model) == nil }) ?? bindings.first
    else { return screen.asScreen }
    if let reason = binding.disabledReason(screen, turn.model) {
      turn.model.notice = localized("\(map.name(binding.name)) does nothing now: \(reason).")
    } else {
      binding.action(&screen, key, &turn)
    }
    return screen.asScreen
  }

  func pasted(_ text: String, _ turn: inout Turn) -> Screen {
    var screen = self
    screen.paste(text, &turn)
    return screen.asScreen
  }

  /// The key table as it stands, in its order.
  func rows(_ model: Model) -> [KeyRow] {
    Self.keys.map {
      KeyRow(
        name: model.key($0.name), label: localized($0.label), help: $0.explained(model), rank: $0.rank,
        disabledReason: $0.disabledReason(self, model))
    } + [
      KeyRow(name: "?", label: localized("help"), help: localized("This page."), rank: 0, disabledReason: nil)
    ]
  }
}

/// What line mode has to know of the text field in hand.
struct LineField: Equatable, Sendable {
  /// Asked for before each line.
  var name: String
  /// A line is the whole text, so Enter follows by itself; false where a person looks first at what the text brings.
  var isEntered: Bool
  /// A line that begins with a slash and names no key is text, too.
  var isPath = false
  /// Lines are added one by one, until one that holds ``endOfLines`` alone.
  var isManyLines = false
  /// One field of several, so that `/tab` is the key to the next one.
  var isInForm = false

  static let endOfLines = "/end"
}

/// What a screen may know when it is drawn.
struct PageContext {
  let model: Model
  let ink: Ink
  /// Cells of the main pane.
  let width: Int
  /// Cells of the second pane.
  let sideWidth: Int
  /// Rows between heading and footer.
  let height: Int
  /// The second pane, if the screen has one, is behind Tab.
  let isOnePane: Bool

  var isNarrow: Bool { width < 56 && !ink.isLinear }
}

/// A screen's content before it is cut to the terminal.
struct Page {
  /// Stays in place.
  var lead: [Line] = []
  /// Scrolls when it is longer than the screen.
  var body: [Line] = []
  /// The rows of `body` that belong to what is selected; they are kept in sight.
  var focus: Range<Int>?
  /// The second pane, and its name for Tab.
  var side: [Line] = []
  var sideName = ""
  /// Row of `lead` followed by `body`, and cell.
  var cursor: Frame.Cursor?
}

/// What one message makes of the wizard: the model as it becomes, orders to the outside, and where to go.
struct Turn {
  var model: Model
  let now: Timestamp
  var effects: [Effect] = []
  var moves: [Move] = []
  var scroll: Scroll?
  /// The case changed: what is known is ranked again before anything is shown.
  var needsAssessment = false

  init(model: Model, now: Timestamp) {
    self.model = model
    self.now = now
  }

  enum Move: Equatable {
    case push(Screen)
    case pop
    /// To the open case, closing what lies above it.
    case toCase
    case home
    /// Show what the case needs now. Without `force`, a question that is being answered stays.
    case advance(force: Bool)
  }

  enum Scroll: Equatable {
    case lineUp, lineDown, pageUp, pageDown, toTop, toBottom
    init(_ key: Key) {
      self =
        switch key {
        case .pageUp: .pageUp
        case .pageDown: .pageDown
        case .home: .toTop
        default: .toBottom
        }
    }
  }
}
