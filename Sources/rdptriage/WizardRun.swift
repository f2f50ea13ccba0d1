import CaseStore
import Configuration
import Diagnosis
import Dispatch
import Documents
import Facts
import Foundation
import Intake
import Knowledge
import Practice
import Probing
import Terminal
import Wizard

/// What the wizard is started with.
struct WizardRun {
  var data: DataOptions
  var knowledge: KnowledgeOptions
  var look: AppearanceOptions
  var request: ProbeRequest?
  var code: ReportedCode?
  var options: ProbeOptions?
  /// The id of a case to go on with.
  var resume: String?
  /// Set: start among the practice cases; with an id: at that one.
  var practice: String??
  /// A practice case out of a file.
  var practiceCase: PracticeCase?
  /// What was handed in on the command line.
  var submissions: [Submission] = []
  /// Closed cases of this site move the base rates.
  var learns = true

  /// Runs the wizard to its end.
  ///
  /// - Throws: the exit code, when it is not 0.
  @MainActor
  func start() async throws {
    let face: any Face
    do {
      face = look.isLineByLine ? LineFace() : try ScreenFace(theme: look.theme)
    } catch {
      throw Failure(.inputOutput, "\(error)").exit()
    }
    let code = await Runtime(self, face).run()
    if code != 0 { Foundation.exit(code) }
  }
}

/// How the wizard meets the person: one whole screen, or line by line. Main queue only.
@MainActor
protocol Face: AnyObject {
  /// False when the locale cannot write UTF-8.
  var writesUTF8: Bool { get }
  var size: Size { get }
  /// True when something moves on it while the wizard is busy.
  var wantsTicks: Bool { get }
  /// Takes input from now on, and hands it to the run time, which outlives it.
  func start(_ runtime: Runtime)
  /// Shows the state; everything of it is on disk. Called again for a state that was shown already.
  func show(_ state: WizardState)
  /// Hands the text to the clipboard of the person's own machine.
  func copy(_ text: String) -> Clipboard
  /// Gives the terminal back.
  func stop()
}

/// The one loop: everything that happens comes in here on the main queue as a message, and every effect goes out from here.
@MainActor
final class Runtime {
  private let setup: WizardRun
  private let face: any Face
  private var state: WizardState
  private var sources: [any DispatchSourceProtocol] = []
  private var ticker: (any DispatchSourceTimer)?
  private var finish: CheckedContinuation<Int32, Never>?

  private let intakeQueue = DispatchQueue(label: "rdptriage.intake")
  private let storeQueue = DispatchQueue(label: "rdptriage.cases")
  private let store: LazyStore
  /// What is practised stands apart from the cases of this site.
  private let practiceStore: LazyStore
  /// Entries on their way to disk; frames wait for them.
  private var unsaved = 0
  /// Something could not be written and waits in a store's backlog.
  private var isInTrouble = false
  private var isRetrying = false
  private var probes: (run: Int, handle: ProbeRun)?
  private var practice: PracticeRun?
  private var knowledge: KnowledgeBase?
  /// A case that somebody else has open; choosing it once more takes it over.
  private var refused: String?

  init(_ setup: WizardRun, _ face: any Face) {
    self.setup = setup
    self.face = face
    store = LazyStore(directory: setup.data.directory)
    practiceStore = LazyStore(directory: setup.data.directory + "/practice")
    let request = setup.request
    let own = Configuration.current
    let options = setup.options
    state = WizardState(
      WizardSettings(
        person: NSUserName(), nonce: UInt64.random(in: .min ... .max),
        probes: ProbeRegistry.all.map { $0.description },
        practiceCases: [setup.practiceCase].compactMap(\.self) + PracticeCatalogue.all.map(\.course),
        initial: .init(
          target: request?.target.connectText ?? "", code: setup.code?.description ?? "",
          gateway: request?.target.gateway, domain: request?.target.domain,
          certificateName: request?.target.certificateName, submissions: setup.submissions,
          caseID: setup.resume, practice: setup.practice),
        timeLimit: request?.timeLimit ?? options?.timeLimit ?? own.timeLimit,
        trustFile: request?.trustFile ?? (try? options?.trusted()) ?? own.trustFile,
        nameServer: request?.nameServer ?? options?.nameServer ?? own.nameServer,
        display: Display(
          theme: setup.look.theme, isASCII: setup.look.isASCII, canChooseUnicode: face.writesUTF8,
          language: setup.look.language),
        keys: own.keys,
        defaults: .init(
          port: own.port ?? Target.defaultPort, gateway: options?.gateway ?? own.gateway,
          domain: options?.domain ?? own.domain),
        configurationFile: Configuration.files(ProcessInfo.processInfo.environment).last ?? "",
        dataDirectory: setup.data.directory, version: Program.version,
        readable: Documents.forms.map { .init(name: $0.name, states: $0.states) }))
  }

