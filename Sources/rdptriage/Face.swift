import Wizard

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
  /// Shows the state; what of it is not on disk, it says itself. Called again for a state that was shown already.
  func show(_ state: WizardState)
  /// Hands the text to the clipboard of the person's own machine.
  func copy(_ text: String) -> Clipboard
  /// Gives the terminal back.
  func stop()
}
