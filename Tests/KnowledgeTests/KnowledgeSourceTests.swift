import Diagnosis
import Documents
import Facts
import Foundation
import Probing
import Testing

@testable import Knowledge
@testable import KnowledgeFormat

/// A directory of its own, gone with the value.
final class TemporaryDirectory {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "knowledge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

  func write(_ data: Data, to name: String) throws {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }
}

@Suite struct KnowledgeDirectoryTests {
  @Test func filesBecomeDocumentsInOrder() throws {
    let directory = try TemporaryDirectory()
    for (path, text) in SampleKnowledge.sound { try directory.write(text, to: path) }
    try directory.write("# guide", to: "README.md")
    let (documents, problems) = KnowledgeDirectory.read(directory.path)
    #expect(problems == [])
    #expect(documents.count == SampleKnowledge.sound.count)
    #expect(documents.contains { $0.kind == .findings && $0.id == "tcp.port" })
    #expect(DecodedKnowledge(documents).problems() == [])
  }

  @Test func whatDoesNotBelongThereIsReported() throws {
    let directory = try TemporaryDirectory()
    try directory.write("a: 1", to: "causs/x.yaml")
    try directory.write("a: 1", to: "causes/x.yml")
    try directory.write("a: 1", to: ".hidden/x")
    try directory.write("a: [", to: "fixes/x.yaml")
    try directory.write(Data([0x61, 0x3A, 0x20, 0xFF]), to: "fixes/y.yaml")
    try directory.write(String(repeating: "a", count: 70_000), to: "fixes/z.yaml")
    try FileManager.default.createDirectory(
      atPath: directory.path + "/codes/folder.yaml", withIntermediateDirectories: true)
    let (documents, problems) = KnowledgeDirectory.read(directory.path)
    #expect(documents == [])
    let texts = problems.sorted().map { $0.description.dropFirst(directory.path.count + 1) }
    try #require(texts.count == 6)
    #expect(texts[0] == "causes/x.yml:1: does not belong here: knowledge files are called ID.yaml")
    #expect(texts[2] == "codes/folder.yaml:1: is no plain file")
    #expect(texts[1] == "causs:1: “causs” does not belong here: did you mean “causes”?")
    #expect(texts[3].hasPrefix("fixes/x.yaml:1: no valid YAML"))
    #expect(texts[4] == "fixes/y.yaml:1: is no valid UTF-8")
    #expect(texts[5].hasPrefix("fixes/z.yaml:1: the file is larger than"))
  }

  @Test func aLinkOutOfTheFolderIsNotFollowedAndNothingOfItIsQuoted() throws {
    let outside = try TemporaryDirectory()
    try outside.write("root:$6$Geheim:19000:0:99999:7:::\ngeheim:x: [\n", to: "shadow")
    try outside.write("title: Geheim\n", to: "causes/other.yaml")
    let directory = try TemporaryDirectory()
    try directory.write("title: x\n", to: "causes/mine.yaml")
    try directory.write("-----BEGIN OPENSSH PRIVATE KEY-----\nGeheim: [\n", to: "causes/key.yaml")
    try directory.write("root:$6$Geheim:19000:0:99999:7:::\n", to: "causes/accounts.yaml")
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: directory.path + "/causes/link.yaml", withDestinationPath: outside.path + "/shadow")
    try files.createSymbolicLink(
      atPath: directory.path + "/fixes", withDestinationPath: outside.path + "/causes")
    try files.createSymbolicLink(
      atPath: directory.path + "/causes/again.yaml", withDestinationPath: "mine.yaml")
    let (documents, problems) = KnowledgeDirectory.read(directory.path)
    #expect(documents.map(\.id) == ["again", "mine"])
    #expect(problems.count == 4)
    #expect(problems.count { $0.message.contains("link out of the folder") } == 2, "\(problems)")
    #expect(!"\(problems)".contains("Geheim"), "\(problems)")
  }

  @Test func aMissingDirectoryIsAProblem() {
    let (documents, problems) = KnowledgeDirectory.read("/nonexistent/knowledge")
    #expect(documents == [])
    #expect(
      problems.map(\.description) == ["/nonexistent/knowledge: cannot be read as a folder of knowledge files"]
    )
  }
}

@Suite struct OverlayTests {
  /// The sample as shipped knowledge.
  func shipped() throws -> [KnowledgeDocument] { try SampleKnowledge().documents(origin: "built-in") }

  func load(_ overlays: [TemporaryDirectory]) throws -> LoadedKnowledge {
    KnowledgeSource.load(overlays: overlays.map(\.path), over: try shipped())
  }

  @Test func anOverlayReplacesAnEntryByItsID() throws {
    let overlay = try TemporaryDirectory()
    let text = try #require(SampleKnowledge.sound["fixes/start-service.yaml"])
    try overlay.write(text.replacing("Start the service", with: "Our way"), to: "fixes/start-service.yaml")
    let loaded = try load([overlay])
    #expect(loaded.problems == [])
    #expect(loaded.rejectedOverlays == [])
    #expect(loaded.base.fixes.count == 1)
    #expect(loaded.base.fix("start-service")?.title == "Our way")
    #expect(loaded.base.fix("start-service")?.origin == overlay.path + "/fixes/start-service.yaml")
    #expect(loaded.base.cause("service-off")?.origin == "built-in")
  }

