import CaseStore
import Diagnosis
import Facts
import Foundation
import Knowledge
import KnowledgeFormat
import Terminal

/// What the wizard and the cases depend on: terminal, locale, clipboard, folders, knowledge.
enum DeskChecks {
  static func terminal(_ environment: [String: String]) -> HostCheck {
    let (id, title) = ("terminal", "Terminal")
    let instead = "The other commands need none: `rdptriage diagnose TARGET` says the same in plain text."
    let name = environment["TERM"] ?? ""
    guard !name.isEmpty else {
      return HostCheck(
        id, title, .warning, "TERM is not set.",
        advice: "The wizard needs it, for example TERM=xterm. \(instead)")
    }
    let shown = SafeText.clean(name, limit: 40)
    switch TerminalDescription.look(up: name) {
    case .usable(let colours):
      let kind = colours >= 8 ? "\(colours) colours" : "no colours"
      guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
        return HostCheck(
          id, title, .ok, "\(shown), \(kind); standard input or output is no terminal now.")
      }
      guard let size = TerminalDescription.windowSize() else {
        return HostCheck(id, title, .ok, "\(shown), \(kind).")
      }
      let saw = "\(shown), \(kind), \(size.columns) columns and \(size.rows) rows."
      return size.columns < 40 || size.rows < 12
        ? HostCheck(
          id, title, .warning, saw, advice: "The wizard needs 40 columns and 12 rows: make the window larger."
        )
        : HostCheck(id, title, .ok, saw)
    case .lacks(let missing):
      return HostCheck(
        id, title, .problem, "\(shown) cannot do what the wizard needs (\(missing.joined(separator: ", "))).",
        advice: "Set TERM to what your terminal is, for example xterm-256color. \(instead)")
    case .unknown:
      return HostCheck(
        id, title, .problem, "This host does not know the terminal \(shown).",
        advice: "Install ncurses-term, or set TERM=xterm-256color. \(instead)")
    case .noDatabase:
      return HostCheck(
        id, title, .problem, "This host has no descriptions of terminals.",
        advice: "Install ncurses-base. \(instead)")
    }
  }

  static func locale() -> HostCheck {
    let (id, title) = ("locale", "Locale")
    let locale = TerminalDescription.useLocale()
    guard locale.isInstalled else {
      return HostCheck(
        id, title, .warning, "The environment names a locale that this host does not have.",
        advice: "Install it, or set LC_ALL=C.UTF-8; until then the wizard draws with ASCII.")
    }
    return locale.writesUTF8
      ? HostCheck(id, title, .ok, "It writes UTF-8.")
      : HostCheck(
        id, title, .warning, "It does not write UTF-8: the wizard draws with ASCII.",
        advice: "Set LC_ALL=C.UTF-8 where the terminal shows UTF-8.")
  }

  static func clipboard(_ environment: [String: String]) -> HostCheck {
    let (id, title) = ("clipboard", "Clipboard")
    let fallback = "A copied command always goes into a file too."
    if environment["TMUX"] != nil {
      return HostCheck(
        id, title, .ok, "Inside tmux, copying passes through it to your terminal. \(fallback)",
        advice:
          "If nothing arrives: `tmux set -g allow-passthrough on` (tmux 3.3 and later), or `tmux set -g set-clipboard on`."
      )
    }
    if environment["TERM"]?.hasPrefix("screen") == true {
      return HostCheck(
        id, title, .ok, "Inside screen, copying passes through it to your terminal. \(fallback)")
    }
    return HostCheck(
      id, title, .ok,
      "Copying asks the terminal by OSC 52; one that does not know it shows nothing. \(fallback)")
  }

  /// - Parameter leastBytes: Free space below which cases may not be kept.
  static func data(_ directory: String, leastBytes: UInt64 = 20_000_000) -> HostCheck {
    let (id, title) = ("data", "Cases")
    let shown = SafeText.clean(directory, limit: 200)
    let elsewhere = "Choose another folder with --data DIR."
    var place = URL(fileURLWithPath: directory).standardizedFileURL
    while !FileManager.default.fileExists(atPath: place.path), place.path != "/" {
      place.deleteLastPathComponent()
    }
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
    guard isFolder.boolValue, access(place.path, W_OK | X_OK) == 0 else {
      return HostCheck(id, title, .problem, "The folder \(shown) cannot be written.", advice: elsewhere)
    }
    var space = statvfs()
    let free = statvfs(place.path, &space) == 0 ? UInt64(space.f_bavail) * UInt64(space.f_frsize) : nil
    if let free, free < leastBytes {
      return HostCheck(
        id, title, .problem, "Only \(free / 1_000_000) MB are free at \(shown).",
        advice: "Make room. \(elsewhere)")
    }
    let room = free.map { "\($0 / 1_000_000) MB free" } ?? "free space not known"
    guard FileManager.default.fileExists(atPath: directory + "/cases.sqlite") else {
      return HostCheck(id, title, .ok, "\(shown) can be written, \(room); no case is kept yet.")
    }
    do {
      let store = try CaseStores.open(directory)
      if let damage = try store.damage() {
        return HostCheck(
          id, title, .problem, "The cases in \(shown) are damaged: \(SafeText.clean(damage, limit: 120)).",
          advice: "Move \(shown)/cases.sqlite away and start anew. \(elsewhere)")
      }
      let listing = try store.listing(archived: false)
      if let broken = listing.broken.first {
        return HostCheck(
          id, title, .warning, "\(broken) \(listing.cases.count) others in \(shown) can be read.",
          advice: "`rdptriage case list` names all that cannot be read; the others are whole.")
      }
      if let openness = PrivateFiles.openness(of: directory) {
        return HostCheck(
          id, title, .warning, "\(listing.cases.count) cases in \(shown), all readable; \(room).",
          advice: openness)
      }
      return HostCheck(id, title, .ok, "\(listing.cases.count) cases in \(shown), all readable; \(room).")
    } catch {
      return HostCheck(id, title, .problem, SafeText.clean("\(error)", limit: 400), advice: elsewhere)
    }
  }

  static func knowledge(_ directories: [String]) -> HostCheck {
    let (id, title) = ("knowledge", "Knowledge")
    let missing = directories.filter { !FileManager.default.fileExists(atPath: $0) }
    let loaded = KnowledgeSource.load(overlays: directories.filter { !missing.contains($0) })
    let base = "\(loaded.base.causes.count) causes, \(loaded.base.fixes.count) fixes"
    let left = (missing + loaded.rejectedOverlays).map { SafeText.clean($0, limit: 120) }
    guard left.isEmpty else {
      return HostCheck(
        id, title, .warning, "\(base); left out: \(left.joined(separator: ", ")).",
        advice: "`rdptriage knowledge check DIR` says what is wrong with it.")
    }
    let used = directories.isEmpty ? "none of your own" : "with \(directories.count) of your own"
    return HostCheck(id, title, .ok, "\(base), \(used).")
  }
}
