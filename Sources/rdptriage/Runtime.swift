import CaseStore
import Configuration
import Diagnosis
import Dispatch
import Facts
import Foundation
import Intake
import Knowledge
import Probing
import Wizard

/// The one loop: everything that happens comes in here on the main queue as a message, and every effect goes out from here. Nothing on
/// it waits.
@MainActor
final class Runtime {
  private let setup: WizardStart
  private let face: any Face
  private var state: WizardState
  private var sources: [any DispatchSourceProtocol] = []
  private var ticker: (any DispatchSourceTimer)?
  private var finish: CheckedContinuation<Int32, Never>?

  private let intakeQueue = DispatchQueue(label: "rdptriage.intake")
  private let copyQueue = DispatchQueue(label: "rdptriage.copy")
  /// Copies and completions that were started and are not said yet.
  private var shortJobs = 0
  private lazy var saving = Saving(directory: setup.data.directory, person: NSUserName(), self)
  private var probes: (run: Int, handle: ProbeRun)?
  private var practice: PracticeRun?
  private var practicesAsked = 0
  /// The run of probes that was asked for last and not cancelled since.
  private var wantedRun: Int?
  private var knowledge: KnowledgeBase?
  /// A case that somebody else has open; choosing it once more takes it over.
  private var refused: String?

  init(_ setup: WizardStart, _ face: any Face) {
    self.setup = setup
    self.face = face
    state = WizardState(setup.settings(canWriteUTF8: face.writesUTF8))
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
    let loss = await saving.end()
    await copied()
    face.stop()
    guard let loss else { return code }
    Failure.print(loss)
    return Failure.Code.inputOutput.rawValue
  }

  /// What takes time at the start happens behind the first frame.
  private func begin() {
    let options = setup.knowledge
    let learns = setup.learns
    DispatchQueue.global().async {
      let loaded = options.loadInTime()
      DispatchQueue.main.async {
        MainActor.assumeIsolated { self.take(loaded, learns: learns) }
      }
    }
    if let problem = Configuration.current.problems.first {
      send(
        .told(
          "\(problem). Until then the default counts; `rdptriage config` lists all that is wrong."))
    }
    if !face.writesUTF8, !setup.look.isASCII {
      send(
        .told(
          "This terminal's locale is not UTF-8, so lines are drawn in ASCII. LANG=C.UTF-8 changes that."))
    }
  }