  /// - Returns: the exit code.
  func run() async -> Int32 {
    let code = await withCheckedContinuation { continuation in
      finish = continuation
      listen()
      send(.resized(face.size), draws: false)
      send(.started)
      begin()
    }
    probes?.handle.cancel()
    practice?.stop()
    let unwritten = storeQueue.sync {
      for store in [store, practiceStore] {
        try? store.flush()
        store.release()
      }
      return store.backlog.count + practiceStore.backlog.count
    }
    face.stop()
    if unwritten > 0 {
      Failure.print(
        "The last \(unwritten) entries of the case could not be written to \(setup.data.directory).")
    }
    return code
  }

  /// What takes time at the start happens behind the first frame.
  private func begin() {
    let options = setup.knowledge
    DispatchQueue.global().async { [storeQueue, store, learns = setup.learns] in
      let loaded = KnowledgeSource.load(overlays: options.directories)
      // A store that cannot be read says so where cases are listed.
      let lessons = learns ? (try? storeQueue.sync { try store.open().lessons() }) ?? [] : []
      let base = loaded.base.moved(
        by: SiteExperience(lessons, now: Timestamp(seconds: Date().timeIntervalSince1970)))
      DispatchQueue.main.async {
        MainActor.assumeIsolated {
          self.knowledge = loaded.base
          self.send(.knowledgeLoaded(base))
          if let problem = loaded.problems.first {
            self.send(
              .noticed("A team's knowledge was left out: \(problem). `rdptriage knowledge check` lists all."))
          }
        }
      }
    }
    if let problem = Configuration.current.problems.first {
      send(
        .noticed(
          "\(problem). Until then the default counts; `rdptriage config` lists all that is wrong."))
    }
    if !face.writesUTF8, !setup.look.isASCII {
      send(
        .noticed(
          "This terminal's locale is not UTF-8, so lines are drawn in ASCII. LANG=C.UTF-8 changes that."))
    }
  }

  // MARK: Input

  private func listen() {
    face.start(self)
    on(SIGINT) { $0.leave(130) }
    on(SIGTERM) { $0.leave(143) }
    on(SIGHUP) { $0.leave(129) }
  }

