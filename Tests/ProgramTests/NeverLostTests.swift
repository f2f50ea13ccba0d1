import CaseStore
import Diagnosis
import Foundation
import TestSupport
import Testing

/// The program killed at any moment, and on a disk that fills up: nothing that it showed as said is lost.
///
/// `NEVER_LOST_KILLS` sets how many kills are tried; 12 without it. `NEVER_LOST_SEED` sets where they hit.
@Suite(.serialized) struct NeverLostTests {
  private static func setting(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
  }

  /// What a person typed into a wizard that nobody disturbed, and what was on disk at each prompt.
  struct Rehearsal {
    var lines: [String] = []
    /// What the person had said when the prompt of that number, counted from 0, was shown.
    var said: [Int] = []
    var bytes = 0
  }

  @Test func whatWasAnsweredOutlivesAnyKill() throws {
    let count = Self.setting("NEVER_LOST_KILLS") ?? 12
    var random = SplitMix64(seed: UInt64(Self.setting("NEVER_LOST_SEED") ?? 1))
    let port = try LoopbackPort.free()
    let folder = try TemporaryFolder()
    let rehearsals = try (0..<3).map { _ in try rehearse(on: port, in: folder, &random) }
    for rehearsal in rehearsals { #expect(rehearsal.said.last ?? 0 > 1, "\(rehearsal.lines)") }

    var kept: [String: Case] = [:]
    for id in try SQLiteCaseStore(directory: folder.path).list().map(\.id) {
      kept[id] = try SQLiteCaseStore(directory: folder.path).load(id)
    }
    var mostSaid = 0
    for kill in 0..<count {
      let rehearsal = rehearsals[kill % rehearsals.count]
      let place = Int.random(in: 0...rehearsal.bytes, using: &random)
      let shown = try run(rehearsal, on: port, in: folder, killedAfter: place)
      let prompts = shown.prompts
      let context = "kill \(kill) after byte \(place), behind prompt \(prompts)"

      let store = try SQLiteCaseStore(directory: folder.path)
      #expect(try store.damage() == nil, "\(context)")
      for (id, record) in kept { #expect(try store.load(id) == record, "\(context): \(id)") }
      let new = try store.list().filter { kept[$0.id] == nil }
      #expect(new.count <= 1)
      guard let id = new.first?.id else {
        #expect(prompts == 0, "\(context): no case, with\n\(shown.text)")
        continue
      }
      let record = try #require(try store.load(id))
      kept[id] = record
      let said = Self.said(record)
      if prompts > 0 { #expect(said >= rehearsal.said[prompts - 1], "\(context), with\n\(shown.text)") }
      mostSaid = max(mostSaid, said)
      if kill % 12 == 0 {
        let resumed = try HeadlessTests().run(
          ["case", "resume", id, "--line", "--data", folder.path], input: "q\n")
        kept[id] = try store.load(id)
        #expect(resumed.code == 0 && resumed.output.contains("127.0.0.1:\(port)"), "\(resumed)")
      }
    }
    #expect(mostSaid > 1, "every kill came before the first answers")
    #expect(kept.count > count / 4, "hardly a kill came behind the opening of a case")
  }

  /// Entries that stand for something that the person said.
  private static func said(_ record: Case) -> Int {
    record.entries.count { entry in
      switch entry.event {
      case .answered, .stepTaken, .closed: true
      default: false
      }
    }
  }

  private func arguments(_ port: UInt16, _ folder: TemporaryFolder) -> [String] {
    ["127.0.0.1:\(port)", "--code", "0x204", "--line", "--data", folder.path]
  }

  /// Answers, and tries and skips fixes, by chance.
  private func rehearse(
    on port: UInt16, in folder: TemporaryFolder, _ random: inout SplitMix64
  ) throws -> Rehearsal {
    var rehearsal = Rehearsal()
    let before = try Set(SQLiteCaseStore(directory: folder.path).list().map(\.id))
    let wizard = try LineWizard(arguments(port, folder))
    for turn in 0... {
      let page = try wizard.waitForPrompt()
      let store = try SQLiteCaseStore(directory: folder.path)
      let id = try #require(try store.list().map(\.id).first { !before.contains($0) })
      rehearsal.said.append(Self.said(try #require(try store.load(id))))
      if turn == 5 { break }
      let line: String
      if page.contains("\nQuestion. ") {
        line = "\(Int.random(in: 1...3, using: &random))"
      } else if page.contains("\nProof. ") {
        line = "n"
      } else {
        line = ["n", "s", ""][Int.random(in: 0..<3, using: &random)]
      }
      rehearsal.lines.append(line)
      try wizard.type(line + "\n")
    }
    rehearsal.bytes = wizard.output.count
    try wizard.type("q\n")
    #expect(wizard.waitForEnd() == 0)
    return rehearsal
  }

  private func run(
    _ rehearsal: Rehearsal, on port: UInt16, in folder: TemporaryFolder, killedAfter place: Int
  ) throws -> (text: String, prompts: Int) {
    let wizard = try LineWizard(arguments(port, folder))
    try wizard.type(rehearsal.lines.map { $0 + "\n" }.joined())
    wizard.read(upTo: place)
    wizard.kill()
    let text = String(decoding: wizard.output, as: UTF8.self)
    return (text, text.components(separatedBy: "\n> ").count - 1)
  }

  @Test(
    .enabled(
      if: getuid() == 0 && Command.path(of: "unshare") != nil && Command.path(of: "nsenter") != nil,
      "needs root, unshare and nsenter"))
  func aFullDiskIsSaidAndNothingIsLost() throws {
    let folder = try TemporaryFolder()
    let port = try LoopbackPort.free()
    let data = folder.path + "/disk/data"
    _ = try folder.makeFolder("disk")
    let program = BuiltProgram.path("rdptriage")
    let wizard = try LineWizard(
      [
        "-m", "--propagation", "private", "sh", "-c",
        "mount -t tmpfs -o size=8m tmpfs '\(folder.path)/disk' && exec '\(program)' 127.0.0.1:\(port) --code 0x204 --line --data '\(data)'",
      ], program: "/usr/bin/unshare")
    func inside(_ script: String) throws -> String {
      try Command.run("nsenter", ["-t", "\(wizard.process)", "-m", "sh", "-c", script]).output
    }
    func answers() throws -> Int {
      let id = try #require(
        try inside("'\(program)' case list --data '\(data)'").split(separator: " ").first.map { String($0) })
      let shown = try inside("'\(program)' case show \(id) --data '\(data)'")
      return shown.split(separator: "\n").count { $0.contains("  answered ") || $0.contains("  skipped ") }
    }
    var page = try wizard.waitForPrompt()
    func goOn() throws {
      try wizard.type(page.contains("\nQuestion. ") ? "1\n" : "s\n")
      page = try wizard.waitForPrompt()
    }
    try goOn()
    #expect(try answers() == 1)

    // The rest of the disk, to the last byte.
    _ = try inside("cat /dev/zero > '\(folder.path)/disk/rest'")
    for number in 1...2 {
      try goOn()
      #expect(page.contains("The disk that holds \(data)/cases.sqlite is full"), "\(page)")
      #expect(page.contains("\(number) not saved"), "\(page)")
      #expect(page.contains("\nQuestion. ") || page.contains("\nStep card. "), "it did not go on: \(page)")
    }
    #expect(try answers() == 1)

    _ = try inside("rm '\(folder.path)/disk/rest'")
    page = try wizard.waitFor("Everything is saved again.") + wizard.waitForPrompt()
    #expect(try answers() == 3)
    try goOn()
    #expect(!page.contains("not saved"), "\(page)")
    #expect(try answers() == 4)
    try wizard.type("q\n")
    #expect(wizard.waitForEnd() == 0)
  }
}
