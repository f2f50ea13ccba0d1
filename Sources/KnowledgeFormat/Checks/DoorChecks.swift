internal import Diagnosis
internal import Facts

extension Check {
  static let doorsExist = Check(name: "door-unknown") { knowledge in
    let known = knowledge.base.doors.map(\.door.rawValue)
    guard !known.isEmpty else { return [] }
    return knowledge.base.fixes.flatMap { fix in
      let named = fix.commands.map { ("commands", $0.door) } + (fix.through ?? []).map { ("through", $0) }
      return named.filter { !known.contains($0.1.rawValue) }.map { field, door in
        Violation(
          .fixes, fix.id.name, [field],
          "there is no door “\(door.rawValue)”" + Suggestion.ending(for: door.rawValue, among: known)
            + "; a new one is a file in doors/")
      }
    }
  }

  static let doorsAreWhole = Check(name: "door") { knowledge in
    knowledge.base.doors.flatMap { entry in
      let id = entry.door.rawValue.replacing(" ", with: "-")
      var violations: [Violation] = []
      if entry.needs.unicodeScalars.count > 300 {
        violations.append(Violation(.doors, id, ["needs"], "“needs” has more than 300 characters"))
      }
      for (shell, text) in entry.first {
        if text.unicodeScalars.count > 250 {
          violations.append(
            Violation(.doors, id, ["first", shell.rawValue], "the way has more than 250 characters"))
        }
        for name in BracedWord.names(in: text) where "{\(name)}" != DoorEntry.machine {
          violations.append(
            Violation(
              .doors, id, ["first", shell.rawValue],
              "{\(name)} is no placeholder here; {machine} is the only one"))
        }
      }
      if let sign = entry.sign, knowledge.base.finding(sign.finding) == nil {
        violations.append(
          Violation(
            .doors, id, ["seen-by", "finding"],
            "there is no finding “\(sign.finding)”"
              + Check.near(sign.finding.name, knowledge.base.findings.map(\.id.name))))
      }
      return violations
    }
  }
}