  func on(_ number: Int32, _ handle: @escaping @MainActor (Runtime) -> Void) {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .main)
    source.setEventHandler { MainActor.assumeIsolated { handle(self) } }
    keep(source)
  }

  /// Activates a source that lives until the end of the run.
  func keep(_ source: any DispatchSourceProtocol) {
    source.activate()
    sources.append(source)
  }

  /// Ends the run with this exit code.
  func leave(_ code: Int32) {
    finish?.resume(returning: code)
    finish = nil
    for source in sources { source.cancel() }
    sources = []
    ticker?.cancel()
    ticker = nil
  }

  // MARK: State

  func send(_ message: Message, draws: Bool = true) {
    carryOut(state.update(message, at: .now()))
    if draws { draw() }
  }

  /// For a line that was typed in line mode.
  func take(line: String) {
    carryOut(state.take(line: line, at: .now()))
    draw()
  }

  /// The end of the input ends a text of many lines; what was read from it is then shown.
  /// - Returns: False when no text was being taken.
  func takeEndOfLines() -> Bool {
    guard state.isTakingLines else { return false }
    send(.keyPressed(.endOfInput))
    return true
  }

  private func carryOut(_ effects: [Effect]) {
    for effect in effects { perform(effect) }
    tickIfBusy()
  }

  /// Shows the state, unless something of it is not on disk yet: then the end of saving draws.
  func draw() {
    guard unsaved == 0, finish != nil else { return }
    face.show(state)
  }

  private func tickIfBusy() {
    if state.isBusy, face.wantsTicks, ticker == nil, finish != nil {
      let timer = DispatchSource.makeTimerSource(queue: .main)
      timer.schedule(deadline: .now() + .milliseconds(150), repeating: .milliseconds(150))
      timer.setEventHandler { MainActor.assumeIsolated { self.send(.ticked) } }
      timer.activate()
      ticker = timer
    } else if !state.isBusy {
      ticker?.cancel()
      ticker = nil
    }
  }

  // MARK: Effects

  private func perform(_ effect: Effect) {
    switch effect {
    case .startProbes(let request, let run): startProbes(request, run)
    case .cancelProbes(let run):
      if probes?.run == run { probes?.handle.cancel() }
    case .record(let entry, let id): record(entry, id)
    case .listCases:
      inStore(store, { try $0.open().list() }) { self.send(.casesListed($0)) }
    case .loadCase(let id): load(id)
    case .copy(let text): send(.copied(face.copy(text), file: keep(text)))
    case .readText(let text, let port, let number):
      let knowing = knowledge?.forTexts ?? .none
      read(number) { () throws(IntakeError) in
        try Intake.read(
          pasted: text, port: port, knowing: knowing)
      }
    case .readFile(let path, let port, let number):
      let knowing = knowledge?.forTexts ?? .none
      read(number) { () throws(IntakeError) in
        try Intake.read(
          file: PathCompletion.expanded(path), mayWait: false, port: port, knowing: knowing)
      }
    case .readConnectionFile(let path, let number):
      read(number) { () throws(IntakeError) in
        try Intake.read(connectionFile: PathCompletion.expanded(path), mayWait: false)
      }
    case .completePath(let text, let ending, let number):
      intakeQueue.async {
        let completion = PathCompletion(of: text, ending: ending)
        DispatchQueue.main.async {
          MainActor.assumeIsolated { self.send(.pathCompleted(completion, number: number)) }
        }
      }
    case .startPractice(let course): startPractice(course)
    case .stopPractice:
      practice?.stop()
      practice = nil
    case .quit: leave(0)
    }
  }

  /// A file may be slow to come, so it is read beside everything else.
  private func read(_ number: Int, _ work: @escaping @Sendable () throws(IntakeError) -> Submission) {
    intakeQueue.async {
      let message: Message
      do throws(IntakeError) {
        message = .read(try work(), number: number)
      } catch {
        message = .unreadable(error.description, number: number)
      }
      DispatchQueue.main.async { MainActor.assumeIsolated { self.send(message) } }
    }
  }

  private func startProbes(_ request: ProbeRequest, _ run: Int) {
    probes?.handle.cancel()
    if let events = practice?.events(for: request) {
      // Shown one after the other, as of a run.
      Task { @MainActor in for event in events { self.send(.probe(event, run: run)) } }
      return
    }
    let handle = ProbeRunner().start(request)
    probes = (run, handle)
    Task { @MainActor in
      for await event in handle.events { self.send(.probe(event, run: run)) }
    }
  }

  private func load(_ id: String) {
    let force = refused == id
    refused = nil
    inStore(
      store,
      { store in
        (try store.hold(id, force: force), try store.open().load(id))
      }
    ) { other, record in
      if let other {
        self.refused = id
        self.send(
          .noticed(
            "\(SafeText.clean(other.person, limit: 40)) has had this case open since \(other.since.text) UTC. Choose it once more to take it over."
          ))
      } else {
        self.send(record.map { .caseLoaded($0) } ?? .noticed("There is no case \(id) any more."))
      }
    }
  }

  private func record(_ entry: Case.Entry, _ id: String) {
    unsaved += 1
    if case .stepTaken(let fix, .done) = entry.event { repairPractice(by: fix) }
    // What is practised teaches nothing about this site.
    let assessor = practice == nil ? knowledge.map(Assessor.init) : nil
    let place = practice == nil ? store : practiceStore
    inStore(
      place,
      { store -> LazyStore.Trouble? in
        guard store.append(entry, to: id) else { return store.trouble }
        try store.learn(from: entry, of: id, assessor)
        return nil
      }, always: { self.unsaved -= 1 }
    ) { trouble in
      self.report(trouble, of: place)
      self.draw()
    }
  }

  /// Tells what is not saved, and tries again until it is.
  private func report(_ trouble: LazyStore.Trouble?, of store: LazyStore) {
    guard let trouble else {
      if isInTrouble { send(.unsaved(0, reason: ""), draws: false) }
      isInTrouble = false
      return
    }
    isInTrouble = true
    send(.unsaved(trouble.entries, reason: trouble.reason), draws: false)
    retry(store)
  }

  private func retry(_ store: LazyStore) {
    guard !isRetrying else { return }
    isRetrying = true
    DispatchQueue.main.asyncAfter(deadline: .now() + .seconds(2)) {
      MainActor.assumeIsolated {
        self.isRetrying = false
        guard self.isInTrouble, self.finish != nil else { return }
        self.inStore(store, { store in try? store.flush() }) { isSaved in
          guard self.isInTrouble else { return }
          if isSaved == nil { return self.retry(store) }
          self.report(nil, of: store)
          self.draw()
        }
      }
    }
  }

  /// Works on the store's own queue, and comes back with the result or a notice.
  private func inStore<Result: Sendable>(
    _ store: LazyStore, _ work: @escaping @Sendable (LazyStore) throws -> Result,
    always: @escaping @MainActor () -> Void = {}, then: @escaping @MainActor (Result) -> Void
  ) {
    storeQueue.async {
      let result = Swift.Result { try work(store) }
      DispatchQueue.main.async {
        MainActor.assumeIsolated {
          always()
          switch result {
          case .success(let value): then(value)
          case .failure(let error): self.send(.noticed("\(error)"))
          }
        }
      }
    }
  }

  private func startPractice(_ course: PracticeCase) {
    practice?.stop()
    practice = nil
    do {
      let started = try PracticeRun(course)
      practice = started
      send(.practiceStarted(course, started.target))
    } catch {
      send(.noticed("The practice host could not be started: \(error)."))
    }
  }

  /// The practised host gets well when the step cures what it really suffers from, and only then.
  private func repairPractice(by fix: FixID) {
    guard let practice, let knowledge, practice.course.isCured(by: fix, knowledge) else { return }
    do {
      try practice.repair()
    } catch {
      send(.noticed("The practice host could not be repaired: \(error)."))
    }
  }

  /// Puts a copied text into a file, too.
  /// - Returns: its path; nil when it cannot be written.
  private func keep(_ text: String) -> String? {
    let path = setup.data.directory + "/command.txt"
    let isWritten = FileManager.default.createFile(
      atPath: path, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: 0o600])
    return isWritten ? path : nil
  }
}

