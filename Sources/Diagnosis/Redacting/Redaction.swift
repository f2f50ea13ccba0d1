public import Facts

/// Replaces what names people, machines and places in a case: the same value by the same stand-in everywhere.
///
/// It walks through the case as it is kept, so that a field which it does not know, for example a new one, is replaced whole. Only what
/// the knowledge and the program themselves write keeps its words: ids, and the sentences of probes, in which every name is replaced
/// that the case holds as one (target, people, tickets, details of findings), also as a part of a longer word, and whatever has the
/// form of an address, a DNS name, an account, a security identifier, a hardware address, a serial or ticket number. It rather
/// replaces too much than too little. Times and codes stay.
public struct Redaction {
  public enum Kind: String, Sendable, CaseIterable {
    case host, domain, address, account, person, ticket, mark
  }

  /// What a redacted file says of itself.
  public static let promise =
    "Names are stand-ins. What probes wrote in sentences was searched for names by what is known and by their form: look through it before it leaves your house."

  /// Original values by their stand-ins, of everything that was replaced so far.
  public private(set) var originals: [String: String] = [:]

  private let digits: (String) -> String
  private let vocabulary: Set<String>?
  var names = KnownNames()

  /// - Parameters:
  ///   - vocabulary: Every id that may stay; nil: whatever has the form of an id and holds no name.
  ///   - digits: Ten letters or digits that depend on the value and on a key; equal values must give equal digits.
  public init(vocabulary: Set<String>? = nil, digits: @escaping (String) -> String) {
    self.vocabulary = vocabulary
    self.digits = digits
  }

  /// The case with stand-ins, under an id that names no host.
  ///
  /// - Throws: ``TreeError`` for a case that cannot be walked through; what this program keeps can.
  public mutating func redact(_ record: Case) throws(TreeError) -> Case {
    for entry in record.entries { names.learn(entry) }
    names.learn(id: record.id)
    var result = Case(id: standIn(.mark, record.id))
    for entry in record.entries { result.entries.append(try redact(entry)) }
    return result
  }

  private mutating func redact(_ entry: Case.Entry) throws(TreeError) -> Case.Entry {
    var entry = entry
    // A stand-in is always a name, also that of an address.
    if case .opened(var target) = entry.event {
      let kind: Kind = if case .name = target.host { .host } else { .address }
      target.host = .name(standIn(kind, target.hostText))
      entry.event = .opened(target)
    }
    return try redacted(try Self.tree(entry), []).decoded(as: Case.Entry.self)
  }

  mutating func redact(_ finding: Finding) throws(TreeError) -> Finding {
    try redacted(try Self.tree(finding), ["event", "probed", "_1"]).decoded(as: Finding.self)
  }

  private static func tree(_ value: some Encodable) throws(TreeError) -> Tree {
    do {
      return try Tree(encoding: value)
    } catch {
      throw TreeError(place: "", reason: "it cannot be walked through")
    }
  }

  mutating func standIn(_ kind: Kind, _ value: String) -> String {
    guard !value.isEmpty else { return value }
    let name = "\(kind.rawValue)-\(digits(value.lowercased()))"
    // The first spelling counts: stand-ins do not tell capitals apart.
    if originals[name] == nil { originals[name] = value }
    return name
  }

  // MARK: Walking

  private mutating func redacted(_ tree: Tree, _ path: [String]) -> Tree {
    switch tree {
    case .null, .flag, .integer, .large, .number: return tree
    case .text(let text): return .text(redact(text, at: path))
    case .list(let items):
      var result: [Tree] = []
      for item in items {
        result.append(path.last == "details" ? detail(item, path, of: "") : redacted(item, path))
      }
      return .list(result)
    case .table(let fields):
      var result: [Tree.Field] = []
      for field in fields { result.append(.init(field.name, redacted(field.value, path + [field.name]))) }
      return .table(result)
    }
  }

  /// What a text is, by the way that leads to it.
  private mutating func redact(_ text: String, at path: [String]) -> String {
    func ends(_ names: String...) -> Bool { path.suffix(names.count).elementsEqual(names) }
    if path == ["person"] { return standIn(.person, text) }
    guard path.first == "event", path.count > 2 else { return standIn(.mark, text) }
    switch path[1] {
    case "opened":
      // Already a stand-in.
      if ends("host", "name", "_0") { return text }
      if ends("gateway") || ends("certificateName") { return address(text) }
      return standIn(ends("domain") ? .domain : ends("user") ? .account : .mark, text)
    case "answeredTogether":
      if ends("question") || ends("choice") { return id(text) }
      return ends("_1") && Case.Occasion(rawValue: text) != nil ? text : standIn(.mark, text)
    case "codeReported", "answered", "answerWithdrawn", "putOff", "stepTaken", "stepWithdrawn",
      "weakeningReversed":
      return id(text)
    case "weakeningAccepted": return ends("_0") ? id(text) : standIn(.mark, text)
    case "ticket": return standIn(.ticket, text)
    case "closed":
      if ends("by") { return id(text) }
      return Fix.Owner(rawValue: text) == nil ? standIn(.mark, text) : text
    case "probed", "proven", "submitted":
      if path.count == 3 { return path[1] == "proven" ? id(text) : standIn(.mark, text) }
      if ends("verdict"), Case.Verdict(rawValue: text) != nil { return text }
      return finding(text, path, ends)
    default: return standIn(.mark, text)
    }
  }

