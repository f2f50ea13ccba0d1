import CaseStore
import Diagnosis
import Dispatch
import Facts
import Wizard

/// What is said and done is on disk before it is shown, as long as that takes no time that a person would notice; else it is said what
/// is not saved, everything goes on, and it is tried again.
@MainActor
final class Saving {
  let cases: CaseJournal
  /// What is practised stands apart from the cases of this site.
  private let practice: CaseJournal
  private unowned let runtime: Runtime

  /// Attempts to write that have not ended.
  private var attempts = 0
  /// The person knows that something is not saved.
  private var isTold = false
  private var isLate = false
  private var reason = ""
  private var toldUnsaved = 0
  private var isLeaving = false
  private var timers = 0

  private static let patience = DispatchTimeInterval.milliseconds(300)

  init(directory: String, person: String, _ runtime: Runtime) {
    self.runtime = runtime
    // The journals outlive nothing that they tell: the run time ends with the program.
    let box = Box(runtime)
    let hear: @MainActor @Sendable (CaseJournal, CaseJournal.News) -> Void = { _, news in
      box.runtime?.hear(news)
    }
    cases = CaseJournal(address: directory, person: person, hear: hear)
    practice = CaseJournal(address: directory + "/practice", person: person, hear: hear)
  }

  @MainActor
  private final class Box {
    weak var runtime: Runtime?
    init(_ runtime: Runtime) { self.runtime = runtime }
  }

  /// Frames wait.
  var isInTime: Bool { attempts > 0 && !isLate }

  private var unsaved: Int { cases.unsaved + practice.unsaved }

  func record(_ entry: Case.Entry, in id: String, isPractice: Bool, _ assessor: Assessor?) {
    attempts += 1
    if attempts == 1 { startTimer() }
    (isPractice ? practice : cases).record(entry, in: id, assessor: assessor) { news in
      self.attempts -= 1
      if self.attempts == 0 { self.isLate = false }
      self.hear(news, isAnswer: true)
      self.runtime.draw()
    }
  }

  private func startTimer() {
    timers += 1
    let number = timers
    DispatchQueue.main.asyncAfter(deadline: .now() + Self.patience) {
      MainActor.assumeIsolated {
        // A later attempt has a timer of its own.
        guard self.attempts > 0, number == self.timers else { return }
        self.isLate = true
        self.tell("The store of the cases does not answer at once.")
        self.runtime.draw()
      }
    }
  }

  /// - Parameter isAnswer: To an entry that was just handed in. What is tried again by itself is told of only when something is new.
  func hear(_ news: CaseJournal.News, isAnswer: Bool) {
    let before = (unsaved: toldUnsaved, reason: reason)
    for notice in news.notices { runtime.send(.told(notice), draws: false) }
    if !news.reason.isEmpty { reason = news.reason }
    if unsaved == 0 {
      reason = ""
      if isTold { runtime.send(.unsaved(0, reason: ""), draws: false) }
      isTold = false
      if isLeaving { runtime.leave(0) }
    } else if !news.reason.isEmpty, isAnswer || before != (unsaved, reason) {
      tell(reason)
    }
  }

  private func tell(_ reason: String) {
    guard unsaved > 0 else { return }
    isTold = true
    toldUnsaved = unsaved
    runtime.send(.unsaved(unsaved, reason: reason), draws: false)
    if isLeaving {
      isLeaving = false
      runtime.send(.leavingHeld(unsaved, reason: reason), draws: false)
    }
  }

  // MARK: Leaving

  func leaveWhenSaved() {
    guard unsaved > 0 else { return runtime.leave(0) }
    isLeaving = true
    // Whoever knows already is asked at once.
    if isTold {
      tell(reason)
      runtime.draw()
    } else if attempts == 0 || isLate {
      startTimer()
    }
  }

  func stay() { isLeaving = false }

  /// Ends both journals: in a moment where nothing is in the way, and after a moment in any case.
  ///
  /// - Returns: What is lost or kept beside, in a sentence; nil when everything is saved.
  func end() async -> String? {
    var isDone = false
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      func finish() {
        guard !isDone else { return }
        isDone = true
        continuation.resume()
      }
      var open = 2
      for journal in [cases, practice] {
        journal.close {
          open -= 1
          if open == 0 { finish() }
        }
      }
      DispatchQueue.main.asyncAfter(deadline: .now() + .milliseconds(unsaved > 0 ? 400 : 1500)) {
        MainActor.assumeIsolated { finish() }
      }
    }
    let losses = [cases, practice].compactMap { Self.loss(of: $0) }
    return losses.isEmpty ? nil : losses.joined(separator: " ")
  }

  private static func loss(of journal: CaseJournal) -> String? {
    let (entries, records) = journal.abandon()
    guard !entries.isEmpty else { return nil }
    let most = 8
    var list = entries.prefix(most).map { "\($0.entry.event.sentence)" }.joined(separator: "; ")
    if entries.count > most { list += "; and \(entries.count - most) more" }
    let ids = records.map(\.id).joined(separator: ", ")
    let what =
      "\(entries.count) \(entries.count == 1 ? "entry" : "entries") of the case \(ids) could not be written to \(journal.address): \(list)."
    guard let file = SpillFile.keep(records, of: journal.address) else {
      return "\(what) They could not be kept elsewhere either, and are lost."
    }
    return "\(what) They are kept in \(file), and the next start takes them up."
  }
}