/// The store behind its queue: opened at its first use, and with what could not be written yet. Only ever touched on the store's queue.
private final class LazyStore: @unchecked Sendable {
  private let directory: String
  private var store: SQLiteCaseStore?
  private(set) var backlog: [(entry: Case.Entry, id: String)] = []

  init(directory: String) { self.directory = directory }

  func open() throws -> SQLiteCaseStore {
    if let store { return store }
    let opened = try SQLiteCaseStore(directory: directory)
    store = opened
    return opened
  }

  private var held: String?

  /// Lets go of the case that was open before.
  /// - Returns: who else has it open; nil when it is held here now.
  func hold(_ id: String, force: Bool = false) throws -> CaseHolder? {
    guard held != id else { return nil }
    release()
    let now = Timestamp(seconds: Date().timeIntervalSince1970)
    let other = try open().hold(id, by: .current(person: NSUserName(), since: now), force: force)
    if other == nil { held = id }
    return other
  }

  func release() {
    guard let held else { return }
    // Who cannot let go is let go of when the process ends.
    try? store?.release(held, by: .current(person: NSUserName(), since: Timestamp(seconds: 0)))
    self.held = nil
  }

  /// Keeps what the end of a case teaches; a case that goes on teaches nothing yet.
  func learn(from entry: Case.Entry, of id: String, _ assessor: Assessor?) throws {
    switch entry.event {
    case .closed:
      guard let assessor, let record = try open().load(id) else { return }
      try open().keep(Lesson(record, assessor: assessor), of: id)
    case .reopened: try open().keep(nil, of: id)
    default: break
    }
  }

  /// Why entries are still in the backlog.
  struct Trouble: Sendable {
    var entries: Int
    var reason: String
  }
  private(set) var trouble: Trouble?

  /// Writes what is left over from earlier failures, then this entry; what fails is kept for the next time.
  ///
  /// - Returns: false when something is left; `trouble` says why.
  func append(_ entry: Case.Entry, to id: String) -> Bool {
    backlog.append((entry, id))
    do {
      try flush()
    } catch {
      trouble = Trouble(entries: backlog.count, reason: "\(error)")
      return false
    }
    // Whoever cannot say that a case is open here can still work on it.
    _ = try? hold(id)
    return true
  }

  /// Writes what is left over from earlier failures.
  func flush() throws {
    while let next = backlog.first {
      try open().append(next.entry, to: next.id)
      backlog.removeFirst()
    }
    trouble = nil
  }
}
