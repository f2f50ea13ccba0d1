import Diagnosis
import Facts

/// Nothing wrong is found.
struct HealthyScreen: WizardScreen {
  static let keys: [KeyBinding<Self>] =
    [
      KeyBinding(
        [.enter, .character("y")], "Enter", "close", help: "It works: close the case.", rank: 1
      ) { _, _, turn in turn.close(.closed) },
      .scrollByLine,
    ] + KeyBinding.ofCase

  var asScreen: Screen { .healthy(self) }
  var name: String { localized("Nothing wrong found") }

  func page(_ context: PageContext) -> Page {
    var page = Page()
    guard let triage = context.model.triage else { return page }
    page.body +=
      context.heading(localized("Nothing wrong is found with \(triage.target.connectText).")) + context.blank
    page.body += context.text(
      localized("Seen from this machine, the host answers as it should. Let the caller try once more."))
    page.body += context.blank
    page.body += context.point(context.ink.glyphs.dot, localized("If it works now, Enter closes the case."))
    page.body += context.point(
      context.ink.glyphs.dot,
      localized(
        "If it still fails, the caller takes another way than this machine (VPN, gateway, other name): \(context.key("u")) changes an answer or the code, \(context.key("r")) probes again, \(context.key("e")) hands the case over."
      )
    )
    let unsure = triage.record.probeFindings.filter {
      [.unsure, .notRun].contains(Standing($0, context.model.knowledge))
    }
    if !unsure.isEmpty {
      page.body += context.blank + context.text(localized("Not settled by the probes:"), .warning)
      for finding in unsure {
        page.body += context.point(context.ink.glyphs.unsure, finding.summary, .warning)
      }
    }
    return page
  }
}