  @Test func anOverlayChangesSingleFieldsOfAnEntry() throws {
    let overlay = try TemporaryDirectory()
    try overlay.write("rest: unchanged\nminutes: 12\nowner: network\n", to: "fixes/start-service.yaml")
    try overlay.write(
      "rest: unchanged\nexpects:\n  ask.who: { one: rarely }\ncodes: { 0x3/0x9: often }\n",
      to: "causes/service-off.yaml")
    let before = DecodedKnowledge(try shipped()).base
    let loaded = try load([overlay])
    #expect(loaded.problems == [])
    var fix = try #require(before.fix("start-service"))
    fix.minutes = 12
    fix.owner = .network
    fix.origin = overlay.path + "/fixes/start-service.yaml"
    #expect(loaded.base.fix("start-service") == fix)
    let cause = try #require(loaded.base.cause("service-off"))
    #expect(cause.expects["ask.who"] == ["everybody": .usually, "one": .rarely])
    #expect(cause.expects["tcp.port"] == ["refused": .always])
    #expect(cause.codes == ["0x204": .often, "0x3/0x9": .often])
    #expect(cause.title == "The service is off")
  }

  @Test func twoOverlaysChangeTheSameEntryInTurn() throws {
    let first = try TemporaryDirectory()
    try first.write("rest: unchanged\nminutes: 12\n", to: "fixes/start-service.yaml")
    let second = try TemporaryDirectory()
    try second.write("rest: unchanged\nsay: Please try again now.\n", to: "fixes/start-service.yaml")
    let fix = try load([first, second]).base.fix("start-service")
    #expect(fix?.minutes == 12 && fix?.say == "Please try again now.")
  }

  @Test(arguments: [
    (
      "fixes/start-servis.yaml", "rest: unchanged\nminutes: 1\n",
      "fixes/start-servis.yaml:1: there is no fix “start-servis” whose rest could stay unchanged: did you mean “start-service”?"
    ),
    (
      "fixes/start-service.yaml", "minutes: 1\nrest: changed\n",
      "fixes/start-service.yaml:2: “rest” is “unchanged”, or is left out"
    ),
    (
      "fixes/start-service.yaml", "rest: unchanged\nminuts: 1\n",
      "fixes/start-service.yaml:2: unknown field “minuts” in a fix: did you mean “minutes”?"
    ),
    (
      "fixes/start-service.yaml", "rest: unchanged\nminutes: 0\n",
      "fixes/start-service.yaml:2: “minutes” must be more than 0: nothing is done in no time"
    ),
  ])
  func aChangeThatCannotBeMadeIsReportedAtItsLine(_ path: String, _ text: String, _ message: String) throws {
    let overlay = try TemporaryDirectory()
    try overlay.write(text, to: path)
    #expect(try load([overlay]).problems.map(\.description) == ["\(overlay.path)/\(message)"])
  }

  @Test func anOverlayCannotAddAFindingThatNothingStates() throws {
    let overlay = try TemporaryDirectory()
    try overlay.write(
      try #require(SampleKnowledge.sound["findings/tcp.port.yaml"]), to: "findings/our.port.yaml")
    #expect(try load([overlay]).problems.contains { $0.message.hasPrefix("nothing states “our.port”") })
  }

  @Test func anOverlayAddsACauseWithItsCase() throws {
    let overlay = try TemporaryDirectory()
    let cause = try #require(SampleKnowledge.sound["causes/service-off.yaml"])
    try overlay.write(cause.replacing("0x204", with: "0x3/0x9"), to: "causes/our-filter.yaml")
    let missing = try load([overlay])
    #expect(
      missing.problems.map(\.message) == [
        "no case ranks “our-filter” first: write a file in cases/ with “first: our-filter”"
      ])
    #expect(missing.rejectedOverlays == [overlay.path])
    #expect(missing.base.cause("our-filter") == nil)

    try overlay.write(
      "first: our-filter\nfindings: { code.reported: 0x3/0x9 }\n", to: "cases/our-filter.yaml")
    let loaded = try load([overlay])
    #expect(loaded.problems == [])
    #expect(loaded.base.cause("our-filter") != nil)
  }

  @Test func anOverlayWithAProblemIsLeftOutWholeAndTheRestStands() throws {
    let bad = try TemporaryDirectory()
    try bad.write("first: nobody\nfindings: {}\n", to: "cases/x.yaml")
    let text = try #require(SampleKnowledge.sound["fixes/start-service.yaml"])
    try bad.write(text.replacing("Start the service", with: "Bad"), to: "fixes/start-service.yaml")
    let good = try TemporaryDirectory()
    try good.write(text.replacing("Start the service", with: "Good"), to: "fixes/start-service.yaml")
    let loaded = try load([good, bad])
    #expect(loaded.rejectedOverlays == [bad.path])
    #expect(loaded.problems.map(\.description) == ["\(bad.path)/cases/x.yaml:1: there is no cause “nobody”"])
    #expect(loaded.base.fix("start-service")?.title == "Good")
    #expect(loaded.base.causes.count == 3)
  }

