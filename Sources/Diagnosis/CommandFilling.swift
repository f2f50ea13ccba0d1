public import Facts

extension FixCard {
  /// The card of a fix for this very target. Its words and commands both have the target's values filled in.
  public init(_ fix: Fix, target: Target, because: [Reason] = []) {
    func words(_ text: String) -> String { Placeholder.fill(text, for: .steps, target: target).text }
    var filled = fix
    filled.title = words(fix.title)
    filled.expect = words(fix.expect)
    filled.otherwise = words(fix.otherwise)
    filled.undo = words(fix.undo)
    filled.say = words(fix.say)
    filled.weakening?.reverse = words(fix.weakening?.reverse ?? "")
    self.init(
      fix: filled, commands: fix.commands.map { FilledCommand($0, target: target) }, because: because)
  }
}

extension FilledCommand {
  /// The command with the target's values; see ``Placeholder/fill(_:for:target:)``.
  public init(_ command: Fix.Command, target: Target) {
    let filled = Placeholder.fill(command.text, for: command.shell, target: target)
    self.init(
      door: command.door, shell: command.shell, text: filled.text, first: command.first, needs: command.needs,
      refusal: filled.refusal)
  }
}

/// What a command text may leave open.
public enum Placeholder: String, CaseIterable, Sendable {
  case host, connect, port, gateway, domain

  /// Puts the target's values in where the text has `{host}`, `{connect}`, `{port}`, `{gateway}` or `{domain}`.
  ///
  /// A value made of letters, digits and `. - _ :` is put in bare: no shell gives these a meaning. Any other value is quoted as the
  /// shell wants it, or refused where that cannot be done safely: then `refusal` says so and the text names the value in capitals, as it
  /// does for a value that is not known.
  static func fill(_ template: String, for shell: Fix.Shell, target: Target) -> (
    text: String, refusal: String?
  ) {
    var text = ""
    var refusal: String?
    var rest = template[...]
    while let open = rest.firstIndex(of: "{") {
      text += rest[..<open]
      let after = rest[rest.index(after: open)...]
      guard let close = after.firstIndex(of: "}"), let place = Placeholder(rawValue: String(after[..<close]))
      else {
        text += "{"
        rest = after
        continue
      }
      let value = place.value(in: target)
      let safe = value.flatMap(shell.quoted)
      text += safe ?? place.rawValue.uppercased()
      if let value, safe == nil {
        refusal =
          "The \(place.rawValue) “\(SafeText.clean(value, limit: 40))” cannot be put into this command safely; type it by hand."
      }
      rest = after[after.index(after: close)...]
    }
    return (text + rest, refusal)
  }

  func value(in target: Target) -> String? {
    switch self {
    case .host: target.hostText
    case .connect: target.connectText
    case .port: String(target.port)
    case .gateway: target.gateway
    case .domain: target.domain
    }
  }
}

extension Fix.Shell {
  /// The value as one word of this shell; nil when that cannot be done safely.
  func quoted(_ value: String) -> String? {
    guard !value.isEmpty, !value.hasPrefix("-"), SafeText.clean(value, limit: 255) == value else {
      return nil
    }
    let bare = value.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", ":", "[", "]": true
      default: false
      }
    }
    // Brackets are wildcards to PowerShell's and the shell's path arguments, so they are quoted there.
    let hasBrackets = value.unicodeScalars.contains { $0 == "[" || $0 == "]" }
    if bare, !hasBrackets || self == .cmd || self == .steps { return value }
    switch self {
    case .powershell:
      // PowerShell takes the typographic quotes for quotes too.
      guard !value.unicodeScalars.contains(where: { "‘’‚‛“”„".unicodeScalars.contains($0) }) else {
        return nil
      }
      return "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    case .bash:
      return "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        + "'"
    case .cmd:
      return nil
    case .steps:
      return value
    }
  }
}
