import Facts
import Foundation
public import KnowledgeFormat
public import Wizard

/// What somebody wrote down once instead of typing it at every start: `config.yaml`. The command line wins over it.
public struct Configuration: Sendable, Equatable {
  public var theme: Theme?
  public var isASCII: Bool?
  public var language: Language?
  /// Where a target names none.
  public var port: UInt16?
  /// Seconds for a whole probe run.
  public var timeout: Double?
  public var trustFile: String?
  public var nameServer: String?
  public var gateway: String?
  public var domain: String?
  public var learns: Bool?
  /// Directories of a team's own knowledge.
  public var knowledge: [String] = []
  public var data: String?
  public var keys = KeyMap()
  /// What is wrong in the files. A field with a problem counts as not written; the others count.
  public var problems: [Problem] = []

  public init() {}

  /// The files that are read, the later winning: for the whole host, then for the person.
  public static func files(_ environment: [String: String]) -> [String] {
    func named(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = named("XDG_CONFIG_HOME") ?? named("HOME").map { $0 + "/.config" }
    return ["/etc/rdptriage/config.yaml"] + (home.map { [$0 + "/rdptriage/config.yaml"] } ?? [])
  }

  /// Files that are not there are passed over.
  public init(files: [String]) {
    for file in files {
      guard let contents = FileManager.default.contents(atPath: file) else {
        if FileManager.default.fileExists(atPath: file) {
          problems.append(
            Problem(file: file, line: 0, message: "cannot be read: its rights or its kind are wrong"))
        }
        continue
      }
      read(String(decoding: contents, as: UTF8.self), file: file)
    }
  }

  static let fields = [
    "theme", "ascii", "language", "port", "timeout", "ca-file", "dns", "gateway", "domain", "learning",
    "knowledge",
    "data",
    "keys",
  ]

  mutating func read(_ text: String, file: String) {
    // A file in which everything is a comment is fine.
    let isEmpty = text.split(separator: "\n").allSatisfy { line in
      let text = line.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
      return text.isEmpty || text.hasPrefix("#") || text == "---"
    }
    guard !isEmpty else { return }
    let log = ProblemLog()
    do throws(Problem) {
      let root = try YAMLReader.read(text, file: file)
      if let fields = FieldReader(
        root, of: "configuration", file: file, log: log, required: [], optional: Self.fields)
      {
        take(fields, log)
      }
    } catch {
      log.add(error.file, error.line, error.message)
    }
    problems += log.problems
  }

  private mutating func take(_ fields: FieldReader, _ log: ProblemLog) {
    func has(_ name: String) -> Bool { fields.field(name) != nil }
    func text(_ name: String) -> String? {
      let text = fields.text(name)
      return text.isEmpty ? nil : text
    }
    func checked(_ name: String, _ isRight: (String) -> Bool, _ advice: String) -> String? {
      guard let value = text(name) else { return nil }
      if isRight(value) { return value }
      let line = fields.field(name)?.line ?? fields.line
      log.add(fields.file, line, "“\(SafeText.clean(value, limit: 60))” cannot stand at “\(name)”: \(advice)")
      return nil
    }
    func isHost(_ text: String) -> Bool { (try? Target(text)) != nil }
    theme = fields.word("theme", as: Theme.self) ?? theme
    language = fields.word("language", as: Language.self) ?? language
    if has("ascii"), let value = flag("ascii", fields, log) { isASCII = value }
    if has("learning"), let value = flag("learning", fields, log) { learns = value }
    if let value = checked(
      "port", { UInt16($0).map { $0 > 0 } ?? false }, "write a number from 1 to 65535")
    {
      port = UInt16(value)
    }
    if let value = checked(
      "timeout", { Double($0).map { $0 > 0 && $0 <= 600 } ?? false }, "write seconds, above 0 and at most 600"
    ) {
      timeout = Double(value)
    }
    trustFile =
      checked(
        "ca-file", { FileManager.default.isReadableFile(atPath: $0) },
        "there is no such file that can be read")
      ?? trustFile
    nameServer = checked("dns", isHost, "write an address, or address:port") ?? nameServer
    gateway = checked("gateway", isHost, "write the name of a host") ?? gateway
    domain = checked("domain", isHost, "write the name of a domain") ?? domain
    data = checked("data", { $0.hasPrefix("/") }, "write a whole path, beginning with /") ?? data
    if let field = fields.field("knowledge") {
      for directory in fields.texts("knowledge") {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: directory, isDirectory: &isFolder), isFolder.boolValue {
          if !knowledge.contains(directory) { knowledge.append(directory) }
        } else {
          log.add(
            fields.file, field.line,
            "there is no folder “\(SafeText.clean(directory, limit: 120))”: make it, or take it off the list")
        }
      }
    }
    for field in fields.map("keys") {
      guard let own = fields.text(of: field.value, called: field.name) else { continue }
      if let problem = keys.bind(field.name, to: own) { log.add(fields.file, field.line, problem) }
    }
    if let field = fields.field("keys"), let problem = keys.settle() {
      log.add(fields.file, field.line, problem)
    }
  }

  /// nil, and a problem in the log, where it is neither.
  private func flag(_ name: String, _ fields: FieldReader, _ log: ProblemLog) -> Bool? {
    let count = log.problems.count
    let value = fields.flag(name)
    return log.problems.count == count ? value : nil
  }

  /// Every field with what counts without it, all commented out.
  public static let sample = """
    # rdptriage reads /etc/rdptriage/config.yaml, then $XDG_CONFIG_HOME/rdptriage/config.yaml
    # (~/.config/rdptriage/config.yaml), which wins. The command line wins over both.

    # Colours: standard, plain, high-contrast, blue-orange, red-cyan. NO_COLOR wins over it.
    # theme: standard
    # Draw with ASCII characters only.
    # ascii: false
    # What the wizard itself says: en, de, fr, es. Without it, as the locale is; the knowledge is in English.
    # language: en

    # The port of targets that name none.
    # port: 3389
    # Seconds for a whole probe run.
    # timeout: 10
    # PEM certificates to trust besides this host's own.
    # ca-file: /etc/ssl/certs/ca-certificates.crt
    # The DNS server to ask, instead of this host's own.
    # dns: 192.0.2.53
    # The RD Gateway that users go through, and the Active Directory domain.
    # gateway: gw.example.com
    # domain: corp.example.com

    # Closed cases of this site move the base rates.
    # learning: true
    # Directories of a team's own knowledge, also of its own costs and base rates.
    # knowledge: [/etc/rdptriage/knowledge.d]
    # Where cases are kept.
    # data: /var/lib/rdptriage

    # Other keys: the key as it is shipped, then your own. Letters only; no key may mean two things.
    # keys: { q: Q, w: W }

    """
}
