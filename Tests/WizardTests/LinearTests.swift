import Diagnosis
import Facts
import Testing

@testable import Wizard

/// Line mode: pages as plain lines, and typed lines as keys.
@Suite struct LinearTests {
  static func page(_ state: WizardState, _ appearance: Appearance = .unicode) -> LinearPage? {
    if case .page(let page) = state.linear(appearance) { page } else { nil }
  }

  static func words(_ text: String) -> Set<String> {
    Set(
      text.split { !($0.isLetter || $0.isNumber) }.map { $0.lowercased() }
        .filter { $0.count > 2 && $0.contains(where: \.isLetter) })
  }

  @Test(arguments: Scene.allCases) func everyScreenIsPlainLines(scene: Scene) {
    for appearance in [Appearance.unicode, .ascii] {
      guard let page = Self.page(scene.drive.state, appearance) else { continue }
      let lines = page.lines + page.side + [page.keys, page.prompt] + (page.notice.map { [$0] } ?? [])
      for line in lines {
        #expect(SafeText.clean(line, limit: 100_000) == line)
        #expect(!line.contains { "─│┬┴█░✓✗↳→⠋⠙".contains($0) }, "a drawn sign in “\(line)”")
        if !appearance.isUnicode { #expect(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "\(line)") }
      }
      #expect(page.lines.first?.hasPrefix(scene.drive.screen.content.name) == true)
      #expect(page.keys.hasPrefix("Type "))
    }
  }

  @Test(arguments: Scene.allCases) func nothingThatTheScreenSaysIsMissing(scene: Scene) {
    guard let page = Self.page(scene.drive.state) else { return }
    var sized = scene.drive
    sized.send(.resized(Size(columns: 500, rows: 200)))
    let said = Self.words(
      (page.lines + page.side + [page.keys, page.prompt, page.notice ?? ""]).joined(separator: " "))
    // What is about the screen and its keys, and the times and absent layers of the panel beside a question.
    var exempt = Self.words(
      "rdptriage up down move scroll pgup pgdn page esc enter tab n/a signs good nor bad neither unsure answer evidence"
    )
    if sized.state.model.triage?.record.ending != nil { exempt.formUnion(["this", "closed"]) }
    exempt.formUnion(Self.words(sized.state.model.triage?.id ?? ""))
    if case .work = sized.screen { return }
    // What is pasted or typed is not read out again.
    if case .paste(let paste) = sized.screen {
      if paste.stage == .typing { return }
      exempt.formUnion(
        Self.words(
          "Paste it here. If nothing happens then, press Enter and paste again; Ctrl-D ends it.")
      )
    }
    if case .help = sized.screen { return }
    if case .tell(let tell) = sized.screen, tell.offers == nil { return }
    if case .context = sized.screen {
      // Line mode says how to answer in its own words.
      exempt.formUnion(Self.words("Ask in one go; what nobody knows stays as it is. Enter takes all."))
    }
    let rows = sized.text(500, 200).split(separator: "\n").dropLast().joined(separator: " ")
    let missing = Self.words(rows).subtracting(said).subtracting(exempt)
    #expect(missing.isEmpty, "\(missing.sorted())")
  }

  @Test func whileTheProbesLookNothingIsAsked() {
    var drive = Drive()
    drive.open()
    #expect(
      drive.state.linear(.unicode) == .waiting("Looking at srv01 with 5 probes, for 10 seconds at most."))
    drive.finish("name", .saw("dns.lookup", "resolved", "srv01 is 192.0.2.7."))
    #expect(
      drive.state.linear(.unicode) == .waiting("Looking at srv01 with 5 probes, for 10 seconds at most."))
    drive.probesSeeAllWell()
    #expect(Self.page(drive.state)?.prompt == "> ")
  }

  @Test func aNumberAnswers() {
    var drive = Drive()
    drive.open()
    drive.probesSeeAllWell()
    _ = drive.state.take(line: "2", at: drive.now)
    #expect(drive.state.openCase?.answers.map(\.choice) == ["drain"])
  }

  @Test func aCaseIsOpenedLineByLine() {
    var drive = Drive()
    var effects: [Effect] = []
    for line in ["1", "srv01.corp.example", " 0x3/0x7 "] {
      effects += drive.state.take(line: line, at: drive.now)
    }
    #expect(drive.state.openCase?.code == ReportedCode(code: 3, extended: 7))
    #expect(
      effects.contains {
        if case .startProbes(let request, _) = $0 {
          request.target.connectText == "srv01.corp.example"
        } else {
          false
        }
      })
  }

  @Test func aNewCaseTakesLinesThatWereTold() {
    var drive = Drive()
    for line in ["1", "srv01", "/tab", "It says /tab.", "", "It fails.", "/end", "anna", ""] {
      _ = drive.state.take(line: line, at: drive.now)
    }
    #expect(drive.state.openCase?.told == ["It says /tab.\n\nIt fails."])
    #expect(drive.state.openCase?.target?.user == "anna")
  }

  @Test func aLineReplacesWhatAFieldHolds() {
    var drive = Drive(.init(target: "wrong host"))
    #expect(Self.page(drive.state)?.prompt == "Host: ")
    _ = drive.state.take(line: "srv02", at: drive.now)
    #expect(Self.page(drive.state)?.prompt == "Code: ")
    for line in ["/tab", "/tab", "/tab", "/tab", "gw.example", "/tab", "corp.example", ""] {
      _ = drive.state.take(line: line, at: drive.now)
    }
    #expect(drive.state.openCase != nil)
    #expect(drive.state.model.triage?.target.connectText == "srv02")
    #expect(drive.state.model.triage?.target.gateway == "gw.example")
    #expect(drive.state.model.triage?.target.domain == "corp.example")
  }

  @Test func aNumberMarksTheRowThatHasNoKey() {
    var drive = Drive()
    drive.send(.casesListed(Scene.listed))
    drive.choose(.allCases)
    _ = drive.state.take(line: "3", at: drive.now)
    #expect(Self.page(drive.state)?.lines.contains { $0.hasPrefix("3. (marked) ") } == true)
    let marked = drive.state
    _ = drive.state.take(line: "7", at: drive.now)
    #expect(Self.page(drive.state)?.notice == "There is no row 7 here.")
    #expect(drive.state.stack == marked.stack)
    #expect(drive.state.take(line: "", at: drive.now) == [.loadCase(Scene.listed[2].id)])
  }

  @Test func anEnterBehindANumberIsMeant() {
    var drive = Drive()
    drive.open()
    drive.probesSeeAllWell()
    for line in ["2", "1"] where !drive.isShowingStep { _ = drive.state.take(line: line, at: drive.now) }
    guard drive.isShowingStep else { Issue.record("no step: \(drive.screen)"); return }
    _ = drive.state.take(line: "", at: drive.now)
    #expect(drive.state.model.triage?.proving != nil)
  }

  @Test func keysAreCalledByLetterNameOrFooterWord() {
    for line in ["esc", "ESC", "back"] {
      var drive = Scene.why.drive
      let depth = drive.state.stack.count
      _ = drive.state.take(line: line, at: drive.now)
      #expect(drive.state.stack.count == depth - 1)
    }
    var drive = Drive()
    #expect(drive.state.take(line: "leave", at: drive.now) == [.quit])
    #expect(drive.state.take(line: "q", at: drive.now) == [.quit])
  }

  @Test func whatMeansNothingIsSaidSo() {
    var drive = Scene.why.drive
    let before = drive.state
    for line in ["zz", "/tmp", "é", "-1", "99999999999999999999"] {
      #expect(drive.state.take(line: line, at: drive.now).isEmpty)
      #expect(Self.page(drive.state)?.notice != nil)
      #expect(drive.state.stack == before.stack)
    }
  }

  @Test func onlyWhatChangedOnAPageIsSaidAgain() throws {
    var drive = Scene.why.drive
    let before = try #require(Self.page(drive.state))
    #expect(before.news(since: before).isEmpty)
    _ = drive.state.take(line: "2", at: drive.now)
    let after = try #require(Self.page(drive.state))
    let news = after.news(since: before)
    #expect(news.count < after.lines.count)
    #expect(news.contains { $0.hasPrefix("2. (marked)") })
    #expect(after.news(since: nil).count > after.lines.count)
  }

  @Test func everyLineOfAnySceneIsTakenWithoutATrap() {
    for scene in Scene.allCases {
      for line in [
        "", "0", "1", "12", "y", "n", "?", "/", "//", "/5", "esc", "\u{1B}[31m", "x x", "-", "tab",
      ] {
        var drive = scene.drive
        _ = drive.state.take(line: line, at: drive.now)
        _ = drive.state.linear(.ascii)
      }
    }
  }
}