  @Test func whatAnOverlayBreaksInShippedEntriesIsReported() throws {
    let overlay = try TemporaryDirectory()
    let text = try #require(SampleKnowledge.sound["questions/who.yaml"])
    try overlay.write(text.replacing("id: everybody", with: "id: all"), to: "questions/who.yaml")
    let loaded = try load([overlay])
    #expect(
      loaded.problems.map(\.description) == [
        "built-in/causes/service-off: “ask.who” has no outcome “everybody”: write one of all, one"
      ])
    #expect(loaded.rejectedOverlays == [overlay.path])
  }

  @Test func shippedFixesMayGoOutOfUse() throws {
    let overlay = try TemporaryDirectory()
    let cause = try #require(SampleKnowledge.sound["causes/service-off.yaml"])
    let fix = try #require(SampleKnowledge.sound["fixes/start-service.yaml"])
    try overlay.write(cause.replacing("start-service", with: "our-start"), to: "causes/service-off.yaml")
    try overlay.write(fix, to: "fixes/our-start.yaml")
    #expect(try load([overlay]).problems == [])
  }

  @Test func aMissingOverlayIsReported() {
    let loaded = KnowledgeSource.load(overlays: ["/nonexistent/knowledge"])
    #expect(loaded.rejectedOverlays == ["/nonexistent/knowledge"])
    #expect(loaded.problems.count == 1)
    #expect(loaded.base == KnowledgeSource.embedded())
    #expect(KnowledgeSource.problems(inOverlay: "/nonexistent/knowledge").count == 1)
  }

  @Test func overlayDirectoriesFollowTheEnvironment() throws {
    let home = try TemporaryDirectory()
    for name in ["etc/a", ".config/rdptriage/knowledge.d/a", "xdg/rdptriage/knowledge.d/a"] {
      try home.write("", to: name)
    }
    func overlays(_ environment: [String: String]) -> [String] {
      KnowledgeSource.overlays(named: ["n"], environment: environment, systemDirectory: home.path + "/etc")
    }
    let personal = home.path + "/.config/rdptriage/knowledge.d"
    #expect(overlays(["HOME": home.path]) == [home.path + "/etc", personal, "n"])
    #expect(
      overlays(["HOME": home.path, "XDG_CONFIG_HOME": home.path + "/xdg"])
        == [home.path + "/etc", home.path + "/xdg/rdptriage/knowledge.d", "n"])
    #expect(overlays(["HOME": home.path, "XDG_CONFIG_HOME": "xdg"]) == [home.path + "/etc", personal, "n"])
    #expect(overlays([:]) == [home.path + "/etc", "n"])
    #expect(overlays(["HOME": "/nonexistent"]) == [home.path + "/etc", "n"])
  }
}

@Suite struct ShippedKnowledgeTests {
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Resources/knowledge").path

  @Test func everyShippedFilePassesEveryCheck() {
    let (documents, problems) = KnowledgeDirectory.read(Self.directory)
    #expect(problems == [])
    #expect(DecodedKnowledge(documents).problems() == [])
  }

  @Test func theProgramHoldsTheKnowledgeOfTheFiles() {
    let documents = KnowledgeDirectory.read(Self.directory).documents.map { document in
      var document = document
      document.file = DecodedKnowledge.builtIn
      return document
    }
    let decoded = DecodedKnowledge(documents)
    #expect(KnowledgeSource.embedded() == decoded.base)
    #expect(KnowledgeSource.embeddedCases() == decoded.cases)
  }
}

extension ShippedKnowledgeTests {
  @Test func everyFindingIsStatedByAProbeOrAReader() {
    let documents = KnowledgeDirectory.read(Self.directory).documents
    var statable: Set<FindingID> = []
    for probe in ProbeRegistry.all { statable.formUnion(probe.description.states) }
    for document in documents where document.kind == .findings {
      let isRead = document.id.hasPrefix("file.") || document.id.hasPrefix("paste.")
      if isRead { statable.insert(FindingID(document.id)) }
    }
    #expect(DecodedKnowledge(documents).problems(statable: statable) == [])
  }

  @Test func everyFindingThatAProbeStatesIsDescribed() {
    let base = KnowledgeSource.embedded()
    for probe in ProbeRegistry.all {
      for finding in probe.description.states {
        #expect(
          base.finding(finding) != nil,
          "\(probe.description.id) states “\(finding)”: write findings/\(finding).yaml")
      }
    }
  }
}

/// What documents state and what the knowledge knows of it.
@Suite struct DocumentKnowledgeTests {
  @Test func everyFindingOfADocumentStandsInTheKnowledgeAndTheOtherWayRound() {
    let base = KnowledgeSource.embedded()
    let stated = Set(Documents.states)
    for finding in stated {
      #expect(base.finding(finding) != nil, "write findings/\(finding).yaml")
    }
    for entry in base.findings where entry.id.name.hasPrefix("paste.") || entry.id.name.hasPrefix("file.") {
      #expect(stated.contains(entry.id), "no reader states \(entry.id)")
    }
  }
}
