import CNcurses

/// What this host knows about kinds of terminals (terminfo(5)). Leaves the terminal alone.
public enum TerminalDescription {
  public enum State: Hashable, Sendable {
    case usable(colours: Int)
    /// Capabilities that the wizard cannot do without, by their terminfo names.
    case lacks([String])
    /// There is no description of this terminal, or only one that is too general.
    case unknown
    /// This host has no descriptions at all.
    case noDatabase
  }

  /// - Parameter name: As in `TERM`.
  public static func look(up name: String) -> State {
    var lookup: Int32 = 0
    guard rdpt_know_terminal(name, &lookup) else { return lookup < 0 ? .noDatabase : .unknown }
    let needed: [String] = ["cup", "clear", "el"]
    let missing = needed.filter { !rdpt_has_capability($0) }
    return missing.isEmpty ? .usable(colours: Int(rdpt_known_colours())) : .lacks(missing)
  }

  /// Of the terminal on standard output; nil when it is none, or does not say.
  public static func windowSize() -> (columns: Int, rows: Int)? {
    var columns: Int32 = 0
    var rows: Int32 = 0
    return rdpt_window_size(&columns, &rows) ? (Int(columns), Int(rows)) : nil
  }

  public struct Locale: Hashable, Sendable {
    /// False when the environment names a locale that this host does not have.
    public var isInstalled: Bool
    public var writesUTF8: Bool
  }

  /// The locale that the environment names, from now on that of the process.
  public static func useLocale() -> Locale {
    let isInstalled = rdpt_has_locale()
    return Locale(isInstalled: isInstalled, writesUTF8: rdpt_use_locale())
  }
}
