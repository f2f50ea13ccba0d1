internal import Diagnosis
internal import Facts

/// What a command can do depends on where it runs: on whose machine, with whose rights, with nobody at the keyboard, in which language.
extension Check {
  static let context: [Check] = [
    commandsStayWhereTheyRun, nothingAsksWhereNobodyIs, wideTextIsReadAsSuch, restartsAreAnnounced,
    undoFilesAreWritten, commandsAreCurrent, namesAreOfNoLanguage, commandsAreClosed,
  ]

  /// A sign-in through a remote shell does not reach a third machine, and what names a machine acts on that one.
  static let commandsStayWhereTheyRun = everyCommand("command-hop") { command in
    for block in ScriptText.remoteBlocks(of: command.text) {
      let squashed = block.lowercased()
      for (sign, what) in [
        (" \\\\", "a UNC path"), ("'\\\\", "a UNC path"), ("\"\\\\", "a UNC path"), ("/server:", "/server:"),
        ("-computername", "-ComputerName"), ("-connectionbroker", "-ConnectionBroker"),
        ("invoke-command", "a second Invoke-Command"), ("enter-pssession", "Enter-PSSession"),
      ] where squashed.contains(sign) {
        return
          "\(what) stands inside a remote block: from there no third machine is reached; run that part at the console or from the jump host"
      }
    }
    return nil
  }

  /// A remote block and a run command have nobody who could answer.
  static let nothingAsksWhereNobodyIs = Check(name: "command-prompt") { knowledge in
    let silent = Set(knowledge.base.doors.filter { !$0.asks }.map(\.door))
    return commands(knowledge).compactMap { kind, id, field, command in
      let far = silent.contains(command.door) ? [command.text] : ScriptText.remoteBlocks(of: command.text)
      if let word = far.lazy.compactMap(Fix.Command.question).first {
        return Violation(
          kind, id, [field],
          "“\(word)” asks where nobody can answer: ask before the remote block, and hand the value in with $using:"
        )
      }
      return ScriptText.unforced(command.text).map {
        Violation(kind, id, [field], "“\($0.command)” may ask: add \($0.missing)")
      }
    }
  }

  /// findstr and find compare bytes; what secedit exports and mstsc saves is UTF-16.
  static let wideTextIsReadAsSuch = Check(name: "command-wide") { knowledge in
    let message = "findstr and find do not read UTF-16, which this file is written in: use Select-String"
    func isWrong(_ text: String) -> Bool {
      let low = text.lowercased()
      return (low.contains("findstr") || low.contains("find \""))
        && (low.contains("secedit /export") || low.contains(".rdp") && !low.contains("mstsc"))
    }
    return commands(knowledge).filter { isWrong($0.command.text) }.map {
      Violation($0.kind, $0.id, [$0.field], message)
    }
      + knowledge.base.questions.filter { isWrong($0.how) }.map {
        Violation(.questions, $0.id.name, ["how"], message)
      }
  }

  /// Whoever is signed in loses the connection when the service restarts.
  static let restartsAreAnnounced = Check(name: "fix-notices") { knowledge in
    knowledge.base.fixes.filter { fix in
      let notices = fix.notices.lowercased()
      return fix.commands.contains { ScriptText.stopsTermService($0.text) }
        && !["session", "everybody", "everyone"].contains { notices.contains($0) }
    }.map {
      Violation(
        .fixes, $0.id.name, ["notices"],
        "a command restarts TermService: every session is disconnected, and “notices” must say so")
    }
  }

  /// What `undo` reads back, every command that changes something must have written, or have shown.
  static let undoFilesAreWritten = Check(name: "fix-undo-file") { knowledge in
    knowledge.base.fixes.flatMap { fix in
      ScriptText.files(in: fix.undo).flatMap { file in
        fix.commands.filter {
          $0.shell != .steps && ScriptText.changes($0.text) && !$0.text.contains(file)
            && !$0.text.contains("reg query")
        }.map {
          Violation(
            .fixes, fix.id.name, ["undo"],
            "“undo” reads \(file), which the command of the door “\($0.door.rawValue)” does not write")
        }
      }
    }
  }

  static let commandsAreCurrent = everyCommand("command-removed") { command in
    let words = command.text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "." }
    let gone = ["wmic", "wmic.exe", "mshta", "get-eventlog", "bitsadmin", "winrs"]
    return words.first { gone.contains(String($0)) }.map {
      "“\($0)” is gone from current Windows, or goes: use a cmdlet that is there"
    }
  }

  static let namesAreOfNoLanguage = everyCommand("command-localised") { command in
    guard command.shell != .bash else { return nil }
    // The accounts of services are called so everywhere.
    let low = command.text.lowercased().replacing("obj= \"nt authority\\", with: "").replacing(
      "obj= 'nt authority\\", with: "")
    let names = [
      ("-displaygroup", "-Group with the resource name, as in '@FirewallAPI.dll,-28752'"),
      ("group=\"remote desktop", "group=\"@FirewallAPI.dll,-28752\""),
      ("net localgroup", "Add-LocalGroupMember -SID"), ("remote desktop users'", "S-1-5-32-555"),
      ("remote desktop users\"", "S-1-5-32-555"), ("builtin\\", "its SID"), ("nt authority\\", "its SID"),
      ("'administrators'", "S-1-5-32-544"), ("\"administrators\"", "S-1-5-32-544"), (" everyone", "S-1-1-0"),
      ("\"everyone", "S-1-1-0"), ("'everyone", "S-1-1-0"),
    ]
    return names.first { low.contains($0.0) }.map {
      "“\($0.0)” has another name in a Windows of another language: use \($0.1)"
    }
  }

  /// Quotes and brackets that are opened are closed.
  static let commandsAreClosed = everyCommand("command-unclosed") { command in
    ScriptText.unclosed(command.text, command.shell).map { "“\($0)” is not closed, or closed once too often" }
  }

  private static func everyCommand(
    _ name: String, _ problem: @escaping @Sendable (Fix.Command) -> String?
  ) -> Check {
    Check(name: name) { knowledge in
      commands(knowledge).compactMap { kind, id, field, command in
        problem(command).map { Violation(kind, id, [field], $0) }
      }
    }
  }

  /// What is made to be pasted into a shell.
  private static func commands(
    _ knowledge: DecodedKnowledge
  ) -> [(kind: EntryKind, id: String, field: String, command: Fix.Command)] {
    knowledge.base.fixes.flatMap { fix in
      fix.commands.filter { $0.shell != .steps }.map { (EntryKind.fixes, fix.id.name, "commands", $0) }
    }
      + knowledge.base.questions.compactMap { question in
        question.command.map { (EntryKind.questions, question.id.name, "run", $0) }
      }
  }
}
