import Diagnosis
import Facts

/// Broken hosts on this machine, to learn on.
struct PracticeScreen: WizardScreen {
  var selected = 0

  static let keys: [KeyBinding<Self>] = [
    KeyBinding(
      [.enter], "Enter", "start", help: "Start the marked host on this machine and open a case on it.",
      rank: 1,
      disabledReason: { _, model in
        if model.awaitedPractice != nil { return "a host is being started" }
        return model.settings.practiceHosts.isEmpty ? "there is no practice host" : nil
      },
      action: { screen, _, turn in
        let hosts = turn.model.settings.practiceHosts
        guard hosts.indices.contains(screen.selected) else { return }
        turn.closeTriage()
        turn.model.awaitedPractice = hosts[screen.selected]
        turn.effects.append(.startPractice(hosts[screen.selected]))
      }),
    .move("host", count: { _, model in model.settings.practiceHosts.count }, selection: \.selected),
    .scroll, .back, .leave,
  ]

  var asScreen: Screen { .practice(self) }
  var name: String { "Practice" }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    let hosts = context.model.settings.practiceHosts
    page.body += context.heading("Practice on a broken host")
    if context.height >= 14 {
      page.body += context.text("It listens on this machine only; nothing goes out to the network.", .dim)
    }
    page.body += context.blank
    if hosts.isEmpty { page.body += context.text("This build holds no practice host.", .dim) }
    for (index, host) in hosts.enumerated() {
      let start = page.body.count
      page.body += context.choice(context.number(index), host.title, isSelected: index == selected)
      if index == selected {
        let code = host.code.map { " (\($0))" } ?? ""
        page.body += context.ink.wrap(
          "“\(host.story)”\(code)", after: Span(" "), indent: 4, width: context.width, style: .dim)
        page.focus = start..<page.body.count
      }
    }
    if context.model.awaitedPractice != nil {
      page.body += context.blank + context.text("Starting it…", .accent)
    }
    return page
  }
}
