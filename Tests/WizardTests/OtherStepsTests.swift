import Diagnosis
import Facts
import Testing

@testable import Wizard

@Suite struct OtherStepsTests {
  var drive: Drive {
    var drive = Drive()
    drive.open()
    drive.probesSeeAllWell()
    return drive
  }

  @Test func theStepThatIsNextComesFirst() {
    var drive = drive
    let next = drive.state.model.assessment?.next
    drive.type("o")
    guard case .otherSteps(let screen)? = drive.state.stack.last?.screen else {
      Issue.record("the screen is not shown")
      return
    }
    #expect(screen.steps.first?.step == next)
    #expect(screen.steps.count > 2)
    #expect(drive.effects.isEmpty)
  }

  @Test func aStepIsTakenAgainstTheAdviceAfterALook() throws {
    var drive = drive
    drive.type("o")
    guard case .otherSteps(let screen)? = drive.state.stack.last?.screen,
      let place = screen.steps.firstIndex(where: { if case .fix = $0.step { true } else { false } }),
      case .fix(let fix) = screen.steps[place].step
    else {
      Issue.record("no fix is offered")
      return
    }
    drive.type(String(repeating: "j", count: place))
    drive.press(.enter)
    #expect(drive.text().contains("more than the best step"))
    #expect(drive.state.stack.count == 3)
    drive.press(.enter)
    #expect(drive.state.stack.last?.screen == .step(StepScreen(fix: fix)))
  }

  @Test func whatWasChosenIsForgottenWithTheNextAnswer() {
    var drive = drive
    drive.type("oj")
    drive.press(.enter, .enter)
    #expect(drive.state.model.triage?.chosen != nil)
    drive.type("1")
    #expect(drive.state.model.triage?.chosen == nil)
    #expect(drive.recorded.count == 1)
  }

  @Test func movingForgetsWhatWasWorkedOut() {
    var drive = drive
    drive.type("o")
    drive.press(.enter)
    drive.type("j")
    guard case .otherSteps(let screen)? = drive.state.stack.last?.screen else { return }
    #expect(screen.explanation == nil)
    #expect(screen.selected == 1)
  }
}