  /// What the site has learnt moves the base rates; a store that does not answer moves none, and says so where cases are listed.
  private func take(_ loaded: LoadedKnowledge, learns: Bool) {
    func finish(_ lessons: [Lesson]) {
      knowledge = loaded.base
      send(
        .knowledgeLoaded(
          loaded.base.moved(
            by: SiteExperience(lessons, now: Timestamp(seconds: Date().timeIntervalSince1970)))))
      if let problem = loaded.problems.first {
        send(.told("A team's knowledge was left out: \(problem). `rdptriage knowledge check` lists all."))
      }
    }
    guard learns else { return finish([]) }
    var isTaken = false
    saving.cases.perform({ try $0.lessons() }) { result in
      guard !isTaken else { return }
      isTaken = true
      finish((try? result.get()) ?? [])
    }
    DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(500)) {
      MainActor.assumeIsolated {
        guard !isTaken else { return }
        isTaken = true
        finish([])
      }
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

  /// Ends the run with this exit code, whatever is still to be written.
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

  /// Shows the state, unless something of it is just being written: then the end of that draws.
  func draw() {
    guard !saving.isInTime, finish != nil else { return }
    // Where the next line is asked for, what the last one started is said first.
    guard face.wantsTicks || shortJobs == 0 else { return }
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
      if wantedRun == run { wantedRun = nil }
      if probes?.run == run { probes?.handle.cancel() }
    case .record(let entry, let id): record(entry, id)
    case .listCases: listCases()
    case .loadCase(let id): load(id)
    case .copy(let text): copy(text)
    case .readText(let text, let port, let number):
      let knowing = knowledge?.forTexts ?? .none
      read(number) { () throws(IntakeError) in
        try Intake.read(pasted: text, port: port, knowing: knowing)
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
      shortJobs += 1
      intakeQueue.async {
        let completion = PathCompletion(of: text, ending: ending)
        DispatchQueue.main.async {
          MainActor.assumeIsolated {
            self.shortJobs -= 1
            self.send(.pathCompleted(completion, number: number))
          }
        }
      }
    case .startPractice(let course): startPractice(course)
    case .stopPractice:
      practicesAsked += 1
      practice?.stop()
      practice = nil
    case .quit: saving.leaveWhenSaved()
    case .quitNow: leave(0)
    case .stay: saving.stay()
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

  /// Puts a copied text into a file, too.
  private func copy(_ text: String) {
    let clipboard = face.copy(text)
    let path = setup.data.directory + "/command.txt"
    let directory = setup.data.directory
    shortJobs += 1
    copyQueue.async {
      let isWritten =
        (try? PrivateFiles.makeFolder(directory)) != nil
        && (try? PrivateFiles.write(Array((text + "\n").utf8), to: path)) != nil
      DispatchQueue.main.async {
        MainActor.assumeIsolated {
          self.shortJobs -= 1
          self.send(.copied(clipboard, file: isWritten ? path : nil))
        }
      }
    }
  }

  /// Returns once a text that was copied last is in its file, or after a moment.
  private func copied() async {
    await withCheckedContinuation { continuation in
      let once = Once(continuation)
      copyQueue.async { DispatchQueue.main.async { MainActor.assumeIsolated { once.end() } } }
      DispatchQueue.main.asyncAfter(deadline: .now() + .seconds(1)) {
        MainActor.assumeIsolated { once.end() }
      }
    }
  }

  /// Goes on once, whichever end comes first.
  @MainActor
  private final class Once {
    private var continuation: CheckedContinuation<Void, Never>?
    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

    func end() {
      continuation?.resume()
      continuation = nil
    }
  }

  // MARK: Probes and practice

  private func startProbes(_ request: ProbeRequest, _ run: Int) {
    probes?.handle.cancel()
    wantedRun = run
    if let practice, let events = practice.events(for: request) {
      // Shown one after the other, as of a run.
      Task { @MainActor in for event in events { self.send(.probe(event, run: run)) } }
      return
    }
    guard let practice else { return look(request, run) }
    Task { @MainActor in
      // A practice host is looked at as it is after the step.
      await practice.settled()
      if wantedRun == run { look(request, run) }
    }
  }

  private func look(_ request: ProbeRequest, _ run: Int) {
    let handle = ProbeRunner().start(request)
    probes = (run, handle)
    Task { @MainActor in
      for await event in handle.events { self.send(.probe(event, run: run)) }
    }
  }

  private func startPractice(_ course: PracticeCase) {
    practice?.stop()
    practice = nil
    practicesAsked += 1
    let number = practicesAsked
    Task { @MainActor in
      do {
        let started = try await PracticeRun.start(course)
        guard number == practicesAsked, finish != nil else { return started.stop() }
        practice = started
        send(.practiceStarted(course, started.target))
      } catch {
        guard number == practicesAsked else { return }
        send(.noticed("The practice host could not be started: \(error)."))
      }
    }
  }

  /// The practised host gets well when the step cures what it really suffers from, and only then.
  private func repairPractice(by fix: FixID) {
    guard let practice, let knowledge, practice.course.isCured(by: fix, knowledge) else { return }
    practice.repair { error in
      self.send(.told("The practice host could not be repaired: \(error)."))
    }
  }

  // MARK: Cases

  /// What a journal tells without having been asked.
  func hear(_ news: CaseJournal.News) {
    guard finish != nil else { return }
    saving.hear(news, isAnswer: false)
    draw()
  }

  private func listCases() {
    saving.cases.perform({ try $0.listing(archived: false) }) { result in
      switch result {
      case .success(let listing):
        self.send(.casesListed(listing.cases))
        if let broken = listing.broken.first {
          self.send(.told(Self.first(broken, of: listing.broken.count)))
        }
      case .failure(let error): self.send(.told("\(error)"))
      }
    }
  }

  private static func first(_ sentence: String, of count: Int) -> String {
    count == 1 ? sentence : "\(sentence) And \(count - 1) more; `rdptriage case list` names them."
  }

  private func load(_ id: String) {
    let force = refused == id
    refused = nil
    saving.cases.open(id, force: force) { result in
      switch result {
      case .success(.open(let stored)):
        self.send(.caseLoaded(stored.record))
        if let broken = stored.broken.first {
          self.send(.told(Self.first(broken, of: stored.broken.count)))
        }
      case .success(.missing): self.send(.noticed("There is no case \(id) any more."))
      case .success(.held(let other)):
        self.refused = id
        self.send(
          .noticed(
            "\(other.person) has had this case open since \(other.since.text) UTC. Choose it once more to take it over."
          ))
      case .failure(let error): self.send(.noticed("\(error)"))
      }
    }
  }

  private func record(_ entry: Case.Entry, _ id: String) {
    if case .stepTaken(let fix, .done) = entry.event { repairPractice(by: fix) }
    // What is practised teaches nothing about this site.
    let assessor = practice == nil ? knowledge.map(Assessor.init) : nil
    saving.record(entry, in: id, isPractice: practice != nil, assessor)
  }
}
