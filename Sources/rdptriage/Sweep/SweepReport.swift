import Diagnosis
import Facts

/// What a sweep prints.
enum SweepReport {
  /// Hosts of a group that are named where not all are wanted.
  private static let mostNamed = 12

  static func text(_ hosts: [SweptHost], _ change: SweepChange?, _ knowledge: KnowledgeBase, all: Bool)
    -> String
  {
    var counts = ["\(hosts.count) host\(hosts.count == 1 ? "" : "s")"]
    let words: [(SweptHost.State, String)] = [
      (.healthy, "with nothing wrong found"), (.fault, "with a fault"), (.undecided, "undecided"),
      (.couldNotCheck, "could not be checked from here"), (.notLooked, "not looked at"),
    ]
    for (state, word) in words {
      let count = hosts.count { $0.state == state }
      if count > 0 { counts.append("\(count) \(word)") }
    }
    var lines = TextOutput.paragraph(counts.joined(separator: ", ") + ".", indent: 0)
    for group in SweepGroup.groups(of: hosts) {
      let count = "\(group.hosts.count)"
      let id = group.state == .fault ? group.cause.map { " (\($0))" } ?? "" : ""
      let title = TextOutput.paragraph(SafeText.clean(group.title(knowledge) + id, limit: 300), indent: 7)
      lines.append("")
      lines += title.enumerated().map { place, line in
        place == 0 ? count.padding(to: 5) + "  " + line.dropFirst(7) : line
      }
      if let shared = group.shared {
        lines += TextOutput.paragraph("In common: " + shared.words, indent: 7)
      }
      if group.state != .healthy || all { lines += names(group.hosts.map { hosts[$0] }, all: all) }
    }
    if let change { lines += [""] + change.text(all: all) }
    if let example = hosts.first(where: { $0.state == .fault }) {
      lines +=
        [""] + TextOutput.paragraph("A case of one of them: rdptriage \(name(example.target))", indent: 0)
    }
    return lines.joined(separator: "\n")
  }

  static func names(_ hosts: [SweptHost], all: Bool) -> [String] {
    let named = hosts.prefix(all ? .max : mostNamed).map { name($0.target) }
    let rest = hosts.count - named.count
    return TextOutput.paragraph(
      named.joined(separator: " ") + (rest > 0 ? " and \(rest) more" : ""), indent: 7)
  }

  /// Short enough for a line.
  private static func name(_ target: Target) -> String { SafeText.clean(target.connectText, limit: 58) }

  struct HostValue: Encodable {
    var target: String
    var name: String
    var port: UInt16
    var state: String
    var cause: String?
    var probability: Double?
    var shared: String?
    var elapsed_ms: Double?

    init(_ host: SweptHost) {
      target = host.target.connectText
      name = host.target.hostText
      port = host.target.port
      state = host.state.rawValue
      guard host.state != .notLooked else { return }
      cause = host.cause?.name
      probability = (host.probability * 10000).rounded() / 10000
      shared = host.shared?.words
      elapsed_ms = host.elapsed.milliseconds
    }
  }

  struct GroupValue: Encodable {
    var state: String
    var cause: String?
    var what: String
    var shared: String?
    var targets: [String]
  }

  struct ChangeValue: Encodable {
    var broken: [String]
    var mended: [String]
    var different: [String]
    var added: [String]
    var gone: [String]
  }

  struct SweepValue: Encodable {
    let schema = "rdptriage.sweep/1"
    /// False where the sweep was over before every host was looked at.
    var complete: Bool
    var targets: [HostValue]
    var groups: [GroupValue]
    var change: ChangeValue?
  }

  static func json(_ hosts: [SweptHost], _ change: SweepChange?, _ knowledge: KnowledgeBase) -> SweepValue {
    SweepValue(
      complete: !hosts.contains { $0.state == .notLooked }, targets: hosts.map(HostValue.init),
      groups: SweepGroup.groups(of: hosts).map { group in
        GroupValue(
          state: group.state.rawValue, cause: group.cause?.name, what: group.title(knowledge),
          shared: group.shared?.words, targets: group.hosts.map { hosts[$0].target.connectText })
      }, change: change.map(\.value))
  }
}
