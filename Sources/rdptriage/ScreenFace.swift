import Dispatch
import Foundation
import Terminal
import Wizard

/// The wizard on the whole screen of a terminal.
@MainActor
final class ScreenFace: Face {
  private let screen: Screen
  private(set) var size: Size
  private weak var runtime: Runtime?

  var writesUTF8: Bool { screen.writesUTF8 }
  let wantsTicks = true

  /// - Throws: when there is no terminal that can be drawn on.
  init(theme: Theme) throws {
    screen = try Screen(theme: theme)
    size = screen.size
  }

  func start(_ runtime: Runtime) {
    self.runtime = runtime
    let keys = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .main)
    keys.setEventHandler { MainActor.assumeIsolated { self.readKeys() } }
    runtime.keep(keys)

    runtime.on(SIGWINCH) { runtime in
      self.size = self.screen.resized()
      runtime.send(.resized(self.size))
    }
    runtime.on(SIGTSTP) { _ in
      self.screen.stop()
      // It stops some time after the call has returned; taking the terminal back must wait for SIGCONT.
      kill(getpid(), SIGSTOP)
    }
    runtime.on(SIGCONT) { runtime in
      self.size = self.screen.resume()
      runtime.send(.resized(self.size))
    }
  }

  private func readKeys() {
    guard let runtime else { return }
    let inputs = screen.readInput()
    if inputs.isEmpty, isAtEndOfInput() { return runtime.leave(129) }
    for input in inputs {
      switch input {
      case .key(let key): runtime.send(.keyPressed(key), draws: false)
      case .pasted(let text): runtime.send(.pasted(text), draws: false)
      }
    }
    runtime.draw()
  }

  /// A terminal that is gone reads as empty for ever.
  private func isAtEndOfInput() -> Bool {
    var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&descriptor, 1, 0) > 0 && Int32(descriptor.revents) & (POLLHUP | POLLERR) != 0
  }

  func show(_ state: WizardState) {
    screen.use(state.display.theme)
    screen.show(state.render(size, appearance: state.display.appearance))
  }

  func copy(_ text: String) -> Clipboard { screen.copy(text) }

  func stop() { screen.stop() }
}