  private mutating func finding(_ text: String, _ path: [String], _ ends: (String...) -> Bool) -> String {
    if ends("id") || ends("answered", "_0") || ends("blocked", "by") || ends("source", "question", "_0") {
      return id(text)
    }
    // What people handed in may quote anything in any form: none of its words stays.
    guard path[1] != "submitted" else { return standIn(.mark, text) }
    let areWords =
      ends("summary") || ends("notApplicable", "because") || ends("unreadable", "_0")
      || ends("notAsked", "_0") || ends("failedHere", "_0", "reason")
    return areWords ? self.text(text) : standIn(.mark, text)
  }

  private mutating func id(_ text: String) -> String {
    if let vocabulary { return vocabulary.contains(text) || Self.isCode(text) ? text : standIn(.mark, text) }
    return Self.isID(text) && !names.isHeld(in: text) ? text : standIn(.mark, text)
  }

  private static func isID(_ text: String) -> Bool {
    guard (1...80).contains(text.utf8.count) else { return false }
    let isLow = text.utf8.allSatisfy {
      (97...122).contains($0) || (48...57).contains($0) || "-.".utf8.contains($0)
    }
    let isHigh = text.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    return isLow || isHigh || isCode(text)
  }

  private static func isCode(_ text: String) -> Bool { ReportedCode(text)?.description == text }

  /// A host with or without a port.
  private mutating func address(_ text: String) -> String {
    guard let target = try? Target(text) else { return standIn(.mark, text) }
    let kind: Kind = if case .name = target.host { .host } else { .address }
    return Target(host: .name(standIn(kind, target.hostText)), port: target.port).connectText
  }

  // MARK: Details

  /// - Parameter field: The name of the field that the value belongs to.
  private mutating func detail(_ tree: Tree, _ path: [String], of field: String) -> Tree {
    switch tree {
    case .null, .flag, .number: return tree
    // A serial number may come as a number.
    case .integer, .large: return tree
    case .text(let text):
      if path[1] == "submitted" { return .text(standIn(.mark, text)) }
      return .text(value(text, of: field))
    case .list(let items):
      var result: [Tree] = []
      for item in items { result.append(detail(item, path, of: field)) }
      return .list(result)
    case .table(let fields):
      var inner = field
      let isField = tree["value"] != nil
      if isField, case .text(let name)? = tree["name"] { inner = name }
      var result: [Tree.Field] = []
      for part in fields {
        if isField, part.name == "name" {
          result.append(.init("name", .text(KnownNames.isFieldName(inner) ? inner : standIn(.mark, inner))))
        } else {
          result.append(.init(part.name, detail(part.value, path, of: inner)))
        }
      }
      return .table(result)
    }
  }

  private mutating func value(_ text: String, of field: String) -> String {
    if KnownNames.isWords(field: field) { return self.text(text) }
    guard !text.isEmpty else { return text }
    if AddressForms.isAddress(text) { return standIn(.address, text) }
    if let kind = names.kind(of: text) { return standIn(kind, text) }
    return standIn(KnownNames.kind(ofField: field) ?? .mark, text)
  }

  // MARK: Turning back

  /// The case with its names, of which the stand-ins are known.
  public static func revealed(_ record: Case, _ originals: [String: String]) throws(TreeError) -> Case {
    func revealed(_ text: String) -> String {
      guard text.contains("-") else { return text }
      if let whole = originals[text] { return whole }
      var result = text
      for (standIn, original) in originals where text.contains(standIn) {
        result = result.split(separator: standIn, omittingEmptySubsequences: false).joined(
          separator: original)
      }
      return result
    }
    var result = Case(id: revealed(record.id))
    for entry in record.entries {
      var entry = try Self.tree(entry).mapTexts { text, _ in revealed(text) }.decoded(as: Case.Entry.self)
      if case .opened(var target) = entry.event {
        if AddressText.isIPv4(target.hostText[...]) {
          target.host = .ipv4(target.hostText)
        } else if AddressText.isIPv6(target.hostText[...]) {
          target.host = .ipv6(target.hostText)
        }
        entry.event = .opened(target)
      }
      result.entries.append(entry)
    }
    return result
  }
}
